//! Addresses we have been to: kept with every order, found by any words of them.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text};

use crate::domain::address::{key, stored_words};
use crate::domain::id::{AddressId, ClientId, OrderId};
use crate::platform::db::schema::{addresses, order_addresses, orders};
use crate::platform::db::{Db, words as found_by};

/// So many of the newest fitting addresses are looked at; the best of them are offered.
const CANDIDATES: usize = 300;

/// Writes down where the order `order_id` is: a new place or one more use of a known one, whose address is from
/// now on written as here. To be called whenever an order gets its address, another one, or another city.
pub fn used(
    db: &mut Db,
    order_id: OrderId,
    city: &str,
    address: &str,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let folded = key(address);
    if folded.is_empty() {
        diesel::delete(order_addresses::table.find(order_id)).execute(db)?;
        return Ok(());
    }
    let row = (
        addresses::city.eq(city.to_owned()),
        addresses::folded.eq(folded.clone()),
        addresses::address.eq(address.to_owned()),
        addresses::words.eq(stored_words(address)),
        addresses::uses.eq(1_i64),
        addresses::last_used_at.eq(now),
    );
    let again = (
        addresses::address.eq(address.to_owned()),
        addresses::uses.eq(addresses::uses + 1),
        addresses::last_used_at.eq(now),
    );
    crate::upsert!(&mut *db, addresses::table, row, (addresses::city, addresses::folded), again)?;
    let id: AddressId = addresses::table
        .filter(addresses::city.eq(city.to_owned()))
        .filter(addresses::folded.eq(folded))
        .select(addresses::id)
        .first(db)?;
    let link = (order_addresses::order_id.eq(order_id), order_addresses::address_id.eq(id));
    let moved = order_addresses::address_id.eq(id);
    crate::upsert!(db, order_addresses::table, link, order_addresses::order_id, moved)?;
    Ok(())
}

/// Where an order is, for [`used_all`].
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The order, which has no place yet.
    pub order_id: OrderId,
    /// Its city.
    pub city: &'a str,
    /// As it was typed.
    pub address: &'a str,
    /// When the order was made, UTC.
    pub at: NaiveDateTime,
}

/// [`used`] for many new orders at once.
pub fn used_all(db: &mut Db, places: &[Place<'_>]) -> QueryResult<()> {
    struct Used<'a> {
        last: Place<'a>,
        orders: Vec<OrderId>,
    }
    let mut by_key: BTreeMap<(&str, String), Used<'_>> = BTreeMap::new();
    for place in places {
        let folded = key(place.address);
        if folded.is_empty() {
            continue;
        }
        let used =
            by_key.entry((place.city, folded)).or_insert_with(|| Used { last: *place, orders: Vec::new() });
        used.orders.push(place.order_id);
        if place.at > used.last.at {
            used.last = *place;
        }
    }
    let mut known = ids_of(db, by_key.keys())?;
    for (key, used) in by_key.iter().filter(|(key, _)| known.contains_key(*key)) {
        let uses = i64::try_from(used.orders.len()).unwrap_or(0);
        let address = addresses::table.find(known[key]);
        diesel::update(address).set(addresses::uses.eq(addresses::uses + uses)).execute(db)?;
        diesel::update(address.filter(addresses::last_used_at.lt(used.last.at)))
            .set((addresses::address.eq(used.last.address), addresses::last_used_at.eq(used.last.at)))
            .execute(db)?;
    }
    let rows: Vec<_> = by_key
        .iter()
        .filter(|(key, _)| !known.contains_key(*key))
        .map(|((city, folded), used)| {
            (
                addresses::city.eq(*city),
                addresses::folded.eq(folded.as_str()),
                addresses::address.eq(used.last.address),
                addresses::words.eq(stored_words(used.last.address)),
                addresses::uses.eq(i64::try_from(used.orders.len()).unwrap_or(0)),
                addresses::last_used_at.eq(used.last.at),
            )
        })
        .collect();
    if !rows.is_empty() {
        crate::insert_new_many!(&mut *db, addresses::table, &rows, (addresses::city, addresses::folded))?;
        known = ids_of(db, by_key.keys())?;
    }
    let links: Vec<_> = by_key
        .iter()
        .filter_map(|(key, used)| known.get(key).map(|id| (*id, used)))
        .flat_map(|(id, used)| {
            let link = move |order: &OrderId| {
                (order_addresses::order_id.eq(*order), order_addresses::address_id.eq(id))
            };
            used.orders.iter().map(link)
        })
        .collect();
    if !links.is_empty() {
        crate::insert_many!(db, order_addresses::table, &links)?;
    }
    Ok(())
}

