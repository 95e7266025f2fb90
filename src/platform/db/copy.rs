//! A copy of the whole database in one file, taken while others write, and its way back into an empty database. SQLite
//! copies itself, PostgreSQL through its own programs; what is in the copy is told by the same moment in both.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use serde::{Deserialize, Serialize};

use super::Db;
use super::connection::DatabaseUrl;

/// What a copy holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// `SQLite` or `PostgreSQL`: a copy goes back into the same kind.
    pub kind: String,
    /// The schema of PostgreSQL that it was taken from.
    pub schema: Option<String>,
    /// Version of the last migration.
    pub migration: String,
    /// Rows of each table.
    pub rows: BTreeMap<String, i64>,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Nullable<Text>)]
    word: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

const SQLITE: &str = "SQLite";
const POSTGRES: &str = "PostgreSQL";

/// Copies the database of `url` into the new file `to`, which nobody else may read.
///
/// # Errors
/// One line that says what is wrong.
pub fn take(url: &DatabaseUrl, to: &Path) -> Result<Snapshot, String> {
    let failed = |e: &dyn std::fmt::Display| format!("cannot copy the database ({url:?}): {e}");
    match url {
        DatabaseUrl::Sqlite(_) => {
            let mut db = Db::open(url).map_err(|e| url.trouble(&e))?;
            let name = to.to_string_lossy().replace('\'', "''");
            db.batch_execute(&format!("VACUUM INTO '{name}'")).map_err(|e| failed(&e))?;
            drop(db);
            let mut copy =
                SqliteConnection::establish(&to.to_string_lossy()).map(Db::Sqlite).map_err(|e| failed(&e))?;
            // One file, without a log beside it.
            copy.batch_execute("PRAGMA journal_mode=DELETE").map_err(|e| failed(&e))?;
            describe(&mut copy).map_err(|e| failed(&e))
        }
        DatabaseUrl::Postgres(address) => {
            let mut db = Db::open(url).map_err(|e| url.trouble(&e))?;
            db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").map_err(|e| failed(&e))?;
            let snapshot = describe(&mut db).map_err(|e| failed(&e))?;
            // pg_dump sees what this transaction sees, so the rows that are counted are the rows that are copied.
            let moment = word(&mut db, "SELECT pg_export_snapshot() AS word").map_err(|e| failed(&e))?;
            let (address, password) = split_password(address);
            let mut dump = tool("pg_dump", password);
            dump.args(["--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--no-password"]);
            dump.arg(format!("--schema=\"{}\"", snapshot.schema.as_deref().unwrap_or_default()));
            dump.arg(format!("--snapshot={}", moment.unwrap_or_default()));
            dump.arg("--file").arg(to).arg("--dbname").arg(address);
            run(dump, "pg_dump")?;
            Ok(snapshot)
        }
    }
}

/// Refuses an SQLite file that is not there: opening one makes it.
///
/// # Errors
/// One line.
pub fn refuse_unless_there(url: &DatabaseUrl) -> Result<(), String> {
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => {
            Err(format!("DATABASE_URL: there is no database in {} yet", path.display()))
        }
        _ => Ok(()),
    }
}

/// Refuses a database that holds anything.
///
/// # Errors
/// One line that says what it holds.
pub fn refuse_unless_empty(url: &DatabaseUrl) -> Result<(), String> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            let is_empty = |path: &Path| fs::metadata(path).map_or(0, |data| data.len()) == 0;
            // A log that is left alone would be played into whatever is put in front of it.
            match is_empty(path) && is_empty(Path::new(&log)) {
                true => Ok(()),
                false => Err(format!(
                    "{} holds a database already; restore wants an empty place: stop the server and move it away with its -wal",
                    path.display()
                )),
            }
        }
        DatabaseUrl::Postgres(_) => {
            let mut db = Db::open(url).map_err(|e| url.trouble(&e))?;
            match tables(&mut db).map_err(|e| url.trouble(&e))?.len() {
                0 => Ok(()),
                n => Err(format!(
                    "DATABASE_URL: the database holds {n} tables already; restore wants an empty one: stop the server and make another by createdb"
                )),
            }
        }
    }
}

