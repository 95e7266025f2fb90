//! The database: the only folder that knows there are two of them.
//!
//! Features call [`Database::read`] and [`Database::write`] with closures over `&mut Db`; the closures run on
//! the blocking pool. Queries that differ between the databases go through `both!` and its friends in
//! [`portable`]. Nobody outside this folder names a backend.

pub mod bulk;
#[allow(missing_docs, reason = "the derive for two connections writes undocumented items")]
pub mod connection;
pub mod copy;
pub mod explain;
pub mod listen;
pub mod memory;
pub mod migrate;
pub mod portable;
mod replica;
#[allow(missing_docs)]
pub mod schema;
pub mod stored;
pub mod vitals;
pub mod words;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use tracing::Span;

pub use connection::Db;
use connection::{Counts, DatabaseUrl, Manager};
use memory::{Kept, Memory, Scope};
use replica::Replica;

use crate::platform::error::AppError;
use crate::platform::live::{Event, Hub};
use crate::platform::origin;

/// How often a transaction is tried that the database ended because of another one.
const ATTEMPTS: usize = 5;
/// When a request hears that the database does not answer: the whole answer is to be there within ten seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// A pool of connections to the one database of the installation.
#[derive(Clone)]
pub struct Database {
    url: DatabaseUrl,
    pool: r2d2::Pool<Manager>,
    counts: Arc<Counts>,
    /// SQLite has one writer; its busy handler is unfair under load, a queue in front of it is not.
    write_queue: Arc<Mutex<()>>,
    /// The last write found no space.
    disk_is_full: Arc<AtomicBool>,
    /// Where announcements go when the database itself cannot carry them (SQLite).
    hub: Arc<OnceLock<Hub>>,
    /// What this process remembers of it.
    memory: Arc<Memory>,
    /// A copy for reports, a moment behind.
    replica: Option<Replica>,
}

