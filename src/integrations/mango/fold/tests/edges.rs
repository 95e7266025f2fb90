//! What can go wrong (docs/mango-api.md 11), as far as folding is concerned.

use serde_json::json;

use super::*;

#[test]
fn an_old_event_fills_history_and_never_changes_the_state() {
    let mut events = vec![rings("a", 3, 130, "Disconnected", "101"), rings("a", 2, 110, "Connected", "101")];
    let before = row(fold_now, &events);
    assert_eq!(before.state, LiveState::Settling);
    assert_eq!(before.live_state(), LiveState::Talking, "a next leg may follow");
    events.push(rings("a", 1, 100, "Appeared", "101"));
    let after = row(fold_now, &events);
    assert_eq!((after.state, after.started_at), (LiveState::Settling, 100));
    assert_eq!(after.legs.len(), 1);
    assert_eq!(after.legs[0].connected_at, Some(110));
}

#[test]
fn of_two_summaries_the_last_received_wins() {
    let missed = summary(json!({}));
    let answered = summary(json!({"talk_time": 110, "entry_result": 1, "to": employee("101")}));
    for (events, outcome) in [
        (vec![missed.clone(), answered.clone()], Outcome::Answered),
        (vec![answered.clone(), missed.clone()], Outcome::Missed),
        (vec![missed.clone(), answered.clone(), missed.clone()], Outcome::Answered),
    ] {
        let row = fold_now(E, &events).expect("a row");
        assert_eq!(row.outcome, Some(outcome), "a repetition of the first doesn't make it the last");
        assert!(row.summary_conflict);
    }
    assert!(!row(fold_now, &[missed]).summary_conflict);
}

#[test]
fn events_after_the_summary_change_nothing_but_the_history() {
    let mut events = vec![summary(json!({}))];
    events.push(rings("a", 2, 500, "Connected", "101"));
    let row = row(fold_now, &events);
    assert_eq!((row.state, row.outcome), (LiveState::Ended, Some(Outcome::Missed)));
    assert_eq!((row.answered_at, row.ended_at, row.operator), (None, Some(200), None));
    assert_eq!(row.legs.len(), 1);
    assert!(row.talking_now.is_empty());
}

#[test]
fn a_leg_may_be_born_connected_or_on_hold() {
    for state in ["Connected", "OnHold"] {
        let row = row(fold_now, &[rings("a", 1, 100, state, "101")]);
        assert_eq!((row.answered_at, row.operator), (Some(100), some("101")));
        assert_eq!(row.state, if state == "OnHold" { LiveState::OnHold } else { LiveState::Talking });
    }
}

#[test]
fn a_menu_or_a_queue_that_answers_is_no_conversation() {
    let menu = json!({"number": "74950000101", "line_number": "74950000101"});
    let queue = json!({"number": "74950000101", "acd_group": "700", "extension": "700"});
    let mut events = vec![
        leg("m", 1, 100, "Connected", client(), menu, json!({"location": "ivr"})),
        leg("q", 1, 105, "Connected", client(), queue, json!({"location": "queue"})),
    ];
    let now = row(fold_now, &events);
    assert_eq!((now.state, now.answered_at), (LiveState::Ringing, None));
    assert!(now.ringing_now.is_empty() && now.rung.is_empty());
    let closed = row(fold_later, &events);
    assert_eq!((closed.outcome, closed.closed_by), (Some(Outcome::Missed), Some(ClosedBy::Timeout)));
    // Even a leg said to lead to a person isn't one when its number is the group's.
    events.push(leg("p", 1, 110, "Connected", client(), json!({"extension": 700, "number": "x"}), json!({})));
    let row = row(fold_later, &events);
    assert_eq!((row.outcome, row.operator, row.last_operator), (Some(Outcome::Answered), None, None));
}

#[test]
fn an_employee_on_a_mobile_answers_without_a_name() {
    let to = json!({"number": "79000002201", "line_number": "74950000101"});
    let mut events = vec![leg("a", 1, 110, "Connected", client(), to.clone(), json!({}))];
    events.push(leg("a", 2, 140, "Disconnected", client(), to, json!({})));
    let nameless = row(fold_later, &events);
    assert_eq!((nameless.outcome, nameless.operator), (Some(Outcome::Answered), None));
    assert_eq!(nameless.operator_device, some("79000002201"));
    assert_eq!(nameless.client_number.as_ref().map(Phone::digits), Some("79000001101"));
    // The summary may know him.
    events.push(summary(json!({"talk_time": 110, "entry_result": 1, "to": employee("101")})));
    let named = row(fold_now, &events);
    assert_eq!((named.operator, named.last_operator), (some("101"), some("101")));
}

