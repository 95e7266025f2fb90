//! `callcentre storage move`: the contents to another storage, while the server serves from the one it has.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::EXIT_USAGE;
use crate::platform::config::Config;
use crate::platform::db::Database;
use crate::platform::settings;
use crate::platform::storage::{Storage, StorageUrl, transfer};

/// What to do with the storage.
#[derive(Subcommand)]
pub enum StorageCommand {
    /// Carry every file to another storage; begun again, it goes on. Nothing is removed from the first one.
    Move(MoveArguments),
}

/// From where to where.
#[derive(Args)]
pub struct MoveArguments {
    /// The storage to fill: file:///path/to/folder or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Where from, when it is not STORAGE_URL any more.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

/// Does it. Exit code 1 when files were damaged before and are not carried.
pub async fn run(config: Config, command: StorageCommand) -> ExitCode {
    let StorageCommand::Move(arguments) = command;
    match carry(config, &arguments).await {
        Ok(transfer::Carried { carried, bytes, were_there, damaged }) => {
            println!("carried: {carried} files, {bytes} bytes; there already: {were_there}");
            if damaged.is_empty() {
                return ExitCode::SUCCESS;
            }
            let names: Vec<&str> = damaged.iter().map(|hash| hash.as_str()).collect();
            eprintln!("callcentre: damaged where they are, and not carried: {}", names.join(", "));
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("callcentre: {problem}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

async fn carry(config: Config, arguments: &MoveArguments) -> Result<transfer::Carried, String> {
    let named = |option: &str, url: &str| StorageUrl::parse(url).map_err(|e| format!("{option}: {e}"));
    let target = named("--to", &arguments.to)?;
    let source = match &arguments.from {
        Some(url) => named("--from", url)?,
        None => config.storage.clone(),
    };
    if source == target {
        return Err("--to: is where the files are".to_owned());
    }
    let opened = tokio::task::spawn_blocking(move || {
        // A bucket or folder of another installation would be swept by it, and this one's by us.
        let database = Database::open(config.database.url.expose_secret(), 1)?;
        let installation = database
            .read_now(|db| Ok(settings::read(db, settings::STORAGE_INSTALLATION)?))
            .map_err(|e| e.to_string())?;
        let (source, target) = (Storage::open(&source, &config.s3)?, Storage::open(&target, &config.s3)?);
        if let Some(installation) = installation
            && !target.belongs_to(&installation).map_err(|e| e.to_string())?
        {
            return Err("--to: holds the files of another installation".to_owned());
        }
        Ok::<_, String>((source, target))
    });
    let (source, target) = opened.await.map_err(|e| e.to_string())??;
    let told = |n: usize, all: usize| {
        if n > 0 && n.is_multiple_of(1000) {
            println!("{n} of {all}");
        }
    };
    transfer::carry(&source, &target, told).await.map_err(|e| e.to_string())
}
