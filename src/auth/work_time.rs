//! How long somebody may be in a state: time for noting a conversation after it, and breaks. The time after a
//! conversation lies over the work status and ends by itself, so the state before comes back without being kept.

use chrono::{Duration, NaiveDateTime};

use super::queries::work_time as queries;
use crate::app::App;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::settings;

/// The setting: seconds after a conversation; 0 or nothing, none.
const AFTER_CALL: &str = "work_time.after_call";
/// The longest time after a conversation that can be set, in seconds.
pub const AFTER_CALL_MAX: i64 = 900;

/// How long the time after a conversation is; zero when there is none.
pub fn after_call(db: &mut Db) -> diesel::QueryResult<Duration> {
    let seconds: i64 = settings::read_json(db, AFTER_CALL)?.unwrap_or(0);
    Ok(Duration::seconds(seconds.clamp(0, AFTER_CALL_MAX)))
}

/// Sets how long the time after a conversation is, in seconds.
pub fn set_after_call(db: &mut Db, seconds: i64, now: NaiveDateTime) -> diesel::QueryResult<()> {
    settings::put_json(db, AFTER_CALL, &seconds, now)
}

/// Ends what has run out, for the list of periodic work.
///
/// # Errors
/// Of the database.
pub fn end_run_out(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    if app.db.read_now(|db| Ok(queries::run_out(db, now)?))?.is_empty() {
        return Ok(());
    }
    app.db.write_now(|tx| Ok(queries::end_run_out(tx, now)?))
}
