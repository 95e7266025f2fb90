//! What goes with making an order: giving back the key of a form that was refused, lines of history, own holds.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::write::By;
use crate::domain::id::{AccountId, HoldId, OrderId};
use crate::domain::order::TypeEquipment;
use crate::orders::edit::field::{Happening, HistoryField};
use crate::platform::db::Db;
use crate::platform::db::schema::{order_history, order_requests, orders, slot_holds};
use crate::slots::{Slot, start_of};

/// Gives the claimed key of a form back that did not become an order, so that its next sending claims it anew.
pub fn unclaim_request(db: &mut Db, key: &str) -> QueryResult<()> {
    diesel::delete(order_requests::table.find(key.to_owned()))
        .filter(order_requests::order_id.is_null())
        .execute(db)?;
    Ok(())
}

/// One more line in the history of an order.
pub fn note(db: &mut Db, order_id: OrderId, by: By, what: Happening, new: &str) -> QueryResult<()> {
    diesel::insert_into(order_history::table)
        .values((
            order_history::order_id.eq(order_id),
            order_history::account_id.eq(by.account_id),
            order_history::at.eq(by.at),
            order_history::field.eq(HistoryField::Happening(what)),
            order_history::new_value.eq(new),
        ))
        .execute(db)?;
    Ok(())
}

/// A person's own live hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnHold {
    /// To book, prolong or release with.
    pub id: HoldId,
    /// UTC moment at which it ends by itself.
    pub until: NaiveDateTime,
}

/// The live hold of `by` on `slot`.
pub fn own_hold(db: &mut Db, slot: &Slot, by: AccountId, now: NaiveDateTime) -> QueryResult<Option<OwnHold>> {
    let found: Option<(HoldId, NaiveDateTime)> = slot_holds::table
        .filter(slot_holds::day.eq(slot.day.to_string()))
        .filter(slot_holds::city.eq(&slot.city))
        .filter(slot_holds::minute.eq(start_of(slot.minute)))
        .filter(slot_holds::type_equipment.eq(slot.type_equipment))
        .filter(slot_holds::account_id.eq(by))
        .filter(slot_holds::expires_at.gt(now))
        .select((slot_holds::id, slot_holds::expires_at))
        .first(db)
        .optional()?;
    Ok(found.map(|(id, until)| OwnHold { id, until }))
}

/// An order a warranty order may make good, as far as it fills the form.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "the columns of orders, described in their migration")]
pub struct Parent {
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub phone: String,
    pub client_name: String,
    pub address: String,
    pub type_equipment: TypeEquipment,
}

/// The order `id`.
pub fn parent(db: &mut Db, id: OrderId) -> QueryResult<Option<Parent>> {
    orders::table
        .find(id)
        .select((
            orders::rk,
            orders::city,
            orders::avito_name,
            orders::phone,
            orders::client_name,
            orders::address,
            orders::type_equipment,
        ))
        .first(db)
        .optional()
}
