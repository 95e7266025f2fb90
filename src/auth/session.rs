//! Cookie sessions kept in the database: the cookie carries an encrypted random key, the table its hash, so
//! that a session can be listed and ended from the server at any moment.

use std::collections::HashMap;

use actix_session::config::{PersistentSession, TtlExtensionPolicy};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionExt, SessionMiddleware};
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Key, SameSite};
use actix_web::{HttpRequest, web::Data};
use chrono::Duration;
use diesel::QueryResult;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256, Sha512};

use crate::app::App;
use crate::auth::queries::session::{self as sessions, NewState, Stored};
use crate::domain::id::AccountId;
use crate::platform::db::stored::{from_json, to_json};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::secret::to_hex;

/// A session outlives a shift, not a night: it ends this long after the last request.
pub const LIFETIME: Duration = Duration::hours(16);
/// How stale the stored end of a session may be before a request moves it.
const EXTEND_AFTER: Duration = Duration::minutes(10);

const COOKIE: &str = "callcentre";
/// Over TLS: browsers take it from this very host only, and send it nowhere else (RFC 6265bis, `__Host-`).
const SECURE_COOKIE: &str = "__Host-callcentre";
const ACCOUNT: &str = "account_id";
const STAMP: &str = "stamp";
const USER_AGENT: &str = "user_agent";
const DEVICE: &str = "device";

/// The middleware that gives every request its session.
pub fn middleware(app: &Data<App>) -> SessionMiddleware<Store> {
    let ttl = CookieDuration::seconds(LIFETIME.num_seconds());
    SessionMiddleware::builder(Store { app: app.clone() }, cookie_key(&app.app_secret))
        .cookie_name(if app.config.server.cookie_secure { SECURE_COOKIE } else { COOKIE }.to_owned())
        .cookie_secure(app.config.server.cookie_secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .session_lifecycle(
            PersistentSession::default()
                .session_ttl(ttl)
                .session_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest),
        )
        .build()
}

fn cookie_key(secret: &SecretString) -> Key {
    let digest =
        Sha512::new_with_prefix(b"callcentre cookies v1:").chain_update(secret.expose_secret()).finalize();
    Key::from(digest.as_slice())
}

/// Who the browser says it is: account and the stamp it was given at sign-in.
pub struct Ticket {
    /// The account.
    pub account_id: AccountId,
    /// Must still equal the account's stamp.
    pub stamp: String,
}

/// What the session of a request holds.
pub fn ticket(request: &HttpRequest) -> Option<Ticket> {
    let session = request.get_session();
    let account_id = held(&session, ACCOUNT)?;
    let stamp = held(&session, STAMP)?;
    Some(Ticket { account_id, stamp })
}

/// True when the browser still carries a session, whether it is worth anything or not: signing out takes it away.
pub fn was_here(request: &HttpRequest) -> bool {
    request.cookie(COOKIE).is_some() || request.cookie(SECURE_COOKIE).is_some()
}

/// Begins a session under a new key, so that a key planted before the sign-in is worth nothing.
pub fn begin(request: &HttpRequest, ticket: &Ticket) -> Result<(), AppError> {
    let session = request.get_session();
    session.renew();
    let agent = request.headers().get("user-agent").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(200).collect();
    session
        .insert(ACCOUNT, ticket.account_id)
        .and_then(|()| session.insert(STAMP, &ticket.stamp))
        .and_then(|()| session.insert(USER_AGENT, agent))
        .and_then(|()| session.insert(DEVICE, to_hex(&rand::random::<[u8; 8]>())))
        .map_err(|e| AppError::internal("begin a session", e.to_string()))
}

/// The name of the session of a request among the sessions of its account. It opens nothing, so pages may show it.
pub fn device(request: &HttpRequest) -> Option<String> {
    held(&request.get_session(), DEVICE)
}

/// [`device`] of the session that the row `id` keeps as `state`; `None` as well of one that cannot be read.
pub fn device_of(id: &str, state: &str) -> Option<String> {
    readable(id, state)?.get(DEVICE).and_then(|device| stored(id, device))
}

/// The session that the row `id` keeps as `state`, valid for `stamp` from now on; `None` of one that cannot be read:
/// its person signs in again.
///
/// # Errors
/// The new state is no JSON, which no text is.
pub fn restamped(id: &str, state: &str, stamp: &str) -> QueryResult<Option<String>> {
    let Some(mut state) = readable(id, state) else { return Ok(None) };
    state.insert(STAMP.to_owned(), to_json(&stamp)?);
    to_json(&state).map(Some)
}

/// What the session of a request holds under a name.
fn held<T: DeserializeOwned>(session: &Session, name: &str) -> Option<T> {
    // `readable` has looked at it when the session was loaded.
    session.get(name).unwrap_or_else(|error| {
        tracing::error!(%error, name, "a session holds what cannot be read: its person has to sign in again");
        None
    })
}

