//! Our telephone lines: which number belongs to which campaign, city and Avito account. Lines that calls came to
//! before anybody told about them wait on top of the list.

pub mod form;
pub mod queries;
pub mod routes;

use chrono::NaiveDateTime;

use crate::domain::id::LineId;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Row id.
    pub id: LineId,
    /// Canonical digits, or a SIP line as the telephony names it.
    pub number: String,
    /// РК.
    pub rk: Option<String>,
    /// City of the clients who call it.
    pub city: Option<String>,
    /// Avito account whose ads show it.
    pub avito_name: Option<String>,
    /// False until an admin has said what the line is.
    pub is_known: bool,
    /// When it was entered or first heard of (UTC).
    pub created_at: NaiveDateTime,
    /// What it is called in the list of calls; empty for its last digits.
    pub name: String,
}

impl Line {
    /// The number as people read it.
    pub fn pretty(&self) -> String {
        crate::domain::phone::Phone::stored(&self.number)
            .map_or_else(|| self.number.clone(), |phone| phone.pretty())
    }
}

/// What an admin says about a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFields {
    /// Canonical digits.
    pub number: String,
    /// РК.
    pub rk: String,
    /// City.
    pub city: String,
    /// Avito account, if the line has one.
    pub avito_name: Option<String>,
    /// What it is called in the list of calls; empty for its last digits.
    pub name: String,
}
