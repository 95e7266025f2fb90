//! Lines, clients and operators of calls: found, registered, never guessed.

use callcentre::calls::queries::write;
use callcentre::cli::{refold, setup};
use callcentre::platform::db::schema::{
    callcentre_operator, calls, client_phones, clients, phones, recordings,
};
use diesel::prelude::*;

use super::sender::{KEY, SALT};
use super::{Sample, Sender, rows, set_up};
use crate::support::TestApp;

async fn send(app: &TestApp, sample: &Sample) {
    for (path, json) in &sample.lines {
        Sender::to(app).deliver(path, json).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_line_is_registered_and_its_calls_get_what_it_is_later() {
    let app = TestApp::start().await;
    set_up(&app);
    send(&app, &Sample::of("16")).await;
    let row = rows(&app).remove(0);
    let line = row["line_number"].as_str().expect("a line").to_owned();
    let known: (bool, Option<String>) = app.read(|db| {
        phones::table.filter(phones::number.eq(&line)).select((phones::is_known, phones::city)).first(db)
    });
    assert_eq!(known, (false, None));

    let file = format!(r#"{{"lines": [{{"number": "{line}", "rk": "Листовка", "city": "Тверь"}}]}}"#);
    assert_eq!(setup::apply(&app.app, &file).expect("a setup").made, [format!("line {line}")]);
    let labels = || -> (Option<String>, Option<String>) {
        app.read(|db| calls::table.select((calls::rk, calls::city)).first(db))
    };
    assert_eq!(labels(), (Some("Листовка".into()), Some("Тверь".into())));
    assert_eq!(rows(&app)[0]["known_line"], true);

    // The line moves to another city: yesterday's calls stay where they were, whatever is folded again.
    app.write(|tx| {
        diesel::update(phones::table.filter(phones::number.eq(&line)))
            .set(phones::city.eq("Калуга"))
            .execute(tx.db)?;
        write::relabel_line(tx, &line)
    });
    refold::refold(&app.app, None).expect("folded again");
    assert_eq!(labels().1.as_deref(), Some("Тверь"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_one_of_our_lines_sends_on_to_another_makes_no_client() {
    let app = TestApp::start().await;
    set_up(&app);
    let summary = |entry: &str, from: &str| {
        format!(
            r#"{{"entry_id":"{entry}","call_direction":1,"from":{{"number":"{from}"}},
            "to":{{"extension":"101","number":"sip:op101@crmdev.mangosip.ru"}},"line_number":"74950000101",
            "create_time":1772431510,"talk_time":0,"end_time":1772431607,"entry_result":0}}"#
        )
    };
    for (entry, from) in
        [("line", "8 (495) 000-01-02"), ("zeros", "70000000000"), ("client", "+84 91 234 56 78")]
    {
        Sender::to(&app).deliver("/events/summary", &summary(entry, from)).await;
    }
    callcentre::telephony::intake::worker::drain(&app.app).expect("a drained inbox");
    let numbers: Vec<Option<String>> =
        app.read(|db| calls::table.order(calls::id).select(calls::phone_client).load(db));
    assert_eq!(numbers, [None, None, Some("84912345678".into())]);
    let clients: i64 = app.read(|db| clients::table.count().get_result(db));
    assert_eq!(clients, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_found_by_extension_or_device_and_never_guessed() {
    let app = TestApp::start().await;
    let keys = format!(r#""vpbx_api_key": "{KEY}", "vpbx_api_salt": "{SALT}""#);
    setup::apply(&app.app, &format!("{{{keys}}}")).expect("keys");
    send(&app, &Sample::of("01")).await;
    assert_eq!(rows(&app)[0]["known_operator"], false);
    let operator_id = || -> Option<i64> { app.read(|db| calls::table.select(calls::operator_id).first(db)) };
    assert_eq!(operator_id(), None);

    // Another extension, but his device.
    let file =
        r#"{"operators": [{"name": "Анна", "extension": "555", "sip": "SIP:OP101@crmdev.mangosip.ru"}]}"#;
    setup::apply(&app.app, file).expect("an operator");
    refold::refold(&app.app, None).expect("folded again");
    let anna = app.read(|db| callcentre_operator::table.select(callcentre_operator::id).first::<i64>(db));
    assert_eq!(operator_id(), Some(anna));
    assert_eq!(rows(&app)[0]["operator"], "101", "as the telephony said it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_that_gets_its_person_later_brings_him_his_calls() {
    let app = TestApp::start().await;
    set_up(&app);
    send(&app, &Sample::of("16")).await;
    let extension = rows(&app)[0]["operator"].as_str().expect("an extension").to_owned();
    let file = format!(r#"{{"operators": [{{"name": "Пётр", "extension": "{extension}"}}]}}"#);
    setup::apply(&app.app, &file).expect("an operator");
    let row = &rows(&app)[0];
    assert_eq!((&row["known_operator"], &row["operator"]), (&true.into(), &extension.as_str().into()));

    // The extension passes to somebody else: the past does not.
    let before: Option<i64> = app.read(|db| calls::table.select(calls::operator_id).first(db));
    app.write(|tx| {
        diesel::update(callcentre_operator::table.filter(callcentre_operator::extension.eq(&extension)))
            .set(callcentre_operator::extension.eq(None::<String>))
            .execute(tx.db)
    });
    setup::apply(&app.app, &file.replace("Пётр\"", "Павел\", \"login\": \"pavel\"")).expect("another");
    refold::refold(&app.app, None).expect("folded again");
    let after: Option<i64> = app.read(|db| calls::table.select(calls::operator_id).first(db));
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_number_have_one_client_and_hidden_ones_none() {
    let app = TestApp::start().await;
    set_up(&app);
    for name in ["15", "10", "17"] {
        send(&app, &Sample::of(name)).await;
    }
    rows(&app);
    let numbers: Vec<String> = app.read(|db| client_phones::table.select(client_phones::number).load(db));
    let of_15 = Sample::of("15").list("rows")[0]["client_number"].as_str().expect("a number").to_owned();
    assert_eq!(numbers, [of_15], "one client; hidden callers and colleagues are none");
    assert_eq!(app.read(|db| clients::table.count().get_result::<i64>(db)), 1);
    let hidden: Vec<(String, String, Option<i64>)> = app.read(|db| {
        calls::table
            .filter(calls::phone_client.is_null())
            .select((calls::entry_id, calls::group_key, calls::client_id))
            .load(db)
    });
    assert_eq!(hidden.len(), 2);
    for (entry, group, client) in hidden {
        assert_eq!((group, client), (format!("entry:{entry}"), None), "nothing in common");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_told_before_its_call_joins_it() {
    let app = TestApp::start().await;
    set_up(&app);
    let sample = Sample::of("14");
    let (recording, call): (Vec<_>, Vec<_>) =
        sample.lines.iter().partition(|(path, _)| path.contains("/record"));
    for (path, json) in recording {
        Sender::to(&app).deliver(path, json).await;
    }
    assert!(rows(&app).is_empty(), "no call is known yet");
    for (path, json) in call {
        Sender::to(&app).deliver(path, json).await;
    }
    sample.check(&rows(&app));
    let kept: Vec<(Option<i64>, String, String)> = app.read(|db| {
        recordings::table.select((recordings::call_id, recordings::source, recordings::state)).load(db)
    });
    assert_eq!(kept.len(), 1);
    assert!(kept[0].0.is_some());
    assert_eq!((kept[0].1.as_str(), kept[0].2.as_str()), ("api", "awaited"));
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_up_twice_changes_nothing() {
    let app = TestApp::start().await;
    set_up(&app);
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mango/setup.json"));
    let again = setup::apply(&app.app, &text.expect("the file")).expect("a setup");
    assert_eq!(again.made, [""; 0]);
    let wrong = setup::apply(&app.app, r#"{"campaigns": ["Новая"], "lines": [{"number": "abc"}]}"#);
    assert!(wrong.is_err_and(|e| e.contains("abc")));
    let outcome = setup::apply(&app.app, r#"{"campaigns": ["Новая"]}"#).expect("a setup");
    assert_eq!(outcome.made, ["campaign Новая"], "the wrong file made nothing at all");
}
