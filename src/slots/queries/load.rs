//! How full days are, counted from all orders of the database in three queries, however many days and cities.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::limits;
use crate::db::Db;
use crate::db::schema::{accounts, orders, slot_holds};
use crate::orders::TypeEquipment;
use crate::slots::limits::places;
use crate::slots::{Day, EquipmentRow, Held, Load, open_statuses, start_of, starts};

/// One day of one city at the moment `now` (UTC).
pub fn load_day(db: &mut Db, city: &str, day: NaiveDate, now: NaiveDateTime) -> QueryResult<Day> {
    let mut days = load(db, &[city.to_owned()], &[day], now)?;
    Ok(days.swap_remove(0))
}

/// City, day and equipment of a slot, and its first minute.
type Key = (String, String, TypeEquipment, i32);

/// Every one of `days` of every one of `cities`, city by city, at the moment `now` (UTC).
pub fn load(db: &mut Db, cities: &[String], days: &[NaiveDate], now: NaiveDateTime) -> QueryResult<Vec<Day>> {
    let texts: Vec<String> = days.iter().map(ToString::to_string).collect();
    let mut taken = taken(db, cities, &texts)?;
    let mut held = held(db, cities, &texts, now)?;
    let rules = limits::all(db)?;
    let mut loaded = Vec::with_capacity(cities.len() * days.len());
    for city in cities {
        for (day, text) in days.iter().zip(&texts) {
            let rows = TypeEquipment::ALL.iter().map(|&type_equipment| {
                let slots = starts().map(|minute| {
                    let key = (city.clone(), text.clone(), type_equipment, minute);
                    Load {
                        minute,
                        taken: taken.remove(&key).unwrap_or_default(),
                        held: held.remove(&key).unwrap_or_default(),
                        places: places(&rules, city, type_equipment, *day, minute),
                    }
                });
                let slots = slots.collect();
                // The slots of the grid are taken out of the counts by now.
                let outside =
                    taken.iter().filter(|((c, d, e, _), _)| (c, d, *e) == (city, text, type_equipment));
                EquipmentRow { type_equipment, slots, outside: outside.map(|(_, n)| n).sum() }
            });
            let rows = rows.collect();
            loaded.push(Day { city: city.clone(), day: *day, rows });
        }
    }
    Ok(loaded)
}

fn taken(db: &mut Db, cities: &[String], days: &[String]) -> QueryResult<HashMap<Key, i64>> {
    let by = (orders::city, orders::meeting_day, orders::type_equipment, orders::meeting_minute);
    let rows: Vec<(String, String, TypeEquipment, i32, i64)> = orders::table
        .filter(orders::meeting_day.eq_any(days.to_vec()))
        .filter(orders::city.eq_any(cities.to_vec()))
        .filter(orders::status_order.eq_any(open_statuses()))
        .group_by(by)
        .select((
            orders::city,
            orders::meeting_day,
            orders::type_equipment,
            orders::meeting_minute,
            count_star(),
        ))
        .load(db)?;
    let mut taken = HashMap::new();
    for (city, day, equipment, minute, n) in rows {
        *taken.entry((city, day, equipment, start_of(minute))).or_default() += n;
    }
    Ok(taken)
}

fn held(
    db: &mut Db,
    cities: &[String],
    days: &[String],
    now: NaiveDateTime,
) -> QueryResult<HashMap<Key, Vec<Held>>> {
    type Row = (Key, i64, i64, String, NaiveDateTime);
    let rows: Vec<Row> = slot_holds::table
        .inner_join(accounts::table)
        .filter(slot_holds::day.eq_any(days.to_vec()))
        .filter(slot_holds::city.eq_any(cities.to_vec()))
        .filter(slot_holds::expires_at.gt(now))
        .order((slot_holds::expires_at, slot_holds::id))
        .select((
            (slot_holds::city, slot_holds::day, slot_holds::type_equipment, slot_holds::minute),
            slot_holds::id,
            slot_holds::account_id,
            accounts::name,
            slot_holds::expires_at,
        ))
        .load(db)?;
    let mut held: HashMap<Key, Vec<Held>> = HashMap::new();
    for (key, id, account_id, name, until) in rows {
        held.entry(key).or_default().push(Held { id, account_id, name, until });
    }
    Ok(held)
}
