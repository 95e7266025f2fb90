//! SQL of recordings that look for their call, and of recordings that are too old.

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::id::{CallId, RecordingId};
use crate::domain::recording::{RecordingSource, RecordingState};
use crate::platform::db::schema::{calls, phones, recordings};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::recordings::by_mail::choose::{Candidate, WITHIN};

/// A call may have rung so long before it was answered.
const LONGEST_RING: Duration = Duration::hours(1);

/// Answered calls of a number around a moment (UTC).
pub fn candidates(db: &mut Db, number: &str, at: NaiveDateTime) -> QueryResult<Vec<Candidate>> {
    type Row = (CallId, NaiveDateTime, Option<NaiveDateTime>, Option<String>, Option<String>);
    let rows: Vec<Row> = calls::table
        .filter(calls::group_key.eq(number.to_owned()))
        .filter(calls::started_at.between(at - LONGEST_RING - WITHIN, at + WITHIN))
        .filter(calls::answered_at.is_not_null())
        .select((
            calls::id,
            calls::started_at,
            calls::answered_at,
            calls::operator_extension,
            calls::last_operator_extension,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, started_at, answered_at, first, last)| {
            let extensions = first.into_iter().chain(last).collect();
            Some(Candidate { id, started_at, answered_at: answered_at?, extensions })
        })
        .collect())
}

/// Those of `numbers` that are none of our own lines.
pub fn foreign(db: &mut Db, numbers: &[String]) -> QueryResult<Vec<String>> {
    let own: Vec<String> =
        phones::table.filter(phones::number.eq_any(numbers)).select(phones::number).load(db)?;
    Ok(numbers.iter().filter(|number| !own.contains(number)).cloned().collect())
}

/// What is known of a call's recordings.
#[derive(Clone, Debug, Queryable)]
pub struct OfCall {
    /// The recording.
    pub id: RecordingId,
    /// How it came.
    pub source: RecordingSource,
    /// Where it is.
    pub state: RecordingState,
    /// Whose telephone was recorded.
    pub extension: Option<String>,
}

/// Recordings of a call, oldest first.
pub fn of_call(db: &mut Db, call_id: CallId) -> QueryResult<Vec<OfCall>> {
    recordings::table
        .filter(recordings::call_id.eq(call_id))
        .order(recordings::id)
        .select((recordings::id, recordings::source, recordings::state, recordings::extension))
        .load(db)
}

/// A recording that looks for its call.
#[derive(Clone, Debug, Queryable)]
pub struct Waiting {
    /// The recording.
    pub id: RecordingId,
    /// Name of its file.
    pub name: String,
    /// The client's number, when the name told it.
    pub client_number: Option<String>,
    /// Whose telephone was recorded.
    pub extension: Option<String>,
    /// When the conversation began, UTC.
    pub recorded_at: Option<NaiveDateTime>,
    /// Its length.
    pub duration_ms: Option<i64>,
    /// When it came.
    pub created_at: NaiveDateTime,
}

/// Recordings without a call, newest first.
pub fn waiting(db: &mut Db, limit: i64) -> QueryResult<Vec<Waiting>> {
    recordings::table
        .filter(sql::<Bool>("state = 'unmatched'"))
        .order(recordings::id.desc())
        .limit(limit)
        .select((
            recordings::id,
            recordings::original_name,
            recordings::client_number,
            recordings::extension,
            recordings::recorded_at,
            recordings::duration_ms,
            recordings::created_at,
        ))
        .load(db)
}

/// How many recordings have no call.
pub fn waiting_count(db: &mut Db) -> QueryResult<i64> {
    recordings::table.filter(sql::<Bool>("state = 'unmatched'")).count().get_result(db)
}

/// True when there is such a recording, whatever has become of it.
pub fn exists(db: &mut Db, id: RecordingId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(recordings::table.find(id))).get_result(db)
}

/// Joins a waiting recording with a call; `false` when it waits no more or there is no such call.
pub fn attach(tx: &mut Tx, id: RecordingId, call_id: CallId) -> QueryResult<bool> {
    let exists: bool = diesel::select(diesel::dsl::exists(calls::table.find(call_id))).get_result(tx.db)?;
    let waits = recordings::table.find(id).filter(recordings::state.eq(RecordingState::Unmatched));
    let set = (recordings::call_id.eq(call_id), recordings::state.eq(RecordingState::Ready));
    if !exists || diesel::update(waits).set(set).execute(tx.db)? == 0 {
        return Ok(false);
    }
    tx.announce(Event::Call(call_id));
    tx.announce(Event::Mail);
    Ok(true)
}

