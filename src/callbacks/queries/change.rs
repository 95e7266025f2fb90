//! What people, and the clock, do with promises.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{keep, waits};
use crate::callbacks::{CallbackState, KeptHow, PATIENCE};
use crate::domain::id::{AccountId, CallId, CallbackId};
use crate::domain::person::{AccountStatus, WorkStatus};
use crate::platform::db::schema::{accounts, callbacks, callcentre_operator};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// A promise to write down.
#[derive(Clone, Debug)]
pub struct NewCallback<'a> {
    /// Canonical digits.
    pub number: &'a str,
    /// The conversation in which it was promised.
    pub from_call_id: Option<CallId>,
    /// When to call, UTC.
    pub due_at: NaiveDateTime,
    /// What about.
    pub note: &'a str,
    /// Who calls; nobody for everybody on the line.
    pub owner_id: Option<AccountId>,
}

/// Writes a promise down; `None` when something is promised to the number already.
pub fn insert(
    tx: &mut Tx,
    new: &NewCallback,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<Option<CallbackId>> {
    keep::lock(tx.db, new.number)?;
    let other = callbacks::table.filter(waits()).filter(callbacks::number.eq(new.number.to_owned()));
    if diesel::select(diesel::dsl::exists(other)).get_result(tx.db)? {
        return Ok(None);
    }
    let id = diesel::insert_into(callbacks::table)
        .values((
            callbacks::number.eq(new.number),
            callbacks::from_call_id.eq(new.from_call_id),
            callbacks::first_due_at.eq(new.due_at),
            callbacks::due_at.eq(new.due_at),
            callbacks::note.eq(new.note),
            callbacks::state.eq(CallbackState::Waiting),
            callbacks::owner_id.eq(new.owner_id),
            callbacks::owned_at.eq(now),
            callbacks::created_by.eq(by),
            callbacks::created_at.eq(now),
        ))
        .returning(callbacks::id)
        .get_result(tx.db)?;
    tell(tx, id, new.from_call_id);
    Ok(Some(id))
}

/// What a promise becomes by hand.
#[derive(Clone, Debug)]
pub struct Moved<'a> {
    /// When to call, UTC.
    pub due_at: NaiveDateTime,
    /// What about.
    pub note: &'a str,
    /// Who calls; nobody for everybody on the line.
    pub owner_id: Option<AccountId>,
}

/// Moves a promise, gives it to somebody, changes its note. `false` when it waits no more.
pub fn change(tx: &mut Tx, id: CallbackId, to: &Moved, now: NaiveDateTime) -> QueryResult<bool> {
    let found: Option<(NaiveDateTime, Option<AccountId>)> =
        waiting(id).select((callbacks::due_at, callbacks::owner_id)).first(tx.db).optional()?;
    let Some((due_at, owner_id)) = found else { return Ok(false) };
    if due_at != to.due_at {
        diesel::update(waiting(id))
            .set((
                callbacks::due_at.eq(to.due_at),
                callbacks::rung_at.eq(None::<NaiveDateTime>),
                callbacks::moved_count.eq(callbacks::moved_count + 1),
            ))
            .execute(tx.db)?;
    }
    if owner_id != to.owner_id {
        diesel::update(waiting(id))
            .set((callbacks::passed_from.eq(owner_id), callbacks::owned_at.eq(now)))
            .execute(tx.db)?;
    }
    let set = (callbacks::note.eq(to.note), callbacks::owner_id.eq(to.owner_id));
    changed(tx, diesel::update(waiting(id)).set(set).returning(callbacks::id))
}

/// «Беру»: `false` when it waits no more or is somebody else's.
pub fn take(tx: &mut Tx, id: CallbackId, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let free = waiting(id).filter(callbacks::owner_id.is_null());
    let set = (callbacks::owner_id.eq(by), callbacks::owned_at.eq(now));
    changed(tx, diesel::update(free).set(set).returning(callbacks::id))
}

/// How a promise is closed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing<'a> {
    /// The client has been talked to in another way.
    Done,
    /// Nobody will call, with why.
    Cancelled(&'a str),
}

