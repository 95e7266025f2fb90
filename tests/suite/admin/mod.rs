//! «Управление»: employees, lines, masters, lists.

mod audit;
mod catalogs;
mod data;
mod employees;
mod lines;
mod overview;
mod timesheet;

use callcentre::admin::catalogs::{Kind, queries as lists};
use callcentre::domain::id::{AccountId, ItemId};
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

fn id_of(app: &TestApp, kind: Kind, name: &str) -> ItemId {
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

fn employee_id(app: &TestApp, login: &str) -> AccountId {
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
