//! The form of a line of a list.

use super::{CatalogEntry, EntryFields, Kind};
use crate::domain::search_words;
use crate::web::field_errors::{FieldErrors, required};
use crate::web::form::Fields;

const NAME_MAX: usize = 80;
/// Longest break that can be allowed, in minutes.
const LIMIT_MAX: i32 = 600;

/// The fields as they were typed.
#[derive(Clone, Debug, Default)]
pub struct ItemForm {
    /// Name.
    pub name: String,
    /// IANA zone, of cities.
    pub time_zone: String,
    /// Minutes, of reasons of breaks; empty: as long as it takes.
    pub limit_minutes: String,
    /// Offered in forms.
    pub is_active: bool,
}

impl ItemForm {
    /// The form as it was sent; a new line is always active.
    pub fn sent(fields: &Fields, is_new: bool) -> Self {
        Self {
            name: fields.text("name").to_owned(),
            time_zone: fields.text("time_zone").to_owned(),
            limit_minutes: fields.text("limit_minutes").to_owned(),
            is_active: is_new || fields.text("is_active") == "on",
        }
    }

    /// The form of a stored line.
    pub fn of(item: &CatalogEntry) -> Self {
        Self {
            name: item.name.clone(),
            time_zone: item.time_zone.clone().unwrap_or_default(),
            limit_minutes: match item.limit_minutes {
                0 => String::new(),
                minutes => minutes.to_string(),
            },
            is_active: item.is_active,
        }
    }

    /// What is wanted of a line of `kind`.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, kind: Kind) -> Result<EntryFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", required(&self.name, NAME_MAX, "Напишите название"));
        if name.as_ref().is_some_and(|name| search_words::fold(name).is_empty()) {
            errors.add("name", "В названии нужна хотя бы одна буква или цифра");
        }
        let zone = (kind == Kind::Cities).then(|| self.time_zone.parse::<chrono_tz::Tz>());
        if matches!(zone, Some(Err(_))) {
            errors.add("time_zone", "Выберите часовой пояс из списка, например Europe/Moscow");
        }
        let minutes = match self.limit_minutes.as_str() {
            "" => Some(0),
            text => text.parse().ok().filter(|minutes| (0..=LIMIT_MAX).contains(minutes)),
        };
        if kind == Kind::Breaks && minutes.is_none() {
            errors.add("limit_minutes", format!("Целое число минут до {LIMIT_MAX}, или оставьте пустым"));
        }
        match name {
            Some(name) if errors.is_empty() => Ok(EntryFields {
                name,
                zone: zone.and_then(Result::ok),
                limit_minutes: minutes.filter(|_| kind == Kind::Breaks),
                is_active: self.is_active,
            }),
            _ => Err(errors),
        }
    }
}
