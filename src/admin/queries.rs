//! SQL of the overview.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::domain::master::MasterStatus;
use crate::domain::order::StatusOrder;
use crate::domain::person::{AccountStatus, Role, WorkStatus};
use crate::integrations::mango::queries::EventState;
use crate::platform::db::Db;
use crate::platform::db::schema::{
    accounts, avito, avito_reviews, break_reasons, callcentre_operator, campaigns, cities, mango, master,
    orders, phones, refusal_reasons,
};
use crate::recordings::by_mail::queries as mail;

/// What there is, and what waits for an admin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Employees who work here.
    pub employees: i64,
    /// Operators who take calls now.
    pub online: i64,
    /// Operators who pause now.
    pub on_break: i64,
    /// Working operators without an extension: their calls cannot be credited to them.
    pub without_extension: i64,
    /// Lines somebody has described.
    pub known_lines: i64,
    /// Lines seen in calls only.
    pub unknown_lines: i64,
    /// Masters who work.
    pub masters: i64,
    /// Active cities.
    pub cities: i64,
    /// Active campaigns.
    pub campaigns: i64,
    /// Active Avito accounts.
    pub avito: i64,
    /// Active reasons of all three kinds.
    pub reasons: i64,
    /// Events of the telephony that could not be understood.
    pub failed_events: i64,
    /// Letters with recordings that could not be read, or not wholly, of late.
    pub failed_letters: i64,
}

/// Counts everything; of letters those that failed since a moment.
pub fn overview(db: &mut Db, letters_since: NaiveDateTime) -> QueryResult<Overview> {
    let working = accounts::status.eq(AccountStatus::Active);
    let operators = callcentre_operator::table.inner_join(accounts::table).filter(working);
    let with_status =
        |status: WorkStatus| operators.filter(callcentre_operator::status_work.eq(status)).count();
    let lines: Vec<(bool, i64)> =
        phones::table.group_by(phones::is_known).select((phones::is_known, count_star())).load(db)?;
    let lines_of = |known: bool| lines.iter().find(|(k, _)| *k == known).map_or(0, |(_, n)| *n);
    Ok(Overview {
        employees: accounts::table.filter(working).count().get_result(db)?,
        online: with_status(WorkStatus::Online).get_result(db)?,
        on_break: with_status(WorkStatus::Break).get_result(db)?,
        without_extension: operators
            .filter(accounts::role.eq(Role::Operator))
            .filter(callcentre_operator::extension.is_null())
            .count()
            .get_result(db)?,
        known_lines: lines_of(true),
        unknown_lines: lines_of(false),
        masters: master::table.filter(master::status_work.eq(MasterStatus::Active)).count().get_result(db)?,
        cities: cities::table.filter(cities::is_active.eq(true)).count().get_result(db)?,
        campaigns: campaigns::table.filter(campaigns::is_active.eq(true)).count().get_result(db)?,
        avito: avito::table.filter(avito::is_active.eq(true)).count().get_result(db)?,
        reasons: refusal_reasons::table
            .filter(refusal_reasons::is_active.eq(true))
            .count()
            .get_result::<i64>(db)?
            + break_reasons::table.filter(break_reasons::is_active.eq(true)).count().get_result::<i64>(db)?,
        failed_events: mango::table.filter(mango::state.eq(EventState::Failed)).count().get_result(db)?,
        failed_letters: mail::failed_since(db, letters_since)?,
    })
}

/// Open orders whose visit is on this day of their city and whom nobody goes to.
pub fn without_master(db: &mut Db, day: NaiveDate) -> QueryResult<i64> {
    orders::table
        .filter(orders::meeting_day.eq(day.to_string()))
        .filter(orders::status_order.eq_any(StatusOrder::open()))
        .filter(orders::master_id.is_null())
        .count()
        .get_result(db)
}

/// Orders done since a moment that nobody has given a sum.
pub fn without_sum(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    orders::table
        .filter(orders::closing_data.ge(since))
        .filter(orders::status_order.eq(StatusOrder::Done))
        .filter(orders::result.is_null().or(orders::result.eq(0)))
        .count()
        .get_result(db)
}

/// Reviews of three stars and fewer without an answer.
pub fn bad_reviews(db: &mut Db) -> QueryResult<i64> {
    avito_reviews::table
        .filter(avito_reviews::score.le(3).and(avito_reviews::answer_id.is_null()))
        .count()
        .get_result(db)
}

/// An operator who is at work.
#[derive(Clone, Debug, Queryable)]
pub struct AtWork {
    /// Who.
    pub account: AccountId,
    /// The name.
    pub name: String,
    /// On the line or in a break.
    pub status: WorkStatus,
    /// Why, of breaks.
    pub reason: Option<String>,
    /// Since when, UTC.
    pub since: NaiveDateTime,
}

/// Operators who are at work, those on the line first.
pub fn at_work(db: &mut Db) -> QueryResult<Vec<AtWork>> {
    callcentre_operator::table
        .inner_join(accounts::table)
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(callcentre_operator::status_work.ne(WorkStatus::Offline))
        .order((callcentre_operator::status_work.desc(), accounts::name, accounts::id))
        .select((
            accounts::id,
            accounts::name,
            callcentre_operator::status_work,
            callcentre_operator::status_reason,
            callcentre_operator::status_since,
        ))
        .load(db)
}
