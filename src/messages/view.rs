//! Chats and messages in words.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::chats::Waiting;
use crate::chats::content::{Content, Piece, pieces};
use crate::chats::queries::Chat;
use crate::chats::queries::thread::{LogLine, Message};
use crate::domain::chat::{MessageKind, SendState, lateness};
use crate::domain::id::{AccountId, ChatId, ChatLogId, MessageId, OrderId};
use crate::domain::now::{Now, age};
use crate::domain::{russian, zone};

/// Letters of the last words in the list.
const LAST_WORDS: usize = 120;
/// Longer texts are folded.
const LONG: usize = 1500;

/// A chat in the list.
pub struct ChatRow {
    /// The chat.
    pub id: ChatId,
    /// Where to.
    pub href: String,
    /// It is open beside the list.
    pub is_open: bool,
    /// The client.
    pub name: String,
    /// For the square.
    pub initials: String,
    /// «12 мин»; empty while nobody waits.
    pub waits: String,
    /// `late`, `very-late` or empty.
    pub lateness: &'static str,
    /// When the newest message was written.
    pub time: String,
    /// «Вы: », or empty.
    pub by_us: bool,
    /// The newest words.
    pub last: String,
    /// The newest message of ours has not been sent.
    pub has_failed: bool,
    /// Messages nobody has looked at.
    pub unread: i64,
    /// Account, city, advertisement.
    pub meta: String,
    /// An order belongs to it.
    pub has_order: bool,
    /// Who has it: «у вас», a short name, or empty.
    pub owner: String,
    /// It is put off: «до 14:05», or empty.
    pub snoozed: String,
    /// Something was written and not sent.
    pub has_draft: bool,
    /// Its labels.
    pub labels: Vec<String>,
}

/// What a row needs besides the chat.
pub struct RowFacts<'a> {
    /// The newest message.
    pub last: Option<&'a Message>,
    /// The account's name.
    pub account: &'a str,
    /// Has an order.
    pub has_order: bool,
    /// Has a draft of whoever looks.
    pub has_draft: bool,
    /// Labels.
    pub labels: Vec<String>,
    /// The owner's name.
    pub owner: Option<&'a str>,
    /// Who looks.
    pub viewer: AccountId,
    /// Where its link leads.
    pub href: String,
    /// It is open.
    pub is_open: bool,
}

impl ChatRow {
    /// A chat in words.
    pub fn of(chat: &Chat, facts: RowFacts<'_>, now: Now) -> Self {
        let waiting = Waiting::of(chat.awaits_since, now.utc);
        let local = zone::local(chat.list_time, now.zone);
        let said = facts.last.map(words_of).unwrap_or_default();
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let meta = [facts.account, chat.city.as_str(), chat.item_title.as_str()];
        Self {
            id: chat.id,
            initials: russian::initials(&chat.called()),
            name: chat.called(),
            waits: waiting.map(|waiting| minutes(waiting.minutes)).unwrap_or_default(),
            lateness: waiting.map_or("", |waiting| lateness(waiting.minutes)),
            time: if local.date() == now.today() {
                russian::time(local)
            } else {
                russian::day_short(local.date(), now.today())
            },
            by_us: facts
                .last
                .is_some_and(|last| last.is_out && MessageKind::of(&last.kind) != MessageKind::System),
            has_failed: facts.last.is_some_and(|last| last.state == Some(SendState::Failed)),
            last: words.chars().take(LAST_WORDS).collect(),
            unread: chat.unread_count,
            meta: meta.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            has_order: facts.has_order,
            owner: match (chat.owner_id, facts.owner) {
                (Some(owner), _) if owner == facts.viewer => "у вас".to_owned(),
                (Some(_), Some(name)) => russian::short_name(name),
                _ => String::new(),
            },
            snoozed: chat
                .snoozed_until
                .filter(|until| *until > now.utc)
                .map(|until| format!("до {}", now.moment(until)))
                .unwrap_or_default(),
            has_draft: facts.has_draft,
            labels: facts.labels,
            href: facts.href,
            is_open: facts.is_open,
        }
    }
}

/// «12 мин», «2 ч 5 мин», «3 дня».
pub fn minutes(minutes: i64) -> String {
    match minutes {
        0 => "только что".to_owned(),
        1..1440 => russian::hours(minutes),
        _ => russian::days((minutes / 1440).unsigned_abs()),
    }
}

