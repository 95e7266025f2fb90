//! SQL of calls. Written by hand where the list is concerned: what is newest in its group within any filter
//! cannot be said in Diesel's language once for both databases.

pub mod condition;
pub mod facts;
pub mod list;
pub mod live;
pub mod write;

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::call::{CallState, ClosedBy, Leg};
use crate::domain::id::{AccountId, CallId};
use crate::platform::db::schema::calls;
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// What the page of one call needs beside its row.
#[derive(Queryable)]
pub struct Details {
    /// The telephony's own identifier.
    pub entry_id: String,
    /// Its way through the telephony.
    pub legs: Json<Vec<Leg>>,
    /// Extensions whose telephones rang.
    pub rung: Json<Vec<String>>,
    /// How the number came from the telephony.
    pub phone_client_raw: Option<String>,
    /// First conversation.
    pub answered_at: Option<NaiveDateTime>,
    /// Seconds until the answer or the end.
    pub wait_seconds: i64,
    /// What made it final.
    pub closed_by: Option<ClosedBy>,
}

/// Details of a call; `None` when there is no such call.
pub fn details(db: &mut Db, id: CallId) -> QueryResult<Option<Details>> {
    calls::table
        .find(id)
        .select((
            calls::entry_id,
            calls::legs,
            calls::rung,
            calls::phone_client_raw,
            calls::answered_at,
            calls::wait_seconds,
            calls::closed_by,
        ))
        .first(db)
        .optional()
}

/// Closes the card of a finished call for the operator who talked. False when it was not his call.
pub fn dismiss(tx: &mut Tx, account_id: AccountId, call_id: CallId) -> QueryResult<bool> {
    use crate::platform::db::schema::callcentre_operator;
    let own = calls::table
        .find(call_id)
        .filter(calls::last_operator_id.eq(account_id))
        .filter(calls::state.eq(CallState::Ended));
    if !diesel::select(diesel::dsl::exists(own)).get_result::<bool>(tx.db)? {
        return Ok(false);
    }
    diesel::update(callcentre_operator::table.find(account_id))
        .set(callcentre_operator::dismissed_call_id.eq(call_id))
        .execute(tx.db)?;
    // The same card may stand in another tab.
    tx.announce(Event::Call(call_id));
    Ok(true)
}

/// Names of employees by their extension.
pub fn names_by_extension(db: &mut Db) -> QueryResult<HashMap<String, String>> {
    use crate::platform::db::schema::{accounts, callcentre_operator};
    let rows: Vec<(Option<String>, String)> = callcentre_operator::table
        .inner_join(accounts::table)
        .filter(callcentre_operator::extension.is_not_null())
        .select((callcentre_operator::extension, accounts::name))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(extension, name)| Some((extension?, name))).collect())
}
