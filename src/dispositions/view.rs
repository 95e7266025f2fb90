//! Results as templates show them.

use super::queries::{self, Noted};
use crate::domain::id::CallId;
use crate::platform::db::Db;

/// What may be said of a call, and what is.
#[derive(Clone, Debug)]
pub struct ResultView {
    /// The call.
    pub call_id: CallId,
    /// Digit (empty after nine), name, whether it is the one.
    pub choices: Vec<ResultChoice>,
    /// What is noted.
    pub noted: Noted,
}

/// One result to choose.
#[derive(Clone, Debug)]
pub struct ResultChoice {
    /// «1» to «9», or empty.
    pub digit: String,
    /// Its name.
    pub name: String,
    /// It is the one.
    pub is_chosen: bool,
}

impl ResultView {
    /// The view of a call.
    pub fn load(db: &mut Db, call_id: CallId) -> diesel::QueryResult<Self> {
        let names = queries::choices(db)?;
        let noted = queries::of_calls(db, &[call_id])?.remove(&call_id).unwrap_or_default();
        Ok(Self::new(call_id, &names, noted))
    }

    /// The view of a call of which everything is known.
    pub fn new(call_id: CallId, names: &[String], noted: Noted) -> Self {
        let choice = |(n, name): (usize, &String)| ResultChoice {
            digit: if n < 9 { (n + 1).to_string() } else { String::new() },
            name: name.clone(),
            is_chosen: *name == noted.result,
        };
        Self { call_id, choices: names.iter().enumerate().map(choice).collect(), noted }
    }
}
