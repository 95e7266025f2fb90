//! Recordings: kept once, listened to in parts, taken away by right, and noted; what a page says of each state.

use std::sync::{Arc, Mutex};

use actix_web::web::Bytes;
use callcentre::demo::tapes;
use callcentre::domain::id::{CallId, RecordingId};
use callcentre::domain::person::Role;
use callcentre::domain::recording::{RecordingSource, RecordingState};
use callcentre::platform::db::schema::{audit_log, callcentre_operator, calls, recordings};
use callcentre::platform::live::Event;
use callcentre::platform::storage::ContentHash;
use callcentre::recordings::KeepError;
use callcentre::recordings::queries::NewRecording;
use callcentre::recordings::store::{Keep, Kept, keep};
use callcentre::recordings::view::RecordingView;
use chrono::Duration;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use reqwest::{Method, Response};

use crate::support::calls::call;
use crate::support::{Client, TestApp};

const VOICE: &[u8] = include_bytes!("../data/recordings/voice-8k.mp3");
const TAGGED: &[u8] = include_bytes!("../data/recordings/tagged-44k.mp3");

fn new(call_id: Option<i64>) -> NewRecording {
    NewRecording {
        source: RecordingSource::Mail,
        call_id: call_id.map(CallId),
        extension: Some("101".to_owned()),
        client_number: Some("79001234567".to_owned()),
        recorded_at: None,
        original_name: "../2026-11-22__14-05-00__79001234567__101.mp3".to_owned(),
    }
}

async fn kept(app: &TestApp, what: Keep, bytes: &[u8]) -> Result<Kept, KeepError> {
    let pieces: Vec<_> =
        bytes.chunks(1000).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect();
    keep(&app.app, what, futures_util::stream::iter(pieces)).await
}

/// A recording of a call that is ready.
async fn ready(app: &TestApp, call_id: i64, bytes: &[u8]) -> RecordingId {
    match kept(app, Keep::New(new(Some(call_id))), bytes).await.expect("kept") {
        Kept::New(id) => id,
        Kept::Same(id) => panic!("{id} was there already"),
    }
}

/// A row without a content.
fn row(app: &TestApp, call_id: Option<i64>, state: RecordingState, error: &str) -> RecordingId {
    let now = app.app.clock.now();
    let error = error.to_owned();
    app.write(move |tx| {
        diesel::insert_into(recordings::table)
            .values((
                recordings::call_id.eq(call_id),
                recordings::source.eq(RecordingSource::Api),
                recordings::state.eq(state),
                recordings::error.eq(error),
                recordings::created_at.eq(now),
            ))
            .returning(recordings::id)
            .get_result(tx.db)
    })
}

fn answered(app: &TestApp, number: &str) -> i64 {
    call(number, "2026-11-22T05:00:00").answered(None, 77).put(app)
}

fn rows(app: &TestApp) -> Vec<(RecordingId, Option<i64>, RecordingState)> {
    let all = recordings::table.order(recordings::id).select((
        recordings::id,
        recordings::call_id,
        recordings::state,
    ));
    app.read(|db| all.load(db))
}

fn noted(app: &TestApp, action: &str) -> i64 {
    app.read(|db| audit_log::table.filter(audit_log::action.eq(action)).count().get_result(db))
}

