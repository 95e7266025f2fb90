//! SQL of the salary: schemes, entries, closed months; what was worked is in `work`.

pub mod work;

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use super::rules::{Item, Line, LineKind, Scheme};
use crate::domain::id::{AccountId, SalaryEntryId};
use crate::domain::month::Month;
use crate::domain::order::StatusOrder;
use crate::domain::person::{AccountStatus, Role};
use crate::platform::db::schema::{
    accounts, orders, salary_entries, salary_lines, salary_months, salary_schemes,
};
use crate::platform::db::stored::{Day, Json, to_json};
use crate::platform::db::{Db, Tx, portable};
use crate::platform::live::Event;

/// A scheme as it is kept.
#[derive(Clone, Debug)]
pub struct KeptScheme {
    /// Whose it is; nobody's is everybody's.
    pub operator: Option<AccountId>,
    /// From which day.
    pub from: NaiveDate,
    /// It ends those of its operator: from then on everybody's counts again.
    pub is_common: bool,
    /// What it pays.
    pub scheme: Scheme,
    /// Who agreed it.
    pub author: String,
    /// When, UTC.
    pub at: NaiveDateTime,
}

#[derive(Queryable)]
struct SchemeRow {
    name: String,
    operator_id: Option<AccountId>,
    from_day: Day,
    is_common: bool,
    hour: Option<i64>,
    accepted: Option<i64>,
    accepted_seconds: i64,
    ordered: Option<i64>,
    done: Option<i64>,
    percent: Option<i64>,
    plan_orders: Option<i64>,
    plan_bonus: Option<i64>,
    author: String,
    created_at: NaiveDateTime,
}

impl From<SchemeRow> for KeptScheme {
    fn from(row: SchemeRow) -> Self {
        Self {
            operator: row.operator_id,
            from: row.from_day.0,
            is_common: row.is_common,
            scheme: Scheme {
                name: row.name,
                from: Some(row.from_day.0),
                hour: row.hour,
                accepted: row.accepted,
                accepted_seconds: row.accepted_seconds,
                ordered: row.ordered,
                done: row.done,
                percent: row.percent,
                plan_orders: row.plan_orders,
                plan_bonus: row.plan_bonus,
            },
            author: row.author,
            at: row.created_at,
        }
    }
}

/// All schemes, in the order in which they began; of one day the last one counts.
pub fn schemes(db: &mut Db) -> QueryResult<Vec<KeptScheme>> {
    let rows: Vec<SchemeRow> = salary_schemes::table
        .inner_join(accounts::table.on(accounts::id.eq(salary_schemes::created_by)))
        .order((salary_schemes::from_day, salary_schemes::id))
        .select((
            salary_schemes::name,
            salary_schemes::operator_id,
            salary_schemes::from_day,
            salary_schemes::is_common,
            salary_schemes::hour,
            salary_schemes::accepted,
            salary_schemes::accepted_seconds,
            salary_schemes::ordered,
            salary_schemes::done,
            salary_schemes::percent,
            salary_schemes::plan_orders,
            salary_schemes::plan_bonus,
            accounts::name,
            salary_schemes::created_at,
        ))
        .load(db)?;
    Ok(rows.into_iter().map(KeptScheme::from).collect())
}

/// What is agreed from a day on.
#[derive(Clone, Debug)]
pub struct NewScheme {
    /// Whose; none for everybody.
    pub operator: Option<AccountId>,
    /// From which day.
    pub from: NaiveDate,
    /// The operator is paid as everybody from then on.
    pub is_common: bool,
    /// What it pays.
    pub scheme: Scheme,
}

/// Keeps a scheme. The lines of closed months do not follow.
pub fn add_scheme(tx: &mut Tx, new: &NewScheme, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    let scheme = &new.scheme;
    diesel::insert_into(salary_schemes::table)
        .values((
            salary_schemes::name.eq(&scheme.name),
            salary_schemes::operator_id.eq(new.operator),
            salary_schemes::from_day.eq(new.from.to_string()),
            salary_schemes::is_common.eq(new.is_common),
            salary_schemes::hour.eq(scheme.hour),
            salary_schemes::accepted.eq(scheme.accepted),
            salary_schemes::accepted_seconds.eq(scheme.accepted_seconds),
            salary_schemes::ordered.eq(scheme.ordered),
            salary_schemes::done.eq(scheme.done),
            salary_schemes::percent.eq(scheme.percent),
            salary_schemes::plan_orders.eq(scheme.plan_orders),
            salary_schemes::plan_bonus.eq(scheme.plan_bonus),
            salary_schemes::created_by.eq(by),
            salary_schemes::created_at.eq(now),
        ))
        .execute(tx.db)?;
    tx.announce(Event::Salary(new.operator));
    Ok(())
}

