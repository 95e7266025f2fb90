//! Sets the demonstration up in a database and says how to enter it.

use std::collections::HashMap;

use chrono::{Datelike, Duration, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::Extent;
use super::history::History;
use super::simulator::Neighbourhood;
use super::simulator::cast::Telephone;
use super::world::World;
use super::{followup, pay, rows, tapes};
use crate::app::App;
use crate::auth::password;
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::domain::zone;
use crate::platform::error::AppError;
use crate::platform::live::presence::Connected;

/// How many operators a visitor may sign in as.
const SHOWN_OPERATORS: usize = 2;
/// Callers the simulator chooses from.
const CALLERS: usize = 40;

/// Somebody a visitor may sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// Name as the pages show it.
    pub name: String,
    /// What rings, of operators.
    pub extension: Option<String>,
}

/// When the demonstration begins, on the business clock: everybody is at work and the day is half told.
const OPENS: NaiveTime = NaiveTime::from_hms_opt(12, 4, 0).expect("a time");

/// The moment (UTC) at which the demonstration begins for somebody who starts it at `now`: midday of the same day, or
/// of the last working day before it.
pub fn opening(now: NaiveDateTime, business_zone: Tz) -> NaiveDateTime {
    let today = zone::local(now, business_zone).date();
    let back = today.weekday().num_days_from_monday().saturating_sub(4);
    zone::utc((today - Duration::days(i64::from(back))).and_time(OPENS), business_zone)
}

/// A filled demonstration.
pub struct Stage {
    /// The admin, then operators.
    pub logins: Vec<Login>,
    /// Who calls from now on.
    pub neighbourhood: Neighbourhood,
    colleagues: Vec<AccountId>,
}

impl Stage {
    /// Keeps those at work connected who have no browser, nobody may sign in as them.
    #[must_use]
    pub fn man(&self, app: &App) -> Vec<Connected> {
        self.colleagues.iter().map(|account_id| app.presence.connect(*account_id)).collect()
    }
}

/// Fills the empty database of `app` with the world and the history of `extent`. Takes seconds: call it where
/// blocking is allowed.
///
/// # Errors
/// What the database refused.
pub fn set(app: &App, extent: Extent) -> Result<Stage, AppError> {
    let mut world = World::plan(extent);
    let logins = logins(&world);
    let passwords: HashMap<String, String> = logins
        .iter()
        .map(|login| Ok((login.login.clone(), password::hash(&login.password)?)))
        .collect::<Result<_, AppError>>()?;
    let tapes = tapes::store(app)?;
    let now = app.clock.now();
    let neighbourhood = app.db.write_now(|tx| {
        world.store(tx.db, now, &passwords)?;
        let mut history = History::new(&world, now).recorded_on(tapes.clone());
        for batch in history.by_ref() {
            batch.write(tx.db)?;
        }
        rows::continue_ids(tx.db)?;
        followup::tell(tx, &world, now)?;
        pay::agree(tx, &world, Now { utc: now, zone: app.config.business_zone })?;
        Ok(Neighbourhood {
            lines: world.known_lines().iter().map(|line| line.number.clone()).collect(),
            telephones: world
                .operators
                .iter()
                .map(|o| Telephone { extension: o.extension.clone(), sip: o.sip.clone() })
                .collect(),
            known: history.known_numbers(CALLERS),
            strangers: history.strangers_numbers(CALLERS),
        })
    })?;
    let at_work = world.operators.iter().enumerate().skip(SHOWN_OPERATORS);
    let colleagues =
        at_work.filter(|(index, _)| world.is_on_shift(*index, 0)).map(|(_, operator)| operator.id).collect();
    Ok(Stage { logins, neighbourhood, colleagues })
}

fn logins(world: &World) -> Vec<Login> {
    let admin = Login {
        login: "admin".to_owned(),
        password: "demo-admin".to_owned(),
        name: super::world::ADMIN.to_owned(),
        extension: None,
    };
    let operators = world.operators.iter().take(SHOWN_OPERATORS).map(|operator| Login {
        login: operator.login.clone(),
        password: format!("demo-{}", operator.extension),
        name: operator.name.clone(),
        extension: Some(operator.extension.clone()),
    });
    std::iter::once(admin).chain(operators).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_begins_at_midday_of_a_working_day() {
        let moscow = chrono_tz::Europe::Moscow;
        let at = |text: &str| -> NaiveDateTime { text.parse().expect("a moment") };
        let thursday = at("2026-11-19T09:04:00");
        assert_eq!(opening(at("2026-11-19T02:00:00"), moscow), thursday);
        assert_eq!(opening(at("2026-11-19T20:59:00"), moscow), thursday);
        for weekend in ["2026-11-21T10:00:00", "2026-11-22T20:00:00"] {
            assert_eq!(opening(at(weekend), moscow), at("2026-11-20T09:04:00"), "{weekend}");
        }
    }
}
