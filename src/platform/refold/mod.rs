//! What is stored folded for searches is folded anew when the rules of folding have changed: table by table, some rows
//! at a time, newest first, while everybody works. How far it has come is kept, so that a restart goes on from there.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use diesel::QueryResult;

use super::db::{Database, Db, portable};
use super::error::AppError;
use super::settings;
use crate::domain::search_words::RULES;

/// Rows of a transaction: others who write wait no longer than for them.
const TOGETHER: i64 = 200;
const DONE: &str = "done";

/// Words of orders.
pub const ORDERS: &str = "refold.orders";
/// Keys and words of addresses.
pub const ADDRESSES: &str = "refold.addresses";
/// Words of clients.
pub const CLIENTS: &str = "refold.clients";

/// A table whose words are folded.
pub struct Folded {
    /// Where it is kept how far it has come.
    pub name: &'static str,
    /// Folds so many rows below an id, the highest first; the least of their ids, `None` when there are none left.
    pub refold: fn(&mut Db, i64, i64) -> QueryResult<Option<i64>>,
}

/// Goes on with what is not folded by the present rules yet, for about `time`, or until `is_stopping`.
///
/// # Errors
/// Of the database; what was folded before stays so.
pub fn go_on(
    db: &Database,
    tables: &[Folded],
    time: Duration,
    now: NaiveDateTime,
    is_stopping: impl Fn() -> bool,
) -> Result<(), AppError> {
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let places = db.read_now(|db| Ok(settings::read_all(db, &names)?))?;
    let done = told(DONE);
    let begun = Instant::now();
    for table in tables.iter().filter(|t| !places.iter().any(|(name, at)| name == t.name && *at == done)) {
        while db.write_now(|tx| Ok(step(tx.db, table, now)?))? {
            if begun.elapsed() >= time || is_stopping() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Folds some rows; `false` when there were none left.
fn step(db: &mut Db, table: &Folded, now: NaiveDateTime) -> QueryResult<bool> {
    portable::lock(db, table.name)?;
    let place = settings::read(db, table.name)?;
    let of_rules = place.as_deref().and_then(|text| text.strip_prefix(&told("")));
    let below = match of_rules {
        Some(DONE) => return Ok(false),
        Some(id) => id.parse().unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let least = (table.refold)(db, below, TOGETHER)?;
    let place = least.map_or_else(|| told(DONE), |id| told(&id.to_string()));
    settings::put(db, table.name, &place, now)?;
    Ok(least.is_some())
}

fn told(place: &str) -> String {
    format!("{RULES} {place}")
}

/// Something a table's words are made of has changed in many rows: all are folded anew.
pub fn again(db: &mut Db, name: &str) -> QueryResult<()> {
    portable::lock(db, name)?;
    settings::remove(db, name)
}
