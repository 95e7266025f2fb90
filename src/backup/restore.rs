//! Puts a backup into an empty installation: everything is looked at first, then the files come, then the key, the
//! database last. What breaks off before that can be begun again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use actix_web::web::Bytes;
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;

use super::archive;
use super::manifest::{DATABASE, FILES, FORMAT, KEY, Manifest};
use crate::platform::config::Config;
use crate::platform::db::connection::DatabaseUrl;
use crate::platform::db::copy;
use crate::platform::private;
use crate::platform::secret;
use crate::platform::storage::{ContentHash, Storage};

/// How a backup is restored.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// The private key of an encrypted one.
    pub identity: Option<PathBuf>,
    /// Look at everything, change nothing.
    pub only_check: bool,
    /// The key of this installation is kept, although what was sealed with the other one is lost.
    pub another_key: bool,
}

/// What was restored, or looked at.
#[derive(Debug)]
pub struct Restored {
    /// What was in it.
    pub manifest: Manifest,
    /// Whether the key came with it.
    pub has_key: bool,
}

/// Bytes read at once.
const PIECE: usize = 256 * 1024;

/// Restores the backup in `path`. Blocks; wants a runtime around it.
///
/// # Errors
/// One line. Before everything is looked at nothing has changed.
pub fn restore(config: &Config, path: &Path, how: &How) -> Result<Restored, String> {
    let url = DatabaseUrl::parse(config.database.url.expose_secret())?;
    if how.only_check {
        let work = tempfile::tempdir().map_err(|e| format!("cannot make a temporary folder: {e}"))?;
        let (manifest, key) = look(path, how, &work.path().join(DATABASE))?;
        return Ok(Restored { manifest, has_key: key.is_some() });
    }
    copy::refuse_unless_empty(&url)?;
    private::own_folder(&config.data_dir)
        .map_err(|e| format!("DATA_DIR: cannot use {}: {e}", config.data_dir.display()))?;
    // No server may begin meanwhile.
    let _only_one = url.claim()?;
    let beside = copy::folder(&url).unwrap_or_else(|| config.data_dir.clone());
    let work = tempfile::Builder::new()
        .prefix(".restore-")
        .tempdir_in(&beside)
        .map_err(|e| format!("cannot write to {}: {e}", beside.display()))?;
    let copied = work.path().join(DATABASE);
    let (manifest, key) = look(path, how, &copied)?;
    copy::refuse_unless_fitting(&url, &manifest.database)?;
    let key_to_keep = key_to_keep(config, &manifest, key.as_ref(), how)?;
    let storage = Storage::open(&config.storage, &config.s3)?;
    refuse_unless_ours(&storage, &manifest)?;
    put_files(&storage, path, how)?;
    if let Some(key) = key_to_keep {
        secret::keep(&config.data_dir, &key)?;
    }
    copy::put_back(&url, &copied, &manifest.database)?;
    Ok(Restored { manifest, has_key: key.is_some() })
}

/// Looks at every byte; gives what the archive says, and its key. The database's copy is put into `copied`.
fn look(path: &Path, how: &How, copied: &Path) -> Result<(Manifest, Option<SecretString>), String> {
    let mut key = None;
    let manifest = archive::read(path, how.identity.as_deref(), |name, bytes| {
        let failed = |e: io::Error| format!("cannot unpack {}: {e}", path.display());
        match name {
            DATABASE => {
                let mut file = File::create_new(copied).map_err(failed)?;
                private::tighten_file(copied).map_err(failed)?;
                io::copy(bytes, &mut file).and_then(|_| file.sync_all()).map_err(failed)
            }
            KEY => {
                let mut text = String::new();
                bytes.take(4096).read_to_string(&mut text).map_err(failed)?;
                key = Some(SecretString::from(text));
                Ok(())
            }
            name if hash_of(name).is_some() => Ok(()),
            name => Err(format!("{} holds {name}, which no backup has", path.display())),
        }
    })?;
    if manifest.format != FORMAT {
        return Err(format!(
            "{} is laid out as number {}, this program knows {FORMAT}",
            path.display(),
            manifest.format
        ));
    }
    let others = manifest
        .parts
        .iter()
        .any(|(name, part)| hash_of(name).is_some_and(|hash| hash.as_str() != part.sha256));
    if others || !manifest.parts.contains_key(DATABASE) {
        return Err(format!("{} is damaged: it does not hold what it names", path.display()));
    }
    Ok((manifest, key))
}

fn hash_of(name: &str) -> Option<ContentHash> {
    name.strip_prefix(FILES).and_then(ContentHash::parse)
}

/// The key that has to be written, if any.
fn key_to_keep(
    config: &Config,
    manifest: &Manifest,
    of_backup: Option<&SecretString>,
    how: &How,
) -> Result<Option<SecretString>, String> {
    let here = config.keys()?;
    let Some(wanted) = &manifest.key_fingerprint else { return Ok(None) };
    match (here, of_backup) {
        (Some(here), _) if here.has(wanted) || how.another_key => Ok(None),
        (Some(_), _) => Err(format!(
            "{} is another key than the stored passwords were sealed with; put that one there, or go on without them by --another-key",
            if config.app_secret.is_some() { "APP_SECRET" } else { "secret.key in DATA_DIR" },
        )),
        (None, Some(key)) => Ok(Some(key.clone())),
        (None, None) if how.another_key => Ok(None),
        (None, None) => Err(
            "the backup does not hold the key of the stored passwords (it came from APP_SECRET): set APP_SECRET to it, or go on without them by --another-key"
                .to_owned(),
        ),
    }
}

/// A storage with other files belongs to another installation. Files of this backup are there when it was begun before.
fn refuse_unless_ours(storage: &Storage, manifest: &Manifest) -> Result<(), String> {
    let ours: HashSet<ContentHash> = manifest.parts.keys().filter_map(|name| hash_of(name)).collect();
    let mut others = 0;
    storage
        .list(|stored| others += usize::from(!ours.contains(&stored.hash)))
        .map_err(|e| format!("STORAGE_URL: {e}"))?;
    match others {
        0 => Ok(()),
        n => Err(format!(
            "STORAGE_URL: the storage holds {n} other files; restore wants an empty one: move them away"
        )),
    }
}

fn put_files(storage: &Storage, path: &Path, how: &How) -> Result<(), String> {
    archive::read(path, how.identity.as_deref(), |name, bytes| {
        let Some(hash) = hash_of(name) else { return Ok(()) };
        let pieces = futures_util::stream::iter(std::iter::from_fn(|| {
            let mut piece = vec![0; PIECE];
            match bytes.read(&mut piece) {
                Ok(0) => None,
                Ok(got) => {
                    piece.truncate(got);
                    Some(Ok(Bytes::from(piece)))
                }
                Err(error) => Some(Err(error)),
            }
        }));
        let stored = Handle::current().block_on(storage.put(pieces, u64::MAX));
        match stored {
            Ok(stored) if stored.hash == hash => Ok(()),
            Ok(_) => Err(format!("{name} has changed while it was restored")),
            Err(error) => Err(format!("STORAGE_URL: {error}")),
        }
    })
    .map(|_| ())
}
