//! Conversations worth hearing.

use std::collections::HashMap;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::domain::call::{CallStatus, Direction};
use crate::domain::id::{AccountId, CallId};
use crate::domain::order::StatusOrder;
use crate::domain::recording::RecordingState;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::{accounts, audit_log};
use crate::stats::REPEAT_DAYS;
use crate::stats::facts::EVERYBODY;
use crate::stats::reason::Reason;

/// Which calls are looked through.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// From this moment, UTC.
    pub since: NaiveDateTime,
    /// Until this one.
    pub until: NaiveDateTime,
    /// Who talked; [`EVERYBODY`] for all.
    pub operator: AccountId,
    /// So many at most.
    pub most: i64,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: CallId,
}

/// Answered calls of clients with a recording that can be heard, the ones that show the reason best first.
pub fn calls(db: &mut Db, wanted: Wanted, reason: Reason) -> QueryResult<Vec<CallId>> {
    const NO_ORDER: &str = "NOT EXISTS (SELECT 1 FROM order_calls WHERE order_calls.call_id = c.id)";
    let (condition, order) = match reason {
        Reason::Refused => (
            format!(
                "EXISTS (SELECT 1 FROM order_calls JOIN orders ON orders.id = order_calls.order_id \
                 WHERE order_calls.call_id = c.id AND orders.status_order = '{}')",
                StatusOrder::Refused.as_str()
            ),
            "c.started_at DESC, c.id DESC",
        ),
        Reason::Again => (
            format!(
                "{NO_ORDER} AND c.phone_client IS NOT NULL AND EXISTS (SELECT 1 FROM calls AS e \
                 WHERE e.group_key = c.group_key AND e.started_at >= $7 AND e.started_at < c.started_at \
                 AND e.status = $4)"
            ),
            "c.talk_seconds DESC, c.id DESC",
        ),
        Reason::Long => (NO_ORDER.to_owned(), "c.talk_seconds DESC, c.id DESC"),
        Reason::Waited => {
            (format!("{NO_ORDER} AND c.wait_seconds >= {LONG_WAIT}"), "c.wait_seconds DESC, c.id DESC")
        }
        Reason::Short => (
            format!("{NO_ORDER} AND c.talk_seconds > 0 AND c.talk_seconds <= {SHORT_TALK}"),
            "c.started_at DESC, c.id DESC",
        ),
    };
    let text = format!(
        "SELECT c.id FROM calls AS c WHERE c.started_at >= $1 AND c.started_at < $2 AND c.direction = $3 \
         AND c.status = $4 AND ($5 = {EVERYBODY} OR c.operator_id = $5) AND EXISTS (SELECT 1 FROM recordings \
         WHERE recordings.call_id = c.id AND recordings.state = $6) AND $7 <= $1 AND {condition} \
         ORDER BY {order} LIMIT {}",
        wanted.most
    );
    let rows: Vec<Found> = diesel::sql_query(text)
        .into_boxed::<MultiBackend>()
        .bind::<Timestamp, _>(wanted.since)
        .bind::<Timestamp, _>(wanted.until)
        .bind::<Text, _>(Direction::Inbound.as_str())
        .bind::<Text, _>(CallStatus::Answered.as_str())
        .bind::<BigInt, _>(wanted.operator)
        .bind::<Text, _>(RecordingState::Ready.as_str())
        .bind::<Timestamp, _>(wanted.since - Duration::days(REPEAT_DAYS))
        .load(db)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Who waited so many seconds has waited long.
const LONG_WAIT: i64 = 60;
/// A conversation of so many seconds is hardly one.
const SHORT_TALK: i64 = 15;

/// Who has listened, by what the journal calls the recording.
pub fn listeners(db: &mut Db, subjects: &[String]) -> QueryResult<HashMap<String, Vec<String>>> {
    let rows: Vec<(String, String)> = audit_log::table
        .inner_join(accounts::table.on(audit_log::account_id.eq(accounts::id.nullable())))
        .filter(audit_log::action.eq("recording.play"))
        .filter(audit_log::subject.eq_any(subjects.to_vec()))
        .order(audit_log::id)
        .select((audit_log::subject, accounts::name))
        .load(db)?;
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for (subject, name) in rows {
        let names = found.entry(subject).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(found)
}
