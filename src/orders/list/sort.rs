//! How the list is sorted, and where a row stands in it: what the page behind it begins with, whichever page that is.

use chrono::{DateTime, NaiveDateTime};

use crate::domain::id::OrderId;

/// By which column the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// Status priority, then visit; closed ones by closing (`list_rank, list_time`).
    #[default]
    Usual,
    /// The order's number.
    Id,
    /// The visit.
    Meeting,
    /// The closing; open orders stand before all closed ones.
    Closed,
    /// The creation.
    Created,
}

/// A sort order, `meeting` or `-meeting` in addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// Reads the `sort` of an address; anything unknown is the default order.
    pub fn parse(text: &str) -> Self {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let column = match name {
            "id" => Column::Id,
            "meeting" => Column::Meeting,
            "closed" => Column::Closed,
            "created" => Column::Created,
            _ => return Self::default(),
        };
        Self { column, descending }
    }
}

/// The values of a row by which the list is sorted. Those that a sort does not use are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// `list_rank`.
    pub rank: i32,
    /// `list_time`, or the sorted moment in microseconds since 1970 UTC.
    pub time: i64,
    /// The order.
    pub id: OrderId,
}

/// The times of a row that a list may be sorted by.
#[derive(Clone, Copy, Debug)]
pub struct RowTimes {
    /// `(list_rank, list_time)`.
    pub usual: (i32, i64),
    /// The visit.
    pub meeting: NaiveDateTime,
    /// The making.
    pub created: NaiveDateTime,
    /// The closing, or what stands for it with an open order.
    pub closed: NaiveDateTime,
}

impl RowKey {
    /// The key of the order `id` in a list sorted by `column`.
    pub fn of(column: Column, id: OrderId, times: RowTimes) -> Self {
        let at = |moment: NaiveDateTime| Self { rank: 0, time: moment.and_utc().timestamp_micros(), id };
        match column {
            Column::Usual => Self { rank: times.usual.0, time: times.usual.1, id },
            Column::Id => Self { rank: 0, time: 0, id },
            Column::Meeting => at(times.meeting),
            Column::Created => at(times.created),
            Column::Closed => at(times.closed),
        }
    }

    /// The sorted moment.
    pub fn moment(self) -> NaiveDateTime {
        DateTime::from_timestamp_micros(self.time).unwrap_or_default().naive_utc()
    }

    /// Reads the `after` of an address.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (rank, time, id) = (parts.next()?, parts.next()?, parts.next()?);
        let key = Self { rank: rank.parse().ok()?, time: time.parse().ok()?, id: id.parse().ok()? };
        parts.next().is_none().then_some(key)
    }

    /// The form in an address.
    pub fn to_text(self) -> String {
        format!("{}.{}.{}", self.rank, self.time, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_was_given_and_nonsense_nothing() {
        let key = RowKey { rank: 6, time: -1_767_225_600, id: OrderId(4711) };
        assert_eq!(RowKey::parse(&key.to_text()), Some(key));
        for text in ["", "6", "6.1", "6.1.x", "6.1.2.3", "6.1.99999999999999999999"] {
            assert_eq!(RowKey::parse(text), None, "{text}");
        }
    }
}
