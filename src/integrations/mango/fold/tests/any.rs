//! Events nobody has thought of: any mixture of legs, states, sides and moments folds to one row, whatever the order
//! and however often they come.

use proptest::prelude::*;

use super::*;

fn side() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        Just(client()),
        Just(employee("101")),
        Just(employee("102")),
        Just(json!({"number": "anonymous"})),
        Just(json!({"number": "sip:op101@example.test", "taken_from_call_id": "a"})),
        "[+0-9 ()a-z@:.]{0,20}".prop_map(|number| json!({"number": number, "acd_group": "700"})),
    ]
}

fn leg_event() -> impl Strategy<Value = (String, i64, Value)> {
    let states = prop_oneof![Just("Appeared"), Just("Connected"), Just("OnHold"), Just("Disconnected")];
    let places = prop_oneof![Just("abonent"), Just("ivr"), Just("queue"), Just("elsewhere")];
    let transfers = prop_oneof![Just(None), Just(Some("blind")), Just(Some("consultative"))];
    let reasons = prop_oneof![Just(None), (1000i64..1300).prop_map(Some)];
    (
        "[abc]",
        1i64..6,
        1i64..500,
        states,
        places,
        (side(), side()),
        transfers,
        reasons,
        prop_oneof![Just(None), Just(Some("crm-1"))],
    )
        .prop_map(|(leg, seq, at, state, place, (from, to), transfer, reason, command)| {
            let mut event = json!({"entry_id": E, "call_id": leg, "seq": seq, "timestamp": at,
                "call_state": state, "location": place, "from": from, "to": to});
            let more =
                [("transfer", transfer.map(Value::from)), ("disconnect_reason", reason.map(Value::from))];
            for (name, value) in more.into_iter().chain([("command_id", command.map(Value::from))]) {
                if let Some(value) = value {
                    event[name] = value;
                }
            }
            (leg, seq, event)
        })
}

fn last_word() -> impl Strategy<Value = Option<Value>> {
    let told = (0i64..3, side(), side(), 1i64..500, 0i64..500, 1i64..600, 0i64..2).prop_map(
        |(direction, from, to, created, talk, end, result)| {
            json!({"entry_id": E, "call_direction": direction, "from": from, "to": to, "create_time": created,
                "forward_time": created, "talk_time": talk, "end_time": end, "entry_result": result,
                "line_number": "74950000101"})
        },
    );
    prop_oneof![Just(None), told.prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

    #[test]
    fn whatever_comes_folds_to_one_row_in_any_order(
        legs in proptest::collection::vec(leg_event(), 0..12),
        summary in last_word(),
        seed in 1u64..1_000_000,
    ) {
        let mut told = std::collections::BTreeMap::new();
        for (leg, seq, event) in legs {
            // One counter of a leg is one event.
            told.entry((leg, seq)).or_insert(event);
        }
        let mut events: Vec<Event> = told.values().map(|event| read("/events/call", event)).collect();
        events.extend(summary.as_ref().map(|summary| read("/events/summary", summary)));
        for fold in [fold_now, fold_later] {
            let row = fold(E, &events);
            prop_assert_eq!(row.is_some(), !events.is_empty() || summary.is_some());
            let stirred = Dice(seed).stir(&events);
            prop_assert_eq!(&fold(E, &stirred), &row);
            let Some(row) = row else { continue };
            prop_assert!(row.talk_seconds >= 0 && row.wait_seconds.is_none_or(|wait| wait >= 0));
            prop_assert_eq!(row.state == LiveState::Ended, row.closed_by.is_some());
            prop_assert_eq!(row.outcome.is_some(), row.closed_by.is_some());
            if row.outcome == Some(Outcome::Answered) {
                prop_assert!(row.answered_at.is_some());
                prop_assert!(row.answered_at <= row.ended_at);
            }
            prop_assert!(row.closed_by.is_some() || row.check_at.is_some(), "it would live for ever");
        }
    }
}
