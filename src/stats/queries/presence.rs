//! When operators were online.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::person::{Role, WorkStatus};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, work_status_log};

/// Stretches online of all operators that touch the time between two moments; what lasts still ends at `now`.
pub fn online(
    db: &mut Db,
    since: NaiveDateTime,
    until: NaiveDateTime,
    now: NaiveDateTime,
) -> QueryResult<Vec<(NaiveDateTime, NaiveDateTime)>> {
    let rows: Vec<(NaiveDateTime, Option<NaiveDateTime>)> = work_status_log::table
        .inner_join(accounts::table)
        .filter(accounts::role.eq(Role::Operator))
        .filter(work_status_log::status_work.eq(WorkStatus::Online))
        .filter(work_status_log::started_at.lt(until))
        .filter(work_status_log::ended_at.is_null().or(work_status_log::ended_at.gt(since)))
        .select((work_status_log::started_at, work_status_log::ended_at))
        .load(db)?;
    Ok(rows.into_iter().map(|(from, to)| (from, to.unwrap_or(now))).collect())
}
