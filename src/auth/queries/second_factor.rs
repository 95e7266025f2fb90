//! SQL of the second factor. Keys are sealed before they come here, codes on paper are hashes.

use chrono::NaiveDateTime;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::platform::db::schema::{recovery_codes, second_factors};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;
use crate::platform::settings;

/// The name of the setting that asks admins for a second factor.
const RULE: &str = "sign-in.second-factor";
const OF_ADMINS: &str = "admins";

/// What is kept of a second factor.
#[derive(Clone, Debug, Queryable)]
pub struct Kept {
    /// The sealed key.
    pub secret: String,
    /// In force; otherwise it is only offered.
    pub is_on: bool,
    /// Since when (UTC).
    pub at: NaiveDateTime,
}

/// The second factor of an account, in force or offered.
pub fn find(db: &mut Db, account_id: AccountId) -> QueryResult<Option<Kept>> {
    second_factors::table
        .find(account_id)
        .select((second_factors::secret, second_factors::is_on, second_factors::at))
        .first(db)
        .optional()
}

/// Offers a key, in the place of one that was offered before.
pub fn offer(tx: &mut Tx, account_id: AccountId, sealed: &str, now: NaiveDateTime) -> QueryResult<()> {
    let row = (
        second_factors::account_id.eq(account_id),
        second_factors::secret.eq(sealed),
        second_factors::at.eq(now),
    );
    crate::insert_new!(tx.db, second_factors::table, row, second_factors::account_id)?;
    let offered = second_factors::table.find(account_id).filter(second_factors::is_on.eq(false));
    diesel::update(offered)
        .set((second_factors::secret.eq(sealed), second_factors::at.eq(now)))
        .execute(tx.db)?;
    Ok(())
}

/// Puts the offered key in force, `step` being that of its first code, with new codes on paper.
pub fn turn_on(
    tx: &mut Tx,
    account_id: AccountId,
    step: i64,
    hashes: &[String],
    now: NaiveDateTime,
) -> QueryResult<()> {
    diesel::update(second_factors::table.find(account_id))
        .set((second_factors::is_on.eq(true), second_factors::last_step.eq(step), second_factors::at.eq(now)))
        .execute(tx.db)?;
    tx.announce(Event::Person(account_id));
    replace_recovery(tx, account_id, hashes)
}

/// Takes the second factor away. False when there was none in force.
pub fn turn_off(tx: &mut Tx, account_id: AccountId) -> QueryResult<bool> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account_id))).execute(tx.db)?;
    let was_on = is_on(tx.db, account_id)?;
    diesel::delete(second_factors::table.find(account_id)).execute(tx.db)?;
    tx.announce(Event::Person(account_id));
    Ok(was_on)
}

/// True when the account has a second factor in force.
pub fn is_on(db: &mut Db, account_id: AccountId) -> QueryResult<bool> {
    let on = second_factors::table.find(account_id).filter(second_factors::is_on.eq(true));
    diesel::select(exists(on)).get_result(db)
}

/// Uses the code of a step. False when it, or a later one, was used before: of many at once only one is let in.
pub fn use_step(tx: &mut Tx, account_id: AccountId, step: i64) -> QueryResult<bool> {
    let unused = second_factors::table
        .find(account_id)
        .filter(second_factors::is_on.eq(true).and(second_factors::last_step.lt(step)));
    Ok(diesel::update(unused).set(second_factors::last_step.eq(step)).execute(tx.db)? == 1)
}

/// Uses a code on paper. False when there is none, or it was used before.
pub fn use_recovery(tx: &mut Tx, account_id: AccountId, hash: &str, now: NaiveDateTime) -> QueryResult<bool> {
    let unused = recovery_codes::table.find((account_id, hash)).filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(now)).execute(tx.db)? == 1)
}

/// Gives other codes on paper: those given before are worth nothing.
pub fn replace_recovery(tx: &mut Tx, account_id: AccountId, hashes: &[String]) -> QueryResult<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account_id))).execute(tx.db)?;
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| (recovery_codes::account_id.eq(account_id), recovery_codes::hash.eq(hash)))
        .collect();
    for row in rows {
        diesel::insert_into(recovery_codes::table).values(row).execute(tx.db)?;
    }
    Ok(())
}

/// Codes on paper that have not been used.
pub fn recovery_left(db: &mut Db, account_id: AccountId) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::account_id.eq(account_id))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(db)
}

/// True when admins have to have one.
pub fn is_asked_of_admins(db: &mut Db) -> QueryResult<bool> {
    Ok(settings::read(db, RULE)?.is_some_and(|value| value == OF_ADMINS))
}

/// Asks admins to have one, or does not any more. Whoever has none is led to it by the next page.
pub fn ask_admins(tx: &mut Tx, wanted: bool, now: NaiveDateTime) -> QueryResult<()> {
    settings::put(tx.db, RULE, if wanted { OF_ADMINS } else { "" }, now)?;
    tx.announce(Event::Lists);
    Ok(())
}
