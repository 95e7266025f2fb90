//! A form of an order as it was sent: only the fields that are in it, with what they were when it was rendered.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::Field;
use super::fields::stored;
use crate::domain::order::StatusOrder;
use crate::domain::when;
use crate::orders::queries::drafts::{DraftFields, MAX_KEY, REQUEST_KEY};
use crate::orders::queries::history::HistoryRow;
use crate::web::form::Fields;

/// What was sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// As typed, to be shown again.
    typed: BTreeMap<Field, String>,
    /// What the sender was shown (`was_…`), as it is kept.
    was: BTreeMap<Field, String>,
    /// The version of the order the sender was shown.
    pub version: Option<i64>,
    /// Which opened form was sent, see [`settle`](crate::orders::queries::drafts::settle); empty when it was not the
    /// order's own form.
    pub request_key: String,
    /// Why the visit is booked over the limit of its slot.
    pub overbook_reason: String,
}

impl Sent {
    /// Reads a body.
    pub fn of(fields: &Fields) -> Self {
        Self::read(|name| fields.raw(name).map(str::to_owned))
    }

    /// Reads a draft. It keeps no empty fields, so one that had something when the form was rendered was emptied.
    pub fn of_draft(draft: &DraftFields) -> Self {
        let mut sent = Self::read(|name| draft.get(name).cloned());
        for (field, was) in &sent.was {
            if !was.is_empty() {
                sent.typed.entry(*field).or_default();
            }
        }
        sent
    }

    /// What takes the changes `rows` of one saving back, made by who has seen `version`.
    pub fn taking_back(rows: &[HistoryRow], version: i64) -> Self {
        let mut sent = Self { version: Some(version), ..Self::default() };
        for row in rows {
            if let Some(field) = row.told.field() {
                sent.typed.insert(field, row.old_value.clone().unwrap_or_default());
                sent.was.insert(field, row.new_value.clone().unwrap_or_default());
            }
        }
        sent
    }

    fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let mut sent = Self {
            version: value("version").and_then(|text| text.trim().parse().ok()),
            request_key: value(REQUEST_KEY).filter(|key| key.len() <= MAX_KEY).unwrap_or_default(),
            overbook_reason: value("overbook_reason").unwrap_or_default().trim().to_owned(),
            ..Self::default()
        };
        for field in Field::ALL.iter().copied() {
            if let Some(typed) = value(field.as_str()) {
                sent.typed.insert(field, typed.trim().to_owned());
            }
            if let Some(was) = value(&format!("was_{field}")) {
                sent.was.insert(field, stored(field, &was));
            }
        }
        // The reason and the sum that stand beside the button of a status have names of their own: the same field
        // may be in the form once more.
        let beside =
            match sent.typed.get(&Field::StatusOrder).map(String::as_str).and_then(StatusOrder::parse) {
                Some(StatusOrder::Refused) => Some((Field::RefusalReason, "reason_refused")),
                Some(StatusOrder::NoOrder) => Some((Field::RefusalReason, "reason_noorder")),
                Some(StatusOrder::Done) => Some((Field::Result, "result_done")),
                _ => None,
            };
        if let Some((field, name)) = beside
            && let Some(typed) = value(name).map(|text| text.trim().to_owned()).filter(|t| !t.is_empty())
        {
            sent.typed.insert(field, typed);
        }
        sent
    }

    /// Puts the moment that «завтра 14» means by the clock of the order's city, which shows `now`, in its place.
    pub fn settle(&mut self, now: NaiveDateTime) {
        if let Some(typed) = self.typed.get_mut(&Field::DateMeeting) {
            *typed = when::settled(typed, now);
        }
    }

    /// What was typed into a field; `None` when it was not sent.
    pub fn typed(&self, field: Field) -> Option<&str> {
        self.typed.get(&field).map(String::as_str)
    }

    /// The fields that were sent, as they would be kept.
    pub fn values(&self) -> impl Iterator<Item = (Field, String)> {
        self.typed.iter().map(|(field, typed)| (*field, stored(*field, typed)))
    }

    /// What the sender was shown, when the form says so.
    pub fn was(&self, field: Field) -> Option<&str> {
        self.was.get(&field).map(String::as_str)
    }
}
