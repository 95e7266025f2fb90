use proptest::prelude::*;
use serde_json::json;

use super::*;

fn call_json() -> serde_json::Value {
    json!({"entry_id": "NTEw==", "call_id": "a+b/c=", "timestamp": 1_772_431_517, "seq": 2,
        "call_state": "Connected", "location": "abonent", "from": {"number": "79000001101"},
        "to": {"extension": "101", "number": "sip:op101@example.test", "line_number": "74950000101"}})
}

fn parse_call(json: &serde_json::Value) -> Result<CallEvent, WireError> {
    match parse("/events/call", &json.to_string())? {
        Event::Call(call) => Ok(call),
        other => panic!("expected a call event, got {other:?}"),
    }
}

fn with(name: &str, value: serde_json::Value) -> serde_json::Value {
    let mut json = call_json();
    json[name] = value;
    json
}

#[test]
fn integers_may_be_numbers_or_strings() {
    let plain = parse_call(&call_json()).expect("readable");
    let mut loose = call_json();
    loose["timestamp"] = json!("1772431517");
    loose["seq"] = json!(" 2 ");
    loose["to"]["extension"] = json!(101);
    loose["from"]["number"] = json!(79_000_001_101_u64);
    assert_eq!(parse_call(&loose).expect("readable"), plain);
    loose["timestamp"] = json!(1_772_431_517.0);
    assert_eq!(parse_call(&loose).expect("readable"), plain);
    assert_eq!(plain.to.extension.as_deref(), Some("101"));
}

#[test]
fn a_missing_party_may_be_written_in_any_way() {
    for nothing in [json!({}), json!([]), json!(null), json!("")] {
        assert_eq!(parse_call(&with("from", nothing)).expect("readable").from, Party::default());
    }
    let mut absent = call_json();
    absent.as_object_mut().expect("an object").remove("from");
    assert_eq!(parse_call(&absent).expect("readable").from, Party::default());
    assert_eq!(parse_call(&with("from", json!([1]))).expect("readable").from, Party::default());
    let number = Party { number: Some("79000001101".into()), ..Party::default() };
    for named in [json!("79000001101"), json!(79_000_001_101_u64)] {
        assert_eq!(
            parse_call(&with("from", named)).expect("readable").from,
            number,
            "a side as its number alone"
        );
    }
    let empty = with("to", json!({"extension": "", "acd_group": "", "number": null, "line_number": {}}));
    assert_eq!(parse_call(&empty).expect("readable").to, Party::default());
}

#[test]
fn unknown_fields_and_places_are_nothing_special() {
    let mut json = with("location", json!("moon"));
    json["dct"] = json!({"number": "", "type": 0});
    json["новое"] = json!([{"deep": [1, 2, 3]}]);
    json["disconnect_reason"] = json!("n/a");
    let call = parse_call(&json).expect("readable");
    assert_eq!((call.location, call.reason), (None, None));
}

#[test]
fn the_path_decides_with_or_without_a_trailing_slash() {
    let body = r#"{"entry_id":"e","call_direction":"1","talk_time":"0","create_time":5,"end_time":"9"}"#;
    for path in ["/events/summary", "/events/summary/", "events/summary"] {
        let Ok(Event::Summary(summary)) = parse(path, body) else { panic!("{path} is a summary") };
        assert_eq!(summary.direction, Some(SummaryDirection::Inbound));
        assert_eq!((summary.create_time, summary.talk_time, summary.end_time), (Some(5), None, Some(9)));
    }
    assert_eq!(parse("/events/call", body), Err(WireError::Missing("call_id")));
    for (path, kept) in [("/result/route", "/result/route"), ("/events/dtmf/", "/events/dtmf"), ("", "/")] {
        assert_eq!(parse(path, "not even json"), Ok(Event::Other { path: kept.into() }));
    }
}

#[test]
fn what_cannot_be_understood_says_why() {
    for (json, error) in [
        (with("call_state", json!("Held")), WireError::UnknownState("Held".into())),
        (with("entry_id", json!("")), WireError::Missing("entry_id")),
        (with("timestamp", json!(0)), WireError::Missing("timestamp")),
        (with("timestamp", json!(-5)), WireError::Unreadable("timestamp")),
        (with("timestamp", json!(1_772_431_517_000_i64 * 1000)), WireError::Unreadable("timestamp")),
        (with("timestamp", json!("soon")), WireError::Unreadable("timestamp")),
        (with("entry_id", json!("a\u{0}b")), WireError::Unreadable("entry_id")),
        (with("call_id", json!("x".repeat(129))), WireError::TooLong("call_id", 128)),
    ] {
        let got = parse_call(&json).expect_err("refused");
        assert_eq!(got, error);
        assert!(!got.to_string().is_empty());
    }
    assert_eq!(parse("/events/call", "[]"), Err(WireError::NotAnObject));
    assert!(matches!(parse("/events/call", "{"), Err(WireError::Json(_))));
    assert!(parse_call(&with("call_id", json!("x".repeat(128)))).is_ok());
}

