//! How the database means to answer a query: for tests that an index is used, and for support.

use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::Text;

use super::Db;

type Backend = <Db as diesel::Connection>::Backend;

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    step: String,
}

/// The steps of `sql`, one a line; `bind` gives it its values. PostgreSQL is asked what it would do if it had to
/// avoid reading whole tables: on the small tables of a test it would otherwise always read them.
pub fn plan<'a>(
    db: &mut Db,
    sql: &str,
    bind: impl FnOnce(String) -> BoxedSqlQuery<'a, Backend, SqlQuery>,
) -> QueryResult<String> {
    let steps: Vec<String> = if matches!(db, Db::Sqlite(_)) {
        let steps: Vec<SqliteStep> = bind(format!("EXPLAIN QUERY PLAN {sql}")).load(db)?;
        steps.into_iter().map(|step| step.detail).collect()
    } else {
        let switch = |db: &mut Db, way: &str| {
            diesel::sql_query(format!("SET enable_seqscan = {way}")).execute(db)?;
            diesel::sql_query(format!("SET enable_sort = {way}")).execute(db)
        };
        switch(db, "off")?;
        let steps: QueryResult<Vec<PostgresStep>> = bind(format!("EXPLAIN {sql}")).load(db);
        switch(db, "on")?;
        steps?.into_iter().map(|step| step.step).collect()
    };
    Ok(steps.join("\n"))
}
