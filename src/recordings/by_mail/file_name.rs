//! What the name of a recording's file tells (docs/mango-api.md 10): when the conversation began, on the wall clock of the
//! business, and who took part. Pure. Parts and their order are chosen in the telephony's cabinet, so everything is
//! looked for and nothing is demanded.

use chrono::NaiveDateTime;

use crate::domain::phone::Phone;

/// What a name tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameFacts {
    /// Wall clock of the business.
    pub local: Option<NaiveDateTime>,
    /// Numbers of outside length, canonical, in their order: the client's is among them, one of our lines may be too.
    pub numbers: Vec<String>,
    /// An internal number.
    pub extension: Option<String>,
}

/// Reads a name.
pub fn read(name: &str) -> NameFacts {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = stem.rsplit_once('.').filter(|(_, ending)| ending.len() <= 4).map_or(stem, |(stem, _)| stem);
    let (local, rest) = match moment(stem) {
        Some((at, before, after)) => (Some(at), format!("{before}__{after}")),
        None => (None, stem.to_owned()),
    };
    let mut told = NameFacts { local, ..NameFacts::default() };
    for part in
        rest.split("__").map(|part| part.trim_matches(['_', ' ', '-', '.'])).filter(|part| !part.is_empty())
    {
        side(part, &mut told);
    }
    told
}

/// `2026-11-23__14-05-00`, `2026.11.23 14.05.00`, `23-11-2026_14-05`: the moment and what stands around it.
fn moment(stem: &str) -> Option<(NaiveDateTime, &str, &str)> {
    let runs = digit_runs(stem);
    for window in runs.windows(5) {
        let texts: Vec<&str> = window.iter().map(|(start, end)| &stem[*start..*end]).collect();
        let are_near = window.windows(2).all(|pair| pair[1].0 - pair[0].1 <= 2);
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let (year, month, day) = match lengths[..3] {
            [4, 2, 2] => (texts[0], texts[1], texts[2]),
            [2, 2, 4] => (texts[2], texts[1], texts[0]),
            _ => continue,
        };
        if !are_near || lengths[3] != 2 || lengths[4] != 2 {
            continue;
        }
        let after_minutes = window[4].1;
        let seconds = runs
            .iter()
            .find(|(start, end)| *start > after_minutes && start - after_minutes == 1 && end - start == 2);
        let (second, end) = seconds.map_or(("00", after_minutes), |(start, end)| (&stem[*start..*end], *end));
        let text = format!("{year}-{month}-{day} {}:{}:{second}", texts[3], texts[4]);
        if let Ok(at) = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S") {
            return Some((at, &stem[..window[0].0], &stem[end..]));
        }
    }
    None
}

/// Where digits stand together.
fn digit_runs(text: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end = at + c.len_utf8(),
            _ => runs.push((at, at + c.len_utf8())),
        }
    }
    runs
}

/// A side of the conversation: a number, an internal number, `Name(sip)`, `sip:user@domain`.
fn side(part: &str, told: &mut NameFacts) {
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "+ -()".contains(c));
    let inner = part.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inner, _)| inner);
    let text = if is_number(part) { part } else { inner.unwrap_or(part) };
    let text = text.strip_prefix("sip:").unwrap_or(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = is_number(text);
    match digits.len() {
        10..=15 if is_number => {
            if let Some(phone) = Phone::parse(text) {
                told.numbers.push(phone.digits().to_owned());
            }
        }
        // Tails like _1_2 are counters and come last.
        2..=5 if is_number && told.extension.is_none() => told.extension = Some(digits),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(name: &str) -> (String, Vec<String>, Option<String>) {
        let told = read(name);
        (told.local.map(|at| at.to_string()).unwrap_or_default(), told.numbers, told.extension)
    }

    #[test]
    fn names_seen_in_the_wild_are_understood() {
        let at = "2026-11-23 14:05:07".to_owned();
        let (client, one) = ("79001234567".to_owned(), Some("101".to_owned()));
        for name in [
            "2026-11-23__14-05-07__79001234567__101.mp3",
            "2026.11.23__14-05-07__79001234567__101.mp3",
            "2026.11.23__14-05-07__8 (900) 123-45-67__Анна Белова(101).wav",
            "23-11-2026_14-05-07__101__+79001234567.MP3",
            "запись__2026-11-23__14-05-07__79001234567__101_1_2.mp3",
        ] {
            let expected = if name.contains("_1_2") { None } else { one.clone() };
            assert_eq!(told(name), (at.clone(), vec![client.clone()], expected), "{name}");
        }
        assert_eq!(
            told("2026-11-23__14-05-07__79001234567__74950000101.mp3"),
            (at, vec![client, "74950000101".to_owned()], None)
        );
    }

    #[test]
    fn a_name_that_tells_nothing_tells_nothing() {
        for name in
            ["запись.mp3", "", "....", "2026-13-45__99-99-99__x__y.mp3", "sip:op101@x.mangosip.ru.mp3"]
        {
            assert_eq!(told(name).1, Vec::<String>::new(), "{name}");
            assert_eq!(told(name).0, "", "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn no_name_breaks_the_reader(name in "\\PC{0,120}") {
            let _ = read(&name);
        }

        #[test]
        fn what_the_telephony_writes_is_read_back(day in 1_u32..29, hour in 0_u32..24, number in "7[0-9]{10}", extension in "[1-9][0-9]{2}") {
            let told = read(&format!("2026-11-{day:02}__{hour:02}-05-07__{number}__{extension}.mp3"));
            prop_assert_eq!(told.numbers, vec![number]);
            prop_assert_eq!(told.extension, Some(extension));
            prop_assert_eq!(told.local.map(|at| at.format("%d %H").to_string()), Some(format!("{day:02} {hour:02}")));
        }
    }
}
