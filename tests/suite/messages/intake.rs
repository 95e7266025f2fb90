//! Deliveries of every kind, in any order, twice and at once.

use std::path::Path;

use callcentre::platform::db::schema::{avito_inbox, chats, messages};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{
    CHAT, CLIENT, USER, client_says, deliver, deliver_text, delivery, only_chat, set_up, state, understand,
};
use crate::support::TestApp;

fn count_messages(app: &TestApp) -> i64 {
    app.read(|db| messages::table.count().get_result(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_delivery_is_answered_and_shown() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/avito/webhook_v3");
    for entry in std::fs::read_dir(folder).expect("samples") {
        let path = entry.expect("an entry").path();
        let body = std::fs::read_to_string(&path).expect("a sample");
        assert_eq!(deliver_text(&app, "secret", body).await, 200, "{}", path.display());
    }
    understand(&app).await;
    let open: i64 =
        app.read(|db| avito_inbox::table.filter(avito_inbox::state.eq("failed")).count().get_result(db));
    assert_eq!(open, 0, "nothing is given up");
    let ids: Vec<i64> = app.read(|db| chats::table.select(chats::id).load(db));
    assert!(ids.len() >= 3, "an ad's chat, one between people, one of Avito: {ids:?}");
    for id in ids {
        let page = anna.get(&format!("/messages/{id}")).await;
        assert_eq!(page.status, 200);
        assert!(page.has("#messages [data-direction]"), "{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_delivery_of_the_account_changes_nothing() {
    let app = TestApp::start().await;
    set_up(&app);
    let body = delivery(&app, CHAT, "m1", CLIENT, 5, "text", json!({ "text": "да" }));
    assert_eq!(deliver_text(&app, "secret", "{}".into()).await, 200);
    assert_eq!(deliver_text(&app, "secret", String::new()).await, 200);
    assert_eq!(deliver_text(&app, "nobodys", body.to_string()).await, 404);
    let mut foreign = body.clone();
    foreign["payload"]["value"]["user_id"] = json!(USER + 1);
    assert_eq!(deliver(&app, &foreign).await, 403);
    assert_eq!(deliver_text(&app, "secret", "<html>no</html>".into()).await, 200);
    assert_eq!(deliver(&app, &json!({ "payload": { "type": "hologram", "value": 7 } })).await, 200);
    understand(&app).await;
    assert_eq!(count_messages(&app), 0);
    assert_eq!(deliver_text(&app, "secret", "x".repeat(300 * 1024)).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_delivery_is_one_message_however_many_come_at_once() {
    let app = TestApp::start().await;
    set_up(&app);
    let one = delivery(&app, CHAT, "m1", CLIENT, 60, "text", json!({ "text": "первое" }));
    let mut again = one.clone();
    again["id"] = json!("another delivery of the same");
    let bodies: Vec<Value> = (0..30).map(|n| if n < 15 { one.clone() } else { again.clone() }).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| deliver(&app, body))).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    understand(&app).await;
    assert_eq!(count_messages(&app), 1);
    let stored: i64 = app.read(|db| avito_inbox::table.count().get_result(db));
    assert_eq!(stored, 2, "each body once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_follows_from_who_wrote_last_and_not_from_who_has_looked() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 600, "Здравствуйте").await;
    client_says(&app, "m2", 300, "Вы тут?").await;
    let (waits, unread) = state(&app);
    assert_eq!((app.app.clock.now() - waits.expect("waits")).num_seconds() / 60, 10);
    assert_eq!(unread, 2);
    assert!(anna.get("/messages/count").await.text().contains('1'));

    let chat = only_chat(&app);
    let last: i64 = app
        .read(|db| messages::table.select(diesel::dsl::max(messages::id)).first::<Option<i64>>(db))
        .unwrap_or(0);
    anna.submit(&format!("/messages/{chat}/here"), &[("seen", &last.to_string())]).await;
    let (waits, unread) = state(&app);
    assert!(waits.is_some() && unread == 0, "read, and still not answered");

    // A robot's line is no answer, ours from elsewhere is.
    let robot = delivery(&app, CHAT, "m3", 0, 200, "system", json!({ "text": "Авто", "flow_id": "flower" }));
    deliver(&app, &robot).await;
    understand(&app).await;
    assert!(state(&app).0.is_some());
    let ours = delivery(&app, CHAT, "m4", USER, 100, "text", json!({ "text": "Да, слушаю" }));
    deliver(&app, &ours).await;
    understand(&app).await;
    assert_eq!(state(&app).0, None);
    // One that was written before the answer and comes late wakes nobody.
    client_says(&app, "m0", 150, "алло").await;
    assert_eq!(state(&app).0, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_is_said_to_be_so_in_its_place() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    deliver(&app, &delivery(&app, CHAT, "m1", CLIENT, 60, "deleted", json!({}))).await;
    client_says(&app, "m1", 60, "секрет").await;
    client_says(&app, "m2", 50, "другое").await;
    let page = anna.get(&format!("/messages/{}", only_chat(&app))).await;
    assert!(page.text().contains("Сообщение удалено") && page.text().contains("другое"), "{}", page.text());
    assert!(!page.text().contains("секрет"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nasty_words_are_shown_harmlessly() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    let nasty =
        "<script>alert(1)</script> \u{202e}наоборот\u{200b} 😀 https://a.ru/x\"onclick= javascript:alert(1)";
    client_says(&app, "m1", 60, nasty).await;
    let half = delivery(&app, CHAT, "m2", CLIENT, 50, "text", json!({ "text": "HALF" }))
        .to_string()
        .replace("HALF", "до \\ud83d после \\u0000");
    assert_eq!(deliver_text(&app, "secret", half).await, 200);
    let long = "ы".repeat(90_000);
    client_says(&app, "m3", 40, &long).await;
    deliver(&app, &delivery(&app, CHAT, "m4", CLIENT, 30, "hologram", json!(null))).await;
    let odd = json!({ "link": { "text": "тык", "url": "javascript:alert(1)" } });
    deliver(&app, &delivery(&app, CHAT, "m5", CLIENT, 20, "link", odd)).await;
    understand(&app).await;
    let page = anna.get(&format!("/messages/{}", only_chat(&app))).await;
    assert!(!page.body.contains("<script>alert"), "escaped");
    assert!(!page.body.contains("href=\"javascript"), "no such link");
    assert_eq!(page.count("#messages [data-direction=in]"), 5);
    assert!(
        page.text().contains("Сообщение вида «hologram»") && page.text().contains("до"),
        "{}",
        page.text()
    );
    assert!(page.body.len() < 400_000, "a long text is cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_are_found_by_name_text_and_telephone() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Не сливает воду, звоните 8 (927) 555-82-23").await;
    for (typed, is_found) in [
        ("сливает", true),
        ("slivaet", false),
        ("cкbdf", false),
        ("5558223", true),
        ("+7 927 555-82-23", true),
        ("Сергей", true),
        (CHAT, true),
        ("холодильник", false),
        ("' OR 1=1 --", false),
        ("%", false),
    ] {
        let query: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        let page = anna.get(&format!("/messages?q={query}")).await;
        assert_eq!((page.status, page.has("#chats [id^=chat-]")), (200, is_found), "{typed}");
    }
    for quick in ["all", "waiting", "unread", "mine", "no-order", "snoozed", "nonsense"] {
        let page = anna.hx_get("chats", &format!("/messages?quick={quick}&account=1&after=1-1")).await;
        assert_eq!(page.status, 200, "{quick}");
    }
}
