//! Giving what one has under way to a colleague or to everybody, and taking it.

use chrono::NaiveDateTime;
use diesel::QueryResult;

use super::queries::{self, Handover, Open};
use super::{ACCEPT_FOR, HandoverState, ItemKind, PATH, href_of};
use crate::alerts::Happening;
use crate::alerts::queries::notices;
use crate::callbacks::queries::change::{self, Moved};
use crate::chats::queries::people;
use crate::domain::id::{AccountId, HandoverId};
use crate::domain::notice::{Audience, NoticeKind};
use crate::domain::person::Person;
use crate::domain::russian::{plural, short_name};
use crate::platform::audit::{self, Entry};
use crate::platform::db::Tx;
use crate::platform::live::Event;

/// «2 обещания, 1 чат, 3 черновика».
pub fn words(open: &Open) -> String {
    let counted = |n: usize, forms: [&str; 3]| match n {
        0 => None,
        n => Some(format!("{n} {}", plural(n as u64, forms))),
    };
    let parts = [
        counted(open.promises.len(), ["обещание", "обещания", "обещаний"]),
        counted(open.chats.len(), ["чат", "чата", "чатов"]),
        counted(open.drafts.len(), ["черновик", "черновика", "черновиков"]),
        counted(open.holds.len(), ["бронь времени", "брони времени", "броней времени"]),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Leaves everything `from` has under way to a colleague, who is told and has [`ACCEPT_FOR`], or to everybody. What
/// was left earlier and not taken goes with it. `false` when there was nothing.
pub fn hand_over(
    tx: &mut Tx,
    from: &Person,
    to: Option<(AccountId, &str)>,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    take_back(tx, from.id)?;
    let open = queries::open(tx.db, from.id, now)?;
    if open.is_empty() {
        return Ok(false);
    }
    let to_id = to.map(|(id, _)| id);
    let id = queries::insert(tx.db, from.id, to_id, &open.items(), now + ACCEPT_FOR, now)?;
    let what = words(&open);
    let (whom, detail) = match to {
        Some((_, name)) => (name, format!("{what} — {name}")),
        None => ("", format!("{what} — всем")),
    };
    let entry = Entry { by: from.id, action: "shift.hand_over", subject: &from.name, detail: &detail };
    audit::record(tx, &entry, now)?;
    match to {
        Some((to, _)) => {
            let happening = Happening {
                person: Some(to),
                audience: Audience::Person,
                by: Some(from.id),
                title: format!("{} передаёт вам дела", short_name(&from.name)),
                text: what.clone(),
                outside: format!("Передача смены: {what}, ждёт {}", short_name(whom)),
                href: href_of(id),
                ..told(id, "offer")
            };
            notices::tell(tx, &happening, now)?;
        }
        None => give_to_all(tx, id, from.id, &short_name(&from.name), open, now)?,
    }
    Ok(true)
}

/// Who is back goes on with what nobody has taken: it has been his all the time.
pub fn take_back(tx: &mut Tx, account_id: AccountId) -> QueryResult<()> {
    for handover in queries::left_by(tx.db, account_id)? {
        notices::forget(tx.db, &href_of(handover.id))?;
        if let Some(asked) = handover.to_id {
            tx.announce(Event::NoticesOf(asked));
        }
    }
    queries::withdraw(tx.db, account_id)?;
    Ok(())
}

/// An offer nobody has taken in time is everybody's.
pub fn pool(tx: &mut Tx, handover: &Handover, now: NaiveDateTime) -> QueryResult<()> {
    if !queries::pool(tx.db, handover.id)? {
        return Ok(());
    }
    notices::forget(tx.db, &href_of(handover.id))?;
    if let Some(asked) = handover.to_id {
        tx.announce(Event::NoticesOf(asked));
    }
    let items = queries::items(tx.db, handover.id)?;
    let open = queries::open(tx.db, handover.from_id, now)?.only(&items);
    let detail = format!("{}: за {} минут никто не принял", words(&open), ACCEPT_FOR.num_minutes());
    let entry =
        Entry { by: handover.from_id, action: "shift.pool", subject: &handover.from, detail: &detail };
    audit::record(tx, &entry, now)?;
    give_to_all(tx, handover.id, handover.from_id, &short_name(&handover.from), open, now)
}

/// Promises and chats are everybody's from now on. A form has to be somebody's: it stays its writer's until one takes
/// it. A held time ends by itself, unless one takes it before.
fn give_to_all(
    tx: &mut Tx,
    id: HandoverId,
    from: AccountId,
    name: &str,
    open: Open,
    now: NaiveDateTime,
) -> QueryResult<()> {
    for (promise, _, due_at, note) in &open.promises {
        change::change(tx, *promise, &Moved { due_at: *due_at, note, owner_id: None }, now)?;
    }
    for (chat, ..) in &open.chats {
        people::release(tx, *chat, from, false, now)?;
    }
    let what = words(&open);
    if open.drafts.is_empty() && open.holds.is_empty() {
        queries::take(tx.db, id, None, now)?;
    }
    if what.is_empty() {
        return Ok(());
    }
    let happening = Happening {
        audience: Audience::All,
        by: Some(from),
        title: format!("Дела для всех: {name}"),
        text: what.clone(),
        outside: format!("Передача смены: {what}, для всех"),
        ..told(id, "pool")
    };
    notices::tell(tx, &happening, now)?;
    Ok(())
}

/// What became of taking something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// «2 обещания, 1 чат».
    pub words: String,
    /// Forms that stayed where they are: one of the same kind is being written already.
    pub stayed: usize,
}

/// Takes what was left. What has been done meanwhile stays done. `None` when somebody else was quicker.
pub fn take(tx: &mut Tx, handover: &Handover, by: &Person, now: NaiveDateTime) -> QueryResult<Option<Taken>> {
    if !queries::take(tx.db, handover.id, Some(by.id), now)? {
        return Ok(None);
    }
    notices::forget(tx.db, &href_of(handover.id))?;
    let items = queries::items(tx.db, handover.id)?;
    let mut open = queries::open(tx.db, handover.from_id, now)?.only(&items);
    for (promise, _, due_at, note) in &open.promises {
        change::change(tx, *promise, &Moved { due_at: *due_at, note, owner_id: Some(by.id) }, now)?;
    }
    for (chat, ..) in &open.chats {
        people::pass(tx, *chat, (by.id, &by.name), handover.from_id, true, now)?;
    }
    let both = (handover.from_id, by.id);
    let before = open.drafts.len();
    let mut given = Vec::new();
    for (key, at) in std::mem::take(&mut open.drafts) {
        if queries::give_draft(tx.db, &key, both, now)? {
            given.push((key, at));
        }
    }
    open.drafts = given;
    for (hold, ..) in &open.holds {
        queries::give_hold(tx, *hold, both)?;
    }
    let taken = Taken { words: words(&open), stayed: before - open.drafts.len() };
    let detail = match taken.words.as_str() {
        "" => "к этому времени всё сделано".to_owned(),
        what => format!("{what} — от: {}", handover.from),
    };
    audit::record(tx, &Entry { by: by.id, action: "shift.take", subject: &by.name, detail: &detail }, now)?;
    let happening = Happening {
        person: Some(handover.from_id),
        audience: Audience::Person,
        by: Some(by.id),
        title: format!("{} принимает ваши дела", short_name(&by.name)),
        text: taken.words.clone(),
        outside: format!("Передача смены: принято, {}", taken.words),
        ..told(handover.id, "taken")
    };
    notices::tell(tx, &happening, now)?;
    // The offer leaves the bells it stands in.
    tx.announce(match handover.state {
        HandoverState::Offered | HandoverState::Taken => Event::NoticesOf(by.id),
        HandoverState::Pooled => Event::Notices,
    });
    Ok(Some(taken))
}

fn told(id: HandoverId, what: &str) -> Happening {
    Happening {
        key: format!("shift-{id}-{what}"),
        kind: NoticeKind::Shift,
        audience: Audience::Person,
        person: None,
        by: None,
        title: String::new(),
        text: String::new(),
        href: PATH.to_owned(),
        outside: String::new(),
        together: None,
    }
}

/// Where a form is gone on with, and what it is, by its key.
pub fn place_of_draft(key: &str) -> (String, &'static str) {
    let (kind, rest) = key.split_once('-').unwrap_or((key, ""));
    match kind {
        "call" => (format!("/orders/new?call={rest}"), "Новый заказ по звонку"),
        "phone" => (format!("/orders/new?phone={rest}"), "Новый заказ по номеру"),
        "chat" => (format!("/orders/new?chat={rest}"), "Новый заказ из чата"),
        "order" => (format!("/orders/{rest}"), "Изменения заказа"),
        "dialog" => (format!("/messages/{rest}"), "Ответ в чате"),
        _ => ("/orders/new".to_owned(), "Новый заказ"),
    }
}

/// The kinds whose list is one of links.
pub fn icon_of(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Promise => "clock",
        ItemKind::Chat => "messages",
        ItemKind::Draft => "pencil",
        ItemKind::Hold => "calendar-event",
    }
}
