//! Who was at work when: two days on, two days off, a lunch in between.

use chrono::{Duration, NaiveDateTime};
use diesel::Insertable;

use super::World;
use crate::demo::vocabulary::work;
use crate::platform::db::schema::work_status_log;

/// A finished interval of a work status.
#[derive(Insertable)]
#[diesel(table_name = work_status_log, treat_none_as_default_value = false)]
pub(super) struct Interval {
    account_id: i64,
    status_work: &'static str,
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

/// The shifts of everybody until `now`.
pub(super) fn log(world: &World, now: NaiveDateTime) -> Vec<Interval> {
    let mut log = Vec::new();
    for days_ago in (0..world.extent.days).rev() {
        for (index, operator) in world.operators.iter().enumerate() {
            if !world.is_on_shift(index, days_ago) {
                continue;
            }
            let late = (index as i64 * 7 + i64::from(days_ago) * 3) % 11 - 5;
            // Eight in the morning in Moscow.
            let day = (now - Duration::days(i64::from(days_ago))).date().and_hms_opt(5, 0, 0);
            let Some(start) = day.map(|day| day + Duration::minutes(late)) else { continue };
            let lunch = start + Duration::minutes(255 + 15 * (index as i64 % 4));
            let back = lunch + Duration::minutes(35 + late);
            let end = start + Duration::hours(12);
            for (status_work, reason, from, to) in [
                ("online", None, start, lunch),
                ("break", Some(work::BREAKS[0]), lunch, back),
                ("online", None, back, end),
            ] {
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
