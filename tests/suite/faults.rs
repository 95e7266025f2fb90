//! What was answered 200 is never lost: not by kill -9, not by a restart of the database, not by fifty senders that
//! repeat themselves.

use std::collections::HashSet;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use callcentre::integrations::mango::sign;
use callcentre::platform::db::Database;
use callcentre::platform::db::schema::calls;
use diesel::prelude::*;
use serde_json::json;

use crate::mango::sender::{KEY, SALT};
use crate::mango::{Sender, set_up};
use crate::private_postgres::PrivatePostgres;
use crate::program::Program;
use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::until::{until, until_told};

fn summary(entry: &str, n: usize) -> String {
    let at = chrono::Utc::now().timestamp() - 60;
    json!({
        "entry_id": entry, "call_direction": 1, "from": { "number": format!("7900{:07}", n % 40) }, "to": {},
        "line_number": "74950000101", "create_time": at, "forward_time": at, "talk_time": 0, "end_time": at + 20,
        "entry_result": 0, "disconnect_reason": 1110,
    })
    .to_string()
}

/// Senders that go on until told to stop; gives which calls were answered 200, and how many other answers there were.
pub struct Storm {
    stop: Arc<AtomicBool>,
    taken: Arc<Mutex<HashSet<String>>>,
    refused: Arc<AtomicUsize>,
    senders: Vec<tokio::task::JoinHandle<()>>,
}

impl Storm {
    /// Begins.
    pub fn against(address: &str, senders: usize) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut storm = Self {
            stop: Arc::default(),
            taken: Arc::default(),
            refused: Arc::default(),
            senders: Vec::new(),
        };
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        for sender in 0..senders {
            let (stop, taken, refused) = (storm.stop.clone(), storm.taken.clone(), storm.refused.clone());
            let (client, url) = (client.clone(), format!("{address}/webhooks/mango/events/summary"));
            storm.senders.push(tokio::spawn(async move {
                for n in 0..100_000 {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let entry = format!("storm-{sender}-{n}");
                    let body = summary(&entry, n);
                    let sign = sign::sign(KEY, &body, SALT);
                    let form = [("vpbx_api_key", KEY), ("sign", &*sign), ("json", &*body)];
                    match client.post(&url).form(&form).send().await {
                        Ok(answer) if answer.status() == 200 => {
                            taken.lock().expect("nobody panics").insert(entry);
                        }
                        Ok(answer) => {
                            assert_eq!(answer.status(), 503, "another time, or taken: nothing else");
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                        // The server is gone. A sender pauses between its tries; nothing here waits for that.
                        Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                    }
                }
            }));
        }
        storm
    }

    /// How many were answered 200.
    pub fn count(&self) -> usize {
        self.taken.lock().expect("nobody panics").len()
    }

    /// Ends it; gives what was answered 200.
    pub async fn end(self) -> HashSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        for sender in self.senders {
            sender.await.expect("a sender");
        }
        self.taken.lock().expect("nobody panics").clone()
    }
}

pub fn entries(database: &Database) -> HashSet<String> {
    let all: Vec<String> =
        database.read_now(|db| Ok(calls::table.select(calls::entry_id).load(db)?)).expect("calls");
    all.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_in_a_storm_of_events_loses_none_it_has_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    // An application of this test makes the schema; then it belongs to the program.
    let app = TestApp::start().await;
    let url = match on_postgres() {
        true => app.database_url(),
        false => format!("sqlite://{}", folder.path().join("storm.db").display()),
    };
    app.stop().await;
    let program = Program::start(&url, folder.path());
    let storm = Storm::against(&program.address, 8);
    until("some are taken", || (storm.count() > 150).then_some(())).await;
    drop(program);
    let taken = storm.end().await;
    let _again = Program::start(&url, folder.path());
    let database = Database::open(&url, 2).expect("the database");
    until("every call has its row", || taken.is_subset(&entries(&database)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_under_load_loses_nothing_and_is_found_again() {
    if !on_postgres() {
        return;
    }
    let server = PrivatePostgres::start();
    let app = TestApp::start_with(&[("DATABASE_URL", &server.url)]).await;
    set_up(&app);
    let storm = Storm::against(&app.address(), 8);
    until("some are taken", || (storm.count() > 100).then_some(())).await;
    server.run("restart");
    let before = storm.count();
    until("it is found again", || (storm.count() > before + 100).then_some(())).await;
    let taken = storm.end().await;
    let database = Database::open(&server.url, 2).expect("the database");
    until("every call has its row", || {
        let _ = callcentre::telephony::intake::worker::drain(&app.app);
        taken.is_subset(&entries(&database)).then_some(())
    })
    .await;
    assert_eq!(app.anon().get("/readyz").await.status, 200);
    drop(database);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_answered_for_in_time_and_found_again() {
    if !on_postgres() {
        return;
    }
    let server = PrivatePostgres::start();
    let app = TestApp::start_with(&[("DATABASE_URL", &server.url)]).await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    let signal = |signal: &str| {
        let status = Command::new("kill").arg(signal).args(server.processes()).status();
        assert!(status.expect("kill").success());
    };
    signal("-STOP");
    let sender = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = summary("hung", 1);
    let sign = sign::sign(KEY, &body, SALT);
    let form = [("vpbx_api_key", KEY), ("sign", &*sign), ("json", &*body)];
    let url = format!("{}/webhooks/mango/events/summary", app.address());
    let anon = app.anon();
    let asked = async {
        tokio::join!(anna.get("/orders"), anon.get("/readyz"), sender.post(&url).form(&form).send())
    };
    let answers = tokio::time::timeout(std::time::Duration::from_secs(10), asked).await;
    let alive = app.anon().get("/healthz").await.status;
    signal("-CONT");
    let (page, ready, told) = answers.expect("answers within ten seconds");
    assert_eq!((page.status, ready.status, alive), (503, 503, 200));
    assert_eq!(told.expect("an answer").status().as_u16(), 503);
    until_told("it is found again", async || (app.anon().get("/readyz").await.status == 200).then_some(()))
        .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_senders_that_repeat_themselves_make_each_call_once() {
    let app = TestApp::start().await;
    set_up(&app);
    let sender = Sender::to(&app);
    let mut tasks = Vec::new();
    for n in 0..50 {
        let sender = sender.clone();
        tasks.push(tokio::spawn(async move {
            // Every call is told by five of them, twice by each.
            for call in 0..4 {
                let entry = format!("call-{}", (n % 10) * 4 + call);
                let body = json!({
                    "entry_id": entry, "call_direction": 1, "from": { "number": format!("7900000{:04}", n % 10) }, "to": {},
                    "line_number": "74950000101", "create_time": 1_795_431_900, "forward_time": 1_795_431_900,
                    "talk_time": 0, "end_time": 1_795_431_920, "entry_result": 0, "disconnect_reason": 1110,
                });
                for _ in 0..2 {
                    sender.deliver("/events/summary", &body.to_string()).await;
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("a sender");
    }
    callcentre::telephony::intake::worker::drain(&app.app).expect("a drained inbox");
    let (rows, debts, events): (i64, i64, i64) = app.read(|db| {
        use callcentre::platform::db::schema::{debts, mango};
        Ok((
            calls::table.count().get_result(db)?,
            debts::table.count().get_result(db)?,
            mango::table.count().get_result(db)?,
        ))
    });
    assert_eq!(rows, 40);
    assert_eq!(events, 40, "a repetition is no second event");
    assert!(debts <= 10, "one debt per client at the most, {debts}");
}
