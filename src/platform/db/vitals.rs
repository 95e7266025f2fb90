//! What the database is and how large, for those who look after it.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::Db;

/// The database by the look of it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Vitals {
    /// Version of the database, as it says.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// On its disk, without its log.
    #[diesel(sql_type = BigInt)]
    pub bytes: i64,
    /// Processes of ours that serve from it.
    #[diesel(sql_type = BigInt)]
    pub processes: i64,
}

/// What a connection that hears announcements calls itself, before the schema: each process that serves has one.
pub(super) const HEARS: &str = "callcentre hears ";

/// Asks the database for its version and size.
pub fn read(db: &mut Db) -> QueryResult<Vitals> {
    sql_query(match db {
        Db::Pg(_) => format!(
            "SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
                    pg_database_size(current_database()) AS bytes,
                    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                     AND application_name = left('{HEARS}' || current_schema(), 63)) AS processes"
        ),
        // A file is served by one.
        Db::Sqlite(_) => "SELECT sqlite_version() AS version, page_count * page_size AS bytes, 1 AS processes
             FROM pragma_page_count(), pragma_page_size()"
            .to_owned(),
    })
    .get_result(db)
}
