//! Reading loosely typed JSON fields: what is absent, what is a value, and what is refused.

use serde_json::{Map, Value};

use super::{ID_MAX, TEXT_MAX, WireError};

/// Last second of the year 9999: beyond it no calendar of ours goes. Milliseconds land there too.
const TIME_MAX: i64 = 253_402_300_799;

/// The fields of one JSON object.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The object in a text. `serde_json` itself refuses more than 128 levels, so a hostile text cannot eat the stack.
    pub fn read(json: &str) -> Result<Fields, WireError> {
        match serde_json::from_str(json) {
            Ok(Value::Object(map)) => Ok(Fields(map)),
            Ok(_) => Err(WireError::NotAnObject),
            Err(cause) => match serde_json::from_str(&crate::integrations::mend::mended(json)) {
                Ok(Value::Object(map)) => Ok(Fields(map)),
                Ok(_) => Err(WireError::NotAnObject),
                Err(_) => Err(WireError::Json(cause.to_string())),
            },
        }
    }

    /// A side of a call. A number or a text instead of an object is its `number`; anything else is nobody.
    pub fn party(&self, name: &str) -> Fields {
        match self.present(name) {
            Some(Value::Object(map)) => Fields(map.clone()),
            Some(number @ (Value::String(_) | Value::Number(_))) => {
                Fields(Map::from_iter([("number".to_owned(), number.clone())]))
            }
            _ => Fields(Map::new()),
        }
    }

    /// A text nothing hangs on: what is unreadable or too long is as good as absent.
    pub fn lenient_text(&self, name: &'static str) -> Option<String> {
        self.text(name).ok().flatten()
    }

    /// An identifier nothing hangs on.
    pub fn lenient_id(&self, name: &'static str) -> Option<String> {
        self.id(name).ok().flatten()
    }

    /// A text, trimmed and without U+0000, which PostgreSQL cannot store. Numbers become their digits.
    pub fn text(&self, name: &'static str) -> Result<Option<String>, WireError> {
        let text = match self.present(name) {
            None => return Ok(None),
            Some(Value::String(text)) if text.len() > TEXT_MAX => {
                return Err(WireError::TooLong(name, TEXT_MAX));
            }
            Some(Value::String(text)) => text.replace('\0', "").trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(WireError::Unreadable(name)),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// An identifier, untouched: opaque and case-sensitive. Control characters are in none.
    pub fn id(&self, name: &'static str) -> Result<Option<String>, WireError> {
        let id = match self.present(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(WireError::Unreadable(name)),
        };
        if id.len() > ID_MAX {
            return Err(WireError::TooLong(name, ID_MAX));
        }
        if id.chars().any(char::is_control) {
            return Err(WireError::Unreadable(name));
        }
        Ok(Some(id))
    }

    /// An identifier without which there is no event.
    pub fn required_id(&self, name: &'static str) -> Result<String, WireError> {
        self.id(name)?.ok_or(WireError::Missing(name))
    }

    /// A whole number, sent as one or as text.
    pub fn integer(&self, name: &'static str) -> Result<Option<i64>, WireError> {
        let value = match self.present(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        value.map(Some).ok_or(WireError::Unreadable(name))
    }

    /// A whole number nothing hangs on: unreadable is as good as absent.
    pub fn lenient_integer(&self, name: &'static str) -> Option<i64> {
        self.integer(name).ok().flatten()
    }

    /// A moment in unix seconds; 0 is how the service says "never".
    pub fn time(&self, name: &'static str) -> Result<Option<i64>, WireError> {
        match self.integer(name)? {
            None | Some(0) => Ok(None),
            Some(seconds @ 1..=TIME_MAX) => Ok(Some(seconds)),
            Some(_) => Err(WireError::Unreadable(name)),
        }
    }

    /// A moment without which there is no event.
    pub fn required_time(&self, name: &'static str) -> Result<i64, WireError> {
        self.time(name)?.ok_or(WireError::Missing(name))
    }

    fn present(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| match value {
            // No field we read is a flag: `false` is how some printers write "nothing".
            Value::Null | Value::Bool(_) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Number(_) => true,
        })
    }
}

/// A float without a fraction, as some JSON printers write integers.
fn whole(number: f64) -> Option<i64> {
    // The bound keeps the conversion exact.
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}
