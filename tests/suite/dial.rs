//! «Позвонить» and «Завершить», with the telephony played by the strict fake.

use std::time::Duration;

use callcentre::integrations::mango::fake::{ApiState, Ending, Fake};
use callcentre::platform::db::schema::{calls, dials};
use diesel::prelude::*;
use serde_json::json;

use crate::mango::Sender;
use crate::mango::cabinet::{cloud, connected};
use crate::support::until::{until, until_told};
use crate::support::{Client, Page, TestApp};

const BEAT: Duration = Duration::from_millis(150);

/// Анна at telephone 101 of a workplace whose telephony rings every 150 ms.
async fn desk(ending: Ending) -> (TestApp, Fake, Client) {
    let (app, fake) = connected(cloud()).await;
    fake.end_calls(ending, BEAT);
    let login = app.read(|db| {
        use callcentre::platform::db::schema::{accounts, callcentre_operator};
        callcentre_operator::table
            .inner_join(accounts::table)
            .filter(callcentre_operator::extension.eq("101"))
            .select(accounts::login)
            .first::<String>(db)
    });
    app.write(|tx| {
        use callcentre::platform::db::schema::accounts;
        let hash = callcentre::auth::password::hash("a long enough password").expect("a hash");
        diesel::update(accounts::table.filter(accounts::login.eq(&login)))
            .set((accounts::password.eq(hash), accounts::login.eq("анна")))
            .execute(tx.db)
    });
    let anna = app.anon();
    let answer = anna.submit("/login", &[("login", "анна"), ("password", "a long enough password")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    (app, fake, anna)
}

async fn dial(person: &Client, fields: &[(&str, &str)]) -> Page {
    person.hx_submit("telephony", "/telephony/dial", fields).await
}

fn toast(page: &Page) -> (String, String) {
    let told: serde_json::Value = serde_json::from_str(page.header("hx-trigger")).expect("a toast");
    let text = |name: &str| told["toast"][name].as_str().unwrap_or_default().to_owned();
    (text("title"), text("text"))
}

/// What the operator's column says, as soon as it says it.
async fn says(anna: &Client, words: &str) {
    until_told(words, async || {
        let column = anna.get("/telephony/incoming?column=1").await;
        column.text().contains(words).then_some(())
    })
    .await;
}

/// A missed call of the client; gives its id.
async fn missed(app: &TestApp) -> i64 {
    let at = app.app.clock.unix() - 600;
    let summary = json!({
        "entry_id": "missed", "call_direction": 1, "from": { "number": "79000001110" }, "to": {},
        "line_number": "74950000102", "create_time": at, "forward_time": at, "talk_time": 0, "end_time": at + 20,
        "entry_result": 0, "disconnect_reason": 1110,
    });
    Sender::to(app).deliver("/events/summary", &summary.to_string()).await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("a drained inbox");
    app.read(|db| calls::table.filter(calls::entry_id.eq("missed")).select(calls::id).first(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_back_rings_here_then_there_and_is_said_in_words_all_the_way() {
    let (app, fake, anna) = desk(Ending::Talk).await;
    // Each step lasts long enough to be seen on a machine that is busy with other tests.
    fake.end_calls(Ending::Talk, BEAT * 12);
    let call = missed(&app).await;
    let list = anna.get("/telephony").await;
    assert!(list.attr(&format!("#call-{call} .dial"), "hx-vals").is_some_and(|v| v.contains("79000001110")));

    let (title, text) = toast(&dial(&anna, &[("number", "79000001110"), ("call", &call.to_string())]).await);
    assert_eq!((title.as_str(), text.contains("телефон 101")), ("Снимите трубку", true));
    says(&anna, "Звоним вам: снимите трубку").await;
    says(&anna, "Звоним клиенту").await;
    says(&anna, "Разговор").await;
    let asked = fake.asked();
    let (_, command) = asked.iter().find(|(method, _)| method == "commands/callback").expect("asked");
    assert_eq!(command["line_number"], "74950000102", "by the line the client knows");

    let made: i64 = app.read(|db| dials::table.select(dials::call_id.assume_not_null()).first(db));
    let ended = anna.hx_submit("telephony", "/telephony/hang-up", &[("call", &made.to_string())]).await;
    assert_eq!(toast(&ended).0, "Завершаем звонок");
    until("the call is over", || {
        let (direction, status): (String, Option<String>) =
            app.read(|db| calls::table.find(made).select((calls::direction, calls::status)).first(db));
        assert_eq!(direction, "outbound", "one row, ours to the client");
        (status.as_deref() == Some("answered")).then_some(())
    })
    .await;
    let page = anna.get(&format!("/calls/{made}")).await;
    assert!(page.text().contains("ЗаказалАнна Первая, по этому звонку"), "{}", page.text());
    let rows: i64 = app.read(|db| calls::table.count().get_result(db));
    assert_eq!(rows, 2);
    let again = anna.hx_submit("telephony", "/telephony/hang-up", &[("call", &made.to_string())]).await;
    assert_eq!(toast(&again).0, "Звонок уже завершён");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_quick_presses_are_one_call() {
    let (_app, fake, anna) = desk(Ending::Talk).await;
    let wanted = [("number", "8 900 000-11-10")];
    let (one, two) = tokio::join!(dial(&anna, &wanted), dial(&anna, &wanted));
    let mut titles = [toast(&one).0, toast(&two).0];
    titles.sort();
    assert_eq!(titles, ["Вы уже звоните", "Снимите трубку"]);
    assert_eq!(fake.count("commands/callback"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_client_is_rung_at_the_number_that_is_stored() {
    for stored in ["84912345678", "4790123456"] {
        let (app, fake, anna) = desk(Ending::Talk).await;
        assert_eq!(toast(&dial(&anna, &[("number", stored)]).await).0, "Снимите трубку");
        let rung: String = app.read(|db| dials::table.select(dials::number).first(db));
        assert_eq!((rung.as_str(), fake.count("commands/callback")), (stored, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_without_a_conversation_is_said_and_can_be_tried_again() {
    for (ending, words) in
        [(Ending::Busy, "Занято"), (Ending::Silent, "Не ответили"), (Ending::NobodyHere, "Не ответили")]
    {
        let (app, _fake, anna) = desk(ending).await;
        dial(&anna, &[("number", "79000001110")]).await;
        says(&anna, words).await;
        let column = anna.get("/telephony/incoming").await;
        assert!(column.has("#dialling .dial"), "it can be asked for again: {}", column.text());
        let id: i64 = app.read(|db| dials::table.select(dials::id).first(db));
        assert_eq!(anna.hx_submit("x", &format!("/telephony/dial/{id}/close"), &[]).await.status, 204);
        assert!(!anna.get("/telephony/incoming").await.has("#dialling"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_against_a_call_is_said_and_nothing_rings() {
    let (app, fake, anna) = desk(Ending::Talk).await;
    let (title, text) = toast(&dial(&anna, &[("number", "скрыт")]).await);
    assert_eq!((title.as_str(), text.as_str()), ("Не звоним", "Номер скрыт или это не номер телефона."));
    let nobody = app.operator("Без телефона").await;
    assert!(toast(&dial(&nobody, &[("number", "79000001110")]).await).1.contains("нет внутреннего номера"));
    assert_eq!(fake.count("commands/callback"), 0);

    fake.be(ApiState::Broken);
    let (title, text) = toast(&dial(&anna, &[("number", "79000001110")]).await);
    assert_eq!(title, "Не звоним");
    assert!(text.contains("5004"), "{text}");
    assert!(anna.get("/telephony/incoming").await.text().contains("5004"), "it stays said");
    let boss = app.admin("Ольга").await;
    assert_eq!(dial(&boss, &[("number", "79000001110")]).await.status, 403, "an admin has no telephone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_comes_later_is_said_too() {
    let (app, fake, anna) = desk(Ending::Talk).await;
    fake.end_calls(Ending::Talk, Duration::from_secs(60));
    dial(&anna, &[("number", "79000001110")]).await;
    app.write(|tx| diesel::update(dials::table).set(dials::call_id.eq(None::<i64>)).execute(tx.db));
    let command: String = app.read(|db| dials::table.select(dials::command_id).first(db));
    let said = json!({ "command_id": command, "result": 2240 });
    Sender::to(&app).deliver("/result/callback", &said.to_string()).await;
    // Whether or not its first ring was told before, no money is no call.
    until("it is written down", || {
        let (state, call): (String, Option<i64>) =
            app.read(|db| dials::table.select((dials::state, dials::call_id)).first(db));
        (state == "failed" || call.is_some()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_the_calls_of_others_but_an_admin() {
    let (app, fake, anna) = desk(Ending::Talk).await;
    fake.end_calls(Ending::Talk, Duration::from_secs(60));
    dial(&anna, &[("number", "79000001110")]).await;
    let call =
        until("it rings", || app.read(|db| dials::table.select(dials::call_id).first::<Option<i64>>(db)))
            .await;
    let other = app.operator_at("Вера", "109").await;
    assert_eq!(other.hx_submit("x", "/telephony/hang-up", &[("call", &call.to_string())]).await.status, 404);
    assert_eq!(fake.count("commands/call/hangup"), 0);
    let boss = app.admin("Ольга").await;
    assert!(boss.get(&format!("/calls/{call}")).await.text().contains("Завершить"));
    let ended = boss.hx_submit("x", "/telephony/hang-up", &[("call", &call.to_string())]).await;
    assert_eq!(toast(&ended).0, "Завершаем звонок");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_beside_a_call_there_is_not_is_not_found() {
    let (app, _fake, anna) = desk(Ending::Talk).await;
    let answer = dial(&anna, &[("number", "79001234567"), ("call", "999999")]).await;
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert_eq!(app.read(|db| dials::table.count().get_result::<i64>(db)), 0);
}
