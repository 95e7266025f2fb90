//! The words of orders and the keys of addresses, folded anew.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::domain::id::{AddressId, OrderId};
use crate::domain::{address, search_words};
use crate::platform::db::Db;
use crate::platform::db::portable::{RowLock, row_lock};
use crate::platform::db::schema::{addresses, order_addresses, order_search};

#[derive(QueryableByName)]
struct Described {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
    #[diesel(sql_type = Text)]
    client_name: String,
    #[diesel(sql_type = Text)]
    address: String,
    #[diesel(sql_type = Text)]
    problem: String,
    #[diesel(sql_type = Text)]
    city: String,
}

/// Folds the words of the newest `most` orders below the id `below` anew, those that differ; the least of their ids,
/// or `None` when there are none left.
pub fn orders(db: &mut Db, below: i64, most: i64) -> QueryResult<Option<i64>> {
    // Held, so that what is being edited does not get the words it had.
    let lock = row_lock(db, RowLock::Share);
    let sql = format!(
        "SELECT id, client_name, address, problem, city FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2{lock}"
    );
    let rows: Vec<Described> =
        diesel::sql_query(sql).bind::<BigInt, _>(below).bind::<BigInt, _>(most).load(db)?;
    let ids: Vec<OrderId> = rows.iter().map(|row| row.id).collect();
    let stored: Vec<(OrderId, String)> = order_search::table
        .filter(order_search::order_id.eq_any(ids.clone()))
        .select((order_search::order_id, order_search::words))
        .load(db)?;
    let stored: HashMap<OrderId, String> = stored.into_iter().collect();
    for row in rows {
        let words = search_words::of_order(&row.client_name, &row.address, &row.problem, &row.city);
        if stored.get(&row.id) != Some(&words) {
            let values = (order_search::order_id.eq(row.id), order_search::words.eq(words.clone()));
            let set = order_search::words.eq(words);
            crate::upsert!(&mut *db, order_search::table, values, order_search::order_id, set)?;
        }
    }
    Ok(ids.into_iter().min().map(|id| id.0))
}

#[derive(QueryableByName)]
struct AddressRow {
    #[diesel(sql_type = BigInt)]
    id: AddressId,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    folded: String,
    #[diesel(sql_type = Text)]
    address: String,
    #[diesel(sql_type = Text)]
    words: String,
    #[diesel(sql_type = BigInt)]
    uses: i64,
    #[diesel(sql_type = Timestamp)]
    last_used_at: NaiveDateTime,
}

/// The same for addresses. Two that turn out to be one place become one.
pub fn places(db: &mut Db, below: i64, most: i64) -> QueryResult<Option<i64>> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!(
        "SELECT id, city, folded, address, words, uses, last_used_at FROM addresses WHERE id < $1 \
         ORDER BY id DESC LIMIT $2{lock}"
    );
    let rows: Vec<AddressRow> =
        diesel::sql_query(sql).bind::<BigInt, _>(below).bind::<BigInt, _>(most).load(db)?;
    let least = rows.iter().map(|row| row.id.0).min();
    for row in rows {
        let (folded, words) = (address::key(&row.address), address::stored_words(&row.address));
        if folded.is_empty() || (folded == row.folded && words == row.words) {
            continue;
        }
        let same: Option<(AddressId, NaiveDateTime)> = addresses::table
            .filter(addresses::city.eq(&row.city))
            .filter(addresses::folded.eq(&folded))
            .filter(addresses::id.ne(row.id))
            .select((addresses::id, addresses::last_used_at))
            .first(db)
            .optional()?;
        let Some((same, last_used_at)) = same else {
            diesel::update(addresses::table.find(row.id))
                .set((addresses::folded.eq(folded), addresses::words.eq(words)))
                .execute(db)?;
            continue;
        };
        diesel::update(order_addresses::table.filter(order_addresses::address_id.eq(row.id)))
            .set(order_addresses::address_id.eq(same))
            .execute(db)?;
        diesel::update(addresses::table.find(same))
            .set((
                addresses::uses.eq(addresses::uses + row.uses),
                addresses::last_used_at.eq(last_used_at.max(row.last_used_at)),
            ))
            .execute(db)?;
        diesel::delete(addresses::table.find(row.id)).execute(db)?;
    }
    Ok(least)
}
