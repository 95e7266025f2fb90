//! What was typed into the search becomes a sub-select of ids: the number of an order, a telephone in any
//! spelling or a part of it, words of name, address and problem, also typed in the wrong layout.
//!
//! Each way of reading the text is one branch; each branch gives its newest six hundred, so that a search for
//! something common costs no more than one for something rare.

use diesel::QueryResult;

use super::condition::{Conditions, Value};
use crate::domain::id::OrderId;
use crate::domain::search_words::MAX_LETTERS;
use crate::domain::{phone, search_words};
use crate::platform::db::Db;
use crate::platform::db::words::Words;

/// Matches beyond the newest six hundred are not found; a search that common finds nothing anyway.
const NEWEST: usize = 600;
/// Words of a search that are read.
const MAX_WORDS: usize = 8;

/// The ids that match `typed`, found once for all questions about them.
pub(super) fn found(db: &mut Db, typed: &str) -> QueryResult<Vec<OrderId>> {
    let mut all = Conditions::default();
    let sql = ids(db, typed, &mut all);
    all.load_ids(db, sql)
}

/// A sub-select of the ids that match `typed`; binds its values to `all`.
pub(super) fn ids(db: &Db, typed: &str, all: &mut Conditions) -> String {
    let mut branches = Vec::new();
    if let Some(id) = number_of_order(typed) {
        let placeholder = all.bind(Value::Number(id));
        branches.push(format!("SELECT id FROM orders WHERE id = {placeholder}"));
    }
    // «№ 15» can only be meant as an order; a bare 15 is a house as well.
    let is_order = !branches.is_empty() && typed.trim_start().starts_with(['№', '#']);
    let mut readings = if is_order { Vec::new() } else { vec![typed.to_owned()] };
    readings.extend(search_words::other_layout(typed));
    for reading in &readings {
        let words = safe_words(reading);
        if words.is_empty() {
            continue;
        }
        if !is_telephone(reading) {
            branches.push(in_order(db, &words, all));
            // «15» is a house, and the beginning of some tail of every tenth number.
            if !words.iter().any(|word| is_house(word)) {
                branches.push(by_client(db, &words, all));
            }
        }
        for (texts, digits) in with_telephone(reading) {
            match texts.is_empty() {
                true => branches.push(by_client(db, &digits, all)),
                false => branches.extend(in_both(db, &texts, &digits, all)),
            }
        }
    }
    if branches.is_empty() {
        return "SELECT id FROM orders WHERE 1 = 0".to_owned();
    }
    // Each branch in a select of its own: only there may a part of a UNION have an order and a limit.
    let parts: Vec<String> =
        branches.iter().enumerate().map(|(i, sql)| format!("SELECT id FROM ({sql}) AS b{i}")).collect();
    parts.join(" UNION ")
}

/// «10462», «№ 10462»: digits that fit an id and are no longer than one can get.
fn number_of_order(typed: &str) -> Option<i64> {
    let digits = typed.trim().trim_start_matches(['№', '#']).trim();
    let is_number = digits.len() <= 12 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

fn in_order(db: &Db, words: &[String], all: &mut Conditions) -> String {
    let needle = all.bind(Value::Text(Words::needle(db, words)));
    Words::Orders.newest(db, &needle, NEWEST)
}

fn by_client(db: &Db, words: &[String], all: &mut Conditions) -> String {
    let needle = all.bind(Value::Text(Words::needle(db, words)));
    let clients = Words::Clients.newest(db, &needle, NEWEST);
    format!("SELECT id FROM orders WHERE client_id IN ({clients}) ORDER BY id DESC LIMIT {NEWEST}")
}

/// Words and a part of a number: of one client's name and number; of an order that has the words among the newest
/// that have the number; and the other way round, because either may be the rare one.
fn in_both(db: &Db, texts: &[String], digits: &[String], all: &mut Conditions) -> [String; 3] {
    let together: Vec<String> = texts.iter().chain(digits).cloned().collect();
    let of_client = by_client(db, &together, all);

    let needle = all.bind(Value::Text(Words::needle(db, digits)));
    let clients = Words::Clients.newest(db, &needle, NEWEST);
    let patterns = bind_patterns(texts, all);
    let with_number = format!(
        "SELECT id FROM orders WHERE client_id IN ({clients}) AND {} ORDER BY id DESC LIMIT {NEWEST}",
        Words::Orders.holds("orders.id", &patterns)
    );

    let needle = all.bind(Value::Text(Words::needle(db, texts)));
    let newest = Words::Orders.newest(db, &needle, NEWEST);
    let patterns = bind_patterns(digits, all);
    let with_words = format!(
        "SELECT id FROM orders WHERE id IN ({newest}) AND {}",
        Words::Clients.holds("orders.client_id", &patterns)
    );
    [of_client, with_number, with_words]
}

fn bind_patterns(words: &[String], all: &mut Conditions) -> Vec<String> {
    words.iter().map(|word| all.bind(Value::Text(Words::pattern(word)))).collect()
}

/// Folded words of letters both databases split alike: Latin, Cyrillic, digits.
fn safe_words(text: &str) -> Vec<String> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || ('а'..='я').contains(&c) || ('ѐ'..='ѿ').contains(&c);
    search_words::fold(text)
        .split(|c: char| !is_safe(c))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| word.chars().take(MAX_LETTERS).collect())
        .collect()
}

