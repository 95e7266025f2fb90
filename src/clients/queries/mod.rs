//! SQL of clients and their numbers. Timeline, card, merging and search are in the modules below.
//!
//! Whoever is about to point a call, a chat or an order to a client must take the client from [`ensure`] in the same
//! transaction: it keeps the number where it is until the transaction ends, so that a merge which runs meanwhile
//! either comes first, or waits and takes the new row along.

pub mod card;
pub mod merge;
pub mod personal;
pub mod refold;
pub mod search;
pub mod timeline;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::domain::id::{ClientId, ClientPhoneId, OrderId};
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::portable::{RowLock, next_ids, row_lock};
use crate::platform::db::schema::{accounts, client_merges, client_phones, client_search, clients, orders};

/// The client a canonical number belongs to.
pub fn by_number(db: &mut Db, number: &str) -> QueryResult<Option<ClientId>> {
    client_phones::table
        .filter(client_phones::number.eq(number.to_owned()))
        .select(client_phones::client_id)
        .first(db)
        .optional()
}

/// The client of a canonical `number`, made when there is none. Two processes that meet the same new number at
/// once end up with one client. To be called in a writing transaction.
pub fn ensure(db: &mut Db, number: &str, raw: &str, now: NaiveDateTime) -> QueryResult<ClientId> {
    match held(db, &[number])?.remove(number) {
        Some(id) => Ok(id),
        None => make(db, number, Seen { raw, at: now, name: "" }),
    }
}

/// [`ensure`] for many numbers at once, each with the raw text it came as: by number. What there is already is one
/// question; on PostgreSQL, where the way to the server costs, what is new are three statements more.
pub fn ensure_all(
    db: &mut Db,
    numbers: &BTreeMap<&str, &str>,
    now: NaiveDateTime,
) -> QueryResult<HashMap<String, ClientId>> {
    ensure_each(db, &numbers.iter().map(|(number, raw)| (*number, Seen { raw, at: now, name: "" })).collect())
}

/// How a number came for the first time.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The text it came as.
    pub raw: &'a str,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// What somebody new is called; may be empty.
    pub name: &'a str,
}

