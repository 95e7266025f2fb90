//! The schema of this program, embedded: the same migrations twice, once in each database's own words.

use diesel::RunQueryDsl;
use diesel::migration::MigrationSource;
use diesel::sql_query;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Db;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that only this program uses: two processes that start together migrate one after the other.
const MIGRATION_LOCK: i64 = 0x0063_616c_6c63;

/// Runs what is missing.
///
/// # Errors
/// Which migration failed and why.
pub fn run(db: &mut Db) -> Result<(), String> {
    match db {
        Db::Pg(c) => {
            sql_query(format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
                .execute(c)
                .map_err(|e| e.to_string())?;
            let outcome = c.run_pending_migrations(POSTGRES).map(|_| ()).map_err(|e| e.to_string());
            sql_query(format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
                .execute(c)
                .map_err(|e| e.to_string())?;
            outcome
        }
        Db::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|_| ()).map_err(|e| e.to_string()),
    }
}

/// True when nothing is missing, for `/readyz`.
pub fn is_current(db: &mut Db) -> bool {
    match db {
        Db::Pg(c) => c.has_pending_migration(POSTGRES),
        Db::Sqlite(c) => c.has_pending_migration(SQLITE),
    }
    .is_ok_and(|pending| !pending)
}

/// Whether a migration of this version is among this program's.
pub fn knows(version: &str) -> bool {
    // Both databases have the same ones.
    MigrationSource::<Sqlite>::migrations(&SQLITE)
        .is_ok_and(|all| all.iter().any(|one| one.name().version().to_string() == version))
}

/// Takes every migration back and runs it again, which proves the `down.sql` files. For tests.
pub fn redo_all(db: &mut Db) -> Result<(), String> {
    match db {
        Db::Pg(c) => c.revert_all_migrations(POSTGRES).map(|_| ()).map_err(|e| e.to_string())?,
        Db::Sqlite(c) => c.revert_all_migrations(SQLITE).map(|_| ()).map_err(|e| e.to_string())?,
    }
    run(db)
}
