//! «Три лучших окна»: the few times worth offering, and the sentence to read them aloud with. Pure.

use chrono::{NaiveDate, NaiveDateTime, Timelike};

use super::{Day, clock};
use crate::domain::order::TypeEquipment;
use crate::domain::russian;

/// A master needs this long to get to a client who calls now, in minutes.
const LEAD_MINUTES: i32 = 60;
/// Offered times are at least this far from each other, so that a client has something to choose from.
const APART_MINUTES: i32 = 150;
/// Within this time of the earliest possible one the slot with most room is offered.
const REACH_MINUTES: i32 = 90;

/// A free slot to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Day on the city's calendar.
    pub day: NaiveDate,
    /// First minute.
    pub minute: i32,
    /// Places nobody has or holds.
    pub free: i64,
}

/// The `n` best windows of `days` (in order, of one city) for a client who calls at `now` on the city's clock:
/// the earliest ones, not past and not within the hour, two and a half hours apart, each the roomiest slot of its
/// part of the day. When so few are left that they lie closer together, they are offered all the same.
pub fn best_windows(days: &[Day], equipment: TypeEquipment, now: NaiveDateTime, n: usize) -> Vec<Window> {
    let free: Vec<Window> = days.iter().flat_map(|day| free_windows(day, equipment, now)).collect();
    let mut best: Vec<Window> = Vec::new();
    while best.len() < n {
        let is_apart = |w: &&Window| best.last().is_none_or(|last| distance(last, w) >= APART_MINUTES);
        let Some(first) = free.iter().find(is_apart) else { break };
        let near = free.iter().filter(is_apart).filter(|w| distance(first, w) < REACH_MINUTES);
        // Of equally roomy ones the earliest: min_by_key keeps the first, max_by_key would keep the last.
        let Some(chosen) = near.min_by_key(|w| -w.free) else { break };
        best.push(*chosen);
    }
    for window in free {
        if best.len() < n && !best.contains(&window) {
            best.push(window);
        }
    }
    best.sort_unstable();
    best
}

fn free_windows(day: &Day, equipment: TypeEquipment, now: NaiveDateTime) -> Vec<Window> {
    let minute_now = (now.hour() * 60 + now.minute()) as i32;
    let earliest = match day.day.cmp(&now.date()) {
        std::cmp::Ordering::Less => return Vec::new(),
        std::cmp::Ordering::Equal => minute_now + LEAD_MINUTES,
        std::cmp::Ordering::Greater => 0,
    };
    let slots = day.row(equipment).map(|row| row.slots.as_slice()).unwrap_or_default();
    let open = slots.iter().filter(|load| load.minute >= earliest && load.free() > 0);
    open.map(|load| Window { day: day.day, minute: load.minute, free: load.free() }).collect()
}

/// Minutes from one window to a later one; negative to an earlier one.
fn distance(from: &Window, to: &Window) -> i32 {
    let days = (to.day - from.day).num_days().clamp(-366, 366) as i32;
    days * 24 * 60 + to.minute - from.minute
}

/// «Могу предложить завтра, среда 25 ноября, в 10:00, в 12:30 или в 15:00.» `windows` in order, `today` on the
/// city's calendar.
pub fn sentence(windows: &[Window], today: NaiveDate) -> String {
    if windows.is_empty() {
        return "К сожалению, свободного времени на эти дни не осталось.".to_owned();
    }
    let mut text = "Могу предложить ".to_owned();
    for (i, window) in windows.iter().enumerate() {
        let is_new_day = i == 0 || windows[i - 1].day != window.day;
        if i > 0 {
            text.push_str(if i + 1 == windows.len() { " или " } else { ", " });
        }
        if is_new_day {
            // The comma that closes «завтра, среда 25 ноября» belongs to the words of the day.
            text.push_str(&day_aloud(window.day, today));
            text.push_str(", ");
        }
        text.push_str(&at(window.minute));
    }
    text.push('.');
    text
}

/// «в 9:30».
pub fn at(minute: i32) -> String {
    format!("в {}", clock(minute).trim_start_matches('0'))
}

