//! «Управление»: employees, lines, masters, lists.

use callcentre::admin::catalogs::{Kind, queries as lists};
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{
    audit_log, callcentre_operator, calls, cities, clients, operator_cities, orders, phones, work_status_log,
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::support::app::PASSWORD;
use crate::support::{Client, Page, TestApp};

const HOSTILE: &str = "<script>alert(1)</script>";

fn at(text: &str) -> NaiveDateTime {
    text.parse().expect("a moment")
}

/// Puts names into a list as an admin does.
async fn fill(admin: &Client, kind: &str, fields: &[(&str, &str)]) {
    let page = admin.submit(&format!("/admin/lists/{kind}"), fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
}

async fn usual_lists(admin: &Client) {
    fill(admin, "cities", &[("name", "Саратов"), ("time_zone", "Europe/Saratov")]).await;
    fill(admin, "campaigns", &[("name", "Авито")]).await;
    fill(admin, "avito", &[("name", "Сергей БТ")]).await;
}

fn id_of(app: &TestApp, kind: Kind, name: &str) -> i64 {
    let all = app.read(|db| lists::all(db, kind));
    all.iter().find(|i| i.name == name).unwrap_or_else(|| panic!("no {name} in {all:?}")).id
}

fn actions(app: &TestApp) -> Vec<(String, String)> {
    app.read(|db| {
        audit_log::table
            .filter(audit_log::action.not_like("session.%"))
            .order(audit_log::id)
            .select((audit_log::action, audit_log::subject))
            .load(db)
    })
}

/// A call on `line` with nothing known about the line.
fn call(app: &TestApp, entry: &str, line: &str) -> i64 {
    app.write(|tx| {
        diesel::insert_into(calls::table)
            .values((
                calls::entry_id.eq(entry),
                calls::direction.eq("inbound"),
                calls::state.eq("ended"),
                calls::status.eq("missed"),
                calls::phone_ats.eq(line),
                calls::group_key.eq(entry),
                calls::started_at.eq(at("2026-11-22T10:00:00")),
            ))
            .returning(calls::id)
            .get_result(tx.db)
    })
}

/// An order for Саратов at 10:30 of its clock (06:30 UTC).
fn order(app: &TestApp, status: &str) -> i64 {
    let operator = app.create_account(Role::Operator, &format!("Автор {status}"));
    app.write(|tx| {
        let client: i64 = diesel::insert_into(clients::table)
            .values((clients::name.eq("Клиент"), clients::created_at.eq(at("2026-11-22T10:00:00"))))
            .returning(clients::id)
            .get_result(tx.db)?;
        diesel::insert_into(orders::table)
            .values((
                (
                    orders::rk.eq("Авито"),
                    orders::city.eq("Саратов"),
                    orders::phone.eq("79001234567"),
                    orders::client_id.eq(client),
                    orders::type_order.eq("Впервые"),
                    orders::client_name.eq("Клиент"),
                    orders::address.eq("Садовая, 1"),
                    orders::date_meeting.eq(at("2026-11-24T06:30:00")),
                    orders::meeting_day.eq("2026-11-24"),
                    orders::meeting_minute.eq(630),
                ),
                (
                    orders::type_equipment.eq("БТ"),
                    orders::problem.eq("Не греет"),
                    orders::status_order.eq(status),
                    orders::refusal_reason.eq((status == "Отказ").then_some("Дорого")),
                    orders::operator_name_id.eq(operator),
                    orders::create_date.eq(at("2026-11-22T10:00:00")),
                    orders::list_rank.eq(1),
                    orders::list_time.eq(0_i64),
                ),
            ))
            .returning(orders::id)
            .get_result(tx.db)
    })
}

const ANNA: [(&str, &str); 6] = [
    ("name", "Анна Белова"),
    ("login", "Anna"),
    ("password", PASSWORD),
    ("role", "operator"),
    ("extension", "101"),
    ("sip_address", "op101@mango.example"),
];

fn with<'a>(base: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = base.iter().filter(|(name, _)| changes.iter().all(|(n, _)| n != name));
    kept.chain(changes).copied().collect()
}

fn employee_id(app: &TestApp, login: &str) -> i64 {
    use callcentre::platform::db::schema::accounts;
    app.read(|db| accounts::table.filter(accounts::login.eq(login)).select(accounts::id).first(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_comes_whole_as_a_fragment_and_to_admins_only() {
    let app = TestApp::start().await;
    let (admin, operator, anon) = (app.admin("Ольга").await, app.operator("Пётр").await, app.anon());
    for (path, fragment) in [
        ("/admin", "overview"),
        ("/admin/employees", "employees"),
        ("/admin/phones", "phones"),
        ("/admin/masters", "masters"),
        ("/admin/lists", "lists"),
        ("/admin/employees/new", "dialog"),
        ("/admin/phones/new", "dialog"),
        ("/admin/masters/new", "dialog"),
        ("/admin/lists/cities/new", "dialog"),
    ] {
        let whole = admin.get(path).await;
        assert_eq!(
            (whole.status, whole.count("h1"), whole.count("nav.subnav a[aria-current]")),
            (200, 1, 1),
            "{path}"
        );
        let part = admin.hx_get(fragment, path).await;
        assert!(part.status == 200 && part.is_fragment() && !part.has("h1"), "{path}: {}", part.body);
        assert_eq!(operator.get(path).await.status, 403, "{path}");
        assert_eq!(operator.hx_get(fragment, path).await.status, 403, "{path}");
        assert_eq!(anon.get(path).await.status, 303, "{path}");
        assert_eq!(anon.hx_get(fragment, path).await.status, 401, "{path}");
    }
    for path in ["/admin/employees", "/admin/phones", "/admin/masters", "/admin/lists/cities"] {
        assert_eq!(operator.submit(path, &[("name", "x")]).await.status, 403, "{path}");
    }
    assert_eq!(admin.get("/admin/lists/nothing/new").await.status, 404);
    assert_eq!(admin.get("/admin/employees/999").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employee_is_added_and_works_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let saved = admin.hx_submit("dialog", "/admin/employees", &with(&ANNA, &[("cities", "Саратов")])).await;
    assert_eq!(saved.status, 204, "{}", saved.body);
    assert!(saved.header("hx-trigger").contains("dialog:close"));
    assert!(saved.header("hx-location").contains("\"target\":\"#employees\""));

    assert_eq!(app.sign_in("anna").await.get("/profile").await.status, 200);
    let list = admin.hx_get("employees", "/admin/employees?q=белова 101").await;
    assert_eq!(list.count("tr[id]"), 1);
    let row = list.text();
    for word in
        ["Анна Белова", "anna", "Оператор", "Саратов", "доб. 101", "sip:op101@mango.example", "Оффлайн"]
    {
        assert!(row.contains(word), "{word} in {row}");
    }
    assert!(admin.hx_get("employees", "/admin/employees?q=никто").await.text().contains("Никого не нашлось"));
    assert!(actions(&app).contains(&("employee.create".to_owned(), "Анна Белова (anna)".to_owned())));
    let journal: Vec<String> = app.read(|db| {
        audit_log::table.filter(audit_log::action.not_like("session.%")).select(audit_log::detail).load(db)
    });
    assert!(journal.iter().all(|d| !d.contains(PASSWORD)));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_an_extension_took_before_are_credited_to_its_employee() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let id = call(&app, "a", "74950000199");
    app.write(|tx| {
        diesel::update(calls::table.find(id)).set(calls::operator_extension.eq("101")).execute(tx.db)
    });
    admin.submit("/admin/employees", &ANNA).await;
    let operator: Option<i64> = app.read(|db| calls::table.find(id).select(calls::operator_id).first(db));
    assert_eq!(operator, Some(employee_id(&app, "anna")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_keeps_what_was_typed_and_says_why_at_the_field() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    admin.submit("/admin/employees", &ANNA).await;
    let twin =
        with(&ANNA, &[("name", "Вера"), ("login", "ANNA"), ("sip_address", "sip:OP101@mango.example")]);
    for page in [
        admin.submit("/admin/employees", &twin).await,
        admin.hx_submit("dialog", "/admin/employees", &twin).await,
    ] {
        assert_eq!(page.status, 422);
        assert_eq!(page.attr("input[name=name]", "value").as_deref(), Some("Вера"));
        for field in ["login", "extension", "sip"] {
            assert_eq!(
                page.attr(&format!("#employee-{field}"), "aria-describedby"),
                Some(format!("employee-{field}-error"))
            );
            assert!(page.text_of(&format!("#employee-{field}-error")).contains("Анна Белова"));
        }
        assert!(!page.body.contains(PASSWORD), "a password came back");
    }
    let wrong = with(&ANNA, &[("login", "b"), ("password", "123"), ("extension", "10a")]);
    let page = admin.submit("/admin/employees", &wrong).await;
    for field in ["login", "password", "extension"] {
        assert!(page.has(&format!("#employee-{field}-error")), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_never_markup() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    admin.submit("/admin/employees", &with(&ANNA, &[("name", HOSTILE), ("note", HOSTILE)])).await;
    admin.submit("/admin/masters", &[("name", HOSTILE), ("status_work", "active"), ("note", HOSTILE)]).await;
    fill(&admin, "campaigns", &[("name", HOSTILE)]).await;
    let id = employee_id(&app, "anna");
    for path in [
        "/admin/employees",
        "/admin/masters",
        "/admin/lists",
        "/admin/phones/new",
        &format!("/admin/employees/{id}"),
    ] {
        let page = admin.get(path).await;
        assert!(page.text().contains(HOSTILE) || page.body.contains("&#60;script"), "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}");
    }
    let refused = admin.submit("/admin/lists/campaigns", &[("name", HOSTILE)]).await;
    assert!(refused.status == 422 && !refused.body.contains("<script>alert"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissal_ends_the_sessions_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    admin.submit("/admin/employees", &ANNA).await;
    let id = employee_id(&app, "anna");
    let anna = app.sign_in("anna").await;
    anna.submit("/profile/work-status", &[("status_work", "online")]).await;
    let form = format!("/admin/employees/{id}");

    let same = with(&ANNA, &[("password", ""), ("note", "на испытании")]);
    assert_eq!(admin.submit(&form, &same).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 200, "a note ends nobody's session");

    assert_eq!(admin.submit(&form, &with(&same, &[("status", "inactive")])).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303);
    assert_eq!(anna.hx_get("work-status", "/profile/work-status").await.status, 401);
    assert_eq!(app.anon().submit("/login", &[("login", "anna"), ("password", PASSWORD)]).await.status, 422);
    let open: i64 = app.read(|db| {
        work_status_log::table
            .filter(work_status_log::ended_at.is_null())
            .filter(work_status_log::status_work.eq("online"))
            .count()
            .get_result(db)
    });
    assert_eq!(open, 0, "a dismissed operator is not at work");
    assert!(actions(&app).contains(&("employee.dismiss".to_owned(), "Анна Белова (anna)".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_or_role_ends_the_sessions_too() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    admin.submit("/admin/employees", &with(&ANNA, &[("cities", "Саратов")])).await;
    let form = format!("/admin/employees/{}", employee_id(&app, "anna"));
    let anna = app.sign_in("anna").await;
    assert_eq!(admin.submit(&form, &with(&ANNA, &[("password", "совсем другой пароль")])).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303);

    let login = [("login", "anna"), ("password", "совсем другой пароль")];
    anna.submit("/login", &login).await;
    assert_eq!(admin.submit(&form, &with(&ANNA, &[("password", ""), ("role", "admin")])).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303);
    anna.submit("/login", &login).await;
    assert_eq!(anna.get("/admin").await.status, 200);
    assert!(!anna.get("/admin").await.has("#work-status"), "an admin has no work status");
    let rows: (i64, i64) = app.read(|db| {
        Ok((
            callcentre_operator::table.count().get_result(db)?,
            operator_cities::table.count().get_result(db)?,
        ))
    });
    assert_eq!(rows, (0, 0));
    assert_eq!(admin.submit(&form, &with(&ANNA, &[("password", "")])).await.status, 303, "and back again");
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_lock_neither_themselves_nor_everybody_out() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let form = format!("/admin/employees/{}", employee_id(&app, "ольга"));
    let base = [("name", "Ольга"), ("login", "ольга"), ("role", "admin"), ("status", "active")];
    let gone = admin.submit(&form, &with(&base, &[("status", "inactive")])).await;
    assert_eq!((gone.status, gone.has("#employee-status-error")), (422, true));
    let demoted = admin.submit(&form, &with(&base, &[("role", "operator")])).await;
    assert!(demoted.text_of("#employee-role-error").contains("Себя лишить прав нельзя"));
    let password = admin.submit(&form, &with(&base, &[("password", "другой пароль")])).await;
    assert!(password.text_of("#employee-password-error").contains("в профиле"));
    assert_eq!(admin.submit(&form, &with(&base, &[("name", "Ольга Первая")])).await.status, 303);
    assert_eq!(admin.get("/admin").await.status, 200);

    let second = app.admin("Игорь").await;
    let dismissed = second.submit(&form, &with(&base, &[("status", "inactive")])).await;
    assert_eq!(dismissed.status, 303, "{}", dismissed.text());
    assert_eq!(admin.get("/admin").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_line_is_described_and_its_calls_are_completed() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let id: i64 = app.write(|tx| {
        diesel::insert_into(phones::table)
            .values((
                phones::number.eq("74950000199"),
                phones::is_known.eq(false),
                phones::created_at.eq(at("2026-11-22T10:00:00")),
            ))
            .returning(phones::id)
            .get_result(tx.db)
    });
    let ours = call(&app, "a", "74950000199");
    let other = call(&app, "b", "74950000100");
    let list = admin.get("/admin/phones").await;
    assert!(list.text_of("#phones-unknown").contains("+7 495 000-01-99"));
    assert!(list.text_of("#phones-unknown").contains("1 звонок"));
    assert!(admin.get("/admin").await.text_of("#overview-tasks").contains("1 новый номер"));

    let form = format!("/admin/phones/{id}");
    let dialog = admin.hx_get("dialog", &form).await;
    assert!(dialog.has("#phone-number[readonly]"));
    let empty = admin.hx_submit("dialog", &form, &[("number", ""), ("rk", ""), ("city", "Саратов")]).await;
    assert_eq!((empty.status, empty.has("#phone-rk-error")), (422, true));
    assert!(empty.has("#phone-city option[selected][value='Саратов']"), "the city that was chosen stays");
    let fields = [("number", "5"), ("rk", "Авито"), ("city", "Саратов"), ("avito_name", "Сергей БТ")];
    assert_eq!(admin.hx_submit("dialog", &form, &fields).await.status, 204);

    let list = admin.get("/admin/phones").await;
    assert!(!list.has("#phones-unknown") && list.text_of("#phones-known").contains("+7 495 000-01-99"));
    let label = |id: i64| -> (Option<String>, Option<String>, Option<String>) {
        app.read(|db| calls::table.find(id).select((calls::rk, calls::city, calls::avito_name)).first(db))
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(label(ours), (named("Авито"), named("Саратов"), named("Сергей БТ")));
    assert_eq!(label(other), (None, None, None), "a call of another line");

    let kept = admin.hx_submit("dialog", &format!("{form}/delete"), &[]).await;
    assert_eq!(kept.status, 422);
    assert!(kept.text().contains("Удалить нельзя"), "{}", kept.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_entered_once_in_whatever_spelling() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let fields = |number| [("number", number), ("rk", "Авито"), ("city", "Саратов"), ("avito_name", "")];
    assert_eq!(admin.submit("/admin/phones", &fields("8 (900) 123-45-67")).await.status, 303);
    let again = admin.submit("/admin/phones", &fields("+7 900 123 45 67")).await;
    assert_eq!(again.status, 422);
    assert!(again.text_of("#phone-number-error").contains("уже есть"));
    assert_eq!(again.attr("#phone-number", "value").as_deref(), Some("+7 900 123 45 67"));
    let id: i64 = app.read(|db| phones::table.select(phones::id).first(db));
    assert_eq!(admin.submit(&format!("/admin/phones/{id}/delete"), &[]).await.status, 303);
    assert_eq!(app.read(|db| phones::table.count().get_result::<i64>(db)), 0);
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
    assert!(!admin.get("/admin/lists").await.text().contains("Лишний"));
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
