//! The pages of admins: accounts are kept, tried, read and shown; secrets stay here.

use callcentre::domain::id::AvitoId;
use callcentre::integrations::avito::fake::Break;
use callcentre::platform::db::schema::{audit_log, avito, avito_readings};
use diesel::prelude::*;
use serde_json::json;

use super::desk;
use super::peers::Peer;
use crate::support::TestApp;
use crate::support::until::until;

fn only_account(app: &TestApp) -> AvitoId {
    app.read(|db| avito::table.select(avito::id).first(db))
}

fn actions(app: &TestApp) -> Vec<String> {
    let of_avito = audit_log::table.filter(audit_log::action.like("avito.%"));
    app.read(|db| of_avito.order(audit_log::id).select(audit_log::action).load(db))
}

#[tokio::test]
async fn an_account_is_added_tried_and_read_and_its_secrets_never_come_back() {
    let fake = desk::fake(&[318_204_577]);
    fake.set(318_204_577, "balance", json!({ "real": 1234.5, "bonus": 150.0 }));
    fake.set(318_204_577, "items", json!([{ "id": 1, "status": "active" }, { "id": 2, "status": "active" }, { "id": 3, "status": "old" }]));
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let (client, secret) = (desk::client_id(318_204_577), desk::client_secret(318_204_577));
    let fields = [
        ("name", "Сергей БТ"),
        ("client_id", client.as_str()),
        ("client_secret", secret.as_str()),
        ("is_active", "1"),
    ];
    let saved = admin.submit("/admin/avito", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let id = only_account(&app);
    let page = admin.get(&format!("/admin/avito/{id}")).await;
    assert!(page.text().contains("Сергей БТ"));
    assert!(!page.body.contains(&secret), "the secret is not sent back");
    let said = admin.hx_submit("avito-said", &format!("/admin/avito/{id}/probe"), &[]).await;
    assert!(said.text().contains("Связь есть") && said.text().contains("318204577"), "{}", said.text());
    let said = admin.hx_submit("avito-said", &format!("/admin/avito/{id}/sync"), &[]).await;
    assert!(said.text().contains("Данные обновлены"), "{}", said.text());
    let list = admin.get("/admin/avito").await.text();
    for words in ["Сергей БТ", "ID 318204577", "подключён", "1 234,50", "бонусы 150"] {
        assert!(list.replace('\u{a0}', " ").contains(words), "{words}: {list}");
    }
    let ads: Option<i64> = app.read(|db| avito::table.find(id).select(avito::ads_count).first(db));
    assert_eq!(ads, Some(2), "only those that are shown");
    let shown = admin
        .hx_submit("avito-secret", &format!("/admin/avito/{id}/reveal"), &[("what", "client_secret")])
        .await;
    assert!(shown.text().contains(&secret));
    assert_eq!(actions(&app), ["avito.create", "avito.probe", "avito.reveal"]);
}

#[tokio::test]
async fn a_call_that_fails_leaves_what_was_read_and_says_so() {
    let fake = desk::fake(&[7]);
    fake.set(7, "balance", json!({ "real": 500, "bonus": 0 }));
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let id = desk::account(&app, 7);
    admin.hx_submit("avito-said", &format!("/admin/avito/{id}/sync"), &[]).await;
    fake.break_next("/balance/", Break::Status(503, "upstream connect error".to_owned()), 3);
    admin.hx_submit("avito-said", &format!("/admin/avito/{id}/sync"), &[]).await;
    let list = admin.get("/admin/avito").await.text().replace('\u{a0}', " ");
    assert!(list.contains("500 ₽") && list.contains("Авито временно недоступен"), "{list}");
    fake.break_next("/core/v1/accounts/self", Break::Status(402, "{}".to_owned()), 1);
    let said = admin.hx_submit("avito-said", &format!("/admin/avito/{id}/probe"), &[]).await;
    assert!(said.text().contains("Нет подписки с API"), "{}", said.text());
    let list = admin.get("/admin/avito").await.text().replace('\u{a0}', " ");
    assert!(list.contains("500 ₽") && list.contains("Нет подписки"), "{list}");
}

#[tokio::test]
async fn a_kept_secret_goes_only_to_where_it_was_entered_for() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let id = desk::account(&app, 7);
    desk::behind(&app, id, ("http", "127.0.0.1", 8000, Some(("я", "пароль"))));
    let client = desk::client_id(7);
    let same = [
        ("name", "Сергей"),
        ("client_id", client.as_str()),
        ("proxy_type", "http"),
        ("proxy_host", "127.0.0.1"),
        ("proxy_port", "8000"),
        ("proxy_login", "я"),
        ("is_active", "1"),
    ];
    let saved = admin.submit(&format!("/admin/avito/{id}"), &same).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    for (field, value, wrong) in [
        ("client_id", "другой", "client_secret"),
        ("proxy_host", "127.0.0.2", "proxy_password"),
        ("proxy_port", "8001", "proxy_password"),
        ("proxy_type", "socks5", "proxy_password"),
        ("proxy_login", "он", "proxy_password"),
    ] {
        let mut fields = same.to_vec();
        fields.iter_mut().filter(|(name, _)| *name == field).for_each(|pair| pair.1 = value);
        let refused = admin.submit(&format!("/admin/avito/{id}"), &fields).await;
        assert_eq!(refused.status, 422, "{field}");
        assert!(refused.body.contains(&format!("avito-{}-error", wrong.replace('_', "-"))), "{field}");
    }
}

