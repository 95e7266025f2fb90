//! The 19 samples, sent over HTTP in the order of the files, shuffled and repeated.

use std::collections::BTreeSet;

use callcentre::platform::live::Event;
use chrono::Duration;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::{Sample, Sender, rows, set_up};
use crate::support::TestApp;

/// Past both ways of closing without a summary.
fn wait_for_closing(app: &TestApp) {
    let now = app.app.clock.now();
    app.app.clock.stop_at(now + Duration::hours(4) + Duration::seconds(1));
}

fn check_all(samples: &[Sample], rows: &[Value]) {
    for sample in samples {
        sample.check(rows);
    }
    let wanted: BTreeSet<String> =
        samples.iter().flat_map(|s| s.list("rows")).map(|row| row["entry_id"].to_string()).collect();
    let client_calls: BTreeSet<String> =
        rows.iter().filter(|r| r["direction"] != "internal").map(|r| r["entry_id"].to_string()).collect();
    assert_eq!(client_calls, wanted, "a row for each call and none beside them");
    assert_eq!(rows.len(), client_calls.len(), "one row for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_gives_its_rows() {
    let app = TestApp::start().await;
    set_up(&app);
    let samples = Sample::all();
    let sender = Sender::to(&app);
    for sample in &samples {
        for (path, json) in &sample.lines {
            sender.deliver(path, json).await;
        }
    }
    rows(&app);
    wait_for_closing(&app);
    check_all(&samples, &rows(&app));
}

#[tokio::test(flavor = "multi_thread")]
async fn order_and_repetition_never_show() {
    let samples = Sample::all();
    for seed in [1, 2] {
        let app = TestApp::start().await;
        set_up(&app);
        let mut dice = StdRng::seed_from_u64(seed);
        let mut lines: Vec<&(String, String)> = samples.iter().flat_map(|s| &s.lines).collect();
        let again: Vec<&(String, String)> = lines.iter().filter(|_| dice.random_bool(0.4)).copied().collect();
        lines.extend(again);
        lines.shuffle(&mut dice);
        // In the telephony's way: several at once, nobody waits for the answer of the one before.
        for together in lines.chunks(8) {
            let sending = together.iter().map(|(path, json)| {
                let sender = Sender::to(&app);
                async move { sender.deliver(path, json).await }
            });
            futures_util::future::join_all(sending).await;
        }
        rows(&app);
        wait_for_closing(&app);
        check_all(&samples, &rows(&app));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_list_shows_each_checkpoint() {
    let mut checked = 0;
    let app = TestApp::start().await;
    set_up(&app);
    let sender = Sender::to(&app);
    for sample in Sample::all().iter().filter(|sample| !sample.list("checkpoints").is_empty()) {
        for (index, (path, json)) in sample.lines.iter().enumerate() {
            sender.deliver(path, json).await;
            for point in sample.list("checkpoints") {
                if point["after_line"] != index + 1 {
                    continue;
                }
                checked += 1;
                let rows = rows(&app);
                let row = rows.iter().find(|row| row["entry_id"] == point["entry_id"]);
                let said = format!("{} after line {}: {row:?}", sample.name, index + 1);
                if point["absent"] == true {
                    assert!(row.is_none(), "{said}");
                    continue;
                }
                let row = row.unwrap_or_else(|| panic!("{said}"));
                let allowed = point["state_any_of"].as_array().expect("states");
                assert!(allowed.contains(&row["state"]), "{said}");
                assert_eq!(row["outcome"].is_null(), row["state"] != "ended", "{said}");
            }
        }
    }
    assert!(checked > 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_a_call_is_told_without_anybody_asking() {
    let app = TestApp::start().await;
    set_up(&app);
    let mut heard = app.app.hub.listen();
    let sender = Sender::to(&app);
    for (path, json) in &Sample::of("01").lines {
        sender.deliver(path, json).await;
        let call = async {
            while !matches!(heard.recv().await.expect("a hub").event, Some(Event::Call(id)) if id.0 > 0) {}
        };
        tokio::time::timeout(std::time::Duration::from_secs(5), call).await.expect("a hint of the call");
    }
    let internal = Sample::of("17");
    for (path, json) in &internal.lines {
        sender.deliver(path, json).await;
    }
    let before = app.app.hub.mark();
    rows(&app);
    assert_eq!(app.app.hub.mark(), before, "what has no row is nobody's news");
}
