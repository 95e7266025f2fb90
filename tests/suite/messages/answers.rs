//! Rules that answer: off until an admin says so, once, never instead of a person, and what a trial shows.

use callcentre::chats::answers::Verdict;
use callcentre::chats::queries::outbox::{self, New};
use callcentre::chats::queries::{answers as stored, put};
use callcentre::domain::id::{AutoRuleId, MessageId};
use callcentre::messages::answers;
use callcentre::platform::db::schema::{audit_log, auto_answers, auto_rules, chats, messages};
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use super::outbox::{arrived, connected, texts};
use super::{CHAT, CLIENT, client_says, deliver, delivery, only_chat, set_up, state, understand};
use crate::support::until::until;
use crate::support::{Client, TestApp};

const TEXT: &str = "Здравствуйте, {имя}! Ответим утром.";

/// A rule for every hour that answers at once, switched on.
fn rule(app: &TestApp, delay_seconds: i64) -> AutoRuleId {
    app.write(|tx| {
        diesel::insert_into(auto_rules::table)
            .values((
                auto_rules::position.eq(1),
                auto_rules::title.eq("Всегда"),
                auto_rules::is_active.eq(true),
                auto_rules::days.eq(127),
                auto_rules::hours.eq("any"),
                auto_rules::delay_seconds.eq(delay_seconds),
                auto_rules::text.eq(TEXT),
            ))
            .returning(auto_rules::id)
            .get_result(tx.db)
    })
}

async fn allow(admin: &Client) {
    assert_eq!(admin.submit("/admin/avito/answers/switch", &[("on", "1")]).await.status, 303);
}

async fn run(app: &TestApp) {
    let here = app.app.clone().into_inner();
    tokio::task::spawn_blocking(move || answers::run(&here)).await.expect("no panic").expect("a turn");
}

/// What rules have written.
fn written(app: &TestApp) -> Vec<String> {
    app.read(|db| messages::table.filter(messages::is_auto.eq(true)).select(messages::text).load(db))
}

fn verdicts(app: &TestApp) -> Vec<(Verdict, String)> {
    app.read(|db| {
        auto_answers::table
            .order(auto_answers::id)
            .select((auto_answers::state, auto_answers::reason))
            .load(db)
    })
}

