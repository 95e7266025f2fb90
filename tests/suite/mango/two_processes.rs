//! Two processes on one PostgreSQL take and fold the notifications of the same calls.

use callcentre::platform::db::schema::mango;
use callcentre::telephony::intake::worker;
use chrono::Duration;
use diesel::prelude::*;

use super::{Sample, Sender, rows, set_up};
use crate::support::TestApp;
use crate::support::app::on_postgres;

#[tokio::test(flavor = "multi_thread")]
async fn events_that_alternate_between_processes_give_the_same_rows() {
    if !on_postgres() {
        return;
    }
    let first = TestApp::start().await;
    let second = first.second_process().await;
    set_up(&first);
    let samples = Sample::all();
    let lines: Vec<&(String, String)> = samples.iter().flat_map(|s| &s.lines).collect();
    let mut turn = 0;
    for together in lines.chunks(10) {
        let sending = together.iter().map(|(path, json)| {
            turn += 1;
            let sender = Sender::to(if turn % 2 == 0 { &first } else { &second });
            async move { sender.deliver(path, json).await }
        });
        futures_util::future::join_all(sending).await;
        let (here, there) = (first.app.clone(), second.app.clone());
        let (here, there) = tokio::join!(
            tokio::task::spawn_blocking(move || worker::drain(&here)),
            tokio::task::spawn_blocking(move || worker::drain(&there)),
        );
        here.expect("no panic").expect("drained here");
        there.expect("no panic").expect("drained there");
    }
    let later = first.app.clock.now() + Duration::hours(4) + Duration::seconds(1);
    first.app.clock.stop_at(later);
    let rows = rows(&first);
    for sample in &samples {
        sample.check(&rows);
    }
    let open: i64 = first
        .read(|db| mango::table.filter(mango::state.eq_any(["pending", "failed"])).count().get_result(db));
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_saved_in_one_process_is_good_in_the_other() {
    if !on_postgres() {
        return;
    }
    let first = TestApp::start().await;
    let second = first.second_process().await;
    let (path, json) = &Sample::of("01").lines[0];
    assert_eq!(Sender::to(&second).send(path, json).await.status, 403);
    set_up(&first);
    assert_eq!(Sender::to(&second).send(path, json).await.status, 200);
}
