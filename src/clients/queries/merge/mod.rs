//! Joining two clients that are one person, and taking that back.
//!
//! The telephony and orders may write rows of both clients meanwhile. They take the client from the number
//! ([`super::ensure`]), so the numbers are locked first: whoever came before has committed when the rows to move are
//! read, whoever comes after finds the survivor. A call that was read before and is written after has another
//! version by then and is folded anew. Locks are taken in the order numbers, calls, orders, each sorted as the
//! telephony sorts them.

mod join;
mod rows;
mod undo;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::card::By;
use crate::domain::id::{AccountId, CallId, ClientId, ClientPhoneId, MergeId, OrderId};
use crate::platform::audit;
use crate::platform::db::schema::{accounts, client_merges, clients};
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

pub use join::merge;
pub use undo::undo;

/// So long whoever joined two clients may take it back; admins always.
const OWN_UNDO: Duration = Duration::days(1);
/// Merges a card shows.
const SHOWN: i64 = 5;

/// Where [`Moved`] is kept.
const MOVED: &str = "client_merges.moved";

/// Rows that changed hands, as `client_merges.moved` keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Of `client_phones`.
    pub phones: Vec<ClientPhoneId>,
    /// The one of them that was the main one.
    #[serde(default)]
    pub main: Option<ClientPhoneId>,
    /// Of `calls`.
    pub calls: Vec<CallId>,
    /// Of `orders`.
    pub orders: Vec<OrderId>,
}

/// Whose name the one that stays will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOf {
    /// Of the client that stays.
    Kept,
    /// Of the client that is joined into it.
    Merged,
}

/// The name the joined client will have. An empty name never wins.
pub fn joined_name<'a>(kept: &'a str, merged: &'a str, of: NameOf) -> &'a str {
    match of {
        NameOf::Kept if !kept.is_empty() => kept,
        NameOf::Merged if !merged.is_empty() => merged,
        NameOf::Kept => merged,
        NameOf::Merged => kept,
    }
}

/// What will be shown loudly: both warnings.
pub fn joined_warning(kept: &str, merged: &str) -> String {
    match (kept, merged) {
        ("", only) | (only, "") => only.to_owned(),
        (kept, merged) if kept == merged => kept.to_owned(),
        (kept, merged) => format!("{kept}; {merged}"),
    }
}

/// A merge that was not taken back.
#[derive(Clone, Debug)]
pub struct LastingMerge {
    /// The merge.
    pub id: MergeId,
    /// The client that is a tombstone now.
    pub merged_id: ClientId,
    /// Its name, empty when it is not known.
    pub merged_name: String,
    /// Who joined them.
    pub by_id: AccountId,
    /// Full name of who joined them.
    pub by: String,
    /// UTC.
    pub at: NaiveDateTime,
    /// What changed hands.
    pub moved: Moved,
}

impl LastingMerge {
    /// Whether `by` may take it back: an admin, or who did it, for a day.
    pub fn may_undo(&self, by: By) -> bool {
        by.is_admin || (self.by_id == by.account_id && by.at - self.at <= OWN_UNDO)
    }
}

/// The newest merges into a client.
pub fn standing(db: &mut Db, kept_id: ClientId) -> QueryResult<Vec<LastingMerge>> {
    type Row = (MergeId, ClientId, String, AccountId, String, NaiveDateTime, Json<Moved>);
    let rows: Vec<Row> = client_merges::table
        .inner_join(clients::table.on(clients::id.eq(client_merges::merged_id)))
        .inner_join(accounts::table.on(accounts::id.eq(client_merges::merged_by)))
        .filter(client_merges::kept_id.eq(kept_id))
        .filter(client_merges::undone_at.is_null())
        .order(client_merges::id.desc())
        .limit(SHOWN)
        .select((
            client_merges::id,
            client_merges::merged_id,
            clients::name,
            client_merges::merged_by,
            accounts::name,
            client_merges::merged_at,
            client_merges::moved,
        ))
        .load(db)?;
    rows.into_iter()
        .map(|(id, merged_id, merged_name, by_id, by, at, moved)| {
            let moved = moved.read(MOVED, id)?;
            Ok(LastingMerge { id, merged_id, merged_name, by_id, by, at, moved })
        })
        .collect()
}

/// Writes the journal and tells the browsers: the lists of calls and orders name clients too.
fn tell(
    tx: &mut Tx,
    action: &'static str,
    (kept_id, merged_id): (ClientId, ClientId),
    detail: &str,
    moved: &Moved,
    by: By,
) -> Result<(), AppError> {
    let subject = format!("Клиент № {kept_id}");
    audit::record(tx, &audit::Entry { by: by.account_id, action, subject: &subject, detail }, by.at)?;
    tx.announce(Event::Client(kept_id));
    tx.announce(Event::Client(merged_id));
    // One of each is enough: a list that hears of one reads itself anew as a whole.
    if let Some(id) = moved.calls.iter().max() {
        tx.announce(Event::Call(*id));
    }
    if let Some(id) = moved.orders.iter().max() {
        tx.announce(Event::Order(*id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_never_wins() {
        assert_eq!(joined_name("Марина", "Мария", NameOf::Kept), "Марина");
        assert_eq!(joined_name("Марина", "Мария", NameOf::Merged), "Мария");
        assert_eq!(joined_name("", "Мария", NameOf::Kept), "Мария");
        assert_eq!(joined_name("Марина", "", NameOf::Merged), "Марина");
        assert_eq!(joined_name("", "", NameOf::Kept), "");
    }

    #[test]
    fn no_warning_is_lost() {
        assert_eq!(joined_warning("", ""), "");
        assert_eq!(joined_warning("Собака", ""), "Собака");
        assert_eq!(joined_warning("", "Собака"), "Собака");
        assert_eq!(joined_warning("Собака", "Собака"), "Собака");
        assert_eq!(joined_warning("Собака", "Не платит"), "Собака; Не платит");
    }
}
