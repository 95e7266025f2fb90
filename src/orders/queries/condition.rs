//! What a filter of orders means in SQL, and the SQL bound to its values.

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Integer, Text, Timestamp};

use crate::domain::id::OrderId;
use crate::domain::order::StatusOrder;
use crate::domain::zone;
use crate::orders::list::filter::{END_MINUTE, FIRST_MINUTE, OfMaster, OrderFilter, SLOT_MINUTES};
use crate::orders::list::sort::{Column, RowKey, Sort};
use crate::platform::db::Db;
use crate::web::list::{COUNTED_UP_TO, Slice};

pub(super) type Backend = <Db as diesel::Connection>::Backend;

pub(super) type Sql<'a> = BoxedSqlQuery<'a, Backend, SqlQuery>;

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
    /// The order of an index along which to count, where PostgreSQL would otherwise go through the whole table: it
    /// takes the last days to be as full as any others, and the rows it wants to be soon found.
    counted_along: Option<&'static str>,
}

impl Conditions {
    /// Adds everything of `filter` but its search.
    pub(super) fn narrow(&mut self, filter: &OrderFilter, business_zone: Tz) {
        let all = self;
        all.statuses(&filter.statuses);
        all.equal("city", Some(&filter.city).filter(|c| !c.is_empty()).cloned().map(Value::Text));
        all.equal("rk", Some(&filter.rk).filter(|c| !c.is_empty()).cloned().map(Value::Text));
        all.equal("type_equipment", filter.equipment.map(|e| Value::Text(e.as_str().to_owned())));
        match filter.master {
            Some(OfMaster::Nobody) => all.parts.push("master_id IS NULL".to_owned()),
            Some(OfMaster::One(id)) => all.equal("master_id", Some(Value::Number(id.0))),
            None => {}
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

    fn business_days(
        &mut self,
        column: &'static str,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
        zone: Tz,
    ) {
        if let Some(from) = from {
            self.compare(column, ">=", Value::Moment(zone::day_start(from, zone)));
            self.counted_along = Some(column);
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

    /// How many rows there are, counted up to one more than [`COUNTED_UP_TO`].
    pub(super) fn count(&self, db: &mut Db) -> QueryResult<i64> {
        let sql = format!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM orders{}{} LIMIT {}) AS counted",
            self.sql(),
            self.counted_along.map(|columns| format!(" ORDER BY {columns}")).unwrap_or_default(),
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
    pub(super) fn load_ids(&self, db: &mut Db, sql: String) -> QueryResult<Vec<OrderId>> {
        #[derive(QueryableByName)]
        struct Id {
            #[diesel(sql_type = BigInt)]
            id: OrderId,
        }
        Ok(self.bound(sql).load::<Id>(db)?.into_iter().map(|row| row.id).collect())
    }

    pub(super) fn ids(&self, db: &mut Db, filter: &OrderFilter, slice: Slice) -> QueryResult<Vec<OrderId>> {
        let Some(after) = filter.after else {
            let sql = format!(
                "SELECT id AS n FROM orders{} ORDER BY {} LIMIT {} OFFSET {}",
                self.sql(),
                order(filter.sort),
                slice.per_page,
                slice.offset()
            );
            return Ok(self.bound(sql).load::<Number>(db)?.into_iter().map(|row| OrderId(row.n)).collect());
        };
        let mut conditions = self.clone();
        let order = conditions.beyond(filter.sort, after, true);
        let sql = format!(
            "SELECT id AS n FROM orders{} ORDER BY {order} LIMIT {}",
            conditions.sql(),
            slice.per_page
        );
        Ok(conditions.bound(sql).load::<Number>(db)?.into_iter().map(|row| OrderId(row.n)).collect())
    }

    /// Narrows to what stands behind `key` in a list sorted by `sort`, or before it; gives the order in which the
    /// nearest rows come first.
    pub(super) fn beyond(&mut self, sort: Sort, key: RowKey, is_behind: bool) -> String {
        let id = Value::Number(key.id.0);
        let (columns, values) = match sort.column {
            Column::Usual => (
                vec!["list_rank", "list_time", "id"],
                vec![Value::Minute(key.rank), Value::Number(key.time), id],
            ),
            Column::Id => (vec!["id"], vec![id]),
            Column::Meeting => (vec!["date_meeting", "id"], vec![Value::Moment(key.moment()), id]),
            Column::Created => (vec!["create_date", "id"], vec![Value::Moment(key.moment()), id]),
            Column::Closed => (vec![CLOSED, "id"], vec![Value::Moment(key.moment()), id]),
        };
        // All columns of a sort run the same way, so a row comparison is the place in the list.
        let (sign, way) = if is_behind != sort.descending { (">", "ASC") } else { ("<", "DESC") };
        let bound: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        self.parts.push(format!("({}) {sign} ({})", columns.join(", "), bound.join(", ")));
        columns.iter().map(|column| format!("{column} {way}")).collect::<Vec<_>>().join(", ")
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
pub(super) const CLOSED: &str = "COALESCE(closing_data, '0001-01-01 00:00:00')";

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
pub(crate) struct Number {
    #[diesel(sql_type = BigInt)]
    pub(super) n: i64,
}
