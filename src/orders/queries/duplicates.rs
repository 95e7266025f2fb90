//! Orders a new one may repeat.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::list::{self, OrderRow};
use crate::domain::address::key;
use crate::domain::id::{CallId, OrderId};
use crate::domain::order::StatusOrder;
use crate::platform::db::Db;
use crate::platform::db::schema::{addresses, client_phones, order_addresses, order_calls, orders};

/// Looked at of each kind, newest first.
const LOOKED_AT: i64 = 10;

/// What a new order says of its client.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewOrderFacts<'a> {
    /// Canonical digits, or empty.
    pub phone: &'a str,
    /// Name of the city.
    pub city: &'a str,
    /// As typed.
    pub address: &'a str,
    /// Avito chat, or empty.
    pub chat: &'a str,
}

/// An order that looks like the new one, and why.
#[derive(Clone, Debug)]
pub struct Similar {
    /// The order.
    pub order: OrderRow,
    /// The client has the same number.
    pub by_phone: bool,
    /// It is at the same place.
    pub by_address: bool,
    /// It comes from the same chat.
    pub by_chat: bool,
}

/// Orders with the same client, place or chat that are still open or were made after `since`, newest first.
pub fn similar(db: &mut Db, asked: &NewOrderFacts<'_>, since: NaiveDateTime) -> QueryResult<Vec<Similar>> {
    let open: Vec<StatusOrder> = StatusOrder::ALL.iter().copied().filter(|s| s.is_open()).collect();
    let recent = || orders::create_date.ge(since).or(orders::status_order.eq_any(open.clone()));
    let newest = (orders::create_date.desc(), orders::id.desc());
    let by_phone: Vec<OrderId> = match asked.phone {
        "" => Vec::new(),
        phone => orders::table
            .inner_join(client_phones::table.on(client_phones::client_id.eq(orders::client_id)))
            .filter(client_phones::number.eq(phone.to_owned()))
            .filter(recent())
            .order(newest)
            .limit(LOOKED_AT)
            .select(orders::id)
            .load(db)?,
    };
    let folded = key(asked.address);
    let by_address: Vec<OrderId> = if folded.is_empty() || asked.city.is_empty() {
        Vec::new()
    } else {
        addresses::table
            .inner_join(order_addresses::table.inner_join(orders::table))
            .filter(addresses::city.eq(asked.city.to_owned()))
            .filter(addresses::folded.eq(folded.clone()))
            .filter(recent())
            .order(newest)
            .limit(LOOKED_AT)
            .select(orders::id)
            .load(db)?
    };
    let by_chat: Vec<OrderId> = match asked.chat {
        "" => Vec::new(),
        chat => orders::table
            .filter(orders::avito_chatid.eq(chat.to_owned()))
            .filter(recent())
            .order(newest)
            .limit(LOOKED_AT)
            .select(orders::id)
            .load(db)?,
    };
    let mut ids: Vec<OrderId> = by_phone.iter().chain(&by_address).chain(&by_chat).copied().collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    let rows = list::rows(db, &ids)?;
    Ok(rows
        .into_iter()
        .map(|order| Similar {
            by_phone: by_phone.contains(&order.id),
            // Found by any of them, the address is compared all the same.
            by_address: order.city == asked.city && !folded.is_empty() && key(&order.address) == folded,
            by_chat: by_chat.contains(&order.id),
            order,
        })
        .filter(|similar| similar.by_phone || similar.by_address || similar.by_chat)
        .collect())
}

/// Links calls with an order that is there already; those that are linked stay.
pub fn link_calls(db: &mut Db, order_id: OrderId, call_ids: &[CallId]) -> QueryResult<()> {
    let rows: Vec<_> = call_ids
        .iter()
        .map(|call| (order_calls::order_id.eq(order_id), order_calls::call_id.eq(*call)))
        .collect();
    if !rows.is_empty() {
        crate::insert_new_many!(
            db,
            order_calls::table,
            &rows,
            (order_calls::order_id, order_calls::call_id)
        )?;
    }
    Ok(())
}

/// True when there is an order with this id.
pub fn exists(db: &mut Db, id: OrderId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(orders::table.find(id))).get_result(db)
}
