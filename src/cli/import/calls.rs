//! Calls, by pages.

use std::collections::HashMap;

use super::former::{Call, Leg};
use super::queries::former::Row;
use super::queries::ours::{self, Kind};
use super::queries::write::{self, NewCall};
use super::{Desk, PAGE, people, reading};
use crate::domain::call::CallStatus;
use crate::domain::id::CallId;
use crate::platform::live::Event;

const CALLS: &str = "Звонки";
/// A conversation that is longer was not hung up, or is a slip.
const LONGEST: i64 = 12 * 3600;

/// Takes the calls.
pub(super) fn take(desk: &mut Desk) -> Result<(), String> {
    let all = desk.former.count("calls").map_err(|e| e.to_string())?;
    let (mut after, mut read) = (0, 0);
    loop {
        let rows: Vec<Row<Call>> = desk.former.page("calls", after, PAGE).map_err(|e| e.to_string())?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.key;
        let legs: Vec<i64> =
            rows.iter().filter_map(|row| row.said.as_ref().ok()?.mango_call_id.whole()).collect();
        let legs: HashMap<i64, Leg> = desk.former.of("mango", &legs).map_err(|e| e.to_string())?;
        read += rows.len();
        page(desk, &rows, &legs)?;
        desk.progress(CALLS, read, all);
    }
}

fn page(desk: &mut Desk, rows: &[Row<Call>], legs: &HashMap<i64, Leg>) -> Result<(), String> {
    let (is_dry, now) = (desk.is_dry, desk.app.clock.now());
    let (cities, campaigns) = (std::mem::take(&mut desk.cities), std::mem::take(&mut desk.campaigns));
    let (avito, operators) = (std::mem::take(&mut desk.avito), std::mem::take(&mut desk.operators));
    let outcome = desk.step(|tx, notes| {
        let there = ours::taken(tx.db, Kind::Call, rows.iter().map(|row| row.key.to_string()).collect())?;
        let mut new = Vec::new();
        for row in rows {
            if there.contains_key(&row.key.to_string()) {
                notes.there(CALLS);
                continue;
            }
            let call = match &row.said {
                Ok(call) => call,
                Err(why) => {
                    notes.left(CALLS, row.key, "строка не читается", why);
                    continue;
                }
            };
            let Some(stored) = call.date_create.0 else {
                notes.left(CALLS, row.key, "время не читается", "");
                continue;
            };
            let number = reading::phone(&call.phone_client);
            if number.is_none() {
                notes.changed(
                    CALLS,
                    row.key,
                    "номер клиента не читается, звонок без клиента",
                    &call.phone_client.0,
                );
            }
            let status = reading::call_status(&call.status).unwrap_or_else(|| {
                notes.changed(
                    CALLS,
                    row.key,
                    "итог звонка не известен, взят как «Не ответили»",
                    &call.status.0,
                );
                CallStatus::NoAnswer
            });
            let leg = call.mango_call_id.whole().and_then(|leg| legs.get(&leg));
            let seconds = leg.and_then(|leg| leg.duration.whole()).unwrap_or(0);
            let is_answered = status == CallStatus::Answered;
            if is_answered && !(0..=LONGEST).contains(&seconds) {
                notes.changed(CALLS, row.key, "длительность невозможна, не взята", seconds);
            }
            let operator = call.operator_id.whole().and_then(|operator| operators.get(&operator)).copied();
            new.push(NewCall {
                former: row.key,
                told: call.updated_at.0.clone(),
                raw: call.phone_client.0.clone(),
                number,
                line: people::line_number(&call.phone_ats),
                rk: campaigns.of(&call.rk),
                city: cities.of(&call.city),
                avito_name: avito.of(&call.avito_name),
                status,
                // Nobody has answered a missed call; the former system wrote somebody there all the same.
                operator_id: operator.filter(|_| is_answered),
                started_at: reading::called_at(stored),
                talk_seconds: if is_answered && (0..=LONGEST).contains(&seconds) { seconds } else { 0 },
            });
            notes.taken(CALLS);
        }
        if !is_dry && !new.is_empty() {
            write::calls(tx.db, &new, now)?;
            tx.announce(Event::Call(CallId(0)));
        }
        Ok(new.iter().map(|call| call.former).collect::<Vec<_>>())
    });
    (desk.cities, desk.campaigns, desk.avito, desk.operators) = (cities, campaigns, avito, operators);
    let planned = outcome?;
    if is_dry {
        desk.planned_calls.extend(planned);
    }
    Ok(())
}
