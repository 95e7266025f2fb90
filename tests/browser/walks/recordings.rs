//! A recording is listened to: from the list, in a dialog, on the next page, by keyboard, on a telephone.

use callcentre::demo::tapes;
use callcentre::domain::id::RecordingId;
use callcentre::domain::recording::RecordingSource;
use callcentre::platform::db::schema::{calls, recordings};
use callcentre::recordings::queries::NewRecording;
use callcentre::recordings::store::{Keep, Kept, keep};
use diesel::prelude::*;

use crate::chromium::{Chromium, Window};
use crate::support::TestApp;

/// A call with a recording of `seconds`; gives both ids.
async fn recorded(app: &TestApp, number: &str, seconds: i64) -> (i64, RecordingId) {
    let (now, number) = (app.app.clock.now(), number.to_owned());
    let call_id: i64 = app.write(move |tx| {
        diesel::insert_into(calls::table)
            .values((
                (calls::entry_id.eq(&number), calls::direction.eq("inbound"), calls::state.eq("ended")),
                (calls::status.eq("answered"), calls::phone_client.eq(&number), calls::group_key.eq(&number)),
                (calls::rung.eq("[]"), calls::present.eq("[]"), calls::legs.eq("[]")),
                (calls::started_at.eq(now), calls::answered_at.eq(now), calls::ended_at.eq(now)),
                (calls::talk_seconds.eq(seconds), calls::wait_seconds.eq(3), calls::version.eq(1_i64)),
            ))
            .returning(calls::id)
            .get_result(tx.db)
    });
    let new = NewRecording {
        source: RecordingSource::Manual,
        call_id: Some(callcentre::domain::id::CallId(call_id)),
        extension: None,
        client_number: None,
        recorded_at: None,
        original_name: String::new(),
    };
    let sound = actix_web::web::Bytes::from(tapes::conversation(call_id as u64, seconds));
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(sound)]);
    match keep(&app.app, Keep::New(new), stream).await.expect("kept") {
        Kept::New(id) | Kept::Same(id) => (call_id, id),
    }
}

async fn number(window: &Window, script: &str) -> f64 {
    window.script(&format!("return {script}"), vec![]).await.as_f64().unwrap_or(f64::NAN)
}

const NOW: &str = "Number(document.querySelector('#player [data-seek]').value)";
const IS_PLAYING: &str =
    "document.querySelector('#player [data-toggle]')?.getAttribute('aria-pressed') === 'true'";
