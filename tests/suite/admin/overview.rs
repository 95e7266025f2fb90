//! The overview: today against the same weekday before, what needs a hand, who is on the line.

use callcentre::auth::queries as accounts;
use callcentre::domain::person::WorkStatus;

use crate::support::calls::call;
use crate::support::orders::{make, office};

#[tokio::test(flavor = "multi_thread")]
async fn today_is_told_against_the_same_weekday_to_the_same_minute() {
    let (app, anna) = office().await;
    let boss = app.admin("Ольга").await;
    // It is 12:00 UTC on Monday the 23rd.
    for at in ["2026-11-23T08:00:00", "2026-11-23T09:00:00"] {
        call("79000000001", at).answered(Some(anna), 60).put(&app);
    }
    call("79000000002", "2026-11-23T10:00:00").put(&app);
    call("79000000003", "2026-11-16T11:59:00").answered(Some(anna), 60).put(&app);
    call("79000000004", "2026-11-16T12:01:00").answered(Some(anna), 60).put(&app);
    make(&app, anna, |new| {
        new.meeting = crate::support::orders::meeting("2026-11-23T18:00:00", chrono_tz::Europe::Moscow);
    });
    let now = app.app.clock.now();
    app.write(|tx| accounts::set_work_status(tx, anna, WorkStatus::Online, None, now));
    callcentre::debts::look_after(&app.app).expect("debts");
    let page = boss.get("/admin").await;
    let tiles = page.texts("#overview-tiles .stat");
    assert!(
        tiles[0].starts_with("Звонки 3") && tiles[0].contains("+200 %") && tiles[0].contains("было 1"),
        "{tiles:?}"
    );
    let tasks = page.text_of("#overview-tasks");
    assert!(tasks.contains("1 встреча сегодня без мастера"), "{tasks}");
    assert!(tasks.contains("1 пропущенный без ответа") && tasks.contains("2 ч 0 мин"), "{tasks}");
    let line = page.text_of("[aria-labelledby=overview-line]");
    assert!(line.contains("Анна Белова") && line.contains("2 зв., 1 зак."), "{line}");
    assert!(page.has("svg.chart rect") && page.text_of("#overview-table").contains("11:00"));
    for (_, href) in page.links("#overview-tiles a, #overview-tasks a") {
        assert_eq!(boss.get(&href).await.status, 200, "{href}");
    }
}
