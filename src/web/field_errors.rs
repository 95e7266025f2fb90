//! What is wrong with a form, field by field, in Russian: gathered by a feature's `check`, shown by the fields.

use crate::domain::russian;
use crate::platform::error::Refusable;

/// What came of a form: done, or refused with what is wrong with its fields.
pub type FormOutcome<T> = Refusable<T, FieldErrors>;

/// Errors of a form's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, String)>);

impl FieldErrors {
    /// Says what is wrong with the field `name`; the first word about a field stands.
    pub fn add(&mut self, name: &'static str, words: impl Into<String>) {
        if self.of(name).is_empty() {
            self.0.push((name, words.into()));
        }
    }

    /// [`Self::add`] with the error of a check, or the value that passed it.
    pub fn keep<T>(&mut self, name: &'static str, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|words| self.add(name, words)).ok()
    }

    /// What is wrong with the field `name`; empty when nothing is.
    pub fn of(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| *n == name).map_or("", |(_, words)| words.as_str())
    }

    /// How many fields are wrong.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A text that must be there and not longer than `max` characters.
///
/// # Errors
/// What is wrong, for the field.
pub fn required(text: &str, max: usize, when_empty: &str) -> Result<String, String> {
    if text.is_empty() { Err(when_empty.to_owned()) } else { within(text, max) }
}

/// A text of `max` characters at most.
///
/// # Errors
/// What is wrong, for the field.
pub fn within(text: &str, max: usize) -> Result<String, String> {
    match text.chars().count() {
        length if length > max => {
            let signs = russian::plural(length as u64, ["знак", "знака", "знаков"]);
            Err(format!("Слишком длинно: {length} {signs}. Не больше {max}"))
        }
        _ => Ok(text.to_owned()),
    }
}
