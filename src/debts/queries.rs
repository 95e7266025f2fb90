//! SQL of debts.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};

use super::{DebtState, OWED_FOR, PaidHow};
use crate::accounts::WorkStatus;
use crate::calls::{CallStatus, Direction};
use crate::db::connection::MultiBackend;
use crate::db::portable::{self, unindexed};
use crate::db::schema::{accounts, callcentre_operator, calls, clients, debt_reasons, debts};
use crate::db::{Db, Tx};
use crate::live::Event;

#[derive(Queryable)]
struct Standing {
    id: i64,
    first_call_id: i64,
    opened_at: NaiveDateTime,
    last_missed_at: NaiveDateTime,
}

/// Makes the debts of a number what its calls say. Idempotent; to be called in the transaction that wrote one of them.
pub fn settle(tx: &mut Tx, number: &str, now: NaiveDateTime) -> QueryResult<()> {
    portable::lock(tx.db, &format!("debt {number}"))?;
    let talk = last_talk(tx.db, number)?;
    let standing: Option<Standing> = debts::table
        .filter(debts::client_key.eq(number.to_owned()))
        .filter(debts::state.ne(DebtState::Paid))
        .select((debts::id, debts::first_call_id, debts::opened_at, debts::last_missed_at))
        .first(tx.db)
        .optional()?;
    let forgiven: Option<NaiveDateTime> = debts::table
        .filter(debts::client_key.eq(number.to_owned()))
        .filter(debts::paid_how.eq_any([PaidHow::Order, PaidHow::Reason]))
        .select(diesel::dsl::max(debts::last_missed_at))
        .first(tx.db)?;
    let after = talk.as_ref().map(|talk| talk.started_at).max(forgiven);
    let missed = missed_after(tx.db, number, after, now - OWED_FOR)?;
    // The debt that stands was paid by a conversation that came after all it covers.
    let mut standing = standing;
    if let (Some(debt), Some(talk)) = (&standing, &talk)
        && talk.started_at > debt.last_missed_at
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
    id: i64,
    started_at: NaiveDateTime,
    answered_at: NaiveDateTime,
    is_inbound: bool,
}

