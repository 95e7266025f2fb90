//! `callcentre health`: asks the running server whether it can work, for containers and scripts.

use std::time::Duration;

use crate::platform::config::Config;

/// A server that needs longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/readyz` of the server at LISTEN on this machine.
///
/// # Errors
/// One line that says what it answered, or that it did not.
pub async fn run(config: &Config) -> Result<(), String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = own_address(&config.server.listen);
    let client =
        reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(|e| e.to_string())?;
    let unanswered = |error: reqwest::Error| format!("no answer from {address}: {error}");
    let answer = client.get(format!("http://{address}/readyz")).send().await.map_err(unanswered)?;
    let (status, text) = (answer.status(), answer.text().await.map_err(unanswered)?);
    match status.is_success() {
        true => {
            println!("{}", text.trim());
            Ok(())
        }
        false => Err(format!("{address} answers {}: {}", status.as_u16(), text.trim())),
    }
}

/// Where a server that listens on every address is reached from its own machine.
fn own_address(listen: &str) -> String {
    match listen.rsplit_once(':') {
        Some(("0.0.0.0", port)) => format!("127.0.0.1:{port}"),
        Some(("[::]", port)) => format!("[::1]:{port}"),
        _ => listen.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_on_its_own_machine() {
        assert_eq!(own_address("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(own_address("[::]:8080"), "[::1]:8080");
        assert_eq!(own_address("192.0.2.7:80"), "192.0.2.7:80");
    }
}
