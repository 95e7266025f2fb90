//! Which chats are wanted, by the address.

use chrono::{DateTime, NaiveDateTime};

use crate::chats::queries::list::{Quick, Wanted};
use crate::domain::id::{AccountId, AvitoId, ChatId, LabelId};
use crate::web::form::Fields;

/// The filter of the list.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What the address says, without the place in the list.
    pub fields: Fields,
    /// What is searched for.
    pub q: String,
    /// Of one account.
    pub account: Option<AvitoId>,
    /// Of one kind.
    pub quick: Quick,
    /// With a label.
    pub label: Option<LabelId>,
    after: Option<(NaiveDateTime, ChatId)>,
}

impl Filter {
    /// Reads the address.
    pub fn of(query: &Fields) -> Self {
        let mut fields = Fields::default();
        for name in ["q", "account", "quick", "label"] {
            fields.set(name, query.text(name));
        }
        Self {
            q: query.text("q").to_owned(),
            account: query.id("account"),
            quick: Quick::parse(query.text("quick")).unwrap_or(Quick::All),
            label: query.id("label"),
            after: place(query.text("after")),
            fields,
        }
    }

    /// What to ask the database.
    pub fn wanted(&self, found: Option<Vec<ChatId>>, viewer: AccountId, now: NaiveDateTime) -> Wanted {
        Wanted {
            account: self.account,
            quick: self.quick,
            label: self.label,
            found,
            after: self.after,
            viewer,
            now,
        }
    }

    /// The address `path` with one filter changed.
    pub fn href(&self, path: &str, name: &str, value: &str) -> String {
        let mut fields = self.fields.clone();
        fields.set(name, value);
        with_query(path, &fields)
    }

    /// The address `path` with the filters.
    pub fn at(&self, path: &str) -> String {
        with_query(path, &self.fields)
    }

    /// True while anything narrows the list.
    pub fn is_set(&self) -> bool {
        !self.fields.encode().is_empty()
    }
}

fn with_query(path: &str, fields: &Fields) -> String {
    match fields.encode() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// A place in a list or a thread as an address says it: milliseconds, as clocks count here, and id.
pub fn place<Id: std::str::FromStr>(text: &str) -> Option<(NaiveDateTime, Id)> {
    let (millis, id) = text.split_once('-')?;
    let at = DateTime::from_timestamp_millis(millis.parse().ok()?)?.naive_utc();
    Some((at, id.parse().ok()?))
}

/// [`place`], written.
pub fn mark(at: NaiveDateTime, id: impl std::fmt::Display) -> String {
    format!("{}-{id}", at.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_the_address_and_nonsense_is_the_beginning() {
        let at = DateTime::from_timestamp_millis(1_795_333_295_345).expect("a moment").naive_utc();
        assert_eq!(place(&mark(at, ChatId(7))), Some((at, ChatId(7))));
        for nonsense in ["", "-", "1-", "x-7", "9999999999999999999-7", "5"] {
            assert_eq!(place::<ChatId>(nonsense), None, "{nonsense}");
        }
    }
}
