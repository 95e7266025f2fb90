//! What a client's words tell besides: telephone numbers and addresses, to be offered, never to be taken.

use crate::domain::phone::Phone;

/// Numbers of one text; more are no numbers.
const MAX_NUMBERS: usize = 5;
/// Words that begin an address, without their dot.
const STREETS: [&str; 18] = [
    "улица",
    "ул",
    "проспект",
    "пр-т",
    "пр-кт",
    "просп",
    "переулок",
    "пер",
    "бульвар",
    "б-р",
    "шоссе",
    "ш",
    "площадь",
    "пл",
    "набережная",
    "наб",
    "микрорайон",
    "мкр",
];
/// Letters of an address.
const MAX_ADDRESS: usize = 120;

/// Telephone numbers of Russian length in a text, canonical digits.
pub fn phones(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() && found.len() < MAX_NUMBERS {
        let begins = letters[at].is_ascii_digit() || letters[at] == '+';
        let is_inside = at > 0 && letters[at - 1].is_alphanumeric();
        if !begins || is_inside {
            at += 1;
            continue;
        }
        let run: Vec<char> = letters[at..]
            .iter()
            .take(24)
            .take_while(|c| {
                c.is_ascii_digit() || matches!(c, '+' | ' ' | '\u{a0}' | '-' | '–' | '(' | ')' | '.')
            })
            .copied()
            .collect();
        let number = longest(&run);
        at += number.as_ref().map_or_else(
            || run.iter().take_while(|c| c.is_ascii_digit() || **c == '+').count().max(1),
            |(_, length)| *length,
        );
        if let Some((digits, _)) = number.filter(|(digits, _)| !found.contains(digits)) {
            found.push(digits);
        }
    }
    found
}

/// The number that the run begins with, and how many letters it takes: ten or eleven digits, no more behind them.
fn longest(run: &[char]) -> Option<(String, usize)> {
    let ends: Vec<usize> =
        run.iter().enumerate().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at + 1).collect();
    for wanted in [11, 10] {
        let Some(end) = ends.get(wanted - 1).copied() else { continue };
        if run.get(end).is_some_and(char::is_ascii_digit) {
            continue;
        }
        let text: String = run[..end].iter().collect();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_russian = match wanted {
            11 => digits.starts_with('7') || digits.starts_with('8'),
            _ => ['9', '4', '8', '3'].iter().any(|first| digits.starts_with(*first)),
        };
        if let Some(phone) = Phone::parse(&digits).filter(|_| is_russian) {
            return Some((phone.digits().to_owned(), end));
        }
    }
    None
}

/// Addresses in a text: from the word for a street to the end of its line or sentence, when a house number is in it.
pub fn addresses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().flat_map(|line| line.split(['!', '?', ';'])) {
        let mut start = 0;
        for word in line.split_inclusive([' ', ',']) {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-').to_lowercase();
            // «ул.Рахова»: the dot ends the word as a space does.
            let bare = bare.split('.').next().unwrap_or_default();
            if STREETS.contains(&bare) {
                let rest: String = line[start..].chars().take(MAX_ADDRESS).collect();
                let address = end_of(&rest).trim().trim_end_matches([',', '.', ' ']).to_owned();
                if address.chars().any(|c| c.is_ascii_digit()) && !found.contains(&address) {
                    found.push(address);
                }
                break;
            }
            start += word.len();
        }
    }
    found
}

/// Up to a dot that ends a sentence: one with a capital letter after a space, and a digit or a long word before it.
fn end_of(text: &str) -> &str {
    for (at, _) in text.match_indices(". ") {
        let before = text[..at].chars().rev().take_while(|c| c.is_alphanumeric()).collect::<Vec<_>>();
        let is_short = before.len() < 4 && !before.iter().any(char::is_ascii_digit);
        let is_capital = text[at + 2..].chars().next().is_some_and(char::is_uppercase);
        if is_capital && !is_short {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_any_writing() {
        for text in
            ["8 (927) 555-82-23", "звоните +7 927 555 82 23 после шести", "9275558223", "тел.89275558223."]
        {
            assert_eq!(phones(text), ["79275558223"], "{text}");
        }
        assert_eq!(phones("89275558223 или 8-927-555-82-24").len(), 2);
        assert_eq!(phones("79275558223 79275558223").len(), 1);
        for none in
            ["цена 1 200 000 руб", "12345678901234567", "заказ 10450", "", "0000000000", "код9275558223"]
        {
            assert_eq!(phones(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn an_address_ends_with_its_sentence() {
        assert_eq!(
            addresses("Да, давайте после 18:00. Адрес: ул. Чернышевского, 100, кв. 5. Жду вас"),
            ["ул. Чернышевского, 100, кв. 5"]
        );
        assert_eq!(addresses("проспект Кирова 12\nподъезд 3"), ["проспект Кирова 12"]);
        assert_eq!(addresses("живу на ул. Рахова"), Vec::<String>::new(), "no house, no address");
        assert_eq!(addresses("😀 ул.Ёлкина 7 😀"), ["ул.Ёлкина 7 😀"]);
    }
}
