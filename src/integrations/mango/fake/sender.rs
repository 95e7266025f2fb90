//! Sends notifications as the telephony does: a signed form (docs/mango-api.md 2).

use std::time::Duration;

use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::integrations::mango::sign;

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

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// Answers one request with `status` and gives its first line and its body.
    fn answer_once(listener: TcpListener, status: &'static str) -> std::thread::JoinHandle<(String, String)> {
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a caller");
            let mut reader = BufReader::new(stream);
            let (mut first, mut length) = (String::new(), 0);
            reader.read_line(&mut first).expect("a request");
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            write!(reader.get_mut(), "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").expect("an answer");
            (first, String::from_utf8(body).expect("a form"))
        })
    }

    async fn send(status: &'static str) -> (Result<(), String>, String, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let server = answer_once(listener, status);
        let sender = Sender::new(&address, "ключ".into(), "соль".into()).expect("a sender");
        let outcome = sender.post("/events/call", r#"{"entry_id":"a+b/c=="}"#).await;
        let (first, body) = server.join().expect("served");
        (outcome, first, body)
    }

    #[tokio::test]
    async fn a_notification_is_a_form_signed_over_its_text() {
        let (outcome, first, body) = send("200 OK").await;
        assert_eq!(outcome, Ok(()));
        assert!(first.starts_with("POST /webhooks/mango/events/call "), "{first}");
        let field = |name: &str| {
            let mut pairs = form_urlencoded::parse(body.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        assert_eq!(field("json"), r#"{"entry_id":"a+b/c=="}"#);
        assert_eq!(field("vpbx_api_key"), "ключ");
        assert!(sign::verify("ключ", &field("json"), "соль", &field("sign")));
    }

    #[tokio::test]
    async fn a_refusal_is_told() {
        let (outcome, ..) = send("403 Forbidden").await;
        assert!(outcome.expect_err("refused").contains("403"));
    }
}
