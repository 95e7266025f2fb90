//! Holding a place while talking to a client, prolonging and giving it back. Holding waits for others at the same
//! row as booking does, see [`super::booking`].

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use super::booking::{count, lock, own_hold, raise};
use crate::domain::id::{AccountId, HoldId};
use crate::domain::order::TypeEquipment;
use crate::platform::db::Tx;
use crate::platform::db::schema::slot_holds;
use crate::platform::live::Event;
use crate::slots::{Full, HOLDS_EACH, Slot, start_of};

/// The longest a slot is held without being asked for again, in minutes.
const MAX_HOLD_MINUTES: i64 = 30;

/// A hold that was got or prolonged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// To book, prolong or release with.
    pub id: HoldId,
    /// UTC moment at which it ends by itself.
    pub until: NaiveDateTime,
}

/// Why a slot cannot be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotHeld {
    /// There is no place.
    Full(Full),
    /// The person holds [`HOLDS_EACH`] slots already.
    TooMany,
}

impl NotHeld {
    /// What to tell the operator.
    pub fn words(&self) -> String {
        match self {
            Self::Full(full) => full.words(),
            Self::TooMany => {
                format!("Вы уже держите слотов: {HOLDS_EACH}. Отпустите один из них, чтобы занять этот.")
            }
        }
    }
}

/// Holds a place in `slot` for `minutes` (1 to 30) while `by` talks to the client. Holding what one holds already
/// prolongs it. Everybody's grids show it; it ends by itself.
pub fn hold(
    tx: &mut Tx,
    slot: &Slot,
    by: AccountId,
    minutes: i64,
    now: NaiveDateTime,
) -> QueryResult<Result<Hold, NotHeld>> {
    lock(tx.db, slot)?;
    if own_hold(tx.db, slot, by, now)?.is_none() {
        let count = count(tx.db, slot, by, None, now)?;
        if !count.has_room() {
            return Ok(Err(NotHeld::Full(count.full(slot, false))));
        }
        let mine =
            slot_holds::table.filter(slot_holds::account_id.eq(by)).filter(slot_holds::expires_at.gt(now));
        if mine.count().get_result::<i64>(tx.db)? >= HOLDS_EACH {
            return Ok(Err(NotHeld::TooMany));
        }
    }
    let until = until(minutes, now);
    let (minute, day) = (start_of(slot.minute), slot.day.to_string());
    crate::upsert!(
        &mut *tx.db,
        slot_holds::table,
        (
            slot_holds::city.eq(&slot.city),
            slot_holds::day.eq(&day),
            slot_holds::minute.eq(minute),
            slot_holds::type_equipment.eq(slot.type_equipment),
            slot_holds::account_id.eq(by),
            slot_holds::expires_at.eq(until),
            slot_holds::created_at.eq(now),
        ),
        (
            slot_holds::city,
            slot_holds::day,
            slot_holds::minute,
            slot_holds::type_equipment,
            slot_holds::account_id
        ),
        slot_holds::expires_at.eq(until)
    )?;
    let id = own_hold(tx.db, slot, by, now)?.ok_or(diesel::result::Error::NotFound)?;
    tx.announce(Event::Slots);
    Ok(Ok(Hold { id, until }))
}

/// Prolongs one's own live hold to `minutes` (1 to 30) from `now`; `None` when it is over or somebody else's.
pub fn extend(
    tx: &mut Tx,
    id: HoldId,
    by: AccountId,
    minutes: i64,
    now: NaiveDateTime,
) -> QueryResult<Option<Hold>> {
    type HeldPlace = (String, String, i32, TypeEquipment);
    let place: Option<HeldPlace> = slot_holds::table
        .filter(slot_holds::id.eq(id))
        .select((slot_holds::city, slot_holds::day, slot_holds::minute, slot_holds::type_equipment))
        .first(tx.db)
        .optional()?;
    let Some((city, day, minute, type_equipment)) = place else { return Ok(None) };
    // Who books the slot at this moment counts the hold either as it was or as it will be.
    raise(tx.db, &city, &day, minute, type_equipment)?;
    let until = until(minutes, now);
    let is_live = slot_holds::account_id.eq(by).and(slot_holds::expires_at.gt(now));
    let rows = diesel::update(slot_holds::table.filter(slot_holds::id.eq(id)).filter(is_live))
        .set(slot_holds::expires_at.eq(until))
        .execute(tx.db)?;
    if rows == 0 {
        return Ok(None);
    }
    tx.announce(Event::Slots);
    Ok(Some(Hold { id, until }))
}

/// Gives one's own hold back: `false` when there is none.
pub fn release(tx: &mut Tx, id: HoldId, by: AccountId) -> QueryResult<bool> {
    let own = slot_holds::table.filter(slot_holds::id.eq(id)).filter(slot_holds::account_id.eq(by));
    let is_released = diesel::delete(own).execute(tx.db)? > 0;
    if is_released {
        tx.announce(Event::Slots);
    }
    Ok(is_released)
}

fn until(minutes: i64, now: NaiveDateTime) -> NaiveDateTime {
    now + Duration::minutes(minutes.clamp(1, MAX_HOLD_MINUTES))
}
