//! Where Avito delivers to, what no delivery told of, and accounts that say nothing.

use callcentre::chats::queries::sync;
use callcentre::platform::db::schema::{audit_log, avito, chat_sync};
use chrono::Duration;
use diesel::prelude::*;
use reqwest::Method;

use super::desk;
use crate::support::{Page, TestApp};

fn secret(app: &TestApp) -> String {
    let kept: Option<String> = app.read(|db| avito::table.select(avito::webhook_secret).first(db));
    kept.unwrap_or_default()
}

async fn knock(app: &TestApp, secret: &str) -> u16 {
    let request = app.anon().bare(Method::POST, &format!("/webhooks/avito/{secret}"));
    Page::of(request.header("content-type", "application/json").body("{}")).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_for_deliveries_is_told_to_avito_and_the_old_one_is_nobodys() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    app.app.clock.stop_at(app.app.clock.now());
    let (admin, id) = (app.admin("Игорь").await, desk::account(&app, 7));
    let address = format!("/admin/avito/{id}/webhook");
    assert!(admin.get(&format!("/admin/avito/{id}")).await.text().contains("доставок ещё не было"));
    let said = admin.hx_submit("avito-hook", &address, &[]).await;
    assert!(said.text().contains("Авито пишет на новый"), "{}", said.text());
    let first = secret(&app);
    assert!(first.len() >= 32 && !said.body.contains(&first), "nobody reads it off the page");
    assert_eq!(knock(&app, &first).await, 200);
    admin.hx_submit("avito-hook", &address, &[]).await;
    let second = secret(&app);
    assert_ne!(first, second);
    assert_eq!((knock(&app, &first).await, knock(&app, &second).await), (404, 200));
    let told = fake.subscriptions(7);
    assert!(told.len() == 1 && told[0].ends_with(&second), "{told:?}");
    let actions: Vec<String> = app.read(|db| audit_log::table.select(audit_log::action).load(db));
    assert_eq!(actions.iter().filter(|action| *action == "avito.webhook").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_delivery_told_of_is_published() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    app.app.clock.stop_at(app.app.clock.now());
    let (admin, id) = (app.admin("Игорь").await, desk::account(&app, 7));
    let now = app.app.clock.now();
    app.write(|tx| {
        sync::of(tx.db, id)?;
        sync::note_import(tx.db, id, 4, 4, true)?;
        sync::note_polled(tx.db, id, true, 3, now)
    });
    let page = admin.get("/admin/avito").await.text();
    for words in ["Потеряно вебхуком, найдено сверкой: 3", "сверены"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(admin.get("/metrics").await.body.contains("callcentre_avito_found 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_silent_is_named_in_the_header_until_it_speaks() {
    let fake = desk::fake(&[]);
    let app = desk::app(&fake, &[]).await;
    let now = app.app.clock.now();
    app.app.clock.stop_at(now);
    let anna = app.operator("Анна").await;
    let ids: Vec<_> = (1..=4).map(|n| desk::account(&app, n)).collect();
    let silent = |ids: &[callcentre::domain::id::AvitoId], minutes: i64| {
        app.write(|tx| {
            for id in ids {
                sync::of(tx.db, *id)?;
                sync::note_error(tx.db, *id, "Прокси не отвечает.", now - Duration::minutes(minutes))?;
            }
            Ok(())
        });
    };
    silent(&ids[..1], 2);
    assert!(!anna.get("/notices").await.text().contains("Авито"), "a short silence is none");
    app.write(|tx| diesel::delete(chat_sync::table).execute(tx.db));
    silent(&ids[..1], 20);
    silent(&ids[..1], 1);
    let header = anna.get("/notices").await;
    assert!(
        header.text_of(".bell__stale").contains("Авито «Сергей 1»: прокси не отвечает, с"),
        "{}",
        header.body
    );
    silent(&ids, 20);
    let header = anna.get("/notices").await.text_of(".bell__stale");
    assert!(header.contains("Авито: нет связи с 4 аккаунтами, с"), "{header}");
    app.write(|tx| {
        diesel::update(avito::table.filter(avito::id.ne(ids[1])))
            .set(avito::is_active.eq(false))
            .execute(tx.db)
    });
    let header = anna.get("/notices").await.text_of(".bell__stale");
    assert!(header.contains("«Сергей 2»"), "one that is switched off is not missed: {header}");
    app.write(|tx| sync::note_polled(tx.db, ids[1], true, 0, now));
    assert!(!anna.get("/notices").await.has(".bell__stale"));
}
