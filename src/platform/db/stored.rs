//! Text columns that hold more than text: JSON, and days. What cannot be read is an error that says where it stands,
//! never an empty list or a day in 1970.

use std::fmt::Display;
use std::marker::PhantomData;

use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::result::Error;
use diesel::sql_types::Text;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A column with the JSON of a `T`. It stays text until somebody asks: a page of calls does not understand who is
/// present in each of them.
#[derive(Clone, Debug, PartialEq, Eq, FromSqlRow)]
pub struct Json<T> {
    text: String,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Json<T> {
    /// What the column (`table.column`) of the row `id` says.
    ///
    /// # Errors
    /// The text is no such JSON; the error names the column and the row.
    pub fn read(&self, column: &str, id: impl Display) -> QueryResult<T> {
        from_json(&self.text, column, id)
    }
}

impl<T, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self { text: <String as FromSql<Text, DB>>::from_sql(bytes)?, of: PhantomData })
    }
}

/// Reads `text`, which the column (`table.column`) of the row `id` holds.
///
/// # Errors
/// The text is no JSON of a `T`; the error names the column and the row.
pub fn from_json<T: DeserializeOwned>(text: &str, column: &str, id: impl Display) -> QueryResult<T> {
    serde_json::from_str(text).map_err(|error| {
        Error::DeserializationError(format!("{column} of {id} is unreadable: {error}").into())
    })
}

/// The text of a value for a column.
///
/// # Errors
/// The value is none that JSON knows.
pub fn to_json(value: &impl Serialize) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| Error::SerializationError(error.into()))
}

/// A day as its column keeps it (`2026-11-23`); columns are given its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow)]
pub struct Day(pub NaiveDate);

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl<DB: Backend> FromSql<Text, DB> for Day
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, DB>>::from_sql(bytes)?;
        let day = text.parse().map_err(|error| format!("\"{text}\" is no day: {error}"))?;
        Ok(Self(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_names_its_column_and_its_row() {
        let json = Json::<Vec<String>> { text: "[\"101\",".to_owned(), of: PhantomData };
        let error = json.read("calls.rung", 17).expect_err("half a list").to_string();
        assert!(error.starts_with("calls.rung of 17 is unreadable: "), "{error}");
        let json = Json::<Vec<String>> { text: to_json(&["101"]).expect("JSON"), of: PhantomData };
        assert_eq!(json.read("calls.rung", 17), Ok(vec!["101".to_owned()]));
    }
}
