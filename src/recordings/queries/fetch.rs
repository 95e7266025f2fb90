//! Recordings that are to be fetched from the telephony.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{CallId, RecordingId};
use crate::domain::recording::{RecordingSource, RecordingState};
use crate::platform::db::Db;
use crate::platform::db::schema::recordings;

/// A recording whose time to be fetched has come.
#[derive(Clone, Debug)]
pub struct Due {
    /// The recording.
    pub id: RecordingId,
    /// Its call.
    pub call_id: Option<CallId>,
    /// What the telephony calls it.
    pub mango_recording_id: String,
    /// Tries so far.
    pub attempts: i32,
    /// When it was told of.
    pub created_at: NaiveDateTime,
    /// What a claim compares with.
    pub next_try_at: NaiveDateTime,
}

/// What becomes of a recording that did not come.
#[derive(Clone, Debug)]
pub struct Next {
    /// Awaited still, failed or gone.
    pub state: RecordingState,
    /// When it is tried again; `None` when it is not.
    pub next_try_at: Option<NaiveDateTime>,
    /// Tries so far.
    pub attempts: i32,
    /// Why it did not come; reads after «не получена:».
    pub error: String,
}

/// Recordings that are due at `now`, the longest waiting first.
pub fn due(db: &mut Db, now: NaiveDateTime, limit: i64) -> QueryResult<Vec<Due>> {
    type Row = (RecordingId, Option<CallId>, Option<String>, i32, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<Row> = recordings::table
        .filter(recordings::next_try_at.le(now))
        .filter(recordings::source.eq(RecordingSource::Api))
        .filter(recordings::state.eq(RecordingState::Awaited))
        .order(recordings::next_try_at)
        .limit(limit)
        .select((
            recordings::id,
            recordings::call_id,
            recordings::mango_recording_id,
            recordings::attempts,
            recordings::created_at,
            recordings::next_try_at,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, call_id, mango_recording_id, attempts, created_at, next_try_at)| {
            let (mango_recording_id, next_try_at) = mango_recording_id.zip(next_try_at)?;
            Some(Due { id, call_id, mango_recording_id, attempts, created_at, next_try_at })
        })
        .collect())
}

/// Makes the recording nobody else's until `until`; `false` when somebody was faster.
pub fn claim(db: &mut Db, id: RecordingId, seen: NaiveDateTime, until: NaiveDateTime) -> QueryResult<bool> {
    let same = recordings::table.find(id).filter(recordings::next_try_at.eq(seen));
    Ok(diesel::update(same).set(recordings::next_try_at.eq(until)).execute(db)? == 1)
}

/// Writes down why a recording did not come, unless it has come in another way meanwhile.
pub fn postpone(db: &mut Db, id: RecordingId, next: &Next) -> QueryResult<()> {
    let waiting = recordings::table.find(id).filter(recordings::state.eq(RecordingState::Awaited));
    diesel::update(waiting)
        .set((
            recordings::state.eq(next.state),
            recordings::next_try_at.eq(next.next_try_at),
            recordings::attempts.eq(next.attempts),
            recordings::error.eq(&next.error),
        ))
        .execute(db)
        .map(|_| ())
}

/// Has a recording that was given up tried again at once; `false` when there is nothing to try.
pub fn try_again(db: &mut Db, id: RecordingId, now: NaiveDateTime) -> QueryResult<bool> {
    let given_up = recordings::table
        .find(id)
        .filter(recordings::state.eq_any([RecordingState::Failed, RecordingState::Awaited]))
        .filter(recordings::mango_recording_id.is_not_null())
        .filter(recordings::hash.is_null());
    let set = (recordings::state.eq(RecordingState::Awaited), recordings::next_try_at.eq(now));
    Ok(diesel::update(given_up).set(set).execute(db)? == 1)
}
