//! Every address, walked signed out, as operator and as admin. The addresses come from the router itself: one that is
//! mounted without saying here who may open it fails the test, and so does one that is said and not mounted.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use actix_web::dev::{Service, ServiceRequest};
use callcentre::routes;
use reqwest::Method;

use crate::support::{Client, TestApp};

/// Who may see an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Nobody has to say who they are: the sign-in, health, our files, the telephony with its signature.
    Everybody,
    SignedIn,
    Operators,
    Admins,
}

use For::{Admins, Everybody, Operators, SignedIn};

/// Methods, address and audience. An address whose methods have different audiences stands here once for each.
const ADDRESSES: &[(&str, &str, For)] = &[
    ("GET", "/", SignedIn),
    ("GET", "/admin", Admins),
    ("GET POST", "/admin/employees", Admins),
    ("GET", "/admin/employees/new", Admins),
    ("POST", "/admin/employees/second-factor", Admins),
    ("GET POST", "/admin/employees/{id}", Admins),
    ("POST", "/admin/employees/{id}/delete", Admins),
    ("POST", "/admin/employees/{id}/second-factor/off", Admins),
    ("POST", "/admin/employees/{id}/sessions/end", Admins),
    ("GET POST", "/admin/data", Admins),
    ("GET", "/admin/data/incident", Admins),
    ("GET", "/admin/data/clients/{id}", Admins),
    ("POST", "/admin/data/clients/{id}/canary", Admins),
    ("POST", "/admin/data/clients/{id}/erase", Admins),
    ("GET", "/admin/data/clients/{id}/export", Admins),
    ("POST", "/admin/data/mask", Admins),
    ("GET", "/admin/lists", Admins),
    ("POST", "/admin/lists/{kind}", Admins),
    ("GET", "/admin/lists/{kind}/new", Admins),
    ("POST", "/admin/lists/{kind}/usual", Admins),
    ("GET POST", "/admin/lists/{kind}/{id}", Admins),
    ("POST", "/admin/lists/{kind}/{id}/active", Admins),
    ("POST", "/admin/lists/{kind}/{id}/delete", Admins),
    ("GET POST", "/admin/avito", Admins),
    ("GET POST", "/admin/avito/answers", Admins),
    ("GET", "/admin/avito/answers/new", Admins),
    ("POST", "/admin/avito/answers/switch", Admins),
    ("GET POST", "/admin/avito/answers/{id}", Admins),
    ("POST", "/admin/avito/answers/{id}/delete", Admins),
    ("POST", "/admin/avito/answers/{id}/switch", Admins),
    ("POST", "/admin/avito/answers/{id}/up", Admins),
    ("GET POST", "/admin/avito/bids", Admins),
    ("POST", "/admin/avito/bids/apply", Admins),
    ("POST", "/admin/avito/bids/changes/{id}/undo", Admins),
    ("POST", "/admin/avito/bids/rules", Admins),
    ("GET", "/admin/avito/new", Admins),
    ("GET", "/admin/avito/online", Admins),
    ("GET POST", "/admin/avito/proxies", Admins),
    ("POST", "/admin/avito/proxies/straight", Admins),
    ("GET", "/admin/avito/reviews", Admins),
    ("POST", "/admin/avito/sync", Admins),
    ("GET POST", "/admin/avito/top", Admins),
    ("GET POST", "/admin/avito/{id}", Admins),
    ("POST", "/admin/avito/{id}/bids/day", Admins),
    ("GET POST", "/admin/avito/{id}/bids/{number}", Admins),
    ("POST", "/admin/avito/{id}/bids/{number}/limits", Admins),
    ("POST", "/admin/avito/{id}/check", Admins),
    ("POST", "/admin/avito/{id}/delete", Admins),
    ("POST", "/admin/avito/{id}/online", Admins),
    ("POST", "/admin/avito/{id}/probe", Admins),
    ("POST", "/admin/avito/{id}/reveal", Admins),
    ("GET POST", "/admin/avito/{id}/reviews/{number}", Admins),
    ("POST", "/admin/avito/{id}/reviews/{number}/remove", Admins),
    ("POST", "/admin/avito/{id}/sync", Admins),
    ("POST", "/admin/avito/{id}/webhook", Admins),
    ("GET POST", "/admin/mail", Admins),
    ("POST", "/admin/mail/look", Admins),
    ("POST", "/admin/mail/probe", Admins),
    ("POST", "/admin/mail/recordings/{id}/detach", Admins),
    ("GET", "/admin/mail/unmatched", Admins),
    ("POST", "/admin/mail/unmatched/clean", Admins),
    ("POST", "/admin/mail/unmatched/{id}/attach", Admins),
    ("POST", "/admin/mail/unmatched/{id}/remove", Admins),
    ("GET POST", "/admin/mango", Admins),
    ("POST", "/admin/mango/compare", Admins),
    ("POST", "/admin/mango/events/retry", Admins),
    ("POST", "/admin/mango/events/{id}/retry", Admins),
    ("GET POST", "/admin/mango/import", Admins),
    ("POST", "/admin/mango/probe", Admins),
    ("GET POST", "/admin/masters", Admins),
    ("GET", "/admin/masters/new", Admins),
    ("GET POST", "/admin/masters/{id}", Admins),
    ("GET POST", "/admin/masters/{id}/days-off", Admins),
    ("POST", "/admin/masters/{id}/days-off/{day}/delete", Admins),
    ("GET POST", "/admin/notifications", Admins),
    ("GET", "/admin/notifications/new", Admins),
    ("POST", "/admin/notifications/outbox/{id}/again", Admins),
    ("POST", "/admin/notifications/probe", Admins),
    ("POST", "/admin/notifications/recipients", Admins),
    ("GET POST", "/admin/notifications/recipients/{id}", Admins),
    ("POST", "/admin/notifications/recipients/{id}/delete", Admins),
    ("POST", "/admin/notifications/recipients/{id}/test", Admins),
    ("POST", "/admin/notifications/report", Admins),
    ("POST", "/admin/notifications/token/forget", Admins),
    ("GET POST", "/admin/phones", Admins),
    ("GET", "/admin/phones/new", Admins),
    ("GET POST", "/admin/phones/{id}", Admins),
    ("POST", "/admin/phones/{id}/delete", Admins),
    ("GET", "/admin/reference", Admins),
    ("GET POST", "/admin/reference/{slug}", Admins),
    ("POST", "/admin/reference/{slug}/preview", Admins),
    ("POST", "/admin/reference/{slug}/restore", Admins),
    ("GET", "/admin/salary", Admins),
    ("POST", "/admin/salary/carry", Admins),
    ("POST", "/admin/salary/close", Admins),
    ("POST", "/admin/salary/entries/{id}/remove", Admins),
    ("GET", "/admin/salary/export", Admins),
    ("POST", "/admin/salary/reopen", Admins),
    ("GET POST", "/admin/salary/schemes", Admins),
    ("GET POST", "/admin/salary/{id}", Admins),
    ("GET POST", "/admin/slots", Admins),
    ("GET POST", "/admin/slots/{id}", Admins),
    ("POST", "/admin/slots/{id}/delete", Admins),
    ("GET", "/admin/audit", Admins),
    ("GET", "/admin/audit/export", Admins),
    ("GET", "/admin/time-sheet", Admins),
    ("POST", "/admin/time-sheet/after-call", Admins),
    ("GET", "/admin/time-sheet/export", Admins),
    ("GET", "/admin/stats", Admins),
    ("GET", "/admin/stats/export", Admins),
    ("GET", "/admin/stats/listen", Admins),
    ("GET", "/admin/stats/staffing", Admins),
    ("GET", "/admin/stats/staffing/export", Admins),
    ("GET", "/admin/system", Admins),
    ("POST", "/admin/system/jobs/{name}", Admins),
    ("GET", "/admin/wallboard", Admins),
    ("GET", "/calls/{id}", SignedIn),
    ("POST", "/calls/{id}/result", SignedIn),
    ("GET", "/clients", SignedIn),
    ("POST", "/clients/reveal", SignedIn),
    ("GET", "/clients/{id}", SignedIn),
    ("GET POST", "/clients/{id}/consent", SignedIn),
    ("GET POST", "/clients/{id}/merge", SignedIn),
    ("POST", "/clients/{id}/merges/{merge}/undo", SignedIn),
    ("GET POST", "/clients/{id}/name", SignedIn),
    ("POST", "/clients/{id}/phones", SignedIn),
    ("GET", "/clients/{id}/phones/new", SignedIn),
    ("POST", "/clients/{id}/phones/{number}/delete", Admins),
    ("POST", "/clients/{id}/phones/{number}/main", SignedIn),
    ("GET POST", "/clients/{id}/warning", SignedIn),
    ("GET", "/files", SignedIn),
    ("POST", "/files", Admins),
    ("GET", "/files/{id}", SignedIn),
    ("POST", "/files/{id}", Admins),
    ("POST", "/files/{id}/delete", Admins),
    ("GET", "/files/{id}/thumb", SignedIn),
    ("GET", "/healthz", Everybody),
    ("GET", "/live", SignedIn),
    ("GET", "/live/mark", SignedIn),
    ("GET POST", "/login", Everybody),
    ("GET", "/metrics", Everybody),
    ("POST", "/logout", Everybody),
    ("GET", "/masters/choice", SignedIn),
    ("GET", "/messages", SignedIn),
    ("GET", "/messages/count", SignedIn),
    ("POST", "/messages/labels", Admins),
    ("POST", "/messages/labels/{id}/delete", Admins),
    ("GET", "/messages/media/{id}", SignedIn),
    ("GET", "/messages/of-client/{id}", SignedIn),
    ("GET POST", "/messages/replies", SignedIn),
    ("POST", "/messages/replies/{id}", SignedIn),
    ("POST", "/messages/replies/{id}/delete", SignedIn),
    ("GET POST", "/messages/replies/{id}/picture", SignedIn),
    ("POST", "/messages/replies/{id}/picture/delete", SignedIn),
    ("POST", "/messages/return-after", Admins),
    ("GET POST", "/messages/{id}", SignedIn),
    ("POST", "/messages/{id}/again/{number}", SignedIn),
    ("POST", "/messages/{id}/discard/{number}", SignedIn),
    ("POST", "/messages/{id}/here", SignedIn),
    ("POST", "/messages/{id}/label", SignedIn),
    ("POST", "/messages/{id}/leave", SignedIn),
    ("POST", "/messages/{id}/notes", SignedIn),
    ("POST", "/messages/{id}/orders", SignedIn),
    ("POST", "/messages/{id}/pass", SignedIn),
    ("GET", "/messages/{id}/people", SignedIn),
    ("POST", "/messages/{id}/pictures", SignedIn),
    ("POST", "/messages/{id}/release", SignedIn),
    ("POST", "/messages/{id}/snooze", SignedIn),
    ("POST", "/messages/{id}/take", SignedIn),
    ("GET", "/messages/{id}/thread", SignedIn),
    ("GET", "/messages/{key:[a-z][0-9][a-z]-[^/]+}", SignedIn),
    ("GET", "/notices", SignedIn),
    ("POST", "/notices/read", SignedIn),
    ("GET", "/notices/{id}", SignedIn),
    ("GET POST", "/orders", SignedIn),
    ("GET", "/orders/addresses", SignedIn),
    ("GET", "/orders/client", SignedIn),
    ("POST", "/orders/columns", SignedIn),
    ("GET", "/orders/columns.css", SignedIn),
    ("GET", "/orders/calendar", SignedIn),
    ("POST", "/telephony/columns", SignedIn),
    ("GET", "/telephony/columns.css", SignedIn),
    ("POST DELETE", "/orders/draft/{key}", SignedIn),
    ("POST", "/orders/draft/{key}/drop", SignedIn),
    ("GET", "/orders/duplicates", SignedIn),
    ("GET", "/orders/export", Admins),
    ("POST", "/orders/filters", SignedIn),
    ("POST", "/orders/filters/{id}", SignedIn),
    ("POST", "/orders/filters/{id}/delete", SignedIn),
    ("GET", "/orders/new", SignedIn),
    ("POST", "/orders/readback", SignedIn),
    ("GET", "/orders/slots", SignedIn),
    ("POST", "/orders/slots/hold", SignedIn),
    ("POST", "/orders/slots/release", SignedIn),
    ("GET POST", "/orders/{id}", SignedIn),
    ("POST", "/orders/{id}/delete", Admins),
    ("POST", "/orders/{id}/same", SignedIn),
    ("GET", "/orders/{id}/sheet", SignedIn),
    ("POST", "/orders/{id}/undo", SignedIn),
    ("GET POST", "/orders/{id}/status", SignedIn),
    ("GET", "/orders/when", SignedIn),
    ("GET", "/profile", SignedIn),
    ("POST", "/profile/appearance", SignedIn),
    ("POST", "/profile/password", SignedIn),
    ("GET POST", "/profile/second-factor", SignedIn),
    ("POST", "/profile/second-factor/codes", SignedIn),
    ("POST", "/profile/second-factor/confirm", SignedIn),
    ("POST", "/profile/second-factor/off", SignedIn),
    ("POST", "/profile/sessions/end", SignedIn),
    ("POST", "/profile/after-call", Operators),
    ("POST", "/profile/notices", SignedIn),
    ("POST", "/profile/sound", SignedIn),
    ("POST", "/profile/tour", SignedIn),
    ("GET POST", "/profile/work-status", Operators),
    ("GET", "/readyz", Everybody),
    ("GET HEAD", "/recordings/{id}", SignedIn),
    ("GET", "/recordings/{id}/player", SignedIn),
    ("GET", "/reference", SignedIn),
    ("GET", "/reference/side", SignedIn),
    ("GET", "/reference/{slug}", SignedIn),
    ("POST", "/reference/{slug}/read", SignedIn),
    ("GET", "/telephony", SignedIn),
    ("GET POST", "/telephony/callbacks", SignedIn),
    ("GET", "/telephony/callbacks/new", SignedIn),
    ("GET POST", "/telephony/callbacks/{id}", SignedIn),
    ("POST", "/telephony/callbacks/{id}/cancel", SignedIn),
    ("POST", "/telephony/callbacks/{id}/done", SignedIn),
    ("POST", "/telephony/callbacks/{id}/later", SignedIn),
    ("POST", "/telephony/callbacks/{id}/take", Operators),
    ("GET", "/telephony/debts", SignedIn),
    ("POST", "/telephony/debts/{id}/close", SignedIn),
    ("POST", "/telephony/debts/{id}/give-back", SignedIn),
    ("POST", "/telephony/debts/{id}/reopen", SignedIn),
    ("POST", "/telephony/debts/{id}/take", SignedIn),
    ("POST", "/telephony/dial", Operators),
    ("POST", "/telephony/dial/{id}/close", Operators),
    ("POST", "/telephony/hang-up", SignedIn),
    ("GET", "/telephony/incoming", Operators),
    ("POST", "/telephony/incoming/{id}/dismiss", Operators),
    ("GET", "/telephony/missed-count", SignedIn),
    ("GET", "/telephony/results", Operators),
    ("POST", "/telephony/results/skip", Operators),
    ("GET", "/help", SignedIn),
    ("GET", "/help/{slug}", SignedIn),
    ("GET", "/search", SignedIn),
    ("GET", "/shift", Operators),
    ("POST", "/shift/end", Operators),
    ("POST", "/shift/{id}/take", Operators),
    ("GET", "/salary", Operators),
    ("GET", "/stats", SignedIn),
    ("GET", "/stats/export", SignedIn),
    ("GET", "/stats/rows", SignedIn),
    ("POST", "/stats/saved", SignedIn),
    ("POST", "/stats/saved/{id}/delete", SignedIn),
    ("GET", "/static/{path:.*}", Everybody),
    ("POST", "/webhooks/avito/{secret}", Everybody),
    ("GET HEAD POST", "/webhooks/mango", Everybody),
    ("GET HEAD POST", "/webhooks/mango/{path:.*}", Everybody),
];

