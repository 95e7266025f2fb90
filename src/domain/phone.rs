//! Telephone numbers: the one normaliser for every door (telephony, forms, chats, search, imports).
//!
//! A number enters as text somebody typed or a service sent and leaves as [`Phone`], canonical digits by which rows
//! are compared and found. The text as it came is kept beside it by whoever stores it; this module doesn't.

use std::fmt;

use serde::Serialize;

/// Fewest and most digits of a number: two for service numbers, fifteen by E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 2..=15;
/// Fewest digits of a number with its country, the code included.
const ABROAD_MIN: usize = 7;
/// Digits of every number of zone 7, the code included.
const HOME: usize = 11;
/// Shorter digit strings are found everywhere and mean nothing as a part of a number.
const NEEDLE_MIN: usize = 3;
/// From this many digits on a leading 8 is taken for the trunk prefix, not for a part of the number.
const NEEDLE_TRUNK_MIN: usize = 5;
/// Up to this many digits a number is local or a service number and has no country code to show a plus for.
const SHORT_MAX: usize = 7;
/// Countries whose numbers all have one length, the code included: a digit lost there is noticed (ITU-T E.164
/// national numbering plans). The crate `phonenumber` would know every country, for 4 MB of program, 14 MB of memory
/// and a third of a second at the first number; a call centre in Russia has these.
const EXACT: [(&str, usize); 11] = [
    ("1", 11),
    ("7", HOME),
    ("373", 11),
    ("374", 11),
    ("375", 12),
    ("380", 12),
    ("992", 12),
    ("993", 11),
    ("994", 12),
    ("996", 12),
    ("998", 12),
];

/// A telephone number as canonical digits: `7XXXXXXXXXX` for Russian ones, the bare digits for foreign and short ones.
///
/// What is shown ([`Phone::pretty`]) reads as the same number again. Bare digits need not: they come back through
/// [`Phone::stored`], or through [`Phone::returned`] from a page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

/// Why a typed text is not taken for a number, so that a form can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing that reads as a number.
    NoNumber,
    /// A number of zone 7 with a digit lost or one too many; how many digits there are after the 7 or 8.
    Length(usize),
    /// A plus and a country, but no number of that country.
    Abroad,
    /// A whole number and a second one.
    Two,
    /// A number with an extension, which has no place in it.
    Extension,
}

impl Doubt {
    /// What the form says at its field.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoNumber => "Это не похоже на номер. Например: +7 900 123-45-67",
            Self::Length(digits) if digits < HOME - 1 => {
                "Не хватает цифр: после +7 или 8 их десять. Например: +7 900 123-45-67"
            }
            Self::Length(_) => "Лишние цифры: после +7 или 8 их десять. Например: +7 900 123-45-67",
            Self::Abroad => "Такого номера за границей нет. Проверьте код страны и цифры",
            Self::Two => "Здесь два номера. Оставьте один, другой запишите в комментарий",
            Self::Extension => "Здесь только номер. Добавочный запишите в комментарий",
        }
    }
}

impl Phone {
    /// The number in a text that a service sent; `None` when the text isn't one.
    ///
    /// Without a plus `7`, `8` and ten bare digits are the same Russian number, and other digits stay as they are.
    /// **A plus decides**: what follows is the country, and so it is after `00` and `8-10`. A number of zone 7 that
    /// misses a digit or has one too many is no number. `tel:`, `;phone-context=` and an extension are read away;
    /// letters, SIP addresses, `anonymous`, zeros and anything outside 2..=15 digits are no number.
    pub fn parse(text: &str) -> Option<Phone> {
        let spelled = Spelled::of(text)?;
        spelled.number().ok()
    }

    /// The number a person typed into a form. Asks where [`Phone::parse`] would guess or lose something.
    ///
    /// # Errors
    /// What is doubtful.
    pub fn typed(text: &str) -> Result<Phone, Doubt> {
        let Some(spelled) = Spelled::of(text) else {
            let parts = text.split([',', ';', '/', '\n']).chain(text.split(" или "));
            let whole = parts.filter(|part| *part != text && Phone::parse(part).is_some_and(|p| p.is_long()));
            return Err(if whole.count() > 1 { Doubt::Two } else { Doubt::NoNumber });
        };
        if spelled.extension {
            return Err(Doubt::Extension);
        }
        let digits = spelled.digits.as_str();
        if !spelled.plus
            && digits.len() == HOME - 1
            && digits.starts_with(['7', '8'])
            && digits[1..].starts_with('9')
        {
            // Ten digits that begin like a mobile number with its 7 or 8: no area is called 79 or 89.
            return Err(Doubt::Length(digits.len() - 1));
        }
        spelled.number()
    }

