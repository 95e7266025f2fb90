//! SQL of the time after conversations, and of who is in a state for too long.

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::domain::call::{CallState, Direction};
use crate::domain::id::{AccountId, CallId};
use crate::domain::person::{AccountStatus, Limits, WorkStatus};
use crate::platform::db::schema::{accounts, after_calls, break_reasons, callcentre_operator, calls};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// The time after a conversation that runs.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = after_calls)]
pub struct AfterCall {
    /// Whose.
    pub account_id: AccountId,
    /// When the conversation ended.
    pub started_at: NaiveDateTime,
    /// Where the ordinary time ends.
    pub planned_at: NaiveDateTime,
    /// Where it ends by itself.
    pub until_at: NaiveDateTime,
}

impl AfterCall {
    /// From when it is too long.
    pub fn limits(&self) -> Limits {
        Limits::of(self.started_at, self.planned_at - self.started_at)
    }

    /// Nobody has lengthened it.
    pub fn may_be_lengthened(&self) -> bool {
        self.until_at == self.planned_at
    }
}

/// Of everybody, or of one.
fn running(db: &mut Db, account_id: Option<AccountId>) -> QueryResult<Vec<AfterCall>> {
    let mut query = after_calls::table
        .filter(after_calls::ended_at.is_null())
        .order((after_calls::started_at, after_calls::call_id))
        .select(AfterCall::as_select())
        .into_boxed();
    if let Some(account_id) = account_id {
        query = query.filter(after_calls::account_id.eq(account_id));
    }
    query.load(db)
}

/// What runs of everybody.
pub fn all_running(db: &mut Db) -> QueryResult<Vec<AfterCall>> {
    running(db, None)
}

/// What runs of one person.
pub fn of(db: &mut Db, account_id: AccountId) -> QueryResult<Option<AfterCall>> {
    Ok(running(db, Some(account_id))?.pop())
}

/// Begins the time after a conversation that has ended, `length` of it, for whoever talked last. Once for each call: a
/// repeated or late event begins nothing, and neither does a conversation that ended too long ago, or of somebody who
/// has left or talks again.
pub fn begin(tx: &mut Tx, call_id: CallId, length: Duration, now: NaiveDateTime) -> QueryResult<()> {
    let ended: Option<(Option<AccountId>, Option<NaiveDateTime>)> = calls::table
        .find(call_id)
        .filter(calls::state.eq(CallState::Ended))
        .filter(calls::answered_at.is_not_null())
        .filter(calls::direction.ne(Direction::Internal))
        .select((calls::last_operator_id, calls::ended_at))
        .first(tx.db)
        .optional()?;
    let Some((Some(account_id), Some(ended_at))) = ended else { return Ok(()) };
    let until = ended_at + length;
    if until <= now || is_away_or_talks(tx.db, account_id, ended_at)? {
        return Ok(());
    }
    let row = (
        after_calls::call_id.eq(call_id),
        after_calls::account_id.eq(account_id),
        after_calls::started_at.eq(ended_at),
        after_calls::planned_at.eq(until),
        after_calls::until_at.eq(until),
    );
    if !crate::insert_new!(tx.db, after_calls::table, row, after_calls::call_id)? {
        return Ok(());
    }
    let others = after_calls::table
        .filter(after_calls::account_id.eq(account_id))
        .filter(after_calls::call_id.ne(call_id))
        .filter(after_calls::ended_at.is_null());
    diesel::update(others).set(after_calls::ended_at.eq(ended_at)).execute(tx.db)?;
    tx.announce(Event::WorkStatus(account_id));
    Ok(())
}

fn is_away_or_talks(db: &mut Db, account_id: AccountId, ended_at: NaiveDateTime) -> QueryResult<bool> {
    // Whoever has chosen another status since is not noting that conversation any more.
    let is_here = callcentre_operator::table
        .find(account_id)
        .filter(callcentre_operator::status_work.ne(WorkStatus::Offline))
        .filter(callcentre_operator::status_since.le(ended_at));
    let talks = calls::table
        .filter(calls::last_operator_id.eq(account_id))
        .filter(calls::answered_at.is_not_null())
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("calls.state <> 'ended'"));
    let is_here: bool = diesel::select(exists(is_here)).get_result(db)?;
    Ok(!is_here || diesel::select(exists(talks)).get_result(db)?)
}

