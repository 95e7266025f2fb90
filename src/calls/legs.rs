//! The way of a call through the telephony in words: which menus it passed, whose telephones rang, who talked.

use chrono::DateTime;

use crate::domain::call::Leg;
use crate::domain::now::Now;
use crate::domain::phone::pretty_sent as pretty;
use crate::domain::{russian, zone};

/// A step of the call's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayStep {
    /// `14:05:07` of the business zone.
    pub time: String,
    /// What happened.
    pub text: String,
    /// How long it lasted, or empty.
    pub length: String,
    /// Why it ended, or empty.
    pub reason: String,
}

/// The steps of a call; `name_of` gives the name of an extension.
pub fn steps(legs: &[Leg], name_of: impl Fn(&str) -> Option<String>, now: Now) -> Vec<WayStep> {
    legs.iter()
        .map(|leg| {
            let person = |extension: &String| match name_of(extension) {
                Some(name) => format!("{name} (доб. {extension})"),
                None => format!("доб. {extension}"),
            };
            let who = leg.extension.as_ref().or(leg.to.extension.as_ref()).map(person);
            let who = who.or_else(|| leg.to.number.as_deref().map(pretty));
            let text = match (leg.location.as_deref(), who, leg.connected_at) {
                (Some("ivr"), ..) => "Голосовое меню".to_owned(),
                (Some("queue"), ..) => match &leg.group {
                    Some(group) => format!("Очередь группы {group}"),
                    None => "Очередь".to_owned(),
                },
                (_, Some(who), Some(_)) => format!("Разговор: {who}"),
                (_, Some(who), None) => format!("Звонил телефон: {who}"),
                (_, None, Some(_)) => "Соединение".to_owned(),
                (_, None, None) => "Вызов".to_owned(),
            };
            let began = leg.connected_at.unwrap_or(leg.appeared_at);
            WayStep {
                time: clock(leg.appeared_at, now),
                text,
                length: leg.ended_at.map(|end| russian::duration(end - began)).unwrap_or_default(),
                reason: leg.reason.map(reason).unwrap_or_default(),
            }
        })
        .collect()
}

fn clock(unix: i64, now: Now) -> String {
    let Some(moment) = DateTime::from_timestamp(unix, 0) else { return String::new() };
    zone::local(moment.naive_utc(), now.zone).format("%H:%M:%S").to_string()
}

/// A result code in words (docs/mango-api.md 9); an unknown one by its number.
fn reason(code: i64) -> String {
    let words = match code {
        1000 | 1001 | 1100 => "завершён",
        1110 => "положил трубку звонивший",
        1111 => "не ответили вовремя",
        1120 => "положила трубку вызываемая сторона",
        1121 => "занято",
        1122 => "отклонён",
        1123 | 1124 => "не беспокоить",
        1131 => "номер недоступен",
        1132 | 1133 => "номер не существует",
        1151 => "звонивший в чёрном списке",
        1162 => "очередь заполнена",
        1163 => "вышло время очереди",
        1164 => "нет свободных операторов",
        1170 => "завершён по схеме",
        1180 | 1181 => "завершён по команде",
        1182 => "ответил другой сотрудник",
        1183 => "передан другому сотруднику",
        1190..=1193 => "номер не принимает звонки",
        1310..=1314 => "автоответчик",
        _ => return format!("код {code}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_a_call_is_told_in_words() {
        let legs = r#"[
            {"call_id":"a","location":"ivr","appeared_at":1795368600,"connected_at":1795368600,"ended_at":1795368605,"reason":1100},
            {"call_id":"b","location":"abonent","extension":"101","appeared_at":1795368605,"ended_at":1795368610,"reason":1182},
            {"call_id":"c","location":"abonent","extension":"102","appeared_at":1795368605,"connected_at":1795368610,"ended_at":1795368687,"reason":9999}]"#;
        let now =
            Now { utc: "2026-11-22T20:30:00".parse().expect("a moment"), zone: chrono_tz::Europe::Moscow };
        let legs: Vec<Leg> = serde_json::from_str(legs).expect("legs");
        let steps = steps(&legs, |e| (e == "102").then(|| "Анна Белова".to_owned()), now);
        let texts: Vec<&str> = steps.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(texts, ["Голосовое меню", "Звонил телефон: доб. 101", "Разговор: Анна Белова (доб. 102)"]);
        assert_eq!((steps[2].length.as_str(), steps[2].reason.as_str()), ("1:17", "код 9999"));
        assert_eq!(steps[1].reason, "ответил другой сотрудник");
    }
}
