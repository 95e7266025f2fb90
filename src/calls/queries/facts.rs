//! Everything a row of the list says, for many calls at once.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::call::{CallState, CallStatus, Direction, Present};
use crate::domain::id::{CallId, ClientId, OrderId};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, calls, clients, order_calls, phones};
use crate::platform::db::stored::Json;

/// A call with the names it refers to.
#[derive(Clone, Debug, Queryable)]
pub struct Call {
    /// The call.
    pub id: CallId,
    /// Who called whom.
    pub direction: Direction,
    /// What happens now.
    pub state: CallState,
    /// The result; `None` while the call lives.
    pub status: Option<CallStatus>,
    /// Campaign.
    pub rk: Option<String>,
    /// City of the line.
    pub city: Option<String>,
    /// Avito account of the line.
    pub avito_name: Option<String>,
    /// Canonical digits; `None` when hidden.
    pub phone_client: Option<String>,
    /// Our line.
    pub phone_ats: Option<String>,
    /// The client; `None` when the number is hidden.
    pub client_id: Option<ClientId>,
    /// Joins calls of one client.
    pub group_key: String,
    /// Extension of who talked first.
    pub operator_extension: Option<String>,
    /// Beginning, UTC.
    pub started_at: NaiveDateTime,
    /// First conversation, UTC.
    pub answered_at: Option<NaiveDateTime>,
    /// End, UTC.
    pub ended_at: Option<NaiveDateTime>,
    /// Length of the conversation.
    pub talk_seconds: i64,
    /// Who rings or talks right now.
    present: Json<Vec<Present>>,
    /// Name of the client, empty when it is not known.
    pub client_name: Option<String>,
    /// Name of who talked first.
    pub operator_name: Option<String>,
    /// What the admin calls the line; empty for nothing.
    pub line_name: Option<String>,
}

impl Call {
    /// Who rings or talks right now.
    ///
    /// # Errors
    /// The row does not say it readably.
    pub fn present(&self) -> QueryResult<Vec<Present>> {
        self.present.read("calls.present", self.id)
    }
}

/// Selects [`Call`]s: the same columns for the list, the card and the pages.
macro_rules! select_calls {
    ($condition:expr) => {
        calls::table
            .left_join(clients::table)
            .left_join(accounts::table.on(calls::operator_id.eq(accounts::id.nullable())))
            .left_join(phones::table.on(calls::phone_ats.eq(phones::number.nullable())))
            .filter(calls::direction.ne(Direction::Internal))
            .filter($condition)
            .select((
                calls::id,
                calls::direction,
                calls::state,
                calls::status,
                calls::rk,
                calls::city,
                calls::avito_name,
                calls::phone_client,
                calls::phone_ats,
                calls::client_id,
                calls::group_key,
                calls::operator_extension,
                calls::started_at,
                calls::answered_at,
                calls::ended_at,
                calls::talk_seconds,
                calls::present,
                clients::name.nullable(),
                accounts::name.nullable(),
                phones::name.nullable(),
            ))
    };
}
pub(crate) use select_calls;

/// Calls by their ids, internal ones left out.
pub fn calls(db: &mut Db, ids: &[CallId]) -> QueryResult<HashMap<CallId, Call>> {
    let rows: Vec<Call> = select_calls!(calls::id.eq_any(ids.to_vec())).load(db)?;
    Ok(rows.into_iter().map(|call| (call.id, call)).collect())
}

/// Answered calls between two moments (UTC), newest first: of a number, or of everybody when it is not known.
pub fn answered_near(
    db: &mut Db,
    number: Option<&str>,
    from: NaiveDateTime,
    until: NaiveDateTime,
    limit: usize,
) -> QueryResult<Vec<CallId>> {
    let near = calls::table
        .filter(calls::started_at.between(from, until))
        .filter(calls::answered_at.is_not_null())
        .filter(calls::direction.ne(Direction::Internal))
        .order((calls::started_at.desc(), calls::id.desc()))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(calls::id)
        .into_boxed();
    match number {
        Some(number) => near.filter(calls::group_key.eq(number.to_owned())).load(db),
        None => near.load(db),
    }
}

/// One call; `None` when there is none or it is an internal one.
pub fn call(db: &mut Db, id: CallId) -> QueryResult<Option<Call>> {
    select_calls!(calls::id.eq(id)).first(db).optional()
}

/// Orders made from the calls, oldest first.
pub fn orders_of(db: &mut Db, ids: &[CallId]) -> QueryResult<HashMap<CallId, Vec<OrderId>>> {
    let rows: Vec<(CallId, OrderId)> = order_calls::table
        .filter(order_calls::call_id.eq_any(ids.to_vec()))
        .order(order_calls::order_id)
        .select((order_calls::call_id, order_calls::order_id))
        .load(db)?;
    let mut orders: HashMap<CallId, Vec<OrderId>> = HashMap::new();
    for (call, order) in rows {
        orders.entry(call).or_default().push(order);
    }
    Ok(orders)
}
