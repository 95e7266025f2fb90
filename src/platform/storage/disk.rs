//! The storage in a folder: `ab/cd/abcd…` for contents, `tmp/` for what is still being written, `.lock` for the
//! short moments in which a content is put in place or removed (several processes may share the folder), `.hold` for
//! whoever copies everything.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use actix_web::web::Bytes;
use chrono::{DateTime, NaiveDateTime, Utc};
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::{Content, ContentHash, StorageError, Stored};

/// Only the account of the server reads what people have uploaded.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A folder with contents.
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
}

/// A content seen by [`Disk::walk`].
pub(super) struct Entry {
    pub hash: ContentHash,
    pub length: u64,
    /// The last time the same content was stored (UTC).
    pub stored_at: NaiveDateTime,
}

impl Disk {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(FOLDER_MODE).create(folder.join("tmp"))?;
        let disk = Self { folder: folder.to_owned() };
        disk.lock_file()?;
        // Opening a file says nothing of a full or read-only disk; writing one does.
        let probe = Temporary::new(&disk);
        new_file(&probe.path).and_then(|mut file| io::Write::write_all(&mut file, b"probe"))?;
        Ok(disk)
    }

    pub(super) fn find_room(&self) -> Result<(), StorageError> {
        let probe = Temporary::new(self);
        new_file(&probe.path)
            .and_then(|mut file| io::Write::write_all(&mut file, &[0; 4096]))
            .map_err(StorageError::io("write a probe"))
    }

    pub(super) async fn put<S, E>(&self, stream: S, max_bytes: u64) -> Result<Stored, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: fmt::Display,
    {
        let temporary = Temporary::new(self);
        let path = temporary.path.clone();
        let file =
            blocking(move || new_file(&path)).await.map_err(StorageError::io("make a temporary file"))?;
        let mut file = tokio::fs::File::from_std(file);
        let (mut hasher, mut length) = (Sha256::new(), 0_u64);
        let mut stream = std::pin::pin!(stream);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|e| StorageError::Interrupted(e.to_string()))?;
            length += piece.len() as u64;
            if length > max_bytes {
                return Err(StorageError::TooLarge { max_bytes });
            }
            hasher.update(&piece);
            file.write_all(&piece).await.map_err(StorageError::io("write a temporary file"))?;
        }
        file.flush().await.map_err(StorageError::io("write a temporary file"))?;
        file.sync_all().await.map_err(StorageError::io("sync a temporary file"))?;
        drop(file);
        let hash = ContentHash::of_digest(&hasher.finalize());
        let (disk, placed) = (self.clone(), hash.clone());
        blocking(move || disk.place(&temporary, &placed))
            .await
            .map_err(StorageError::io("place a content"))?;
        Ok(Stored { hash, length })
    }

    /// Replaces what is there even when it is the same: the new time keeps a sweep away from a content whose
    /// row is only about to be written, and a damaged content is healed.
    fn place(&self, temporary: &Temporary, hash: &ContentHash) -> io::Result<()> {
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        let target = self.path(hash);
        let mut folder = self.folder.clone();
        for part in [&hash.as_str()[..2], &hash.as_str()[2..4]] {
            let parent = folder.clone();
            folder.push(part);
            match fs::DirBuilder::new().mode(FOLDER_MODE).create(&folder) {
                Ok(()) => sync_folder(&parent)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        fs::rename(&temporary.path, target)?;
        sync_folder(&folder)
    }

    pub(super) async fn get(&self, hash: &ContentHash) -> Result<Option<Content>, StorageError> {
        let file = match tokio::fs::File::open(self.path(hash)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(StorageError::io("open a content"))?,
        };
        let length = file.metadata().await.map_err(StorageError::io("measure a content"))?.len();
        Ok(Some(Content::local(file, length)))
    }

    pub(super) fn remove(&self, hash: &ContentHash, before: NaiveDateTime) -> Result<bool, StorageError> {
        let path = self.path(hash);
        let removed = || {
            let hold = self.own_file(".hold")?;
            match hold.try_lock() {
                Ok(()) => {}
                // A copy of everything is being taken; the next sweep comes tomorrow.
                Err(fs::TryLockError::WouldBlock) => return Ok(false),
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
            let lock = self.lock_file()?;
            lock.lock()?;
            let Some((_, stored_at)) = look(&path)? else { return Ok(false) };
            if stored_at >= before {
                return Ok(false);
            }
            fs::remove_file(&path).map(|()| true)
        };
        removed().map_err(StorageError::io("remove a content"))
    }

    /// While the value lives nothing is removed, by no process.
    pub(super) fn hold(&self) -> Result<File, StorageError> {
        let held = || {
            let hold = self.own_file(".hold")?;
            hold.lock_shared()?;
            Ok(hold)
        };
        held().map_err(StorageError::io("hold the contents"))
    }

    pub(super) fn belongs_to(&self, installation: &str) -> Result<bool, StorageError> {
        let path = self.folder.join(".installation");
        let asked = || {
            let lock = self.lock_file()?;
            lock.lock()?;
            match fs::read_to_string(&path) {
                Ok(text) => Ok(text.trim() == installation),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    io::Write::write_all(&mut new_file(&path)?, format!("{installation}\n").as_bytes())?;
                    Ok(true)
                }
                Err(error) => Err(error),
            }
        };
        asked().map_err(StorageError::io("tell whose storage it is"))
    }

    /// Removes what writes that never ended have left behind.
    pub(super) fn remove_leftovers(&self, before: NaiveDateTime) -> Result<usize, StorageError> {
        let removed = || {
            let mut removed = 0;
            for entry in fs::read_dir(self.folder.join("tmp"))? {
                let path = entry?.path();
                if look(&path)?.is_none_or(|(_, at)| at >= before) {
                    continue;
                }
                match fs::remove_file(&path) {
                    Ok(()) => removed += 1,
                    // Another process sweeps as well.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(removed)
        };
        removed().map_err(StorageError::io("remove leftovers"))
    }

    pub(super) fn walk(
        &self,
        visit: &mut dyn FnMut(Entry) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let failed = StorageError::io("list the storage");
        for first in folders(&self.folder).map_err(&failed)? {
            for second in folders(&first).map_err(&failed)? {
                for entry in fs::read_dir(second).map_err(&failed)? {
                    let entry = entry.map_err(&failed)?;
                    let Some(hash) = entry.file_name().to_str().and_then(ContentHash::parse) else {
                        continue;
                    };
                    let Some((length, stored_at)) = look(&entry.path()).map_err(&failed)? else { continue };
                    visit(Entry { hash, length, stored_at })?;
                }
            }
        }
        Ok(())
    }

    fn path(&self, hash: &ContentHash) -> PathBuf {
        let hash = hash.as_str();
        self.folder.join(&hash[..2]).join(&hash[2..4]).join(hash)
    }

    /// Opened anew each time: a lock belongs to what was opened.
    fn lock_file(&self) -> io::Result<File> {
        self.own_file(".lock")
    }

    fn own_file(&self, name: &str) -> io::Result<File> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(FILE_MODE).open(self.folder.join(name))
    }
}

/// A file that disappears unless it was put in place.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn new(disk: &Disk) -> Self {
        Self { path: disk.folder.join("tmp").join(uuid::Uuid::new_v4().simple().to_string()) }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already when all went well; otherwise the sweep tries again.
        let _ = fs::remove_file(&self.path);
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)
}

/// A rename is on the disk only when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Length and time of the last change (UTC); `None` when somebody has just removed it.
fn look(path: &Path) -> io::Result<Option<(u64, NaiveDateTime)>> {
    match fs::symlink_metadata(path) {
        Ok(data) => Ok(Some((data.len(), DateTime::<Utc>::from(data.modified()?).naive_utc()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Folders of two hexadecimal digits: everything else in the storage is not ours to walk.
fn folders(parent: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let is_ours = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit()));
        if is_ours && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
