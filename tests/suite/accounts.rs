//! Signing in and out, roles, revocation, foreign writes, work status.

use callcentre::auth::{presence, queries};
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{sessions, work_status_log};
use chrono::Duration;
use diesel::prelude::*;
use reqwest::Method;

use crate::support::app::PASSWORD;
use crate::support::{Page, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_arrives_where_they_wanted() {
    let app = TestApp::start().await;
    app.create_account(Role::Operator, "Анна");
    let anna = app.anon();

    let refused = anna.get("/profile/work-status").await;
    assert_eq!(refused.status, 303);
    assert_eq!(refused.header("location"), "/login?next=%2Fprofile%2Fwork-status");

    let page = anna.get("/login?next=%2Fprofile%2Fwork-status").await;
    assert_eq!(page.status, 200);
    let fields = [("login", "анна"), ("password", PASSWORD), ("next", "/profile/work-status")];
    let answer = anna.submit("/login", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/profile/work-status"));
    assert_eq!(anna.get("/profile/work-status").await.status, 200);
    assert_eq!(anna.get("/").await.header("location"), "/telephony");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_keeps_the_login_and_says_so() {
    let app = TestApp::start().await;
    app.create_account(Role::Operator, "Анна");
    for login in ["Анна", "Никто"] {
        let page = app.anon().submit("/login", &[("login", login), ("password", "не тот пароль")]).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.attr("input[name=login]", "value").as_deref(), Some(login));
        assert!(page.text().contains("Логин или пароль не подошли"), "{}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let app = TestApp::start().await;
    app.create_account(Role::Operator, "Анна");
    let thief = app.anon();
    let mut last = 0;
    for _ in 0..12 {
        last = thief.submit("/login", &[("login", "Анна"), ("password", "догадка №1")]).await.status;
    }
    assert_eq!(last, 429);
    let right = thief.submit("/login", &[("login", "Анна"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, 429, "the right password does not end the pause either");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_worth_nothing_at_the_next_request() {
    let app = TestApp::start().await;
    let id = app.create_account(Role::Operator, "Анна");
    let anna = app.sign_in("Анна").await;
    assert_eq!(anna.get("/profile/work-status").await.status, 200);

    app.write(|tx| queries::end_sessions(tx, id));

    assert_eq!(anna.get("/profile/work-status").await.status, 303);
    let fragment = anna.hx_get("work-status", "/profile/work-status").await;
    assert_eq!(fragment.status, 401);
    assert_eq!(fragment.header("hx-redirect"), "/login?next=%2Fprofile%2Fwork-status");
    assert!(fragment.body.is_empty(), "a sign-in page inside a fragment");
    let script = Page::of(anna.request(Method::GET, "/live/mark")).await;
    assert_eq!(script.status, 401);
    assert_eq!(app.read(|db| sessions::table.count().get_result::<i64>(db)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_cookie_dies_with_the_sign_out() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let page = anna.get("/login").await;
    assert_eq!(page.status, 303, "signed in already");
    let answer = Page::of(anna.request(Method::GET, "/profile/work-status")).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert!(answer.header("set-cookie").contains("HttpOnly"));
    assert!(answer.header("set-cookie").contains("SameSite=Lax"));

    assert_eq!(anna.submit("/logout", &[]).await.header("location"), "/login");

    let copy = Page::of(
        app.anon()
            .bare(Method::GET, "/profile/work-status")
            .header("cookie", cookie)
            .header("accept", "text/html"),
    )
    .await;
    assert_eq!(copy.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_cannot_write() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let request = anna.bare(Method::POST, "/profile/work-status").form(&[("status_work", "online")]);
    assert_eq!(Page::of(request.header("sec-fetch-site", "cross-site")).await.status, 403);
    let request = app.anon().bare(Method::POST, "/login").form(&[("login", "Анна"), ("password", PASSWORD)]);
    assert_eq!(Page::of(request.header("origin", "https://evil.example")).await.status, 403);
    let silent = anna.bare(Method::POST, "/profile/work-status").form(&[("status_work", "online")]);
    assert_eq!(Page::of(silent).await.status, 403, "neither header: not one of our pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_status_is_kept_with_its_history() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    assert!(anna.get("/profile/work-status").await.text().contains("Оффлайн"));

    let online = anna.hx_submit("work-status", "/profile/work-status", &[("status_work", "online")]).await;
    assert!(online.is_fragment() && online.text().contains("Онлайн"));
    assert!(anna.get("/profile/work-status").await.text().contains("Онлайн"), "true after a reload");
    anna.submit("/profile/work-status", &[("status_work", "online")]).await;
    anna.submit("/logout", &[]).await;

    let history: Vec<(String, bool)> = app.read(|db| {
        work_status_log::table
            .order(work_status_log::id)
            .select((work_status_log::status_work, work_status_log::ended_at.is_null()))
            .load(db)
    });
    assert_eq!(history, [("online".to_owned(), false), ("offline".to_owned(), true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_work_status_or_reason_is_refused_in_words() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let unknown = anna.submit("/profile/work-status", &[("status_work", "asleep")]).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.text().contains("Такого рабочего статуса нет"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_nobody_hears_goes_offline_after_a_minute() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let start = app.app.clock.now();
    app.app.clock.stop_at(start);
    anna.submit("/profile/work-status", &[("status_work", "online")]).await;

    app.app.clock.stop_at(start + Duration::seconds(59));
    presence::report(&app.app).expect("a report");
    assert!(anna.get("/profile/work-status").await.text().contains("Онлайн"), "within the grace minute");

    app.app.clock.stop_at(start + Duration::seconds(61));
    presence::report(&app.app).expect("a report");
    assert!(anna.get("/profile/work-status").await.text().contains("Оффлайн"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_comes_from_the_settings_once() {
    let settings = [("ADMIN_LOGIN", "boss"), ("ADMIN_PASSWORD", PASSWORD)];
    let app = TestApp::start_with(&settings).await;
    let boss = app.sign_in("boss").await;
    assert_eq!(boss.get("/").await.header("location"), "/admin");
    let again = app.second_process().await;
    again.sign_in("boss").await;
}
