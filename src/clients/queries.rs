//! SQL of clients and their numbers.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{client_phones, client_search, clients};
use crate::search;

/// The client a canonical number belongs to.
pub fn by_number(db: &mut Db, number: &str) -> QueryResult<Option<i64>> {
    client_phones::table
        .filter(client_phones::number.eq(number.to_owned()))
        .select(client_phones::client_id)
        .first(db)
        .optional()
}

/// The client of a canonical `number`, made when there is none. Two processes that meet the same new number at
/// once end up with one client. To be called in a writing transaction.
pub fn ensure(db: &mut Db, number: &str, raw: &str, now: NaiveDateTime) -> QueryResult<i64> {
    if let Some(id) = by_number(db, number)? {
        return Ok(id);
    }
    let id: i64 = diesel::insert_into(clients::table)
        .values((clients::name.eq(""), clients::created_at.eq(now)))
        .returning(clients::id)
        .get_result(db)?;
    let row = (
        client_phones::client_id.eq(id),
        client_phones::number.eq(number.to_owned()),
        client_phones::raw.eq(raw.to_owned()),
        client_phones::created_at.eq(now),
    );
    if crate::insert_new!(db, client_phones::table, row, client_phones::number)? {
        index(db, id)?;
        return Ok(id);
    }
    // Somebody else was faster between the look and the insert: theirs is the client.
    diesel::delete(clients::table.find(id)).execute(db)?;
    client_phones::table
        .filter(client_phones::number.eq(number.to_owned()))
        .select(client_phones::client_id)
        .first(db)
}

/// Gives a client without a name the one it was just called by; a known name stays.
pub fn name_if_unnamed(db: &mut Db, client_id: i64, name: &str) -> QueryResult<()> {
    let changed = diesel::update(clients::table.find(client_id).filter(clients::name.eq("")))
        .set(clients::name.eq(name.to_owned()))
        .execute(db)?;
    if changed == 1 { index(db, client_id) } else { Ok(()) }
}

/// Writes the words by which the client is found anew.
fn index(db: &mut Db, client_id: i64) -> QueryResult<()> {
    let name: String = clients::table.find(client_id).select(clients::name).first(db)?;
    let numbers: Vec<String> = client_phones::table
        .filter(client_phones::client_id.eq(client_id))
        .select(client_phones::number)
        .load(db)?;
    let words = search_words(&name, &numbers);
    let row = (client_search::client_id.eq(client_id), client_search::words.eq(words.clone()));
    crate::upsert!(db, client_search::table, row, client_search::client_id, client_search::words.eq(words))?;
    Ok(())
}

/// The words by which a client of this name with these canonical numbers is found.
pub fn search_words(name: &str, numbers: &[String]) -> String {
    let mut words = search::stored_words([name]);
    for number in numbers {
        words.push(' ');
        words.push_str(&search::number_tails(number));
    }
    words.trim().to_owned()
}
