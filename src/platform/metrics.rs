//! What this process counts of itself while it works: requests by the pattern of their address, periodic work. Numbers
//! that the database knows are asked for when somebody looks. Never a path as it was typed: ids and numbers stay out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// A request that met no address.
pub const NOWHERE: &str = "none";
/// From a page out of memory to an export.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// The last hour in pieces of five minutes.
const PIECES: usize = 12;
const PIECE_SECONDS: i64 = 300;

/// Counters of one process.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    job_seconds: HistogramVec,
    job_failures: IntCounterVec,
    job_last: IntGaugeVec,
    job_took: Mutex<HashMap<&'static str, Duration>>,
    hours: Mutex<HashMap<String, [Piece; PIECES]>>,
}

/// Five minutes of an address.
#[derive(Clone, Copy, Default)]
struct Piece {
    number: i64,
    count: u64,
    total: Duration,
    longest: Duration,
}

/// An address over the last hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// Its pattern.
    pub route: String,
    /// Requests.
    pub count: u64,
    /// What they took in the middle.
    pub mean: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let made = IntCounterVec::new(Opts::new(name, help), labels).expect("a name and labels of ours");
            kept(&registry, made)
        };
        let histogram = |name: &str, help: &str, labels: &[&str]| {
            let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
            kept(&registry, HistogramVec::new(options, labels).expect("a name and labels of ours"))
        };
        Self {
            requests: counter(
                "callcentre_http_requests_total",
                "Requests by address pattern.",
                &["method", "route", "status"],
            ),
            request_seconds: histogram(
                "callcentre_http_request_seconds",
                "From the head of a request to the head of its answer.",
                &["route"],
            ),
            job_seconds: histogram("callcentre_job_seconds", "Periodic work of this process.", &["job"]),
            job_failures: counter("callcentre_job_failures_total", "Failures of periodic work.", &["job"]),
            job_last: kept(
                &registry,
                IntGaugeVec::new(
                    Opts::new("callcentre_job_last_run_timestamp_seconds", "When this process did it last."),
                    &["job"],
                )
                .expect("a name and labels of ours"),
            ),
            job_took: Mutex::default(),
            hours: Mutex::default(),
            registry,
        }
    }
}

fn kept<T: Collector + Clone + 'static>(registry: &Registry, made: T) -> T {
    registry.register(Box::new(made.clone())).expect("names are different");
    made
}

impl Metrics {
    /// Counts an answered request; `now` in unix seconds.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration, now: i64) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.request_seconds.with_label_values(&[route]).observe(took.as_secs_f64());
        let number = now.div_euclid(PIECE_SECONDS);
        let mut hours = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        if !hours.contains_key(route) {
            hours.insert(route.to_owned(), Default::default());
        }
        let place = number.rem_euclid(PIECES as i64) as usize;
        if let Some(piece) = hours.get_mut(route).and_then(|pieces| pieces.get_mut(place)) {
            if piece.number != number {
                *piece = Piece { number, ..Piece::default() };
            }
            piece.count += 1;
            piece.total += took;
            piece.longest = piece.longest.max(took);
        }
    }

    /// The slowest addresses of the last hour, the slowest first.
    pub fn slowest(&self, limit: usize, now: i64) -> Vec<Slow> {
        let oldest = now.div_euclid(PIECE_SECONDS) - PIECES as i64;
        let hours = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Slow> = hours
            .iter()
            .filter_map(|(route, pieces)| {
                let recent = || pieces.iter().filter(|piece| piece.number > oldest);
                let count: u64 = recent().map(|piece| piece.count).sum();
                let total: Duration = recent().map(|piece| piece.total).sum();
                (count > 0).then(|| Slow {
                    route: route.clone(),
                    count,
                    mean: total / u32::try_from(count).unwrap_or(u32::MAX),
                    longest: recent().map(|piece| piece.longest).max().unwrap_or_default(),
                })
            })
            .collect();
        found.sort_by(|a, b| b.mean.cmp(&a.mean).then_with(|| a.route.cmp(&b.route)));
        found.truncate(limit);
        found
    }

    /// Counts a turn of periodic work; `now` in unix seconds.
    pub fn job(&self, name: &'static str, took: Duration, is_done: bool, now: i64) {
        self.job_seconds.with_label_values(&[name]).observe(took.as_secs_f64());
        self.job_last.with_label_values(&[name]).set(now);
        // A counter that is not there yet cannot be seen to grow.
        let failures = self.job_failures.with_label_values(&[name]);
        if !is_done {
            failures.inc();
        }
        self.job_took.lock().unwrap_or_else(PoisonError::into_inner).insert(name, took);
    }

    /// How long the last turn took that this process did.
    pub fn job_took(&self, name: &str) -> Option<Duration> {
        self.job_took.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// Everything that was counted.
    pub fn gather(&self) -> Vec<prometheus::proto::MetricFamily> {
        self.registry.gather()
    }
}

/// The pattern of an address as people read it: `/orders/{id:[0-9]{1,18}}` → `/orders/{id}`.
pub fn route_name(pattern: &str) -> String {
    let (mut name, mut depth, mut is_expression) = (String::with_capacity(pattern.len()), 0_u32, false);
    for letter in pattern.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_expression = match letter {
            ':' if depth == 1 => true,
            '}' if depth == 0 => false,
            _ => is_expression,
        };
        if !is_expression {
            name.push(letter);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_told_without_its_expressions() {
        for (pattern, name) in [
            ("/orders/{id:[0-9]{1,18}}/undo", "/orders/{id}/undo"),
            ("/clients/{id:[0-9]{1,18}}/merges/{merge:[0-9]{1,18}}", "/clients/{id}/merges/{merge}"),
            ("/static/{path:.*}", "/static/{path}"),
            ("/live", "/live"),
        ] {
            assert_eq!(route_name(pattern), name);
        }
    }

    #[test]
    fn the_slowest_of_the_last_hour_are_told_and_older_ones_forgotten() {
        let metrics = Metrics::default();
        let ms = Duration::from_millis;
        metrics.request("GET", "/old", 200, ms(900), 1_000_000);
        for (route, took) in [("/orders", 10), ("/orders", 30), ("/login", 50)] {
            metrics.request("GET", route, 200, ms(took), 1_003_600);
        }
        let slow = metrics.slowest(5, 1_003_700);
        let told: Vec<(&str, u64, Duration, Duration)> =
            slow.iter().map(|s| (s.route.as_str(), s.count, s.mean, s.longest)).collect();
        assert_eq!(told, [("/login", 1, ms(50), ms(50)), ("/orders", 2, ms(20), ms(30))]);
        assert_eq!(metrics.slowest(1, 1_003_700).len(), 1);
    }
}
