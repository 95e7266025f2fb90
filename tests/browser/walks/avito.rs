//! The pages of Avito accounts: an admin adds one, tries it, looks through the tools; nothing for axe to complain about.

use callcentre::integrations::avito::fake::Fake;

use crate::chromium::{Chromium, Window};
use crate::support::TestApp;
use crate::support::world;

const USER: i64 = 318_204_577;
/// The tools, each with what its page holds.
const TOOLS: &[(&str, &str)] = &[
    ("accounts", "/admin/avito"),
    ("proxies", "/admin/avito/proxies"),
    ("online", "/admin/avito/online"),
    ("answers", "/admin/avito/answers"),
    ("bids", "/admin/avito/bids"),
    ("top", "/admin/avito/top"),
    ("reviews", "/admin/avito/reviews"),
];

async fn fill(window: &Window, selector: &str, text: &str) {
    window.find(selector).await.send_keys(text).await.expect("typing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_an_account_tries_it_and_looks_through_the_tools() {
    let fake = Fake::start().expect("a simulated Avito");
    let (api, echo) = (fake.api_url(), fake.echo_url());
    let app = TestApp::start_with(&[("AVITO_API_URL", &api), ("PROXY_CHECK_URL", &echo)]).await;
    world::found(&app);
    fake.add_account("client", "secret", USER, "Мастер Москва");
    fake.set(USER, "balance", serde_json::json!({ "real": 1234.5, "bonus": 0 }));
    app.admin("Ольга").await;
    let chromium = Chromium::start().await;
    let olga = chromium.window(1440, 900).await;
    olga.sign_in(&app, "Ольга").await;
    olga.open(&app, "/admin/avito").await;
    olga.find("a[href='/admin/avito/new']").await.click().await.expect("a click");
    olga.find("#dialog[open] [name=name]").await;
    fill(&olga, "#dialog [name=name]", "Новый аккаунт").await;
    fill(&olga, "#dialog [name=client_id]", "client").await;
    fill(&olga, "#dialog [name=client_secret]", "secret").await;
    olga.find("#dialog button[type=submit].btn--primary").await.click().await.expect("a click");
    olga.until("document.querySelector('#avito').innerText.includes('Новый аккаунт')").await;
    olga.until("!document.querySelector('#dialog').open").await;
    olga.script(
        "[...document.querySelectorAll('#avito th a')].find((a) => a.innerText.includes('Новый')).click()",
        vec![],
    )
    .await;
    olga.find("#dialog[open] form[action$='/probe'] button").await.click().await.expect("a click");
    olga.until("document.querySelector('#avito-said').innerText.includes('Связь есть')").await;
    let complaints = olga.accessibility_complaints().await;
    assert!(complaints.is_empty(), "the dialog: {complaints:?}");
    olga.find("#dialog form[action$='/sync'] button").await.click().await.expect("a click");
    olga.until("document.querySelector('#avito-said').innerText.includes('Данные обновлены')").await;
    olga.press(thirtyfour::Key::Escape).await;
    olga.until("document.querySelector('#avito').innerText.replaceAll('\\u00a0', ' ').includes('1 234,50')")
        .await;
    for (width, height) in [(1440, 900), (390, 844)] {
        let window = chromium.window(width, height).await;
        window.sign_in(&app, "Ольга").await;
        for (name, path) in TOOLS {
            for scheme in ["light", "dark"] {
                window.prefer(scheme).await;
                window.open(&app, path).await;
                window.find(&format!(".tabs [href='{path}'][aria-current]")).await;
                window
                    .until("document.readyState === 'complete' && !document.querySelector('.htmx-request')")
                    .await;
                window.picture(&format!("avito-{name}-{scheme}-{width}")).await;
                let found = window.accessibility_complaints().await;
                assert!(found.is_empty(), "{path} {scheme} {width}: {found:?}");
            }
            let wide =
                window.script("return document.documentElement.scrollWidth - innerWidth", vec![]).await;
            assert_eq!(wide.as_i64().unwrap_or(0).max(0), 0, "{path} scrolls sideways at {width}");
        }
        window.close_without_complaints(&app).await;
    }
    olga.close_without_complaints(&app).await;
}
