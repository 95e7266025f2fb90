//! Who listens to what: the parts of pages that renew themselves, and the facts they show. A part hears of every
//! topic by which a fact of it can change, so that a write somewhere else never leaves it behind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use callcentre::domain::id::{AccountId, AvitoId, CallId, CallbackId, ChatId, ClientId, OrderId};
use callcentre::platform::live::Event;

/// A fact, and the topics that can change it.
const FACTS: &[(&str, &[&str])] = &[
    // A call offers an order until there is one.
    ("calls", &["calls", "orders"]),
    // Notifications of the telephony that were counted.
    ("events", &["calls", "mango"]),
    // Paid by conversations and by orders.
    ("debts", &["calls", "orders"]),
    ("orders", &["orders"]),
    ("clients", &["clients"]),
    ("chats", &["chats"]),
    ("people in a chat", &["chatpeople"]),
    ("promises", &["callbacks"]),
    ("places of slots", &["slots", "orders"]),
    ("what one has dialled", &["dial"]),
    ("people at work", &["work"]),
    ("catalogs", &["lists"]),
    ("what was agreed on pay", &["salary"]),
    ("notifications", &["mango"]),
    ("letters", &["mail"]),
    ("accounts of Avito", &["avito"]),
    // Failed messages are told of in the bell of admins.
    ("what has happened", &["notices", "adminnotices", "mynotices"]),
    ("messages to people outside", &["outbox"]),
    ("what one has arranged", &["person"]),
];

/// A part of a page by its id, and the facts it shows.
const LISTENERS: &[(&str, &[&str])] = &[
    ("nav-missed", &["debts"]),
    ("nav-chats", &["chats"]),
    ("chats", &["chats"]),
    ("chat-tabs", &["chats"]),
    ("chat-owner", &["chats"]),
    ("chat-people", &["people in a chat"]),
    ("chat-side", &["chats", "orders", "clients", "calls"]),
    ("client-chats", &["chats"]),
    ("incoming", &["calls", "clients", "promises", "what one has dialled"]),
    (
        "bell",
        &["notifications", "letters", "accounts of Avito", "what has happened", "messages to people outside"],
    ),
    ("notifications", &["messages to people outside"]),
    ("calls", &["calls", "clients", "debts"]),
    ("debts", &["debts", "clients", "promises", "catalogs"]),
    ("callbacks", &["promises", "calls", "clients"]),
    ("results", &["calls", "clients", "catalogs"]),
    ("main", &["clients", "calls", "debts", "orders", "promises"]),
    ("orders", &["orders"]),
    ("slots-card", &["places of slots"]),
    ("n-slots", &["places of slots"]),
    ("slot-preview", &["places of slots"]),
    ("masters", &["catalogs", "orders"]),
    ("wallboard", &["calls", "debts", "people at work"]),
    (
        "overview",
        &[
            "catalogs",
            "people at work",
            "notifications",
            "letters",
            "calls",
            "debts",
            "orders",
            "chats",
            "accounts of Avito",
        ],
    ),
    ("employees", &["catalogs", "people at work"]),
    ("work-log", &["people at work"]),
    ("work-status", &["people at work"]),
    ("shift", &["promises", "chats", "places of slots", "what has happened"]),
    ("timesheet", &["people at work"]),
    ("salary", &["calls", "people at work", "what was agreed on pay"]),
    ("payroll", &["what was agreed on pay"]),
    ("lists", &["catalogs"]),
    ("phones", &["catalogs"]),
    ("reference-pages", &["catalogs"]),
    ("mango-state", &["events"]),
    ("mango-compare", &["notifications"]),
    ("mango-failed", &["notifications"]),
    ("mail-state", &["letters"]),
    ("unmatched", &["letters"]),
    ("avito", &["accounts of Avito", "catalogs"]),
    ("avito-proxies", &["accounts of Avito"]),
    ("avito-online", &["accounts of Avito"]),
    ("avito-reviews", &["accounts of Avito"]),
    ("avito-answers", &["accounts of Avito", "chats"]),
    ("avito-top", &["accounts of Avito", "orders"]),
    ("avito-bids", &["accounts of Avito", "orders"]),
    ("system", &["notifications", "letters", "accounts of Avito"]),
    ("table-sheet", &["what one has arranged"]),
];

