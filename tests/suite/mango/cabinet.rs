//! A workplace that is connected to a telephony (played by the strict fake), and what the tests of its API share.

use actix_web::web::Bytes;
use callcentre::domain::id::RecordingId;
use callcentre::domain::recording::RecordingState;
use callcentre::integrations::mango::fake::{Cloud, Fake};
use callcentre::platform::db::schema::recordings;
use diesel::prelude::*;
use serde_json::json;

use super::sender::{KEY, SALT};
use super::{Sender, set_up};
use crate::support::TestApp;

pub const VOICE: &[u8] = include_bytes!("../../data/recordings/voice-8k.mp3");

/// A cloud in which every recording is the same short conversation, except those called `missing…`, which it does
/// not have, and `page…`, which are no sound.
pub fn cloud() -> Cloud {
    Box::new(|id| match id {
        id if id.starts_with("missing") => None,
        id if id.starts_with("page") => Some(Bytes::from_static(b"<html>no sound at all</html>")),
        _ => Some(Bytes::from_static(VOICE)),
    })
}

/// The workplace of the samples and its telephony.
pub async fn connected(cloud: Cloud) -> (TestApp, Fake) {
    let fake = Fake::start(KEY, SALT, cloud).expect("a fake");
    let app = TestApp::start_with(&[("MANGO_API_URL", &fake.api_url())]).await;
    set_up(&app);
    fake.notify(&app.address());
    for (name, extension, user_id) in
        [("Анна Первая", "101", 300_000_101), ("Борис Второй", "102", 300_000_102)]
    {
        fake.employ(name, extension, &format!("sip:op{extension}@crmdev.mangosip.ru"), user_id);
    }
    (app, fake)
}

/// An answered call with a recording is told of; gives the row of the recording.
pub async fn recorded(app: &TestApp, recording: &str) -> RecordingId {
    let entry = format!("entry-{recording}");
    let at = app.app.clock.unix();
    let summary = json!({
        "entry_id": entry, "call_direction": 1, "from": { "number": "79000001101" },
        "to": { "extension": "101", "number": "sip:op101@crmdev.mangosip.ru" }, "line_number": "74950000101",
        "create_time": at - 60, "forward_time": at - 60, "talk_time": at - 50, "end_time": at - 5,
        "entry_result": 1, "disconnect_reason": 1110,
    });
    let added = json!({ "entry_id": entry, "product_id": 1, "user_id": -1, "recording_id": recording, "timestamp": at });
    let sender = Sender::to(app);
    sender.deliver("/events/summary", &summary.to_string()).await;
    sender.deliver("/events/record/added", &added.to_string()).await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("a drained inbox");
    let wanted = recording.to_owned();
    app.read(|db| {
        recordings::table.filter(recordings::mango_recording_id.eq(wanted)).select(recordings::id).first(db)
    })
}

/// State, tries and words of a recording.
pub fn recording(app: &TestApp, id: RecordingId) -> (RecordingState, i32, String) {
    app.read(|db| {
        recordings::table
            .find(id)
            .select((recordings::state, recordings::attempts, recordings::error))
            .first(db)
    })
}
