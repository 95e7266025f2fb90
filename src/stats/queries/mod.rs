//! SQL of the statistics: facts of a day, and figures that are kept.

pub mod facts;
pub mod kept;
pub mod listen;
pub mod presence;

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::id::{AccountId, MasterId};
use crate::domain::person::Role;
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, master, phones};

/// Names of everybody who ever took calls.
pub fn operators(db: &mut Db) -> QueryResult<Vec<(AccountId, String)>> {
    accounts::table
        .filter(accounts::role.eq(Role::Operator))
        .order((accounts::name, accounts::id))
        .select((accounts::id, accounts::name))
        .load(db)
}

/// Names of all people, whatever their role.
pub fn people(db: &mut Db) -> QueryResult<HashMap<AccountId, String>> {
    let rows: Vec<(AccountId, String)> = accounts::table.select((accounts::id, accounts::name)).load(db)?;
    Ok(rows.into_iter().collect())
}

/// Names of all masters.
pub fn masters(db: &mut Db) -> QueryResult<HashMap<MasterId, String>> {
    let rows: Vec<(MasterId, String)> = master::table.select((master::id, master::name)).load(db)?;
    Ok(rows.into_iter().collect())
}

/// What the admin calls the lines.
pub fn lines(db: &mut Db) -> QueryResult<HashMap<String, String>> {
    let rows: Vec<(String, String)> =
        phones::table.filter(phones::name.ne("")).select((phones::number, phones::name)).load(db)?;
    Ok(rows.into_iter().collect())
}
