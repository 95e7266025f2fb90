//! What the installation tells of itself: numbers for Prometheus, the page of the system, the bell.

use std::process::{Command, Stdio};

use callcentre::backup::record::{self, FailedBackup, LastBackup};
use callcentre::domain::id::AvitoId;
use callcentre::health::certificate;
use callcentre::integrations::avito::queries::{self as readings, Reading};
use callcentre::platform::db::schema::{audit_log, avito, jobs};
use callcentre::platform::machine::Disk;
use chrono::{Duration, Utc};
use diesel::prelude::*;
use reqwest::Method;

use crate::support::app::{GIGABYTE, on_postgres};
use crate::support::until::{until, until_told};
use crate::support::{Client, Page, TestApp};

const TOKEN: &str = "a token of this test only";

/// `/metrics` with headers.
async fn metrics(client: &Client, headers: &[(&str, &str)]) -> Page {
    let request = client.bare(Method::GET, "/metrics");
    Page::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

/// The value of a line that begins with `series`.
fn value(page: &Page, series: &str) -> f64 {
    let line = page.body.lines().find(|line| line.starts_with(series));
    let line = line.unwrap_or_else(|| panic!("no {series} in:\n{}", page.body));
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_told_by_pattern_and_never_by_what_was_typed() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    assert_eq!(boss.get("/orders/987654321").await.status, 404);
    assert_eq!(boss.get("/orders?q=79001234567").await.status, 200);
    assert_eq!(boss.get("/nowhere/79001234567").await.status, 404);
    callcentre::schedule::run_due(&app.app, callcentre::platform::jobs::Taken::default());
    let told = metrics(&app.anon(), &[]).await;
    assert_eq!(told.status, 200);
    let kind = app.app.db.kind();
    assert_eq!(value(&told, &format!("callcentre_build_info{{database=\"{kind}\"")), 1.0);
    let series = "callcentre_http_requests_total{method=\"GET\",route=\"/orders/{id}\",status=\"404\"}";
    assert_eq!(value(&told, series), 1.0);
    assert!(value(&told, "callcentre_http_request_seconds_count{route=\"/orders\"}") >= 1.0);
    assert_eq!(value(&told, "callcentre_database_up"), 1.0);
    assert!(value(&told, "callcentre_pool_connections_max") >= value(&told, "callcentre_pool_connections"));
    for series in [
        "callcentre_inbox_waiting",
        "callcentre_live_streams",
        "callcentre_memory_bytes",
        "callcentre_disk_free_bytes",
        "callcentre_database_bytes",
        "callcentre_job_failures_total{job=",
    ] {
        value(&told, series);
    }
    assert!(!told.body.contains("987654321") && !told.body.contains("79001234567"));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_no_numbers_whatever_they_say_of_themselves() {
    let alone = TestApp::start().await;
    assert_eq!(metrics(&alone.anon(), &[]).await.status, 200);
    // A proxy nobody told us of stands in front: everybody comes from the machine itself.
    assert_eq!(metrics(&alone.anon(), &[("x-forwarded-for", "127.0.0.1")]).await.status, 404);
    let settings = [("TRUSTED_PROXIES", "127.0.0.1"), ("METRICS_TOKEN", TOKEN)];
    let behind = TestApp::start_with(&settings).await;
    let anon = behind.anon();
    let bearer = format!("Bearer {TOKEN}");
    for (headers, status) in [
        (vec![], 200),
        (vec![("x-forwarded-for", "203.0.113.7")], 404),
        (vec![("x-forwarded-for", "127.0.0.1, 203.0.113.7")], 404),
        (vec![("x-forwarded-for", "203.0.113.7"), ("authorization", &*bearer)], 200),
        (vec![("x-forwarded-for", "203.0.113.7"), ("authorization", "Bearer another")], 404),
        (vec![("x-forwarded-for", "203.0.113.7"), ("authorization", TOKEN)], 404),
        (vec![("authorization", "Bearer another")], 404),
    ] {
        assert_eq!(metrics(&anon, &headers).await.status, status, "{headers:?}");
    }
    assert!(!metrics(&anon, &[("authorization", "Bearer x")]).await.body.contains("callcentre_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_works_and_what_wants_a_person() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let now = app.app.clock.now();
    callcentre::schedule::run_now(&app.app, "clean-up").expect("done");
    let page = boss.get("/admin/system").await;
    assert!(page.text_of("#system-summary").contains("Нужен человек"), "{}", page.text());
    let parts = page.text_of("#system-parts");
    for words in [app.app.db.kind(), "нет ключа", "не снималась", "Свободно", "PUBLIC_URL", "выключена"]
    {
        assert!(parts.contains(words), "{words}: {parts}");
    }
    assert_eq!(page.count("[id^=job-]"), callcentre::schedule::PERIODIC.len());
    assert!(page.text().contains(env!("CARGO_PKG_VERSION")) && page.text().contains("/login"));
    let report = page.attr("[data-copy]", "data-copy").expect("the summary");
    assert!(report.contains("Версия: ") && report.contains("уборка старых данных"), "{report}");

    let last = LastBackup {
        at: now - Duration::hours(5),
        bytes: 641_728_512,
        files: 3,
        took_seconds: 38,
        is_encrypted: true,
        lost: 0,
    };
    app.write(|tx| record::note(tx.db, &last, now));
    let parts = boss.hx_get("system", "/admin/system").await;
    assert!(!parts.body.contains("<html"));
    let parts = parts.text_of("#system-parts").replace('\u{a0}', " ");
    assert!(parts.contains("Снята за 38 с, 612 МБ, 3 файла") && parts.contains("зашифрована"), "{parts}");
    assert!(boss.get("/notices").await.text().contains("уведомлений нет"));

    let failed = FailedBackup { at: now, words: "cannot write: no space left".to_owned() };
    app.write(|tx| record::note_failure(tx.db, &failed, now));
    let parts = boss.get("/admin/system").await.text_of("#system-parts");
    assert!(parts.contains("no space left"), "{parts}");
    let bell = boss.get("/notices").await;
    assert!(bell.text().contains("Резервная копия не снята"), "{}", bell.text());
    assert_eq!(bell.attr("#menu-bell a", "href").as_deref(), Some("/admin/system"));
    app.write(|tx| record::note(tx.db, &LastBackup { at: now - Duration::hours(60), ..last.clone() }, now));
    assert!(boss.get("/notices").await.text().contains("Резервной копии нет 2 дня"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_nearly_full_rings() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let page = boss.get("/admin/system").await.text_of("#system-parts").replace('\u{a0}', " ");
    assert!(page.contains("занято 60 %") && page.contains("Свободно 400"), "{page}");
    app.app.disk.pretend(Disk { free: 8 * GIGABYTE, total: 252 * GIGABYTE });
    let bell = boss.get("/notices").await.text().replace('\u{a0}', " ");
    assert!(bell.contains("На диске осталось 8,0 ГБ: освободите место"), "{bell}");
    let anna = app.operator("Анна").await;
    assert!(!anna.get("/notices").await.text().contains("На диске"), "she has no other disk to give");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_tells_how_it_goes_with_avito_and_how_many_processes_there_are() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let parts = async || boss.get("/admin/system").await.text_of("#system-parts").replace('\u{a0}', " ");
    assert!(parts().await.contains("не подключён"), "{}", parts().await);
    let now = app.app.clock.now();
    let accounts: Vec<AvitoId> = app.write(|tx| {
        ["Мастер Москва", "Мастер Самара"]
            .into_iter()
            .map(|name| {
                let row = (
                    avito::name.eq(name),
                    avito::is_active.eq(true),
                    avito::client_id.eq("id"),
                    avito::client_secret.eq("sealed"),
                );
                diesel::insert_into(avito::table).values(row).returning(avito::id).get_result(tx.db)
            })
            .collect()
    });
    let good = |at: Duration| {
        app.write(|tx| readings::note_good(tx.db, accounts[0], Reading::Chats, "", now - at));
    };
    good(Duration::minutes(20));
    let told = parts().await;
    assert!(told.contains("Последний успешный запрос") && told.contains("2 аккаунта"), "{told}");
    app.write(|tx| readings::note_bad(tx.db, accounts[1], Reading::Balance, "ключи не подходят", now));
    let page = boss.get("/admin/system").await;
    let told = page.text_of("#system-parts");
    assert!(told.contains("Мастер Самара: ключи не подходят") && told.contains("с ошибкой 1"), "{told}");
    assert!(page.text_of("#system-summary").contains("Avito"));
    assert_eq!(page.attr("#system-parts a[href='/admin/avito']", "href").as_deref(), Some("/admin/avito"));

    let processes = async || boss.get("/admin/system").await.text().contains("Процессов 1");
    assert!(processes().await);
    if on_postgres() {
        let second = app.second_process().await;
        let both = async || boss.get("/admin/system").await.text().contains("Процессов 2").then_some(());
        until_told("both are counted", both).await;
        second.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_fails_is_shown_with_its_reason_and_can_be_done_at_once() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let later = app.app.clock.now() + Duration::seconds(30);
    app.write(|tx| {
        let row = (
            jobs::name.eq("reconcile"),
            jobs::state.eq("dead"),
            jobs::run_at.eq(later),
            jobs::error.eq("the statistics did not come"),
        );
        diesel::insert_into(jobs::table).values(row).execute(tx.db)
    });
    let page = boss.get("/admin/system").await;
    assert!(page.text_of("#job-reconcile").contains("не удалось"), "{}", page.text());
    assert!(page.text_of(".system__error").contains("the statistics did not come"));
    assert!(page.text_of("#system-summary").contains("сверка звонков с Mango"));
    let done = boss.hx_submit("system", "/admin/system/jobs/clean-up", &[]).await;
    assert_eq!(done.status, 200);
    assert!(done.header("hx-trigger").contains("toast"), "{}", done.header("hx-trigger"));
    assert!(done.has("#job-clean-up"));
    let plain = boss.submit("/admin/system/jobs/clean-up", &[]).await;
    assert_eq!((plain.status, plain.header("location")), (303, "/admin/system"));
    assert_eq!(boss.submit("/admin/system/jobs/nothing", &[]).await.status, 404);
    let noted =
        app.read(|db| audit_log::table.filter(audit_log::action.eq("job.run")).count().get_result::<i64>(db));
    assert_eq!(noted, 2);
    // A later turn that went well is over it.
    app.write(|tx| {
        diesel::update(jobs::table.filter(jobs::state.eq("dead")))
            .set(jobs::run_at.eq(later - Duration::hours(30)))
            .execute(tx.db)
    });
    let page = boss.get("/admin/system").await;
    assert!(page.text_of("#job-reconcile").contains("был сбой"), "{}", page.text());
}

/// A process that ends with the test.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_certificate_is_seen_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new("deploy/certificates/self-signed").arg(folder.path()).arg("crm.test").output();
    assert!(made.expect("openssl").status.success());
    let files = folder.path().join("crm.test");
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
    let server = Command::new("openssl")
        .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}")])
        .arg("-cert")
        .arg(files.join("fullchain.pem"))
        .arg("-key")
        .arg(files.join("privkey.pem"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Killed(server.expect("openssl"));
    until("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
    let url = format!("https://127.0.0.1:{port}");
    let app = TestApp::start_with(&[("PUBLIC_URL", &url), ("COOKIE_SECURE", "false")]).await;
    let here = app.app.clone().into_inner();
    let look = move || certificate::look(&here);
    tokio::task::spawn_blocking(look).await.expect("no panic").expect("looked at");
    let seen = app.read(certificate::read).expect("seen");
    assert_eq!((seen.host.as_str(), seen.trouble.as_str()), ("127.0.0.1", ""));
    let left = seen.ends_at.expect("an end") - Utc::now().naive_utc();
    assert!((Duration::days(364)..=Duration::days(366)).contains(&left), "{left}");
    let told = metrics(&app.anon(), &[]).await;
    assert!(value(&told, "callcentre_certificate_left_seconds") > 364.0 * 86_400.0);
    app.app.clock.stop_at(seen.ends_at.expect("an end") - Duration::days(5));
    let boss = app.admin("Ольга").await;
    assert!(boss.get("/notices").await.text().contains("закончится через 5 дней"));
}
