//! Loading a great many rows at once: what both databases do fastest, and the state they must be in afterwards.
//! For generated data; the features write through their own queries.

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::connection::DatabaseUrl;
use super::portable::next_ids;
use super::{Db, begin, migrate};

/// Inserts every row of a slice or vector: COPY on PostgreSQL, one prepared statement over and over on SQLite.
/// The rows derive `Insertable` with `treat_none_as_default_value = false`. Use inside a transaction; when the rows
/// bring their ids, finish with [`continue_ids`](crate::platform::db::bulk::continue_ids).
#[macro_export]
macro_rules! bulk_insert {
    ($db:expr, $table:path, $rows:expr) => {
        match $db {
            _ if $rows.is_empty() => Ok(()),
            $crate::platform::db::Db::Pg(c) => diesel::prelude::ExecuteCopyFromDsl::execute(
                diesel::copy_from($table).from_insertable($rows),
                c,
            )
            .map(|_| ()),
            // Not many rows in one statement: its text would be put together and parsed anew each time, which
            // costs more than what it saves.
            $crate::platform::db::Db::Sqlite(c) => $rows.iter().try_for_each(|row| {
                diesel::RunQueryDsl::execute(diesel::insert_into($table).values(row), c).map(|_| ())
            }),
        }
    };
}

/// A connection of its own to the database of `url`, its schema brought up to date.
///
/// # Errors
/// A sentence that names what is wrong with the address or the server.
pub fn open(url: &str) -> Result<Db, String> {
    let url = DatabaseUrl::parse(url)?;
    url.prepare_folder()?;
    let mut db = Db::open(&url).map_err(|e| url.trouble(&e))?;
    migrate::run(&mut db).map_err(|e| format!("cannot bring the database up to date: {e}"))?;
    Ok(db)
}

/// Runs `fill` in one transaction in which `tables` have neither secondary indexes nor triggers nor foreign keys,
/// builds all of these again, full-text tables included, and brings the planner's statistics up to date.
/// All of it or nothing, also when the process is killed.
///
/// SQLite doesn't wait for the disk meanwhile, and doesn't check foreign keys: what is loaded must be right by
/// itself. A power cut during the load may cost the file.
///
/// # Errors
/// What the database refused; then nothing has changed.
pub fn load<T>(db: &mut Db, tables: &[&str], fill: impl FnOnce(&mut Db) -> QueryResult<T>) -> QueryResult<T> {
    prepare(db)?;
    begin(db)?;
    let outcome = stripped(db, tables, fill);
    match outcome {
        Ok(value) => {
            <Db as diesel::Connection>::TransactionManager::commit_transaction(db)?;
            settle(db, tables)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to report.
            let _ = <Db as diesel::Connection>::TransactionManager::rollback_transaction(db);
            let _ = restore(db);
            Err(error)
        }
    }
}

/// Lets the database give ids after the largest that is there. SQLite notices explicit ids by itself.
pub fn continue_ids(db: &mut Db, tables: &[&str]) -> QueryResult<()> {
    let Db::Pg(c) = db else { return Ok(()) };
    for table in tables {
        sql_query(format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) IS NOT NULL"
        ))
        .execute(c)?;
    }
    Ok(())
}

/// Takes `count` ids of `table` that the database gives to nobody else, growing: for rows that others written in the
/// same breath refer to.
pub fn take_ids(db: &mut Db, table: &str, count: usize) -> QueryResult<Vec<i64>> {
    if let Some(ids) = next_ids(db, table, count)? {
        return Ok(ids);
    }
    let wanted = i64::try_from(count).unwrap_or(0);
    let last = sequence(db, table)? + wanted;
    sql_query("UPDATE sqlite_sequence SET seq = $1 WHERE name = $2")
        .bind::<BigInt, _>(last)
        .bind::<Text, _>(table)
        .execute(db)?;
    Ok((last - wanted + 1..=last).collect())
}

/// Lets the database give ids of `table` above `up_to` only.
pub fn reserve_ids(db: &mut Db, table: &str, up_to: i64) -> QueryResult<()> {
    if matches!(db, Db::Pg(_)) {
        return sql_query(
            "SELECT setval(pg_get_serial_sequence($1, 'id'), GREATEST($2, nextval(pg_get_serial_sequence($1, 'id'))))",
        )
        .bind::<Text, _>(table)
        .bind::<BigInt, _>(up_to)
        .execute(db)
        .map(|_| ());
    }
    sequence(db, table)?;
    sql_query("UPDATE sqlite_sequence SET seq = MAX(seq, $1) WHERE name = $2")
        .bind::<BigInt, _>(up_to)
        .bind::<Text, _>(table)
        .execute(db)
        .map(|_| ())
}