/// What an address has to be told before it answers 200.
const QUERIES: &[(&str, &str)] = &[
    ("/clients", "?q=79001234567"),
    ("/files", "?kind=bso&owner=1"),
    ("/orders/export", "?format=csv"),
    ("/admin/audit/export", "?format=csv"),
    ("/admin/salary/export", "?format=csv"),
    ("/admin/stats/export", "?format=csv"),
    ("/admin/stats/staffing/export", "?format=csv"),
    ("/admin/time-sheet/export", "?format=csv"),
    ("/reference", "?q=дорого"),
    ("/stats/export", "?format=csv"),
    ("/stats/rows", "?what=orders"),
    ("/telephony/callbacks/new", "?number=79001234567"),
];

/// What is sent to an address, so that its id decides and not a field that is missing.
const FIELDS: &[(&str, &[(&str, &str)])] = &[
    ("/admin/avito/{id}/online", &[("online_keep_alive_interval", "300")]),
    ("/admin/slots/{id}", &[("places", "3")]),
    ("/calls/{id}/result", &[("note", "договорились")]),
    ("/clients/{id}/consent", &[("purpose", "ремонт")]),
    ("/admin/data/clients/{id}/erase", &[("reason", "по запросу"), ("sure", "on")]),
    ("/clients/reveal", &[("number", "79001234567")]),
    ("/clients/{id}/merge", &[("with", "999998")]),
    ("/messages/{id}", &[("client_id", "1234567890"), ("text", "Здравствуйте")]),
    ("/messages/{id}/notes", &[("note", "думает")]),
    ("/messages/{id}/orders", &[("order", "1")]),
    ("/messages/{id}/snooze", &[("for", "30")]),
    ("/messages/replies/{id}", &[("title", "Адрес"), ("text", "Какой адрес?")]),
    ("/orders/filters/{id}", &[("name", "Мои")]),
    ("/telephony/callbacks/{id}/cancel", &[("reason", "передумал")]),
];

