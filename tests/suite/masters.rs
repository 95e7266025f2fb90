//! Masters: kept by admins, chosen for orders by everybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callcentre::cli::setup;
use callcentre::domain::id::{AccountId, MasterId, OrderId};
use callcentre::domain::master::MasterStatus;
use callcentre::domain::order::{StatusOrder, TypeEquipment};
use callcentre::domain::person::Role;
use callcentre::masters::choice::{MasterChoice, Misfit, Need, Verdict, for_order, may_take};
use callcentre::masters::queries::visits;
use callcentre::platform::db::schema::{audit_log, cities, master, master_cities, master_days_off, orders};
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;

use crate::support::orders::{make, meeting, office};
use crate::support::{Client, Page, TestApp};

/// Москва and Самара, an admin who is signed in, an operator who makes orders; Monday the 23rd, 15:00 in Moscow.
async fn office_of(name: &str) -> (TestApp, Client, AccountId) {
    let (app, anna) = office().await;
    let admin = app.admin(name).await;
    (app, admin, anna)
}

/// Adds a master by the form and gives his id.
async fn add(app: &TestApp, admin: &Client, name: &str, fields: &[(&str, &str)]) -> MasterId {
    let mut all = vec![("name", name), ("status_work", "active")];
    all.extend_from_slice(fields);
    let page = admin.submit("/admin/masters", &all).await;
    assert_eq!(page.status, 303, "{}", page.text());
    assert!(admin.get("/admin/masters").await.has("#toasts .toast--ok"), "it is said that he is kept");
    app.read(|db| master::table.filter(master::name.eq(name)).select(master::id).first(db))
}

async fn off(admin: &Client, id: MasterId, from: &str, to: &str, note: &str) -> Page {
    let fields = [("from_day", from), ("to_day", to), ("day_note", note)];
    admin.hx_submit("master-days-off", &format!("/admin/masters/{id}/days-off"), &fields).await
}

/// Gives an order to a master.
fn give(app: &TestApp, order: i64, to: MasterId) {
    app.write(|tx| diesel::update(orders::table.find(order)).set(orders::master_id.eq(to)).execute(tx.db));
}

/// An order of `anna` in Москва at a local time, which `master` has.
fn visit(app: &TestApp, anna: AccountId, master: MasterId, local: &str, status: StatusOrder) -> i64 {
    let id = make(app, anna, |new| {
        new.meeting = meeting(local, chrono_tz::Europe::Moscow);
        new.status = status;
        new.closed_at = (!status.is_open()).then_some(new.created_at);
        new.refusal_reason = status.needs_reason().then(|| "Дорого".to_owned());
    });
    give(app, id, master);
    id
}

fn dismiss(app: &TestApp, id: MasterId) {
    app.write(|tx| {
        let gone = master::status_work.eq(MasterStatus::Inactive);
        diesel::update(master::table.find(id)).set(gone).execute(tx.db)
    });
}

/// БТ in Москва on Tuesday the 24th at 15:00.
fn need() -> Need {
    Need {
        city: "Москва".to_owned(),
        equipment: Some(TypeEquipment::Appliances),
        day: "2026-11-24".parse().ok(),
        minute: Some(900),
        ..Need::default()
    }
}

fn choices(app: &TestApp, need: &Need) -> Vec<MasterChoice> {
    app.read(|db| for_order(db, need))
}

