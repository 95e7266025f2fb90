//! What Diesel cannot say once for both databases, said once here: the body of these macros is compiled for
//! each of them. Used in the `queries.rs` of the features.

use std::time::{Duration, Instant};

use diesel::{Connection, QueryResult, RunQueryDsl};

use super::Db;

/// Runs reading questions of which none may take longer than `limit`; `None` when PostgreSQL gave one up for that.
/// SQLite cannot be stopped from outside: what runs there must be bounded by itself.
pub fn within<T>(
    db: &mut Db,
    limit: Duration,
    read: impl FnOnce(&mut Db) -> QueryResult<T>,
) -> QueryResult<Option<T>> {
    if matches!(db, Db::Sqlite(_)) {
        return read(db).map(Some);
    }
    let began = Instant::now();
    let outcome = db.transaction(|db| {
        diesel::sql_query(format!("SET LOCAL statement_timeout = {}", limit.as_millis())).execute(db)?;
        read(db)
    });
    match outcome {
        // Told by the time, not by the words, which come in the server's language.
        Err(diesel::result::Error::DatabaseError(..)) if began.elapsed() >= limit => Ok(None),
        other => other.map(Some),
    }
}

/// A column that no index may be chosen for, in raw SQL. SQLite knows little about the contents of tables and may
/// prefer the index of a filter to the one that gives the order; a unary plus takes that choice away. PostgreSQL
/// keeps statistics and decides well by itself.
pub fn unindexed(db: &Db, column: &str) -> String {
    match db {
        Db::Sqlite(_) => format!("+{column}"),
        Db::Pg(_) => column.to_owned(),
    }
}

/// Runs one expression on whichever connection `$db` holds.
#[macro_export]
macro_rules! both {
    ($db:expr, $c:ident => $e:expr) => {
        match $db {
            $crate::platform::db::Db::Pg($c) => $e,
            $crate::platform::db::Db::Sqlite($c) => $e,
        }
    };
}

/// Inserts a row unless one with the same `$key` is there: `true` if it is new. Never raises a unique
/// violation, so a surrounding PostgreSQL transaction stays usable.
#[macro_export]
macro_rules! insert_new {
    ($db:expr, $table:path, $values:expr, $key:expr) => {
        $crate::both!($db, c => diesel::RunQueryDsl::execute(
            diesel::insert_into($table).values($values).on_conflict($key).do_nothing(), c))
        .map(|rows| rows == 1)
    };
}

/// Inserts a row or changes the one with the same `$key` by `$set`.
#[macro_export]
macro_rules! upsert {
    ($db:expr, $table:path, $values:expr, $key:expr, $set:expr) => {
        $crate::both!($db, c => diesel::RunQueryDsl::execute(
            diesel::insert_into($table).values($values).on_conflict($key).do_update().set($set), c))
    };
}

/// Inserts several rows of a slice or vector at once (SQLite loops inside; use within a transaction).
#[macro_export]
macro_rules! insert_many {
    ($db:expr, $table:path, $rows:expr) => {
        $crate::both!($db, c => diesel::RunQueryDsl::execute(
            diesel::insert_into($table).values($rows), c))
    };
}

/// Inserts those rows of a slice whose `$key` is not there yet: one statement on PostgreSQL, where the way to the
/// server costs, one per row on SQLite, which has no word for the default of a column in a list of rows.
#[macro_export]
macro_rules! insert_new_many {
    ($db:expr, $table:path, $rows:expr, $key:expr) => {
        match $db {
            $crate::platform::db::Db::Pg(c) => diesel::RunQueryDsl::execute(
                diesel::insert_into($table).values($rows).on_conflict($key).do_nothing(),
                c,
            ),
            $crate::platform::db::Db::Sqlite(c) => $rows.iter().try_fold(0, |inserted, row| {
                diesel::RunQueryDsl::execute(
                    diesel::insert_into($table).values(row).on_conflict($key).do_nothing(),
                    c,
                )
                .map(|rows| inserted + rows)
            }),
        }
    };
}

/// Ids for `count` new rows of `table`, growing: for rows that are to be written in another order than they came in.
/// `None` on SQLite, whose only writer nobody meets.
pub fn next_ids(db: &mut Db, table: &str, count: usize) -> QueryResult<Option<Vec<i64>>> {
    #[derive(diesel::QueryableByName)]
    struct Next {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        id: i64,
    }
    let Db::Pg(c) = db else { return Ok(None) };
    let ids: Vec<Next> = diesel::sql_query(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2) ORDER BY 1",
    )
    .bind::<diesel::sql_types::Text, _>(table)
    .bind::<diesel::sql_types::BigInt, _>(i64::try_from(count).unwrap_or(0))
    .load(c)?;
    Ok(Some(ids.into_iter().map(|next| next.id).collect()))
}

/// How much a select locks of the rows it gives, until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLock {
    /// They stay as they are; others may read and lock them so too.
    Share,
    /// They are about to be changed: others who want to lock or change them wait, those who refer to them do not.
    Change,
}

/// The end of a raw select that locks its rows. On SQLite a writing transaction is alone anyway.
pub fn row_lock(db: &Db, lock: RowLock) -> &'static str {
    match (db, lock) {
        (Db::Sqlite(_), _) => "",
        (Db::Pg(_), RowLock::Share) => " FOR SHARE",
        (Db::Pg(_), RowLock::Change) => " FOR NO KEY UPDATE",
    }
}

/// Lets only one transaction at a time past this line for the same `name`, until it ends. PostgreSQL needs it
/// where a count decides about an insert; on SQLite every writing transaction is alone anyway.
pub fn lock(db: &mut Db, name: &str) -> QueryResult<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Pg(c) => diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(name)
            .execute(c)
            .map(|_| ()),
    }
}
