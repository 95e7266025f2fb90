//! Tries a way out without Avito: asks an echo address from where it is asked.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use reqwest::Url;

use super::{Fault, Route, Ways, diagnose, is_private_host};

/// Longest answer that is read.
const ANSWER_MAX: usize = 16 * 1024;

/// A way that works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How long the answer took.
    pub took: Duration,
    /// The address the world sees.
    pub address: IpAddr,
}

/// Asks `echo` by the way `route` and by no other.
///
/// # Errors
/// What exactly is wrong.
pub async fn check(route: &Route, ways: &Ways, echo: &str) -> Result<Checked, Fault> {
    let url = Url::parse(echo).map_err(|_| Fault::NameNotFound)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if !ways.allows_private && is_private_host(&host) {
        return Err(Fault::Private);
    }
    let http = route.client(ways, true)?;
    let began = Instant::now();
    let mut answer = match http.get(url.clone()).send().await {
        Ok(answer) => answer,
        Err(error) => return Err(failed(route, ways, &url, &error).await),
    };
    let took = began.elapsed();
    match answer.status().as_u16() {
        200..=299 => {}
        407 => return Err(Fault::LoginWanted),
        // Without encryption an HTTP proxy says in the place of an answer why it has none.
        status if route.proxy().is_some() && url.scheme() == "http" => {
            return Err(Fault::HttpRefusal(status));
        }
        _ => return Err(Fault::Mangled),
    }
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() > ANSWER_MAX {
            return Err(Fault::Mangled);
        }
    }
    let address = address_in(&String::from_utf8_lossy(&body)).ok_or(Fault::Mangled)?;
    Ok(Checked { took, address })
}

/// Why it came to nothing: a proxy is looked at closely where the library does not say.
async fn failed(route: &Route, ways: &Ways, url: &Url, error: &reqwest::Error) -> Fault {
    let fault = Fault::of(error);
    let (Some(proxy), Some(host)) = (route.proxy(), url.host_str()) else { return fault };
    if !matches!(fault, Fault::Unknown | Fault::Closed | Fault::OtherProtocol | Fault::LoginNotTaken) {
        return fault;
    }
    let port = url.port_or_known_default().unwrap_or(443);
    diagnose(proxy, ways, host, port).await.unwrap_or(fault)
}

/// The address in an answer: alone, or in JSON under one of its usual names.
fn address_in(text: &str) -> Option<IpAddr> {
    let plain = |text: &str| text.trim().split(',').next()?.trim().parse().ok();
    plain(text).or_else(|| {
        let json: serde_json::Value = serde_json::from_str(text).ok()?;
        ["ip", "origin", "query", "address"].iter().find_map(|name| plain(json[*name].as_str()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_the_usual_answers() {
        let wanted = "203.0.113.7".parse().ok();
        for text in ["203.0.113.7\n", r#"{"ip":"203.0.113.7"}"#, r#"{"origin": "203.0.113.7, 10.0.0.1"}"#] {
            assert_eq!(address_in(text), wanted, "{text}");
        }
        assert_eq!(address_in("<html>войдите</html>"), None);
    }
}
