//! Everything that can be announced, and who may hear it. An event carries an id and nothing else.

use crate::domain::id::{AccountId, AvitoId, CallId, CallbackId, ChatId, ClientId, OrderId};
use crate::domain::person::Role;

/// Something has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call appeared or changed.
    Call(CallId),
    /// An order appeared or changed; slot grids count anew.
    Order(OrderId),
    /// The card of a client changed, or the client was joined with another one.
    Client(ClientId),
    /// A chat appeared, or something in it changed: messages, whose turn it is, whose chat it is.
    Chat(ChatId),
    /// Somebody came into a chat, left it, types or types no more.
    ChatPeople(ChatId),
    /// Places of time slots are held, given back or counted otherwise; bookings themselves are [`Event::Order`].
    Slots,
    /// A call that this person asked for goes on, or does not.
    Dial(AccountId),
    /// A promise to call back was made, changed, rings or is over.
    Callback(CallbackId),
    /// Somebody's work status changed.
    WorkStatus(AccountId),
    /// What a person has arranged for themselves changed: columns, filters, sounds. Their other tabs show it too.
    Person(AccountId),
    /// An admin-kept list changed (lines, cities, reasons, employees, settings).
    Lists,
    /// What somebody is paid changed by hand: a fine, a bonus. Without a person: a scheme, a month that was closed.
    Salary(Option<AccountId>),
    /// The telephony's inbox has something for an admin to see.
    Mango,
    /// The mailbox of recordings has something for an admin to see.
    Mail,
    /// An Avito account has other settings, figures or troubles.
    Avito(AvitoId),
    /// There is a notification for everybody.
    Notices,
    /// There is a notification for admins.
    AdminNotices,
    /// There is a notification for this person, or the person has read some.
    NoticesOf(AccountId),
    /// Messages to people outside, or who gets them, have changed.
    Outbox,
    /// The sessions of an account have ended: its browsers must sign in again.
    SignedOut(AccountId),
}

/// Who hears an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody signed in.
    All,
    /// Everybody of a role.
    Role(Role),
    /// One person.
    Account(AccountId),
    /// One person and every admin.
    AccountAndAdmins(AccountId),
}

