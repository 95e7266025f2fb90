//! Orders and clients of chats.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Chat;
use crate::domain::id::{AccountId, ChatId, ClientId, OrderId};
use crate::platform::db::schema::{chat_log, chat_orders, chat_phones, chats};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// Orders of a chat, newest first.
pub fn orders_of(db: &mut Db, chat: ChatId) -> QueryResult<Vec<OrderId>> {
    chat_orders::table
        .filter(chat_orders::chat_id.eq(chat))
        .order(chat_orders::order_id.desc())
        .select(chat_orders::order_id)
        .load(db)
}

/// The chats of an order, newest first.
pub fn chats_of(db: &mut Db, order: OrderId) -> QueryResult<Vec<ChatId>> {
    chat_orders::table
        .filter(chat_orders::order_id.eq(order))
        .order(chat_orders::chat_id.desc())
        .select(chat_orders::chat_id)
        .load(db)
}

/// Those of `chats` that have an order.
pub fn with_orders(db: &mut Db, chats: &[ChatId]) -> QueryResult<HashSet<ChatId>> {
    let ids: Vec<ChatId> = chat_orders::table
        .filter(chat_orders::chat_id.eq_any(chats.to_vec()))
        .select(chat_orders::chat_id)
        .distinct()
        .load(db)?;
    Ok(ids.into_iter().collect())
}

/// An order belongs to a chat, and its client is the chat's when nobody was; `false` when it belonged to it before.
pub fn join(tx: &mut Tx, chat: ChatId, order: OrderId, client: Option<ClientId>) -> QueryResult<bool> {
    let row = (chat_orders::chat_id.eq(chat), chat_orders::order_id.eq(order));
    let key = (chat_orders::chat_id, chat_orders::order_id);
    let is_new = crate::insert_new!(&mut *tx.db, chat_orders::table, row, key)?;
    if let Some(client) = client {
        diesel::update(chats::table.find(chat).filter(chats::client_id.is_null()))
            .set(chats::client_id.eq(client))
            .execute(tx.db)?;
    }
    tx.announce(Event::Chat(chat));
    tx.announce(Event::Order(order));
    Ok(is_new)
}

/// An order was made that names the chat with Avito's id `key`.
pub fn made(
    tx: &mut Tx,
    key: &str,
    order: OrderId,
    client: ClientId,
    by: AccountId,
    at: NaiveDateTime,
) -> QueryResult<()> {
    let Some(chat) = super::by_key(tx.db, key)? else { return Ok(()) };
    if join(tx, chat, order, Some(client))? {
        log_order(tx.db, chat, order, by, at, "order")?;
    }
    Ok(())
}

/// Writes down that an order was made from the chat (`order`) or joined with it (`linked`).
pub fn log_order(
    db: &mut Db,
    chat: ChatId,
    order: OrderId,
    by: AccountId,
    at: NaiveDateTime,
    kind: &str,
) -> QueryResult<()> {
    diesel::insert_into(chat_log::table)
        .values((
            chat_log::chat_id.eq(chat),
            chat_log::account_id.eq(by),
            chat_log::at.eq(at),
            chat_log::kind.eq(kind),
            chat_log::order_id.eq(order),
        ))
        .execute(db)
        .map(|_| ())
}

/// Telephone numbers the client has written.
pub fn numbers(db: &mut Db, chat: ChatId) -> QueryResult<Vec<String>> {
    chat_phones::table
        .filter(chat_phones::chat_id.eq(chat))
        .order(chat_phones::number)
        .select(chat_phones::number)
        .load(db)
}

/// The newest chats in which one of `numbers` was written, or which are `client`'s.
pub fn chats_with(
    db: &mut Db,
    numbers: &[String],
    client: Option<ClientId>,
    limit: i64,
) -> QueryResult<Vec<Chat>> {
    let by_number = chat_phones::table
        .filter(chat_phones::number.eq_any(numbers.to_vec()))
        .select(chat_phones::chat_id)
        .limit(50)
        .load::<ChatId>(db)?;
    let mut found: HashMap<ChatId, Chat> = HashMap::new();
    let written: Vec<Chat> =
        chats::table.filter(chats::id.eq_any(by_number)).select(Chat::as_select()).load(db)?;
    let own = match client {
        Some(client) => super::of_client(db, client, limit)?,
        None => Vec::new(),
    };
    for chat in written.into_iter().chain(own) {
        found.insert(chat.id, chat);
    }
    let mut all: Vec<Chat> = found.into_values().collect();
    all.sort_by_key(|chat| std::cmp::Reverse((chat.list_time, chat.id)));
    all.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(all)
}
