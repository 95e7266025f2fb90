//! Calls of several conversations: transfers, consultations, callbacks (docs/mango-api.md 3.1, "Shapes of calls").

use serde_json::json;

use super::*;

#[test]
fn a_transfer_inside_a_leg_is_heard() {
    // The first employee hangs up before the second answers: the second's leg appears again, now from the client.
    let from_101 = json!({"extension": "101", "number": "sip:op101@example.test", "taken_from_call_id": "a"});
    let from_client = json!({"number": "79000001101", "taken_from_call_id": "a"});
    let events = [
        rings("a", 1, 100, "Appeared", "101"),
        rings("a", 2, 105, "Connected", "101"),
        rings("a", 3, 120, "OnHold", "101"),
        leg("b", 1, 121, "Appeared", from_101, employee("102"), json!({"transfer": "consultative"})),
        rings("a", 4, 125, "Disconnected", "101"),
        leg("b", 2, 125, "Appeared", from_client.clone(), employee("102"), json!({"transfer": "blind"})),
        leg("b", 3, 130, "Connected", from_client.clone(), employee("102"), json!({})),
        leg("b", 4, 160, "Disconnected", from_client, employee("102"), json!({"disconnect_reason": "1110"})),
    ];
    assert_eq!(row(fold_now, &events[..6]).live_state(), LiveState::Ringing);
    let row = row(fold_later, &events);
    assert_eq!((row.operator, row.last_operator), (some("101"), some("102")));
    assert_eq!((row.talk_seconds, row.wait_seconds, row.reason), (55, Some(5), Some(1110)));
    assert_eq!(row.legs[1].from, LegSide { extension: None, number: some("79000001101") });
}

#[test]
fn a_call_sent_on_to_an_outside_mobile_is_the_employees_who_spoke() {
    let from_client = json!({"number": "79000001101", "taken_from_call_id": "a"});
    let mobile = json!({"number": "79000009901", "line_number": "74950000101"});
    let talk = json!({"talk_time": 105, "entry_result": 1, "to": employee("101")});
    let events = [
        rings("a", 1, 100, "Appeared", "101"),
        rings("a", 2, 105, "Connected", "101"),
        rings("a", 3, 120, "Disconnected", "101"),
        leg("b", 1, 121, "Appeared", from_client.clone(), mobile.clone(), json!({"transfer": "blind"})),
        leg("b", 2, 125, "Connected", from_client.clone(), mobile.clone(), json!({})),
        leg("b", 3, 160, "Disconnected", from_client, mobile, json!({})),
    ];
    let open = row(fold_later, &events);
    assert_eq!((open.operator, open.last_operator), (some("101"), some("101")));
    let told = row(fold_now, &[&events[..], &[summary(talk)]].concat());
    assert_eq!((told.operator, told.last_operator), (some("101"), some("101")));
}

#[test]
fn a_consultation_that_failed_leaves_the_client_with_the_first() {
    let from_101 = json!({"extension": "101", "taken_from_call_id": "a"});
    let row = row(
        fold_later,
        &[
            rings("a", 1, 105, "Connected", "101"),
            rings("a", 2, 120, "OnHold", "101"),
            leg("b", 1, 121, "Connected", from_101.clone(), employee("102"), json!({})),
            leg("b", 2, 130, "Disconnected", from_101, employee("102"), json!({})),
            rings("a", 3, 131, "Connected", "101"),
            rings("a", 4, 150, "Disconnected", "101"),
        ],
    );
    assert_eq!((row.operator, row.last_operator), (some("101"), some("101")));
}

#[test]
fn a_callback_that_rings_the_client_first_counts_from_the_employee() {
    let initiator = json!({"callback_initiator": "CallbackWidget"});
    let client_leg = |seq, at, state| {
        leg(
            "a",
            seq,
            at,
            state,
            json!({"number": "74950000101"}),
            json!({"number": "79000001101"}),
            initiator.clone(),
        )
    };
    let from = json!({"number": "79000001101", "taken_from_call_id": "a"});
    let employee_leg =
        |seq, at, state| leg("b", seq, at, state, from.clone(), employee("101"), initiator.clone());
    let events = [
        client_leg(1, 100, "Appeared"),
        client_leg(2, 105, "Connected"),
        employee_leg(1, 106, "Appeared"),
        employee_leg(2, 110, "Connected"),
        client_leg(3, 140, "Disconnected"),
        employee_leg(3, 140, "Disconnected"),
    ];
    assert_eq!(row(fold_now, &events[..2]).live_state(), LiveState::Ringing);
    let row = row(fold_later, &events);
    assert_eq!((row.direction, row.answered_at), (Direction::Outbound, Some(110)));
    assert_eq!((row.operator, row.last_operator), (some("101"), some("101")));
    assert_eq!(row.client_number.as_ref().map(Phone::digits), Some("79000001101"));
}

