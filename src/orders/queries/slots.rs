//! How many visits are promised for a day: counted from all orders of the database, never from a page.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::db::Db;
use crate::orders::{StatusOrder, TypeEquipment};

/// Visits of open orders at one minute of a day.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Visits {
    /// City of the client.
    #[diesel(sql_type = Text)]
    pub city: String,
    /// What is repaired.
    #[diesel(sql_type = Text)]
    pub type_equipment: TypeEquipment,
    /// Minutes since midnight in the city.
    #[diesel(sql_type = Integer)]
    pub meeting_minute: i32,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub n: i64,
}

/// Open orders of the city-local `day` (`2026-11-23`), grouped; of one city, or of all when `city` is empty.
/// Answered from the index `orders_slots` alone.
pub fn visits(db: &mut Db, day: &str, city: &str) -> QueryResult<Vec<Visits>> {
    bound(sql(city), day, city).load(db)
}

/// How the database would count: for the test that an index is used.
pub fn explain(db: &mut Db, day: &str, city: &str) -> QueryResult<String> {
    crate::db::explain::plan(db, &sql(city), |sql| bound(sql, day, city))
}

type Backend = <Db as diesel::Connection>::Backend;

fn bound<'a>(
    sql: String,
    day: &str,
    city: &str,
) -> diesel::query_builder::BoxedSqlQuery<'a, Backend, diesel::query_builder::SqlQuery> {
    let query = diesel::sql_query(sql).into_boxed::<Backend>().bind::<Text, _>(day.to_owned());
    if city.is_empty() { query } else { query.bind::<Text, _>(city.to_owned()) }
}

fn sql(city: &str) -> String {
    let open: Vec<String> =
        StatusOrder::ALL.iter().filter(|s| s.is_open()).map(|s| format!("'{}'", s.as_str())).collect();
    let of_city = if city.is_empty() { "" } else { " AND city = $2" };
    format!(
        "SELECT city, type_equipment, meeting_minute, COUNT(*) AS n FROM orders
         WHERE meeting_day = $1{of_city} AND status_order IN ({})
         GROUP BY city, type_equipment, meeting_minute",
        open.join(", ")
    )
}
