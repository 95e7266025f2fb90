//! What keeps a promise: a conversation that began after it, or an order.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::waits;
use crate::callbacks::{CallbackState, KeptHow};
use crate::domain::call::Direction;
use crate::domain::id::{AccountId, CallId, CallbackId, OrderId};
use crate::platform::db::schema::{callbacks, calls};
use crate::platform::db::{Db, Tx, portable};
use crate::platform::live::Event;

/// Promises older than that are not looked at again when a call is told anew.
const REMEMBERED: chrono::Duration = chrono::Duration::days(14);

/// Promises to a number and its calls are looked at by one transaction at a time.
pub fn lock(db: &mut Db, number: &str) -> QueryResult<()> {
    portable::lock(db, &format!("callback {number}"))
}

#[derive(Queryable)]
struct Promise {
    id: CallbackId,
    created_at: NaiveDateTime,
    state: CallbackState,
    kept_call_id: Option<CallId>,
}

/// The first conversation with a number after a moment.
struct Talk {
    id: CallId,
    answered_at: NaiveDateTime,
    is_inbound: bool,
}

/// Makes the promises to a number what its calls say: kept by the first conversation that began later, waiting again
/// when that turned out to be none. Idempotent; to be called in the transaction that wrote one of the calls.
pub fn settle(tx: &mut Tx, number: &str, now: NaiveDateTime) -> QueryResult<()> {
    lock(tx.db, number)?;
    let by_a_call = callbacks::kept_how.eq_any([KeptHow::Callback, KeptHow::Client].map(Some));
    let promises: Vec<Promise> = callbacks::table
        .filter(callbacks::number.eq(number.to_owned()))
        .filter(callbacks::created_at.ge(now - REMEMBERED))
        .filter(callbacks::state.eq(CallbackState::Waiting).or(by_a_call.assume_not_null()))
        .order(callbacks::created_at)
        .select((callbacks::id, callbacks::created_at, callbacks::state, callbacks::kept_call_id))
        .load(tx.db)?;
    for promise in promises {
        let talk = first_talk(tx.db, number, promise.created_at)?;
        match (&talk, promise.state) {
            (Some(talk), _) if promise.kept_call_id == Some(talk.id) => {}
            (Some(talk), _) => by_call(tx, promise.id, talk)?,
            (None, CallbackState::Kept) => wait_again(tx, promise.id, number)?,
            (None, CallbackState::Waiting | CallbackState::Cancelled) => {}
        }
    }
    Ok(())
}

fn first_talk(db: &mut Db, number: &str, after: NaiveDateTime) -> QueryResult<Option<Talk>> {
    type Row = (CallId, Option<NaiveDateTime>, Direction);
    let row: Option<Row> = calls::table
        .filter(calls::group_key.eq(number.to_owned()))
        .filter(calls::started_at.gt(after))
        .filter(calls::answered_at.is_not_null())
        .order((calls::started_at, calls::id))
        .select((calls::id, calls::answered_at, calls::direction))
        .first(db)
        .optional()?;
    Ok(row.and_then(|(id, answered_at, direction)| {
        Some(Talk { id, answered_at: answered_at?, is_inbound: direction == Direction::Inbound })
    }))
}

fn by_call(tx: &mut Tx, id: CallbackId, talk: &Talk) -> QueryResult<()> {
    let how = if talk.is_inbound { KeptHow::Client } else { KeptHow::Callback };
    diesel::update(callbacks::table.find(id))
        .set((
            callbacks::state.eq(CallbackState::Kept),
            callbacks::closed_at.eq(talk.answered_at),
            callbacks::kept_how.eq(how),
            callbacks::kept_call_id.eq(talk.id),
        ))
        .execute(tx.db)?;
    tx.announce(Event::Callback(id));
    Ok(())
}

/// Unless something else has been promised to the number meanwhile: then that one counts.
fn wait_again(tx: &mut Tx, id: CallbackId, number: &str) -> QueryResult<()> {
    let other = callbacks::table.filter(waits()).filter(callbacks::number.eq(number.to_owned()));
    if diesel::select(diesel::dsl::exists(other)).get_result(tx.db)? {
        return Ok(());
    }
    diesel::update(callbacks::table.find(id))
        .set((
            callbacks::state.eq(CallbackState::Waiting),
            callbacks::closed_at.eq(None::<NaiveDateTime>),
            callbacks::kept_how.eq(None::<KeptHow>),
            callbacks::kept_call_id.eq(None::<CallId>),
        ))
        .execute(tx.db)?;
    tx.announce(Event::Callback(id));
    Ok(())
}

/// An order for the number keeps what was promised to it.
pub fn by_order(
    tx: &mut Tx,
    number: &str,
    order_id: OrderId,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let waiting = callbacks::table.filter(waits()).filter(callbacks::number.eq(number.to_owned()));
    let kept: Option<CallbackId> = diesel::update(waiting)
        .set((
            callbacks::state.eq(CallbackState::Kept),
            callbacks::closed_at.eq(now),
            callbacks::closed_by.eq(by),
            callbacks::kept_how.eq(KeptHow::Order),
            callbacks::kept_order_id.eq(order_id),
        ))
        .returning(callbacks::id)
        .get_result(tx.db)
        .optional()?;
    if let Some(id) = kept {
        tx.announce(Event::Callback(id));
    }
    Ok(())
}
