//! Name, numbers, warning, totals, addresses.

use callcentre::domain::order::StatusOrder;

use super::{MARINA, OTHER, desk};
use crate::support::orders::{at, make};

#[tokio::test(flavor = "multi_thread")]
async fn a_card_sums_up_what_there_is() {
    let desk = desk().await;
    let client = desk.client(MARINA, "Марина");
    desk.call(MARINA, "2026-11-20T09:00:00");
    for (status, paid, address) in [
        (StatusOrder::Done, Some(480_000), "ул. Чапаева, 48"),
        (StatusOrder::Done, Some(20_050), "УЛ ЧАПАЕВА 48"),
        (StatusOrder::Refused, None, "пр. Мира, 5"),
        (StatusOrder::Wait, None, "пр. Мира, 5"),
    ] {
        make(&desk.app, desk.anna_id, |new| {
            new.status = status;
            new.result = paid;
            new.address = address.into();
            new.created_at = at("2026-11-21T09:00:00");
            new.refusal_reason = (status == StatusOrder::Refused).then(|| "Дорого".into());
            new.closed_at = (!status.is_open()).then(|| at("2026-11-22T09:00:00"));
        });
    }
    let (operators, admins) = (
        desk.anna.get(&format!("/clients/{client}")).await,
        desk.olga.get(&format!("/clients/{client}")).await,
    );
    assert_eq!(
        operators.texts(".client-totals .stat"),
        ["Звонков1", "Заказов4 1 в работе", "Готово2", "Отказов1"]
    );
    assert!(admins.text_of(".client-totals").contains("Сумма итогов5 000,50 ₽"));
    assert!(!operators.text().contains("Сумма итогов"));
    let addresses = operators.texts(".client-list--two li");
    assert_eq!(addresses.len(), 2, "{addresses:?}");
    assert!(addresses.iter().all(|line| line.contains("Москва") && line.contains("2 заказа")));
    assert!(operators.has("a[data-new][href='/orders/new?phone=%2B7%20900%20123-45-67']"));
    assert_eq!(desk.app.anon().get(&format!("/clients/{client}")).await.status, 303);
    assert_eq!(desk.anna.get("/clients/999").await.status, 404);
    assert!(desk.anna.hx_get("main", &format!("/clients/{client}")).await.is_fragment());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_a_name_and_only_an_admin_changes_it() {
    let desk = desk().await;
    let client = desk.client(MARINA, "");
    let card = format!("/clients/{client}");
    let to = format!("{card}/name");
    assert!(desk.anna.get(&card).await.has(&format!("a[href='{to}']")));
    let form = desk.anna.hx_get("dialog", &to).await;
    assert!(form.is_fragment() && form.has("form[hx-post] input[name=name][autofocus]"));
    for (typed, said) in
        [("", "Напишите имя"), ("\u{202e}", "Напишите имя"), (&*"я".repeat(101), "Не больше 100")]
    {
        let answer = desk.anna.hx_submit("dialog", &to, &[("name", typed)]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text_of("#client-name-error").contains(said), "{}", answer.body);
    }
    let saved = desk.anna.hx_submit("dialog", &to, &[("name", " Марина\u{0}\u{202e}  Ковалёва ")]).await;
    assert_eq!(saved.status, 204);
    assert!(saved.header("hx-location").contains(&card), "{:?}", saved.headers);
    let page = desk.anna.get(&card).await;
    assert_eq!(page.text_of("h1"), "Марина Ковалёва");
    assert!(!page.has(&format!("a[href='{to}']")), "an operator is not offered to change it");
    assert_eq!(desk.anna.submit(&to, &[("name", "Мария")]).await.status, 409);
    assert_eq!(desk.olga.submit(&to, &[("name", "Мария")]).await.status, 303);
    assert_eq!(desk.olga.get(&card).await.text_of("h1"), "Мария");
    assert_eq!(desk.olga.get("/clients?q=мария").await.count(".client-found li"), 1);
    assert_eq!(desk.olga.get("/clients?q=марина").await.count(".client-found li"), 0);
    let journal = desk.journal("client.name");
    assert_eq!(journal.len(), 2);
    assert_eq!(journal[0].0, Some(desk.anna_id));
    assert_eq!(journal[1].2, "«Марина Ковалёва» → «Мария»");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_has_several_numbers_and_one_to_call() {
    let desk = desk().await;
    let client = desk.client(MARINA, "Марина");
    let (card, to) = (format!("/clients/{client}"), format!("/clients/{client}/phones"));
    for (typed, said) in [
        ("", "Напишите номер"),
        ("вечером", "Это не номер"),
        ("8 900 123 45 67", "уже есть"),
        (&*"9".repeat(80), "Не больше"),
    ] {
        let answer = desk.anna.hx_submit("dialog", &to, &[("phone", typed)]).await;
        assert_eq!(answer.status, 422, "{typed}");
        assert!(answer.text_of("#client-phone-error").contains(said), "{}", answer.body);
        assert_eq!(answer.attr("#client-phone", "value").unwrap_or_default(), typed);
    }
    assert_eq!(desk.anna.submit(&to, &[("phone", "8 (900) 765-43-21")]).await.status, 303);
    assert_eq!(desk.numbers_of(client), [MARINA, OTHER]);
    let page = desk.anna.get(&card).await;
    assert_eq!(page.count("#main form[action$='/main']"), 1, "the other one can become the main one");
    assert!(!page.has("form[action$='/delete']"), "only admins take numbers away");
    let make_main = page.attr("form[action$='/main']", "action").expect("a form");
    assert_eq!(desk.anna.hx_submit("main", &make_main, &[]).await.status, 204);
    assert_eq!(desk.numbers_of(client), [OTHER, MARINA], "the main one comes first");
    let page = desk.olga.get(&card).await;
    assert!(page.has("a[data-new][href='/orders/new?phone=%2B7%20900%20765-43-21']"));
    // A call from the new number is this client's.
    let other_call = desk.call(OTHER, "2026-11-23T10:00:00");
    assert_eq!(desk.calls_of(client), [other_call]);
    let delete = page.attr("form[action$='/delete']", "action").expect("a form");
    assert_eq!(desk.anna.submit(&delete, &[]).await.status, 403);
    assert_eq!(desk.olga.submit(&delete, &[]).await.status, 303);
    assert_eq!(desk.numbers_of(client), [MARINA]);
    assert_eq!(desk.calls_of(client), [other_call], "the past stays");
    let last = desk.app.read(|db| callcentre::clients::queries::numbers(db, &[client]))[0].id;
    assert_eq!(desk.olga.submit(&format!("{card}/phones/{last}/delete"), &[]).await.status, 409);
    let stranger = desk.client("79001110000", "");
    for what in ["main", "delete"] {
        let foreign = format!("/clients/{stranger}/phones/{last}/{what}");
        assert_eq!(desk.olga.submit(&foreign, &[]).await.status, 404);
    }
    let actions = ["client.phone.add", "client.phone.main", "client.phone.remove"];
    assert!(actions.iter().all(|action| desk.journal(action).len() == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_somebody_else_offers_to_join_the_two() {
    let desk = desk().await;
    let (client, other) = (desk.client(MARINA, "Марина"), desk.client(OTHER, "Иван"));
    let answer = desk
        .anna
        .hx_submit("dialog", &format!("/clients/{client}/phones"), &[("phone", "8 900 765 43 21")])
        .await;
    assert_eq!(answer.status, 422);
    assert!(answer.text_of("[role=alert]").contains("Иван"));
    assert!(answer.has(&format!("a[href='/clients/{client}/merge?with={other}']")));
    assert_eq!(answer.attr("#client-phone", "value").as_deref(), Some("8 900 765 43 21"));
    assert_eq!(desk.numbers_of(other), [OTHER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_loud_where_the_client_appears() {
    use crate::support::calls::{call, city};
    let desk = desk().await;
    let boris = desk.app.operator_at("Борис", "101").await;
    city(&desk.app, "Тверь", "Europe/Moscow");
    call(MARINA, "2026-11-23T11:59:50").live("ringing", &[("101", "ringing")]).put(&desk.app);
    let client = desk.client(MARINA, "Марина");
    let (card, to) = (format!("/clients/{client}"), format!("/clients/{client}/warning"));
    assert!(!desk.anna.get(&card).await.has(".client-warning"));
    assert!(!boris.get("/telephony/incoming").await.has(".client-warning"));
    let long = "я".repeat(301);
    let refused = desk.anna.hx_submit("dialog", &to, &[("warning", &long), ("saw", "")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.attr("#client-warning", "value"), Some(long));
    let said = desk.anna.hx_submit("dialog", &to, &[("warning", "Собака <b>"), ("saw", "")]).await;
    assert_eq!(said.status, 204);
    let page = desk.olga.get(&card).await;
    assert!(page.text_of(".client-warning").contains("Собака <b> Белова А., сегодня 15:00"), "{}", page.body);
    assert!(page.has(&format!(".client-warning a[hx-get='{to}']")), "it can be changed");
    let ringing = boris.get("/telephony/incoming").await;
    assert!(ringing.text_of("#incoming-warning").contains("Собака <b>"));
    let described = ringing.attr("[data-ringing]", "aria-describedby").expect("a description");
    assert!(described.contains("incoming-warning"));
    // What somebody else has written meanwhile is not overwritten unseen.
    let stale = desk.olga.hx_submit("dialog", &to, &[("warning", "Не платит"), ("saw", "")]).await;
    assert_eq!(stale.status, 422);
    assert!(stale.text_of("#client-warning-error").contains("Собака <b>"));
    assert_eq!(stale.attr("input[name=saw]", "value").as_deref(), Some("Собака <b>"));
    let seen = [("warning", "Не платит"), ("saw", "Собака <b>")];
    assert_eq!(desk.olga.submit(&to, &seen).await.status, 303);
    assert_eq!(desk.anna.submit(&to, &[("warning", ""), ("saw", "Не платит")]).await.status, 303);
    assert!(!desk.anna.get(&card).await.has(".client-warning"));
    let details: Vec<String> = desk.journal("client.warning").into_iter().map(|line| line.2).collect();
    assert_eq!(details, ["«» → «Собака <b>»", "«Собака <b>» → «Не платит»", "«Не платит» → «»"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_to_the_browsers() {
    use futures_util::StreamExt;
    let desk = desk().await;
    let client = desk.client(MARINA, "");
    let request = desk.olga.request(reqwest::Method::GET, "/live");
    let mut stream = request.send().await.expect("a stream").bytes_stream();
    let to = format!("/clients/{client}/warning");
    assert_eq!(desk.anna.submit(&to, &[("warning", "Собака"), ("saw", "")]).await.status, 303);
    let mut seen = String::new();
    let reading = async {
        while !seen.contains("event: clients") {
            let chunk = stream.next().await.expect("the stream ended").expect("a chunk");
            seen.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), reading).await.expect("no word of the client");
    // The pages listen by topic: a topic nobody subscribed to would arrive and be dropped.
    assert!(include_str!("../../../static/js/live-stream.js").contains("\"clients\""));
}
