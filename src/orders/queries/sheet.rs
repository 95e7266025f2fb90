//! What the sheet of an order gathers that no page of it reads: what recordings hold, what was noted of calls, and who
//! opened what belongs to it.

use std::collections::HashMap;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::domain::id::{AccountId, CallId, FileId, OrderId, RecordingId};
use crate::domain::recording::{RecordingSource, RecordingState};
use crate::platform::audit;
use crate::platform::db::schema::{accounts, audit_log, call_notes, files, recordings};
use crate::platform::db::{Db, Tx};

/// The action under which the journal keeps that a sheet was opened.
pub const OPENED: &str = "order.sheet";
/// How long a person who keeps opening the same sheet is noted once.
const ONE_READ: Duration = Duration::hours(1);
/// Lines of «who opened».
const READERS: i64 = 500;

/// A recording with what names its content.
#[derive(Clone, Debug, Queryable)]
pub struct Recorded {
    /// The recording.
    pub id: RecordingId,
    /// Its call.
    pub call_id: Option<CallId>,
    /// Where it is.
    pub state: RecordingState,
    /// How it came.
    pub source: RecordingSource,
    /// Its length.
    pub duration_ms: Option<i64>,
    /// SHA-256 of the sound.
    pub hash: Option<String>,
    /// Why it is not there; may be empty.
    pub error: String,
}

/// Recordings of the calls, oldest first.
pub fn recordings(db: &mut Db, calls: &[CallId]) -> QueryResult<Vec<Recorded>> {
    recordings::table
        .filter(recordings::call_id.eq_any(calls.iter().map(|id| Some(*id)).collect::<Vec<_>>()))
        .order(recordings::id)
        .select((
            recordings::id,
            recordings::call_id,
            recordings::state,
            recordings::source,
            recordings::duration_ms,
            recordings::hash,
            recordings::error,
        ))
        .load(db)
}

/// What people wrote down of each call: the result and the note.
pub fn notes(db: &mut Db, calls: &[CallId]) -> QueryResult<HashMap<CallId, (Option<String>, String)>> {
    let rows: Vec<(CallId, Option<String>, String)> = call_notes::table
        .filter(call_notes::call_id.eq_any(calls.to_vec()))
        .select((call_notes::call_id, call_notes::result, call_notes::note))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, result, note)| (id, (result, note))).collect())
}

/// Names of people.
pub fn names(db: &mut Db, ids: &[AccountId]) -> QueryResult<HashMap<AccountId, String>> {
    let rows: Vec<(AccountId, String)> = accounts::table
        .filter(accounts::id.eq_any(ids.to_vec()))
        .select((accounts::id, accounts::name))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// Somebody opened something of an order.
#[derive(Clone, Debug, Queryable)]
pub struct Reader {
    /// When, UTC.
    pub at: NaiveDateTime,
    /// Who.
    pub who: Option<String>,
    /// What, as the journal calls it.
    pub action: String,
    /// Which thing.
    pub subject: String,
}

fn subject(id: OrderId) -> String {
    format!("заказ № {id}")
}

/// Who opened the sheet of the order, its documents (deleted ones too) and `recordings`, oldest first.
pub fn readers(db: &mut Db, id: OrderId, recordings: &[RecordingId]) -> QueryResult<Vec<Reader>> {
    let documents: Vec<(FileId, String)> =
        files::table.filter(files::order_id.eq(id)).select((files::id, files::original_name)).load(db)?;
    let mut subjects = vec![subject(id)];
    subjects.extend(documents.iter().map(|(id, name)| format!("{name} (№ {id})")));
    subjects.extend(recordings.iter().map(|id| format!("Запись № {id}")));
    let mut rows: Vec<Reader> = audit_log::table
        .left_join(accounts::table)
        .filter(audit_log::subject.eq_any(subjects))
        .filter(audit_log::action.eq_any([OPENED, "file.read", "recording.play", "recording.download"]))
        .order(audit_log::id.desc())
        .limit(READERS)
        .select((audit_log::at, accounts::name.nullable(), audit_log::action, audit_log::subject))
        .load(db)?;
    rows.reverse();
    Ok(rows)
}

/// Whether an opening of this hour is in the journal already.
pub fn is_opening_noted(db: &mut Db, id: OrderId, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let same = audit_log::table
        .filter(audit_log::at.gt(now - ONE_READ))
        .filter(audit_log::account_id.eq(by))
        .filter(audit_log::action.eq(OPENED))
        .filter(audit_log::subject.eq(subject(id)));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

/// Notes who opened the sheet, and with which sum of its content.
pub fn note_opening(
    tx: &mut Tx,
    id: OrderId,
    hash: &str,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let (subject, detail) = (subject(id), format!("отпечаток {hash}"));
    audit::record(tx, &audit::Entry { by, action: OPENED, subject: &subject, detail: &detail }, now)
}
