//! SQL of the comparison.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Found;
use crate::domain::call::ClosedBy;
use crate::integrations::mango::queries::NewEvent;
use crate::platform::db::schema::{calls, mango, recordings};
use crate::platform::db::{Db, stored};
use crate::platform::settings;

const LAST: &str = "mango.compared";

/// A call that is known here.
#[derive(Clone, Debug)]
pub struct KnownCall {
    /// The telephony's name of it.
    pub entry_id: String,
    /// Its end was told by the telephony itself.
    pub is_settled: bool,
}

/// Which of the calls are known: as a row, or (between employees) by their notifications.
pub fn known(db: &mut Db, entries: &[String]) -> QueryResult<Vec<KnownCall>> {
    let rows: Vec<(String, Option<ClosedBy>)> = calls::table
        .filter(calls::entry_id.eq_any(entries.to_vec()))
        .select((calls::entry_id, calls::closed_by))
        .load(db)?;
    let told: Vec<Option<String>> = mango::table
        .filter(mango::entry_id.eq_any(entries.iter().map(Some).collect::<Vec<_>>()))
        .filter(sql::<Bool>("path IN ('/events/call', '/events/summary', '/stats/call', '/stats/end')"))
        .select(mango::entry_id)
        .distinct()
        .load(db)?;
    let mut known: Vec<KnownCall> = rows
        .into_iter()
        .map(|(entry_id, closed_by)| KnownCall { entry_id, is_settled: closed_by == Some(ClosedBy::Summary) })
        .collect();
    for entry_id in told.into_iter().flatten() {
        if !known.iter().any(|call| call.entry_id == entry_id) {
            known.push(KnownCall { entry_id, is_settled: true });
        }
    }
    Ok(known)
}

/// Which of the recordings are known.
pub fn recordings(db: &mut Db, ids: &[String]) -> QueryResult<HashSet<String>> {
    let rows: Vec<Option<String>> = recordings::table
        .filter(recordings::mango_recording_id.eq_any(ids.iter().map(Some).collect::<Vec<_>>()))
        .select(recordings::mango_recording_id)
        .load(db)?;
    Ok(rows.into_iter().flatten().collect())
}

/// Stores an event; `false` when it is there already.
pub fn insert(db: &mut Db, event: &NewEvent) -> QueryResult<bool> {
    crate::insert_new!(db, mango::table, event, mango::event_key)
}

/// How many calls were found by comparing since a moment.
pub fn lost_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    // Spelled out, because a bound value would hide the index from SQLite.
    mango::table
        .filter(sql::<Bool>("path = '/stats/call'"))
        .filter(mango::received_at.ge(since))
        .count()
        .get_result(db)
}

/// True when nobody told of the call and comparing found it.
pub fn was_lost(db: &mut Db, entry_id: &str) -> QueryResult<bool> {
    let found = mango::table
        .filter(mango::entry_id.eq(entry_id.to_owned()))
        .filter(sql::<Bool>("path = '/stats/call'"));
    diesel::select(diesel::dsl::exists(found)).get_result(db)
}

/// Keeps how the last comparison went.
pub fn remember(db: &mut Db, outcome: &Result<Found, String>, now: NaiveDateTime) -> QueryResult<()> {
    settings::put_json(db, LAST, outcome, now)
}

/// How the last comparison went, and when (UTC).
pub fn last(db: &mut Db) -> QueryResult<Option<(Result<Found, String>, NaiveDateTime)>> {
    let Some((value, at)) = settings::read_dated(db, LAST)? else { return Ok(None) };
    Ok(Some((stored::from_json(&value, "settings.value", LAST)?, at)))
}
