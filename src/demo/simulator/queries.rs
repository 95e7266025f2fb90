//! SQL of the simulated exchange: whom it may ring.

use diesel::prelude::*;

use crate::domain::person::WorkStatus;
use crate::platform::db::Db;
use crate::platform::db::schema::callcentre_operator;

/// Extensions of those who are online.
pub(super) fn online_extensions(db: &mut Db) -> QueryResult<Vec<String>> {
    let found: Vec<Option<String>> = callcentre_operator::table
        .filter(callcentre_operator::status_work.eq(WorkStatus::Online))
        .filter(callcentre_operator::extension.is_not_null())
        .order(callcentre_operator::extension)
        .select(callcentre_operator::extension)
        .load(db)?;
    Ok(found.into_iter().flatten().collect())
}