#[test]
fn one_odd_character_in_a_field_nobody_needs_loses_no_notification() {
    let plain = parse_call(&call_json()).expect("readable");
    let rest = call_json().to_string();
    let rest = &rest[1..];
    for odd in [
        r#""sip_call_id":"caller \ud83d","#,
        r#""sip_call_id":"\udc00\ud83d","#,
        r#""sip_call_id":"\ud83d\ud83d\ude00 \ud83d\u0041","#,
        r#""sip_call_id":"\u12","#,
        r#""task_id":1e999,"#,
        r#""task_id":-1E+999,"#,
        "\"note\":\"a\tb\nc\u{1}\",",
    ] {
        let json = format!("{{{odd}{rest}");
        assert_eq!(parse("/events/call", &json), Ok(Event::Call(plain.clone())), "{json}");
    }
    let marked = format!("\u{feff}{}", call_json());
    assert_eq!(parse("/events/call", &marked), Ok(Event::Call(plain.clone())));
    let tab = call_json().to_string().replace("\"79000001101\"", "\"79000001101\t\"");
    assert_eq!(parse("/events/call", &tab), Ok(Event::Call(plain.clone())));
    let long = json!({"extension": "101", "number": format!("sip:{}@h", "x".repeat(600))});
    let to = parse_call(&with("to", long)).expect("readable").to;
    assert_eq!((to.extension.as_deref(), to.number), (Some("101"), None));
    let emoji =
        with("callback_initiator", json!("\u{1f600}")).to_string().replace('\u{1f600}', "\\ud83d\\ude00\t");
    let Ok(Event::Call(call)) = parse("/events/call", &emoji) else { panic!("a call") };
    assert_eq!(call.callback_initiator.as_deref(), Some("\u{1f600}"), "whole pairs stay");
}

#[test]
fn a_deep_text_is_refused_without_harm() {
    let deep = format!(r#"{{"entry_id":"e","x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(parse("/events/summary", &deep), Err(WireError::Json(_))));
}

#[test]
fn a_nul_never_reaches_a_stored_text() {
    let call = parse_call(&with("from", json!({"number": "7900\u{0}0001101"}))).expect("readable");
    assert_eq!(call.from.number.as_deref(), Some("79000001101"));
}

#[test]
fn a_recording_counts_as_stored_only_in_the_cloud() {
    for (code, recipient, stored) in [
        (json!(1000), json!("Cloud"), RecordingState::StoredInCloud),
        (json!("1000"), json!("CloudAndMail"), RecordingState::StoredInCloud),
        (json!(1000), json!("Mail"), RecordingState::NotStored),
        (json!(1000), json!(null), RecordingState::NotStored),
        (json!(4002), json!("Cloud"), RecordingState::NotStored),
        (json!(2211), json!(""), RecordingState::NotStored),
    ] {
        let json = json!({"entry_id": "e", "recording_id": "r", "recording_state": "Completed", "timestamp": 9,
            "completion_code": code, "recipient": recipient, "extension": ""});
        let Ok(Event::Recording(event)) = parse("/events/recording", &json.to_string()) else {
            panic!("a recording event")
        };
        assert_eq!(event.state, stored, "{json}");
        assert_eq!(event.extension, None);
    }
    let added = r#"{"entry_id":"e","recording_id":"r","timestamp":"7","user_id":-1,"product_id":4}"#;
    let Ok(Event::RecordAdded(added)) = parse("/events/record/added", added) else {
        panic!("an added record")
    };
    assert_eq!(added.user_id, None);
}

#[test]
fn a_repetition_has_the_same_key_and_another_event_another() {
    let key = |path: &str, json: &str| parse(path, json).expect("readable").key();
    let once = key("/events/call", &call_json().to_string());
    assert_eq!(once.as_ref().map(String::len), Some(64));
    let reordered = r#"{"to":{},"seq":"2","call_id":"a+b/c=","timestamp":"1772431517","entry_id":"NTEw==","call_state":"Connected"}"#;
    assert_eq!(key("/events/call/", reordered), once);
    assert_ne!(key("/events/call", &with("seq", json!(3)).to_string()), once);
    assert_ne!(key("/events/call", &with("call_id", json!("A+b/c=")).to_string()), once, "case matters");
    let first = key("/events/summary", r#"{"entry_id":"e","end_time":5}"#);
    assert_eq!(key("/events/summary", r#"{"end_time":"5","entry_id":"e","sip_call_id":"x"}"#), first);
    assert_ne!(key("/events/summary", r#"{"entry_id":"e","end_time":6}"#), first);
    assert_eq!(key("/ping", ""), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

    #[test]
    fn good_json_is_not_changed_by_mending(text in any::<String>(), number in any::<i32>(), float in -1e300..1e300f64) {
        let json = json!({"a": text, "b": [number, float], text.as_str(): null}).to_string();
        let mended: serde_json::Value = serde_json::from_str(&crate::integrations::mend::mended(&json)).expect("still JSON");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        // Control characters behind DEL are text to JSON and spaces here: only what failed is ever mended.
        if !text.chars().any(char::is_control) {
            prop_assert_eq!(mended, json);
        }
    }

    #[test]
    fn no_text_on_any_path_panics(text in any::<String>(), value in "[\\[\\]{}\",:0-9a-z\\\\. -]{0,60}") {
        for path in ["/events/call", "/events/summary", "/events/recording", "/events/record/added", "/x"] {
            let _ = parse(path, &text);
            let json = format!(r#"{{"entry_id":"e","call_id":"c","recording_id":"r","timestamp":{value}}}"#);
            let _ = parse(path, &json);
        }
    }
}
