//! Every page: nothing for axe to complain about, nothing the content policy stops, in both themes and on a
//! telephone.

use crate::chromium::Chromium;
use crate::pbx;
use crate::support::TestApp;
use crate::support::world::{self, MANGO};

const OF_OPERATORS: &[(&str, &str)] = &[
    ("telephony", "/telephony"),
    ("orders", "/orders"),
    ("order-new", "/orders/new"),
    ("order", "/orders/1"),
    ("order-dialog", "/orders?open=1"),
    ("order-master", "/orders/1?tab=master"),
    ("order-documents", "/orders/1?tab=documents"),
    ("order-history", "/orders/1?tab=history"),
    ("order-sheet", "/orders/1/sheet"),
    ("shift", "/shift"),
    ("call", "/calls/1"),
    ("client", "/clients/1"),
    ("clients", "/clients?q=9000001101"),
    ("client-merge", "/clients/1/merge"),
    ("debts", "/telephony/debts"),
    ("callbacks", "/telephony/callbacks"),
    ("callback-form", "/telephony/callbacks/new?number=79000001110"),
    ("results", "/telephony/results"),
    ("messages", "/messages"),
    ("chat", "/messages/1"),
    ("replies", "/messages/replies"),
    ("stats", "/stats"),
    ("stats-rows", "/stats/rows?what=orders"),
    ("help", "/help/calls"),
    ("search", "/search"),
    ("salary", "/salary"),
    ("profile", "/profile"),
    ("second-factor", "/profile/second-factor"),
    ("not-found", "/nowhere"),
];

const OF_ADMINS: &[(&str, &str)] = &[
    ("admin", "/admin"),
    ("employees", "/admin/employees"),
    ("employee-new", "/admin/employees/new"),
    ("phones", "/admin/phones"),
    ("masters", "/admin/masters"),
    ("slots", "/admin/slots"),
    ("lists", "/admin/lists"),
    ("mango", "/admin/mango"),
    ("mango-import", "/admin/mango/import"),
    ("wallboard", "/admin/wallboard"),
    ("notifications", "/admin/notifications"),
    ("notifications-new", "/admin/notifications/new"),
    ("mail", "/admin/mail"),
    ("mail-unmatched", "/admin/mail/unmatched"),
    ("reports", "/admin/stats"),
    ("staffing", "/admin/stats/staffing"),
    ("listen", "/admin/stats/listen"),
    ("data", "/admin/data"),
    ("time-sheet", "/admin/time-sheet"),
    ("audit", "/admin/audit"),
    ("payroll", "/admin/salary"),
    ("schemes", "/admin/salary/schemes"),
    ("system", "/admin/system"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_and_keeps_the_policy() {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    let anna = app.operator_at("Анна", "101").await;
    app.admin("Ольга").await;
    let now = app.app.clock.unix();
    pbx::event(&app, "/events/call", &pbx::leg("one", 1, "Appeared", "79000001101", "101", now)).await;
    pbx::missed(&app, "79000001110").await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    told_in_a_chat(&app);
    let promise = [("number", "79000001111"), ("in", "15"), ("note", "Сказать цену ремонта")];
    assert_eq!(anna.submit("/telephony/callbacks", &promise).await.status, 303);
    let tomorrow = (chrono::Utc::now() + chrono::Duration::days(1)).format("%Y-%m-%dT15:00").to_string();
    let saved = anna
        .submit(
            "/orders",
            &[
                ("rk", "Авито"),
                ("city", "Москва"),
                ("avito_name", "Мастер Москва"),
                ("phone", "8 900 000-11-01"),
                ("type_order", "Впервые"),
                ("client_name", "Марина"),
                ("address", "ул. Чапаева, 48"),
                ("date_meeting", &tomorrow),
                ("type_equipment", "БТ"),
                ("problem", "Течёт"),
                ("call", "1"),
                ("request_key", "11111111-1111-4111-8111-111111111111"),
            ],
        )
        .await;
    assert_eq!(saved.status, 303, "{}", saved.text());

    let chromium = Chromium::start().await;
    let mut complaints = Vec::new();
    for (login, pages) in [("Анна", OF_OPERATORS), ("Ольга", OF_ADMINS)] {
        for (width, height) in [(1440, 900), (390, 844)] {
            let window = chromium.window(width, height).await;
            window.sign_in(&app, login).await;
            for (name, path) in pages {
                for scheme in ["light", "dark"] {
                    window.prefer(scheme).await;
                    window.open(&app, path).await;
                    if path.contains("open=") {
                        window.find("#dialog[open] #order-dialog").await;
                    }
                    window
                        .until(
                            "document.readyState === 'complete' && !document.querySelector('.htmx-request')",
                        )
                        .await;
                    window.picture(&format!("{name}-{scheme}-{width}")).await;
                    let found = window.accessibility_complaints().await;
                    complaints.extend(found.into_iter().map(|c| format!("{path} {scheme} {width}: {c}")));
                }
                let wide =
                    window.script("return document.documentElement.scrollWidth - innerWidth", vec![]).await;
                if wide.as_i64().unwrap_or(0) > 0 {
                    complaints.push(format!("{path} scrolls sideways by {wide} at {width}"));
                }
            }
            window.close_without_complaints(&app).await;
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A chat with words of every kind.
fn told_in_a_chat(app: &TestApp) {
    use callcentre::chats::fold::Told;
    use callcentre::chats::queries::put;
    use callcentre::domain::id::AvitoId;
    let now = app.app.clock.now();
    app.write(|tx| {
        let chat = put::ensure(tx, AvitoId(1), "u2i-Kq7mTzX2vR0aYc_9dLhB4w", "u2i", now)?;
        let details = put::ToldChat {
            key: "u2i-Kq7mTzX2vR0aYc_9dLhB4w".to_owned(),
            client_name: "Надежда П.".to_owned(),
            item_title: "Ремонт стиральных машин на дому".to_owned(),
            item_price: "1 200 ₽".to_owned(),
            item_url: "https://www.avito.ru/1".to_owned(),
            city: "Москва".to_owned(),
            ..put::ToldChat::default()
        };
        put::put_chat(tx, AvitoId(1), &details, now)?;
        let told = |key: &str, is_out: bool, kind: &str, content: serde_json::Value, ago: i64| Told {
            key: key.to_owned(),
            is_out,
            kind: kind.to_owned(),
            content,
            sent_at: now - chrono::Duration::minutes(ago),
            read_at: is_out.then_some(now),
            is_read: false,
            told_at: now,
        };
        let text = |words: &str| serde_json::json!({ "text": words });
        let link = serde_json::json!({ "link": { "text": "example.org", "url": "example.org" } });
        let all = [
            told("m1", false, "text", text("Здравствуйте! Не сливает воду"), 2000),
            told("m2", true, "text", text("Добрый день! Какая модель? https://example.org/ceny"), 1990),
            told("m3", false, "link", link, 40),
            told("m4", false, "voice", serde_json::json!({ "voice": { "voice_id": "v" } }), 30),
            told("m5", false, "call", serde_json::json!({ "call": { "status": "missed" } }), 25),
            told("m6", true, "system", text("Мастер свяжется с вами"), 24),
            told("m7", false, "text", text("А завтра можно?"), 20),
        ];
        put::put_messages(tx, chat, &all)
    });
}
