//! The wallboard and the bell say what is so, and nothing when all is well.

use callcentre::auth::queries as accounts;
use callcentre::domain::person::{Role, WorkStatus};
use callcentre::platform::db::schema::{callcentre_operator, mango};
use chrono::Duration;
use diesel::prelude::*;

use crate::mango::{Sender, set_up};
use crate::support::TestApp;
use crate::support::calls::{at, call};

#[tokio::test(flavor = "multi_thread")]
async fn the_board_shows_who_waits_who_talks_and_how_the_day_goes() {
    let app = TestApp::start().await;
    app.app.clock.stop_at(at("2026-11-23T12:00:00"));
    let boss = app.admin("Ольга").await;
    let anna = app.create_account(Role::Operator, "Анна Белова");
    app.create_account(Role::Operator, "Вера Гусева");
    let now = app.app.clock.now();
    app.write(|tx| {
        diesel::update(callcentre_operator::table.find(anna))
            .set(callcentre_operator::extension.eq("101"))
            .execute(tx.db)?;
        accounts::set_work_status(tx, anna, WorkStatus::Online, None, now)
    });
    let empty = boss.get("/admin/wallboard").await;
    assert!(
        empty.text().contains("Сейчас звонков нет")
            && empty.text_of("#wallboard").contains("Уровень сервиса—")
    );
    call("79000000001", "2026-11-23T11:59:00").live("talking", &[("101", "talking")]).put(&app);
    call("79000000002", "2026-11-23T11:59:30").live("ringing", &[]).put(&app);
    call("79000000003", "2026-11-23T10:00:00").answered(Some(anna), 60).put(&app);
    call("79000000004", "2026-11-23T10:30:00").put(&app);
    callcentre::debts::look_after(&app.app).expect("looked after");
    let board = boss.hx_get("wallboard", "/admin/wallboard").await;
    assert!(board.is_fragment());
    let text = board.text();
    assert!(text.contains("Ждут ответа1") && text.contains("Разговоров1"), "{text}");
    assert!(text.contains("Уровень сервиса66 %"), "whoever talks now was answered too: {text}");
    assert!(text.contains("Не перезвонили1") && text.contains("старшему 1 ч 30 мин"), "{text}");
    let operators = board.texts("[data-operator-state]");
    assert!(operators[0].contains("Анна Белова 101") && operators[0].contains("Разговор"), "{operators:?}");
    assert!(operators[1].contains("Вера Гусева") && operators[1].contains("Оффлайн"), "{operators:?}");
    assert_eq!(app.sign_in("Анна Белова").await.get("/admin/wallboard").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_rings_for_what_has_to_be_looked_after() {
    let app = TestApp::start().await;
    set_up(&app);
    let boss = app.admin("Ольга").await;
    let anna = app.operator("Анна").await;
    assert!(boss.get("/notices").await.text().contains("уведомлений нет"));
    // The salt was changed in the cabinet.
    Sender::to(&app).post("/events/call", &[("sign", "x"), ("json", "{}")]).await;
    Sender::to(&app).deliver("/events/call", "{}").await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("a drained inbox");
    let bell = boss.get("/notices").await;
    assert!(
        bell.text().contains("подпись не подошла") && bell.text().contains("Не обработано: 1 событие"),
        "{}",
        bell.text()
    );
    assert_eq!(bell.attr("#menu-bell a", "href").as_deref(), Some("/admin/mango"));
    assert!(!anna.get("/notices").await.text().contains("подпись"), "not her business");

    // Silence by day is said to everybody, at night to nobody.
    let last = at("2026-11-23T09:00:00");
    app.write(|tx| diesel::update(mango::table).set(mango::received_at.eq(last)).execute(tx.db));
    app.app.clock.stop_at(last + Duration::minutes(190));
    let bell = anna.get("/notices").await;
    assert!(bell.text_of(".bell__stale").contains("Телефония молчит 3 ч 10 мин"), "{}", bell.text());
    assert!(!bell.has(".bell-item a"), "an operator is told and cannot mend it");
    app.app.clock.stop_at(at("2026-11-23T23:00:00"));
    assert!(!anna.get("/notices").await.has(".bell__stale"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_tells_of_lost_recordings_and_of_work_that_fails() {
    let app = TestApp::start().await;
    set_up(&app);
    let boss = app.admin("Ольга").await;
    let now = app.app.clock.now();
    let [lost, fine] = ["79000001110", "79000001111"].map(|number| {
        crate::support::calls::call(number, "2026-11-23T09:00:00").answered(None, 30).put(&app)
    });
    app.write(|tx| {
        use callcentre::platform::db::schema::{jobs, recordings};
        for (call, state) in [(lost, "failed"), (fine, "ready")] {
            diesel::insert_into(recordings::table)
                .values((
                    recordings::call_id.eq(call),
                    recordings::mango_recording_id.eq(format!("recording-{call}")),
                    recordings::source.eq("api"),
                    recordings::state.eq(state),
                    recordings::created_at.eq(now),
                ))
                .execute(tx.db)?;
        }
        diesel::insert_into(jobs::table)
            .values((jobs::name.eq("reconcile"), jobs::state.eq("dead"), jobs::run_at.eq(now)))
            .execute(tx.db)
    });
    let look = || callcentre::schedule::run_now(&app.app, "states").expect("a look at what lasts");
    look();
    let bell = boss.get("/notices").await;
    assert!(bell.text().contains("Не получено за неделю: 1 запись"), "{}", bell.text());
    assert!(bell.text().contains("Не удаётся: сверка звонков с Mango"), "{}", bell.text());
    let way = bell.attr("#menu-bell a", "href").expect("where to");
    let list = boss.get(&way).await;
    assert!(list.has(&format!("#call-{lost}")) && !list.has(&format!("#call-{fine}")), "{}", list.text());
    app.write(|tx| {
        use callcentre::platform::db::schema::{jobs, recordings};
        let before = now - Duration::days(8);
        diesel::update(recordings::table).set(recordings::created_at.eq(before)).execute(tx.db)?;
        diesel::update(jobs::table).set(jobs::run_at.eq(before)).execute(tx.db)
    });
    look();
    assert!(boss.get("/notices").await.text().contains("уведомлений нет"), "old and over");
}
