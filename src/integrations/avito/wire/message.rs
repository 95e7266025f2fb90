//! Messages of every kind (docs/avito-api.md 4.3, 4.4).

use serde_json::Value;

use super::fields::{float, list, number, said, text, truth};
use crate::domain::id::AvitoUserId;

/// From whom a message is, seen from our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    In,
    /// From us, by whatever way it was sent.
    Out,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Unique; the key for duplicates.
    pub id: String,
    /// Who wrote it; 0 for Avito itself.
    pub author_id: AvitoUserId,
    /// Unix seconds; 0 when not told.
    pub created: i64,
    /// As told; `None` when it was not.
    pub direction: Option<Direction>,
    /// Kind as Avito names it, kept even when nobody here knows it.
    pub kind: String,
    /// What it says.
    pub content: Content,
    /// The content as it came.
    pub raw: Value,
    /// We have read it.
    pub is_read: bool,
    /// When the other side read it, unix seconds.
    pub read: Option<i64>,
    /// When it reached the other side, unix seconds.
    pub delivered: Option<i64>,
    /// The message it cites.
    pub quote: Option<Box<Message>>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Text.
    Text(String),
    /// A picture.
    Image(Picture),
    /// A link; its address may lack the scheme and is to be checked before it becomes one.
    Link {
        /// As written.
        text: String,
        /// Whatever came.
        url: String,
        /// Title of the page, or empty.
        title: String,
        /// A sentence of the page, or empty.
        description: String,
        /// A picture of the page.
        picture: Picture,
    },
    /// An ad.
    Item {
        /// Its title.
        title: String,
        /// Ready to show, or empty.
        price: String,
        /// Its page.
        url: String,
        /// Its picture, or empty.
        picture: String,
    },
    /// A place.
    Location {
        /// Address in words.
        text: String,
        /// Latitude and longitude.
        place: Option<(f64, f64)>,
        /// `house`, `street`, …
        kind: String,
    },
    /// A call over Avito; `missed`, or a status nobody knows.
    Call {
        /// As told.
        status: String,
    },
    /// A voice message; its sound is asked for when somebody listens.
    Voice {
        /// Names the sound.
        voice_id: String,
    },
    /// Avito's bot or the seller's own automatic answer: neither the client's word nor ours.
    System {
        /// Which bot.
        flow_id: String,
        /// What it says; may be empty.
        text: String,
    },
    /// It has been deleted.
    Deleted,
    /// A call in the application: Avito does not tell more.
    AppCall,
    /// A file: Avito does not tell more.
    File,
    /// A video: Avito does not tell more.
    Video,
    /// A kind nobody here knows.
    Unknown,
}

/// A picture in several sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Width, height, address; the smallest first.
    pub sizes: Vec<(u32, u32, String)>,
}

/// A page of messages, as Avito gives them: the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Messages {
    /// In the order they came.
    pub messages: Vec<Message>,
    /// Whether Avito says that there are older ones; `None` when it does not say.
    pub has_more: Option<bool>,
}

impl Picture {
    /// Reads `{"640x480": address, …}`; sizes nobody can read come last.
    pub(super) fn of(value: &Value) -> Self {
        let all = value.as_object().into_iter().flatten();
        let mut sizes: Vec<(u32, u32, String)> = all
            .filter_map(|(size, url)| {
                let (width, height) = size.split_once('x').unwrap_or_default();
                let side = |text: &str| text.trim().parse().unwrap_or_default();
                Some((side(width), side(height), said(url)?))
            })
            .collect();
        sizes.sort();
        Self { sizes }
    }

    /// Address of the smallest one that is not a stamp.
    pub fn preview(&self) -> Option<&str> {
        let found = self.sizes.iter().find(|(width, ..)| *width >= 140).or(self.sizes.last());
        found.map(|(.., url)| url.as_str())
    }

    /// Address of the largest one.
    pub fn largest(&self) -> Option<&str> {
        self.sizes.last().map(|(.., url)| url.as_str())
    }
}

impl Message {
    /// Reads a message of a list or of a sending's answer; `None` when it has no id.
    pub fn of(value: &Value) -> Option<Self> {
        let quote = &value["quote"];
        let mut message = Self::without_quote(value)?;
        message.quote = Self::without_quote(quote).map(Box::new);
        Some(message)
    }

    fn without_quote(value: &Value) -> Option<Self> {
        let kind = text(&value["type"]).unwrap_or_default();
        Some(Self {
            id: said(&value["id"])?,
            author_id: AvitoUserId(number(&value["author_id"]).unwrap_or_default()),
            created: number(&value["created"]).unwrap_or_default(),
            direction: match text(&value["direction"]).as_deref() {
                Some("in") => Some(Direction::In),
                Some("out") => Some(Direction::Out),
                _ => None,
            },
            content: Content::of(&kind, &value["content"]),
            kind,
            raw: value["content"].clone(),
            is_read: truth(&value["is_read"]).unwrap_or_default(),
            read: number(&value["read"]).filter(|at| *at > 0),
            delivered: number(&value["delivered"]).filter(|at| *at > 0),
            quote: None,
        })
    }

    /// From whom it is, for the account `we`.
    pub fn direction(&self, we: AvitoUserId) -> Direction {
        let by_author = if self.author_id == we { Direction::Out } else { Direction::In };
        self.direction.unwrap_or(by_author)
    }
}

impl Content {
    /// Reads what a message of this kind says.
    pub fn of(kind: &str, value: &Value) -> Self {
        let words = |value: &Value| text(value).unwrap_or_default();
        match kind {
            "text" => Self::Text(words(&value["text"])),
            "image" => Self::Image(Picture::of(&value["image"]["sizes"])),
            "link" => {
                let (link, preview) = (&value["link"], &value["link"]["preview"]);
                Self::Link {
                    text: words(&link["text"]),
                    url: words(&link["url"]),
                    title: words(&preview["title"]),
                    description: words(&preview["description"]),
                    picture: Picture::of(&preview["images"]),
                }
            }
            "item" => {
                let item = &value["item"];
                Self::Item {
                    title: words(&item["title"]),
                    price: words(&item["price_string"]),
                    url: words(&item["item_url"]),
                    picture: words(&item["image_url"]),
                }
            }
            "location" => {
                let place = &value["location"];
                Self::Location {
                    text: said(&place["text"]).or_else(|| said(&place["title"])).unwrap_or_default(),
                    place: float(&place["lat"]).zip(float(&place["lon"])),
                    kind: words(&place["kind"]),
                }
            }
            "call" => Self::Call { status: words(&value["call"]["status"]) },
            "voice" => Self::Voice { voice_id: words(&value["voice"]["voice_id"]) },
            "system" => Self::System { flow_id: words(&value["flow_id"]), text: words(&value["text"]) },
            "deleted" => Self::Deleted,
            "appCall" => Self::AppCall,
            "file" => Self::File,
            "video" => Self::Video,
            _ => Self::Unknown,
        }
    }

    /// What can be found by searching; empty when there is nothing to read.
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) | Self::Location { text, .. } | Self::System { text, .. } => text.clone(),
            Self::Link { text, title, .. } => format!("{text} {title}").trim().to_owned(),
            Self::Item { title, .. } => title.clone(),
            _ => String::new(),
        }
    }
}

impl Messages {
    /// Reads a page in either of its two forms; messages that cannot be told apart are left out.
    pub fn of(value: &Value) -> Self {
        let all = if value.is_array() { value } else { &value["messages"] };
        Self {
            messages: list(all).iter().filter_map(Message::of).collect(),
            has_more: truth(&value["meta"]["has_more"]),
        }
    }
}
