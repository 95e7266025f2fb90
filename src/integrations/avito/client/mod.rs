//! Questions and commands to Avito for one account: by its own way, with its own token, limits and rest.

mod account;
mod media;
mod messenger;
mod promotion;
mod ratings;
mod send;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use reqwest::{RequestBuilder, Response, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::error::{ApiError, Told, judge, judge_token};
use super::pace::{Group, Pace};
use super::proxy::{Fault, Route, Ways, diagnose};
use super::token::{Token, TokenStore, Tokens};
use crate::domain::clock::Clock;
use crate::domain::id::{AvitoId, AvitoUserId};
pub use account::{ADS_AT_ONCE, Analytics, ItemsPage};
pub use media::{Media, MediaHosts};
pub use messenger::MOST_OFFSET;
pub use promotion::PROMOTIONS_AT_ONCE;
pub use ratings::REVIEWS_A_PAGE;
pub use send::{PICTURE_MAX, TEXT_MAX};

/// Longest answer that is read.
const ANSWER_MAX: usize = 16 * 1024 * 1024;
/// Waits before a question that only reads is asked again.
const AGAIN: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];

/// What all accounts have in common.
#[derive(Clone)]
pub struct Shared {
    /// `https://api.avito.ru`.
    pub base: String,
    /// Where pictures and voice lie.
    pub media_hosts: MediaHosts,
    /// Which ways are allowed.
    pub ways: Ways,
    /// Now.
    pub clock: Clock,
}

/// The pair an account is known by.
#[derive(Clone)]
pub struct Keys {
    /// Names the account's access.
    pub client_id: String,
    /// Travels to `/token` only.
    pub client_secret: SecretString,
}

/// An account, as far as its client needs to know it.
#[derive(Clone)]
pub struct Account {
    /// Our row.
    pub id: AvitoId,
    /// Its number at Avito, when it is known already.
    pub user_id: Option<AvitoUserId>,
    /// Without them nothing is asked.
    pub keys: Option<Keys>,
    /// Its way; there is no client without one.
    pub route: Route,
}

/// The client of one account.
pub struct Client {
    account: Account,
    shared: Shared,
    http: Result<reqwest::Client, Fault>,
    tokens: Tokens,
    pace: Arc<Pace>,
    user_id: OnceLock<AvitoUserId>,
}

/// Whether a question may be asked again by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// It only reads.
    Yes,
    /// It changes something: whether it has been done is to be looked at first.
    Never,
}

impl Client {
    /// A client that goes the account's way and no other. `pace` outlives it: an edited account does not begin anew.
    pub fn new(account: Account, shared: Shared, store: Box<dyn TokenStore>, pace: Arc<Pace>) -> Self {
        let user_id = OnceLock::new();
        if let Some(known) = account.user_id {
            let _ = user_id.set(known);
        }
        Self {
            http: account.route.http(&shared.ways),
            tokens: Tokens::new(store, shared.clock.clone()),
            account,
            shared,
            pace,
            user_id,
        }
    }

    /// Our row.
    pub fn id(&self) -> AvitoId {
        self.account.id
    }

    /// Lets complaints and failures be bygones.
    pub fn forget_complaints(&self) {
        self.pace.forget();
    }

    /// The way is open again: the account rests no longer. Pauses Avito asked for stay.
    pub fn end_rest(&self) {
        self.pace.end_rest();
    }

    /// The number of the account at Avito, asked for once.
    ///
    /// # Errors
    /// In words, when Avito does not tell it.
    pub async fn user_id(&self) -> Result<AvitoUserId, ApiError> {
        match self.user_id.get() {
            Some(known) => Ok(*known),
            None => Ok(self.profile().await?.id),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.shared.base)
    }

    fn http(&self) -> Result<&reqwest::Client, ApiError> {
        self.http.as_ref().map_err(|fault| ApiError::Unreachable(*fault))
    }

