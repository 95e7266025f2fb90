//! SQL of masters: changing. Every change is in the journal.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::domain::id::{AccountId, DayOffId, MasterId};
use crate::domain::order::TypeEquipment;
use crate::masters::{DayOff, Master, MasterFields, equipment_words};
use crate::platform::audit;
use crate::platform::db::portable::lock;
use crate::platform::db::schema::{master, master_cities, master_days_off, master_equipment};
use crate::platform::db::{Db, Tx};
use crate::platform::error::{AppError, Refusable};
use crate::platform::live::Event;

/// Saves a new master and gives his id.
pub fn insert(
    tx: &mut Tx,
    wanted: &MasterFields,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<MasterId> {
    let id = diesel::insert_into(master::table)
        .values((
            master::name.eq(&wanted.name),
            master::status_work.eq(wanted.status_work),
            master::note.eq(&wanted.note),
        ))
        .returning(master::id)
        .get_result(tx.db)?;
    set_cities(tx.db, id, &wanted.cities)?;
    set_equipment(tx.db, id, &wanted.equipment)?;
    let about = [wanted.cities.join(", "), equipment_words(&wanted.equipment)];
    let about: Vec<&str> = about.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    told(tx, "master.create", &wanted.name, &about.join("; "), by, now)?;
    Ok(id)
}

/// Makes `master` what is `wanted`; `false` when he was that already.
pub fn update(
    tx: &mut Tx,
    master: &Master,
    wanted: &MasterFields,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let changes = master.changes(wanted);
    if changes.is_empty() {
        return Ok(false);
    }
    diesel::update(master::table.find(master.id))
        .set((
            master::name.eq(&wanted.name),
            master::status_work.eq(wanted.status_work),
            master::note.eq(&wanted.note),
        ))
        .execute(tx.db)?;
    if master.cities != wanted.cities {
        set_cities(tx.db, master.id, &wanted.cities)?;
    }
    if master.equipment != wanted.equipment {
        set_equipment(tx.db, master.id, &wanted.equipment)?;
    }
    told(tx, "master.edit", &wanted.name, &changes.join(", "), by, now)?;
    Ok(true)
}

/// Puts `cities` in the place of a master's cities.
pub fn set_cities(db: &mut Db, id: MasterId, cities: &[String]) -> QueryResult<()> {
    diesel::delete(master_cities::table.filter(master_cities::master_id.eq(id))).execute(db)?;
    let rows: Vec<_> =
        cities.iter().map(|city| (master_cities::master_id.eq(id), master_cities::city.eq(city))).collect();
    if !rows.is_empty() {
        crate::insert_many!(db, master_cities::table, &rows)?;
    }
    Ok(())
}

/// Puts `equipment` in the place of what a master repairs.
pub fn set_equipment(db: &mut Db, id: MasterId, equipment: &[TypeEquipment]) -> QueryResult<()> {
    diesel::delete(master_equipment::table.filter(master_equipment::master_id.eq(id))).execute(db)?;
    let rows: Vec<_> = equipment
        .iter()
        .map(|kind| (master_equipment::master_id.eq(id), master_equipment::type_equipment.eq(*kind)))
        .collect();
    if !rows.is_empty() {
        crate::insert_many!(db, master_equipment::table, &rows)?;
    }
    Ok(())
}

/// Writes days off without asking what speaks against them; for generated data.
pub fn insert_day_off(
    db: &mut Db,
    id: MasterId,
    (from, to): (NaiveDate, NaiveDate),
    note: &str,
) -> QueryResult<()> {
    diesel::insert_into(master_days_off::table)
        .values((
            master_days_off::master_id.eq(id),
            master_days_off::from_day.eq(from.to_string()),
            master_days_off::to_day.eq(to.to_string()),
            master_days_off::note.eq(note),
        ))
        .execute(db)?;
    Ok(())
}

/// Gives a master days off, or the days he has already which they overlap.
///
/// # Errors
/// When there is no such master, or the database refuses.
pub fn add_day_off(
    tx: &mut Tx,
    id: MasterId,
    wanted: &DayOff,
    by: AccountId,
    now: NaiveDateTime,
) -> Refusable<(), DayOff> {
    // The same form sent twice at once would find no overlap twice.
    lock(tx.db, &format!("master-days-off {id}"))?;
    let master = super::by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    if let Some(same) = master.days_off.iter().find(|off| off.from <= wanted.to && wanted.from <= off.to) {
        return Ok(Err(same.clone()));
    }
    insert_day_off(tx.db, id, (wanted.from, wanted.to), &wanted.note)?;
    told(tx, "master.day-off.create", &master.name, &day_off_words(wanted), by, now)?;
    Ok(Ok(()))
}

/// Takes days off back.
///
/// # Errors
/// When this master has no such days off, or the database refuses.
pub fn remove_day_off(
    tx: &mut Tx,
    id: MasterId,
    day_off: DayOffId,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<(), AppError> {
    let master = super::by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    let off = master.days_off.iter().find(|off| off.id == Some(day_off)).ok_or(AppError::NotFound)?;
    diesel::delete(master_days_off::table.find(day_off)).execute(tx.db)?;
    told(tx, "master.day-off.delete", &master.name, &day_off_words(off), by, now)?;
    Ok(())
}

/// For the journal, which is read in other years too.
fn day_off_words(off: &DayOff) -> String {
    let note = if off.note.is_empty() { String::new() } else { format!(" ({})", off.note) };
    format!("{} – {}{note}", off.from, off.to)
}

fn told(
    tx: &mut Tx,
    action: &'static str,
    name: &str,
    detail: &str,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    audit::record(tx, &audit::Entry { by, action, subject: name, detail }, now)?;
    tx.announce(Event::Lists);
    Ok(())
}