/// An entry by hand.
#[derive(Clone, Debug, Queryable)]
pub struct Entry {
    /// Its id.
    pub id: SalaryEntryId,
    /// Whose.
    pub operator: AccountId,
    /// On which day.
    pub day: Day,
    /// What it is.
    pub kind: LineKind,
    /// Kopecks.
    pub amount: i64,
    /// Why.
    pub reason: String,
    /// Who wrote it.
    pub author: String,
    /// When it was taken back, UTC.
    pub removed_at: Option<NaiveDateTime>,
    /// It pays what became known of a closed month.
    pub is_carried: bool,
}

/// Entries of a month, those taken back as well.
pub fn entries(db: &mut Db, month: Month, operator: Option<AccountId>) -> QueryResult<Vec<Entry>> {
    let mut query = salary_entries::table
        .inner_join(accounts::table.on(accounts::id.eq(salary_entries::created_by)))
        .filter(salary_entries::day.ge(month.first().to_string()))
        .filter(salary_entries::day.le(month.last().to_string()))
        .order((salary_entries::day, salary_entries::id))
        .select((
            salary_entries::id,
            salary_entries::operator_id,
            salary_entries::day,
            salary_entries::kind,
            salary_entries::amount,
            salary_entries::reason,
            accounts::name,
            salary_entries::removed_at,
            salary_entries::of_month.is_not_null(),
        ))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(salary_entries::operator_id.eq(operator));
    }
    query.load(db)
}

/// A new entry.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of salary_entries")]
pub struct NewEntry {
    pub operator: AccountId,
    pub day: NaiveDate,
    pub kind: LineKind,
    pub amount: i64,
    pub reason: String,
    /// The closed month whose late facts it pays.
    pub of_month: Option<Month>,
}

/// Keeps an entry.
pub fn add_entry(tx: &mut Tx, new: &NewEntry, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    diesel::insert_into(salary_entries::table)
        .values((
            salary_entries::operator_id.eq(new.operator),
            salary_entries::day.eq(new.day.to_string()),
            salary_entries::kind.eq(new.kind),
            salary_entries::amount.eq(new.amount),
            salary_entries::reason.eq(&new.reason),
            salary_entries::of_month.eq(new.of_month.map(|month| month.to_string())),
            salary_entries::created_by.eq(by),
            salary_entries::created_at.eq(now),
        ))
        .execute(tx.db)?;
    tx.announce(Event::Salary(Some(new.operator)));
    Ok(())
}

/// Takes an entry back. Gives what it was, `None` when there is none that counts.
pub fn remove_entry(
    tx: &mut Tx,
    id: SalaryEntryId,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<Option<NewEntry>> {
    let row: Option<(AccountId, Day, LineKind, i64, String)> = salary_entries::table
        .find(id)
        .filter(salary_entries::removed_at.is_null())
        .select((
            salary_entries::operator_id,
            salary_entries::day,
            salary_entries::kind,
            salary_entries::amount,
            salary_entries::reason,
        ))
        .first(tx.db)
        .optional()?;
    let Some((operator, day, kind, amount, reason)) = row else { return Ok(None) };
    diesel::update(salary_entries::table.find(id))
        .set((salary_entries::removed_by.eq(by), salary_entries::removed_at.eq(now)))
        .execute(tx.db)?;
    tx.announce(Event::Salary(Some(operator)));
    Ok(Some(NewEntry { operator, day: day.0, kind, amount, reason, of_month: None }))
}

/// What corrections have paid of the late facts of a closed month.
pub fn carried(
    db: &mut Db,
    month: Month,
    operator: Option<AccountId>,
) -> QueryResult<BTreeMap<AccountId, i64>> {
    let mut query = salary_entries::table
        .filter(salary_entries::of_month.eq(month.to_string()))
        .filter(salary_entries::removed_at.is_null())
        .select((salary_entries::operator_id, salary_entries::amount))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(salary_entries::operator_id.eq(operator));
    }
    let rows: Vec<(AccountId, i64)> = query.load(db)?;
    let mut sums = BTreeMap::new();
    for (operator, amount) in rows {
        *sums.entry(operator).or_insert(0) += amount;
    }
    Ok(sums)
}

/// Who closed a month and when; none while it is open.
pub fn closed(db: &mut Db, month: Month) -> QueryResult<Option<(String, NaiveDateTime)>> {
    salary_months::table
        .inner_join(accounts::table)
        .filter(salary_months::month.eq(month.to_string()))
        .select((accounts::name, salary_months::closed_at))
        .first(db)
        .optional()
}

/// Lets nobody else change what a month pays until the transaction ends.
pub fn lock(tx: &mut Tx) -> QueryResult<()> {
    portable::lock(tx.db, "salary")
}