    /// A number that went through a door before: canonical digits, taken as they are.
    ///
    /// Stored digits never pass [`Phone::parse`] or [`Phone::typed`] again: without its plus 84912345678 of Vietnam
    /// reads as a Russian number.
    pub fn stored(digits: &str) -> Option<Phone> {
        let is_one = DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_one.then(|| Phone(digits.to_owned()))
    }

    /// The number a button of ours sends back: stored digits as they are, any other spelling as [`Phone::parse`] reads
    /// it. Digits that no number is stored with, as 89001234567, are a spelling too.
    pub fn returned(text: &str) -> Option<Phone> {
        let is_canonical = |phone: &Phone| Phone::parse(&phone.pretty()).as_ref() == Some(phone);
        Phone::stored(text).filter(is_canonical).or_else(|| Phone::parse(text))
    }

    /// The canonical digits: what is stored, compared and sent.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The number for a person: `+7 900 123-45-67`, a foreign one as `+` and digits, a short one as it is.
    pub fn pretty(&self) -> String {
        let digits = self.0.as_str();
        match digits.len() {
            HOME if digits.starts_with('7') => {
                format!("+7 {} {}-{}-{}", &digits[1..4], &digits[4..7], &digits[7..9], &digits[9..11])
            }
            0..=SHORT_MAX => digits.to_owned(),
            _ if is_abroad(digits) => format!("+{digits}"),
            _ => digits.to_owned(),
        }
    }

    fn is_long(&self) -> bool {
        self.0.len() > SHORT_MAX
    }
}

/// The digits of a text and what was written around them.
struct Spelled {
    digits: String,
    /// A plus, or what is dialled for one.
    plus: bool,
    extension: bool,
}

impl Spelled {
    fn of(text: &str) -> Option<Spelled> {
        let lower = text.trim().to_lowercase();
        let text = lower.strip_prefix("tel:").unwrap_or(&lower);
        let (number, rest) = match text.find([';', ',']).or_else(|| extension_at(text)) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (mut digits, mut plus) = spelled_digits(number)?;
        let (extension, country) = after_number(rest)?;
        if let Some(country) = country.filter(|_| !plus) {
            let is_whole = digits.starts_with(&country) && is_abroad(&digits);
            let bare =
                if country == "7" && digits.len() == HOME { digits.trim_start_matches('8') } else { &digits };
            digits = if is_whole { digits } else { format!("{country}{bare}") };
            plus = true;
        }
        // An extension hangs on a whole number only.
        if extension && digits.len() < HOME - 1 {
            return None;
        }
        if !plus {
            let dialled = ["810", "00"].iter().find_map(|prefix| digits.strip_prefix(prefix));
            if let Some(abroad) = dialled.filter(|abroad| digits.len() > HOME && is_abroad(abroad)) {
                digits = abroad.to_owned();
                plus = true;
            }
        }
        Some(Spelled { digits, plus, extension })
    }

    fn number(&self) -> Result<Phone, Doubt> {
        let digits = self.digits.as_str();
        // Ten zeros at the end are how a switchboard writes nobody.
        if digits.bytes().all(|b| b == b'0') || (digits.len() >= HOME - 1 && digits.ends_with("0000000000")) {
            return Err(Doubt::NoNumber);
        }
        if self.plus {
            return match is_abroad(digits) {
                true => Ok(Phone(digits.to_owned())),
                false if digits.starts_with('7') => Err(Doubt::Length(digits.len() - 1)),
                false if digits.len() > *DIGITS.end() => Err(Doubt::Two),
                false => Err(Doubt::Abroad),
            };
        }
        match (digits.len(), digits.as_bytes().first()) {
            (10, _) => Ok(Phone(format!("7{digits}"))),
            (HOME, Some(b'8')) => Ok(Phone(format!("7{}", &digits[1..]))),
            (12..=15, Some(b'7')) => Err(Doubt::Length(digits.len() - 1)),
            (2..=15, _) => Ok(Phone(digits.to_owned())),
            (16.., _) => Err(Doubt::Two),
            _ => Err(Doubt::NoNumber),
        }
    }
}

