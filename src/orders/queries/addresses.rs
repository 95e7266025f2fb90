//! Addresses we have been to: kept with every order, found by any words of them.

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
