//! Key and salt by which the telephony and we know each other. What an admin has saved wins over the
//! environment; both are sealed in the database.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use diesel::QueryResult;
use secrecy::{ExposeSecret, SecretString};

use crate::platform::config::MangoConfig;
use crate::platform::db::{Database, Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::secret::Cipher;
use crate::platform::settings;

const KEY: &str = "mango.key";
const SALT: &str = "mango.salt";
const REFUSED: &str = "mango.refused";
/// How long a process may go on with what another one has changed. A refusal always reads anew first.
const CACHED_FOR: Duration = Duration::from_secs(1);

/// Both halves; without either there are none.
pub struct Credentials {
    /// `vpbx_api_key`: names our telephone exchange.
    pub key: SecretString,
    /// `vpbx_api_salt`: never travels.
    pub salt: SecretString,
}

/// Each half as far as it is known.
#[derive(Default)]
pub struct KnownCredentials {
    /// The key.
    pub key: Option<SecretString>,
    /// The salt.
    pub salt: Option<SecretString>,
    /// Something is stored that this program's secret does not open: APP_SECRET is another one now.
    pub is_unreadable: bool,
}

#[derive(Default)]
struct Cache(Mutex<Option<(Instant, Option<Arc<Credentials>>)>>);

impl Cache {
    fn get(&self) -> Option<Option<Arc<Credentials>>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached.as_ref().filter(|(at, _)| at.elapsed() < CACHED_FOR).map(|(_, known)| known.clone())
    }

    fn set(&self, known: Option<Arc<Credentials>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), known));
    }
}

/// Gives the credentials in force: what is stored, else what the environment presets. Copies share their memory.
#[derive(Clone)]
pub struct Keys {
    db: Database,
    cipher: Cipher,
    preset: MangoConfig,
    cache: Arc<Cache>,
}

impl Keys {
    /// Reads from `db` what `cipher` sealed; `preset` holds where nothing is stored.
    pub fn new(db: Database, cipher: Cipher, preset: MangoConfig) -> Self {
        Self { db, cipher, preset, cache: Arc::default() }
    }

    /// The credentials in force; `None` while either half is missing. At most a second old.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(&self) -> Result<Option<Arc<Credentials>>, AppError> {
        match self.cache.get() {
            Some(known) => Ok(known),
            None => self.load_again().await,
        }
    }

    /// The credentials in force at this moment, past the memory.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load_again(&self) -> Result<Option<Arc<Credentials>>, AppError> {
        let (cipher, preset) = (self.cipher.clone(), self.preset.clone());
        let known = self.db.read(move |db| Ok(read(db, &cipher, &preset)?)).await?;
        let credentials = known.key.zip(known.salt).map(|(key, salt)| Arc::new(Credentials { key, salt }));
        self.cache.set(credentials.clone());
        Ok(credentials)
    }

    /// Makes this process read what was just saved.
    pub fn forget(&self) {
        *self.cache.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What is known of each half.
pub fn read(db: &mut Db, cipher: &Cipher, config: &MangoConfig) -> QueryResult<KnownCredentials> {
    let rows = settings::read_all(db, &[KEY, SALT])?;
    let mut is_unreadable = false;
    let mut open = |name: &str, preset: &Option<SecretString>| {
        let Some((_, sealed)) = rows.iter().find(|(stored, _)| stored == name) else { return preset.clone() };
        let opened = cipher.open(name, sealed);
        is_unreadable |= opened.is_none();
        opened
    };
    let given = |secret: &SecretString| !secret.expose_secret().is_empty();
    let (key, salt) = (open(KEY, &config.key).filter(given), open(SALT, &config.salt).filter(given));
    Ok(KnownCredentials { key, salt, is_unreadable })
}

/// Saves what is given and leaves the rest. The caller's process forgets what it remembered after the commit
/// ([`Keys::forget`]).
pub fn save(
    tx: &mut Tx,
    cipher: &Cipher,
    key: Option<&str>,
    salt: Option<&str>,
    now: NaiveDateTime,
) -> QueryResult<()> {
    for (name, value) in [(KEY, key), (SALT, salt)] {
        let Some(value) = value else { continue };
        settings::put(tx.db, name, &cipher.seal(name, value), now)?;
    }
    tx.announce(Event::Mango);
    Ok(())
}

/// How many notifications were refused so far and when the last one was.
pub fn refused(db: &mut Db) -> QueryResult<Option<(i64, NaiveDateTime)>> {
    Ok(settings::read_dated(db, REFUSED)?.map(|(count, at)| (count.parse().unwrap_or(0), at)))
}

/// Adds refused notifications to their count; `last_at` is the moment of the last one.
pub fn add_refused(db: &mut Db, count: i64, last_at: NaiveDateTime) -> QueryResult<()> {
    settings::add_to(db, REFUSED, count, last_at)
}
