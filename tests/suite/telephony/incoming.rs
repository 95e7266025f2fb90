//! The card of the incoming call: at whose telephone it rings, and at whose it does not.

use callcentre::domain::id::AccountId;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{accounts, calls};
use diesel::prelude::*;

use crate::support::calls::{at, call, city, move_on, name_client, order};
use crate::support::{Client, TestApp};

/// Ten in the morning in Moscow.
const NOW: &str = "2026-11-22T07:00:00";
const CARD: &str = "/telephony/incoming";

async fn start() -> (TestApp, Client) {
    let app = TestApp::start().await;
    app.app.clock.stop_at(at(NOW));
    let operator = app.operator_at("Анна Белова", "101").await;
    (app, operator)
}

fn id_of(app: &TestApp, login: &str) -> AccountId {
    let login = login.to_lowercase();
    app.read(|db| accounts::table.filter(accounts::login.eq(login)).select(accounts::id).first(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_comes_to_the_telephone_that_rings_and_to_no_other() {
    let (app, anna) = start().await;
    let boris = app.operator_at("Борис", "102").await;
    let nobody = app.operator("Вера").await;
    assert_eq!(anna.get(CARD).await.text().trim(), "");
    let id = call("79001234567", "2026-11-22T06:59:50")
        .of("Тверь", "Авито", "Сергей БТ")
        .live("ringing", &[("101", "ringing"), ("103", "ringing")])
        .put(&app);
    let card = anna.get(CARD).await;
    assert!(card.has("[data-ringing][role=alertdialog]") && !card.has("[autofocus]"));
    let text = card.text();
    for words in ["Звонит", "+7 900 123-45-67", "новый клиент", "Тверь", "Авито", "Сергей БТ"]
    {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert!(card.has(&format!("a[data-new][href='/orders/new?call={id}']")));
    for other in [&boris, &nobody] {
        assert_eq!(other.get(CARD).await.text().trim(), "");
    }
    assert_eq!(app.admin("Ольга").await.get(CARD).await.status, 403);
    assert_eq!(app.anon().get(CARD).await.status, 303);
    // A reload and a second tab show the same.
    assert_eq!(anna.get(CARD).await.body, card.body);
    // Somebody else has taken it.
    move_on(&app, id, "talking", r#"[{"extension":"103","doing":"talking"}]"#);
    assert_eq!(anna.get(CARD).await.text().trim(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_the_call_takes_the_place_of_the_offer_to_make_one() {
    let (app, anna) = start().await;
    let id = call("79001234567", "2026-11-22T06:59:50").live("talking", &[("101", "talking")]).put(&app);
    let offer = format!("a[href='/orders/new?call={id}']");
    assert!(anna.get(CARD).await.has(&offer));
    let client = name_client(&app, "79001234567", "Марина");
    let made = order(&app, client, id_of(&app, "Анна Белова"), "Ожидает", Some(id));
    for path in [CARD, "/telephony"] {
        let page = anna.get(path).await;
        assert!(!page.has(&offer), "{path} would make a second one");
        assert!(page.has(&format!("a[href='/orders?open={made}']")), "{path}");
    }
    // A second machine in the same conversation is rare, and asked for on the call's own page.
    let page = anna.get(&format!("/calls/{id}")).await;
    assert!(page.has(&format!(".btn--primary[href='/orders?open={made}']")) && page.has(&offer));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_one_place_for_the_card() {
    let (app, anna) = start().await;
    let id = call("79001234567", "2026-11-22T06:00:00").put(&app);
    for (path, address) in [
        ("/telephony".to_owned(), "/telephony/incoming?column=1"),
        (format!("/calls/{id}"), "/telephony/incoming?column=1"),
        ("/orders".to_owned(), "/telephony/incoming"),
        ("/orders/new".to_owned(), "/telephony/incoming"),
    ] {
        let page = anna.get(&path).await;
        assert_eq!(page.count("#incoming"), 1, "{path}");
        assert_eq!(page.attr("#incoming", "hx-get").as_deref(), Some(address), "{path}");
        assert_eq!(page.count("#call-strip > #strip-line"), 1, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_an_unknown_line_rings_as_well() {
    let (app, anna) = start().await;
    call("", "2026-11-22T06:59:50").on_line("79990000000").live("ringing", &[("101", "ringing")]).put(&app);
    let card = anna.get(CARD).await;
    assert!(card.has("[data-ringing]"));
    assert!(card.text().contains("номер скрыт") && card.text().contains("+7 999 000-00-00"));
    let page = anna.get("/telephony").await;
    assert!(page.text_of("#calls tr").contains("+7 999 000-00-00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_knows_the_client() {
    let (app, anna) = start().await;
    city(&app, "Екатеринбург", "Asia/Yekaterinburg");
    let maker = app.create_account(Role::Operator, "Вера Орлова");
    let earlier = call("79001234567", "2026-11-22T05:00:00").put(&app);
    call("79001234567", "2026-11-22T06:59:50")
        .of("Екатеринбург", "", "")
        .live("talking", &[("101", "talking")])
        .put(&app);
    let client = name_client(&app, "79001234567", "<script>alert(1)</script>");
    for status in ["Готово", "Отказ", "Готово", "Готово", "Готово"] {
        order(&app, client, maker, status, None);
    }
    let open = order(&app, client, maker, "Ожидает", None);
    for status in ["Готово", "Готово", "Готово", "Готово"] {
        order(&app, client, maker, status, None);
    }
    let card = anna.get(CARD).await;
    assert!(!card.has("[data-ringing]") && !card.has("[role=alertdialog]"));
    let text = card.text();
    for words in [
        "Разговор",
        "<script>alert(1)</script>",
        "10 заказов",
        "2 звонка сегодня",
        "был отказ",
        "у клиента 12:00",
        "4 800 ₽",
    ] {
        assert!(text.replace('\u{a0}', " ").contains(words), "no {words} in {text}");
    }
    assert!(!card.body.contains("<script>alert"));
    assert!(card.text_of(".hist li").contains(&format!("№ {open}")), "what is open comes first");
    assert!(card.has(&format!(".mini-calls a[href='/calls/{earlier}']")));
    assert!(card.has(&format!("a[href='/clients/{client}']")));
    assert!(card.has("a[href='/orders?q=%2B7%20900%20123-45-67']"), "with its plus");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rings_comes_before_what_is_talked() {
    let (app, anna) = start().await;
    call("79000000001", "2026-11-22T06:55:00").live("talking", &[("101", "talking")]).put(&app);
    let ringing = call("79000000002", "2026-11-22T06:50:00").live("ringing", &[("101", "ringing")]).put(&app);
    let card = anna.get(CARD).await;
    assert_eq!(card.attr(".call-card", "data-call"), Some(ringing.to_string()));
    assert!(card.text_of(".call-card__others").contains("+7 900 000-00-01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_column_says_so_and_names_who_waits() {
    let (app, anna) = start().await;
    let column = "/telephony/incoming?column=1";
    assert!(anna.get(column).await.text().contains("Сейчас звонка нет"));
    call("79000000001", "2026-11-22T06:59:00").live("ringing", &[("102", "ringing")]).put(&app);
    call("79000000002", "2026-11-22T06:59:50").live("ringing", &[]).put(&app);
    call("79000000003", "2026-11-22T06:59:50").outbound().live("ringing", &[]).put(&app);
    call("79000000004", "2026-11-22T06:59:50").live("talking", &[("103", "talking")]).put(&app);
    let queue = anna.get(column).await;
    let waiting = queue.texts(".queue li");
    assert_eq!(waiting.len(), 2);
    assert!(waiting[0].contains("+7 900 000-00-01"), "who waits longest comes first");
    assert_eq!(queue.count(".queue__wait--long"), 1);
    assert_eq!(anna.get(CARD).await.text().trim(), "", "no queue over other pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_conversation_stays_until_it_is_closed_or_has_its_order() {
    let (app, anna) = start().await;
    let boris = app.operator_at("Борис", "102").await;
    let own = id_of(&app, "Анна Белова");
    let id = call("79001234567", "2026-11-22T06:57:00").answered(Some(own), 60).put(&app);
    let card = anna.get(CARD).await;
    assert!(card.text().contains("Разговор завершён") && !card.has("[data-ringing]"));
    assert_eq!(boris.get(CARD).await.text().trim(), "");
    let dismiss = format!("/telephony/incoming/{id}/dismiss");
    assert_eq!(boris.submit(&dismiss, &[]).await.status, 404, "not his call");
    assert_eq!(app.anon().submit(&dismiss, &[]).await.status, 303);
    assert!(anna.get(CARD).await.has(".call-card--over"));

    // A living call takes the place, and gives it back.
    let next = call("79000000002", "2026-11-22T06:59:00").live("ringing", &[("101", "ringing")]).put(&app);
    assert_eq!(anna.get(CARD).await.attr(".call-card", "data-call"), Some(next.to_string()));
    app.write(move |tx| diesel::delete(calls::table.find(next)).execute(tx.db));

    assert_eq!(anna.hx_submit("incoming", &dismiss, &[]).await.text().trim(), "");
    assert_eq!(anna.get(CARD).await.text().trim(), "");
    assert!(anna.get("/telephony/incoming?column=1").await.text().contains("Сейчас звонка нет"));

    let client = name_client(&app, "79001234567", "Имя");
    let later = call("79001234567", "2026-11-22T06:58:00").answered(Some(own), 60).put(&app);
    assert!(anna.get(CARD).await.has(".call-card--over"), "the next conversation is another card");
    order(&app, client, own, "Ожидает", Some(later));
    assert_eq!(anna.get(CARD).await.text().trim(), "");

    call("79001234567", "2026-11-22T06:58:30").answered(Some(own), 60).put(&app);
    assert!(anna.get(CARD).await.has(".call-card--over"));
    app.app.clock.stop_at(at("2026-11-22T07:05:00"));
    assert_eq!(anna.get(CARD).await.text().trim(), "", "after three minutes it goes by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_strip_lines_up_what_rings_what_is_talked_and_what_is_over() {
    let (app, anna) = start().await;
    let own = id_of(&app, "Анна Белова");
    assert!(!anna.get(CARD).await.has(".strip__call"), "nothing happens");
    let over = call("79000000001", "2026-11-22T06:57:00").answered(Some(own), 60).put(&app);
    let alone = anna.get(CARD).await;
    assert_eq!(alone.attr(".strip__call", "data-state").as_deref(), Some("over"));
    assert!(alone.has(&format!("#strip-line [data-digits][action='/calls/{over}/result']")));
    assert!(alone.has(&format!("#strip-line form[action='/telephony/incoming/{over}/dismiss']")));

    call("79000000002", "2026-11-22T06:55:00")
        .of("Тверь", "", "Сергей БТ")
        .live("talking", &[("101", "talking")])
        .put(&app);
    let rings = call("79000000003", "2026-11-22T06:58:00")
        .of("Тверь", "", "Сергей БТ")
        .live("ringing", &[("101", "ringing")])
        .put(&app);
    let all = anna.get(CARD).await;
    let line = all.texts(".strip__call");
    assert_eq!(line.len(), 2 + 1, "{line:?}");
    for words in
        ["Звонит", "+7 900 000-00-03", "новый клиент", "Тверь · Сергей БТ", "Создать заявку", "Карточка"]
    {
        assert!(line[0].contains(words), "no {words} in {}", line[0]);
    }
    assert!(all.has(&format!("#strip-new[data-new][href='/orders/new?call={rings}']")));
    assert!(!all.has("#strip-line .strip__end"), "what rings is not hung up");
    assert!(line[1].contains("Разговор") && line[1].contains("+7 900 000-00-02"), "{}", line[1]);
    assert!(line[2].contains("Закончен") && line[2].contains("+7 900 000-00-01"), "{}", line[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_entry_of_the_strip_is_made_first_and_stays_so_until_something_rings() {
    let (app, anna) = start().await;
    let own = id_of(&app, "Анна Белова");
    let over = call("79000000001", "2026-11-22T06:58:00").answered(Some(own), 60).put(&app);
    let talk = call("79000000002", "2026-11-22T06:55:00").live("talking", &[("101", "talking")]).put(&app);
    let wish = anna.get(CARD).await.attr(".strip__call--more .strip__who", "hx-get").expect("a button");
    let chosen = anna.get(&wish).await;
    assert_eq!(chosen.attr(".strip__call", "data-call"), Some(over.to_string()));
    assert_eq!(chosen.attr(".call-card", "data-call"), Some(over.to_string()), "the card is its card");
    assert!(chosen.text_of(".call-card__others").contains("+7 900 000-00-02"));
    // What the page asks with from now on.
    let asked = |name: &str| chosen.attr(&format!("#strip-line input[name={name}]"), "value").expect("kept");
    let again = format!("{CARD}?first={}&than={}", asked("first"), asked("than"));
    assert_eq!(anna.get(&again).await.attr(".strip__call", "data-call"), Some(over.to_string()));
    let back = chosen.attr(".strip__call--more .strip__who", "hx-get").expect("a button");
    assert_eq!(anna.get(&back).await.attr(".strip__call", "data-call"), Some(talk.to_string()));

    let rings = call("79000000003", "2026-11-22T06:59:00").live("ringing", &[("101", "ringing")]).put(&app);
    let now = anna.get(&again).await;
    assert_eq!(now.attr(".strip__call", "data-call"), Some(rings.to_string()));
    assert!(!now.has("#strip-line input"), "the choice is forgotten");
    assert_eq!(anna.get(&format!("{CARD}?first=nonsense&than=")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_strip_knows_the_client_and_the_order_of_its_call() {
    let (app, anna) = start().await;
    let own = id_of(&app, "Анна Белова");
    let id = call("79001234567", "2026-11-22T06:59:00").live("talking", &[("101", "talking")]).put(&app);
    let client = name_client(&app, "79001234567", "<b>Марина");
    order(&app, client, own, "Отказ", None);
    let strip = anna.get(CARD).await;
    let text = strip.text_of(".strip__call");
    for words in ["<b>Марина", "1 заказ", "был отказ"] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert!(strip.has(&format!("#hang-up-{id}")));
    let made = order(&app, client, own, "Ожидает", Some(id));
    let strip = anna.get(CARD).await;
    assert!(strip.has(&format!("#strip-order[href='/orders?open={made}']")) && !strip.has("#strip-new"));
}
