//! What was taken before, and what our own lists and accounts say.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AccountId, AvitoId, MasterId, OrderId};
use crate::domain::person::Role;
use crate::platform::db::Db;
use crate::platform::db::schema::{
    accounts, avito, callcentre_operator, campaigns, cities, import_rows, master, orders, phones,
};

crate::text_enum! {
    /// What a taken row is.
    Kind {
        /// Of `callcentre_admin`.
        Admin = "admin",
        /// Of `callcentre_operator`.
        Operator = "operator",
        /// Of `master`.
        Master = "master",
        /// Of `avito`.
        Avito = "avito",
        /// Of `phones`.
        Line = "line",
        /// Of `calls`.
        Call = "call",
        /// Of `orders`.
        Order = "order",
        /// A document some row names.
        Paper = "paper",
        /// A recording a call names.
        Recording = "recording",
        /// Of `master_schedule`.
        DayOff = "day_off",
    }
}

/// Where a row is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::import) struct Taken {
    /// Its id here.
    pub ours: i64,
    /// When it was changed last there, as it said when it was taken.
    pub told: String,
}

/// Which of these rows were taken before, by their keys there.
pub(in crate::cli::import) fn taken(
    db: &mut Db,
    kind: Kind,
    keys: Vec<String>,
) -> QueryResult<HashMap<String, Taken>> {
    let rows: Vec<(String, i64, String)> = import_rows::table
        .filter(import_rows::kind.eq(kind))
        .filter(import_rows::former_key.eq_any(keys))
        .select((import_rows::former_key, import_rows::our_key, import_rows::told))
        .load(db)?;
    Ok(rows.into_iter().map(|(key, ours, told)| (key, Taken { ours, told })).collect())
}

/// Every taken row of a kind.
pub(in crate::cli::import) fn all_taken(db: &mut Db, kind: Kind) -> QueryResult<HashMap<i64, i64>> {
    let rows: Vec<(String, i64)> = import_rows::table
        .filter(import_rows::kind.eq(kind))
        .select((import_rows::former_key, import_rows::our_key))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(key, ours)| Some((key.parse().ok()?, ours))).collect())
}

/// A row of `import_rows`.
#[derive(Insertable)]
#[diesel(table_name = import_rows, treat_none_as_default_value = false)]
pub(in crate::cli::import) struct NewTaken {
    pub kind: Kind,
    pub former_key: String,
    pub our_key: i64,
    pub told: String,
    pub taken_at: NaiveDateTime,
}

/// Keeps what is taken, in the transaction that takes it.
pub(in crate::cli::import) fn remember(db: &mut Db, rows: &[NewTaken]) -> QueryResult<()> {
    crate::bulk_insert!(db, import_rows::table, rows)
}

/// Names of cities, with their zones.
pub(in crate::cli::import) fn cities(db: &mut Db) -> QueryResult<Vec<(String, String)>> {
    cities::table.order(cities::id).select((cities::name, cities::time_zone)).load(db)
}

/// Names of campaigns.
pub(in crate::cli::import) fn campaigns(db: &mut Db) -> QueryResult<Vec<String>> {
    campaigns::table.order(campaigns::id).select(campaigns::name).load(db)
}

/// Names of Avito accounts.
pub(in crate::cli::import) fn avito(db: &mut Db) -> QueryResult<Vec<String>> {
    avito::table.order(avito::id).select(avito::name).load(db)
}

/// An Avito account of this name: its id, and whether it has keys.
pub(in crate::cli::import) fn avito_named(db: &mut Db, name: &str) -> QueryResult<Option<(AvitoId, bool)>> {
    avito::table
        .filter(avito::name.eq(name.to_owned()))
        .select((avito::id, avito::client_secret.is_not_null()))
        .first(db)
        .optional()
}

/// Whether an account has this number at Avito.
pub(in crate::cli::import) fn has_avito_user(db: &mut Db, user: i64) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(avito::table.filter(avito::user_id.eq(user)))).get_result(db)
}

/// The account of a login.
pub(in crate::cli::import) fn account(db: &mut Db, login: &str) -> QueryResult<Option<(AccountId, Role)>> {
    accounts::table
        .filter(accounts::login.eq(login.to_lowercase()))
        .select((accounts::id, accounts::role))
        .first(db)
        .optional()
}

/// Whether somebody has this SIP address.
pub(in crate::cli::import) fn has_sip(db: &mut Db, sip: &str) -> QueryResult<bool> {
    let same = callcentre_operator::table.filter(callcentre_operator::sip_address.eq(sip.to_owned()));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

/// A master of this name, when there is exactly one.
pub(in crate::cli::import) fn master_named(db: &mut Db, name: &str) -> QueryResult<Option<MasterId>> {
    let same: Vec<MasterId> =
        master::table.filter(master::name.eq(name.to_owned())).select(master::id).limit(2).load(db)?;
    Ok(same.first().copied().filter(|_| same.len() == 1))
}

/// Whether there is a line of this number that somebody has described: `None` for no line.
pub(in crate::cli::import) fn line(db: &mut Db, number: &str) -> QueryResult<Option<(i64, bool)>> {
    phones::table
        .filter(phones::number.eq(number.to_owned()))
        .select((phones::id, phones::is_known))
        .first(db)
        .optional()
}

/// Which of these numbers of orders are given here.
pub(in crate::cli::import) fn orders_with(db: &mut Db, ids: Vec<OrderId>) -> QueryResult<HashSet<OrderId>> {
    let there: Vec<OrderId> = orders::table.filter(orders::id.eq_any(ids)).select(orders::id).load(db)?;
    Ok(there.into_iter().collect())
}

/// Whoever may stand as the one who put a paper in: an admin, else anybody.
pub(in crate::cli::import) fn somebody(db: &mut Db) -> QueryResult<Option<AccountId>> {
    // «admin» comes before «operator».
    accounts::table.order((accounts::role, accounts::id)).select(accounts::id).first(db).optional()
}
