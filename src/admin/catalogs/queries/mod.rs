//! SQL of keeping the lists. They are alike but for their names, so one statement serves all: table names come
//! from [`Kind`], never from a request.

mod rezone;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

use super::{CatalogEntry, EntryFields, Kind};
use crate::domain::id::{AccountId, ItemId};
use crate::domain::search_words::{fold, sort_key};
use crate::platform::audit;
use crate::platform::db::schema::{break_reasons, operator_cities, orders, work_status_log};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::refold;
use crate::web::field_errors::{FieldErrors, FormOutcome};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ItemId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_active: bool,
    #[diesel(sql_type = Nullable<Text>)]
    time_zone: Option<String>,
    #[diesel(sql_type = Integer)]
    limit_minutes: i32,
}

/// Every line of a list, active ones first, by name.
pub fn all(db: &mut Db, kind: Kind) -> QueryResult<Vec<CatalogEntry>> {
    let zone = if kind == Kind::Cities { "time_zone" } else { "CAST(NULL AS TEXT)" };
    let table = kind.table();
    let limit = if kind == Kind::Breaks { "limit_minutes" } else { "0" };
    let columns =
        format!("SELECT id, name, is_active, {zone} AS time_zone, {limit} AS limit_minutes FROM {table}");
    let rows: Vec<Row> = match kind.status_order() {
        Some(status) => sql_query(columns + " WHERE status_order = $1").bind::<Text, _>(status).load(db)?,
        None => sql_query(columns).load(db)?,
    };
    let item = |r: Row| CatalogEntry {
        id: r.id,
        name: r.name,
        is_active: r.is_active,
        time_zone: r.time_zone,
        limit_minutes: r.limit_minutes,
    };
    let mut all: Vec<CatalogEntry> = rows.into_iter().map(item).collect();
    all.sort_by_cached_key(|i| (!i.is_active, sort_key(&i.name)));
    Ok(all)
}

/// One line of a list.
pub fn by_id(db: &mut Db, kind: Kind, id: ItemId) -> QueryResult<Option<CatalogEntry>> {
    Ok(all(db, kind)?.into_iter().find(|i| i.id == id))
}

/// Adds a line, or says why not.
pub fn insert(
    tx: &mut Tx,
    kind: Kind,
    wanted: &EntryFields,
    by: AccountId,
    now: NaiveDateTime,
) -> FormOutcome<()> {
    if let Some(errors) = taken(tx.db, kind, None, &wanted.name)? {
        return Ok(Err(errors));
    }
    let written = tx.db.transaction(|db| write_new(db, kind, wanted));
    if let Err(errors) = refused(written)? {
        return Ok(Err(errors));
    }
    limit_breaks(tx.db, wanted)?;
    told(tx, kind, "list.create", &wanted.name, "", by, now)?;
    Ok(Ok(()))
}

fn write_new(db: &mut Db, kind: Kind, wanted: &EntryFields) -> QueryResult<usize> {
    let table = kind.table();
    let further = match (kind.status_order(), wanted.zone) {
        (Some(status), _) => Some(("status_order", status)),
        (None, Some(zone)) => Some(("time_zone", zone.name())),
        (None, None) => None,
    };
    match further {
        Some((column, value)) => sql_query(format!("INSERT INTO {table} (name, {column}) VALUES ($1, $2)"))
            .bind::<Text, _>(&wanted.name)
            .bind::<Text, _>(value)
            .execute(db),
        None => sql_query(format!("INSERT INTO {table} (name) VALUES ($1)"))
            .bind::<Text, _>(&wanted.name)
            .execute(db),
    }
}

/// How long breaks of a reason should be; of other lists nothing.
fn limit_breaks(db: &mut Db, wanted: &EntryFields) -> QueryResult<()> {
    let Some(minutes) = wanted.limit_minutes else { return Ok(()) };
    diesel::update(break_reasons::table.filter(break_reasons::name.eq(&wanted.name)))
        .set(break_reasons::limit_minutes.eq(minutes))
        .execute(db)?;
    Ok(())
}

/// Renames a line, gives a city another clock, switches on or off; or says why not.
pub fn update(
    tx: &mut Tx,
    kind: Kind,
    id: ItemId,
    wanted: &EntryFields,
    by: AccountId,
    now: NaiveDateTime,
) -> FormOutcome<()> {
    let old = by_id(tx.db, kind, id)?.ok_or(AppError::NotFound)?;
    if let Some(errors) = taken(tx.db, kind, Some(id), &wanted.name)? {
        return Ok(Err(errors));
    }
    let table = kind.table();
    let written = tx.db.transaction(|db| {
        sql_query(format!("UPDATE {table} SET name = $1, is_active = $2 WHERE id = $3"))
            .bind::<Text, _>(&wanted.name)
            .bind::<Bool, _>(wanted.is_active)
            .bind::<BigInt, _>(id)
            .execute(db)
    });
    if let Err(errors) = refused(written)? {
        return Ok(Err(errors));
    }
    if old.name != wanted.name {
        rename_copies(tx.db, kind, &old.name, &wanted.name)?;
    }
    let mut detail = Vec::new();
    if old.name != wanted.name {
        detail.push(format!("было «{}»", old.name));
    }
    if let Some(zone) = wanted.zone.filter(|zone| old.time_zone.as_deref() != Some(zone.name())) {
        sql_query("UPDATE cities SET time_zone = $1 WHERE id = $2")
            .bind::<Text, _>(zone.name())
            .bind::<BigInt, _>(id)
            .execute(tx.db)?;
        rezone::move_visits(tx.db, &wanted.name, zone)?;
        detail.push(format!("пояс {} → {}", old.time_zone.unwrap_or_default(), zone.name()));
    }
    if let Some(minutes) = wanted.limit_minutes.filter(|minutes| *minutes != old.limit_minutes) {
        limit_breaks(tx.db, wanted)?;
        detail.push(format!("не дольше {} → {minutes} мин", old.limit_minutes));
    }
    if old.is_active != wanted.is_active {
        detail.push(if wanted.is_active { "включено" } else { "выключено" }.to_owned());
    }
    told(tx, kind, "list.edit", &wanted.name, &detail.join(", "), by, now)?;
    Ok(Ok(()))
}

