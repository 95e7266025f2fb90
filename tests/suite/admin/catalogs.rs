//! Catalogs: cities, campaigns, Avito accounts, and what hangs on their names.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_renaming_follows_into_orders_calls_and_lines() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    fill(&admin, "refusals", &[("name", "Дорого")]).await;
    let (open, refused) = (order(&app, "Ожидает"), order(&app, "Отказ"));
    admin.submit("/admin/phones", &[("number", "79001234567"), ("rk", "Авито"), ("city", "Саратов")]).await;

    let rename = async |kind: Kind, old: &str, new: &str| {
        let path = format!("/admin/lists/{kind}/{}", id_of(&app, kind, old));
        let fields = [("name", new), ("is_active", "on"), ("time_zone", "Europe/Saratov")];
        let page = admin.submit(&path, &fields).await;
        assert_eq!(page.status, 303, "{}", page.text());
    };
    rename(Kind::Campaigns, "Авито", "Авито Плюс").await;
    rename(Kind::Cities, "Саратов", "Энгельс").await;
    rename(Kind::Refusals, "Дорого", "Слишком дорого").await;

    let names: (String, String) =
        app.read(|db| orders::table.find(open).select((orders::rk, orders::city)).first(db));
    assert_eq!(names, ("Авито Плюс".to_owned(), "Энгельс".to_owned()));
    let reason: Option<String> =
        app.read(|db| orders::table.find(refused).select(orders::refusal_reason).first(db));
    assert_eq!(reason.as_deref(), Some("Слишком дорого"));
    let line: (Option<String>, Option<String>) =
        app.read(|db| phones::table.select((phones::rk, phones::city)).first(db));
    assert_eq!(line, (Some("Авито Плюс".to_owned()), Some("Энгельс".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_is_switched_off_and_not_deleted() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    fill(&admin, "refusals", &[("name", "Дорого")]).await;
    fill(&admin, "avito", &[("name", "Лишний")]).await;
    admin.submit("/admin/employees", &with(&ANNA, &[("cities", "Саратов")])).await;
    order(&app, "Отказ");
    for (kind, name) in [(Kind::Campaigns, "Авито"), (Kind::Cities, "Саратов"), (Kind::Refusals, "Дорого")]
    {
        let path = format!("/admin/lists/{kind}/{}", id_of(&app, kind, name));
        let kept = admin.hx_submit("dialog", &format!("{path}/delete"), &[]).await;
        assert_eq!(kept.status, 422, "{kind}");
        assert!(kept.text_of(".callout--bad").contains("Удалить нельзя"), "{}", kept.text());
        assert_eq!(admin.submit(&format!("{path}/active"), &[("active", "off")]).await.status, 303);
    }
    let new = admin.get("/admin/phones/new").await;
    assert!(!new.has("#phone-rk option[value='Авито']"), "switched off: not offered");
    let spare = format!("/admin/lists/avito/{}/delete", id_of(&app, Kind::Avito, "Лишний"));
    assert_eq!(admin.submit(&spare, &[]).await.status, 303);
    assert!(!admin.get("/admin/lists").await.text_of("main").contains("Лишний"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_only_looks_different_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    fill(&admin, "campaigns", &[("name", "Чёрный список")]).await;
    let twin = admin.hx_submit("dialog", "/admin/lists/campaigns", &[("name", " черный  СПИСОК ")]).await;
    assert_eq!(twin.status, 422);
    assert!(twin.text_of("#item-name-error").contains("Чёрный список"));
    assert_eq!(twin.attr("#item-name", "value").as_deref(), Some("черный  СПИСОК"));
    fill(&admin, "breaks", &[("name", "Чёрный список")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clock_keeps_the_promised_hour_of_open_visits() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let (open, closed) = (order(&app, "Принял"), order(&app, "Отказ"));
    let path = format!("/admin/lists/cities/{}", id_of(&app, Kind::Cities, "Саратов"));
    let wrong =
        admin.submit(&path, &[("name", "Саратов"), ("time_zone", "Саратов"), ("is_active", "on")]).await;
    assert_eq!((wrong.status, wrong.has("#item-time-zone-error")), (422, true));
    let zone = [("name", "Саратов"), ("time_zone", "Asia/Yekaterinburg"), ("is_active", "on")];
    assert_eq!(admin.submit(&path, &zone).await.status, 303);

    let visit = |id: i64| -> (NaiveDateTime, String, i32, i64) {
        app.read(|db| {
            orders::table
                .find(id)
                .select((
                    orders::date_meeting,
                    orders::meeting_day,
                    orders::meeting_minute,
                    orders::list_time,
                ))
                .first(db)
        })
    };
    let moved = at("2026-11-24T05:30:00");
    assert_eq!(visit(open), (moved, "2026-11-24".to_owned(), 630, moved.and_utc().timestamp()));
    assert_eq!(visit(closed).0, at("2026-11-24T06:30:00"), "a closed order is history");
    let zone: String = app.read(|db| cities::table.select(cities::time_zone).first(db));
    assert_eq!(zone, "Asia/Yekaterinburg");
    assert!(admin.get("/admin/lists").await.text().contains("Екатеринбург, UTC+5, на 2 часа впереди Москвы"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_filled_with_usual_names_once() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let before = admin.get("/admin/lists").await;
    assert!(before.text_of("#list-campaigns").contains("Заполнить обычными значениями"));
    assert!(!before.text_of("#list-cities").contains("Заполнить"));
    for _ in 0..2 {
        for kind in ["campaigns", "refusals", "non-orders", "breaks"] {
            assert_eq!(admin.submit(&format!("/admin/lists/{kind}/usual"), &[]).await.status, 303);
        }
    }
    let page: Page = admin.get("/admin/lists").await;
    for (kind, count) in [("campaigns", 4), ("refusals", 4), ("non-orders", 5), ("breaks", 3)] {
        assert_eq!(page.count(&format!("#list-{kind} li")), count, "{kind}");
    }
    assert!(!page.text_of("#list-breaks").contains("Заполнить"));
}
