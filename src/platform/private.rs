//! Files and folders that only the server's own account reads, whatever the umask.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Makes `path` and what is missing above it, for us alone. One that is there stays as it is.
pub fn folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(FOLDER))
}

/// [`folder`] that is closed to others also when it was there and open. A folder of somebody else's is left alone,
/// with a word in the log.
pub fn own_folder(path: &Path) -> io::Result<()> {
    folder(path)?;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0
        && let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode & 0o700))
    {
        tracing::warn!(%error, folder = %path.display(), "others may read the program's folder, and it cannot be closed");
    }
    Ok(())
}

/// Opens `path` for writing, making it when it is missing, and closes it to others.
pub fn file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(FILE).open(path)?;
    tighten_file(path)?;
    Ok(file)
}

/// Closes an existing file to others; nothing happens when there is none.
pub fn tighten_file(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(data) if data.permissions().mode() & 0o177 != 0 => {
            fs::set_permissions(path, Permissions::from_mode(FILE))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_was_open_to_others_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, db) = (folder.path().join("a/data"), folder.path().join("a/data/x.db"));
        own_folder(&data).expect("made");
        file(&db).expect("made");
        assert_eq!((mode(&data), mode(&db)), (0o700, 0o600));
        fs::set_permissions(&data, Permissions::from_mode(0o755)).expect("opened");
        fs::set_permissions(&db, Permissions::from_mode(0o644)).expect("opened");
        own_folder(&data).expect("closed");
        file(&db).expect("closed");
        assert_eq!((mode(&data), mode(&db)), (0o700, 0o600));
        assert!(tighten_file(&folder.path().join("nothing")).is_ok());
    }
}