/// Takes a recording that was joined with the wrong call away from it; gives that call.
pub fn detach(tx: &mut Tx, id: RecordingId) -> QueryResult<Option<CallId>> {
    let call: Option<Option<CallId>> = recordings::table
        .find(id)
        .filter(recordings::state.eq(RecordingState::Ready))
        .filter(recordings::source.ne(RecordingSource::Api))
        .select(recordings::call_id)
        .first(tx.db)
        .optional()?;
    let Some(call) = call.flatten() else { return Ok(None) };
    let set = (recordings::call_id.eq(None::<CallId>), recordings::state.eq(RecordingState::Unmatched));
    diesel::update(recordings::table.find(id)).set(set).execute(tx.db)?;
    tx.announce(Event::Call(call));
    tx.announce(Event::Mail);
    Ok(Some(call))
}

/// Recordings of a call that came otherwise than from the telephony's cloud.
pub fn detachable(db: &mut Db, call_id: CallId) -> QueryResult<Vec<RecordingId>> {
    let all = of_call(db, call_id)?.into_iter();
    let may_leave = |r: &OfCall| r.source != RecordingSource::Api && r.state == RecordingState::Ready;
    Ok(all.filter(may_leave).map(|recording| recording.id).collect())
}

/// Removes the content of a waiting recording; `false` when it waits no more.
pub fn remove(tx: &mut Tx, id: RecordingId, words: &str) -> QueryResult<bool> {
    let waits = recordings::table.find(id).filter(recordings::state.eq(RecordingState::Unmatched));
    let set = (recordings::state.eq(RecordingState::Gone), recordings::error.eq(words));
    let is_removed = diesel::update(waits).set(set).execute(tx.db)? == 1;
    if is_removed {
        tx.announce(Event::Mail);
    }
    Ok(is_removed)
}

/// How many recordings with a content are older than a moment.
pub fn older_count(db: &mut Db, before: NaiveDateTime) -> QueryResult<i64> {
    recordings::table
        .filter(recordings::state.eq_any([RecordingState::Ready, RecordingState::Unmatched]))
        .filter(recordings::created_at.lt(before))
        .count()
        .get_result(db)
}

/// Removes at most `limit` recordings older than a moment; gives how many.
pub fn remove_older(tx: &mut Tx, before: NaiveDateTime, limit: i64) -> QueryResult<usize> {
    let ids: Vec<RecordingId> = recordings::table
        .filter(recordings::state.eq_any([RecordingState::Ready, RecordingState::Unmatched]))
        .filter(recordings::created_at.lt(before))
        .order(recordings::id)
        .limit(limit)
        .select(recordings::id)
        .load(tx.db)?;
    diesel::update(recordings::table.filter(recordings::id.eq_any(ids)))
        .set((recordings::state.eq(RecordingState::Gone), recordings::error.eq("")))
        .execute(tx.db)
}

/// Recordings by mail of calls that have the same conversation by the API too: same call, length within a second.
pub fn duplicates(db: &mut Db, limit: i64) -> QueryResult<Vec<(RecordingId, CallId)>> {
    let of_api = diesel::alias!(recordings as of_api);
    let length = of_api.field(recordings::duration_ms) - recordings::duration_ms;
    let rows: Vec<(RecordingId, Option<CallId>)> = recordings::table
        .inner_join(of_api.on(of_api.field(recordings::call_id).eq(recordings::call_id)))
        .filter(recordings::source.ne(RecordingSource::Api))
        .filter(recordings::state.eq(RecordingState::Ready))
        .filter(of_api.field(recordings::source).eq(RecordingSource::Api))
        .filter(of_api.field(recordings::state).eq(RecordingState::Ready))
        .filter(length.between(-1000_i64, 1000_i64))
        .order(recordings::id)
        .limit(limit)
        .select((recordings::id, recordings::call_id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, call)| Some((id, call?))).collect())
}

/// Removes a recording of a call that another one repeats.
pub fn remove_duplicate(tx: &mut Tx, id: RecordingId, call_id: CallId) -> QueryResult<()> {
    let set = (recordings::state.eq(RecordingState::Gone), recordings::error.eq("повтор записи из облака"));
    diesel::update(recordings::table.find(id)).set(set).execute(tx.db)?;
    tx.announce(Event::Call(call_id));
    Ok(())
}
