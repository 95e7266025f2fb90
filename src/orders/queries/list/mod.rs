//! The rows of the list. Ids are chosen first, from an index alone where it can be, then their rows are read at
//! once with everybody's names: the number of queries does not depend on the number of rows.

pub mod neighbours;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Integer, Text, Timestamp};

use super::search;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::zone;
use crate::orders::list::filter::{Column, END_MINUTE, FIRST_MINUTE, OrderFilter, SLOT_MINUTES, Sort};
use crate::platform::db::Db;
use crate::platform::db::portable::within;
use crate::platform::db::schema::{accounts, master, orders};
use crate::web::list::{COUNTED_UP_TO, Slice};

/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(4);

type Backend = <Db as diesel::Connection>::Backend;
type Sql<'a> = BoxedSqlQuery<'a, Backend, SqlQuery>;

/// An order as a row of the list.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "the columns of orders, described in their migration")]
pub struct OrderRow {
    pub id: i64,
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

/// A page of the list.
#[derive(Debug, Default)]
pub struct Found {
    /// Its rows, in order.
    pub rows: Vec<OrderRow>,
    /// How many rows the list has, counted up to one more than [`COUNTED_UP_TO`].
    pub total: i64,
    /// The search took longer than a person waits and was given up.
    pub is_too_general: bool,
}

/// The wanted page of the list.
pub fn page(db: &mut Db, filter: &OrderFilter, slice: Slice, business_zone: Tz) -> QueryResult<Found> {
    let Some(conditions) = Conditions::found(db, filter, business_zone)? else {
        return Ok(Found { is_too_general: true, ..Found::default() });
    };
    let total = conditions.count(db)?;
    let ids = conditions.ids(db, filter, slice)?;
    Ok(Found { rows: rows(db, &ids)?, total, is_too_general: false })
}

/// The rows of `ids`, in their order.
pub fn rows(db: &mut Db, ids: &[i64]) -> QueryResult<Vec<OrderRow>> {
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
    let mut by_id: HashMap<i64, OrderRow> = found.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// A value to bind, in the order of its placeholder.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Minute(i32),
    Moment(NaiveDateTime),
}

/// A WHERE clause over `orders`, with placeholders numbered in the order of their appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    pub(super) parts: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// The conditions of `filter` with the search already done, for whoever asks several questions with them.
    /// `None` when the search took too long.
    pub(super) fn found(db: &mut Db, filter: &OrderFilter, business_zone: Tz) -> QueryResult<Option<Self>> {
        if filter.search.is_empty() {
            return Ok(Some(Self::of(db, filter, business_zone)));
        }
        let Some(ids) = within(db, PATIENCE, |db| search::found(db, &filter.search))? else {
            return Ok(None);
        };
        let rest = OrderFilter { search: String::new(), ..filter.clone() };
        let mut all = Self::of(db, &rest, business_zone);
        let listed: Vec<String> = ids.iter().map(ToString::to_string).collect();
        all.parts.push(match listed.is_empty() {
            true => "1 = 0".to_owned(),
            false => format!("id IN ({})", listed.join(", ")),
        });
        Ok(Some(all))
    }

    fn of(db: &Db, filter: &OrderFilter, business_zone: Tz) -> Self {
        let mut all = Self::default();
        if !filter.search.is_empty() {
            let found = search::ids(db, &filter.search, &mut all);
            all.parts.push(format!("id IN ({found})"));
        }
        all.statuses(&filter.statuses);
        all.equal("city", Some(&filter.city).filter(|c| !c.is_empty()).cloned().map(Value::Text));
        all.equal("rk", Some(&filter.rk).filter(|c| !c.is_empty()).cloned().map(Value::Text));
        all.equal("type_equipment", filter.equipment.map(|e| Value::Text(e.as_str().to_owned())));
        match filter.master {
            Some(0) => all.parts.push("master_id IS NULL".to_owned()),
            id => all.equal("master_id", id.map(Value::Number)),
        }
        if let Some(slot) = &filter.slot {
            all.equal("meeting_day", Some(Value::Text(slot.day.to_string())));
            match slot.minute {
                Some(minute) => {
                    all.compare("meeting_minute", ">=", Value::Minute(minute));
                    all.compare("meeting_minute", "<", Value::Minute(minute + SLOT_MINUTES));
                }
                None => all
                    .parts
                    .push(format!("(meeting_minute < {FIRST_MINUTE} OR meeting_minute >= {END_MINUTE})")),
            }
        }
        // What was promised stands on the clock of the client's city, so its day is compared as written.
        if let Some(from) = filter.meeting.0 {
            all.compare("meeting_day", ">=", Value::Text(from.to_string()));
        }
        if let Some(to) = filter.meeting.1 {
            all.compare("meeting_day", "<=", Value::Text(to.to_string()));
        }
        all.business_days(CLOSED, filter.closed, business_zone);
        all.business_days("create_date", filter.created, business_zone);
        all
    }

    /// Binds `value` and gives its placeholder.
    pub(super) fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn compare(&mut self, column: &str, sign: &str, value: Value) {
        let placeholder = self.bind(value);
        self.parts.push(format!("{column} {sign} {placeholder}"));
    }

