//! What is known of a client before a new order: earlier orders, and the call it comes from.

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::list::{self, OrderRow};
use crate::domain::id::{CallId, ClientId, OrderId};
use crate::platform::db::Db;
use crate::platform::db::schema::{calls, clients, order_calls, orders};

/// Calls of one client that lie no further apart than this led to the same order.
const CALLS_BELONG_FOR_HOURS: i64 = 24;

/// A client's newest orders and how many there are in all, leaving out `except` (0 for none).
pub fn past_orders(
    db: &mut Db,
    client_id: ClientId,
    except: Option<OrderId>,
    limit: i64,
) -> QueryResult<(Vec<OrderRow>, i64)> {
    let newest: Vec<(OrderId, i64)> = orders::table
        .filter(orders::client_id.eq(client_id))
        .filter(orders::id.ne(except.unwrap_or(OrderId(0))))
        .order((orders::create_date.desc(), orders::id.desc()))
        .limit(limit)
        // Of all of them, whatever the limit.
        .select((orders::id, sql::<BigInt>("COUNT(*) OVER ()")))
        .load(db)?;
    let count = newest.first().map_or(0, |(_, count)| *count);
    let ids: Vec<OrderId> = newest.into_iter().map(|(id, _)| id).collect();
    Ok((list::rows(db, &ids)?, count))
}

/// A client's name, empty when it is not known.
pub fn name(db: &mut Db, client_id: ClientId) -> QueryResult<String> {
    clients::table.find(client_id).select(clients::name).first(db)
}

/// What a call gives to the form of a new order.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "the columns of calls, described in their migration")]
pub struct FromCall {
    pub id: CallId,
    pub rk: Option<String>,
    pub city: Option<String>,
    pub avito_name: Option<String>,
    pub phone_client: Option<String>,
    pub client_id: Option<ClientId>,
}

/// The call `id`.
pub fn call(db: &mut Db, id: CallId) -> QueryResult<Option<FromCall>> {
    calls::table
        .find(id)
        .select((calls::id, calls::rk, calls::city, calls::avito_name, calls::phone_client, calls::client_id))
        .first(db)
        .optional()
}

/// The calls that led to a form opened from the call `id`; none without a call, or when there is no such call.
pub fn calls_of_form(db: &mut Db, id: Option<CallId>, now: NaiveDateTime) -> QueryResult<Vec<CallId>> {
    let Some(id) = id else { return Ok(Vec::new()) };
    call(db, id)?.map_or(Ok(Vec::new()), |call| calls_to_link(db, &call, now))
}

/// The calls a new order is linked with: `call` itself, and the client's other calls of the last day that have
/// not led to an order yet.
fn calls_to_link(db: &mut Db, call: &FromCall, now: NaiveDateTime) -> QueryResult<Vec<CallId>> {
    let mut ids = vec![call.id];
    if let Some(client_id) = call.client_id {
        let linked = order_calls::table.select(order_calls::call_id);
        let others: Vec<CallId> = calls::table
            .filter(calls::client_id.eq(client_id))
            .filter(calls::started_at.ge(now - Duration::hours(CALLS_BELONG_FOR_HOURS)))
            .filter(calls::id.ne(call.id))
            .filter(calls::id.ne_all(linked))
            .order(calls::id)
            .select(calls::id)
            .load(db)?;
        ids.extend(others);
    }
    Ok(ids)
}
