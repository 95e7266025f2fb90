//! The one source of "now". Everything that stores or compares moments asks the [`Clock`], so that tests can
//! stand at 23:30 and both databases hold the same value.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, NaiveDateTime, SubsecRound, Utc};

/// Gives the present moment in UTC, truncated to milliseconds.
#[derive(Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970 at which tests stopped the clock; 0 means that it runs.
    stopped_at: Arc<AtomicI64>,
    /// Milliseconds by which a running clock is ahead of the machine's.
    ahead_ms: i64,
}

impl Clock {
    /// A running clock that shows `moment` (UTC) now: the demonstration's day begins when somebody looks at it.
    pub fn set_to(moment: NaiveDateTime) -> Self {
        Self { ahead_ms: (moment - Utc::now().naive_utc()).num_milliseconds(), ..Self::default() }
    }

    /// The present moment. Milliseconds, because SQLite would keep nanoseconds and PostgreSQL microseconds.
    pub fn now(&self) -> NaiveDateTime {
        match self.stopped_at.load(Ordering::Relaxed) {
            0 => (Utc::now().naive_utc() + Duration::milliseconds(self.ahead_ms)).trunc_subsecs(3),
            millis => DateTime::from_timestamp_millis(millis).unwrap_or_default().naive_utc(),
        }
    }

    /// The present moment in unix seconds, as the telephony counts.
    pub fn unix(&self) -> i64 {
        self.now().and_utc().timestamp()
    }

    /// Stops the clock at `moment` (UTC); every copy of this clock stops with it.
    pub fn stop_at(&self, moment: NaiveDateTime) {
        self.stopped_at.store(moment.and_utc().timestamp_millis(), Ordering::Relaxed);
    }

    /// Lets a stopped clock run again.
    pub fn resume(&self) {
        self.stopped_at.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_runs_on() {
        let noon: NaiveDateTime = "2026-11-19T09:10:00".parse().expect("a moment");
        let clock = Clock::set_to(noon);
        let (first, second) = (clock.now(), clock.clone().now());
        assert!(noon <= first + Duration::milliseconds(1) && first <= second);
        assert!(second - noon < Duration::minutes(1));
    }
}
