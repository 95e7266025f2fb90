//! The orders before and after one in a list, whatever filters and order the list has: by the keys of the sort,
//! from the same indexes as the list itself. An order that left the list meanwhile still has its neighbours.

use super::*;
use crate::domain::id::OrderId;
use crate::orders::list::sort::{RowKey, RowTimes};
use crate::orders::queries::condition::{NOT_CLOSED, Number};
use crate::orders::queries::one::Order;

/// The orders around one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one above it in the list.
    pub previous: Option<OrderId>,
    /// The one below it.
    pub next: Option<OrderId>,
}

/// The neighbours of `order` in the list of `filter`.
pub fn neighbours(
    db: &mut Db,
    filter: &OrderFilter,
    order: &Order,
    business_zone: Tz,
) -> QueryResult<Neighbours> {
    Ok(Neighbours {
        previous: neighbour(db, filter, order, business_zone, false)?,
        next: neighbour(db, filter, order, business_zone, true)?,
    })
}

fn neighbour(
    db: &mut Db,
    filter: &OrderFilter,
    order: &Order,
    business_zone: Tz,
    is_behind: bool,
) -> QueryResult<Option<OrderId>> {
    let mut conditions = super::conditions(db, filter, business_zone);
    let times = RowTimes {
        usual: (order.list_rank, order.list_time),
        meeting: order.date_meeting,
        created: order.create_date,
        closed: order.closing_data.unwrap_or(NOT_CLOSED),
    };
    let key = RowKey::of(filter.sort.column, order.id, times);
    let nearest = conditions.beyond(filter.sort, key, is_behind);
    let sql = format!("SELECT id AS n FROM orders{} ORDER BY {nearest} LIMIT 1", conditions.sql());
    Ok(conditions.bound(sql).get_result::<Number>(db).optional()?.map(|row| OrderId(row.n)))
}
