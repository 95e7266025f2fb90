//! Browsers that have signed in before. A long cookie, sealed by us, names the browser and who signed in there: such
//! a browser has its own quota of wrong passwords, so nobody outside can lock people out of it. It opens nothing.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::platform::secret::{Cipher, to_hex};

const COOKIE: &str = "callcentre_browser";
/// Who shares one computer; the ones who signed in longest ago are forgotten.
const MAX_LOGINS: usize = 5;
const KEPT_DAYS: i64 = 400;

/// A browser and who has signed in there, last first.
#[derive(Debug, Serialize, Deserialize)]
pub struct Browser {
    /// Random; names its quota.
    pub id: String,
    logins: Vec<String>,
}

impl Browser {
    /// What the cookie of `request` says; a new browser when there is none of ours.
    pub fn of(request: &HttpRequest, cipher: &Cipher) -> Self {
        let opened = request.cookie(COOKIE).and_then(|cookie| cipher.open(COOKIE, cookie.value()));
        let read = |text: SecretString| {
            serde_json::from_str(text.expose_secret())
                .inspect_err(|error| tracing::error!(%error, "a cookie {COOKIE} of ours cannot be read"))
                .ok()
        };
        opened
            .and_then(read)
            .unwrap_or_else(|| Self { id: to_hex(&rand::random::<[u8; 16]>()), logins: Vec::new() })
    }

    /// True when `login` has signed in here.
    pub fn knows(&self, login: &str) -> bool {
        let login = login.to_lowercase();
        self.logins.contains(&login)
    }

    /// Who signed in here last.
    pub fn last(&self) -> Option<&str> {
        self.logins.first().map(String::as_str)
    }

    /// Remembers that `login` has signed in, and gives the cookie that says so.
    pub fn remember(mut self, login: &str, cipher: &Cipher, secure: bool) -> Cookie<'static> {
        let login = login.to_lowercase();
        self.logins.retain(|known| *known != login);
        self.logins.insert(0, login);
        self.logins.truncate(MAX_LOGINS);
        let text = serde_json::to_string(&self).unwrap_or_else(|error| {
            tracing::error!(%error, "a browser cannot be written into its cookie {COOKIE}");
            String::new()
        });
        Cookie::build(COOKIE, cipher.seal(COOKIE, &text))
            .path("/login")
            .max_age(Duration::days(KEPT_DAYS))
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .finish()
    }
}
