//! How long words are kept: settings, and the work that holds them. Nothing is removed until somebody says so.

use chrono::{Months, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::queries;
use crate::app::App;
use crate::domain::id::AccountId;
use crate::platform::audit::{self, Entry};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::settings;

const SETTING: &str = "data_keep";
/// Rows of one transaction.
const TOGETHER: i64 = 500;
/// Longest time, ten years.
pub const MOST_MONTHS: u32 = 120;

/// Months; 0 keeps always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// Words and pictures of chats.
    pub messages: u32,
    /// Raw events of the telephony.
    pub events: u32,
}

/// What is set.
pub fn read(db: &mut Db) -> diesel::QueryResult<Keep> {
    Ok(settings::read_json(db, SETTING)?.unwrap_or_default())
}

/// Sets it.
pub fn save(tx: &mut Tx, wanted: Keep, by: AccountId, now: NaiveDateTime) -> diesel::QueryResult<()> {
    let was = read(tx.db)?;
    if was == wanted {
        return Ok(());
    }
    settings::put_json(tx.db, SETTING, &wanted, now)?;
    let words =
        |months: u32| if months == 0 { "всегда".to_owned() } else { format!("{months} мес.") };
    let pairs =
        [("переписка", was.messages, wanted.messages), ("события телефонии", was.events, wanted.events)];
    let changed: Vec<String> = pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| format!("{name}: {} → {}", words(old), words(new)))
        .collect();
    let (subject, detail) = ("сроки хранения данных", changed.join("; "));
    audit::record(tx, &Entry { by, action: "settings.edit", subject, detail: &detail }, now)
}

/// Removes what was kept long enough, for the list of periodic work.
///
/// # Errors
/// Of the database.
pub fn remove_old(app: &App) -> Result<(), AppError> {
    let (keep, now) = (app.db.read_now(|db| Ok(read(db)?))?, app.clock.now());
    let before = |months: u32| (months > 0).then(|| now.checked_sub_months(Months::new(months))).flatten();
    type Remove = fn(&mut Tx, NaiveDateTime, NaiveDateTime) -> diesel::QueryResult<usize>;
    let messages: Remove = |tx, before, now| queries::empty_messages(tx, before, now, TOGETHER);
    let events: Remove = |tx, before, _| queries::remove_events(tx, before, TOGETHER);
    for (what, months, remove) in
        [("messages", keep.messages, messages), ("events of the telephony", keep.events, events)]
    {
        let Some(before) = before(months) else { continue };
        let mut removed = 0;
        while !*app.stop.borrow() {
            let part = app.db.write_now(|tx| Ok(remove(tx, before, now)?))?;
            removed += part;
            if part == 0 {
                break;
            }
        }
        if removed > 0 {
            tracing::info!(removed, what, "removed what was kept long enough");
        }
    }
    Ok(())
}
