//! SQL of the search: people. Everything else is found by the feature it belongs to.

use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::domain::person::Role;
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, callcentre_operator};

/// Somebody who has an account.
pub struct Employee {
    /// The account.
    pub account: AccountId,
    /// Full name.
    pub name: String,
    /// Login.
    pub login: String,
    /// What it may do.
    pub role: Role,
    /// The telephone, or empty.
    pub extension: String,
}

/// Everybody who has an account.
pub fn people(db: &mut Db) -> QueryResult<Vec<Employee>> {
    let rows: Vec<(AccountId, String, String, Role, Option<String>)> = accounts::table
        .left_join(callcentre_operator::table.on(callcentre_operator::id.eq(accounts::id)))
        .order((accounts::name, accounts::id))
        .select((
            accounts::id,
            accounts::name,
            accounts::login,
            accounts::role,
            callcentre_operator::extension.nullable(),
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(account, name, login, role, extension)| Employee {
            account,
            name,
            login,
            role,
            extension: extension.unwrap_or_default(),
        })
        .collect())
}
