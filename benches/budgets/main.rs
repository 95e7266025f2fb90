//! Measures the budgets of docs/operations.md: a real server on generated data, asked over real HTTP, beside a
//! static page of the same server in the same run. Times are printed, never asserted: machines differ.

mod measure;
mod server;
mod sign_ins;
mod stories;
mod table;

use measure::Report;
use server::Server;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, usual: usize| {
        let at = arguments.iter().position(|a| a == name).map(|i| i + 1);
        at.and_then(|i| arguments.get(i)).and_then(|v| v.parse().ok()).unwrap_or(usual)
    };
    // Searches and lists of a database that was filled before: a fill takes minutes.
    let is_filled = arguments.iter().any(|a| a == "--filled");
    let (orders, calls) = (number("--orders", 1_000_000), number("--calls", 3_000_000));
    let wrong = number("--wrong", 2_000);
    // `cargo test` runs bench targets too, with no database: nothing to measure then.
    let Ok(database) = std::env::var("DATABASE_URL") else {
        println!("scripts/bench starts this with a database");
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut report = Report::new(&database, orders, calls);
        let server = match is_filled {
            true => Server::started(&database, &mut report).await,
            false => Server::filled(&database, orders, calls, &mut report).await,
        };
        // For itself alone it needs no large database.
        if arguments.iter().any(|a| a == "--sign-ins") {
            sign_ins::measure(&mut report, &server, wrong).await;
            return report.print();
        }
        stories::alone(&mut report, &server).await;
        table::writes(&mut report, &server).await;
        table::exports(&mut report, &server).await;
        stories::together(&mut report, &server).await;
        stories::telephony(&mut report, &server).await;
        sign_ins::measure(&mut report, &server, wrong).await;
        stories::memory(&mut report, &server).await;
        drop(server);
        report.print();
    });
}
