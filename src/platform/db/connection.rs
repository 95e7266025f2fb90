//! One connection, whichever database it leads to, and how a pool opens it.

use std::fmt;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionResult, PgConnection, SqliteConnection};

/// A connection to either database; queries written in Diesel's language run on it unchanged.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite, compiled in.
    Sqlite(SqliteConnection),
}

impl Db {
    /// Opens one connection outside the pool. Never `Db::establish`: it tries the arms in turn, and SQLite takes
    /// any mistyped address for the name of a new file.
    pub fn open(url: &DatabaseUrl) -> ConnectionResult<Self> {
        match url {
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                // jit: our questions read few rows; compiling one costs more than ever comes back.
                connection
                    .batch_execute("SET TIME ZONE 'UTC'; SET jit = off")
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Pg(connection))
            }
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                // synchronous=FULL: what we told a caller is stored must survive a power cut (docs/data.md).
                // wal_autocheckpoint: pages that every call changes are brought home every 16 MB, not every 4.
                connection
                    .batch_execute(
                        "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
                         PRAGMA foreign_keys=ON; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY; \
                         PRAGMA wal_autocheckpoint=4000;",
                    )
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Sqlite(connection))
            }
        }
    }
}

/// Where the database is.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A libpq address; it may carry a password.
    Postgres(String),
    /// A file.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Reads `postgres://…`, `postgresql://…` or `sqlite://PATH`.
    ///
    /// # Errors
    /// Any other scheme, with the ones that are understood.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite://") {
            Some("" | ":memory:") | None => Err(format!(
                "DATABASE_URL must start with postgres:// or be sqlite://PATH, not \"{}\"",
                url.split("://").next().unwrap_or_default()
            )),
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }

    /// True for PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Makes the folder an SQLite file will live in.
    pub fn prepare_folder(&self) -> Result<(), String> {
        let Self::Sqlite(path) = self else { return Ok(()) };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("PostgreSQL"),
            Self::Sqlite(path) => write!(f, "SQLite {}", path.display()),
        }
    }
}

/// Opens and checks the pool's connections.
#[derive(Debug)]
pub struct Manager {
    url: DatabaseUrl,
}

impl Manager {
    /// A manager for `url`.
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Db;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Db, Self::Error> {
        Db::open(&self.url).map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, db: &mut Db) -> Result<(), Self::Error> {
        db.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        std::thread::panicking() || db.is_broken()
    }
}
