//! A month of the business calendar.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::{russian, zone};

/// A month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let day: NaiveDate = format!("{text}-01").parse().ok()?;
        (2000..2200).contains(&day.year()).then_some(Self(day))
    }

    /// The month an address asks for: `text`, or the one of `today`; none that has not begun.
    pub fn asked(text: &str, today: NaiveDate) -> Self {
        Self::parse(text).unwrap_or(Self::of(today)).min(Self::of(today))
    }

    /// The first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The last day.
    pub fn last(self) -> NaiveDate {
        self.next().0 - Days::new(1)
    }

    /// The month after.
    pub fn next(self) -> Self {
        // No month has more days than that, none begins twice within them.
        Self::of(self.0 + Days::new(31))
    }

    /// The month before.
    pub fn before(self) -> Self {
        Self::of(self.0 - Days::new(1))
    }

    /// Every day.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        let last = self.last();
        self.0.iter_days().take_while(move |day| *day <= last)
    }

    /// Where it begins and where the next one does, UTC.
    pub fn moments(self, zone: Tz) -> (NaiveDateTime, NaiveDateTime) {
        (zone::day_start(self.0, zone), zone::day_start(self.next().0, zone))
    }

    /// «Ноябрь 2026».
    pub fn words(self) -> String {
        russian::month(self.0)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other() {
        let month = Month::parse("2026-12").expect("a month");
        assert_eq!(
            (month.next().to_string(), month.before().to_string()),
            ("2027-01".into(), "2026-11".into())
        );
        assert_eq!(month.last().to_string(), "2026-12-31");
        assert_eq!(Month::parse("2026-02").expect("a month").days().count(), 28);
        for nonsense in ["", "2026", "2026-13", "9999-01", "26-1"] {
            assert_eq!(Month::parse(nonsense), None, "{nonsense}");
        }
    }
}
