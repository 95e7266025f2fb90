//! Who is let in and who is not; what is answered; what is stored.

use callcentre::cli::setup;
use callcentre::integrations::mango::sign;
use callcentre::platform::db::schema::{mango, settings};
use callcentre::telephony::intake::worker;
use diesel::prelude::*;
use reqwest::Method;

use super::sender::{KEY, SALT};
use super::{Sample, Sender, rows, set_up};
use crate::support::{Page, TestApp};

const JSON: &str = r#"{"entry_id":"NTEwMDAwMDAzNw==","call_id":"a+b/c=="}"#;
const SIGN: &str = "be67a6eaf0bf67d362eb81b9b69d809b2331d7af4ebcdd85ad2f0c91175adf94";

fn stored(app: &TestApp) -> i64 {
    app.read(|db| mango::table.count().get_result(db))
}

fn refused(app: &TestApp) -> Option<String> {
    worker::drain(&app.app).expect("a drained inbox");
    app.read(|db| settings::table.find("mango.refused").select(settings::value).first(db).optional())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_vectors_are_taken() {
    let app = TestApp::start().await;
    set_up(&app);
    let sender = Sender::to(&app);
    for (json, sign) in [
        (JSON, SIGN),
        (
            r#"{ "entry_id": "NTEwMDAwMDAzNw==", "note": "Заря" }"#,
            "b84c0a9f385fb68e9a6a36f2b888bd34732bbf4ac7d12dade54b55234a78220e",
        ),
        ("{}", "5821b583446cd99003038460552d59527b95027cd3cdd159e325b0bdff6ecf08"),
    ] {
        let fields = [("vpbx_api_key", KEY), ("sign", sign), ("json", json)];
        let answer = sender.post("/events/dtmf/", &fields).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "{json}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let kept: Vec<(String, String)> =
        app.read(|db| mango::table.select((mango::path, mango::body)).order(mango::id).load(db));
    assert_eq!(kept[0], ("/events/dtmf".to_owned(), JSON.to_owned()));
    assert!(kept[1].1.contains("Заря"), "byte for byte");
    assert_eq!(refused(&app), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_signature_or_key_stores_nothing() {
    let app = TestApp::start().await;
    set_up(&app);
    let sender = Sender::to(&app);
    let other_key = sign::sign("other", JSON, SALT);
    let other_salt = sign::sign(KEY, JSON, "other");
    let upper = SIGN.to_uppercase();
    let cases: [&[(&str, &str)]; 8] = [
        &[("vpbx_api_key", KEY), ("sign", &other_salt), ("json", JSON)],
        &[("vpbx_api_key", "other"), ("sign", &other_key), ("json", JSON)],
        &[("vpbx_api_key", KEY), ("sign", SIGN), ("json", "{\"entry_id\":\"x\"}")],
        &[("vpbx_api_key", KEY), ("sign", "подпись é\u{0}"), ("json", JSON)],
        &[("vpbx_api_key", KEY), ("sign", &upper), ("json", JSON)],
        &[("vpbx_api_key", KEY), ("json", JSON)],
        &[("sign", SIGN), ("json", JSON)],
        &[("json", JSON)],
    ];
    for fields in cases {
        assert_eq!(sender.post("/events/call", fields).await.status, 403, "{fields:?}");
    }
    assert_eq!(stored(&app), 0);
    assert_eq!(refused(&app).as_deref(), Some("8"));
    assert_eq!(sender.post("/events/call", cases[0]).await.status, 403);
    assert_eq!(refused(&app).as_deref(), Some("9"), "counted on");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_key_or_salt_everything_is_refused() {
    let app = TestApp::start().await;
    let sender = Sender::to(&app);
    let empty = [("vpbx_api_key", ""), ("sign", &*sign::sign("", JSON, "")), ("json", JSON)];
    assert_eq!(sender.post("/events/call", &empty).await.status, 403);
    assert_eq!(sender.send("/events/call", JSON).await.status, 403);
    setup::apply(&app.app, &format!(r#"{{"vpbx_api_key": "{KEY}"}}"#)).expect("a key alone");
    assert_eq!(sender.send("/events/call", JSON).await.status, 403);
    assert_eq!(stored(&app), 0);

    setup::apply(&app.app, &format!(r#"{{"vpbx_api_salt": "{SALT}"}}"#)).expect("the salt");
    assert_eq!(sender.send("/events/call", JSON).await.status, 200, "at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_admin_saved_wins_over_the_environment() {
    let app = TestApp::start_with(&[("MANGO_API_KEY", "preset-key"), ("MANGO_API_SALT", SALT)]).await;
    let sender = Sender::to(&app);
    let preset = sign::sign("preset-key", JSON, SALT);
    let fields = [("vpbx_api_key", "preset-key"), ("sign", preset.as_str()), ("json", JSON)];
    assert_eq!(sender.post("/events/dtmf", &fields).await.status, 200);
    setup::apply(&app.app, &format!(r#"{{"vpbx_api_key": "{KEY}"}}"#)).expect("a key");
    assert_eq!(sender.post("/events/dtmf", &fields).await.status, 403);
    assert_eq!(sender.send("/events/dtmf", JSON).await.status, 200);
    let sealed: Vec<String> = app.read(|db| settings::table.select(settings::value).load(db));
    assert!(sealed.iter().all(|value| !value.contains(KEY)), "nothing is kept in plain text");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_the_connection_is_answered_and_changes_nothing() {
    let app = TestApp::start().await;
    let sender = Sender::to(&app);
    for path in ["", "/", "/ping", "/ping/", "/events/call"] {
        let address = format!("/webhooks/mango{path}");
        for method in [Method::GET, Method::POST] {
            let answer = Page::of(sender.0.bare(method.clone(), &address)).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "{method} {address}");
        }
        assert_eq!(Page::of(sender.0.bare(Method::HEAD, &address)).await.status, 200, "HEAD {address}");
        let fields = [("vpbx_api_key", "any"), ("sign", "any")];
        assert_eq!(sender.post(path, &fields).await.status, 200);
    }
    assert_eq!(stored(&app), 0);
    assert_eq!(refused(&app), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_notification_is_one_row() {
    let app = TestApp::start().await;
    set_up(&app);
    let sample = Sample::of("01");
    let (path, json) = &sample.lines[0];
    let sending = (0..12).map(|i| {
        // Addresses are pasted by hand, with a slash too few or too many.
        let sent_to = match i % 4 {
            0 => path.clone(),
            1 => format!("{path}/"),
            2 => format!("/{path}"),
            _ => path.replace('/', "//"),
        };
        let sender = Sender::to(&app);
        async move { sender.deliver(&sent_to, json).await }
    });
    futures_util::future::join_all(sending).await;
    assert_eq!(stored(&app), 1);
    assert_eq!(rows(&app).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_no_call_is_kept_and_left_alone() {
    let app = TestApp::start().await;
    set_up(&app);
    let sender = Sender::to(&app);
    for path in ["/result/callback", "/events/new/thing", "/events/dtmf"] {
        sender.deliver(path, r#"{"command_id":"1","result":1000}"#).await;
    }
    assert!(rows(&app).is_empty());
    let states: Vec<String> = app.read(|db| mango::table.select(mango::state).load(db));
    assert_eq!(states, ["ignored"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    set_up(&app);
    let json = format!(r#"{{"entry_id":"x","note":"{}"}}"#, "n".repeat(300 * 1024));
    let status = Sender::to(&app).send("/events/call", &json).await.status;
    assert_eq!(status, 413);
    assert_eq!(stored(&app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_harms_nobody() {
    let app = TestApp::start().await;
    set_up(&app);
    let sender = Sender::to(&app);
    let sample = Sample::of("01");
    let deep = format!(r#"{{"entry_id":"e","x":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    for json in ["\u{0}", "{\"entry_id\":\"a\u{0}b\"}", r#"{"entry_id":"a\u0000b"}"#, "not JSON", "[]", &deep]
    {
        sender.deliver("/events/call", json).await;
    }
    // A character PostgreSQL cannot store, in a field we read and in one we do not.
    let (path, json) = &sample.lines[0];
    let with_nul = json.replace("79000001101", "7900\u{0}0001101").replacen('{', "{\"odd\":\"\u{0}\",", 1);
    sender.deliver(path, &with_nul).await;
    sender.deliver("/events/\u{0}%00/odd", "{}").await;

    let rows = rows(&app);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["client_number"], "79000001101");
    let failed = app.read(|db| mango::table.filter(mango::state.eq("failed")).count().get_result::<i64>(db));
    assert_eq!(failed, 6);
    let pending =
        app.read(|db| mango::table.filter(mango::state.eq("pending")).count().get_result::<i64>(db));
    assert_eq!(pending, 0);
}
