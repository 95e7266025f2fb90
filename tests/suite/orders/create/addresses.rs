//! Address suggestions from our own orders.

use callcentre::domain::id::AccountId;
use callcentre::domain::phone::Phone;
use callcentre::orders::queries::addresses as known;
use callcentre::platform::db::schema::{addresses, order_addresses};
use diesel::prelude::*;

use crate::support::app::on_postgres;
use crate::support::orders::{fields, make, office};
use crate::support::{Client, TestApp};

async fn offered(anna: &Client, city: &str, typed: &str, phone: &str) -> Vec<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("city", city), ("address", typed), ("phone", phone)]);
    let page = anna.hx_get("n-address-list", &format!("/orders/addresses?{}", query.finish())).await;
    assert!(page.status == 200 && page.is_fragment(), "{typed}: {}", page.status);
    page.texts("[role=option] .clip")
}

fn been_to(app: &TestApp, id: AccountId, city: &str, address: &str, phone: &str) -> i64 {
    make(app, id, |order| {
        order.city = city.into();
        order.address = address.into();
        order.phone = Phone::parse(phone).expect("a number");
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_found_by_any_beginnings_of_its_words() {
    let (app, id) = office().await;
    for address in ["ул. Ленина, 5", "ул. Ленина, 52, кв. 7", "пр. Ёлочный, 3", "Новоленинский пер., 1"]
    {
        been_to(&app, id, "Самара", address, "89000000001");
    }
    been_to(&app, id, "Москва", "ул. Ленина, 5", "89000000001");
    let anna = app.sign_in("Анна Белова").await;
    let five = ["ул. Ленина, 5", "ул. Ленина, 52, кв. 7"];
    for typed in ["лен 5", "5 лен", "улица ленина 5", "Ленина д.5", "ktybyf 5", "ek. ktybyf, 5", "ЛЕНИНА5"]
    {
        if typed == "ЛЕНИНА5" {
            assert!(offered(&anna, "Самара", typed, "").await.is_empty(), "one word that nobody wrote");
        } else {
            assert_eq!(offered(&anna, "Самара", typed, "").await, five, "{typed}: whole words first");
        }
    }
    assert_eq!(offered(&anna, "Самара", "елоч", "").await, ["пр. Ёлочный, 3"]);
    assert_eq!(offered(&anna, "Самара", "ёлоч", "").await, ["пр. Ёлочный, 3"]);
    assert_eq!(
        offered(&anna, "Самара", "`kjx", "").await,
        ["пр. Ёлочный, 3"],
        "the wrong layout has a ё too"
    );
    assert_eq!(offered(&anna, "Москва", "лен", "").await, ["ул. Ленина, 5"], "of this city only");
    for nothing in
        [("", "лен"), ("Самара", "л"), ("Лондон", "лен"), ("Самара", "лун"), ("Самара", "ул. Ленина, 99")]
    {
        assert!(offered(&anna, nothing.0, nothing.1, "").await.is_empty(), "{nothing:?}");
    }
    let long = "щ".repeat(10_000);
    for odd in
        ["'; DROP TABLE addresses; --", "\"*", "лен:* | 5", "<script>", "😀", "%", "\u{202e}", &long[..200]]
    {
        offered(&anna, "Самара", odd, "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clients_own_addresses_come_first_and_without_typing() {
    let (app, id) = office().await;
    for n in 0..14 {
        been_to(&app, id, "Самара", &format!("ул. Ленина, {n}"), "89000000001");
    }
    been_to(&app, id, "Самара", "ул. Ленина, 200", "89000000002");
    been_to(&app, id, "Самара", "ул. Мира, 1", "89000000002");
    let anna = app.sign_in("Анна Белова").await;
    assert_eq!(offered(&anna, "Самара", "", "8 900 000-00-02").await, ["ул. Мира, 1", "ул. Ленина, 200"]);
    let typed = offered(&anna, "Самара", "лен", "8 900 000-00-02").await;
    assert_eq!((typed.len(), typed[0].as_str()), (10, "ул. Ленина, 200"));
    assert!(offered(&anna, "Самара", "", "").await.is_empty());
    assert!(!offered(&anna, "Самара", "ул. Ленина, 200", "").await.contains(&"ул. Ленина, 200".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_keeps_its_place_and_an_edit_moves_it() {
    let (app, id) = office().await;
    let first = been_to(&app, id, "Самара", "ул. Ленина, 5", "89000000001");
    let anna = app.sign_in("Анна Белова").await;
    let form = fields(&[("city", "Самара"), ("address", "Ленина д. 5"), ("phone", "89000000009")]);
    assert_eq!(anna.submit("/orders", &form).await.status, 303);
    let rows = |app: &TestApp| -> Vec<(String, String, i64)> {
        app.read(|db| {
            let columns = (addresses::folded, addresses::address, addresses::uses);
            addresses::table.order(addresses::id).select(columns).load(db)
        })
    };
    assert_eq!(
        rows(&app),
        [("ленина 5".to_owned(), "Ленина д. 5".to_owned(), 2)],
        "one place, as written last"
    );
    let change = [("address", "пр. Мира, 1"), ("was_address", "ул. Ленина, 5"), ("version", "1")];
    let saved = anna.submit(&format!("/orders/{first}"), &change).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert_eq!(rows(&app).len(), 2);
    let links: Vec<i64> = app.read(|db| {
        let of_first = order_addresses::table.filter(order_addresses::order_id.eq(first));
        of_first.inner_join(addresses::table).select(addresses::uses).load(db)
    });
    assert_eq!(links, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_reads_its_index() {
    let (app, id) = office().await;
    been_to(&app, id, "Самара", "ул. Ленина, 5", "89000000001");
    app.write(|tx| {
        diesel::sql_query(
            "INSERT INTO addresses (city, folded, address, words, uses, last_used_at)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             SELECT 'Самара', 'улица ' || n.i, 'улица ' || n.i, 'улица' || n.i || ' ' || n.i, 1, a.last_used_at
             FROM addresses a CROSS JOIN n",
        )
        .execute(tx.db)?;
        diesel::sql_query("ANALYZE addresses").execute(tx.db)
    });
    let words = ["ленин".to_owned(), "5".to_owned()];
    let plan = app.read(|db| known::explain(db, "Самара", &words));
    if on_postgres() {
        assert!(plan.contains("addresses_words"), "{plan}");
    } else {
        assert!(plan.contains("VIRTUAL TABLE INDEX") && !plan.contains("SCAN a"), "{plan}");
    }
    assert_eq!(app.read(|db| known::matching(db, "Самара", &words)).len(), 1);
}
