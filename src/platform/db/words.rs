//! Search by words: SQLite keeps a full-text table beside the words, PostgreSQL an index over them. Both find
//! the rows in which every wanted word begins some word of the row, the newest first.
//!
//! Such an index looks a beginning up in all rows or in none, which takes a second for what half of a million rows
//! have. So every word is indexed with the era of its row before it, an era being [`ERA_BITS`] of ids (migration
//! `table_views`). A search asks for the newest era, then for the one before, then for more and more at a time,
//! and stops when it has enough: something common is found in the newest eras, something rare is in no era often.

use super::Db;

/// A full-text index over one table of words.
#[derive(Clone, Copy)]
pub enum Words {
    /// `client_search`: names and telephone tails.
    Clients,
    /// `order_search`: client name, address, problem, city.
    Orders,
    /// `chat_search`: client, advertisement, account, city, numbers.
    Chats,
    /// `message_search`: what was written.
    Messages,
}

/// An era is two to this power ids. Part of the indexes' expressions, so never to be changed alone.
const ERA_BITS: u32 = 15;
/// How many eras are asked at a time, newest first; after them all that are left. Few at first, since most
/// searches end there; never very many, since an index compares each match with each of them.
const STEPS: [i64; 10] = [1, 1, 2, 4, 4, 4, 8, 8, 16, 32];

impl Words {
    /// A select of the newest `limit` ids whose words match the bound value `placeholder` (written by
    /// [`Words::needle`]), as a column `id`, to be put into raw SQL. The steps are read one after the other, and
    /// the limit stops before those that are not needed.
    pub fn newest(self, db: &Db, placeholder: &str, limit: usize) -> String {
        let (table, id) = self.table();
        let newest = format!("(SELECT max({id}) >> {ERA_BITS} FROM {table})");
        let mut after = 0;
        let mut steps = Vec::new();
        for step in STEPS.map(Some).into_iter().chain([None]) {
            let last = format!("{newest} - {after}");
            after += step.unwrap_or_default();
            let before_first = step.map_or_else(|| "-1".to_owned(), |_| format!("{newest} - {after}"));
            steps.push(self.step(db, placeholder, &before_first, &last));
        }
        format!("SELECT id FROM ({}) AS eras LIMIT {limit}", steps.join(" UNION ALL "))
    }

    /// The ids of the eras after the one and up to the other, newest first.
    fn step(self, db: &Db, placeholder: &str, before_first: &str, last: &str) -> String {
        let (table, id) = self.table();
        match db {
            // Without any era left the needle is one that no row has: a query may not be empty.
            Db::Sqlite(_) => format!(
                "SELECT id FROM (SELECT rowid AS id FROM {table}_fts WHERE {table}_fts MATCH (\
                 WITH RECURSIVE eras (era) AS (SELECT {last} WHERE {last} >= 0 \
                 UNION ALL SELECT era - 1 FROM eras WHERE era > max({before_first}, -1) + 1) \
                 SELECT coalesce(group_concat('(' || replace({placeholder}, '~', era || 'q') || ')', ' OR '), \
                 replace({placeholder}, '~', 'q')) FROM eras) ORDER BY rowid DESC)"
            ),
            // Plus nothing: in its order the primary key would offer itself, and read all rows for a rare word.
            Db::Pg(_) => format!(
                "(SELECT {id} AS id FROM {table} WHERE search_lexemes({id} >> {ERA_BITS}, words) \
                 @@ search_needle({placeholder}, greatest({before_first}, -1) + 1, {last}) ORDER BY {id} + 0 DESC)"
            ),
        }
    }

    /// A condition that is true when every one of the bound values `placeholders` (written by [`Words::pattern`])
    /// begins some word of the row whose id is in `column`. It looks at one row at a time: for rows that were found
    /// otherwise.
    pub fn holds(self, column: &str, placeholders: &[String]) -> String {
        let (table, id) = self.table();
        let all: Vec<String> =
            placeholders.iter().map(|pattern| format!("(' ' || held.words) LIKE {pattern}")).collect();
        format!("EXISTS (SELECT 1 FROM {table} held WHERE held.{id} = {column} AND {})", all.join(" AND "))
    }

    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Clients => ("client_search", "client_id"),
            Self::Orders => ("order_search", "order_id"),
            Self::Chats => ("chat_search", "chat_id"),
            Self::Messages => ("message_search", "message_id"),
        }
    }

    /// The value to bind for the wanted `words`, which must be folded (letters and digits only).
    pub fn needle(db: &Db, words: &[String]) -> String {
        // The tilde becomes the era.
        beginnings(db, words, "~")
    }

    /// The value to bind for one wanted word of [`Words::holds`].
    pub fn pattern(word: &str) -> String {
        format!("% {word}%")
    }
}

/// The text a full-text index without eras is asked with: rows in which every one of the folded `words` begins
/// some word.
pub fn plain_needle(db: &Db, words: &[String]) -> String {
    beginnings(db, words, "")
}

/// A select of the newest `limit` addresses (columns `address`, `words`, `uses`) of the city `$2` whose words match
/// `$1`, written by [`plain_needle`].
pub fn addresses(db: &Db, limit: usize) -> String {
    match db {
        // The cross join keeps the order: the words are looked up first, then their rows.
        Db::Sqlite(_) => format!(
            "SELECT a.address, a.words, a.uses FROM addresses_fts f CROSS JOIN addresses a ON a.id = f.rowid
             WHERE addresses_fts MATCH $1 AND a.city = $2 ORDER BY f.rowid DESC LIMIT {limit}"
        ),
        // Not by id: the planner would rather walk the primary key and test every address on its way.
        Db::Pg(_) => format!(
            "SELECT address, words, uses FROM addresses
             WHERE to_tsvector('simple', words) @@ to_tsquery('simple', $1) AND city = $2
             ORDER BY last_used_at DESC, id DESC LIMIT {limit}"
        ),
    }
}

fn beginnings(db: &Db, words: &[String], era: &str) -> String {
    let (open, close, and) = match db {
        Db::Sqlite(_) => ("\"", "\"*", " AND "),
        Db::Pg(_) => ("'", "':*", " & "),
    };
    words.iter().map(|w| format!("{open}{era}{w}{close}")).collect::<Vec<_>>().join(and)
}
