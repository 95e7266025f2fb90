//! Telephone numbers: the one normaliser for every door (telephony, forms, chats, search, imports).
//!
//! A number enters as text somebody typed or a service sent and leaves as [`Phone`], canonical digits by which rows
//! are compared and found. The text as it came is kept beside it by whoever stores it; this module doesn't.

use std::fmt;

use serde::Serialize;

/// Fewest and most digits of a number: two for service numbers, fifteen by E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 2..=15;
/// Shorter digit strings are found everywhere and mean nothing as a part of a number.
const NEEDLE_MIN: usize = 3;
/// From this many digits on a leading 8 is taken for the trunk prefix, not for a part of the number.
const NEEDLE_TRUNK_MIN: usize = 5;
/// Up to this many digits a number is local or a service number and has no country code to show a plus for.
const SHORT_MAX: usize = 7;

/// A telephone number as canonical digits: `7XXXXXXXXXX` for Russian ones, the bare digits for foreign and short ones.
///
/// Reading the canonical digits again gives the same number, so a stored value may pass any door once more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// The number in a text, whatever its spelling; `None` when the text isn't one.
    ///
    /// `+7`, `7`, `8` and ten bare digits are the same Russian number. A plus, spaces, brackets, dashes and dots are
    /// dropped; a plus never decides, because the telephony sends numbers without it and both spellings must meet.
    /// Letters, SIP addresses, `anonymous`, extensions behind a comma and anything outside 2..=15 digits are no number.
    pub fn parse(text: &str) -> Option<Phone> {
        let digits = spelled_digits(text)?;
        if !DIGITS.contains(&digits.len()) {
            return None;
        }
        Some(Phone(match (digits.len(), digits.as_bytes()[0]) {
            (10, _) => format!("7{digits}"),
            (11, b'8') => format!("7{}", &digits[1..]),
            _ => digits,
        }))
    }

    /// The canonical digits: what is stored, compared and sent.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The number for a person: `+7 900 123-45-67`, a foreign one as `+` and digits, a short one as it is.
    pub fn pretty(&self) -> String {
        let digits = self.0.as_str();
        match digits.len() {
            11 if digits.starts_with('7') => {
                format!("+7 {} {}-{}-{}", &digits[1..4], &digits[4..7], &digits[7..9], &digits[9..11])
            }
            0..=SHORT_MAX => digits.to_owned(),
            _ => format!("+{digits}"),
        }
    }
}

/// The digits only: safe to put into a form field or an address, never into a log.
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hides all but the tail, because `{:?}` of a struct is how numbers reach logs.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = &self.0[self.0.len().saturating_sub(2)..];
        write!(f, "Phone(…{tail})")
    }
}

/// The digits to look for when a person types a part of a number into a search box; `None` when it isn't one.
///
/// The result is contained in the canonical digits of every number the person can have meant. A whole number becomes
/// canonical; of a shorter part a leading trunk `8` is dropped, so `8 (900) 123` finds `7900123…`, and so does a
/// number with `8900123` in its middle. Needs three digits.
pub fn needle(text: &str) -> Option<String> {
    let digits = spelled_digits(text)?;
    match digits.len() {
        0..NEEDLE_MIN => None,
        NEEDLE_TRUNK_MIN..11 if digits.starts_with('8') => Some(digits[1..].to_owned()),
        11 if digits.starts_with('8') => Some(format!("7{}", &digits[1..])),
        len if len <= *DIGITS.end() => Some(digits),
        _ => None,
    }
}

/// The digits of a text that holds nothing but a number's spelling: a plus may only stand before the first digit.
fn spelled_digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    let mut plus = false;
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if !plus && digits.is_empty() => plus = true,
            _ if is_separator(c) => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// What people and pages put between digits, with the invisible marks that come along when a number is copied.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '(' | ')' | '.' | '\u{2212}' | '\u{ad}' | '\u{2060}' | '\u{feff}')
        || ('\u{2010}'..='\u{2015}').contains(&c)
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

