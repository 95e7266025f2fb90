//! A sender we did not write: the Python client of a Mango employee signs and posts, and is understood. A test
//! tool only, installed by `scripts/test`.

use std::process::Command;

use callcentre::platform::db::schema::calls;
use diesel::prelude::*;

use crate::support::TestApp;
use crate::support::world::{self, MANGO};

const SEND: &str = r#"
import sys
from mangoapi import MangoAPI
address, key, salt, phone = sys.argv[1:]
mango = MangoAPI(address + "/webhooks/mango/", key, salt)
party = {"extension": "101", "number": "sip:op101@crmdev.mangosip.ru", "line_number": "74950000101"}
event = {"entry_id": "Python==+/", "call_id": "leg+/=", "timestamp": 1772431510, "seq": 1, "call_state": "Appeared",
         "location": "abonent", "from": {"number": phone, "note": "Заря"}, "to": party}
assert mango.request(event, "events/call") == {}
assert mango.request(event, "events/call") == {}
summary = {"entry_id": "Python==+/", "call_direction": 1, "from": {"number": phone}, "to": party, "line_number": "74950000101",
           "create_time": 1772431510, "forward_time": 1772431510, "talk_time": 0, "end_time": 1772431530, "entry_result": 0,
           "disconnect_reason": 1110}
assert mango.request(summary, "events/summary") == {}
assert mango.request({"any": "thing"}, "events/ab/unknown") == {}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_is_understood() {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    let tools = std::env::var("CALLCENTRE_TEST_TOOLS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/target/test-tools").to_owned());
    let [(_, key), (_, salt)] = MANGO;
    let mut python = Command::new(format!("{tools}/bin/python"));
    python.args(["-c", SEND, &app.address(), key, salt, "79000001777"]).env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || python.output())
        .await
        .expect("no panic")
        .expect("the test tools: scripts/test installs them");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    let rows: Vec<(String, Option<String>, Option<String>)> =
        app.read(|db| calls::table.select((calls::entry_id, calls::status, calls::phone_client)).load(db));
    assert_eq!(rows, [("Python==+/".to_owned(), Some("missed".to_owned()), Some("79000001777".to_owned()))]);
}
