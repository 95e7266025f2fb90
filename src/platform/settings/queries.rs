//! SQL of the table `settings`.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Text, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform::db::schema::settings;
use crate::platform::db::{Db, stored};

/// The value kept as `name`.
pub fn read(db: &mut Db, name: &str) -> QueryResult<Option<String>> {
    Ok(read_dated(db, name)?.map(|(value, _)| value))
}

/// The value kept as `name`, and when it was written (UTC).
pub fn read_dated(db: &mut Db, name: &str) -> QueryResult<Option<(String, NaiveDateTime)>> {
    settings::table.find(name).select((settings::value, settings::updated_at)).first(db).optional()
}

/// The JSON kept as `name`.
///
/// # Errors
/// It is no such JSON.
pub fn read_json<T: DeserializeOwned>(db: &mut Db, name: &str) -> QueryResult<Option<T>> {
    read(db, name)?.map(|text| stored::from_json(&text, "settings.value", name)).transpose()
}

/// Keeps the JSON of `value` as `name`, whatever was there.
pub fn put_json(db: &mut Db, name: &str, value: &impl Serialize, now: NaiveDateTime) -> QueryResult<()> {
    put(db, name, &stored::to_json(value)?, now)
}

/// Those of `names` that are kept, with their values, in one question.
pub fn read_all(db: &mut Db, names: &[&str]) -> QueryResult<Vec<(String, String)>> {
    settings::table
        .filter(settings::name.eq_any(names.to_vec()))
        .select((settings::name, settings::value))
        .load(db)
}

/// Keeps `value` as `name`, whatever was there.
pub fn put(db: &mut Db, name: &str, value: &str, now: NaiveDateTime) -> QueryResult<()> {
    let row = (settings::name.eq(name), settings::value.eq(value), settings::updated_at.eq(now));
    let set = (settings::value.eq(value), settings::updated_at.eq(now));
    crate::upsert!(db, settings::table, row, settings::name, set)?;
    Ok(())
}

/// Keeps `value` as `name` unless something is kept there already; returns what is kept now.
pub fn put_new(db: &mut Db, name: &str, value: &str, now: NaiveDateTime) -> QueryResult<String> {
    let row = (settings::name.eq(name), settings::value.eq(value), settings::updated_at.eq(now));
    crate::insert_new!(db, settings::table, row, settings::name)?;
    settings::table.find(name).select(settings::value).first(db)
}

/// Adds to a number kept as `name`, in one statement, so that processes may count together.
pub fn add_to(db: &mut Db, name: &str, count: i64, now: NaiveDateTime) -> QueryResult<()> {
    sql_query(
        "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET
             value = CAST(CAST(settings.value AS BIGINT) + CAST(excluded.value AS BIGINT) AS TEXT),
             updated_at = excluded.updated_at",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(count.to_string())
    .bind::<Timestamp, _>(now)
    .execute(db)?;
    Ok(())
}

/// Forgets what is kept as `name`.
pub fn remove(db: &mut Db, name: &str) -> QueryResult<()> {
    diesel::delete(settings::table.find(name)).execute(db).map(|_| ())
}
