//! The message centre: what Avito tells, what is written back, and what people do with chats.

mod answers;
mod dialogue;
mod intake;
mod killed;
mod orders;
mod outbox;
mod replies;

use callcentre::domain::id::{AvitoId, ChatId};
use callcentre::messages::intake::worker;
use callcentre::platform::db::schema::{avito, chats, cities};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Page, TestApp};

/// The account of the samples.
pub const USER: i64 = 318_204_577;
pub const CLIENT: i64 = 241_877_305;
pub const CHAT: &str = "u2i-Kq7mTzX2vR0aYc_9dLhB4w";

/// An account with an address for deliveries, and a city.
pub fn set_up(app: &TestApp) -> AvitoId {
    app.write(|tx| {
        diesel::insert_into(cities::table)
            .values((cities::name.eq("Саратов"), cities::time_zone.eq("Europe/Saratov")))
            .execute(tx.db)?;
        diesel::insert_into(avito::table)
            .values((
                avito::name.eq("Сергей БТ"),
                avito::user_id.eq(USER),
                avito::webhook_secret.eq("secret"),
            ))
            .returning(avito::id)
            .get_result(tx.db)
    })
}

/// A delivery as Avito makes it, so many seconds ago.
pub fn delivery(
    app: &TestApp,
    chat: &str,
    id: &str,
    from: i64,
    ago: i64,
    kind: &str,
    content: Value,
) -> Value {
    let now = app.app.clock.unix();
    json!({
        "id": uuid::Uuid::new_v4().to_string(), "version": "v3.0.0", "timestamp": now,
        "payload": { "type": "message", "value": {
            "id": id, "chat_id": chat, "user_id": USER, "author_id": from, "created": now - ago, "type": kind,
            "chat_type": "u2i", "content": content, "item_id": 4_417_230_951_i64, "read": null,
        }},
    })
}

/// Delivers a body; the status of the answer.
pub async fn deliver(app: &TestApp, body: &Value) -> u16 {
    deliver_text(app, "secret", body.to_string()).await
}

pub async fn deliver_text(app: &TestApp, secret: &str, body: String) -> u16 {
    let request = app.anon().bare(reqwest::Method::POST, &format!("/webhooks/avito/{secret}"));
    Page::of(request.header("content-type", "application/json").body(body)).await.status
}

/// What waits in the inbox is understood.
pub async fn understand(app: &TestApp) {
    let here = app.app.clone().into_inner();
    tokio::task::spawn_blocking(move || worker::drain(&here)).await.expect("no panic").expect("understood");
}

/// The client writes a text `ago` seconds ago, and it has arrived.
pub async fn client_says(app: &TestApp, id: &str, ago: i64, text: &str) {
    let body = delivery(app, CHAT, id, CLIENT, ago, "text", json!({ "text": text }));
    assert_eq!(deliver(app, &body).await, 200);
    understand(app).await;
}

pub fn only_chat(app: &TestApp) -> ChatId {
    app.read(|db| chats::table.select(chats::id).first(db))
}

/// Since when the only chat waits, and how much of it is unread.
pub fn state(app: &TestApp) -> (Option<NaiveDateTime>, i64) {
    app.read(|db| chats::table.select((chats::awaits_since, chats::unread_count)).first(db))
}