#[test]
fn a_callback_whose_client_never_answers_is_no_conversation() {
    let command = json!({"command_id": "cmd-1"});
    let line = json!({"extension": "103", "line_number": "74950000101", "taken_from_call_id": "a"});
    let events = [
        leg("a", 1, 100, "Appeared", client(), json!({"extension": "103"}), command.clone()),
        leg("a", 2, 105, "Connected", client(), json!({"extension": "103"}), command.clone()),
        leg(
            "a",
            3,
            106,
            "Disconnected",
            client(),
            json!({"extension": "103"}),
            json!({"disconnect_reason": 1000}),
        ),
        leg("b", 1, 106, "Appeared", line.clone(), client(), command),
        leg("b", 2, 130, "Disconnected", line, client(), json!({"disconnect_reason": 1121})),
    ];
    let row = row(fold_later, &events);
    assert_eq!((row.direction, row.outcome), (Direction::Outbound, Some(Outcome::Busy)));
    assert_eq!((row.operator, row.last_operator, row.answered_at), (some("103"), None, None));
    assert_eq!((row.command_id, row.line_number), (some("cmd-1"), some("74950000101")));
}

#[test]
fn a_transfer_by_command_does_not_make_an_inbound_call_outbound() {
    let from = json!({"number": "79000001101", "taken_from_call_id": "a"});
    let routed = leg("b", 1, 120, "Appeared", from, employee("102"), json!({"command_id": "route-1"}));
    assert_eq!(
        row(fold_now, std::slice::from_ref(&routed)).direction,
        Direction::Inbound,
        "even while alone"
    );
    assert_eq!(
        row(fold_now, &[rings("a", 1, 100, "Connected", "101"), routed]).direction,
        Direction::Inbound
    );
}

#[test]
fn a_callback_to_a_group_is_no_conversation_until_the_client_answers() {
    let initiator = json!({"command_id": "cmd-2", "callback_initiator": "API"});
    let queue = json!({"number": "74950000101", "acd_group": "700"});
    let from_queue = json!({"number": "79000001101", "taken_from_call_id": "q"});
    let from_102 = json!({"extension": "102", "taken_from_call_id": "b"});
    let in_queue = json!({"location": "queue", "command_id": "cmd-2"});
    let events = [
        leg("q", 1, 100, "Appeared", client(), queue, in_queue),
        leg("a", 1, 101, "Appeared", from_queue.clone(), employee("101"), initiator.clone()),
        leg("a", 2, 110, "Disconnected", from_queue.clone(), employee("101"), initiator.clone()),
        leg("b", 1, 111, "Connected", from_queue.clone(), employee("102"), initiator.clone()),
        leg("b", 2, 112, "Disconnected", from_queue, employee("102"), initiator.clone()),
        leg("c", 1, 112, "Appeared", from_102.clone(), client(), initiator.clone()),
        leg("c", 2, 120, "Connected", from_102, client(), initiator.clone()),
    ];
    let waiting = row(fold_now, &events[..6]);
    assert_eq!((waiting.live_state(), waiting.answered_at), (LiveState::Ringing, None));
    assert_eq!(waiting.client_number.as_ref().map(Phone::digits), Some("79000001101"));
    let talking = row(fold_now, &events);
    assert_eq!((talking.state, talking.answered_at), (LiveState::Talking, Some(120)));
    assert_eq!(
        (talking.operator, talking.last_operator),
        (some("102"), some("102")),
        "who picked up, not who rang"
    );
    // Handed over: now the leg from the client to an employee is a conversation.
    let handed = json!({"number": "79000001101", "taken_from_call_id": "c"});
    let events = [&events[..], &[leg("d", 1, 150, "Connected", handed, employee("103"), json!({}))]].concat();
    let row = row(fold_now, &events);
    assert_eq!((row.operator, row.last_operator), (some("102"), some("103")));
}
