//! `/admin/mango`.

use callcentre::platform::db::schema::mango;
use diesel::prelude::*;

use super::sender::{KEY, SALT};
use super::{Sample, Sender, rows, set_up};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn key_and_salt_are_saved_and_never_shown_again() {
    let app = TestApp::start_with(&[("PUBLIC_URL", "https://crm.example")]).await;
    let boss = app.admin("Ольга").await;
    let page = boss.get("/admin/mango").await;
    assert_eq!(page.attr("#mango-address", "value").as_deref(), Some("https://crm.example/webhooks/mango"));
    assert!(page.text().contains("отвергает все события"), "{}", page.text());

    let half = boss.submit("/admin/mango", &[("vpbx_api_key", "ключ"), ("vpbx_api_salt", "")]).await;
    assert_eq!(half.status, 422);
    assert_eq!(half.attr("#vpbx_api_key", "value").as_deref(), Some("ключ"), "what was typed is kept");
    assert_eq!(half.attr("#vpbx_api_key", "aria-describedby").as_deref(), Some("vpbx_api_key-error"));
    assert!(half.text_of("#vpbx_api_salt-error").contains("Введите соль"));

    let saved = boss.submit("/admin/mango", &[("vpbx_api_key", KEY), ("vpbx_api_salt", SALT)]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/admin/mango"));
    let page = boss.get("/admin/mango").await;
    assert!(page.text().contains("devk…0001"));
    assert!(!page.body.contains(KEY) && !page.body.contains(SALT));
    let (path, json) = &Sample::of("01").lines[0];
    Sender::to(&app).deliver(path, json).await;

    let other = boss.submit("/admin/mango", &[("vpbx_api_key", ""), ("vpbx_api_salt", "another-salt")]).await;
    assert_eq!(other.status, 303, "the key stays");
    assert_eq!(Sender::to(&app).send(path, json).await.status, 403, "the salt does not");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_wrong_is_shown() {
    let app = TestApp::start().await;
    set_up(&app);
    let boss = app.admin("Ольга").await;
    assert!(boss.get("/admin/mango").await.text_of("#mango-state").contains("событий ещё не было"));
    Sender::to(&app).post("/events/call", &[("sign", "x"), ("json", "{}")]).await;
    let (path, json) = &Sample::of("01").lines[0];
    Sender::to(&app).deliver(path, json).await;
    rows(&app);
    let state = boss.hx_get("mango-state", "/admin/mango").await;
    assert!(state.is_fragment() && !state.has("h1"));
    assert!(state.text().contains("только что") && state.text().contains("последняя"), "{}", state.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_notification_can_be_repeated_when_its_cause_is_gone() {
    let app = TestApp::start().await;
    set_up(&app);
    let boss = app.admin("Ольга").await;
    let sample = Sample::of("01");
    let sender = Sender::to(&app);
    let (path, json) = &sample.lines[3];
    let poison = json.replace("\"end_time\":", "\"end_time\":\"<b>soon</b>\",\"kept\":");
    for (path, json) in &sample.lines[..3] {
        sender.deliver(path, json).await;
    }
    sender.deliver(path, &poison).await;
    assert_eq!(rows(&app)[0]["outcome"], serde_json::Value::Null, "the others are folded all the same");

    let list = boss.hx_get("mango-failed", "/admin/mango").await;
    assert_eq!(list.count("tbody tr"), 1);
    assert!(list.text_of("tbody").contains("В поле end_time недопустимое значение"), "{}", list.text());
    assert!(list.text_of("details pre").contains("<b>soon</b>"), "shown as text");
    let action = list.attr("tbody form", "hx-post").expect("an address");

    let again = boss.hx_submit("mango-failed", &action, &[]).await;
    assert_eq!(again.status, 200);
    assert!(!again.header("hx-trigger").is_empty());
    rows(&app);
    assert_eq!(boss.hx_get("mango-failed", "/admin/mango").await.count("tbody tr"), 1, "still poison");

    app.write(|tx| {
        diesel::update(mango::table.filter(mango::state.eq("failed")))
            .set(mango::body.eq(json))
            .execute(tx.db)
    });
    assert_eq!(boss.submit(&action, &[]).await.status, 303);
    sample.check(&rows(&app));
    assert!(boss.hx_get("mango-failed", "/admin/mango").await.text().contains("Необработанных событий нет"));
    let all = boss.hx_submit("mango-failed", "/admin/mango/events/retry", &[]).await;
    assert_eq!(all.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_nothing_of_it() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    for path in ["/admin/mango", "/admin/mango/events/retry", "/admin/mango/events/1/retry"] {
        assert_eq!(anna.submit(path, &[("vpbx_api_key", KEY), ("vpbx_api_salt", SALT)]).await.status, 403);
    }
    assert_eq!(anna.hx_get("mango-state", "/admin/mango").await.status, 403);
}