/// Whether the digits can be a country and a number there.
fn is_abroad(digits: &str) -> bool {
    let exact = EXACT.iter().find(|(code, _)| digits.starts_with(code));
    let length = match exact {
        Some((_, exact)) => digits.len() == *exact,
        None => (ABROAD_MIN..=*DIGITS.end()).contains(&digits.len()),
    };
    // No country's code begins with a zero, and none with 89: «+8 900…» is a trunk prefix behind a plus.
    length && !digits.starts_with('0') && !digits.starts_with("89")
}

/// Where an extension begins: «доб. 12», «вн. 12», «ext 12», «x12», «#12».
fn extension_at(text: &str) -> Option<usize> {
    ["доб", "вн", "ext", "x", "х", "#"].iter().filter_map(|word| text.find(word)).min()
}

/// What stands behind a number: whether an extension does, and the country of a `phone-context`. `None` when it is
/// anything else.
fn after_number(rest: &str) -> Option<(bool, Option<String>)> {
    let (mut extension, mut country) = (false, None);
    for part in rest.split([';', ',']).map(str::trim).filter(|part| !part.is_empty()) {
        if let Some(context) = part.strip_prefix("phone-context=") {
            country = context.strip_prefix('+').map(str::to_owned);
            if country.as_ref().is_some_and(|c| c.is_empty() || !c.bytes().all(|b| b.is_ascii_digit())) {
                return None;
            }
        } else if !part.contains('=') || part.starts_with("ext=") || part.starts_with("isub=") {
            let number =
                part.trim_start_matches(|c: char| c.is_alphabetic() || "#=.:".contains(c) || is_separator(c));
            let is_short = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
            let word: String = part.chars().take_while(|c| c.is_alphabetic()).collect();
            let is_word = ["", "доб", "добавочный", "вн", "внутр", "внутренний", "ext", "x", "х", "isub"];
            if !is_short || !is_word.contains(&word.as_str()) {
                return None;
            }
            extension = true;
        }
    }
    Some((extension, country))
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
    let (digits, plus) = spelled_digits(text)?;
    let dialled = ["810", "00"].iter().find_map(|prefix| digits.strip_prefix(prefix));
    if let Some(abroad) = dialled.filter(|abroad| !plus && digits.len() > HOME && is_abroad(abroad)) {
        return Some(abroad.to_owned());
    }
    match digits.len() {
        0..NEEDLE_MIN => None,
        // A plus says that the 8 is a country's.
        len if plus && len <= *DIGITS.end() => Some(digits),
        NEEDLE_TRUNK_MIN..11 if digits.starts_with('8') => Some(digits[1..].to_owned()),
        11 if digits.starts_with('8') => Some(format!("7{}", &digits[1..])),
        len if len <= *DIGITS.end() => Some(digits),
        _ => None,
    }
}