/// [`ensure_all`] for numbers that came at moments of their own.
pub fn ensure_each(
    db: &mut Db,
    numbers: &BTreeMap<&str, Seen<'_>>,
) -> QueryResult<HashMap<String, ClientId>> {
    let sorted: Vec<&str> = numbers.keys().copied().collect();
    let mut clients = held(db, &sorted)?;
    let new: Vec<(&str, Seen<'_>)> =
        numbers.iter().filter(|(n, _)| !clients.contains_key(**n)).map(|(n, seen)| (*n, *seen)).collect();
    let ids = if new.len() > 1 { next_ids(db, "clients", new.len())? } else { None };
    let Some(ids) = ids else {
        for (number, seen) in new {
            clients.insert(number.to_owned(), make(db, number, seen)?);
        }
        return Ok(clients);
    };
    let ids: Vec<ClientId> = ids.into_iter().map(ClientId).collect();
    let rows: Vec<_> = new
        .iter()
        .zip(&ids)
        .map(|((_, seen), id)| {
            (clients::id.eq(*id), clients::name.eq(seen.name), clients::created_at.eq(seen.at))
        })
        .collect();
    crate::insert_many!(db, clients::table, &rows)?;
    let rows: Vec<_> = new
        .iter()
        .zip(&ids)
        .map(|((number, seen), id)| {
            (
                client_phones::client_id.eq(*id),
                client_phones::number.eq(*number),
                client_phones::raw.eq(seen.raw),
                client_phones::created_at.eq(seen.at),
            )
        })
        .collect();
    let inserted = crate::insert_new_many!(db, client_phones::table, &rows, client_phones::number)?;
    if inserted < new.len() {
        // Somebody else was faster with some of them: theirs are the clients.
        let new: Vec<&str> = new.iter().map(|(number, _)| *number).collect();
        clients.extend(held(db, &new)?);
    } else {
        clients.extend(new.iter().zip(&ids).map(|((number, _), id)| ((*number).to_owned(), *id)));
    }
    let (ours, overtaken): (Vec<_>, Vec<_>) =
        new.iter().zip(&ids).partition(|((number, _), id)| clients.get(*number) == Some(id));
    if !overtaken.is_empty() {
        let overtaken = clients::id.eq_any(overtaken.iter().map(|(_, id)| **id).collect::<Vec<_>>());
        diesel::delete(clients::table.filter(overtaken)).execute(db)?;
    }
    // Of somebody new there is nothing to gather.
    let rows: Vec<_> = ours
        .iter()
        .map(|((number, seen), id)| {
            let words = search_words(seen.name, &[(*number).to_owned()]);
            (client_search::client_id.eq(**id), client_search::words.eq(words))
        })
        .collect();
    crate::insert_many!(db, client_search::table, &rows)?;
    Ok(clients)
}

/// Makes the client of a number that nobody had a moment ago.
fn make(db: &mut Db, number: &str, seen: Seen<'_>) -> QueryResult<ClientId> {
    let id: ClientId = diesel::insert_into(clients::table)
        .values((clients::name.eq(seen.name), clients::created_at.eq(seen.at)))
        .returning(clients::id)
        .get_result(db)?;
    let row = (
        client_phones::client_id.eq(id),
        client_phones::number.eq(number.to_owned()),
        client_phones::raw.eq(seen.raw.to_owned()),
        client_phones::created_at.eq(seen.at),
    );
    if crate::insert_new!(db, client_phones::table, row, client_phones::number)? {
        // Of somebody new there is nothing to gather.
        write_words(db, id, search_words(seen.name, &[number.to_owned()]))?;
        return Ok(id);
    }
    // Somebody else was faster between the look and the insert: theirs is the client.
    diesel::delete(clients::table.find(id)).execute(db)?;
    held(db, &[number])?.remove(number).ok_or(diesel::result::Error::NotFound)
}

/// An id out of raw SQL.
#[derive(QueryableByName)]
struct Id<T> {
    #[diesel(sql_type = BigInt)]
    id: T,
}

/// Whose these numbers are, by number; each stays with its client until the end of the transaction. Sorted, so that
/// two transactions take them in one order.
fn held(db: &mut Db, numbers: &[&str]) -> QueryResult<HashMap<String, ClientId>> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = BigInt)]
        id: ClientId,
    }
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=numbers.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT number, client_id AS id FROM client_phones WHERE number IN ({}) ORDER BY number{}",
        places.join(", "),
        row_lock(db, RowLock::Share)
    );
    let query = numbers.iter().fold(diesel::sql_query(sql).into_boxed::<MultiBackend>(), |query, number| {
        query.bind::<Text, _>(*number)
    });
    Ok(query.load::<Held>(db)?.into_iter().map(|row| (row.number, row.id)).collect())
}

/// Gives a client without a name the one it was just called by; a known name stays.
pub fn name_if_unnamed(db: &mut Db, client_id: ClientId, name: &str) -> QueryResult<()> {
    let changed = diesel::update(clients::table.find(client_id).filter(clients::name.eq("")))
        .set(clients::name.eq(name.to_owned()))
        .execute(db)?;
    if changed == 1 { index(db, client_id) } else { Ok(()) }
}

/// [`name_if_unnamed`] for many clients at once.
pub fn name_all(db: &mut Db, names: &BTreeMap<ClientId, &str>) -> QueryResult<()> {
    let ids: Vec<ClientId> = names.keys().copied().collect();
    let unnamed: Vec<ClientId> = clients::table
        .filter(clients::id.eq_any(ids))
        .filter(clients::name.eq(""))
        .order(clients::id)
        .select(clients::id)
        .load(db)?;
    for id in &unnamed {
        let Some(name) = names.get(id) else { continue };
        diesel::update(clients::table.find(id)).set(clients::name.eq(*name)).execute(db)?;
    }
    for (id, words) in gathered(db, &unnamed)? {
        write_words(db, id, words)?;
    }
    Ok(())
}

