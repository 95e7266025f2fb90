//! Texts as search sees them: folded to lower-case letters and digits, split into words. Both sides of every comparison
//! pass through here, because the databases fold Russian letters differently or not at all.
//!
//! One text has many spellings: letters put together of two signs (what a Mac pastes), soft hyphens and signs of no
//! width (what a web page or Word pastes), stress marks, ё for е, and Latin letters that look like Russian ones, which
//! nobody sees. All of them are one here.

use unicode_normalization::UnicodeNormalization;

/// Of the rules below. Whoever changes them counts on, and what is stored is folded anew (`platform::refold`).
pub const RULES: u32 = 2;

/// Latin letters, lower case, and the Russian ones that look the same in lower or upper case.
const ALIKE: [(char, char); 13] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('ë', 'е'),
    ('h', 'н'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
];

/// Lower case, ё→е, look-alikes one, everything but letters and digits a single space.
pub fn fold(text: &str) -> String {
    words(text).join(" ")
}

/// The words of a text, folded.
pub fn words(text: &str) -> Vec<String> {
    // In every word and not in mixed ones only: a beginning must fold like the whole word it begins.
    let alike = |c: char| ALIKE.iter().find(|(latin, _)| *latin == c).map_or(c, |(_, russian)| *russian);
    split(&plain(text).chars().map(alike).collect::<String>())
}

/// By what names are sorted: folded, but Latin letters stay among themselves.
pub fn sort_key(name: &str) -> String {
    split(&plain(name)).join(" ")
}

/// The words by which an order is found.
pub fn of_order(client_name: &str, address: &str, problem: &str, city: &str) -> String {
    stored_words([client_name, address, problem, city])
}

fn split(plain: &str) -> Vec<String> {
    plain.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// Lower case, in one spelling.
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_lowercase();
    }
    // «№5» is a sign and a number, which its decomposition to «No5» would join.
    let seen = text.chars().filter(|c| !is_unseen(*c)).map(|c| if c == '№' { ' ' } else { c });
    let lower = seen.nfkc().collect::<String>().to_lowercase();
    // й has a sign of its own and keeps it, а́ has none and loses the stress.
    lower.chars().filter(|c| !is_mark(*c)).map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

/// Soft hyphens, signs of no width, marks of direction.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{feff}')
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{206f}').contains(&c)
        || ('\u{fe00}'..='\u{fe0f}').contains(&c)
}

/// Marks over letters that no letter of its own has taken in.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c) || ('\u{483}'..='\u{487}').contains(&c)
}

/// Letters of a word that are stored and looked for: more tell nothing, and an index has its limits.
pub const MAX_LETTERS: usize = 40;

/// The words of a text without repetitions, joined for storing; of a very long word its beginning.
pub fn stored_words<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut seen = Vec::new();
    for word in texts.into_iter().flat_map(words) {
        let word: String = word.chars().take(MAX_LETTERS).collect();
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.join(" ")
}

/// Every tail of a number of three digits or more, longest first: a prefix search over them finds any part of
/// the number.
pub fn number_tails(digits: &str) -> String {
    let tails: Vec<&str> =
        (0..digits.len().saturating_sub(2)).filter_map(|start| digits.get(start..)).collect();
    tails.join(" ")
}

/// What was typed in the Latin layout but meant in Russian: «bdfyjd» gives «иванов». `None` when the text has
/// Russian letters already or nothing to translate.
pub fn other_layout(text: &str) -> Option<String> {
    const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
    const RUSSIAN: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю";
    let lower = text.to_lowercase();
    if !lower.chars().any(|c| c.is_ascii_alphabetic()) || lower.chars().any(|c| ('а'..='ё').contains(&c)) {
        return None;
    }
    Some(
        lower
            .chars()
            .map(|c| LATIN.chars().position(|l| l == c).and_then(|i| RUSSIAN.chars().nth(i)).unwrap_or(c))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_search_fold_alike() {
        assert_eq!(fold("ул. Ёлкина, д.7-12"), "ул елкина д 7 12");
        assert_eq!(fold("  ИВАНОВ\u{a0}Пётр "), "иванов петр");
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (written, typed) in [
            ("Андреи\u{306} Толстои\u{306}", "андрей толстой"),
            ("Королe\u{308}в", "КОРОЛЁВ"),
            ("Кон\u{ad}стан\u{ad}тин", "константин"),
            ("Пе\u{200b}т\u{200d}р\u{feff}ов", "петров"),
            ("за\u{301}мок", "замок"),
            ("Cергеев", "сергеев"),
            ("BЕРА", "вера"),
            ("Hокиа", "нокиа"),
            ("Воsсh", "bosch"),
            ("ﬁat", "fiat"),
            ("１２ｋ", "12к"),
        ] {
            assert_eq!(fold(written), fold(typed), "{written:?}");
        }
        assert_eq!(fold("кв. №5"), "кв 5");
        assert_ne!(fold("мой"), fold("мои"), "й is a letter of its own");
        assert_eq!(fold("пр. Й\u{ad}ошкар"), "пр йошкар");
    }

    #[test]
    fn a_beginning_folds_like_its_word() {
        let word = fold("Boschмастер");
        for (at, _) in "Boschмастер".char_indices().skip(1) {
            assert!(word.starts_with(&fold(&"Boschмастер"[..at])), "{at}");
        }
    }

    #[test]
    fn names_are_sorted_with_latin_ones_among_themselves() {
        let mut names = ["Авито", "Google", "Ёлка", "avito", "Ель"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["avito", "Google", "Авито", "Ёлка", "Ель"]);
    }

    #[test]
    fn any_part_of_a_number_begins_some_tail() {
        let tails = number_tails("79001234567");
        assert!(tails.split(' ').any(|t| t.starts_with("1234")));
        assert!(tails.ends_with(" 567"));
        assert_eq!(number_tails("12"), "");
    }

    #[test]
    fn a_wrong_layout_is_understood() {
        assert_eq!(other_layout("bdfyjd").as_deref(), Some("иванов"));
        assert_eq!(other_layout("иванов"), None);
        assert_eq!(other_layout("10462"), None);
    }
}
