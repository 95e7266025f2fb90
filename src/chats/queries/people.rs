//! Who has a chat, who is in it, what was noted of it, and who has read it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::chats::{RETURN_AFTER, RETURN_AFTER_DEFAULT};
use crate::domain::chat::Counts;
use crate::domain::id::{AccountId, ChatId, LabelId, MessageId};
use crate::domain::person::{AccountStatus, Role};
use crate::platform::db::schema::{
    accounts, chat_label_links, chat_labels, chat_log, chat_people, chats, messages,
};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::platform::settings;

/// How long a sign of life in a chat lasts.
const HERE_FOR: chrono::Duration = chrono::Duration::seconds(45);
/// How long typing lasts after the last letter.
const TYPING_FOR: chrono::Duration = chrono::Duration::seconds(6);

/// Minutes after which a taken chat that is not answered is everybody's again.
pub fn return_after(db: &mut Db) -> QueryResult<i64> {
    let kept = settings::read(db, RETURN_AFTER)?;
    Ok(kept.and_then(|text| text.parse().ok()).unwrap_or(RETURN_AFTER_DEFAULT))
}

fn log(
    db: &mut Db,
    chat: ChatId,
    by: Option<AccountId>,
    at: NaiveDateTime,
    kind: &str,
    text: &str,
) -> QueryResult<()> {
    diesel::insert_into(chat_log::table)
        .values((
            chat_log::chat_id.eq(chat),
            chat_log::account_id.eq(by),
            chat_log::at.eq(at),
            chat_log::kind.eq(kind),
            chat_log::text.eq(text),
        ))
        .execute(db)
        .map(|_| ())
}

/// «Взять»: `false` when it is somebody else's already.
pub fn take(tx: &mut Tx, chat: ChatId, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let free = chats::table.find(chat).filter(chats::owner_id.is_null());
    let set = (chats::owner_id.eq(by), chats::owned_at.eq(now));
    let is_taken = diesel::update(free).set(set).execute(tx.db)? == 1;
    if is_taken {
        log(tx.db, chat, Some(by), now, "taken", "")?;
        tx.announce(Event::Chat(chat));
    }
    is_taken_or_own(tx.db, chat, by, is_taken)
}

fn is_taken_or_own(db: &mut Db, chat: ChatId, by: AccountId, is_taken: bool) -> QueryResult<bool> {
    if is_taken {
        return Ok(true);
    }
    let owner: Option<AccountId> = chats::table.find(chat).select(chats::owner_id).first(db)?;
    Ok(owner == Some(by))
}

/// Gives the chat to somebody, whose alone it is from then on; `only_own`: unless it is another's. `false` when it is.
pub fn pass(
    tx: &mut Tx,
    chat: ChatId,
    to: (AccountId, &str),
    by: AccountId,
    only_own: bool,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let set = (chats::owner_id.eq(to.0), chats::owned_at.eq(now));
    let changed = if only_own {
        let own = chats::table.find(chat).filter(chats::owner_id.is_null().or(chats::owner_id.eq(by)));
        diesel::update(own).set(set).execute(tx.db)?
    } else {
        diesel::update(chats::table.find(chat)).set(set).execute(tx.db)?
    };
    if changed == 1 {
        log(tx.db, chat, Some(by), now, "passed", to.1)?;
        tx.announce(Event::Chat(chat));
    }
    Ok(changed == 1)
}

/// Gives the chat back to everybody; an admin gives back anybody's.
pub fn release(
    tx: &mut Tx,
    chat: ChatId,
    by: AccountId,
    is_admin: bool,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let set = (chats::owner_id.eq(None::<AccountId>), chats::owned_at.eq(None::<NaiveDateTime>));
    let changed = if is_admin {
        diesel::update(chats::table.find(chat).filter(chats::owner_id.is_not_null()))
            .set(set)
            .execute(tx.db)?
    } else {
        diesel::update(chats::table.find(chat).filter(chats::owner_id.eq(by))).set(set).execute(tx.db)?
    };
    if changed == 1 {
        log(tx.db, chat, Some(by), now, "released", "")?;
        tx.announce(Event::Chat(chat));
    }
    Ok(changed == 1)
}

