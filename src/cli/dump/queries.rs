//! SQL of the dump.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::DumpedCall;
use crate::domain::call::{CallState, CallStatus, Direction};
use crate::domain::id::{AccountId, CallId};
use crate::platform::db::Db;
use crate::platform::db::schema::{callcentre_operator, calls, phones, recordings};
use crate::platform::db::stored::Json;

/// Rows read at once.
const BATCH: i64 = 1000;

#[derive(Queryable)]
struct Row {
    id: CallId,
    entry_id: String,
    direction: Direction,
    state: CallState,
    status: Option<CallStatus>,
    phone_client: Option<String>,
    phone_ats: Option<String>,
    operator_id: Option<AccountId>,
    operator_extension: Option<String>,
    last_operator_id: Option<AccountId>,
    last_operator_extension: Option<String>,
    rung: Json<Vec<String>>,
    started_at: NaiveDateTime,
    answered_at: Option<NaiveDateTime>,
    ended_at: Option<NaiveDateTime>,
    talk_seconds: i64,
}

/// The next calls after the row `after`, with their ids, that began at `since` or later.
pub fn calls(
    db: &mut Db,
    after: CallId,
    since: Option<NaiveDateTime>,
) -> QueryResult<Vec<(CallId, DumpedCall)>> {
    let mut query = calls::table
        .filter(calls::id.gt(after))
        .order(calls::id)
        .limit(BATCH)
        .select((
            calls::id,
            calls::entry_id,
            calls::direction,
            calls::state,
            calls::status,
            calls::phone_client,
            calls::phone_ats,
            calls::operator_id,
            calls::operator_extension,
            calls::last_operator_id,
            calls::last_operator_extension,
            calls::rung,
            calls::started_at,
            calls::answered_at,
            calls::ended_at,
            calls::talk_seconds,
        ))
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(calls::started_at.ge(since));
    }
    let rows: Vec<Row> = query.load(db)?;
    let known = References::load(db, &rows)?;
    rows.into_iter().map(|row| Ok((row.id, known.dumped(row)?))).collect()
}

/// What the rows refer to.
struct References {
    lines: HashSet<String>,
    extensions: HashMap<AccountId, String>,
    recordings: HashMap<CallId, Vec<String>>,
}

impl References {
    fn load(db: &mut Db, rows: &[Row]) -> QueryResult<Self> {
        let numbers: Vec<String> = rows.iter().filter_map(|row| row.phone_ats.clone()).collect();
        let lines: Vec<String> = phones::table
            .filter(phones::number.eq_any(numbers))
            .filter(phones::is_known.eq(true))
            .select(phones::number)
            .load(db)?;
        let extensions: Vec<(AccountId, Option<String>)> = callcentre_operator::table
            .select((callcentre_operator::id, callcentre_operator::extension))
            .load(db)?;
        let ids: Vec<Option<CallId>> = rows.iter().map(|row| Some(row.id)).collect();
        let received: Vec<(Option<CallId>, Option<String>)> = recordings::table
            .filter(recordings::call_id.eq_any(ids))
            .filter(recordings::mango_recording_id.is_not_null())
            .order(recordings::id)
            .select((recordings::call_id, recordings::mango_recording_id))
            .load(db)?;
        let mut recordings: HashMap<CallId, Vec<String>> = HashMap::new();
        for (call, recording) in received {
            if let (Some(call), Some(recording)) = (call, recording) {
                recordings.entry(call).or_default().push(recording);
            }
        }
        Ok(Self {
            lines: lines.into_iter().collect(),
            extensions: extensions.into_iter().filter_map(|(id, ext)| Some((id, ext?))).collect(),
            recordings,
        })
    }

    fn dumped(&self, row: Row) -> QueryResult<DumpedCall> {
        let unix = |moment: NaiveDateTime| moment.and_utc().timestamp();
        // Somebody found by his SIP device has an extension although the call did not name it.
        let extension = |given: Option<String>, id: Option<AccountId>| {
            given.or_else(|| id.and_then(|id| self.extensions.get(&id).cloned()))
        };
        Ok(DumpedCall {
            direction: row.direction.as_str(),
            answered: row.answered_at.is_some(),
            outcome: row.status.map(CallStatus::as_str),
            client_number: row.phone_client,
            known_line: row.phone_ats.as_ref().is_none_or(|line| self.lines.contains(line)),
            line_number: row.phone_ats,
            known_operator: row.operator_extension.is_none() || row.operator_id.is_some(),
            operator: extension(row.operator_extension, row.operator_id),
            last_operator: extension(row.last_operator_extension, row.last_operator_id),
            rung: row.rung.read("calls.rung", row.id)?,
            started_at: unix(row.started_at),
            answered_at: row.answered_at.map(unix),
            ended_at: row.ended_at.map(unix),
            talk_seconds: row.talk_seconds,
            recordings: self.recordings.get(&row.id).cloned().unwrap_or_default(),
            state: row.state.as_str(),
            entry_id: row.entry_id,
        })
    }
}
