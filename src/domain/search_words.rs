//! Texts as search sees them: folded to lower-case letters and digits, ё as е, split into words. Both sides of
//! every comparison pass through here, because the databases fold Russian letters differently or not at all.

/// Lower case, ё→е, everything but letters and digits a single space.
pub fn fold(text: &str) -> String {
    words(text).join(" ")
}

/// The words of a text, folded.
pub fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('ё', "е");
    lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
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
