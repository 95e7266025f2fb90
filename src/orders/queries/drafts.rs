//! Forms that are being filled in, per person.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::write::order_of_request;
use crate::domain::id::{AccountId, CallId, ChatId, OrderId};
use crate::platform::db::schema::drafts;
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, stored};

/// A form's fields.
pub type DraftFields = BTreeMap<String, String>;

/// The field that tells one form that was opened from another one with the same draft key.
pub const REQUEST_KEY: &str = "request_key";

/// Longest such key, in bytes; ours are UUIDs.
pub const MAX_KEY: usize = 64;

/// What became of a draft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kept {
    /// It is kept, or its form has become an order and nothing is left to keep.
    Yes,
    /// It was sent before its form was saved and arrived after it, or another tab has saved the same form.
    Overtaken,
}

/// Keeps what the person has typed so far. What has become an order or was saved meanwhile is not kept: a late draft
/// would bring the form back, and sending it again would show the old order instead of making a new one.
pub fn save(
    db: &mut Db,
    account_id: AccountId,
    key: &str,
    fields: &DraftFields,
    now: NaiveDateTime,
) -> QueryResult<Kept> {
    let request_key = fields.get(REQUEST_KEY).map_or("", String::as_str);
    if order_of_request(db, request_key)?.is_some() {
        return Ok(Kept::Yes);
    }
    if !request_key.is_empty() && form_kept(db, account_id, &mark_of(key))?.as_deref() == Some(request_key) {
        return Ok(Kept::Overtaken);
    }
    put(db, account_id, key, fields, now)?;
    Ok(Kept::Yes)
}

/// Forgets the person's draft of the form `request_key`, which was just saved, and remembers that it was: what of it
/// is still on its way is refused by [`save`]. The draft of another form with the same key stays.
pub fn settle(
    db: &mut Db,
    account_id: AccountId,
    key: &str,
    request_key: &str,
    now: NaiveDateTime,
) -> QueryResult<()> {
    if form_kept(db, account_id, key)?.is_some_and(|kept| kept.is_empty() || kept == request_key) {
        drop(db, account_id, key)?;
    }
    if request_key.is_empty() {
        return Ok(());
    }
    let mark = DraftFields::from([(REQUEST_KEY.to_owned(), request_key.to_owned())]);
    put(db, account_id, &mark_of(key), &mark, now)
}

/// Where the last form of `key` that was saved is remembered. No form is kept there, and old marks go as drafts do.
fn mark_of(key: &str) -> String {
    format!("saved-{key}")
}

/// Which form is kept, empty when it does not say.
fn form_kept(db: &mut Db, account_id: AccountId, key: &str) -> QueryResult<Option<String>> {
    let kept = kept(db, account_id, key)?;
    Ok(kept.map(|(mut fields, _)| fields.remove(REQUEST_KEY).unwrap_or_default()))
}

fn put(
    db: &mut Db,
    account_id: AccountId,
    key: &str,
    fields: &DraftFields,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let text = stored::to_json(fields)?;
    let row = (
        drafts::account_id.eq(account_id),
        drafts::draft_key.eq(key.to_owned()),
        drafts::fields.eq(text.clone()),
        drafts::updated_at.eq(now),
    );
    let change = (drafts::fields.eq(text), drafts::updated_at.eq(now));
    crate::upsert!(db, drafts::table, row, (drafts::account_id, drafts::draft_key), change)?;
    Ok(())
}

/// The person's draft of that key and when it was saved; none when it has become an order.
pub fn load(
    db: &mut Db,
    account_id: AccountId,
    key: &str,
) -> QueryResult<Option<(DraftFields, NaiveDateTime)>> {
    let Some((fields, at)) = kept(db, account_id, key)? else { return Ok(None) };
    let request_key = fields.get(REQUEST_KEY).map_or("", String::as_str);
    let is_order = order_of_request(db, request_key)?.is_some();
    Ok((!is_order && !fields.is_empty()).then_some((fields, at)))
}

fn kept(db: &mut Db, account_id: AccountId, key: &str) -> QueryResult<Option<(DraftFields, NaiveDateTime)>> {
    let row: Option<(Json<DraftFields>, NaiveDateTime)> = drafts::table
        .filter(drafts::account_id.eq(account_id))
        .filter(drafts::draft_key.eq(key.to_owned()))
        .select((drafts::fields, drafts::updated_at))
        .first(db)
        .optional()?;
    let Some((fields, at)) = row else { return Ok(None) };
    Ok(Some((fields.read("drafts.fields", format!("{account_id}, {key}"))?, at)))
}

/// The orders whose unsaved changes the person has left behind.
pub fn orders_left(db: &mut Db, account_id: AccountId) -> QueryResult<HashSet<OrderId>> {
    left(db, account_id, "order-")
}

/// The calls for which the person has begun a new order and not saved it.
pub fn calls_left(db: &mut Db, account_id: AccountId) -> QueryResult<HashSet<CallId>> {
    left(db, account_id, "call-")
}

/// The chats in which the person has written an answer and not sent it.
pub fn dialogs_left(db: &mut Db, account_id: AccountId) -> QueryResult<HashSet<ChatId>> {
    left(db, account_id, "dialog-")
}

fn left<Id: FromStr + Eq + Hash>(
    db: &mut Db,
    account_id: AccountId,
    prefix: &str,
) -> QueryResult<HashSet<Id>> {
    let keys: Vec<String> = drafts::table
        .filter(drafts::account_id.eq(account_id))
        .filter(drafts::draft_key.like(format!("{prefix}%")))
        .select(drafts::draft_key)
        .load(db)?;
    Ok(keys.iter().filter_map(|key| key.strip_prefix(prefix)?.parse().ok()).collect())
}

/// Forgets the person's draft.
pub fn drop(db: &mut Db, account_id: AccountId, key: &str) -> QueryResult<()> {
    diesel::delete(drafts::table)
        .filter(drafts::account_id.eq(account_id))
        .filter(drafts::draft_key.eq(key.to_owned()))
        .execute(db)?;
    Ok(())
}