/// Refuses a copy that cannot go into the database of `url`.
///
/// # Errors
/// One line that says why.
pub fn refuse_unless_fitting(url: &DatabaseUrl, snapshot: &Snapshot) -> Result<(), String> {
    let here = if url.is_postgres() { POSTGRES } else { SQLITE };
    if here != snapshot.kind {
        return Err(format!("the backup is of {}, DATABASE_URL leads to {here}", snapshot.kind));
    }
    if !super::migrate::knows(&snapshot.migration) {
        return Err(format!(
            "the backup has the schema {}, which this program does not know: take the version that made it, or a newer one",
            snapshot.migration
        ));
    }
    if url.is_postgres() {
        let mut db = Db::open(url).map_err(|e| url.trouble(&e))?;
        let schema = schema(&mut db).map_err(|e| url.trouble(&e))?;
        if schema != snapshot.schema {
            let named = |schema: &Option<String>| schema.clone().unwrap_or_else(|| "none".to_owned());
            return Err(format!(
                "the backup is of the schema \"{}\", DATABASE_URL leads to \"{}\"",
                named(&snapshot.schema),
                named(&schema)
            ));
        }
    }
    Ok(())
}

/// Puts the copy in the file `from` into the empty database of `url`, all of it or nothing, and counts it. An SQLite
/// copy has to lie in the folder of the database, and is moved.
///
/// # Errors
/// One line that says what is wrong.
pub fn put_back(url: &DatabaseUrl, from: &Path, snapshot: &Snapshot) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| format!("cannot restore the database ({url:?}): {e}");
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut copy = SqliteConnection::establish(&from.to_string_lossy())
                .map(Db::Sqlite)
                .map_err(|e| failed(&e))?;
            let told = word(&mut copy, "SELECT quick_check AS word FROM pragma_quick_check LIMIT 1")
                .map_err(|e| failed(&e))?;
            if told.as_deref() != Some("ok") {
                return Err(failed(&told.unwrap_or_default()));
            }
            compare(&mut copy, snapshot).map_err(|e| failed(&e))?;
            drop(copy);
            url.prepare_folder()?;
            let folder = folder(url).unwrap_or_default();
            let placed = File::open(from)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(from, path))
                .and_then(|()| File::open(folder)?.sync_all());
            placed.map_err(|e| failed(&e))
        }
        DatabaseUrl::Postgres(address) => {
            let (address, password) = split_password(address);
            let mut restore = tool("pg_restore", password);
            restore.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]);
            restore.arg("--no-password");
            // By name, so that nothing outside of our schema is touched, nor the schema itself made.
            restore.arg(format!("--schema={}", snapshot.schema.as_deref().unwrap_or_default()));
            restore.arg("--dbname").arg(address).arg(from);
            run(restore, "pg_restore")?;
            let mut db = Db::open(url).map_err(|e| url.trouble(&e))?;
            compare(&mut db, snapshot).map_err(|e| failed(&e))?;
            // What the planner knew has stayed behind.
            db.batch_execute("ANALYZE").map_err(|e| failed(&e))
        }
    }
}

/// The folder of an SQLite file.
pub fn folder(url: &DatabaseUrl) -> Option<PathBuf> {
    let DatabaseUrl::Sqlite(path) = url else { return None };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Some(parent.unwrap_or(Path::new(".")).to_owned())
}

fn compare(db: &mut Db, snapshot: &Snapshot) -> Result<(), String> {
    let found = describe(db).map_err(|e| e.to_string())?;
    let other: Vec<&str> = snapshot
        .rows
        .iter()
        .filter(|(table, rows)| found.rows.get(*table) != Some(rows))
        .map(|(table, _)| table.as_str())
        .collect();
    match other.is_empty() && found.migration == snapshot.migration {
        true => Ok(()),
        false => Err(format!("other rows than were copied: {}", other.join(", "))),
    }
}