/// The last id SQLite gave in `table`, whose row among the sequences is there afterwards.
fn sequence(db: &mut Db, table: &str) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }
    sql_query(
        "INSERT INTO sqlite_sequence (name, seq)
         SELECT $1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
    )
    .bind::<Text, _>(table)
    .execute(db)?;
    let last: Last =
        sql_query("SELECT seq FROM sqlite_sequence WHERE name = $1").bind::<Text, _>(table).get_result(db)?;
    Ok(last.seq)
}

/// True when nothing is in `table`.
pub fn is_empty(db: &mut Db, table: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let found: Count = sql_query(format!("SELECT COUNT(*) AS n FROM (SELECT 1 FROM {table} LIMIT 1) AS one"))
        .get_result(db)?;
    Ok(found.n == 0)
}

/// Statements that take something away and put it back.
#[derive(QueryableByName)]
struct Part {
    #[diesel(sql_type = Text)]
    away: String,
    #[diesel(sql_type = Text)]
    back: String,
}

fn stripped<T>(db: &mut Db, tables: &[&str], fill: impl FnOnce(&mut Db) -> QueryResult<T>) -> QueryResult<T> {
    let parts = parts(db, tables)?;
    for part in &parts {
        db.batch_execute(&part.away)?;
    }
    let value = fill(db)?;
    for part in &parts {
        db.batch_execute(&part.back)?;
    }
    if let Db::Sqlite(c) = db {
        for words in full_text_tables(c, tables)? {
            c.batch_execute(&format!("INSERT INTO {words} ({words}) VALUES ('rebuild')"))?;
        }
    }
    Ok(value)
}

/// Everything of `tables` that only slows a load down.
fn parts(db: &mut Db, tables: &[&str]) -> QueryResult<Vec<Part>> {
    let names = listed(tables);
    match db {
        // Indexes without SQL belong to constraints and stay.
        Db::Sqlite(c) => sql_query(format!(
            "SELECT 'DROP ' || type || ' \"' || name || '\"' AS away, sql AS back FROM sqlite_schema
             WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ({names}) ORDER BY type, name"
        ))
        .load(c),
        Db::Pg(c) => {
            let mut parts: Vec<Part> = sql_query(format!(
                "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname) AS away,
                        'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || quote_ident(conname) || ' '
                        || pg_get_constraintdef(oid) AS back
                 FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
                 AND conrelid::regclass::text IN ({names}) ORDER BY conname"
            ))
            .load(c)?;
            let indexes: Vec<Part> = sql_query(format!(
                "SELECT 'DROP INDEX ' || indexrelid::regclass AS away, pg_get_indexdef(indexrelid) AS back
                 FROM pg_index JOIN pg_class t ON t.oid = indrelid
                 WHERE t.relnamespace = current_schema()::regnamespace AND t.relname IN ({names})
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid) ORDER BY indexrelid"
            ))
            .load(c)?;
            parts.extend(indexes);
            // What triggers note of single rows is made up for by whoever reads their notes: nothing is noted of a load.
            parts.extend(tables.iter().map(|table| Part {
                away: format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
                back: format!("ALTER TABLE {table} ENABLE TRIGGER USER"),
            }));
            Ok(parts)
        }
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn full_text_tables(c: &mut diesel::SqliteConnection, tables: &[&str]) -> QueryResult<Vec<String>> {
    let wanted: Vec<String> = tables.iter().map(|table| format!("{table}_fts")).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let names: Vec<Name> = sql_query(format!(
        "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%' AND name IN ({})",
        listed(&wanted)
    ))
    .load(c)?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

/// Before the transaction.
fn prepare(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(c) => {
            // A rollback journal holds what was there before, which is nothing; the write-ahead log would hold
            // all of the new rows once more. Refused while anybody else has the file open, and then not needed:
            // whoever has a running server loads little.
            c.batch_execute("PRAGMA busy_timeout=0")?;
            let _ = c.batch_execute("PRAGMA journal_mode=DELETE");
            c.batch_execute(
                "PRAGMA busy_timeout=10000; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; \
                 PRAGMA cache_size=-400000; PRAGMA threads=2;",
            )
        }
        Db::Pg(c) => c.batch_execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"),
    }
}

/// After the transaction: statistics, and the connection as it was.
fn settle(db: &mut Db, tables: &[&str]) -> QueryResult<()> {
    restore(db)?;
    for table in tables {
        db.batch_execute(&match db {
            // A limit also leaves out the samples of STAT4: with them SQLite prepares a statement anew for every
            // value that is bound, which cost more than a better plan ever brought.
            Db::Sqlite(_) => format!("PRAGMA analysis_limit=2000; ANALYZE {table}"),
            // VACUUM also tells which pages everybody sees, without which no index answers alone.
            Db::Pg(_) => format!("VACUUM (ANALYZE) {table}"),
        })?;
    }
    Ok(())
}

fn restore(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(c) => c.batch_execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000; \
             PRAGMA threads=0;",
        ),
        Db::Pg(c) => c.batch_execute("RESET maintenance_work_mem; RESET synchronous_commit"),
    }
}

/// Names of our own tables for `IN (…)`.
fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}
