//! Joins recordings that wait with calls that came later, and removes what has been kept long enough. Periodic.

use chrono::Months;

use super::choose::choose;
use super::queries::places::{self as queries, Waiting};
use crate::app::App;
use crate::integrations::mail::settings;
use crate::platform::error::AppError;

/// Waiting recordings that are tried again; older ones are an admin's business.
const TRIED: i64 = 500;
/// Recordings removed in one transaction.
const TOGETHER: i64 = 500;

/// Tries the waiting recordings again; gives how many found their call.
///
/// # Errors
/// Of the database.
pub fn join_waiting(app: &App) -> Result<usize, AppError> {
    let waiting: Vec<Waiting> = app.db.read_now(|db| Ok(queries::waiting(db, TRIED)?))?;
    let mut joined = 0;
    for recording in waiting {
        let (Some(number), Some(at)) = (&recording.client_number, recording.recorded_at) else { continue };
        let found = app.db.read_now(|db| {
            let call = choose(at, recording.extension.as_deref(), &queries::candidates(db, number, at)?);
            Ok(call)
        })?;
        if let Some(call) = found {
            joined += usize::from(app.db.write_now(|tx| Ok(queries::attach(tx, recording.id, call)?))?);
        }
    }
    Ok(joined)
}

/// For the list of periodic work.
///
/// # Errors
/// Of the database.
pub fn join(app: &App) -> Result<(), AppError> {
    let joined = join_waiting(app)?;
    if joined > 0 {
        tracing::info!(joined, "recordings found their calls");
    }
    Ok(())
}

/// Removes recordings that are older than the admin keeps them. The storage gives their content up by itself.
///
/// # Errors
/// Of the database.
pub fn remove_old(app: &App) -> Result<(), AppError> {
    let months = app.db.read_now(|db| Ok(settings::read(db)?))?.keep_months;
    let Some(before) = oldest_kept(app, months) else { return Ok(()) };
    let mut removed = 0;
    loop {
        let part = app.db.write_now(|tx| Ok(queries::remove_older(tx, before, TOGETHER)?))?;
        removed += part;
        if part == 0 || *app.stop.borrow() {
            break;
        }
    }
    if removed > 0 {
        tracing::info!(removed, "removed recordings that were kept long enough");
    }
    Ok(())
}

/// The moment before which nothing is kept; `None` when everything is.
pub fn oldest_kept(app: &App, months: u32) -> Option<chrono::NaiveDateTime> {
    (months > 0).then(|| app.clock.now().checked_sub_months(Months::new(months))).flatten()
}
