//! What the installation remembers of its backups, for those who look after it.

use chrono::{Duration, NaiveDateTime};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use crate::platform::db::Db;
use crate::platform::settings;

const LAST: &str = "backup_last";
const FAILED: &str = "backup_failed";

/// Backups are taken every night; one that is older than this was missed.
pub const OVERDUE_AFTER: Duration = Duration::hours(50);

/// The last backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When it was begun (UTC).
    pub at: NaiveDateTime,
    /// Of the archive.
    pub bytes: u64,
    /// Contents in it.
    pub files: usize,
    /// How long it took.
    pub took_seconds: u64,
    /// Whether a private key is needed to open it.
    pub is_encrypted: bool,
    /// Contents that were damaged already and are not in it.
    pub lost: usize,
}

/// A backup that did not come about after the last one that did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedBackup {
    /// When (UTC).
    pub at: NaiveDateTime,
    /// Why, in one line.
    pub words: String,
}

/// Notes that a backup was taken.
pub fn note(db: &mut Db, last: &LastBackup, now: NaiveDateTime) -> QueryResult<()> {
    settings::remove(db, FAILED)?;
    settings::put_json(db, LAST, last, now)
}

/// Notes that a backup failed.
pub fn note_failure(db: &mut Db, failed: &FailedBackup, now: NaiveDateTime) -> QueryResult<()> {
    settings::put_json(db, FAILED, failed, now)
}

/// The last backup; nothing when there was none.
pub fn last(db: &mut Db) -> QueryResult<Option<LastBackup>> {
    settings::read_json(db, LAST)
}

/// The failure since then, if there was one.
pub fn failed(db: &mut Db) -> QueryResult<Option<FailedBackup>> {
    settings::read_json(db, FAILED)
}
