//! SQL of promises to call back.

pub mod change;
pub mod keep;

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use people::{closers, takers};

use super::{CallbackState, KeptHow};
use crate::domain::call::Direction;
use crate::domain::id::{AccountId, CallId, CallbackId, ClientId, OrderId};
use crate::domain::person::{AccountStatus, Role};
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, callbacks, calls, client_phones, clients};

/// The people of a promise beside the one who made it.
mod people {
    use crate::platform::db::schema::accounts;

    diesel::alias!(accounts as takers: Takers, accounts as closers: Closers);
}

/// A promise as pages show it.
#[derive(Clone, Debug, Queryable)]
pub struct Callback {
    /// The row.
    pub id: CallbackId,
    /// The client's number, canonical digits.
    pub number: String,
    /// The conversation in which it was promised.
    pub from_call_id: Option<CallId>,
    /// When it was promised for at first, UTC.
    pub first_due_at: NaiveDateTime,
    /// When to call, UTC.
    pub due_at: NaiveDateTime,
    /// How often it was moved.
    pub moved_count: i64,
    /// What about.
    pub note: String,
    /// Where it is.
    pub state: CallbackState,
    /// Who calls; nobody when it is everybody's.
    pub owner_id: Option<AccountId>,
    /// When it was promised, UTC.
    pub created_at: NaiveDateTime,
    /// When it was kept or cancelled, UTC.
    pub closed_at: Option<NaiveDateTime>,
    /// What kept it.
    pub kept_how: Option<KeptHow>,
    /// The call that kept it.
    pub kept_call_id: Option<CallId>,
    /// The order that kept it.
    pub kept_order_id: Option<OrderId>,
    /// Why nobody will call.
    pub reason: String,
    /// Who promised.
    pub promised_by: String,
    /// Who calls, by name.
    pub owner: Option<String>,
    /// Who closed it, by name.
    pub closer: Option<String>,
    /// The client.
    pub client_id: Option<ClientId>,
    /// The client's name.
    pub client_name: Option<String>,
}

/// Everything [`Callback`] needs.
macro_rules! joined {
    () => {
        callbacks::table
            .inner_join(accounts::table.on(callbacks::created_by.eq(accounts::id)))
            .left_join(takers.on(callbacks::owner_id.eq(takers.field(accounts::id).nullable())))
            .left_join(closers.on(callbacks::closed_by.eq(closers.field(accounts::id).nullable())))
            .left_join(client_phones::table.on(client_phones::number.eq(callbacks::number)))
            .left_join(clients::table.on(client_phones::client_id.eq(clients::id)))
    };
}

/// Its columns, in order.
macro_rules! columns {
    () => {
        (
            callbacks::id,
            callbacks::number,
            callbacks::from_call_id,
            callbacks::first_due_at,
            callbacks::due_at,
            callbacks::moved_count,
            callbacks::note,
            callbacks::state,
            callbacks::owner_id,
            callbacks::created_at,
            callbacks::closed_at,
            callbacks::kept_how,
            callbacks::kept_call_id,
            callbacks::kept_order_id,
            callbacks::reason,
            accounts::name,
            takers.field(accounts::name).nullable(),
            closers.field(accounts::name).nullable(),
            clients::id.nullable(),
            clients::name.nullable(),
        )
    };
}

/// Written out, so that the index of what waits serves it.
fn waits() -> diesel::expression::SqlLiteral<Bool> {
    sql::<Bool>("callbacks.state = 'waiting'")
}

/// Promises that wait, the next ones first: those of `owner` and nobody's, or everybody's.
pub fn waiting(db: &mut Db, owner: Option<AccountId>, limit: i64) -> QueryResult<Vec<Callback>> {
    let query = joined!().filter(waits()).order((callbacks::due_at, callbacks::id)).limit(limit);
    match owner {
        Some(owner) => query
            .filter(callbacks::owner_id.eq(owner).or(callbacks::owner_id.is_null()))
            .select(columns!())
            .load(db),
        None => query.select(columns!()).load(db),
    }
}

/// Those of `ids` that are over by now.
pub fn over_of(db: &mut Db, ids: &[CallbackId]) -> QueryResult<Vec<Callback>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let over = callbacks::id.eq_any(ids.to_vec()).and(callbacks::state.ne(CallbackState::Waiting));
    joined!().filter(over).select(columns!()).load(db)
}

/// Promises whose time has come and that this operator may keep, oldest first.
pub fn due_for(db: &mut Db, owner: AccountId, now: NaiveDateTime, limit: i64) -> QueryResult<Vec<Callback>> {
    joined!()
        .filter(waits())
        .filter(callbacks::due_at.le(now))
        .filter(callbacks::owner_id.eq(owner).or(callbacks::owner_id.is_null()))
        .order((callbacks::due_at, callbacks::id))
        .limit(limit)
        .select(columns!())
        .load(db)
}

