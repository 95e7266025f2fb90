//! The way in, and what happens when it is closed behind somebody.

use callcentre::auth::queries;
use callcentre::domain::person::Role;

use crate::chromium::Chromium;
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_is_accessible_in_both_themes_and_on_a_phone() {
    let app = TestApp::start().await;
    let chromium = Chromium::start().await;
    for (width, height) in [(1440, 900), (390, 844)] {
        let window = chromium.window(width, height).await;
        for scheme in ["light", "dark"] {
            window.prefer(scheme).await;
            window.open(&app, "/login").await;
            window.picture(&format!("login-{scheme}-{width}")).await;
            assert_eq!(window.accessibility_complaints().await, Vec::<String>::new(), "{scheme} {width}");
        }
        window.close_without_complaints(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_person_is_shown_the_way_out_at_once() {
    let app = TestApp::start().await;
    let id = app.create_account(Role::Operator, "Анна");
    let chromium = Chromium::start().await;
    let window = chromium.window(1440, 900).await;
    window.sign_in(&app, "Анна").await;
    window.until("document.querySelector('meta[name=live-mark]')").await;
    app.write(|tx| queries::end_sessions(tx, id));
    window.until("location.pathname === '/login'").await;
    window.close_without_complaints(&app).await;
}
