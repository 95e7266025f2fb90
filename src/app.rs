//! The application: what handlers and background work share, built from the settings, the same in production and in
//! tests. Nothing starts here; `server` runs it.

use std::sync::Arc;
use std::time::Instant;

use actix_web::web::Data;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use crate::domain::clock::Clock;
use crate::domain::now::Now;
use crate::integrations::mango::Inbox;
use crate::platform::config::Config;
use crate::platform::db::Database;
use crate::platform::live::Hub;
use crate::platform::live::presence::Presence;
use crate::platform::machine::DiskGauge;
use crate::platform::metrics::Metrics;
use crate::platform::private;
use crate::platform::proxy::UnheededProxy;
use crate::platform::secret::{self, Cipher};
use crate::platform::sheet::turns::Exports;
use crate::platform::storage::Storage;
use crate::platform::throttle::Throttle;
use crate::platform::wake::Wake;

/// What handlers and background work share.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Database,
    /// The disk of DATA_DIR.
    pub disk: DiskGauge,
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
    /// Wrong passwords.
    pub throttle: Throttle,
    /// Whether a proxy stands in front that the settings do not name.
    pub unheeded_proxy: UnheededProxy,
    /// Connected browsers.
    pub presence: Presence,
    /// Files of orders that are being taken.
    pub exports: Exports,
    /// Notifications of the telephony on their way to the database.
    pub mango: Arc<Inbox>,
    /// Key and salt of the telephony.
    pub mango_keys: crate::integrations::mango::Keys,
    /// Questions and commands to the telephony.
    pub mango_api: crate::integrations::mango::Api,
    /// The Avito accounts and their clients.
    pub avito: Arc<crate::integrations::avito::Accounts>,
    /// Deliveries of Avito that are to be understood.
    pub chat_inbox: Wake,
    /// Messages that are to be sent, and marks of reading.
    pub chat_outbox: Wake,
    /// Messages to people outside that are to be sent.
    pub alerts: Wake,
    /// Telegram.
    pub telegram: crate::integrations::telegram::Api,
    /// Letters that are sent.
    pub post: Arc<crate::integrations::mail::outgoing::Post>,
    /// The watch over the mailbox of recordings.
    pub mail: crate::integrations::mail::Watcher,
    /// What is counted of the work.
    pub metrics: Metrics,
    /// When this process began.
    pub started: Instant,
    /// Turns true when everything is to end.
    pub stop: watch::Sender<bool>,
}

impl App {
    /// The present moment by the clock events are shown by.
    pub fn now(&self) -> Now {
        Now { utc: self.clock.now(), zone: self.config.business_zone }
    }

    /// Opens the database, brings its schema up to date and prepares everything that needs no network.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn build(config: Config, clock: Clock) -> Result<Data<Self>, String> {
        // Another copy of the provider is in place when several applications run in one process (tests).
        let _ = rustls::crypto::ring::default_provider().install_default();
        private::own_folder(&config.data_dir)
            .map_err(|e| format!("DATA_DIR: cannot use {}: {e}", config.data_dir.display()))?;
        let (ring, cipher) = match config.own_keys() {
            Some(ring) => (ring.clone(), Cipher::of_ring(&ring)),
            None => {
                let ring = secret::load_or_create(&config.data_dir)?;
                let cipher = Cipher::of_folder(&ring, &config.data_dir);
                (ring, cipher)
            }
        };
        let app_secret = ring.first().clone();
        let db = Database::open(config.database.url.expose_secret(), config.database.pool_size)?
            .with_reports_from(config.database.read_url.as_ref().map(ExposeSecret::expose_secret))?;
        db.migrate().map_err(|e| format!("cannot bring the database up to date: {e}"))?;
        let mango_keys =
            crate::integrations::mango::Keys::new(db.clone(), cipher.clone(), config.mango.clone());
        let avito = crate::integrations::avito::Accounts::new(
            db.clone(),
            cipher.clone(),
            clock.clone(),
            &config.avito,
            config.extra_ca_file.as_deref(),
        );
        let app = Self {
            avito: Arc::new(avito),
            disk: DiskGauge::of(&config.data_dir),
            storage: Storage::open(&config.storage, &config.s3)?,
            cipher,
            throttle: Throttle::new(config.server.login_burst),
            unheeded_proxy: UnheededProxy::default(),
            hub: Hub::default(),
            presence: Presence::default(),
            exports: Exports::default(),
            chat_inbox: Wake::default(),
            chat_outbox: Wake::default(),
            alerts: Wake::default(),
            telegram: crate::integrations::telegram::Api::new(
                &config.telegram.api_url,
                config.extra_ca_file.as_deref(),
            ),
            post: Arc::new(crate::integrations::mail::outgoing::Post::new(
                &config.smtp,
                config.extra_ca_file.as_deref(),
            )),
            mail: crate::integrations::mail::Watcher::default(),
            mango: Arc::new(Inbox::new(db.clone(), clock.clone())),
            mango_api: crate::integrations::mango::Api::new(&config.mango, mango_keys.clone(), clock.clone()),
            mango_keys,
            metrics: Metrics::default(),
            started: Instant::now(),
            stop: watch::Sender::new(false),
            app_secret,
            clock,
            db,
            config,
        };
        Ok(Data::new(app))
    }
}
