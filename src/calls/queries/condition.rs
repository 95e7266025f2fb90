//! The filter of the list as a piece of SQL with its values.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::calls::filter::{Filter, Quick};
use crate::db::Db;
use crate::db::connection::MultiBackend;
use crate::db::portable::unindexed;
use crate::db::words::Words;
use crate::{phone, search};

/// Up to this many clients are looked for by their calls; more are looked for by going through the calls.
const FEW_CLIENTS: usize = 300;

/// A value of a placeholder.
#[derive(Clone, Debug)]
enum Bind {
    Text(String),
    Number(i64),
}

/// One requirement.
#[derive(Clone, Debug)]
enum Term {
    /// Column and value.
    Equal(&'static str, Bind),
    /// Begins at or after.
    Since(NaiveDateTime),
    /// Begins before.
    Until(NaiveDateTime),
    /// The state or any of several statuses.
    AnyStatus { is_live: bool, statuses: Vec<&'static str> },
    /// Inbound without a conversation.
    Missed,
    /// Calls of these clients.
    Clients(Vec<i64>),
    /// Calls of clients found by any of these needles of the words.
    Words(Vec<String>),
    /// Calls whose number holds these digits.
    NumberHolds(String),
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
        terms.extend(filter.operator.map(|id| Term::Equal("operator_id", Bind::Number(id))));
        terms.extend(filter.since.map(Term::Since));
        terms.extend(filter.until.map(Term::Until));
        match filter.quick {
            Quick::Missed => terms.push(Term::Missed),
            Quick::Answered => terms.push(Term::Equal("status", Bind::Text("answered".to_owned()))),
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
                    let listed = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
                    format!("{} IN ({listed})", column("client_id"))
                }
                Term::Words(needles) => {
                    let client = unindexed(db, &plain("client_id"));
                    let any: Vec<String> =
                        needles.iter().map(|_| Words::Clients.condition(db, &client, &next())).collect();
                    format!("({})", any.join(" OR "))
                }
                Term::NumberHolds(_) => format!("{alias}.phone_client LIKE {}", next()),
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
                Term::Equal(_, Bind::Number(number)) => query.bind::<BigInt, _>(*number),
                Term::Since(at) | Term::Until(at) => query.bind::<Timestamp, _>(*at),
                Term::Words(needles) => {
                    needles.iter().fold(query, |query, needle| query.bind::<Text, _>(needle.clone()))
                }
                Term::NumberHolds(digits) => query.bind::<Text, _>(format!("%{digits}%")),
                Term::AnyStatus { .. } | Term::Missed | Term::Clients(_) | Term::Nothing => query,
            };
        }
        query
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Who is meant: digits in any spelling are a part of a number, anything else the beginnings of the words of a
/// name, in the Russian layout too when it was typed in the Latin one.
fn search_term(db: &mut Db, q: &str) -> QueryResult<Term> {
    let digits = phone::needle(q);
    let meant = match &digits {
        Some(digits) => vec![vec![digits.clone()]],
        None => {
            std::iter::once(q.to_owned()).chain(search::other_layout(q)).map(|q| search::words(&q)).collect()
        }
    };
    let needles: Vec<String> =
        meant.iter().filter(|words| !words.is_empty()).map(|words| Words::needle(db, words)).collect();
    if needles.is_empty() {
        return Ok(Term::Nothing);
    }
    let found: Vec<String> = (1..=needles.len())
        .map(|n| {
            let condition = Words::Clients.condition(db, "client_id", &format!("${n}"));
            format!("SELECT client_id AS id FROM client_search WHERE {condition}")
        })
        .collect();
    let sql = format!("{} LIMIT {}", found.join(" UNION "), FEW_CLIENTS + 1);
    let query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    let query = needles.iter().fold(query, |query, needle| query.bind::<Text, _>(needle.clone()));
    let ids: Vec<i64> = query.load::<Id>(db)?.into_iter().map(|row| row.id).collect();
    Ok(match (ids.len(), digits) {
        (0, _) => Term::Nothing,
        (1..=FEW_CLIENTS, _) => Term::Clients(ids),
        (_, Some(digits)) => Term::NumberHolds(digits),
        (_, None) => Term::Words(needles),
    })
}
