//! Between UTC, in which everything is stored, and the clocks people read: the client's city for visits, the
//! business zone for events.

use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// What the clock in `zone` shows at the UTC moment.
pub fn local(utc: NaiveDateTime, zone: Tz) -> NaiveDateTime {
    Utc.from_utc_datetime(&utc).with_timezone(&zone).naive_local()
}

/// The UTC moment at which the clock in `zone` shows `local`. A time that the clock skips in spring is read
/// with the offset before the jump; of a repeated hour in autumn the first is meant.
pub fn utc(local: NaiveDateTime, zone: Tz) -> NaiveDateTime {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment.naive_utc(),
        LocalResult::None => {
            let before = zone.offset_from_utc_datetime(&(local - Duration::hours(24))).fix();
            local - Duration::seconds(i64::from(before.local_minus_utc()))
        }
    }
}

/// What a form says of a time that [`is_skipped`].
pub const SKIPPED: &str = "Такого времени в этот день нет: часы переводят вперёд. Выберите другое время";

/// Whether the clock in `zone` never shows `local`, because it is put forward over it.
pub fn is_skipped(local: NaiveDateTime, zone: Tz) -> bool {
    matches!(zone.from_local_datetime(&local), LocalResult::None)
}

/// The UTC moment at which `day` begins in `zone`.
pub fn day_start(day: NaiveDate, zone: Tz) -> NaiveDateTime {
    utc(day.and_time(NaiveTime::MIN), zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a moment")
    }

    #[test]
    fn half_past_eleven_at_night_belongs_to_that_cities_day() {
        let utc_moment = at("2026-11-22T20:30:00");
        assert_eq!(local(utc_moment, chrono_tz::Europe::Moscow), at("2026-11-22T23:30:00"));
        assert_eq!(local(utc_moment, chrono_tz::Europe::Samara), at("2026-11-23T00:30:00"));
        assert_eq!(local(utc_moment, chrono_tz::Europe::Kaliningrad), at("2026-11-22T22:30:00"));
        assert_eq!(utc(at("2026-11-23T00:30:00"), chrono_tz::Europe::Samara), utc_moment);
    }

    #[test]
    fn a_skipped_hour_is_still_some_moment() {
        let skipped = at("2026-03-29T02:30:00");
        assert_eq!(utc(skipped, chrono_tz::Europe::Berlin), at("2026-03-29T01:30:00"));
        assert!(is_skipped(skipped, chrono_tz::Europe::Berlin));
        assert!(!is_skipped(skipped, chrono_tz::Europe::Moscow));
        assert!(
            !is_skipped(at("2026-10-25T02:30:00"), chrono_tz::Europe::Berlin),
            "a repeated hour is there"
        );
    }

    #[test]
    fn a_day_begins_at_its_own_midnight() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
        assert_eq!(day_start(day, chrono_tz::Asia::Yekaterinburg), at("2026-11-21T19:00:00"));
    }
}