/// A number for a person; what is no number (a SIP line) as it is.
pub fn pretty(number: &str) -> String {
    Phone::parse(number).map_or_else(|| number.to_owned(), |phone| phone.pretty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digits(text: &str) -> Option<String> {
        Phone::parse(text).map(|phone| phone.digits().to_owned())
    }

    #[test]
    fn every_spelling_of_a_russian_number_is_one_number() {
        for text in [
            "79001234567",
            "+79001234567",
            "89001234567",
            "9001234567",
            "+7 900 123-45-67",
            "8 (900) 123 45 67",
            "  8\u{a0}900\u{a0}123\u{2011}45\u{2013}67 ",
            "+7(900)123.45.67",
            "(+7) 900 1234567",
            "\u{202a}+7\u{202f}900 123-45-67\u{202c}",
        ] {
            assert_eq!(digits(text).as_deref(), Some("79001234567"), "{text:?}");
        }
        assert_eq!(digits("8 (495) 000-01-01").as_deref(), Some("74950000101"), "a landline");
    }

    #[test]
    fn foreign_and_short_numbers_stay_as_digits() {
        for (text, canonical) in [
            ("+375 29 123-45-67", "375291234567"),
            ("+1 (212) 555-12-34", "12125551234"),
            ("998901234567", "998901234567"),
            ("112", "112"),
            ("01", "01"),
            ("900", "900"),
            ("123-45-67", "1234567"),
            ("123456789012345", "123456789012345"),
        ] {
            assert_eq!(digits(text).as_deref(), Some(canonical), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "   ",
            "+",
            "()",
            "5",
            "anonymous",
            "Anonymous",
            "unknown",
            "sip:op101@crmdev.mangosip.ru",
            "sip:79001234567@example.com",
            "79001234567@example.com",
            "7900123456a",
            "abc+79001234567",
            "7900+1234567",
            "++79001234567",
            "79001234567,101",
            "<b>79001234567</b>",
            "79001234567\0",
            "1234567890123456",
            "Иван",
            "٧٩٠٠١٢٣٤٥٦٧",
        ] {
            assert_eq!(digits(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        for (text, shown) in [
            ("89001234567", "+7 900 123-45-67"),
            ("375291234567", "+375291234567"),
            ("112", "112"),
            ("1234567", "1234567"),
            ("12345678", "+12345678"),
        ] {
            assert_eq!(Phone::parse(text).map(|phone| phone.pretty()).as_deref(), Some(shown));
        }
    }

    #[test]
    fn debug_output_hides_the_number() {
        let phone = Phone::parse("79001234567").expect("a number");
        assert_eq!(format!("{phone:?}"), "Phone(…67)");
        assert_eq!(phone.to_string(), "79001234567");
    }

    #[test]
    fn a_typed_part_finds_the_number() {
        for (typed, found) in [
            ("8 (900) 123", Some("900123")),
            ("+7 900 123", Some("7900123")),
            ("900 123", Some("900123")),
            ("45-67", Some("4567")),
            ("8901", Some("8901")),
            ("8 900 123-45-67", Some("79001234567")),
            ("+7 (900) 123-45-67", Some("79001234567")),
            ("9001234567", Some("9001234567")),
            ("12", None),
            ("", None),
            ("Иванов", None),
            ("дом 123", None),
            ("1234567890123456", None),
        ] {
            assert_eq!(needle(typed).as_deref(), found, "{typed:?}");
        }
    }

    fn separators() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![Just(' '), Just('-'), Just('('), Just(')'), Just('\u{a0}'), Just('–'), Just('.')],
            0..3,
        )
        .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn any_spelling_gives_the_canonical_value(
            national in "[0-9]{10}",
            prefix in prop_oneof![Just("+7"), Just("7"), Just("8"), Just("")],
            gaps in proptest::collection::vec(separators(), 13),
        ) {
            let mut spelled = gaps[12].clone();
            for (i, c) in prefix.chars().chain(national.chars()).enumerate() {
                spelled.push(c);
                // Between the plus and the seven nothing is put: the plus belongs to its digit.
                if c != '+' {
                    spelled.push_str(&gaps[i % 12]);
                }
            }
            prop_assert_eq!(digits(&spelled), Some(format!("7{national}")));
        }

        #[test]
        fn a_number_survives_being_shown_and_being_stored(text in "[+]?[0-9]{2,15}") {
            let phone = Phone::parse(&text).expect("digits are a number");
            let shown = Phone::parse(&phone.pretty());
            let stored = Phone::parse(phone.digits());
            prop_assert_eq!(shown.as_ref(), Some(&phone));
            prop_assert_eq!(stored.as_ref(), Some(&phone));
        }

        #[test]
        fn a_beginning_typed_in_any_way_is_found(
            national in "[0-9]{10}",
            prefix in prop_oneof![Just("+7"), Just("7"), Just("8"), Just("")],
            len in 4usize..=10,
        ) {
            let typed = format!("{prefix} {}", &national[..len]);
            let needle = needle(&typed).expect("long enough");
            let canonical = format!("7{national}");
            prop_assert!(canonical.contains(&needle), "{} in {}", needle, canonical);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            if let Some(phone) = Phone::parse(&text) {
                prop_assert!(DIGITS.contains(&phone.digits().len()));
                prop_assert_eq!(Phone::parse(&phone.pretty()), Some(phone));
            }
            let _ = needle(&text);
        }
    }
}