const IS_PAUSED: &str =
    "document.querySelector('#player [data-toggle]')?.getAttribute('aria-pressed') === 'false'";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_listened_to_wherever_one_goes() {
    let app = TestApp::start().await;
    let (call_id, id) = recorded(&app, "79001234567", 90).await;
    let (_, other) = recorded(&app, "79001234568", 40).await;
    app.operator_at("Анна", "101").await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/telephony").await;
    assert!(anna.has("#player[hidden]").await);

    // The button of a row plays, and shows it; what is drawn moves with the sound.
    let of_row = format!("#call-{call_id} [data-play=\"{id}\"]");
    anna.find(&of_row).await.click().await.expect("a press");
    anna.until(IS_PLAYING).await;
    anna.until(&format!("{NOW} > 300")).await;
    anna.until(&format!("document.querySelector('{of_row}').getAttribute('aria-pressed') === 'true'")).await;
    anna.until("Number(document.querySelector('#player [data-played]').getAttribute('width')) > 1").await;
    anna.picture("player-light").await;
    let found = anna.accessibility_complaints().await;
    assert!(found.is_empty(), "{found:?}");

    // The list is read anew: the button still says what plays.
    anna.script("document.body.dispatchEvent(new CustomEvent('live:calls', {detail: {ids: []}}))", vec![])
        .await;
    anna.until(&format!("document.querySelector('{of_row}').getAttribute('aria-pressed') === 'true'")).await;
    anna.until(IS_PLAYING).await;

    // Steps, keys, speed, a press into the picture.
    anna.script("document.querySelector('#player [data-seek]').focus()", vec![]).await;
    anna.press("k").await;
    anna.until(IS_PAUSED).await;
    let before = number(&anna, NOW).await;
    anna.press("l").await;
    anna.until(&format!("Math.abs({NOW} - {before} - 10000) < 300")).await;
    anna.press("\u{e012}").await;
    anna.until(&format!("Math.abs({NOW} - {before} - 5000) < 300")).await;
    anna.press(" ").await;
    anna.until(IS_PLAYING).await;
    anna.find("#player [data-rate=\"2\"]").await.click().await.expect("a press");
    anna.until("document.querySelector('#player [data-rate=\"2\"]').getAttribute('aria-pressed') === 'true'")
        .await;
    anna.find("#player [data-seek]").await.click().await.expect("a press");
    anna.until(&format!("{NOW} > 44000 && {NOW} < 60000")).await;

    // A dialog makes the page inert; the dock goes with it, and comes back.
    anna.find("#player .player__call").await.click().await.expect("a press");
    anna.find("#dialog[open] #player").await;
    anna.until(IS_PLAYING).await;
    anna.picture("player-dialog").await;
    anna.find("#dialog #player [data-toggle]").await.click().await.expect("a press");
    anna.until(IS_PAUSED).await;
    anna.press("\u{e00c}").await;
    anna.until(
        "!document.querySelector('#dialog').open && document.querySelector('body > #player:not([hidden])')",
    )
    .await;

    // Another page: the same recording at the same place, silent until it is asked for.
    let left_at = number(&anna, NOW).await;
    anna.open(&app, "/orders").await;
    anna.until(&format!("document.querySelector('#player .player') && Math.abs({NOW} - {left_at}) < 1500"))
        .await;
    anna.until(IS_PAUSED).await;
    anna.until("document.querySelector('#player [data-rate=\"2\"]').getAttribute('aria-pressed') === 'true'")
        .await;
    anna.script("document.activeElement.blur()", vec![]).await;
    // A real key: a page that nobody has touched may not make a sound.
    anna.press_with(thirtyfour::Key::Alt, 'p').await;
    anna.until(IS_PLAYING).await;
    anna.until(&format!("{NOW} > {left_at}")).await;

    // Another recording takes the dock over; closing ends it for the next page too.
    anna.open(&app, "/telephony").await;
    anna.find(&format!("[data-play=\"{other}\"]")).await.click().await.expect("a press");
    anna.until(&format!("document.querySelector('#player .player')?.dataset.id === '{other}'")).await;
    anna.until(IS_PLAYING).await;
    anna.prefer("dark").await;
    anna.picture("player-dark").await;
    anna.find("#player [data-player-close]").await.click().await.expect("a press");
    anna.until("document.querySelector('#player').hidden").await;
    anna.open(&app, "/orders").await;
    assert!(anna.has("#player[hidden]").await);
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_recording_says_so_and_can_be_tried_again() {
    let app = TestApp::start().await;
    let (call_id, id) = recorded(&app, "79001234567", 30).await;
    app.operator_at("Анна", "101").await;
    let chromium = Chromium::start().await;
    let phone = chromium.window(390, 844).await;
    phone.sign_in(&app, "Анна").await;
    phone.open(&app, "/telephony").await;
    let folder = app.app.config.data_dir.join("files");
    let aside = app.app.config.data_dir.join("aside");
    let hash: Option<String> = app.read(|db| recordings::table.find(id).select(recordings::hash).first(db));
    let hash = hash.expect("a hash");
    let place = folder.join(&hash[..2]).join(&hash[2..4]).join(&hash);
    std::fs::rename(&place, &aside).expect("gone");
    phone.find(&format!("#call-{call_id} [data-play]")).await.click().await.expect("a press");
    phone
        .until("document.querySelector('#player [data-trouble]:not([hidden])')?.innerText.includes('пропал')")
        .await;
    phone.picture("player-trouble-phone").await;
    std::fs::rename(&aside, &place).expect("back");
    phone.find("#player [data-again]").await.click().await.expect("a press");
    phone.until(IS_PLAYING).await;
    phone.until("document.querySelector('#player [data-trouble]').hidden").await;
    phone.picture("player-phone").await;
    let wide = number(&phone, "document.documentElement.scrollWidth - innerWidth").await;
    assert!(wide <= 0.0, "the page scrolls sideways by {wide}");
    let found = phone.accessibility_complaints().await;
    assert!(found.is_empty(), "{found:?}");
}
