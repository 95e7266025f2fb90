//! Which mailbox is watched and how; the password is sealed and never shown again.

use chrono::NaiveDateTime;
use diesel::QueryResult;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::platform::secret::Cipher;
use crate::platform::settings;

const BOX: &str = "mail.box";
const PASSWORD: &str = "mail.password";

crate::text_enum! {
    /// How the connection is kept from strangers.
    Secure {
        /// TLS from the first byte (port 993).
        Tls = "tls",
        /// TLS after a greeting (port 143).
        StartTls = "starttls",
        /// Nothing: to this very machine only.
        None = "none",
    }
}

/// The mailbox, without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mailbox {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `tls`, `starttls` or `none`.
    pub secure: String,
    /// Login.
    pub user: String,
    /// Whose letters hold recordings: addresses and domains.
    pub senders: Vec<String>,
    /// Minutes between two looks, beside the server's own notices.
    pub check_interval: u32,
    /// Marks letters as read; otherwise nothing in the mailbox is changed.
    pub marks_seen: bool,
    /// It is watched.
    pub enabled: bool,
    /// Recordings older than so many months are removed; 0 keeps all.
    pub keep_months: u32,
}

/// Senders of the telephony (docs/mango-api.md 10).
pub const USUAL_SENDERS: [&str; 2] = ["mangotele.com", "mango-office.ru"];

impl Default for Mailbox {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 993,
            secure: Secure::Tls.as_str().to_owned(),
            user: String::new(),
            senders: USUAL_SENDERS.map(str::to_owned).to_vec(),
            check_interval: 10,
            marks_seen: false,
            enabled: false,
            keep_months: 0,
        }
    }
}

impl Mailbox {
    /// How the connection is kept.
    pub fn secure(&self) -> Secure {
        Secure::parse(&self.secure).unwrap_or(Secure::Tls)
    }

    /// True for a letter of somebody on the list: the address itself, or one of a named domain.
    pub fn is_sender(&self, address: &str) -> bool {
        let address = address.trim().to_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.senders.iter().any(|wanted| match wanted.strip_prefix('@').unwrap_or(wanted) {
            wanted if wanted.contains('@') => wanted == address,
            wanted => domain == wanted || domain.ends_with(&format!(".{wanted}")),
        })
    }
}

/// The mailbox as saved, or as it is before anybody has saved it.
pub fn read(db: &mut Db) -> QueryResult<Mailbox> {
    Ok(settings::read_json(db, BOX)?.unwrap_or_default())
}

/// The password; `None` when there is none, or it was sealed with another application secret.
pub fn password(db: &mut Db, cipher: &Cipher) -> QueryResult<Option<SecretString>> {
    Ok(settings::read(db, PASSWORD)?.and_then(|sealed| cipher.open(PASSWORD, &sealed)))
}

/// Saves the mailbox, and the password when a new one is given.
pub fn save(
    tx: &mut Tx,
    cipher: &Cipher,
    mailbox: &Mailbox,
    password: Option<&str>,
    now: NaiveDateTime,
) -> QueryResult<()> {
    settings::put_json(tx.db, BOX, mailbox, now)?;
    if let Some(password) = password {
        settings::put(tx.db, PASSWORD, &cipher.seal(PASSWORD, password), now)?;
    }
    tx.announce(Event::Mail);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_addresses_and_domains() {
        let mailbox =
            Mailbox { senders: vec!["robot@x.ru".into(), "@mango-office.ru".into()], ..Mailbox::default() };
        for good in ["Robot@X.ru", "a@mango-office.ru", "a@post.mango-office.ru"] {
            assert!(mailbox.is_sender(good), "{good}");
        }
        for bad in
            ["other@x.ru", "a@notmango-office.ru", "a@mango-office.ru.evil.example", "", "mango-office.ru"]
        {
            assert!(!mailbox.is_sender(bad), "{bad}");
        }
    }
}
