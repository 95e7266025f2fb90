//! What is measured around the table of orders: changes that are saved, files that are taken away.

use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::measure::{Report, Times};
use super::server::Server;

const RUNS: i64 = 60;

/// One person changes orders, each another one, and puts them back.
pub async fn writes(report: &mut Report, server: &Server) {
    let mut times = Times::default();
    for (id, comment) in comments(&server.database) {
        let path = format!("/orders/{id}");
        let other = format!("{comment} измерение");
        for (was, is) in [(&comment, &other), (&other, &comment)] {
            let began = Instant::now();
            let form = [("comment", is.as_str()), ("was_comment", was.as_str())];
            let answer = server.post(&path, &form).await;
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            times.add(began.elapsed());
        }
    }
    report.times("a change of an order saved, and the order shown again", Duration::from_millis(40), &times);
}

/// Orders to be changed, and what they say now.
fn comments(url: &str) -> Vec<(i64, String)> {
    use callcentre::platform::db::schema::orders;
    let database = callcentre::platform::db::Database::open(url, 1).expect("the database");
    let rows = database.read_now(|db| {
        let some = orders::table.filter(orders::id.ge(5000)).order(orders::id).limit(RUNS);
        Ok(some.select((orders::id, orders::comment)).load(db)?)
    });
    rows.expect("orders")
}

/// Files of about a tenth of all orders, and what they cost the server's memory.
pub async fn exports(report: &mut Report, server: &Server) {
    let before = server.resident_mebibytes();
    for format in ["csv", "xlsx"] {
        let (time, lines) = server.file(&format!("/orders/export?format={format}&city=Самара")).await;
        let what = match format {
            "csv" => format!("export of one city as CSV, {} rows", lines.saturating_sub(1)),
            _ => "the same as XLSX".to_owned(),
        };
        report.fact(&what, &format!("{:.1} s", time.as_secs_f64()));
    }
    report.fact(
        "memory after the exports",
        &format!("{:.1} MiB ({before:.1} before)", server.resident_mebibytes()),
    );
}