fn due_now(app: &TestApp) {
    let past = app.app.clock.now() - Duration::seconds(1);
    app.write(|tx| diesel::update(auto_answers::table).set(auto_answers::due_at.eq(past)).execute(tx.db));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_until_an_admin_says_so() {
    let app = TestApp::start().await;
    set_up(&app);
    let admin = app.admin("Игорь").await;
    rule(&app, 0);
    client_says(&app, "m1", 5, "Здравствуйте").await;
    run(&app).await;
    assert!(written(&app).is_empty() && verdicts(&app).is_empty());
    assert!(admin.get("/admin/avito/answers").await.text().contains("АвтоОтвет выключен"));
    allow(&admin).await;
    run(&app).await;
    assert_eq!(written(&app), ["Здравствуйте! Ответим утром."], "nobody knows the name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_answers_once_and_the_chat_goes_on_waiting_for_a_person() {
    let (app, fake, anna) = connected().await;
    let admin = app.admin("Игорь").await;
    rule(&app, 0);
    allow(&admin).await;
    fake.client_says(CHAT, "Не сливает воду");
    arrived(&app, 1).await;
    until("it is answered", || (texts(&fake) == ["Здравствуйте, Надежда П.! Ответим утром."]).then_some(()))
        .await;
    until("its state", || {
        let states: Vec<Option<callcentre::domain::chat::SendState>> = app
            .read(|db| messages::table.filter(messages::is_auto.eq(true)).select(messages::state).load(db));
        (states == [Some(callcentre::domain::chat::SendState::Sent)]).then_some(())
    })
    .await;
    assert!(state(&app).0.is_some(), "a robot's word is no answer");
    assert!(anna.get("/messages/count").await.text().contains('1'));
    fake.client_says(CHAT, "Вы тут?");
    until("the second is decided on", || (verdicts(&app).len() == 2).then_some(())).await;
    run(&app).await;
    assert_eq!(texts(&fake).len(), 1, "once");
    let (verdict, why) = verdicts(&app).remove(1);
    assert!(verdict == Verdict::Skipped && why.contains("уже писал"), "{why}");
    let page = anna.get(&format!("/messages/{}", only_chat(&app))).await;
    assert!(page.text_of("[data-direction=out]").contains("АвтоОтвет"), "{}", page.body);
    let log = admin.get("/admin/avito/answers").await.text();
    for words in ["отправлено", "не писал", "Надежда П.", "1 ответ за неделю"]
    {
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_faster_wins() {
    let app = TestApp::start().await;
    set_up(&app);
    let (admin, anna) = (app.admin("Игорь").await, app.operator("Анна").await);
    rule(&app, 600);
    allow(&admin).await;
    client_says(&app, "m1", 5, "Здравствуйте").await;
    run(&app).await;
    assert_eq!(verdicts(&app)[0].0, Verdict::Waiting);
    let ours = delivery(&app, CHAT, "m2", super::USER, 2, "text", json!({ "text": "Слушаю вас" }));
    deliver(&app, &ours).await;
    understand(&app).await;
    due_now(&app);
    run(&app).await;
    assert_eq!(verdicts(&app)[0], (Verdict::Skipped, "оператор уже ответил".to_owned()));
    // So does one who has only taken the chat.
    anna.submit(&format!("/messages/{}/take", only_chat(&app)), &[]).await;
    client_says(&app, "m3", 1, "Ещё вопрос").await;
    run(&app).await;
    assert_eq!(verdicts(&app)[1].1, "чат ведёт Анна");
    assert!(written(&app).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_has_queued_is_withdrawn_when_a_person_writes_first() {
    let app = TestApp::start().await;
    set_up(&app);
    app.admin("Игорь").await;
    let by = app.read(|db| {
        use callcentre::platform::db::schema::accounts;
        accounts::table.select(accounts::id).first(db)
    });
    let id = rule(&app, 0);
    client_says(&app, "m1", 30, "Здравствуйте").await;
    let (chat, now) = (only_chat(&app), app.app.clock.now());
    let asked: MessageId = app.read(|db| messages::table.select(messages::id).first(db));
    let (before, after) = app.write(|tx| {
        let rule = stored::rule(tx.db, id)?;
        let decision = stored::Decision {
            message: asked,
            chat,
            rule: rule.as_ref(),
            verdict: Verdict::Sent,
            reason: String::new(),
            due_at: now,
        };
        stored::decide(tx, &decision, now)?;
        let (answer, _) = outbox::enqueue(tx, chat, "auto-1", &New::Text("робот".into()), None, now)?;
        let due = stored::log(tx.db, 1)?;
        assert_eq!(due.len(), 1);
        diesel::update(auto_answers::table).set(auto_answers::answer_id.eq(Some(answer))).execute(tx.db)?;
        let before = stored::withdraw(tx, answer, now)?;
        outbox::enqueue(tx, chat, "11111111-1", &New::Text("человек".into()), Some(by), now)?;
        Ok((before, stored::withdraw(tx, answer, now)?))
    });
    assert_eq!((before, after), (false, true));
    assert!(written(&app).is_empty());
    assert!(verdicts(&app)[0].1.contains("раньше"));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_robots_and_avito_itself_are_left_alone() {
    let app = TestApp::start().await;
    set_up(&app);
    let admin = app.admin("Игорь").await;
    rule(&app, 0);
    allow(&admin).await;
    client_says(&app, "m1", 700, "это было давно").await;
    let robot = delivery(&app, CHAT, "m2", 0, 5, "system", json!({ "text": "Авто", "flow_id": "flower" }));
    let ours = delivery(&app, "u2i-other", "m3", super::USER, 5, "text", json!({ "text": "наше эхо" }));
    let mut avito = delivery(&app, "a2u-x", "m4", CLIENT, 5, "text", json!({ "text": "Новости Авито" }));
    avito["payload"]["value"]["chat_type"] = json!("a2u");
    for body in [robot, ours, avito] {
        assert_eq!(deliver(&app, &body).await, 200);
    }
    understand(&app).await;
    run(&app).await;
    assert!(written(&app).is_empty(), "{:?}", written(&app));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_answered_once_however_many_decide_on_it() {
    let app = TestApp::start().await;
    set_up(&app);
    let admin = app.admin("Игорь").await;
    rule(&app, 0);
    allow(&admin).await;
    client_says(&app, "m1", 5, "Здравствуйте").await;
    futures_util::future::join_all((0..6).map(|_| run(&app))).await;
    client_says(&app, "m1", 5, "Здравствуйте").await;
    run(&app).await;
    assert_eq!((written(&app).len(), verdicts(&app).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_kept_ordered_and_tried_without_writing_to_anybody() {
    let app = TestApp::start().await;
    let account = set_up(&app);
    let admin = app.admin("Игорь").await;
    let price = [
        ("title", "Спрашивают цену"),
        ("hours", "any"),
        ("days", "0"),
        ("days", "1"),
        ("days", "2"),
        ("days", "3"),
        ("days", "4"),
        ("days", "5"),
        ("days", "6"),
        ("delay", "0"),
        ("once", "24"),
        ("keywords", "цен, сколько"),
        ("text", "Цена зависит от поломки."),
    ];
    let mut any = price;
    any.iter_mut().for_each(|field| match field.0 {
        "title" => field.1 = "Остальное",
        "keywords" => field.1 = "",
        "text" => field.1 = "Здравствуйте, {имя}!",
        _ => {}
    });
    for form in [&any, &price] {
        assert_eq!(admin.submit("/admin/avito/answers", form).await.status, 303);
    }
    let wrong = admin.submit("/admin/avito/answers", &[("title", "Пусто"), ("text", "{цена}")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Этих слов программа не знает: {цена}"), "{}", wrong.text());
    let kept: Vec<(i64, bool)> = app.read(|db| {
        auto_rules::table.order(auto_rules::id).select((auto_rules::id, auto_rules::is_active)).load(db)
    });
    assert!(kept.len() == 2 && kept.iter().all(|(_, is_active)| !is_active), "off until somebody says so");
    // The second one is lifted above the first, which would answer everything.
    let say = "/admin/avito/answers?say=%D1%81%D0%BA%D0%BE%D0%BB%D1%8C%D0%BA%D0%BE";
    assert!(admin.hx_get("answers-trial", say).await.text().contains("правило 1, «Остальное»"));
    admin.submit(&format!("/admin/avito/answers/{}/up", kept[1].0), &[]).await;
    let tried = admin.hx_get("answers-trial", say).await.text();
    assert!(tried.contains("Цена зависит от поломки.") && tried.contains("правило 1"), "{tried}");

    // Yesterday at noon two messages of one chat.
    let noon: NaiveDateTime = app.app.now().day_start() - Duration::hours(12);
    app.write(|tx| {
        let chat = put::ensure(tx, account, CHAT, "u2i", noon)?;
        let told = |key: &str, minutes: i64, text: &str| callcentre::chats::fold::Told {
            key: key.to_owned(),
            is_out: false,
            kind: "text".to_owned(),
            content: json!({ "text": text }),
            sent_at: noon + Duration::minutes(minutes),
            read_at: None,
            is_read: false,
            told_at: noon,
        };
        put::put_messages(tx, chat, &[told("y1", 0, "Сколько стоит?"), told("y2", 5, "Алло")])
    });
    let trial = admin.hx_get("answers-trial", "/admin/avito/answers?trial=yesterday").await.text();
    assert!(trial.contains("Клиенты написали 2; автоответ ушёл бы 1"), "{trial}");
    assert!(trial.contains("Промолчал бы: в этот чат автоответ уже писал"), "{trial}");
    assert!(written(&app).is_empty() && verdicts(&app).is_empty(), "a trial writes nothing");

    admin.submit(&format!("/admin/avito/answers/{}/switch", kept[0].0), &[("on", "1")]).await;
    admin.submit(&format!("/admin/avito/answers/{}/delete", kept[1].0), &[]).await;
    let left: Vec<bool> = app.read(|db| auto_rules::table.select(auto_rules::is_active).load(db));
    assert_eq!(left, [true]);
    let actions: i64 = app
        .read(|db| audit_log::table.filter(audit_log::action.eq("avito.answer-rule")).count().get_result(db));
    assert_eq!(actions, 5);
    let chats: i64 = app.read(|db| chats::table.count().get_result(db));
    assert_eq!(chats, 1);
}
