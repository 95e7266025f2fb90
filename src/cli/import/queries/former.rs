//! The former system's database, of which nothing is ever changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};
use serde::de::DeserializeOwned;

use crate::platform::db::Db;

/// An open look into it.
pub(in crate::cli::import) struct Former {
    db: Db,
    columns: HashSet<(String, String)>,
}

/// A row with its key; the text of what is wrong when it cannot be read.
pub(in crate::cli::import) struct Row<T> {
    /// Its number there.
    pub key: i64,
    /// What it says.
    pub said: Result<T, String>,
}

#[derive(QueryableByName)]
struct Raw {
    #[diesel(sql_type = BigInt)]
    key: i64,
    #[diesel(sql_type = Text)]
    said: String,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    in_table: String,
    #[diesel(sql_type = Text)]
    named: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    uses: i64,
}

impl Former {
    /// Opens it.
    ///
    /// # Errors
    /// A sentence without the address.
    pub fn open(url: &str) -> Result<Self, String> {
        let mut db = Db::look_into(url)?;
        let columns: Vec<Column> = sql_query(
            "SELECT table_name::text AS in_table, column_name::text AS named
             FROM information_schema.columns WHERE table_schema = current_schema()",
        )
        .load(&mut db)
        .map_err(|e| e.to_string())?;
        let columns: HashSet<_> = columns.into_iter().map(|column| (column.in_table, column.named)).collect();
        Ok(Self { db, columns })
    }

    /// Whether there is such a table, with an `id`.
    pub fn has(&self, table: &str) -> bool {
        self.has_column(table, "id")
    }

    /// Every table.
    pub fn tables(&self) -> BTreeSet<String> {
        self.columns.iter().map(|(table, _)| table.clone()).collect()
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.contains(&(table.to_owned(), column.to_owned()))
    }

    /// How many rows a table has, none when it is not there.
    pub fn count(&mut self, table: &str) -> QueryResult<usize> {
        if !self.columns.iter().any(|(known, _)| known == table) {
            return Ok(0);
        }
        let count: Count =
            sql_query(format!("SELECT count(*) AS n FROM \"{table}\"")).get_result(&mut self.db)?;
        Ok(usize::try_from(count.n).unwrap_or(0))
    }

    /// The largest id of a table.
    pub fn last(&mut self, table: &str) -> QueryResult<i64> {
        if !self.has(table) {
            return Ok(0);
        }
        let count: Count = sql_query(format!("SELECT COALESCE(max(id), 0)::bigint AS n FROM \"{table}\""))
            .get_result(&mut self.db)?;
        Ok(count.n)
    }

    /// So many rows after the id `after`, by their ids; none when there is no such table.
    pub fn page<T: DeserializeOwned>(
        &mut self,
        table: &str,
        after: i64,
        most: usize,
    ) -> QueryResult<Vec<Row<T>>> {
        self.page_where(table, "true", after, most)
    }

    fn page_where<T: DeserializeOwned>(
        &mut self,
        table: &str,
        condition: &str,
        after: i64,
        most: usize,
    ) -> QueryResult<Vec<Row<T>>> {
        if !self.has(table) {
            return Ok(Vec::new());
        }
        let rows: Vec<Raw> = sql_query(format!(
            "SELECT id::bigint AS key, row_to_json(t)::text AS said FROM \"{table}\" t WHERE id > $1 AND ({condition}) ORDER BY id LIMIT {most}"
        ))
        .bind::<BigInt, _>(after)
        .load(&mut self.db)?;
        Ok(rows.into_iter().map(Raw::read).collect())
    }

    /// [`Self::page`] of those rows that say something in one of these columns.
    pub fn page_with<T: DeserializeOwned>(
        &mut self,
        table: &str,
        columns: &[&str],
        after: i64,
        most: usize,
    ) -> QueryResult<Vec<Row<T>>> {
        let there: Vec<String> = columns
            .iter()
            .filter(|column| self.has_column(table, column))
            .map(|column| format!("\"{column}\" IS NOT NULL"))
            .collect();
        if there.is_empty() {
            return Ok(Vec::new());
        }
        self.page_where(table, &there.join(" OR "), after, most)
    }

    /// Those rows of a table that have these ids.
    pub fn of<T: DeserializeOwned>(&mut self, table: &str, keys: &[i64]) -> QueryResult<HashMap<i64, T>> {
        if keys.is_empty() || !self.has(table) {
            return Ok(HashMap::new());
        }
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        let rows: Vec<Raw> = sql_query(format!(
            "SELECT id::bigint AS key, row_to_json(t)::text AS said FROM \"{table}\" t WHERE id IN ({})",
            keys.join(", ")
        ))
        .load(&mut self.db)?;
        Ok(rows.into_iter().map(Raw::read).filter_map(|row| Some((row.key, row.said.ok()?))).collect())
    }

    /// Every text in one of these columns, the most used first.
    pub fn names(&mut self, places: &[(&str, &str)]) -> QueryResult<Vec<String>> {
        let parts: Vec<String> = places
            .iter()
            .filter(|(table, column)| self.has_column(table, column))
            .map(|(table, column)| match *column {
                "cities" => format!("SELECT unnest(\"{column}\")::text AS name FROM \"{table}\""),
                _ => format!("SELECT \"{column}\"::text AS name FROM \"{table}\""),
            })
            .collect();
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<Named> = sql_query(format!(
            "SELECT name, count(*) AS uses FROM ({}) AS every WHERE name IS NOT NULL GROUP BY name ORDER BY 2 DESC, 1",
            parts.join(" UNION ALL ")
        ))
        .load(&mut self.db)?;
        Ok(names.into_iter().filter(|named| named.uses > 0).map(|named| named.name).collect())
    }
}

impl Raw {
    fn read<T: DeserializeOwned>(self) -> Row<T> {
        Row { key: self.key, said: serde_json::from_str(&self.said).map_err(|e| e.to_string()) }
    }
}
