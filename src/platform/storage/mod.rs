//! Where uploaded and fetched content lies: found by the SHA-256 of its bytes, so the same content is stored
//! once. Rows of the features name contents; the order is always content first, row second, so that a crash
//! leaves at worst a content nobody names, which [`Storage::sweep`] removes a day later. Knows nothing of what
//! the bytes mean.

mod content;
mod disk;
mod s3;
#[cfg(test)]
mod tests;
pub mod transfer;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use actix_web::web::Bytes;
use chrono::NaiveDateTime;
use futures_util::Stream;

pub use content::{BlockingContent, Content, ContentHash};
use disk::Disk;
use s3::S3;
pub use s3::{S3Access, Shelf};

/// `STORAGE_URL`, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageUrl {
    /// A folder of this machine.
    Disk(PathBuf),
    /// A bucket of S3, or of what speaks like it.
    S3 {
        /// Its name.
        bucket: String,
        /// Before the names of everything in it; may be empty.
        prefix: String,
    },
}

impl StorageUrl {
    /// Reads `file://PATH` or `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// What is wrong, for the line that names the variable.
    pub fn parse(url: &str) -> Result<Self, String> {
        let wrong = || format!("wants file:///path/to/folder or s3://bucket/prefix, got \"{url}\"");
        if let Some(rest) = url.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
            let prefix = prefix.trim_end_matches('/');
            let is_path = prefix.is_empty()
                || prefix
                    .split('/')
                    .all(|part| is_name(part) && !part.is_empty() && part != "." && part != "..");
            if bucket.len() < 3 || !is_name(bucket) || !is_path {
                return Err(wrong());
            }
            return Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() });
        }
        match url.strip_prefix("file://") {
            Some(path) if !path.is_empty() => Ok(Self::Disk(PathBuf::from(path))),
            _ => Err(wrong()),
        }
    }

    /// The default: `files` in the folder of the program.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self::Disk(data_dir.join("files"))
    }
}

/// Why something could not be stored or read.
#[derive(Debug)]
pub enum StorageError {
    /// The sender gave more than it may.
    TooLarge {
        /// What it may give.
        max_bytes: u64,
    },
    /// The sender broke off.
    Interrupted(String),
    /// No space is left, or the storage cannot be written.
    Full(std::io::Error),
    /// The storage is on another machine, which does not do what it is asked now.
    Away {
        /// What was being done, for the log.
        doing: &'static str,
        /// Why it failed, for the log.
        source: std::io::Error,
    },
    /// The storage itself failed.
    Failed {
        /// What was being done, for the log.
        doing: &'static str,
        /// Why it failed, for the log.
        source: std::io::Error,
    },
}

impl StorageError {
    fn io(doing: &'static str) -> impl Fn(std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        move |source| match source.kind() {
            StorageFull | QuotaExceeded | ReadOnlyFilesystem => Self::Full(source),
            _ => Self::Failed { doing, source },
        }
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { max_bytes } => write!(f, "more than {max_bytes} bytes were sent"),
            Self::Interrupted(why) => write!(f, "the sender broke off: {why}"),
            Self::Full(source) => write!(f, "the storage takes no more: {source}"),
            Self::Away { doing, source } | Self::Failed { doing, source } => write!(f, "{doing}: {source}"),
        }
    }
}

impl std::error::Error for StorageError {}

impl From<StorageError> for crate::platform::error::AppError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full(_) => Self::DiskFull(error.into()),
            StorageError::Away { .. } => Self::Unavailable(error.into()),
            error => Self::internal("use the storage", error),
        }
    }
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Finds it again.
    pub hash: ContentHash,
    /// Bytes.
    pub length: u64,
}

