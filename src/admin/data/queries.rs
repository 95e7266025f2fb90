//! SQL of what is removed, taken along and kept for so long.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::domain::id::{AccountId, CallId, ChatId, ClientId, MessageId, OrderId};
use crate::domain::order::StatusOrder;
use crate::domain::phone::pretty;
use crate::domain::recording::RecordingState;
use crate::platform::db::schema::{
    addresses, calls, chats, client_phones, clients, files, mango, message_search, messages, order_addresses,
    orders, recordings,
};
use crate::platform::db::{Db, Tx};

/// What was touched.
pub struct Gone {
    /// Orders that have no client's data any more.
    pub orders: Vec<OrderId>,
    /// Calls without a number.
    pub calls: Vec<CallId>,
    /// Chats without words.
    pub chats: Vec<ChatId>,
}

/// Orders that somebody still has to go for.
pub fn open_orders(db: &mut Db, client: ClientId) -> QueryResult<i64> {
    let open: Vec<StatusOrder> = StatusOrder::ALL.iter().copied().filter(|s| s.is_open()).collect();
    orders::table
        .filter(orders::client_id.eq(client))
        .filter(orders::status_order.eq_any(open))
        .count()
        .get_result(db)
}

/// One after the other for the client `$1`.
const OF_CLIENT: &[&str] = &[
    "DELETE FROM mango WHERE entry_id IN (SELECT entry_id FROM calls WHERE client_id = $1)",
    "UPDATE recordings SET state = 'gone', error = 'удалена по просьбе клиента', client_number = NULL,
         original_name = '', next_try_at = NULL
     WHERE call_id IN (SELECT id FROM calls WHERE client_id = $1)",
    "UPDATE call_notes SET note = '' WHERE call_id IN (SELECT id FROM calls WHERE client_id = $1)",
    "UPDATE debts SET client_key = 'erased-' || id
     WHERE first_call_id IN (SELECT id FROM calls WHERE client_id = $1)",
    "UPDATE calls SET phone_client = NULL, phone_client_raw = NULL, legs = '[]', group_key = 'erased-' || id,
         version = version + 1
     WHERE client_id = $1",
    "DELETE FROM avito_inbox WHERE EXISTS (
         SELECT 1 FROM chats WHERE chats.client_id = $1 AND avito_inbox.body LIKE '%' || chats.chat_key || '%')",
    "DELETE FROM message_search WHERE message_id IN (
         SELECT messages.id FROM messages JOIN chats ON chats.id = messages.chat_id WHERE chats.client_id = $1)",
    "DELETE FROM chat_search WHERE chat_id IN (SELECT id FROM chats WHERE client_id = $1)",
    "DELETE FROM chat_phones WHERE chat_id IN (SELECT id FROM chats WHERE client_id = $1)",
    "UPDATE chat_log SET text = '' WHERE kind = 'note' AND chat_id IN (SELECT id FROM chats WHERE client_id = $1)",
    "UPDATE chats SET client_name = '' WHERE client_id = $1",
    "UPDATE order_history SET old_value = NULL, new_value = 'удалено'
     WHERE field IN ('phone', 'client_name', 'address', 'problem', 'comment')
         AND order_id IN (SELECT id FROM orders WHERE client_id = $1)",
    "DELETE FROM order_search WHERE order_id IN (SELECT id FROM orders WHERE client_id = $1)",
    "DELETE FROM drafts WHERE draft_key IN (SELECT 'order-' || id FROM orders WHERE client_id = $1)",
    "UPDATE orders SET phone = '', client_name = '', address = '', problem = '', comment = '',
         version = version + 1
     WHERE client_id = $1",
    "UPDATE client_merges SET kept_name = '', joined_name = '', kept_warning = '', joined_warning = ''
     WHERE kept_id = $1 OR merged_id = $1",
    "DELETE FROM client_search WHERE client_id = $1",
    "DELETE FROM client_phones WHERE client_id = $1",
    "UPDATE clients SET name = '', warning = '', warning_by = NULL, warning_at = NULL WHERE id = $1",
];

