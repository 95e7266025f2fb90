//! SQL of masters.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Master, MasterStatus};
use crate::audit;
use crate::db::schema::{master, orders};
use crate::db::{Db, Tx};
use crate::error::AppError;
use crate::live::Event;
use crate::orders::StatusOrder;

/// Every master, those who work first, by name.
pub fn all(db: &mut Db) -> QueryResult<Vec<Master>> {
    let mut all: Vec<Master> = master::table.load(db)?;
    all.sort_by_cached_key(|m| (m.status_work != MasterStatus::Active, crate::search::fold(&m.name), m.id));
    Ok(all)
}

/// One master.
pub fn by_id(db: &mut Db, id: i64) -> QueryResult<Option<Master>> {
    master::table.find(id).first(db).optional()
}

/// How many open orders each master has.
pub fn open_orders(db: &mut Db) -> QueryResult<HashMap<i64, i64>> {
    let rows: Vec<(Option<i64>, i64)> = orders::table
        .filter(orders::status_order.eq_any(StatusOrder::open()))
        .filter(orders::master_id.is_not_null())
        .group_by(orders::master_id)
        .select((orders::master_id, diesel::dsl::count_star()))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, n)| Some((id?, n))).collect())
}

/// Saves a new master (`id` none) or changes one.
pub fn save(
    tx: &mut Tx,
    id: Option<i64>,
    (name, status, note): (&str, MasterStatus, &str),
    by: i64,
    now: NaiveDateTime,
) -> Result<(), AppError> {
    let values = (master::name.eq(name), master::status_work.eq(status), master::note.eq(note));
    let changed = match id {
        Some(id) => diesel::update(master::table.find(id)).set(values).execute(tx.db)?,
        None => diesel::insert_into(master::table).values(values).execute(tx.db)?,
    };
    if changed == 0 {
        return Err(AppError::NotFound);
    }
    let action = if id.is_some() { "master.edit" } else { "master.create" };
    audit::record(tx, &audit::Entry { by, action, subject: name, detail: status.as_str() }, now)?;
    tx.announce(Event::Lists);
    Ok(())
}
