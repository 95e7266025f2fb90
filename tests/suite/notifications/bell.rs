//! What has happened rings for those whom it concerns, once, until they have read it.

use callcentre::platform::db::schema::{notification_keys, notifications};
use chrono::Duration;
use diesel::prelude::*;

use super::{account, look, miss};
use crate::support::TestApp;
use crate::support::orders::{make, office};

#[tokio::test(flavor = "multi_thread")]
async fn missed_calls_ring_once_together_and_again_when_there_are_more() {
    let app = TestApp::start().await;
    crate::support::world::found(&app);
    app.app.clock.stop_at(app.app.clock.now());
    let (anna, vera) = (app.operator("Анна").await, app.operator("Вера").await);
    let old = miss(&app, "79000001100");
    // As at the first look of an installation.
    app.write(|tx| callcentre::platform::settings::remove(tx.db, "notifications.looked"));
    look(&app).await;
    assert!(anna.get("/notices").await.text().contains("уведомлений нет"), "what was there is no news");

    let first = miss(&app, "79000001101");
    let other = app.second_process().await;
    other.app.clock.stop_at(app.app.clock.now());
    tokio::join!(look(&app), look(&other));
    look(&app).await;
    let bell = anna.get("/notices").await;
    assert_eq!(bell.count(".bell-item.is-new"), 1, "{}", bell.text());
    assert!(bell.text().contains("Пропущенный звонок") && bell.text().contains("Саратов"), "{}", bell.text());
    assert_eq!(bell.attr("#bell", "data-newest-notice").as_deref(), Some("0"), "nobody asked for a sound");

    let way = bell.attr(".bell-item a", "href").expect("where to");
    let opened = anna.get(&way).await;
    assert_eq!((opened.status, opened.header("location")), (303, format!("/calls/{first}").as_str()));
    assert!(anna.get("/notices").await.text().contains("уведомлений нет"), "she has read it");
    assert!(anna.get("/notices?all=on").await.text().contains("Пропущенный звонок"), "and finds it again");
    assert_eq!(vera.get("/notices").await.count(".bell-item.is-new"), 1, "she has not");
    assert!(old < first);

    // Two more belong to the same burst, and are news to both.
    miss(&app, "79000001102");
    miss(&app, "79000001103");
    look(&app).await;
    for client in [&anna, &vera] {
        let bell = client.get("/notices").await;
        assert_eq!(bell.count(".bell-item.is-new"), 1, "{}", bell.text());
        assert!(bell.text().contains("3 пропущенных звонка"), "{}", bell.text());
    }
    assert_eq!(anna.submit("/notices/read", &[]).await.status, 303);
    assert!(anna.get("/notices").await.text().contains("уведомлений нет"));

    // Vera does not want to hear of calls, Anna wants to hear them with a sound.
    let kinds = [("rings", "chat"), ("rings", "source")];
    assert_eq!(vera.submit("/profile/notices", &kinds).await.status, 303);
    assert_eq!(
        anna.submit("/profile/notices", &[("rings", "missed"), ("sounds", "missed")]).await.status,
        303
    );
    app.app.clock.stop_at(app.app.clock.now() + Duration::minutes(11));
    miss(&app, "79000001104");
    look(&app).await;
    assert!(!vera.get("/notices").await.text().contains("ропущенн"));
    let bell = anna.get("/notices").await;
    assert!(bell.text().contains("Пропущенный звонок"), "a new burst: {}", bell.text());
    assert_ne!(bell.attr("#bell", "data-newest-notice").as_deref(), Some("0"));
    let profile = vera.get("/profile").await;
    assert_eq!(profile.count("[name=rings][checked]"), 2, "{}", profile.text_of("#notices"));

    // Nothing is kept for ever.
    app.app.clock.stop_at(app.app.clock.now() + Duration::days(31));
    callcentre::schedule::run_now(&app.app, "clean-up").expect("done");
    let left: (i64, i64) = app.read(|db| {
        Ok((notifications::table.count().get_result(db)?, notification_keys::table.count().get_result(db)?))
    });
    assert_eq!(left, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_visit_is_told_to_whoever_took_the_order_and_to_admins_and_not_to_who_moved_it() {
    let (app, _) = office().await;
    let (vera, boris) = (app.operator("Вера Гусева").await, app.operator("Борис Котов").await);
    let boss = app.admin("Ольга").await;
    look(&app).await;
    let order = make(&app, account(&app, "Вера Гусева"), |_| {});
    let path = format!("/orders/{order}");
    let version = boris.get(&path).await.attr("[name=version]", "value").expect("a version");
    let moved =
        [("version", version.as_str()), ("date_meeting", "2026-11-25T17:30"), ("overbook_reason", "просил")];
    let saved = boris.submit(&path, &moved).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    look(&app).await;
    let said = format!("Встреча по № {order} перенесена");
    let bell = vera.get("/notices").await.text();
    assert!(bell.contains(&said) && bell.contains("на 25.11 17:30"), "{bell}");
    assert!(bell.contains("Котов Б."), "{bell}");
    assert!(boss.get("/notices").await.text().contains(&said));
    assert!(!boris.get("/notices").await.text().contains(&said), "he knows");
    let strange = app.operator("Зоя Лисина").await;
    assert!(!strange.get("/notices").await.text().contains(&said), "not her order");
    let id: i64 = app.read(|db| {
        notifications::table.filter(notifications::kind.eq("moved")).select(notifications::id).first(db)
    });
    assert_eq!(strange.get(&format!("/notices/{id}")).await.status, 404);
}
