//! Hints reach those who may hear them, in time and across processes, and nobody else.

use std::time::Duration;

use callcentre::auth::queries;
use callcentre::domain::id::{CallId, OrderId};
use callcentre::domain::person::{Role, WorkStatus};
use callcentre::platform::live::Event;
use futures_util::StreamExt;
use reqwest::Method;

use crate::support::app::on_postgres;
use crate::support::{Client, TestApp};

/// An open stream, read line by line.
struct Stream {
    chunks: std::pin::Pin<Box<dyn futures_util::Stream<Item = String> + Send>>,
    seen: String,
}

impl Stream {
    async fn open(client: &Client, path: &str) -> Self {
        let response = client.request(Method::GET, path).send().await.expect("a stream");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        let chunks =
            response.bytes_stream().map(|c| String::from_utf8_lossy(&c.unwrap_or_default()).into_owned());
        let mut stream = Self { chunks: Box::pin(chunks), seen: String::new() };
        stream.wait_for("event: beat").await;
        stream
    }

    /// Reads until `text` has come; gives up after five seconds.
    async fn wait_for(&mut self, text: &str) {
        let reading = async {
            while !self.seen.contains(text) {
                let chunk = self.chunks.next().await.expect("the stream ended");
                self.seen.push_str(&chunk);
            }
        };
        tokio::time::timeout(Duration::from_secs(5), reading)
            .await
            .unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.seen));
    }

    async fn ends(&mut self) {
        let reading = async { while self.chunks.next().await.is_some_and(|c| !c.is_empty()) {} };
        tokio::time::timeout(Duration::from_secs(5), reading).await.expect("the stream did not end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_heard_by_those_it_concerns_only() {
    let app = TestApp::start().await;
    let anna_id = app.create_account(Role::Operator, "Анна");
    let (anna, boris) = (app.sign_in("Анна").await, app.operator("Борис").await);
    let mut at_anna = Stream::open(&anna, "/live").await;
    let mut at_boris = Stream::open(&boris, "/live").await;
    let now = app.app.clock.now();

    app.write(|tx| queries::set_work_status(tx, anna_id, WorkStatus::Online, None, now));
    at_anna.wait_for("event: work").await;
    app.write(|tx| {
        tx.announce(Event::Mango);
        tx.announce(Event::Lists);
        Ok(())
    });
    at_boris.wait_for("event: lists").await;

    assert!(!at_boris.seen.contains("event: work"), "another person's work status: {}", at_boris.seen);
    assert!(!at_boris.seen.contains("event: mango"), "an admin's matter: {}", at_boris.seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_is_never_told() {
    let app = TestApp::start().await;
    let mut stream = Stream::open(&app.operator("Анна").await, "/live").await;
    let failed: Result<(), _> = app.app.db.write_now(|tx| {
        tx.announce(Event::Order(OrderId(666)));
        Err(callcentre::platform::error::AppError::NotFound)
    });
    assert!(failed.is_err());
    app.write(|tx| {
        tx.announce(Event::Order(OrderId(7)));
        Ok(())
    });
    stream.wait_for("\"id\":7}").await;
    assert!(!stream.seen.contains("666"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_returns_gets_what_it_missed() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let mut first = Stream::open(&anna, "/live").await;
    app.write(|tx| {
        tx.announce(Event::Call(CallId(1)));
        Ok(())
    });
    first.wait_for("event: calls").await;
    let mark = anna.get("/live/mark").await.body;
    drop(first);
    app.write(|tx| {
        tx.announce(Event::Call(CallId(2)));
        Ok(())
    });
    // Another connection is told only after the event has arrived at the hub.
    Stream::open(&anna, &format!("/live?since={mark}")).await.wait_for("\"id\":2}").await;
    Stream::open(&anna, "/live?since=another-life:5").await.wait_for("event: resync").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dismissal_ends_the_open_stream() {
    let app = TestApp::start().await;
    let id = app.create_account(Role::Operator, "Анна");
    let mut stream = Stream::open(&app.sign_in("Анна").await, "/live").await;
    app.write(|tx| queries::end_sessions(tx, id));
    stream.wait_for("event: gone").await;
    stream.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_open_streams() {
    let app = TestApp::start().await;
    let mut stream = Stream::open(&app.operator("Анна").await, "/live").await;
    tokio::time::timeout(Duration::from_secs(5), app.stop()).await.expect("a stop within five seconds");
    stream.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_on_one_database_hear_each_other() {
    if !on_postgres() {
        return; // SQLite belongs to one process.
    }
    let (one, two) = {
        let one = TestApp::start().await;
        let two = one.second_process().await;
        (one, two)
    };
    let anna = one.operator("Анна").await;
    drop(anna);
    let mut stream = Stream::open(&two.sign_in("Анна").await, "/live").await;
    one.write(|tx| {
        tx.announce(Event::Call(CallId(42)));
        Ok(())
    });
    stream.wait_for("\"id\":42}").await;
}