    /// Asks with the account's token; gives the JSON of the answer.
    async fn ask(
        &self,
        group: Group,
        again: Again,
        build: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Value, ApiError> {
        let mut waits = if again == Again::Yes { &AGAIN[..] } else { &[] }.iter();
        let mut refused = None;
        loop {
            let token = self.token(refused.as_ref()).await?;
            let outcome = self.once(group, &token, &build).await;
            match outcome {
                Err(ApiError::TokenRefused) if refused.is_none() => refused = Some(token),
                Err(ApiError::TokenRefused) => return Err(ApiError::WrongKeys),
                Err(ApiError::Unavailable(_) | ApiError::Unreachable(Fault::Closed)) if let_again(&waits) => {
                    if let Some(wait) = waits.next() {
                        let jitter = Duration::from_millis(rand::random_range(0..200));
                        tokio::time::sleep(*wait + jitter).await;
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn once(
        &self,
        group: Group,
        token: &SecretString,
        build: &impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Value, ApiError> {
        let http = self.http()?;
        self.pace.wait(group, &self.shared.clock).await?;
        let request = build(http).bearer_auth(token.expose_secret());
        let outcome = match self.send(request).await {
            Ok((told, body)) => judge(told, &body),
            Err(error) => Err(error),
        };
        self.pace.note(group, outcome.as_ref().map(|_| ()), self.shared.clock.now());
        outcome
    }

    async fn send(&self, request: RequestBuilder) -> Result<(Told, String), ApiError> {
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Err(self.failed(&error).await),
        };
        let told = Told {
            status: answer.status(),
            retry_after: header_of(&answer, header::RETRY_AFTER.as_str()).and_then(|v| v.parse().ok()),
            is_page: header_of(&answer, header::CONTENT_TYPE.as_str())
                .is_some_and(|kind| kind.starts_with("text/html")),
        };
        let bytes = read(answer, ANSWER_MAX).await?;
        Ok((told, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Why a request came to nothing. A proxy that failed without a reason is looked at closely.
    async fn failed(&self, error: &reqwest::Error) -> ApiError {
        if !error.is_connect() && !error.is_builder() {
            return ApiError::NoAnswer;
        }
        let fault = Fault::of(error);
        let Some(proxy) = self.account.route.proxy() else { return ApiError::Unreachable(fault) };
        if !matches!(fault, Fault::Unknown | Fault::Closed | Fault::LoginNotTaken) {
            return ApiError::Unreachable(fault);
        }
        let url = reqwest::Url::parse(&self.shared.base).ok();
        let there = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
        let Some((host, port)) = there else { return ApiError::Unreachable(fault) };
        let looked = diagnose(proxy, &self.shared.ways, host, port).await;
        ApiError::Unreachable(looked.unwrap_or(fault))
    }

    /// A token Avito has not `refused`.
    fn token<'a>(
        &'a self,
        refused: Option<&'a SecretString>,
    ) -> BoxFuture<'a, Result<SecretString, ApiError>> {
        Box::pin(async move {
            let keys = self.account.keys.as_ref().ok_or(ApiError::NotSetUp)?;
            self.tokens.get(refused, self.renew(keys)).await
        })
    }

    async fn renew(&self, keys: &Keys) -> Result<Token, ApiError> {
        let http = self.http()?;
        self.pace.wait(Group::Token, &self.shared.clock).await?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", keys.client_id.as_str()),
            ("client_secret", keys.client_secret.expose_secret()),
        ];
        let asked_at = self.shared.clock.now();
        let outcome = match self.send(http.post(self.url("/token")).form(&form)).await {
            Ok((told, body)) => judge_token(told, &body),
            Err(error) => Err(error),
        };
        self.pace.note(Group::Token, outcome.as_ref().map(|_| ()), self.shared.clock.now());
        let answer = outcome?;
        // Wrong keys are not worth another minute's token; a missing end is a short one.
        let lasts = answer["expires_in"].as_i64().filter(|lasts| *lasts > 0).unwrap_or(3600);
        Ok(Token {
            secret: answer["access_token"].as_str().unwrap_or_default().to_owned().into(),
            expires_at: asked_at + TimeDelta::try_seconds(lasts).unwrap_or(TimeDelta::hours(1)),
        })
    }
}

fn let_again(waits: &std::slice::Iter<'_, Duration>) -> bool {
    waits.len() > 0
}

fn header_of(answer: &Response, name: &str) -> Option<String> {
    Some(answer.headers().get(name)?.to_str().ok()?.trim().to_owned())
}

/// The body, if it is not longer than `most`.
async fn read(mut answer: Response, most: usize) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|_| ApiError::NoAnswer)? {
        if bytes.len() + piece.len() > most {
            return Err(ApiError::Strange("ответ слишком большой".to_owned()));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A part of a path: chat ids hold letters that mean something in addresses.
fn segment(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                written.push(char::from(byte))
            }
            _ => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}
