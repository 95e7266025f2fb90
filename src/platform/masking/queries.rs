//! SQL of the mask: whether the house wants it, and which numbers are our own.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::platform::audit;
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::schema::phones;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::platform::settings;

/// The setting.
const SETTING: &str = "phones_masked";
/// Under which name the answer is remembered.
pub const MEMORY: &str = "phones_masked";

/// What the house wants.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// Our lines, which everybody sees, while clients' numbers are masked; `None` while they are shown.
    pub lines: Option<Arc<HashSet<String>>>,
}

impl Kept for House {
    fn is_touched_by(event: Event) -> bool {
        event == Event::Lists
    }
}

/// Whether numbers are masked, and what is not.
pub fn house(db: &mut Db) -> QueryResult<House> {
    kept(db, MEMORY, |db| {
        if !is_on(db)? {
            return Ok(House::default());
        }
        let lines: Vec<String> = phones::table.select(phones::number).load(db)?;
        Ok(House { lines: Some(Arc::new(lines.into_iter().collect())) })
    })
}

/// Whether operators see clients' numbers masked.
pub fn is_on(db: &mut Db) -> QueryResult<bool> {
    Ok(settings::read(db, SETTING)?.as_deref() == Some("on"))
}

/// Masks numbers from now on, or shows them.
pub fn switch(tx: &mut Tx, is_wanted: bool, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    if is_on(tx.db)? == is_wanted {
        return Ok(());
    }
    settings::put(tx.db, SETTING, if is_wanted { "on" } else { "off" }, now)?;
    let detail = if is_wanted { "скрыты" } else { "видны" };
    let entry =
        audit::Entry {
            by, action: "settings.edit", subject: "номера клиентов для операторов", detail
        };
    audit::record(tx, &entry, now)?;
    tx.announce(Event::Lists);
    Ok(())
}
