//! What is written in one way and typed in another is found, also when it was stored before the rules were these.

use callcentre::domain::phone::Phone;
use callcentre::platform::db::schema::{addresses, client_search, order_addresses, order_search, settings};
use callcentre::platform::refold;
use callcentre::schedule;
use diesel::prelude::*;

use crate::support::orders::{fields, make, office};
use crate::support::{Client, TestApp};

fn query(q: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", q);
    query.finish()
}

async fn found(person: &Client, q: &str) -> Vec<i64> {
    let page = person.hx_get("orders", &format!("/orders?{}", query(q))).await;
    assert_eq!(page.status, 200, "{q}");
    page.texts("#orders th a").iter().map(|id| id.parse().expect("a number")).collect()
}

async fn work(app: &TestApp) {
    let running = app.app.clone();
    tokio::task::spawn_blocking(move || schedule::run_now(&running, "refold"))
        .await
        .expect("a task")
        .expect("folded anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_nobody_sees_hide_no_order() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let new = async |name: &'static str, address: &'static str, phone: &'static str, day: &'static str| {
        let sent = [("client_name", name), ("address", address), ("phone", phone), ("date_meeting", day)];
        let saved = anna.submit("/orders", &fields(&sent)).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        saved.header("location").rsplit('/').next().and_then(|id| id.parse::<i64>().ok()).expect("an id")
    };
    let apart = new(
        "Андреи\u{306} Толстои\u{306}",
        "Первомаи\u{306}скии\u{306} проезд, 3",
        "79000000001",
        "2026-11-24T10:00",
    )
    .await;
    let soft =
        new("Кон\u{ad}стан\u{ad}тин", "ул.\u{a0}Ми\u{200b}ра,\u{a0}9", "79000000002", "2026-11-24T12:00")
            .await;
    let latin = new("Cергеев", "ул. Cиреневая, 1", "79000000003", "2026-11-25T10:00").await;
    for (q, order) in [
        ("андрей", apart),
        ("андреи\u{306}", apart),
        ("первомайский", apart),
        ("константин", soft),
        ("Конс\u{ad}тантин", soft),
        ("мира 9", soft),
        ("сергеев", latin),
        ("Cергеев", latin),
        ("сирен", latin),
        ("Cирен", latin),
    ] {
        assert_eq!(found(&anna, q).await, [order], "{q:?}");
    }
    let clients = anna.get(&format!("/clients?{}", query("Сергеев"))).await;
    assert!(clients.text().contains("+7 900 000-00-03"), "{}", clients.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_the_city_is_searched_and_follows_it() {
    let (app, id) = office().await;
    let samara = make(&app, id, |order| {
        order.city = "Самара".into();
        order.address = "ул. Победы, 8".into();
    });
    let moscow = make(&app, id, |order| order.address = "ул. Победы, 8".into());
    let anna = app.sign_in("Анна Белова").await;
    assert_eq!(found(&anna, "самара победы").await, [samara]);
    assert_eq!(found(&anna, "победы москва").await, [moscow]);

    let moved = [("city", "Москва"), ("date_meeting", "2026-11-24T17:00"), ("version", "1")];
    assert_eq!(anna.hx_submit("dialog", &format!("/orders/{samara}"), &moved).await.status, 200);
    assert!(found(&anna, "самара победы").await.is_empty());

    let boss = app.admin("Ольга").await;
    let city: i64 = app.read(|db| {
        use callcentre::platform::db::schema::cities;
        cities::table.filter(cities::name.eq("Москва")).select(cities::id).first(db)
    });
    work(&app).await;
    let renamed = [("name", "Столица"), ("is_active", "on"), ("time_zone", "Europe/Moscow")];
    assert_eq!(boss.submit(&format!("/admin/lists/cities/{city}"), &renamed).await.status, 303);
    work(&app).await;
    let mut both = found(&anna, "столица победы").await;
    both.sort_unstable();
    assert_eq!(both, [samara, moscow]);
    assert!(found(&anna, "москва").await.is_empty());
}

/// As the program kept them before it knew of look-alikes and cities.
fn as_before(app: &TestApp, order: i64) {
    app.write(|tx| {
        for name in [refold::ORDERS, refold::ADDRESSES, refold::CLIENTS] {
            callcentre::platform::settings::remove(tx.db, name)?;
        }
        diesel::update(order_search::table.find(order))
            .set(order_search::words.eq("cергеев ул cиреневая 1 течет"))
            .execute(tx.db)?;
        diesel::update(client_search::table).set(client_search::words.eq("cергеев")).execute(tx.db)?;
        diesel::update(addresses::table)
            .set((addresses::folded.eq("cиреневая 1"), addresses::words.eq("cиреневая 1")))
            .execute(tx.db)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_before_is_folded_anew_some_rows_at_a_time() {
    let (app, id) = office().await;
    let old = make(&app, id, |order| {
        order.client_name = "Cергеев".into();
        order.address = "ул. Cиреневая, 1".into();
    });
    let anna = app.sign_in("Анна Белова").await;
    as_before(&app, old);
    assert!(found(&anna, "сергеев").await.is_empty(), "kept by the old rules");
    // Another order there in the meantime: the place has a row by either rule.
    let new = make(&app, id, |order| {
        order.phone = Phone::stored("79007654321").expect("a number");
        order.address = "ул. Сиреневая, 1".into();
    });

    work(&app).await;
    assert_eq!(found(&anna, "сергеев").await, [old]);
    assert_eq!(found(&anna, "москва сиреневая").await.len(), 2);
    let clients = anna.get(&format!("/clients?{}", query("Сергеев 4567"))).await;
    assert!(clients.text().contains("+7 900 123-45-67"), "{}", clients.text());
    let places: Vec<(String, i64)> =
        app.read(|db| addresses::table.select((addresses::folded, addresses::uses)).load(db));
    assert_eq!(places, [("сиреневая 1".to_owned(), 2)], "one place, whoever wrote it");
    let links: Vec<i64> = app.read(|db| {
        order_addresses::table.order(order_addresses::order_id).select(order_addresses::order_id).load(db)
    });
    assert_eq!(links, [old, new]);
    let done: Vec<String> = app
        .read(|db| settings::table.filter(settings::name.like("refold.%")).select(settings::value).load(db));
    assert!(done.len() == 3 && done.iter().all(|place| place.ends_with(" done")), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn folding_anew_goes_on_where_it_was_interrupted() {
    let (app, id) = office().await;
    let orders: Vec<i64> = (0..3).map(|_| make(&app, id, |_| {})).collect();
    let words = |app: &TestApp| -> Vec<String> {
        app.read(|db| order_search::table.order(order_search::order_id).select(order_search::words).load(db))
    };
    let wanted = words(&app);
    app.write(|tx| diesel::update(order_search::table).set(order_search::words.eq("old")).execute(tx.db));
    let put = |place: String| {
        app.write(move |tx| {
            let now = "2026-11-23T12:00:00".parse().expect("a moment");
            callcentre::platform::settings::put(tx.db, refold::ORDERS, &place, now)
        });
    };
    // The newest is done: a restart begins below it.
    put(format!("{} {}", callcentre::domain::search_words::RULES, orders[2]));
    work(&app).await;
    assert_eq!(words(&app), [wanted[0].clone(), wanted[1].clone(), "old".to_owned()]);
    // Other rules: from the top.
    put("1 done".to_owned());
    work(&app).await;
    assert_eq!(words(&app), wanted);
}
