//! SQL of chats. What changes a chat announces it: [`put`] what Avito tells, [`people`] what is done here, [`outbox`]
//! what is written here.

pub mod answers;
pub mod inbox;
pub mod links;
pub mod list;
pub mod media;
pub mod outbox;
pub mod people;
pub mod put;
pub mod replies;
pub mod search;
pub mod sync;
pub mod thread;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::Value;

use crate::domain::id::{AccountId, AvitoId, ChatId, ClientId, MessageId};
use crate::platform::db::Db;
use crate::platform::db::memory::kept_list;
use crate::platform::db::schema::{avito, chats};

/// A chat as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = chats)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct Chat {
    pub id: ChatId,
    pub avito_id: AvitoId,
    pub chat_key: String,
    pub kind: String,
    pub client_name: String,
    pub item_title: String,
    pub item_price: String,
    pub item_url: String,
    pub item_image: String,
    pub item_is_gone: bool,
    pub city: String,
    pub client_id: Option<ClientId>,
    pub gone: String,
    pub is_detailed: bool,
    pub list_time: NaiveDateTime,
    pub last_message_id: Option<MessageId>,
    pub awaits_since: Option<NaiveDateTime>,
    pub unread_count: i64,
    pub owner_id: Option<AccountId>,
    pub snoozed_until: Option<NaiveDateTime>,
}

impl Chat {
    /// The client's name, or who it is when there is none.
    pub fn called(&self) -> String {
        match self.client_name.trim() {
            "" if self.kind == "a2u" => "Авито".to_owned(),
            "" => "Пользователь удалён".to_owned(),
            name => name.to_owned(),
        }
    }

    /// Where Avito shows it.
    pub fn at_avito(&self) -> String {
        let key: String = form_urlencoded::byte_serialize(self.chat_key.as_bytes()).collect();
        format!("https://www.avito.ru/profile/messenger/channel/{key}")
    }
}

/// A chat.
pub fn chat(db: &mut Db, id: ChatId) -> QueryResult<Option<Chat>> {
    chats::table.find(id).select(Chat::as_select()).first(db).optional()
}

/// The newest chat with Avito's id `key`, as orders name it.
pub fn by_key(db: &mut Db, key: &str) -> QueryResult<Option<ChatId>> {
    chats::table
        .filter(chats::chat_key.eq(key.to_owned()))
        .order(chats::id.desc())
        .select(chats::id)
        .first(db)
        .optional()
}

/// Chats of a client, newest first.
pub fn of_client(db: &mut Db, client: ClientId, limit: i64) -> QueryResult<Vec<Chat>> {
    chats::table
        .filter(chats::client_id.eq(client))
        .order((chats::list_time.desc(), chats::id.desc()))
        .limit(limit)
        .select(Chat::as_select())
        .load(db)
}

/// Accounts by name, those in use and those that were.
pub fn accounts(db: &mut Db) -> QueryResult<Vec<(AvitoId, String)>> {
    kept_list(db, "avito accounts", |db| {
        avito::table.order(avito::name).select((avito::id, avito::name)).load(db)
    })
}

/// JSON of a column; what cannot be read is nothing: it is foreign, and its words are kept beside it.
pub fn content_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}