fn describe(db: &mut Db) -> QueryResult<Snapshot> {
    let migration = word(db, "SELECT MAX(version) AS word FROM __diesel_schema_migrations")?;
    let mut rows = BTreeMap::new();
    for table in tables(db)? {
        let count: Number =
            sql_query(format!("SELECT COUNT(*) AS number FROM \"{table}\"")).get_result(db)?;
        rows.insert(table, count.number);
    }
    Ok(Snapshot {
        kind: if matches!(db, Db::Pg(_)) { POSTGRES } else { SQLITE }.to_owned(),
        schema: schema(db)?,
        migration: migration.ok_or(diesel::result::Error::NotFound)?,
        rows,
    })
}

/// Our tables; without those in which SQLite keeps its indexes of words.
fn tables(db: &mut Db) -> QueryResult<Vec<String>> {
    let question = match db {
        Db::Sqlite(_) => {
            "SELECT name AS word FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
        }
        Db::Pg(_) => "SELECT tablename::TEXT AS word FROM pg_tables WHERE schemaname = current_schema()",
    };
    let words: Vec<Word> = sql_query(question).load(db)?;
    Ok(words.into_iter().filter_map(|row| row.word).collect())
}

fn schema(db: &mut Db) -> QueryResult<Option<String>> {
    match db {
        Db::Sqlite(_) => Ok(None),
        Db::Pg(_) => word(db, "SELECT current_schema()::TEXT AS word"),
    }
}

fn word(db: &mut Db, question: &str) -> QueryResult<Option<String>> {
    Ok(sql_query(question).get_result::<Word>(db)?.word)
}

/// One of PostgreSQL's own programs. Everybody on the machine reads command lines, only our account the environment.
fn tool(program: &str, password: Option<OsString>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env("PGTZ", "UTC").env("PGCONNECT_TIMEOUT", "10");
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command
}

fn run(mut command: Command, program: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("{program} is not installed (Debian package: postgresql-client)")
        }
        _ => format!("{program}: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", told.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// A libpq address without its password, and the password.
fn split_password(url: &str) -> (String, Option<OsString>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (mut address, mut password) = (format!("{scheme}://{authority}"), None);
    if let Some((user, hosts)) = authority.rsplit_once('@')
        && let Some((name, secret)) = user.split_once(':')
    {
        address = format!("{scheme}://{name}@{hosts}");
        password = Some(secret);
    }
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    address.push_str(path);
    let mut joint = '?';
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        match pair.strip_prefix("password=") {
            Some(secret) => password = Some(secret),
            None => {
                address.push(joint);
                address.push_str(pair);
                joint = '&';
            }
        }
    }
    (address, password.map(unescaped))
}

/// `%40` → `@`.
fn unescaped(text: &str) -> OsString {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let code = (*first == b'%')
            .then(|| after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_address_wherever_it_stands() {
        for (url, address, password) in [
            ("postgres://u:p%40ss:w%2F@h:5432/d", "postgres://u@h:5432/d", Some("p@ss:w/")),
            (
                "postgres://u@h/d?password=x%25&sslmode=require",
                "postgres://u@h/d?sslmode=require",
                Some("x%"),
            ),
            (
                "postgresql://u:p@a:1,b:2/d?target_session_attrs=read-write",
                "postgresql://u@a:1,b:2/d?target_session_attrs=read-write",
                Some("p"),
            ),
            ("postgres://h/d?options=-csearch_path%3Dx", "postgres://h/d?options=-csearch_path%3Dx", None),
            ("postgres:///d?host=/run/pg", "postgres:///d?host=/run/pg", None),
            ("postgres://u:%zz@h", "postgres://u@h", Some("%zz")),
        ] {
            assert_eq!(split_password(url), (address.to_owned(), password.map(OsString::from)), "{url}");
        }
    }

    #[test]
    fn only_migrations_of_this_program_are_known() {
        assert!(crate::platform::db::migrate::knows("20261122000001"));
        assert!(!crate::platform::db::migrate::knows("29991122000001"));
    }
}