/// One or two digits: too short for a part of a telephone, and no name.
fn is_house(word: &str) -> bool {
    word.len() < 3 && word.bytes().all(|b| b.is_ascii_digit())
}

/// Nothing but a number with so many digits that only a telephone has them: its pieces are not looked for as
/// words, which for «8» or «123» would be half of all orders.
fn is_telephone(text: &str) -> bool {
    const DIGITS: usize = 6;
    text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+()-–.".contains(c))
        && text.chars().filter(char::is_ascii_digit).count() >= DIGITS
        && text.contains(|c: char| !c.is_ascii_digit())
}

/// Readings of a text with a telephone in it: `(words of the order, parts of the client's number)`. Digits that
/// stand together may be one number written with spaces, or a house and a number.
fn with_telephone(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let is_of_number = |token: &&str| {
        token.chars().all(|c| c.is_ascii_digit() || "+()-–.".contains(c))
            && token.chars().any(|c| c.is_ascii_digit())
    };
    let tokens: Vec<&str> = text.split_whitespace().take(MAX_WORDS).collect();
    let (numeric, texts): (Vec<&str>, Vec<&str>) = tokens.iter().partition(|token| is_of_number(token));
    let texts: Vec<String> = texts.iter().flat_map(|token| safe_words(token)).collect();
    let mut readings = Vec::new();
    if let Some(whole) = phone::needle(&numeric.join(" ")) {
        readings.push((texts.clone(), vec![whole]));
    }
    if numeric.len() > 1 && !is_telephone(text) {
        for (at, token) in numeric.iter().enumerate() {
            let Some(part) = phone::needle(token) else { continue };
            let mut words = texts.clone();
            words.extend(
                numeric.iter().enumerate().filter(|(i, _)| *i != at).flat_map(|(_, t)| safe_words(t)),
            );
            readings.push((words, vec![part]));
        }
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|t| (*t).to_owned()).collect()
    }

    #[test]
    fn a_number_is_read_as_an_order_and_as_a_telephone() {
        assert_eq!(number_of_order(" № 10462 "), Some(10462));
        assert_eq!(number_of_order("8 (900) 123"), None);
        assert_eq!(number_of_order("9".repeat(40).as_str()), None);
        assert_eq!(with_telephone("8 (900) 123-45-67")[0], (vec![], owned(&["79001234567"])));
    }

    #[test]
    fn a_spelled_telephone_is_one_number_and_nothing_else() {
        assert!(is_telephone("8 (900) 123-4"));
        assert_eq!(with_telephone("8 (900) 123-4"), [(vec![], owned(&["9001234"]))]);
        assert!(!is_telephone("15 4") && !is_telephone("500123") && !is_telephone("Ленина 15"));
    }

    #[test]
    fn a_name_and_a_part_of_a_number_are_told_apart() {
        let readings = with_telephone("Иванов 5 4567");
        assert!(readings.contains(&(owned(&["иванов", "5"]), owned(&["4567"]))), "{readings:?}");
        assert!(with_telephone("Иванов Пётр").is_empty());
    }

    #[test]
    fn words_have_only_letters_both_databases_split_alike() {
        let meant = ["drop", "table", "orders", "еж"].map(search_words::fold);
        assert_eq!(safe_words("'; DROP TABLE orders; -- 😀 \u{202e}Ёж"), meant);
        assert!(safe_words("!!! ___").is_empty());
    }
}
