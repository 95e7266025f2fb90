//! What becomes known later: a line is described, an employee gets his extension.

use diesel::prelude::*;

use super::directory::Labels;
use crate::domain::id::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::schema::{callcentre_operator, calls, phones};

/// Gives the past calls of the line `number` (canonical digits) that miss РК or city what the line says now, and
/// tells how many changed. A call that has both keeps them, and so does one that has something else than the line
/// says: it came when the line was another's. To be called after the line was saved.
pub fn relabel_line(tx: &mut Tx, number: &str) -> QueryResult<usize> {
    let line: Option<Labels> = phones::table
        .filter(phones::number.eq(number.to_owned()))
        .select((phones::rk, phones::city, phones::avito_name))
        .first(tx.db)
        .optional()?;
    let Some(labels) = line.filter(|labels| *labels != Labels::default()) else { return Ok(0) };
    let fits_rk = calls::rk.is_null().or(calls::rk.eq(labels.rk.clone()));
    let fits_city = calls::city.is_null().or(calls::city.eq(labels.city.clone()));
    let fits_avito = calls::avito_name.is_null().or(calls::avito_name.eq(labels.avito_name.clone()));
    diesel::update(calls::table)
        .filter(calls::phone_ats.eq(number.to_owned()))
        .filter(calls::rk.is_null().or(calls::city.is_null()))
        .filter(fits_rk)
        .filter(fits_city)
        .filter(fits_avito)
        .set((
            calls::rk.eq(labels.rk),
            calls::city.eq(labels.city),
            calls::avito_name.eq(labels.avito_name),
            calls::version.eq(calls::version + 1),
        ))
        .execute(tx.db)
}

/// Credits the calls that an extension without a person took to the employee who has it now, and tells how many.
/// Calls that have a person keep him. To be called after the employee was saved.
pub fn relabel_operator(tx: &mut Tx, account_id: AccountId) -> QueryResult<usize> {
    let extension: Option<Option<String>> = callcentre_operator::table
        .find(account_id)
        .select(callcentre_operator::extension)
        .first(tx.db)
        .optional()?;
    let Some(extension) = extension.flatten() else { return Ok(0) };
    let first = diesel::update(calls::table)
        .filter(calls::operator_id.is_null())
        .filter(calls::operator_extension.eq(extension.clone()))
        .set((calls::operator_id.eq(account_id), calls::version.eq(calls::version + 1)))
        .execute(tx.db)?;
    let last = diesel::update(calls::table)
        .filter(calls::last_operator_id.is_null())
        .filter(calls::last_operator_extension.eq(extension))
        .set((calls::last_operator_id.eq(account_id), calls::version.eq(calls::version + 1)))
        .execute(tx.db)?;
    Ok(first.max(last))
}
