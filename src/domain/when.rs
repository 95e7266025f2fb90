//! A moment in Russian words: «завтра 14», «пт 10:30», «25.11 14:00», «через час». One grammar for the visit of an
//! order, for promises and for filters; what browsers send (`2026-11-25T14:00`) is read as well. Pure, and never a
//! silent guess: what is not understood whole is not understood.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::russian;

/// How a moment is sent by programs, and kept.
pub const SENT: &str = "%Y-%m-%dT%H:%M";
/// Longest text that is read, in letters.
const MAX: usize = 60;
/// Visits begin on the half hour.
const HALF_HOUR: i64 = 30;

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing is typed.
    Empty,
    /// It is not a moment, or more than one.
    Unclear,
    /// A day without a time; the part of the day, when it is named.
    Day(NaiveDate, Option<Part>),
    /// A day and a time.
    At {
        /// The moment, on the clock it was asked by.
        at: NaiveDateTime,
        /// Only a time was given and today it is over: the next day is meant.
        is_moved: bool,
    },
}

/// A part of a day: no time yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before noon.
    Morning,
    /// Till five.
    Afternoon,
    /// From five on.
    Evening,
}

impl Part {
    /// Whether a time, in minutes of the day, is in this part.
    pub fn has(self, minute: i32) -> bool {
        match self {
            Self::Morning => minute < 12 * 60,
            Self::Afternoon => (12 * 60..17 * 60).contains(&minute),
            Self::Evening => minute >= 17 * 60,
        }
    }
}

/// Which year a date without one is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// The next such day, today included: visits and promises.
    Ahead,
    /// The last such day, today included: what has happened.
    Back,
}

impl When {
    /// Reads `text` by a clock that shows `now`.
    pub fn read(text: &str, now: NaiveDateTime) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Empty;
        }
        if text.chars().count() > MAX {
            return Self::Unclear;
        }
        if let Some(at) = absolute(text) {
            return Self::At { at, is_moved: false };
        }
        if let Some(day) = sent_day(text) {
            return Self::Day(day, None);
        }
        let words = words(text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        said(&words, now).filter(|when| when.is_near()).unwrap_or(Self::Unclear)
    }

    /// The moment, when it is one.
    pub fn moment(self) -> Option<NaiveDateTime> {
        if let Self::At { at, .. } = self { Some(at) } else { None }
    }

    /// A year no visit is in would be a slip of the keys.
    fn is_near(self) -> bool {
        match self {
            Self::Day(day, _) => is_year(day.year()),
            Self::At { at, .. } => is_year(at.year()),
            Self::Empty | Self::Unclear => true,
        }
    }
}

/// A moment that needs no clock to be understood: `2026-11-25T14:00` or «25.11.2026 14:00».
pub fn absolute(text: &str) -> Option<NaiveDateTime> {
    let at = [SENT, "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    is_year(at.year()).then_some(at)
}

/// A day of a filter or of a day off: what [`When::read`] reads, without a time. `None` for anything else.
pub fn day(text: &str, today: NaiveDate, lean: Lean) -> Option<NaiveDate> {
    let text = text.trim();
    if text.chars().count() > MAX {
        return None;
    }
    if let Some(day) = sent_day(text) {
        return Some(day);
    }
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (day, rest) = day_of(&words, today, lean)?;
    (rest.is_empty() && is_year(day.at.year())).then_some(day.at)
}

/// A moment as the field shows it: «25.11.2026 14:00».
pub fn write(at: NaiveDateTime) -> String {
    at.format("%d.%m.%Y %H:%M").to_string()
}

/// A day as the field shows it: «25.11.2026» of `2026-11-25`; what is no such day stays as it was typed.
pub fn write_day(text: &str) -> String {
    sent_day(text).map_or_else(|| text.to_owned(), |day| day.format("%d.%m.%Y").to_string())
}

/// What was typed as it is kept: `2026-11-25T14:00` when it is a moment by the clock that shows `now`, otherwise
/// unchanged, to be refused with the words of its field.
pub fn settled(text: &str, now: NaiveDateTime) -> String {
    When::read(text, now).moment().map_or_else(|| text.to_owned(), |at| at.format(SENT).to_string())
}

/// «сегодня, пт 20 ноября, 14:00».
pub fn aloud(at: NaiveDateTime, today: NaiveDate) -> String {
    format!("{}, {}", day_aloud(at.date(), today), russian::time(at))
}

/// «завтра, пт 20 ноября».
pub fn day_aloud(day: NaiveDate, today: NaiveDate) -> String {
    let near = match (day - today).num_days() {
        -1 => "вчера, ",
        0 => "сегодня, ",
        1 => "завтра, ",
        _ => "",
    };
    format!("{near}{} {}", russian::weekday(day), russian::day(day, today))
}

fn is_year(year: i32) -> bool {
    (2000..2100).contains(&year)
}

fn sent_day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10 && is_year(day.year())).then_some(day)
}

