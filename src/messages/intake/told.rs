//! From Avito's words to ours.

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use crate::chats::fold::Told;
use crate::chats::queries::put::ToldChat;
use crate::domain::id::AvitoUserId;
use crate::integrations::avito::wire::{Chat, Direction, Message};

/// Longest id that is kept; Avito's have some thirty letters.
const MAX_KEY: usize = 200;

fn moment(seconds: i64) -> Option<NaiveDateTime> {
    (seconds > 0).then(|| DateTime::from_timestamp(seconds, 0)).flatten().map(|at| at.naive_utc())
}

/// A message as the account `we` sees it, told of at `at`; `None` for one that cannot be told apart.
pub fn message(message: &Message, we: AvitoUserId, at: NaiveDateTime) -> Option<Told> {
    if message.id.is_empty() || message.id.len() > MAX_KEY {
        return None;
    }
    let is_out = message.direction(we) == Direction::Out;
    Some(Told {
        key: message.id.clone(),
        is_out,
        kind: message.kind.clone(),
        content: without_nulls(&message.raw),
        // Clocks differ: nothing was written after we have heard of it.
        sent_at: moment(message.created).unwrap_or(at).min(at),
        read_at: message.read.and_then(moment).filter(|_| is_out),
        is_read: is_out || message.is_read,
        told_at: at,
    })
}

/// Only what is said: a list tells of a message without the empty fields a page of messages has, and that is no change.
fn without_nulls(content: &Value) -> Value {
    match content.as_object() {
        Some(fields) => {
            fields.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        None => Value::Object(serde_json::Map::new()),
    }
}

/// A chat as the account `we` sees it.
pub fn chat(chat: &Chat, we: AvitoUserId) -> ToldChat {
    let ad = chat.ad.clone().unwrap_or_default();
    ToldChat {
        key: chat.id.clone(),
        kind: chat.kind().to_owned(),
        client_name: chat.client(we).map(|user| user.name.replace('\0', "")).unwrap_or_default(),
        item_id: ad.id,
        item_title: ad.title,
        item_price: ad.price,
        item_url: ad.url,
        item_image: ad.picture,
        item_is_gone: ad.is_deleted,
        city: ad.city,
        created_at: moment(chat.created),
    }
}

/// True for ids that are kept.
pub fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= MAX_KEY
}
