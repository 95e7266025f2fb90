//! Times of many runs and the table they are printed in.

use std::time::Duration;

/// One printed line.
struct Row {
    what: String,
    budget: String,
    measured: String,
    verdict: &'static str,
}

/// Everything measured in one run.
pub struct Report {
    heading: String,
    rows: Vec<Row>,
}

/// Times of the same thing done many times.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds all of another.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that `share` (0 to 1) of all runs did not exceed.
    pub fn percentile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(index).copied().unwrap_or_default()
    }

    fn words(&self) -> String {
        let of = |share| milliseconds(self.percentile(share));
        format!("p50 {}  p95 {}  p99 {}  (n={})", of(0.5), of(0.95), of(0.99), self.0.len())
    }
}

/// `12.3 ms`.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

impl Report {
    /// An empty report.
    pub fn new(database: &str, orders: usize, calls: usize) -> Self {
        let kind = if database.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
        Self { heading: format!("{kind}, {orders} orders, {calls} calls"), rows: Vec::new() }
    }

    /// A thing whose p95 has a budget.
    pub fn times(&mut self, what: &str, budget: Duration, times: &Times) {
        let verdict = if times.percentile(0.95) <= budget { "ok" } else { "OVER" };
        self.push(what, &format!("{} p95", milliseconds(budget)), &times.words(), verdict);
    }

    /// A yardstick or a fact without a budget.
    pub fn fact(&mut self, what: &str, measured: &str) {
        self.push(what, "", measured, "");
    }

    /// A number with an upper limit.
    pub fn limit(&mut self, what: &str, limit: f64, measured: f64, unit: &str) {
        let verdict = if measured <= limit { "ok" } else { "OVER" };
        self.push(what, &format!("{limit:.0} {unit}"), &format!("{measured:.1} {unit}"), verdict);
    }

    /// A number with a lower limit.
    pub fn at_least(&mut self, what: &str, least: f64, measured: f64, unit: &str) {
        let verdict = if measured >= least { "ok" } else { "UNDER" };
        self.push(what, &format!("at least {least:.0} {unit}"), &format!("{measured:.0} {unit}"), verdict);
    }

    fn push(&mut self, what: &str, budget: &str, measured: &str, verdict: &'static str) {
        eprintln!("  {what}: {measured} {verdict}");
        self.rows.push(Row {
            what: what.to_owned(),
            budget: budget.to_owned(),
            measured: measured.to_owned(),
            verdict,
        });
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("\n## {}\n", self.heading);
        println!("| what | budget | measured | |\n|---|---|---|---|");
        for row in &self.rows {
            println!("| {} | {} | {} | {} |", row.what, row.budget, row.measured, row.verdict);
        }
    }
}