/// Asks for the sound with these headers.
async fn ask(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(client.request(method, path), |r, (name, value)| r.header(*name, *value));
    request.send().await.expect("an answer")
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// A call with a ready recording, and somebody who listens.
async fn start() -> (TestApp, Client, String) {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let call_id = answered(&app, "79001234567");
    let id = ready(&app, call_id, VOICE).await;
    (app, anna, format!("/recordings/{id}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_is_served_whole_and_in_parts() {
    let (_app, anna, path) = start().await;
    let whole = ask(&anna, Method::GET, &path, &[]).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(header(&whole, "content-type"), "audio/mpeg");
    assert_eq!(header(&whole, "content-length"), VOICE.len().to_string());
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    assert_eq!(header(&whole, "x-content-type-options"), "nosniff");
    assert!(header(&whole, "cache-control").starts_with("private"));
    assert!(header(&whole, "content-disposition").starts_with("inline; "));
    let etag = header(&whole, "etag").to_owned();
    assert_eq!(whole.bytes().await.expect("bytes"), VOICE);

    let last = VOICE.len() - 1;
    for (range, first, end) in [
        ("bytes=0-", 0, last),
        ("bytes=0-0", 0, 0),
        ("bytes=1000-1999", 1000, 1999),
        ("bytes=-100", last - 99, last),
        ("bytes=4000-999999", 4000, last),
    ] {
        let part = ask(&anna, Method::GET, &path, &[("range", range), ("if-range", &etag)]).await;
        assert_eq!(part.status(), 206, "{range}");
        assert_eq!(header(&part, "content-range"), format!("bytes {first}-{end}/{}", VOICE.len()), "{range}");
        assert_eq!(header(&part, "content-length"), (end - first + 1).to_string(), "{range}");
        assert_eq!(part.bytes().await.expect("bytes"), VOICE[first..=end], "{range}");
    }
    for range in ["bytes=999999-", "bytes=-0", "bytes=99999999999999999999999-99999999999999999999999"] {
        let nothing = ask(&anna, Method::GET, &path, &[("range", range)]).await;
        assert_eq!(nothing.status(), 416, "{range}");
        assert_eq!(header(&nothing, "content-range"), format!("bytes */{}", VOICE.len()), "{range}");
    }
    for range in ["bytes=5-1", "bytes=0-1,5-9", "items=0-5", "bytes=a-", "bytes=-", "\u{e9}"] {
        let ignored = ask(&anna, Method::GET, &path, &[("range", range)]).await;
        assert_eq!(ignored.status(), 200, "{range}");
        assert_eq!(ignored.bytes().await.expect("bytes").len(), VOICE.len(), "{range}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_of_a_request_are_kept() {
    let (_app, anna, path) = start().await;
    let etag = header(&ask(&anna, Method::HEAD, &path, &[]).await, "etag").to_owned();
    assert_eq!(etag.len(), 66);
    for (headers, status) in [
        (vec![("if-none-match", etag.as_str())], 304),
        (vec![("if-none-match", "\"other\"")], 200),
        (vec![("if-match", "\"other\""), ("range", "bytes=0-1")], 412),
        (vec![("if-range", "\"other\""), ("range", "bytes=0-1")], 200),
        (vec![("if-range", "Sun, 22 Nov 2026 05:00:00 GMT"), ("range", "bytes=0-1")], 200),
        (vec![("range", "bytes=0-1"), ("range", "bytes=5-6")], 200),
    ] {
        assert_eq!(ask(&anna, Method::GET, &path, &headers).await.status(), status, "{headers:?}");
    }
    let head = ask(&anna, Method::HEAD, &path, &[("range", "bytes=0-1")]).await;
    assert_eq!(
        (head.status().as_u16(), header(&head, "content-length")),
        (200, VOICE.len().to_string().as_str())
    );
    assert!(head.bytes().await.expect("nothing").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listen_is_noted_once_an_hour_for_each_person() {
    let (app, anna, path) = start().await;
    let igor = app.operator("Игорь").await;
    ask(&anna, Method::HEAD, &path, &[]).await;
    assert_eq!(noted(&app, "recording.play"), 0, "nothing was heard");
    let parts = ["bytes=0-", "bytes=2000-", "bytes=-1"];
    let heard = parts.map(|range| {
        let (anna, path) = (anna.clone(), path.clone());
        tokio::spawn(async move { ask(&anna, Method::GET, &path, &[("range", range)]).await.status() })
    });
    for answer in heard {
        assert_eq!(answer.await.expect("no panic"), 206);
    }
    assert_eq!(noted(&app, "recording.play"), 1, "one listen, whatever its parts");
    ask(&igor, Method::GET, &path, &[]).await;
    assert_eq!(noted(&app, "recording.play"), 2);
    let an_hour_ago = app.app.clock.now() - Duration::minutes(61);
    app.write(move |tx| diesel::update(audit_log::table).set(audit_log::at.eq(an_hour_ago)).execute(tx.db));
    ask(&anna, Method::GET, &path, &[]).await;
    assert_eq!(noted(&app, "recording.play"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_recording_away_is_a_right_and_is_noted() {
    let (app, anna, path) = start().await;
    let admin = app.admin("Ольга").await;
    let away = format!("{path}?download=1");
    let dock = format!("{path}/player");
    assert_eq!(ask(&anna, Method::GET, &away, &[]).await.status(), 403);
    assert!(!anna.get(&dock).await.has("[download]"));
    assert_eq!(noted(&app, "recording.download"), 0);

    let id = app.create_account(Role::Operator, "Игорь");
    let igor = app.sign_in("Игорь").await;
    let form = [
        ("role", "operator"),
        ("status", "active"),
        ("name", "Игорь"),
        ("login", "игорь"),
        ("may_download_recordings", "on"),
    ];
    let saved = admin.submit(&format!("/admin/employees/{id}"), &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let edit = admin.get(&format!("/admin/employees/{id}")).await;
    assert!(edit.has("[name=may_download_recordings][checked]"), "{}", edit.body);
    let is_allowed = callcentre_operator::table.find(id).select(callcentre_operator::may_download_recordings);
    assert!(app.read(|db| is_allowed.first::<bool>(db)));

    for client in [&igor, &admin] {
        let file = ask(client, Method::GET, &away, &[]).await;
        assert_eq!(file.status(), 200);
        let named = header(&file, "content-disposition");
        assert!(
            named.starts_with("attachment; ") && named.contains("79001234567") && named.ends_with(".mp3"),
            "{named}"
        );
        let dock = client.get(&dock).await;
        assert!(dock.has(".player__download[download]") && dock.has("[data-trouble] [data-save][download]"));
    }
    assert_eq!(noted(&app, "recording.download"), 2);
    assert_eq!(noted(&app, "recording.play"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_heard_says_why() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let call_id = answered(&app, "79001234567");
    for (state, error, words) in [
        (RecordingState::Awaited, "", "Запись ожидается."),
        (RecordingState::Failed, "передача прервалась", "Запись не получена: передача прервалась."),
        (RecordingState::Gone, "", "Запись удалена по сроку хранения."),
    ] {
        let id = row(&app, Some(call_id), state, error);
        let page = anna.hx_get("player", &format!("/recordings/{id}/player")).await;
        assert_eq!(page.status, 404);
        assert!(page.text_of(".toast__text").starts_with(words), "{}", page.body);
        assert_eq!(anna.get(&format!("/recordings/{id}")).await.status, 404);
    }
    for path in
        ["/recordings/999", "/recordings/999/player", "/recordings/9999999999999999999", "/recordings/x"]
    {
        assert_eq!(anna.get(path).await.status, 404, "{path}");
        assert_eq!(app.anon().get(path).await.status, 303, "{path}");
    }
    let id = ready(&app, call_id, VOICE).await;
    assert_eq!(app.anon().get(&format!("/recordings/{id}")).await.status, 303);
    let hash: Option<String> = app.read(|db| recordings::table.find(id).select(recordings::hash).first(db));
    let hash = ContentHash::parse(&hash.expect("a hash")).expect("a hash");
    let in_future = app.app.clock.now() + Duration::hours(1);
    assert!(app.app.storage.remove(&hash, in_future).expect("removed"));
    let lost = anna.hx_get("x", &format!("/recordings/{id}")).await;
    assert_eq!(lost.status, 404);
    assert!(lost.text_of(".toast__text").contains("пропал"), "{}", lost.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_and_the_call_say_where_a_recording_is() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let [none, awaited, failed, gone, heard] =
        [1, 2, 3, 4, 5].map(|n| answered(&app, &format!("7900123456{n}")));
    row(&app, Some(awaited), RecordingState::Awaited, "");
    row(&app, Some(failed), RecordingState::Failed, "файл повреждён");
    row(&app, Some(gone), RecordingState::Gone, "");
    row(&app, Some(heard), RecordingState::Failed, "");
    let id = ready(&app, heard, &tapes::conversation(1, 61)).await;
    let second = ready(&app, heard, VOICE).await;

    let table = anna.get("/telephony").await;
    let cell = |call: i64| table.text_of(&format!("#call-{call} .call__rec"));
    assert_eq!([none, awaited, failed, gone].map(cell), ["1:17", "ожидается", "не получена", "удалена"]);
    assert_eq!(cell(heard), "1:01");
    let title = table.attr(&format!("#call-{failed} .call__rec [title]"), "title");
    assert_eq!(title.as_deref(), Some("запись не получена: файл повреждён"));
    let button = format!("#call-{heard} button.rec[aria-pressed=false]");
    assert_eq!(table.attr(&button, "data-play"), Some(id.to_string()));
    assert!(table.has("#player[hidden]"));

    let page = anna.get(&format!("/calls/{heard}")).await;
    assert_eq!(page.texts(".recs li").len(), 3);
    assert!(page.text_of(".recs").contains("доб. 101"), "{}", page.text_of(".recs"));
    let gone = anna.get(&format!("/calls/{gone}")).await;
    assert_eq!(gone.text_of(".recs"), "запись удалена по сроку хранения");

    let dock = anna.hx_get("player", &format!("/recordings/{second}/player")).await;
    assert_eq!(dock.text_of(".player__next"), "2 из 2");
    assert_eq!(dock.attr(".player__next", "data-play"), Some(id.to_string()));
    assert_eq!(dock.attr(".player__call", "href"), Some(format!("/calls/{heard}")));
    assert!(dock.attr(".player__bars", "d").expect("a picture").len() > 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_recordings_of_a_page_are_one_question() {
    #[derive(Clone, Default)]
    struct Asked(Arc<Mutex<usize>>);
    impl Instrumentation for Asked {
        fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                *self.0.lock().expect("nobody panics here") += 1;
            }
        }
    }
    let app = TestApp::start().await;
    let ids: Vec<i64> = (0..30).map(|n| answered(&app, &format!("790000000{n:02}"))).collect();
    for id in &ids {
        row(&app, Some(*id), RecordingState::Awaited, "");
        row(&app, Some(*id), RecordingState::Gone, "");
    }
    let asked = Asked::default();
    let questions = asked.clone();
    let views = app.read(move |db| {
        db.set_instrumentation(questions);
        let views = RecordingView::of_calls(db, &ids.into_iter().map(CallId).collect::<Vec<_>>());
        db.set_instrumentation(None::<Box<dyn Instrumentation>>);
        views
    });
    assert_eq!((views.len(), *asked.0.lock().expect("nobody panics here")), (30, 1));
    assert!(views.values().all(|of_call| of_call.len() == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_one_recording_of_a_call() {
    let app = TestApp::start().await;
    let (first, second) = (answered(&app, "79001234567"), answered(&app, "79001234568"));
    // A letter nobody can place, twice; then its call is known.
    let pile = kept(&app, Keep::New(new(None)), VOICE).await.expect("kept");
    let Kept::New(id) = pile else { panic!("{pile:?}") };
    assert_eq!(kept(&app, Keep::New(new(None)), VOICE).await.expect("known"), Kept::Same(id));
    assert_eq!(rows(&app), [(id, None, RecordingState::Unmatched)]);
    assert_eq!(kept(&app, Keep::New(new(Some(first))), VOICE).await.expect("known"), Kept::Same(id));
    assert_eq!(rows(&app), [(id, Some(first), RecordingState::Ready)]);
    assert_eq!(kept(&app, Keep::New(new(None)), VOICE).await.expect("known"), Kept::Same(id));
    // The telephony gives the same file: the row it has told of takes over what the letter knew.
    let told = row(&app, Some(first), RecordingState::Awaited, "");
    assert_eq!(kept(&app, Keep::Known(told), VOICE).await.expect("kept"), Kept::New(told));
    assert_eq!(rows(&app), [(told, Some(first), RecordingState::Ready)]);
    let name: String =
        app.read(|db| recordings::table.find(told).select(recordings::original_name).first(db));
    assert_eq!(name, "2026-11-22__14-05-00__79001234567__101.mp3");
    assert_eq!(kept(&app, Keep::Known(told), TAGGED).await.expect("there"), Kept::Same(told));
    // Another call may sound the same; the content is stored once.
    assert!(matches!(kept(&app, Keep::New(new(Some(second))), VOICE).await, Ok(Kept::New(_))));
    let hashes: Vec<Option<String>> =
        app.read(|db| recordings::table.select(recordings::hash).distinct().load(db));
    assert_eq!(hashes.len(), 1);
    // What was removed does not come back with a late copy of the letter.
    app.write(|tx| diesel::update(recordings::table).set(recordings::state.eq("gone")).execute(tx.db));
    assert!(matches!(kept(&app, Keep::New(new(Some(second))), VOICE).await, Ok(Kept::Same(_))));
    assert!(rows(&app).iter().all(|(.., state)| *state == RecordingState::Gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ways_at_once_make_one_recording() {
    let app = TestApp::start().await;
    let call_id = answered(&app, "79001234567");
    let told = row(&app, Some(call_id), RecordingState::Awaited, "");
    let by_api = kept(&app, Keep::Known(told), TAGGED);
    let by_mail = kept(&app, Keep::New(new(Some(call_id))), TAGGED);
    let again = kept(&app, Keep::New(new(None)), TAGGED);
    let (by_api, by_mail, again) = tokio::join!(by_api, by_mail, again);
    assert!(by_api.is_ok() && by_mail.is_ok() && again.is_ok(), "{by_api:?} {by_mail:?} {again:?}");
    assert_eq!(rows(&app), [(told, Some(call_id), RecordingState::Ready)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_way_comes_first_makes_one_recording() {
    #[derive(Clone, Copy, Debug)]
    enum Way {
        Api,
        LetterWithCall,
        LetterAlone,
    }
    use Way::*;
    for order in [
        [Api, LetterWithCall, LetterAlone],
        [Api, LetterAlone, LetterWithCall],
        [LetterWithCall, Api, LetterAlone],
        [LetterWithCall, LetterAlone, Api],
        [LetterAlone, Api, LetterWithCall],
        [LetterAlone, LetterWithCall, Api],
    ] {
        let app = TestApp::start().await;
        let call_id = answered(&app, "79001234567");
        let told = row(&app, Some(call_id), RecordingState::Awaited, "");
        for way in order {
            let what = match way {
                Api => Keep::Known(told),
                LetterWithCall => Keep::New(new(Some(call_id))),
                LetterAlone => Keep::New(new(None)),
            };
            kept(&app, what, TAGGED).await.unwrap_or_else(|error| panic!("{order:?}: {error:?}"));
        }
        assert_eq!(rows(&app), [(told, Some(call_id), RecordingState::Ready)], "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_sounds_are_kept_and_nothing_of_the_rest() {
    let app = TestApp::start().await;
    let call_id = answered(&app, "79001234567");
    let told = row(&app, Some(call_id), RecordingState::Awaited, "");
    let cut = &VOICE[..40];
    let silent = [b"ID3\x03\0\0\0\0\0\x05hello".as_slice(), &[0; 400]].concat();
    for (bytes, words) in [
        (&b""[..], "файл пуст"),
        (b"{\"result\":3320}", "прислан не звук"),
        (cut, "прислан не звук"),
        (&silent, "файл повреждён"),
    ] {
        let refused = kept(&app, Keep::Known(told), bytes).await.expect_err("no sound");
        assert_eq!(refused.words(), words);
        assert!(!refused.is_passing());
    }
    let pieces = [Ok(Bytes::from_static(VOICE)), Err(std::io::Error::other("the line is dead"))];
    let broken = keep(&app.app, Keep::Known(told), futures_util::stream::iter(pieces)).await;
    assert!(matches!(broken, Err(KeepError::Interrupted)), "{broken:?}");
    assert_eq!(rows(&app), [(told, Some(call_id), RecordingState::Awaited)]);
    assert!(matches!(kept(&app, Keep::Known(RecordingId(999)), VOICE).await, Err(KeepError::NoOwner)));
    assert!(matches!(kept(&app, Keep::New(new(Some(999))), VOICE).await, Err(KeepError::NoOwner)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_recording_tells_the_browsers_of_its_call() {
    let app = TestApp::start().await;
    let call_id = answered(&app, "79001234567");
    let mut heard = app.app.hub.listen();
    ready(&app, call_id, VOICE).await;
    let told = async {
        // The periodic work of a fresh start tells of other things too.
        while let Ok(heard) = heard.recv().await {
            if heard.event == Some(Event::Call(CallId(call_id))) {
                return true;
            }
        }
        false
    };
    assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(10), told).await, Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_leaves_what_can_be_heard() {
    let app = TestApp::start().await;
    let call_id = answered(&app, "79001234567");
    ready(&app, call_id, VOICE).await;
    kept(&app, Keep::New(new(None)), TAGGED).await.expect("kept");
    let stored = || {
        let mut count = 0;
        app.app.storage.list(|_| count += 1).expect("a list");
        count
    };
    let sweep = async || {
        let (running, later) = (app.app.clone(), app.app.clock.now() + Duration::hours(25));
        running.clock.stop_at(later);
        tokio::task::spawn_blocking(move || callcentre::schedule::run_now(&running, "sweep-storage"))
            .await
            .expect("no panic")
            .expect("swept");
    };
    sweep().await;
    assert_eq!(stored(), 2);
    app.write(|tx| diesel::update(recordings::table).set(recordings::state.eq("gone")).execute(tx.db));
    sweep().await;
    assert_eq!(stored(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_can_be_listened_to() {
    use callcentre::demo::{Extent, show};
    let app = TestApp::start().await;
    let extent = Extent { orders: 60, calls: 300, days: 90, operators: 2, ..Extent::DEMO };
    show::set(&app.app, extent).expect("a filled database");
    let olga = app.admin("Ольга").await;
    let states: Vec<RecordingState> =
        app.read(|db| recordings::table.select(recordings::state).distinct().load(db));
    for state in [RecordingState::Ready, RecordingState::Gone] {
        assert!(states.contains(&state), "{state}");
    }
    let ready =
        recordings::table.inner_join(calls::table).filter(recordings::state.eq(RecordingState::Ready));
    let heard: Vec<(i64, Option<i64>, i64)> =
        app.read(|db| ready.select((recordings::id, recordings::duration_ms, calls::talk_seconds)).load(db));
    assert!(
        heard.iter().all(|(_, ms, talked)| *ms == Some(talked * 1000)),
        "a recording is as long as the talk"
    );
    let sound =
        ask(&olga, Method::GET, &format!("/recordings/{}", heard[0].0), &[("range", "bytes=0-3")]).await;
    assert_eq!(
        (sound.status().as_u16(), sound.bytes().await.expect("bytes").as_ref()),
        (206, b"RIFF".as_slice())
    );
    let orphans =
        recordings::table.filter(recordings::state.ne("gone")).filter(recordings::call_id.is_null());
    assert_eq!(app.read(|db| orphans.count().get_result::<i64>(db)), 0);
}
