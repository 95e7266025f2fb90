//! Chats, people and ads in them (docs/avito-api.md 4.1).

use serde_json::Value;

use super::fields::{float, list, number, said, text, truth};
use super::message::Message;
use crate::domain::id::{AdId, AvitoUserId};

/// The ad's status that says it is gone.
const AD_DELETED: i64 = 20;

/// A chat as Avito tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    /// `u2i-…` or `u2u-…`.
    pub id: String,
    /// Unix seconds; 0 when not told.
    pub created: i64,
    /// Unix seconds of the last change; 0 when not told.
    pub updated: i64,
    /// The ad it is about; none between people and in Avito's own notices.
    pub ad: Option<Ad>,
    /// Who takes part, we among them, in no certain order.
    pub users: Vec<User>,
    /// The newest message, if there is one.
    pub last_message: Option<Message>,
    /// Everything that came.
    pub raw: Value,
}

/// The ad of a chat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ad {
    /// Its number.
    pub id: Option<AdId>,
    /// Its title.
    pub title: String,
    /// Ready to show; may be empty.
    pub price: String,
    /// Its page; whatever came, to be checked before it becomes a link.
    pub url: String,
    /// Whose ad it is: ours when we are the seller.
    pub user_id: Option<AvitoUserId>,
    /// It has been deleted.
    pub is_deleted: bool,
    /// Address of a small picture.
    pub picture: String,
    /// The city, or empty.
    pub city: String,
    /// Latitude and longitude of the city.
    pub place: Option<(f64, f64)>,
}

/// Somebody in a chat.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Stable within the chat only.
    pub id: AvitoUserId,
    /// As shown; may be empty.
    pub name: String,
    /// Page of the profile, or empty.
    pub url: String,
    /// Address of a picture, or empty.
    pub avatar: String,
}

/// A page of chats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chats {
    /// In the order they came.
    pub chats: Vec<Chat>,
    /// Whether Avito says that there are more; `None` when it does not say: then a short page is the last one.
    pub has_more: Option<bool>,
}

impl Chat {
    /// Reads a chat; `None` when it has no id.
    pub fn of(value: &Value) -> Option<Self> {
        let ad = &value["context"]["value"];
        Some(Self {
            id: said(&value["id"])?,
            created: number(&value["created"]).unwrap_or_default(),
            updated: number(&value["updated"]).unwrap_or_default(),
            ad: ad.is_object().then(|| Ad::of(ad)),
            users: list(&value["users"]).iter().filter_map(User::of).collect(),
            last_message: Message::of(&value["last_message"]),
            raw: value.clone(),
        })
    }

    /// The client: whoever is not we; `None` when the client has deleted the profile.
    pub fn client(&self, we: AvitoUserId) -> Option<&User> {
        self.users.iter().find(|user| user.id != we)
    }

    /// Kind of the chat: `u2i` about an ad, `u2u` between people, `a2u` from Avito.
    pub fn kind(&self) -> &str {
        self.id.split_once('-').map_or("", |(kind, _)| kind)
    }
}

impl Ad {
    fn of(value: &Value) -> Self {
        let place = &value["location"];
        Self {
            id: number(&value["id"]).map(AdId),
            title: text(&value["title"]).unwrap_or_default(),
            price: text(&value["price_string"]).unwrap_or_default(),
            url: text(&value["url"]).unwrap_or_default(),
            user_id: number(&value["user_id"]).map(AvitoUserId),
            is_deleted: number(&value["status_id"]) == Some(AD_DELETED),
            picture: first_text(&value["images"]["main"]),
            city: text(&place["title"]).unwrap_or_default(),
            place: float(&place["lat"]).zip(float(&place["lon"])),
        }
    }
}

impl User {
    fn of(value: &Value) -> Option<Self> {
        let profile = &value["public_user_profile"];
        Some(Self {
            id: AvitoUserId(number(&value["id"])?),
            name: text(&value["name"]).unwrap_or_default(),
            url: text(&profile["url"]).unwrap_or_default(),
            avatar: said(&profile["avatar"]["default"])
                .unwrap_or_else(|| first_text(&profile["avatar"]["images"])),
        })
    }
}

fn first_text(value: &Value) -> String {
    value.as_object().and_then(|of| of.values().find_map(said)).unwrap_or_default()
}

impl Chats {
    /// Reads a page; chats that cannot be told apart are left out.
    pub fn of(value: &Value) -> Self {
        Self {
            chats: list(&value["chats"]).iter().filter_map(Chat::of).collect(),
            has_more: truth(&value["meta"]["has_more"]),
        }
    }
}