fn words_of(message: &Message) -> String {
    if message.deleted_at.is_some() {
        "Сообщение удалено".to_owned()
    } else {
        message.text.clone()
    }
}

/// How a message of ours stands.
pub struct Tick {
    /// The icon.
    pub icon: &'static str,
    /// In words.
    pub words: String,
}

/// A message in the thread.
pub struct Bubble {
    /// The message.
    pub id: MessageId,
    /// From us.
    pub is_out: bool,
    /// «14:05».
    pub time: String,
    /// What it says.
    pub shows: Shows,
    /// Of ours: where it is.
    pub tick: Option<Tick>,
    /// Who wrote it here, or empty.
    pub author: String,
    /// Why it has not been sent, or empty.
    pub error: String,
    /// It has failed, and somebody has to say what next.
    pub has_failed: bool,
    /// It is not at Avito yet.
    pub is_pending: bool,
}

/// What a bubble shows.
pub enum Shows {
    /// Words with addresses to follow.
    Text(Vec<Piece>),
    /// The beginning of a long text, and the rest.
    Long(Vec<Piece>, Vec<Piece>),
    /// A picture of ours or of the client.
    Picture {
        /// A small one.
        preview: String,
        /// The whole one.
        whole: String,
    },
    /// A card that leads somewhere, or nowhere when the address is empty.
    Card {
        /// The icon.
        icon: &'static str,
        /// What it is.
        title: String,
        /// More of it.
        text: String,
        /// Where to.
        url: String,
    },
    /// Speech, fetched when somebody listens.
    Voice(String),
    /// One line without more: a call, a file.
    Line {
        /// The icon.
        icon: &'static str,
        /// What it is.
        text: String,
        /// More of it is only at Avito.
        is_elsewhere: bool,
    },
    /// A line of Avito's robots.
    Service(String),
}

/// A line of the thread.
pub enum Line {
    /// A new day.
    Day {
        /// `2026-11-30`.
        id: NaiveDate,
        /// «сегодня».
        words: String,
    },
    /// From here on it is new to whoever looks.
    New,
    /// A message.
    Message(Box<Bubble>),
    /// What somebody did here.
    Event(EventLine),
}

/// What somebody did in a chat.
pub struct EventLine {
    /// The line.
    pub id: ChatLogId,
    /// The icon.
    pub icon: &'static str,
    /// «Белова А. взяла чат».
    pub words: String,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// «14:05».
    pub time: String,
}

impl Bubble {
    /// A message in words; `authors` names who wrote it.
    pub fn of(message: &Message, authors: &HashMap<AccountId, String>, now: Now) -> Self {
        let author = message.account_id.and_then(|id| authors.get(&id));
        let has_failed = message.state == Some(SendState::Failed);
        let is_service = MessageKind::of(&message.kind) == MessageKind::System;
        Self {
            id: message.id,
            is_out: message.is_out,
            time: russian::time(zone::local(message.sent_at, now.zone)),
            shows: shows(message),
            tick: (message.is_out && !is_service && message.deleted_at.is_none()).then(|| tick(message, now)),
            author: match author {
                Some(name) => russian::short_name(name),
                None if message.is_auto => "АвтоОтвет".to_owned(),
                None => String::new(),
            },
            error: message.error.clone(),
            is_pending: matches!(
                message.state,
                Some(SendState::Queued | SendState::Sending | SendState::Doubtful | SendState::Failed)
            ),
            has_failed,
        }
    }
}

impl Bubble {
    /// Its look.
    pub fn class(&self) -> &'static str {
        match (&self.shows, self.is_out) {
            (Shows::Service(_), _) => "thread__service",
            (Shows::Picture { .. }, true) => "bubble bubble--out bubble--img",
            (Shows::Picture { .. }, false) => "bubble bubble--img",
            (_, true) => "bubble bubble--out",
            (_, false) => "bubble",
        }
    }
}

fn tick(message: &Message, now: Now) -> Tick {
    let (icon, words) = match (message.state, message.read_at) {
        (_, Some(at)) => ("checks", format!("прочитано {}", now.moment(at))),
        (Some(SendState::Queued), _) => ("clock", "в очереди".to_owned()),
        (Some(SendState::Sending), _) => ("clock", "отправляется".to_owned()),
        (Some(SendState::Doubtful), _) => ("help-circle", "проверяем, дошло ли".to_owned()),
        (Some(SendState::Failed), _) => ("alert-circle", "не отправлено".to_owned()),
        (Some(SendState::Sent) | None, None) => ("check", "доставлено".to_owned()),
    };
    Tick { icon, words }
}

