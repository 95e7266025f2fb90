//! SQL of stored sessions.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::schema::sessions;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// A session as stored.
#[derive(Clone, Queryable)]
pub struct Stored {
    /// What it holds, a JSON object.
    pub state: String,
    /// When it is over.
    pub expires_at: NaiveDateTime,
}

/// What is written of a session.
pub struct NewState<'a> {
    /// Whose it is, when somebody has signed in.
    pub account_id: Option<AccountId>,
    /// What it holds, a JSON object.
    pub state: &'a str,
    /// The browser's name of itself; kept from the first time on.
    pub user_agent: &'a str,
}

/// Ended sessions are announced, and a change of password with them.
impl Kept for Stored {
    fn is_touched_by(event: Event) -> bool {
        matches!(event, Event::SignedOut(_))
    }
}

/// The session of a row.
pub fn find(db: &mut Db, id: &str) -> QueryResult<Option<Stored>> {
    kept(db, id, |db| {
        sessions::table.find(id).select((sessions::state, sessions::expires_at)).first::<Stored>(db)
    })
    .optional()
}

/// Writes a session, which ends at `expires_at`.
pub fn put(
    db: &mut Db,
    id: &str,
    new: &NewState,
    now: NaiveDateTime,
    expires_at: NaiveDateTime,
) -> QueryResult<()> {
    let row = (
        sessions::id.eq(id),
        sessions::account_id.eq(new.account_id),
        sessions::state.eq(new.state),
        sessions::user_agent.eq(new.user_agent),
        sessions::created_at.eq(now),
        sessions::seen_at.eq(now),
        sessions::expires_at.eq(expires_at),
    );
    let change = (
        sessions::account_id.eq(new.account_id),
        sessions::state.eq(new.state),
        sessions::seen_at.eq(now),
        sessions::expires_at.eq(expires_at),
    );
    crate::upsert!(db, sessions::table, row, sessions::id, change)?;
    Ok(())
}

/// Moves the end of a session; one that is remembered with its old end is only moved once more.
pub fn extend(db: &mut Db, id: &str, now: NaiveDateTime, expires_at: NaiveDateTime) -> QueryResult<()> {
    diesel::update(sessions::table.find(id))
        .set((sessions::seen_at.eq(now), sessions::expires_at.eq(expires_at)))
        .execute(db)
        .map(|_| ())
}

/// Removes a session; the other pages of that browser hear of it.
pub fn delete(tx: &mut Tx, id: &str) -> QueryResult<()> {
    let account_id: Option<Option<AccountId>> =
        sessions::table.find(id).select(sessions::account_id).first(tx.db).optional()?;
    diesel::delete(sessions::table.find(id)).execute(tx.db)?;
    if let Some(account_id) = account_id.flatten() {
        tx.announce(Event::SignedOut(account_id));
    }
    Ok(())
}