/// A client nobody can call: there is no number of it.
pub fn without_number(db: &mut Db, name: &str, now: NaiveDateTime) -> QueryResult<ClientId> {
    let id: ClientId = diesel::insert_into(clients::table)
        .values((clients::name.eq(name), clients::created_at.eq(now)))
        .returning(clients::id)
        .get_result(db)?;
    write_words(db, id, search_words(name, &[]))?;
    Ok(id)
}

/// Writes the words by which the client is found anew: its name, what it and the clients joined into it were called
/// before, and its numbers.
fn index(db: &mut Db, client_id: ClientId) -> QueryResult<()> {
    let words = gathered(db, &[client_id])?.remove(&client_id).unwrap_or_default();
    write_words(db, client_id, words)
}

/// The words of each of these clients, in three questions for all of them.
fn gathered(db: &mut Db, ids: &[ClientId]) -> QueryResult<HashMap<ClientId, String>> {
    let (mut names, mut numbers) =
        (HashMap::<ClientId, String>::new(), HashMap::<ClientId, Vec<String>>::new());
    let mut called = |id: ClientId, name: &str| {
        let all = names.entry(id).or_default();
        all.push(' ');
        all.push_str(name);
    };
    let of_clients = clients::id.eq_any(ids.to_vec());
    let rows: Vec<(ClientId, String, Option<ClientId>)> = clients::table
        .filter(of_clients.or(clients::merged_into.assume_not_null().eq_any(ids.to_vec())))
        .order(clients::id)
        .select((clients::id, clients::name, clients::merged_into))
        .load(db)?;
    for (id, name, merged_into) in rows {
        called(merged_into.filter(|kept| ids.contains(kept)).unwrap_or(id), &name);
    }
    let before: Vec<(ClientId, String)> = client_merges::table
        .filter(client_merges::kept_id.eq_any(ids.to_vec()))
        .filter(client_merges::undone_at.is_null())
        .order(client_merges::id)
        .select((client_merges::kept_id, client_merges::kept_name))
        .load(db)?;
    for (id, name) in before {
        called(id, &name);
    }
    let owned: Vec<(ClientId, String)> = client_phones::table
        .filter(client_phones::client_id.eq_any(ids.to_vec()))
        .order(client_phones::id)
        .select((client_phones::client_id, client_phones::number))
        .load(db)?;
    for (id, number) in owned {
        numbers.entry(id).or_default().push(number);
    }
    let words = |id: &ClientId| {
        let name = names.get(id).map(String::as_str).unwrap_or_default();
        (*id, search_words(name, numbers.get(id).map(Vec::as_slice).unwrap_or_default()))
    };
    Ok(ids.iter().map(words).collect())
}

fn write_words(db: &mut Db, client_id: ClientId, words: String) -> QueryResult<()> {
    let row = (client_search::client_id.eq(client_id), client_search::words.eq(words.clone()));
    crate::upsert!(db, client_search::table, row, client_search::client_id, client_search::words.eq(words))?;
    Ok(())
}

/// A client as its card knows it.
#[derive(Clone, Debug, Queryable)]
pub struct Client {
    /// The client.
    pub id: ClientId,
    /// Empty when it is not known.
    pub name: String,
    /// First seen, UTC.
    pub created_at: NaiveDateTime,
    /// Shown loudly; empty for none.
    pub warning: String,
    /// The client this one was joined into; it has nothing of its own any more.
    pub merged_into: Option<ClientId>,
}

/// A client; `None` when there is none with this id.
pub fn client(db: &mut Db, id: ClientId) -> QueryResult<Option<Client>> {
    clients::table
        .find(id)
        .select((clients::id, clients::name, clients::created_at, clients::warning, clients::merged_into))
        .first(db)
        .optional()
}

/// Who has the past of a client now: the client itself, or the one it was joined into, however often.
pub fn survivor(db: &mut Db, id: ClientId) -> QueryResult<Option<ClientId>> {
    let mut id = id;
    loop {
        let found: Option<Option<ClientId>> =
            clients::table.find(id).select(clients::merged_into).first(db).optional()?;
        match found {
            None => return Ok(None),
            Some(None) => return Ok(Some(id)),
            Some(Some(next)) => id = next,
        }
    }
}

