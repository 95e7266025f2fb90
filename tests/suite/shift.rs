//! The end of a shift: what one has under way goes to a colleague or to everybody, and is never nobody's.

use callcentre::domain::id::{AccountId, CallbackId, HandoverId};
use callcentre::platform::db::schema::{accounts, audit_log, callbacks, drafts, handovers, slot_holds};
use callcentre::shift;
use chrono::Duration;
use diesel::prelude::*;

use crate::support::{Client, TestApp};

const STATUS: &str = "/profile/work-status";

fn id_of(app: &TestApp, name: &str) -> AccountId {
    app.read(|db| accounts::table.filter(accounts::name.eq(name)).select(accounts::id).first(db))
}

async fn promise(client: &Client, number: &str) {
    let sent = [("number", number), ("in", "60")];
    assert_eq!(client.hx_submit("dialog", "/telephony/callbacks", &sent).await.status, 204);
}

async fn type_order(client: &Client, key: &str) {
    let fields = [("request_key", key), ("phone", "+7 900 000-00-05"), ("problem", "течёт")];
    assert_eq!(client.submit("/orders/draft/phone-79000000005", &fields).await.status, 204);
}

fn owners(app: &TestApp) -> Vec<Option<AccountId>> {
    app.read(|db| {
        let all: Vec<(CallbackId, Option<AccountId>)> =
            callbacks::table.order(callbacks::id).select((callbacks::id, callbacks::owner_id)).load(db)?;
        Ok(all.into_iter().map(|(_, owner)| owner).collect())
    })
}

