//! What is written here and goes to Avito: kept before anything is asked, in its order, once.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::put;
use crate::domain::chat::{Counts, SendState};
use crate::domain::id::{AccountId, AvitoId, ChatId, MessageId};
use crate::platform::db::schema::{chats, messages};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// Something to send.
#[derive(Clone, Debug)]
pub enum New {
    /// Words.
    Text(String),
    /// A picture that lies in the storage.
    Picture {
        /// Where.
        hash: String,
        /// What it is.
        media_type: String,
    },
}

/// Keeps a message that is to be sent; without an author a rule has written it. The same form again is the message that is there already: its id, and whether
/// it is new.
pub fn enqueue(
    tx: &mut Tx,
    chat: ChatId,
    client_key: &str,
    new: &New,
    by: Option<AccountId>,
    now: NaiveDateTime,
) -> QueryResult<(MessageId, bool)> {
    let (kind, text, hash, media_type) = match new {
        New::Text(text) => ("text", text.as_str(), None, None),
        New::Picture { hash, media_type } => ("image", "Фото", Some(hash.clone()), Some(media_type.clone())),
    };
    let row = (
        messages::chat_id.eq(chat),
        messages::client_key.eq(client_key),
        messages::is_out.eq(true),
        messages::kind.eq(kind),
        messages::counts.eq(Counts::Nothing),
        messages::text.eq(text),
        messages::content.eq(if kind == "text" {
            serde_json::json!({ "text": text }).to_string()
        } else {
            "{}".to_owned()
        }),
        messages::sent_at.eq(now),
        messages::told_at.eq(now),
        messages::is_read.eq(true),
        messages::state.eq(SendState::Queued),
        messages::account_id.eq(by),
        messages::is_auto.eq(by.is_none()),
        messages::picture_hash.eq(hash),
        messages::picture_type.eq(media_type),
    );
    let is_new = crate::insert_new!(&mut *tx.db, messages::table, row, messages::client_key)?;
    let (id, of): (MessageId, ChatId) = messages::table
        .filter(messages::client_key.eq(client_key.to_owned()))
        .select((messages::id, messages::chat_id))
        .first(tx.db)?;
    if of != chat {
        return Err(diesel::result::Error::NotFound);
    }
    if is_new {
        if kind == "text" {
            put::write_own_words(tx.db, id, text)?;
        }
        put::settle(tx, chat)?;
    }
    Ok((id, is_new))
}

/// A message on its way.
#[derive(Clone, Debug, Queryable)]
pub struct Outgoing {
    /// The message.
    pub id: MessageId,
    /// Its chat.
    pub chat: ChatId,
    /// Avito's id of the chat.
    pub chat_key: String,
    /// Through which account.
    pub account: AvitoId,
    /// Where it is.
    pub state: Option<SendState>,
    /// `text` or `image`.
    pub kind: String,
    /// The words.
    pub text: String,
    /// The picture.
    pub picture_hash: Option<String>,
    /// Its type.
    pub picture_type: Option<String>,
    /// When it was last tried.
    pub attempted_at: Option<NaiveDateTime>,
    /// When it was written, or asked for again.
    pub queued_at: Option<NaiveDateTime>,
    /// A rule has written it.
    pub is_auto: bool,
}

/// The oldest message of each chat that is on its way: the later ones of a chat wait for it.
pub fn due(db: &mut Db) -> QueryResult<Vec<Outgoing>> {
    let waiting: Vec<Outgoing> = messages::table
        .inner_join(chats::table)
        .filter(
            messages::state.eq_any([SendState::Queued, SendState::Sending, SendState::Doubtful].map(Some)),
        )
        .order(messages::id)
        .select((
            messages::id,
            messages::chat_id,
            chats::chat_key,
            chats::avito_id,
            messages::state,
            messages::kind,
            messages::text,
            messages::picture_hash,
            messages::picture_type,
            messages::attempted_at,
            messages::sent_at.nullable(),
            messages::is_auto,
        ))
        .limit(500)
        .load(db)?;
    let mut seen = std::collections::HashSet::new();
    Ok(waiting.into_iter().filter(|message| seen.insert(message.chat)).collect())
}

