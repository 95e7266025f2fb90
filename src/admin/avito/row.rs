//! An account, as the page shows it and as an admin wants it.

use chrono::NaiveDateTime;

use crate::domain::id::{AvitoId, AvitoUserId};
use crate::integrations::avito::proxy::ProxyType;

crate::text_enum! {
    /// Whether Avito lets the account in.
    ConnectionStatus {
        /// Nobody has tried.
        Unknown = "unknown",
        /// It does.
        Connected = "connected",
        /// It did not at the last try.
        Error = "error",
    }
}

crate::text_enum! {
    /// Whether the proxy lets through.
    ProxyStatus {
        /// Nobody has tried.
        Unknown = "unknown",
        /// It does.
        Works = "works",
        /// It did not at the last try.
        Error = "error",
    }
}

/// An account as it is stored; secrets are sealed.
#[derive(Clone, Debug, diesel::Queryable)]
pub struct AvitoRow {
    /// The row.
    pub id: AvitoId,
    /// Its name.
    pub name: String,
    /// It is switched on.
    pub is_active: bool,
    /// Half of the pair.
    pub client_id: String,
    /// The other half.
    pub client_secret: Option<String>,
    /// Avito's number of the account.
    pub user_id: Option<AvitoUserId>,
    /// Language of the proxy.
    pub proxy_type: Option<String>,
    /// Its host.
    pub proxy_host: String,
    /// Its port.
    pub proxy_port: Option<i32>,
    /// Its login.
    pub proxy_login: String,
    /// Its password.
    pub proxy_password: Option<String>,
    /// Whether Avito lets the account in.
    pub connection: ConnectionStatus,
    /// Whether the proxy lets through.
    pub proxy: ProxyStatus,
    /// The wallet, kopecks.
    pub balance: Option<i64>,
    /// Bonuses, kopecks.
    pub bonus: Option<i64>,
    /// The advance, kopecks.
    pub advance: Option<i64>,
    /// Ads that are shown.
    pub ads: Option<i64>,
    /// Views of thirty days.
    pub views: Option<i64>,
    /// Contacts of thirty days.
    pub contacts: Option<i64>,
    /// Views of today.
    pub views_today: Option<i64>,
    /// Contacts of today.
    pub contacts_today: Option<i64>,
    /// When Avito last let the account in to read all this.
    pub last_sync_at: Option<NaiveDateTime>,
}

impl AvitoRow {
    /// It has both halves of the pair.
    pub fn has_keys(&self) -> bool {
        !self.client_id.is_empty() && self.client_secret.is_some()
    }

    /// It has a proxy.
    pub fn has_proxy(&self) -> bool {
        !self.proxy_host.is_empty()
    }

    /// «10.12.0.14:8000».
    pub fn proxy_place(&self) -> String {
        match self.proxy_port {
            Some(port) if self.proxy_host.contains(':') => format!("[{}]:{port}", self.proxy_host),
            Some(port) => format!("{}:{port}", self.proxy_host),
            None => self.proxy_host.clone(),
        }
    }

    /// «SOCKS5».
    pub fn proxy_label(&self) -> &'static str {
        self.proxy_type.as_deref().and_then(ProxyType::parse).map_or("", ProxyType::label)
    }
}

/// When something of an account was last read, and what went wrong since.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// When it was last read.
    pub good_at: Option<NaiveDateTime>,
    /// Particulars.
    pub detail: String,
    /// What went wrong since, or empty.
    pub error: String,
    /// When.
    pub error_at: Option<NaiveDateTime>,
}

/// What an admin wants an account to be. Secrets that are `None` stay as they are.
#[derive(Clone)]
pub struct AvitoFields {
    /// Its name.
    pub name: String,
    /// Switched on.
    pub is_active: bool,
    /// Half of the pair.
    pub client_id: String,
    /// The other half, when it was typed.
    pub client_secret: Option<String>,
    /// The proxy, if there is to be one.
    pub proxy: Option<ProxyFields>,
}

/// A proxy as it was typed.
#[derive(Clone)]
pub struct ProxyFields {
    /// Its language.
    pub kind: ProxyType,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its login, or empty.
    pub login: String,
    /// Its password, when it was typed.
    pub password: Option<String>,
}
