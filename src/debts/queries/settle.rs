//! What a debt is, computed from the calls of its number, and what pays it.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};

use crate::debts::{DebtState, OWED_FOR, PaidHow};
use crate::domain::call::{CallStatus, Direction};
use crate::domain::id::{AccountId, CallId, DebtId, OrderId};
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::portable::{self, unindexed};
use crate::platform::db::schema::{calls, debts};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

#[derive(Queryable)]
struct UnpaidDebt {
    id: DebtId,
    first_call_id: CallId,
    opened_at: NaiveDateTime,
    last_missed_at: NaiveDateTime,
}

/// Makes the debts of a number what its calls say. Idempotent; to be called in the transaction that wrote one of them.
pub fn settle(tx: &mut Tx, number: &str, now: NaiveDateTime) -> QueryResult<()> {
    portable::lock(tx.db, &format!("debt {number}"))?;
    let talk = last_talk(tx.db, number)?;
    let standing: Option<UnpaidDebt> = debts::table
        .filter(debts::client_key.eq(number.to_owned()))
        .filter(debts::state.ne(DebtState::Paid))
        .select((debts::id, debts::first_call_id, debts::opened_at, debts::last_missed_at))
        .first(tx.db)
        .optional()?;
    let forgiven: Option<NaiveDateTime> = debts::table
        .filter(debts::client_key.eq(number.to_owned()))
        .filter(debts::paid_how.eq_any([PaidHow::Order, PaidHow::Reason, PaidHow::Chat]))
        .select(diesel::dsl::max(debts::last_missed_at))
        .first(tx.db)?;
    let after = talk.as_ref().map(|talk| talk.started_at).max(forgiven);
    let missed = missed_after(tx.db, number, after, now - OWED_FOR)?;
    // The debt that stands was paid by a conversation that came after all it covers; the call itself, told anew as
    // answered and perhaps with other times, is none.
    let mut standing = standing;
    if let (Some(debt), Some(talk)) = (&standing, &talk)
        && talk.started_at > debt.last_missed_at
        && talk.id != debt.first_call_id
    {
        pay_by_call(tx.db, debt.id, talk)?;
        standing = None;
    }
    match (missed.first().zip(missed.last()), standing) {
        (None, None) => {}
        // Its calls turned out to be answered, or a conversation lies among them.
        (None, Some(debt)) => match &talk {
            Some(talk) if talk.started_at > debt.opened_at && talk.id != debt.first_call_id => {
                pay_by_call(tx.db, debt.id, talk)?;
            }
            _ => {
                diesel::delete(debts::table.find(debt.id)).execute(tx.db)?;
            }
        },
        (Some((first, last)), Some(debt)) => {
            diesel::update(debts::table.find(debt.id))
                .set((
                    debts::first_call_id.eq(first.0),
                    debts::last_call_id.eq(last.0),
                    debts::missed_count.eq(missed.len() as i64),
                    debts::opened_at.eq(first.1),
                    debts::last_missed_at.eq(last.1),
                ))
                .execute(tx.db)?;
        }
        (Some((first, last)), None) => {
            diesel::insert_into(debts::table)
                .values((
                    debts::client_key.eq(number),
                    debts::first_call_id.eq(first.0),
                    debts::last_call_id.eq(last.0),
                    debts::missed_count.eq(missed.len() as i64),
                    debts::opened_at.eq(first.1),
                    debts::last_missed_at.eq(last.1),
                    debts::state.eq(DebtState::Open),
                ))
                .execute(tx.db)?;
        }
    }
    Ok(())
}

/// The last conversation with a number.
struct Talk {
    id: CallId,
    started_at: NaiveDateTime,
    answered_at: NaiveDateTime,
    is_inbound: bool,
}

fn last_talk(db: &mut Db, number: &str) -> QueryResult<Option<Talk>> {
    type Row = (CallId, NaiveDateTime, Option<NaiveDateTime>, Direction);
    let row: Option<Row> = calls::table
        .filter(calls::group_key.eq(number.to_owned()))
        .filter(calls::answered_at.is_not_null())
        .order((calls::started_at.desc(), calls::id.desc()))
        .select((calls::id, calls::started_at, calls::answered_at, calls::direction))
        .first(db)
        .optional()?;
    Ok(row.and_then(|(id, started_at, answered_at, direction)| {
        Some(Talk { id, started_at, answered_at: answered_at?, is_inbound: direction == Direction::Inbound })
    }))
}

fn missed_after(
    db: &mut Db,
    number: &str,
    after: Option<NaiveDateTime>,
    oldest: NaiveDateTime,
) -> QueryResult<Vec<(CallId, NaiveDateTime)>> {
    let missed = [CallStatus::Missed, CallStatus::Busy, CallStatus::NoAnswer];
    let query = calls::table
        .filter(calls::group_key.eq(number.to_owned()))
        .filter(calls::started_at.ge(oldest))
        .filter(calls::direction.eq(Direction::Inbound))
        .filter(calls::status.eq_any(missed.map(Some)))
        .order((calls::started_at, calls::id))
        .select((calls::id, calls::started_at))
        .into_boxed();
    match after {
        Some(after) => query.filter(calls::started_at.gt(after)).load(db),
        None => query.load(db),
    }
}

