//! The journal: who did what, from where, with what it was before; and no secret in it.

use callcentre::platform::db::schema::audit_log;
use chrono::Duration;
use diesel::prelude::*;

use crate::support::TestApp;
use crate::support::orders::{make, office};

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_says_who_what_and_from_where_and_is_filtered() {
    let (app, anna) = office().await;
    let boss = app.admin("Ольга").await;
    make(&app, anna, |_| {});
    let form = [
        ("role", "operator"),
        ("login", "anna"),
        ("name", "Анна Сергеевна"),
        ("status", "active"),
        ("note", ""),
    ];
    let saved = boss.submit(&format!("/admin/employees/{anna}"), &form).await;
    assert!([200, 303].contains(&saved.status), "{}", saved.text());
    let journal = boss.get("/admin/audit").await;
    let rows = journal.texts("#audit tbody tr");
    let edited = rows.iter().find(|row| row.contains("Изменил сотрудника")).expect("the change");
    assert!(edited.contains("Ольга") && edited.contains("127.0.0.1"), "{edited}");
    assert!(edited.contains("имя: Анна Белова → Анна Сергеевна"), "{edited}");
    assert!(rows.iter().any(|row| row.contains("Вход")), "{rows:?}");

    let risky = boss.get("/admin/audit?what=risky").await.texts("#audit tbody tr");
    assert!(risky.iter().all(|row| !row.contains("Вход")) && risky.len() == 1, "{risky:?}");
    let found = boss.get("/admin/audit?q=сергеевна").await.texts("#audit tbody tr");
    assert_eq!(found.len(), 1, "capitals do not matter: {found:?}");
    assert!(boss.get("/admin/audit?from=2026-11-24").await.text_of("#audit tbody").contains("ничего нет"));
    let of_anna = boss.get(&format!("/admin/audit?who={anna}")).await;
    assert!(of_anna.text_of("#audit tbody").contains("ничего нет"), "she did nothing: {}", of_anna.text());
    let orders = boss.get("/admin/audit?of=orders").await.texts("#audit tbody tr");
    assert!(orders[0].contains("Заказ № 1") && orders[0].contains("Сергеевна А."), "{orders:?}");
    assert_eq!(app.sign_in("anna").await.get("/admin/audit").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_lines_are_on_further_pages_and_all_of_them_in_the_file() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let now = app.app.clock.now();
    app.write(|tx| {
        for n in 0..130 {
            diesel::insert_into(audit_log::table)
                .values((
                    audit_log::at.eq(now + Duration::seconds(n)),
                    audit_log::action.eq("recording.play"),
                    audit_log::subject.eq(format!("запись {n}")),
                ))
                .execute(tx.db)?;
        }
        Ok(())
    });
    let first = boss.get("/admin/audit").await;
    assert_eq!(first.count("#audit tbody tr"), 100);
    let older = first.attr("#audit .table-note a", "href").expect("older ones");
    let rest = boss.get(&older).await;
    assert!(rest.text_of("#audit tbody").contains("запись 0") && !rest.has("#audit .table-note a"));
    let file = boss.get("/admin/audit/export?format=csv&q=запись").await;
    assert_eq!(file.body.matches("Слушал запись").count(), 130);
    assert!(
        boss.get("/admin/audit").await.text().contains("Выгрузил журнал"),
        "who took it away is in it too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_never_get_into_the_journal() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let secrets = [
        "совершенно-секретный-пароль-1",
        "vpbx-key-000000000000000000000001",
        "vpbx-salt-00000000000000000000002",
    ];
    let form = [
        ("role", "operator"),
        ("login", "vera"),
        ("name", "Вера Гусева"),
        ("status", "active"),
        ("password", secrets[0]),
    ];
    boss.submit("/admin/employees", &form).await;
    boss.submit("/admin/mango", &[("key", secrets[1]), ("salt", secrets[2])]).await;
    let lines: Vec<(String, String, String)> = app.read(|db| {
        audit_log::table.select((audit_log::action, audit_log::subject, audit_log::detail)).load(db)
    });
    assert!(lines.iter().any(|(action, ..)| action == "employee.create"), "{lines:?}");
    for secret in secrets {
        assert!(
            !lines.iter().any(|(_, subject, detail)| subject.contains(secret) || detail.contains(secret)),
            "{lines:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_other_years_go() {
    let app = TestApp::start().await;
    let now = app.app.clock.now();
    app.write(|tx| {
        for (days, subject) in [(1094, "kept"), (1096, "old")] {
            diesel::insert_into(audit_log::table)
                .values((
                    audit_log::at.eq(now - Duration::days(days)),
                    audit_log::action.eq("recording.play"),
                    audit_log::subject.eq(subject),
                ))
                .execute(tx.db)?;
        }
        Ok(())
    });
    callcentre::schedule::run_now(&app.app, "clean-up").expect("cleaned");
    let left: Vec<String> = app.read(|db| audit_log::table.select(audit_log::subject).load(db));
    assert_eq!(left, ["kept"]);
}
