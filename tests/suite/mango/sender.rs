//! The telephony's side: signs and sends what the samples say.

use std::path::PathBuf;

use callcentre::cli::{dump, setup};
use callcentre::integrations::mango::sign;
use callcentre::telephony::intake::worker;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Page, TestApp};

pub const KEY: &str = "devkey00000000000000000000000001";
pub const SALT: &str = "devsalt0000000000000000000000001";

fn data(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/mango").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Lines, operators and key of the samples.
pub fn set_up(app: &TestApp) {
    let report = setup::apply(&app.app, &data("setup.json")).expect("a setup");
    assert!(report.made.iter().any(|made| made == "line 74950000101"), "{report:?}");
    assert_eq!(report.ignored, ["groups"]);
}

/// Everything stored is folded; then the calls as `dump calls` prints them.
pub fn rows(app: &TestApp) -> Vec<Value> {
    worker::drain(&app.app).expect("a drained inbox");
    let rows = dump::all(&app.app).expect("calls");
    rows.iter().map(|row| serde_json::to_value(row).expect("JSON")).collect()
}

/// Sends notifications as Mango Office does.
#[derive(Clone)]
pub struct Sender(pub Client);

impl Sender {
    pub fn to(app: &TestApp) -> Self {
        Self(app.anon())
    }

    /// Fields exactly as given.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::of(self.0.bare(Method::POST, &format!("/webhooks/mango{path}")).form(fields)).await
    }

    /// A genuine notification.
    pub async fn send(&self, path: &str, json: &str) -> Page {
        self.post(path, &[("vpbx_api_key", KEY), ("sign", &sign::sign(KEY, json, SALT)), ("json", json)])
            .await
    }

    /// A genuine notification that must be taken.
    pub async fn deliver(&self, path: &str, json: &str) {
        let answer = self.send(path, json).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "{path} {json:.300}");
    }
}

/// A sample file and what has to come of it.
pub struct Sample {
    pub name: String,
    /// Path and JSON text.
    pub lines: Vec<(String, String)>,
    pub expected: Value,
}

impl Sample {
    pub fn all() -> Vec<Self> {
        let expected: Value = serde_json::from_str(&data("expected.json")).expect("JSON");
        let files = expected["files"].as_object().expect("files").clone();
        assert_eq!(files.len(), 19);
        files.into_iter().map(|(name, expected)| Self { lines: lines(&name), name, expected }).collect()
    }

    pub fn of(start: &str) -> Self {
        Self::all().into_iter().find(|sample| sample.name.starts_with(start)).expect("a sample")
    }

    pub fn list(&self, field: &str) -> Vec<Value> {
        self.expected[field].as_array().cloned().unwrap_or_default()
    }

    /// Compares the rows of this sample's calls.
    #[track_caller]
    pub fn check(&self, all: &[Value]) {
        for expected in self.list("rows") {
            let entry = &expected["entry_id"];
            let of_entry: Vec<&Value> = all.iter().filter(|row| row["entry_id"] == *entry).collect();
            assert_eq!(of_entry.len(), 1, "{}: rows of {entry}", self.name);
            self.check_row(of_entry[0], &expected);
        }
        for entry in self.list("internal") {
            let row = all.iter().find(|row| row["entry_id"] == entry);
            assert!(row.is_none_or(|row| row["direction"] == "internal"), "{}: {row:?}", self.name);
        }
    }

    #[track_caller]
    fn check_row(&self, row: &Value, expected: &Value) {
        assert_eq!(row["state"], "ended", "{}", self.name);
        for (field, wanted) in expected.as_object().expect("a row") {
            let said = format!("{}: {field} of {row}", self.name);
            match field.strip_suffix("_any_of") {
                Some(field) => assert!(wanted.as_array().expect("a list").contains(&row[field]), "{said}"),
                None if field == "after_timeout" => {}
                None => assert_eq!(row[field], *wanted, "{said}"),
            }
        }
        for known in ["known_line", "known_operator"] {
            assert_eq!(
                row[known],
                expected.get(known) != Some(&Value::Bool(false)),
                "{}: {known}",
                self.name
            );
        }
    }
}

fn lines(name: &str) -> Vec<(String, String)> {
    let text = data(name);
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        (line["path"].as_str().expect("a path").to_owned(), line["json"].to_string())
    };
    text.lines().map(line).collect()
}

/// Tells of a finished call with `client` that began at the unix second `at`: answered by 101 when `talk` seconds are
/// not 0, made by 101 when it `is_ours`.
pub async fn finished_call(app: &TestApp, client: &str, entry: &str, at: i64, talk: i64, is_ours: bool) {
    let client = json!({ "number": client });
    let employee = json!({ "extension": "101", "number": "sip:op101@crmdev.mangosip.ru" });
    let (from, to) =
        if is_ours { (employee, client) } else { (client, if talk > 0 { employee } else { json!({}) }) };
    let summary = json!({
        "entry_id": entry, "call_direction": if is_ours { 2 } else { 1 }, "from": from, "to": to,
        "line_number": "74950000101", "create_time": at, "forward_time": at,
        "talk_time": if talk > 0 { at + 5 } else { 0 }, "end_time": at + 5 + talk,
        "entry_result": i32::from(talk > 0), "disconnect_reason": 1110,
    });
    Sender::to(app).deliver("/events/summary", &summary.to_string()).await;
    worker::drain(&app.app).expect("a drained inbox");
}