/// Where it is not 200 for a page and 404 for what nobody has.
const ANSWERED: &[(&str, &str, u16)] = &[
    // In braces stands what is always there, or what the browser has made up.
    ("GET", "/admin/lists/{kind}/new", 200),
    ("POST", "/admin/lists/{kind}", 422),
    ("POST", "/admin/lists/{kind}/usual", 303),
    ("POST", "/orders/draft/{key}", 204),
    ("DELETE", "/orders/draft/{key}", 204),
    ("POST", "/orders/draft/{key}/drop", 204),
    ("GET", "/reference/{slug}", 200),
    ("POST", "/reference/{slug}/read", 303),
    ("GET", "/admin/reference/{slug}", 200),
    ("POST", "/admin/reference/{slug}", 422),
    ("POST", "/admin/reference/{slug}/preview", 200),
    // Without htmx the menu is the order's page.
    ("GET", "/orders/{id}/status", 303),
    // The call that should end is named in the form.
    ("POST", "/telephony/hang-up", 404),
    // What can be taken back is said by a version, or for a while.
    ("POST", "/orders/{id}/undo", 409),
    ("POST", "/telephony/debts/{id}/reopen", 409),
];

/// What ends the session of whoever asks comes last.
const LAST: [&str; 1] = ["/logout"];

