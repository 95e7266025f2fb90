//! How often the telephony may be asked (mango/API.md 8), and how long not at all after it has complained.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::ApiError;

/// First pause after «too many requests»; doubles up to [`BUSY_MAX`] while the complaints go on.
const BUSY_FIRST: Duration = Duration::from_secs(2);
const BUSY_MAX: Duration = Duration::from_secs(120);
/// A ban lasts two minutes from the last wrong request.
const BAN: Duration = Duration::from_secs(121);
/// Complaints further apart than that are not one series.
const SERIES: Duration = Duration::from_secs(300);

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
    until: Option<Instant>,
    last: Option<Instant>,
    pause: Duration,
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
    pub(super) async fn wait(&self, kind: Kind) -> Result<(), ApiError> {
        match kind {
            Kind::Command => self.commands.until_ready().await,
            Kind::Recording => self.recordings.until_ready().await,
            Kind::Slow => self.slow.until_ready().await,
            Kind::Other => {}
        }
        self.all.until_ready().await;
        let silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        let left = silence.until.and_then(|until| until.checked_duration_since(Instant::now()));
        left.map_or(Ok(()), |left| Err(ApiError::Waiting(left.as_secs() + 1)))
    }

    /// Takes a complaint to heart.
    pub(super) fn note(&self, error: &ApiError) {
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let pause = match error {
            ApiError::Banned => BAN,
            ApiError::Busy => {
                let is_series = silence.last.is_some_and(|last| now.duration_since(last) < SERIES);
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
        let pace = Pace::new();
        assert_eq!(pace.wait(Kind::Other).await, Ok(()));
        pace.note(&ApiError::Busy);
        assert_eq!(pace.wait(Kind::Other).await, Err(ApiError::Waiting(2)));
        pace.note(&ApiError::Busy);
        assert_eq!(pace.wait(Kind::Other).await, Err(ApiError::Waiting(4)));
        pace.note(&ApiError::Banned);
        assert_eq!(pace.wait(Kind::Other).await, Err(ApiError::Waiting(121)));
        pace.note(&ApiError::Refused(3102));
        pace.forget();
        assert_eq!(pace.wait(Kind::Other).await, Ok(()));
    }
}
