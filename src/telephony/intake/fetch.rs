//! Brings recordings from the telephony's cloud (docs/mango-api.md 7): as soon as one was told of, and again with growing
//! pauses for a day. Who fetches a row moves its `next_try_at` first, so several processes never fetch one twice at
//! once, and what a crash interrupts is tried again when that time comes.

use std::time::Duration;

use actix_web::web::Data;
use chrono::NaiveDateTime;
use futures_util::stream::{self, StreamExt};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::domain::recording::RecordingState;
use crate::integrations::mango::client::ApiError;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::recordings::KeepError;
use crate::recordings::queries::fetch::{self as queries, Due, Next};
use crate::recordings::store::{Keep, keep};

/// How often is looked for rows that are due; new ones wake the worker at once.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Rows taken in one turn.
const PER_TURN: i64 = 30;
/// Fetched beside each other.
const TOGETHER: usize = 3;
/// A row that is being fetched is nobody else's for so long.
const LEASE: chrono::Duration = chrono::Duration::minutes(30);
/// A recording that could not be got is given up after so long.
const GIVE_UP: chrono::Duration = chrono::Duration::days(1);
/// Right after it was told of, the cloud may not know the recording yet; later it was deleted there.
const MAY_BE_LATE: chrono::Duration = chrono::Duration::hours(1);
/// Answer code of the cloud for a recording it does not have.
const NO_RECORDING: i64 = 3320;

/// Starts the worker; it ends with the application.
pub fn spawn(app: Data<App>) {
    let mut stop = app.stop.subscribe();
    tokio::spawn(async move {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = app.mango.told_of_recordings() => {}
                _ = tick.tick() => {}
                _ = stop.changed() => return,
            }
            tokio::select! {
                done = run_due(&app) => if let Err(error) = done {
                    tracing::warn!(%error, "recordings wait for the next turn");
                },
                _ = stop.changed() => return,
            }
        }
    });
}

/// Fetches everything that is due and returns when nothing is left; gives how many came.
///
/// # Errors
/// When the database does not answer.
pub async fn run_due(app: &App) -> Result<usize, AppError> {
    let mut came = 0;
    loop {
        let now = app.clock.now();
        let due = app.db.read(move |db| Ok(queries::due(db, now, PER_TURN)?)).await?;
        if due.is_empty() {
            return Ok(came);
        }
        let done: Vec<_> =
            stream::iter(due).map(|row| fetch(app, row)).buffer_unordered(TOGETHER).collect().await;
        for outcome in done {
            came += usize::from(outcome?);
        }
    }
}

/// Fetches one recording; `true` when it came.
async fn fetch(app: &App, row: Due) -> Result<bool, AppError> {
    let now = app.clock.now();
    let (id, seen) = (row.id, row.next_try_at);
    if !app.db.write(move |tx| Ok(queries::claim(tx.db, id, seen, now + LEASE)?)).await? {
        return Ok(false);
    }
    let failure = match app.mango_api.recording(&row.mango_recording_id).await {
        Ok(answer) => match keep(app, Keep::Known(id), answer.bytes_stream()).await {
            Ok(_) => return Ok(true),
            Err(error) => Failure::of_content(&error),
        },
        Err(error) => Failure::of_api(&error, now - row.created_at < MAY_BE_LATE),
    };
    let next = failure.next(&row, app.clock.now());
    tracing::info!(
        recording.id = %id,
        attempt = row.attempts + 1,
        why = failure.words,
        "a recording did not come"
    );
    app.db
        .write(move |tx| {
            queries::postpone(tx.db, id, &next)?;
            if let Some(call) = row.call_id {
                tx.announce(Event::Call(call));
            }
            Ok(())
        })
        .await?;
    Ok(false)
}

