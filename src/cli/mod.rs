//! The commands of the program, one file each where they are more than a call.

mod admin;
mod backup;
mod check;
mod demo;
pub mod dump;
pub mod fill;
mod health;
pub mod import;
pub mod refold;
mod secret;
mod service;
pub mod setup;
mod storage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;

use crate::app::App;
use crate::domain::clock::Clock;
use crate::platform::config::{Config, ConfigError};
use crate::platform::db::connection::DatabaseUrl;
use crate::platform::telemetry;
use crate::server;

/// Wrong settings or arguments.
const EXIT_USAGE: u8 = 2;

/// Workplace of a repair-dispatch call centre.
#[derive(Parser)]
#[command(name = "callcentre", version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database up to date and serve (what happens without a command, too).
    Serve,
    /// Bring the database up to date and stop.
    Migrate,
    /// Look at everything the installation needs, change nothing: settings, database, storage, services outside.
    Check,
    /// Ask the running server whether it can work, for containers and scripts.
    Health,
    /// Copy the database, the files and the key into one archive, while the server serves.
    Backup(backup::BackupArguments),
    /// Put a backup into an empty installation.
    Restore(backup::RestoreArguments),
    /// The files: documents, recordings, pictures.
    Storage {
        #[command(subcommand)]
        command: storage::StorageCommand,
    },
    /// The key that seals stored passwords.
    Secret {
        #[command(subcommand)]
        command: secret::SecretCommand,
    },
    /// Accounts of admins.
    Admin {
        #[command(subcommand)]
        command: admin::AdminCommand,
    },
    /// Make what is missing from a file: cities, campaigns, lines, operators, masters, the telephony's key.
    Setup {
        /// A JSON file.
        file: PathBuf,
    },
    /// Take everything from the former system's database: people, lines, calls, orders, files.
    Import(import::ImportArguments),
    /// Print what is stored.
    Dump {
        #[command(subcommand)]
        what: dump::DumpCommand,
    },
    /// Fold every stored notification of the telephony again.
    Refold(refold::RefoldArguments),
    /// Show the product: made-up data in a throw-away database, calls that ring by themselves.
    Demo(demo::DemoArguments),
    /// Fill an empty database with generated data, for measurements.
    Fill(fill::FillArguments),
}

impl Command {
    /// A demonstration has settings of its own and leaves the real ones alone.
    fn config(&self) -> Result<Config, ConfigError> {
        match self {
            Self::Demo(_) => demo::config(),
            _ => Config::from_env(),
        }
    }

    /// What is logged when `RUST_LOG` doesn't say: a demonstration talks to a newcomer, not to a log.
    fn log_filter(&self) -> &'static str {
        match self {
            Self::Demo(_)
            | Self::Check
            | Self::Health
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Import(_)
            | Self::Secret { .. }
            | Self::Storage { .. } => "warn",
            _ => "info,actix_server=warn",
        }
    }
}

/// Runs what the arguments ask for. Failures are one line on standard error.
pub async fn run(arguments: Arguments) -> ExitCode {
    let command = arguments.command.unwrap_or(Command::Serve);
    let config = match command.config() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("callcentre: {error}");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    telemetry::start(config.log_format, command.log_filter());
    let outcome = match command {
        Command::Serve => serve(config).await,
        Command::Migrate => App::build(config, Clock::default()).map(|_| ()),
        Command::Check => return check::run(config).await,
        Command::Health => health::run(&config).await,
        Command::Backup(arguments) => return backup::back_up(config, arguments).await,
        Command::Restore(arguments) => backup::restore(config, arguments).await,
        Command::Storage { command } => return storage::run(config, command).await,
        Command::Secret { command } => secret::run(config, command),
        Command::Admin { command } => admin::run(config, command),
        Command::Setup { file } => setup::run(config, &file),
        Command::Import(arguments) => return import::run(config, arguments).await,
        Command::Dump { what } => dump::run(config, what),
        Command::Refold(arguments) => refold::run(config, arguments),
        Command::Demo(arguments) => demo::run(config, arguments).await,
        Command::Fill(arguments) => fill::run(&config, &arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("callcentre: {problem}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

async fn serve(config: Config) -> Result<(), String> {
    let _only_one = DatabaseUrl::parse(config.database.url.expose_secret())?.claim()?;
    let running = server::start(App::build(config, Clock::default())?).await?;
    println!("callcentre listens on http://{}", running.address);
    let watchdog = service::ready();
    server::stop_signal().await;
    tracing::info!("stopping");
    service::stopping();
    running.stop().await;
    if let Some(watchdog) = watchdog {
        watchdog.abort();
    }
    Ok(())
}
