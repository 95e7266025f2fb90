//! From a folded call to its row: which line, client and employee the telephony's numbers mean, and the row
//! itself, written only over the version that was seen before folding. Called by the telephony's worker and by
//! `callcentre refold`; pages read calls through `queries`.

pub(crate) mod directory;
mod relabel;
pub(crate) mod row;

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::id::{AccountId, CallId, ClientId};
use crate::platform::db::Db;
use crate::platform::db::schema::calls;
pub use relabel::{relabel_line, relabel_operator};

/// What a call's row held before folding, as far as it decides what is written.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = calls)]
pub struct CallBefore {
    /// The row.
    pub id: CallId,
    entry_id: String,
    version: i64,
    phone_ats: Option<String>,
    rk: Option<String>,
    city: Option<String>,
    avito_name: Option<String>,
    phone_client: Option<String>,
    client_id: Option<ClientId>,
    operator_id: Option<AccountId>,
    operator_extension: Option<String>,
    last_operator_id: Option<AccountId>,
    last_operator_extension: Option<String>,
}

/// The rows of `entry_ids` that exist. To be asked **before** their events are read: whoever then finds the
/// version unchanged has read every event the row was folded from.
pub fn seen(db: &mut Db, entry_ids: &[String]) -> QueryResult<HashMap<String, CallBefore>> {
    let rows: Vec<CallBefore> = calls::table
        .filter(calls::entry_id.eq_any(entry_ids.to_vec()))
        .select((
            calls::id,
            calls::entry_id,
            calls::version,
            calls::phone_ats,
            calls::rk,
            calls::city,
            calls::avito_name,
            calls::phone_client,
            calls::client_id,
            calls::operator_id,
            calls::operator_extension,
            calls::last_operator_id,
            calls::last_operator_extension,
        ))
        .load(db)?;
    Ok(rows.into_iter().map(|seen| (seen.entry_id.clone(), seen)).collect())
}

/// What became of a call that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The row with this id holds it now.
    Written(CallId),
    /// A call between employees, which gets no row.
    Hidden,
    /// Somebody else has written the row since it was seen: read again, fold again.
    Lost,
}