impl Database {
    /// Opens a pool of `size` connections and proves with one of them that the database answers.
    ///
    /// # Errors
    /// A sentence that names what is wrong with the address or the server.
    pub fn open(url: &str, size: u32) -> Result<Self, String> {
        let url = DatabaseUrl::parse(url)?;
        url.prepare_folder()?;
        connection::Db::open(&url).map_err(|e| url.trouble(&e))?;
        let manager = Manager::new(url.clone());
        let counts = manager.counts();
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(5))
            .build_unchecked(manager);
        Ok(Self {
            url,
            pool,
            counts,
            write_queue: Arc::default(),
            disk_is_full: Arc::default(),
            hub: Arc::default(),
            memory: Arc::default(),
            replica: None,
        })
    }

    /// With a copy at `url` (`DATABASE_READ_URL`) for [`Self::read_reports`]. It need not answer now.
    ///
    /// # Errors
    /// The address leads to no PostgreSQL, or this database is none.
    pub fn with_reports_from(mut self, url: Option<&str>) -> Result<Self, String> {
        if let Some(url) = url {
            if !self.url.is_postgres() {
                return Err("DATABASE_READ_URL: only a PostgreSQL has copies".to_owned());
            }
            self.replica = Some(Replica::new(url, self.pool.max_size())?);
        }
        Ok(self)
    }

    /// Brings the schema up to this program's version. Safe to call from several processes at once.
    pub fn migrate(&self) -> Result<(), String> {
        let mut db = Db::open(&self.url).map_err(|e| e.to_string())?;
        migrate::run(&mut db)
    }

    /// Connects announcements of changes with the hub that tells the browsers.
    pub fn attach(&self, hub: Hub) {
        if self.url.is_postgres() {
            listen::spawn(self.url.clone(), hub, self.memory.clone());
        } else {
            self.memory.start_over(true);
            // Set once at start; a second attach would be a second App over the same Database.
            let _ = self.hub.set(hub);
        }
    }

    /// Drops everything that is remembered: for whoever has written past [`Self::write`] and its announcements.
    pub fn forget(&self) {
        self.memory.forget();
    }

    /// How many statements this process has sent over its pool.
    pub fn statements(&self) -> u64 {
        self.counts.statements.load(Ordering::Relaxed)
    }

    /// How the pool stands.
    pub fn pool(&self) -> Pool {
        let state = self.pool.state();
        Pool { open: state.connections, idle: state.idle_connections, most: self.pool.max_size() }
    }

    /// Which database this is, for logs and the health page: `SQLite` or `PostgreSQL`.
    pub fn kind(&self) -> &'static str {
        if self.url.is_postgres() { "PostgreSQL" } else { "SQLite" }
    }

    /// Runs `f` with a connection on the blocking pool. For reading only: writes go through [`Self::write`].
    pub async fn read<T, F>(&self, f: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, AppError> + Send + 'static,
    {
        let this = self.clone();
        self.in_time(move |_| this.read_now(f)).await
    }

    /// Runs `f` in a writing transaction on the blocking pool: all of it or nothing. `f` runs again from the start
    /// when the database ended the transaction because another one was in its way (deadlock). What it announced is told
    /// to the browsers after the commit, and never after a rollback.
    pub async fn write<T, F>(&self, f: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx) -> Result<T, AppError> + Send + 'static,
    {
        let this = self.clone();
        self.in_time(move |abandoned| this.write_unless(&abandoned, f)).await
    }

    /// [`Self::read`] for code that already runs on a thread that may block.
    pub fn read_now<T>(&self, f: impl FnOnce(&mut Db) -> Result<T, AppError>) -> Result<T, AppError> {
        let mut db = self.connection()?;
        let _scope = Scope::of(Some(&self.memory));
        f(&mut db).map_err(|error| self.noted(error))
    }

    /// [`Self::read`] for what may be a moment old: exports, statistics, reports. Asks the copy of `DATABASE_READ_URL`
    /// where there is one, and the database itself when the copy does not answer; then `f` runs again from the start.
    pub async fn read_reports<T, F>(&self, f: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T, AppError> + Send + 'static,
    {
        let this = self.clone();
        self.in_time(move |_| this.read_reports_now(f)).await
    }

    /// [`Self::read_reports`] for code that already runs on a thread that may block.
    pub fn read_reports_now<T>(
        &self,
        mut f: impl FnMut(&mut Db) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        match self.replica.as_ref().and_then(|replica| replica.read(&mut f)) {
            Some(outcome) => outcome,
            None => self.read_now(f),
        }
    }

    /// What is remembered under `key` ([`memory::kept`]), without a connection.
    pub fn recall<T: Kept>(&self, key: &str) -> Option<T> {
        self.memory.recall(key)
    }

    /// [`Self::write`] for code that already runs on a thread that may block.
    pub fn write_now<T>(&self, f: impl FnMut(&mut Tx) -> Result<T, AppError>) -> Result<T, AppError> {
        self.write_unless(&Abandoned::default(), f)
    }

    fn write_unless<T>(
        &self,
        abandoned: &Abandoned,
        mut f: impl FnMut(&mut Tx) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        for _ in 1..ATTEMPTS {
            match self.attempt(abandoned, &mut f) {
                Err(error) if error.is_collision() => {
                    tracing::info!(%error, "two transactions were in each other's way, this one is repeated");
                }
                outcome => return outcome,
            }
        }
        self.attempt(abandoned, &mut f)
    }

    fn attempt<T>(
        &self,
        abandoned: &Abandoned,
        f: &mut impl FnMut(&mut Tx) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let _turn = (!self.url.is_postgres())
            .then(|| self.write_queue.lock().unwrap_or_else(PoisonError::into_inner));
        let mut db = self.connection()?;
        let _scope = Scope::of(None);
        match begin(&mut db) {
            // It had died since it was used. Nothing has happened yet, so another one does. SQLite's has no server to
            // lose: there somebody else writes, and was waited for long enough.
            Err(error) if self.url.is_postgres() => {
                self.noted(error.into());
                drop(db);
                db = self.connection()?;
                begin(&mut db)?;
            }
            outcome => outcome?,
        }
        let mut tx = Tx { db: &mut db, announced: Vec::new() };
        let outcome = f(&mut tx).and_then(|value| {
            let announced = std::mem::take(&mut tx.announced);
            listen::notify(tx.db, &announced)?;
            abandoned.check()?;
            Ok((value, announced))
        });
        match outcome {
            Ok((value, announced)) => {
                let committed = <Db as diesel::Connection>::TransactionManager::commit_transaction(&mut **db);
                committed.map_err(|error| self.noted(error.into()))?;
                self.disk_is_full.store(false, Ordering::Relaxed);
                // Here at once, also where the announcement goes by way of the server: who has written reads next.
                announced.iter().for_each(|event| self.memory.hear(*event));
                if let Some(hub) = self.hub.get() {
                    announced.into_iter().for_each(|event| hub.tell(event));
                }
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to report; a failed rollback breaks the connection, which the
                // pool then drops.
                let _ = <Db as diesel::Connection>::TransactionManager::rollback_transaction(&mut **db);
                Err(self.noted(error))
            }
        }
    }

    /// Proves that the disk takes more: SQLite's by a file beside the database, and, after a write that found no
    /// space, by a small write into the database itself. Blocks.
    ///
    /// # Errors
    /// `DiskFull` when it does not.
    pub fn find_room(&self) -> Result<(), AppError> {
        self.url.find_room().map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AppError::DiskFull(error.into()),
            _ => AppError::Unavailable(error.into()),
        })?;
        if self.disk_is_full.load(Ordering::Relaxed) {
            self.write_now(|tx| {
                use schema::settings::dsl::{name, settings, updated_at, value};
                // More than fits into what is free inside of the pages there are.
                let probe = format!("room.{}", uuid::Uuid::new_v4().simple());
                let row = (
                    name.eq(&probe),
                    value.eq("0".repeat(64 * 1024)),
                    updated_at.eq(chrono::DateTime::UNIX_EPOCH.naive_utc()),
                );
                diesel::insert_into(settings).values(row).execute(tx.db)?;
                Ok(diesel::delete(settings.find(&probe)).execute(tx.db)?)
            })?;
        }
        Ok(())
    }

    fn noted(&self, error: AppError) -> AppError {
        match error {
            AppError::DiskFull(_) => self.disk_is_full.store(true, Ordering::Relaxed),
            AppError::Unavailable(_) | AppError::Internal { .. } => {
                self.counts.failures.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        error
    }

    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, AppError> {
        Ok(self.pool.get()?)
    }

    /// Runs `work` on the blocking pool and answers in time also when PostgreSQL neither answers nor closes the
    /// connection (stopped, swapped out, unreachable): nothing on our side can interrupt libpq. The thread is left
    /// behind with its connection until the server moves again; what it was to write is then rolled back.
    async fn in_time<T: Send + 'static>(
        &self,
        work: impl FnOnce(Abandoned) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let abandoned = Abandoned::default();
        let theirs = abandoned.clone();
        let work = on_blocking_pool(move || work(theirs));
        if !self.url.is_postgres() {
            return work.await;
        }
        match tokio::time::timeout(ANSWER_WITHIN, work).await {
            Ok(outcome) => outcome,
            Err(_) => {
                abandoned.0.store(true, Ordering::Relaxed);
                Err(AppError::Unavailable("the database has not answered in time".into()))
            }
        }
    }
}