/// Promises that were kept or cancelled since a moment, newest first.
pub fn closed_since(db: &mut Db, since: NaiveDateTime, limit: i64) -> QueryResult<Vec<Callback>> {
    joined!()
        .filter(sql::<Bool>("callbacks.state <> 'waiting'"))
        .filter(callbacks::closed_at.ge(since))
        .order((callbacks::closed_at.desc(), callbacks::id.desc()))
        .limit(limit)
        .select(columns!())
        .load(db)
}

/// One promise.
pub fn by_id(db: &mut Db, id: CallbackId) -> QueryResult<Option<Callback>> {
    joined!().filter(callbacks::id.eq(id)).select(columns!()).first(db).optional()
}

/// The promises that wait, by number.
pub fn of_numbers(db: &mut Db, numbers: &[String]) -> QueryResult<HashMap<String, Callback>> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Callback> = joined!()
        .filter(waits())
        .filter(callbacks::number.eq_any(numbers.to_vec()))
        .select(columns!())
        .load(db)?;
    Ok(rows.into_iter().map(|row| (row.number.clone(), row)).collect())
}

/// How many promises wait, and of how many the time has come.
pub fn counts(db: &mut Db, now: NaiveDateTime) -> QueryResult<(i64, i64)> {
    let all = callbacks::table.filter(waits()).count().get_result(db)?;
    Ok((all, due_count(db, None, now)?))
}

/// How many promises wait that are `owner`'s or nobody's and whose time has come.
pub fn due_count(db: &mut Db, owner: Option<AccountId>, now: NaiveDateTime) -> QueryResult<i64> {
    let due = callbacks::table.filter(waits()).filter(callbacks::due_at.le(now));
    match owner {
        Some(id) => {
            due.filter(callbacks::owner_id.eq(id).or(callbacks::owner_id.is_null())).count().get_result(db)
        }
        None => due.count().get_result(db),
    }
}

/// True when the time of some promise has come.
pub fn is_anything_due(db: &mut Db, now: NaiveDateTime) -> QueryResult<bool> {
    diesel::select(exists(callbacks::table.filter(waits()).filter(callbacks::due_at.le(now)))).get_result(db)
}

/// How often each number was called in vain since it was promised to.
pub fn attempts(db: &mut Db, of: &[Callback]) -> QueryResult<HashMap<CallbackId, i64>> {
    let Some(oldest) = of.iter().map(|callback| callback.created_at).min() else {
        return Ok(HashMap::new());
    };
    let numbers: Vec<String> = of.iter().map(|callback| callback.number.clone()).collect();
    let rows: Vec<(String, NaiveDateTime)> = calls::table
        .filter(calls::group_key.eq_any(numbers))
        .filter(calls::started_at.gt(oldest))
        .filter(calls::direction.eq(Direction::Outbound))
        .filter(calls::answered_at.is_null())
        .filter(calls::ended_at.is_not_null())
        .select((calls::group_key, calls::started_at))
        .load(db)?;
    let in_vain = |callback: &Callback| {
        rows.iter().filter(|(key, at)| *key == callback.number && *at > callback.created_at).count()
    };
    Ok(of.iter().map(|callback| (callback.id, in_vain(callback) as i64)).collect())
}

/// The operators who work here, to whom a promise can be given.
pub fn operators(db: &mut Db) -> QueryResult<Vec<(AccountId, String)>> {
    let mut rows: Vec<(AccountId, String)> = accounts::table
        .filter(accounts::role.eq(Role::Operator))
        .filter(accounts::status.eq(AccountStatus::Active))
        .select((accounts::id, accounts::name))
        .load(db)?;
    rows.sort_by_cached_key(|(_, name)| search_words::sort_key(name));
    Ok(rows)
}

/// The number and the city of a call.
pub fn number_of_call(db: &mut Db, call_id: CallId) -> QueryResult<Option<(Option<String>, Option<String>)>> {
    calls::table.find(call_id).select((calls::phone_client, calls::city)).first(db).optional()
}

/// The city a number called last.
pub fn city_of_number(db: &mut Db, number: &str) -> QueryResult<Option<String>> {
    let city: Option<Option<String>> = calls::table
        .filter(calls::group_key.eq(number.to_owned()))
        .order((calls::started_at.desc(), calls::id.desc()))
        .select(calls::city)
        .first(db)
        .optional()?;
    Ok(city.flatten())
}
