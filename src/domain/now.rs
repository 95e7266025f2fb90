//! The clock events are shown by, and how long ago something was.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::city::City;
use crate::domain::{russian, zone};

/// The clock events are shown by.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// UTC.
    pub utc: NaiveDateTime,
    /// The business zone.
    pub zone: Tz,
}

impl Now {
    /// The business day.
    pub fn today(self) -> NaiveDate {
        zone::local(self.utc, self.zone).date()
    }

    /// When the business day began, UTC.
    pub fn day_start(self) -> NaiveDateTime {
        zone::day_start(self.today(), self.zone)
    }

    /// What the clock of a client's city shows; empty when it is the business clock.
    pub fn clock_in(self, cities: &[City], city: &str) -> String {
        let there = zone::local(self.utc, super::city::zone_of(cities, city, self.zone));
        if there == zone::local(self.utc, self.zone) { String::new() } else { russian::time(there) }
    }

    /// «14:05» today, «19.11 14:05» otherwise.
    pub fn moment(self, utc: NaiveDateTime) -> String {
        russian::moment(zone::local(utc, self.zone), self.today())
    }

    /// «сегодня 14:05», «чт, 19 ноября 14:05».
    pub fn moment_in_words(self, utc: NaiveDateTime) -> String {
        let local = zone::local(utc, self.zone);
        format!("{} {}", russian::day_near(local.date(), self.today()), russian::time(local))
    }
}

/// How long ago, in words.
pub fn age(at: NaiveDateTime, now: Now) -> String {
    let minutes = (now.utc - at).num_minutes().max(0);
    match minutes {
        0..1440 => russian::hours(minutes),
        _ => russian::days((minutes / 1440).unsigned_abs()),
    }
}
