//! Takes a backup.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use chrono::NaiveDateTime;
use secrecy::ExposeSecret;
use tokio::runtime::Handle;

use super::archive::Writer;
use super::bucket::Bucket;
use super::keep::{self, Keep};
use super::manifest::{DATABASE, FILES, FORMAT, KEY, Manifest};
use super::record::{self, FailedBackup, LastBackup};
use crate::platform::config::Config;
use crate::platform::db::connection::DatabaseUrl;
use crate::platform::db::{Database, copy};
use crate::platform::private;
use crate::platform::secret;
use crate::platform::storage::Storage;

/// Names of what is not finished.
const UNFINISHED: &str = ".callcentre-backup-";
/// What is not finished after so long never will be.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// Where the archive goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file that is not there yet.
    File(PathBuf),
    /// A name of its own in a folder, of whose older backups some are kept.
    Folder(PathBuf, Keep),
    /// The same in a bucket of S3.
    Bucket {
        /// Its name.
        bucket: String,
        /// Before the names of the backups; may be empty.
        prefix: String,
        /// What is kept.
        keep: Keep,
    },
}

/// What was taken.
#[derive(Debug)]
pub struct Taken {
    /// The archive.
    pub path: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
    /// Of the archive.
    pub bytes: u64,
    /// Whether it was encrypted.
    pub is_encrypted: bool,
    /// How long it took.
    pub took: Duration,
    /// Older backups that were removed.
    pub removed: Vec<String>,
}

/// Takes a backup and notes that, or why it failed, in the database. Blocks; wants a runtime around it.
///
/// # Errors
/// One line. Then the target is as it was.
pub fn take(config: &Config, target: &Target, now: NaiveDateTime) -> Result<Taken, String> {
    // Opening one that is missing would make it.
    let url = DatabaseUrl::parse(config.database.url.expose_secret())?;
    copy::refuse_unless_there(&url)?;
    let outcome = match target {
        Target::Bucket { bucket, prefix, keep } => into_bucket(config, (bucket, prefix), *keep, now),
        here => archive(config, here, now),
    };
    let noted = Database::open(config.database.url.expose_secret(), 1).and_then(|db| {
        let noted = db.write_now(|tx| {
            match &outcome {
                Ok(taken) => record::note(tx.db, &taken.in_short(now), now)?,
                Err(words) => {
                    record::note_failure(tx.db, &FailedBackup { at: now, words: words.clone() }, now)?;
                }
            }
            Ok(())
        });
        noted.map_err(|e| e.to_string())
    });
    if let Err(error) = noted {
        tracing::warn!(error, "the backup could not be noted in the database");
    }
    outcome
}

fn into_bucket(
    config: &Config,
    (bucket, prefix): (&str, &str),
    keep: Keep,
    now: NaiveDateTime,
) -> Result<Taken, String> {
    let place = Bucket::open(config, bucket, prefix)?;
    let name = keep::name(now, !config.backup.recipients.is_empty());
    place.refuse_if_there(&name)?;
    let work = tempfile::tempdir().map_err(|e| format!("cannot make a temporary folder: {e}"))?;
    let taken = archive(config, &Target::File(work.path().join(&name)), now)?;
    place.store(&name, &taken.path)?;
    let removed = place.remove_surplus(keep)?;
    Ok(Taken { path: PathBuf::from(place.address(&name)), removed, ..taken })
}