/// A number of a client.
#[derive(Clone, Debug, Queryable)]
pub struct Number {
    /// The row.
    pub id: ClientPhoneId,
    /// Whose it is.
    pub client_id: ClientId,
    /// Canonical digits.
    pub digits: String,
    /// Marked as the one to call.
    pub is_main: bool,
}

/// Numbers of clients: of each the main one first, then as they were seen.
pub fn numbers(db: &mut Db, client_ids: &[ClientId]) -> QueryResult<Vec<Number>> {
    client_phones::table
        .filter(client_phones::client_id.eq_any(client_ids.to_vec()))
        .order((client_phones::is_main.desc(), client_phones::id))
        .select((client_phones::id, client_phones::client_id, client_phones::number, client_phones::is_main))
        .load(db)
}

/// What colleagues should know before they deal with a client.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Warning {
    /// «Собака».
    pub text: String,
    /// Full name of who wrote it.
    pub by: Option<String>,
    /// UTC.
    pub at: Option<NaiveDateTime>,
}

/// The warning about a client, for the card of a call, the form of a new order, an order.
pub fn warning(db: &mut Db, client_id: ClientId) -> QueryResult<Option<Warning>> {
    clients::table
        .left_join(accounts::table.on(clients::warning_by.eq(accounts::id.nullable())))
        .filter(clients::id.eq(client_id))
        .filter(clients::warning.ne(""))
        .select((clients::warning, accounts::name.nullable(), clients::warning_at))
        .first(db)
        .optional()
}

/// An order as a line of its client's history.
#[derive(Clone, Debug, Queryable)]
pub struct ClientOrder {
    /// The order.
    pub id: OrderId,
    /// Where it stands.
    pub status_order: StatusOrder,
    /// New, returning, warranty.
    pub type_order: TypeOrder,
    /// What is repaired.
    pub type_equipment: TypeEquipment,
    /// What was broken.
    pub problem: String,
    /// Where.
    pub address: String,
    /// The city.
    pub city: String,
    /// Kopecks paid.
    pub result: Option<i64>,
    /// Why it was refused.
    pub refusal_reason: Option<String>,
    /// Made, UTC.
    pub create_date: NaiveDateTime,
}

/// Selects [`ClientOrder`]s.
macro_rules! select_orders {
    ($condition:expr) => {
        orders::table.filter($condition).select((
            orders::id,
            orders::status_order,
            orders::type_order,
            orders::type_equipment,
            orders::problem,
            orders::address,
            orders::city,
            orders::result,
            orders::refusal_reason,
            orders::create_date,
        ))
    };
}

/// The newest orders of a client.
pub fn orders_of(db: &mut Db, client_id: ClientId, limit: i64) -> QueryResult<Vec<ClientOrder>> {
    select_orders!(orders::client_id.eq(client_id))
        .order((orders::create_date.desc(), orders::id.desc()))
        .limit(limit)
        .load(db)
}

/// Orders by their ids.
pub fn orders_by_id(db: &mut Db, ids: &[OrderId]) -> QueryResult<Vec<ClientOrder>> {
    select_orders!(orders::id.eq_any(ids.to_vec())).order(orders::id).load(db)
}

/// How many orders a client has in all and how many of them were refused.
pub fn order_counts(db: &mut Db, client_id: ClientId) -> QueryResult<(i64, i64)> {
    let rows: Vec<(StatusOrder, i64)> = orders::table
        .filter(orders::client_id.eq(client_id))
        .group_by(orders::status_order)
        .select((orders::status_order, diesel::dsl::count_star()))
        .load(db)?;
    let all = rows.iter().map(|(_, n)| n).sum();
    let refused = rows.iter().filter(|(status, _)| *status == StatusOrder::Refused).map(|(_, n)| n).sum();
    Ok((all, refused))
}

/// The words by which a client of this name with these canonical numbers is found.
pub fn search_words(name: &str, numbers: &[String]) -> String {
    let mut words = search_words::stored_words([name]);
    for number in numbers {
        words.push(' ');
        words.push_str(&search_words::number_tails(number));
    }
    words.trim().to_owned()
}
