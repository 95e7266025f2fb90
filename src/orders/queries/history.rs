//! What happened to orders: every change of a field, and how long each status lasted.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AccountId, OrderId};
use crate::domain::order::StatusOrder;
use crate::orders::edit::field::{Field, HistoryField};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, order_history, orders};

/// A line of an order's history.
#[derive(Clone, Debug, Queryable)]
pub struct HistoryRow {
    /// UTC.
    pub at: NaiveDateTime,
    /// What has changed or happened.
    pub told: HistoryField,
    /// Before.
    pub old_value: Option<String>,
    /// After.
    pub new_value: Option<String>,
    /// The version of the order from this change on; unknown of old changes.
    pub version: Option<i64>,
    /// Who.
    pub account_id: AccountId,
    /// The person's name.
    pub account: String,
}

macro_rules! rows_of {
    ($condition:expr) => {
        order_history::table.inner_join(accounts::table).filter($condition).select((
            order_history::at,
            order_history::field,
            order_history::old_value,
            order_history::new_value,
            order_history::version,
            order_history::account_id,
            accounts::name,
        ))
    };
}

/// What happened to the order, newest first.
pub fn newest(db: &mut Db, order_id: OrderId, limit: i64) -> QueryResult<Vec<HistoryRow>> {
    rows_of!(order_history::order_id.eq(order_id)).order(order_history::id.desc()).limit(limit).load(db)
}

/// What happened to the order after its `version`, oldest first; with `None` everything that ever did.
pub fn since(db: &mut Db, order_id: OrderId, version: Option<i64>) -> QueryResult<Vec<HistoryRow>> {
    let of_order = order_history::order_id.eq(order_id);
    match version {
        Some(version) => {
            rows_of!(of_order).filter(order_history::version.gt(version)).order(order_history::id).load(db)
        }
        None => rows_of!(of_order).order(order_history::id).load(db),
    }
}

/// A stay of an order in a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusStay {
    /// Where it stood.
    pub status: StatusOrder,
    /// UTC.
    pub from: NaiveDateTime,
    /// UTC; `None` while it stands there.
    pub until: Option<NaiveDateTime>,
}

impl StatusStay {
    /// How long it lasted, or has lasted until `now`.
    pub fn seconds(&self, now: NaiveDateTime) -> i64 {
        (self.until.unwrap_or(now) - self.from).num_seconds().max(0)
    }
}

/// The statuses of each of the orders `ids`, from the creation on, in two queries however many they are.
pub fn steps(db: &mut Db, ids: &[OrderId]) -> QueryResult<HashMap<OrderId, Vec<StatusStay>>> {
    type Made = (OrderId, NaiveDateTime, StatusOrder);
    let made: Vec<Made> = orders::table
        .filter(orders::id.eq_any(ids.to_vec()))
        .select((orders::id, orders::create_date, orders::status_order))
        .load(db)?;
    type Change = (OrderId, NaiveDateTime, Option<String>, Option<String>);
    let changes: Vec<Change> = order_history::table
        .filter(order_history::order_id.eq_any(ids.to_vec()))
        .filter(order_history::field.eq(HistoryField::Field(Field::StatusOrder)))
        .order((order_history::order_id, order_history::id))
        .select((
            order_history::order_id,
            order_history::at,
            order_history::old_value,
            order_history::new_value,
        ))
        .load(db)?;
    let mut by_order: HashMap<OrderId, Vec<StatusChange>> = HashMap::new();
    for (id, at, old, new) in changes {
        let parse = |text: Option<String>| text.as_deref().and_then(StatusOrder::parse);
        if let (Some(old), Some(new)) = (parse(old), parse(new)) {
            by_order.entry(id).or_default().push(StatusChange { at, old, new });
        }
    }
    let of = |(id, created, status): Made| {
        let changes = by_order.remove(&id).unwrap_or_default();
        (id, line(created, status, &changes))
    };
    Ok(made.into_iter().map(of).collect())
}

struct StatusChange {
    at: NaiveDateTime,
    old: StatusOrder,
    new: StatusOrder,
}

/// `current` tells the one status of an order that has never changed it.
fn line(created: NaiveDateTime, current: StatusOrder, changes: &[StatusChange]) -> Vec<StatusStay> {
    let first = changes.first().map_or(current, |change| change.old);
    let mut steps = vec![StatusStay { status: first, from: created, until: None }];
    for change in changes {
        if let Some(last) = steps.last_mut() {
            last.until = Some(change.at);
        }
        steps.push(StatusStay { status: change.new, from: change.at, until: None });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        format!("2026-11-23T{text}:00").parse().expect("a moment")
    }

    #[test]
    fn every_status_lasts_until_the_next_one() {
        let changes = [
            StatusChange { at: at("10:10"), old: StatusOrder::Wait, new: StatusOrder::Accepted },
            StatusChange { at: at("12:00"), old: StatusOrder::Accepted, new: StatusOrder::Done },
        ];
        let steps = line(at("08:00"), StatusOrder::Done, &changes);
        let seen: Vec<(StatusOrder, i64)> =
            steps.iter().map(|s| (s.status, s.seconds(at("13:00")) / 60)).collect();
        assert_eq!(seen, [(StatusOrder::Wait, 130), (StatusOrder::Accepted, 110), (StatusOrder::Done, 60)]);
        assert_eq!(line(at("08:00"), StatusOrder::InWork, &[])[0].status, StatusOrder::InWork);
    }
}
