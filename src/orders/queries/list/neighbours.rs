//! The orders before and after one in a list, whatever filters and order the list has: by the keys of the sort,
//! from the same indexes as the list itself. An order that left the list meanwhile still has its neighbours.

use chrono::{NaiveDate, NaiveTime};

use super::*;
use crate::domain::id::OrderId;
use crate::orders::queries::condition::{self, Number, Value};
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
    after: bool,
) -> QueryResult<Option<OrderId>> {
    let mut conditions = super::conditions(db, filter, business_zone);
    let (columns, values) = keys(filter.sort.column, order);
    // All columns of a sort run the same way, so a row comparison is the place in the list.
    let grows = after != filter.sort.descending;
    let bound: Vec<String> = values.into_iter().map(|value| conditions.bind(value)).collect();
    let sign = if grows { ">" } else { "<" };
    conditions.parts.push(format!("({}) {sign} ({})", columns.join(", "), bound.join(", ")));
    let way = if grows { "ASC" } else { "DESC" };
    let order_by: Vec<String> = columns.iter().map(|column| format!("{column} {way}")).collect();
    let sql =
        format!("SELECT id AS n FROM orders{} ORDER BY {} LIMIT 1", conditions.sql(), order_by.join(", "));
    Ok(conditions.bound(sql).get_result::<Number>(db).optional()?.map(|row| OrderId(row.n)))
}

/// The columns by which a list is sorted, and what they are of `order`.
fn keys(column: Column, order: &Order) -> (Vec<&'static str>, Vec<Value>) {
    let id = Value::Number(order.id.0);
    match column {
        Column::Usual => (
            vec!["list_rank", "list_time", "id"],
            vec![Value::Minute(order.list_rank), Value::Number(order.list_time), id],
        ),
        Column::Id => (vec!["id"], vec![id]),
        Column::Meeting => (vec!["date_meeting", "id"], vec![Value::Moment(order.date_meeting), id]),
        Column::Created => (vec!["create_date", "id"], vec![Value::Moment(order.create_date), id]),
        Column::Closed => {
            // Where open orders stand, as CLOSED says it.
            let open = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
            (vec![condition::CLOSED, "id"], vec![Value::Moment(order.closing_data.unwrap_or(open)), id])
        }
    }
}