/// Whoever talks in this call is not noting an earlier one any more.
pub fn talks(tx: &mut Tx, call_id: CallId, now: NaiveDateTime) -> QueryResult<()> {
    let who: Option<Option<AccountId>> = calls::table
        .find(call_id)
        .filter(calls::state.ne(CallState::Ended))
        .filter(calls::answered_at.is_not_null())
        .select(calls::last_operator_id)
        .first(tx.db)
        .optional()?;
    let Some(account_id) = who.flatten() else { return Ok(()) };
    if end(tx, account_id, now)? {
        tx.announce(Event::WorkStatus(account_id));
    }
    Ok(())
}

/// Ends what runs of somebody; `false` when nothing did. Whoever calls announces it.
pub fn end(tx: &mut Tx, account_id: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let own = after_calls::table
        .filter(after_calls::account_id.eq(account_id))
        .filter(after_calls::ended_at.is_null());
    Ok(diesel::update(own).set(after_calls::ended_at.eq(now)).execute(tx.db)? > 0)
}

/// Gives what runs of somebody its length once more, counted from where it was to end; `false` when it has been
/// lengthened already, or is over.
pub fn lengthen(tx: &mut Tx, account_id: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let Some(row) = of(tx.db, account_id)? else { return Ok(false) };
    if !row.may_be_lengthened() || row.until_at <= now {
        return Ok(false);
    }
    let until = row.planned_at + (row.planned_at - row.started_at);
    let own = after_calls::table
        .filter(after_calls::account_id.eq(account_id))
        .filter(after_calls::ended_at.is_null());
    diesel::update(own).set(after_calls::until_at.eq(until)).execute(tx.db)?;
    tx.announce(Event::WorkStatus(account_id));
    Ok(true)
}

/// Whose time has run out.
pub fn run_out(db: &mut Db, now: NaiveDateTime) -> QueryResult<Vec<AccountId>> {
    after_calls::table
        .filter(after_calls::ended_at.is_null())
        .filter(after_calls::until_at.le(now))
        .select(after_calls::account_id)
        .load(db)
}

/// Ends what has run out: at its own end, not at the moment somebody looked.
pub fn end_run_out(tx: &mut Tx, now: NaiveDateTime) -> QueryResult<()> {
    let whose = run_out(tx.db, now)?;
    let over =
        after_calls::table.filter(after_calls::ended_at.is_null()).filter(after_calls::until_at.le(now));
    diesel::update(over).set(after_calls::ended_at.eq(after_calls::until_at.nullable())).execute(tx.db)?;
    for account_id in whose {
        tx.announce(Event::WorkStatus(account_id));
    }
    Ok(())
}

/// Somebody who is in a state longer than it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Who.
    pub account_id: AccountId,
    /// The name.
    pub name: String,
    /// Reason of the break.
    pub reason: String,
    /// Since when.
    pub since: NaiveDateTime,
    /// How long it should be, in minutes.
    pub limit: i32,
    /// From when it is too long.
    pub limits: Limits,
}

/// Breaks that are longer than their reason allows, longest first.
pub fn long_breaks(db: &mut Db, now: NaiveDateTime) -> QueryResult<Vec<TooLong>> {
    let rows: Vec<(AccountId, String, String, NaiveDateTime, i32)> = callcentre_operator::table
        .inner_join(accounts::table)
        .inner_join(
            break_reasons::table.on(callcentre_operator::status_reason.eq(break_reasons::name.nullable())),
        )
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(callcentre_operator::status_work.eq(WorkStatus::Break))
        .filter(break_reasons::limit_minutes.gt(0))
        .order((callcentre_operator::status_since, accounts::id))
        .select((
            accounts::id,
            accounts::name,
            break_reasons::name,
            callcentre_operator::status_since,
            break_reasons::limit_minutes,
        ))
        .load(db)?;
    let row = |(account_id, name, reason, since, limit): (_, _, _, NaiveDateTime, i32)| {
        let limits = Limits::of(since, Duration::minutes(i64::from(limit)));
        TooLong { account_id, name, reason, since, limit, limits }
    };
    Ok(rows.into_iter().map(row).filter(|row| row.limits.is_over(now)).collect())
}
