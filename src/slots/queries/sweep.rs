//! Putting away what the clock has ended. Nothing waits for it: expired holds count nowhere.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::platform::db::schema::{slot_guards, slot_holds};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// Removes holds that are over and lets the grids show it. Writes only when there are any.
pub fn release_expired(db: &crate::platform::db::Database, now: NaiveDateTime) -> Result<(), AppError> {
    let is_over = slot_holds::expires_at.le(now);
    let any = diesel::dsl::exists(slot_holds::table.filter(is_over));
    if !db.read_now(|db| Ok(diesel::select(any).get_result::<bool>(db)?))? {
        return Ok(());
    }
    db.write_now(|tx: &mut Tx| {
        diesel::delete(slot_holds::table.filter(is_over)).execute(tx.db)?;
        tx.announce(Event::Slots);
        Ok(())
    })
}

/// Removes the rows that bookings of days before `day` waited at.
pub fn delete_past(db: &mut Db, day: NaiveDate) -> QueryResult<usize> {
    diesel::delete(slot_guards::table.filter(slot_guards::day.lt(day.to_string()))).execute(db)
}
