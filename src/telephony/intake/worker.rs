//! From stored notifications to rows of calls. Woken after each store and every other second: another process may
//! have stored something, and a call whose summary never comes has to be closed.
//!
//! Processes share the work without talking to each other. Each reads a call's version, then its events, folds
//! them, and writes only over that version; whoever finds it changed reads again. Each lost turn is another
//! process's finished one, so the work as a whole always goes on.

use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::time::Duration;

use actix_web::web::Data;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::calls::queries::write::{self, CallBefore, Put};
use crate::dial;
use crate::domain::id::EventId;
use crate::integrations::mango::client::codes;
use crate::integrations::mango::fold::{Folded, Limits, fold};
use crate::integrations::mango::queries::{self, EventState, StoredEvent};
use crate::integrations::mango::settings;
use crate::integrations::mango::wire::{self, Event as Notification};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// How often it looks by itself for what it was not woken for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Notifications looked at in one turn.
const PER_TURN: i64 = 256;
/// Calls written in one transaction: few enough that a notification waits no longer than it takes to blink.
const PER_WRITE: usize = 24;
/// How often a call is read again because somebody else was faster, before it waits for the next turn.
const ATTEMPTS: usize = 5;
/// When a due call that cannot be folded is looked at again.
const POSTPONED: chrono::Duration = chrono::Duration::hours(1);

/// Starts the worker; it ends with the application.
pub fn spawn(app: Data<App>) {
    let mut stop = app.stop.subscribe();
    tokio::spawn(async move {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = app.mango.woken() => {}
                _ = tick.tick() => {}
                _ = stop.changed() => return,
            }
            let here = app.clone();
            match tokio::task::spawn_blocking(move || drain(&here)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "notifications wait for the next turn"),
                Err(error) => tracing::error!(%error, "a turn over the telephony's notifications broke"),
            }
        }
    });
}

/// Folds everything that is stored and due, and returns when nothing is left. Blocks; what has no right to be
/// stored (refused notifications) is counted on the way.
///
/// # Errors
/// When the database does not answer. Nothing is lost: what was not finished stays pending.
pub fn drain(app: &App) -> Result<(), AppError> {
    let _one_at_a_time = app.mango.turn.lock().unwrap_or_else(PoisonError::into_inner);
    write_refused(app)?;
    while turn(app)? && !*app.stop.borrow() {}
    Ok(())
}

/// What a folding of many calls came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows written.
    pub written: usize,
    /// Calls that have no row: between employees, or known by a recording only.
    pub without_row: usize,
    /// Calls that could not be folded; the log says why.
    pub failed: usize,
}

/// Folds these calls again, whether or not anything is pending. For `callcentre refold`; announces nothing.
pub fn refold(app: &App, entry_ids: Vec<String>) -> Result<Outcome, AppError> {
    fold_calls(app, &entry_ids, Announce::Nothing)
}

/// Whether each written call is told to the browsers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Announce {
    Calls,
    Nothing,
}

/// One look at what is pending and due; `false` when there was nothing.
fn turn(app: &App) -> Result<bool, AppError> {
    let now = app.clock.now();
    let (pending, due) = app
        .db
        .read_now(|db| Ok((queries::pending(db, PER_TURN)?, queries::due_calls(db, now, PER_TURN)?)))?;
    if pending.is_empty() && due.is_empty() {
        return Ok(false);
    }
    let mut entries = sort_out(app, &pending)?;
    entries.extend(due);
    let is_of_recordings = pending.iter().any(|event| event.path.contains("/record"));
    let entries: Vec<String> = entries.into_iter().collect();
    fold_calls(app, &entries, Announce::Calls)?;
    if is_of_recordings {
        app.mango.tell_of_recordings();
    }
    Ok(true)
}