#[test]
fn a_call_known_by_its_summary_alone_is_whole() {
    let answered = summary(json!({"talk_time": "110", "entry_result": "1", "to": employee("101")}));
    let row1 = row(fold_now, &[answered]);
    assert_eq!((row1.operator, row1.last_operator), (some("101"), some("101")));
    assert_eq!((row1.started_at, row1.talk_seconds, row1.wait_seconds), (100, 90, Some(10)));
    assert_eq!(row1.client_raw.as_deref(), Some("+7 (900) 000-11-01"));
    let group = summary(json!({"talk_time": 110, "entry_result": 1, "to": {"extension": "700"}}));
    assert_eq!(row(fold_now, &[group]).operator, None, "a group has no device");
    let outbound = summary(
        json!({"call_direction": 2, "from": employee("102"), "to": client(), "disconnect_reason": 1100}),
    );
    let row3 = row(fold_now, &[outbound]);
    assert!(!row3.is_missed());
    assert_eq!(
        (row3.outcome, row3.operator, row3.last_operator),
        (Some(Outcome::NoAnswer), some("102"), None)
    );
}

#[test]
fn a_summary_counts_a_menu_as_success_and_is_not_believed() {
    let menu = row(fold_now, &[summary(json!({"entry_result": 1, "disconnect_reason": 1170}))]);
    assert_eq!((menu.outcome, menu.wait_seconds), (Some(Outcome::Missed), Some(100)));
    let busy = row(fold_now, &[summary(json!({"disconnect_reason": "1121"}))]);
    assert_eq!(busy.outcome, Some(Outcome::Busy));
    assert!(busy.is_missed(), "a busy line owes the client a call too");
}

#[test]
fn without_a_leg_or_a_summary_there_is_no_row() {
    let recording =
        read("/events/record/added", &json!({"entry_id": E, "recording_id": "r", "timestamp": 300}));
    let dtmf = read("/events/dtmf", &json!({"entry_id": E}));
    let events = [recording, dtmf, summary(json!({"create_time": 0, "end_time": 0}))];
    assert_eq!(fold_later(E, &events), None);
    assert_eq!(fold_later(E, &[]), None);
    assert_eq!(fold_later("ntew==", &[rings("a", 1, 100, "Connected", "101")]), None, "case matters");
}

#[test]
fn recordings_wait_for_their_call_and_name_who_was_recorded() {
    let part = |seq: i64, state: &str, extension: &str, code: i64| {
        read(
            "/events/recording",
            &json!({"entry_id": E, "recording_id": "r1", "recording_state": state, "seq": seq, "timestamp": 100 + seq,
                "call_id": format!("leg{seq}"), "extension": extension, "completion_code": code, "recipient": "Cloud"}),
        )
    };
    let added = |id: &str| {
        read(
            "/events/record/added",
            &json!({"entry_id": E, "recording_id": id, "timestamp": 90, "user_id": 5}),
        )
    };
    let row = row(
        fold_now,
        &[
            added("r0"),
            part(1, "Started", "101", 0),
            part(2, "Continued", "101", 0),
            part(3, "Completed", "101", 1000),
            summary(json!({})),
        ],
    );
    let expected = |id: &str, stored_at, call_id: Option<&str>, extension: Option<&str>, user_id| Recording {
        id: id.into(),
        stored_at,
        call_id: call_id.map(Into::into),
        extension: extension.map(Into::into),
        user_id,
    };
    let r0 = expected("r0", 90, None, None, Some(5));
    assert_eq!(row.recordings, [r0, expected("r1", 103, Some("leg3"), Some("101"), None)]);
}

#[test]
fn closing_waits_by_our_clock_not_by_the_events() {
    let limits = Limits::default();
    let ended = [rings("a", 1, 100, "Appeared", "101"), rings("a", 2, 125, "Disconnected", "101")];
    let at = |now| fold(E, &ended, now, NOW, limits).expect("a row");
    assert_eq!((at(NOW + 59).closed_by, at(NOW + 59).check_at), (None, Some(NOW + 60)));
    assert_eq!(at(NOW - 5).closed_by, None, "a clock set back");
    let closed = at(NOW + 60);
    assert_eq!((closed.closed_by, closed.outcome), (Some(ClosedBy::Timeout), Some(Outcome::Missed)));
    assert_eq!((closed.ended_at, closed.wait_seconds), (Some(125), Some(25)));
    let open = [rings("a", 1, 100, "Connected", "101")];
    let at = |now| fold(E, &open, now, NOW, limits).expect("a row");
    assert_eq!(at(NOW + 60).check_at, Some(NOW + limits.stale_after));
    assert_eq!(at(NOW + limits.stale_after).closed_by, Some(ClosedBy::Timeout));
    let whole = [&ended[..], &[summary(json!({"end_time": 130}))]].concat();
    let corrected = fold(E, &whole, NOW + 999_999, NOW, limits).expect("a row");
    assert_eq!((corrected.closed_by, corrected.ended_at), (Some(ClosedBy::Summary), Some(130)));
}

