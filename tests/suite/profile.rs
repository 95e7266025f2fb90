//! A person's own page.

use callcentre::domain::person::{Role, WorkStatus};
use callcentre::platform::db::schema::{accounts, sessions, work_status_log};
use chrono::Duration;
use diesel::prelude::*;
use reqwest::Method;

use crate::support::app::PASSWORD;
use crate::support::{Page, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_a_page_of_their_own() {
    let app = TestApp::start().await;
    let operator = app.operator_at("Анна", "101").await.get("/profile").await;
    assert_eq!(operator.status, 200);
    assert!(operator.text().contains("Оператор") && operator.text().contains("101"));
    assert!(operator.has("#work-log"));
    let admin = app.admin("Ольга").await.get("/profile").await;
    assert!(admin.text().contains("Администратор") && !admin.has("#work-log"));
    assert_eq!(app.anon().get("/profile").await.status, 303);
    assert_eq!(app.anon().submit("/profile/password", &[]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions_and_copies_of_the_cookie() {
    let app = TestApp::start().await;
    let here = app.operator("Анна").await;
    let there = app.sign_in("Анна").await;
    let answer = Page::of(here.request(Method::GET, "/profile").header("accept", "text/html")).await;
    let stolen = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let fields = [("password", PASSWORD), ("new_password", "новый длинный пароль")];

    let done = here.submit("/profile/password", &fields).await;
    assert_eq!((done.status, done.header("location")), (303, "/profile?saved=password"));
    let page = here.get("/profile?saved=password").await;
    assert_eq!(page.status, 200, "the person who changed it stays");
    assert!(page.text().contains("Пароль сменён"));
    assert_eq!(there.get("/profile").await.status, 303);
    let copy =
        app.anon().bare(Method::GET, "/profile").header("cookie", stolen).header("accept", "text/html");
    assert_eq!(Page::of(copy).await.status, 303);
    assert_eq!(app.anon().submit("/login", &[("login", "Анна"), ("password", PASSWORD)]).await.status, 422);
    let login = [("login", "Анна"), ("password", "новый длинный пароль")];
    assert_eq!(app.anon().submit("/login", &login).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_not_changed_without_the_old_one() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    for (old, new, field) in [
        ("чужой пароль", "новый длинный пароль", "old-password"),
        ("", "новый длинный пароль", "old-password"),
        (PASSWORD, "1234567", "new-password"),
        (PASSWORD, PASSWORD, "new-password"),
    ] {
        let page = anna.submit("/profile/password", &[("password", old), ("new_password", new)]).await;
        assert_eq!(page.status, 422, "{old} {new}");
        assert!(page.has(&format!("#{field}-error")), "{old} {new}");
        assert!(!page.body.contains("новый длинный пароль"), "a password came back");
    }
    app.sign_in("Анна").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sounds_are_kept() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let kept = || -> (bool, i32) {
        app.read(|db| accounts::table.select((accounts::sound_on, accounts::volume_percent)).first(db))
    };
    assert_eq!(anna.submit("/profile/sound", &[("volume", "35")]).await.status, 303);
    assert_eq!(kept(), (false, 35));
    anna.submit("/profile/sound", &[("sound_on", "on"), ("volume", "900")]).await;
    assert_eq!(kept(), (true, 100));
    let page = anna.get("/profile").await;
    assert_eq!(page.attr("html", "data-volume").as_deref(), Some("100"));
    assert!(page.has("input[name=sound_on][checked]") && page.has("[data-sound-test]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let app = TestApp::start().await;
    let here = app.operator("Анна").await;
    let (there, further) = (app.sign_in("Анна").await, app.sign_in("Анна").await);
    let boris = app.operator("Борис").await;

    let page = here.get("/profile").await;
    assert_eq!(page.count("input[name=device]"), 2);
    assert_eq!(page.text().matches("это устройство").count(), 1);
    let keys = |page: &Page| {
        let inputs: Vec<String> =
            page.body.split("name=\"device\" value=\"").skip(1).map(|r| r[..16].to_owned()).collect();
        inputs
    };
    let foreign = boris.submit("/profile/sessions/end", &[("device", &keys(&page)[0])]).await;
    assert_eq!(foreign.status, 303);
    assert_eq!(
        here.get("/profile").await.count("input[name=device]"),
        2,
        "somebody else's device is not ended"
    );

    let other = there.get("/profile").await;
    let this = keys(&page)
        .into_iter()
        .find(|key| !keys(&other).contains(key))
        .expect("the key of the second browser");
    here.submit("/profile/sessions/end", &[("device", &this)]).await;
    assert_eq!(there.get("/profile").await.status, 303);
    assert_eq!(further.get("/profile").await.status, 200);

    here.submit("/profile/sessions/end", &[]).await;
    assert_eq!(further.get("/profile").await.status, 303);
    assert_eq!(here.get("/profile").await.count("input[name=device]"), 0);
    assert_eq!(boris.get("/profile").await.status, 200);
    assert_eq!(app.read(|db| sessions::table.count().get_result::<i64>(db)), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn todays_work_is_shown_from_midnight_on() {
    let app = TestApp::start().await;
    let id = app.create_account(Role::Operator, "Анна");
    // 23:30 in Moscow.
    let evening = "2026-11-22T20:30:00".parse::<chrono::NaiveDateTime>().expect("a moment");
    app.app.clock.stop_at(evening + Duration::minutes(90));
    app.write(|tx| {
        diesel::insert_into(work_status_log::table)
            .values((
                work_status_log::account_id.eq(id),
                work_status_log::status_work.eq(WorkStatus::Online),
                work_status_log::started_at.eq(evening),
            ))
            .execute(tx.db)
    });
    let anna = app.sign_in("Анна").await;
    let part = anna.hx_get("work-log", "/profile").await;
    assert!(part.is_fragment());
    assert_eq!(part.text_of("#work-totals"), "Онлайн 1 ч 0 минПерерыв 0 мин");
    assert_eq!(part.text_of("#work-table tbody tr"), "Онлайн00:00сейчас1 ч 0 мин");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_new_sees_five_hints_until_they_are_put_away() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    assert!(!boss.get("/admin").await.has("#tour"), "who was here before knows the program");
    let new = [("role", "operator"), ("name", "Нина Лебедева"), ("login", "nina"), ("password", PASSWORD)];
    assert_eq!(boss.submit("/admin/employees", &new).await.status, 303);
    let nina = app.sign_in("nina").await;
    assert_eq!(nina.get("/telephony").await.texts("#tour [data-tour-step]").len(), 5);
    nina.submit("/profile/tour", &[("show", "off")]).await;
    assert!(!nina.get("/telephony").await.has("#tour"));
    assert!(nina.get("/help/start").await.has("form[action='/profile/tour'] [name=show][value=on]"));
    assert_eq!(nina.submit("/profile/tour", &[("show", "on")]).await.status, 303);
    assert!(nina.get("/telephony").await.has("#tour"));

    assert!(nina.get("/profile").await.has("html[data-quiet=off]"));
    nina.submit("/profile/sound", &[("sound_on", "on"), ("volume", "50"), ("quiet_on", "on")]).await;
    let page = nina.get("/profile").await;
    assert!(page.has("html[data-quiet=on]") && page.has("[name=quiet_on][checked]"));
}