/// Keeps every content where it is ([`Storage::hold`]).
pub struct Hold(#[allow(dead_code, reason = "what counts is that it is there")] Holding);

#[allow(dead_code, reason = "what counts is that they are there")]
enum Holding {
    Disk(std::fs::File),
    S3(s3::Held),
}

/// The storage of the installation. Cheap to copy; all copies are the same storage.
#[derive(Clone, Debug)]
pub enum Storage {
    /// A folder of this machine.
    Disk(Disk),
    /// A bucket.
    S3(S3),
}

impl Storage {
    /// Opens the storage and proves that it can be written. Blocks.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn open(url: &StorageUrl, access: &S3Access) -> Result<Self, String> {
        match url {
            StorageUrl::S3 { bucket, prefix } => {
                S3::open("STORAGE_URL", bucket, prefix, access).map(Self::S3)
            }
            StorageUrl::Disk(folder) => Disk::open(folder)
                .map(Self::Disk)
                .map_err(|e| format!("STORAGE_URL: cannot write to the folder {}: {e}", folder.display())),
        }
    }

    /// Stores what `stream` gives, at most `max_bytes`. It is on the disk, whole, when this returns; until then
    /// it can be found by nobody, and nothing of it stays when the stream fails or the caller gives up.
    pub async fn put<S, E>(&self, stream: S, max_bytes: u64) -> Result<Stored, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: fmt::Display,
    {
        match self {
            Self::Disk(disk) => disk.put(stream, max_bytes).await,
            Self::S3(s3) => s3.put(stream, max_bytes).await,
        }
    }

    /// [`Self::put`] for what is in memory.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<Stored, StorageError> {
        let whole = futures_util::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(bytes)));
        self.put(whole, u64::MAX).await
    }

    /// A content for reading; `None` when there is no such content.
    pub async fn get(&self, hash: &ContentHash) -> Result<Option<Content>, StorageError> {
        match self {
            Self::Disk(disk) => disk.get(hash).await,
            Self::S3(s3) => s3.get(hash).await,
        }
    }

    /// Proves that something can still be written; blocks.
    ///
    /// # Errors
    /// [`StorageError::Full`] when not.
    pub fn find_room(&self) -> Result<(), StorageError> {
        match self {
            Self::Disk(disk) => disk.find_room(),
            Self::S3(s3) => s3.find_room(),
        }
    }

    /// Gives every stored content to `visit`; blocks. What is stored meanwhile may or may not be among them.
    pub fn list(&self, mut visit: impl FnMut(Stored)) -> Result<(), StorageError> {
        self.walk(&mut |entry| {
            visit(Stored { hash: entry.hash, length: entry.length });
            Ok(())
        })
    }

    /// While what this gives lives, no process removes a content: what rows name now is there until everything is
    /// copied. Contents never change in place. Blocks.
    pub fn hold(&self) -> Result<Hold, StorageError> {
        match self {
            Self::Disk(disk) => disk.hold().map(|file| Hold(Holding::Disk(file))),
            Self::S3(s3) => s3.hold().map(|held| Hold(Holding::S3(held))),
        }
    }

    /// Removes a content unless it was stored, or stored again, since `before` (UTC): `true` when it is gone.
    /// Blocks.
    pub fn remove(&self, hash: &ContentHash, before: NaiveDateTime) -> Result<bool, StorageError> {
        match self {
            Self::Disk(disk) => disk.remove(hash, before),
            Self::S3(s3) => s3.remove(hash, before),
        }
    }

    /// Whether this storage is the one of `installation`; the first who asks makes it so. Blocks.
    pub fn belongs_to(&self, installation: &str) -> Result<bool, StorageError> {
        match self {
            Self::Disk(disk) => disk.belongs_to(installation),
            Self::S3(s3) => s3.belongs_to(installation),
        }
    }

    /// Removes what was stored before `before` (UTC) and is not among what `named` says of a few hundred hashes
    /// at a time, and leftovers of interrupted writes. Gives how many were removed. Blocks.
    ///
    /// # Errors
    /// Of the storage, or of `named`.
    pub fn sweep<E: From<StorageError>>(
        &self,
        before: NaiveDateTime,
        mut named: impl FnMut(&[ContentHash]) -> Result<HashSet<ContentHash>, E>,
    ) -> Result<usize, E> {
        const AT_ONCE: usize = 500;
        let mut removed = match self {
            Self::Disk(disk) => disk.remove_leftovers(before)?,
            Self::S3(s3) => s3.remove_leftovers(before)?,
        };
        let mut old = Vec::new();
        self.walk(&mut |entry| {
            if entry.stored_at < before {
                old.push(entry.hash);
            }
            Ok(())
        })?;
        for batch in old.chunks(AT_ONCE) {
            let needed = named(batch)?;
            for hash in batch.iter().filter(|hash| !needed.contains(hash)) {
                removed += usize::from(self.remove(hash, before)?);
            }
        }
        Ok(removed)
    }

    fn walk(
        &self,
        visit: &mut dyn FnMut(disk::Entry) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        match self {
            Self::Disk(disk) => disk.walk(visit),
            Self::S3(s3) => s3.walk(visit),
        }
    }
}
