//! The application: built from its settings, the same in production and in tests, run until it is told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tracing_actix_web::TracingLogger;

use crate::accounts::presence::{self, Presence};
use crate::accounts::{Throttle, sign_in};
use crate::config::Config;
use crate::db::Database;
use crate::domain::clock::Clock;
use crate::live::Hub;
use crate::mango::Inbox;
use crate::orders::export::Exports;
use crate::secret::{self, Cipher};
use crate::storage::Storage;
use crate::telemetry::RequestSpan;
use crate::{jobs, mail, mango, routes};

/// How long a stop waits for requests that are under way.
const SHUTDOWN_SECONDS: u64 = 4;

/// What handlers and background work share.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Database,
    /// Uploaded and fetched content.
    pub storage: Storage,
    /// Live events.
    pub hub: Hub,
    /// Now.
    pub clock: Clock,
    /// Encryption of stored secrets.
    pub cipher: Cipher,
    /// The secret all keys come from.
    pub app_secret: SecretString,
    /// Sign-in attempts.
    pub throttle: Throttle,
    /// Connected browsers.
    pub presence: Presence,
    /// Files of orders that are being taken.
    pub exports: Exports,
    /// Notifications of the telephony on their way to the database.
    pub mango: Inbox,
    /// Questions and commands to the telephony.
    pub mango_api: mango::Api,
    /// The watch over the mailbox of recordings.
    pub mail: mail::Watcher,
    /// Turns true when everything is to end.
    pub stop: watch::Sender<bool>,
}

impl App {
    /// Opens the database, brings its schema up to date and prepares everything that needs no network.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn build(config: Config, clock: Clock) -> Result<Data<Self>, String> {
        // Another copy of the provider is in place when several applications run in one process (tests).
        let _ = rustls::crypto::ring::default_provider().install_default();
        let app_secret = match &config.app_secret {
            Some(secret) => secret.clone(),
            None => secret::load_or_create(&config.data_dir)?,
        };
        let db = Database::open(config.database.url.expose_secret(), config.database.pool_size)?;
        db.migrate().map_err(|e| format!("cannot bring the database up to date: {e}"))?;
        let app = Self {
            storage: Storage::open(&config.storage)?,
            cipher: Cipher::new(&app_secret),
            throttle: Throttle::new(config.server.login_burst),
            hub: Hub::default(),
            presence: Presence::default(),
            exports: Exports::default(),
            mail: mail::Watcher::default(),
            mango: Inbox::default(),
            mango_api: mango::Api::new(&config.mango),
            stop: watch::Sender::new(false),
            app_secret,
            clock,
            db,
            config,
        };
        sign_in::create_first_admin(&app).map_err(|e| format!("cannot create the first admin: {e}"))?;
        Ok(Data::new(app))
    }

    /// Starts the server and the background work.
    ///
    /// # Errors
    /// One line when the address cannot be listened on.
    pub async fn start(app: Data<Self>) -> Result<Running, String> {
        app.db.attach(app.hub.clone());
        let for_workers = app.clone();
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .wrap(TracingLogger::<RequestSpan>::new())
                .configure(|config| routes::mount(config, &for_workers))
        })
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .bind(&app.config.server.listen)
        .map_err(|e| format!("LISTEN: cannot listen on {}: {e}", app.config.server.listen))?;
        let address = *server.addrs().first().ok_or("LISTEN: no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        jobs::spawn(app.clone());
        mango::worker::spawn(app.clone());
        mango::fetch::spawn(app.clone());
        mail::watch::spawn(app.clone());
        spawn_presence(app.clone());
        Ok(Running { address, handle, app })
    }
}

/// A started server.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it runs.
    pub app: Data<App>,
    handle: ServerHandle,
}

impl Running {
    /// Ends live streams and background work, lets requests finish, and returns when all is quiet.
    pub async fn stop(self) {
        self.app.stop.send_replace(true);
        self.handle.stop(true).await;
    }
}

fn spawn_presence(app: Data<App>) {
    let mut stop = app.stop.subscribe();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(presence::REPORT_EVERY);
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    let app = app.clone();
                    let reported = tokio::task::spawn_blocking(move || presence::report(&app)).await;
                    if let Ok(Err(error)) = reported {
                        tracing::warn!(%error, "presence could not be reported");
                    }
                }
                _ = stop.changed() => return,
            }
        }
    });
}

/// Waits for the first request of the system to end the process.
pub async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    // A second signal must not find a process that waits for its last request.
    tokio::spawn(async {
        tokio::time::sleep(Duration::from_secs(SHUTDOWN_SECONDS + 1)).await;
        std::process::exit(0);
    });
}
