//! Search by words: SQLite keeps a full-text table beside the words, PostgreSQL an index over them. Both find
//! the rows in which every wanted word begins some word of the row.

use super::Db;

/// A full-text index over one table of words.
#[derive(Clone, Copy)]
pub enum Words {
    /// `client_search`: names and telephone tails.
    Clients,
    /// `order_search`: client name, address, problem.
    Orders,
}

impl Words {
    /// A condition that is true for the ids in `column` whose words match the bound value `placeholder`
    /// (written by [`Words::needle`]), to be put into raw SQL.
    pub fn condition(self, db: &Db, column: &str, placeholder: &str) -> String {
        let (table, id) = self.table();
        match db {
            Db::Sqlite(_) => {
                format!("{column} IN (SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH {placeholder})")
            }
            Db::Pg(_) => format!(
                "{column} IN (SELECT {id} FROM {table} WHERE to_tsvector('simple', words) @@ to_tsquery('simple', {placeholder}))"
            ),
        }
    }

    /// A select of the newest `limit` ids whose words match the bound value `placeholder`, as a column `id`, to be
    /// put into raw SQL. Other than [`Words::condition`] it never gathers all matches of something common.
    pub fn newest(self, db: &Db, placeholder: &str, limit: usize) -> String {
        let (table, id) = self.table();
        match db {
            Db::Sqlite(_) => format!(
                "SELECT rowid AS id FROM {table}_fts WHERE {table}_fts MATCH {placeholder} ORDER BY rowid DESC LIMIT {limit}"
            ),
            Db::Pg(_) => format!(
                "SELECT {id} AS id FROM {table} WHERE to_tsvector('simple', words) @@ to_tsquery('simple', {placeholder}) ORDER BY {id} DESC LIMIT {limit}"
            ),
        }
    }

    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Clients => ("client_search", "client_id"),
            Self::Orders => ("order_search", "order_id"),
        }
    }

    /// The value to bind for the wanted `words`, which must be folded (letters and digits only).
    pub fn needle(db: &Db, words: &[String]) -> String {
        let (open, close, and) = match db {
            Db::Sqlite(_) => ("\"", "\"*", " AND "),
            Db::Pg(_) => ("'", "':*", " & "),
        };
        words.iter().map(|w| format!("{open}{w}{close}")).collect::<Vec<_>>().join(and)
    }
}