/// «завтра, среда 25 ноября», «во вторник, 1 декабря»: a day as it is said, without the comma that closes it.
pub fn day_aloud(day: NaiveDate, today: NaiveDate) -> String {
    let (weekday, date) = (russian::weekday_long(day), russian::day(day, today));
    match (day - today).num_days() {
        0 => format!("сегодня, {weekday} {date}"),
        1 => format!("завтра, {weekday} {date}"),
        2 => format!("послезавтра, {weekday} {date}"),
        _ => format!("{}, {date}", russian::on_weekday(day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AccountId, HoldId};
    use crate::slots::{EquipmentRow, Held, Load, starts};

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// A day of appliances whose slots have three places, all free but those named with their free places.
    fn day(date_text: &str, busy: &[(i32, i64)], rest: i64) -> Day {
        let free = |minute| busy.iter().find(|(m, _)| *m == minute).map_or(rest, |(_, free)| *free);
        let load = |minute| Load { minute, taken: 3 - free(minute), held: vec![], places: 3 };
        let rows = TypeEquipment::ALL.iter().map(|&type_equipment| {
            let is_ours = type_equipment == TypeEquipment::Appliances;
            let slots = if is_ours { starts().map(load).collect() } else { vec![] };
            EquipmentRow { type_equipment, slots, outside: 0 }
        });
        Day { city: "Самара".into(), day: date(date_text), rows: rows.collect() }
    }

    fn best(days: &[Day], now: &str) -> Vec<String> {
        let now = now.parse().expect("a moment");
        let windows = best_windows(days, TypeEquipment::Appliances, now, 3);
        windows.iter().map(|w| format!("{} {}", w.day.format("%d"), clock(w.minute))).collect()
    }

    #[test]
    fn the_best_windows_are_early_roomy_and_apart() {
        const EVENING: &str = "2026-11-24T20:00:00";
        let cases: [(&str, Vec<Day>, &str, &[&str]); 8] = [
            ("an empty day", vec![day("2026-11-25", &[], 3)], EVENING, &["25 10:00", "25 12:30", "25 15:00"]),
            (
                "more room is worth half an hour",
                vec![day("2026-11-25", &[(600, 1), (630, 2)], 3)],
                EVENING,
                &["25 11:00", "25 13:30", "25 16:00"],
            ),
            (
                "but not the whole morning",
                vec![day("2026-11-25", &[(600, 1), (630, 1), (660, 1)], 3)],
                EVENING,
                &["25 10:00", "25 12:30", "25 15:00"],
            ),
            (
                "nothing past, nothing within the hour",
                vec![day("2026-11-24", &[], 3)],
                "2026-11-24T13:10:00",
                &["24 14:30", "24 17:00", "24 19:30"],
            ),
            (
                "a day that ends goes on tomorrow",
                vec![day("2026-11-24", &[], 3), day("2026-11-25", &[], 3)],
                EVENING,
                &["24 21:00", "25 10:00", "25 12:30"],
            ),
            (
                "few windows close together are better than none",
                vec![day("2026-11-25", &[(900, 1), (930, 2)], 0)],
                EVENING,
                &["25 15:00", "25 15:30"],
            ),
            ("yesterday is over, whatever was free", vec![day("2026-11-23", &[], 3)], EVENING, &[]),
            ("a full day", vec![day("2026-11-25", &[], 0)], EVENING, &[]),
        ];
        for (what, days, now, expected) in cases {
            assert_eq!(best(&days, now), expected, "{what}");
        }
    }

    #[test]
    fn what_others_hold_is_not_offered() {
        let mut held = day("2026-11-25", &[(600, 1)], 0);
        let until = "2026-11-24T20:07:00".parse().expect("a moment");
        let load = held.rows[1].slots.iter_mut().find(|load| load.minute == 600).expect("a slot");
        load.held.push(Held { id: HoldId(1), account_id: AccountId(1), name: "Анна".into(), until });
        assert!(best(&[held], "2026-11-24T20:00:00").is_empty());
    }

    #[test]
    fn the_sentence_can_be_read_aloud() {
        let window = |day: &str, minute| Window { day: date(day), minute, free: 3 };
        let (a, b, c) = (window("2026-11-25", 600), window("2026-11-25", 750), window("2026-11-25", 900));
        let today = date("2026-11-24");
        for (windows, text) in [
            (vec![a, b, c], "Могу предложить завтра, среда 25 ноября, в 10:00, в 12:30 или в 15:00."),
            (vec![a, b], "Могу предложить завтра, среда 25 ноября, в 10:00 или в 12:30."),
            (vec![a], "Могу предложить завтра, среда 25 ноября, в 10:00."),
            (
                vec![window("2026-11-24", 1260), a, b],
                "Могу предложить сегодня, вторник 24 ноября, в 21:00, завтра, среда 25 ноября, в 10:00 или в 12:30.",
            ),
            (
                vec![window("2026-11-24", 1260), window("2026-11-26", 600)],
                "Могу предложить сегодня, вторник 24 ноября, в 21:00 или послезавтра, четверг 26 ноября, в 10:00.",
            ),
            (vec![window("2026-12-01", 570)], "Могу предложить во вторник, 1 декабря, в 9:30."),
            (vec![], "К сожалению, свободного времени на эти дни не осталось."),
        ] {
            assert_eq!(sentence(&windows, today), text);
        }
    }
}
