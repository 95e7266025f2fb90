//! The stored accounts and their clients. A client is made from what is stored at the moment of the question: an edited
//! proxy serves the next question, and nothing that was set is ever forgotten on the way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};
use diesel::QueryResult;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::client::{Account, Client, Keys, MediaHosts, Shared};
use super::error::ApiError;
use super::pace::Pace;
use super::proxy::{Proxy, ProxyType, Route, Ways};
use super::queries::{self, Access};
use super::rounds::Rounds;
use super::token::{Claim, Token, TokenStore};
use crate::domain::clock::Clock;
use crate::domain::id::AvitoId;
use crate::platform::config::AvitoConfig;
use crate::platform::db::{Database, Db};
use crate::platform::error::AppError;
use crate::platform::secret::{Cipher, to_hex};

/// How long a renewal of a token belongs to whoever began it: longer than a request may take.
const CLAIM: TimeDelta = TimeDelta::seconds(45);

/// Gives the clients of the stored accounts.
pub struct Accounts {
    db: Database,
    cipher: Cipher,
    shared: Shared,
    /// Work over several accounts that goes on in this process.
    pub rounds: Rounds,
    made: Mutex<HashMap<AvitoId, Made>>,
}

struct Made {
    of: Access,
    client: Arc<Client>,
    pace: Arc<Pace>,
}

/// Which secret of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// `client_secret`.
    Client,
    /// `proxy_password`.
    Proxy,
}

impl Secret {
    /// The name under which it is sealed.
    fn place(self, id: AvitoId) -> String {
        match self {
            Self::Client => format!("avito.{id}.client_secret"),
            Self::Proxy => format!("avito.{id}.proxy_password"),
        }
    }

    /// Seals it for the account `id`.
    pub fn seal(self, cipher: &Cipher, id: AvitoId, plain: &str) -> String {
        cipher.seal(&self.place(id), plain)
    }

    /// Opens it; `None` when it was sealed with another key.
    pub fn open(self, cipher: &Cipher, id: AvitoId, sealed: &str) -> Option<SecretString> {
        cipher.open(&self.place(id), sealed)
    }
}

impl Accounts {
    /// The accounts of `db`, whose secrets `cipher` opens.
    pub fn new(
        db: Database,
        cipher: Cipher,
        clock: Clock,
        config: &AvitoConfig,
        extra_ca: Option<&Path>,
    ) -> Self {
        let hosts = config.media_hosts.as_deref().and_then(MediaHosts::of);
        let ways =
            Ways { allows_private: config.allow_private_proxies, extra_ca: extra_ca.map(Path::to_owned) };
        let shared = Shared {
            base: config.api_url.trim_end_matches('/').to_owned(),
            media_hosts: hosts.unwrap_or_default(),
            ways,
            clock,
        };
        Self { db, cipher, shared, rounds: Rounds::default(), made: Mutex::default() }
    }

    /// Which ways are allowed.
    pub fn ways(&self) -> &Ways {
        &self.shared.ways
    }

    /// The client of an account that is switched on.
    ///
    /// # Errors
    /// When it is off or not there, its secrets do not open, or its proxy is half a proxy.
    pub async fn client(&self, id: AvitoId) -> Result<Arc<Client>, ApiError> {
        let access = self.access(id).await?;
        if !access.is_active {
            return Err(ApiError::SwitchedOff);
        }
        self.of(access)
    }

    /// The client of an account, switched on or off: for trying it.
    ///
    /// # Errors
    /// As [`Self::client`].
    pub async fn client_even_off(&self, id: AvitoId) -> Result<Arc<Client>, ApiError> {
        let access = self.access(id).await?;
        self.of(access)
    }

    /// The way of an account, for checking it without Avito.
    ///
    /// # Errors
    /// As [`Self::client`].
    pub async fn route(&self, id: AvitoId) -> Result<Route, ApiError> {
        let access = self.access(id).await?;
        route(&self.cipher, &access)
    }

