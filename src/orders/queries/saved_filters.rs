//! The filters of the list that have a name.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AccountId, SavedFilterId};
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::portable::lock;
use crate::platform::db::schema::saved_filters;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::upsert;

/// The list among the tables that can be arranged.
const PAGE: &str = "orders";
/// Filters a person may save.
pub const MOST: usize = 40;

/// A filter with a name.
#[derive(Clone, Debug, Queryable)]
pub struct SavedFilter {
    /// Its id.
    pub id: SavedFilterId,
    /// Its name.
    pub name: String,
    /// The fields of the address, as [`crate::orders::list::bar::essence`] writes them.
    pub query: String,
    /// Opens with the list.
    pub is_default: bool,
}

/// The person's filters in the order in which they were saved.
pub fn all(db: &mut Db, account_id: AccountId) -> QueryResult<Vec<SavedFilter>> {
    kept(db, &account_id.to_string(), |db| read(db, account_id).map(Saved)).map(|kept| kept.0)
}

/// What a person has saved.
#[derive(Clone)]
struct Saved(Vec<SavedFilter>);

impl Kept for Saved {
    fn is_touched_by(event: Event) -> bool {
        matches!(event, Event::Person(_))
    }
}

fn read(db: &mut Db, account_id: AccountId) -> QueryResult<Vec<SavedFilter>> {
    saved_filters::table
        .filter(saved_filters::account_id.eq(account_id))
        .filter(saved_filters::page.eq(PAGE))
        .order(saved_filters::id)
        .select((saved_filters::id, saved_filters::name, saved_filters::query, saved_filters::is_default))
        .load(db)
}

/// The address of the filter that opens with the list.
pub fn default_query(db: &mut Db, account_id: AccountId) -> QueryResult<Option<String>> {
    Ok(all(db, account_id)?.into_iter().find(|filter| filter.is_default).map(|filter| filter.query))
}

/// Saves a filter, in the place of one that has the same name. `false` when the person has too many already.
pub fn save(
    tx: &mut Tx,
    account_id: AccountId,
    name: &str,
    query: &str,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    lock(db, &format!("saved_filters {account_id}"))?;
    let known = all(db, account_id)?;
    if known.len() >= MOST && !known.iter().any(|filter| filter.name == name) {
        return Ok(false);
    }
    let row = (
        saved_filters::account_id.eq(account_id),
        saved_filters::page.eq(PAGE),
        saved_filters::name.eq(name),
        saved_filters::query.eq(query),
        saved_filters::is_default.eq(false),
        saved_filters::created_at.eq(now),
    );
    upsert!(
        db,
        saved_filters::table,
        row,
        (saved_filters::account_id, saved_filters::page, saved_filters::name),
        saved_filters::query.eq(query)
    )?;
    Ok(true)
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// The person has no such filter.
    Nothing,
    /// Another filter of the person has that name.
    NameTaken,
}

/// Gives a filter of the person another name, and has it open with the list or not: at most one does.
pub fn change(
    tx: &mut Tx,
    account_id: AccountId,
    id: SavedFilterId,
    name: &str,
    is_default: bool,
) -> QueryResult<Changed> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    lock(db, &format!("saved_filters {account_id}"))?;
    let known = all(db, account_id)?;
    if !known.iter().any(|filter| filter.id == id) {
        return Ok(Changed::Nothing);
    }
    if known.iter().any(|filter| filter.id != id && filter.name == name) {
        return Ok(Changed::NameTaken);
    }
    if is_default {
        diesel::update(saved_filters::table)
            .filter(saved_filters::account_id.eq(account_id))
            .filter(saved_filters::page.eq(PAGE))
            .set(saved_filters::is_default.eq(false))
            .execute(db)?;
    }
    diesel::update(saved_filters::table.find(id))
        .set((saved_filters::name.eq(name), saved_filters::is_default.eq(is_default)))
        .execute(db)?;
    Ok(Changed::Done)
}

/// Forgets a filter of the person; `false` when there is no such one.
pub fn forget(tx: &mut Tx, account_id: AccountId, id: SavedFilterId) -> QueryResult<bool> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    let own = saved_filters::table.find(id).filter(saved_filters::account_id.eq(account_id));
    Ok(diesel::delete(own).execute(db)? == 1)
}
