//! Finding a client.

use super::{MARINA, desk};
use callcentre::domain::id::ClientId;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_found_by_number_and_name_however_typed() {
    let desk = desk().await;
    let marina = desk.client(MARINA, "Марина Ёлкина");
    desk.client("74951112233", "Иван");
    desk.order(MARINA, "ул. Чапаева, 48");
    for q in [
        "8 (900) 123-45-67",
        "+7 900 123 45 67",
        "9001234567",
        "4567",
        "123-45",
        "марина",
        "ЕЛКИНА",
        "ёлк",
        "vfhbyf",
        "марина 4567",
    ] {
        let page = desk.anna.get(&format!("/clients?q={}", encoded(q))).await;
        assert_eq!(page.count(".client-found li"), 1, "{q}: {}", page.text());
        assert!(page.has(&format!(".client-found a[href='/clients/{marina}']")), "{q}");
        let row = page.text_of(".client-found li");
        assert!(row.contains("+7 900 123-45-67") && row.contains("1 заказ"), "{row}");
        assert!(row.contains("Москва · обращался"), "{row}");
    }
    for q in ["", "Пётр", "'; DROP TABLE clients; --", "\" OR \"", "\u{202e}", "%\u{0}%", "😀"] {
        let page = desk.anna.get(&format!("/clients?q={}", encoded(q))).await;
        assert_eq!((page.status, page.count(".client-found li")), (200, 0), "{q}");
        assert!(page.has(".empty"));
    }
    let long = desk.anna.get(&format!("/clients?q={}", "a".repeat(4000))).await;
    assert_eq!(long.status, 200);
    let part = desk.anna.hx_get("found", &format!("/clients?q={}", encoded("марина"))).await;
    assert!(part.is_fragment() && part.has("#found .client-found"));
    let nothing = desk.anna.get(&format!("/orders?q={}", encoded("Пётр & Ко"))).await;
    assert!(nothing.has("a[href^='/clients?q=']"), "the search of orders leads here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_something_common_shows_the_newest() {
    let desk = desk().await;
    let all: Vec<ClientId> =
        (0..25).map(|n| desk.client(&format!("790000000{n:02}"), &format!("Иван {n}"))).collect();
    let page = desk.anna.get(&format!("/clients?q={}", encoded("иван"))).await;
    assert_eq!(page.count(".client-found li"), 20);
    assert!(page.text().contains("Уточните поиск"));
    assert!(page.has(&format!("a[href='/clients/{}']", all[24])));
    assert!(!page.has(&format!("a[href='/clients/{}']", all[0])));
    // The owner of exactly this number is there, however many numbers contain it.
    let short = desk.client("7900", "Справка");
    let page = desk.anna.get("/clients?q=7900").await;
    assert_eq!(page.attr(".client-found a", "href"), Some(format!("/clients/{short}")));
}

fn encoded(q: &str) -> String {
    form_urlencoded::byte_serialize(q.as_bytes()).collect()
}
