//! SQL of recordings, and of the log of who listened to them.

pub mod awaited;
pub mod fetch;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::domain::id::{AccountId, CallId, RecordingId};
use crate::domain::person::Person;
use crate::domain::recording::{AudioType, RecordingSource, RecordingState};
use crate::platform::audit;
use crate::platform::db::schema::{accounts, audit_log, callcentre_operator, calls, recordings};
use crate::platform::db::{Db, Tx};

/// A further listen so soon after the one that was noted is the same one: a player asks for a sound in parts.
const SAME_LISTEN: Duration = Duration::hours(1);

/// Who talked in a call: extension and name.
type Speaker = (Option<String>, Option<String>);

/// How many recordings that were told of since a moment were given up.
pub fn failed_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    recordings::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "state = 'failed' AND state IN ('awaited', 'failed')",
        ))
        .filter(recordings::call_id.is_not_null())
        .filter(recordings::created_at.ge(since))
        .count()
        .get_result(db)
}

/// What pages say of a recording.
#[derive(Clone, Debug, Queryable)]
pub struct RecordingFacts {
    /// The recording.
    pub id: RecordingId,
    /// Its call.
    pub call_id: Option<CallId>,
    /// Where it is.
    pub state: RecordingState,
    /// Its length.
    pub duration_ms: Option<i64>,
    /// Whose telephone was recorded.
    pub extension: Option<String>,
    /// Why it is not there; may be empty.
    pub error: String,
    /// Who talked first in the call.
    pub first: Speaker,
    /// Who talked last.
    pub last: Speaker,
}

/// Recordings of the calls, oldest first, in one query.
pub fn of_calls(db: &mut Db, ids: &[CallId]) -> QueryResult<Vec<RecordingFacts>> {
    let (first_voice, last_voice) = diesel::alias!(accounts as first_voice, accounts as last_voice);
    recordings::table
        .inner_join(calls::table)
        .left_join(first_voice.on(calls::operator_id.eq(first_voice.field(accounts::id).nullable())))
        .left_join(last_voice.on(calls::last_operator_id.eq(last_voice.field(accounts::id).nullable())))
        .filter(recordings::call_id.eq_any(ids.iter().map(|id| Some(*id)).collect::<Vec<_>>()))
        .order(recordings::id)
        .select((
            recordings::id,
            recordings::call_id,
            recordings::state,
            recordings::duration_ms,
            recordings::extension,
            recordings::error,
            (calls::operator_extension, first_voice.field(accounts::name).nullable()),
            (calls::last_operator_extension, last_voice.field(accounts::name).nullable()),
        ))
        .load(db)
}

/// What serving and playing a recording needs.
#[derive(Clone, Debug, Queryable)]
pub struct Recording {
    /// The recording.
    pub id: RecordingId,
    /// Its call.
    pub call_id: Option<CallId>,
    /// Where it is.
    pub state: RecordingState,
    /// Of the content.
    pub hash: Option<String>,
    /// Of the content.
    pub media_type: Option<AudioType>,
    /// Its length.
    pub duration_ms: Option<i64>,
    /// Its picture.
    pub peaks: String,
    /// When it was told of, UTC.
    pub created_at: NaiveDateTime,
    /// When the conversation began, UTC.
    pub recorded_at: Option<NaiveDateTime>,
    /// The client's number, when the sender told it.
    pub client_number: Option<String>,
    /// Why it is not there; may be empty.
    pub error: String,
}

/// A recording.
pub fn find(db: &mut Db, id: RecordingId) -> QueryResult<Option<Recording>> {
    recordings::table
        .find(id)
        .select((
            recordings::id,
            recordings::call_id,
            recordings::state,
            recordings::hash,
            recordings::media_type,
            recordings::duration_ms,
            recordings::peaks,
            recordings::created_at,
            recordings::recorded_at,
            recordings::client_number,
            recordings::error,
        ))
        .first(db)
        .optional()
}