/// What stands for an id in an address.
const IDS: [&str; 4] = ["{id}", "{merge}", "{number}", "{day}"];

/// An id nothing has.
const NOBODYS: &str = "999999";

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// The addresses the router knows, with `{id}` for `{id:[0-9]{1,18}}`. Actix tells its table to nobody but
/// a debugger; the walk below fails loudly when it tells it in other words one day.
async fn mounted(app: &TestApp) -> BTreeSet<String> {
    let told = Rc::new(RefCell::new(String::new()));
    let (data, heard) = (app.app.clone(), told.clone());
    let service = actix_web::test::init_service(
        actix_web::App::new().configure(move |config| routes::mount(config, &data)).wrap_fn(
            move |request: ServiceRequest, next| {
                *heard.borrow_mut() = format!("{:?}", request.resource_map());
                next.call(request)
            },
        ),
    )
    .await;
    let request = actix_web::test::TestRequest::get().uri("/healthz").to_request();
    assert_eq!(actix_web::test::call_service(&service, request).await.status(), 200);
    let told = told.take();
    assert!(
        !told.contains("patterns: List("),
        "an address with several patterns: teach this test to read it"
    );
    let patterns = told.split("patterns: Single(\"").skip(1).map(|rest| {
        let (pattern, rest) = rest.split_once("\"), is_prefix: ").expect("the pattern's end");
        for id in IDS {
            assert!(!pattern.contains(id), "{pattern}: {id} may be anything, take web::path::resource");
        }
        (pattern.replace(":[0-9]{1,18}}", "}"), rest.starts_with("true"))
    });
    let mut addresses = BTreeSet::new();
    for (pattern, is_scope) in patterns {
        if is_scope {
            assert_eq!(pattern, "", "a scope with a prefix: teach this test to put it before its addresses");
        } else {
            addresses.insert(pattern);
        }
    }
    addresses
}

