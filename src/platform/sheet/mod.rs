//! Tables to take away: CSV for any program, XLSX for people. Rows come from the database in batches and leave as
//! they come, so a table of any length takes the memory of one batch. Features say what the cells are; how each
//! kind is written is decided here once for both formats.

mod csv;
mod respond;
pub mod turns;
mod xlsx;

use chrono::{NaiveDate, NaiveDateTime};

pub use respond::{Format, chunks, respond};

use crate::platform::db::Db;
use crate::platform::error::AppError;

/// How many rows a feature should load at a time.
pub const BATCH: i64 = 1000;

/// One value with its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words, from anybody: never taken for a formula.
    Text(String),
    /// A whole number to count with.
    Integer(i64),
    /// Kopecks.
    Money(i64),
    /// A moment on the clock it is to be read by, already local; seconds are not shown.
    Moment(NaiveDateTime),
    /// A day.
    Day(NaiveDate),
    /// Canonical digits of a telephone number; stays text.
    Phone(String),
}

impl Cell {
    /// Text, or nothing when there is none.
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// Kopecks, or nothing when unknown.
    pub fn money(kopecks: Option<i64>) -> Self {
        kopecks.map_or(Self::Empty, Self::Money)
    }

    /// A local moment, or nothing when there is none.
    pub fn moment(local: Option<NaiveDateTime>) -> Self {
        local.map_or(Self::Empty, Self::Moment)
    }
}

/// The cells of a row, as many as the header has.
pub type Row = Vec<Cell>;

/// Gives the next rows each time it is called, and none when the table is over. It remembers the key of its last
/// row and asks for what comes after it (never OFFSET: row 100 000 must cost what row 1 costs); about [`BATCH`]
/// rows at a time.
pub type Batches = Box<dyn FnMut(&mut Db) -> Result<Vec<Row>, AppError> + Send>;

/// Where rows come from while a file is written.
type Source<'a> = &'a mut dyn FnMut() -> Result<Vec<Row>, AppError>;
