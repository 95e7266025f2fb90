//! SQL of wanted calls.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::DialState;
use crate::domain::call::{CallState, CallStatus, Leg, Present};
use crate::domain::id::{AccountId, CallId, DialId};
use crate::platform::db::schema::{calls, dials, phones};
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, Tx, portable};
use crate::platform::live::Event;

/// A wanted call and what came of it.
#[derive(Clone, Debug, Queryable)]
pub struct Dial {
    /// The row.
    pub id: DialId,
    /// Whose telephone rings first.
    pub extension: String,
    /// The client's number, canonical digits.
    pub number: String,
    /// Where the button stood.
    pub from_call_id: Option<CallId>,
    /// How far it has come.
    pub state: DialState,
    /// Why it failed, for a person.
    pub error: String,
    /// When it was asked for.
    pub created_at: NaiveDateTime,
    /// The call that came of it: id, state, result, end.
    pub call: Option<(CallId, CallState, Option<CallStatus>, Option<NaiveDateTime>)>,
}

/// The last call `account_id` asked for.
pub fn last(db: &mut Db, account_id: AccountId) -> QueryResult<Option<Dial>> {
    dials::table
        .left_join(calls::table.on(dials::call_id.eq(calls::id.nullable())))
        .filter(dials::account_id.eq(account_id))
        .order(dials::id.desc())
        .select((
            dials::id,
            dials::extension,
            dials::number,
            dials::from_call_id,
            dials::state,
            dials::error,
            dials::created_at,
            (calls::id, calls::state, calls::status, calls::ended_at).nullable(),
        ))
        .first(db)
        .optional()
}

/// A call that is wanted.
pub struct NewDial<'a> {
    /// What the telephony will repeat.
    pub command_id: &'a str,
    /// Who wants it.
    pub account_id: AccountId,
    /// His telephone.
    pub extension: &'a str,
    /// Canonical digits.
    pub number: &'a str,
    /// Our line, as the client knows it.
    pub line: Option<&'a str>,
    /// Where the button stood.
    pub from_call_id: Option<CallId>,
}

/// Only one at a time past this line for one person: two quick presses are one call.
pub fn lock(db: &mut Db, account_id: AccountId) -> QueryResult<()> {
    portable::lock(db, &format!("dial {account_id}"))
}

/// True when there is such a call.
pub fn has_call(db: &mut Db, id: CallId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(calls::table.find(id))).get_result(db)
}

/// Notes a wanted call; gives its id.
pub fn insert(tx: &mut Tx, new: &NewDial, now: NaiveDateTime) -> QueryResult<DialId> {
    let id = diesel::insert_into(dials::table)
        .values((
            dials::command_id.eq(new.command_id),
            dials::account_id.eq(new.account_id),
            dials::extension.eq(new.extension),
            dials::number.eq(new.number),
            dials::line.eq(new.line),
            dials::from_call_id.eq(new.from_call_id),
            dials::state.eq(DialState::Asked),
            dials::created_at.eq(now),
        ))
        .returning(dials::id)
        .get_result(tx.db)?;
    tx.announce(Event::Dial(new.account_id));
    Ok(id)
}

/// Notes what the telephony said of a command; a command that is not ours, or that has become a call or been closed
/// already, is left alone.
pub fn answer(tx: &mut Tx, command_id: &str, failure: Option<&str>) -> QueryResult<()> {
    let waiting = dials::table
        .filter(dials::command_id.eq(command_id.to_owned()))
        .filter(dials::state.eq_any([DialState::Asked, DialState::Accepted]))
        .filter(dials::call_id.is_null());
    let state = if failure.is_some() { DialState::Failed } else { DialState::Accepted };
    let set = (dials::state.eq(state), dials::error.eq(failure.unwrap_or_default()));
    let account: Option<AccountId> =
        diesel::update(waiting).set(set).returning(dials::account_id).get_result(tx.db).optional()?;
    if let Some(account) = account {
        tx.announce(Event::Dial(account));
    }
    Ok(())
}

/// Joins the call `call_id` with the command it came of, and tells who asked for it.
pub fn became(tx: &mut Tx, command_id: &str, call_id: CallId) -> QueryResult<()> {
    let found: Option<(DialId, AccountId, Option<CallId>)> = dials::table
        .filter(dials::command_id.eq(command_id.to_owned()))
        .select((dials::id, dials::account_id, dials::call_id))
        .first(tx.db)
        .optional()?;
    let Some((id, account, known)) = found else { return Ok(()) };
    if known.is_none() {
        let set = (dials::call_id.eq(call_id), dials::state.eq(DialState::Accepted), dials::error.eq(""));
        diesel::update(dials::table.find(id)).set(set).execute(tx.db)?;
    }
    tx.announce(Event::Dial(account));
    Ok(())
}

/// The operator has seen how it ended; `false` when it is not his or was closed already.
pub fn close(tx: &mut Tx, id: DialId, account_id: AccountId) -> QueryResult<bool> {
    let own = dials::table
        .find(id)
        .filter(dials::account_id.eq(account_id))
        .filter(dials::state.ne(DialState::Over));
    let is_closed = diesel::update(own).set(dials::state.eq(DialState::Over)).execute(tx.db)? == 1;
    if is_closed {
        tx.announce(Event::Dial(account_id));
    }
    Ok(is_closed)
}

/// Who asked for the call, by name; `None` when nobody here did.
pub fn asker(db: &mut Db, call_id: CallId) -> QueryResult<Option<(String, Option<CallId>)>> {
    use crate::platform::db::schema::accounts;
    dials::table
        .inner_join(accounts::table)
        .filter(dials::call_id.eq(call_id))
        .select((accounts::name, dials::from_call_id))
        .first(db)
        .optional()
}

/// The line of a call, if it is one of ours that has been described.
pub fn line_of(db: &mut Db, call_id: CallId) -> QueryResult<Option<String>> {
    let line: Option<Option<String>> =
        calls::table.find(call_id).select(calls::phone_ats).first(db).optional()?;
    known_line(db, line.flatten())
}

/// The line by which the client with `number` reached us last.
pub fn line_of_client(db: &mut Db, number: &str) -> QueryResult<Option<String>> {
    let line: Option<Option<String>> = calls::table
        .filter(calls::group_key.eq(number.to_owned()))
        .order((calls::started_at.desc(), calls::id.desc()))
        .select(calls::phone_ats)
        .first(db)
        .optional()?;
    known_line(db, line.flatten())
}

fn known_line(db: &mut Db, line: Option<String>) -> QueryResult<Option<String>> {
    let Some(line) = line else { return Ok(None) };
    let known = phones::table.filter(phones::number.eq(&line)).filter(phones::is_known.eq(true));
    Ok(diesel::select(diesel::dsl::exists(known)).get_result::<bool>(db)?.then_some(line))
}

/// What a hang-up needs of a call.
#[derive(Clone, Debug, Queryable)]
pub struct Living {
    /// Whether it lives at all.
    pub state: CallState,
    /// Its way through the telephony.
    pub legs: Json<Vec<Leg>>,
    /// Whose telephones take part now.
    pub present: Json<Vec<Present>>,
    /// Whose call it is.
    pub operator_extension: Option<String>,
}

/// What a hang-up needs of the call.
pub fn living(db: &mut Db, call_id: CallId) -> QueryResult<Option<Living>> {
    let columns = (calls::state, calls::legs, calls::present, calls::operator_extension);
    calls::table.find(call_id).select(columns).first(db).optional()
}