/// Into a file or a folder.
fn archive(config: &Config, target: &Target, now: NaiveDateTime) -> Result<Taken, String> {
    let began = Instant::now();
    let is_encrypted = !config.backup.recipients.is_empty();
    let path = match target {
        Target::File(path) => path.clone(),
        Target::Folder(folder, _) => folder.join(keep::name(now, is_encrypted)),
        Target::Bucket { .. } => return Err("a bucket has no folder to write in".to_owned()),
    };
    if path.symlink_metadata().is_ok() {
        return Err(format!("{} is there already, and is left alone", path.display()));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |e: io::Error| format!("cannot write {}: {e}", path.display());
    if matches!(target, Target::Folder(..)) {
        private::folder(folder).map_err(failed)?;
        remove_abandoned(folder);
    }
    let unfinished =
        tempfile::Builder::new().prefix(UNFINISHED).suffix(".part").tempfile_in(folder).map_err(failed)?;
    let work = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder).map_err(failed)?;
    let output = unfinished.as_file().try_clone().map_err(failed)?;
    let at = u64::try_from(now.and_utc().timestamp()).unwrap_or_default();
    let mut writer = Writer::new(output, &config.backup.recipients, at)?;
    let manifest = fill(config, &mut writer, &work.path().join(DATABASE), now)
        .and_then(|describe| writer.finish(describe).map_err(failed))?;
    unfinished.as_file().sync_all().map_err(failed)?;
    let bytes = unfinished.as_file().metadata().map_err(failed)?.len();
    unfinished.persist_noclobber(&path).map_err(|e| failed(e.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    let removed = match target {
        Target::File(_) | Target::Bucket { .. } => Vec::new(),
        Target::Folder(folder, keep) => remove_surplus(folder, *keep)?,
    };
    Ok(Taken { path, manifest, bytes, is_encrypted, took: began.elapsed(), removed })
}

/// Puts everything in; gives what has to be said of it at the end.
fn fill(
    config: &Config,
    writer: &mut Writer,
    copied: &Path,
    now: NaiveDateTime,
) -> Result<impl FnOnce(std::collections::BTreeMap<String, super::manifest::Part>) -> Manifest + use<>, String>
{
    let failed = |what: &str| {
        let what = what.to_owned();
        move |e: io::Error| format!("cannot put {what} into the backup: {e}")
    };
    let storage = Storage::open(&config.storage, &config.s3)?;
    let _hold = storage.hold().map_err(|e| e.to_string())?;
    let url = DatabaseUrl::parse(config.database.url.expose_secret())?;
    let database = copy::take(&url, copied)?;
    let mut source = File::open(copied).map_err(failed(DATABASE))?;
    writer.add(DATABASE, &mut source, None).map_err(failed(DATABASE))?;
    drop(source);
    // A large database need not lie here twice while the files are packed.
    fs::remove_file(copied).map_err(failed(DATABASE))?;
    let key = config.keys()?.map(|ring| ring.first().clone());
    // A key that comes from the surroundings is kept where they are.
    if let (None, Some(own)) = (&config.app_secret, secret::load_text(&config.data_dir)?) {
        let mut text = io::Cursor::new(own.expose_secret().as_bytes());
        writer.add(KEY, &mut text, None).map_err(failed(KEY))?;
    }
    let mut contents = Vec::new();
    storage.list(|stored| contents.push(stored.hash)).map_err(|e| e.to_string())?;
    contents.sort();
    let mut lost = Vec::new();
    for hash in contents {
        let opened = Handle::current().block_on(async {
            match storage.get(&hash).await? {
                Some(content) => Ok(Some(content.into_blocking().await?)),
                None => Ok::<_, crate::platform::storage::StorageError>(None),
            }
        });
        let name = format!("{FILES}{hash}");
        let is_whole = match opened.map_err(|e| e.to_string())? {
            Some(mut content) => {
                writer.add(&name, &mut content, Some(hash.as_str())).map_err(failed(&name))?
            }
            None => false,
        };
        if !is_whole {
            lost.push(hash.to_string());
        }
    }
    Ok(move |parts| Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: now,
        database,
        key_fingerprint: key.map(|key| secret::fingerprint(&key)),
        parts,
        lost,
    })
}

impl Taken {
    fn in_short(&self, at: NaiveDateTime) -> LastBackup {
        LastBackup {
            at,
            bytes: self.bytes,
            files: self.manifest.files(),
            took_seconds: self.took.as_secs(),
            is_encrypted: self.is_encrypted,
            lost: self.manifest.lost.len(),
        }
    }
}

fn remove_surplus(folder: &Path, keep: Keep) -> Result<Vec<String>, String> {
    let failed =
        |e: io::Error| format!("the backup is taken, but {} cannot be tidied: {e}", folder.display());
    let names = fs::read_dir(folder)
        .and_then(|entries| entries.collect::<Result<Vec<_>, _>>())
        .map_err(failed)?
        .into_iter()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let dated = names.filter_map(|name| keep::taken_at(&name).map(|at| (name, at))).collect();
    let surplus = keep::surplus(dated, keep);
    for name in &surplus {
        fs::remove_file(folder.join(name)).map_err(failed)?;
    }
    Ok(surplus)
}

/// Takes away what killed backups have left behind.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_old = entry
            .metadata()
            .and_then(|data| data.modified())
            .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > ABANDONED));
        if !is_old || !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!(%error, path = %path.display(), "an unfinished backup cannot be removed");
        }
    }
}
