//! The folder of the demonstration: thrown away at every start, but never anything the demonstration has not made.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Says that the folder is ours; held locked while a demonstration runs in it.
const MARK: &str = ".callcentre-demo";
/// Everything the program keeps in its data folder.
const FILES: [&str; 5] =
    ["callcentre.db", "callcentre.db-wal", "callcentre.db-shm", "callcentre.db-journal", "secret.key"];

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
        fs::create_dir_all(path).map_err(|e| failed("create", e))?;
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
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn is_ours(entry: &fs::DirEntry) -> bool {
    let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
    is_file && entry.file_name().to_str().is_some_and(|name| name == MARK || FILES.contains(&name))
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
        let folder = Folder::claim(&path).expect("the same folder");
        assert!(!folder.path().join("callcentre.db").exists());
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
    }

    #[test]
    fn two_demonstrations_do_not_share_a_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let _first = Folder::claim(place.path()).expect("the first");
        assert!(Folder::claim(place.path()).is_err());
    }
}
