//! The token of an account: remembered here and in the database, renewed early, and by one asker at a time, whatever
//! the number of askers and of processes.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::error::ApiError;
use crate::domain::clock::Clock;

/// So long before its end a token is renewed.
const EARLY: TimeDelta = TimeDelta::minutes(10);
/// How often a process looks whether another one has renewed.
const LOOK: Duration = Duration::from_millis(200);
/// Longest wait for another process that renews; a claim ends by itself before that.
const LOOKS: u32 = 250;

/// A token.
#[derive(Clone)]
pub struct Token {
    /// What is sent.
    pub secret: SecretString,
    /// Its end by our clock.
    pub expires_at: NaiveDateTime,
}

impl Token {
    fn is_good(&self, now: NaiveDateTime) -> bool {
        now < self.expires_at
    }

    fn is_fresh(&self, now: NaiveDateTime) -> bool {
        now + EARLY < self.expires_at
    }

    /// It is the one that was refused.
    pub fn is(&self, refused: Option<&SecretString>) -> bool {
        refused.is_some_and(|refused| refused.expose_secret() == self.secret.expose_secret())
    }
}

/// Who may renew.
pub enum Claim {
    /// Nobody needs to: another process has done it.
    Found(Token),
    /// We; until we save or give up, or some seconds have passed, nobody else does.
    Ours,
    /// Somebody else, at this moment.
    Theirs,
}

/// Where the token of one account is kept beyond this process.
pub trait TokenStore: Send + Sync {
    /// The stored token, if there is one that the present keys have brought.
    fn load(&self) -> BoxFuture<'_, Result<Option<Token>, ApiError>>;
    /// Asks to renew; a stored token that is neither `refused` nor at its end is found instead.
    fn claim<'a>(
        &'a self,
        refused: Option<&'a SecretString>,
        good_until: NaiveDateTime,
    ) -> BoxFuture<'a, Result<Claim, ApiError>>;
    /// Keeps a new token and ends the claim.
    fn save<'a>(&'a self, token: &'a Token) -> BoxFuture<'a, Result<(), ApiError>>;
    /// Ends the claim without a token.
    fn give_up(&self) -> BoxFuture<'_, ()>;
}

/// The token of one account in this process.
pub struct Tokens {
    store: Box<dyn TokenStore>,
    clock: Clock,
    /// Held while somebody renews.
    known: Mutex<Option<Token>>,
}

impl Tokens {
    /// Nothing is remembered yet.
    pub fn new(store: Box<dyn TokenStore>, clock: Clock) -> Self {
        Self { store, clock, known: Mutex::default() }
    }

    /// A token that Avito has not `refused`; `renew` asks for a new one.
    ///
    /// # Errors
    /// When there is none and none is to be had.
    pub async fn get(
        &self,
        refused: Option<&SecretString>,
        renew: impl Future<Output = Result<Token, ApiError>> + Send,
    ) -> Result<SecretString, ApiError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(token) = known.as_ref().filter(|token| token.is_fresh(now) && !token.is(refused)) {
            return Ok(token.secret.clone());
        }
        let stored = self.store.load().await?.filter(|token| token.is_good(now) && !token.is(refused));
        if let Some(token) = stored {
            let is_fresh = token.is_fresh(now);
            let secret = token.secret.clone();
            *known = Some(token);
            if is_fresh {
                return Ok(secret);
            }
        }
        // One that is near its end serves whoever cannot have a new one at once.
        let old = known.clone().filter(|token| token.is_good(now) && !token.is(refused));
        for _ in 0..LOOKS {
            match self.store.claim(refused, self.clock.now() + EARLY).await? {
                Claim::Found(token) => {
                    *known = Some(token.clone());
                    return Ok(token.secret);
                }
                Claim::Ours => {
                    let renewed = renew.await;
                    let token = match (renewed, old) {
                        (Ok(token), _) => token,
                        (Err(error), old) => {
                            self.store.give_up().await;
                            return old.map(|token| token.secret).ok_or(error);
                        }
                    };
                    // It is good even when it could not be kept.
                    if let Err(error) = self.store.save(&token).await {
                        tracing::warn!(%error, "a new token of Avito could not be kept");
                    }
                    *known = Some(token.clone());
                    return Ok(token.secret);
                }
                Claim::Theirs => match old {
                    Some(token) => return Ok(token.secret),
                    None => tokio::time::sleep(LOOK).await,
                },
            }
        }
        Err(ApiError::NoAnswer)
    }
}

/// Keeps a token in this process only: for tests and for trying keys that are not saved.
#[derive(Default)]
pub struct NowhereElse;

impl TokenStore for NowhereElse {
    fn load(&self) -> BoxFuture<'_, Result<Option<Token>, ApiError>> {
        Box::pin(async { Ok(None) })
    }

    fn claim<'a>(
        &'a self,
        _: Option<&'a SecretString>,
        _: NaiveDateTime,
    ) -> BoxFuture<'a, Result<Claim, ApiError>> {
        Box::pin(async { Ok(Claim::Ours) })
    }

    fn save<'a>(&'a self, _: &'a Token) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn give_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
