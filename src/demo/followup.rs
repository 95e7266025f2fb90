//! What people did after the calls of the last days: how conversations ended, which debts were paid and which were
//! closed with a reason, whom they promised to call. Written after the history, by its calls, so that the pages of
//! debts, results and promises look like those of a firm at work. Only the demonstration has it.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::vocabulary::{pick, weigh, work};
use super::world::{World, shifts};
use crate::auth::work_time;
use crate::callbacks::{CallbackState, KeptHow};
use crate::debts::{DebtState, PaidHow};
use crate::domain::call::{CallStatus, Direction};
use crate::domain::id::{AccountId, CallId};
use crate::domain::person::WorkStatus;
use crate::platform::db::schema::{
    call_notes, callbacks, callcentre_operator, calls, debts, order_calls, work_status_log,
};
use crate::platform::db::{Db, Tx};

/// How far back.
const DAYS: i64 = 10;
/// So many of the latest debts are still owed, of an hour to a day; older ones were closed.
const OWED: usize = 6;
/// Talked of so long ago at most, a conversation may have led to a promise that waits.
const FRESH: Duration = Duration::hours(30);

#[derive(Queryable)]
struct Call {
    id: CallId,
    number: String,
    is_inbound: bool,
    is_missed: bool,
    started_at: NaiveDateTime,
    answered_at: Option<NaiveDateTime>,
    operator: Option<AccountId>,
}

/// Tells it. To be called once, in the transaction of the history.
pub fn tell(tx: &mut Tx, world: &World, now: NaiveDateTime) -> QueryResult<()> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(world.extent.seed ^ 0xdeb7);
    let calls = recent(tx.db, now)?;
    owe(tx.db, &calls, world, &mut rng)?;
    let ordered: Vec<CallId> = order_calls::table.select(order_calls::call_id).load(tx.db)?;
    let ordered: std::collections::HashSet<CallId> = ordered.into_iter().collect();
    let talks: Vec<&Call> =
        calls.iter().filter(|call| call.answered_at.is_some() && !ordered.contains(&call.id)).collect();
    conclude(tx.db, &talks, &mut rng)?;
    promise(tx.db, &talks, world, now, &mut rng)?;
    work_time::set_after_call(tx.db, 60, now)?;
    be_at_work(tx.db, world, now)
}

/// Who is on shift works: what they do now goes on, so it is no finished interval.
fn be_at_work(db: &mut Db, world: &World, now: NaiveDateTime) -> QueryResult<()> {
    for (account_id, status, reason, since) in shifts::current(world, now) {
        diesel::update(callcentre_operator::table.find(account_id))
            .set((
                callcentre_operator::status_work.eq(status),
                callcentre_operator::status_reason.eq(reason),
                callcentre_operator::status_since.eq(since),
                callcentre_operator::last_seen_at.eq(now),
            ))
            .execute(db)?;
        let unfinished = work_status_log::table
            .filter(work_status_log::account_id.eq(account_id))
            .filter(work_status_log::started_at.eq(since));
        diesel::update(unfinished).set(work_status_log::ended_at.eq(None::<NaiveDateTime>)).execute(db)?;
    }
    Ok(())
}

/// Time online that is noted long after it was.
pub fn note_late(db: &mut Db, who: AccountId, from: NaiveDateTime, to: NaiveDateTime) -> QueryResult<()> {
    diesel::insert_into(work_status_log::table)
        .values((
            work_status_log::account_id.eq(who),
            work_status_log::status_work.eq(WorkStatus::Online),
            work_status_log::started_at.eq(from),
            work_status_log::ended_at.eq(to),
        ))
        .execute(db)?;
    Ok(())
}

fn recent(db: &mut Db, now: NaiveDateTime) -> QueryResult<Vec<Call>> {
    type Row = (
        CallId,
        String,
        Direction,
        Option<CallStatus>,
        NaiveDateTime,
        Option<NaiveDateTime>,
        Option<AccountId>,
    );
    let rows: Vec<Row> = calls::table
        .filter(calls::started_at.ge(now - Duration::days(DAYS)))
        .filter(calls::direction.ne(Direction::Internal))
        .filter(calls::phone_client.is_not_null())
        .order((calls::started_at, calls::id))
        .select((
            calls::id,
            calls::group_key,
            calls::direction,
            calls::status,
            calls::started_at,
            calls::answered_at,
            calls::last_operator_id,
        ))
        .load(db)?;
    let call = |(id, number, direction, status, started_at, answered_at, operator): Row| Call {
        id,
        number,
        is_inbound: direction == Direction::Inbound,
        is_missed: crate::domain::call::is_missed(direction, status),
        started_at,
        answered_at,
        operator,
    };
    Ok(rows.into_iter().map(call).collect())
}

