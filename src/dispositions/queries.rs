//! SQL of results and notes.

use std::collections::HashMap;

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::domain::call::{CallState, Direction};
use crate::domain::id::{AccountId, CallId};
use crate::domain::person::WorkStatus;
use crate::platform::db::memory::kept_list;
use crate::platform::db::schema::{
    accounts, call_notes, call_results, callbacks, calls, order_calls, work_status_log,
};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// Conversations older than that are nobody's debt any more.
const REMEMBERED: Duration = Duration::hours(12);

/// What is noted of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Of the admin's list; empty when nobody has said.
    pub result: String,
    /// In one's own words.
    pub note: String,
    /// Why nobody says.
    pub skipped: String,
    /// Who noted it.
    pub by: String,
}

/// Active results, in the order in which they were added: the first nine have a digit.
pub fn choices(db: &mut Db) -> QueryResult<Vec<String>> {
    kept_list(db, "call results", |db| {
        call_results::table
            .filter(call_results::is_active.eq(true))
            .order(call_results::id)
            .select(call_results::name)
            .load(db)
    })
}

/// What is noted of the calls.
pub fn of_calls(db: &mut Db, ids: &[CallId]) -> QueryResult<HashMap<CallId, Noted>> {
    let rows: Vec<(CallId, Option<String>, String, String, String)> = call_notes::table
        .inner_join(accounts::table.on(call_notes::account_id.eq(accounts::id)))
        .filter(call_notes::call_id.eq_any(ids.to_vec()))
        .select((
            call_notes::call_id,
            call_notes::result,
            call_notes::note,
            call_notes::skipped,
            accounts::name,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, result, note, skipped, by)| {
            (id, Noted { result: result.unwrap_or_default(), note, skipped, by })
        })
        .collect())
}

/// What is to be noted; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change<'a> {
    /// A name of the list.
    pub result: Option<&'a str>,
    /// In one's own words.
    pub note: Option<&'a str>,
    /// Why nobody says.
    pub skipped: Option<&'a str>,
}

/// Notes something of a call; `false` when there is no such call.
pub fn note(
    tx: &mut Tx,
    call_id: CallId,
    change: &Change,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let is_there: bool = diesel::select(exists(calls::table.find(call_id))).get_result(tx.db)?;
    if !is_there {
        return Ok(false);
    }
    let new =
        (call_notes::call_id.eq(call_id), call_notes::account_id.eq(by), call_notes::updated_at.eq(now));
    crate::insert_new!(tx.db, call_notes::table, new, call_notes::call_id)?;
    let row = call_notes::table.find(call_id);
    if let Some(result) = change.result {
        diesel::update(row).set(call_notes::result.eq(result)).execute(tx.db)?;
    }
    if let Some(note) = change.note {
        diesel::update(row).set(call_notes::note.eq(note)).execute(tx.db)?;
    }
    if let Some(skipped) = change.skipped {
        diesel::update(row).set(call_notes::skipped.eq(skipped)).execute(tx.db)?;
    }
    let set = (call_notes::account_id.eq(by), call_notes::updated_at.eq(now));
    diesel::update(row).set(set).execute(tx.db)?;
    tx.announce(Event::Call(call_id));
    Ok(true)
}

/// Conversations of an operator's present shift that led to no order and of which nobody has said how they ended,
/// oldest first.
pub fn unsaid(db: &mut Db, account_id: AccountId, now: NaiveDateTime) -> QueryResult<Vec<CallId>> {
    let came: Option<NaiveDateTime> = work_status_log::table
        .filter(work_status_log::account_id.eq(account_id))
        .filter(work_status_log::status_work.eq(WorkStatus::Offline))
        .select(diesel::dsl::max(work_status_log::ended_at))
        .first(db)?;
    // Who was never off is in a first shift: everything lately is of it.
    let since = came.unwrap_or(now - REMEMBERED).max(now - REMEMBERED);
    let is_said = call_notes::result.is_not_null().or(call_notes::skipped.ne(""));
    let said = call_notes::table.filter(call_notes::call_id.eq(calls::id)).filter(is_said);
    // «Перезвоню в 15:00» says how it ended, too.
    let promised = callbacks::table.filter(callbacks::from_call_id.eq(calls::id.nullable()));
    calls::table
        .filter(calls::last_operator_id.eq(account_id))
        .filter(calls::started_at.ge(since))
        .filter(calls::state.eq(CallState::Ended))
        .filter(calls::answered_at.is_not_null())
        .filter(calls::direction.ne(Direction::Internal))
        .filter(not(exists(order_calls::table.filter(order_calls::call_id.eq(calls::id)))))
        .filter(not(exists(said)))
        .filter(not(exists(promised)))
        .order((calls::started_at, calls::id))
        .limit(50)
        .select(calls::id)
        .load(db)
}
