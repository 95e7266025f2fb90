//! Rows of chats for measurements, and their way into the database.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::bulk_insert;
use crate::domain::chat::Counts;
use crate::domain::id::{AvitoId, ChatId, MessageId};
use crate::platform::db::schema::{avito, chat_search, chats, message_search, messages};
use crate::platform::db::{Db, bulk};

/// The tables that are filled, in the order in which they refer to each other.
pub const TABLES: [&str; 4] = ["chats", "messages", "chat_search", "message_search"];

/// Rows that belong together.
#[derive(Default)]
pub struct Batch {
    pub chats: Vec<ChatRow>,
    pub messages: Vec<MessageRow>,
    pub chat_search: Vec<ChatSearchRow>,
    pub message_search: Vec<MessageSearchRow>,
}

impl Batch {
    /// Writes all rows.
    pub fn write(self, db: &mut Db) -> QueryResult<()> {
        bulk_insert!(db, chats::table, &self.chats)?;
        bulk_insert!(db, messages::table, &self.messages)?;
        bulk_insert!(db, chat_search::table, &self.chat_search)?;
        bulk_insert!(db, message_search::table, &self.message_search)
    }
}

/// Accounts the chats come through.
pub fn accounts(db: &mut Db) -> QueryResult<Vec<AvitoId>> {
    avito::table.order(avito::id).select(avito::id).load(db)
}

/// Lets the database give ids after those of the written rows.
pub fn continue_ids(db: &mut Db) -> QueryResult<()> {
    bulk::continue_ids(db, &["chats", "messages"])
}

#[derive(Insertable)]
#[diesel(table_name = chats, treat_none_as_default_value = false)]
pub struct ChatRow {
    pub id: ChatId,
    pub avito_id: AvitoId,
    pub chat_key: String,
    pub kind: String,
    pub client_name: String,
    pub item_title: String,
    pub item_price: String,
    pub city: String,
    pub is_detailed: bool,
    pub created_at: NaiveDateTime,
    pub list_time: NaiveDateTime,
    pub last_message_id: Option<MessageId>,
    pub awaits_since: Option<NaiveDateTime>,
    pub unread_count: i64,
}

#[derive(Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct MessageRow {
    pub id: MessageId,
    pub chat_id: ChatId,
    pub message_key: Option<String>,
    pub is_out: bool,
    pub kind: String,
    pub counts: Counts,
    pub text: String,
    pub content: String,
    pub sent_at: NaiveDateTime,
    pub told_at: NaiveDateTime,
    pub is_read: bool,
    pub read_at: Option<NaiveDateTime>,
}

#[derive(Insertable)]
#[diesel(table_name = chat_search, treat_none_as_default_value = false)]
pub struct ChatSearchRow {
    pub chat_id: ChatId,
    pub words: String,
}

#[derive(Insertable)]
#[diesel(table_name = message_search, treat_none_as_default_value = false)]
pub struct MessageSearchRow {
    pub message_id: MessageId,
    pub words: String,
}
