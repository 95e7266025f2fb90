//! How often the telephony may be asked (docs/mango-api.md 8), and how long not at all after it has complained.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::ApiError;
use crate::domain::clock::Clock;

/// First pause after «too many requests»; doubles up to [`BUSY_MAX`] while the complaints go on.
const BUSY_FIRST: TimeDelta = TimeDelta::seconds(2);
const BUSY_MAX: TimeDelta = TimeDelta::seconds(120);
/// A ban lasts two minutes from the last wrong request.
const BAN: TimeDelta = TimeDelta::seconds(121);
/// Complaints further apart than that are not one series.
const SERIES: TimeDelta = TimeDelta::seconds(300);

/// What has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Calls, hang-ups: four a second.
    Command,
    /// Recordings: ten a second.
    Recording,
    /// Employees, statistics, transfers: one in two seconds.
    Slow,
    /// Everything else: ten a second.
    Other,
}

impl Kind {
    /// The kind of a method.
    pub fn of(method: &str) -> Self {
        match method {
            "queries/recording/post" => Self::Recording,
            "config/users/request" | "stats/request" | "commands/transfer" | "commands/route" => Self::Slow,
            _ if method.starts_with("commands/") => Self::Command,
            _ => Self::Other,
        }
    }
}

/// Limits of one process.
pub struct Pace {
    commands: DefaultDirectRateLimiter,
    recordings: DefaultDirectRateLimiter,
    slow: DefaultDirectRateLimiter,
    all: DefaultDirectRateLimiter,
    silence: Mutex<Silence>,
}

#[derive(Default)]
struct Silence {
    until: Option<NaiveDateTime>,
    last: Option<NaiveDateTime>,
    pause: TimeDelta,
}

impl Pace {
    pub(super) fn new() -> Self {
        let second = |n: u32| RateLimiter::direct(Quota::per_second(NonZeroU32::new(n).expect("not zero")));
        let slow = Quota::with_period(Duration::from_secs(2)).expect("not zero");
        Self {
            commands: second(4),
            recordings: second(9),
            slow: RateLimiter::direct(slow),
            all: second(9),
            silence: Mutex::default(),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`ApiError::Waiting`] while the telephony does not want to be asked at all.
    pub(super) async fn wait(&self, kind: Kind, clock: &Clock) -> Result<(), ApiError> {
        match kind {
            Kind::Command => self.commands.until_ready().await,
            Kind::Recording => self.recordings.until_ready().await,
            Kind::Slow => self.slow.until_ready().await,
            Kind::Other => {}
        }
        self.all.until_ready().await;
        let silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        let left = silence.until.map_or(0, |until| (until - clock.now()).num_milliseconds());
        if left <= 0 { Ok(()) } else { Err(ApiError::Waiting(left.unsigned_abs().div_ceil(1000))) }
    }

    /// Takes a complaint to heart.
    pub(super) fn note(&self, error: &ApiError, now: NaiveDateTime) {
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = match error {
            ApiError::Banned => BAN,
            ApiError::Busy => {
                let is_series = silence.last.is_some_and(|last| now - last < SERIES);
                if is_series { (silence.pause * 2).clamp(BUSY_FIRST, BUSY_MAX) } else { BUSY_FIRST }
            }
            _ => return,
        };
        (silence.until, silence.last, silence.pause) = (Some(now + pause), Some(now), pause);
    }

    /// Forgets complaints: an admin who has just entered another key wants to know at once.
    pub fn forget(&self) {
        *self.silence.lock().unwrap_or_else(PoisonError::into_inner) = Silence::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn complaints_silence_us_longer_each_time_until_they_are_forgotten() {
        let (pace, clock) = (Pace::new(), Clock::default());
        let now = clock.now();
        clock.stop_at(now);
        assert_eq!(pace.wait(Kind::Other, &clock).await, Ok(()));
        pace.note(&ApiError::Busy, now);
        assert_eq!(pace.wait(Kind::Other, &clock).await, Err(ApiError::Waiting(2)));
        pace.note(&ApiError::Busy, now);
        assert_eq!(pace.wait(Kind::Other, &clock).await, Err(ApiError::Waiting(4)));
        clock.stop_at(now + TimeDelta::milliseconds(3_500));
        assert_eq!(pace.wait(Kind::Other, &clock).await, Err(ApiError::Waiting(1)));
        clock.stop_at(now + TimeDelta::seconds(4));
        assert_eq!(pace.wait(Kind::Other, &clock).await, Ok(()));
        pace.note(&ApiError::Banned, clock.now());
        assert_eq!(pace.wait(Kind::Other, &clock).await, Err(ApiError::Waiting(121)));
        pace.note(&ApiError::Refused(3102), clock.now());
        pace.forget();
        assert_eq!(pace.wait(Kind::Other, &clock).await, Ok(()));
    }
}
