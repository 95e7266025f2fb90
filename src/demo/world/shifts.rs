//! Who was at work when: two days on, two days off, a lunch in between.

use chrono::{Duration, NaiveDateTime};
use diesel::Insertable;

use super::World;
use crate::demo::vocabulary::work;
use crate::domain::id::AccountId;
use crate::domain::person::WorkStatus;
use crate::platform::db::schema::work_status_log;

/// A finished interval of a work status.
#[derive(Insertable)]
#[diesel(table_name = work_status_log, treat_none_as_default_value = false)]
pub(super) struct Interval {
    account_id: AccountId,
    status_work: WorkStatus,
    reason: Option<&'static str>,
    started_at: NaiveDateTime,
    ended_at: NaiveDateTime,
}

impl World {
    /// Whether the `operator`-th operator works on the day that ended `days_ago` days ago. Somebody always does.
    pub fn is_on_shift(&self, operator: usize, days_ago: u32) -> bool {
        self.operators.len() < 4 || (operator + days_ago as usize) % 4 < 2
    }
}

/// What an operator does at `now` and since when, of those at work.
pub fn current(
    world: &World,
    now: NaiveDateTime,
) -> Vec<(AccountId, WorkStatus, Option<&'static str>, NaiveDateTime)> {
    let mut current = Vec::new();
    for (index, operator) in
        world.operators.iter().enumerate().filter(|(index, _)| world.is_on_shift(*index, 0))
    {
        let running = day(index, 0, now).into_iter().find(|(_, _, from, to)| (*from..*to).contains(&now));
        if let Some((status, reason, from, _)) = running {
            current.push((operator.id, status, reason, from));
        }
    }
    current
}

/// The shifts of everybody until `now`.
pub(super) fn log(world: &World, now: NaiveDateTime) -> Vec<Interval> {
    let mut log = Vec::new();
    for days_ago in (0..world.extent.days).rev() {
        for (index, operator) in world.operators.iter().enumerate() {
            if !world.is_on_shift(index, days_ago) {
                continue;
            }
            for (status_work, reason, from, to) in day(index, days_ago, now) {
                let ended_at = to.min(now);
                if from < ended_at {
                    let account_id = operator.id;
                    log.push(Interval { account_id, status_work, reason, started_at: from, ended_at });
                }
            }
        }
    }
    log
}

/// The day of the `index`-th operator: work, lunch, work.
fn day(
    index: usize,
    days_ago: u32,
    now: NaiveDateTime,
) -> Vec<(WorkStatus, Option<&'static str>, NaiveDateTime, NaiveDateTime)> {
    let late = (index as i64 * 7 + i64::from(days_ago) * 3) % 11 - 5;
    // Eight in the morning in Moscow.
    let morning = (now - Duration::days(i64::from(days_ago))).date().and_hms_opt(5, 0, 0);
    let Some(start) = morning.map(|morning| morning + Duration::minutes(late)) else { return Vec::new() };
    let lunch = start + Duration::minutes(255 + 15 * (index as i64 % 4));
    let back = lunch + Duration::minutes(35 + late);
    let end = start + Duration::hours(12);
    vec![
        (WorkStatus::Online, None, start, lunch),
        (WorkStatus::Break, Some(work::BREAKS[0].0), lunch, back),
        (WorkStatus::Online, None, back, end),
    ]
}
