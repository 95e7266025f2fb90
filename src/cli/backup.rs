//! `callcentre backup` and `callcentre restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::EXIT_USAGE;
use crate::backup::{self, How, Keep, Manifest, Restored, Taken, Target};
use crate::domain::clock::Clock;
use crate::platform::config::Config;
use crate::platform::storage::StorageUrl;

/// Where a backup goes.
#[derive(Args)]
pub struct BackupArguments {
    /// The archive to make; a file that is there is left alone.
    #[arg(required_unless_present = "to", conflicts_with = "to")]
    file: Option<PathBuf>,
    /// A folder instead, or s3://bucket/prefix: the archive gets a name with its time, older ones are removed as the
    /// next options say.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Keep the newest backup of each of so many days.
    #[arg(long, default_value_t = 0, conflicts_with = "file", value_name = "N")]
    keep_days: u32,
    /// Keep the newest backup of each of so many weeks.
    #[arg(long, default_value_t = 0, conflicts_with = "file", value_name = "N")]
    keep_weeks: u32,
    /// Keep the newest backup of each of so many months.
    #[arg(long, default_value_t = 0, conflicts_with = "file", value_name = "N")]
    keep_months: u32,
}

/// What is restored, and how.
#[derive(Args)]
pub struct RestoreArguments {
    /// An archive that `callcentre backup` made; s3://bucket/prefix/NAME as well.
    file: PathBuf,
    /// The file with the private key of an encrypted one (also BACKUP_IDENTITY).
    #[arg(long, value_name = "KEY")]
    identity: Option<PathBuf>,
    /// Only look at every byte of it, and change nothing.
    #[arg(long)]
    check: bool,
    /// Keep the key of this installation: passwords stored in the backup must be typed again.
    #[arg(long)]
    another_key: bool,
}

/// Takes a backup. Exit code 1 when files were damaged before and are not in it.
pub async fn back_up(config: Config, arguments: BackupArguments) -> ExitCode {
    let keep = Keep { days: arguments.keep_days, weeks: arguments.keep_weeks, months: arguments.keep_months };
    let target = match (arguments.file, arguments.to.unwrap_or_default()) {
        (Some(file), _) => Target::File(file),
        (None, place) => match StorageUrl::parse(&place.to_string_lossy()) {
            Ok(StorageUrl::S3 { bucket, prefix }) => Target::Bucket { bucket, prefix, keep },
            _ => Target::Folder(place, keep),
        },
    };
    let now = Clock::default().now();
    let taken = tokio::task::spawn_blocking(move || backup::take(&config, &target, now)).await;
    match taken.unwrap_or_else(|e| Err(e.to_string())) {
        Ok(taken) => tell(&taken),
        Err(problem) => {
            eprintln!("callcentre: {problem}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn tell(taken: &Taken) -> ExitCode {
    let Taken { path, manifest, bytes, is_encrypted, took, removed } = taken;
    println!("{}: {}, {bytes} bytes, {} s", path.display(), contents(manifest), took.as_secs());
    if !removed.is_empty() {
        println!("older backups removed: {}", removed.len());
    }
    if !is_encrypted {
        println!("it is not encrypted (BACKUP_RECIPIENT): keep it as you keep the machine");
    }
    if !manifest.parts.contains_key("secret.key") && manifest.key_fingerprint.is_some() {
        println!("the key of stored passwords is not in it: it comes from APP_SECRET, keep that too");
    }
    if manifest.lost.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "callcentre: damaged in the storage, and not in the backup: {} files ({})",
        manifest.lost.len(),
        manifest.lost.join(", ")
    );
    ExitCode::FAILURE
}

/// Restores a backup, or looks at it.
///
/// # Errors
/// One line that says what could not be done.
pub async fn restore(config: Config, arguments: RestoreArguments) -> Result<(), String> {
    let how = How {
        identity: arguments.identity.or_else(|| config.backup.identity.clone()),
        only_check: arguments.check,
        another_key: arguments.another_key,
    };
    let file = arguments.file;
    let restored =
        tokio::task::spawn_blocking(move || match backup::fetch(&config, &file.to_string_lossy())? {
            Some(fetched) => backup::restore(&config, fetched.path(), &how),
            None => backup::restore(&config, &file, &how),
        });
    let Restored { manifest, has_key } = restored.await.unwrap_or_else(|e| Err(e.to_string()))?;
    let what = if arguments.check { "whole" } else { "restored" };
    println!(
        "{what}: {}, taken {} UTC by callcentre {}",
        contents(&manifest),
        manifest.taken_at.format("%Y-%m-%d %H:%M"),
        manifest.program
    );
    if !has_key && manifest.key_fingerprint.is_some() {
        println!("the key of stored passwords is not in it: it came from APP_SECRET");
    }
    Ok(())
}

fn contents(manifest: &Manifest) -> String {
    format!(
        "{} of schema {}, {} rows in {} tables, {} files",
        manifest.database.kind,
        manifest.database.migration,
        manifest.rows(),
        manifest.database.rows.len(),
        manifest.files()
    )
}
