//! The telephone exchange of the walks: posts signed events over HTTP, as the real one does.

use crate::support::TestApp;
use crate::support::world::{LINE, MANGO};

/// Posts a telephony event as the PBX does, signed, over HTTP.
pub async fn event(app: &TestApp, path: &str, json: &str) {
    let [(_, key), (_, salt)] = MANGO;
    let sign = callcentre::integrations::mango::sign::sign(key, json, salt);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client
        .post(format!("{}/webhooks/mango{path}", app.address()))
        .form(&[("vpbx_api_key", key), ("sign", &sign), ("json", json)])
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
}

/// One state of a direct inbound call from `client` to the telephone `extension`; `seq` 1 rings, 2 talks.
pub fn leg(entry: &str, seq: u32, state: &str, client: &str, extension: &str, timestamp: i64) -> String {
    let reason = if state == "Disconnected" { ",\"disconnect_reason\":1110" } else { "" };
    format!(
        "{{\"entry_id\":\"{entry}\",\"call_id\":\"leg-{entry}\",\"timestamp\":{timestamp},\"seq\":{seq},\
         \"call_state\":\"{state}\",\"location\":\"abonent\",\"from\":{{\"number\":\"{client}\"}},\
         \"to\":{{\"extension\":\"{extension}\",\"number\":\"sip:op{extension}@crmdev.mangosip.ru\",\
         \"line_number\":\"{LINE}\"}}{reason}}}"
    )
}

/// The end of a conversation of half a minute with the telephone `extension`.
pub async fn ends(app: &TestApp, entry: &str, client: &str, extension: &str) {
    let now = app.app.clock.unix();
    let end = leg(entry, 3, "Disconnected", client, extension, now);
    event(app, "/events/call", &end).await;
    let summary = serde_json::json!({
        "entry_id": entry, "call_direction": 1, "from": { "number": client }, "line_number": LINE,
        "to": { "extension": extension, "number": format!("sip:op{extension}@crmdev.mangosip.ru") },
        "create_time": now - 40, "forward_time": now - 40, "talk_time": now - 30, "end_time": now,
        "entry_result": 1, "disconnect_reason": 1110,
    });
    event(app, "/events/summary", &summary.to_string()).await;
}

/// A call of `client` some minutes ago that nobody answered.
pub async fn missed(app: &TestApp, client: &str) {
    let at = app.app.clock.unix() - 400;
    let summary = serde_json::json!({
        "entry_id": format!("missed-{client}"), "call_direction": 1, "from": { "number": client }, "to": {},
        "line_number": LINE, "create_time": at, "forward_time": at, "talk_time": 0, "end_time": at + 20,
        "entry_result": 0, "disconnect_reason": 1110,
    });
    event(app, "/events/summary", &summary.to_string()).await;
}