fn last_talk(db: &mut Db, number: &str) -> QueryResult<Option<Talk>> {
    type Row = (i64, NaiveDateTime, Option<NaiveDateTime>, Direction);
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
) -> QueryResult<Vec<(i64, NaiveDateTime)>> {
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

fn pay_by_call(db: &mut Db, id: i64, talk: &Talk) -> QueryResult<()> {
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
    order_id: i64,
    by: i64,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let standing =
        debts::table.filter(debts::client_key.eq(number.to_owned())).filter(debts::state.ne(DebtState::Paid));
    let call: Option<i64> = diesel::update(standing)
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

/// «Беру»: `false` when it is paid or somebody else's.
pub fn take(tx: &mut Tx, id: i64, by: i64, now: NaiveDateTime) -> QueryResult<bool> {
    let free = debts::table.find(id).filter(debts::state.eq(DebtState::Open));
    let set = (debts::state.eq(DebtState::Taken), debts::taken_by.eq(by), debts::taken_at.eq(now));
    changed(tx, diesel::update(free).set(set).returning(debts::last_call_id))
}

/// «Вернуть»: `false` when it is not one's own (an admin gives anybody's back).
pub fn give_back(tx: &mut Tx, id: i64, by: Option<i64>) -> QueryResult<bool> {
    let set = (
        debts::state.eq(DebtState::Open),
        debts::taken_by.eq(None::<i64>),
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
    id: i64,
    reason: &str,
    by: i64,
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

/// Runs a change of one debt and tells the pages of its call.
fn changed<'q, Q>(tx: &mut Tx, change: Q) -> QueryResult<bool>
where
    Q: diesel::query_dsl::LoadQuery<'q, Db, i64>,
{
    let call: Option<i64> = change.get_result(tx.db).optional()?;
    if let Some(call) = call {
        tx.announce(Event::Call(call));
    }
    Ok(call.is_some())
}

/// Gives back what is taken by operators who are not at work.
pub fn release_of_absent(tx: &mut Tx) -> QueryResult<()> {
    let absent: Vec<i64> = debts::table
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

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    number: String,
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

/// How many debts stand.
pub fn count(db: &mut Db) -> QueryResult<i64> {
    debts::table.filter(sql::<Bool>("state <> 'paid'")).count().get_result(db)
}

/// A debt as pages show it.
#[derive(Clone, Debug, Queryable)]
pub struct Debt {
    /// The debt.
    pub id: i64,
    /// Canonical number.
    pub number: String,
    /// The last missed call.
    pub last_call_id: i64,
    /// How many calls were missed.
    pub missed_count: i64,
    /// When the first was missed, UTC.
    pub opened_at: NaiveDateTime,
    /// When the last was.
    pub last_missed_at: NaiveDateTime,
    /// Where it is.
    pub state: DebtState,
    /// Who took it.
    pub taken_by: Option<i64>,
    /// His name.
    pub taker: Option<String>,
    /// The client.
    pub client_id: Option<i64>,
    /// His name.
    pub client_name: Option<String>,
    /// Where the call came from.
    pub city: Option<String>,
    /// By which campaign.
    pub rk: Option<String>,
}

/// The debts that stand, oldest first.
pub fn standing(db: &mut Db, limit: i64) -> QueryResult<Vec<Debt>> {
    debts::table
        .inner_join(calls::table.on(debts::last_call_id.eq(calls::id)))
        .left_join(clients::table.on(calls::client_id.eq(clients::id.nullable())))
        .left_join(accounts::table.on(debts::taken_by.eq(accounts::id.nullable())))
        .filter(sql::<Bool>("debts.state <> 'paid'"))
        .order((debts::opened_at, debts::id))
        .limit(limit)
        .select((
            debts::id,
            debts::client_key,
            debts::last_call_id,
            debts::missed_count,
            debts::opened_at,
            debts::last_missed_at,
            debts::state,
            debts::taken_by,
            accounts::name.nullable(),
            calls::client_id,
            clients::name.nullable(),
            calls::city,
            calls::rk,
        ))
        .load(db)
}

/// What a missed call is part of.
#[derive(Clone, Debug, QueryableByName)]
pub struct OfCall {
    /// The call.
    #[diesel(sql_type = BigInt)]
    pub call_id: i64,
    /// Its debt.
    #[diesel(sql_type = BigInt)]
    pub debt_id: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    paid_how: Option<String>,
    /// When it was paid, UTC.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub paid_at: Option<NaiveDateTime>,
    /// The order that paid it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub paid_order_id: Option<i64>,
    /// Why nobody will call.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// Who took it.
    #[diesel(sql_type = Nullable<Text>)]
    pub taker: Option<String>,
}

impl OfCall {
    /// Where it is.
    pub fn state(&self) -> DebtState {
        DebtState::parse(&self.state).unwrap_or(DebtState::Open)
    }

    /// What paid it.
    pub fn paid_how(&self) -> Option<PaidHow> {
        self.paid_how.as_deref().and_then(PaidHow::parse)
    }
}

/// The debts the calls are part of, by call.
pub fn of_calls(db: &mut Db, ids: &[i64]) -> QueryResult<HashMap<i64, OfCall>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let text = format!(
        "SELECT c.id AS call_id, d.id AS debt_id, d.state, d.paid_how, d.paid_at, d.paid_order_id, d.reason, \
         a.name AS taker FROM calls c JOIN debts d ON d.client_key = c.group_key AND d.opened_at <= c.started_at \
         AND d.last_missed_at >= c.started_at LEFT JOIN accounts a ON a.id = d.taken_by WHERE c.id IN ({})",
        ids.join(", ")
    );
    let rows: Vec<OfCall> = diesel::sql_query(text).load(db)?;
    Ok(rows.into_iter().map(|row| (row.call_id, row)).collect())
}

/// How the debts of a time were paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Debts that opened.
    pub opened: i64,
    /// Of them not paid yet.
    pub unpaid: i64,
    /// Paid by us within twenty minutes.
    pub soon: i64,
    /// Paid by us within a day.
    pub within_day: i64,
    /// The client called again and was answered.
    pub by_client: i64,
}

/// The debts that opened since a moment.
pub fn day(db: &mut Db, since: NaiveDateTime) -> QueryResult<Day> {
    type Row = (DebtState, Option<PaidHow>, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<Row> = debts::table
        .filter(debts::opened_at.ge(since))
        .select((debts::state, debts::paid_how, debts::opened_at, debts::paid_at))
        .load(db)?;
    let mut day = Day { opened: rows.len() as i64, ..Day::default() };
    for (state, how, opened_at, paid_at) in rows {
        let took = paid_at.map(|at| at - opened_at);
        match (state, how, took) {
            (DebtState::Paid, Some(PaidHow::Client), _) => day.by_client += 1,
            (DebtState::Paid, _, Some(took)) if took <= chrono::Duration::minutes(20) => day.soon += 1,
            (DebtState::Paid, _, _) => day.within_day += 1,
            _ => day.unpaid += 1,
        }
    }
    Ok(day)
}

/// When the oldest standing debt opened, UTC.
pub fn oldest(db: &mut Db) -> QueryResult<Option<NaiveDateTime>> {
    debts::table
        .filter(sql::<Bool>("state <> 'paid'"))
        .order(debts::opened_at)
        .select(debts::opened_at)
        .first(db)
        .optional()
}

/// Active reasons to close a debt with, in the order in which they were added: each has its digit.
pub fn reasons(db: &mut Db) -> QueryResult<Vec<String>> {
    debt_reasons::table
        .filter(debt_reasons::is_active.eq(true))
        .order(debt_reasons::id)
        .select(debt_reasons::name)
        .load(db)
}
