//! `/admin/mango`: the test of the connection, and taking employees and lines over from the cabinet.

use callcentre::integrations::mango::fake::ApiState;
use callcentre::platform::db::schema::{audit_log, callcentre_operator, phones};
use diesel::prelude::*;

use super::cabinet::{cloud, connected};
use super::sender::{KEY, SALT};
use crate::support::{Client, Page, TestApp};

async fn probe(boss: &Client) -> Page {
    boss.hx_submit("mango-probe", "/admin/mango/probe", &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_tried_and_what_is_wrong_is_named() {
    let (app, fake) = connected(cloud()).await;
    let boss = app.admin("Ольга").await;
    let good = probe(&boss).await;
    assert!(good.is_fragment());
    assert!(
        good.text().contains("ключ и соль верны") && good.text().contains("2 сотрудника"),
        "{}",
        good.text()
    );

    let save = async |key: &str, salt: &str| {
        let saved = boss.submit("/admin/mango", &[("vpbx_api_key", key), ("vpbx_api_salt", salt)]).await;
        assert_eq!(saved.status, 303);
    };
    save(KEY, "not-the-salt").await;
    assert!(probe(&boss).await.text().contains("неверная соль"));
    fake.be(ApiState::Well);
    save("not-the-key", SALT).await;
    assert!(probe(&boss).await.text().contains("Неверный ключ"));
    let noted: i64 =
        app.read(|db| audit_log::table.filter(audit_log::action.eq("mango.probe")).count().get_result(db));
    assert!(noted >= 3, "every probe is in the journal");
    probe(&boss).await;
    save(KEY, SALT).await;
    assert!(probe(&boss).await.text().contains("на две минуты"), "two wrong ones close the door");
    fake.be(ApiState::Limited);
    assert!(probe(&boss).await.text().contains("просит подождать"));
    fake.be(ApiState::Broken);
    assert!(probe(&boss).await.text().contains("5004"));
    fake.stop().await;
    assert!(probe(&boss).await.text().contains("не принимает соединение"));

    let noted: Vec<String> = app.read(|db| {
        audit_log::table.filter(audit_log::action.eq("mango.edit")).select(audit_log::detail).load(db)
    });
    assert_eq!(noted.len(), 3);
    assert!(
        noted.iter().all(|detail| detail == "заменено: ключ и соль"),
        "who, when and what, never the values"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nobody_is_asked() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    assert!(probe(&boss).await.text().contains("Не введены ключ и соль"));
    let page = boss.get("/admin/mango/import").await;
    assert!(page.text().contains("Не введены ключ и соль"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn employees_and_lines_are_taken_over_as_the_admin_says() {
    let (app, fake) = connected(cloud()).await;
    fake.employ("Вера Новая", "104", "sip:op104@crmdev.mangosip.ru", 300_000_104);
    fake.add_line("74950000101", "Главная");
    fake.add_line("74950000109", "Новая линия");
    let vera = app.create_account(callcentre::domain::person::Role::Operator, "Новая Вера");
    let boss = app.admin("Ольга").await;
    assert!(
        boss.get("/admin/phones").await.has("a[href=\"/admin/mango/import\"]"),
        "offered among the lines"
    );
    let page = boss.get("/admin/mango/import").await;
    assert_eq!(
        page.attr("[name=operator_104] option[selected]", "value"),
        Some(vera.to_string()),
        "known by name"
    );
    assert_eq!(page.count("[name=line]"), 1, "a line that is here already is not offered");
    assert!(!page.has("[name=operator_101]"), "who is as in the cabinet needs nothing");

    let chosen = [
        ("operator_104", vera.to_string()),
        ("line", "74950000109".to_owned()),
        ("line", "74959999999".to_owned()),
    ];
    let chosen: Vec<(&str, &str)> = chosen.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = boss.submit("/admin/mango/import", &chosen).await;
    assert_eq!(done.status, 200);
    assert!(done.text().contains("Связано: 1 сотрудник."), "{}", done.text());
    assert!(done.text().contains("Добавлено: 1 линия."), "a line the cabinet does not have is not taken");
    let (extension, sip, user_id): (Option<String>, Option<String>, Option<i64>) = app.read(|db| {
        let columns = (
            callcentre_operator::extension,
            callcentre_operator::sip_address,
            callcentre_operator::mango_user_id,
        );
        callcentre_operator::table.find(vera).select(columns).first(db)
    });
    assert_eq!(extension.as_deref(), Some("104"));
    assert_eq!((sip.as_deref(), user_id), (Some("sip:op104@crmdev.mangosip.ru"), Some(300_000_104)));
    let is_known: bool = app
        .read(|db| phones::table.filter(phones::number.eq("74950000109")).select(phones::is_known).first(db));
    assert!(!is_known, "it waits to be described");

    // What another operator has is not taken away.
    let taken = boss.submit("/admin/mango/import", &[("operator_101", &vera.to_string())]).await;
    assert!(taken.text().contains("Не связано: 101"), "{}", taken.text());
}
