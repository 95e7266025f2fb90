//! Backups in a bucket of S3: made and opened on the disk, kept there.

use std::fs::File;
use std::path::Path;

use super::keep::{self, Keep};
use crate::platform::config::Config;
use crate::platform::storage::{Shelf, StorageUrl};

/// Where they lie.
pub(super) struct Bucket {
    shelf: Shelf,
    /// `s3://BUCKET/PREFIX/`.
    address: String,
}

impl Bucket {
    pub(super) fn open(config: &Config, bucket: &str, prefix: &str) -> Result<Self, String> {
        let joint = if prefix.is_empty() { "" } else { "/" };
        let address = format!("s3://{bucket}/{prefix}{joint}");
        Ok(Self { shelf: Shelf::open("--to", bucket, prefix, &config.s3)?, address })
    }

    /// The address of what has, or will have, the name.
    pub(super) fn address(&self, name: &str) -> String {
        format!("{}{name}", self.address)
    }

    pub(super) fn refuse_if_there(&self, name: &str) -> Result<(), String> {
        let names = self.shelf.names().map_err(|e| format!("cannot list {}: {e}", self.address))?;
        match names.iter().any(|there| there == name) {
            true => Err(format!("{} is there already, and is left alone", self.address(name))),
            false => Ok(()),
        }
    }

    pub(super) fn store(&self, name: &str, path: &Path) -> Result<(), String> {
        let failed = |e: &dyn std::fmt::Display| format!("cannot write {}: {e}", self.address(name));
        let whole = File::open(path).map_err(|e| failed(&e))?;
        self.shelf.put(name, whole).map_err(|e| failed(&e))
    }

    /// Removes the older ones that nothing keeps; gives their names.
    pub(super) fn remove_surplus(&self, keep: Keep) -> Result<Vec<String>, String> {
        let failed = |e| format!("the backup is taken, but {} cannot be tidied: {e}", self.address);
        let names = self.shelf.names().map_err(failed)?.into_iter();
        let dated = names.filter_map(|name| keep::taken_at(&name).map(|at| (name, at))).collect();
        let surplus = keep::surplus(dated, keep);
        for name in &surplus {
            self.shelf.remove(name).map_err(failed)?;
        }
        Ok(surplus)
    }
}

/// Brings the backup of an address `s3://BUCKET/PREFIX/NAME` into a temporary file; `None` when it is no such address.
/// Blocks.
///
/// # Errors
/// One line.
pub fn fetch(config: &Config, address: &str) -> Result<Option<tempfile::NamedTempFile>, String> {
    if !address.starts_with("s3://") {
        return Ok(None);
    }
    let (place, name) = address.rsplit_once('/').unwrap_or_default();
    let StorageUrl::S3 { bucket, prefix } = StorageUrl::parse(place)? else { return Ok(None) };
    let shelf = Shelf::open(place, &bucket, &prefix, &config.s3)?;
    let mut file =
        tempfile::NamedTempFile::new().map_err(|e| format!("cannot make a temporary file: {e}"))?;
    match shelf.fetch(name, &mut file) {
        Ok(true) => Ok(Some(file)),
        Ok(false) => Err(format!("{address} is not there")),
        Err(error) => Err(format!("cannot read {address}: {error}")),
    }
}