/// Chats that were taken before `before` and whose client has waited since before it: everybody's again, and said so.
pub fn return_unanswered(tx: &mut Tx, before: NaiveDateTime, now: NaiveDateTime) -> QueryResult<usize> {
    let late: Vec<(ChatId, Option<AccountId>)> = chats::table
        .filter(chats::owner_id.is_not_null())
        .filter(chats::owned_at.lt(before))
        .filter(chats::awaits_since.lt(before))
        .filter(chats::snoozed_until.is_null())
        .select((chats::id, chats::owner_id))
        .load(tx.db)?;
    for (chat, owner) in &late {
        let set = (chats::owner_id.eq(None::<AccountId>), chats::owned_at.eq(None::<NaiveDateTime>));
        diesel::update(chats::table.find(*chat)).set(set).execute(tx.db)?;
        log(tx.db, *chat, *owner, now, "returned", "")?;
        tx.announce(Event::Chat(*chat));
    }
    Ok(late.len())
}

/// Puts a chat off until a time or the next message of the client; without a time it is back.
pub fn snooze(
    tx: &mut Tx,
    chat: ChatId,
    until: Option<NaiveDateTime>,
    words: &str,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    diesel::update(chats::table.find(chat)).set(chats::snoozed_until.eq(until)).execute(tx.db)?;
    if until.is_some() {
        log(tx.db, chat, Some(by), now, "snoozed", words)?;
    }
    tx.announce(Event::Chat(chat));
    Ok(())
}

/// Chats whose time has come are back.
pub fn wake(tx: &mut Tx, now: NaiveDateTime) -> QueryResult<usize> {
    let due = chats::table.filter(chats::snoozed_until.le(now));
    let woken: Vec<ChatId> = diesel::update(due)
        .set(chats::snoozed_until.eq(None::<NaiveDateTime>))
        .returning(chats::id)
        .get_results(tx.db)?;
    for chat in &woken {
        tx.announce(Event::Chat(*chat));
    }
    Ok(woken.len())
}

/// Notes something that the client never sees.
pub fn note(tx: &mut Tx, chat: ChatId, text: &str, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    log(tx.db, chat, Some(by), now, "note", text)?;
    tx.announce(Event::Chat(chat));
    Ok(())
}

/// Everything of the client up to a message is read here, and Avito is to hear of it.
pub fn read(tx: &mut Tx, chat: ChatId, upto: MessageId) -> QueryResult<()> {
    let unread = messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::is_read.eq(false))
        .filter(messages::counts.eq(Counts::Client))
        .filter(messages::id.le(upto));
    let read = diesel::update(unread).set(messages::is_read.eq(true)).execute(tx.db)?;
    if read > 0 {
        diesel::update(chats::table.find(chat)).set(chats::read_pending.eq(true)).execute(tx.db)?;
        super::put::settle(tx, chat)?;
    }
    Ok(())
}

/// A sign of life of somebody in a chat. Others hear of it when it changes what they see.
pub fn here(
    tx: &mut Tx,
    chat: ChatId,
    by: AccountId,
    seen: MessageId,
    types: bool,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let before: Option<(NaiveDateTime, NaiveDateTime, MessageId)> = chat_people::table
        .find((chat, by))
        .select((chat_people::here_until, chat_people::typing_until, chat_people::seen_id))
        .first(tx.db)
        .optional()?;
    let was_here = before.is_some_and(|(here, ..)| here > now);
    let typed = before.is_some_and(|(_, typing, _)| typing > now);
    let seen = before.map_or(seen, |(.., known)| known.max(seen));
    let typing_until = if types { now + TYPING_FOR } else { now };
    let row = (
        chat_people::chat_id.eq(chat),
        chat_people::account_id.eq(by),
        chat_people::seen_id.eq(seen),
        chat_people::here_until.eq(now + HERE_FOR),
        chat_people::typing_until.eq(typing_until),
    );
    let set = (
        chat_people::seen_id.eq(seen),
        chat_people::here_until.eq(now + HERE_FOR),
        chat_people::typing_until.eq(typing_until),
    );
    let key = (chat_people::chat_id, chat_people::account_id);
    crate::upsert!(&mut *tx.db, chat_people::table, row, key, set)?;
    if !was_here || typed != types {
        tx.announce(Event::ChatPeople(chat));
    }
    Ok(())
}

