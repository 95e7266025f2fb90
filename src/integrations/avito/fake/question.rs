//! A question of an account, and how it is refused.

use actix_web::web::Bytes;
use serde_json::{Value, json};

/// A question of an account.
pub struct Question<'a> {
    /// Whose token it had.
    pub user_id: i64,
    pub method: &'a str,
    /// Parts of the path.
    pub path: Vec<&'a str>,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub bytes: &'a Bytes,
    pub source: bool,
}

/// An answer: a status and its JSON.
pub type Answer = (u16, Value);

impl Question<'_> {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A whole number of the query within its limits.
    pub fn number(
        &self,
        name: &str,
        default: Option<i64>,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, Answer> {
        let value = match self.query(name) {
            None => default,
            Some(text) => text.parse().ok(),
        };
        let wrong = || refusal_of(400, "Validation error", Some((name, "out of range")));
        value.filter(|value| range.contains(value)).ok_or_else(wrong)
    }
}

pub fn refusal(status: u16, message: &str) -> Answer {
    refusal_of(status, message, None)
}

fn refusal_of(status: u16, message: &str, field: Option<(&str, &str)>) -> Answer {
    let mut body = json!({ "error": { "code": status, "message": message } });
    if let Some((name, said)) = field {
        body["error"]["fields"] = json!({ (name): said });
    }
    (status, body)
}