/// Why a recording did not come.
struct Failure {
    /// Reads after «не получена:».
    words: String,
    kind: FailureKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FailureKind {
    /// May succeed later.
    Passing,
    /// The telephony asked us to wait, or is not set up: no try was made.
    NotTried,
    /// It was there and is no more.
    Gone,
    /// Will never come.
    Final,
}

impl Failure {
    fn of_api(error: &ApiError, may_be_late: bool) -> Self {
        let kind = match error {
            ApiError::NotSetUp | ApiError::Waiting(_) | ApiError::NoDatabase => FailureKind::NotTried,
            ApiError::Refused(NO_RECORDING) if !may_be_late => FailureKind::Gone,
            ApiError::Refused(4002) => FailureKind::Final,
            _ => FailureKind::Passing,
        };
        let words = error.words();
        let mut letters = words.chars();
        let first = letters.next().map(|c| c.to_lowercase().collect::<String>()).unwrap_or_default();
        let is_name = words.starts_with("Mango");
        let words = if is_name { words } else { first + letters.as_str() };
        Self { words, kind }
    }

    fn of_content(error: &KeepError) -> Self {
        let kind = match error {
            KeepError::NoOwner | KeepError::TooLarge => FailureKind::Final,
            // An error page or a half-written file may be a whole recording a minute later.
            _ => FailureKind::Passing,
        };
        Self { words: error.words().to_owned(), kind }
    }

    fn next(&self, row: &Due, now: NaiveDateTime) -> Next {
        let is_over = now - row.created_at >= GIVE_UP;
        let (state, next_try_at) = match self.kind {
            FailureKind::Gone => (RecordingState::Gone, None),
            FailureKind::Final => (RecordingState::Failed, None),
            FailureKind::Passing if is_over => (RecordingState::Failed, None),
            FailureKind::Passing => (RecordingState::Awaited, Some(now + pause(row.attempts))),
            FailureKind::NotTried => (RecordingState::Awaited, Some(now + chrono::Duration::minutes(3))),
        };
        let attempts = row.attempts + i32::from(self.kind != FailureKind::NotTried);
        Next { state, next_try_at, attempts, error: self.words.clone() }
    }
}

/// A minute, two, four … up to two hours.
fn pause(attempts: i32) -> chrono::Duration {
    let minutes = 1_i64 << attempts.clamp(0, 7);
    chrono::Duration::minutes(minutes.min(120))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::RecordingId;

    fn row(attempts: i32, age: chrono::Duration, now: NaiveDateTime) -> Due {
        Due {
            id: RecordingId(1),
            call_id: None,
            mango_recording_id: String::new(),
            attempts,
            created_at: now - age,
            next_try_at: now,
        }
    }

    #[test]
    fn tries_grow_apart_and_end_after_a_day() {
        let now = NaiveDateTime::default();
        let hour = chrono::Duration::hours(1);
        let failure = Failure::of_api(&ApiError::Refused(NO_RECORDING), true);
        assert_eq!(failure.next(&row(0, hour / 60, now), now).next_try_at, Some(now + hour / 60));
        assert_eq!(failure.next(&row(3, hour / 2, now), now).next_try_at, Some(now + hour * 8 / 60));
        assert_eq!(failure.next(&row(30, hour * 2, now), now).next_try_at, Some(now + hour * 2));
        let over = failure.next(&row(20, hour * 24, now), now);
        assert_eq!((over.state, over.next_try_at), (RecordingState::Failed, None));
        let gone = Failure::of_api(&ApiError::Refused(NO_RECORDING), false).next(&row(9, hour * 2, now), now);
        assert_eq!((gone.state, gone.next_try_at), (RecordingState::Gone, None));
    }

    #[test]
    fn what_is_too_large_is_given_up_at_once_and_what_broke_off_is_not() {
        let now = NaiveDateTime::default();
        let young = row(0, chrono::Duration::minutes(1), now);
        let large = Failure::of_content(&KeepError::TooLarge).next(&young, now);
        assert_eq!((large.state, large.next_try_at), (RecordingState::Failed, None));
        assert_eq!(large.error, "файл больше 200 МБ");
        let broken = Failure::of_content(&KeepError::Interrupted).next(&young, now);
        assert_eq!(broken.next_try_at, Some(now + chrono::Duration::minutes(1)));
    }

    #[test]
    fn waiting_for_the_telephony_is_no_try() {
        let now = NaiveDateTime::default();
        let next =
            Failure::of_api(&ApiError::NotSetUp, true).next(&row(2, chrono::Duration::days(3), now), now);
        assert_eq!((next.state, next.attempts), (RecordingState::Awaited, 2));
        assert!(next.error.starts_with("не введены"), "{}", next.error);
    }
}
