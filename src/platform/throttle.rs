//! How many sign-in attempts are let through. Kept in memory, so each process counts its own: that bounds
//! guessing well enough and needs no write per attempt.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// One more attempt for a login becomes free this often.
const REFILL: Duration = Duration::from_secs(90);

/// Counts attempts per login.
pub struct Throttle {
    by_login: DefaultKeyedRateLimiter<String>,
    by_address: DefaultKeyedRateLimiter<String>,
}

impl Throttle {
    /// Lets `burst` attempts for one login through at once, and twenty times as many from one address, behind
    /// which a whole office may sit.
    pub fn new(burst: u32) -> Self {
        let quota = |burst: u32| {
            Quota::with_period(REFILL / (burst / 10).max(1))
                .expect("the period is not zero")
                .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))
        };
        Self { by_login: RateLimiter::keyed(quota(burst)), by_address: RateLimiter::keyed(quota(burst * 20)) }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// Seconds to wait when there were too many.
    pub fn attempt(&self, login: &str, address: &str) -> Result<(), u64> {
        let wait =
            |e: governor::NotUntil<_>| e.wait_time_from(DefaultClock::default().now()).as_secs().max(1);
        self.by_address.check_key(&address.to_owned()).map_err(wait)?;
        self.by_login.check_key(&login.to_lowercase()).map_err(wait)
    }

    /// Forgets logins that have not been tried for long, so that made-up ones do not fill the memory.
    pub fn forget_old(&self) {
        self.by_login.retain_recent();
        self.by_address.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_one_login_stops_and_others_go_on() {
        let throttle = Throttle::new(3);
        for _ in 0..3 {
            assert!(throttle.attempt("anna", "10.0.0.1").is_ok());
        }
        let wait = throttle.attempt("ANNA", "10.0.0.2").expect_err("the fourth");
        assert!((1..=90).contains(&wait));
        assert!(throttle.attempt("boris", "10.0.0.1").is_ok());
    }
}
