//! Signing in and out, roles, revocation, foreign writes, work status.

use callcentre::auth::{presence, queries};
use callcentre::domain::id::AccountId;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{audit_log, sessions, work_status_log};
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
    assert!(right.text().contains("Попробуйте через"), "{}", right.text());
    assert!(right.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=90).contains(&seconds)));
}

#[tokio::test(flavor = "multi_thread")]
async fn outsiders_do_not_lock_a_person_out_of_their_own_browser() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let page = anna.submit("/logout", &[]).await;
    assert_eq!(page.header("location"), "/login");
    let thief = app.anon();
    for _ in 0..12 {
        thief.submit("/login", &[("login", "Анна"), ("password", "догадка №1")]).await;
    }
    let fields = [("login", "Анна"), ("password", PASSWORD)];
    assert_eq!(app.anon().submit("/login", &fields).await.status, 429, "a strange browser waits");
    assert_eq!(anna.submit("/login", &fields).await.status, 303, "her own browser does not");
}

#[tokio::test(flavor = "multi_thread")]
async fn right_passwords_are_never_too_many() {
    let app = TestApp::start().await;
    app.create_account(Role::Operator, "Анна");
    for _ in 0..12 {
        app.sign_in("Анна").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_failures_and_sign_outs_are_in_the_journal() {
    let app = TestApp::start().await;
    let id = app.create_account(Role::Operator, "Анна");
    app.anon().submit("/login", &[("login", "Анна"), ("password", "не тот пароль")]).await;
    app.anon().submit("/login", &[("login", "пароль вместо логина"), ("password", "x")]).await;
    app.sign_in("Анна").await.submit("/logout", &[]).await;
    let lines: Vec<(Option<AccountId>, String, String, String)> = app.read(|db| {
        audit_log::table
            .order(audit_log::id)
            .select((audit_log::account_id, audit_log::action, audit_log::subject, audit_log::detail))
            .load(db)
    });
    let line = |action: &str| (Some(id), action.to_owned(), "анна".to_owned(), "127.0.0.1".to_owned());
    let [refused, begun, ended] = &lines[..] else { panic!("three lines, got {lines:?}") };
    assert_eq!((refused, begun), (&line("session.refuse"), &line("session.begin")));
    assert_eq!((ended.0, ended.1.as_str()), (Some(id), "session.end"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_control_characters_leads_home_instead_of_breaking() {
    let app = TestApp::start().await;
    app.create_account(Role::Operator, "Анна");
    for next in ["/orders\u{1}x", "/orders?q=a\u{b}b", "/orders\u{7f}?"] {
        let fields = [("login", "Анна"), ("password", PASSWORD), ("next", next)];
        let answer = app.anon().submit("/login", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{next:?}");
    }
    let anna = app.sign_in("Анна").await;
    let draft =
        anna.submit("/orders/draft/phone-79001234567/drop", &[("again", "/orders/new?a=\u{1}")]).await;
    assert_ne!(draft.status, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_the_settings_do_not_name_is_shown_to_the_admin() {
    let app = TestApp::start().await;
    let boss = app.admin("boss").await;
    assert!(!boss.get("/admin").await.text().contains("TRUSTED_PROXIES"));
    let through = boss.bare(Method::GET, "/login").header("x-forwarded-for", "203.0.113.7");
    Page::of(through).await;
    assert!(boss.get("/admin").await.text().contains("TRUSTED_PROXIES"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_stream_ends_with_its_own_session_only() {
    use futures_util::StreamExt;
    let app = TestApp::start().await;
    let here = app.operator("Анна").await;
    let there = app.sign_in("Анна").await;
    let open = |client: crate::support::Client| async move {
        let answer = client.request(Method::GET, "/live").send().await.expect("a stream");
        assert_eq!(answer.status().as_u16(), 200);
        Box::pin(answer.bytes_stream())
    };
    let (mut of_here, mut of_there) = (open(here.clone()).await, open(there.clone()).await);
    here.submit("/logout", &[]).await;
    let mut told = Vec::new();
    let whole = async {
        while let Some(piece) = of_here.next().await {
            told.extend_from_slice(&piece.expect("bytes"));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), whole).await.expect("the stream ends");
    assert!(String::from_utf8_lossy(&told).contains("event: gone"));
    there.hx_submit("work-status", "/profile/work-status", &[("status_work", "online")]).await;
    let mut heard = String::new();
    let other = async {
        while !heard.contains("event: work") {
            heard.push_str(&String::from_utf8_lossy(&of_there.next().await.expect("open").expect("bytes")));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), other).await.expect("the other one goes on");
    assert!(!heard.contains("event: gone"), "{heard}");
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
    assert!(anna.get("/login").await.text().contains("Сеанс завершён"), "it says why it asks again");
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
    assert!(!anna.get("/login").await.has(".callout"), "who left knows it");

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

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_session_is_of_this_very_host() {
    let app = TestApp::start_with(&[("COOKIE_SECURE", "true")]).await;
    app.create_account(Role::Operator, "Анна");
    let form = [("login", "Анна"), ("password", PASSWORD)];
    let answer = app.anon().request(Method::POST, "/login").form(&form).send().await.expect("an answer");
    let told = answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let cookie =
        told.into_iter().find(|cookie| cookie.starts_with("__Host-callcentre=")).expect("the session");
    for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(flag), "{flag}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}
