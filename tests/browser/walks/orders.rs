//! The board of orders with hands on it: by keyboard alone, by two people at once, with paper beside it.

use std::io::Write;

use callcentre::domain::id::AccountId;
use callcentre::platform::db::schema::orders;
use diesel::prelude::*;
use serde_json::json;
use thirtyfour::{By, Key};

use crate::chromium::{Chromium, Window};
use crate::support::TestApp;
use crate::support::orders::make;
use crate::support::world;

/// Keys that were pressed beside the text itself.
struct Hands<'a> {
    window: &'a Window,
    pressed: usize,
}

impl Hands<'_> {
    async fn press(&mut self, key: impl Into<char>) {
        self.pressed += 1;
        self.window.press(key.into().to_string()).await;
    }

    /// Walks on with Tab until the focus is where `selector` says.
    async fn tab_to(&mut self, selector: &str) {
        for _ in 0..30 {
            if self.window.has(&format!("#order-dialog {selector}:focus")).await {
                return;
            }
            self.press(Key::Tab).await;
        }
        panic!("{selector} is too far away, after {} keys", self.pressed);
    }

    async fn write(&mut self, selector: &str, text: &str) {
        self.tab_to(selector).await;
        self.window.press(text).await;
    }
}

async fn workplace() -> TestApp {
    let app = TestApp::start().await;
    world::found(&app);
    app.operator("Анна").await;
    app.operator("Борис").await;
    app.admin("Ольга").await;
    app
}

fn account(app: &TestApp, name: &'static str) -> AccountId {
    app.read(|db| {
        use callcentre::platform::db::schema::accounts;
        accounts::table.filter(accounts::name.eq(name)).select(accounts::id).first(db)
    })
}

/// Opens the order of an address in its dialog.
async fn open_dialog(window: &Window, app: &TestApp, id: i64) {
    window.open(app, &format!("/orders?open={id}")).await;
    window.find("#dialog[open] #order-dialog").await;
}

