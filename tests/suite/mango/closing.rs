//! Calls whose summary never comes, and the fold of everything again.

use callcentre::cli::refold;
use callcentre::domain::call::{CallStatus, Direction};
use callcentre::platform::db::schema::{calls, mango};
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use super::{Sample, Sender, rows, set_up};
use crate::support::TestApp;

/// Sends the first `count` notifications of a sample at a stopped moment, which lies months after them.
async fn sent(app: &TestApp, sample: &Sample, count: usize) -> NaiveDateTime {
    set_up(app);
    let start = app.app.clock.now();
    app.app.clock.stop_at(start);
    let sender = Sender::to(app);
    for (path, json) in &sample.lines[..count] {
        sender.deliver(path, json).await;
    }
    start
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_legs_ended_is_closed_after_a_minute() {
    let app = TestApp::start().await;
    let sample = Sample::of("18");
    let start = sent(&app, &sample, sample.lines.len()).await;
    assert!(rows(&app).iter().all(|row| row["outcome"].is_null()));
    app.app.clock.stop_at(start + Duration::seconds(59));
    assert!(rows(&app).iter().all(|row| row["state"] != "ended"), "59 seconds are no minute");
    app.app.clock.stop_at(start + Duration::seconds(61));
    sample.check(&rows(&app));
    let waiting: i64 =
        app.read(|db| calls::table.filter(calls::check_at.is_not_null()).count().get_result(db));
    assert_eq!(waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_call_is_closed_after_four_hours_and_a_late_summary_corrects_it() {
    let app = TestApp::start().await;
    let sample = Sample::of("01");
    let start = sent(&app, &sample, 2).await;
    assert_eq!(rows(&app)[0]["state"], "talking");
    app.app.clock.stop_at(start + Duration::minutes(239));
    assert_eq!(rows(&app)[0]["state"], "talking", "a long conversation");
    app.app.clock.stop_at(start + Duration::minutes(241));
    let row = &rows(&app)[0];
    assert_eq!((&row["state"], &row["outcome"]), (&"ended".into(), &"answered".into()));
    assert_ne!(row["talk_seconds"], 90);

    for (path, json) in &sample.lines[2..] {
        Sender::to(&app).deliver(path, json).await;
    }
    sample.check(&rows(&app));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_waits_are_settings() {
    let app = TestApp::start_with(&[("MANGO_CLOSE_AFTER", "5s")]).await;
    let sample = Sample::of("18");
    let start = sent(&app, &sample, sample.lines.len()).await;
    app.app.clock.stop_at(start + Duration::seconds(6));
    sample.check(&rows(&app));
}

#[tokio::test(flavor = "multi_thread")]
async fn folding_again_repairs_damaged_rows() {
    let app = TestApp::start().await;
    let (first, second) = (Sample::of("05"), Sample::of("02"));
    sent(&app, &first, first.lines.len()).await;
    for (path, json) in &second.lines {
        Sender::to(&app).deliver(path, json).await;
    }
    let whole = rows(&app);
    let labels = || -> Vec<(Option<String>, Option<i64>, String)> {
        app.read(|db| {
            let columns = (calls::city, calls::operator_id, calls::group_key);
            calls::table.select(columns).order(calls::id).load(db)
        })
    };
    let labels_before = labels();
    assert!(labels_before[0].0.is_some() && labels_before[0].1.is_some());
    app.write(|tx| {
        diesel::update(calls::table)
            .set((
                calls::status.eq(CallStatus::NoAnswer),
                calls::direction.eq(Direction::Outbound),
                calls::talk_seconds.eq(1),
                calls::operator_id.eq(None::<i64>),
                calls::phone_client.eq(None::<String>),
                calls::rung.eq("[]"),
                calls::answered_at.eq(None::<NaiveDateTime>),
            ))
            .execute(tx.db)?;
        // What an older program could not read is read by this one.
        diesel::update(mango::table.filter(mango::path.eq("/events/summary")))
            .set((mango::state.eq("failed"), mango::error.eq("unknown"), mango::entry_id.eq(None::<String>)))
            .execute(tx.db)
    });
    assert_ne!(rows(&app), whole);

    let outcome = refold::refold(&app.app, None).expect("folded again");
    assert_eq!((outcome.written, outcome.failed), (2, 0));
    assert_eq!(rows(&app), whole);
    assert_eq!(labels(), labels_before, "the employee is found again, what the line was stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_notifications_is_left_in_peace() {
    let app = TestApp::start().await;
    let sample = Sample::of("01");
    let start = sent(&app, &sample, 2).await;
    rows(&app);
    app.write(|tx| diesel::delete(mango::table).execute(tx.db));
    app.app.clock.stop_at(start + Duration::hours(5));
    assert_eq!(rows(&app).len(), 1, "and the worker comes to an end");
}
