//! SQL of lines.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::form::Offered;
use super::{Line, LineFields};
use crate::catalogs;
use crate::domain::id::{AccountId, LineId};
use crate::platform::audit;
use crate::platform::db::schema::{calls as call_rows, phones};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::web::field_errors::{FieldErrors, FormOutcome};

type Columns = (LineId, String, Option<String>, Option<String>, Option<String>, bool, NaiveDateTime, String);

fn line((id, number, rk, city, avito_name, is_known, created_at, name): Columns) -> Line {
    Line { id, number, rk, city, avito_name, is_known, created_at, name }
}

/// Every line: unknown ones first, newest on top; known ones by number.
pub fn all(db: &mut Db) -> QueryResult<Vec<Line>> {
    let mut all: Vec<Line> = phones::table.load::<Columns>(db)?.into_iter().map(line).collect();
    all.sort_by(|a, b| {
        let order = a.is_known.cmp(&b.is_known);
        order.then_with(|| if a.is_known { a.number.cmp(&b.number) } else { b.id.cmp(&a.id) })
    });
    Ok(all)
}

/// One line.
pub fn by_id(db: &mut Db, id: LineId) -> QueryResult<Option<Line>> {
    Ok(phones::table.find(id).first::<Columns>(db).optional()?.map(line))
}

/// How many calls came to each of `numbers`, and when the last one did (UTC).
pub fn calls_of(db: &mut Db, numbers: &[String]) -> QueryResult<HashMap<String, (i64, NaiveDateTime)>> {
    let rows: Vec<(Option<String>, i64, Option<NaiveDateTime>)> = call_rows::table
        .filter(call_rows::phone_ats.eq_any(numbers.to_vec()))
        .group_by(call_rows::phone_ats)
        .select((call_rows::phone_ats, diesel::dsl::count_star(), diesel::dsl::max(call_rows::started_at)))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(number, n, last)| Some((number?, (n, last?)))).collect())
}

/// True when there is a call on `number`.
pub fn has_calls(db: &mut Db, number: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(call_rows::table.filter(call_rows::phone_ats.eq(number.to_owned()))))
        .get_result(db)
}

/// The names a line may be given: those in use, and what `line` has already.
pub fn offered(db: &mut Db, line: Option<&Line>) -> QueryResult<Offered> {
    let with = |mut names: Vec<String>, kept: Option<&String>| {
        if let Some(kept) = kept.filter(|kept| !names.contains(kept)) {
            names.push(kept.clone());
        }
        names
    };
    let cities = catalogs::queries::cities(db)?.into_iter().filter(|c| c.is_active).map(|c| c.name).collect();
    Ok(Offered {
        campaigns: with(catalogs::queries::campaigns(db)?, line.and_then(|l| l.rk.as_ref())),
        cities: with(cities, line.and_then(|l| l.city.as_ref())),
        avito: with(catalogs::queries::avito_names(db)?, line.and_then(|l| l.avito_name.as_ref())),
    })
}

/// Saves a new line (`id` none) or what a line is from now on; a number somebody has entered before is refused
/// at its field. The line is known afterwards, and its calls that lack a campaign, city or account get them.
pub fn save(
    tx: &mut Tx,
    id: Option<LineId>,
    wanted: &LineFields,
    by: AccountId,
    now: NaiveDateTime,
) -> FormOutcome<()> {
    let values = (
        phones::number.eq(&wanted.number),
        phones::rk.eq(&wanted.rk),
        phones::city.eq(&wanted.city),
        phones::avito_name.eq(&wanted.avito_name),
        phones::name.eq(&wanted.name),
        phones::is_known.eq(true),
    );
    let written = tx.db.transaction(|db| match id {
        Some(id) => diesel::update(phones::table.find(id)).set(values).execute(db),
        None => diesel::insert_into(phones::table).values((values, phones::created_at.eq(now))).execute(db),
    });
    match written {
        Ok(0) => return Err(AppError::NotFound),
        Ok(_) => {}
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            let mut errors = FieldErrors::default();
            errors.add("number", "Такой номер уже есть в списке: измените его там");
            return Ok(Err(errors));
        }
        Err(error) => return Err(error.into()),
    }
    let relabelled = crate::calls::queries::write::relabel_line(tx, &wanted.number)?;
    let detail = format!(
        "{}, {}, {}; дополнено звонков: {relabelled}",
        wanted.rk,
        wanted.city,
        wanted.avito_name.as_deref().unwrap_or("без аккаунта")
    );
    let action = if id.is_some() { "line.edit" } else { "line.create" };
    audit::record(tx, &audit::Entry { by, action, subject: &wanted.number, detail: &detail }, now)?;
    tx.announce(Event::Lists);
    Ok(Ok(()))
}

/// Deletes a line nobody has called; `false` when there are calls.
pub fn delete(tx: &mut Tx, id: LineId, by: AccountId, now: NaiveDateTime) -> Result<bool, AppError> {
    let line = by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    if has_calls(tx.db, &line.number)? {
        return Ok(false);
    }
    diesel::delete(phones::table.find(id)).execute(tx.db)?;
    audit::record(tx, &audit::Entry { by, action: "line.delete", subject: &line.number, detail: "" }, now)?;
    tx.announce(Event::Lists);
    Ok(true)
}