/// Missed calls of a number up to the next conversation.
#[derive(Default)]
struct Run<'c> {
    missed: Vec<&'c Call>,
    talk: Option<&'c Call>,
}

/// Debts as [`crate::debts::queries::settle`] would have made them one after the other.
fn owe(db: &mut Db, calls: &[Call], world: &World, rng: &mut Xoshiro256PlusPlus) -> QueryResult<()> {
    let mut runs: BTreeMap<&str, Vec<Run>> = BTreeMap::new();
    for call in calls {
        let of_number = runs.entry(&call.number).or_default();
        if of_number.last().is_none_or(|run| run.talk.is_some()) {
            of_number.push(Run::default());
        }
        let Some(run) = of_number.last_mut() else { continue };
        if call.is_missed {
            run.missed.push(call);
        } else if call.answered_at.is_some() && !run.missed.is_empty() {
            run.talk = Some(call);
        }
    }
    let reasons = crate::debts::queries::reasons(db)?;
    let mut unpaid: Vec<&Call> = runs
        .values()
        .flatten()
        .filter(|run| run.talk.is_none())
        .filter_map(|run| run.missed.last().copied())
        .collect();
    unpaid.sort_by_key(|last| std::cmp::Reverse(last.started_at));
    let owed: Vec<CallId> = unpaid.iter().take(OWED).map(|last| last.id).collect();
    for run in runs.into_values().flatten() {
        let (Some(first), Some(last)) = (run.missed.first(), run.missed.last()) else { continue };
        let base = (
            debts::client_key.eq(&first.number),
            debts::first_call_id.eq(first.id),
            debts::last_call_id.eq(last.id),
            debts::missed_count.eq(run.missed.len() as i64),
            debts::opened_at.eq(first.started_at),
            debts::last_missed_at.eq(last.started_at),
        );
        let insert = diesel::insert_into(debts::table);
        match run.talk {
            Some(talk) => {
                let how = if talk.is_inbound { PaidHow::Client } else { PaidHow::Callback };
                let paid = (
                    debts::state.eq(DebtState::Paid),
                    debts::paid_how.eq(how),
                    debts::paid_at.eq(talk.answered_at),
                    debts::paid_call_id.eq(talk.id),
                );
                insert.values((base, paid)).execute(db)?;
            }
            None if !owed.contains(&last.id) => {
                let operator = &world.operators[rng.random_range(0..world.operators.len())];
                let after = Duration::minutes(rng.random_range(15..115));
                let closed = (
                    debts::state.eq(DebtState::Paid),
                    debts::paid_how.eq(PaidHow::Reason),
                    debts::paid_at.eq(last.started_at + after),
                    debts::paid_by.eq(operator.id),
                    debts::reason.eq(reasons.get(rng.random_range(0..reasons.len().max(1)))),
                );
                insert.values((base, closed)).execute(db)?;
            }
            None => {
                insert.values((base, debts::state.eq(DebtState::Open))).execute(db)?;
            }
        }
    }
    Ok(())
}

/// Every conversation without an order has its result, some have a note.
fn conclude(db: &mut Db, talks: &[&Call], rng: &mut Xoshiro256PlusPlus) -> QueryResult<()> {
    let results = crate::dispositions::queries::choices(db)?;
    let weights: Vec<(usize, u32)> = (0..results.len()).map(|at| (at, 40 / (at as u32 + 1) + 4)).collect();
    for talk in talks {
        let Some(operator) = talk.operator else { continue };
        if results.is_empty() {
            return Ok(());
        }
        let note = if rng.random_bool(0.3) { pick(rng, &work::NOTES) } else { "" };
        let row = (
            call_notes::call_id.eq(talk.id),
            call_notes::result.eq(&results[weigh(rng, &weights)]),
            call_notes::note.eq(note),
            call_notes::account_id.eq(operator),
            call_notes::updated_at.eq(talk.answered_at.unwrap_or(talk.started_at) + Duration::minutes(4)),
        );
        diesel::insert_into(call_notes::table).values(row).execute(db)?;
    }
    Ok(())
}

