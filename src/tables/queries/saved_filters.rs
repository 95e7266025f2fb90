//! What a page shows under a name: a person's own filters of a list, a person's own reports.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AccountId, SavedFilterId};
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::portable::lock;
use crate::platform::db::schema::saved_filters;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::upsert;

/// Filters of a page a person may save.
pub const MOST: usize = 40;

/// A filter with a name.
#[derive(Clone, Debug, Queryable)]
pub struct SavedFilter {
    /// Its id.
    pub id: SavedFilterId,
    /// Its name.
    pub name: String,
    /// What it shows, as its page writes it: the fields of an address, or an address.
    pub query: String,
    /// Opens with the page.
    pub is_default: bool,
}

/// The person's filters of `page` in the order in which they were saved.
pub fn all(db: &mut Db, page: &str, account_id: AccountId) -> QueryResult<Vec<SavedFilter>> {
    kept(db, &format!("{page} {account_id}"), |db| read(db, page, account_id).map(Saved)).map(|kept| kept.0)
}

/// What a person has saved.
#[derive(Clone)]
struct Saved(Vec<SavedFilter>);

impl Kept for Saved {
    fn is_touched_by(event: Event) -> bool {
        matches!(event, Event::Person(_))
    }
}

fn read(db: &mut Db, page: &str, account_id: AccountId) -> QueryResult<Vec<SavedFilter>> {
    saved_filters::table
        .filter(saved_filters::account_id.eq(account_id))
        .filter(saved_filters::page.eq(page))
        .order(saved_filters::id)
        .select((saved_filters::id, saved_filters::name, saved_filters::query, saved_filters::is_default))
        .load(db)
}

/// What the filter shows that opens with the page.
pub fn default_query(db: &mut Db, page: &str, account_id: AccountId) -> QueryResult<Option<String>> {
    Ok(all(db, page, account_id)?.into_iter().find(|filter| filter.is_default).map(|filter| filter.query))
}

/// Saves a filter, in the place of one that has the same name. `false` when the person has too many already.
pub fn save(
    tx: &mut Tx,
    page: &str,
    account_id: AccountId,
    name: &str,
    query: &str,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    lock(db, &format!("saved_filters {page} {account_id}"))?;
    let known = all(db, page, account_id)?;
    if known.len() >= MOST && !known.iter().any(|filter| filter.name == name) {
        return Ok(false);
    }
    let row = (
        saved_filters::account_id.eq(account_id),
        saved_filters::page.eq(page),
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

/// Gives a filter of the person another name, and has it open with the page or not: at most one does.
pub fn change(
    tx: &mut Tx,
    page: &str,
    account_id: AccountId,
    id: SavedFilterId,
    name: &str,
    is_default: bool,
) -> QueryResult<Changed> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    lock(db, &format!("saved_filters {page} {account_id}"))?;
    let known = all(db, page, account_id)?;
    if !known.iter().any(|filter| filter.id == id) {
        return Ok(Changed::Nothing);
    }
    if known.iter().any(|filter| filter.id != id && filter.name == name) {
        return Ok(Changed::NameTaken);
    }
    if is_default {
        diesel::update(saved_filters::table)
            .filter(saved_filters::account_id.eq(account_id))
            .filter(saved_filters::page.eq(page))
            .set(saved_filters::is_default.eq(false))
            .execute(db)?;
    }
    diesel::update(saved_filters::table.find(id))
        .set((saved_filters::name.eq(name), saved_filters::is_default.eq(is_default)))
        .execute(db)?;
    Ok(Changed::Done)
}

/// Forgets a filter of the person; `false` when there is no such one.
pub fn forget(tx: &mut Tx, page: &str, account_id: AccountId, id: SavedFilterId) -> QueryResult<bool> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    let own = saved_filters::table
        .find(id)
        .filter(saved_filters::page.eq(page))
        .filter(saved_filters::account_id.eq(account_id));
    Ok(diesel::delete(own).execute(db)? == 1)
}
