//! The rules of places, as the admin keeps them; every change is in the journal.

use chrono::NaiveDateTime;
use diesel::Connection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::domain::id::{AccountId, LimitId};
use crate::domain::order::TypeEquipment;
use crate::domain::search_words;
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::slot_limits;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::slots::limits::Rule;

type Row = (Option<String>, Option<TypeEquipment>, Option<i32>, Option<i32>, i32);

fn rule((city, type_equipment, weekday, minute, places): Row) -> Rule {
    Rule { city, type_equipment, weekday, minute, places }
}

fn columns() -> (
    slot_limits::city,
    slot_limits::type_equipment,
    slot_limits::weekday,
    slot_limits::minute,
    slot_limits::places,
) {
    (
        slot_limits::city,
        slot_limits::type_equipment,
        slot_limits::weekday,
        slot_limits::minute,
        slot_limits::places,
    )
}

/// All rules.
pub fn all(db: &mut Db) -> QueryResult<Vec<Rule>> {
    Ok(slot_limits::table.select(columns()).load::<Row>(db)?.into_iter().map(rule).collect())
}

/// All rules with their ids: common ones first, then city by city, from the general to the particular.
pub fn listed(db: &mut Db) -> QueryResult<Vec<(LimitId, Rule)>> {
    let rows: Vec<(LimitId, Row)> = slot_limits::table.select((slot_limits::id, columns())).load(db)?;
    let mut rules: Vec<(LimitId, Rule)> = rows.into_iter().map(|(id, row)| (id, rule(row))).collect();
    rules.sort_by_cached_key(|(_, rule)| {
        let city = rule.city.as_deref().map(search_words::fold);
        (city, rule.type_equipment, rule.weekday, rule.minute)
    });
    Ok(rules)
}

/// The rule with this id.
pub fn by_id(db: &mut Db, id: LimitId) -> QueryResult<Option<Rule>> {
    let row: Option<Row> = slot_limits::table.find(id).select(columns()).first(db).optional()?;
    Ok(row.map(rule))
}

/// Writes a new rule, or the one with `id` anew. `false` when there is another rule for exactly the same slots.
///
/// # Errors
/// `NotFound` when the rule to change is gone.
pub fn save(
    tx: &mut Tx,
    id: Option<LimitId>,
    rule: &Rule,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let before = match id {
        Some(id) => Some(by_id(tx.db, id)?.ok_or(Error::NotFound)?),
        None => None,
    };
    let values = (
        slot_limits::city.eq(&rule.city),
        slot_limits::type_equipment.eq(rule.type_equipment),
        slot_limits::weekday.eq(rule.weekday),
        slot_limits::minute.eq(rule.minute),
        slot_limits::places.eq(rule.places),
    );
    // A savepoint: on PostgreSQL a violation would otherwise end the whole transaction. The one constraint that
    // can be violated is the one of the rule's own key.
    let written = tx.db.transaction(|db| match id {
        Some(id) => diesel::update(slot_limits::table.find(id)).set(values).execute(db),
        None => diesel::insert_into(slot_limits::table).values(values).execute(db),
    });
    match written {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(false),
        written => written?,
    };
    let detail = match before {
        Some(before) if before.label() == rule.label() => {
            format!("мест {}, было {}", rule.places, before.places)
        }
        Some(before) => format!("мест {}; было: {}, мест {}", rule.places, before.label(), before.places),
        None => format!("мест {}", rule.places),
    };
    log(tx, "slot_limit.save", rule, &detail, by, now)?;
    Ok(true)
}

/// Removes a rule; `false` when there is none.
pub fn delete(tx: &mut Tx, id: LimitId, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let Some(rule) = by_id(tx.db, id)? else { return Ok(false) };
    diesel::delete(slot_limits::table.find(id)).execute(tx.db)?;
    log(tx, "slot_limit.delete", &rule, &format!("было мест {}", rule.places), by, now)?;
    Ok(true)
}

fn log(
    tx: &mut Tx,
    action: &'static str,
    rule: &Rule,
    detail: &str,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    audit::record(tx, &Entry { by, action, subject: &rule.label(), detail }, now)?;
    tx.announce(Event::Slots);
    Ok(())
}