/// Connections of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// There are.
    pub open: u32,
    /// Nobody uses.
    pub idle: u32,
    /// There may be.
    pub most: u32,
}

/// Set when whoever asked for a write has been told that it did not happen.
#[derive(Clone, Default)]
struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    fn check(&self) -> Result<(), AppError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(AppError::Unavailable("nobody waits for this write any more".into()));
        }
        Ok(())
    }
}

/// An open writing transaction and what is to be told once it is committed.
pub struct Tx<'a> {
    /// The connection, for queries.
    pub db: &'a mut Db,
    announced: Vec<Event>,
}

impl Tx<'_> {
    /// Tells the browsers about `event` after the commit.
    pub fn announce(&mut self, event: Event) {
        if !self.announced.contains(&event) {
            self.announced.push(event);
        }
    }
}

/// SQLite's plain BEGIN takes the write lock only at the first write and then fails at once when somebody else
/// has written since; BEGIN IMMEDIATE waits its turn.
fn begin(db: &mut Db) -> Result<(), diesel::result::Error> {
    match db {
        Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        Db::Pg(c) => AnsiTransactionManager::begin_transaction(c),
    }
}

async fn on_blocking_pool<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let (span, asked_from) = (Span::current(), origin::of_task());
    tokio::task::spawn_blocking(move || origin::carried(asked_from, || span.in_scope(f)))
        .await
        .unwrap_or_else(|e| Err(AppError::internal("run a query", e)))
}
