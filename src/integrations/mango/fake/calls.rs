//! Callbacks: the employee's telephone rings first, then the client's; every step is told to the workplace
//! (docs/mango-api.md 3.1, «Callback»). A hang-up ends a leg that lives.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Stage, lock};
use crate::integrations::mango::fake::sender;

/// How a callback ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Both talk until somebody hangs up or thirty beats have passed.
    #[default]
    Talk,
    /// The client's line is busy.
    Busy,
    /// The client does not answer.
    Silent,
    /// The employee does not lift the receiver.
    NobodyHere,
}

/// Beats a conversation lasts when nobody ends it.
const TALK_BEATS: u32 = 30;

pub fn call_back(stage: &Data<Stage>, question: &Value) -> Result<HttpResponse, i64> {
    let text = |value: &Value| value.as_str().filter(|v| !v.is_empty()).map(str::to_owned);
    let command_id = text(&question["command_id"]).ok_or(3103)?;
    let extension = text(&question["from"]["extension"]).ok_or(3103)?;
    let number = text(&question["to_number"]).ok_or(3103)?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(3200);
    }
    let is_known = lock(&stage.employees).iter().any(|user| user["telephony"]["extension"] == *extension);
    if !is_known {
        return Err(3330);
    }
    // The same command again is a mistake of the sender, and must not ring twice.
    if !lock(&stage.commands).insert(command_id.clone()) {
        return Err(3104);
    }
    let call = Call {
        stage: stage.clone(),
        entry_id: format!("fake-{}", uuid::Uuid::new_v4().simple()),
        command_id,
        extension,
        number,
        line: text(&question["line_number"]).unwrap_or_default(),
        ending: *lock(&stage.ending),
        beat: *lock(&stage.beat),
    };
    tokio::spawn(call.play());
    Ok(HttpResponse::Ok().json(json!({ "result": 1000 })))
}

pub fn hang_up(stage: &Data<Stage>, command_id: &str, call_id: &str) -> Result<HttpResponse, i64> {
    let leg = lock(&stage.live).get(call_id).cloned().ok_or(4101)?;
    leg.notify_one();
    let (stage, said) = (stage.clone(), json!({ "command_id": command_id, "result": 1000 }));
    tokio::spawn(async move { tell(&stage, "/result/call/hangup", &said).await });
    Ok(HttpResponse::Ok().json(json!({ "result": 1000 })))
}

struct Call {
    stage: Data<Stage>,
    entry_id: String,
    command_id: String,
    extension: String,
    number: String,
    line: String,
    ending: Ending,
    beat: Duration,
}

impl Call {
    async fn play(self) {
        let began = self.stage.now();
        let (first, second) = (format!("{}-1", self.entry_id), format!("{}-2", self.entry_id));
        tell(&self.stage, "/result/callback", &json!({ "command_id": self.command_id, "result": 1000 }))
            .await;
        self.leg(&first, 1, "Appeared", 0).await;
        let hung = self.wait(&first, 1).await;
        if hung || self.ending == Ending::NobodyHere {
            self.leg(&first, 2, "Disconnected", if hung { 1180 } else { 1111 }).await;
            return self.summary(began, 0, 1111).await;
        }
        self.leg(&first, 2, "Connected", 0).await;
        self.leg(&first, 3, "Disconnected", 1000).await;
        self.leg(&second, 1, "Appeared", 0).await;
        let hung = self.wait(&second, 2).await;
        let failed = match self.ending {
            _ if hung => Some(1180),
            Ending::Busy => Some(1121),
            Ending::Silent => Some(1111),
            Ending::Talk | Ending::NobodyHere => None,
        };
        if let Some(reason) = failed {
            self.leg(&second, 2, "Disconnected", reason).await;
            return self.summary(began, 0, reason).await;
        }
        let answered = self.stage.now();
        self.leg(&second, 2, "Connected", 0).await;
        let hung = self.wait(&second, TALK_BEATS).await;
        let reason = if hung { 1180 } else { 1120 };
        self.leg(&second, 3, "Disconnected", reason).await;
        self.summary(began, answered, reason).await;
    }

    /// Waits some beats; `true` when the leg was hung up meanwhile.
    async fn wait(&self, call_id: &str, beats: u32) -> bool {
        let hung = Arc::new(Notify::new());
        lock(&self.stage.live).insert(call_id.to_owned(), hung.clone());
        let is_hung = tokio::time::timeout(self.beat * beats, hung.notified()).await.is_ok();
        lock(&self.stage.live).remove(call_id);
        is_hung
    }

    async fn leg(&self, call_id: &str, seq: u32, state: &str, reason: i64) {
        let device = format!("sip:op{}@demo.mangosip.ru", self.extension);
        let is_first = call_id.ends_with("-1");
        let (from, to) = if is_first {
            (json!({ "number": self.number }), json!({ "extension": self.extension, "number": device }))
        } else {
            let taken = format!("{}-1", self.entry_id);
            (
                json!({ "extension": self.extension, "number": device, "line_number": self.line, "taken_from_call_id": taken }),
                json!({ "number": self.number }),
            )
        };
        let mut event = json!({
            "entry_id": self.entry_id, "call_id": call_id, "timestamp": self.stage.now(), "seq": seq, "call_state": state,
            "location": "abonent", "from": from, "to": to, "command_id": self.command_id, "callback_initiator": "API",
        });
        if state == "Disconnected" {
            event["disconnect_reason"] = json!(reason);
        }
        tell(&self.stage, "/events/call", &event).await;
    }

    async fn summary(&self, began: i64, answered: i64, reason: i64) {
        let event = json!({
            "entry_id": self.entry_id, "call_direction": 2,
            "from": { "extension": self.extension, "number": format!("sip:op{}@demo.mangosip.ru", self.extension) },
            "to": { "number": self.number }, "line_number": self.line, "create_time": began, "forward_time": began,
            "talk_time": answered, "end_time": self.stage.now(), "entry_result": i64::from(answered > 0), "disconnect_reason": reason,
        });
        tell(&self.stage, "/events/summary", &event).await;
    }
}

async fn tell(stage: &Stage, path: &str, event: &Value) {
    let Some(workplace) = lock(&stage.workplace).clone() else { return };
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build();
    let Ok(client) = client else { return };
    let sent = sender::post(&client, &workplace, &stage.key, &stage.salt, path, &event.to_string()).await;
    if let Err(error) = sent {
        tracing::warn!(error = %error.without_url(), "the simulated telephony could not notify");
    }
}
