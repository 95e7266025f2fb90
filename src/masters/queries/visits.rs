//! Who goes where on which day. A visit takes a master's time while its order is open or when it was «Готово»;
//! what ended as «Отказ» or «Незаказ» leaves him free. Answered by the index `orders_visits` alone.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::id::{MasterId, OrderId};
use crate::domain::order::StatusOrder;
use crate::platform::db::Db;
use crate::platform::db::schema::orders;
use crate::platform::db::stored::Day;

/// Statuses of orders that take a master's time.
fn statuses() -> Vec<StatusOrder> {
    StatusOrder::ALL.iter().copied().filter(|s| s.is_open() || *s == StatusOrder::Done).collect()
}

/// Every visit from `from` to `to` that has a master: the master, the day and the minute since midnight, both of the
/// client's city, sorted by time. The order `besides` is left out.
pub fn between(
    db: &mut Db,
    (from, to): (NaiveDate, NaiveDate),
    besides: Option<OrderId>,
) -> QueryResult<Vec<(MasterId, NaiveDate, i32)>> {
    let rows: Vec<(Option<MasterId>, Day, i32)> = orders::table
        .filter(orders::meeting_day.between(from.to_string(), to.to_string()))
        .filter(orders::master_id.is_not_null())
        .filter(orders::status_order.eq_any(statuses()))
        // No order has the id 0.
        .filter(orders::id.ne(besides.unwrap_or(OrderId(0))))
        .order((orders::meeting_day, orders::meeting_minute))
        .select((orders::master_id, orders::meeting_day, orders::meeting_minute))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, day, minute)| Some((id?, day.into(), minute))).collect())
}

/// The days of the open visits of one master from `since` on.
pub fn open_days_of(db: &mut Db, master: MasterId, since: NaiveDate) -> QueryResult<Vec<NaiveDate>> {
    let days: Vec<Day> = orders::table
        .filter(orders::master_id.eq(master))
        .filter(orders::list_rank.le(StatusOrder::Modern.rank()))
        .filter(orders::meeting_day.ge(since.to_string()))
        .select(orders::meeting_day)
        .load(db)?;
    Ok(days.into_iter().map(NaiveDate::from).collect())
}

/// Who has an order.
pub fn master_of(db: &mut Db, order: OrderId) -> QueryResult<Option<MasterId>> {
    let found: Option<Option<MasterId>> =
        orders::table.find(order).select(orders::master_id).first(db).optional()?;
    Ok(found.flatten())
}