fn pay_by_call(db: &mut Db, id: DebtId, talk: &Talk) -> QueryResult<()> {
    let how = if talk.is_inbound { PaidHow::Client } else { PaidHow::Callback };
    diesel::update(debts::table.find(id))
        .set((
            debts::state.eq(DebtState::Paid),
            debts::paid_at.eq(talk.answered_at),
            debts::paid_how.eq(how),
            debts::paid_call_id.eq(talk.id),
        ))
        .execute(db)
        .map(|_| ())
}

/// An order for the number pays what is owed to it.
pub fn pay_by_order(
    tx: &mut Tx,
    number: &str,
    order_id: OrderId,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let standing =
        debts::table.filter(debts::client_key.eq(number.to_owned())).filter(debts::state.ne(DebtState::Paid));
    let call: Option<CallId> = diesel::update(standing)
        .set((
            debts::state.eq(DebtState::Paid),
            debts::paid_at.eq(now),
            debts::paid_how.eq(PaidHow::Order),
            debts::paid_order_id.eq(order_id),
            debts::paid_by.eq(by),
        ))
        .returning(debts::last_call_id)
        .get_result(tx.db)
        .optional()?;
    if let Some(call) = call {
        tx.announce(Event::Call(call));
    }
    Ok(())
}

/// An answer in a chat of the client, written at `at` by somebody of ours, pays what his numbers are owed for calls
/// before it. One that came by Avito's own application has no author.
pub fn pay_by_chat(
    tx: &mut Tx,
    numbers: &[String],
    at: NaiveDateTime,
    by: Option<AccountId>,
) -> QueryResult<()> {
    // Each in order: two processes do not wait for each other in a ring.
    let mut numbers = numbers.to_vec();
    numbers.sort();
    for number in numbers {
        portable::lock(tx.db, &format!("debt {number}"))?;
        let standing = debts::table
            .filter(debts::client_key.eq(number))
            .filter(debts::state.ne(DebtState::Paid))
            .filter(debts::last_missed_at.lt(at));
        let call: Option<CallId> = diesel::update(standing)
            .set((
                debts::state.eq(DebtState::Paid),
                debts::paid_at.eq(at),
                debts::paid_how.eq(PaidHow::Chat),
                debts::paid_by.eq(by),
            ))
            .returning(debts::last_call_id)
            .get_result(tx.db)
            .optional()?;
        if let Some(call) = call {
            tx.announce(Event::Call(call));
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    number: String,
}

/// Makes the debts of all numbers with missed calls since a moment that never had one, at once: what [`settle`] would
/// make of each, for a database that was filled. `oldest` is how far back calls are owed.
pub fn owe_all(tx: &mut Tx, since: NaiveDateTime, oldest: NaiveDateTime) -> QueryResult<usize> {
    let status = unindexed(tx.db, "c.status");
    let text = format!(
        "INSERT INTO debts \
         (client_key, first_call_id, last_call_id, missed_count, opened_at, last_missed_at, state) \
         SELECT client_key, first_id, last_id, missed, opened_at, last_at, 'open' FROM ( \
             SELECT c.group_key AS client_key, COUNT(*) OVER run AS missed, \
             FIRST_VALUE(c.id) OVER run AS first_id, LAST_VALUE(c.id) OVER run AS last_id, \
             FIRST_VALUE(c.started_at) OVER run AS opened_at, LAST_VALUE(c.started_at) OVER run AS last_at, \
             ROW_NUMBER() OVER (PARTITION BY c.group_key ORDER BY c.started_at, c.id) AS place \
             FROM calls c WHERE c.started_at >= $1 AND c.direction = 'inbound' \
             AND {status} IN ('missed', 'busy', 'no_answer') AND c.phone_client IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM calls a WHERE a.group_key = c.group_key \
             AND a.started_at >= c.started_at AND a.answered_at IS NOT NULL) \
             AND NOT EXISTS (SELECT 1 FROM debts d WHERE d.client_key = c.group_key) \
             WINDOW run AS (PARTITION BY c.group_key ORDER BY c.started_at, c.id \
             ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) \
         ) AS runs WHERE place = 1 AND last_at >= $2 ON CONFLICT DO NOTHING"
    );
    let query = diesel::sql_query(text).into_boxed::<MultiBackend>();
    query.bind::<Timestamp, _>(oldest).bind::<Timestamp, _>(since).execute(tx.db)
}

/// So many are found at a time.
pub const UNNOTICED: usize = 500;

/// Numbers with missed calls since a moment that are owed and have no debt.
pub fn unnoticed(db: &mut Db, since: NaiveDateTime) -> QueryResult<Vec<String>> {
    let status = unindexed(db, "c.status");
    let text = format!(
        "SELECT DISTINCT c.group_key AS number FROM calls c WHERE c.started_at >= $1 AND c.direction = 'inbound' \
         AND {status} IN ('missed', 'busy', 'no_answer') AND c.phone_client IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM calls a WHERE a.group_key = c.group_key AND a.started_at > c.started_at \
         AND a.answered_at IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM debts d WHERE d.client_key = c.group_key AND d.last_missed_at >= c.started_at) \
         LIMIT {UNNOTICED}"
    );
    let query = diesel::sql_query(text).into_boxed::<MultiBackend>().bind::<Timestamp, _>(since);
    Ok(query.load::<Number>(db)?.into_iter().map(|row| row.number).collect())
}
