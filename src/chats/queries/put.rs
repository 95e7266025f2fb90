//! What Avito tells, written: chats, messages, and what follows from them for the chat as a whole.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::dsl::min;
use diesel::prelude::*;

use super::content_of;
use crate::chats::fold::{Kept, Told, fold};
use crate::chats::found;
use crate::clients;
use crate::debts;
use crate::domain::chat::{Counts, SendState};
use crate::domain::id::{AccountId, AdId, AvitoId, ChatId, ClientId, MessageId, OrderId};
use crate::domain::search_words::{number_tails, stored_words};
use crate::platform::db::portable::{self, RowLock, row_lock};
use crate::platform::db::schema::{avito, chat_phones, chat_search, chats, message_search, messages, orders};
use crate::platform::db::stored::to_json;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// Words of a message that are searched by.
const MAX_WORDS: usize = 400;
/// How far apart our clock and Avito's may be when a message of ours is recognised.
const CLOCKS_APART: chrono::Duration = chrono::Duration::minutes(10);

/// A chat as Avito tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct ToldChat {
    pub key: String,
    pub kind: String,
    pub client_name: String,
    pub item_id: Option<AdId>,
    pub item_title: String,
    pub item_price: String,
    pub item_url: String,
    pub item_image: String,
    pub item_is_gone: bool,
    pub city: String,
    pub created_at: Option<NaiveDateTime>,
}

/// The chat of an account with Avito's id `key`, made when there is none: a message may come before anything is known
/// of its chat.
pub fn ensure(
    tx: &mut Tx,
    account: AvitoId,
    key: &str,
    kind: &str,
    now: NaiveDateTime,
) -> QueryResult<ChatId> {
    let known = |db: &mut Db| {
        chats::table
            .filter(chats::avito_id.eq(account))
            .filter(chats::chat_key.eq(key.to_owned()))
            .select(chats::id)
            .first::<ChatId>(db)
            .optional()
    };
    if let Some(id) = known(tx.db)? {
        return Ok(id);
    }
    let row = (
        chats::avito_id.eq(account),
        chats::chat_key.eq(key),
        chats::kind.eq(kind),
        chats::created_at.eq(now),
        chats::list_time.eq(now),
    );
    let is_new = crate::insert_new!(&mut *tx.db, chats::table, row, (chats::chat_key, chats::avito_id))?;
    let id = known(tx.db)?.ok_or(diesel::result::Error::NotFound)?;
    if is_new {
        // Orders that named it before it was known here.
        let made: Vec<(OrderId, ClientId)> = orders::table
            .filter(orders::avito_chatid.eq(key.to_owned()))
            .select((orders::id, orders::client_id))
            .load(tx.db)?;
        for (order, client) in made {
            super::links::join(tx, id, order, Some(client))?;
        }
    }
    Ok(id)
}