fn ids_of<'a>(
    db: &mut Db,
    keys: impl Iterator<Item = &'a (&'a str, String)> + Clone,
) -> QueryResult<HashMap<(&'a str, String), AddressId>> {
    let folded: Vec<String> = keys.clone().map(|(_, folded)| folded.clone()).collect();
    let rows: Vec<(AddressId, String, String)> = addresses::table
        .filter(addresses::folded.eq_any(folded))
        .select((addresses::id, addresses::city, addresses::folded))
        .load(db)?;
    let found: HashMap<(String, String), AddressId> =
        rows.into_iter().map(|(id, city, folded)| ((city, folded), id)).collect();
    let of = |(city, folded): &'a (&'a str, String)| {
        let id = found.get(&((*city).to_owned(), folded.clone()))?;
        Some(((*city, folded.clone()), *id))
    };
    Ok(keys.filter_map(of).collect())
}

/// A known address.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct KnownAddress {
    /// As it was written last.
    #[diesel(sql_type = Text)]
    pub address: String,
    /// Its words.
    #[diesel(sql_type = Text)]
    pub words: String,
    /// How many orders have been there.
    #[diesel(sql_type = BigInt)]
    pub uses: i64,
}

/// Addresses of `city` in which every one of the folded `words` begins some word, the newest of them.
pub fn matching(db: &mut Db, city: &str, words: &[String]) -> QueryResult<Vec<KnownAddress>> {
    let (sql, needle) = (found_by::addresses(db, CANDIDATES), found_by::plain_needle(db, words));
    bound(sql, needle, city).load(db)
}

/// Addresses of a client's orders in `city`, newest first, once each.
pub fn of_client(db: &mut Db, client_id: ClientId, city: &str, limit: i64) -> QueryResult<Vec<KnownAddress>> {
    let found: Vec<(String, String, i64)> = orders::table
        .inner_join(order_addresses::table.inner_join(addresses::table))
        .filter(orders::client_id.eq(client_id))
        .filter(addresses::city.eq(city.to_owned()))
        .order((orders::create_date.desc(), orders::id.desc()))
        .limit(limit)
        .select((addresses::address, addresses::words, addresses::uses))
        .load(db)?;
    let mut known: Vec<KnownAddress> = Vec::new();
    for (address, words, uses) in found {
        if !known.iter().any(|k| k.address == address) {
            known.push(KnownAddress { address, words, uses });
        }
    }
    Ok(known)
}

/// How the database would search: for the test that an index is used.
pub fn explain(db: &mut Db, city: &str, words: &[String]) -> QueryResult<String> {
    let (sql, needle) = (found_by::addresses(db, CANDIDATES), found_by::plain_needle(db, words));
    crate::platform::db::explain::plan(db, &sql, |sql| bound(sql, needle, city))
}

type Backend = <Db as diesel::Connection>::Backend;

fn bound<'a>(sql: String, needle: String, city: &str) -> BoxedSqlQuery<'a, Backend, SqlQuery> {
    diesel::sql_query(sql).into_boxed::<Backend>().bind::<Text, _>(needle).bind::<Text, _>(city.to_owned())
}
