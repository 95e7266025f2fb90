//! One order with everything that is shown of it.

use std::cmp::Reverse;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::calls::queries::facts::{Call, select_calls};
use crate::domain::call::Direction;
use crate::domain::id::{CallId, ClientId, MasterId, OrderId};
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, calls, clients, master, order_calls, orders, phones};
use crate::platform::db::stored::Day;
use crate::recordings::view::RecordingView;

/// An order in full.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "the columns of orders, described in their migration")]
pub struct Order {
    pub id: OrderId,
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub avito_chatid: Option<String>,
    pub phone: String,
    pub client_id: ClientId,
    pub type_order: TypeOrder,
    pub client_name: String,
    pub address: String,
    pub date_meeting: NaiveDateTime,
    #[diesel(deserialize_as = Day)]
    pub meeting_day: NaiveDate,
    pub meeting_minute: i32,
    pub type_equipment: TypeEquipment,
    pub problem: String,
    pub status_order: StatusOrder,
    pub refusal_reason: Option<String>,
    pub result: Option<i64>,
    pub expenditure: Option<i64>,
    pub clean: Option<i64>,
    pub comment: String,
    pub create_date: NaiveDateTime,
    pub closing_data: Option<NaiveDateTime>,
    pub version: i64,
    pub list_rank: i32,
    pub list_time: i64,
    pub parent_order_id: Option<OrderId>,
    pub master_id: Option<MasterId>,
    pub master: Option<String>,
    pub operator: String,
    /// What to beware of with the client, or empty.
    pub client_warning: String,
}

/// The order `id`.
pub fn order(db: &mut Db, id: OrderId) -> QueryResult<Option<Order>> {
    orders::table
        .left_join(master::table)
        .inner_join(accounts::table)
        .inner_join(clients::table)
        .filter(orders::id.eq(id))
        .select((
            orders::id,
            orders::rk,
            orders::city,
            orders::avito_name,
            orders::avito_chatid,
            orders::phone,
            orders::client_id,
            orders::type_order,
            orders::client_name,
            orders::address,
            orders::date_meeting,
            orders::meeting_day,
            orders::meeting_minute,
            orders::type_equipment,
            orders::problem,
            orders::status_order,
            orders::refusal_reason,
            orders::result,
            orders::expenditure,
            orders::clean,
            orders::comment,
            orders::create_date,
            orders::closing_data,
            orders::version,
            orders::list_rank,
            orders::list_time,
            orders::parent_order_id,
            orders::master_id,
            master::name.nullable(),
            accounts::name,
            clients::warning,
        ))
        .first(db)
        .optional()
}

/// A call as orders and the form of a new one show it.
pub struct LinkedCall {
    /// The call.
    pub call: Call,
    /// Its recordings, oldest first.
    pub recordings: Vec<RecordingView>,
}

/// The calls that led to the order, newest first.
pub fn calls_of(db: &mut Db, order_id: OrderId) -> QueryResult<Vec<LinkedCall>> {
    let of_order = order_calls::table.filter(order_calls::order_id.eq(order_id)).select(order_calls::call_id);
    let found = select_calls!(calls::id.eq_any(of_order)).load(db)?;
    with_recordings(db, found)
}

/// The latest calls of a client, newest first.
pub fn calls_of_client(db: &mut Db, client_id: ClientId, limit: i64) -> QueryResult<Vec<LinkedCall>> {
    let ids: Vec<CallId> = calls::table
        .filter(calls::client_id.eq(client_id))
        .order((calls::started_at.desc(), calls::id.desc()))
        .limit(limit)
        .select(calls::id)
        .load(db)?;
    let found = select_calls!(calls::id.eq_any(ids)).load(db)?;
    with_recordings(db, found)
}

fn with_recordings(db: &mut Db, mut found: Vec<Call>) -> QueryResult<Vec<LinkedCall>> {
    found.sort_by_key(|call| Reverse((call.started_at, call.id)));
    let ids: Vec<CallId> = found.iter().map(|call| call.id).collect();
    let mut recorded = RecordingView::of_calls(db, &ids)?;
    let linked = found.into_iter().map(|call| {
        let recordings = recorded.remove(&call.id).unwrap_or_default();
        LinkedCall { call, recordings }
    });
    Ok(linked.collect())
}

/// The version of the order `id`; `None` when there is no such order.
pub fn version(db: &mut Db, id: OrderId) -> QueryResult<Option<i64>> {
    orders::table.find(id).select(orders::version).first(db).optional()
}
