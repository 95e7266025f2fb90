//! How many statements a page costs, from the session to the last row. Requests may meet the background work, which
//! asks the database too: the smallest of several counts is the page's own.

use callcentre::domain::person::Role;
use callcentre::platform::live::{Event, Marked};
use reqwest::Method;
use tokio::sync::broadcast::Receiver;

use crate::support::app::on_postgres;
use crate::support::calls::call;
use crate::support::orders::{make, office};
use crate::support::{Client, Page, TestApp};

/// Enough that one of them is not disturbed.
const TRIES: usize = 6;

/// Statements of a fragment of a page when the process has got warm.
async fn statements_of(app: &TestApp, client: &Client, path: &str, target: &str) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..TRIES {
        let before = app.app.db.statements();
        assert_eq!(client.hx_get(target, path).await.status, 200, "{path}");
        fewest = fewest.min(app.app.db.statements() - before);
    }
    fewest
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_ask_few_questions() {
    let (app, anna) = office().await;
    let id = make(&app, anna, |order| order.client_name = "Гусева".to_owned());
    make(&app, anna, |order| order.client_name = "Гусева".to_owned());
    call("79000000000", "2026-11-22T05:00:00").put(&app);
    let operator = app.operator("Вера").await;
    for (path, target, at_most) in [
        ("/orders", "orders", 3),
        ("/orders?status=Ожидает&created_from=2026-01-01", "orders", 3),
        ("/orders", "slots-card", 3),
        // Two of them for calls that were missed.
        ("/telephony", "calls", 9),
        (&format!("/orders/{id}"), "dialog", 12),
    ] {
        let asked = statements_of(&app, &operator, path, target).await;
        assert!(asked <= at_most, "{path}, {target}: {asked} statements, {at_most} allowed");
    }
}

/// Waits until the process has heard `event`.
async fn hears(heard: &mut Receiver<Marked>, event: Event) {
    while heard.recv().await.expect("the process lives").event != Some(event) {}
}

/// What `app` answers to a browser that carries `cookie`.
async fn asked_with(app: &TestApp, cookie: &str, path: &str) -> Page {
    let request = app.anon().bare(Method::GET, path).header("cookie", cookie);
    Page::of(request.header("accept", "text/html")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_changes_the_others_forget() {
    if !on_postgres() {
        return;
    }
    let (app, _) = office().await;
    let other = app.second_process().await;
    other.app.clock.stop_at(app.app.clock.now());
    let vera = app.create_account(Role::Operator, "Вера");
    let browser = app.sign_in("Вера").await;
    let answer = Page::of(browser.request(Method::GET, "/profile/work-status")).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    for _ in 0..2 {
        let page = asked_with(&other, &cookie, "/orders/new").await;
        assert_eq!(page.status, 200, "{}", page.header("location"));
        let cities = page.text_of("[name=city]");
        assert!(cities.contains("Самара") && !cities.contains("Тверь"), "{cities}");
    }
    let mut heard = other.app.hub.listen();

    let admin = app.admin("Ольга").await;
    let city = [("name", "Тверь"), ("time_zone", "Europe/Moscow"), ("is_active", "on")];
    assert_eq!(admin.submit("/admin/lists/cities", &city).await.status, 303);
    hears(&mut heard, Event::Lists).await;
    let cities = asked_with(&other, &cookie, "/orders/new").await.text_of("[name=city]");
    assert!(cities.contains("Тверь"), "{cities}");

    assert_eq!(browser.submit("/logout", &[]).await.status, 303);
    hears(&mut heard, Event::SignedOut(vera)).await;
    assert_eq!(asked_with(&other, &cookie, "/orders/new").await.status, 303, "it asks for a sign-in");
}