/// Whether the person may take recordings away; listening is everybody's.
pub fn may_download(db: &mut Db, person: &Person) -> QueryResult<bool> {
    if person.is_admin() {
        return Ok(true);
    }
    let allowed = callcentre_operator::table
        .find(person.id)
        .select(callcentre_operator::may_download_recordings)
        .first(db)
        .optional()?;
    Ok(allowed.unwrap_or(false))
}

/// What the journal calls a recording.
pub fn subject(id: RecordingId) -> String {
    format!("Запись № {id}")
}

/// Whether a listen of `by` is in the journal and still the same one.
pub fn is_listen_noted(db: &mut Db, id: RecordingId, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let same = audit_log::table
        .filter(audit_log::account_id.eq(by))
        .filter(audit_log::action.eq("recording.play"))
        .filter(audit_log::at.gt(now - SAME_LISTEN))
        .filter(audit_log::subject.eq(subject(id)));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

/// Notes a listen unless it is in the journal already: a player may ask for two parts at once.
pub fn note_listen(tx: &mut Tx, recording: &Recording, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    crate::platform::db::portable::lock(tx.db, &format!("listen {by} {}", recording.id))?;
    if is_listen_noted(tx.db, recording.id, by, now)? {
        return Ok(());
    }
    note(tx, recording, by, "recording.play", now)
}

/// Notes that somebody took a recording away.
pub fn note_download(
    tx: &mut Tx,
    recording: &Recording,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    note(tx, recording, by, "recording.download", now)
}

fn note(
    tx: &mut Tx,
    recording: &Recording,
    by: AccountId,
    action: &'static str,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let detail = recording.call_id.map_or_else(|| "без звонка".to_owned(), |id| format!("звонок № {id}"));
    audit::record(tx, &audit::Entry { by, action, subject: &subject(recording.id), detail: &detail }, now)
}

/// Those of `hashes` whose content some recording plays.
pub fn named(db: &mut Db, hashes: &[String]) -> QueryResult<Vec<String>> {
    let named: Vec<Option<String>> = recordings::table
        .filter(recordings::hash.eq_any(hashes.iter().map(Some).collect::<Vec<_>>()))
        .filter(recordings::state.eq_any([RecordingState::Ready, RecordingState::Unmatched]))
        .select(recordings::hash)
        .distinct()
        .load(db)?;
    Ok(named.into_iter().flatten().collect())
}

/// A content that came, measured.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = recordings)]
pub struct Measured {
    /// Names it in the storage.
    pub hash: String,
    /// What it is.
    pub media_type: AudioType,
    /// Bytes.
    pub byte_size: i64,
    /// Its length.
    pub duration_ms: Option<i64>,
    /// Its picture.
    pub peaks: String,
}

/// What is known of a recording that nobody had told of before its content came.
#[derive(Clone, Debug)]
pub struct NewRecording {
    /// How it came.
    pub source: RecordingSource,
    /// Its call, when that is certain.
    pub call_id: Option<CallId>,
    /// Whose telephone was recorded.
    pub extension: Option<String>,
    /// The client's number, canonical digits.
    pub client_number: Option<String>,
    /// When the conversation began, UTC.
    pub recorded_at: Option<NaiveDateTime>,
    /// Name of the file as it came; may be anything.
    pub original_name: String,
}

/// What decides whether a content is new.
#[derive(Clone, Debug, Queryable)]
pub struct Twin {
    /// The recording.
    pub id: RecordingId,
    /// Its call.
    pub call_id: Option<CallId>,
    /// Where it is.
    pub state: RecordingState,
    hash: Option<String>,
    extension: Option<String>,
    client_number: Option<String>,
    recorded_at: Option<NaiveDateTime>,
    original_name: String,
}

impl Twin {
    /// The name it came under.
    pub fn original_name(&self) -> &str {
        &self.original_name
    }
}

type TwinColumns = (
    recordings::id,
    recordings::call_id,
    recordings::state,
    recordings::hash,
    recordings::extension,
    recordings::client_number,
    recordings::recorded_at,
    recordings::original_name,
);
const TWIN: TwinColumns = (
    recordings::id,
    recordings::call_id,
    recordings::state,
    recordings::hash,
    recordings::extension,
    recordings::client_number,
    recordings::recorded_at,
    recordings::original_name,
);

/// Everything that holds, or once held, the content `hash`, oldest first.
pub fn twins(db: &mut Db, hash: &str) -> QueryResult<Vec<Twin>> {
    recordings::table.filter(recordings::hash.eq(hash.to_owned())).order(recordings::id).select(TWIN).load(db)
}

/// The recording `id`, kept from others until the transaction ends.
pub fn lock(db: &mut Db, id: RecordingId) -> QueryResult<Option<Twin>> {
    // Touching the row is a lock on both databases.
    diesel::update(recordings::table.find(id))
        .set(recordings::attempts.eq(recordings::attempts))
        .execute(db)?;
    recordings::table.find(id).select(TWIN).first(db).optional()
}

/// True when there is such a call.
pub fn call_exists(db: &mut Db, id: CallId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(calls::table.find(id))).get_result(db)
}

