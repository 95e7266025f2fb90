//! The one source of "now". Everything that stores or compares moments asks the [`Clock`], so that tests can
//! stand at 23:30 and both databases hold the same value.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};

/// Gives the present moment in UTC, truncated to milliseconds.
#[derive(Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970 at which tests stopped the clock; 0 means that it runs.
    stopped_at: Arc<AtomicI64>,
}

impl Clock {
    /// The present moment. Milliseconds, because SQLite would keep nanoseconds and PostgreSQL microseconds.
    pub fn now(&self) -> NaiveDateTime {
        match self.stopped_at.load(Ordering::Relaxed) {
            0 => Utc::now().naive_utc().trunc_subsecs(3),
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
