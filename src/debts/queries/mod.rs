//! SQL of debts: what pages read.

mod change;
mod settle;

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};

pub use change::{close, give_back, release_of_absent, reopen, take};
pub use settle::{UNNOTICED, owe_all, pay_by_chat, pay_by_order, settle, unnoticed};

use super::{DebtState, PaidHow};
use crate::domain::id::{AccountId, CallId, ClientId, DebtId, OrderId};
use crate::platform::db::Db;
use crate::platform::db::memory::kept_list;
use crate::platform::db::schema::{accounts, calls, clients, debt_reasons, debts};

/// How many debts stand.
pub fn count(db: &mut Db) -> QueryResult<i64> {
    debts::table.filter(sql::<Bool>("state <> 'paid'")).count().get_result(db)
}

/// True when there is such a debt, whatever has become of it.
pub fn exists(db: &mut Db, id: DebtId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(debts::table.find(id))).get_result(db)
}

/// A debt as pages show it.
#[derive(Clone, Debug, Queryable)]
pub struct Debt {
    /// The debt.
    pub id: DebtId,
    /// Canonical number.
    pub number: String,
    /// The last missed call.
    pub last_call_id: CallId,
    /// How many calls were missed.
    pub missed_count: i64,
    /// When the first was missed, UTC.
    pub opened_at: NaiveDateTime,
    /// When the last was.
    pub last_missed_at: NaiveDateTime,
    /// Where it is.
    pub state: DebtState,
    /// Who took it.
    pub taken_by: Option<AccountId>,
    /// His name.
    pub taker: Option<String>,
    /// The client.
    pub client_id: Option<ClientId>,
    /// His name.
    pub client_name: Option<String>,
    /// Where the call came from.
    pub city: Option<String>,
    /// By which campaign.
    pub rk: Option<String>,
}

/// Selects [`Debt`]s, oldest first.
macro_rules! select_debts {
    ($condition:expr) => {
        debts::table
            .inner_join(calls::table.on(debts::last_call_id.eq(calls::id)))
            .left_join(clients::table.on(calls::client_id.eq(clients::id.nullable())))
            .left_join(accounts::table.on(debts::taken_by.eq(accounts::id.nullable())))
            .filter($condition)
            .order((debts::opened_at, debts::id))
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
    };
}

/// The debts that stand, oldest first.
pub fn standing(db: &mut Db, limit: i64) -> QueryResult<Vec<Debt>> {
    select_debts!(sql::<Bool>("debts.state <> 'paid'")).limit(limit).load(db)
}

/// Those of `ids` that are paid by now, oldest first.
pub fn paid_of(db: &mut Db, ids: &[DebtId]) -> QueryResult<Vec<Debt>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    select_debts!(debts::id.eq_any(ids.to_vec()).and(debts::state.eq(DebtState::Paid))).load(db)
}

/// What a missed call is part of.
#[derive(Clone, Debug, QueryableByName)]
pub struct OfCall {
    /// The call.
    #[diesel(sql_type = BigInt)]
    pub call_id: CallId,
    /// Its debt.
    #[diesel(sql_type = BigInt)]
    pub debt_id: DebtId,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    paid_how: Option<String>,
    /// When it was paid, UTC.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub paid_at: Option<NaiveDateTime>,
    /// The order that paid it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub paid_order_id: Option<OrderId>,
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
pub fn of_calls(db: &mut Db, ids: &[CallId]) -> QueryResult<HashMap<CallId, OfCall>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
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
    kept_list(db, "debt reasons", |db| {
        debt_reasons::table
            .filter(debt_reasons::is_active.eq(true))
            .order(debt_reasons::id)
            .select(debt_reasons::name)
            .load(db)
    })
}
