//! The search over everything: what each list finds, in one place, and nothing a person may not open.

use crate::support::calls::{call, name_client};
use crate::support::orders::{make, office};

#[tokio::test(flavor = "multi_thread")]
async fn one_field_finds_clients_orders_calls_and_pages() {
    let (app, anna) = office().await;
    let order = make(&app, anna, |_| {});
    let rung = call("79001234567", "2026-11-23T09:00:00").answered(Some(anna), 60).put(&app);
    name_client(&app, "79001234567", "Марина Ковалёва");
    let hers = app.sign_in("Анна Белова").await;
    let by_number = hers.get("/search?q=123-45-67").await;
    let links: Vec<String> = by_number.links("[data-find-hit]").into_iter().map(|(_, href)| href).collect();
    assert!(links.contains(&format!("/orders/{order}")), "{links:?}");
    assert!(links.contains(&format!("/calls/{rung}")), "{links:?}");
    assert!(links.iter().any(|href| href.starts_with("/clients/")), "{links:?}");
    for href in &links {
        assert_eq!(hers.get(href).await.status, 200, "{href}");
    }
    // ё as е, the wrong layout, the beginning of a word.
    assert!(hers.get("/search?q=ковалев").await.text().contains("Марина Ковалёва"));
    assert!(hers.get("/search?q=cnfnbcn").await.text_of("#search-found").contains("Статистика"));
    let whole = hers.get("/search?q=79001234567").await;
    assert!(whole.text().contains("Новый заказ для +7 900 123-45-67"), "{}", whole.text());
    assert!(hers.get("/search?q=щщщщщ").await.text().contains("Ничего не нашлось"));
}

#[tokio::test(flavor = "multi_thread")]
async fn employees_and_pages_of_admins_are_found_by_admins_only() {
    let (app, _) = office().await;
    let (boss, hers) = (app.admin("Ольга").await, app.sign_in("Анна Белова").await);
    assert!(boss.get("/search?q=белова").await.text_of("#search-found").contains("Сотрудники"));
    assert!(!hers.get("/search?q=белова").await.text().contains("Сотрудники"));
    assert!(boss.get("/search?q=табель").await.has("[href='/admin/time-sheet']"));
    assert!(!hers.get("/search?q=табель").await.has("[href='/admin/time-sheet']"));
    for (_, href) in boss.get("/search").await.links("[data-find-hit]") {
        assert_eq!(boss.get(&href).await.status, 200, "{href}");
    }
    for (_, href) in hers.get("/search").await.links("[data-find-hit]") {
        assert_eq!(hers.get(&href).await.status, 200, "{href}");
    }
    let dialog = hers.hx_get("dialog", "/search").await;
    assert!(dialog.is_fragment() && dialog.has("#dialog-title") && dialog.has("[data-find-field]"));
    let found = hers.hx_get("search-found", "/search?q=заказ").await;
    assert!(found.is_fragment() && !found.has("[data-find-field]"));
}