/// Writes what Avito tells of a chat: who, what about, where. What it does not say stays.
pub fn put_chat(tx: &mut Tx, account: AvitoId, told: &ToldChat, now: NaiveDateTime) -> QueryResult<ChatId> {
    let id = ensure(tx, account, &told.key, &told.kind, told.created_at.unwrap_or(now))?;
    let before = super::chat(tx.db, id)?.ok_or(diesel::result::Error::NotFound)?;
    let or = |told: &str, kept: &str| -> String {
        let told: String = told.chars().take(500).collect();
        if told.trim().is_empty() { kept.to_owned() } else { told }
    };
    let fresh = (
        or(&told.client_name, &before.client_name),
        or(&told.item_title, &before.item_title),
        or(&told.item_price, &before.item_price),
        or(&told.item_url, &before.item_url),
        or(&told.item_image, &before.item_image),
        or(&told.city, &before.city),
        told.item_is_gone || before.item_is_gone && told.item_id.is_none(),
    );
    let same = (
        before.client_name.clone(),
        before.item_title.clone(),
        before.item_price.clone(),
        before.item_url.clone(),
        before.item_image.clone(),
        before.city.clone(),
        before.item_is_gone,
    );
    if fresh == same && before.is_detailed && before.gone.is_empty() {
        return Ok(id);
    }
    let (client_name, item_title, item_price, item_url, item_image, city, item_is_gone) = fresh;
    diesel::update(chats::table.find(id))
        .set((
            chats::kind.eq(or(&told.kind, &before.kind)),
            chats::client_name.eq(client_name),
            chats::item_title.eq(item_title),
            chats::item_price.eq(item_price),
            chats::item_url.eq(item_url),
            chats::item_image.eq(item_image),
            chats::city.eq(city),
            chats::item_is_gone.eq(item_is_gone),
            chats::is_detailed.eq(true),
            chats::gone.eq(""),
        ))
        .execute(tx.db)?;
    if told.item_id.is_some() {
        diesel::update(chats::table.find(id)).set(chats::item_id.eq(told.item_id)).execute(tx.db)?;
    }
    refold_chat(tx.db, id)?;
    tx.announce(Event::Chat(id));
    Ok(id)
}

/// Says that Avito shows the chat no more; what was written stays.
pub fn put_gone(tx: &mut Tx, id: ChatId, why: &str) -> QueryResult<()> {
    let set = (chats::gone.eq(why), chats::is_detailed.eq(true));
    diesel::update(chats::table.find(id)).set(set).execute(tx.db)?;
    tx.announce(Event::Chat(id));
    Ok(())
}

/// The words a chat is found by, folded anew.
pub fn refold_chat(db: &mut Db, id: ChatId) -> QueryResult<()> {
    let row: Option<(String, String, String, String)> = chats::table
        .inner_join(avito::table)
        .filter(chats::id.eq(id))
        .select((chats::client_name, chats::item_title, chats::city, avito::name))
        .first(db)
        .optional()?;
    let Some((name, item, city, account)) = row else { return Ok(()) };
    let numbers: Vec<String> = chat_phones::table
        .filter(chat_phones::chat_id.eq(id))
        .order(chat_phones::number)
        .select(chat_phones::number)
        .load(db)?;
    let tails: Vec<String> = numbers.iter().map(|number| number_tails(number)).collect();
    let texts = [&name, &item, &city, &account].into_iter().chain(&tails);
    let words = stored_words(texts.map(String::as_str));
    let row = (chat_search::chat_id.eq(id), chat_search::words.eq(words.clone()));
    crate::upsert!(db, chat_search::table, row, chat_search::chat_id, chat_search::words.eq(words))?;
    Ok(())
}

/// What writing messages has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Messages that were not there.
    pub new: usize,
    /// Messages of the client among them.
    pub from_client: usize,
    /// Messages that are other than they were.
    pub changed: usize,
}

