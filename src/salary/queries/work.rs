//! What was worked between two moments: hours from work statuses, calls, orders, entries by hand.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use crate::domain::call::{CallStatus, Direction};
use crate::domain::id::{AccountId, OrderId};
use crate::domain::month::Month;
use crate::domain::order::StatusOrder;
use crate::domain::person::WorkStatus;
use crate::domain::zone;
use crate::platform::db::Db;
use crate::platform::db::schema::{calls, orders, work_status_log};
use crate::salary::rules::{Deed, Stretch, Work};

/// The moment an order was closed, as its index has it.
pub(super) const CLOSED: &str = "COALESCE(closing_data, '0001-01-01 00:00:00')";

/// Work by operator.
pub type Works = BTreeMap<AccountId, Vec<Work>>;

/// The work of a month until `now`, of one operator or of all.
pub fn of_month(
    db: &mut Db,
    month: Month,
    operator: Option<AccountId>,
    now: NaiveDateTime,
    zone: Tz,
) -> QueryResult<Works> {
    let (since, until) = month.moments(zone);
    let mut works = Works::new();
    let day = |at: NaiveDateTime| zone::local(at, zone).date();
    let mut add = |who: AccountId, day: NaiveDate, deed: Deed| {
        works.entry(who).or_default().push(Work { day, deed });
    };
    let gone = until.min(now.max(since));
    for (who, from, to, is_over) in online(db, since, gone, operator)? {
        let mut parts = split(from, to, zone);
        if let Some((_, last)) = parts.last_mut().filter(|_| !is_over) {
            last.to = None;
        }
        for (day, stretch) in parts {
            add(who, day, Deed::Online(stretch));
        }
    }
    let mut query = calls::table
        .filter(calls::started_at.ge(since).and(calls::started_at.lt(until)))
        .filter(calls::direction.eq(Direction::Inbound).and(calls::status.eq(CallStatus::Answered)))
        .filter(calls::operator_id.is_not_null())
        .order((calls::started_at, calls::id))
        .select((calls::operator_id.assume_not_null(), calls::started_at, calls::talk_seconds))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(calls::operator_id.eq(operator));
    }
    let rows: Vec<(AccountId, NaiveDateTime, i64)> = query.load(db)?;
    for (who, at, talk) in rows {
        add(who, day(at), Deed::Call(talk));
    }
    type Made = (OrderId, AccountId, NaiveDateTime, String, StatusOrder);
    let mut query = orders::table
        .filter(orders::create_date.ge(since).and(orders::create_date.lt(until)))
        .order((orders::create_date, orders::id))
        .select((
            orders::id,
            orders::operator_name_id,
            orders::create_date,
            orders::problem,
            orders::status_order,
        ))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(orders::operator_name_id.eq(operator));
    }
    let rows: Vec<Made> = query.load(db)?;
    for (id, who, at, problem, status) in rows {
        let deed = match status {
            StatusOrder::NoOrder => Deed::NoOrder,
            _ => Deed::Order(id.0, words(id, &problem)),
        };
        add(who, day(at), deed);
    }
    type Done = (OrderId, AccountId, Option<NaiveDateTime>, String, Option<i64>, Option<i64>);
    let mut query = orders::table
        .filter(sql::<Timestamp>(CLOSED).ge(since))
        .filter(sql::<Timestamp>(CLOSED).lt(until))
        .filter(orders::status_order.eq(StatusOrder::Done))
        .order((sql::<Timestamp>(CLOSED), orders::id))
        .select((
            orders::id,
            orders::operator_name_id,
            orders::closing_data,
            orders::problem,
            orders::result,
            orders::clean,
        ))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(orders::operator_name_id.eq(operator));
    }
    let rows: Vec<Done> = query.load(db)?;
    for (id, who, at, problem, result, clean) in rows {
        let deed = match result {
            Some(1..) => Deed::Done(id.0, words(id, &problem), clean.unwrap_or(0)),
            _ => Deed::Unpaid,
        };
        add(who, at.map_or(month.first(), day), deed);
    }
    for entry in super::entries(db, month, operator)? {
        if entry.removed_at.is_none() {
            add(entry.operator, entry.day.0, Deed::Entry(entry.kind, entry.amount, entry.reason));
        }
    }
    Ok(works)
}

fn words(id: OrderId, problem: &str) -> String {
    format!("№ {id} · {problem}")
}

/// Stretches online, cut at the two moments, and whether each is over; one that lasts ends at `until`.
fn online(
    db: &mut Db,
    since: NaiveDateTime,
    until: NaiveDateTime,
    operator: Option<AccountId>,
) -> QueryResult<Vec<(AccountId, NaiveDateTime, NaiveDateTime, bool)>> {
    let mut query = work_status_log::table
        .filter(work_status_log::status_work.eq(WorkStatus::Online))
        .filter(work_status_log::started_at.lt(until))
        .filter(work_status_log::ended_at.is_null().or(work_status_log::ended_at.gt(since)))
        .order((work_status_log::started_at, work_status_log::id))
        .select((work_status_log::account_id, work_status_log::started_at, work_status_log::ended_at))
        .into_boxed();
    if let Some(operator) = operator {
        query = query.filter(work_status_log::account_id.eq(operator));
    }
    let rows: Vec<(AccountId, NaiveDateTime, Option<NaiveDateTime>)> = query.load(db)?;
    Ok(rows
        .into_iter()
        .map(|(who, from, to)| (who, from.max(since), to.unwrap_or(until).min(until), to.is_some()))
        .filter(|(_, from, to, _)| from < to)
        .collect())
}

/// A stretch by business days.
pub fn split(from: NaiveDateTime, to: NaiveDateTime, zone: Tz) -> Vec<(NaiveDate, Stretch)> {
    let mut parts = Vec::new();
    let mut begin = from;
    while begin < to {
        let day = zone::local(begin, zone).date();
        let end = zone::day_start(day + Days::new(1), zone).min(to);
        if end <= begin {
            break;
        }
        let clock = |at: NaiveDateTime| zone::local(at, zone).time();
        let seconds = (end - begin).num_seconds();
        parts.push((day, Stretch { seconds, from: clock(begin), to: Some(clock(end)) }));
        begin = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_over_midnight_is_of_two_days() {
        let at = |text: &str| -> NaiveDateTime { text.parse().expect("a moment") };
        let parts = split(at("2026-11-30T19:00:00"), at("2026-11-30T22:30:00"), chrono_tz::Europe::Moscow);
        let told: Vec<String> = parts
            .iter()
            .map(|(day, one)| format!("{day} {} {}–{}", one.seconds, one.from, one.to.unwrap_or_default()))
            .collect();
        assert_eq!(told, ["2026-11-30 7200 22:00:00–00:00:00", "2026-12-01 5400 00:00:00–01:30:00"]);
    }
}