/// Every event there is; the compiler asks for a new one in [`topics`].
const EVENTS: &[Event] = &[
    Event::Call(CallId(1)),
    Event::Order(OrderId(1)),
    Event::Client(ClientId(1)),
    Event::Chat(ChatId(1)),
    Event::ChatPeople(ChatId(1)),
    Event::Slots,
    Event::Dial(AccountId(1)),
    Event::Callback(CallbackId(1)),
    Event::WorkStatus(AccountId(1)),
    Event::Person(AccountId(1)),
    Event::Lists,
    Event::Salary(None),
    Event::Mango,
    Event::Mail,
    Event::Avito(AvitoId(1)),
    Event::Notices,
    Event::AdminNotices,
    Event::NoticesOf(AccountId(1)),
    Event::Outbox,
    Event::SignedOut(AccountId(1)),
];

/// Topics that pages can listen to. The end of a session is heard by the stream itself.
fn topics() -> BTreeSet<&'static str> {
    EVENTS
        .iter()
        .filter(|event| match event {
            Event::Call(_) | Event::Order(_) | Event::Client(_) | Event::Slots | Event::Dial(_) => true,
            Event::Chat(_) | Event::ChatPeople(_) => true,
            Event::Callback(_)
            | Event::WorkStatus(_)
            | Event::Lists
            | Event::Salary(_)
            | Event::Mango
            | Event::Mail
            | Event::Avito(_)
            | Event::Notices
            | Event::AdminNotices
            | Event::NoticesOf(_)
            | Event::Outbox
            | Event::Person(_) => true,
            Event::SignedOut(_) => false,
        })
        .map(|event| event.topic())
        .collect()
}

/// The tags of every template.
fn tags() -> Vec<String> {
    let mut tags = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let text = std::fs::read_to_string(entry).expect("a template");
            tags.extend(text.split('<').map(|tag| tag.split('>').next().unwrap_or_default().to_owned()));
        }
    }
    tags
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// What a tag listens to, if it does.
fn heard(tag: &str) -> Option<BTreeSet<String>> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase()).collect::<String>();
    if let Some(list) = attribute(tag, "data-live-list") {
        return Some(list.split_whitespace().map(str::to_owned).collect());
    }
    let trigger = attribute(tag, "hx-trigger").filter(|trigger| trigger.contains("live:"))?;
    // What somebody has arranged meanwhile is shown with the next page: a return of the connection moves no row.
    let catches_up = trigger.contains("live:resync") || trigger == "live:person from:body";
    assert!(catches_up, "{tag} does not catch up after a lost connection");
    Some(
        trigger
            .split("live:")
            .skip(1)
            .map(word)
            .filter(|topic| topic != "resync" && !topic.is_empty())
            .collect(),
    )
}

#[test]
fn every_live_part_hears_of_what_can_change_the_facts_it_shows() {
    let facts: BTreeMap<&str, &[&str]> = FACTS.iter().copied().collect();
    let mut expected: BTreeMap<&str, &[&str]> = LISTENERS.iter().copied().collect();
    for tag in tags() {
        let Some(heard) = heard(&tag) else { continue };
        let id = attribute(&tag, "id").unwrap_or_else(|| panic!("{tag} listens and has no id"));
        // Lists of files belong to orders, masters and employees alike: their topic comes from their owner.
        if id.contains("{{") {
            continue;
        }
        let shown = expected.remove(id).unwrap_or_else(|| panic!("#{id} is not in LISTENERS (or twice)"));
        let wanted: BTreeSet<String> =
            shown.iter().flat_map(|fact| facts[fact]).map(|topic| (*topic).to_owned()).collect();
        assert_eq!(heard, wanted, "#{id} shows {shown:?}");
    }
    assert!(expected.is_empty(), "nobody listens in {:?}", expected.keys());
}

#[test]
fn every_topic_has_a_listener_and_every_fact_a_topic() {
    let known = topics();
    let used: BTreeSet<&str> = FACTS.iter().flat_map(|(_, topics)| topics.iter().copied()).collect();
    assert_eq!(used, known, "FACTS and the events of the program");
    let shown: BTreeSet<&str> = LISTENERS.iter().flat_map(|(_, facts)| facts.iter().copied()).collect();
    assert_eq!(shown, FACTS.iter().map(|(fact, _)| *fact).collect(), "facts that nobody shows");
}

#[test]
fn what_is_done_inside_a_live_part_is_not_overtaken_by_its_hint() {
    // hx-sync is inherited: the part's own reading would replace the request of a button in it.
    for tag in tags() {
        let is_live = attribute(&tag, "hx-trigger").is_some_and(|trigger| trigger.contains("live:"));
        if is_live && attribute(&tag, "hx-sync").is_some_and(|sync| sync.starts_with("this")) {
            let kept = attribute(&tag, "hx-disinherit").unwrap_or_default();
            assert!(kept.contains("hx-sync"), "{tag}");
        }
    }
}