#[test]
fn hidden_internal_and_sip_callers_are_no_client() {
    for number in [json!(null), json!("anonymous"), json!("sip:someone@example.test"), json!("102")] {
        let events = [
            leg("a", 1, 100, "Appeared", json!({"number": number}), employee("101"), json!({})),
            leg("b", 1, 101, "Appeared", json!({}), employee("102"), json!({})),
        ];
        let row = row(fold_now, &events);
        assert_eq!((row.client_number, row.client_raw.as_deref()), (None, number.as_str()));
    }
}

#[test]
fn the_line_is_taken_from_wherever_it_is_told() {
    let sip = json!({"extension": "101", "line_number": "sip:line77@vpbx1.mangosip.ru"});
    let events = [
        leg("a", 1, 100, "Appeared", client(), json!({"extension": "101"}), json!({})),
        leg("a", 2, 105, "Connected", client(), sip, json!({})),
    ];
    assert_eq!(row(fold_now, &events).line_number, some("sip:line77@vpbx1.mangosip.ru"));
    let menu = leg(
        "m",
        1,
        100,
        "Appeared",
        client(),
        json!({"number": "8 (495) 000-01-01"}),
        json!({"location": "ivr"}),
    );
    assert_eq!(row(fold_now, &[menu]).line_number, some("74950000101"));
}

#[test]
fn a_group_that_rings_everyone_is_answered_by_one() {
    let group = |id: &str, seq, at, state, reason: i64| {
        let mut to = employee(id);
        to["acd_group"] = json!("700");
        leg(id, seq, at, state, client(), to, json!({"disconnect_reason": reason}))
    };
    let events = [
        group("101", 1, 100, "Appeared", 0),
        group("102", 1, 100, "Appeared", 0),
        group("103", 1, 100, "Appeared", 0),
        group("102", 2, 107, "Connected", 0),
        group("101", 2, 107, "Disconnected", 1182),
        group("103", 2, 107, "Disconnected", 1182),
        group("102", 3, 150, "Disconnected", 1120),
    ];
    assert_eq!(row(fold_now, &events[..3]).ringing_now, ["101", "102", "103"]);
    let row = row(fold_later, &events);
    assert_eq!((row.operator, row.last_operator, row.talk_seconds), (some("102"), some("102"), 43));
    assert_eq!(row.rung, ["101", "102", "103"]);
}

#[test]
fn the_words_of_a_row_read_back() {
    assert!(Direction::ALL.iter().all(|it| Direction::parse(it.as_str()) == Some(*it)));
    assert!(LiveState::ALL.iter().all(|it| LiveState::parse(it.as_str()) == Some(*it)));
    assert!(Outcome::ALL.iter().all(|it| Outcome::parse(it.as_str()) == Some(*it)));
    assert!(ClosedBy::ALL.iter().all(|it| ClosedBy::parse(it.as_str()) == Some(*it)));
    assert_eq!(LiveState::parse("Ringing"), None);
    let leg = row(fold_now, &[rings("a", 1, 100, "Connected", "101")]).legs.remove(0);
    let stored = serde_json::to_string(&leg).expect("a leg is JSON");
    assert_eq!(serde_json::from_str::<Leg>(&stored).expect("reads back"), leg);
}

#[test]
fn the_counter_orders_a_leg_even_against_the_clock() {
    let events = [rings("a", 3, 100, "Disconnected", "101"), rings("a", 2, 104, "Connected", "101")];
    assert_eq!(row(fold_now, &events).state, LiveState::Settling);
}

#[test]
fn a_summary_that_denies_the_conversation_is_believed() {
    let denied = summary(json!({"talk_time": 110, "entry_result": 0, "to": employee("101")}));
    let row = row(fold_now, &[rings("a", 1, 110, "Connected", "101"), denied]);
    assert_eq!((row.outcome, row.answered_at, row.talk_seconds), (Some(Outcome::Missed), None, 0));
    assert_eq!((row.operator, row.last_operator), (None, None));
}
