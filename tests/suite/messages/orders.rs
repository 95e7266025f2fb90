//! Orders and chats point at each other; an answer pays what was missed on the telephone.

use callcentre::debts::{DebtState, PaidHow};
use callcentre::platform::db::schema::{campaigns, chat_orders, chats, debts};
use diesel::prelude::*;
use serde_json::json;

use super::{CHAT, USER, client_says, deliver, delivery, only_chat, set_up, understand};
use crate::mango::{finished_call, set_up as set_up_telephony};
use crate::support::TestApp;
use crate::support::orders::fields;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_from_a_chat_is_filled_and_both_lead_to_each_other() {
    let app = TestApp::start().await;
    set_up_telephony(&app);
    set_up(&app);
    app.write(|tx| {
        diesel::update(chats::table).set(chats::city.eq("Саратов")).execute(tx.db)?;
        callcentre::insert_new!(tx.db, campaigns::table, campaigns::name.eq("Авито"), campaigns::name)
    });
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Адрес: ул. Рахова, 131, кв. 5. Тел. 8 927 555-82-23").await;
    let chat = only_chat(&app);
    app.write(|tx| {
        diesel::update(chats::table)
            .set((chats::city.eq("Саратов"), chats::client_name.eq("Надежда")))
            .execute(tx.db)
    });
    let form = anna.get(&format!("/orders/new?chat={chat}")).await;
    assert_eq!(form.status, 200);
    assert_eq!(form.attr("#n-phone", "value").as_deref(), Some("+7 927 555-82-23"));
    assert_eq!(form.attr("#n-name", "value").as_deref(), Some("Надежда"));
    assert_eq!(form.attr("#n-chat", "value").as_deref(), Some(CHAT));
    assert_eq!(form.attr("#n-rk option[selected]", "value").as_deref(), Some("Авито"));
    assert_eq!(form.attr("#n-city option[selected]", "value").as_deref(), Some("Саратов"));
    assert_eq!(form.attr("#n-avito option[selected]", "value").as_deref(), Some("Сергей БТ"));
    assert!(form.text().contains("ул. Рахова, 131, кв. 5"), "offered, not taken");
    assert_eq!(form.attr("#n-address", "value").as_deref(), Some(""));
    assert_eq!(anna.get("/orders/new?chat=999999").await.status, 404);

    let sent = fields(&[("avito_chatid", CHAT)]);
    let saved = anna.submit("/orders", &sent).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let joined: Vec<(i64, i64)> =
        app.read(|db| chat_orders::table.select((chat_orders::chat_id, chat_orders::order_id)).load(db));
    assert_eq!(joined.len(), 1);
    let order = joined[0].1;
    let page = anna.get(&format!("/messages/{chat}")).await;
    assert!(page.text_of("#chat-side").contains(&format!("№ {order}")));
    assert!(page.text_of("#messages").contains(&format!("заказ № {order}")));
    let shown = anna.get(&format!("/orders/{order}")).await;
    assert!(shown.body.contains(&format!("/messages/{CHAT}")), "the order leads to the chat");
    assert_eq!(anna.get(&format!("/messages/{CHAT}")).await.header("location"), format!("/messages/{chat}"));
    assert!(!anna.get("/messages?quick=no-order").await.has("#chats [id^=chat-]"));
    let client: i64 = app.read(|db| chats::table.select(chats::client_id.assume_not_null()).first(db));
    assert!(anna.get(&format!("/messages/of-client/{client}")).await.text().contains("Надежда"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_joined_by_its_number_once() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = only_chat(&app);
    let join = format!("/messages/{chat}/orders");
    for nonsense in ["", "да", "№ x", "999999"] {
        assert_eq!(anna.submit(&join, &[("order", nonsense)]).await.status, 400, "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_the_chat_pays_a_missed_call_of_its_number() {
    let app = TestApp::start().await;
    set_up_telephony(&app);
    set_up(&app);
    client_says(&app, "m1", 4000, "звоните 8 927 555-82-23").await;
    finished_call(&app, "79275558223", "one", app.app.clock.unix() - 1800, 0, false).await;
    let all = || -> Vec<(DebtState, Option<PaidHow>)> {
        app.read(|db| debts::table.order(debts::id).select((debts::state, debts::paid_how)).load(db))
    };
    assert_eq!(all(), [(DebtState::Open, None)]);
    let old = delivery(&app, CHAT, "m2", USER, 3000, "text", json!({ "text": "до звонка" }));
    deliver(&app, &old).await;
    understand(&app).await;
    assert_eq!(all(), [(DebtState::Open, None)], "what was written before the call pays nothing");
    deliver(&app, &delivery(&app, CHAT, "m3", USER, 60, "text", json!({ "text": "Перезвоним" }))).await;
    understand(&app).await;
    assert_eq!(all(), [(DebtState::Paid, Some(PaidHow::Chat))]);
}
