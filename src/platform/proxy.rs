//! A reverse proxy in front of the server that the settings do not name.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::HeaderMap;

/// Whether a proxy stands in front that nobody has told us of.
#[derive(Debug, Default)]
pub struct UnheededProxy(AtomicBool);

impl UnheededProxy {
    /// Looks at the headers of a request; says it once in the log.
    pub fn notice(&self, headers: &HeaderMap, trusted: &[IpAddr]) {
        let is_forwarded =
            || ["x-forwarded-for", "forwarded", "x-real-ip"].iter().any(|n| headers.contains_key(*n));
        if trusted.is_empty() && !self.is_there() && is_forwarded() && !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a request came through a proxy, but TRUSTED_PROXIES is empty: to the limits of sign-ins everybody has the proxy's address"
            );
        }
    }

    /// Such a request has come since the start.
    pub fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_proxy_nobody_told_us_of_is_noticed() {
        let mut headers = HeaderMap::new();
        headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("203.0.113.7"));
        let proxy = UnheededProxy::default();
        proxy.notice(&HeaderMap::new(), &[]);
        proxy.notice(&headers, &["10.0.0.1".parse().expect("ip")]);
        assert!(!proxy.is_there());
        proxy.notice(&headers, &[]);
        assert!(proxy.is_there());
    }
}
