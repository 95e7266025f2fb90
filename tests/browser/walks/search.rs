//! The search over everything: the keyboard alone, and what was found for other letters is never opened.

use callcentre::domain::id::AccountId;
use callcentre::platform::db::schema::accounts;
use diesel::prelude::*;
use thirtyfour::Key;

use crate::chromium::Chromium;
use crate::support::TestApp;
use crate::support::orders::make;
use crate::support::world::{self, MANGO};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_found_from_anywhere_by_the_keyboard_alone() {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app.operator_at("Анна", "101").await;
    let anna_id: AccountId =
        app.read(|db| accounts::table.filter(accounts::name.eq("Анна")).select(accounts::id).first(db));
    let order = make(&app, anna_id, |new| new.client_name = "Марина Ёлкина".to_owned());
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/stats").await;
    anna.press_with_control('k').await;
    anna.until("document.activeElement.id === 'find-q' && document.querySelector('[data-find-hit]')").await;
    // Enter together with the last letter, before anything was asked: nothing of the first list opens.
    anna.press("елкина").await;
    anna.press(char::from(Key::Enter).to_string()).await;
    let found = format!("document.querySelector('#search-found [href=\"/orders/{order}\"]')");
    anna.until(&found).await;
    assert!(anna.url().await.ends_with("/stats"), "what was found before is not meant");
    let chosen = format!("document.querySelector('.is-chosen[href=\"/orders/{order}\"]')");
    for _ in 0..10 {
        if anna.script(&format!("return Boolean({chosen})"), vec![]).await == true {
            break;
        }
        anna.press(char::from(Key::Down).to_string()).await;
    }
    anna.until(&chosen).await;
    anna.press(char::from(Key::Enter).to_string()).await;
    anna.until(&format!("location.pathname === '/orders/{order}'")).await;
    anna.close_without_complaints(&app).await;
}