/// Sheets by operator.
pub type Sheets = BTreeMap<AccountId, Vec<Line>>;

/// Closes a month with these sheets.
pub fn close(
    tx: &mut Tx,
    month: Month,
    sheets: &Sheets,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    diesel::insert_into(salary_months::table)
        .values((
            salary_months::month.eq(month.to_string()),
            salary_months::closed_by.eq(by),
            salary_months::closed_at.eq(now),
        ))
        .execute(tx.db)?;
    for (operator, lines) in sheets {
        for (position, line) in lines.iter().enumerate() {
            diesel::insert_into(salary_lines::table)
                .values((
                    salary_lines::month.eq(month.to_string()),
                    salary_lines::operator_id.eq(*operator),
                    salary_lines::position.eq(i64::try_from(position).unwrap_or(0)),
                    salary_lines::kind.eq(line.kind),
                    salary_lines::title.eq(&line.title),
                    salary_lines::formula.eq(&line.formula),
                    salary_lines::about.eq(&line.about),
                    salary_lines::amount.eq(line.amount),
                    salary_lines::items.eq(to_json(&line.items)?),
                ))
                .execute(tx.db)?;
        }
    }
    tx.announce(Event::Salary(None));
    Ok(())
}

/// Opens a month again; what it paid is computed anew from then on. False when it is open.
pub fn reopen(tx: &mut Tx, month: Month) -> QueryResult<bool> {
    diesel::delete(salary_lines::table.filter(salary_lines::month.eq(month.to_string()))).execute(tx.db)?;
    let rows = diesel::delete(salary_months::table.find(month.to_string())).execute(tx.db)?;
    tx.announce(Event::Salary(None));
    Ok(rows == 1)
}

/// What a closed month paid.
pub fn frozen(db: &mut Db, month: Month, operator: Option<AccountId>) -> QueryResult<Sheets> {
    type Row = (i64, AccountId, LineKind, String, String, String, i64, Json<Vec<Item>>);
    let mut query = salary_lines::table
        .filter(salary_lines::month.eq(month.to_string()))
        .order((salary_lines::operator_id, salary_lines::position))
        .select((
            salary_lines::id,
            salary_lines::operator_id,
            salary_lines::kind,
            salary_lines::title,
            salary_lines::formula,
            salary_lines::about,
            salary_lines::amount,
            salary_lines::items,
        ))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(salary_lines::operator_id.eq(operator));
    }
    let rows: Vec<Row> = query.load(db)?;
    let mut sheets = Sheets::new();
    for (id, operator, kind, title, formula, about, amount, items) in rows {
        let items = items.read("salary_lines.items", id)?;
        sheets.entry(operator).or_default().push(Line { kind, title, formula, about, amount, items });
    }
    Ok(sheets)
}

/// Operators who work here.
pub fn operators(db: &mut Db) -> QueryResult<Vec<(AccountId, String)>> {
    accounts::table
        .filter(accounts::role.eq(Role::Operator))
        .filter(accounts::status.eq(AccountStatus::Active))
        .order((accounts::name, accounts::id))
        .select((accounts::id, accounts::name))
        .load(db)
}

/// Closed months since one, the newest first.
pub fn closed_since(db: &mut Db, month: Month) -> QueryResult<Vec<String>> {
    salary_months::table
        .filter(salary_months::month.ge(month.to_string()))
        .order(salary_months::month.desc())
        .select(salary_months::month)
        .load(db)
}

/// Names of these people.
pub fn names(db: &mut Db, ids: &[AccountId]) -> QueryResult<BTreeMap<AccountId, String>> {
    let rows: Vec<(AccountId, String)> = accounts::table
        .filter(accounts::id.eq_any(ids.to_vec()))
        .select((accounts::id, accounts::name))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// The name of a person, and whether they are an operator now.
pub fn person(db: &mut Db, id: AccountId) -> QueryResult<Option<(String, bool)>> {
    let row: Option<(String, Role)> =
        accounts::table.find(id).select((accounts::name, accounts::role)).first(db).optional()?;
    Ok(row.map(|(name, role)| (name, role == Role::Operator)))
}

/// Done orders of a month that nobody has given a sum: they earn nothing yet.
pub fn without_sum(db: &mut Db, since: NaiveDateTime, until: NaiveDateTime) -> QueryResult<i64> {
    orders::table
        .filter(orders::status_order.eq(StatusOrder::Done))
        .filter(sql::<Timestamp>(work::CLOSED).ge(since))
        .filter(sql::<Timestamp>(work::CLOSED).lt(until))
        .filter(orders::result.is_null().or(orders::result.eq(0)))
        .count()
        .get_result(db)
}
