//! What Avito sends by itself (docs/avito-api.md 5).

use serde_json::Value;

use super::fields::{number, parse, said, text};
use super::message::Message;
use crate::domain::id::{AdId, AvitoUserId};

/// A delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookEvent {
    /// A message came, went out, was deleted or was read.
    Message(Box<HookMessage>),
    /// `{}`: somebody tries whether the address answers.
    Check,
    /// A kind nobody here knows: to be kept and left alone.
    Other(String),
}

/// A message in a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct HookMessage {
    /// Names the delivery; may be empty.
    pub delivery: String,
    /// The chat.
    pub chat_id: String,
    /// The account it is for.
    pub user_id: AvitoUserId,
    /// `u2i`, `u2u`, `a2u`, or empty.
    pub chat_type: String,
    /// The ad of the chat.
    pub ad: Option<AdId>,
    /// The message; its direction is told by its author.
    pub message: Message,
}

impl WebhookEvent {
    /// Reads the body of a delivery; `None` when it is no JSON object.
    pub fn parse(body: &str) -> Option<Self> {
        let value = parse(body)?;
        Self::of(&value)
    }

    /// Reads a delivery; `None` when it is no object.
    pub fn of(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        if fields.is_empty() {
            return Some(Self::Check);
        }
        let payload = &value["payload"];
        let kind = text(&payload["type"]).unwrap_or_default();
        if kind != "message" {
            return Some(Self::Other(kind));
        }
        let told = &payload["value"];
        let message = HookMessage::of(value, told);
        Some(message.map_or_else(|| Self::Other(kind), |message| Self::Message(Box::new(message))))
    }
}

impl HookMessage {
    fn of(value: &Value, told: &Value) -> Option<Self> {
        Some(Self {
            delivery: text(&value["id"]).unwrap_or_default(),
            chat_id: said(&told["chat_id"])?,
            user_id: AvitoUserId(number(&told["user_id"])?),
            chat_type: text(&told["chat_type"]).unwrap_or_default(),
            ad: number(&told["item_id"]).filter(|ad| *ad > 0).map(AdId),
            message: Message::of(told)?,
        })
    }
}
