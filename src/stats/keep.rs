//! Keeps the figures of every day: counts days nobody has counted, and anew those of which something was written since.
//!
//! The database notes of which days something was written (triggers of the migration), so nothing that writes calls or
//! orders has to know of statistics, and what is written by hand counts as well.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::queries::{facts, kept};
use super::{REPEAT_DAYS, facts as rules};
use crate::app::App;
use crate::domain::zone;
use crate::platform::error::AppError;

/// So long a turn may take: others wait for their turn too.
const TURN: Duration = Duration::from_millis(1500);
/// Counts up whenever something is counted otherwise than before.
const VERSION: u32 = 1;

/// By what figures have been made; others than these are made anew.
fn rules_of(zone: Tz) -> String {
    format!("{VERSION} {zone}")
}

/// A turn of the periodic work.
///
/// # Errors
/// Of the database.
pub fn go_on(app: &App) -> Result<(), AppError> {
    let began = Instant::now();
    run(app, || began.elapsed() > TURN || *app.stop.borrow())
}

/// Everything that is due, however long it takes.
///
/// # Errors
/// Of the database.
pub fn all(app: &App) -> Result<(), AppError> {
    run(app, || false)
}

fn run(app: &App, is_enough: impl Fn() -> bool) -> Result<(), AppError> {
    let zone = app.config.business_zone;
    let rules = rules_of(zone);
    take_changes(app, zone)?;
    let today = zone::local(app.clock.now(), zone).date();
    let due = app.db.read_now(|db| {
        let counted = kept::counted(db, &rules)?;
        let first = facts::first(db)?.map_or(today, |at| zone::local(at, zone).date().min(today));
        let mut due: Vec<NaiveDate> = first
            .iter_days()
            .take_while(|day| *day <= today)
            .filter(|day| !counted.contains(&day.to_string()))
            .collect();
        // What people look at comes first.
        due.reverse();
        Ok(due)
    })?;
    for day in due {
        count(app, day, zone, &rules)?;
        if is_enough() {
            break;
        }
    }
    Ok(())
}

fn count(app: &App, day: NaiveDate, zone: Tz, rules: &str) -> Result<(), AppError> {
    let (since, until) = (zone::day_start(day, zone), zone::day_start(day + chrono::Days::new(1), zone));
    let now = app.clock.now();
    app.db.write_now(|tx| {
        // Who counts the same day elsewhere waits, and then counts what is there by then.
        kept::lock(tx)?;
        // Whatever is written from now on is noted, and counted by the next turn.
        let facts = facts::between(tx.db, since, until)?;
        Ok(kept::put(tx, day, &rules::sum(facts.iter(), zone), rules, now)?)
    })
}

/// Business days on which something of a UTC day may count: its own, and those on which its calls make others repeats.
fn touched(day: NaiveDate, zone: Tz) -> impl Iterator<Item = NaiveDate> {
    let (from, to) = (day.and_time(chrono::NaiveTime::MIN), day.and_hms_milli_opt(23, 59, 59, 999));
    let first = zone::local(from, zone).date();
    let last = zone::local(to.unwrap_or(from), zone).date() + chrono::Duration::days(REPEAT_DAYS);
    first.iter_days().take_while(move |day| *day <= last)
}

fn take_changes(app: &App, zone: Tz) -> Result<(), AppError> {
    loop {
        let notes = app.db.read_now(|db| Ok(kept::changes(db)?))?;
        if notes.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = notes.iter().map(|(id, _)| *id).collect();
        let noted: BTreeSet<NaiveDate> = notes.iter().filter_map(|(_, day)| day.parse().ok()).collect();
        let days: BTreeSet<NaiveDate> = noted.into_iter().flat_map(|day| touched(day, zone)).collect();
        app.db.write_now(|tx| Ok(kept::forget(tx, &ids, &days)?))?;
    }
}
