//! The whole list in its order, batch after batch. Each batch begins after the key of the last row of the one
//! before, so that row 900,000 costs what row 1 costs; two questions a batch, whatever its length.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamp};

use super::condition::{Conditions, NOT_CLOSED, order};
use crate::catalogs;
use crate::domain::city::City;
use crate::domain::id::OrderId;
use crate::orders::list::filter::OrderFilter;
use crate::orders::list::sort::{Column, RowKey, RowTimes, Sort};
use crate::platform::db::Db;
use crate::platform::db::schema::{accounts, master, orders};

/// An order with everything that is known of it.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "the columns of orders, described in their migration")]
pub struct ExportRow {
    pub id: OrderId,
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub avito_chatid: Option<String>,
    pub phone: String,
    pub type_order: String,
    pub client_name: String,
    pub address: String,
    pub date_meeting: NaiveDateTime,
    pub type_equipment: String,
    pub problem: String,
    pub status_order: String,
    pub refusal_reason: Option<String>,
    pub result: Option<i64>,
    pub expenditure: Option<i64>,
    pub clean: Option<i64>,
    pub comment: String,
    pub create_date: NaiveDateTime,
    pub closing_data: Option<NaiveDateTime>,
    pub master: Option<String>,
    pub operator: String,
}

/// Reads on where it has stopped.
#[derive(Debug)]
pub struct Reader {
    conditions: Conditions,
    sort: Sort,
    last: Option<Key>,
    is_over: bool,
}

/// A row's place in every order there is.
#[derive(Clone, Debug, QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
    #[diesel(sql_type = Integer)]
    list_rank: i32,
    #[diesel(sql_type = BigInt)]
    list_time: i64,
    #[diesel(sql_type = Timestamp)]
    date_meeting: NaiveDateTime,
    #[diesel(sql_type = Timestamp)]
    create_date: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    closing_data: Option<NaiveDateTime>,
}

/// A reader at the beginning of the list, how many rows the list has, and the cities whose clocks visits go by.
/// `None` when the search took too long.
pub fn reader(
    db: &mut Db,
    filter: &OrderFilter,
    business_zone: Tz,
) -> QueryResult<Option<(Reader, i64, Vec<City>)>> {
    let Some(conditions) = super::list::found(db, filter, business_zone)? else { return Ok(None) };
    let count = conditions.count_all(db)?;
    let cities = catalogs::queries::cities(db)?;
    Ok(Some((Reader { conditions, sort: filter.sort, last: None, is_over: false }, count, cities)))
}

impl Reader {
    /// The next rows, at most `limit`; none when the list is over.
    pub fn next(&mut self, db: &mut Db, limit: i64) -> QueryResult<Vec<ExportRow>> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let conditions = self.remaining();
        let keys: Vec<Key> = conditions.bound(self.sql(&conditions, limit)).load(db)?;
        self.is_over = i64::try_from(keys.len()).is_ok_and(|n| n < limit);
        self.last = keys.last().cloned().or(self.last.take());
        let ids: Vec<OrderId> = keys.iter().map(|key| key.id).collect();
        let mut rows = rows(db, &ids)?;
        Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
    }

    /// How the database would find the next batch: for the test that an index is used.
    pub fn explain(&self, db: &mut Db, limit: i64) -> QueryResult<String> {
        let conditions = self.remaining();
        crate::platform::db::explain::plan(db, &self.sql(&conditions, limit), |sql| conditions.bound(sql))
    }

    fn sql(&self, conditions: &Conditions, limit: i64) -> String {
        format!(
            "SELECT id, list_rank, list_time, date_meeting, create_date, closing_data FROM orders{} \
             ORDER BY {} LIMIT {limit}",
            conditions.sql(),
            order(self.sort)
        )
    }

    /// What comes after the last row.
    fn remaining(&self) -> Conditions {
        let mut all = self.conditions.clone();
        if let Some(last) = &self.last {
            all.beyond(self.sort, last.of(self.sort.column), true);
        }
        all
    }
}

impl Key {
    fn of(&self, column: Column) -> RowKey {
        let times = RowTimes {
            usual: (self.list_rank, self.list_time),
            meeting: self.date_meeting,
            created: self.create_date,
            closed: self.closing_data.unwrap_or(NOT_CLOSED),
        };
        RowKey::of(column, self.id, times)
    }
}

fn rows(db: &mut Db, ids: &[OrderId]) -> QueryResult<HashMap<OrderId, ExportRow>> {
    let found: Vec<ExportRow> = orders::table
        .left_join(master::table)
        .inner_join(accounts::table)
        .filter(orders::id.eq_any(ids.to_vec()))
        .select((
            orders::id,
            orders::rk,
            orders::city,
            orders::avito_name,
            orders::avito_chatid,
            orders::phone,
            orders::type_order,
            orders::client_name,
            orders::address,
            orders::date_meeting,
            orders::type_equipment,
            orders::problem,
            orders::status_order,
            orders::refusal_reason,
            orders::result,
            orders::expenditure,
            orders::clean,
            orders::comment,
            orders::create_date,
            orders::closing_data,
            master::name.nullable(),
            accounts::name,
        ))
        .load(db)?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}
