//! The way of an account to Avito: straight, or through its proxy and never past it.

mod check;
mod fault;
mod guard;
mod probe;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Certificate, redirect};
use secrecy::{ExposeSecret, SecretString};

pub use check::{Checked, check};
pub use fault::Fault;
use guard::{Guard, LookUp};
pub use probe::diagnose;

/// Longest wait for a connection, the proxy's part and encryption included.
pub const CONNECT: Duration = Duration::from_secs(10);
/// Longest time of a whole request.
pub const WHOLE: Duration = Duration::from_secs(30);

crate::text_enum! {
    /// The language of a proxy.
    ProxyType {
        /// HTTP CONNECT.
        Http = "http",
        /// SOCKS4: addresses only.
        Socks4 = "socks4",
        /// SOCKS4a: names as well.
        Socks4a = "socks4a",
        /// SOCKS5, told addresses that we look up.
        Socks5 = "socks5",
        /// SOCKS5, told names.
        Socks5h = "socks5h",
    }
}

impl ProxyType {
    /// As a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Socks4 => "SOCKS4",
            Self::Socks4a => "SOCKS4a",
            Self::Socks5 => "SOCKS5",
            Self::Socks5h => "SOCKS5h",
        }
    }

    /// It has login and password.
    pub fn has_login(self) -> bool {
        matches!(self, Self::Http | Self::Socks5 | Self::Socks5h)
    }
}

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Its language.
    pub kind: ProxyType,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Login and password, if it wants them.
    pub login: Option<(String, SecretString)>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:{}", self.kind, self.host, self.port)
    }
}

/// How an account goes out. There is no client without one of these two.
#[derive(Clone, Debug)]
pub enum Route {
    /// The account has no proxy.
    Straight,
    /// Everything goes through it, or nowhere.
    Through(Proxy),
}

/// What all ways have in common.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// Proxies of private networks and of this machine are allowed.
    pub allows_private: bool,
    /// Further trusted authorities (PEM).
    pub extra_ca: Option<PathBuf>,
}

impl Proxy {
    /// The host without the brackets of an IPv6 address.
    fn bare_host(&self) -> &str {
        self.host.trim().trim_start_matches('[').trim_end_matches(']')
    }

    fn url(&self) -> Result<reqwest::Url, Fault> {
        let host = self.bare_host();
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let mut url = reqwest::Url::parse(&format!("{}://{host}:{}", self.kind, self.port))
            .map_err(|_| Fault::NameNotFound)?;
        if let Some((login, password)) = self.login.as_ref().filter(|_| self.kind.has_login()) {
            let set = url.set_username(login).and_then(|()| url.set_password(Some(password.expose_secret())));
            set.map_err(|()| Fault::NameNotFound)?;
        }
        Ok(url)
    }

    fn looks_up(&self) -> Option<LookUp> {
        match self.kind {
            ProxyType::Socks4 => Some(LookUp::V4),
            ProxyType::Socks5 => Some(LookUp::Any),
            ProxyType::Http | ProxyType::Socks4a | ProxyType::Socks5h => None,
        }
    }

    /// Refuses a proxy that is written as a private address; names are checked when they are looked up.
    fn check_literal(&self, ways: &Ways) -> Result<(), Fault> {
        match self.bare_host().parse::<IpAddr>() {
            Ok(address) if !ways.allows_private && guard::is_private(address) => Err(Fault::Private),
            _ => Ok(()),
        }
    }
}

impl Route {
    /// The proxy, if there is one.
    pub fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::Straight => None,
            Self::Through(proxy) => Some(proxy),
        }
    }

    /// A client that goes this way only: proxies of the surroundings are not heeded, nobody is followed elsewhere.
    ///
    /// # Errors
    /// When the proxy is not allowed or this machine has no certificates.
    pub fn http(&self, ways: &Ways) -> Result<reqwest::Client, Fault> {
        self.client(ways, false)
    }

    /// [`Self::http`]; with `checks_target` whom it asks may not be of a private network either.
    fn client(&self, ways: &Ways, checks_target: bool) -> Result<reqwest::Client, Fault> {
        let guard = Guard {
            proxy: self.proxy().map(|proxy| proxy.bare_host().to_owned()),
            looks_up: self.proxy().and_then(Proxy::looks_up),
            checks_target,
            allows_private: ways.allows_private,
        };
        // Forgets the proxies of the surroundings; the account's own is added behind it.
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .dns_resolver(Arc::new(guard))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("callcentre/", env!("CARGO_PKG_VERSION")));
        if let Self::Through(proxy) = self {
            proxy.check_literal(ways)?;
            let all = reqwest::Proxy::all(proxy.url()?).map_err(|_| Fault::NameNotFound)?;
            builder = builder.proxy(all);
        }
        if let Some(path) = &ways.extra_ca {
            let pem = std::fs::read(path).map_err(|_| Fault::Ours)?;
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&pem).map_err(|_| Fault::Ours)?);
        }
        builder.build().map_err(|error| {
            tracing::error!(%error, "no HTTP client can be made for Avito");
            Fault::Ours
        })
    }
}

/// Whether an address written in a setting is of this machine or of a private network; names are not looked up.
pub fn is_private_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_name_of_here =
        host.eq_ignore_ascii_case("localhost") || host.to_lowercase().ends_with(".localhost");
    is_name_of_here || host.parse::<IpAddr>().is_ok_and(guard::is_private)
}