/// Writes messages of a chat, in whatever order they were told of. Afterwards the chat says whose turn it is.
pub fn put_messages(tx: &mut Tx, chat: ChatId, told: &[Told]) -> QueryResult<Put> {
    // Two processes may have the same message at the same time: one after the other.
    let lock = row_lock(tx.db, RowLock::Change);
    diesel::sql_query(format!("SELECT id FROM chats WHERE id = $1{lock}"))
        .bind::<diesel::sql_types::BigInt, _>(chat)
        .execute(tx.db)?;
    let mut put = Put::default();
    let mut told: Vec<&Told> = told.iter().collect();
    told.sort_by(|a, b| (a.sent_at, &a.key).cmp(&(b.sent_at, &b.key)));
    let mut numbers = BTreeSet::new();
    let mut answered: Option<(NaiveDateTime, Option<AccountId>)> = None;
    for told in told {
        let Some((id, before, author)) = known(tx.db, chat, told)? else {
            let kept = fold(None, told);
            let id = insert(tx.db, chat, told, &kept)?;
            put.new += 1;
            put.from_client += usize::from(kept.counts == Counts::Client);
            write_words(tx.db, id, &kept)?;
            if kept.counts == Counts::Client {
                numbers.extend(found::phones(&kept.text));
            }
            if kept.counts == Counts::Answer {
                answered = answered.max(Some((told.sent_at, None)));
            }
            continue;
        };
        let kept = fold(Some(&before), told);
        if author.is_some() && kept.counts == Counts::Answer {
            answered = answered.max(Some((told.sent_at, author)));
        }
        if kept == before {
            continue;
        }
        update(tx.db, id, &kept)?;
        put.changed += usize::from(Kept { told_at: before.told_at, ..kept.clone() } != before);
        if kept.text != before.text {
            write_words(tx.db, id, &kept)?;
            numbers.extend(found::phones(&kept.text));
        }
    }
    if put == Put::default() {
        return Ok(put);
    }
    note_numbers(tx, chat, numbers)?;
    if put.from_client > 0 {
        // Put off until a time, or until the next message.
        diesel::update(chats::table.find(chat))
            .set(chats::snoozed_until.eq(None::<NaiveDateTime>))
            .execute(tx.db)?;
    }
    if let Some((at, by)) = answered {
        pay(tx, chat, at, by)?;
    }
    settle(tx, chat)?;
    Ok(put)
}

/// An answer pays what is owed to the numbers of the chat and of its client.
pub fn pay(tx: &mut Tx, chat: ChatId, at: NaiveDateTime, by: Option<AccountId>) -> QueryResult<()> {
    let mut numbers: Vec<String> =
        chat_phones::table.filter(chat_phones::chat_id.eq(chat)).select(chat_phones::number).load(tx.db)?;
    let client: Option<ClientId> = chats::table.find(chat).select(chats::client_id).first(tx.db)?;
    if let Some(client) = client {
        numbers.extend(clients::queries::numbers(tx.db, &[client])?.into_iter().map(|number| number.digits));
    }
    numbers.sort();
    numbers.dedup();
    debts::queries::pay_by_chat(tx, &numbers, at, by)
}

fn note_numbers(tx: &mut Tx, chat: ChatId, numbers: BTreeSet<String>) -> QueryResult<()> {
    let mut is_new = false;
    for number in &numbers {
        let row = (chat_phones::chat_id.eq(chat), chat_phones::number.eq(number.clone()));
        let key = (chat_phones::chat_id, chat_phones::number);
        is_new |= crate::insert_new!(&mut *tx.db, chat_phones::table, row, key)?;
    }
    if !is_new {
        return Ok(());
    }
    let known: Option<ClientId> = chats::table.find(chat).select(chats::client_id).first(tx.db)?;
    if known.is_none() {
        for number in &numbers {
            if let Some(client) = clients::queries::by_number(tx.db, number)? {
                diesel::update(chats::table.find(chat)).set(chats::client_id.eq(client)).execute(tx.db)?;
                break;
            }
        }
    }
    refold_chat(tx.db, chat)
}

type Found = (MessageId, Kept, Option<AccountId>);

/// The message as it is kept: by Avito's id, or one of ours whose id is not known here yet.
fn known(db: &mut Db, chat: ChatId, told: &Told) -> QueryResult<Option<Found>> {
    let by_key = messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::message_key.eq(told.key.clone()))
        .select(kept_columns())
        .first::<KeptRow>(db)
        .optional()?;
    if let Some(row) = by_key {
        return Ok(Some(row.into_kept()));
    }
    if !told.is_out {
        return Ok(None);
    }
    let is_text = told.kind == "text";
    let mut query = messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::message_key.is_null())
        .filter(messages::state.eq_any([SendState::Sending, SendState::Doubtful].map(Some)))
        .filter(messages::kind.eq(told.kind.clone()))
        .filter(messages::attempted_at.ge(told.sent_at - CLOCKS_APART))
        .filter(messages::attempted_at.le(told.sent_at + CLOCKS_APART))
        .order(messages::id)
        .select(kept_columns())
        .into_boxed();
    if is_text {
        query = query.filter(messages::text.eq(told.words()));
    }
    let Some(row) = query.first::<KeptRow>(db).optional()? else { return Ok(None) };
    let (id, before, author) = row.into_kept();
    arrive(db, id, &told.key, told.sent_at)?;
    let counts: Counts = messages::table.find(id).select(messages::counts).first(db)?;
    let before = Kept { counts, ..before };
    Ok(Some((id, before, author)))
}