#[tokio::test]
async fn an_account_in_use_is_switched_off_and_not_deleted() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let (used, spare) = (desk::account(&app, 7), desk::account(&app, 8));
    app.write(|tx| {
        use callcentre::platform::db::schema::phones;
        let line = (
            phones::number.eq("74950000101"),
            phones::avito_name.eq("Сергей 7"),
            phones::created_at.eq(chrono::DateTime::UNIX_EPOCH.naive_utc()),
        );
        diesel::insert_into(phones::table).values(line).execute(tx.db)
    });
    let refused = admin.submit(&format!("/admin/avito/{used}/delete"), &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Удалить нельзя"), "{}", refused.text());
    assert_eq!(admin.submit(&format!("/admin/avito/{spare}/delete"), &[]).await.status, 303);
    let off = admin
        .submit(&format!("/admin/avito/{used}"), &[("name", "Сергей 7"), ("client_id", &desk::client_id(7))])
        .await;
    assert_eq!(off.status, 303, "{}", off.text());
    assert!(app.app.avito.client(used).await.is_err(), "nothing is asked for it any more");
}

#[tokio::test]
async fn two_accounts_cannot_be_one_profile() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let first = desk::account(&app, 7);
    admin.hx_submit("avito-said", &format!("/admin/avito/{first}/probe"), &[]).await;
    let (client, secret) = (desk::client_id(7), desk::client_secret(7));
    let fields = [
        ("name", "Ещё раз"),
        ("client_id", client.as_str()),
        ("client_secret", secret.as_str()),
        ("is_active", "1"),
    ];
    assert_eq!(admin.submit("/admin/avito", &fields).await.status, 303);
    let second = app.read(|db| avito::table.order(avito::id.desc()).select(avito::id).first::<AvitoId>(db));
    let said = admin.hx_submit("avito-said", &format!("/admin/avito/{second}/probe"), &[]).await;
    assert!(said.text().contains("тот же профиль") && said.text().contains("Сергей 7"), "{}", said.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_read_and_checked_one_after_the_other() {
    let fake = desk::fake(&[7, 8]);
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let squid = Peer::squid(false).await;
    desk::account_behind(&app, 7, ("http", "127.0.0.1", squid.port, None));
    let bad = desk::account_behind(&app, 8, ("http", "127.0.0.1", crate::mail::dovecot::free_port(), None));
    let started = admin.hx_submit("avito-proxies", "/admin/avito/proxies", &[]).await;
    assert_eq!(started.status, 200);
    let statuses = until("both are checked", || {
        let of: Vec<String> =
            app.read(|db| avito::table.order(avito::id).select(avito::proxy_status).load(db));
        (!of.contains(&"unknown".to_owned())).then_some(of)
    })
    .await;
    assert_eq!(statuses, ["works", "error"]);
    let page = admin.get("/admin/avito/proxies").await.text();
    assert!(page.contains("виден как 127.0.0.2") && page.contains("Не принимает соединение"), "{page}");
    admin.hx_submit("avito", "/admin/avito/sync", &[]).await;
    let connections = until("both are read", || {
        let of: Vec<String> =
            app.read(|db| avito::table.order(avito::id).select(avito::connection_status).load(db));
        (!of.contains(&"unknown".to_owned())).then_some(of)
    })
    .await;
    assert_eq!(connections, ["connected", "error"]);
    let asked = fake.asked();
    assert!(asked.iter().all(|asked| asked.peer == "127.0.0.2"), "nothing went straight");
    let errors: Vec<String> = app.read(|db| {
        avito_readings::table.filter(avito_readings::avito_id.eq(bad)).select(avito_readings::error).load(db)
    });
    assert!(errors.iter().all(|error| !error.is_empty()));
    admin.submit("/admin/avito/proxies/straight", &[]).await;
    let straight: Vec<_> = fake.asked().into_iter().filter(|asked| asked.peer == "127.0.0.1").collect();
    assert!(
        straight.len() == 1 && straight[0].path == "/echo",
        "only the echo, and only when asked: {straight:?}"
    );
}

#[tokio::test]
async fn operators_do_not_see_the_accounts() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let operator = app.operator("Анна").await;
    let id = desk::account(&app, 7);
    for path in ["/admin/avito".to_owned(), "/admin/avito/proxies".to_owned(), format!("/admin/avito/{id}")] {
        assert_eq!(operator.get(&path).await.status, 403, "{path}");
    }
    for path in ["reveal", "probe", "sync", "check", "delete"] {
        let answer =
            operator.submit(&format!("/admin/avito/{id}/{path}"), &[("what", "client_secret")]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
}

#[tokio::test]
async fn an_account_is_kept_active_by_one_process_and_says_honestly_how_it_goes() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let second = app.second_process().await;
    let admin = app.admin("Игорь").await;
    let id = desk::account(&app, 7);
    let page = admin.get("/admin/avito/online").await.text();
    assert!(page.contains("выключен") && page.contains("нарушать условия"), "{page}");
    let wrong =
        admin.submit(&format!("/admin/avito/{id}/online"), &[("online_keep_alive_interval", "1")]).await;
    assert_eq!(wrong.status, 400, "not every second");
    let on = [("online_keep_alive_interval", "300"), ("eternal_online_enabled", "1")];
    assert_eq!(admin.submit(&format!("/admin/avito/{id}/online"), &on).await.status, 303);
    let turn = async || {
        let (here, there) = (app.app.clone(), second.app.clone());
        let runtime = tokio::runtime::Handle::current();
        for app in [here, there] {
            let runtime = runtime.clone();
            let turn = tokio::task::spawn_blocking(move || {
                let _entered = runtime.enter();
                callcentre::admin::avito::online::keep_alive(&app)
            });
            turn.await.expect("a thread").expect("a turn");
        }
    };
    turn().await;
    until("the account is active", || {
        app.read(|db| avito::table.find(id).select(avito::is_online).first::<bool>(db)).then_some(())
    })
    .await;
    assert_eq!(fake.count("/chats"), 1, "one request of one process");
    turn().await;
    assert_eq!(fake.count("/chats"), 1, "and no other before its time");
    let page = admin.get("/admin/avito/online").await.text();
    assert!(page.contains("поддерживается") && page.contains("последний успешный запрос"), "{page}");
    fake.break_next("/core/v1/accounts/self", Break::Status(402, "{}".to_owned()), 1);
    app.app.clock.stop_at(app.app.clock.now() + chrono::TimeDelta::seconds(400));
    second.app.clock.stop_at(app.app.clock.now());
    turn().await;
    until("it has failed", || {
        (!app.read(|db| avito::table.find(id).select(avito::is_online).first::<bool>(db))).then_some(())
    })
    .await;
    let page = admin.get("/admin/avito/online").await.text();
    assert!(
        page.contains("ошибка") && page.contains("Нет подписки") && page.contains("последний успешный"),
        "{page}"
    );
}

#[tokio::test]
async fn reviews_are_shown_worst_first_answered_and_rung() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let admin = app.admin("Игорь").await;
    let id = desk::account(&app, 7);
    let now = app.app.clock.unix();
    let review = |number: i64, score: i64, text: &str| {
        json!({
            "id": number, "score": score, "stage": "done", "text": text, "createdAt": now - number, "canAnswer": true,
            "usedInScore": true, "sender": { "name": "Ольга" }, "item": { "id": 1, "title": "Ремонт" }, "answer": null,
        })
    };
    fake.set(7, "rating", json!({ "isEnabled": true, "rating": { "score": 4.8, "reviewsCount": 3 } }));
    fake.set(
        7,
        "reviews",
        json!([
            review(1, 5, "Отлично"),
            review(2, 2, "Не приехал"),
            review(3, 1, "<script>alert(1)</script> ужас"),
        ]),
    );
    let said = admin.hx_submit("avito-said", &format!("/admin/avito/{id}/sync"), &[]).await;
    assert!(said.text().contains("Данные обновлены"), "{}", said.text());
    let page = admin.get("/admin/avito/reviews").await;
    let text = page.text();
    assert!(text.contains("4,80") && text.contains("3 отзыва"), "{text}");
    assert!(!page.body.contains("<script>alert"), "what clients write is text");
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(place("ужас") < place("Не приехал") && place("Не приехал") < place("Отлично"));
    let bell = admin.get("/notices").await.text();
    assert!(bell.contains("2 плохих отзыва"), "{bell}");
    let form = format!("/admin/avito/{id}/reviews/2");
    fake.break_next(
        "/ratings/v1/answers",
        Break::Status(400, r#"{"error":{"code":"validation","message":"мат"}}"#.to_owned()),
        1,
    );
    let refused = admin.submit(&form, &[("text", "Приносим извинения")]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("мат") && refused.body.contains("Приносим извинения"),
        "{}",
        refused.text()
    );
    assert_eq!(admin.submit(&form, &[("text", "Приносим извинения")]).await.status, 303);
    let page = admin.get("/admin/avito/reviews").await.text();
    assert!(page.contains("Приносим извинения") && page.contains("на проверке у Авито"), "{page}");
    assert!(admin.get("/notices").await.text().contains("1 плохой отзыв"));
    assert_eq!(admin.submit(&format!("{form}/remove"), &[]).await.status, 303);
    assert!(!admin.get("/admin/avito/reviews").await.text().contains("Приносим извинения"));
}
