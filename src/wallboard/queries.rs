//! SQL of the wallboard.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use super::GOOD_WAIT;
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, WorkStatus};
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::{accounts, break_reasons, callcentre_operator};

/// An operator and the work status.
#[derive(Clone, Debug, Queryable)]
pub struct Operator {
    pub name: String,
    pub extension: Option<String>,
    pub status: WorkStatus,
    pub reason: Option<String>,
    pub since: NaiveDateTime,
    pub id: AccountId,
    /// How long a break of this reason should be, in minutes.
    pub limit_minutes: Option<i32>,
}

/// Operators who have not been dismissed.
pub fn operators(db: &mut Db) -> QueryResult<Vec<Operator>> {
    callcentre_operator::table
        .inner_join(accounts::table)
        .left_join(
            break_reasons::table.on(callcentre_operator::status_reason.eq(break_reasons::name.nullable())),
        )
        .filter(accounts::status.eq(AccountStatus::Active))
        .order((accounts::name, accounts::id))
        .select((
            accounts::name,
            callcentre_operator::extension,
            callcentre_operator::status_work,
            callcentre_operator::status_reason,
            callcentre_operator::status_since,
            accounts::id,
            break_reasons::limit_minutes.nullable(),
        ))
        .load(db)
}

/// Inbound calls since a moment, in numbers.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct Today {
    /// Answered.
    #[diesel(sql_type = BigInt)]
    pub answered: i64,
    /// Answered within [`GOOD_WAIT`] seconds.
    #[diesel(sql_type = BigInt)]
    pub soon: i64,
    /// Not answered.
    #[diesel(sql_type = BigInt)]
    pub missed: i64,
    /// Seconds all who were answered have waited.
    #[diesel(sql_type = BigInt)]
    pub wait_seconds: i64,
}

/// The numbers since a moment.
pub fn today(db: &mut Db, since: NaiveDateTime) -> QueryResult<Today> {
    let sum = |what: &str| format!("CAST(COALESCE(SUM(CASE WHEN {what} ELSE 0 END), 0) AS BIGINT)");
    let text = format!(
        "SELECT {} AS answered, {} AS soon, {} AS missed, {} AS wait_seconds FROM calls \
         WHERE started_at >= $1 AND direction = 'inbound'",
        sum("answered_at IS NOT NULL THEN 1"),
        sum(&format!("answered_at IS NOT NULL AND wait_seconds <= {GOOD_WAIT} THEN 1")),
        sum("status IN ('missed', 'busy', 'no_answer') THEN 1"),
        sum("answered_at IS NOT NULL THEN wait_seconds"),
    );
    diesel::sql_query(text).into_boxed::<MultiBackend>().bind::<Timestamp, _>(since).get_result(db)
}
