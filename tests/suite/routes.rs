//! Every address, walked signed out, as operator and as admin.

use crate::support::TestApp;

/// Who may see an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Everybody,
    SignedIn,
    Operators,
    Admins,
}

use For::{Admins, Everybody, Operators, SignedIn};

/// Every address a browser can open.
const PAGES: &[(&str, For)] = &[
    ("/login", Everybody),
    ("/healthz", Everybody),
    ("/readyz", Everybody),
    ("/live/mark", SignedIn),
    ("/profile/work-status", Operators),
    ("/webhooks/mango", Everybody),
    ("/webhooks/mango/ping", Everybody),
    ("/admin/mango", Admins),
    ("/admin/mango/import", Admins),
    ("/admin/mail", Admins),
    ("/admin/mail/unmatched", Admins),
    ("/telephony", SignedIn),
    ("/telephony/incoming", Operators),
    ("/telephony/missed-count", SignedIn),
    ("/telephony/debts", SignedIn),
    ("/telephony/callbacks", SignedIn),
    ("/telephony/callbacks/new?number=79001234567", SignedIn),
    ("/notices", SignedIn),
    ("/admin/wallboard", Admins),
    ("/telephony/results", Operators),
    ("/orders", SignedIn),
    ("/orders/export?format=csv", Admins),
    ("/orders/new", SignedIn),
    ("/orders/slots", SignedIn),
    ("/orders/client", SignedIn),
    ("/orders/addresses", SignedIn),
    ("/orders/duplicates", SignedIn),
    ("/clients", SignedIn),
    ("/clients?q=79001234567", SignedIn),
    ("/profile", SignedIn),
    ("/admin", Admins),
    ("/admin/employees", Admins),
    ("/admin/employees/new", Admins),
    ("/admin/phones", Admins),
    ("/admin/phones/new", Admins),
    ("/admin/masters", Admins),
    ("/admin/masters/new", Admins),
    ("/masters/choice", SignedIn),
    ("/admin/lists", Admins),
    ("/admin/lists/cities/new", Admins),
    ("/files?kind=bso&owner=1", SignedIn),
    ("/admin/slots", Admins),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_for_its_audience_only() {
    let app = TestApp::start().await;
    let (anon, operator, admin) = (app.anon(), app.operator("Анна").await, app.admin("Ольга").await);
    for (path, audience) in PAGES {
        let statuses =
            (anon.get(path).await.status, operator.get(path).await.status, admin.get(path).await.status);
        let expected = match audience {
            Everybody => {
                (200, if *path == "/login" { 303 } else { 200 }, if *path == "/login" { 303 } else { 200 })
            }
            SignedIn => (303, 200, 200),
            Operators => (303, 200, 403),
            Admins => (303, 403, 200),
        };
        assert_eq!(statuses, expected, "{path} (signed out, operator, admin)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_tells_strangers_nothing() {
    let app = TestApp::start().await;
    assert_eq!(app.anon().get("/nowhere").await.status, 303);
    let page = app.operator("Анна").await.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
}
