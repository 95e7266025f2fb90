//! Sends notifications as the telephony does: a signed form (docs: Mango API digest 2).

use std::time::Duration;

use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::mango::sign;

/// The telephony's end of the wire.
#[derive(Clone)]
pub struct Sender {
    client: Client,
    address: String,
    key: SecretString,
    salt: SecretString,
}

impl Sender {
    /// A sender of notifications to the server at `address` (`http://HOST:PORT`), which knows `key` and `salt`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(address: &str, key: SecretString, salt: SecretString) -> Result<Self, String> {
        let client = Client::builder()
            // A proxy of the surroundings would carry the demonstration out of the machine.
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|e| format!("cannot make an HTTP client: {e}"))?;
        Ok(Self { client, address: address.trim_end_matches('/').to_owned(), key, salt })
    }

    /// Sends `json` to `path` (`/events/call`).
    ///
    /// # Errors
    /// In words, when the server cannot be reached or answers anything but success.
    pub async fn post(&self, path: &str, json: &str) -> Result<(), String> {
        let (key, salt) = (self.key.expose_secret(), self.salt.expose_secret());
        match post(&self.client, &self.address, key, salt, path, json).await {
            Ok(status) if status.is_success() => Ok(()),
            Ok(status) => Err(format!("the webhook answered {status}")),
            Err(error) => Err(error.without_url().to_string()),
        }
    }
}

/// Sends one signed notification and gives the status of the answer. `address` is `http://HOST:PORT`.
///
/// # Errors
/// When there is no answer.
pub async fn post(
    client: &Client,
    address: &str,
    key: &str,
    salt: &str,
    path: &str,
    json: &str,
) -> Result<StatusCode, reqwest::Error> {
    let sign = sign::sign(key, json, salt);
    let form = [("vpbx_api_key", key), ("sign", sign.as_str()), ("json", json)];
    let answer = client.post(format!("{address}/webhooks/mango{path}")).form(&form).send().await?;
    Ok(answer.status())
}