/// Reads pending notifications: which calls they move; those that move none are settled at once.
fn sort_out(app: &App, pending: &[StoredEvent]) -> Result<BTreeSet<String>, AppError> {
    let mut entries = BTreeSet::new();
    let (mut ignored, mut failed, mut found) = (Vec::new(), Vec::new(), Vec::new());
    let mut results = Vec::new();
    for event in pending {
        match wire::parse(&event.path, &event.body) {
            Ok(told) => match told.entry_id() {
                Some(entry) => {
                    if event.entry_id.as_deref() != Some(entry) {
                        found.push((event.id, entry.to_owned()));
                    }
                    entries.insert(entry.to_owned());
                }
                None => {
                    ignored.push(event.id);
                    if let Notification::Result(result) = told {
                        results.push(result);
                    }
                }
            },
            Err(error) => failed.push((event.id, error.to_string())),
        }
    }
    if ignored.is_empty() && failed.is_empty() && found.is_empty() {
        return Ok(entries);
    }
    let now = app.clock.now();
    app.db.write_now(|tx| {
        for (id, entry) in &found {
            queries::set_entry(tx.db, *id, entry)?;
        }
        queries::settle(tx.db, &ignored, EventState::Ignored, now)?;
        for result in &results {
            let failure = (!codes::is_success(result.code)).then(|| codes::words(result.code));
            dial::queries::answer(tx, &result.command_id, failure)?;
        }
        for (id, reason) in &failed {
            tracing::warn!(event.id = %id, reason, "notification {id} cannot be understood");
            queries::fail(tx.db, *id, reason, now)?;
            tx.announce(Event::Mango);
        }
        Ok(())
    })?;
    Ok(entries)
}

/// Folds calls some at a time. One that cannot be written does not stop the others: it is then tried alone, and
/// what it was to be folded from is marked as failed.
fn fold_calls(app: &App, entries: &[String], announce: Announce) -> Result<Outcome, AppError> {
    let mut outcome = Outcome::default();
    for together in entries.chunks(PER_WRITE) {
        match fold_together(app, together, announce, &mut outcome) {
            Ok(()) => {}
            Err(AppError::Unavailable(error)) => return Err(AppError::Unavailable(error)),
            Err(_) => {
                for entry in together {
                    match fold_together(app, std::slice::from_ref(entry), announce, &mut outcome) {
                        Ok(()) => {}
                        Err(AppError::Unavailable(error)) => return Err(AppError::Unavailable(error)),
                        Err(error) => {
                            outcome.failed += 1;
                            give_up(app, entry, &error)?;
                        }
                    }
                }
            }
        }
    }
    Ok(outcome)
}

/// A call to be written.
struct Work {
    entry_id: String,
    seen: Option<CallBefore>,
    folded: Option<Folded>,
    /// Notifications that are settled when the call is written.
    pending: Vec<EventId>,
}

fn fold_together(
    app: &App,
    entries: &[String],
    announce: Announce,
    outcome: &mut Outcome,
) -> Result<(), AppError> {
    let mut left = entries.to_vec();
    for _ in 0..ATTEMPTS {
        let work = read_and_fold(app, &left)?;
        let puts = write(app, &work, announce)?;
        left.clear();
        for (work, put) in work.into_iter().zip(puts) {
            match put {
                Put::Written(_) => outcome.written += 1,
                Put::Hidden => outcome.without_row += 1,
                Put::Lost => left.push(work.entry_id),
            }
        }
        if left.is_empty() {
            return Ok(());
        }
    }
    // Others are busy with these calls; what they leave stays pending.
    Ok(())
}

/// Reads versions first and events second, without a transaction: the version checked at the write proves that
/// nothing was missed in between.
fn read_and_fold(app: &App, entries: &[String]) -> Result<Vec<Work>, AppError> {
    let (mut seen, events) =
        app.db.read_now(|db| Ok((write::seen(db, entries)?, queries::of_calls(db, entries)?)))?;
    let limits = limits(app);
    let now = app.clock.unix();
    Ok(entries
        .iter()
        .map(|entry| {
            let stored = events.iter().filter(|event| event.entry_id.as_ref() == Some(entry));
            let (mut told, mut pending, mut received_last) = (Vec::new(), Vec::new(), 0);
            for event in stored {
                // One that came after the turn began and cannot be read is the next turn's.
                let Ok(read) = wire::parse(&event.path, &event.body) else { continue };
                if event.state == EventState::Pending {
                    pending.push(event.id);
                    warn_of_odd_clock(&read, event);
                }
                if read.moves_legs() {
                    received_last = received_last.max(event.received_at.and_utc().timestamp());
                }
                told.push(read);
            }
            let folded = fold(entry, &told, now, received_last, limits);
            if !pending.is_empty() && folded.as_ref().is_some_and(|call| call.summary_conflict) {
                tracing::warn!("two different summaries of one call came, the last one counts");
            }
            Work { seen: seen.remove(entry), entry_id: entry.clone(), folded, pending }
        })
        .collect())
}