    /// Accounts that are switched on and have keys.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn working(&self) -> Result<Vec<(AvitoId, String)>, ApiError> {
        self.db.read(|db| Ok(queries::working(db)?)).await.map_err(|_| ApiError::NoDatabase)
    }

    async fn access(&self, id: AvitoId) -> Result<Access, ApiError> {
        let found = self.db.read(move |db| Ok(queries::access(db, id)?)).await;
        found.map_err(|_| ApiError::NoDatabase)?.ok_or(ApiError::NotFound)
    }

    fn of(&self, access: Access) -> Result<Arc<Client>, ApiError> {
        let mut made = self.lock();
        if let Some(known) = made.get(&access.id).filter(|known| known.of == access) {
            return Ok(known.client.clone());
        }
        let account = Account {
            id: access.id,
            user_id: access.user_id,
            keys: keys(&self.cipher, &access)?,
            route: route(&self.cipher, &access)?,
        };
        // Limits outlive an edit of the settings; complaints do not.
        let pace = made.get(&access.id).map(|known| known.pace.clone()).unwrap_or_default();
        let store = Stored::new(self.db.clone(), self.cipher.clone(), self.shared.clock.clone(), &account);
        let client = Arc::new(Client::new(account, self.shared.clone(), Box::new(store), pace.clone()));
        made.insert(access.id, Made { of: access, client: client.clone(), pace });
        Ok(client)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AvitoId, Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable() -> ApiError {
    ApiError::NotAllowed(
        "Сохранённые секреты не открываются: на сервере другой APP_SECRET. Введите их заново".to_owned(),
    )
}

/// The pair of an account; `None` while half of it is missing.
fn keys(cipher: &Cipher, access: &Access) -> Result<Option<Keys>, ApiError> {
    let Some(sealed) = access.client_secret.as_deref().filter(|_| !access.client_id.is_empty()) else {
        return Ok(None);
    };
    let client_secret = Secret::Client.open(cipher, access.id, sealed).ok_or_else(unreadable)?;
    Ok(Some(Keys { client_id: access.client_id.clone(), client_secret }))
}

/// The way of an account. Half a proxy is an error and never the straight way.
fn route(cipher: &Cipher, access: &Access) -> Result<Route, ApiError> {
    if access.proxy_type.is_none() && access.proxy_host.is_empty() && access.proxy_port.is_none() {
        return Ok(Route::Straight);
    }
    let half = || ApiError::NotAllowed("Прокси указан не полностью: нужны тип, адрес и порт".to_owned());
    let kind = access.proxy_type.as_deref().and_then(ProxyType::parse).ok_or_else(half)?;
    let port = access.proxy_port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    if access.proxy_host.is_empty() {
        return Err(half());
    }
    let password = match &access.proxy_password {
        Some(sealed) => Secret::Proxy.open(cipher, access.id, sealed).ok_or_else(unreadable)?,
        None => String::new().into(),
    };
    let login = (!access.proxy_login.is_empty()).then(|| (access.proxy_login.clone(), password));
    Ok(Route::Through(Proxy { kind, host: access.proxy_host.clone(), port: port.ok_or_else(half)?, login }))
}

/// The token of one account in the database. It is sealed together with the keys that brought it: under others it does
/// not open.
struct Stored {
    db: Database,
    cipher: Cipher,
    clock: Clock,
    id: AvitoId,
    place: String,
}

impl Stored {
    fn new(db: Database, cipher: Cipher, clock: Clock, account: &Account) -> Self {
        let mark = account.keys.as_ref().map(|keys| {
            let hash = Sha256::new().chain_update(&keys.client_id).chain_update("\n");
            to_hex(&hash.chain_update(keys.client_secret.expose_secret()).finalize())
        });
        let place = format!("avito.{}.token.{}", account.id, mark.unwrap_or_default());
        Self { db, cipher, clock, id: account.id, place }
    }

    fn read(id: AvitoId, cipher: &Cipher, place: &str, db: &mut Db) -> QueryResult<Option<Token>> {
        let stored = queries::token(db, id)?;
        let opened = stored.and_then(|(sealed, expires_at)| {
            Some(Token { secret: cipher.open(place, &sealed)?, expires_at })
        });
        Ok(opened)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let mut work = work;
        let written = self.db.write(move |tx| work(tx.db).map_err(AppError::from)).await;
        written.map_err(|_| ApiError::NoDatabase)
    }
}

impl TokenStore for Stored {
    fn load(&self) -> BoxFuture<'_, Result<Option<Token>, ApiError>> {
        let (id, cipher, place) = (self.id, self.cipher.clone(), self.place.clone());
        let read = self.db.read(move |db| Ok(Self::read(id, &cipher, &place, db)?));
        Box::pin(async { read.await.map_err(|_| ApiError::NoDatabase) })
    }

    fn claim<'a>(
        &'a self,
        refused: Option<&'a SecretString>,
        good_until: NaiveDateTime,
    ) -> BoxFuture<'a, Result<Claim, ApiError>> {
        let (id, cipher, place, now) = (self.id, self.cipher.clone(), self.place.clone(), self.clock.now());
        let refused = refused.cloned();
        let claimed = self.write(move |db| {
            let is_ours = queries::claim_token(db, id, now, CLAIM)?;
            // Behind the claim: what a faster one has saved meanwhile is seen.
            let stored = Self::read(id, &cipher, &place, db)?;
            let found = stored.filter(|token| token.expires_at > good_until && !token.is(refused.as_ref()));
            match found {
                Some(token) => {
                    if is_ours {
                        queries::release_token(db, id)?;
                    }
                    Ok(Claim::Found(token))
                }
                None if is_ours => Ok(Claim::Ours),
                None => Ok(Claim::Theirs),
            }
        });
        Box::pin(claimed)
    }

    fn save<'a>(&'a self, token: &'a Token) -> BoxFuture<'a, Result<(), ApiError>> {
        let (id, expires_at) = (self.id, token.expires_at);
        let sealed = self.cipher.seal(&self.place, token.secret.expose_secret());
        let saved = self.write(move |db| queries::save_token(db, id, &sealed, expires_at));
        Box::pin(async { saved.await.map(|_| ()) })
    }

    fn give_up(&self) -> BoxFuture<'_, ()> {
        let id = self.id;
        let released = self.write(move |db| queries::release_token(db, id));
        Box::pin(async {
            // A claim that is not given up ends by itself.
            let _ = released.await;
        })
    }
}
