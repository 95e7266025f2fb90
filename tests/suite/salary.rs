//! Salary: every line says what earned it, closed months stand still, and what is done to money is in the journal.

use callcentre::domain::id::AccountId;
use callcentre::domain::order::StatusOrder;
use callcentre::domain::person::{Role, WorkStatus};
use callcentre::platform::db::schema::{audit_log, work_status_log};
use diesel::prelude::*;

use crate::support::orders::{at, make, office};
use crate::support::{Client, TestApp, calls::call};

fn worked(app: &TestApp, who: AccountId, from: &str, to: Option<&str>, status: WorkStatus) {
    let (from, to) = (at(from), to.map(at));
    app.write(move |tx| {
        diesel::insert_into(work_status_log::table)
            .values((
                work_status_log::account_id.eq(who),
                work_status_log::status_work.eq(status),
                work_status_log::started_at.eq(from),
                work_status_log::ended_at.eq(to),
            ))
            .execute(tx.db)
    });
}

const SCHEME: [(&str, &str); 8] = [
    ("name", "Оператор"),
    ("from", "2026-10-01"),
    ("hour", "150"),
    ("accepted", "8"),
    ("accepted_seconds", "10"),
    ("ordered", "60"),
    ("done", "120"),
    ("percent", "2,5"),
];

