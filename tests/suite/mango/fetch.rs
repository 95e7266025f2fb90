//! Recordings are fetched from the telephony: at once, again when they are late, never from strangers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web::Bytes;
use callcentre::domain::recording::RecordingState::{Awaited, Failed, Gone, Ready};
use callcentre::integrations::mango::fake::ApiState;
use callcentre::platform::db::schema::{calls, recordings};
use callcentre::recordings::MAX_BYTES;
use callcentre::recordings::queries::fetch::claim;
use callcentre::telephony::intake::fetch::run_due;
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use futures_util::stream;
use reqwest::Method;

use super::cabinet::{VOICE, cloud, connected, recorded, recording};
use crate::support::app::on_postgres;
use crate::support::until::until;

/// Lets the time of the next try come and tries.
async fn later(app: &crate::support::TestApp, minutes: i64) {
    app.app.clock.stop_at(app.app.clock.now() + Duration::minutes(minutes));
    run_due(&app.app).await.expect("a turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_told_of_comes_by_itself_and_can_be_heard() {
    let (app, fake) = connected(cloud()).await;
    let id = recorded(&app, "voice").await;
    until("the recording is there", || (recording(&app, id).0 == Ready).then_some(())).await;
    assert_eq!(fake.count("queries/recording/post"), 1);
    let (duration, call): (Option<i64>, Option<i64>) = app.read(|db| {
        recordings::table.find(id).select((recordings::duration_ms, recordings::call_id)).first(db)
    });
    assert!(duration.is_some_and(|ms| ms > 0), "measured on its way");
    let anna = app.operator("Анна").await;
    let answer = anna.request(Method::GET, &format!("/recordings/{id}")).send().await.expect("an answer");
    assert_eq!(answer.bytes().await.expect("a sound"), VOICE);
    let page = anna.get(&format!("/calls/{}", call.expect("its call"))).await;
    assert!(page.has(&format!("[data-play=\"{id}\"]")), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_cloud_yet_is_asked_for_again_and_is_gone_after_an_hour() {
    let (app, fake) = connected(cloud()).await;
    app.app.clock.stop_at(app.app.clock.now());
    let id = recorded(&app, "missing").await;
    until("a first try", || (recording(&app, id).1 == 1).then_some(())).await;
    let (state, _, words) = recording(&app, id);
    assert_eq!((state, words.as_str()), (Awaited, "записи в облаке нет (код 3320)"));
    run_due(&app.app).await.expect("a turn");
    assert_eq!(fake.count("queries/recording/post"), 1, "not before its time");
    later(&app, 2).await;
    assert_eq!(recording(&app, id).1, 2);
    later(&app, 90).await;
    let (state, _, _) = recording(&app, id);
    assert_eq!(state, Gone);
    later(&app, 600).await;
    assert_eq!(fake.count("queries/recording/post"), 3, "what is gone is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_late_says_why_and_comes_at_a_later_try() {
    let is_there = Arc::new(AtomicBool::new(false));
    let seen = is_there.clone();
    let late = Box::new(move |_: &str| seen.load(Ordering::SeqCst).then(|| Bytes::from_static(VOICE)));
    let (app, fake) = connected(late).await;
    app.app.clock.stop_at(app.app.clock.now());
    let id = recorded(&app, "late").await;
    until("a first try", || (recording(&app, id).1 == 1).then_some(())).await;
    let call: Option<i64> = app.read(|db| recordings::table.find(id).select(recordings::call_id).first(db));
    let call = format!("/calls/{}", call.expect("its call"));
    let anna = app.operator("Анна").await;
    let words = anna.get(&call).await.text_of(".rec-words");
    assert_eq!(words, "запись ожидается: записи в облаке нет (код 3320)");
    is_there.store(true, Ordering::SeqCst);
    later(&app, 2).await;
    assert_eq!(recording(&app, id).0, Ready);
    assert_eq!(fake.count("queries/recording/post"), 2);
    assert!(anna.get(&call).await.has(&format!("[data-play=\"{id}\"]")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_behind_the_link_is_no_recording() {
    let (app, fake) = connected(cloud()).await;
    app.app.clock.stop_at(app.app.clock.now());
    // A link nobody knows (any more) is answered with 404 and JSON.
    fake.send_elsewhere(Some("/files/expired"));
    let id = recorded(&app, "voice").await;
    until("a first try", || (recording(&app, id).1 == 1).then_some(())).await;
    let (state, _, words) = recording(&app, id);
    assert_eq!((state, words.as_str()), (Awaited, "записи в облаке нет (код 3320)"));
    fake.send_elsewhere(None);
    later(&app, 2).await;
    assert_eq!(recording(&app, id).0, Ready, "a fresh link is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_interrupted_is_fetched_when_its_turn_is_free_again() {
    let (app, fake) = connected(cloud()).await;
    app.app.clock.stop_at(app.app.clock.now());
    fake.be(ApiState::Banned);
    let id = recorded(&app, "voice").await;
    until("it is put off", || (!recording(&app, id).2.is_empty()).then_some(())).await;
    // A process takes the row and stores the content, and dies before it has written the row.
    let seen: Option<NaiveDateTime> =
        app.read(|db| recordings::table.find(id).select(recordings::next_try_at).first(db));
    let seen = seen.expect("a next try");
    let until_then = app.app.clock.now() + Duration::minutes(30);
    assert!(app.write(|tx| claim(tx.db, id, seen, until_then)));
    assert!(!app.write(|tx| claim(tx.db, id, seen, until_then)), "nobody else takes it");
    let bytes = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(VOICE))]);
    app.app.storage.put(bytes, MAX_BYTES).await.expect("stored");
    fake.be(ApiState::Well);
    app.app.mango_api.forget_complaints();
    let before = fake.count("queries/recording/post");
    later(&app, 29).await;
    assert_eq!(fake.count("queries/recording/post"), before, "it is still somebody's");
    later(&app, 2).await;
    assert_eq!(recording(&app, id).0, Ready);
    assert_eq!(fake.count("queries/recording/post"), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sound_is_given_up_after_a_day_with_words() {
    let (app, fake) = connected(cloud()).await;
    app.app.clock.stop_at(app.app.clock.now());
    let id = recorded(&app, "page").await;
    until("a first try", || (recording(&app, id).1 == 1).then_some(())).await;
    assert_eq!(recording(&app, id).2, "прислан не звук");
    for _ in 0..30 {
        later(&app, 125).await;
    }
    assert_eq!(recording(&app, id).0, Failed);
    let asked = fake.count("queries/recording/post");
    assert!((8..=20).contains(&asked), "{asked} tries in a day");
    let page = app.operator("Анна").await.get("/telephony?per_page=20").await;
    assert!(page.text().contains("не получена"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_followed_to_a_strangers_host() {
    let (app, fake) = connected(cloud()).await;
    app.app.clock.stop_at(app.app.clock.now());
    for stranger in [
        "http://localhost:9/voice.mp3",
        "https://mango-office.ru.evil.example/x",
        "ftp://files.mango-office.ru/x",
    ] {
        fake.send_elsewhere(Some(stranger));
        let id = recorded(&app, &format!("voice-{}", stranger.len())).await;
        until("a first try", || (recording(&app, id).1 == 1).then_some(())).await;
        let (state, _, words) = recording(&app, id);
        assert_eq!(state, Awaited, "{stranger}");
        assert!(words.contains("с чужого адреса"), "{stranger}: {words}");
    }
    fake.send_elsewhere(None);
    later(&app, 2).await;
    let states = || -> Vec<callcentre::domain::recording::RecordingState> {
        app.read(|db| recordings::table.select(recordings::state).load(db))
    };
    until("the right address is found another time", || (states() == [Ready; 3]).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephony_that_asks_to_wait_is_left_alone() {
    for mood in [ApiState::Limited, ApiState::Banned] {
        let (app, fake) = connected(cloud()).await;
        app.app.clock.stop_at(app.app.clock.now());
        fake.be(mood);
        let first = recorded(&app, "one").await;
        until("a first try", || (!recording(&app, first).2.is_empty()).then_some(())).await;
        let second = recorded(&app, "two").await;
        until("it is put off", || (!recording(&app, second).2.is_empty()).then_some(())).await;
        // What was asked first was told to wait, and nothing was asked since.
        assert_eq!(fake.asked().len(), 1, "{mood:?}: {:?}", fake.asked());
        assert_eq!(recording(&app, second).1, 0, "waiting is no try");
        fake.be(ApiState::Well);
        app.app.mango_api.forget_complaints();
        later(&app, 5).await;
        // The application's own turn may have been faster, and be fetching them still.
        let states = || (recording(&app, first).0, recording(&app, second).0);
        until("both are fetched", || (states() == (Ready, Ready)).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_fetch_a_recording_once() {
    if !on_postgres() {
        return;
    }
    let (app, fake) = connected(cloud()).await;
    let other = app.second_process().await;
    for n in 0..8 {
        recorded(&app, &format!("voice-{n}")).await;
    }
    let (one, two) = tokio::join!(run_due(&app.app), run_due(&other.app));
    one.expect("a turn");
    two.expect("a turn");
    until("all are there", || {
        let ready: i64 =
            app.read(|db| recordings::table.filter(recordings::state.eq(Ready)).count().get_result(db));
        (ready == 8).then_some(())
    })
    .await;
    assert_eq!(fake.count("queries/recording/post"), 8);
    let rows: i64 = app.read(|db| calls::table.count().get_result(db));
    assert_eq!(rows, 8);
}