fn write(app: &App, work: &[Work], announce: Announce) -> Result<Vec<Put>, AppError> {
    let now = app.clock.now();
    app.db.write_now(|tx| {
        let calls: Vec<(Option<&CallBefore>, &Folded)> =
            work.iter().filter_map(|w| w.folded.as_ref().map(|f| (w.seen.as_ref(), f))).collect();
        let mut written = crate::telephony::intake::store::put(tx, &calls, now)?.into_iter();
        let puts: Vec<Put> = work
            .iter()
            .map(|w| w.folded.as_ref().and_then(|_| written.next()).unwrap_or(Put::Hidden))
            .collect();
        let settled: Vec<EventId> = work
            .iter()
            .zip(&puts)
            .filter(|(_, put)| **put != Put::Lost)
            .flat_map(|(work, _)| work.pending.iter().copied())
            .collect();
        queries::settle(tx.db, &settled, EventState::Done, now)?;
        for (work, put) in work.iter().zip(&puts) {
            let command = work.folded.as_ref().and_then(|folded| folded.command_id.as_deref());
            if let (Some(command), Put::Written(call)) = (command, put) {
                dial::queries::became(tx, command, *call)?;
            }
        }
        for orphan in work.iter().filter(|w| w.folded.is_none() && w.seen.is_some()) {
            queries::leave_call(tx.db, &orphan.entry_id)?;
        }
        if announce == Announce::Calls {
            for put in &puts {
                if let Put::Written(id) = put {
                    tx.announce(Event::Call(*id));
                }
            }
        }
        Ok(puts)
    })
}

/// Sets a call aside that cannot be written, with the reason, so that it neither blocks nor burdens the others.
fn give_up(app: &App, entry: &str, error: &AppError) -> Result<(), AppError> {
    let (now, reason) = (app.clock.now(), error.to_string());
    tracing::error!(%error, "the notifications of a call could not be folded");
    app.db.write_now(|tx| {
        let events = queries::of_calls(tx.db, &[entry.to_owned()])?;
        for event in events.iter().filter(|event| event.state == EventState::Pending) {
            queries::fail(tx.db, event.id, &reason, now)?;
        }
        queries::postpone_call(tx.db, entry, now + POSTPONED)?;
        tx.announce(Event::Mango);
        Ok(())
    })
}

fn limits(app: &App) -> Limits {
    let seconds = |wait: Duration| i64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
    Limits {
        close_after: seconds(app.config.mango.close_after),
        stale_after: seconds(app.config.mango.stale_after),
    }
}

/// Three hours off is Moscow's clock written as UTC: every time in the list would be wrong
/// (docs/mango-api.md 3).
fn warn_of_odd_clock(told: &Notification, event: &StoredEvent) {
    let told_at = match told {
        Notification::Call(call) => Some(call.timestamp),
        // What the statistics told comes hours later by nature.
        Notification::Summary(summary) if event.path.contains("events/") => summary.end_time,
        _ => None,
    };
    if let Some(told_at) = told_at {
        let off = (event.received_at.and_utc().timestamp() - told_at).abs();
        if (3 * 3600 - 120..=3 * 3600 + 120).contains(&off) {
            tracing::warn!(event.id = %event.id, off, "the telephony's clock is three hours off ours");
        }
    }
}

fn write_refused(app: &App) -> Result<(), AppError> {
    let taken = app.mango.take_refused();
    let Some(last_at) = taken.last_at else { return Ok(()) };
    let written = app.db.write_now(|tx| {
        settings::add_refused(tx.db, taken.count, last_at)?;
        tx.announce(Event::Mango);
        Ok(())
    });
    if written.is_err() {
        app.mango.give_back_refused(taken);
    }
    written
}