/// Writes into a field as a person does: over everything that is in it.
async fn overwrite(window: &Window, selector: &str, text: &str) {
    let field = window.find(selector).await;
    field.send_keys(Key::Control + "a").await.expect("everything chosen");
    field.send_keys(text).await.expect("typing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_order_takes_fewer_than_forty_keys_beside_its_text() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    anna.until("document.readyState === 'complete'").await;

    let mut hands = Hands { window: &anna, pressed: 0 };
    hands.press('n').await;
    anna.until("document.activeElement.closest('#order-dialog')").await;
    hands.write("[name=phone]", "89001234567").await;
    hands.tab_to("[name=rk]").await;
    hands.press('А').await;
    hands.tab_to("[name=city]").await;
    hands.press('М').await;
    hands.write("[name=client_name]", "Марина Ковалёва").await;
    hands.write("[name=address]", "ул. Чапаева, 48, кв. 12").await;
    hands.write("[name=problem]", "Стиральная машина течёт снизу").await;
    hands.tab_to("[name=type_order]").await;
    anna.until("document.querySelector('[name=type_order]:checked')").await;
    hands.tab_to("[name=type_equipment]").await;
    hands.press(' ').await;
    anna.until("document.querySelector('.offer__windows button')").await;
    hands.tab_to(".offer__windows button").await;
    hands.press(Key::Enter).await;
    anna.until("document.querySelector('[name=hold]').value").await;
    anna.until("document.querySelector('#n-readback').innerText.includes('Марина Ковалёва')").await;
    anna.picture("order-by-keyboard").await;
    hands.pressed += 2;
    anna.press_with_control(Key::Enter).await;
    anna.until("!document.querySelector('#dialog').open").await;
    anna.until("document.querySelector('#orders [id^=order-]')").await;
    println!("keys beside the text: {}", hands.pressed);
    assert!(hands.pressed < 40, "{} keys", hands.pressed);
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_editors_of_one_order_lose_nothing() {
    let app = workplace().await;
    let order = make(&app, account(&app, "Анна"), |_| {});
    let chromium = Chromium::start().await;
    let (anna, boris) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    anna.sign_in(&app, "Анна").await;
    boris.sign_in(&app, "Борис").await;
    open_dialog(&anna, &app, order).await;
    open_dialog(&boris, &app, order).await;

    // Different fields are joined.
    overwrite(&anna, "#o-comment", "Домофон 12").await;
    overwrite(&boris, "#o-address", "ул. Мира, 9").await;
    boris.press_with_control(Key::Enter).await;
    boris.until("document.querySelector('#toasts .toast')").await;
    anna.until("document.querySelector('#order-news').innerText.trim()").await;
    anna.press_with_control(Key::Enter).await;
    anna.until("document.querySelector('#o-address')?.value === 'ул. Мира, 9'").await;
    anna.until("document.querySelector('#o-comment')?.value === 'Домофон 12'").await;

    // The same field is asked about.
    open_dialog(&boris, &app, order).await;
    overwrite(&boris, "#o-problem", "Не греет").await;
    overwrite(&anna, "#o-problem", "Не сливает").await;
    anna.press_with_control(Key::Enter).await;
    anna.until("document.querySelector('[name=was_problem]').value === 'Не сливает'").await;
    // What this browser has kept from a moment without connection is older than the answer.
    let stale = format!("sessionStorage.setItem('draft:order-{order}', 'problem=Старое')");
    boris.script(&stale, vec![]).await;
    boris.press_with_control(Key::Enter).await;
    boris.until("document.querySelector('.conflict__field input:checked')?.value === 'Не греет'").await;
    let asked = boris.text(".conflict").await;
    assert!(asked.contains("Не греет") && asked.contains("Не сливает") && asked.contains("Анна"), "{asked}");
    boris.picture("order-conflict").await;
    boris.press_with_control(Key::Enter).await;
    boris.until("!document.querySelector('.conflict')").await;
    let (problem, address, comment): (String, String, String) = app.read(|db| {
        orders::table.find(order).select((orders::problem, orders::address, orders::comment)).first(db)
    });
    assert_eq!(
        (problem.as_str(), address.as_str(), comment.as_str()),
        ("Не греет", "ул. Мира, 9", "Домофон 12")
    );
    anna.close_without_complaints(&app).await;
    boris.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_slot_is_seen_by_others_and_becomes_the_booking() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let (anna, boris) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    anna.sign_in(&app, "Анна").await;
    boris.sign_in(&app, "Борис").await;
    let day = (chrono::Utc::now() + chrono::Duration::days(2)).format("%Y-%m-%d").to_string();
    boris.open(&app, &format!("/orders?slots_day={day}&slots_city=Москва")).await;
    boris.find("#slots [data-slot='15:00'][data-equipment='БТ']").await;
    anna.open(&app, &format!("/orders/new?phone=89001234567&city=Москва&equipment=БТ&slot={day}T15:00"))
        .await;
    anna.until("document.querySelector('[name=hold]').value").await;
    assert!(anna.text("#n-hold-state").await.contains("Держим за вами до"));
    let cell = "document.querySelector('#slots [data-slot=\"15:00\"][data-equipment=\"БТ\"]')";
    boris.until(&format!("{cell}.getAttribute('aria-label').includes('Анна')")).await;
    boris.picture("slot-held-by-another").await;

    for (field, text) in [("#n-name", "Марина"), ("#n-address", "ул. Чапаева, 48"), ("#n-problem", "Течёт")]
    {
        anna.find(field).await.send_keys(text).await.expect("typing");
    }
    let chosen = "const s = document.querySelector('#n-rk'); s.value = 'Авито'; s.dispatchEvent(new Event('change', {bubbles: true}))";
    anna.script(chosen, vec![]).await;
    anna.press_with_control(Key::Enter).await;
    anna.until("/^\\/orders\\/\\d+$/.test(location.pathname)").await;
    boris.until(&format!("{cell}.innerText.trim().startsWith('1')")).await;
    boris.until(&format!("!{cell}.getAttribute('aria-label').includes('Анна')")).await;
    let kept: i64 = app.read(|db| {
        use callcentre::platform::db::schema::slot_holds;
        slot_holds::table.count().get_result(db)
    });
    assert_eq!(kept, 0, "the hold became the booking");
    anna.close_without_complaints(&app).await;
    boris.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_added_to_an_order_and_looked_at() {
    let app = workplace().await;
    let order = make(&app, account(&app, "Анна"), |_| {});
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("БСО.png");
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(64, 48, image::Rgb([200, 30, 30]))
        .write_to(&mut picture, image::ImageFormat::Png)
        .expect("a picture");
    std::fs::File::create(&path).and_then(|mut f| f.write_all(picture.get_ref())).expect("a file");

    let chromium = Chromium::start().await;
    let olga = chromium.window(1440, 900).await;
    olga.sign_in(&app, "Ольга").await;
    olga.open(&app, &format!("/orders/{order}?tab=documents")).await;
    let input = format!("#files-bso-{order}-input");
    let input = olga.driver.find(By::Css(input)).await.expect("the place for files");
    input.send_keys(path.display().to_string()).await.expect("a chosen file");
    olga.until("document.querySelector('.file__name')").await;
    assert_eq!(olga.text(".file__name").await, "БСО.png");
    olga.until("document.querySelector('#order-tab-documents .count').innerText === '1'").await;
    olga.until("document.querySelector('img.file__thumb')?.naturalWidth > 0").await;
    olga.picture("order-documents").await;
    let shown =
        olga.script("return document.querySelector('.file__open').getAttribute('href')", vec![]).await;
    olga.open(&app, shown.as_str().expect("an address")).await;
    olga.until("document.images[0]?.naturalWidth === 64").await;

    olga.open(&app, &format!("/orders/{order}?tab=documents")).await;
    olga.find("#order-documents .file button[type=submit]").await.click().await.expect("a click");
    olga.find("dialog.confirm [data-yes]").await.click().await.expect("a click");
    olga.until("!document.querySelector('.file')").await;
    olga.until("document.querySelector('#order-tab-documents .count').innerText === '0'").await;
    assert_eq!(
        olga.script("return document.querySelectorAll('.files__none').length", vec![]).await,
        json!(2)
    );
    olga.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_changed_in_its_row_by_keyboard() {
    let app = workplace().await;
    let order = make(&app, account(&app, "Анна"), |_| {});
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    anna.until("document.readyState === 'complete'").await;
    let menu_is =
        |open: bool| format!("document.querySelector('#row-status').matches(':popover-open') === {open}");
    let row_says =
        |status: &str| format!("document.querySelector('#order-{order}').dataset.status === '{status}'");

    anna.press("j").await;
    anna.press("s").await;
    anna.until(&menu_is(true)).await;
    anna.until("document.activeElement.innerText === 'Принял'").await;
    anna.picture("order-row-status").await;
    assert!(anna.accessibility_complaints().await.is_empty());
    anna.press(Key::Enter).await;
    // Nobody goes yet: that is asked about, and answered by keyboard as well.
    anna.until("document.activeElement.closest('.confirm[open]')").await;
    anna.press(Key::Tab).await;
    anna.until("document.activeElement.matches('.confirm [data-yes]')").await;
    anna.press(Key::Enter).await;
    anna.until(&row_says("accepted")).await;
    anna.until(&menu_is(false)).await;

    anna.find(&format!("#order-{order} [data-status-menu]")).await.click().await.expect("a click");
    anna.until(&menu_is(true)).await;
    anna.find("#row-status details:has([name=reason_refused]) > summary")
        .await
        .click()
        .await
        .expect("the reasons");
    anna.picture("order-row-reasons").await;
    anna.find("#row-status details[open] button").await.click().await.expect("a reason");
    anna.until(&row_says("refused")).await;
    anna.until(&menu_is(false)).await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_typed_in_words_and_becomes_a_date_once_it_is_left() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders/new").await;
    anna.until("document.querySelector('#n-when').innerText.includes('Например')").await;
    let field = anna.find("#order-dialog [name=date_meeting]").await;
    field.send_keys("послезавтра 14").await.expect("typing");
    anna.until("document.querySelector('#n-when .when__read--ok')?.innerText.includes('14:00')").await;
    anna.picture("order-when").await;
    anna.find("#n-name").await.click().await.expect("another field");
    anna.until("/^\\d{2}\\.\\d{2}\\.\\d{4} 14:00$/.test(document.querySelector('#n-date').value)").await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_the_screen() {
    let app = workplace().await;
    let anna_id = account(&app, "Анна");
    for _ in 0..30 {
        make(&app, anna_id, |_| {});
    }
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    let rows = r##"
        const pager = document.querySelector(".pager").getBoundingClientRect().top;
        return [...document.querySelectorAll("#orders tr")].filter((row) => row.getBoundingClientRect().bottom <= pager + 1).length;
    "##;
    let rows = anna.script(rows, vec![]).await.as_i64().unwrap_or_default();
    assert!(rows >= 26, "{rows} rows");
    // Saved filters stand in a menu, which goes when one was followed.
    anna.find("[popovertarget=saved-filters]").await.click().await.expect("a click");
    anna.find("#saved-filters:popover-open .bar__chip").await.click().await.expect("a click");
    anna.until("!document.querySelector('#saved-filters:popover-open')").await;
    anna.picture("orders-toolbar").await;
    anna.close_without_complaints(&app).await;

    let anna = chromium.window(390, 844).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    let begins = "return document.querySelector('#orders tr').getBoundingClientRect().top / innerHeight";
    let begins = anna.script(begins, vec![]).await.as_f64().unwrap_or(1.0);
    assert!(begins <= 1.0 / 3.0, "the list begins at {begins} of a telephone");
    anna.find("[data-fold=slots]").await.click().await.expect("a click");
    anna.until("document.querySelector('#slots').getClientRects().length").await;
    anna.driver.refresh().await.expect("a reload");
    anna.until("document.querySelector('#slots').getClientRects().length").await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_leaves_the_list_stays_grey_while_somebody_works_there() {
    let app = workplace().await;
    let anna_id = account(&app, "Анна");
    let first = make(&app, anna_id, |_| {});
    make(&app, anna_id, |order| {
        order.meeting = crate::support::orders::meeting("2026-11-25T15:00:00", chrono_tz::Europe::Moscow);
    });
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders?status=Ожидает&sort=meeting").await;
    anna.find(&format!("#order-{first}")).await;
    anna.script(&format!("document.querySelector('#order-{first}').focus()"), vec![]).await;
    let boris = app.sign_in("Борис").await;
    let moved = [("status_order", "Принял"), ("version", "1")];
    assert_eq!(boris.submit(&format!("/orders/{first}/status"), &moved).await.status, 303);
    let gone = format!("document.querySelector('#order-{first}.is-gone')");
    anna.until(&gone).await;
    assert!(anna.text(&format!("#order-{first}")).await.contains("уже не здесь"));
    anna.picture("row-gone").await;
    // Nobody works there any more: the next change of an order drops it.
    anna.script("document.querySelector('#q').focus()", vec![]).await;
    make(&app, anna_id, |_| {});
    anna.until(&format!("!document.querySelector('#order-{first}')")).await;
    anna.close_without_complaints(&app).await;
}