fn writers(app: &TestApp) -> Vec<AccountId> {
    app.read(|db| {
        drafts::table.filter(drafts::draft_key.eq("phone-79000000005")).select(drafts::account_id).load(db)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_goes_to_a_colleague_who_takes_it_with_one_click() {
    let app = TestApp::start().await;
    let (anna, vera) = (app.operator("Анна Белова").await, app.operator("Вера Гусева").await);
    let (anna_id, vera_id) = (id_of(&app, "Анна Белова"), id_of(&app, "Вера Гусева"));
    anna.submit(STATUS, &[("status_work", "online")]).await;
    promise(&anna, "79000001110").await;
    type_order(&anna, "one").await;

    // Neither way out leaves anything behind unseen.
    let off = anna.submit(STATUS, &[("status_work", "offline")]).await;
    assert_eq!(off.header("location"), "/shift");
    assert_eq!(anna.submit("/logout", &[]).await.header("location"), "/shift");
    let page = anna.get("/shift").await;
    for words in [
        "Перезвонить +7 900 000-11-10",
        "Черновик: новый заказ по номеру",
        "1 обещание, 1 черновик",
        "Вера Гусева",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert_eq!(anna.submit("/shift/end", &[("to", "99999")]).await.status, 400);
    assert!(anna.get(STATUS).await.text().contains("Онлайн"), "nothing is half done");
    anna.submit("/shift/end", &[("to", &vera_id.to_string())]).await;
    assert!(anna.get(STATUS).await.has("[data-status=offline]"));
    assert_eq!(owners(&app), [Some(anna_id)], "hers until it is taken");
    assert!(
        anna.get("/shift").await.has("form[action='/logout']"),
        "what is left with somebody holds nobody"
    );

    let bell = vera.get("/notices").await;
    assert!(bell.text().contains("Белова А. передаёт вам дела"), "{}", bell.text());
    let id: HandoverId = app.read(|db| handovers::table.select(handovers::id).first(db));
    let take = format!("/shift/{id}/take");
    assert!(bell.has(&format!("form[action='{take}']")));
    let igor = app.operator("Игорь").await;
    assert_eq!(igor.submit(&take, &[]).await.status, 404, "offered to somebody else");
    assert_eq!(vera.hx_submit("toasts", &take, &[]).await.status, 204);
    assert_eq!((owners(&app), writers(&app)), (vec![Some(vera_id)], vec![vera_id]));
    assert!(!vera.get("/notices").await.text().contains("передаёт"), "the offer is gone");
    assert!(anna.get("/notices").await.text().contains("Гусева В. принимает ваши дела"));
    assert!(vera.get("/shift").await.has("a[href='/orders/new?phone=79000000005']"));
    vera.submit(&take, &[]).await;
    assert_eq!(owners(&app), [Some(vera_id)], "twice is once");
    let told: Vec<String> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.like("shift.%"))
            .order(audit_log::id)
            .select(audit_log::action)
            .load(db)
    });
    assert_eq!(told, ["shift.hand_over", "shift.take"]);
    assert_eq!(anna.submit("/logout", &[]).await.header("location"), "/login", "nothing holds her any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_takes_in_time_is_everybodys() {
    let app = TestApp::start().await;
    let (anna, vera) = (app.operator("Анна Белова").await, app.operator("Вера Гусева").await);
    let (anna_id, vera_id) = (id_of(&app, "Анна Белова"), id_of(&app, "Вера Гусева"));
    let start = app.app.clock.now();
    app.app.clock.stop_at(start);
    promise(&anna, "79000001110").await;
    type_order(&anna, "one").await;
    type_order(&vera, "another").await;
    let left = anna.submit("/logout", &[("leaving", "on"), ("to", &vera_id.to_string())]).await;
    assert_eq!(left.header("location"), "/login");
    app.app.clock.stop_at(start + Duration::minutes(14));
    shift::look_after(&app.app).expect("looked after");
    assert_eq!(owners(&app), [Some(anna_id)], "in time");
    app.app.clock.stop_at(start + Duration::minutes(16));
    shift::look_after(&app.app).expect("looked after");
    assert_eq!(owners(&app), [None], "everybody's");
    let igor = app.operator("Игорь").await;
    assert!(igor.get("/notices").await.text().contains("Дела для всех: Белова А."));
    assert!(!vera.get("/notices").await.text().contains("передаёт вам"));
    // Two forms of one kind do not fit one person: the second stays with whoever wrote it.
    let id: HandoverId = app.read(|db| handovers::table.select(handovers::id).first(db));
    vera.submit(&format!("/shift/{id}/take"), &[]).await;
    let mut all = writers(&app);
    all.sort();
    assert_eq!(all, [anna_id, vera_id]);
    // Who is back goes on.
    let anna = app.sign_in("Анна Белова").await;
    anna.submit(STATUS, &[("status_work", "online")]).await;
    assert!(anna.get("/shift").await.text().contains("1 черновик"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_time_says_its_day_in_words_and_goes_over_with_the_rest() {
    use callcentre::domain::order::TypeEquipment;
    let app = TestApp::start().await;
    let (anna, vera) = (app.operator("Анна Белова").await, app.operator("Вера Гусева").await);
    let (anna_id, vera_id) = (id_of(&app, "Анна Белова"), id_of(&app, "Вера Гусева"));
    let now: chrono::NaiveDateTime = "2026-11-23T09:00:00".parse().expect("a moment");
    app.app.clock.stop_at(now);
    crate::support::calls::city(&app, "Москва", "Europe/Moscow");
    app.write(|tx| {
        diesel::insert_into(slot_holds::table)
            .values((
                slot_holds::city.eq("Москва"),
                slot_holds::day.eq("2026-11-24"),
                slot_holds::minute.eq(14 * 60 + 30),
                slot_holds::type_equipment.eq(TypeEquipment::Appliances),
                slot_holds::account_id.eq(anna_id),
                slot_holds::expires_at.eq(now + Duration::minutes(10)),
                slot_holds::created_at.eq(now),
            ))
            .execute(tx.db)
    });
    let page = anna.get("/shift").await;
    assert!(page.text().contains("Москва, БТ, завтра в 14:30"), "{}", page.text());
    anna.submit("/shift/end", &[("to", &vera_id.to_string())]).await;
    let id: HandoverId = app.read(|db| handovers::table.select(handovers::id).first(db));
    vera.submit(&format!("/shift/{id}/take"), &[]).await;
    let holder: AccountId = app.read(|db| slot_holds::table.select(slot_holds::account_id).first(db));
    assert_eq!(holder, vera_id);
}
