//! What people do in a chat.

use callcentre::chats::look_after;
use callcentre::platform::db::schema::{accounts, chat_log, chats, messages};
use chrono::Duration;
use diesel::prelude::*;

use super::{client_says, only_chat, set_up, state};
use crate::support::TestApp;

fn account(app: &TestApp, name: &'static str) -> i64 {
    app.read(|db| accounts::table.filter(accounts::name.eq(name)).select(accounts::id).first(db))
}

fn owner(app: &TestApp) -> Option<i64> {
    app.read(|db| chats::table.select(chats::owner_id).first(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_taken_once_handed_over_and_given_back() {
    let app = TestApp::start().await;
    set_up(&app);
    let (anna, vera) = (app.operator("Анна").await, app.operator("Вера").await);
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = format!("/messages/{}", only_chat(&app));
    anna.submit(&format!("{chat}/take"), &[]).await;
    let answer = vera.hx_submit("chat-owner", &format!("{chat}/take"), &[]).await;
    assert!(answer.is_fragment() && answer.text_of("#chat-owner").contains("ведёт Анна"), "{}", answer.body);
    assert!(vera.hx_get("chat-side", &chat).await.has("#chat-side #link-order"), "the side renews itself");
    assert_eq!(owner(&app), Some(account(&app, "Анна")));
    // From now on nobody else counts it.
    assert!(anna.get("/messages/count").await.text().contains('1'));
    assert_eq!(vera.get("/messages/count").await.text(), "");

    let to = account(&app, "Вера").to_string();
    vera.submit(&format!("{chat}/pass"), &[("to", &to)]).await;
    assert_eq!(owner(&app), Some(account(&app, "Анна")), "not hers to give");
    anna.submit(&format!("{chat}/pass"), &[("to", &to)]).await;
    assert_eq!(owner(&app), Some(account(&app, "Вера")));
    assert_eq!(anna.get("/messages/count").await.text(), "");
    assert!(anna.get(&chat).await.text().contains("чат передан, теперь Вера"));
    anna.submit(&format!("{chat}/release"), &[]).await;
    assert_eq!(owner(&app), Some(account(&app, "Вера")), "not hers to give back");
    vera.submit(&format!("{chat}/release"), &[]).await;
    assert_eq!(owner(&app), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_chat_without_an_answer_returns_and_says_so() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = format!("/messages/{}", only_chat(&app));
    anna.submit(&format!("{chat}/take"), &[]).await;
    look_after(&app.app).expect("looked after");
    assert!(owner(&app).is_some(), "there is still time");
    app.write(|tx| {
        let past = app.app.clock.now() - Duration::minutes(16);
        diesel::update(chats::table)
            .set((chats::owned_at.eq(past), chats::awaits_since.eq(past)))
            .execute(tx.db)
    });
    look_after(&app.app).expect("looked after");
    assert_eq!(owner(&app), None);
    assert!(anna.get(&chat).await.text().contains("Ответа не было, чат снова общий"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_comes_back_with_the_next_message_or_its_time() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = format!("/messages/{}", only_chat(&app));
    anna.submit(&format!("{chat}/snooze"), &[("for", "message")]).await;
    assert_eq!(anna.get("/messages/count").await.text(), "");
    assert!(anna.get("/messages?quick=snoozed").await.has("#chats [id^=chat-]"));
    client_says(&app, "m2", 30, "Вы где?").await;
    assert!(anna.get("/messages/count").await.text().contains('1'));
    anna.submit(&format!("{chat}/snooze"), &[("for", "30")]).await;
    app.write(|tx| {
        diesel::update(chats::table)
            .set(chats::snoozed_until.eq(app.app.clock.now() - Duration::seconds(1)))
            .execute(tx.db)
    });
    look_after(&app.app).expect("looked after");
    assert!(anna.get("/messages/count").await.text().contains('1'));
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_labels_and_replies_stay_with_colleagues() {
    let app = TestApp::start().await;
    set_up(&app);
    let (anna, vera, olga) =
        (app.operator("Анна").await, app.operator("Вера").await, app.admin("Ольга").await);
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = format!("/messages/{}", only_chat(&app));
    anna.submit(&format!("{chat}/notes"), &[("note", "просил <b>скидку</b>")]).await;
    anna.submit(&format!("{chat}/label"), &[("label", "1"), ("on", "1")]).await;
    let page = vera.get(&chat).await;
    assert!(page.text().contains("просил <b>скидку</b>"), "{}", page.text());
    assert!(vera.get("/messages?label=1").await.has("#chats [id^=chat-]"));
    assert!(!vera.get("/messages?label=2").await.has("#chats [id^=chat-]"));
    let sent: i64 = app.read(|db| messages::table.filter(messages::is_out.eq(true)).count().get_result(db));
    assert_eq!(sent, 0, "a note is never a message");

    let mine = [("title", "Моё"), ("text", "Здравствуйте, {имя}, это {оператор}")];
    anna.submit("/messages/replies", &mine).await;
    assert_eq!(
        vera.submit("/messages/replies", &[("title", "x"), ("text", "y"), ("shared", "1")]).await.status,
        403
    );
    assert!(anna.get(&chat).await.text().contains("Моё"));
    assert!(!vera.get(&chat).await.text().contains("Моё"));
    olga.submit("/messages/replies", &[("title", "Общее"), ("text", "Добрый день"), ("shared", "1")]).await;
    assert!(vera.get(&chat).await.text().contains("Общее"));
    // Another's reply does not exist for her.
    assert_eq!(vera.submit("/messages/replies/5/delete", &[]).await.status, 404);
    assert_eq!(vera.submit("/messages/labels", &[("name", "x")]).await.status, 403);
    assert_eq!(olga.submit("/messages/return-after", &[("minutes", "0")]).await.status, 400);
    let logged: i64 = app.read(|db| chat_log::table.count().get_result(db));
    assert_eq!(logged, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_per_person_and_marked_in_the_list() {
    let app = TestApp::start().await;
    set_up(&app);
    let (anna, vera) = (app.operator("Анна").await, app.operator("Вера").await);
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let id = only_chat(&app);
    let saved = anna
        .submit(&format!("/orders/draft/dialog-{id}"), &[("text", "Приедем завтра"), ("client_id", "x")])
        .await;
    assert_eq!(saved.status, 204);
    assert!(anna.get(&format!("/messages/{id}")).await.text_of("#composer-text").contains("Приедем завтра"));
    assert_eq!(vera.get(&format!("/messages/{id}")).await.text_of("#composer-text"), "");
    assert!(anna.get("/messages").await.text_of("#chats").contains("Черновик"));
    let sent = anna
        .submit(&format!("/messages/{id}"), &[("client_id", "11111111-aaaa"), ("text", "Приедем завтра")])
        .await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(anna.get(&format!("/messages/{id}")).await.text_of("#composer-text"), "");
    assert!(state(&app).0.is_some(), "kept here, not sent yet: the client still waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn older_messages_come_by_pages_and_none_is_missed() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m0", 10_000, "первое").await;
    let chat = only_chat(&app);
    app.write(|tx| {
        let told: Vec<_> = (1..=130)
            .map(|n| callcentre::chats::fold::Told {
                key: format!("n{n}"),
                is_out: false,
                kind: "text".into(),
                content: serde_json::json!({ "text": format!("сообщение {n}") }),
                // Many of the same second.
                sent_at: app.app.clock.now() - Duration::seconds(5000 - n / 10),
                read_at: None,
                is_read: false,
                told_at: app.app.clock.now(),
            })
            .collect();
        callcentre::chats::queries::put::put_messages(tx, chat, &told)
    });
    let mut seen = std::collections::BTreeSet::new();
    let mut page = anna.get(&format!("/messages/{chat}")).await;
    loop {
        let ids: Vec<String> = page.texts("[data-direction] p");
        seen.extend(ids);
        let Some(older) = page.attr("[data-older]", "data-older") else { break };
        page = anna.hx_get("messages", &older).await;
        assert!(page.is_fragment());
    }
    assert_eq!(seen.len(), 131);
}
