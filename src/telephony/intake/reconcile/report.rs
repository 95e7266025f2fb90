//! The telephony's report: one line per leg, `;` between fields, nothing quoted. Pure.

use serde_json::{Value, json};

/// What is asked for, in the order in which it comes.
pub const FIELDS: &str = "records,start,finish,answer,from_extension,from_number,to_extension,to_number,disconnect_reason,line_number,location,entry_id";
const COUNT: usize = 12;

/// A leg as the statistics know it. Times are unix seconds, 0 for never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatLeg {
    /// The call.
    pub entry_id: String,
    /// Ids of recordings.
    pub records: Vec<String>,
    start: i64,
    finish: i64,
    answer: i64,
    from_extension: String,
    from_number: String,
    to_extension: String,
    to_number: String,
    reason: i64,
    line: String,
    location: String,
}

/// Reads a report.
///
/// # Errors
/// In Russian, naming the line that cannot be read; nothing of such a report is used.
pub fn read(text: &str) -> Result<Vec<StatLeg>, String> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines.filter(|(_, line)| !line.trim().is_empty()).map(|(at, line)| leg(at + 1, line)).collect()
}

fn leg(at: usize, line: &str) -> Result<StatLeg, String> {
    let fields: Vec<&str> = line.trim_end_matches('\r').split(';').map(str::trim).collect();
    let [records, start, finish, answer, from_ext, from, to_ext, to, reason, line_number, location, entry] =
        fields[..]
    else {
        return Err(format!("в строке {at} отчёта {} полей вместо {COUNT}", fields.len()));
    };
    let number = |text: &str| match text {
        "" => Ok(0),
        text => text.parse::<i64>().map_err(|_| format!("в строке {at} отчёта не число")),
    };
    if entry.is_empty() || entry.len() > crate::integrations::mango::wire::ID_MAX {
        return Err(format!("в строке {at} отчёта нет звонка"));
    }
    let inner = records.trim_start_matches('[').trim_end_matches(']');
    let records = inner.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    Ok(StatLeg {
        entry_id: entry.to_owned(),
        records,
        start: number(start)?,
        finish: number(finish)?,
        answer: number(answer)?,
        from_extension: from_ext.to_owned(),
        from_number: from.to_owned(),
        to_extension: to_ext.to_owned(),
        to_number: to.to_owned(),
        reason: number(reason)?,
        line: line_number.to_owned(),
        location: location.to_owned(),
    })
}

/// Every leg has ended.
pub fn is_over(legs: &[StatLeg]) -> bool {
    !legs.is_empty() && legs.iter().all(|leg| leg.finish > 0)
}

/// When the last leg ended.
pub fn end(legs: &[StatLeg]) -> i64 {
    legs.iter().map(|leg| leg.finish).max().unwrap_or_default()
}

/// The whole call in the words of a summary (docs/mango-api.md 3.2), which is how the fold understands it.
pub fn call(entry_id: &str, legs: &[StatLeg]) -> Value {
    let mut legs: Vec<&StatLeg> = legs.iter().collect();
    legs.sort_by_key(|leg| (leg.start, leg.answer));
    let began = legs.first().map_or(0, |leg| leg.start);
    let first = legs.first().copied().cloned().unwrap_or_default();
    let is_ours = |leg: &StatLeg| !leg.from_extension.is_empty();
    let direction = match (is_ours(&first), !first.to_extension.is_empty()) {
        (true, true) => 0,
        (true, false) => 2,
        (false, _) => 1,
    };
    // A callback rings the employee first and looks inbound; then the same employee calls the client.
    let back = legs.iter().find(|leg| {
        direction == 1 && is_ours(leg) && leg.to_extension.is_empty() && leg.to_number == first.from_number
    });
    let direction = if back.is_some() { 2 } else { direction };
    let is_conversation = |leg: &&&StatLeg| {
        leg.answer > 0 && leg.location != "ivr" && leg.location != "queue" && (back.is_none() || is_ours(leg))
    };
    let talk = legs.iter().find(is_conversation);
    let side = |extension: &str, number: &str| {
        let mut side = serde_json::Map::new();
        for (name, value) in [("extension", extension), ("number", number)] {
            if !value.is_empty() {
                side.insert(name.to_owned(), json!(value));
            }
        }
        Value::Object(side)
    };
    let caller = back.copied().unwrap_or(&first);
    let called = match (back, talk) {
        (Some(back), _) => back,
        (None, Some(talk)) => talk,
        // Nobody talked: whose telephone rang first, past menus and queues.
        (None, None) => legs
            .iter()
            .find(|leg| !matches!(leg.location.as_str(), "ivr" | "queue"))
            .copied()
            .unwrap_or(&first),
    };
    let line = legs.iter().map(|leg| leg.line.as_str()).find(|line| !line.is_empty()).unwrap_or_default();
    let last = legs.iter().max_by_key(|leg| leg.finish).map_or(0, |leg| leg.reason);
    json!({
        "entry_id": entry_id, "call_direction": direction,
        "from": side(&caller.from_extension, &caller.from_number), "to": side(&called.to_extension, &called.to_number),
        "line_number": line, "create_time": began, "forward_time": began,
        "talk_time": talk.map_or(0, |leg| leg.answer), "end_time": legs.iter().map(|leg| leg.finish).max().unwrap_or(0),
        "entry_result": i32::from(talk.is_some()), "disconnect_reason": last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERED: &str = "[MTo0MDAwMDAwMDE6MzEwMDAxMTU1OjE=];1772431510;1772431607;1772431517;;79000001101;101;sip:op101@crmdev.mangosip.ru;1110;74950000101;abonent;NTEwMDAwMDAzNw==";

    #[test]
    fn the_documented_line_is_read() {
        let legs = read(&format!("{ANSWERED}\r\n\n")).expect("a report");
        assert_eq!(legs[0].records, ["MTo0MDAwMDAwMDE6MzEwMDAxMTU1OjE="]);
        let call = call("NTEwMDAwMDAzNw==", &legs);
        assert_eq!((&call["call_direction"], &call["entry_result"]), (&json!(1), &json!(1)));
        assert_eq!((&call["talk_time"], &call["end_time"]), (&json!(1_772_431_517), &json!(1_772_431_607)));
        assert_eq!(call["to"]["extension"], "101");
        assert!(read("[];1;2;3").is_err() && read("[];x;2;0;;7;;;;;abonent;e").is_err());
        assert!(!is_over(&read("[];1;0;0;;7;;;;;abonent;e").expect("read")));
    }

    #[test]
    fn an_answered_menu_is_no_conversation() {
        let text = "[];10;20;11;;79000001101;;74950000101;1100;74950000101;ivr;e\n\
                    [];20;40;0;;79000001101;102;sip:x;1111;74950000101;abonent;e\n";
        let call = call("e", &read(text).expect("a report"));
        assert_eq!((&call["talk_time"], &call["entry_result"]), (&json!(0), &json!(0)));
        assert_eq!((&call["create_time"], &call["to"]["extension"]), (&json!(10), &json!("102")));
    }

    #[test]
    fn a_callback_is_a_call_of_the_employee() {
        let text = "[];10;17;16;;79000001110;103;sip:op103;1000;;abonent;e\n\
                    [];17;60;30;103;sip:op103;;79000001110;1120;74950000101;abonent;e\n";
        let call = call("e", &read(text).expect("a report"));
        assert_eq!(call["call_direction"], 2);
        assert_eq!(
            (&call["from"]["extension"], &call["to"]["number"]),
            (&json!("103"), &json!("79000001110"))
        );
        assert_eq!(call["talk_time"], 30);
    }
}