/// One of ours has Avito's id now: it has arrived, and counts unless a rule has written it.
pub fn arrive(db: &mut Db, id: MessageId, key: &str, sent_at: NaiveDateTime) -> QueryResult<()> {
    let is_auto: bool = messages::table.find(id).select(messages::is_auto).first(db)?;
    let counts = if is_auto { Counts::Nothing } else { Counts::Answer };
    diesel::update(messages::table.find(id))
        .set((
            messages::message_key.eq(key),
            messages::state.eq(Some(SendState::Sent)),
            messages::error.eq(""),
            messages::counts.eq(counts),
            messages::sent_at.eq(sent_at),
        ))
        .execute(db)
        .map(|_| ())
}

#[derive(Queryable)]
struct KeptRow {
    id: MessageId,
    kind: String,
    counts: Counts,
    text: String,
    content: String,
    told_at: NaiveDateTime,
    is_read: bool,
    read_at: Option<NaiveDateTime>,
    deleted_at: Option<NaiveDateTime>,
    account_id: Option<AccountId>,
}

impl KeptRow {
    fn into_kept(self) -> Found {
        let kept = Kept {
            kind: self.kind,
            counts: self.counts,
            text: self.text,
            content: content_of(&self.content),
            told_at: self.told_at,
            is_read: self.is_read,
            read_at: self.read_at,
            deleted_at: self.deleted_at,
        };
        (self.id, kept, self.account_id)
    }
}

type KeptColumns = (
    messages::id,
    messages::kind,
    messages::counts,
    messages::text,
    messages::content,
    messages::told_at,
    messages::is_read,
    messages::read_at,
    messages::deleted_at,
    messages::account_id,
);

fn kept_columns() -> KeptColumns {
    (
        messages::id,
        messages::kind,
        messages::counts,
        messages::text,
        messages::content,
        messages::told_at,
        messages::is_read,
        messages::read_at,
        messages::deleted_at,
        messages::account_id,
    )
}

fn insert(db: &mut Db, chat: ChatId, told: &Told, kept: &Kept) -> QueryResult<MessageId> {
    let kind: String = kept.kind.chars().filter(|c| *c != '\0').take(60).collect();
    diesel::insert_into(messages::table)
        .values((
            messages::chat_id.eq(chat),
            messages::message_key.eq(&told.key),
            messages::is_out.eq(told.is_out),
            messages::kind.eq(kind),
            messages::counts.eq(kept.counts),
            messages::text.eq(&kept.text),
            messages::content.eq(to_json(&kept.content)?),
            messages::sent_at.eq(told.sent_at),
            messages::told_at.eq(kept.told_at),
            messages::is_read.eq(kept.is_read),
            messages::read_at.eq(kept.read_at),
            messages::deleted_at.eq(kept.deleted_at),
        ))
        .returning(messages::id)
        .get_result(db)
}

fn update(db: &mut Db, id: MessageId, kept: &Kept) -> QueryResult<()> {
    diesel::update(messages::table.find(id))
        .set((
            messages::kind.eq(&kept.kind),
            messages::counts.eq(kept.counts),
            messages::text.eq(&kept.text),
            messages::content.eq(to_json(&kept.content)?),
            messages::told_at.eq(kept.told_at),
            messages::is_read.eq(kept.is_read),
            messages::read_at.eq(kept.read_at),
            messages::deleted_at.eq(kept.deleted_at),
        ))
        .execute(db)
        .map(|_| ())
}

