//! One connection, whichever database it leads to, and how a pool opens it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionResult, PgConnection, SqliteConnection};

use crate::platform::private;

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
                let mut connection = PgConnection::establish(&writable(&patient(url)))?;
                // Our questions read few rows: compiling one, or starting processes for it, costs more than ever
                // comes back.
                connection
                    .batch_execute(
                        "SET TIME ZONE 'UTC'; SET jit = off; SET max_parallel_workers_per_gather = 0",
                    )
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Pg(connection))
            }
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                // synchronous=FULL: what we told a caller is stored must survive a power cut (docs/data.md).
                // soft_heap_limit: of the whole process; above it pages of idle connections go before new ones come.
                // wal_autocheckpoint: pages that every call changes are brought home every 16 MB, not every 4.
                connection
                    .batch_execute(
                        "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
                         PRAGMA foreign_keys=ON; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY; \
                         PRAGMA wal_autocheckpoint=4000; PRAGMA soft_heap_limit=33554432;",
                    )
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Sqlite(connection))
            }
        }
    }
}

impl Db {
    /// Opens a PostgreSQL of somebody else, only to look: nothing can be written through the connection, and all it
    /// ever sees is of one moment. `schema=` of an address is heeded, what else Prisma writes into one is not.
    ///
    /// # Errors
    /// A sentence without the address, which may carry a password.
    pub fn look_into(url: &str) -> Result<Self, String> {
        if !DatabaseUrl::parse(url).is_ok_and(|url| url.is_postgres()) {
            return Err("wants postgres://user:password@host/database".to_owned());
        }
        let (bare, options) = url.split_once('?').unwrap_or((url, ""));
        let mut schema = None;
        let mut kept = Vec::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("schema", name)) => schema = Some(name.to_owned()),
                Some(("connection_limit" | "pool_timeout" | "pgbouncer" | "socket_timeout", _)) => {}
                _ => kept.push(option),
            }
        }
        let joint = if kept.is_empty() { "" } else { "?" };
        let url = patient(&format!("{bare}{joint}{}", kept.join("&")));
        let told = |e: &dyn fmt::Display| e.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let mut connection =
            PgConnection::establish(&url).map_err(|e| format!("cannot open the database: {}", told(&e)))?;
        if let Some(schema) = schema {
            let path = format!("SET search_path TO \"{}\"", schema.replace('"', "\"\""));
            connection.batch_execute(&path).map_err(|e| told(&e))?;
        }
        connection
            .batch_execute("SET TIME ZONE 'UTC'; BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .map_err(|e| told(&e))?;
        Ok(Self::Pg(connection))
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

    /// Why the database cannot be opened, in one line that names the setting.
    pub fn trouble(&self, error: &dyn fmt::Display) -> String {
        // libpq answers in several lines, one for each address it has tried.
        let told = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        format!("DATABASE_URL: cannot open the database ({self:?}): {told}")
    }

    /// True for PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Makes the folder an SQLite file will live in.
    pub fn prepare_folder(&self) -> Result<(), String> {
        let Self::Sqlite(path) = self else { return Ok(()) };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        private::folder(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        let refused = |e: std::io::Error| format!("DATABASE_URL: cannot use {}: {e}", path.display());
        private::file(path).map_err(refused)?;
        // SQLite gives these the rights of the database file when it makes them; older ones may have others.
        for beside in ["-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(beside);
            private::tighten_file(Path::new(&name)).map_err(refused)?;
        }
        Ok(())
    }

    /// Writes a little beside the SQLite file and takes it away again; nothing to do for PostgreSQL's own disk.
    pub fn find_room(&self) -> std::io::Result<()> {
        let Self::Sqlite(path) = self else { return Ok(()) };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut probe = tempfile::tempfile_in(folder)?;
        std::io::Write::write_all(&mut probe, &[0; 4096])
    }

    /// Makes this process the only one that serves the file; nothing to do on PostgreSQL, which processes share. The
    /// lock ends with the value, and with the process however that ends.
    ///
    /// # Errors
    /// One line when another process serves it.
    pub fn claim(&self) -> Result<Option<std::fs::File>, String> {
        let Self::Sqlite(path) = self else { return Ok(None) };
        self.prepare_folder()?;
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let failed = |e: std::io::Error| format!("DATABASE_URL: cannot lock {}: {e}", path.display());
        let lock = private::file(Path::new(&name)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(std::fs::TryLockError::WouldBlock) => Err(format!(
                "DATABASE_URL: another process serves {} already; SQLite has one, for several take PostgreSQL",
                path.display()
            )),
            Err(std::fs::TryLockError::Error(e)) => Err(failed(e)),
        }
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

/// The address with the time limits of the network in it, unless it says otherwise itself: a server that is gone
/// without a word is noticed within seconds, not after the kernel's two hours.
fn patient(url: &str) -> String {
    const LIMITS: [(&str, &str); 6] = [
        ("connect_timeout", "5"),
        ("keepalives", "1"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "3"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "10000"),
    ];
    let mut patient = url.to_owned();
    for (name, value) in LIMITS {
        if !url.contains(&format!("{name}=")) {
            let joint = if patient.contains('?') { '&' } else { '?' };
            patient.push_str(&format!("{joint}{name}={value}"));
        }
    }
    patient
}

/// With several hosts the one that can be written: of a primary and its copy that is the primary, whichever it is now.
fn writable(url: &str) -> String {
    let authority =
        url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    if !authority.contains(',') || url.contains("target_session_attrs=") {
        return url.to_owned();
    }
    format!("{url}&target_session_attrs=read-write")
}

/// What the server itself gives up after, for work on the pool's connections (migrations and loads have others). A
/// process of ours that stands still while it holds locks must not stand in everybody's way either.
const SERVER_LIMITS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '60s'; \
                             SET idle_in_transaction_session_timeout = '60s'";

/// A connection that was used so lately is taken to be alive without asking, unless another one has failed since.
const TRUSTED_FOR: Duration = Duration::from_secs(5);

/// A connection of the pool.
pub struct Pooled {
    db: Db,
    used_at: Instant,
    /// How many failures the pool had seen by then.
    failures: u64,
}

impl Deref for Pooled {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.db
    }
}

/// Opens and checks the pool's connections.
#[derive(Debug)]
pub struct Manager {
    url: DatabaseUrl,
    counts: Arc<Counts>,
    /// A server that has become read only (a primary that was stood down) is of no use.
    is_for_writing: bool,
}

/// What the pool's connections have been through.
#[derive(Debug, Default)]
pub struct Counts {
    /// Failures that may be the connection's: after one, every connection is asked before it is used.
    pub failures: AtomicU64,
    /// Statements sent.
    pub statements: AtomicU64,
}

/// Counts the statements of a connection.
struct Counting(Arc<Counts>);

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            self.0.statements.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Manager {
    /// A manager for `url`.
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url, counts: Arc::default(), is_for_writing: true }
    }

    /// A manager for a copy that can only be read.
    pub fn for_reading(url: DatabaseUrl) -> Self {
        Self { is_for_writing: false, ..Self::new(url) }
    }

    /// What its connections have been through.
    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let mut db = Db::open(&self.url).map_err(diesel::r2d2::Error::ConnectionError)?;
        if let Db::Pg(connection) = &mut db {
            connection.batch_execute(SERVER_LIMITS).map_err(diesel::r2d2::Error::QueryError)?;
        }
        db.set_instrumentation(Counting(self.counts.clone()));
        Ok(Pooled { db, used_at: Instant::now(), failures: self.counts.failures.load(Ordering::Relaxed) })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        let failures = self.counts.failures.load(Ordering::Relaxed);
        if pooled.failures == failures && pooled.used_at.elapsed() < TRUSTED_FOR {
            return Ok(());
        }
        pooled.failures = failures;
        let asked = match &mut pooled.db {
            Db::Pg(connection) if self.is_for_writing => {
                // Fails where nothing can be written.
                connection.batch_execute("SET transaction_read_only = off")
            }
            db => db.ping(),
        };
        asked.map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.used_at = Instant::now();
        std::thread::panicking() || pooled.db.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_hosts_the_one_that_can_be_written_is_wanted() {
        let asked = |url| writable(&patient(url));
        let several = asked("postgres://u:p@a:1,b:2/d");
        assert!(several.starts_with("postgres://u:p@a:1,b:2/d?connect_timeout=5&"), "{several}");
        assert!(several.ends_with("&target_session_attrs=read-write"), "{several}");
        assert!(!asked("postgres://u:p@a/d").contains("target_session_attrs"));
        let own = asked("postgres://a,b/d?target_session_attrs=any");
        assert!(own.contains("target_session_attrs=any") && !own.contains("read-write"), "{own}");
    }
}