impl Event {
    /// The name under which pages listen: `live:<topic>`.
    pub fn topic(self) -> &'static str {
        match self {
            Self::Call(_) => "calls",
            Self::Order(_) => "orders",
            Self::Client(_) => "clients",
            Self::Chat(_) => "chats",
            Self::ChatPeople(_) => "chatpeople",
            Self::Slots => "slots",
            Self::Dial(_) => "dial",
            Self::Callback(_) => "callbacks",
            Self::WorkStatus(_) => "work",
            Self::Person(_) => "person",
            Self::Lists => "lists",
            Self::Salary(_) => "salary",
            Self::Mango => "mango",
            Self::Mail => "mail",
            Self::Avito(_) => "avito",
            Self::Notices => "notices",
            Self::AdminNotices => "adminnotices",
            Self::NoticesOf(_) => "mynotices",
            Self::Outbox => "outbox",
            Self::SignedOut(_) => "gone",
        }
    }

    /// What changed, 0 when the topic as a whole did.
    pub fn id(self) -> i64 {
        match self {
            Self::Order(id) => id.0,
            Self::Call(id) => id.0,
            Self::Client(id) => id.0,
            Self::Chat(id) | Self::ChatPeople(id) => id.0,
            Self::Dial(id) | Self::WorkStatus(id) | Self::Person(id) | Self::SignedOut(id) => id.0,
            Self::NoticesOf(id) => id.0,
            Self::Callback(id) => id.0,
            Self::Avito(id) => id.0,
            Self::Salary(id) => id.map_or(0, |id| id.0),
            Self::Slots | Self::Lists | Self::Mango | Self::Mail => 0,
            Self::Notices | Self::AdminNotices | Self::Outbox => 0,
        }
    }

    /// Who may know that it happened.
    pub fn audience(self) -> Audience {
        match self {
            Self::Call(_)
            | Self::Callback(_)
            | Self::Order(_)
            | Self::Client(_)
            | Self::Chat(_)
            | Self::ChatPeople(_)
            | Self::Slots
            | Self::Notices
            | Self::Lists
            | Self::Salary(None) => Audience::All,
            Self::WorkStatus(id) | Self::Salary(Some(id)) => Audience::AccountAndAdmins(id),
            Self::Person(id) | Self::Dial(id) | Self::NoticesOf(id) | Self::SignedOut(id) => {
                Audience::Account(id)
            }
            Self::Mango | Self::Mail | Self::Avito(_) | Self::AdminNotices | Self::Outbox => {
                Audience::Role(Role::Admin)
            }
        }
    }

    /// The text that carries the event between processes.
    pub fn to_wire(self) -> String {
        format!("{} {}", self.topic(), self.id())
    }

    /// Reads [`Event::to_wire`]; `None` for a text of another version of the program.
    pub fn from_wire(text: &str) -> Option<Self> {
        let (topic, id) = text.split_once(' ')?;
        let id = id.parse().ok()?;
        Some(match topic {
            "calls" => Self::Call(CallId(id)),
            "orders" => Self::Order(OrderId(id)),
            "clients" => Self::Client(ClientId(id)),
            "chats" => Self::Chat(ChatId(id)),
            "chatpeople" => Self::ChatPeople(ChatId(id)),
            "slots" => Self::Slots,
            "dial" => Self::Dial(AccountId(id)),
            "callbacks" => Self::Callback(CallbackId(id)),
            "work" => Self::WorkStatus(AccountId(id)),
            "person" => Self::Person(AccountId(id)),
            "lists" => Self::Lists,
            "salary" => Self::Salary(Some(AccountId(id)).filter(|id| id.0 != 0)),
            "mango" => Self::Mango,
            "mail" => Self::Mail,
            "avito" => Self::Avito(AvitoId(id)),
            "notices" => Self::Notices,
            "adminnotices" => Self::AdminNotices,
            "mynotices" => Self::NoticesOf(AccountId(id)),
            "outbox" => Self::Outbox,
            "gone" => Self::SignedOut(AccountId(id)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Event] = &[
        Event::Call(CallId(7)),
        Event::Order(OrderId(8)),
        Event::Client(ClientId(5)),
        Event::Chat(ChatId(11)),
        Event::ChatPeople(ChatId(12)),
        Event::Slots,
        Event::Dial(AccountId(6)),
        Event::Callback(CallbackId(4)),
        Event::WorkStatus(AccountId(9)),
        Event::Person(AccountId(10)),
        Event::Lists,
        Event::Salary(None),
        Event::Salary(Some(AccountId(2))),
        Event::Mango,
        Event::Mail,
        Event::Avito(AvitoId(11)),
        Event::Notices,
        Event::AdminNotices,
        Event::NoticesOf(AccountId(3)),
        Event::Outbox,
        Event::SignedOut(AccountId(3)),
    ];

    #[test]
    fn every_event_survives_the_way_between_processes() {
        for event in ALL {
            assert_eq!(Event::from_wire(&event.to_wire()), Some(*event));
        }
        assert_eq!(Event::from_wire("tomorrow 1"), None);
    }

    #[test]
    fn nobody_else_hears_of_what_somebody_is_paid() {
        let who = AccountId(2);
        assert_eq!(Event::Salary(Some(who)).audience(), Audience::AccountAndAdmins(who));
    }

    #[test]
    fn browsers_listen_to_every_topic() {
        let script = include_str!("../../../static/js/live-stream.js");
        let topics =
            script.split("TOPICS = [").nth(1).and_then(|rest| rest.split(']').next()).expect("the list");
        // The stream itself answers to the end of a session.
        for event in ALL.iter().filter(|event| !matches!(event, Event::SignedOut(_))) {
            assert!(topics.contains(&format!("\"{}\"", event.topic())), "nobody hears {}", event.topic());
        }
    }
}
