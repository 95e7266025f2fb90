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
        let (table, id) = match self {
            Self::Clients => ("client_search", "client_id"),
            Self::Orders => ("order_search", "order_id"),
        };
        match db {
            Db::Sqlite(_) => {
                format!("{column} IN (SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH {placeholder})")
            }
            Db::Pg(_) => format!(
                "{column} IN (SELECT {id} FROM {table} WHERE to_tsvector('simple', words) @@ to_tsquery('simple', {placeholder}))"
            ),
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
