//! Finding a client by a number in any spelling or a part of it, by a name, also typed in the wrong layout.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Id, Number};
use crate::domain::id::{CallId, ClientId};
use crate::domain::phone::{self, Phone};
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::{calls, clients, orders};
use crate::platform::db::words::Words;

/// Clients that are shown; whoever is not among them needs more letters.
pub const FOUND: usize = 20;
/// Words of a search that are read, and letters of a word.
const MAX_WORDS: usize = 8;
const MAX_LETTERS: usize = 40;

/// A client that was found.
#[derive(Clone, Debug)]
pub struct FoundClient {
    /// The client.
    pub id: ClientId,
    /// Empty when it is not known.
    pub name: String,
    /// Empty for none.
    pub warning: String,
    /// Main one first.
    pub numbers: Vec<Number>,
    /// How many orders.
    pub orders: i64,
    /// What they paid, kopecks.
    pub paid: i64,
    /// The city of the newest order, or of the newest call; empty when none is known.
    pub city: String,
    /// The newest call or order, UTC.
    pub seen_at: Option<NaiveDateTime>,
}

/// Clients `typed` can mean, newest first, the owner of exactly this number before all. Six questions.
pub fn find(db: &mut Db, typed: &str) -> QueryResult<Vec<FoundClient>> {
    let mut ids = Vec::new();
    if let Some(phone) = Phone::parse(typed) {
        ids.extend(super::by_number(db, phone.digits())?);
    }
    for id in by_words(db, typed)? {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.truncate(FOUND);
    found(db, &ids)
}

fn by_words(db: &mut Db, typed: &str) -> QueryResult<Vec<ClientId>> {
    let needles: Vec<String> = readings(typed).iter().map(|words| Words::needle(db, words)).collect();
    if needles.is_empty() {
        return Ok(Vec::new());
    }
    // Each branch in a select of its own: only there may a part of a UNION have an order and a limit.
    let parts: Vec<String> = (1..=needles.len())
        .map(|n| {
            let newest = Words::Clients.newest(db, &format!("${n}"), FOUND);
            format!("SELECT id FROM ({newest}) AS b{n}")
        })
        .collect();
    let sql = format!("{} ORDER BY id DESC LIMIT {FOUND}", parts.join(" UNION "));
    let query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    let query = needles.into_iter().fold(query, |query, needle| query.bind::<Text, _>(needle));
    Ok(query.load::<Id<ClientId>>(db)?.into_iter().map(|row| row.id).collect())
}

/// The ways in which a text can be meant, each as words of which all must be there.
fn readings(typed: &str) -> Vec<Vec<String>> {
    if let Some(digits) = phone::needle(typed) {
        return vec![vec![digits]];
    }
    let texts = std::iter::once(typed.to_owned()).chain(search_words::other_layout(typed));
    texts.map(|text| safe_words(&text)).filter(|words| !words.is_empty()).collect()
}

/// Folded words of letters both databases split alike: Latin, Cyrillic, digits.
fn safe_words(text: &str) -> Vec<String> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || ('а'..='я').contains(&c) || ('ѐ'..='ѿ').contains(&c);
    search_words::fold(text)
        .split(|c: char| !is_safe(c))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| word.chars().take(MAX_LETTERS).collect())
        .collect()
}

/// Clients by their ids, in the order of `ids`.
fn found(db: &mut Db, ids: &[ClientId]) -> QueryResult<Vec<FoundClient>> {
    let rows: Vec<(ClientId, String, String)> = clients::table
        .filter(clients::id.eq_any(ids.to_vec()))
        .select((clients::id, clients::name, clients::warning))
        .load(db)?;
    let mut deals = deals(db, ids)?;
    let mut calls = last_calls(db, ids)?;
    let mut numbers: HashMap<ClientId, Vec<Number>> = HashMap::new();
    for number in super::numbers(db, ids)? {
        numbers.entry(number.client_id).or_default().push(number);
    }
    let mut all: Vec<FoundClient> = rows
        .into_iter()
        .map(|(id, name, warning)| {
            let (deal, call) = (deals.remove(&id).unwrap_or_default(), calls.remove(&id).unwrap_or_default());
            FoundClient {
                id,
                name,
                warning,
                numbers: numbers.remove(&id).unwrap_or_default(),
                orders: deal.count,
                paid: deal.paid,
                seen_at: deal.last.at.max(call.at),
                city: deal.last.city.or(call.city).unwrap_or_default(),
            }
        })
        .collect();
    all.sort_by_key(|client| ids.iter().position(|id| *id == client.id));
    Ok(all)
}

/// The newest of something.
#[derive(Default)]
struct Last {
    at: Option<NaiveDateTime>,
    city: Option<String>,
}

/// What a client ordered.
#[derive(Default)]
struct Deal {
    count: i64,
    /// Kopecks.
    paid: i64,
    last: Last,
}

/// Orders of clients: nobody has so many that summing them up here costs more than a question.
fn deals(db: &mut Db, ids: &[ClientId]) -> QueryResult<HashMap<ClientId, Deal>> {
    let rows: Vec<(ClientId, NaiveDateTime, String, Option<i64>)> = orders::table
        .filter(orders::client_id.eq_any(ids.to_vec()))
        .order((orders::client_id, orders::create_date))
        .select((orders::client_id, orders::create_date, orders::city, orders::result))
        .load(db)?;
    let mut deals: HashMap<ClientId, Deal> = HashMap::new();
    for (client, at, city, result) in rows {
        let deal = deals.entry(client).or_default();
        deal.count += 1;
        deal.paid += result.unwrap_or_default();
        deal.last = Last { at: Some(at), city: Some(city) };
    }
    Ok(deals)
}

/// The newest call of each client.
fn last_calls(db: &mut Db, ids: &[ClientId]) -> QueryResult<HashMap<ClientId, Last>> {
    let newest: Vec<Option<CallId>> = calls::table
        .filter(calls::client_id.eq_any(ids.to_vec()))
        .group_by(calls::client_id)
        .select(max(calls::id))
        .load(db)?;
    let newest: Vec<CallId> = newest.into_iter().flatten().collect();
    let rows: Vec<(Option<ClientId>, NaiveDateTime, Option<String>)> = calls::table
        .filter(calls::id.eq_any(newest))
        .select((calls::client_id, calls::started_at, calls::city))
        .load(db)?;
    let last = |(client, at, city): (Option<ClientId>, _, _)| Some((client?, Last { at: Some(at), city }));
    Ok(rows.into_iter().filter_map(last).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_read_as_a_number_or_as_names() {
        assert_eq!(readings("8 (900) 123-45-67"), [["79001234567"]]);
        assert_eq!(readings("45-67"), [["4567"]]);
        assert_eq!(readings("Ёлкина  анна"), [["елкина", "анна"]]);
        assert_eq!(readings("vfhbyf"), [[search_words::fold("vfhbyf").as_str()], ["марина"]]);
        assert_eq!(readings("Марина 4567"), [["марина", "4567"]]);
        assert!(readings(" ; '\" \u{202e}").is_empty());
        assert_eq!(readings(&"ы".repeat(900))[0][0].chars().count(), MAX_LETTERS);
    }
}
