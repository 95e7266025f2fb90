//! Questions to the bot API.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{ApiError, Refusal};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for the whole answer.
const ANSWER: Duration = Duration::from_secs(15);
/// Longest answer that is read.
const ANSWER_MAX: usize = 1024 * 1024;
/// Telegram takes 4,096; what is longer is cut, and says so.
const TEXT_MAX: usize = 4_000;

/// The bot API.
pub struct Api {
    /// Made when it is first needed: a server without certificates of authorities still starts.
    http: OnceLock<Result<reqwest::Client, String>>,
    base: String,
    extra_ca: Option<PathBuf>,
}

/// A bot.
#[derive(Clone, Debug, Deserialize)]
pub struct Bot {
    /// `@name` without its sign.
    #[serde(default)]
    pub username: String,
}

/// A chat that has written to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Its number.
    pub number: String,
    /// What it is called.
    pub name: String,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Value,
}

impl Api {
    /// A client of the API at `base`; `extra_ca` names a file of further trusted authorities.
    pub fn new(base: &str, extra_ca: Option<&Path>) -> Self {
        Self {
            http: OnceLock::new(),
            base: base.trim_end_matches('/').to_owned(),
            extra_ca: extra_ca.map(Path::to_owned),
        }
    }

    /// Who the bot is.
    ///
    /// # Errors
    /// In words.
    pub async fn me(&self, token: &SecretString) -> Result<Bot, ApiError> {
        let result = self.ask(token, "getMe", &json!({})).await?;
        serde_json::from_value(result).map_err(|_| ApiError::Strange)
    }

    /// Who has written to the bot lately, the newest first.
    ///
    /// # Errors
    /// In words.
    pub async fn chats(&self, token: &SecretString) -> Result<Vec<Chat>, ApiError> {
        let result = self.ask(token, "getUpdates", &json!({ "limit": 100, "timeout": 0 })).await?;
        let mut found: Vec<Chat> = Vec::new();
        for update in result.as_array().ok_or(ApiError::Strange)?.iter().rev() {
            let chats = ["message", "channel_post", "my_chat_member"].map(|kind| &update[kind]["chat"]);
            for chat in chats {
                let Some(number) = chat["id"].as_i64().map(|id| id.to_string()) else { continue };
                if found.iter().any(|known| known.number == number) {
                    continue;
                }
                let words = ["title", "first_name", "last_name"].map(|word| chat[word].as_str());
                let name: Vec<&str> = words.into_iter().flatten().collect();
                found.push(Chat { number, name: name.join(" ").chars().take(80).collect() });
            }
        }
        Ok(found)
    }

    /// Sends `text` to a chat, as it is: nothing in it is markup.
    ///
    /// # Errors
    /// In words.
    pub async fn send(&self, token: &SecretString, chat: &str, text: &str) -> Result<(), ApiError> {
        let body = json!({
            "chat_id": chat,
            "text": cut(text),
            // A look at the link would be a visit of Telegram's at our door.
            "link_preview_options": { "is_disabled": true },
        });
        self.ask(token, "sendMessage", &body).await.map(|_| ())
    }

    async fn ask(&self, token: &SecretString, method: &str, body: &Value) -> Result<Value, ApiError> {
        let url = format!("{}/bot{}/{method}", self.base, token.expose_secret());
        let sent = self.http()?.post(url).json(body).send().await;
        let answer = sent.map_err(|error| ApiError::unreachable(&error))?;
        let status = answer.status();
        let text = read(answer).await?;
        tracing::debug!(telegram.method = method, status = status.as_u16(), "Telegram answered");
        match serde_json::from_str::<Answer>(&text) {
            Ok(answer) if answer.ok && status.is_success() => Ok(answer.result),
            Ok(answer) if !answer.ok => {
                Err(serde_json::from_str::<Refusal>(&text)
                    .map_or(ApiError::Strange, |told| ApiError::of(&told)))
            }
            _ if status.is_server_error() => Err(ApiError::Trouble(status.as_u16().into())),
            _ => Err(ApiError::Strange),
        }
    }

    fn http(&self) -> Result<&reqwest::Client, ApiError> {
        let made = self.http.get_or_init(|| build(&self.base, self.extra_ca.as_deref()));
        made.as_ref().map_err(|error| {
            tracing::error!(error, "no HTTP client can be made for Telegram");
            ApiError::Unreachable("На сервере нет корневых сертификатов (пакет ca-certificates)".to_owned())
        })
    }
}

fn build(base: &str, extra_ca: Option<&Path>) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ANSWER);
    if let Some(path) = extra_ca {
        let pem = std::fs::read(path).map_err(|e| e.to_string())?;
        let trusted = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| e.to_string())?;
        builder = builder.tls_certs_merge(trusted);
    }
    let host = reqwest::Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned));
    // A stand-in on this machine is not to be looked for through a proxy of the surroundings.
    let is_here = host.is_some_and(|host| host == "localhost" || host.starts_with("127."));
    let builder = if is_here { builder.no_proxy() } else { builder };
    builder.build().map_err(|e| e.without_url().to_string())
}

async fn read(mut answer: reqwest::Response) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|_| ApiError::Silent)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > ANSWER_MAX {
            return Err(ApiError::Strange);
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= TEXT_MAX {
        return text.to_owned();
    }
    text.chars().take(TEXT_MAX).chain(['…']).collect()
}
