//! How far the chats of an account are kept in step.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AvitoId, ChatId};
use crate::platform::db::Db;
use crate::platform::db::schema::{avito, chat_sync, chats};

/// How an account stands.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = chat_sync)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct Sync {
    pub avito_id: AvitoId,
    pub import_state: String,
    pub import_offset: i64,
    pub imported_chats: i64,
    pub polled_at: Option<NaiveDateTime>,
    pub looked_at: Option<NaiveDateTime>,
    pub delivered_at: Option<NaiveDateTime>,
    pub found: i64,
    pub error: String,
    pub trouble_since: Option<NaiveDateTime>,
}

/// How an account stands, from the beginning when it is new.
pub fn of(db: &mut Db, account: AvitoId) -> QueryResult<Sync> {
    crate::insert_new!(&mut *db, chat_sync::table, chat_sync::avito_id.eq(account), chat_sync::avito_id)?;
    chat_sync::table.find(account).select(Sync::as_select()).first(db)
}

/// How all accounts stand.
pub fn all(db: &mut Db) -> QueryResult<Vec<Sync>> {
    chat_sync::table.order(chat_sync::avito_id).select(Sync::as_select()).load(db)
}

/// The first reading has come to a page.
pub fn note_import(db: &mut Db, account: AvitoId, offset: i64, chats: i64, is_done: bool) -> QueryResult<()> {
    diesel::update(chat_sync::table.find(account))
        .set((
            chat_sync::import_state.eq(if is_done { "done" } else { "running" }),
            chat_sync::import_offset.eq(offset),
            chat_sync::imported_chats.eq(chat_sync::imported_chats + chats),
        ))
        .execute(db)
        .map(|_| ())
}

/// Chats were compared; `found` messages nobody had told of.
pub fn note_polled(
    db: &mut Db,
    account: AvitoId,
    is_whole: bool,
    found: i64,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let set = (
        chat_sync::polled_at.eq(now),
        chat_sync::found.eq(chat_sync::found + found),
        chat_sync::error.eq(""),
        chat_sync::trouble_since.eq(None::<NaiveDateTime>),
    );
    diesel::update(chat_sync::table.find(account)).set(set).execute(db)?;
    if is_whole {
        diesel::update(chat_sync::table.find(account)).set(chat_sync::looked_at.eq(now)).execute(db)?;
    }
    Ok(())
}

/// It did not work: why, in Russian.
pub fn note_error(db: &mut Db, account: AvitoId, why: &str, now: NaiveDateTime) -> QueryResult<()> {
    let set = (chat_sync::error.eq(why), chat_sync::polled_at.eq(now));
    diesel::update(chat_sync::table.find(account)).set(set).execute(db)?;
    let first = chat_sync::table.find(account).filter(chat_sync::trouble_since.is_null());
    diesel::update(first).set(chat_sync::trouble_since.eq(now)).execute(db).map(|_| ())
}

/// Accounts that work and whose chats cannot be compared since before `before`: name, why, since when; by name.
pub fn in_trouble(
    db: &mut Db,
    before: NaiveDateTime,
) -> QueryResult<Vec<(String, String, Option<NaiveDateTime>)>> {
    chat_sync::table
        .inner_join(avito::table)
        .filter(avito::is_active.eq(true).and(avito::client_secret.is_not_null()))
        .filter(chat_sync::trouble_since.lt(before))
        .order(avito::name)
        .select((avito::name, chat_sync::error, chat_sync::trouble_since))
        .load(db)
}

/// When the last delivery came.
pub fn delivered_at(db: &mut Db, account: AvitoId) -> QueryResult<Option<NaiveDateTime>> {
    let found: Option<Option<NaiveDateTime>> =
        chat_sync::table.find(account).select(chat_sync::delivered_at).first(db).optional()?;
    Ok(found.flatten())
}

/// Messages that no delivery told of and the comparison found, of all accounts.
pub fn found(db: &mut Db) -> QueryResult<i64> {
    let found: Vec<i64> = chat_sync::table.select(chat_sync::found).load(db)?;
    Ok(found.iter().sum())
}

/// A delivery has come.
pub fn note_delivered(db: &mut Db, account: AvitoId, now: NaiveDateTime) -> QueryResult<()> {
    of(db, account)?;
    diesel::update(chat_sync::table.find(account))
        .set(chat_sync::delivered_at.eq(now))
        .execute(db)
        .map(|_| ())
}

/// Chats of which Avito is to hear that they were read: which, of which account, and Avito's id.
pub fn to_mark_read(db: &mut Db, limit: i64) -> QueryResult<Vec<(ChatId, AvitoId, String)>> {
    chats::table
        .filter(chats::read_pending.eq(true))
        .order(chats::id)
        .select((chats::id, chats::avito_id, chats::chat_key))
        .limit(limit)
        .load(db)
}

/// Avito has heard of it, or is not to.
pub fn marked_read(db: &mut Db, chat: ChatId) -> QueryResult<()> {
    diesel::update(chats::table.find(chat)).set(chats::read_pending.eq(false)).execute(db).map(|_| ())
}

/// Chats of an account of which nothing but the id is known.
pub fn without_details(db: &mut Db, account: AvitoId, limit: i64) -> QueryResult<Vec<(ChatId, String)>> {
    chats::table
        .filter(chats::avito_id.eq(account))
        .filter(chats::is_detailed.eq(false))
        .order(chats::id.desc())
        .select((chats::id, chats::chat_key))
        .limit(limit)
        .load(db)
}
