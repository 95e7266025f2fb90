//! Taking places. The database decides: whoever wants a place first raises the version
//! of the slot's row in `slot_guards`, and only then counts.
//!
//! Counting alone is not enough. Two transactions of PostgreSQL each see two of three places taken, neither sees
//! the other's order before its commit, and both insert. The raised row is locked until the end of the
//! transaction, so the second one waits there, and its count, made by a later statement, sees the first one's
//! order. On SQLite there is one writer at a time anyway; the same statements cost it nothing.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::limits;
use crate::domain::id::{AccountId, HoldId, OrderId};
use crate::domain::order::{StatusOrder, TypeEquipment};
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::{accounts, orders, slot_guards, slot_holds};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::slots::limits::places;
use crate::slots::{Full, SLOT_MINUTES, Slot, start_of};

/// Characters of a reason that are kept.
const REASON_CHARS: usize = 500;

/// A visit that wants a place.
#[derive(Clone, Debug)]
pub struct Booking<'a> {
    /// Where and when; the minute may be any of the slot.
    pub slot: Slot,
    /// Who books.
    pub by: AccountId,
    /// The booker's own hold that becomes this booking, on whichever slot it is.
    pub hold: Option<HoldId>,
    /// Books over the limit; spaces are no reason.
    pub overbook_reason: Option<&'a str>,
    /// The order that moves here, or opens again: it is not counted, and it keeps a place it already has.
    pub replacing_order: Option<OrderId>,
}

/// A place that is taken when the transaction commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Present when the place is over the limit.
    pub overbooked: Option<Overbooked>,
}

/// What went over the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overbooked {
    /// Visits the slot takes.
    pub places: i64,
    /// Which visit of the slot this one is, from 1; held places count.
    pub number: i64,
    /// Why, as logged.
    pub reason: String,
}

/// Takes a place in the slot of `booking`, or says why there is none. To be called in the transaction that then
/// writes the order, and before it writes to `orders`: everybody takes these locks in the same order, so nobody
/// waits in a circle. The booker's own holds on the slot, and the one named, end with it; live holds of others
/// count as taken. Going over the limit is written to the journal. After `Full` nothing is changed.
pub fn reserve(
    tx: &mut Tx,
    booking: &Booking<'_>,
    now: NaiveDateTime,
) -> QueryResult<Result<Reserved, Full>> {
    lock(tx.db, &booking.slot)?;
    let overbooked = if keeps_its_place(tx.db, &booking.slot, booking.replacing_order)? {
        None
    } else {
        match place(tx.db, booking, now)? {
            Ok(overbooked) => overbooked,
            Err(full) => return Ok(Err(full)),
        }
    };
    if let Some(overbooked) = &overbooked {
        log(tx, booking, overbooked, now)?;
    }
    end_holds(tx, booking)?;
    Ok(Ok(Reserved { overbooked }))
}

/// Whether there is a place for `booking`, and whether it is over the limit.
fn place(
    db: &mut Db,
    booking: &Booking<'_>,
    now: NaiveDateTime,
) -> QueryResult<Result<Option<Overbooked>, Full>> {
    let (slot, by) = (&booking.slot, booking.by);
    let count = count(db, slot, by, booking.replacing_order, now)?;
    if count.has_room() {
        return Ok(Ok(None));
    }
    let Some(reason) = booking.overbook_reason.map(str::trim).filter(|reason| !reason.is_empty()) else {
        let is_hold_over = booking.hold.is_some() && own_hold(db, slot, by, now)?.is_none();
        return Ok(Err(count.full(slot, is_hold_over)));
    };
    let reason = reason.chars().take(REASON_CHARS).collect();
    Ok(Ok(Some(Overbooked { places: count.places, number: count.all() + 1, reason })))
}

/// Makes everybody else who wants a place in `slot` wait for the end of this transaction.
pub(super) fn lock(db: &mut Db, slot: &Slot) -> QueryResult<()> {
    raise(db, &slot.city, &slot.day.to_string(), start_of(slot.minute), slot.type_equipment)
}

/// The same of a slot known by its columns.
pub(super) fn raise(
    db: &mut Db,
    city: &str,
    day: &str,
    minute: i32,
    equipment: TypeEquipment,
) -> QueryResult<()> {
    crate::upsert!(
        db,
        slot_guards::table,
        (
            slot_guards::city.eq(city),
            slot_guards::day.eq(day),
            slot_guards::minute.eq(minute),
            slot_guards::type_equipment.eq(equipment),
        ),
        (slot_guards::city, slot_guards::day, slot_guards::minute, slot_guards::type_equipment),
        slot_guards::version.eq(slot_guards::version + 1)
    )?;
    Ok(())
}