fn shows(message: &Message) -> Shows {
    if message.deleted_at.is_some() {
        return Shows::Line {
            icon: "ban", text: "Сообщение удалено".to_owned(), is_elsewhere: false
        };
    }
    let media = |size: &str| format!("/messages/media/{}?size={size}", message.id);
    if message.picture_hash.is_some() {
        return Shows::Picture { preview: media("whole"), whole: media("whole") };
    }
    let content = crate::chats::queries::content_of(&message.content);
    match Content::of(&message.kind, &content) {
        Content::Text(text) => text_of(&text),
        Content::Image(sizes) if sizes.is_empty() => {
            Shows::Line { icon: "photo", text: "Фото".to_owned(), is_elsewhere: true }
        }
        Content::Image(_) => Shows::Picture { preview: media("preview"), whole: media("whole") },
        Content::Link { text, url, title } => Shows::Card {
            icon: "link",
            title: if title.is_empty() { text.clone() } else { title },
            text: if url.is_empty() {
                "ссылка небезопасна, не открываем".to_owned()
            } else {
                text
            },
            url,
        },
        Content::Item { title, price, url } => Shows::Card { icon: "tag", title, text: price, url },
        Content::Location { text, point } => Shows::Card {
            icon: "map-pin",
            title: text,
            text: String::new(),
            url: point
                .map(|(lat, lon)| format!("https://yandex.ru/maps/?pt={lon},{lat}&z=17"))
                .unwrap_or_default(),
        },
        Content::Call { is_missed } => Shows::Line {
            icon: if is_missed { "phone-x" } else { "phone" },
            text: if is_missed {
                "Пропущенный звонок в Авито"
            } else {
                "Звонок в Авито"
            }
            .to_owned(),
            is_elsewhere: false,
        },
        Content::Voice(id) if id.is_empty() => {
            Shows::Line {
                icon: "microphone", text: "Голосовое сообщение".to_owned(), is_elsewhere: true
            }
        }
        Content::Voice(_) => Shows::Voice(media("voice")),
        Content::System(text) => Shows::Service(text),
        Content::Deleted => {
            Shows::Line {
                icon: "ban", text: "Сообщение удалено".to_owned(), is_elsewhere: false
            }
        }
        Content::Elsewhere(what) => {
            Shows::Line { icon: "file-text", text: what.to_owned(), is_elsewhere: true }
        }
        unknown @ Content::Unknown(_) => {
            Shows::Line { icon: "help-circle", text: unknown.words(), is_elsewhere: true }
        }
    }
}

fn text_of(text: &str) -> Shows {
    match text.char_indices().nth(LONG) {
        None => Shows::Text(pieces(text)),
        Some((at, _)) => Shows::Long(pieces(&text[..at]), pieces(&text[at..])),
    }
}

impl EventLine {
    /// A line of the log in words.
    pub fn of(line: &LogLine, now: Now) -> Self {
        let who = line.author.as_deref().map(russian::short_name).unwrap_or_default();
        let (icon, words) = match line.kind.as_str() {
            "taken" => ("user-check", format!("{who}: чат взят")),
            "passed" => {
                ("user-check", format!("{who}: чат передан, теперь {}", russian::short_name(&line.text)))
            }
            "released" => ("arrow-back-up", format!("{who}: чат снова общий")),
            "returned" => ("arrow-back-up", format!("Ответа не было, чат снова общий. Был у {who}")),
            "snoozed" => ("clock-pause", format!("{who}: отложено {}", line.text)),
            "order" => ("clipboard-list", format!("{who}: создан")),
            "linked" => ("link", format!("{who}: привязан")),
            _ => ("note", format!("{who}: {}", line.text)),
        };
        Self {
            id: line.id,
            icon,
            words,
            order: line.order_id,
            time: russian::time(zone::local(line.at, now.zone)),
        }
    }
}

/// «Клиент ждёт ответа 12 минут».
pub fn waits(chat: &Chat, now: Now) -> (String, &'static str) {
    match Waiting::of(chat.awaits_since, now.utc) {
        None => (String::new(), ""),
        Some(waiting) if waiting.minutes == 0 => ("Клиент ждёт ответа".to_owned(), ""),
        Some(waiting) => {
            (format!("Клиент ждёт ответа {}", age(waiting.since, now)), lateness(waiting.minutes))
        }
    }
}