/// What the row `id` of `sessions` keeps: a map of names to values that are JSON themselves. A session that cannot be
/// read as a whole opens nothing, and the log says which one it is.
fn readable(id: &str, state: &str) -> Option<HashMap<String, String>> {
    let state: HashMap<String, String> = stored(id, state)?;
    if let Some(account) = state.get(ACCOUNT) {
        stored::<AccountId>(id, account)?;
    }
    for text in [STAMP, USER_AGENT, DEVICE].into_iter().filter_map(|name| state.get(name)) {
        stored::<String>(id, text)?;
    }
    Some(state)
}

/// JSON out of the row `id` of `sessions`, or nothing and a line in the log.
fn stored<T: DeserializeOwned>(id: &str, text: &str) -> Option<T> {
    from_json(text, "sessions.state", id)
        .inspect_err(|error| tracing::error!(%error, "a session is lost: its person has to sign in again"))
        .ok()
}

/// Ends the session of the request, in the browser and in the table.
pub fn end(request: &HttpRequest) {
    request.get_session().purge();
}

/// Sessions in the table `sessions`.
pub struct Store {
    app: Data<App>,
}

impl Store {
    /// The row of a key: a copy of the table opens no session.
    fn id(key: &SessionKey) -> String {
        to_hex(&Sha256::digest(key.as_ref()))
    }

    async fn put(
        &self,
        id: String,
        state: HashMap<String, String>,
        is_known: bool,
    ) -> Result<(), anyhow::Error> {
        let now = self.app.clock.now();
        let account_id: Option<AccountId> = state.get(ACCOUNT).and_then(|account| stored(&id, account));
        let agent: String = state.get(USER_AGENT).and_then(|agent| stored(&id, agent)).unwrap_or_default();
        let state = serde_json::to_string(&state)?;
        self.app
            .db
            .write(move |tx| {
                let new = NewState { account_id, state: &state, user_agent: &agent };
                sessions::put(tx.db, &id, &new, now, now + LIFETIME)?;
                // Remembered as it was, here and elsewhere.
                if let Some(account_id) = account_id.filter(|_| is_known) {
                    tx.announce(Event::SignedOut(account_id));
                }
                Ok(())
            })
            .await?;
        Ok(())
    }
}

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let id = Self::id(key);
        let row = match self.app.db.recall::<Stored>(&id) {
            Some(row) => Some(row),
            None => {
                let wanted = id.clone();
                let read = self.app.db.read(move |db| Ok(sessions::find(db, &wanted)?));
                read.await.map_err(|e| LoadError::Other(e.into()))?
            }
        };
        let now = self.app.clock.now();
        let Some(row) = row.filter(|r| r.expires_at > now) else { return Ok(None) };
        // Nobody is signed in by what cannot be read, and its row ends with its time.
        let Some(state) = readable(&id, &row.state) else { return Ok(None) };
        if row.expires_at < now + LIFETIME - EXTEND_AFTER {
            self.app
                .db
                .write(move |tx| Ok(sessions::extend(tx.db, &id, now, now + LIFETIME)?))
                .await
                .map_err(|e| LoadError::Other(e.into()))?;
        }
        Ok(Some(state))
    }

    async fn save(
        &self,
        state: HashMap<String, String>,
        _: &CookieDuration,
    ) -> Result<SessionKey, SaveError> {
        let key = SessionKey::try_from(to_hex(&rand::random::<[u8; 32]>()))
            .map_err(|e| SaveError::Other(anyhow::anyhow!("{e}")))?;
        self.put(Self::id(&key), state, false).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        _: &CookieDuration,
    ) -> Result<SessionKey, UpdateError> {
        self.put(Self::id(&key), state, true).await.map_err(UpdateError::Other)?;
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &CookieDuration) -> Result<(), anyhow::Error> {
        // `load` has moved the end already, and only when it was worth a write.
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let id = Self::id(key);
        self.app.db.write(move |tx| Ok(sessions::delete(tx, &id)?)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"account_id":"7","stamp":"\"s\"","device":"\"d\"","user_agent":"\"Firefox\""}"#;

    #[test]
    fn a_session_that_cannot_be_read_as_a_whole_opens_nothing() {
        assert_eq!(device_of("row", WHOLE).as_deref(), Some("d"));
        let restamped = |state: &str| restamped("row", state, "new").expect("JSON");
        let again = restamped(WHOLE).expect("a session");
        assert_eq!(
            readable("row", &again).and_then(|state| state.get(STAMP).cloned()).as_deref(),
            Some("\"new\"")
        );
        for harm in
            ["{", "[]", "{\"stamp\":7}", &WHOLE.replace("\"7\"", "\"Анна\""), &WHOLE.replace("\\\"s", "s")]
        {
            assert_eq!(readable("row", harm), None, "{harm}");
            assert_eq!((device_of("row", harm), restamped(harm)), (None, None), "{harm}");
        }
    }
}
