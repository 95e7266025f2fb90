//! Forms that are being filled in, per person.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::write::order_of_request;
use crate::domain::id::{AccountId, CallId, OrderId};
use crate::platform::db::schema::drafts;
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, stored};

/// A form's fields.
pub type DraftFields = BTreeMap<String, String>;

/// Keeps what the person has typed so far. What has become an order meanwhile is not kept: a late save would
/// bring the form back, and sending it again would show the old order instead of making a new one.
pub fn save(
    db: &mut Db,
    account_id: AccountId,
    key: &str,
    fields: &DraftFields,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let request_key = fields.get("request_key").map_or("", String::as_str);
    if order_of_request(db, request_key)?.is_some() {
        return Ok(());
    }
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
    let row: Option<(Json<DraftFields>, NaiveDateTime)> = drafts::table
        .filter(drafts::account_id.eq(account_id))
        .filter(drafts::draft_key.eq(key.to_owned()))
        .select((drafts::fields, drafts::updated_at))
        .first(db)
        .optional()?;
    let Some((kept, at)) = row else { return Ok(None) };
    let fields = kept.read("drafts.fields", format!("{account_id}, {key}"))?;
    let request_key = fields.get("request_key").map_or("", String::as_str);
    let is_order = order_of_request(db, request_key)?.is_some();
    Ok((!is_order && !fields.is_empty()).then_some((fields, at)))
}

/// The orders whose unsaved changes the person has left behind.
pub fn orders_left(db: &mut Db, account_id: AccountId) -> QueryResult<HashSet<OrderId>> {
    left(db, account_id, "order-")
}

/// The calls for which the person has begun a new order and not saved it.
pub fn calls_left(db: &mut Db, account_id: AccountId) -> QueryResult<HashSet<CallId>> {
    left(db, account_id, "call-")
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
