//! How full days are, counted from all orders of the database in three queries, however many days and cities.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Integer, Text};

use super::limits;
use crate::domain::id::{AccountId, HoldId};
use crate::domain::order::{StatusOrder, TypeEquipment};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, slot_holds};
use crate::slots::limits::places;
use crate::slots::{Day, EquipmentRow, Held, Load, start_of, starts};

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

/// Open orders at one minute of a day.
#[derive(QueryableByName)]
struct Visits {
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    meeting_day: String,
    #[diesel(sql_type = Text)]
    type_equipment: TypeEquipment,
    #[diesel(sql_type = Integer)]
    meeting_minute: i32,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn taken(db: &mut Db, cities: &[String], days: &[String]) -> QueryResult<HashMap<Key, i64>> {
    let mut taken = HashMap::new();
    if cities.is_empty() || days.is_empty() {
        return Ok(taken);
    }
    let rows: Vec<Visits> = bound(sql(cities.len(), days.len()), cities, days).load(db)?;
    for row in rows {
        let key = (row.city, row.meeting_day, row.type_equipment, start_of(row.meeting_minute));
        *taken.entry(key).or_default() += row.n;
    }
    Ok(taken)
}

/// How the database would count the orders of `days` of `cities`: for the test that an index answers alone.
pub fn explain(db: &mut Db, cities: &[String], days: &[String]) -> QueryResult<String> {
    let sql = sql(cities.len(), days.len());
    crate::platform::db::explain::plan(db, &sql, |sql| bound(sql, cities, days))
}

type Backend = <Db as diesel::Connection>::Backend;

fn bound<'a>(sql: String, cities: &[String], days: &[String]) -> BoxedSqlQuery<'a, Backend, SqlQuery> {
    let query = diesel::sql_query(sql).into_boxed::<Backend>();
    days.iter().chain(cities).fold(query, |query, text| query.bind::<Text, _>(text.clone()))
}

/// Answered from the index `orders_slots` alone.
fn sql(cities: usize, days: usize) -> String {
    let places =
        |from: usize, n: usize| (from..from + n).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
    let open: Vec<String> = StatusOrder::open().iter().map(|status| format!("'{status}'")).collect();
    format!(
        "SELECT city, meeting_day, type_equipment, meeting_minute, COUNT(*) AS n FROM orders
         WHERE meeting_day IN ({}) AND city IN ({}) AND status_order IN ({})
         GROUP BY city, meeting_day, type_equipment, meeting_minute",
        places(1, days),
        places(days + 1, cities),
        open.join(", ")
    )
}

fn held(
    db: &mut Db,
    cities: &[String],
    days: &[String],
    now: NaiveDateTime,
) -> QueryResult<HashMap<Key, Vec<Held>>> {
    type Row = (Key, HoldId, AccountId, String, NaiveDateTime);
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
