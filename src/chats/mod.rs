//! Chats with clients: what was written, who waits for an answer and how long, whose chat it is. Facts and their rules;
//! pages are `messages`, what Avito tells comes by `messages::intake`. docs/messages.md.

pub mod answers;
pub mod content;
pub mod fold;
pub mod found;
pub mod queries;
pub mod replies;

use std::collections::HashSet;

use chrono::NaiveDateTime;

use crate::app::App;
use crate::platform::error::AppError;
use crate::platform::storage::ContentHash;

/// The setting: minutes after which a chat that was taken and not answered is everybody's again.
pub const RETURN_AFTER: &str = "chats_return_minutes";
/// What it is until an admin says otherwise.
pub const RETURN_AFTER_DEFAULT: i64 = 15;

/// Whose turn it is in a chat, which is computed from who wrote last and never from who has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: NaiveDateTime,
    /// Whole minutes.
    pub minutes: i64,
}

impl Waiting {
    /// How long `since` is ago.
    pub fn of(since: Option<NaiveDateTime>, now: NaiveDateTime) -> Option<Self> {
        since.map(|since| Self { since, minutes: (now - since).num_minutes().max(0) })
    }
}

/// Gives chats back that were taken and not answered, and wakes those that were put off. Periodic.
///
/// # Errors
/// Of the database.
pub fn look_after(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    app.db.write_now(|tx| {
        let minutes = queries::people::return_after(tx.db)?;
        queries::people::return_unanswered(tx, now - chrono::Duration::minutes(minutes), now)?;
        queries::people::wake(tx, now)?;
        Ok(())
    })
}

/// Contents that chats still need, of `hashes`: asked by the sweep of the storage.
///
/// # Errors
/// Of the database.
pub fn needed(app: &App, hashes: &[ContentHash]) -> Result<HashSet<ContentHash>, AppError> {
    let texts: Vec<String> = hashes.iter().map(|hash| hash.as_str().to_owned()).collect();
    let named = app.db.read_now(|db| Ok(queries::media::named(db, &texts)?))?;
    Ok(named.iter().filter_map(|text| ContentHash::parse(text)).collect())
}