/// The address with `id` for everything in braces that is an id.
fn filled(address: &str, id: &str) -> String {
    let filled = address
        .replace("{id}", id)
        .replace("{merge}", id)
        .replace("{number}", id)
        .replace("{day}", id)
        .replace("{key}", "order-999999")
        .replace("{kind}", "cities")
        .replace("{slug}", "pricing")
        .replace("{name}", "nothing")
        .replace("{secret}", "nobodys")
        .replace("{key:[a-z][0-9][a-z]-[^/]+}", "u2i-nobodys")
        .replace("{path:.*}", "ping");
    assert!(!filled.contains('{'), "{address}: say what stands for its braces");
    filled
}

/// Status and target of the answer at `address` with `id` in its braces. The body may never end and is not read.
async fn ask(client: &Client, method: &str, address: &str, id: &str) -> (u16, String) {
    let query = QUERIES.iter().find(|(a, _)| *a == address).map_or("", |(_, query)| query);
    let fields =
        FIELDS.iter().find(|(a, _)| *a == address).map_or(&[("answer", "")][..], |(_, fields)| fields);
    let path = filled(address, id) + query;
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = client.request(method.clone(), &path).header("accept", "text/html");
    let request =
        if method == Method::POST || method == Method::DELETE { request.form(fields) } else { request };
    let answer = request.send().await.expect("an answer");
    let target = answer.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or_default();
    (answer.status().as_u16(), target.to_owned())
}