/// One after the other for canonical digits `$1`, and `$2` as they are shown.
const OF_NUMBER: &[&str] = &[
    "UPDATE dials SET number = '' WHERE number = $1 OR number = $2",
    "DELETE FROM drafts WHERE fields LIKE '%' || $1 || '%' OR fields LIKE '%' || $2 || '%'",
    "DELETE FROM notifications WHERE text LIKE '%' || $1 || '%' OR text LIKE '%' || $2 || '%'",
    "UPDATE mail_letters SET sender = '', subject = '', words = ''
     WHERE subject LIKE '%' || $1 || '%' OR words LIKE '%' || $1 || '%' OR words LIKE '%' || $2 || '%'",
];

/// Removes what is known of a client but the rows that count.
pub fn erase(
    tx: &mut Tx,
    client: ClientId,
    with_documents: bool,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<Gone> {
    let mut all: Vec<ClientId> =
        clients::table.filter(clients::merged_into.eq(client)).select(clients::id).load(tx.db)?;
    all.push(client);
    let numbers: Vec<String> = client_phones::table
        .filter(client_phones::client_id.eq_any(all.clone()))
        .select(client_phones::number)
        .load(tx.db)?;
    let gone = Gone {
        orders: orders::table.filter(orders::client_id.eq_any(all.clone())).select(orders::id).load(tx.db)?,
        calls: calls::table
            .filter(calls::client_id.eq_any(all.iter().copied().map(Some).collect::<Vec<_>>()))
            .select(calls::id)
            .load(tx.db)?,
        chats: chats::table
            .filter(chats::client_id.eq_any(all.iter().copied().map(Some).collect::<Vec<_>>()))
            .select(chats::id)
            .load(tx.db)?,
    };
    forget_addresses(tx.db, &gone.orders)?;
    diesel::update(messages::table.filter(messages::chat_id.eq_any(gone.chats.clone())))
        .set((
            messages::text.eq(""),
            messages::content.eq("{}"),
            messages::picture_hash.eq(None::<String>),
            messages::picture_type.eq(None::<String>),
            messages::deleted_at.eq(now),
        ))
        .execute(tx.db)?;
    if with_documents {
        // Another content than there ever was: the sweep of the storage takes the former one away.
        diesel::update(
            files::table
                .filter(files::order_id.eq_any(gone.orders.iter().copied().map(Some).collect::<Vec<_>>())),
        )
        .set((
            files::hash.eq("0".repeat(64)),
            files::thumb_hash.eq(None::<String>),
            files::original_name.eq("удалён"),
            files::deleted_at.eq(now),
            files::deleted_by.eq(by),
        ))
        .execute(tx.db)?;
    }
    for id in all {
        for statement in OF_CLIENT {
            sql_query(*statement).bind::<BigInt, _>(id.0).execute(tx.db)?;
        }
    }
    for number in numbers {
        for statement in OF_NUMBER {
            sql_query(*statement).bind::<Text, _>(&number).bind::<Text, _>(pretty(&number)).execute(tx.db)?;
        }
        sql_query(
            "UPDATE callbacks SET state = 'cancelled', closed_at = $1, reason = 'данные клиента удалены'
             WHERE state = 'waiting' AND number = $2",
        )
        .bind::<Timestamp, _>(now)
        .bind::<Text, _>(&number)
        .execute(tx.db)?;
        sql_query("UPDATE callbacks SET number = '', note = '' WHERE number = $1")
            .bind::<Text, _>(&number)
            .execute(tx.db)?;
    }
    Ok(gone)
}

/// Places where only these orders were.
fn forget_addresses(db: &mut Db, of: &[OrderId]) -> QueryResult<()> {
    let ids: Vec<i64> = order_addresses::table
        .filter(order_addresses::order_id.eq_any(of.to_vec()))
        .select(order_addresses::address_id)
        .load(db)?;
    diesel::delete(order_addresses::table.filter(order_addresses::order_id.eq_any(of.to_vec())))
        .execute(db)?;
    let used = order_addresses::table
        .filter(order_addresses::address_id.eq(addresses::id))
        .select(order_addresses::order_id);
    diesel::delete(
        addresses::table
            .filter(addresses::id.eq_any(ids))
            .filter(diesel::dsl::not(diesel::dsl::exists(used))),
    )
    .execute(db)?;
    Ok(())
}

/// A sound of a client.
#[derive(Clone, Debug, Queryable)]
pub struct Sound {
    /// Its call.
    pub call: Option<CallId>,
    /// Names its content.
    pub hash: Option<String>,
    /// Its type.
    pub media_type: Option<crate::domain::recording::AudioType>,
}

/// The recordings of a client that can be listened to, oldest first.
pub fn sounds(db: &mut Db, client: ClientId) -> QueryResult<Vec<Sound>> {
    recordings::table
        .inner_join(calls::table)
        .filter(calls::client_id.eq(client))
        .filter(recordings::state.eq(RecordingState::Ready))
        .order(recordings::id)
        .select((recordings::call_id, recordings::hash, recordings::media_type))
        .load(db)
}

/// Ids of a client's orders, oldest first.
pub fn orders_of(db: &mut Db, client: ClientId) -> QueryResult<Vec<OrderId>> {
    orders::table.filter(orders::client_id.eq(client)).order(orders::id).select(orders::id).load(db)
}

/// A line of a client's calls.
pub type CallLine = (CallId, NaiveDateTime, String, Option<String>, Option<String>, i64);

/// Calls of a client, oldest first: id, beginning, direction, result, number, seconds of talk.
pub fn calls_of(db: &mut Db, client: ClientId) -> QueryResult<Vec<CallLine>> {
    calls::table
        .filter(calls::client_id.eq(client))
        .order((calls::started_at, calls::id))
        .select((
            calls::id,
            calls::started_at,
            calls::direction,
            calls::status,
            calls::phone_client,
            calls::talk_seconds,
        ))
        .load(db)
}

/// Takes the words out of at most `limit` messages older than a moment; gives how many.
pub fn empty_messages(
    tx: &mut Tx,
    before: NaiveDateTime,
    now: NaiveDateTime,
    limit: i64,
) -> QueryResult<usize> {
    let ids: Vec<MessageId> = messages::table
        .filter(messages::sent_at.lt(before))
        .filter(messages::content.ne("{}").or(messages::text.ne("")).or(messages::picture_hash.is_not_null()))
        .order(messages::id)
        .limit(limit)
        .select(messages::id)
        .load(tx.db)?;
    diesel::delete(message_search::table.filter(message_search::message_id.eq_any(ids.clone())))
        .execute(tx.db)?;
    diesel::update(messages::table.filter(messages::id.eq_any(ids)))
        .set((
            messages::text.eq(""),
            messages::content.eq("{}"),
            messages::picture_hash.eq(None::<String>),
            messages::picture_type.eq(None::<String>),
            messages::deleted_at.eq(now),
        ))
        .execute(tx.db)
}

/// Removes at most `limit` raw events of the telephony that were understood and are older than a moment.
pub fn remove_events(tx: &mut Tx, before: NaiveDateTime, limit: i64) -> QueryResult<usize> {
    let ids: Vec<i64> = mango::table
        .filter(mango::state.eq_any(["done", "ignored"]))
        .filter(mango::received_at.lt(before))
        .order(mango::id)
        .limit(limit)
        .select(mango::id)
        .load(tx.db)?;
    diesel::delete(mango::table.filter(mango::id.eq_any(ids))).execute(tx.db)
}

/// How much there is: clients, numbers, orders, recordings, chats, employees.
pub fn amounts(db: &mut Db) -> QueryResult<[(&'static str, i64); 6]> {
    use crate::platform::db::schema::accounts;
    Ok([
        ("клиентов", clients::table.filter(clients::merged_into.is_null()).count().get_result(db)?),
        ("номеров телефона", client_phones::table.count().get_result(db)?),
        ("заказов с адресами", orders::table.filter(orders::address.ne("")).count().get_result(db)?),
        (
            "записей разговоров",
            recordings::table.filter(recordings::state.eq(RecordingState::Ready)).count().get_result(db)?,
        ),
        ("чатов с перепиской", chats::table.count().get_result(db)?),
        ("сотрудников", accounts::table.count().get_result(db)?),
    ])
}
