//! The token of the bot. What an admin has saved wins over the environment; it is sealed and never shown again.

use chrono::NaiveDateTime;
use diesel::QueryResult;
use secrecy::{ExposeSecret, SecretString};

use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::platform::secret::Cipher;
use crate::platform::settings;

const TOKEN: &str = "telegram.token";

/// The token as far as it is known.
#[derive(Default)]
pub struct Known {
    /// The one in force.
    pub token: Option<SecretString>,
    /// It was saved here, not preset by the environment.
    pub is_saved: bool,
    /// One is saved that this program's secret does not open: APP_SECRET is another one now.
    pub is_unreadable: bool,
}

/// The token in force; `preset` holds where none is saved.
pub fn read(db: &mut Db, cipher: &Cipher, preset: Option<&SecretString>) -> QueryResult<Known> {
    let Some(sealed) = settings::read(db, TOKEN)? else {
        return Ok(Known { token: preset.cloned(), ..Known::default() });
    };
    let token = cipher.open(TOKEN, &sealed);
    Ok(Known { is_unreadable: token.is_none(), is_saved: true, token })
}

/// Saves a token, or with `None` forgets the saved one.
pub fn save(
    tx: &mut Tx,
    cipher: &Cipher,
    token: Option<&SecretString>,
    now: NaiveDateTime,
) -> QueryResult<()> {
    match token {
        Some(token) => settings::put(tx.db, TOKEN, &cipher.seal(TOKEN, token.expose_secret()), now)?,
        None => settings::remove(tx.db, TOKEN)?,
    }
    tx.announce(Event::Outbox);
    Ok(())
}

/// Whether it can be a token: the number of a bot, a colon, and a secret that goes into addresses as it is.
pub fn is_token(text: &str) -> bool {
    let is_secret = |secret: &str| {
        (20..=100).contains(&secret.len())
            && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    text.split_once(':').is_some_and(|(bot, secret)| {
        (1..=20).contains(&bot.len()) && bot.bytes().all(|b| b.is_ascii_digit()) && is_secret(secret)
    })
}

/// Whether it can be a chat: a number, below nothing for groups, or the @name of a channel.
pub fn is_chat(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let is_name = text.strip_prefix('@').is_some_and(|name| {
        (5..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    is_number || is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_stand_in_an_address_is_a_token() {
        assert!(is_token("123456789:AAF-x_0123456789abcdefghijklmnopqrs"));
        for bad in
            ["", "123456789", "123:short", "1:AAF/../getUpdates?0123456789", "а:AAF0123456789abcdefghijklm"]
        {
            assert!(!is_token(bad), "{bad}");
        }
    }

    #[test]
    fn chats_are_numbers_and_names_of_channels() {
        for good in ["815", "-1001234567890", "@office_news"] {
            assert!(is_chat(good), "{good}");
        }
        for bad in ["", "-", "@abc", "office", "+79001234567", "12 34"] {
            assert!(!is_chat(bad), "{bad}");
        }
    }
}