/// Somebody leaves a chat.
pub fn leave(tx: &mut Tx, chat: ChatId, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    let set = (chat_people::here_until.eq(now), chat_people::typing_until.eq(now));
    if diesel::update(chat_people::table.find((chat, by))).set(set).execute(tx.db)? > 0 {
        tx.announce(Event::ChatPeople(chat));
    }
    Ok(())
}

/// The message somebody has seen last.
pub fn seen(db: &mut Db, chat: ChatId, by: AccountId) -> QueryResult<Option<MessageId>> {
    chat_people::table.find((chat, by)).select(chat_people::seen_id).first(db).optional()
}

/// Who else is in the chat: names, and whether they type.
pub fn others(
    db: &mut Db,
    chat: ChatId,
    but: AccountId,
    now: NaiveDateTime,
) -> QueryResult<Vec<(String, bool)>> {
    let rows: Vec<(String, NaiveDateTime)> = chat_people::table
        .inner_join(accounts::table.on(chat_people::account_id.eq(accounts::id)))
        .filter(chat_people::chat_id.eq(chat))
        .filter(chat_people::account_id.ne(but))
        .filter(chat_people::here_until.gt(now))
        .order(accounts::name)
        .select((accounts::name, chat_people::typing_until))
        .load(db)?;
    Ok(rows.into_iter().map(|(name, typing)| (name, typing > now)).collect())
}

/// Everybody a chat can be handed to.
pub fn colleagues(db: &mut Db) -> QueryResult<Vec<(AccountId, String)>> {
    accounts::table
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(accounts::role.eq(Role::Operator))
        .order(accounts::name)
        .select((accounts::id, accounts::name))
        .load(db)
}

/// Labels that are offered.
pub fn labels(db: &mut Db) -> QueryResult<Vec<(LabelId, String)>> {
    chat_labels::table
        .filter(chat_labels::is_active.eq(true))
        .order(chat_labels::name)
        .select((chat_labels::id, chat_labels::name))
        .load(db)
}

/// Labels of chats.
pub fn labels_of(db: &mut Db, of: &[ChatId]) -> QueryResult<Vec<(ChatId, LabelId, String)>> {
    chat_label_links::table
        .inner_join(chat_labels::table.on(chat_label_links::label_id.eq(chat_labels::id)))
        .filter(chat_label_links::chat_id.eq_any(of.to_vec()))
        .order(chat_labels::name)
        .select((chat_label_links::chat_id, chat_labels::id, chat_labels::name))
        .load(db)
}

/// Puts a label on a chat or takes it off.
pub fn label(tx: &mut Tx, chat: ChatId, label: LabelId, is_on: bool) -> QueryResult<()> {
    let of = chat_label_links::table.find((chat, label));
    diesel::delete(of).execute(tx.db)?;
    if is_on {
        let row = (chat_label_links::chat_id.eq(chat), chat_label_links::label_id.eq(label));
        let key = (chat_label_links::chat_id, chat_label_links::label_id);
        crate::insert_new!(&mut *tx.db, chat_label_links::table, row, key)?;
    }
    tx.announce(Event::Chat(chat));
    Ok(())
}

/// True when there is such a label to put on.
pub fn is_label(db: &mut Db, label: LabelId) -> QueryResult<bool> {
    let found = chat_labels::table.find(label).filter(chat_labels::is_active.eq(true));
    diesel::select(diesel::dsl::exists(found)).get_result(db)
}

/// A new label, or an old one offered again.
pub fn add_label(tx: &mut Tx, name: &str) -> QueryResult<()> {
    let row = (chat_labels::name.eq(name), chat_labels::is_active.eq(true));
    crate::upsert!(&mut *tx.db, chat_labels::table, row, chat_labels::name, chat_labels::is_active.eq(true))?;
    tx.announce(Event::Lists);
    Ok(())
}

/// A label is offered no more; chats keep it. `false` when there is none.
pub fn retire_label(tx: &mut Tx, label: LabelId) -> QueryResult<bool> {
    let of = chat_labels::table.find(label);
    let changed = diesel::update(of).set(chat_labels::is_active.eq(false)).execute(tx.db)?;
    tx.announce(Event::Lists);
    Ok(changed == 1)
}
