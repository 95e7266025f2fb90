//! Joining an order with a chat.

use diesel::prelude::*;

use super::booking::note;
use super::write::By;
use crate::domain::id::{ClientId, OrderId};
use crate::orders::edit::field::Happening;
use crate::platform::db::Tx;
use crate::platform::db::schema::orders;

/// The order belongs to the chat `key` unless it has one already; the client of the order, `None` when there is no such
/// order.
pub fn join(tx: &mut Tx, id: OrderId, key: &str, by: By) -> QueryResult<Option<ClientId>> {
    let client: Option<ClientId> =
        orders::table.find(id).select(orders::client_id).first(tx.db).optional()?;
    let free = orders::table.find(id).filter(orders::avito_chatid.is_null());
    if client.is_some() && diesel::update(free).set(orders::avito_chatid.eq(key)).execute(tx.db)? == 1 {
        note(tx.db, id, by, Happening::Chat, key)?;
    }
    Ok(client)
}
