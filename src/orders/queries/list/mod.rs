//! The rows of the list. Ids are chosen first, from an index alone where it can be, then their rows are read at
//! once with everybody's names: the number of queries does not depend on the number of rows.

pub mod neighbours;

use std::collections::HashMap;
use std::time::Duration;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::search;
use crate::domain::id::OrderId;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder, list_place};
use crate::orders::list::filter::OrderFilter;
use crate::orders::list::sort::{Column, RowKey, RowTimes};
use crate::orders::queries::condition::{Conditions, NOT_CLOSED, order};
use crate::platform::db::Db;
use crate::platform::db::portable::within;
use crate::platform::db::schema::{accounts, master, orders};
use crate::web::list::Slice;

/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// An order as a row of the list.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "the columns of orders, described in their migration")]
pub struct OrderRow {
    pub id: OrderId,
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub phone: String,
    pub type_order: TypeOrder,
    pub client_name: String,
    pub address: String,
    pub date_meeting: NaiveDateTime,
    pub create_date: NaiveDateTime,
    pub closing_data: Option<NaiveDateTime>,
    pub type_equipment: TypeEquipment,
    pub problem: String,
    pub status_order: StatusOrder,
    pub result: Option<i64>,
    pub expenditure: Option<i64>,
    pub clean: Option<i64>,
    pub master: Option<String>,
    pub operator: String,
}

impl OrderRow {
    /// Where the row stands in a list sorted by `column`.
    pub fn key(&self, column: Column) -> RowKey {
        let times = RowTimes {
            usual: list_place(self.status_order, self.date_meeting, self.closing_data),
            meeting: self.date_meeting,
            created: self.create_date,
            closed: self.closing_data.unwrap_or(NOT_CLOSED),
        };
        RowKey::of(column, self.id, times)
    }
}

/// A page of the list.
#[derive(Debug, Default)]
pub struct FoundOrders {
    /// Its rows, in order.
    pub rows: Vec<OrderRow>,
    /// How many rows the list has, counted up to one more than [`COUNTED_UP_TO`].
    pub total: i64,
    /// The search took longer than a person waits and was given up.
    pub is_too_general: bool,
}

/// The wanted page of the list.
pub fn page(db: &mut Db, filter: &OrderFilter, slice: Slice, business_zone: Tz) -> QueryResult<FoundOrders> {
    let Some(conditions) = found(db, filter, business_zone)? else {
        return Ok(FoundOrders { is_too_general: true, ..FoundOrders::default() });
    };
    let ids = conditions.ids(db, filter, slice)?;
    // A page that is not full is the last one, and says itself how many there are.
    let shown = i64::try_from(ids.len()).unwrap_or_default();
    let is_last = shown < slice.per_page && (shown > 0 || slice.page == 1);
    let total = if is_last { slice.offset() + shown } else { conditions.count(db)? };
    Ok(FoundOrders { rows: rows(db, &ids)?, total, is_too_general: false })
}

/// The conditions of `filter` with the search already done, for whoever asks several questions with them.
/// `None` when the search took too long.
pub(super) fn found(db: &mut Db, filter: &OrderFilter, business_zone: Tz) -> QueryResult<Option<Conditions>> {
    if filter.search.is_empty() {
        return Ok(Some(conditions(db, filter, business_zone)));
    }
    let Some(ids) = within(db, PATIENCE, |db| search::found(db, &filter.search))? else {
        return Ok(None);
    };
    let mut all = Conditions::default();
    all.narrow(filter, business_zone);
    let listed: Vec<String> = ids.iter().map(ToString::to_string).collect();
    all.parts.push(match listed.is_empty() {
        true => "1 = 0".to_owned(),
        false => format!("id IN ({})", listed.join(", ")),
    });
    Ok(Some(all))
}

/// The conditions of `filter` in one question, its search a sub-select.
fn conditions(db: &Db, filter: &OrderFilter, business_zone: Tz) -> Conditions {
    let mut all = Conditions::default();
    if !filter.search.is_empty() {
        let found = search::ids(db, &filter.search, &mut all);
        all.parts.push(format!("id IN ({found})"));
    }
    all.narrow(filter, business_zone);
    all
}

/// The rows of `ids`, in their order.
pub fn rows(db: &mut Db, ids: &[OrderId]) -> QueryResult<Vec<OrderRow>> {
    let found: Vec<OrderRow> = orders::table
        .left_join(master::table)
        .inner_join(accounts::table)
        .filter(orders::id.eq_any(ids.to_vec()))
        .select((
            orders::id,
            orders::rk,
            orders::city,
            orders::avito_name,
            orders::phone,
            orders::type_order,
            orders::client_name,
            orders::address,
            orders::date_meeting,
            orders::create_date,
            orders::closing_data,
            orders::type_equipment,
            orders::problem,
            orders::status_order,
            orders::result,
            orders::expenditure,
            orders::clean,
            master::name.nullable(),
            accounts::name,
        ))
        .load(db)?;
    let mut by_id: HashMap<OrderId, OrderRow> = found.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// How the database would find the page of `filter`: for the test that an index is used.
pub fn explain(db: &mut Db, filter: &OrderFilter, slice: Slice, business_zone: Tz) -> QueryResult<String> {
    let conditions = conditions(db, filter, business_zone);
    let sql = format!(
        "SELECT id AS n FROM orders{} ORDER BY {} LIMIT {} OFFSET {}",
        conditions.sql(),
        order(filter.sort),
        slice.per_page,
        slice.offset()
    );
    crate::platform::db::explain::plan(db, &sql, |sql| conditions.bound(sql))
}