fn write_words(db: &mut Db, id: MessageId, kept: &Kept) -> QueryResult<()> {
    if kept.deleted_at.is_some() || matches!(kept.kind.as_str(), "image" | "voice" | "call" | "deleted") {
        return Ok(());
    }
    let numbers: Vec<String> = found::phones(&kept.text).iter().map(|number| number_tails(number)).collect();
    let all = stored_words(std::iter::once(kept.text.as_str()).chain(numbers.iter().map(String::as_str)));
    let words = all.split(' ').take(MAX_WORDS).collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return Ok(());
    }
    let row = (message_search::message_id.eq(id), message_search::words.eq(words.clone()));
    crate::upsert!(
        db,
        message_search::table,
        row,
        message_search::message_id,
        message_search::words.eq(words)
    )?;
    Ok(())
}

/// The words of a message of ours, for searching.
pub(super) fn write_own_words(db: &mut Db, id: MessageId, text: &str) -> QueryResult<()> {
    let words = stored_words([text]);
    if words.is_empty() {
        return Ok(());
    }
    let row = (message_search::message_id.eq(id), message_search::words.eq(words));
    crate::insert_new!(db, message_search::table, row, message_search::message_id)?;
    Ok(())
}

/// Makes the chat say what its messages say: which is the newest, whose turn it is and since when, what is unread.
pub fn settle(tx: &mut Tx, chat: ChatId) -> QueryResult<()> {
    let of = |counts: Counts| {
        messages::table.filter(messages::chat_id.eq(chat)).filter(messages::counts.eq(counts))
    };
    let answered: Option<(NaiveDateTime, MessageId)> = of(Counts::Answer)
        .order((messages::sent_at.desc(), messages::id.desc()))
        .select((messages::sent_at, messages::id))
        .first(tx.db)
        .optional()?;
    let awaits: Option<NaiveDateTime> = match answered {
        // Avito tells seconds only: within one, the order in which they came counts.
        Some((at, id)) => of(Counts::Client)
            .filter(messages::sent_at.ge(at))
            .filter(messages::sent_at.gt(at).or(messages::sent_at.eq(at).and(messages::id.gt(id))))
            .select(min(messages::sent_at))
            .first(tx.db)?,
        None => of(Counts::Client).select(min(messages::sent_at)).first(tx.db)?,
    };
    let newest: Option<(MessageId, NaiveDateTime)> = messages::table
        .filter(messages::chat_id.eq(chat))
        .order((messages::sent_at.desc(), messages::id.desc()))
        .select((messages::id, messages::sent_at))
        .first(tx.db)
        .optional()?;
    let unread: i64 = of(Counts::Client).filter(messages::is_read.eq(false)).count().get_result(tx.db)?;
    diesel::update(chats::table.find(chat))
        .set((
            chats::awaits_since.eq(awaits),
            chats::last_message_id.eq(newest.map(|(id, _)| id)),
            chats::unread_count.eq(unread),
        ))
        .execute(tx.db)?;
    if let Some((_, at)) = newest {
        diesel::update(chats::table.find(chat)).set(chats::list_time.eq(at)).execute(tx.db)?;
    }
    tx.announce(Event::Chat(chat));
    Ok(())
}

/// Of the messages that were told of, those that are not kept yet.
pub fn unknown(db: &mut Db, chat: ChatId, keys: &[String]) -> QueryResult<usize> {
    let known: i64 = messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::message_key.eq_any(keys.iter().cloned().map(Some).collect::<Vec<_>>()))
        .count()
        .get_result(db)?;
    Ok(keys.len().saturating_sub(usize::try_from(known).unwrap_or_default()))
}

/// Only one at a time writes what belongs to the account: deliveries and comparisons of two processes.
pub fn lock_account(db: &mut Db, account: AvitoId) -> QueryResult<()> {
    portable::lock(db, &format!("avito {account}"))
}
