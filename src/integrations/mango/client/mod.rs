//! Commands and questions to the telephony (docs/mango-api.md 2, 5–9): signed, paced, and understood, answers and errors
//! alike. Who asks gets what was answered or an [`ApiError`] that says in Russian why not; when to ask again is the
//! asker's business.

pub mod codes;
mod error;
mod pace;

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Response, StatusCode, header, redirect};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;

use super::settings::{Credentials, Keys};
use super::sign;
use crate::domain::clock::Clock;
use crate::platform::config::MangoConfig;
pub use error::ApiError;
pub use pace::{Kind, Pace};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest silence of the other side.
const SILENCE: Duration = Duration::from_secs(20);
/// Longest answer that is read: a month of statistics; recordings are streamed.
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// Where recordings are kept besides the API's own host (docs/mango-api.md 7).
const FILES_DOMAIN: &str = "mango-office.ru";
/// Redirects on the way to a recording.
const REDIRECTS: usize = 3;

/// The telephony's API.
pub struct Api {
    /// Made when it is first needed: a server without certificates of authorities still starts.
    http: OnceLock<Result<reqwest::Client, String>>,
    base: String,
    pace: Pace,
    keys: Keys,
    clock: Clock,
}

/// An answer that is no error.
#[derive(Debug)]
pub enum Answer {
    /// JSON, usually `{"result":1000}`.
    Json(Value),
    /// Statistics (CSV).
    Text(String),
    /// Not ready yet (204).
    NotReady,
}

impl Answer {
    /// The JSON of the answer.
    ///
    /// # Errors
    /// [`ApiError::Strange`] when it is something else.
    pub fn json(self) -> Result<Value, ApiError> {
        match self {
            Self::Json(value) => Ok(value),
            Self::Text(_) | Self::NotReady => Err(ApiError::Strange("ответ не JSON".to_owned())),
        }
    }
}

impl Api {
    /// A client of the API at `config.api_url`; signs with `keys`.
    pub fn new(config: &MangoConfig, keys: Keys, clock: Clock) -> Self {
        let base = config.api_url.trim_end_matches('/').to_owned();
        Self { http: OnceLock::new(), base, pace: Pace::new(), keys, clock }
    }

    /// Lets complaints of the telephony be bygones: an admin who has entered another key wants to know at once.
    pub fn forget_complaints(&self) {
        self.pace.forget();
    }

    fn http(&self) -> Result<&reqwest::Client, ApiError> {
        let made = self.http.get_or_init(|| build(&self.base).map_err(|e| e.to_string()));
        made.as_ref().map_err(|error| {
            tracing::error!(error, "no HTTP client can be made for the telephony");
            ApiError::Unreachable("На сервере нет корневых сертификатов (пакет ca-certificates)".to_owned())
        })
    }

    /// Asks `method` (`commands/callback`) with `body`.
    ///
    /// # Errors
    /// In words, when there is no answer or it is a refusal.
    pub async fn ask(&self, method: &str, body: &impl Serialize) -> Result<Answer, ApiError> {
        let answer = self.post(method, body).await?;
        let status = answer.status();
        if status == StatusCode::NO_CONTENT {
            return Ok(Answer::NotReady);
        }
        let is_json = is_json(&answer);
        let text = read_text(answer).await?;
        let json = match serde_json::from_str::<Value>(&text) {
            Ok(value) if is_json || value.is_object() => Some(value),
            _ => None,
        };
        // The code in the body says more than the status, which may be 200 for an error (docs/mango-api.md 2).
        if let Some(json) = json {
            self.judge(status, error::code_of(&json))?;
            return Ok(Answer::Json(json));
        }
        self.judge(status, None)?;
        Ok(Answer::Text(text))
    }