#[tokio::test(flavor = "multi_thread")]
async fn masters_are_kept() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let refused =
        admin.submit("/admin/masters", &[("name", ""), ("status_work", "active"), ("note", "звонить")]).await;
    assert_eq!((refused.status, refused.has("#master-name-error")), (422, true));
    assert_eq!(refused.text_of("textarea[name=note]"), "звонить");
    admin.submit("/admin/masters", &[("name", "Рустам"), ("status_work", "active")]).await;
    let id: i64 = app.read(|db| {
        use callcentre::platform::db::schema::master;
        master::table.select(master::id).first(db)
    });
    let changed = [("name", "Рустам Ибрагимов"), ("status_work", "inactive")];
    assert_eq!(admin.submit(&format!("/admin/masters/{id}"), &changed).await.status, 303);
    let list = admin.get("/admin/masters").await.text_of("#masters");
    assert!(list.contains("Рустам Ибрагимов") && list.contains("не работает"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn his_page_comes_whole_as_the_dialog_and_to_admins_only() {
    let (app, admin, _) = office_of("Ольга").await;
    let id = add(&app, &admin, "Рустам", &[]).await;
    let (operator, path) = (app.sign_in("Анна Белова").await, format!("/admin/masters/{id}"));
    let whole = admin.get(&path).await;
    assert_eq!((whole.status, whole.text_of("h1")), (200, "Рустам".to_owned()));
    let dialog = admin.hx_get("dialog", &path).await;
    assert!(dialog.is_fragment() && !dialog.has("h1"));
    let section = admin.hx_get("master-days-off", &format!("{path}/days-off")).await;
    assert!(section.is_fragment() && section.has("#master-days-off"));
    for page in [&whole, &dialog] {
        assert!(
            page.has("#master-days-off form") && page.has(&format!("#files-master-{id}")),
            "{}",
            page.body
        );
        assert!(!page.has("form form"), "a form within a form is not HTML");
    }
    for at in [path.clone(), format!("{path}/days-off")] {
        assert_eq!(operator.get(&at).await.status, 403, "{at}");
        assert_eq!(operator.submit(&at, &[("name", "x")]).await.status, 403, "{at}");
        assert_eq!(app.anon().get(&at).await.status, 303, "{at}");
    }
    assert_eq!(operator.submit(&format!("{path}/days-off/1/delete"), &[]).await.status, 403);
    assert_eq!(admin.get("/admin/masters/999").await.status, 404);
    assert_eq!(off(&admin, MasterId(999), "2026-12-01", "", "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_keeps_what_was_typed() {
    let (app, admin, _) = office_of("Ольга").await;
    let typed = [
        ("name", ""),
        ("status_work", "active"),
        ("cities", "Самара"),
        ("cities", "Нигде"),
        ("equipment", "КП"),
        ("note", "звонить <b>днём</b>"),
    ];
    let refused = admin.hx_submit("dialog", "/admin/masters", &typed).await;
    assert_eq!(refused.status, 422);
    assert!(refused.has("#master-name-error") && refused.text_of("#master-cities-error").contains("Нигде"));
    assert_eq!(refused.text_of("textarea[name=note]"), "звонить <b>днём</b>");
    assert!(refused.has("input[name=cities][value='Самара'][checked]"));
    assert!(refused.has("input[name=equipment][value='КП'][checked]"));
    let strange = [("name", "Рустам"), ("status_work", "active"), ("equipment", "ХЗ")];
    assert!(admin.submit("/admin/masters", &strange).await.has("#master-equipment-error"));
    assert_eq!(app.read(|db| master::table.count().get_result::<i64>(db)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_in_the_journal_and_nothing_else() {
    let (app, admin, _) = office_of("Ольга").await;
    let fields = [("cities", "Самара"), ("cities", "Москва"), ("equipment", "БТ")];
    let id = add(&app, &admin, "Рустам", &fields).await;
    let path = format!("/admin/masters/{id}");
    let same = [&[("name", "Рустам"), ("status_work", "active")][..], &fields[..]].concat();
    assert_eq!(admin.hx_submit("dialog", &path, &same).await.status, 204);
    let other = [("name", "Рустам Ибрагимов"), ("status_work", "inactive"), ("cities", "Самара")];
    assert_eq!(admin.submit(&path, &other).await.status, 303);
    off(&admin, id, "2026-12-01", "2026-12-05", "отпуск").await;
    let day: i64 = app.read(|db| master_days_off::table.select(master_days_off::id).first(db));
    let removed = admin.hx_submit("master-days-off", &format!("{path}/days-off/{day}/delete"), &[]).await;
    assert_eq!(removed.status, 200);
    let journal: Vec<(String, String, String)> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.like("master.%"))
            .order(audit_log::id)
            .select((audit_log::action, audit_log::subject, audit_log::detail))
            .load(db)
    });
    let lines: Vec<String> = journal.iter().map(|(a, s, d)| format!("{a} {s}: {d}")).collect();
    assert_eq!(
        lines,
        [
            "master.create Рустам: Москва, Самара; БТ",
            "master.edit Рустам Ибрагимов: было «Рустам», больше не работает, города: Самара, техника: —",
            "master.day-off.create Рустам Ибрагимов: 2026-12-01 – 2026-12-05 (отпуск)",
            "master.day-off.delete Рустам Ибрагимов: 2026-12-01 – 2026-12-05 (отпуск)",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_and_filtered_by_its_address() {
    let (app, admin, anna) = office_of("Ольга").await;
    add(&app, &admin, "Пётр Ёлкин", &[("cities", "Москва"), ("equipment", "КП")]).await;
    let rustam = add(
        &app,
        &admin,
        "Рустам Ибрагимов",
        &[("cities", "Самара"), ("cities", "Москва"), ("equipment", "БТ")],
    )
    .await;
    let gone = add(&app, &admin, "Олег Сомов", &[]).await;
    dismiss(&app, gone);
    visit(&app, anna, rustam, "2026-11-23T18:30:00", StatusOrder::Accepted);
    visit(&app, anna, rustam, "2026-11-23T10:00:00", StatusOrder::Done);
    visit(&app, anna, rustam, "2026-11-23T12:00:00", StatusOrder::Refused);
    visit(&app, anna, rustam, "2026-11-24T12:00:00", StatusOrder::Wait);
    off(&admin, rustam, "2026-11-23", "2026-11-25", "болеет").await;
    let found = async |query: &str| {
        let page = admin.hx_get("masters", &format!("/admin/masters?{query}")).await;
        assert!(page.is_fragment(), "{query}");
        page.texts("tr[id] th a")
    };
    for (query, names) in [
        ("", vec!["Пётр Ёлкин", "Рустам Ибрагимов", "Олег Сомов"]),
        ("q=ЕЛКИН", vec!["Пётр Ёлкин"]),
        ("q=tkrby", vec!["Пётр Ёлкин"]),
        ("q=ибр рус", vec!["Рустам Ибрагимов"]),
        ("city=Самара", vec!["Рустам Ибрагимов"]),
        ("city=none", vec!["Олег Сомов"]),
        ("equipment=КП", vec!["Пётр Ёлкин"]),
        ("status=inactive", vec!["Олег Сомов"]),
        ("status=active&city=Москва&equipment=БТ", vec!["Рустам Ибрагимов"]),
        ("q=никто", vec![]),
    ] {
        assert_eq!(found(query).await, names, "{query}");
    }
    let page = admin.get("/admin/masters?city=Самара&q=рус").await;
    assert!(page.has("select[name=city] option[value='Самара'][selected]"));
    let row = page.texts(&format!("#master-{rustam} td"));
    assert_eq!(row[..6], ["Москва, Самара", "БТ", "работает", "2", "2", "выходной сегодня до 25 ноября"]);
    assert_eq!(
        page.attr(&format!("#master-{rustam} td:nth-of-type(5) a"), "title").as_deref(),
        Some("10:00, 18:30")
    );
    assert!(admin.get("/admin/masters?q=никто").await.text_of("#masters").contains("Никого не нашлось"));
}

#[tokio::test(flavor = "multi_thread")]
async fn days_off_are_added_and_taken_back() {
    let (app, admin, anna) = office_of("Ольга").await;
    let id = add(&app, &admin, "Рустам", &[("cities", "Москва")]).await;
    visit(&app, anna, id, "2026-12-02T12:00:00", StatusOrder::Wait);
    let added = off(&admin, id, "2026-12-01", "2026-12-05", "отпуск").await;
    assert_eq!(added.status, 200, "{}", added.body);
    let rows = added.texts(".days-off__row");
    assert_eq!(rows.len(), 1);
    for word in ["1–5 декабря", "отпуск", "1 визит назначен"] {
        assert!(rows[0].contains(word), "{word} in {}", rows[0]);
    }
    for (from, to, field) in
        [("2026-12-05", "", "from"), ("2026-11-22", "", "from"), ("2026-12-09", "2026-12-08", "to")]
    {
        let refused = off(&admin, id, from, to, "потому").await;
        assert_eq!((refused.status, refused.has(&format!("#day-off-{field}-error"))), (422, true), "{from}");
        let shown = callcentre::domain::when::write_day(from);
        assert_eq!(refused.attr("#day-off-from", "value").as_deref(), Some(shown.as_str()));
        assert_eq!(refused.attr("#day-off-note", "value").as_deref(), Some("потому"));
        assert_eq!(refused.count(".days-off__row"), 1);
    }
    let plain = format!("/admin/masters/{id}/days-off");
    let whole = admin.submit(&plain, &[("from_day", "когда-нибудь"), ("to_day", "")]).await;
    assert!(whole.status == 422 && whole.has("h1") && whole.has("#day-off-from-error"));
    assert_eq!(admin.submit(&plain, &[("from_day", "2026-12-10")]).await.status, 303);
    let day: i64 = app.read(|db| master_days_off::table.select(master_days_off::id).first(db));
    let of_another = format!("/admin/masters/{}/days-off/{day}/delete", add(&app, &admin, "Олег", &[]).await);
    assert_eq!(admin.submit(&of_another, &[]).await.status, 404);
    let left = admin.hx_submit("master-days-off", &format!("{plain}/{day}/delete"), &[]).await;
    assert_eq!(left.texts(".days-off__row b"), ["10 декабря"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_who_goes_keeps_his_orders_after_a_warning() {
    let (app, admin, anna) = office_of("Ольга").await;
    let id = add(&app, &admin, "Рустам", &[]).await;
    let open = visit(&app, anna, id, "2026-11-24T12:00:00", StatusOrder::Accepted);
    visit(&app, anna, id, "2026-11-20T12:00:00", StatusOrder::Done);
    let (path, goes) = (format!("/admin/masters/{id}"), [("name", "Рустам"), ("status_work", "inactive")]);
    let warned = admin.hx_submit("dialog", &path, &goes).await;
    assert_eq!(warned.status, 422);
    let words = warned.text_of(".callout--warn");
    assert!(words.contains("1 открытый заказ") && words.contains("Москва, завтра в 12:00"), "{words}");
    assert!(warned.has(&format!(".callout--warn a[href='/orders/{open}']")));
    assert!(warned.has("input[name=status_work][value=inactive][checked]"));
    let status = |app: &TestApp| -> String {
        app.read(|db| master::table.find(id).select(master::status_work).first(db))
    };
    assert_eq!(status(&app), "active");
    let agreed = [goes[0], goes[1], ("keep_orders", "on")];
    assert_eq!(admin.hx_submit("dialog", &path, &agreed).await.status, 204);
    assert_eq!(status(&app), "inactive");
    let of_order: Option<MasterId> =
        app.read(|db| orders::table.find(open).select(orders::master_id).first(db));
    assert_eq!(of_order, Some(id));
    let after = admin.get(&path).await;
    assert!(
        after.text_of(".master-orders").contains("Передайте их") && !after.has("input[name=keep_orders]")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_fit_come_first_and_the_others_say_why_not() {
    let (app, admin, anna) = office_of("Ольга").await;
    let of = [("cities", "Москва"), ("equipment", "БТ")];
    let busy = add(&app, &admin, "Анатолий", &of).await;
    let free = add(&app, &admin, "Яков", &of).await;
    let blank = add(&app, &admin, "Борис", &[]).await;
    let elsewhere = add(&app, &admin, "Виктор", &[("cities", "Самара"), ("equipment", "БТ")]).await;
    let computers = add(&app, &admin, "Глеб", &[("cities", "Москва"), ("equipment", "КП")]).await;
    let resting = add(&app, &admin, "Денис", &of).await;
    off(&admin, resting, "2026-11-24", "2026-11-25", "отпуск").await;
    let gone = add(&app, &admin, "Егор", &of).await;
    dismiss(&app, gone);
    visit(&app, anna, busy, "2026-11-24T15:10:00", StatusOrder::Wait);
    visit(&app, anna, busy, "2026-11-24T10:30:00", StatusOrder::Done);
    visit(&app, anna, busy, "2026-11-24T18:00:00", StatusOrder::Refused);

    let all = choices(&app, &need());
    let ids: Vec<MasterId> = all.iter().map(|choice| choice.id).collect();
    assert_eq!(ids, [free, busy, blank, resting, computers, elsewhere, gone]);
    let of = |id: MasterId| all.iter().find(|choice| choice.id == id).expect("everybody");
    assert_eq!((of(busy).times(), of(busy).busy_at()), ("10:30, 15:10".to_owned(), Some("15:10".to_owned())));
    assert_eq!(of(blank).unknown, ["город не указан", "техника не указана"]);
    let reason =
        |id: MasterId| of(id).reasons.iter().map(|r| (r.misfit, r.detail.clone())).collect::<Vec<_>>();
    assert_eq!(reason(resting), [(Misfit::DayOff, "24–25 ноября, отпуск".to_owned())]);
    assert_eq!(reason(computers), [(Misfit::OtherEquipment, "КП".to_owned())]);
    assert_eq!(reason(elsewhere), [(Misfit::OtherCity, "Самара".to_owned())]);
    assert_eq!(reason(gone), [(Misfit::NotWorking, String::new())]);
    assert!(!of(gone).is_offered);

    let thursday = Need { day: "2026-11-26".parse().ok(), ..need() };
    let rested = choices(&app, &thursday);
    assert!(rested.iter().find(|c| c.id == resting).expect("he is there").fits(), "back at work");
    assert!(rested.iter().all(|c| c.visits.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_its_master_and_does_not_stand_in_its_own_way() {
    let (app, admin, anna) = office_of("Ольга").await;
    let kept = add(&app, &admin, "Рустам", &[("cities", "Москва"), ("equipment", "БТ")]).await;
    let order = visit(&app, anna, kept, "2026-11-24T15:00:00", StatusOrder::Accepted);
    dismiss(&app, kept);
    let elsewhere = add(&app, &admin, "Виктор", &[("cities", "Самара")]).await;
    let own = Need { order_id: Some(OrderId(order)), ..need() };
    let all = choices(&app, &own);
    let him = all.iter().find(|choice| choice.id == kept).expect("always there");
    assert!(him.is_offered && him.visits.is_empty(), "{him:?}");
    let verdict = |id: MasterId, need: &Need| app.read(|db| may_take(db, id, need));
    assert_eq!(verdict(kept, &own), Verdict::Warned("Рустам: не работает".to_owned()));
    assert!(
        matches!(verdict(kept, &need()), Verdict::Refused(words) if words.contains("больше не работает"))
    );
    assert!(matches!(verdict(MasterId(999), &own), Verdict::Refused(words) if words.contains("нет")));
    assert_eq!(verdict(elsewhere, &own), Verdict::Warned("Виктор: другой город (Самара)".to_owned()));
    let samara = Need { city: "Самара".to_owned(), ..own };
    assert_eq!(verdict(elsewhere, &samara), Verdict::Fits);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_choice_is_re_read_by_those_who_are_signed_in() {
    let (app, admin, anna) = office_of("Ольга").await;
    let free = add(&app, &admin, "Яков <b>", &[("cities", "Москва"), ("equipment", "БТ")]).await;
    let elsewhere = add(&app, &admin, "Виктор", &[("cities", "Самара")]).await;
    let gone = add(&app, &admin, "Егор", &[]).await;
    let order = visit(&app, anna, gone, "2026-11-24T12:00:00", StatusOrder::Wait);
    dismiss(&app, gone);
    let path = "/masters/choice?city=Москва&equipment=БТ&day=2026-11-24&current=";
    assert_eq!(app.anon().get(path).await.status, 303);
    let operator = app.sign_in("Анна Белова").await;
    let page = operator.hx_get("o-master-id", &format!("{path}{free}")).await;
    assert!(page.status == 200 && page.is_fragment());
    assert_eq!(page.attr("input[checked]", "value"), Some(free.to_string()));
    assert!(page.text_of(".master:has([checked])").contains("Яков <b> визитов нет свободен"));
    assert!(page.has("details:not([open])") && page.count("details .master") == 2);
    assert!(page.text_of("details").contains("другой город (Самара)"));
    assert!(page.has(&format!("input[value='{gone}'][disabled]")));
    let chosen = operator.hx_get("o-master-id", &format!("{path}{elsewhere}")).await;
    assert!(
        chosen.has("details[open]") && chosen.has(&format!("details input[value='{elsewhere}'][checked]"))
    );
    let own = operator.get(&format!("/masters/choice?order={order}&master_id={gone}")).await;
    assert!(own.has(&format!("input[value='{gone}'][checked]:not([disabled])")));
    let nobody = operator.get("/masters/choice?day=никогда&current=x").await;
    assert_eq!(nobody.attr("input[checked]", "value").as_deref(), Some(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_masters_take_no_more_queries() {
    let (app, admin, anna) = office_of("Ольга").await;
    let first = add(&app, &admin, "Рустам", &[("cities", "Москва"), ("equipment", "БТ")]).await;
    let order = visit(&app, anna, first, "2026-11-24T15:00:00", StatusOrder::Wait);
    let need = Need { order_id: Some(OrderId(order)), ..need() };
    let asked = |app: &TestApp| {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        app.read(|db| {
            db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
            let all = for_order(db, &need)?;
            db.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            Ok(all.len())
        });
        count.load(Ordering::Relaxed)
    };
    let few = asked(&app);
    for n in 0..12 {
        let id =
            add(&app, &admin, &format!("Мастер {n}"), &[("cities", "Москва"), ("cities", "Самара")]).await;
        off(&admin, id, "2026-11-24", "", "").await;
        visit(&app, anna, id, "2026-11-24T11:00:00", StatusOrder::Wait);
    }
    assert!((1..=6).contains(&few), "{few}");
    assert_eq!(asked(&app), few);
    let day = "2026-11-24".parse().expect("a day");
    assert_eq!(app.read(|db| visits::between(db, (day, day), Some(OrderId(order)))).len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_orders_offer_former_masters_with_orders_last() {
    let (app, admin, anna) = office_of("Ольга").await;
    add(&app, &admin, "Яков", &[]).await;
    let (gone, forgotten) = (add(&app, &admin, "Егор", &[]).await, add(&app, &admin, "Фома", &[]).await);
    visit(&app, anna, gone, "2026-11-20T12:00:00", StatusOrder::Done);
    dismiss(&app, gone);
    dismiss(&app, forgotten);
    let offered = admin.get("/orders").await.texts("select[name=master] option");
    assert_eq!(offered[offered.len() - 2..], ["Яков", "Егор (не работает)"]);
    assert!(!offered.iter().any(|name| name.contains("Фома")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_takes_its_masters_along_and_stays_while_it_has_some() {
    let (app, admin, _) = office_of("Ольга").await;
    let id = add(&app, &admin, "Рустам", &[("cities", "Екатеринбург")]).await;
    let city: i64 =
        app.read(|db| cities::table.filter(cities::name.eq("Екатеринбург")).select(cities::id).first(db));
    let path = format!("/admin/lists/cities/{city}");
    assert_eq!(admin.submit(&format!("{path}/delete"), &[]).await.status, 422);
    let renamed = [("name", "Ебург"), ("time_zone", "Asia/Yekaterinburg")];
    assert_eq!(admin.submit(&path, &renamed).await.status, 303);
    let of: Vec<String> = app.read(|db| {
        master_cities::table.filter(master_cities::master_id.eq(id)).select(master_cities::city).load(db)
    });
    assert_eq!(of, ["Ебург"]);
    // Switched off by the same form: not offered to others, kept by him.
    let value = "input[name=cities][value='Ебург']";
    assert!(!admin.get("/admin/masters/new").await.has(value));
    assert!(admin.get(&format!("/admin/masters/{id}")).await.has(&format!("{value}[checked]")));
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_masters_and_employees_are_the_admins() {
    let (app, admin, anna) = office_of("Ольга").await;
    let id = add(&app, &admin, "Рустам", &[]).await;
    let stranger = app.create_account(Role::Operator, "Пётр");
    let other = app.sign_in("Пётр").await;
    for (page, kind, owner) in [
        (format!("/admin/masters/{id}"), "master", id.0),
        (format!("/admin/employees/{anna}"), "employee", anna.0),
    ] {
        for shown in [admin.get(&page).await, admin.hx_get("dialog", &page).await] {
            assert!(shown.has(&format!("#files-{kind}-{owner}")) && shown.has("form[data-upload]"), "{page}");
            assert!(!shown.has("form form"), "{page}");
        }
        let list = format!("/files?kind={kind}&owner={owner}");
        assert_eq!(admin.get(&list).await.status, 200);
        assert_eq!(other.get(&list).await.status, 404, "{stranger} must not see {list}");
        assert_eq!(other.get(&page).await.status, 403);
    }
    let refused = admin.submit(&format!("/admin/employees/{anna}"), &[("name", "")]).await;
    assert!(refused.status == 422 && refused.has(&format!("#files-employee-{anna}")));
    assert!(!admin.get("/admin/employees/new").await.has("form[data-upload]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setup_describes_masters_and_leaves_what_people_have_said() {
    let (app, admin, _) = office_of("Ольга").await;
    let old = add(&app, &admin, "Пётр", &[("cities", "Самара")]).await;
    let file = r#"{"masters": ["Мария", {"name": "Пётр", "cities": ["Москва"], "equipment": ["КП", "БТ", "КП"]},
        {"name": "Олег", "cities": ["Тверь", "Москва"], "equipment": ["МНЧ"], "note": "Своя машина"}]}"#;
    let made = setup::apply(&app.app, file).expect("a setup").made;
    assert_eq!(made, ["master Мария", "missing data of master Пётр", "city Тверь", "master Олег"]);
    assert!(setup::apply(&app.app, file).expect("again").made.is_empty());
    let shown = admin.get("/admin/masters").await;
    assert_eq!(shown.count("#masters tr[id]"), 3);
    let row = shown.text_of(&format!("#master-{old}"));
    assert!(row.contains("Самара") && !row.contains("Москва") && row.contains("КП БТ"), "{row}");
    assert!(shown.text_of("#masters").contains("Москва, Тверь"));
    let wrong = setup::apply(&app.app, r#"{"masters": [{"name": "Иван", "equipment": ["XX"]}]}"#);
    assert!(wrong.expect_err("no such equipment").contains("masters: Иван: \"XX\""));
}
