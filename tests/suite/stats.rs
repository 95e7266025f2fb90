//! Statistics: figures that are kept equal what is counted anew, whatever happened meanwhile; pages show them, and every
//! number leads to its rows.

use std::collections::BTreeMap;

use callcentre::domain::id::AccountId;
use callcentre::domain::order::StatusOrder;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{calls, cities, debts, order_calls, orders, stat_changes, stat_days};
use callcentre::stats::keep;
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::support::orders::{at, make, office};
use crate::support::{TestApp, calls::call};

/// Day, whose, kind, name; accepted, missed, orders, ordered, repeats, refused, turnover, talk, debts.
type Figures = BTreeMap<(String, i64, String, String), [i64; 9]>;

/// Counts everything anew, by other means than the program does.
fn counted(app: &TestApp) -> Figures {
    let mut figures = Figures::new();
    let day = |at: NaiveDateTime| (at + Duration::hours(3)).date().to_string();
    let mut add = |day: String, operator: Option<i64>, city: &str, place: usize, value: i64| {
        if value == 0 {
            return;
        }
        let named = operator.map(|id| id.to_string()).unwrap_or_default();
        let mut one = |whose: i64, kind: &str, name: &str| {
            figures.entry((day.clone(), whose, kind.to_owned(), name.to_owned())).or_default()[place] +=
                value;
        };
        one(0, "all", "");
        one(0, "city", city);
        one(0, "operator", &named);
        if let Some(id) = operator {
            one(id, "all", "");
            one(id, "city", city);
        }
    };
    type CallRow =
        (i64, String, Option<String>, Option<String>, Option<i64>, Option<String>, NaiveDateTime, i64);
    let all: Vec<CallRow> = app.read(|db| {
        calls::table
            .select((
                calls::id,
                calls::direction,
                calls::status,
                calls::city,
                calls::operator_id,
                calls::phone_client,
                calls::started_at,
                calls::talk_seconds,
            ))
            .load(db)
    });
    let linked: Vec<i64> = app.read(|db| order_calls::table.select(order_calls::call_id).load(db));
    for (id, direction, status, city, operator, number, began, talk) in &all {
        let city = city.clone().unwrap_or_default();
        if direction != "inbound" {
            continue;
        }
        match status.as_deref() {
            Some("answered") => {
                add(day(*began), *operator, &city, 0, 1);
                add(day(*began), *operator, &city, 7, *talk);
                add(day(*began), *operator, &city, 3, i64::from(linked.contains(id)));
                let is_repeat = all.iter().any(|(_, direction, status, _, _, other, then, _)| {
                    direction != "internal"
                        && status.as_deref() == Some("answered")
                        && number.is_some()
                        && other == number
                        && then < began
                        && *began - *then <= Duration::days(7)
                });
                add(day(*began), *operator, &city, 4, i64::from(is_repeat));
            }
            // Nobody's telephone rang in these tests.
            Some(_) => add(day(*began), None, &city, 1, 1),
            None => {}
        }
    }
    type OrderRow = (i64, String, String, NaiveDateTime, Option<NaiveDateTime>, Option<i64>);
    let all: Vec<OrderRow> = app.read(|db| {
        orders::table
            .select((
                orders::operator_name_id,
                orders::city,
                orders::status_order,
                orders::create_date,
                orders::closing_data,
                orders::result,
            ))
            .load(db)
    });
    for (operator, city, status, created, closed, result) in all {
        add(day(created), Some(operator), &city, 2, 1);
        add(day(created), Some(operator), &city, 5, i64::from(status == "Отказ"));
        if let (Some(closed), "Готово") = (closed, status.as_str()) {
            add(day(closed), Some(operator), &city, 6, result.unwrap_or(0));
        }
    }
    let all: Vec<(NaiveDateTime, Option<i64>, Option<String>)> = app.read(|db| {
        debts::table
            .inner_join(calls::table.on(calls::id.eq(debts::first_call_id)))
            .select((debts::opened_at, debts::paid_by, calls::city))
            .load(db)
    });
    for (opened, paid_by, city) in all {
        add(day(opened), paid_by, &city.unwrap_or_default(), 8, 1);
    }
    figures
}

