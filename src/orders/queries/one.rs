//! One order with everything that is shown of it.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::domain::call::{CallStatus, Direction};
use crate::domain::id::{CallId, ClientId, MasterId, OrderId};
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, calls, clients, master, order_calls, orders};
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
#[derive(Clone, Debug, Queryable)]
pub struct LinkedCall {
    /// The call.
    pub id: CallId,
    /// Who called whom.
    pub direction: Direction,
    /// What became of it; `None` while it lives.
    pub status: Option<CallStatus>,
    /// UTC.
    pub started_at: NaiveDateTime,
    /// Of the conversation.
    pub talk_seconds: i64,
    /// Who talked, or was rung last.
    pub operator: Option<String>,
    /// Its recordings, oldest first.
    pub recordings: Vec<RecordingView>,
}

/// Selects the calls of a condition, newest first, without their recordings.
macro_rules! select_calls {
    ($db:expr, $condition:expr) => {
        calls::table
            .left_join(accounts::table.on(accounts::id.nullable().eq(calls::last_operator_id)))
            .filter($condition)
            .order((calls::started_at.desc(), calls::id.desc()))
            .select((
                calls::id,
                calls::direction,
                calls::status,
                calls::started_at,
                calls::talk_seconds,
                accounts::name.nullable(),
            ))
            .load::<CallRow>($db)?
    };
}

type CallRow = (CallId, Direction, Option<CallStatus>, NaiveDateTime, i64, Option<String>);

/// The calls that led to the order, newest first.
pub fn calls_of(db: &mut Db, order_id: OrderId) -> QueryResult<Vec<LinkedCall>> {
    let of_order = order_calls::table.filter(order_calls::order_id.eq(order_id)).select(order_calls::call_id);
    let rows = select_calls!(db, calls::id.eq_any(of_order));
    with_recordings(db, rows)
}

/// The latest calls of a client, newest first.
pub fn calls_of_client(db: &mut Db, client_id: ClientId, limit: i64) -> QueryResult<Vec<LinkedCall>> {
    let ids: Vec<CallId> = calls::table
        .filter(calls::client_id.eq(client_id))
        .order((calls::started_at.desc(), calls::id.desc()))
        .limit(limit)
        .select(calls::id)
        .load(db)?;
    let rows = select_calls!(db, calls::id.eq_any(ids));
    with_recordings(db, rows)
}

fn with_recordings(db: &mut Db, rows: Vec<CallRow>) -> QueryResult<Vec<LinkedCall>> {
    let ids: Vec<CallId> = rows.iter().map(|row| row.0).collect();
    let mut recorded = RecordingView::of_calls(db, &ids)?;
    let linked = rows.into_iter().map(|(id, direction, status, started_at, talk_seconds, operator)| {
        let recordings = recorded.remove(&id).unwrap_or_default();
        LinkedCall { id, direction, status, started_at, talk_seconds, operator, recordings }
    });
    Ok(linked.collect())
}

/// The version of the order `id`; `None` when there is no such order.
pub fn version(db: &mut Db, id: OrderId) -> QueryResult<Option<i64>> {
    orders::table.find(id).select(orders::version).first(db).optional()
}
