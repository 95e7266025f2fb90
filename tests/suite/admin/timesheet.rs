//! The time sheet says who was at work when, from work statuses, also over midnight.

use callcentre::domain::id::AccountId;
use callcentre::domain::person::WorkStatus;
use callcentre::platform::db::schema::work_status_log;
use diesel::prelude::*;

use crate::support::TestApp;
use crate::support::orders::{at, office};

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

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_told_by_business_day_week_and_month() {
    let (app, anna) = office().await;
    let boss = app.admin("Ольга").await;
    // Thursday 19:00 to 02:30 in Moscow.
    worked(&app, anna, "2026-11-19T16:00:00", Some("2026-11-19T23:30:00"), WorkStatus::Online);
    worked(&app, anna, "2026-11-20T06:00:00", Some("2026-11-20T07:30:00"), WorkStatus::Break);
    // It is 15:00 there on Monday, and she works since 10.
    worked(&app, anna, "2026-11-23T07:00:00", None, WorkStatus::Online);
    let month = boss.get("/admin/time-sheet").await;
    let cells = month.texts(".timesheet__table tbody tr td");
    assert_eq!((cells[18].trim(), cells[19].trim(), cells[22].trim()), ("5", "2,5", "5"), "{cells:?}");
    assert_eq!(cells[30].trim(), "3", "shifts");
    assert_eq!((cells[31].trim(), cells[32].trim()), ("12 ч 30 мин", "1 ч 30 мин"));
    let week = boss.get("/admin/time-sheet?by=week&at=2026-11-20").await;
    assert!(week.text_of(".timesheet__head").contains("16 ноября – 22 ноября"), "{}", week.text());
    assert!(week.text_of(".timesheet__table tbody tr").contains("7 ч 30 мин"));
    assert!(week.has(".timesheet__cell--warn"), "breaks of more than an hour stand out");
    let day = boss.get("/admin/time-sheet?by=day&at=2026-11-23").await;
    assert!(day.text_of(".timesheet__table tbody tr").contains("10:00 – 15:00"), "{}", day.text());
    assert_eq!(day.attr("rect.timesheet__on", "x").as_deref(), Some("600.0"));
    let file = boss.get("/admin/time-sheet/export?by=month&at=2026-11-01&format=csv").await;
    assert!(
        file.body.contains("Анна Белова") && file.body.contains(";300;") | file.body.contains(",300,"),
        "{}",
        file.body
    );
    assert_eq!(boss.get("/admin/time-sheet/export?format=xlsx").await.status, 200);
    assert_eq!(app.sign_in("Анна Белова").await.get("/admin/time-sheet").await.status, 403);
}