/// What is kept of the same.
fn kept(app: &TestApp) -> Figures {
    type Row = ((String, i64, String, String), (i64, i64, i64, i64, i64, i64, i64, i64, i64));
    let rows: Vec<Row> = app.read(|db| {
        stat_days::table
            .filter(stat_days::kind.eq_any(["all", "city", "operator"]))
            .select((
                (stat_days::day, stat_days::operator_id, stat_days::kind, stat_days::name),
                (
                    stat_days::accepted,
                    stat_days::missed,
                    stat_days::orders,
                    stat_days::ordered,
                    stat_days::repeats,
                    stat_days::refused,
                    stat_days::turnover,
                    stat_days::talk_seconds,
                    stat_days::debts,
                ),
            ))
            .load(db)
    });
    rows.into_iter()
        .map(|(key, n)| (key, [n.0, n.1, n.2, n.3, n.4, n.5, n.6, n.7, n.8]))
        // A day of closed orders without money has other numbers than these.
        .filter(|(_, numbers)| numbers.iter().any(|n| *n != 0))
        .collect()
}

/// Numbers that look like chance and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_figures_equal_a_count_anew_after_edits_late_events_and_reopenings() {
    let (app, anna) = office().await;
    let vera = app.create_account(Role::Operator, "Вера Гусева");
    let (mut dice, mut made, mut rung) = (Dice(7), Vec::new(), Vec::new());
    for step in 0..160_u64 {
        // From the 1st to the 23rd, at any hour: the business day begins at 21:00 UTC.
        let moment = at("2026-11-01T00:10:00") + Duration::minutes(dice.below(22 * 24 * 60) as i64);
        let text = moment.format("%Y-%m-%dT%H:%M:%S").to_string();
        let who = [anna, vera][dice.below(2) as usize];
        let number = format!("7900000000{}", dice.below(5));
        match dice.below(9) {
            0 | 1 => {
                let city = ["Москва", "Самара", ""][dice.below(3) as usize];
                rung.push(call(&number, &text).of(city, "Авито", "").answered(Some(who), 40).put(&app));
            }
            2 => rung.push(call(&number, &text).of("Самара", "", "").put(&app)),
            3 => rung.push(call(&number, &text).outbound().answered(Some(who), 15).put(&app)),
            4 => made.push(make(&app, who, |new| {
                new.created_at = moment;
                new.city = if step % 2 == 0 { "Москва" } else { "Самара" }.to_owned();
            })),
            5 if !made.is_empty() => {
                let id = made[dice.below(made.len() as u64) as usize];
                let (status, closed) = match dice.below(3) {
                    0 => (StatusOrder::Refused, Some(moment)),
                    1 => (StatusOrder::Done, Some(moment)),
                    // Reopened.
                    _ => (StatusOrder::InWork, None),
                };
                let sum = 100_000 + dice.below(500_000) as i64;
                app.write(|tx| {
                    diesel::update(orders::table.find(id))
                        .set((
                            orders::status_order.eq(status.as_str()),
                            orders::closing_data.eq(closed),
                            orders::result.eq(sum),
                        ))
                        .execute(tx.db)
                });
            }
            6 if !made.is_empty() && !rung.is_empty() => {
                let (order, call) = (
                    made[dice.below(made.len() as u64) as usize],
                    rung[dice.below(rung.len() as u64) as usize],
                );
                app.write(|tx| {
                    diesel::delete(order_calls::table.filter(order_calls::call_id.eq(call)))
                        .execute(tx.db)?;
                    diesel::insert_into(order_calls::table)
                        .values((order_calls::order_id.eq(order), order_calls::call_id.eq(call)))
                        .execute(tx.db)
                });
            }
            7 if made.len() > 3 => {
                let id = made.swap_remove(dice.below(made.len() as u64) as usize);
                app.write(|tx| diesel::delete(orders::table.find(id)).execute(tx.db));
            }
            8 if !rung.is_empty() => {
                // A late event says who has talked, and how long.
                let id = rung[dice.below(rung.len() as u64) as usize];
                app.write(|tx| {
                    diesel::update(calls::table.find(id))
                        .set((
                            calls::status.eq("answered"),
                            calls::operator_id.eq(who),
                            calls::talk_seconds.eq(99_i64),
                        ))
                        .execute(tx.db)
                });
            }
            _ => {}
        }
        if step % 20 == 19 {
            callcentre::debts::look_after(&app.app).expect("debts");
            keep::all(&app.app).expect("counted");
            assert_eq!(kept(&app), counted(&app), "after step {step}");
        }
    }
    let renamed = app.write(|tx| {
        diesel::update(cities::table.filter(cities::name.eq("Самара")))
            .set(cities::name.eq("Самара-2"))
            .execute(tx.db)
    });
    assert_eq!(renamed, 1);
    keep::all(&app.app).expect("counted");
    let now = kept(&app);
    assert_eq!(now, counted(&app), "after a renaming");
    assert!(now.keys().any(|(_, _, kind, name)| kind == "city" && name == "Самара-2"));
    assert_eq!(
        app.read(|db| stat_changes::table.count().get_result::<i64>(db)),
        0,
        "every note was taken up"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_late_evening_counts_on_the_business_day() {
    let (app, anna) = office().await;
    call("79000000001", "2026-11-21T20:59:00").answered(Some(anna), 10).put(&app);
    call("79000000002", "2026-11-21T21:01:00").answered(Some(anna), 10).put(&app);
    keep::all(&app.app).expect("counted");
    let days: Vec<String> =
        kept(&app).into_keys().filter(|key| key.1 == 0 && key.2 == "all").map(|key| key.0).collect();
    assert_eq!(days, ["2026-11-21", "2026-11-22"]);
    let hours: Vec<String> = app.read(|db| {
        stat_days::table
            .filter(stat_days::kind.eq("hour").and(stat_days::operator_id.eq(0)))
            .order(stat_days::day)
            .select(stat_days::name)
            .load(db)
    });
    assert_eq!(hours, ["23", "00"]);
}

fn day_of_work(app: &TestApp, anna: AccountId) -> AccountId {
    let vera = app.create_account(Role::Operator, "Вера Гусева");
    let first = call("79000000001", "2026-11-23T09:00:00")
        .of("Москва", "Авито", "")
        .answered(Some(anna), 60)
        .put(app);
    call("79000000001", "2026-11-23T09:30:00").of("Москва", "Авито", "").answered(Some(anna), 120).put(app);
    call("79000000002", "2026-11-23T10:00:00").of("Самара", "Листовка", "").answered(Some(vera), 30).put(app);
    call("79000000003", "2026-11-23T10:10:00").of("Самара", "Листовка", "").put(app);
    let order = make(app, anna, |new| new.created_at = at("2026-11-23T09:05:00"));
    make(app, vera, |new| {
        new.created_at = at("2026-11-23T10:05:00");
        new.city = "Самара".into();
    });
    app.write(|tx| {
        diesel::insert_into(order_calls::table)
            .values((order_calls::order_id.eq(order), order_calls::call_id.eq(first)))
            .execute(tx.db)
    });
    callcentre::debts::look_after(&app.app).expect("debts");
    keep::all(&app.app).expect("counted");
    vera
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_the_own_numbers_and_an_admin_everybodys() {
    let (app, anna) = office().await;
    let vera = day_of_work(&app, anna);
    let (boss, hers) = (app.admin("Ольга").await, app.sign_in("Анна Белова").await);
    let own = hers.get("/stats?period=today").await;
    let tiles = own.texts(".stats__tiles .stat__value");
    assert_eq!(tiles[0].trim(), "2", "accepted: {tiles:?}");
    assert_eq!((tiles[2].trim(), tiles[3].trim()), ("1", "50,0 %"), "orders and conversion: {tiles:?}");
    assert!(own.has("svg.chart rect") && own.has("#stats-table table") && !own.has("[name=operator]"));
    // Whatever the address asks for.
    let same = hers.get(&format!("/stats?period=today&operator={vera}")).await;
    assert_eq!(same.texts(".stats__tiles .stat__value")[0].trim(), "2");

    let all = boss.get("/stats?period=today").await;
    let tiles = all.texts(".stats__tiles .stat__value");
    assert_eq!((tiles[0].trim(), tiles[1].trim(), tiles[2].trim()), ("3", "1", "2"), "{tiles:?}");
    let hers_for_boss = boss.get(&format!("/stats?period=today&operator={vera}")).await;
    assert_eq!(hers_for_boss.texts(".stats__tiles .stat__value")[0].trim(), "1");
    assert!(
        all.text_of(".stats__meanings").contains("Уровень сервиса"),
        "what the numbers mean stands beside them"
    );
    assert!(!all.body.contains("style="), "the policy refuses styles");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_opens_its_rows() {
    let (app, anna) = office().await;
    day_of_work(&app, anna);
    let boss = app.admin("Ольга").await;
    for page in
        ["/stats?period=today", "/admin/stats?period=today&by=city", "/admin/stats?period=today&by=operator"]
    {
        let shown = boss.get(page).await;
        let cells = shown.links(".stats__tiles a.stat, .stats__number a");
        assert!(cells.len() > 5, "{page}: {}", shown.text());
        for (words, href) in cells {
            let rows = boss.get(&href).await;
            assert_eq!(rows.status, 200, "{href}");
            let count = rows.texts("#stats-rows tbody tr td:first-child").len();
            assert!(count > 0 && !rows.text().contains("таких строк нет"), "{page}: {words} leads to {href}");
            let is_money = href.contains("turnover") || href.contains("clean");
            match words.trim().parse::<usize>() {
                Ok(number) if !is_money => assert_eq!(count, number, "{page}: {href}"),
                _ => {}
            }
        }
    }
    let operators = app.sign_in("Анна Белова").await;
    let rows = operators.get("/stats/rows?what=orders&period=today").await;
    assert_eq!(rows.texts("#stats-rows tbody tr").len(), 1, "her own only");
    assert_eq!(operators.get("/stats/rows?what=secrets").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_sorted_compared_and_taken_away_as_a_file() {
    let (app, anna) = office().await;
    day_of_work(&app, anna);
    make(&app, anna, |new| {
        new.created_at = at("2026-11-22T09:05:00");
        new.status = StatusOrder::Done;
        new.closed_at = Some(at("2026-11-23T08:00:00"));
        new.result = Some(500_000);
        new.expenditure = Some(120_050);
    });
    keep::all(&app.app).expect("counted");
    let boss = app.admin("Ольга").await;
    let report = boss.get("/admin/stats?period=today&by=city").await;
    assert_eq!(report.texts(".stats__table tbody th")[0].trim(), "Москва", "the larger income first");
    assert!(report.text_of(".stats__table tbody tr").contains("3 799,50"), "{}", report.text());
    assert!(report.text_of(".stats__table tfoot").contains("3 799,50"));
    let masters = boss.get("/admin/stats?period=today&by=master").await;
    assert!(masters.text_of(".stats__table tbody").contains("Без мастера"));
    let file = boss.get("/admin/stats/export?period=today&by=city&format=csv").await;
    assert!(file.body.contains("Чистыми, ₽") && file.body.contains("Всего"), "{}", file.body);
    assert_eq!(boss.get("/admin/stats/export?period=today&format=xlsx").await.status, 200);
    assert_eq!(app.sign_in("Анна Белова").await.get("/admin/stats").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shifts_say_how_many_people_the_calls_of_an_hour_needed() {
    use callcentre::domain::person::WorkStatus;
    use callcentre::platform::db::schema::work_status_log;
    let (app, anna) = office().await;
    // Mondays at 11 in Moscow: thirty calls of three minutes, one person at the telephone, two clients lost.
    for minute in 0..28 {
        let number = format!("7900000{minute:04}");
        call(&number, &format!("2026-11-16T08:{minute:02}:00")).answered(Some(anna), 180).put(&app);
    }
    call("79000010001", "2026-11-16T08:40:00").put(&app);
    call("79000010002", "2026-11-16T08:41:00").put(&app);
    app.write(|tx| {
        diesel::insert_into(work_status_log::table)
            .values((
                work_status_log::account_id.eq(anna),
                work_status_log::status_work.eq(WorkStatus::Online),
                work_status_log::started_at.eq(at("2026-11-16T08:00:00")),
                work_status_log::ended_at.eq(Some(at("2026-11-16T09:00:00"))),
            ))
            .execute(tx.db)
    });
    keep::all(&app.app).expect("counted");
    let boss = app.admin("Ольга").await;
    let page = boss.get("/admin/stats/staffing?from=2026-11-16&to=2026-11-22&after=60").await;
    // 30 calls of 240 seconds are two erlangs: five people answer 90 of 100 within 20 seconds, four 85.
    assert_eq!(page.texts(".staff__cell[data-enough=short] b"), ["1"]);
    assert!(page.text_of(".staff__cell[data-enough=short]").contains("1/5"), "{}", page.text());
    assert!(page.text().contains("Не хватает людей: пн в 11:00"), "{}", page.text());
    let (_, missed) = page.links("a.staff__cell").remove(0);
    assert_eq!(boss.get(&missed).await.texts("#stats-rows tbody tr").len(), 2, "{missed}");
    let other_days = missed.replace("weekday=0", "weekday=1");
    assert!(boss.get(&other_days).await.text().contains("таких строк нет"));
    let fewer = boss.get("/admin/stats/staffing?from=2026-11-16&to=2026-11-22&after=60&share=80").await;
    assert!(fewer.text_of(".staff__cell[data-enough=short]").contains("1/4"));
    let file =
        boss.get("/admin/stats/staffing/export?from=2026-11-16&to=2026-11-22&after=60&format=csv").await;
    assert!(file.body.contains("пн;11:00;30;2;1;5"), "{}", file.body);
    let operators = app.sign_in("Анна Белова").await;
    for path in ["/admin/stats/staffing", "/admin/stats/listen"] {
        assert_eq!(operators.get(path).await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_worth_hearing_have_a_reason_and_a_recording() {
    use callcentre::domain::recording::{RecordingSource, RecordingState};
    use callcentre::platform::db::schema::{audit_log, recordings};
    let (app, anna) = office().await;
    let vera = app.create_account(Role::Operator, "Вера Гусева");
    let long = call("79000000001", "2026-11-23T07:00:00").answered(Some(anna), 900).put(&app);
    let again = call("79000000001", "2026-11-23T08:00:00").answered(Some(anna), 40).put(&app);
    let short = call("79000000002", "2026-11-23T08:10:00").answered(Some(vera), 9).put(&app);
    let refused = call("79000000003", "2026-11-23T08:20:00").answered(Some(vera), 60).put(&app);
    let silent = call("79000000004", "2026-11-23T08:30:00").answered(Some(vera), 800).put(&app);
    let order = make(&app, vera, |new| new.created_at = at("2026-11-23T08:25:00"));
    let mut sounds = Vec::new();
    app.write(|tx| {
        diesel::update(orders::table.find(order))
            .set(orders::status_order.eq(StatusOrder::Refused))
            .execute(tx.db)?;
        diesel::insert_into(order_calls::table)
            .values((order_calls::order_id.eq(order), order_calls::call_id.eq(refused)))
            .execute(tx.db)
    });
    for id in [long, again, short, refused] {
        let sound: i64 = app.write(|tx| {
            diesel::insert_into(recordings::table)
                .values((
                    recordings::call_id.eq(Some(id)),
                    recordings::source.eq(RecordingSource::Api),
                    recordings::state.eq(RecordingState::Ready),
                    recordings::created_at.eq(at("2026-11-23T09:00:00")),
                    recordings::peaks.eq("[]"),
                    recordings::original_name.eq(""),
                    recordings::error.eq(""),
                    recordings::attempts.eq(0),
                ))
                .execute(tx.db)?;
            recordings::table.order(recordings::id.desc()).select(recordings::id).first(tx.db)
        });
        sounds.push(sound);
    }
    let boss = app.admin("Ольга").await;
    let page = boss.get("/admin/stats/listen?period=today").await;
    let rows = page.texts("#stats tbody tr");
    assert_eq!(rows.len(), 4, "each once, none without a recording: {rows:?}");
    let reason_of = |id: i64| {
        let row = page.links("#stats tbody a").iter().position(|(_, href)| *href == format!("/calls/{id}"));
        rows[row.expect("the call")].clone()
    };
    assert!(reason_of(refused).contains("заказ потом отменили"));
    assert!(reason_of(again).contains("звонил не первый раз"));
    assert!(reason_of(long).contains("долгий разговор без заказа"));
    assert!(reason_of(short).contains("не дольше 15 секунд"));
    assert!(!page.links("#stats tbody a").iter().any(|(_, href)| *href == format!("/calls/{silent}")));
    assert_eq!(page.count("#stats [data-play]"), 4);
    // What somebody has heard says so, and gives way.
    app.write(|tx| {
        let boss: AccountId = {
            use callcentre::platform::db::schema::accounts;
            accounts::table.filter(accounts::name.eq("Ольга")).select(accounts::id).first(tx.db)?
        };
        diesel::insert_into(audit_log::table)
            .values((
                audit_log::at.eq(at("2026-11-23T09:10:00")),
                audit_log::account_id.eq(boss),
                audit_log::action.eq("recording.play"),
                audit_log::subject.eq(format!("Запись № {}", sounds[0])),
                audit_log::detail.eq(""),
                audit_log::address.eq(""),
            ))
            .execute(tx.db)
    });
    let page = boss.get("/admin/stats/listen?period=today").await;
    assert!(page.text().contains("прослушано 1") && page.text_of("#stats tbody").contains("Ольга"));
    let hers = boss.get(&format!("/admin/stats/listen?period=today&operator={vera}")).await;
    assert_eq!(hers.texts("#stats tbody tr").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_keeps_its_name_and_is_only_ones_own() {
    let (app, anna) = office().await;
    day_of_work(&app, anna);
    let (boss, hers) = (app.admin("Ольга").await, app.sign_in("Анна Белова").await);
    let report = "/admin/stats?by=rk&period=month";
    let saved = boss.submit("/stats/saved", &[("address", report), ("name", "РК за месяц")]).await;
    assert_eq!((saved.status, saved.header("location")), (303, report));
    let page = boss.get(report).await;
    assert_eq!(page.text_of(".stats__saved").trim(), "РК за месяц");
    // In another order of fields it is the same report; elsewhere it is offered.
    assert_eq!(
        boss.get("/admin/stats?period=month&by=rk").await.text_of(".stats__saved").trim(),
        "РК за месяц"
    );
    let elsewhere = boss.get("/admin/stats/staffing").await;
    assert!(
        elsewhere
            .links("#stats-saved a")
            .iter()
            .any(|(name, href)| name.trim() == "РК за месяц" && href == report)
    );
    assert!(!hers.get("/stats").await.text().contains("РК за месяц"));
    for (address, name, status) in [
        ("/stats?by=hour", "Мои часы", 303),
        (report, "Чужое", 400),
        ("https://example.org/", "Чужое", 400),
        ("/stats?by=hour", "", 400),
    ] {
        let answer = hers.submit("/stats/saved", &[("address", address), ("name", name)]).await;
        assert_eq!(answer.status, status, "{address} «{name}»");
    }
    let delete = page.attr("#stats-saved form[action$='/delete']", "action").expect("a form");
    assert_eq!(hers.submit(&delete, &[("address", "/stats")]).await.status, 404, "only one's own");
    assert_eq!(boss.submit(&delete, &[("address", report)]).await.status, 303);
    assert_eq!(boss.get(report).await.text_of(".stats__saved").trim(), "Сохранённые");
}
