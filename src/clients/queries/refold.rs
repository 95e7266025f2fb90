//! The words of clients, folded anew.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Id, gathered, write_words};
use crate::domain::id::ClientId;
use crate::platform::db::Db;
use crate::platform::db::portable::{RowLock, row_lock};
use crate::platform::db::schema::client_search;

/// Folds the words of the newest `most` clients below the id `below` anew, those that differ; the least of their ids,
/// or `None` when there are none left.
pub fn refold(db: &mut Db, below: i64, most: i64) -> QueryResult<Option<i64>> {
    // Held, so that a new name does not get the words of the old one.
    let lock = row_lock(db, RowLock::Share);
    let sql = format!(
        "SELECT id FROM clients WHERE id < $1 AND merged_into IS NULL ORDER BY id DESC LIMIT $2{lock}"
    );
    let held: Vec<Id<ClientId>> =
        diesel::sql_query(sql).bind::<BigInt, _>(below).bind::<BigInt, _>(most).load(db)?;
    let ids: Vec<ClientId> = held.into_iter().map(|row| row.id).collect();
    let stored: Vec<(ClientId, String)> = client_search::table
        .filter(client_search::client_id.eq_any(ids.clone()))
        .select((client_search::client_id, client_search::words))
        .load(db)?;
    let stored: HashMap<ClientId, String> = stored.into_iter().collect();
    for (id, words) in gathered(db, &ids)? {
        if stored.get(&id) != Some(&words) {
            write_words(db, id, words)?;
        }
    }
    Ok(ids.into_iter().min().map(|id| id.0))
}