/// What stands against a new visit in a slot.
pub(super) struct Count {
    taken: i64,
    holders: Vec<String>,
    places: i64,
}

impl Count {
    fn all(&self) -> i64 {
        self.taken + self.holders.len() as i64
    }

    pub(super) fn has_room(&self) -> bool {
        self.all() < self.places
    }

    pub(super) fn full(self, slot: &Slot, is_hold_over: bool) -> Full {
        let Self { taken, holders, places } = self;
        Full { minute: start_of(slot.minute), places, taken, holders, is_hold_over }
    }
}

pub(super) fn count(
    db: &mut Db,
    slot: &Slot,
    by: AccountId,
    without_order: Option<OrderId>,
    now: NaiveDateTime,
) -> QueryResult<Count> {
    let (minute, day) = (start_of(slot.minute), slot.day.to_string());
    let taken = orders::table
        .filter(orders::meeting_day.eq(&day))
        .filter(orders::city.eq(&slot.city))
        .filter(orders::status_order.eq_any(StatusOrder::open()))
        .filter(orders::type_equipment.eq(slot.type_equipment))
        .filter(orders::meeting_minute.between(minute, minute + SLOT_MINUTES - 1))
        // No order has the id 0.
        .filter(orders::id.ne(without_order.unwrap_or(OrderId(0))))
        .count()
        .get_result(db)?;
    let holders = slot_holds::table
        .inner_join(accounts::table)
        .filter(slot_holds::day.eq(&day))
        .filter(slot_holds::city.eq(&slot.city))
        .filter(slot_holds::minute.eq(minute))
        .filter(slot_holds::type_equipment.eq(slot.type_equipment))
        .filter(slot_holds::account_id.ne(by))
        .filter(slot_holds::expires_at.gt(now))
        .order((slot_holds::expires_at, slot_holds::id))
        .select(accounts::name)
        .load(db)?;
    let places = places(&limits::all(db)?, &slot.city, slot.type_equipment, slot.day, minute);
    Ok(Count { taken, holders, places })
}

/// True for an open order that stays in the slot it is in: an edit must not fail because the slot is overfull.
fn keeps_its_place(db: &mut Db, slot: &Slot, order: Option<OrderId>) -> QueryResult<bool> {
    let Some(id) = order else { return Ok(false) };
    let minute = start_of(slot.minute);
    let here = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::meeting_day.eq(slot.day.to_string()))
        .filter(orders::city.eq(&slot.city))
        .filter(orders::type_equipment.eq(slot.type_equipment))
        .filter(orders::meeting_minute.between(minute, minute + SLOT_MINUTES - 1))
        .filter(orders::status_order.eq_any(StatusOrder::open()));
    diesel::select(diesel::dsl::exists(here)).get_result(db)
}

pub(super) fn own_hold(
    db: &mut Db,
    slot: &Slot,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<Option<HoldId>> {
    slot_holds::table
        .filter(slot_holds::day.eq(slot.day.to_string()))
        .filter(slot_holds::city.eq(&slot.city))
        .filter(slot_holds::minute.eq(start_of(slot.minute)))
        .filter(slot_holds::type_equipment.eq(slot.type_equipment))
        .filter(slot_holds::account_id.eq(by))
        .filter(slot_holds::expires_at.gt(now))
        .select(slot_holds::id)
        .first(db)
        .optional()
}

/// The booking stands in place of what the booker held for it.
fn end_holds(tx: &mut Tx, booking: &Booking<'_>) -> QueryResult<()> {
    let slot = &booking.slot;
    let on_slot = slot_holds::day
        .eq(slot.day.to_string())
        .and(slot_holds::city.eq(&slot.city))
        .and(slot_holds::minute.eq(start_of(slot.minute)))
        .and(slot_holds::type_equipment.eq(slot.type_equipment));
    let named: Vec<HoldId> = booking.hold.into_iter().collect();
    let own = slot_holds::table
        .filter(slot_holds::account_id.eq(booking.by))
        .filter(on_slot.or(slot_holds::id.eq_any(named)));
    if diesel::delete(own).execute(tx.db)? > 0 {
        tx.announce(Event::Slots);
    }
    Ok(())
}

fn log(tx: &mut Tx, booking: &Booking<'_>, over: &Overbooked, now: NaiveDateTime) -> QueryResult<()> {
    let order = booking.replacing_order.map(|id| format!(", заказ {id}")).unwrap_or_default();
    let detail = format!("визит {} при лимите {}{order}: {}", over.number, over.places, over.reason);
    let (subject, action) = (booking.slot.label(now.date()), "slot.overbook");
    audit::record(tx, &Entry { by: booking.by, action, subject: &subject, detail: &detail }, now)
}