/// Closes a promise by hand; `false` when it waits no more, or is another's and `only_own` says who asks.
pub fn close(
    tx: &mut Tx,
    id: CallbackId,
    how: Closing,
    by: AccountId,
    only_own: bool,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let (state, kept_how, reason) = match how {
        Closing::Done => (CallbackState::Kept, Some(KeptHow::Hand), ""),
        Closing::Cancelled(why) => (CallbackState::Cancelled, None, why),
    };
    let set = (
        callbacks::state.eq(state),
        callbacks::kept_how.eq(kept_how),
        callbacks::reason.eq(reason),
        callbacks::closed_at.eq(now),
        callbacks::closed_by.eq(by),
    );
    if only_own {
        let own = waiting(id).filter(callbacks::owner_id.is_null().or(callbacks::owner_id.eq(by)));
        return changed(tx, diesel::update(own).set(set).returning(callbacks::id));
    }
    changed(tx, diesel::update(waiting(id)).set(set).returning(callbacks::id))
}

/// Tells of the promises whose time has come and of which nobody has been told.
pub fn ring(tx: &mut Tx, now: NaiveDateTime) -> QueryResult<()> {
    let silent = callbacks::table
        .filter(waits())
        .filter(callbacks::due_at.le(now))
        .filter(callbacks::rung_at.is_null());
    let ids: Vec<CallbackId> =
        diesel::update(silent).set(callbacks::rung_at.eq(now)).returning(callbacks::id).get_results(tx.db)?;
    ids.into_iter().for_each(|id| tx.announce(Event::Callback(id)));
    Ok(())
}

/// Gives the promises whose time has come to everybody on the line when their owners are away, or have done nothing
/// for [`PATIENCE`].
pub fn pass_on(tx: &mut Tx, now: NaiveDateTime) -> QueryResult<()> {
    let here = callcentre_operator::table
        .inner_join(accounts::table.on(accounts::id.eq(callcentre_operator::id)))
        .filter(callcentre_operator::status_work.eq(WorkStatus::Online))
        .filter(accounts::status.eq(AccountStatus::Active))
        .select(callcentre_operator::id);
    let online: Vec<AccountId> = here.load(tx.db)?;
    let due: Vec<(CallbackId, Option<AccountId>, NaiveDateTime, NaiveDateTime)> = callbacks::table
        .filter(waits())
        .filter(callbacks::due_at.le(now))
        .filter(callbacks::owner_id.is_not_null())
        .select((callbacks::id, callbacks::owner_id, callbacks::due_at, callbacks::owned_at))
        .load(tx.db)?;
    for (id, owner, due_at, owned_at) in due {
        let is_here = owner.is_some_and(|owner| online.contains(&owner));
        // Who has taken it himself after its time is given time too, wherever he is.
        if (is_here || owned_at > due_at) && now - due_at.max(owned_at) < PATIENCE {
            continue;
        }
        let still = waiting(id).filter(callbacks::owner_id.eq(owner));
        let set = (
            callbacks::owner_id.eq(None::<AccountId>),
            callbacks::passed_from.eq(owner),
            callbacks::owned_at.eq(now),
        );
        if diesel::update(still).set(set).execute(tx.db)? == 1 {
            tx.announce(Event::Callback(id));
        }
    }
    Ok(())
}

type Waiting = diesel::dsl::Filter<
    diesel::dsl::Find<callbacks::table, CallbackId>,
    diesel::expression::SqlLiteral<diesel::sql_types::Bool>,
>;

fn waiting(id: CallbackId) -> Waiting {
    callbacks::table.find(id).filter(waits())
}

/// Runs a change of one promise and tells the pages; `false` when it changed nothing.
fn changed<'q, Q>(tx: &mut Tx, change: Q) -> QueryResult<bool>
where
    Q: diesel::query_dsl::LoadQuery<'q, Db, CallbackId>,
{
    let id: Option<CallbackId> = change.get_result(tx.db).optional()?;
    if let Some(id) = id {
        tell(tx, id, None);
    }
    Ok(id.is_some())
}

/// The pages of promises, and those of the call it was promised in.
fn tell(tx: &mut Tx, id: CallbackId, call_id: Option<CallId>) {
    tx.announce(Event::Callback(id));
    if let Some(call) = call_id {
        tx.announce(Event::Call(call));
    }
}
