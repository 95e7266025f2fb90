//! What a person has arranged, one row for a table, and the filters of a page that have a name.

pub mod saved_filters;

use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::platform::db::memory::Kept;
use crate::platform::db::schema::table_views;
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, Tx, memory, stored};
use crate::platform::live::Event;
use crate::tables::layout::{Key, Layout};
use crate::upsert;

impl<K: Key + Send + Sync> Kept for Layout<K> {
    fn is_touched_by(event: Event) -> bool {
        matches!(event, Event::Person(_))
    }
}

/// The table as the person wants it.
pub fn layout<K: Key + Send + Sync>(db: &mut Db, account_id: AccountId) -> QueryResult<Layout<K>> {
    memory::kept(db, &account_id.to_string(), |db| read(db, account_id))
}

fn read<K: Key>(db: &mut Db, account_id: AccountId) -> QueryResult<Layout<K>> {
    let kept: Option<Json<Vec<(String, u16)>>> =
        table_views::table.find((account_id, K::PAGE)).select(table_views::layout).first(db).optional()?;
    let named =
        kept.map(|kept| kept.read("table_views.layout", format!("{account_id}, {}", K::PAGE))).transpose()?;
    Ok(named.map_or_else(Layout::default, |named| Layout::kept(&named)))
}

/// Keeps the table as the person wants it; the usual one needs no row.
pub fn set_layout<K: Key>(tx: &mut Tx, account_id: AccountId, layout: &Layout<K>) -> QueryResult<()> {
    tx.announce(Event::Person(account_id));
    let db = &mut *tx.db;
    if layout.is_usual() {
        diesel::delete(table_views::table.find((account_id, K::PAGE))).execute(db)?;
        return Ok(());
    }
    let json = stored::to_json(&layout.named())?;
    let row = (
        table_views::account_id.eq(account_id),
        table_views::page.eq(K::PAGE),
        table_views::layout.eq(&json),
    );
    upsert!(
        db,
        table_views::table,
        row,
        (table_views::account_id, table_views::page),
        table_views::layout.eq(&json)
    )?;
    Ok(())
}
