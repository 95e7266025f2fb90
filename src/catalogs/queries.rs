//! SQL of the lists, for the features that choose from them. Names come sorted as people expect them: by their
//! folded form, which both databases order alike.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::domain::city::City;
use crate::domain::id::{AccountId, MasterId};
use crate::domain::master::MasterStatus;
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::platform::db::memory::kept_list;
use crate::platform::db::schema::{accounts, avito, campaigns, cities, master, orders, refusal_reasons};

/// All cities, active or not.
pub fn cities(db: &mut Db) -> QueryResult<Vec<City>> {
    kept_list(db, "cities", read_cities)
}

fn read_cities(db: &mut Db) -> QueryResult<Vec<City>> {
    let rows: Vec<(String, String, bool)> =
        cities::table.select((cities::name, cities::time_zone, cities::is_active)).load(db)?;
    let mut all: Vec<City> = rows
        .into_iter()
        // A zone is checked when it is saved; one this build does not know is better than no city.
        .map(|(name, zone, is_active)| City {
            name,
            zone: zone.parse().unwrap_or(chrono_tz::Europe::Moscow),
            is_active,
        })
        .collect();
    all.sort_by_cached_key(|c| search_words::sort_key(&c.name));
    Ok(all)
}

/// Names of active campaigns (РК).
pub fn campaigns(db: &mut Db) -> QueryResult<Vec<String>> {
    names(db, "campaigns", |db| {
        campaigns::table.filter(campaigns::is_active.eq(true)).select(campaigns::name).load(db)
    })
}

/// Names of active Avito accounts.
pub fn avito_names(db: &mut Db) -> QueryResult<Vec<String>> {
    names(db, "avito", |db| avito::table.filter(avito::is_active.eq(true)).select(avito::name).load(db))
}

/// Names of active campaigns and of active Avito accounts.
pub fn sources(db: &mut Db) -> QueryResult<(Vec<String>, Vec<String>)> {
    Ok((campaigns(db)?, avito_names(db)?))
}

/// Active reasons for ending an order as `status_order` («Отказ» or «Незаказ»).
pub fn refusal_reasons(db: &mut Db, status_order: &str) -> QueryResult<Vec<String>> {
    names(db, &format!("refusal {status_order}"), |db| {
        refusal_reasons::table
            .filter(refusal_reasons::is_active.eq(true))
            .filter(refusal_reasons::status_order.eq(status_order))
            .select(refusal_reasons::name)
            .load(db)
    })
}

/// Ids and names of the masters there is something to filter by: those who work, and after them, marked, those who
/// do not any more but have orders.
pub fn masters(db: &mut Db) -> QueryResult<Vec<(MasterId, String)>> {
    let is_active = master::status_work.eq(MasterStatus::Active);
    let has_orders = exists(orders::table.filter(orders::master_id.eq(master::id.nullable())));
    let mut rows: Vec<(MasterId, String, MasterStatus)> = master::table
        .filter(is_active.or(has_orders))
        .select((master::id, master::name, master::status_work))
        .load(db)?;
    rows.sort_by_cached_key(|(id, name, status)| {
        (*status != MasterStatus::Active, search_words::sort_key(name), *id)
    });
    let named = |(id, name, status)| match status {
        MasterStatus::Active => (id, name),
        MasterStatus::Inactive => (id, format!("{name} (не работает)")),
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Ids and names of everybody who has ever taken calls or made orders, for filters.
pub fn employees(db: &mut Db) -> QueryResult<Vec<(AccountId, String)>> {
    kept_list(db, "employees", |db| {
        let mut rows: Vec<(AccountId, String)> =
            accounts::table.select((accounts::id, accounts::name)).load(db)?;
        rows.sort_by_cached_key(|(_, name)| search_words::sort_key(name));
        Ok(rows)
    })
}

/// Names of a list, remembered as `list`, sorted.
fn names(
    db: &mut Db,
    list: &str,
    read: impl FnOnce(&mut Db) -> QueryResult<Vec<String>>,
) -> QueryResult<Vec<String>> {
    kept_list(db, list, |db| {
        let mut names = read(db)?;
        names.sort_by_cached_key(|name| search_words::sort_key(name));
        Ok(names)
    })
}
