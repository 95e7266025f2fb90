//! What people are told of beside the pages: notifications of the bell, what each person wants to hear, and messages to
//! people outside (Telegram, letters) with the queue they wait in. What happens is noticed by `notices`.

pub mod digest;
pub mod queries;
pub mod report;
pub mod send;

use serde::{Deserialize, Serialize};

use crate::domain::id::AccountId;
use crate::domain::notice::{Audience, NoticeKind};

/// How long notifications and messages are kept.
pub const KEEP: chrono::Duration = chrono::Duration::days(30);

/// Something that has happened and is told once.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Tells it from all others.
    pub key: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// Who hears of it.
    pub audience: Audience,
    /// The one person of the audience.
    pub person: Option<AccountId>,
    /// Who did it and knows.
    pub by: Option<AccountId>,
    /// For the bell.
    pub title: String,
    /// Below it.
    pub text: String,
    /// Where it is seen to.
    pub href: String,
    /// For outside: a line without a name and with the number masked.
    pub outside: String,
    /// What several of its kind are called together; they are one notification while they come close together.
    pub together: Option<fn(u64) -> String>,
}

/// Something that lasts until it is put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// Tells it from others that last.
    pub key: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// In words, without anybody's data.
    pub words: String,
    /// Where it is put right.
    pub href: String,
    /// Everybody is told, not only admins.
    pub is_for_all: bool,
}

/// A line of a message to somebody outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it says.
    pub text: String,
    /// A path of ours, or empty.
    pub href: String,
}

/// A number that nobody can call: «+7 905 •••-••-33».
pub fn masked(pretty: &str) -> String {
    let digits = pretty.chars().filter(char::is_ascii_digit).count();
    let (head, tail) = (digits.saturating_sub(7).min(4), digits.saturating_sub(2));
    let mut seen = 0;
    let mask = |c: char| {
        if !c.is_ascii_digit() {
            return c;
        }
        seen += 1;
        if seen <= head || (seen > tail && digits > 4) { c } else { '•' }
    };
    pretty.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_cannot_be_called() {
        assert_eq!(masked("+7 905 555-45-33"), "+7 905 •••-••-33");
        assert_eq!(masked("+375 29 123-45-67"), "+375 2• •••-••-67");
        assert_eq!(masked("101"), "•••");
        assert_eq!(masked("56-78-90"), "••-••-90");
        assert_eq!(masked(""), "");
    }
}
