//! SQL of masters: reading. What changes them is in [`write`], who visits whom when in [`visits`].

pub mod visits;
pub mod write;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{DayOff, Master};
use crate::domain::id::{DayOffId, MasterId, OrderId};
use crate::domain::master::MasterStatus;
use crate::domain::order::{StatusOrder, TypeEquipment};
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::platform::db::memory::kept_list;
use crate::platform::db::schema::{master, master_cities, master_days_off, master_equipment, orders};
use crate::platform::db::stored::Day;

/// Every master, those who work first, by name, with the days off that end on `since` or later, or all of
/// them.
pub fn all(db: &mut Db, since: Option<NaiveDate>) -> QueryResult<Vec<Master>> {
    let mut all = kept_list(db, "masters", |db| load(db, None))?;
    if let Some(since) = since {
        all.iter_mut().for_each(|master| master.days_off.retain(|off| off.to >= since));
    }
    Ok(all)
}

/// One master with all his days off.
pub fn by_id(db: &mut Db, id: MasterId) -> QueryResult<Option<Master>> {
    Ok(load(db, Some(id))?.pop())
}

/// Four queries, however many masters there are.
fn load(db: &mut Db, only: Option<MasterId>) -> QueryResult<Vec<Master>> {
    let mut masters =
        master::table.select((master::id, master::name, master::status_work, master::note)).into_boxed();
    let mut cities = master_cities::table.into_boxed();
    let mut equipment = master_equipment::table.into_boxed();
    let mut days = master_days_off::table.into_boxed();
    if let Some(id) = only {
        masters = masters.filter(master::id.eq(id));
        cities = cities.filter(master_cities::master_id.eq(id));
        equipment = equipment.filter(master_equipment::master_id.eq(id));
        days = days.filter(master_days_off::master_id.eq(id));
    }
    let mut of_city: HashMap<MasterId, Vec<String>> = HashMap::new();
    for (id, city) in cities.load::<(MasterId, String)>(db)? {
        of_city.entry(id).or_default().push(city);
    }
    let mut of_equipment: HashMap<MasterId, Vec<TypeEquipment>> = HashMap::new();
    for (id, kind) in equipment.load::<(MasterId, TypeEquipment)>(db)? {
        of_equipment.entry(id).or_default().push(kind);
    }
    let mut off: HashMap<MasterId, Vec<DayOff>> = HashMap::new();
    for (id, owner, from, to, note) in
        days.order((master_days_off::from_day, master_days_off::id))
            .load::<(DayOffId, MasterId, Day, Day, String)>(db)?
    {
        off.entry(owner).or_default().push(DayOff { id: Some(id), from: from.into(), to: to.into(), note });
    }
    let mut all: Vec<Master> = masters
        .load::<(MasterId, String, MasterStatus, String)>(db)?
        .into_iter()
        .map(|(id, name, status_work, note)| {
            let mut cities = of_city.remove(&id).unwrap_or_default();
            cities.sort_by_cached_key(|city| search_words::sort_key(city));
            let mut equipment = of_equipment.remove(&id).unwrap_or_default();
            equipment.sort_unstable();
            let days_off = off.remove(&id).unwrap_or_default();
            Master { id, name, status_work, note, cities, equipment, days_off }
        })
        .collect();
    all.sort_by_cached_key(|m| (!m.is_active(), search_words::sort_key(&m.name), m.id));
    Ok(all)
}

/// How many open orders each of `masters` has; those without any are missing.
pub fn open_orders(db: &mut Db, masters: &[MasterId]) -> QueryResult<HashMap<MasterId, i64>> {
    let rows: Vec<(Option<MasterId>, i64)> = orders::table
        .filter(orders::master_id.eq_any(masters.to_vec()))
        .filter(orders::list_rank.le(StatusOrder::Modern.rank()))
        .group_by(orders::master_id)
        .select((orders::master_id, diesel::dsl::count_star()))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, n)| Some((id?, n))).collect())
}

/// An open order of a master.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct OpenOrder {
    /// Its number.
    pub id: OrderId,
    /// Where.
    pub city: String,
    /// The day in the city.
    #[diesel(deserialize_as = Day)]
    pub day: NaiveDate,
    /// Minutes since midnight in the city.
    pub minute: i32,
    /// Where it stands.
    pub status: StatusOrder,
}

/// The open orders of a master, `limit` at most, as the list of orders sorts them.
pub fn open_orders_of(db: &mut Db, master: MasterId, limit: i64) -> QueryResult<Vec<OpenOrder>> {
    orders::table
        .filter(orders::master_id.eq(master))
        .filter(orders::list_rank.le(StatusOrder::Modern.rank()))
        .order((orders::list_rank, orders::list_time, orders::id))
        .select((orders::id, orders::city, orders::meeting_day, orders::meeting_minute, orders::status_order))
        .limit(limit)
        .load(db)
}