/// What a person who may open an address is answered; `None` when anything will do but a refusal of the person.
fn expected(method: &str, address: &str) -> Option<u16> {
    let known = ANSWERED.iter().find(|(m, a, _)| (*m, *a) == (method, address));
    match (known, method) {
        (Some((_, _, status)), _) => Some(*status),
        (None, _) if address == "/" => Some(303),
        (None, _) if address.contains('{') => Some(404),
        (None, "GET") => Some(200),
        (None, _) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_says_who_may_open_it() {
    let app = TestApp::start().await;
    let declared: BTreeSet<String> = ADDRESSES.iter().map(|(_, address, _)| (*address).to_owned()).collect();
    let mounted = mounted(&app).await;
    let unknown: Vec<_> = mounted.difference(&declared).collect();
    assert!(unknown.is_empty(), "say in ADDRESSES who may open {unknown:?}");
    let gone: Vec<_> = declared.difference(&mounted).collect();
    assert!(gone.is_empty(), "nothing is mounted at {gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_for_its_audience_only() {
    let app = TestApp::start().await;
    let (anon, operator, admin) = (app.anon(), app.operator("Анна").await, app.admin("Ольга").await);
    let (first, last): (Vec<_>, Vec<_>) = ADDRESSES.iter().copied().partition(|(_, a, _)| !LAST.contains(a));
    let mut wrong = Vec::new();
    for (methods, address, audience) in first.into_iter().chain(last) {
        let declared: Vec<&str> = ADDRESSES
            .iter()
            .filter(|(_, other, _)| *other == address)
            .flat_map(|(methods, ..)| methods.split(' '))
            .collect();
        for method in METHODS.iter().filter(|m| !declared.contains(m)) {
            let (status, _) = ask(&admin, method, address, NOBODYS).await;
            // Our files stand outside everything; what is asked of them otherwise falls through to nowhere.
            if status != if address.starts_with("/static") { 404 } else { 405 } {
                wrong.push(format!("{method} {address}, which nobody has declared: {status}"));
            }
        }
        for method in methods.split(' ') {
            for (who, client, may) in [
                ("signed out", &anon, audience == Everybody),
                ("an operator", &operator, audience != Admins),
                ("an admin", &admin, audience != Operators),
            ] {
                let (status, target) = ask(client, method, address, NOBODYS).await;
                let is_right = match (may, who) {
                    (false, "signed out") => status == 303 && target.starts_with("/login"),
                    (false, _) => status == 403,
                    (true, _) if audience == Everybody => status < 500 && status != 405,
                    (true, _) => match expected(method, address) {
                        Some(expected) => status == expected && !target.starts_with("/login"),
                        None => {
                            [200, 204, 303, 400, 409, 422].contains(&status) && !target.starts_with("/login")
                        }
                    },
                };
                if !is_right {
                    wrong.push(format!("{method} {address} by {who}: {status} {target}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_leads_nowhere() {
    let app = TestApp::start().await;
    let (operator, admin) = (app.operator("Анна").await, app.admin("Ольга").await);
    let mut wrong = Vec::new();
    for (methods, address, audience) in ADDRESSES {
        if !IDS.iter().any(|id| address.contains(id)) {
            continue;
        }
        let client = if *audience == Operators { &operator } else { &admin };
        for method in methods.split(' ') {
            for no_id in ["abc", "1e3", "%D9%A3", "99999999999999999999", "9223372036854775808"] {
                let (status, target) = ask(client, method, address, no_id).await;
                if status != 404 {
                    wrong.push(format!("{method} {}: {status} {target}", filled(address, no_id)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_addresses_answer_strangers() {
    let app = TestApp::start().await;
    let (anon, admin) = (app.anon(), app.admin("Ольга").await);
    for path in ["/login", "/healthz", "/readyz", "/webhooks/mango", "/webhooks/mango/ping"] {
        assert_eq!(anon.get(path).await.status, 200, "{path}");
    }
    assert_eq!(admin.get("/login").await.status, 303, "who is signed in needs no sign-in");
    let unsigned = [("vpbx_api_key", "k"), ("sign", "s"), ("json", "{}")];
    let answer = anon.submit("/webhooks/mango/events/call", &unsigned).await;
    assert_eq!(answer.status, 403, "without our signature");
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
