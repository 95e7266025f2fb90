//! SQL of the time sheet.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role, WorkStatus};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, work_status_log};

/// A stretch of a work status.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Stretch {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub status: WorkStatus,
    /// Why, of breaks.
    pub reason: Option<String>,
    /// When it began, UTC.
    pub from: NaiveDateTime,
    /// When it ended; it lasts when not.
    pub to: Option<NaiveDateTime>,
}

/// Stretches online and of breaks that touch the time between two moments.
pub fn stretches(db: &mut Db, since: NaiveDateTime, until: NaiveDateTime) -> QueryResult<Vec<Stretch>> {
    work_status_log::table
        .filter(work_status_log::status_work.ne(WorkStatus::Offline))
        .filter(work_status_log::started_at.lt(until))
        .filter(work_status_log::ended_at.is_null().or(work_status_log::ended_at.gt(since)))
        .order((work_status_log::started_at, work_status_log::id))
        .select((
            work_status_log::account_id,
            work_status_log::status_work,
            work_status_log::reason,
            work_status_log::started_at,
            work_status_log::ended_at,
        ))
        .load(db)
}

/// Operators with whether they work here still.
pub fn operators(db: &mut Db) -> QueryResult<Vec<(AccountId, String, AccountStatus)>> {
    accounts::table
        .filter(accounts::role.eq(Role::Operator))
        .order((accounts::name, accounts::id))
        .select((accounts::id, accounts::name, accounts::status))
        .load(db)
}