/// Lower case, «ё» as «е», without commas and the stop at the end of a word.
fn words(text: &str) -> Vec<String> {
    let plain = text.to_lowercase().replace('ё', "е").replace(',', " ");
    plain.split_whitespace().map(|word| word.trim_end_matches('.').to_owned()).collect()
}

fn said(words: &[&str], now: NaiveDateTime) -> Option<When> {
    if let Some(rest) = words.strip_prefix(&["через"])
        && let Some((length, rest)) = length(rest)
        && rest.is_empty()
    {
        return Some(When::At { at: up_to_half_hour(now + length), is_moved: false });
    }
    let today = now.date();
    if let Some((day, rest)) = day_of(words, today, Lean::Ahead) {
        if rest.is_empty() {
            return Some(When::Day(day.at, None));
        }
        if let Some(part) = part_of(rest) {
            return Some(When::Day(day.at, Some(part)));
        }
        if let Some((time, [])) = time_of(rest) {
            return Some(When::At { at: day.with(time, now), is_moved: false });
        }
    }
    if let Some(part) = part_of(words) {
        return Some(When::Day(today, Some(part)));
    }
    let (time, rest) = time_of(words)?;
    if rest.is_empty() {
        let at = today.and_time(time);
        let is_moved = at <= now;
        return Some(When::At { at: if is_moved { at + Duration::days(1) } else { at }, is_moved });
    }
    match day_of(rest, today, Lean::Ahead)? {
        (day, []) => Some(When::At { at: day.with(time, now), is_moved: false }),
        _ => None,
    }
}

/// A day, and whether it may be one week later: «в пятницу 10» on Friday at noon.
struct NamedDay {
    at: NaiveDate,
    is_weekday: bool,
}

impl NamedDay {
    fn plain(at: NaiveDate) -> Self {
        Self { at, is_weekday: false }
    }

    fn with(&self, time: NaiveTime, now: NaiveDateTime) -> NaiveDateTime {
        let at = self.at.and_time(time);
        if self.is_weekday && at <= now { at + Duration::days(7) } else { at }
    }
}

type Rest<'a, 'b> = &'b [&'a str];

fn day_of<'a, 'b>(words: Rest<'a, 'b>, today: NaiveDate, lean: Lean) -> Option<(NamedDay, Rest<'a, 'b>)> {
    let (first, rest) = words.split_first()?;
    let later =
        |days: i64| Some((NamedDay::plain(today.checked_add_signed(Duration::try_days(days)?)?), rest));
    match *first {
        "сегодня" => return later(0),
        "завтра" => return later(1),
        "послезавтра" => return later(2),
        "вчера" => return later(-1),
        "позавчера" => return later(-2),
        "в" | "во" | "на" => return weekday_of(rest, today, lean),
        "через" => {
            let (days, rest) = days(rest)?;
            let day = today.checked_add_signed(Duration::try_days(days)?)?;
            return Some((NamedDay::plain(day), rest));
        }
        _ => {}
    }
    weekday_of(words, today, lean).or_else(|| date_of(words, today, lean))
}

