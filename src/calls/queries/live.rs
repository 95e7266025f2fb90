//! Calls of this moment: who rings at whom, who waits, which conversation has just ended.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::facts::{Call, select_calls};
use crate::domain::call::{CallState, Direction};
use crate::domain::id::{AccountId, CallId, ClientId};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, callcentre_operator, calls, clients, order_calls, phones};

/// So long a finished conversation stays on the operator's screen.
pub const STAYS: Duration = Duration::minutes(3);

/// Every call that lives, newest first.
pub fn living(db: &mut Db) -> QueryResult<Vec<Call>> {
    // Spelled out, because a bound value would hide the index of living calls from SQLite.
    let lives = diesel::dsl::sql::<Bool>("calls.state <> 'ended'");
    let mut living: Vec<Call> = select_calls!(lives).load(db)?;
    // Not in SQL: SQLite would walk the index that gives the order, and with it every call there ever was.
    living.sort_by_key(|call| std::cmp::Reverse((call.started_at, call.id)));
    Ok(living)
}

/// The conversation this operator has just ended, if it led to no order yet and he has not closed its card.
pub fn just_ended(db: &mut Db, account_id: AccountId, now: NaiveDateTime) -> QueryResult<Option<Call>> {
    let last: Option<Call> = select_calls!(calls::last_operator_id.eq(account_id))
        .order((calls::started_at.desc(), calls::id.desc()))
        .first(db)
        .optional()?;
    let Some(call) = last
        .filter(|call| call.state == CallState::Ended && call.ended_at.is_some_and(|end| end > now - STAYS))
    else {
        return Ok(None);
    };
    let is_dismissed = callcentre_operator::table
        .find(account_id)
        .filter(callcentre_operator::dismissed_call_id.eq(call.id));
    let has_order = order_calls::table.filter(order_calls::call_id.eq(call.id));
    let is_over: bool = diesel::select(diesel::dsl::exists(is_dismissed).or(diesel::dsl::exists(has_order)))
        .get_result(db)?;
    Ok(Some(call).filter(|_| !is_over))
}

/// Earlier calls of a client without `except`, newest first.
pub fn of_client(db: &mut Db, client_id: ClientId, except: CallId, limit: i64) -> QueryResult<Vec<Call>> {
    select_calls!(calls::client_id.eq(client_id))
        .filter(calls::id.ne(except))
        .order((calls::started_at.desc(), calls::id.desc()))
        .limit(limit)
        .load(db)
}

/// How many calls of a client began since a moment.
pub fn count_since(db: &mut Db, client_id: ClientId, since: NaiveDateTime) -> QueryResult<i64> {
    calls::table
        .filter(calls::client_id.eq(client_id))
        .filter(calls::started_at.ge(since))
        .count()
        .get_result(db)
}