/// The digits of a text that holds nothing but a number's spelling: a plus may only stand before the first digit.
/// Tells whether there is one.
fn spelled_digits(text: &str) -> Option<(String, bool)> {
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
    Some((digits, plus))
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

/// A stored number for a person; what is no number (a SIP line) as it is.
pub fn pretty(number: &str) -> String {
    Phone::stored(number).map_or_else(|| number.to_owned(), |phone| phone.pretty())
}

/// A number as a service sent it, for a person; what is no number as it is.
pub fn pretty_sent(number: &str) -> String {
    Phone::parse(number).map_or_else(|| number.to_owned(), |phone| phone.pretty())
}

/// The country of a shown Russian number apart from the rest of it, so that a narrow column may leave it out.
pub fn country_apart(shown: &str) -> (&'static str, String) {
    match shown.strip_prefix("+7 ") {
        Some(rest) => ("+7 ", rest.to_owned()),
        None => ("", shown.to_owned()),
    }
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
    fn a_plus_or_what_is_dialled_for_one_decides_the_country() {
        for (text, canonical) in [
            ("+84 91 234 56 78", "84912345678"),
            ("+372 5012 345", "3725012345"),
            ("+47 901 23 456", "4790123456"),
            ("+852 9123 4567", "85291234567"),
            ("+855 12 345 678", "85512345678"),
            ("8-10-375-29-123-45-67", "375291234567"),
            ("00 375 29 123 45 67", "375291234567"),
            ("810375291234567", "375291234567"),
            ("8-10 84 91 234 56 78", "84912345678"),
            ("00 7 900 123-45-67", "79001234567"),
            ("tel:+79001234567", "79001234567"),
            ("tel:+79001234567;ext=12", "79001234567"),
            ("79001234567;phone-context=+7", "79001234567"),
            ("9001234567;phone-context=+7", "79001234567"),
            ("291234567;phone-context=+375", "375291234567"),
            ("79001234567,101", "79001234567"),
            ("8 (495) 000-01-01 доб. 12", "74950000101"),
        ] {
            assert_eq!(digits(text).as_deref(), Some(canonical), "{text:?}");
        }
        assert_eq!(Phone::stored("84912345678").map(|p| p.pretty()).as_deref(), Some("+84912345678"));
        assert_eq!(pretty("84912345678"), "+84912345678", "stored digits have no trunk prefix");
        assert_eq!(needle("+84 91 234").as_deref(), Some("8491234"));
        assert_eq!(needle("8-10-375-29-123-45-67").as_deref(), Some("375291234567"));
    }

    #[test]
    fn stored_digits_of_a_foreign_number_stay_that_number() {
        for (typed, stored) in [
            ("+84 91 234 56 78", "84912345678"),
            ("+47 901 23 456", "4790123456"),
            ("+375 29 123-45-67", "375291234567"),
            ("+7 900 123-45-67", "79001234567"),
            ("112", "112"),
        ] {
            assert_eq!(Phone::typed(typed).map(|p| p.digits().to_owned()).as_deref(), Ok(stored));
            let back = |text: &str| Phone::returned(text).map(|p| p.digits().to_owned());
            assert_eq!(back(stored).as_deref(), Some(stored));
            assert_eq!(back(typed).as_deref(), Some(stored));
            assert_eq!(Phone::parse(&pretty(stored)).as_ref().map(Phone::digits), Some(stored));
        }
        for (text, digits) in
            [("89001234567", Some("79001234567")), ("8 900 123-45-67", Some("79001234567")), ("скрыт", None)]
        {
            assert_eq!(Phone::returned(text).as_ref().map(Phone::digits), digits, "{text}");
        }
    }

    #[test]
    fn a_form_asks_what_a_machine_would_guess() {
        for (text, doubt) in [
            ("+7 900 000 22 2", Doubt::Length(9)),
            ("+7 900 000-22-099", Doubt::Length(11)),
            ("8 900 123-45-6", Doubt::Length(9)),
            ("7 900 123-45-6", Doubt::Length(9)),
            ("7 900 123-45-678", Doubt::Length(11)),
            ("+375 29 123-45-6", Doubt::Abroad),
            ("8 495 000-01-01 доб. 12", Doubt::Extension),
            ("89001234567, 89007654321", Doubt::Two),
            ("89001234567 или 89007654321", Doubt::Two),
            ("89001234567 89007654321", Doubt::Two),
            ("позвоните мне", Doubt::NoNumber),
            ("", Doubt::NoNumber),
            ("000 000 00 00", Doubt::NoNumber),
        ] {
            assert_eq!(Phone::typed(text), Err(doubt), "{text:?}");
            assert!(!doubt.words().is_empty());
        }
        for text in ["+7 900 000-22-09", "8 (900) 000-22-09", "9000002209"] {
            assert_eq!(Phone::typed(text).map(|p| p.digits().to_owned()).as_deref(), Ok("79000002209"));
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
            "<b>79001234567</b>",
            "79001234567\0",
            "1234567890123456",
            "+7 900 000 22 2",
            "+7 900 123-45-678",
            "790012345678",
            "+375 29 123-45-6",
            "+8 900 123-45-67",
            "+0 900 123-45-67",
            "0000000000",
            "+70000000000",
            "79001234567, 79001234568",
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
            ("12345678", "12345678"),
            ("+84 91 234 56 78", "+84912345678"),
            ("+47 901 23 456", "+4790123456"),
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
            national in "[1-9][0-9]{9}",
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
            let Some(phone) = Phone::parse(&text) else { return Ok(()) };
            let shown = Phone::parse(&phone.pretty());
            let stored = Phone::stored(phone.digits());
            let returned = Phone::returned(phone.digits());
            prop_assert_eq!(shown.as_ref(), Some(&phone));
            prop_assert_eq!(returned.as_ref(), Some(&phone));
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
