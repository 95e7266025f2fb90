//! Time zones to choose from, in words.

use chrono::{NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::domain::russian;
use crate::web::list::Choice;

/// Zones of Russia from west to east, by their best known city.
const RUSSIAN: &[(Tz, &str)] = &[
    (Tz::Europe__Kaliningrad, "Калининград"),
    (Tz::Europe__Moscow, "Москва"),
    (Tz::Europe__Simferopol, "Симферополь"),
    (Tz::Europe__Volgograd, "Волгоград"),
    (Tz::Europe__Kirov, "Киров"),
    (Tz::Europe__Astrakhan, "Астрахань"),
    (Tz::Europe__Saratov, "Саратов"),
    (Tz::Europe__Samara, "Самара"),
    (Tz::Europe__Ulyanovsk, "Ульяновск"),
    (Tz::Asia__Yekaterinburg, "Екатеринбург"),
    (Tz::Asia__Omsk, "Омск"),
    (Tz::Asia__Novosibirsk, "Новосибирск"),
    (Tz::Asia__Barnaul, "Барнаул"),
    (Tz::Asia__Tomsk, "Томск"),
    (Tz::Asia__Novokuznetsk, "Новокузнецк"),
    (Tz::Asia__Krasnoyarsk, "Красноярск"),
    (Tz::Asia__Irkutsk, "Иркутск"),
    (Tz::Asia__Chita, "Чита"),
    (Tz::Asia__Yakutsk, "Якутск"),
    (Tz::Asia__Khandyga, "Хандыга"),
    (Tz::Asia__Vladivostok, "Владивосток"),
    (Tz::Asia__UstNera, "Усть-Нера"),
    (Tz::Asia__Magadan, "Магадан"),
    (Tz::Asia__Sakhalin, "Сахалин"),
    (Tz::Asia__Srednekolymsk, "Среднеколымск"),
    (Tz::Asia__Kamchatka, "Камчатка"),
    (Tz::Asia__Anadyr, "Анадырь"),
];

/// Every zone a city can lie in, Russian ones first.
pub fn choices(now: NaiveDateTime) -> Vec<Choice> {
    let foreign = TZ_VARIANTS
        .iter()
        .filter(|zone| zone.name().contains('/') && !zone.name().starts_with("Etc/"))
        .filter(|zone| RUSSIAN.iter().all(|(russian, _)| russian != *zone));
    let all = RUSSIAN.iter().map(|(zone, _)| zone).chain(foreign);
    all.map(|zone| Choice { value: zone.name().to_owned(), label: words(*zone, now) }).collect()
}

/// «Самара, UTC+4, на 1 час впереди Москвы» at the UTC moment `now`.
pub fn words(zone: Tz, now: NaiveDateTime) -> String {
    let city = RUSSIAN.iter().find(|(russian, _)| *russian == zone).map(|(_, city)| format!("{city}, "));
    let ahead = minutes(zone, now) - minutes(Tz::Europe__Moscow, now);
    let against_moscow = match ahead {
        0 if zone == Tz::Europe__Moscow => String::new(),
        0 => ", как в Москве".to_owned(),
        _ => format!(", на {} {} Москвы", length(ahead.abs()), if ahead > 0 { "впереди" } else { "позади" }),
    };
    format!("{}{}{against_moscow}", city.unwrap_or_default(), offset(minutes(zone, now)))
}

fn minutes(zone: Tz, now: NaiveDateTime) -> i32 {
    zone.offset_from_utc_datetime(&now).fix().local_minus_utc() / 60
}

fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '−' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

fn length(minutes: i32) -> String {
    let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    let noun = russian::plural(hours.into(), ["час", "часа", "часов"]);
    if rest == 0 { format!("{hours} {noun}") } else { format!("{hours} {noun} {rest} мин") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_said_against_moscow() {
        let now = "2026-11-22T12:00:00".parse().expect("a moment");
        assert_eq!(words(Tz::Europe__Moscow, now), "Москва, UTC+3");
        assert_eq!(words(Tz::Europe__Samara, now), "Самара, UTC+4, на 1 час впереди Москвы");
        assert_eq!(words(Tz::Europe__Kaliningrad, now), "Калининград, UTC+2, на 1 час позади Москвы");
        assert_eq!(words(Tz::Asia__Kolkata, now), "UTC+5:30, на 2 часа 30 мин впереди Москвы");
        assert_eq!(words(Tz::Europe__Kirov, now), "Киров, UTC+3, как в Москве");
    }

    #[test]
    fn russian_zones_come_first_and_nothing_twice() {
        let now = "2026-11-22T12:00:00".parse().expect("a moment");
        let choices = choices(now);
        assert_eq!(choices[0].value, "Europe/Kaliningrad");
        let mut values: Vec<&str> = choices.iter().map(|c| c.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), choices.len());
        assert!(values.contains(&"Asia/Almaty"));
    }
}
