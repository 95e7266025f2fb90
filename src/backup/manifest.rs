//! What an archive says of itself, at its end.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::platform::db::copy::Snapshot;

/// How archives are laid out; another number means another program.
pub const FORMAT: u32 = 1;
/// Its own name in the archive.
pub const MANIFEST: &str = "manifest.json";
/// The copy of the database.
pub const DATABASE: &str = "database";
/// The application's key.
pub const KEY: &str = "secret.key";
/// The folder of the contents.
pub const FILES: &str = "files/";

/// The last entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the program that took it.
    pub program: String,
    /// When (UTC).
    pub taken_at: NaiveDateTime,
    /// What the database holds.
    pub database: Snapshot,
    /// Tells which key the stored secrets were sealed with; nothing when there was none yet.
    pub key_fingerprint: Option<String>,
    /// Every other entry.
    pub parts: BTreeMap<String, Part>,
    /// Contents that were damaged in the storage already and are left out.
    pub lost: Vec<String>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Of its bytes, hexadecimal.
    pub sha256: String,
    /// How many.
    pub bytes: u64,
}

impl Manifest {
    /// Contents in it.
    pub fn files(&self) -> usize {
        self.parts.keys().filter(|name| name.starts_with(FILES)).count()
    }

    /// Rows in it.
    pub fn rows(&self) -> i64 {
        self.database.rows.values().sum()
    }
}
