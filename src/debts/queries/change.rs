//! What people do with debts.

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::debts::{DebtState, PaidHow};
use crate::domain::id::{AccountId, CallId, DebtId};
use crate::domain::person::WorkStatus;
use crate::platform::db::schema::{callcentre_operator, debts};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// «Беру»: `false` when it is paid or somebody else's.
pub fn take(tx: &mut Tx, id: DebtId, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let free = debts::table.find(id).filter(debts::state.eq(DebtState::Open));
    let set = (debts::state.eq(DebtState::Taken), debts::taken_by.eq(by), debts::taken_at.eq(now));
    changed(tx, diesel::update(free).set(set).returning(debts::last_call_id))
}

/// «Вернуть»: `false` when it is not one's own (an admin gives anybody's back).
pub fn give_back(tx: &mut Tx, id: DebtId, by: Option<AccountId>) -> QueryResult<bool> {
    let set = (
        debts::state.eq(DebtState::Open),
        debts::taken_by.eq(None::<AccountId>),
        debts::taken_at.eq(None::<NaiveDateTime>),
    );
    let taken = debts::table.find(id).filter(debts::state.eq(DebtState::Taken));
    match by {
        Some(by) => {
            let own = taken.filter(debts::taken_by.eq(by));
            changed(tx, diesel::update(own).set(set).returning(debts::last_call_id))
        }
        None => changed(tx, diesel::update(taken).set(set).returning(debts::last_call_id)),
    }
}

/// Closes a debt with a reason of the list: `false` when it is paid, or taken by somebody else.
pub fn close(
    tx: &mut Tx,
    id: DebtId,
    reason: &str,
    by: AccountId,
    is_admin: bool,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let standing = debts::table.find(id).filter(debts::state.ne(DebtState::Paid));
    let set = (
        debts::state.eq(DebtState::Paid),
        debts::paid_at.eq(now),
        debts::paid_how.eq(PaidHow::Reason),
        debts::paid_by.eq(by),
        debts::reason.eq(reason),
    );
    if is_admin {
        return changed(tx, diesel::update(standing).set(set).returning(debts::last_call_id));
    }
    let mine = standing.filter(debts::taken_by.is_null().or(debts::taken_by.eq(by)));
    changed(tx, diesel::update(mine).set(set).returning(debts::last_call_id))
}

/// For so many minutes a reason that was chosen by mistake can be taken back.
const UNDO_MINUTES: i64 = 10;

/// Takes a closing with a reason back: the debt is whose it was. `false` when it is too late, was paid otherwise or by
/// somebody else, or the client is owed again since.
pub fn reopen(
    tx: &mut Tx,
    id: DebtId,
    by: AccountId,
    is_admin: bool,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let closed = debts::table
        .find(id)
        .filter(debts::state.eq(DebtState::Paid))
        .filter(debts::paid_how.eq(PaidHow::Reason))
        .filter(debts::paid_at.ge(now - Duration::minutes(UNDO_MINUTES)));
    let row: Option<(String, Option<AccountId>, Option<AccountId>)> =
        closed.select((debts::client_key, debts::taken_by, debts::paid_by)).first(tx.db).optional()?;
    let Some((client, taken_by, paid_by)) = row else { return Ok(false) };
    if !is_admin && paid_by != Some(by) {
        return Ok(false);
    }
    let of_client =
        debts::table.filter(debts::client_key.eq(client)).filter(debts::state.ne(DebtState::Paid));
    if diesel::select(diesel::dsl::exists(of_client)).get_result(tx.db)? {
        return Ok(false);
    }
    let set = (
        debts::state.eq(if taken_by.is_some() { DebtState::Taken } else { DebtState::Open }),
        debts::paid_at.eq(None::<NaiveDateTime>),
        debts::paid_how.eq(None::<PaidHow>),
        debts::paid_by.eq(None::<AccountId>),
        debts::reason.eq(None::<String>),
    );
    changed(tx, diesel::update(closed).set(set).returning(debts::last_call_id))
}

/// Runs a change of one debt and tells the pages of its call.
fn changed<'q, Q>(tx: &mut Tx, change: Q) -> QueryResult<bool>
where
    Q: diesel::query_dsl::LoadQuery<'q, Db, CallId>,
{
    let call: Option<CallId> = change.get_result(tx.db).optional()?;
    if let Some(call) = call {
        tx.announce(Event::Call(call));
    }
    Ok(call.is_some())
}

/// Gives back what is taken by operators who are not at work.
pub fn release_of_absent(tx: &mut Tx) -> QueryResult<()> {
    let absent: Vec<DebtId> = debts::table
        .inner_join(callcentre_operator::table.on(debts::taken_by.eq(callcentre_operator::id.nullable())))
        .filter(sql::<Bool>("state = 'taken'"))
        .filter(callcentre_operator::status_work.eq(WorkStatus::Offline))
        .select(debts::id)
        .load(tx.db)?;
    for id in absent {
        give_back(tx, id, None)?;
    }
    Ok(())
}