/// Gives a recording its content. What `twin`, a row of the same content that is about to go, knew and the
/// recording did not, is kept.
pub fn fill(
    db: &mut Db,
    row: &Twin,
    twin: Option<&Twin>,
    measured: &Measured,
) -> QueryResult<Option<CallId>> {
    let of_twin = |get: fn(&Twin) -> &Option<String>| get(row).clone().or_else(|| get(twin?).clone());
    let call_id = row.call_id.or_else(|| twin?.call_id);
    let name = if row.original_name.is_empty() { twin.map(|t| &t.original_name) } else { None };
    diesel::update(recordings::table.find(row.id))
        .set((
            measured,
            recordings::state.eq(state_of(call_id)),
            recordings::call_id.eq(call_id),
            recordings::extension.eq(of_twin(|t| &t.extension)),
            recordings::client_number.eq(of_twin(|t| &t.client_number)),
            recordings::recorded_at.eq(row.recorded_at.or_else(|| twin?.recorded_at)),
            recordings::original_name.eq(name.unwrap_or(&row.original_name).clone()),
            recordings::error.eq(""),
            recordings::next_try_at.eq(None::<NaiveDateTime>),
        ))
        .execute(db)?;
    Ok(call_id)
}

/// Removes a row whose content another row has taken over.
pub fn delete(db: &mut Db, id: RecordingId) -> QueryResult<()> {
    diesel::delete(recordings::table.find(id)).execute(db).map(|_| ())
}

/// A new row with its content.
pub fn insert(
    db: &mut Db,
    new: &NewRecording,
    measured: &Measured,
    now: NaiveDateTime,
) -> QueryResult<RecordingId> {
    diesel::insert_into(recordings::table)
        .values((
            measured,
            recordings::source.eq(new.source),
            recordings::state.eq(state_of(new.call_id)),
            recordings::call_id.eq(new.call_id),
            recordings::extension.eq(&new.extension),
            recordings::client_number.eq(&new.client_number),
            recordings::recorded_at.eq(new.recorded_at),
            recordings::original_name.eq(&new.original_name),
            recordings::created_at.eq(now),
        ))
        .returning(recordings::id)
        .get_result(db)
}

/// Joins a recording whose content is there with its call.
pub fn attach(db: &mut Db, id: RecordingId, call_id: CallId) -> QueryResult<()> {
    diesel::update(recordings::table.find(id))
        .set((recordings::call_id.eq(call_id), recordings::state.eq(RecordingState::Ready)))
        .execute(db)
        .map(|_| ())
}

/// Gives a recording the name its file has elsewhere, unless it has one.
pub fn name_if_nameless(db: &mut Db, id: RecordingId, name: &str) -> QueryResult<()> {
    let nameless = recordings::table.find(id).filter(recordings::original_name.eq(""));
    diesel::update(nameless).set(recordings::original_name.eq(name.to_owned())).execute(db).map(|_| ())
}

fn state_of(call_id: Option<CallId>) -> RecordingState {
    if call_id.is_some() { RecordingState::Ready } else { RecordingState::Unmatched }
}

impl Twin {
    /// True when the row holds a content already.
    pub fn is_filled(&self) -> bool {
        self.state.has_content() && self.hash.is_some()
    }
}