    /// The sound of a recording, to be streamed; its host has been checked, its content has not.
    ///
    /// # Errors
    /// In words; also when the telephony sends us to a host that is not its own.
    pub async fn recording(&self, recording_id: &str) -> Result<Response, ApiError> {
        let body = serde_json::json!({ "recording_id": recording_id, "action": "download" });
        let mut answer = self.post("queries/recording/post", &body).await?;
        for _ in 0..=REDIRECTS {
            if !answer.status().is_redirection() {
                break;
            }
            let to = self.allowed_target(&answer)?;
            // A link of its own: the form with our key does not travel on.
            answer = self.http()?.get(to).send().await.map_err(|e| ApiError::unreachable(&e))?;
        }
        let status = answer.status();
        if status.is_success() && !is_json(&answer) {
            return Ok(answer);
        }
        let text = read_text(answer).await?;
        let code = serde_json::from_str::<Value>(&text).ok().and_then(|json| error::code_of(&json));
        self.judge(status, code)?;
        Err(ApiError::Strange("вместо записи пришёл другой ответ".to_owned()))
    }

    async fn post(&self, method: &str, body: &impl Serialize) -> Result<Response, ApiError> {
        let known = self.keys.load().await.map_err(|_| ApiError::NoDatabase)?;
        let known = match known {
            Some(known) => Some(known),
            // Another process may have saved them a moment ago.
            None => self.keys.load_again().await.map_err(|_| ApiError::NoDatabase)?,
        };
        let credentials = known.ok_or(ApiError::NotSetUp)?;
        let json = serde_json::to_string(body).map_err(|e| ApiError::Strange(e.to_string()))?;
        self.pace.wait(Kind::of(method), &self.clock).await?;
        let request = self.http()?.post(format!("{}/{method}", self.base)).form(&form(&credentials, &json));
        let answer = request.send().await.map_err(|e| ApiError::unreachable(&e))?;
        let uuid = answer.headers().get("x-uuid").and_then(|v| v.to_str().ok()).unwrap_or_default();
        tracing::debug!(
            mango.method = method,
            mango.uuid = uuid,
            status = answer.status().as_u16(),
            "the telephony answered"
        );
        Ok(answer)
    }

    /// Tells an error from an answer, and slows down when asked to.
    fn judge(&self, status: StatusCode, code: Option<i64>) -> Result<(), ApiError> {
        let verdict = error::judge(status, code);
        if let Err(error) = &verdict {
            self.pace.note(error, self.clock.now());
        }
        verdict
    }

    fn allowed_target(&self, answer: &Response) -> Result<reqwest::Url, ApiError> {
        let foreign = |what: &str| ApiError::Strange(format!("запись отдают с чужого адреса ({what})"));
        let location =
            answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let url = answer.url().join(location).map_err(|_| foreign("не адрес"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let own = reqwest::Url::parse(&self.base).map_err(|_| foreign("не адрес"))?;
        let is_own = (url.scheme(), Some(host.as_str())) == (own.scheme(), own.host_str());
        let is_of_mango = host == FILES_DOMAIN || host.ends_with(&format!(".{FILES_DOMAIN}"));
        if is_own || (url.scheme() == "https" && is_of_mango) { Ok(url) } else { Err(foreign(&host)) }
    }
}

fn build(base: &str) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE);
    let host = reqwest::Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned));
    // A stand-in on this machine is not to be looked for through a proxy of the surroundings.
    let is_here = host.is_some_and(|host| host == "localhost" || host.starts_with("127."));
    if is_here { builder.no_proxy() } else { builder }.build()
}

fn form(credentials: &Credentials, json: &str) -> Vec<(&'static str, String)> {
    let (key, salt) = (credentials.key.expose_secret(), credentials.salt.expose_secret());
    let sign = sign::sign(key, json, salt);
    vec![("vpbx_api_key", key.to_owned()), ("sign", sign), ("json", json.to_owned())]
}

fn is_json(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/json") || kind.starts_with("text/json")
}

async fn read_text(mut answer: Response) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|e| ApiError::unreachable(&e))? {
        if bytes.len() + piece.len() > ANSWER_MAX {
            return Err(ApiError::Strange("ответ слишком большой".to_owned()));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