/// Promises: a few that were kept, one that rings soon at the first operator, one for later, one for everybody.
fn promise(
    db: &mut Db,
    talks: &[&Call],
    world: &World,
    now: NaiveDateTime,
    rng: &mut Xoshiro256PlusPlus,
) -> QueryResult<()> {
    let mut promised = std::collections::HashSet::new();
    for (place, talk) in talks.iter().enumerate() {
        let later = talks[place + 1..].iter().find(|later| later.number == talk.number);
        let (Some(later), Some(operator)) = (later, talk.operator) else { continue };
        if !promised.insert(talk.number.as_str()) {
            continue;
        }
        let made_at = talk.answered_at.unwrap_or(talk.started_at) + Duration::minutes(1);
        if made_at >= later.started_at {
            continue;
        }
        let how = if later.is_inbound { KeptHow::Client } else { KeptHow::Callback };
        let due_at = later.started_at - Duration::minutes(2);
        let row = (
            promise_row(talk, due_at.max(made_at), made_at, Some(operator), operator, rng),
            callbacks::state.eq(CallbackState::Kept),
            callbacks::rung_at.eq(due_at.max(made_at)),
            callbacks::closed_at.eq(later.answered_at),
            callbacks::kept_how.eq(how),
            callbacks::kept_call_id.eq(later.id),
        );
        diesel::insert_into(callbacks::table).values(row).execute(db)?;
    }
    let fresh = talks.iter().rev().filter(|talk| now - talk.started_at < FRESH);
    let mut fresh = fresh.filter(|talk| !promised.contains(talk.number.as_str()));
    let mut seen = std::collections::HashSet::new();
    let owner = |at: usize| world.operators.get(at).map(|operator| operator.id);
    let waiting = [
        (owner(0), Duration::minutes(3)),
        (owner(1), Duration::minutes(50)),
        (None, Duration::minutes(95)),
        (owner(0), Duration::hours(19)),
    ];
    for (owner, ahead) in waiting {
        let Some(talk) = fresh.find(|talk| talk.operator.is_some() && seen.insert(talk.number.as_str()))
        else {
            return Ok(());
        };
        let by = owner.or(talk.operator).unwrap_or(world.admin_id);
        let made_at = talk.answered_at.unwrap_or(talk.started_at) + Duration::minutes(1);
        let row = (
            promise_row(talk, now + ahead, made_at, owner, by, rng),
            callbacks::state.eq(CallbackState::Waiting),
        );
        diesel::insert_into(callbacks::table).values(row).execute(db)?;
    }
    Ok(())
}

type PromiseRow<'r> = (
    diesel::dsl::Eq<callbacks::number, &'r str>,
    diesel::dsl::Eq<callbacks::from_call_id, CallId>,
    diesel::dsl::Eq<callbacks::first_due_at, NaiveDateTime>,
    diesel::dsl::Eq<callbacks::due_at, NaiveDateTime>,
    diesel::dsl::Eq<callbacks::note, &'static str>,
    diesel::dsl::Eq<callbacks::owner_id, Option<AccountId>>,
    diesel::dsl::Eq<callbacks::owned_at, NaiveDateTime>,
    diesel::dsl::Eq<callbacks::created_by, AccountId>,
    diesel::dsl::Eq<callbacks::created_at, NaiveDateTime>,
);

fn promise_row<'r>(
    talk: &'r Call,
    due_at: NaiveDateTime,
    made_at: NaiveDateTime,
    owner: Option<AccountId>,
    by: AccountId,
    rng: &mut Xoshiro256PlusPlus,
) -> PromiseRow<'r> {
    (
        callbacks::number.eq(talk.number.as_str()),
        callbacks::from_call_id.eq(talk.id),
        callbacks::first_due_at.eq(due_at),
        callbacks::due_at.eq(due_at),
        callbacks::note.eq(pick(rng, &work::PROMISES)),
        callbacks::owner_id.eq(owner),
        callbacks::owned_at.eq(made_at),
        callbacks::created_by.eq(by),
        callbacks::created_at.eq(made_at),
    )
}