fn weekday_of<'a, 'b>(words: Rest<'a, 'b>, today: NaiveDate, lean: Lean) -> Option<(NamedDay, Rest<'a, 'b>)> {
    const NAMES: [[&str; 3]; 7] = [
        ["пн", "понедельник", "понедельник"],
        ["вт", "вторник", "вторник"],
        ["ср", "среда", "среду"],
        ["чт", "четверг", "четверг"],
        ["пт", "пятница", "пятницу"],
        ["сб", "суббота", "субботу"],
        ["вс", "воскресенье", "воскресенье"],
    ];
    let (first, rest) = words.split_first()?;
    let wanted = NAMES.iter().position(|names| names.contains(first))?;
    let ahead = (wanted as i64 - i64::from(today.weekday().num_days_from_monday())).rem_euclid(7);
    let days = if lean == Lean::Back && ahead > 0 { ahead - 7 } else { ahead };
    let at = today.checked_add_signed(Duration::days(days))?;
    Some((NamedDay { at, is_weekday: lean == Lean::Ahead }, rest))
}

/// «25.11», «25.11.26», «25.11.2026», «25 ноября», «25 ноября 2026».
fn date_of<'a, 'b>(words: Rest<'a, 'b>, today: NaiveDate, lean: Lean) -> Option<(NamedDay, Rest<'a, 'b>)> {
    const MONTHS: [&str; 12] =
        ["янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];
    let (first, rest) = words.split_first()?;
    let parts: Vec<&str> = first.split(['.', '/']).collect();
    if let [day, month, year @ ..] = parts.as_slice() {
        let (day, month) = (number(day, 2)?, number(month, 2)?);
        let at = match year {
            [] => without_year(day, month, today, lean)?,
            [year] if year.len() == 2 => with_year(2000 + number(year, 2)?, month, day)?,
            [year] if year.len() == 4 => with_year(number(year, 4)?, month, day)?,
            _ => return None,
        };
        return Some((NamedDay::plain(at), rest));
    }
    let day = number(first, 2)?;
    let (name, rest) = rest.split_first()?;
    let is_letters = name.chars().count() >= 3 && name.chars().all(char::is_alphabetic);
    // «мая» and «мар…» share their beginning: the longer one is asked first.
    let month = match *name {
        "май" | "мая" => 5,
        _ if is_letters => MONTHS.iter().position(|m| m.len() > 4 && name.starts_with(m))? as u32 + 1,
        _ => return None,
    };
    if let Some((year, rest)) = rest.split_first()
        && let Some(year) = number(year, 4).filter(|year| is_year(*year as i32))
    {
        return Some((NamedDay::plain(with_year(year, month, day)?), rest));
    }
    Some((NamedDay::plain(without_year(day, month, today, lean)?), rest))
}

fn with_year(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// The nearest such day: 29 February may be years away.
fn without_year(day: u32, month: u32, today: NaiveDate, lean: Lean) -> Option<NaiveDate> {
    let of = |year: i32| NaiveDate::from_ymd_opt(year, month, day);
    match lean {
        Lean::Ahead => (0..=8).filter_map(|n| of(today.year() + n)).find(|at| *at >= today),
        Lean::Back => (0..=8).filter_map(|n| of(today.year() - n)).find(|at| *at <= today),
    }
}

/// «14», «14:30», «14.30», «14 30», «1430», «в 9 утра», «7 вечера», «14 часов».
fn time_of<'a, 'b>(words: Rest<'a, 'b>) -> Option<(NaiveTime, Rest<'a, 'b>)> {
    let words = match words {
        ["в" | "во" | "к", rest @ ..] => rest,
        _ => words,
    };
    let (first, mut rest) = words.split_first()?;
    let first = first.trim_end_matches('ч');
    let parts: Vec<&str> = first.split([':', '.', '-']).collect();
    let (hour, minute) = match parts.as_slice() {
        [hour, minute] if minute.len() == 2 => (number(hour, 2)?, number(minute, 2)?),
        [whole] if whole.len() == 4 => (number(whole, 4)? / 100, number(whole, 4)? % 100),
        [hour] => {
            let hour = number(hour, 2)?;
            match rest {
                [minute, after @ ..] if minute.len() == 2 && number(minute, 2).is_some() => {
                    rest = after;
                    (hour, number(minute, 2)?)
                }
                _ => (hour, 0),
            }
        }
        _ => return None,
    };
    if let ["ч" | "час" | "часа" | "часов", after @ ..] = rest {
        rest = after;
    }
    let hour = match rest {
        ["утра", after @ ..] if (1..12).contains(&hour) => {
            rest = after;
            hour
        }
        ["дня" | "вечера", after @ ..] if (1..12).contains(&hour) => {
            rest = after;
            hour + 12
        }
        _ => hour,
    };
    Some((NaiveTime::from_hms_opt(hour, minute, 0)?, rest))
}

fn part_of(words: &[&str]) -> Option<Part> {
    match words {
        ["утром"] => Some(Part::Morning),
        ["днем"] => Some(Part::Afternoon),
        ["вечером"] => Some(Part::Evening),
        _ => None,
    }
}

/// «час», «полчаса», «2 часа», «15 минут».
fn length<'a, 'b>(words: Rest<'a, 'b>) -> Option<(Duration, Rest<'a, 'b>)> {
    match words {
        ["час", rest @ ..] => Some((Duration::hours(1), rest)),
        ["полчаса", rest @ ..] => Some((Duration::minutes(30), rest)),
        [n, "час" | "часа" | "часов" | "ч", rest @ ..] => {
            Some((Duration::hours(i64::from(number(n, 2)?)), rest))
        }
        [n, "минуту" | "минуты" | "минут" | "мин", rest @ ..] => {
            Some((Duration::minutes(i64::from(number(n, 3)?)), rest))
        }
        _ => None,
    }
}

/// «день», «2 дня», «неделю», «2 недели», in days.
fn days<'a, 'b>(words: Rest<'a, 'b>) -> Option<(i64, Rest<'a, 'b>)> {
    match words {
        ["день", rest @ ..] => Some((1, rest)),
        ["неделю", rest @ ..] => Some((7, rest)),
        [n, "день" | "дня" | "дней", rest @ ..] => Some((i64::from(number(n, 3)?), rest)),
        [n, "неделю" | "недели" | "недель", rest @ ..] => {
            Some((7 * i64::from(number(n, 2)?), rest))
        }
        _ => None,
    }
}

/// Digits only, at most so many: no sign, no letter, no digits of other scripts.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn up_to_half_hour(at: NaiveDateTime) -> NaiveDateTime {
    let whole = at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at);
    let whole = if whole < at { whole + Duration::minutes(1) } else { whole };
    let over = i64::from(whole.minute()) % HALF_HOUR;
    if over == 0 { whole } else { whole + Duration::minutes(HALF_HOUR - over) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Thursday.
    const NOW: &str = "2026-11-19T15:20:00";

    fn now() -> NaiveDateTime {
        NOW.parse().expect("a moment")
    }

    fn read(text: &str) -> String {
        match When::read(text, now()) {
            When::Empty => "nothing".to_owned(),
            When::Unclear => "?".to_owned(),
            When::Day(day, part) => format!("{day}{}", part.map(|p| format!(" {p:?}")).unwrap_or_default()),
            When::At { at, is_moved } => {
                format!("{}{}", at.format(SENT), if is_moved { " moved" } else { "" })
            }
        }
    }

    #[test]
    fn what_people_type_is_understood() {
        for (text, means) in [
            ("", "nothing"),
            ("16", "2026-11-19T16:00"),
            ("14", "2026-11-20T14:00 moved"),
            ("14:30", "2026-11-20T14:30 moved"),
            ("16 30", "2026-11-19T16:30"),
            ("1630", "2026-11-19T16:30"),
            ("16.30", "2026-11-19T16:30"),
            ("завтра 14", "2026-11-20T14:00"),
            ("Завтра, в 14:00", "2026-11-20T14:00"),
            ("14:00 завтра", "2026-11-20T14:00"),
            ("послезавтра в 9", "2026-11-21T09:00"),
            ("завтра в 9 утра", "2026-11-20T09:00"),
            ("завтра 7 вечера", "2026-11-20T19:00"),
            ("пт 10:30", "2026-11-20T10:30"),
            ("в пятницу 10", "2026-11-20T10:00"),
            ("чт 10", "2026-11-26T10:00"),
            ("чт 18", "2026-11-19T18:00"),
            ("во вторник", "2026-11-24"),
            ("25.11 14", "2026-11-25T14:00"),
            ("25.11 14.30", "2026-11-25T14:30"),
            ("25 ноября 14:00", "2026-11-25T14:00"),
            ("5 мая 2027 10", "2027-05-05T10:00"),
            ("5 марта 10", "2027-03-05T10:00"),
            ("05.12", "2026-12-05"),
            ("10.11 10", "2027-11-10T10:00"),
            ("10.11.2026 10", "2026-11-10T10:00"),
            ("05.12.26 10:00", "2026-12-05T10:00"),
            ("через час", "2026-11-19T16:30"),
            ("через 2 дня в 11", "2026-11-21T11:00"),
            ("через неделю", "2026-11-26"),
            ("вчера 10", "2026-11-18T10:00"),
            ("утром", "2026-11-19 Morning"),
            ("завтра днём", "2026-11-20 Afternoon"),
            ("2026-11-25T14:00", "2026-11-25T14:00"),
            ("25.11.2026 14:00", "2026-11-25T14:00"),
        ] {
            assert_eq!(read(text), means, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_understood_whole_is_not_guessed() {
        for text in [
            "когда-нибудь",
            "завтра 25",
            "32.01 10",
            "29.02.2027 10",
            "14:60",
            "завтра 14 или 15",
            "-5",
            "9999",
            "5 числа",
            "завтра завтра",
            "0026-11-23T10:00",
            "25.11.2026.1",
            "через",
            "через 5",
            "٣",
            "1 2 3 4",
        ] {
            assert_eq!(read(text), "?", "{text:?}");
        }
    }

    #[test]
    fn a_day_without_a_year_leans_where_it_is_asked() {
        let today = now().date();
        let read = |text, lean| day(text, today, lean).map(|day| day.to_string()).unwrap_or_default();
        assert_eq!(read("05.12", Lean::Ahead), "2026-12-05");
        assert_eq!(read("05.12", Lean::Back), "2025-12-05");
        assert_eq!(read("пт", Lean::Back), "2026-11-13");
        assert_eq!(read("вчера", Lean::Back), "2026-11-18");
        assert_eq!(read("2026-11-22", Lean::Back), "2026-11-22");
        assert_eq!(read("завтра 14", Lean::Ahead), "", "a time is no day");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_does_no_harm(text in "\\PC{0,70}", minutes in 0i64..40_000_000) {
            let now = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day").and_time(NaiveTime::MIN) + Duration::minutes(minutes);
            let _ = (When::read(&text, now), day(&text, now.date(), Lean::Back));
        }

        #[test]
        fn words_of_the_grammar_do_no_harm_in_any_order(
            words in prop::collection::vec(
                prop::sample::select(vec!["завтра", "в", "пт", "через", "2", "дня", "25.11", "14", "30", "ноября", "2026", "утром", "час", "99", "999", "недель"]),
                0..6,
            ),
        ) {
            if let Some(at) = When::read(&words.join(" "), now()).moment() {
                prop_assert!(is_year(at.year()));
            }
        }

        #[test]
        fn what_the_field_shows_is_read_back(minutes in 0i64..40_000_000) {
            let at = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day").and_time(NaiveTime::MIN) + Duration::minutes(minutes);
            let again = When::At { at, is_moved: false };
            prop_assert_eq!(When::read(&write(at), now()), again);
            prop_assert_eq!(When::read(&at.format(SENT).to_string(), now()), again);
            prop_assert_eq!(absolute(&write(at)), Some(at));
        }

        #[test]
        fn a_bare_time_is_never_past(hour in 0u32..24, minute in 0u32..60) {
            let when = When::read(&format!("{hour}:{minute:02}"), now());
            prop_assert!(when.moment().is_some_and(|at| at > now() && at - now() <= Duration::days(1)));
        }
    }
}