    fn equal(&mut self, column: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.compare(column, "=", value);
        }
    }

    /// Statuses are their ranks: the first column of the index behind the default order. Neighbours are a range,
    /// which keeps that order; only a choice with gaps needs a list.
    fn statuses(&mut self, statuses: &[StatusOrder]) {
        let ranks: Vec<i32> = statuses.iter().map(|status| status.rank()).collect();
        match (ranks.first(), ranks.last()) {
            (Some(first), Some(last)) if first == last => self.parts.push(format!("list_rank = {first}")),
            (Some(first), Some(last)) if (last - first) as usize + 1 == ranks.len() => {
                self.parts.push(format!("list_rank BETWEEN {first} AND {last}"));
            }
            (Some(_), Some(_)) => {
                let list: Vec<String> = ranks.iter().map(ToString::to_string).collect();
                self.parts.push(format!("list_rank IN ({})", list.join(", ")));
            }
            _ => {}
        }
    }

    fn business_days(&mut self, column: &str, (from, to): (Option<NaiveDate>, Option<NaiveDate>), zone: Tz) {
        if let Some(from) = from {
            self.compare(column, ">=", Value::Moment(zone::day_start(from, zone)));
        }
        if let Some(after) = to.and_then(|day| day.checked_add_days(Days::new(1))) {
            self.compare(column, "<", Value::Moment(zone::day_start(after, zone)));
        }
        if column == CLOSED && from.is_none() && to.is_some() {
            // Open orders stand before all closed ones by this column; they were not closed «until» anything.
            self.parts.push("closing_data IS NOT NULL".to_owned());
        }
    }

    pub(super) fn sql(&self) -> String {
        if self.parts.is_empty() { String::new() } else { format!(" WHERE {}", self.parts.join(" AND ")) }
    }

    fn count(&self, db: &mut Db) -> QueryResult<i64> {
        let sql = format!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM orders{} LIMIT {}) AS counted",
            self.sql(),
            COUNTED_UP_TO + 1
        );
        self.bound(sql).get_result::<Number>(db).map(|row| row.n)
    }

    /// How many rows there are, all of them.
    pub(super) fn count_all(&self, db: &mut Db) -> QueryResult<i64> {
        self.bound(format!("SELECT COUNT(*) AS n FROM orders{}", self.sql()))
            .get_result::<Number>(db)
            .map(|row| row.n)
    }

    /// The ids that `sql`, written with the values of these conditions, gives.
    pub(super) fn load_ids(&self, db: &mut Db, sql: String) -> QueryResult<Vec<i64>> {
        #[derive(QueryableByName)]
        struct Id {
            #[diesel(sql_type = BigInt)]
            id: i64,
        }
        Ok(self.bound(sql).load::<Id>(db)?.into_iter().map(|row| row.id).collect())
    }

    fn ids(&self, db: &mut Db, filter: &OrderFilter, slice: Slice) -> QueryResult<Vec<i64>> {
        let sql = format!(
            "SELECT id AS n FROM orders{} ORDER BY {} LIMIT {} OFFSET {}",
            self.sql(),
            order(filter.sort),
            slice.per_page,
            slice.offset()
        );
        Ok(self.bound(sql).load::<Number>(db)?.into_iter().map(|row| row.n).collect())
    }

    pub(super) fn bound(&self, sql: String) -> Sql<'_> {
        self.values.iter().fold(diesel::sql_query(sql).into_boxed::<Backend>(), |query, value| match value {
            Value::Text(text) => query.bind::<Text, _>(text),
            Value::Number(number) => query.bind::<BigInt, _>(*number),
            Value::Minute(minute) => query.bind::<Integer, _>(*minute),
            Value::Moment(moment) => query.bind::<Timestamp, _>(*moment),
        })
    }
}

/// The expression of the index `orders_closed`, letter by letter.
const CLOSED: &str = "COALESCE(closing_data, '0001-01-01 00:00:00')";
/// All columns of that index.
pub(super) const CLOSED_PLACE: &str = "COALESCE(closing_data, '0001-01-01 00:00:00'), id";
/// What an open order has in it.
pub(super) const NOT_CLOSED: NaiveDateTime =
    NaiveDateTime::new(NaiveDate::from_ymd_opt(1, 1, 1).expect("a day"), chrono::NaiveTime::MIN);

pub(super) fn order(sort: Sort) -> String {
    let way = if sort.descending { "DESC" } else { "ASC" };
    match sort.column {
        Column::Usual => "list_rank, list_time, id".to_owned(),
        Column::Id => format!("id {way}"),
        Column::Meeting => format!("date_meeting {way}, id {way}"),
        Column::Closed => format!("{CLOSED} {way}, id {way}"),
        Column::Created => format!("create_date {way}, id {way}"),
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How the database would find the page of `filter`: for the test that an index is used.
pub fn explain(db: &mut Db, filter: &OrderFilter, slice: Slice, business_zone: Tz) -> QueryResult<String> {
    let conditions = Conditions::of(db, filter, business_zone);
    let sql = format!(
        "SELECT id AS n FROM orders{} ORDER BY {} LIMIT {} OFFSET {}",
        conditions.sql(),
        order(filter.sort),
        slice.per_page,
        slice.offset()
    );
    crate::platform::db::explain::plan(db, &sql, |sql| conditions.bound(sql))
}
