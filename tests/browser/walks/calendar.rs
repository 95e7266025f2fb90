//! The calendar of a field: keys alone, the field is the truth, Esc closes nothing but it, a phone, no scripts.

use serde_json::json;

use crate::chromium::{Chromium, Window};
use crate::support::orders::{make, office};

const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";
const PAGE_UP: &str = "\u{e00e}";
const PAGE_DOWN: &str = "\u{e00f}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

async fn until_on(window: &Window, what: &str) {
    window.until(&format!("document.activeElement.matches('{what}')")).await;
}

async fn value(window: &Window, field: &str) -> String {
    let script = "return document.querySelector(arguments[0]).value";
    window.script(script, vec![json!(field)]).await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_chosen_in_the_calendar_by_keys_and_written_into_its_field() {
    let (app, anna_id) = office().await;
    make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let window = chromium.window(1440, 900).await;
    window.sign_in(&app, "Анна Белова").await;
    window.open(&app, "/orders/new?city=Москва&type_equipment=БТ").await;
    window.find("#n-city option[value='Москва']").await.click().await.expect("a city");
    window.script("document.querySelector('[name=type_equipment][value=БТ]').click()", vec![]).await;
    window.script("document.querySelector('#n-date').focus()", vec![]).await;
    window.press("завтра 15").await;
    window.press(DOWN).await;
    // Tomorrow is chosen by the words, and says how many places are left.
    until_on(&window, "[data-day=\"2026-11-24\"][aria-pressed=true]").await;
    window.find(".cal__day[data-day='2026-11-24'] [data-h]").await;
    assert!(window.has("[data-day='2026-11-24'][aria-label*='свободно']").await);
    assert!(
        window.text(".cal__times").await.contains("15:00\n2 из 3"),
        "{}",
        window.text(".cal__times").await
    );
    assert!(window.has("[data-day='2026-11-22']:disabled").await, "what is over");
    assert_eq!(window.accessibility_complaints().await, Vec::<String>::new());
    window.picture("calendar").await;
    window.press(PAGE_DOWN).await;
    until_on(&window, "[data-day=\"2026-12-24\"]").await;
    window.press(PAGE_UP).await;
    until_on(&window, "[data-day=\"2026-11-24\"]").await;
    window.press(RIGHT).await;
    window.press(DOWN).await;
    until_on(&window, "[data-day=\"2026-12-02\"]").await;
    window.press(ENTER).await;
    // The day is taken with the time that was typed, and its times wait.
    until_on(&window, ".cal__time[aria-pressed=true]").await;
    assert_eq!(value(&window, "#n-date").await, "02.12.2026 15:00");
    window.press(DOWN).await;
    window.press(ENTER).await;
    until_on(&window, "#n-date").await;
    assert_eq!(value(&window, "#n-date").await, "02.12.2026 15:30");
    window.until("document.querySelector('#n-when').innerText.includes('2 декабря, 15:30')").await;
    assert!(!window.has(".cal:popover-open").await);
    window.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_closes_the_calendar_alone_and_another_clock_is_said_beside_the_label() {
    let (app, anna_id) = office().await;
    let id = make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let window = chromium.window(390, 844).await;
    window.sign_in(&app, "Анна Белова").await;
    window.open(&app, &format!("/orders?open={id}")).await;
    window.find("#dialog[open] #o-when").await;
    window.script("document.querySelector('#dialog [name=date_meeting]').focus()", vec![]).await;
    window.press(DOWN).await;
    until_on(&window, ".cal__day").await;
    window.picture("calendar-phone").await;
    let wide = "document.documentElement.scrollWidth <= innerWidth && document.querySelector('.cal:popover-open').getBoundingClientRect().right <= innerWidth";
    window.until(wide).await;
    window.press(ESCAPE).await;
    window.until("!document.querySelector('.cal:popover-open')").await;
    until_on(&window, "[name=date_meeting]").await;
    assert!(window.has("#dialog[open]").await, "the order stays open");

    window.open(&app, "/orders/new").await;
    window.find("#n-city option[value='Самара']").await.click().await.expect("a city");
    window
        .until("document.querySelector('[data-zone-of=date_meeting]').textContent === 'Самара, МСК+1'")
        .await;
    window.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_takes_a_day_from_the_calendar_and_its_menu_stays() {
    let (app, anna_id) = office().await;
    make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let window = chromium.window(1440, 900).await;
    window.sign_in(&app, "Анна Белова").await;
    window.open(&app, "/orders").await;
    window.find("[popovertarget=f-dates]").await.click().await.expect("a click");
    window.find("[popovertarget=filter-created_from-cal]").await.click().await.expect("a click");
    until_on(&window, ".cal__day[aria-current=date]").await;
    assert!(window.has("#f-dates:popover-open").await, "the menu holds it");
    window.press(PAGE_UP).await;
    until_on(&window, "[data-day=\"2026-10-23\"]").await;
    window.press(ENTER).await;
    window.until("location.search.includes('created_from')").await;
    assert_eq!(value(&window, "#filter-created_from").await, "23.10.2026");
    assert!(window.has("#orders tr").await);
    window.close_without_complaints(&app).await;
}
