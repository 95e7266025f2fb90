//! SQL of taking employees and lines over.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::{CabinetEmployee, Operator};
use crate::domain::id::AccountId;
use crate::domain::person::AccountStatus;
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::{accounts, callcentre_operator, phones};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// Operators who have not been dismissed, by name.
pub fn operators(db: &mut Db) -> QueryResult<Vec<Operator>> {
    type Row = (AccountId, String, Option<String>, Option<String>, Option<i64>);
    let rows: Vec<Row> = callcentre_operator::table
        .inner_join(accounts::table)
        .filter(accounts::status.eq(AccountStatus::Active))
        .order((accounts::name, accounts::id))
        .select((
            accounts::id,
            accounts::name,
            callcentre_operator::extension,
            callcentre_operator::sip_address,
            callcentre_operator::mango_user_id,
        ))
        .load(db)?;
    let read = |(id, name, extension, sip, user_id)| Operator { id, name, extension, sip, user_id };
    Ok(rows.into_iter().map(read).collect())
}

/// Gives the operator `id` the number, device and id of `employee`; calls they took before are credited. `false`
/// when another operator has one of them.
pub fn take_over(
    tx: &mut Tx,
    id: AccountId,
    employee: &CabinetEmployee,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<bool, AppError> {
    let known: Option<String> = callcentre_operator::table
        .inner_join(accounts::table)
        .filter(accounts::id.eq(id))
        .select(accounts::name)
        .first(tx.db)
        .optional()?;
    let name = known.ok_or(AppError::NotFound)?;
    let row = callcentre_operator::table.find(id);
    let written = tx.db.transaction(|db| {
        diesel::update(row).set(callcentre_operator::extension.eq(&employee.extension)).execute(db)?;
        if let Some(sip) = &employee.sip {
            diesel::update(row).set(callcentre_operator::sip_address.eq(sip)).execute(db)?;
        }
        if let Some(user_id) = employee.user_id {
            diesel::update(row).set(callcentre_operator::mango_user_id.eq(user_id)).execute(db)?;
        }
        Ok(())
    });
    match written {
        Ok(()) => {}
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    crate::calls::queries::write::relabel_operator(tx, id)?;
    let detail = format!(
        "из кабинета Mango: внутренний {}, {}",
        employee.extension,
        employee.sip.as_deref().unwrap_or("без SIP")
    );
    audit::record(tx, &Entry { by, action: "employee.edit", subject: &name, detail: &detail }, now)?;
    tx.announce(Event::Lists);
    Ok(true)
}

/// Which of `numbers` are not among our lines.
pub fn missing_lines(db: &mut Db, numbers: &[String]) -> QueryResult<Vec<String>> {
    let known: Vec<String> =
        phones::table.filter(phones::number.eq_any(numbers)).select(phones::number).load(db)?;
    Ok(numbers.iter().filter(|number| !known.contains(number)).cloned().collect())
}

/// Adds a line that is still to be described; `false` when it is there already.
pub fn add_line(tx: &mut Tx, number: &str, by: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let row = (phones::number.eq(number), phones::is_known.eq(false), phones::created_at.eq(now));
    if !crate::insert_new!(tx.db, phones::table, row, phones::number)? {
        return Ok(false);
    }
    let detail = "из кабинета Mango, не описана";
    audit::record(tx, &Entry { by, action: "line.create", subject: number, detail }, now)?;
    tx.announce(Event::Lists);
    Ok(true)
}
