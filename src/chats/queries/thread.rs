//! What was written in a chat, and what people did there, page by page.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::chat::SendState;
use crate::domain::id::{AccountId, ChatId, ChatLogId, MessageId, OrderId};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, chat_log, messages};

/// A message as pages show it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = messages)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct Message {
    pub id: MessageId,
    pub chat_id: ChatId,
    pub message_key: Option<String>,
    pub is_out: bool,
    pub kind: String,
    pub text: String,
    pub content: String,
    pub sent_at: NaiveDateTime,
    pub read_at: Option<NaiveDateTime>,
    pub deleted_at: Option<NaiveDateTime>,
    pub state: Option<SendState>,
    pub error: String,
    pub account_id: Option<AccountId>,
    pub picture_hash: Option<String>,
    pub picture_type: Option<String>,
    pub is_auto: bool,
}

/// A place in the thread: the moment and the message.
pub type Place = (NaiveDateTime, MessageId);

/// The newest `limit` messages before a place, oldest first.
pub fn before(db: &mut Db, chat: ChatId, place: Option<Place>, limit: i64) -> QueryResult<Vec<Message>> {
    let mut query =
        messages::table.filter(messages::chat_id.eq(chat)).select(Message::as_select()).into_boxed();
    if let Some((at, id)) = place {
        query = query
            .filter(messages::sent_at.le(at))
            .filter(messages::sent_at.lt(at).or(messages::sent_at.eq(at).and(messages::id.lt(id))));
    }
    let mut page: Vec<Message> =
        query.order((messages::sent_at.desc(), messages::id.desc())).limit(limit).load(db)?;
    page.reverse();
    Ok(page)
}

/// One message.
pub fn message(db: &mut Db, id: MessageId) -> QueryResult<Option<Message>> {
    messages::table.find(id).select(Message::as_select()).first(db).optional()
}

/// Messages by their ids.
pub fn messages_by_id(db: &mut Db, ids: &[MessageId]) -> QueryResult<HashMap<MessageId, Message>> {
    let all: Vec<Message> =
        messages::table.filter(messages::id.eq_any(ids.to_vec())).select(Message::as_select()).load(db)?;
    Ok(all.into_iter().map(|message| (message.id, message)).collect())
}

/// The newest texts of the client, newest first: where telephone numbers and addresses are looked for.
pub fn texts_of_client(db: &mut Db, chat: ChatId, limit: i64) -> QueryResult<Vec<String>> {
    messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::counts.eq(crate::domain::chat::Counts::Client))
        .order((messages::sent_at.desc(), messages::id.desc()))
        .select(messages::text)
        .limit(limit)
        .load(db)
}

/// Something people did in a chat, or noted of it.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct LogLine {
    pub id: ChatLogId,
    pub at: NaiveDateTime,
    pub kind: String,
    pub text: String,
    pub order_id: Option<OrderId>,
    pub author: Option<String>,
}

/// What was done since a moment and before another, oldest first.
pub fn log(
    db: &mut Db,
    chat: ChatId,
    since: Option<NaiveDateTime>,
    until: Option<NaiveDateTime>,
    limit: i64,
) -> QueryResult<Vec<LogLine>> {
    let mut query = chat_log::table
        .left_join(accounts::table)
        .filter(chat_log::chat_id.eq(chat))
        .select((
            chat_log::id,
            chat_log::at,
            chat_log::kind,
            chat_log::text,
            chat_log::order_id,
            accounts::name.nullable(),
        ))
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(chat_log::at.ge(since));
    }
    if let Some(until) = until {
        query = query.filter(chat_log::at.lt(until));
    }
    let mut lines: Vec<LogLine> =
        query.order((chat_log::at.desc(), chat_log::id.desc())).limit(limit).load(db)?;
    lines.reverse();
    Ok(lines)
}