/// Takes a message for sending: `false` when somebody else has, or when it is no longer in that state.
pub fn claim(tx: &mut Tx, id: MessageId, from: SendState, now: NaiveDateTime) -> QueryResult<bool> {
    let of = messages::table.find(id).filter(messages::state.eq(from));
    let set = (messages::state.eq(SendState::Sending), messages::attempted_at.eq(now));
    Ok(diesel::update(of).set(set).execute(tx.db)? == 1)
}

/// What became of a sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Avito has it under this id since this moment (UTC).
    Sent(String, NaiveDateTime),
    /// Avito has refused it, or nothing was asked: why, in Russian.
    Failed(String),
    /// No answer came: it may have arrived.
    Doubtful(String),
    /// It is to be tried again when this is over: why, in Russian.
    Later(String),
}

/// Writes down what became of a sending.
pub fn settle(tx: &mut Tx, id: MessageId, outcome: &Outcome) -> QueryResult<()> {
    let found: Option<(ChatId, Option<String>, Option<AccountId>, bool)> = messages::table
        .find(id)
        .select((messages::chat_id, messages::message_key, messages::account_id, messages::is_auto))
        .first(tx.db)
        .optional()?;
    let Some((chat, key, author, is_auto)) = found else { return Ok(()) };
    // The delivery that tells of it was faster than the answer.
    if key.is_some() {
        return Ok(());
    }
    let (state, why) = match outcome {
        Outcome::Sent(key, at) => {
            // The delivery of it was faster and was not recognised: one message stays, ours, which knows its author.
            let twin = messages::table
                .filter(messages::chat_id.eq(chat))
                .filter(messages::message_key.eq(key.clone()))
                .filter(messages::id.ne(id));
            diesel::delete(twin).execute(tx.db)?;
            put::arrive(tx.db, id, key, *at)?;
            if !is_auto {
                put::pay(tx, chat, *at, author)?;
            }
            return put::settle(tx, chat);
        }
        Outcome::Failed(why) => (SendState::Failed, why),
        Outcome::Doubtful(why) => (SendState::Doubtful, why),
        Outcome::Later(why) => (SendState::Queued, why),
    };
    let set = (messages::state.eq(state), messages::error.eq(why));
    diesel::update(messages::table.find(id)).set(set).execute(tx.db)?;
    tx.announce(Event::Chat(chat));
    Ok(())
}

/// «Отправить ещё раз»: `false` when it has not failed.
pub fn again(tx: &mut Tx, id: MessageId, now: NaiveDateTime) -> QueryResult<bool> {
    let failed = messages::table.find(id).filter(messages::state.eq(SendState::Failed));
    let set = (
        messages::state.eq(SendState::Queued),
        messages::error.eq(""),
        messages::sent_at.eq(now),
        messages::told_at.eq(now),
        messages::attempted_at.eq(None::<NaiveDateTime>),
    );
    let chat: Option<ChatId> =
        diesel::update(failed).set(set).returning(messages::chat_id).get_result(tx.db).optional()?;
    if let Some(chat) = chat {
        put::settle(tx, chat)?;
    }
    Ok(chat.is_some())
}

/// A message that has not been sent is not to be: its words, or `None` when it is on its way or gone.
pub fn discard(tx: &mut Tx, id: MessageId) -> QueryResult<Option<String>> {
    let failed = messages::table.find(id).filter(messages::state.eq(SendState::Failed));
    let found: Option<(ChatId, String)> =
        failed.select((messages::chat_id, messages::text)).first(tx.db).optional()?;
    let Some((chat, text)) = found else { return Ok(None) };
    diesel::delete(messages::table.find(id)).execute(tx.db)?;
    put::settle(tx, chat)?;
    Ok(Some(text))
}

/// Whether a message may still have arrived without our knowing.
pub fn is_on_its_way(db: &mut Db, id: MessageId) -> QueryResult<bool> {
    let found = messages::table
        .find(id)
        .filter(messages::state.eq_any([SendState::Sending, SendState::Doubtful].map(Some)));
    diesel::select(diesel::dsl::exists(found)).get_result(db)
}

/// Whether the chat has a message with Avito's id `key`.
pub fn has_key(db: &mut Db, chat: ChatId, key: &str) -> QueryResult<bool> {
    let found =
        messages::table.filter(messages::chat_id.eq(chat)).filter(messages::message_key.eq(key.to_owned()));
    diesel::select(diesel::dsl::exists(found)).get_result(db)
}