/// Reasons are written into orders and histories as text: those copies are renamed by hand, the words of orders later.
fn rename_copies(db: &mut Db, kind: Kind, old: &str, new: &str) -> QueryResult<()> {
    if let Some(status) = kind.status_order() {
        let of_reason = orders::status_order.eq(status).and(orders::refusal_reason.eq(old));
        diesel::update(orders::table.filter(of_reason)).set(orders::refusal_reason.eq(new)).execute(db)?;
    }
    if kind == Kind::Breaks {
        diesel::update(work_status_log::table.filter(work_status_log::reason.eq(old)))
            .set(work_status_log::reason.eq(new))
            .execute(db)?;
    }
    // Orders are found by the name of their city too.
    if kind == Kind::Cities { refold::again(db, refold::ORDERS) } else { Ok(()) }
}

/// Switches a line on or off.
pub fn set_active(
    tx: &mut Tx,
    kind: Kind,
    id: ItemId,
    on: bool,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<CatalogEntry, AppError> {
    let item = by_id(tx.db, kind, id)?.ok_or(AppError::NotFound)?;
    sql_query(format!("UPDATE {} SET is_active = $1 WHERE id = $2", kind.table()))
        .bind::<Bool, _>(on)
        .bind::<BigInt, _>(id)
        .execute(tx.db)?;
    let detail = if on { "включено" } else { "выключено" };
    told(tx, kind, "list.edit", &item.name, detail, by, now)?;
    Ok(item)
}

/// Deletes a line nothing refers to; `false` when something does.
pub fn delete(
    tx: &mut Tx,
    kind: Kind,
    id: ItemId,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<bool, AppError> {
    let item = by_id(tx.db, kind, id)?.ok_or(AppError::NotFound)?;
    if has_copies(tx.db, kind, &item.name)? {
        return Ok(false);
    }
    let written = tx.db.transaction(|db| {
        sql_query(format!("DELETE FROM {} WHERE id = $1", kind.table())).bind::<BigInt, _>(id).execute(db)
    });
    match written {
        Ok(_) => {
            told(tx, kind, "list.delete", &item.name, "", by, now)?;
            Ok(true)
        }
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// References the database would not object to: reasons written as text, and cities of employees, which would
/// vanish silently.
fn has_copies(db: &mut Db, kind: Kind, name: &str) -> QueryResult<bool> {
    use diesel::dsl::exists;
    let name = name.to_owned();
    match (kind, kind.status_order()) {
        (_, Some(status)) => {
            let of_reason = orders::status_order.eq(status).and(orders::refusal_reason.eq(name));
            diesel::select(exists(orders::table.filter(of_reason))).get_result(db)
        }
        (Kind::Breaks, _) => {
            diesel::select(exists(work_status_log::table.filter(work_status_log::reason.eq(name))))
                .get_result(db)
        }
        (Kind::Cities, _) => {
            diesel::select(exists(operator_cities::table.filter(operator_cities::city.eq(name))))
                .get_result(db)
        }
        _ => Ok(false),
    }
}

/// Fills an empty list with the usual names; a list with a line in it stays as it is.
pub fn fill(tx: &mut Tx, kind: Kind, by: AccountId, now: NaiveDateTime) -> Result<(), AppError> {
    if !all(tx.db, kind)?.is_empty() {
        return Ok(());
    }
    for name in kind.usual() {
        let wanted =
            EntryFields { name: (*name).to_owned(), zone: None, limit_minutes: None, is_active: true };
        let written = tx.db.transaction(|db| write_new(db, kind, &wanted));
        // Somebody who pressed the button in the same moment has written it already.
        if refused(written)?.is_ok() {
            told(tx, kind, "list.create", name, "", by, now)?;
        }
    }
    Ok(())
}

fn told(
    tx: &mut Tx,
    kind: Kind,
    action: &'static str,
    name: &str,
    detail: &str,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let subject = format!("{}: {name}", kind.title());
    audit::record(tx, &audit::Entry { by, action, subject: &subject, detail }, now)?;
    tx.announce(Event::Lists);
    Ok(())
}

/// A name that differs from another one in case, ё, look-alikes or punctuation only would split the statistics.
fn taken(db: &mut Db, kind: Kind, id: Option<ItemId>, name: &str) -> QueryResult<Option<FieldErrors>> {
    let folded = fold(name);
    let same = all(db, kind)?.into_iter().find(|i| Some(i.id) != id && fold(&i.name) == folded);
    Ok(same.map(|item| at_name(format!("Уже есть: «{}»", item.name))))
}

fn at_name(words: impl Into<String>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    errors.add("name", words);
    errors
}

fn refused(written: QueryResult<usize>) -> FormOutcome<()> {
    match written {
        Ok(_) => Ok(Ok(())),
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Ok(Err(at_name("Такое название уже есть")))
        }
        Err(error) => Err(error.into()),
    }
}