async fn agreed(boss: &Client) {
    let saved = boss.submit("/admin/salary/schemes", &SCHEME).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

/// Anna works in November: 4 h 20 min and a shift that runs, two calls of which one counts, two orders, one done.
fn november(app: &TestApp, anna: AccountId) {
    worked(app, anna, "2026-11-20T06:00:00", Some("2026-11-20T10:20:00"), WorkStatus::Online);
    worked(app, anna, "2026-11-20T10:20:00", Some("2026-11-20T11:00:00"), WorkStatus::Break);
    // It is 12:00 UTC on the 23rd.
    worked(app, anna, "2026-11-23T11:00:00", None, WorkStatus::Online);
    call("79000000001", "2026-11-20T09:00:00").answered(Some(anna), 9).put(app);
    call("79000000002", "2026-11-20T09:30:00").answered(Some(anna), 60).put(app);
    make(app, anna, |new| new.created_at = at("2026-11-20T09:35:00"));
    make(app, anna, |new| {
        new.created_at = at("2026-11-20T09:40:00");
        new.status = StatusOrder::NoOrder;
        new.closed_at = Some(at("2026-11-20T09:50:00"));
    });
    make(app, anna, |new| {
        new.created_at = at("2026-11-02T09:00:00");
        new.status = StatusOrder::Done;
        new.closed_at = Some(at("2026-11-21T09:00:00"));
        new.result = Some(500_000);
        new.expenditure = Some(120_050);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_earned_every_line_from_the_first_hour() {
    let (app, anna) = office().await;
    let boss = app.admin("Ольга").await;
    let hers = app.sign_in("Анна Белова").await;
    assert!(hers.get("/salary").await.text().contains("пока ничего не начислено"));
    agreed(&boss).await;
    november(&app, anna);
    let sheet = hers.get("/salary").await;
    let lines = sheet.texts(".salary__line summary");
    let text = lines.join("\n");
    // 5 h 20 min × 150 = 800, one call 8, two orders 120, one done 120, 2,5 % of 3 799,50 = 94,99.
    assert!(text.contains("5 ч 20 мин × 150 ₽ 800 ₽"), "{text}");
    assert!(text.contains("1 × 8 ₽ 8 ₽") && text.contains("2 × 60 ₽ 120 ₽"), "{text}");
    assert!(text.contains("1 × 120 ₽ 120 ₽") && text.contains("3 799,50 ₽ × 2,5 % 94,99 ₽"), "{text}");
    assert_eq!(sheet.text_of("#salary-total"), "1 142,99 ₽");
    assert!(sheet.text_of("[aria-labelledby=salary-scheme]").contains("Час онлайн 150 ₽"));
    let items = sheet.texts(".salary__items").join("\n");
    assert!(
        items.contains("4 ч 20 мин: 09:00–13:20") && items.contains("1 ч 0 мин: 14:00–сейчас"),
        "{items}"
    );
    assert!(items.contains("1 звонок, короче 10 с: 1"), "{items}");
    assert!(text.contains("1 незаказ не в счёт"), "{text}");
    assert_eq!(
        hers.hx_get("salary", "/salary").await.text_of("#salary-total"),
        "1 142,99 ₽",
        "the part alone"
    );
    let links = sheet.links(".salary__items a");
    assert!(links.iter().any(|(_, href)| href.starts_with("/orders/")), "{links:?}");
    for (_, href) in &links {
        assert_eq!(hers.get(href).await.status, 200, "{href}");
    }
    assert!(!sheet.body.contains("style="), "the policy refuses styles");
    // Nobody else's.
    let vera = app.create_account(Role::Operator, "Вера Гусева");
    assert_eq!(hers.get(&format!("/admin/salary/{vera}")).await.status, 403);
    assert_eq!(app.sign_in("Вера Гусева").await.get("/salary").await.text_of("#salary-total"), "0 ₽");
    assert_eq!(boss.get("/salary").await.status, 403);
    let own = boss.get(&format!("/admin/salary/{anna}")).await;
    assert_eq!(own.text_of("#salary-total"), "1 142,99 ₽");
    assert!(boss.get("/admin/salary").await.text_of(&format!("#salary-{anna}")).contains("1 142,99 ₽"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fines_have_a_reason_and_are_taken_back_with_a_trace() {
    let (app, anna) = office().await;
    let boss = app.admin("Ольга").await;
    let page = format!("/admin/salary/{anna}");
    let fine = |reason: &'static str, amount: &'static str| {
        [("kind", "fine"), ("day", "2026-11-20"), ("amount", amount), ("reason", reason)]
    };
    let without = boss.submit(&page, &fine("", "500")).await;
    assert_eq!(without.status, 422);
    assert!(without.text().contains("Напишите причину"), "{}", without.text());
    assert_eq!(without.attr("#entry-amount", "value").as_deref(), Some("500"), "what was typed stays");
    assert_eq!(boss.submit(&page, &fine("опоздание", "много")).await.status, 422);
    assert_eq!(boss.submit(&page, &fine("опоздание", "500")).await.status, 303);
    let sheet = app.sign_in("Анна Белова").await.get("/salary").await;
    assert_eq!(sheet.text_of("#salary-total"), "−500 ₽");
    assert!(sheet.text_of(".salary__items").contains("опоздание"));
    let remove =
        boss.get(&page).await.attr(".salary__entries form", "action").expect("a way to take it back");
    assert_eq!(boss.submit(&remove, &[]).await.status, 303);
    assert_eq!(boss.submit(&remove, &[]).await.status, 404, "once only");
    assert!(boss.get(&page).await.text_of(".salary__entries").contains("снято"));
    assert_eq!(app.sign_in("Анна Белова").await.get("/salary").await.text_of("#salary-total"), "0 ₽");
    let told: Vec<(String, String)> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.like("salary.%"))
            .order(audit_log::id)
            .select((audit_log::action, audit_log::detail))
            .load(db)
    });
    assert_eq!(
        told.iter().map(|(action, _)| action.as_str()).collect::<Vec<_>>(),
        ["salary.entry", "salary.entry_removed"]
    );
    assert!(told[0].1.contains("−500 ₽") && told[0].1.contains("опоздание"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_month_stands_still_until_it_is_opened_with_a_reason() {
    let (app, anna) = office().await;
    let boss = app.admin("Ольга").await;
    agreed(&boss).await;
    november(&app, anna);
    let month = [("month", "2026-11")];
    assert_eq!(boss.submit("/admin/salary/close", &month).await.status, 409, "it runs still");
    assert!(boss.get("/admin/salary?month=2026-11").await.has("button[disabled]"));
    app.write(|tx| {
        diesel::update(work_status_log::table.filter(work_status_log::ended_at.is_null()))
            .set(work_status_log::ended_at.eq(at("2026-11-23T12:00:00")))
            .execute(tx.db)
    });
    app.app.clock.stop_at(at("2026-12-01T06:00:00"));
    let boss = app.sign_in("Ольга").await;
    assert_eq!(boss.submit("/admin/salary/close", &month).await.status, 303);
    assert_eq!(boss.submit("/admin/salary/close", &month).await.status, 409, "once only");
    let sum = |page: crate::support::Page| page.text_of("#salary-sum");
    assert_eq!(sum(boss.get("/admin/salary?month=2026-11").await), "1 142,99 ₽");

    // Late work, dearer rates, further fines: none of it touches what was paid.
    worked(&app, anna, "2026-11-25T06:00:00", Some("2026-11-25T10:00:00"), WorkStatus::Online);
    let fine = [("kind", "fine"), ("day", "2026-11-20"), ("amount", "500"), ("reason", "поздно")];
    assert_eq!(boss.submit(&format!("/admin/salary/{anna}"), &fine).await.status, 409);
    let mut dearer = SCHEME.to_vec();
    dearer[1] = ("from", "2026-11-10");
    dearer[2] = ("hour", "300");
    let refused = boss.submit("/admin/salary/schemes", &dearer).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Ноябрь 2026 уже закрыт"), "{}", refused.text());
    assert_eq!(sum(boss.get("/admin/salary?month=2026-11").await), "1 142,99 ₽");
    let hers = app.sign_in("Анна Белова").await;
    let sheet = hers.get("/salary?month=2026-11").await;
    assert_eq!(sheet.text_of("#salary-total"), "1 142,99 ₽");
    assert!(
        sheet.text().contains("закрыт") && sheet.text_of(".salary__items").contains("4 ч 20 мин"),
        "{}",
        sheet.text()
    );
    let file = boss.get("/admin/salary/export?month=2026-11&format=csv").await;
    assert!(file.body.contains("К выплате") && file.body.contains("1142,99"), "{}", file.body);
    assert_eq!(boss.get("/admin/salary/export?month=2026-11&format=xlsx").await.status, 200);

    // What became known later is told beside the sheet, and paid as a correction of the month that runs, once.
    let told = sheet.text_of("#salary-late");
    assert!(told.contains("Смены +600 ₽") && told.contains("войдёт поправкой"), "{told}");
    assert_eq!(boss.submit("/admin/salary/carry", &month).await.status, 303);
    assert_eq!(boss.submit("/admin/salary/carry", &month).await.status, 409, "nothing is left of it");
    let december = hers.get("/salary").await;
    assert_eq!(december.text_of("#salary-total"), "600 ₽");
    assert!(december.text().contains("Ноябрь 2026 после закрытия: Смены +600 ₽"), "{}", december.text());
    assert!(hers.get("/salary?month=2026-11").await.text_of("#salary-late").contains("Учтено поправкой"));
    assert_eq!(sum(boss.get("/admin/salary?month=2026-11").await), "1 142,99 ₽");

    assert_eq!(boss.submit("/admin/salary/reopen", &month).await.status, 400, "no reason");
    let reason = [("month", "2026-11"), ("reason", "забыли смену")];
    assert_eq!(boss.submit("/admin/salary/reopen", &reason).await.status, 303);
    assert_eq!(sum(boss.get("/admin/salary?month=2026-11").await), "1 742,99 ₽", "four hours more");
    let told: String = app.read(|db| {
        audit_log::table.filter(audit_log::action.eq("salary.reopen")).select(audit_log::detail).first(db)
    });
    assert!(told.contains("1\u{a0}142,99") && told.contains("забыли смену"), "{told}");
    // Closed anew it pays the four hours itself: what was carried over is to be given back.
    assert_eq!(boss.submit("/admin/salary/close", &month).await.status, 303);
    assert_eq!(boss.submit("/admin/salary/carry", &month).await.status, 303);
    assert_eq!(hers.get("/salary").await.text_of("#salary-total"), "0 ₽");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheme_is_tried_on_last_month_before_it_counts_and_one_of_a_person_goes_first() {
    let (app, anna) = office().await;
    let vera = app.create_account(Role::Operator, "Вера Гусева");
    for who in [anna, vera] {
        worked(&app, who, "2026-10-05T06:00:00", Some("2026-10-05T16:00:00"), WorkStatus::Online);
        worked(&app, who, "2026-11-05T06:00:00", Some("2026-11-05T16:00:00"), WorkStatus::Online);
    }
    let boss = app.admin("Ольга").await;
    let scheme =
        |from: &'static str, hour: &'static str| vec![("name", "Оператор"), ("from", from), ("hour", hour)];
    assert_eq!(boss.submit("/admin/salary/schemes", &scheme("2026-10-01", "100")).await.status, 303);
    let mut dearer = scheme("2026-12-01", "150,50");
    dearer.push(("try", "on"));
    let tried = boss.submit("/admin/salary/schemes", &dearer).await;
    assert_eq!(tried.status, 200);
    let words = tried.text_of("#scheme-trial");
    assert!(words.contains("3 010 ₽") && words.contains("+1 010 ₽"), "{words}");
    assert_eq!(tried.attr("#s-hour", "value").as_deref(), Some("150,50"), "what was typed stays");
    let id = vera.to_string();
    let mut own = scheme("2026-11-01", "200");
    own.push(("operator", &id));
    assert_eq!(boss.submit("/admin/salary/schemes", &own).await.status, 303);
    let month = boss.get("/admin/salary?month=2026-11").await;
    assert!(month.text_of(&format!("#salary-{anna}")).contains("1 000 ₽"), "{}", month.text());
    assert!(month.text_of(&format!("#salary-{vera}")).contains("2 000 ₽"), "{}", month.text());
    // From the middle of a month on; what was before stays, and so does everybody else.
    worked(&app, vera, "2026-11-20T06:00:00", Some("2026-11-20T07:00:00"), WorkStatus::Online);
    let back = [("from", "2026-11-15"), ("operator", id.as_str()), ("is_common", "on")];
    assert_eq!(boss.submit("/admin/salary/schemes", &back).await.status, 303);
    let hers = boss.get(&format!("/admin/salary/{vera}?month=2026-11")).await;
    let lines = hers.texts(".salary__line summary").join("\n");
    assert!(
        lines.contains("10 ч 0 мин × 200 ₽ 2 000 ₽") && lines.contains("1 ч 0 мин × 100 ₽ 100 ₽"),
        "{lines}"
    );
    assert_eq!(hers.text_of("#salary-total"), "2 100 ₽");
    let wrong =
        boss.submit("/admin/salary/schemes", &[("name", ""), ("from", "когда-то"), ("percent", "250")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("Не больше 100 %") && wrong.text().contains("Назовите схему"),
        "{}",
        wrong.text()
    );
}
