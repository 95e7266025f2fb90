//! The folder of the demonstration: thrown away at every start, but never anything the demonstration has not made.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::platform::private;

/// Says that the folder is ours; held locked while a demonstration runs in it.
const MARK: &str = ".callcentre-demo";
/// Everything the program keeps in its data folder.
const FILES: [&str; 5] =
    ["callcentre.db", "callcentre.db-wal", "callcentre.db-shm", "callcentre.db-journal", "secret.key"];

/// The folder of the storage.
const STORAGE: &str = "files";
/// What lies in it beside the folders of contents, whose names are two hexadecimal digits.
const OF_STORAGE: [&str; 3] = ["tmp", ".lock", ".installation"];

/// A wiped folder, for this process alone as long as the value lives.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes `path` or wipes what an earlier demonstration has left in it.
    ///
    /// # Errors
    /// When the folder holds anything else, when a demonstration runs in it, or when the disk refuses.
    pub fn claim(path: &Path) -> Result<Self, String> {
        let failed = |what: &str, e: std::io::Error| format!("cannot {what} {}: {e}", path.display());
        private::folder(path).map_err(|e| failed("create", e))?;
        let mark = path.join(MARK);
        let entries: Vec<fs::DirEntry> =
            fs::read_dir(path).and_then(Iterator::collect).map_err(|e| failed("read", e))?;
        if !entries.is_empty() && !mark.is_file() {
            return Err(format!(
                "{} is not empty and was not made by \"callcentre demo\": move it away or choose another DATA_DIR",
                path.display()
            ));
        }
        if let Some(foreign) = entries.iter().find(|entry| !is_ours(entry)) {
            return Err(format!(
                "{} was not made by \"callcentre demo\": move it away or choose another DATA_DIR",
                foreign.path().display()
            ));
        }
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&mark)
            .map_err(|e| failed("write into", e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("a demonstration is running in {} already", path.display()));
            }
            Err(TryLockError::Error(e)) => return Err(failed("lock", e)),
        }
        for name in FILES {
            match fs::remove_file(path.join(name)) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed("wipe", e)),
                _ => {}
            }
        }
        match fs::remove_dir_all(path.join(STORAGE)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed("wipe", e)),
            _ => {}
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn is_ours(entry: &fs::DirEntry) -> bool {
    let (name, kind) = (entry.file_name(), entry.file_type());
    let Some(name) = name.to_str() else { return false };
    match kind {
        Ok(kind) if kind.is_file() => name == MARK || FILES.contains(&name),
        Ok(kind) if kind.is_dir() => name == STORAGE && is_storage(&entry.path()),
        _ => false,
    }
}

/// True when nothing but a storage is in the folder, as far as its first level tells.
fn is_storage(folder: &Path) -> bool {
    let is_part = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.map(|entry| entry.file_name());
        let Ok(Some(name)) = name.as_ref().map(|name| name.to_str()) else { return false };
        OF_STORAGE.contains(&name) || name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit())
    };
    fs::read_dir(folder).is_ok_and(|mut entries| entries.all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_demonstration_is_wiped() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("demo");
        drop(Folder::claim(&path).expect("a new folder"));
        fs::write(path.join("callcentre.db"), "old").expect("a file");
        fs::create_dir_all(path.join("files/ab/cd")).expect("a storage");
        fs::write(path.join("files/ab/cd/content"), "old").expect("a content");
        let folder = Folder::claim(&path).expect("the same folder");
        assert!(!folder.path().join("callcentre.db").exists());
        assert!(!folder.path().join("files").exists());
    }

    #[test]
    fn a_foreign_file_is_never_touched() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("callcentre.db"), "somebody's work").expect("a file");
        assert!(Folder::claim(place.path()).is_err(), "without the mark even a known name is foreign");
        fs::remove_file(place.path().join("callcentre.db")).expect("removed");
        drop(Folder::claim(place.path()).expect("empty now"));
        fs::write(place.path().join("callcentre.db"), "ours").expect("a file");
        fs::write(place.path().join("thesis.txt"), "somebody's work").expect("a file");
        assert!(Folder::claim(place.path()).is_err());
        assert!(place.path().join("callcentre.db").exists(), "refused before anything was removed");
        fs::remove_file(place.path().join("thesis.txt")).expect("removed");
        fs::create_dir(place.path().join("files")).expect("a folder");
        fs::write(place.path().join("files/thesis.txt"), "somebody's work").expect("a file");
        assert!(Folder::claim(place.path()).is_err(), "a folder of that name is somebody's too");
    }

    #[test]
    fn two_demonstrations_do_not_share_a_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let _first = Folder::claim(place.path()).expect("the first");
        assert!(Folder::claim(place.path()).is_err());
    }
}
