//! The filter of the list as a piece of SQL with its values.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::calls::filter::{Filter, Quick};
use crate::domain::call::CallStatus;
use crate::domain::id::{AccountId, ClientId};
use crate::domain::recording::RecordingState;
use crate::domain::{phone, search_words};
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::portable::unindexed;
use crate::platform::db::words::Words;

/// Of the clients a search can mean, the calls of so many are looked for: of the newest clients, and of as many of
/// those who have called lately, who need not be new. A few more than groups are counted.
const CLIENTS: usize = 320;
/// So many of the newest calls count as lately.
const LATELY: usize = 3000;

/// Of calls that ended in one way so many are found, the newest.
const NOTED: usize = 5000;

/// A value of a placeholder.
#[derive(Clone, Debug)]
enum Bind {
    Text(String),
    Operator(AccountId),
}

/// One requirement.
#[derive(Clone, Debug)]
enum Term {
    /// Column and value.
    Equal(&'static str, Bind),
    /// Ended so, by what was noted.
    Result(String),
    /// Has a recording in one of these states.
    Recordings(Vec<RecordingState>),
    /// Begins at or after.
    Since(NaiveDateTime),
    /// Begins before.
    Until(NaiveDateTime),
    /// The state or any of several statuses.
    AnyStatus { is_live: bool, statuses: Vec<&'static str> },
    /// Inbound without a conversation.
    Missed,
    /// Calls of these clients.
    Clients(Vec<ClientId>),
    /// Nothing can match.
    Nothing,
}

/// The whole filter. Placeholders are numbered from `$1` in the order of the terms.
pub struct Condition(Vec<Term>);

impl Condition {
    /// Understands the filter; a search finds its clients here, in one query.
    pub fn of(db: &mut Db, filter: &Filter) -> QueryResult<Self> {
        let mut terms = Vec::new();
        let named = [("city", &filter.city), ("rk", &filter.rk), ("avito_name", &filter.account)];
        for (column, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
            terms.push(Term::Equal(column, Bind::Text(value.clone())));
        }
        terms.extend(filter.operator.map(|id| Term::Equal("operator_id", Bind::Operator(id))));
        if !filter.result.is_empty() {
            terms.push(Term::Result(filter.result.clone()));
        }
        if !filter.recordings.is_empty() {
            terms.push(Term::Recordings(filter.recordings.clone()));
        }
        terms.extend(filter.since.map(Term::Since));
        terms.extend(filter.until.map(Term::Until));
        match filter.quick {
            Quick::Missed => terms.push(Term::Missed),
            Quick::Answered => {
                terms.push(Term::Equal("status", Bind::Text(CallStatus::Answered.to_string())))
            }
            Quick::All | Quick::Today | Quick::Hour => {}
        }
        let statuses: Vec<&'static str> = filter.statuses.iter().map(|s| s.as_str()).collect();
        match statuses[..] {
            [] if !filter.wants_live => {}
            [one] if !filter.wants_live => terms.push(Term::Equal("status", Bind::Text(one.to_owned()))),
            _ => terms.push(Term::AnyStatus { is_live: filter.wants_live, statuses }),
        }
        if !filter.q.is_empty() {
            terms.push(search_term(db, &filter.q)?);
        }
        Ok(Self(terms))
    }

    /// True when every call passes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// ` AND …` for the calls under the name `alias`. With `by_index` off no index is chosen for these terms: they
    /// only check rows that were found by another.
    pub fn sql(&self, db: &Db, alias: &str, by_index: bool) -> String {
        let mut out = String::new();
        let mut number = 0;
        let mut next = || {
            number += 1;
            format!("${number}")
        };
        let plain = |column: &str| format!("{alias}.{column}");
        let column = |name: &str| if by_index { plain(name) } else { unindexed(db, &plain(name)) };
        for term in &self.0 {
            out.push_str(" AND ");
            out.push_str(&match term {
                Term::Equal(name, _) => format!("{} = {}", column(name), next()),
                Term::Result(_) => format!(
                    "{alias}.id IN (SELECT call_id FROM call_notes WHERE result = {} ORDER BY call_id DESC LIMIT {NOTED})",
                    next()
                ),
                // Written out, so that the index of what is not there serves it.
                Term::Recordings(states) => {
                    let states: Vec<String> = states.iter().map(|state| format!("'{state}'")).collect();
                    format!(
                        "{alias}.id IN (SELECT call_id FROM recordings WHERE state IN ({}) \
                         AND state IN ('awaited', 'failed') AND call_id IS NOT NULL \
                         ORDER BY call_id DESC LIMIT {NOTED})",
                        states.join(", ")
                    )
                }
                Term::Since(_) => format!("{} >= {}", column("started_at"), next()),
                Term::Until(_) => format!("{} < {}", column("started_at"), next()),
                // Several values of the first column of an index give no order: the order comes first.
                Term::AnyStatus { is_live, statuses } => {
                    let mut any: Vec<String> = Vec::new();
                    if *is_live {
                        any.push(format!("{}.state <> 'ended'", alias));
                    }
                    if !statuses.is_empty() {
                        let listed = statuses.iter().map(|s| format!("'{s}'")).collect::<Vec<_>>().join(", ");
                        any.push(format!("{} IN ({listed})", unindexed(db, &plain("status"))));
                    }
                    format!("({})", any.join(" OR "))
                }
                Term::Missed => format!(
                    "{alias}.direction = 'inbound' AND {} IN ('missed', 'busy', 'no_answer')",
                    unindexed(db, &plain("status"))
                ),
                Term::Clients(ids) => {
                    let listed = ids.iter().map(ClientId::to_string).collect::<Vec<_>>().join(", ");
                    format!("{} IN ({listed})", column("client_id"))
                }
                Term::Nothing => "1 = 0".to_owned(),
            });
        }
        out
    }

    /// Gives the placeholders their values.
    pub fn bind<'q>(
        &self,
        mut query: BoxedSqlQuery<'q, MultiBackend, SqlQuery>,
    ) -> BoxedSqlQuery<'q, MultiBackend, SqlQuery> {
        for term in &self.0 {
            query = match term {
                Term::Equal(_, Bind::Text(text)) => query.bind::<Text, _>(text.clone()),
                Term::Equal(_, Bind::Operator(number)) => query.bind::<BigInt, _>(*number),
                Term::Result(name) => query.bind::<Text, _>(name.clone()),
                Term::Since(at) | Term::Until(at) => query.bind::<Timestamp, _>(*at),
                Term::AnyStatus { .. }
                | Term::Recordings(_)
                | Term::Missed
                | Term::Clients(_)
                | Term::Nothing => query,
            };
        }
        query
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: ClientId,
}

/// Who is meant: digits in any spelling are a part of a number, anything else the beginnings of the words of a
/// name, in the Russian layout too when it was typed in the Latin one. Something common means thousands of clients;
/// then the newest and those of the latest calls stand for all, since nobody leafs through thousands.
fn search_term(db: &mut Db, q: &str) -> QueryResult<Term> {
    let meant = match phone::needle(q) {
        Some(digits) => vec![vec![digits]],
        None => std::iter::once(q.to_owned())
            .chain(search_words::other_layout(q))
            .map(|q| safe_words(&q))
            .collect(),
    };
    let meant: Vec<Vec<String>> = meant.into_iter().filter(|words| !words.is_empty()).collect();
    if meant.is_empty() {
        return Ok(Term::Nothing);
    }
    let mut ids = newest_clients(db, &meant)?;
    if ids.len() >= CLIENTS {
        ids.extend(clients_of_latest_calls(db, &meant)?);
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(if ids.is_empty() { Term::Nothing } else { Term::Clients(ids) })
}

/// Folded words of letters both databases split alike, not longer than they are stored.
fn safe_words(q: &str) -> Vec<String> {
    search_words::words(q)
        .into_iter()
        .map(|word| word.chars().take(search_words::MAX_LETTERS).collect())
        .collect()
}

fn newest_clients(db: &mut Db, meant: &[Vec<String>]) -> QueryResult<Vec<ClientId>> {
    let selects: Vec<String> = (1..=meant.len())
        .map(|n| {
            let newest = Words::Clients.newest(db, &format!("${n}"), CLIENTS);
            format!("SELECT id FROM ({newest}) AS b{n}")
        })
        .collect();
    let values: Vec<String> = meant.iter().map(|words| Words::needle(db, words)).collect();
    clients(db, selects.join(" UNION "), values)
}

fn clients_of_latest_calls(db: &mut Db, meant: &[Vec<String>]) -> QueryResult<Vec<ClientId>> {
    let mut values: Vec<String> = Vec::new();
    let mut any = Vec::new();
    for words in meant {
        let placeholders: Vec<String> =
            words.iter().enumerate().map(|(i, _)| format!("${}", values.len() + i + 1)).collect();
        values.extend(words.iter().map(|word| Words::pattern(word)));
        any.push(Words::Clients.holds("latest.client_id", &placeholders));
    }
    let sql = format!(
        "SELECT client_id AS id FROM (SELECT client_id FROM calls WHERE direction <> 'internal' \
         ORDER BY started_at DESC, id DESC LIMIT {LATELY}) AS latest \
         WHERE client_id IS NOT NULL AND ({}) LIMIT {CLIENTS}",
        any.join(" OR ")
    );
    clients(db, sql, values)
}

fn clients(db: &mut Db, sql: String, values: Vec<String>) -> QueryResult<Vec<ClientId>> {
    let query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    let query = values.into_iter().fold(query, |query, value| query.bind::<Text, _>(value));
    Ok(query.load::<Id>(db)?.into_iter().map(|row| row.id).collect())
}
