//! The time after a conversation runs, can be lengthened once and ends by itself; what lasts too long is seen.

use callcentre::auth::{queries, work_time};
use callcentre::domain::id::AccountId;
use callcentre::domain::person::WorkStatus;
use callcentre::platform::db::schema::{accounts, after_calls, break_reasons, work_status_log};
use chrono::{DateTime, Duration};
use diesel::prelude::*;

use crate::mango::{finished_call, set_up};
use crate::support::TestApp;

const STATUS: &str = "/profile/work-status";

#[tokio::test(flavor = "multi_thread")]
async fn the_time_after_a_conversation_ends_by_itself_and_can_be_lengthened_once() {
    let app = TestApp::start().await;
    set_up(&app);
    let boss = app.admin("Ольга").await;
    let anna = app.operator("Анна").await;
    let id: AccountId =
        app.read(|db| accounts::table.filter(accounts::name.eq("Анна")).select(accounts::id).first(db));
    app.write(|tx| {
        use callcentre::platform::db::schema::callcentre_operator as operators;
        diesel::update(operators::table).set(operators::extension.eq(None::<String>)).execute(tx.db)?;
        diesel::update(operators::table.find(id)).set(operators::extension.eq("101")).execute(tx.db)
    });
    let start = DateTime::from_timestamp(1_772_431_500, 0).expect("a moment").naive_utc();
    app.app.clock.stop_at(start);
    anna.submit(STATUS, &[("status_work", "online")]).await;
    let at = |seconds: i64| start.and_utc().timestamp() + seconds;
    let waits = async || anna.get(STATUS).await.has("[data-until]");

    // Nothing is set: nothing runs.
    app.app.clock.stop_at(start + Duration::seconds(40));
    finished_call(&app, "79000000001", "one", at(1), 20, false).await;
    assert!(!waits().await);
    assert_eq!(boss.submit("/admin/time-sheet/after-call", &[("seconds", "5000")]).await.status, 400);
    boss.submit("/admin/time-sheet/after-call", &[("seconds", "60")]).await;
    assert!(boss.get("/admin/time-sheet").await.has("#after-call[value='60']"));

    // 100 + 5 + 20: over at 125.
    app.app.clock.stop_at(start + Duration::seconds(130));
    finished_call(&app, "79000000002", "two", at(100), 20, false).await;
    let status = anna.get(STATUS).await;
    assert!(status.text_of(".presence").contains("После звонка"), "{}", status.text());
    assert_eq!(status.attr("[data-until]", "data-until"), Some(at(185).to_string()));
    assert!(boss.get("/admin/wallboard").await.has("[data-operator-state=after-call][data-amber]"));
    let longer = anna.hx_submit("work-status", "/profile/after-call", &[("do", "lengthen")]).await;
    assert_eq!(longer.attr("[data-until]", "data-until"), Some(at(245).to_string()));
    assert!(!longer.has("button[value=lengthen]"));
    assert_eq!(anna.submit("/profile/after-call", &[("do", "lengthen")]).await.status, 400, "once");

    // A repeated event of the same call begins nothing anew; the end is the end.
    app.app.clock.stop_at(start + Duration::seconds(250));
    work_time::end_run_out(&app.app).expect("ended");
    finished_call(&app, "79000000002", "two", at(100), 20, false).await;
    assert!(!waits().await, "back by itself");
    assert!(anna.get(STATUS).await.text_of(".presence").contains("Онлайн"));
    let ended: Vec<Option<chrono::NaiveDateTime>> =
        app.read(|db| after_calls::table.select(after_calls::ended_at).load(db));
    assert_eq!(ended, [Some(start + Duration::seconds(245))], "at its end, not when somebody looked");

    // «Готов» ends it at once; the time at work was never interrupted.
    app.app.clock.stop_at(start + Duration::seconds(330));
    finished_call(&app, "79000000003", "three", at(300), 20, false).await;
    assert!(waits().await);
    let ready = anna.hx_submit("work-status", "/profile/after-call", &[("do", "end")]).await;
    assert!(!ready.has("[data-until]"));
    let stretches: i64 = app.read(|db| work_status_log::table.count().get_result(db));
    assert_eq!(stretches, 1, "one stretch online");

    // Whoever has left notes nothing more.
    app.app.clock.stop_at(start + Duration::seconds(400));
    anna.submit(STATUS, &[("status_work", "offline")]).await;
    finished_call(&app, "79000000004", "four", at(380), 20, false).await;
    assert!(!waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_longer_than_its_reason_allows_is_seen_by_the_person_and_the_admin() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let anna = app.operator("Анна Белова").await;
    boss.submit("/admin/lists/breaks", &[("name", "Обед"), ("limit_minutes", "много")]).await;
    assert_eq!(app.read(|db| break_reasons::table.count().get_result::<i64>(db)), 0);
    boss.submit("/admin/lists/breaks", &[("name", "Обед"), ("limit_minutes", "30")]).await;
    let start = app.app.clock.now();
    app.app.clock.stop_at(start);
    anna.submit(STATUS, &[("status_work", "break"), ("reason", "Обед")]).await;
    let own = anna.get(STATUS).await;
    let (since, limit) = (start.and_utc().timestamp(), 30 * 60);
    assert_eq!(own.attr(".presence", "data-amber"), Some((since + limit).to_string()));
    assert_eq!(own.attr(".presence", "data-red"), Some((since + limit * 3 / 2).to_string()));
    assert!(boss.get("/admin/wallboard").await.has("[data-operator-state=break][data-red]"));

    app.app.clock.stop_at(start + Duration::minutes(31));
    assert!(boss.get("/admin").await.text().contains("дольше 30 мин"));
    assert!(
        !boss.get("/notices").await.text().contains("перерыв «Обед»"),
        "amber is the person's own matter"
    );
    app.app.clock.stop_at(start + Duration::minutes(46));
    let bell = boss.get("/notices").await;
    assert!(bell.text().contains("Белова А.: перерыв «Обед» 46 мин, положено 30 мин"), "{}", bell.text());
    assert!(!anna.get("/notices").await.text().contains("положено"));
    app.write(|tx| {
        let id: AccountId =
            accounts::table.filter(accounts::name.eq("Анна Белова")).select(accounts::id).first(tx.db)?;
        queries::set_work_status(tx, id, WorkStatus::Online, None, start + Duration::minutes(47))
    });
    assert!(!boss.get("/notices").await.text().contains("положено"), "over with the break");
}
