//! Comparing with the telephony's statistics fills in what no notification told of, once.

use std::time::Duration as Wait;

use callcentre::integrations::mango::client::ApiError;
use callcentre::integrations::mango::fake::{ApiState, Fake, Leg};
use callcentre::platform::db::schema::{calls, mango, recordings};
use callcentre::telephony::intake::reconcile::{Found, compare};
use callcentre::telephony::intake::worker::drain;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::Sender;
use super::cabinet::{cloud, connected};
use crate::support::TestApp;
use crate::support::app::on_postgres;

/// Compares the last ten hours, as «Сверить сейчас» does.
async fn compared(app: &TestApp) -> Result<Found, ApiError> {
    let now = app.app.clock.now();
    let found = compare(&app.app, now - Duration::hours(10), now, Wait::from_millis(5)).await;
    drain(&app.app).expect("a drained inbox");
    found
}

/// An answered call of the client with a recording, five hours ago.
fn answered(fake: &Fake, app: &TestApp, entry: &str, record: &str) {
    let at = app.app.clock.unix() - 5 * 3600;
    fake.remember(Leg {
        entry_id: entry.to_owned(),
        start: at,
        answer: at + 7,
        finish: at + 97,
        from_number: "79000001101".to_owned(),
        to_extension: "101".to_owned(),
        to_number: "sip:op101@crmdev.mangosip.ru".to_owned(),
        line_number: "74950000101".to_owned(),
        location: "abonent".to_owned(),
        disconnect_reason: 1110,
        records: Some(record.to_owned()).filter(|r| !r.is_empty()).into_iter().collect(),
        ..Leg::default()
    });
}

fn row(app: &TestApp, entry: &str) -> (i64, Option<String>, i64, Option<String>) {
    let entry = entry.to_owned();
    app.read(|db| {
        let columns = (calls::id, calls::status, calls::talk_seconds, calls::city);
        calls::table.filter(calls::entry_id.eq(entry)).select(columns).first(db)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_nobody_told_of_is_found_with_its_recording_and_counted_once() {
    let (app, fake) = connected(cloud()).await;
    answered(&fake, &app, "lost", "voice-lost");
    let at = app.app.clock.unix() - 4 * 3600;
    fake.remember(Leg {
        entry_id: "missed".to_owned(),
        start: at,
        finish: at + 20,
        from_number: "79000001102".to_owned(),
        to_extension: "102".to_owned(),
        line_number: "74950000102".to_owned(),
        location: "abonent".to_owned(),
        disconnect_reason: 1111,
        ..Leg::default()
    });
    let found = compared(&app).await.expect("compared");
    assert_eq!(found, Found { compared: 2, lost: 2, repaired: 0, recordings: 1 });
    let (id, status, talk, city) = row(&app, "lost");
    assert_eq!((status.as_deref(), talk, city.as_deref()), (Some("answered"), 90, Some("Москва")));
    assert_eq!(row(&app, "missed").1.as_deref(), Some("missed"), "a debt like any other");
    let again = compared(&app).await.expect("compared");
    assert_eq!((again.lost, again.recordings), (0, 0));
    let rows: i64 = app.read(|db| recordings::table.count().get_result(db));
    assert_eq!(rows, 1);

    let boss = app.admin("Ольга").await;
    let page = boss.get("/admin/mango").await;
    assert!(
        page.text_of("#mango-compare").contains("найдено сверкой: 2"),
        "{}",
        page.text_of("#mango-compare")
    );
    assert!(boss.get(&format!("/calls/{id}")).await.text().contains("его нашла сверка"));
    assert!(boss.get("/telephony").await.text().contains("не перезвонили"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_telephony_told_itself_is_left_alone_and_a_late_summary_wins() {
    let (app, fake) = connected(cloud()).await;
    let at = app.app.clock.unix() - 5 * 3600;
    let summary = |entry: &str, talk: i64| {
        json!({
            "entry_id": entry, "call_direction": 1, "from": { "number": "79000001101" },
            "to": { "extension": "101", "number": "sip:op101@crmdev.mangosip.ru" }, "line_number": "74950000101",
            "create_time": at, "forward_time": at, "talk_time": at + 7, "end_time": at + 7 + talk,
            "entry_result": 1, "disconnect_reason": 1110,
        })
        .to_string()
    };
    let sender = Sender::to(&app);
    sender.deliver("/events/summary", &summary("told", 90)).await;
    drain(&app.app).expect("a drained inbox");
    for entry in ["told", "late"] {
        answered(&fake, &app, entry, "");
    }
    let found = compared(&app).await.expect("compared");
    assert_eq!((found.compared, found.lost, found.repaired), (2, 1, 0));
    let told: i64 = app.read(|db| mango::table.filter(mango::entry_id.eq("told")).count().get_result(db));
    assert_eq!(told, 1, "nothing was added to what was told");
    sender.deliver("/events/summary", &summary("late", 45)).await;
    drain(&app.app).expect("a drained inbox");
    assert_eq!(row(&app, "late").2, 45, "the telephony's own word comes last and counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_end_was_lost_gets_it() {
    let (app, fake) = connected(cloud()).await;
    let at = app.app.clock.unix() - 5 * 3600;
    let ring = json!({
        "entry_id": "open", "call_id": "leg", "timestamp": at, "seq": 1, "call_state": "Appeared", "location": "abonent",
        "from": { "number": "79000001101" }, "to": { "extension": "101", "line_number": "74950000101" },
    });
    Sender::to(&app).deliver("/events/call", &ring.to_string()).await;
    drain(&app.app).expect("a drained inbox");
    assert_eq!(row(&app, "open").1, None, "it still rings, as far as anybody told");
    answered(&fake, &app, "open", "");
    let found = compared(&app).await.expect("compared");
    assert_eq!((found.lost, found.repaired), (0, 1));
    assert_eq!(row(&app, "open").1.as_deref(), Some("answered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn why_there_was_no_comparison_is_said() {
    let (app, fake) = connected(cloud()).await;
    fake.be(ApiState::Broken);
    assert!(compared(&app).await.is_err());
    let page = app.admin("Ольга").await.get("/admin/mango").await;
    assert!(page.text_of("#mango-compare").contains("код 5004"), "{}", page.text_of("#mango-compare"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_compare_at_once_find_a_call_once() {
    if !on_postgres() {
        return;
    }
    let (app, fake) = connected(cloud()).await;
    let other = app.second_process().await;
    for n in 0..20 {
        answered(&fake, &app, &format!("lost-{n}"), &format!("voice-{n}"));
    }
    let (one, two) = tokio::join!(compared(&app), compared(&other));
    let (one, two) = (one.expect("compared"), two.expect("compared"));
    assert_eq!((one.lost + two.lost, one.recordings + two.recordings), (20, 20));
    let rows: i64 = app.read(|db| calls::table.count().get_result(db));
    assert_eq!(rows, 20);
}
