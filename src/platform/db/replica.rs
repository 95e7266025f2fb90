//! A copy of the database that follows it (streaming replication) and can only be read: for what may be a moment old.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Db;
use super::connection::{DatabaseUrl, Manager};
use super::memory::Scope;
use crate::platform::error::AppError;

/// How long a copy that does not answer is left alone: reports are read from the database itself meanwhile.
const REST: Duration = Duration::from_secs(30);

/// Connections to the copy.
#[derive(Clone)]
pub(super) struct Replica {
    pool: r2d2::Pool<Manager>,
    away_since: Arc<Mutex<Option<Instant>>>,
}

impl Replica {
    pub(super) fn new(url: &str, size: u32) -> Result<Self, String> {
        let url = DatabaseUrl::parse(url).map_err(|e| e.replace("DATABASE_URL", "DATABASE_READ_URL"))?;
        // Whichever of several hosts: what it is for is to be read.
        let url = match url {
            DatabaseUrl::Postgres(url) if !url.contains("target_session_attrs=") => {
                let joint = if url.contains('?') { '&' } else { '?' };
                DatabaseUrl::Postgres(format!("{url}{joint}target_session_attrs=any"))
            }
            DatabaseUrl::Postgres(url) => DatabaseUrl::Postgres(url),
            DatabaseUrl::Sqlite(_) => return Err("DATABASE_READ_URL: wants postgres://…".to_owned()),
        };
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(Duration::from_secs(2))
            .build_unchecked(Manager::for_reading(url));
        Ok(Self { pool, away_since: Arc::default() })
    }

    /// What `f` reads there; `None` when it is to be read from the database itself.
    pub(super) fn read<T>(
        &self,
        f: &mut impl FnMut(&mut Db) -> Result<T, AppError>,
    ) -> Option<Result<T, AppError>> {
        if self.away_since().is_some_and(|since| since.elapsed() < REST) {
            return None;
        }
        // What it says is not remembered: it may be older than what is.
        let _scope = Scope::of(None);
        let read = self.pool.get().map_err(AppError::from).and_then(|mut db| f(&mut db));
        match read {
            // Gone, or its own following was in the way of a long question.
            Err(AppError::Unavailable(error)) => {
                tracing::warn!(%error, "the copy for reports does not answer, they are read from the database itself");
                *self.away_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                None
            }
            outcome => Some(outcome),
        }
    }

    fn away_since(&self) -> Option<Instant> {
        *self.away_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
