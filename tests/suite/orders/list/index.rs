//! The list of orders: order, filters, search, pages, slot grid, and what it costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callcentre::domain::id::{ClientId, MasterId};
use callcentre::domain::order::{StatusOrder, TypeEquipment};
use callcentre::domain::phone::Phone;
use callcentre::orders::list::filter::OrderFilter;
use callcentre::orders::queries::{clients, list};
use callcentre::platform::db::schema::master;
use callcentre::slots::queries::{explain, load};
use callcentre::web::form::Fields;
use callcentre::web::list::Slice;
use chrono_tz::Europe::Moscow;
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;

use crate::support::app::on_postgres;
use crate::support::orders::{NOON, at, make, meeting, office};
use crate::support::{Client, TestApp};

fn address(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    format!("/orders?{}", query.finish())
}

/// Numbers of the orders the list shows.
async fn listed(anna: &Client, pairs: &[(&str, &str)]) -> Vec<i64> {
    let page = anna.hx_get("orders", &address(pairs)).await;
    assert_eq!(page.status, 200, "{pairs:?}");
    page.texts("#orders th a").iter().map(|id| id.parse().expect("a number")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_whole_or_in_its_parts() {
    let (app, id) = office().await;
    let order = make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    let whole = anna.get("/orders").await;
    assert!(
        !whole.is_fragment() && whole.count("h1") == 1 && whole.has("#slots") && whole.has("#orders-filter")
    );
    let row = format!("#order-{order}");
    assert_eq!(whole.attr(&row, "data-status").as_deref(), Some("wait"));
    assert_eq!(whole.attr(&row, "data-href"), Some(format!("/orders/{order}")));
    assert_eq!(whole.attr(&format!("{row} a"), "hx-get"), Some(format!("/orders/{order}")));
    let rows = anna.hx_get("orders", "/orders").await;
    assert!(rows.is_fragment() && rows.has("tbody#orders tr") && !rows.has("#slots"));
    let grid = anna.hx_get("slots-card", "/orders").await;
    assert!(grid.is_fragment() && grid.has("#slots") && !grid.has("tbody#orders"));
    let main = anna.hx_get("main", "/orders?q=&city=&page=1").await;
    assert!(main.is_fragment() && main.has("main#main"));
    assert_eq!(main.header("hx-push-url"), "/orders?page=1");
    assert_eq!(app.anon().get("/orders").await.status, 303);
    assert_eq!(app.anon().hx_get("orders", "/orders").await.status, 401);
    let open = anna.get(&format!("/orders?open={order}")).await;
    assert_eq!(
        open.attr("[hx-trigger=load][hx-target='#dialog']", "hx-get"),
        Some(format!("/orders/{order}"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_usual_order_is_by_status_then_visit_then_closing() {
    let (app, id) = office().await;
    let mut ids = Vec::new();
    for (status, visit, closed) in [
        (StatusOrder::Done, "2026-11-20T10:00:00", Some("2026-11-20T09:00:00")),
        (StatusOrder::Done, "2026-11-20T10:00:00", Some("2026-11-22T09:00:00")),
        (StatusOrder::Refused, "2026-11-20T10:00:00", Some("2026-11-23T09:00:00")),
        (StatusOrder::Modern, "2026-11-20T10:00:00", None),
        (StatusOrder::Wait, "2026-11-25T10:00:00", None),
        (StatusOrder::Wait, "2026-11-24T10:00:00", None),
        (StatusOrder::Accepted, "2026-11-23T10:00:00", None),
    ] {
        ids.push(make(&app, id, |order| {
            order.status = status;
            order.meeting = meeting(visit, Moscow);
            order.closed_at = closed.map(at);
        }));
    }
    let anna = app.sign_in("Анна Белова").await;
    let [old_done, new_done, refused, modern, later, sooner, accepted] = ids[..] else { panic!("seven") };
    assert_eq!(listed(&anna, &[]).await, [sooner, later, accepted, modern, new_done, old_done, refused]);
    assert_eq!(listed(&anna, &[("sort", "-id")]).await[0], accepted);
    assert_eq!(listed(&anna, &[("sort", "meeting")]).await.last(), Some(&later));
    assert_eq!(listed(&anna, &[("sort", "-closed")]).await[..3], [refused, new_done, old_done]);
    assert_eq!(listed(&anna, &[("sort", "closed")]).await[4..], [old_done, new_done, refused]);
    let head = anna.get(&address(&[("sort", "meeting")])).await;
    assert_eq!(head.text_of("th[aria-sort=ascending]"), "Встреча");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_narrows_and_they_work_together() {
    let (app, id) = office().await;
    let gusev: MasterId = app.write(|tx| {
        diesel::insert_into(master::table)
            .values(master::name.eq("Пётр Гусев"))
            .returning(master::id)
            .get_result(tx.db)
    });
    let plain = make(&app, id, |_| {});
    let samara = make(&app, id, |order| {
        order.city = "Самара".into();
        order.type_equipment = TypeEquipment::Computers;
        order.meeting = meeting("2026-11-26T23:30:00", chrono_tz::Europe::Samara);
    });
    let done = make(&app, id, |order| {
        order.rk = "Листовка".into();
        order.master_id = Some(gusev);
        order.status = StatusOrder::Done;
        order.closed_at = Some(at("2026-11-22T20:59:00"));
        order.created_at = at("2026-11-20T21:01:00");
    });
    let noorder = make(&app, id, |order| {
        order.status = StatusOrder::NoOrder;
        order.closed_at = Some(at("2026-11-22T21:00:00"));
    });
    let anna = app.sign_in("Анна Белова").await;
    let master = gusev.to_string();
    for (pairs, expected) in [
        (vec![("status", "Ожидает")], vec![plain, samara]),
        (vec![("status", "Готово"), ("status", "Незаказ")], vec![done, noorder]),
        (vec![("status", "Ожидает"), ("status", "Готово")], vec![plain, samara, done]),
        (vec![("city", "Самара")], vec![samara]),
        (vec![("equipment", "КП")], vec![samara]),
        (vec![("rk", "Листовка")], vec![done]),
        (vec![("master", &*master)], vec![done]),
        (vec![("master", "none"), ("city", "Москва")], vec![plain, noorder]),
        (vec![("meeting_from", "2026-11-26"), ("meeting_to", "2026-11-26")], vec![samara]),
        (vec![("meeting_to", "2026-11-25")], vec![plain, done, noorder]),
        (vec![("closed_from", "2026-11-22"), ("closed_to", "2026-11-22")], vec![done]),
        (vec![("closed_from", "2026-11-23")], vec![noorder]),
        (vec![("closed_to", "2026-11-30")], vec![done, noorder]),
        (vec![("created_from", "2026-11-21"), ("created_to", "2026-11-21")], vec![done]),
        (vec![("slot", "2026-11-24T15:00"), ("equipment", "БТ")], vec![plain, done, noorder]),
        (vec![("slot", "2026-11-26Tout")], vec![samara]),
        (vec![("city", "Тверь")], vec![]),
        (vec![("city", "'; DROP TABLE orders")], vec![]),
    ] {
        let mut found = listed(&anna, &pairs).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{pairs:?}");
    }
    let page = anna
        .get(&address(&[("slot", "2026-11-24T15:00"), ("equipment", "БТ"), ("slots_city", "Самара")]))
        .await;
    assert_eq!(page.text_of("#slot-chip"), "24.11 15:00 · БТ");
    let new = page.attr("a.btn--soft", "href").expect("a way to a new order");
    assert_eq!(
        new,
        format!(
            "/orders/new?{}",
            &address(&[("slot", "2026-11-24T15:00"), ("equipment", "БТ"), ("city", "Самара")])[8..]
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_finds_numbers_telephones_names_and_addresses() {
    let (app, id) = office().await;
    let marina = make(&app, id, |_| {});
    let semyon = make(&app, id, |order| {
        order.phone = Phone::parse("+7 927 555-41-08").expect("a number");
        order.client_name = "Семён Ёлкин".into();
        order.address = "2-я Садовая, 106, кв. 7а".into();
        order.problem = "Bosch E18".into();
    });
    let anna = app.sign_in("Анна Белова").await;
    let number = semyon.to_string();
    for (q, expected) in [
        ("8 (927) 555-41-08", vec![semyon]),
        ("+79275554108", vec![semyon]),
        ("55541", vec![semyon]),
        ("41-08", vec![semyon]),
        ("1234567", vec![marina]),
        ("елкин", vec![semyon]),
        ("ЁЛКИН семён", vec![semyon]),
        ("Семен садовая", vec![semyon]),
        ("садов 106", vec![semyon]),
        ("елкин 4108", vec![semyon]),
        ("Ёлкин 927 555", vec![semyon]),
        ("садовая 4108", vec![semyon]),
        ("4108 садовая ёлкин", vec![semyon]),
        ("чапаева 4108", vec![]),
        ("ukrby", vec![]),
        ("`krby", vec![semyon]),
        ("xfgftdf", vec![marina]),
        ("bosch", vec![semyon]),
        ("7а", vec![semyon]),
        ("нет такого", vec![]),
        ("!!!", vec![]),
        (&*format!("№ {number}"), vec![semyon]),
        ("' OR 1=1 --", vec![]),
        ("\" * ( NEAR", vec![]),
    ] {
        let mut found = listed(&anna, &[("q", q)]).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{q}");
    }
    assert!(listed(&anna, &[("q", &number)]).await.contains(&semyon));
    let narrowed = listed(&anna, &[("q", "кв"), ("city", "Самара")]).await;
    assert!(narrowed.is_empty(), "the search and a filter work together");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gaps() {
    let (app, id) = office().await;
    for hour in 0..7 {
        make(&app, id, |order| order.meeting = meeting(&format!("2026-11-24T1{hour}:00:00"), Moscow));
    }
    let anna = app.sign_in("Анна Белова").await;
    let mut seen = Vec::new();
    for page in ["1", "2", "3", "4"] {
        seen.extend(listed(&anna, &[("per_page", "3"), ("page", page)]).await);
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    let page = anna.get(&address(&[("per_page", "3"), ("page", "2"), ("rk", "Авито")])).await;
    assert!(page.text_of(".pager").starts_with("4–6 из 7"), "{}", page.text_of(".pager"));
    let next = page.attr(".pager [rel=next]", "href").expect("a next page");
    assert!(next.contains("page=3") && next.contains("rk="), "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_goes_on_behind_the_last_row_in_every_order() {
    let (app, id) = office().await;
    for hour in 0..4 {
        make(&app, id, |order| order.meeting = meeting(&format!("2026-11-24T1{hour}:00:00"), Moscow));
        make(&app, id, |order| {
            order.status = StatusOrder::Done;
            order.closed_at = Some(at(&format!("2026-11-23T0{hour}:00:00")));
        });
    }
    let anna = app.sign_in("Анна Белова").await;
    for sort in ["", "id", "-id", "meeting", "-meeting", "closed", "-closed", "created", "-created"] {
        let whole = listed(&anna, &[("sort", sort)]).await;
        assert_eq!(whole.len(), 8, "{sort}");
        let (mut seen, mut next) = (Vec::new(), address(&[("sort", sort), ("per_page", "3")]));
        while !next.is_empty() {
            let page = anna.hx_get("orders", &next).await;
            seen.extend(page.texts("#orders th a").iter().map(|id| id.parse::<i64>().expect("a number")));
            let link = anna.get(&next).await.attr(".pager [rel=next]", "href").unwrap_or_default();
            assert!(link.is_empty() || link.contains("after="), "{link}");
            next = link;
        }
        assert_eq!(seen, whole, "{sort}");
    }
    // What comes before it meanwhile moves nothing: no row is shown again.
    let first = anna.get(&address(&[("per_page", "3")])).await;
    let next = first.attr(".pager [rel=next]", "href").expect("a next page");
    let before = anna.hx_get("orders", &next).await.texts("#orders th a");
    make(&app, id, |order| order.meeting = meeting("2026-11-24T08:00:00", Moscow));
    assert_eq!(anna.hx_get("orders", &next).await.texts("#orders th a"), before);
    // Another filter begins at its own beginning.
    let page = anna.get(&next).await;
    assert!(!page.attr("#orders-filter", "action").unwrap_or_default().contains("after"));
    assert!(page.has("input[name=q]") && !page.has("input[name=after]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grid_counts_open_orders_of_the_whole_database() {
    let (app, id) = office().await;
    for _ in 0..4 {
        make(&app, id, |_| {});
    }
    make(&app, id, |order| order.meeting = meeting("2026-11-24T15:20:00", Moscow));
    make(&app, id, |order| {
        order.status = StatusOrder::Done;
        order.closed_at = Some(at("2026-11-23T10:00:00"));
    });
    make(&app, id, |order| order.meeting = meeting("2026-11-24T08:00:00", Moscow));
    make(&app, id, |order| {
        order.city = "Самара".into();
        order.meeting = meeting("2026-11-24T15:00:00", chrono_tz::Europe::Samara);
    });
    let anna = app.sign_in("Анна Белова").await;
    let cell = "#slots [data-slot='15:00'][data-equipment='БТ']";
    let all = anna.get(&address(&[("slots_day", "2026-11-24"), ("per_page", "1"), ("q", "никого")])).await;
    assert_eq!(all.text_of(cell), "6", "not the page, not the filter, not the closed one");
    assert_eq!(all.text_of("#slots [data-slot=out]"), "1");
    let moscow = anna.get(&address(&[("slots_day", "2026-11-24"), ("slots_city", "Москва")])).await;
    assert_eq!(moscow.text_of(cell), "5");
    assert_eq!(moscow.attr(cell, "data-h").as_deref(), Some("over"), "more than three");
    assert_eq!(moscow.text_of("#slots [data-slot='15:30'][data-equipment='БТ']"), "0");
    assert!(moscow.text_of(".slots-card__sum").starts_with("6 из"));
    let tabs = moscow.texts(".slots-card__cities a");
    assert!(tabs.contains(&"Москва 6".to_owned()) && tabs.contains(&"Самара 1".to_owned()), "{tabs:?}");
    let listed = anna.get(&address(&[("slots_day", "2026-11-24"), ("city", "Москва")])).await;
    assert_eq!(listed.text_of(cell), "5", "the grid follows the filter of the list");
    let chosen = [("slots_day", "2026-11-24"), ("city", "Москва"), ("slots_city", "all")];
    assert_eq!(anna.get(&address(&chosen)).await.text_of(cell), "6", "until another city is chosen for it");
    let today = anna.get("/orders").await;
    assert_eq!(today.text_of(cell), "0");
    assert!(today.text_of(".slots-card").contains("Заявки на сегодня"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grids_today_and_past_are_the_citys() {
    let (app, _) = office().await;
    app.app.clock.stop_at(at("2026-11-23T20:30:00"));
    let anna = app.sign_in("Анна Белова").await;
    for (city, date) in [("Москва", "23 ноября"), ("Калининград", "23 ноября"), ("Екатеринбург", "24 ноября")]
    {
        let page = anna.get(&address(&[("slots_city", city)])).await;
        assert!(
            page.text_of(".slots-card__head").contains(date),
            "{city}: {}",
            page.text_of(".slots-card__head")
        );
    }
    app.app.clock.stop_at(at("2026-11-23T12:10:00"));
    for (city, past) in [("Калининград", 8), ("Москва", 10), ("Екатеринбург", 14)]
    {
        let page = anna.get(&address(&[("slots_city", city)])).await;
        assert_eq!(page.count("#slots thead th.is-past"), past, "{city}");
    }
}

fn plan(app: &TestApp, pairs: &[(&str, &str)]) -> String {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.set(name, value);
    }
    let filter = OrderFilter::of(&fields);
    app.read(|db| list::explain(db, &filter, Slice { page: 1, per_page: 50 }, Moscow))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_queries_read_indexes() {
    let (app, id) = office().await;
    make(&app, id, |_| {});
    for (pairs, index) in [
        (vec![], "orders_list"),
        (vec![("status", "Ожидает")], "orders_list"),
        (vec![("city", "Москва")], "orders_city"),
        (vec![("rk", "Авито")], "orders_rk"),
        (vec![("master", "1")], "orders_master"),
        (vec![("equipment", "БТ")], "orders_equipment"),
        (vec![("sort", "-meeting")], "orders_meeting"),
        (vec![("sort", "-created")], "orders_created"),
        (vec![("sort", "-closed")], "orders_closed"),
    ] {
        let plan = plan(&app, &pairs);
        assert!(plan.contains(index), "{pairs:?}:\n{plan}");
        assert!(
            !plan.contains("TEMP B-TREE") && !plan.contains("Sort"),
            "{pairs:?} is sorted by hand:\n{plan}"
        );
    }
    let search = plan(&app, &[("q", "садовая 1234")]);
    if on_postgres() {
        assert!(search.contains("order_search_words") && !search.contains("Seq Scan"), "{search}");
    } else {
        assert!(search.contains("order_search_fts VIRTUAL TABLE INDEX"), "{search}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slot_grid_reads_its_day_only() {
    let (app, id) = office().await;
    make(&app, id, |_| {});
    // On a handful of rows any index is as good as another.
    app.write(|tx| {
        diesel::sql_query(
            "INSERT INTO orders (rk, city, phone, client_id, type_order, client_name, address, date_meeting,
               meeting_day, meeting_minute, type_equipment, problem, status_order, operator_name_id, create_date,
               list_rank, list_time)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             SELECT o.rk, o.city, o.phone, o.client_id, o.type_order, o.client_name, o.address, o.date_meeting,
               'day ' || (n.i % 400), o.meeting_minute, o.type_equipment, o.problem, o.status_order,
               o.operator_name_id, o.create_date, o.list_rank, o.list_time
             FROM orders o CROSS JOIN n",
        )
        .execute(tx.db)?;
        diesel::sql_query("ANALYZE orders").execute(tx.db)
    });
    let grid = app.read(|db| explain(db, &["Москва".to_owned()], &["day 7".to_owned()]));
    assert!(grid.contains("orders_slots"), "{grid}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_take_no_more_queries() {
    let (app, id) = office().await;
    let queries = |app: &TestApp| {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        app.read(|db| {
            db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
            list::page(db, &OrderFilter::default(), Slice { page: 1, per_page: 200 }, Moscow)?;
            let days = ["2026-11-24".parse().expect("a day")];
            load(db, &["Москва".to_owned(), "Самара".to_owned()], &days, at(NOON))?;
            clients::past_orders(db, ClientId(1), None, 50)?;
            db.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            Ok(())
        });
        count.load(Ordering::Relaxed)
    };
    make(&app, id, |_| {});
    let few = queries(&app);
    for _ in 0..40 {
        make(&app, id, |_| {});
    }
    assert!(few > 3, "{few}");
    assert_eq!(queries(&app), few);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_by_another_clock_is_marked_so_that_the_order_of_visits_reads_right() {
    let (app, id) = office().await;
    let visit = |city: &'static str, zone: chrono_tz::Tz, time: &'static str| {
        make(&app, id, |order| {
            order.city = city.into();
            order.meeting = meeting(&format!("2026-11-24T{time}:00"), zone);
        })
    };
    let moscow = visit("Москва", Moscow, "14:30");
    let samara = visit("Самара", chrono_tz::Europe::Samara, "15:00");
    let west = visit("Калининград", chrono_tz::Europe::Kaliningrad, "13:50");
    let anna = app.sign_in("Анна Белова").await;
    assert_eq!(listed(&anna, &[("sort", "meeting")]).await, [samara, moscow, west], "by the moment");
    let page = anna.get("/orders").await;
    let cell = |id: i64| page.text_of(&format!("#order-{id} .c-meeting"));
    assert!(!page.has(&format!("#order-{moscow} .t-ahead")), "{}", cell(moscow));
    for (id, mark, here) in [(samara, "+1", "14:00"), (west, "−1", "14:50")] {
        assert!(cell(id).contains(mark) && cell(id).contains(&format!("у нас {here}")), "{}", cell(id));
        let title = page.attr(&format!("#order-{id} .t-ahead"), "title");
        assert_eq!(title, Some(format!("По часам города; у нас {here}")));
    }
    // Wherever else the time of a visit stands among others.
    let similar = anna.get("/orders/duplicates?phone=%2B79001234567&city=Самара").await;
    assert!(similar.has(".duplicates__what .t-ahead"), "{}", similar.text());
}
