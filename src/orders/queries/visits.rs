//! Who works where on a day: the visits of masters, from the orders.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::orders;
use crate::orders::{StatusOrder, TypeEquipment};

/// A visit a master has promised.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Visit {
    /// The order.
    pub order_id: i64,
    /// Who goes.
    pub master_id: Option<i64>,
    /// Minutes since midnight in the client's city.
    pub minute: i32,
    /// The client's city.
    pub city: String,
    /// What is repaired.
    pub type_equipment: TypeEquipment,
}

/// Visits of all masters on `day` (`2026-11-23`, on the clients' calendars) that are still to be done, by time.
pub fn of_day(db: &mut Db, day: &str) -> QueryResult<Vec<Visit>> {
    orders::table
        .filter(orders::meeting_day.eq(day.to_owned()))
        .filter(orders::status_order.eq_any(StatusOrder::open()))
        .filter(orders::master_id.is_not_null())
        .order((orders::meeting_minute, orders::id))
        .select((orders::id, orders::master_id, orders::meeting_minute, orders::city, orders::type_equipment))
        .load(db)
}
