//! What tells an address from others of its city, however it is written.

use crate::domain::search_words;

/// Words that name a kind of place and not the place: people write and leave them out as they like.
const KINDS: [&str; 20] = [
    "ул",
    "улица",
    "д",
    "дом",
    "кв",
    "квартира",
    "пр",
    "просп",
    "проспект",
    "пер",
    "переулок",
    "пл",
    "площадь",
    "б",
    "бул",
    "бульвар",
    "ш",
    "шоссе",
    "г",
    "город",
];

/// The words that tell a place: without its kinds, «д5» and «кв12» as the bare number.
pub fn telling(text: &str) -> Vec<String> {
    let words = search_words::words(text);
    let bare = |word: &String| {
        let number = ["д", "дом", "кв"].iter().find_map(|kind| word.strip_prefix(kind));
        match number {
            Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => number.to_owned(),
            _ => word.clone(),
        }
    };
    let telling: Vec<String> =
        words.iter().filter(|word| !KINDS.contains(&word.as_str())).map(bare).collect();
    if telling.is_empty() { words } else { telling }
}

/// What tells an address from others of its city: «ул. Ленина, д. 5» and «Ленина 5» are one place.
pub fn key(address: &str) -> String {
    telling(address).join(" ")
}

/// The words an address is found by.
pub fn stored_words(address: &str) -> String {
    let telling = key(address);
    search_words::stored_words([telling.as_str()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_key_however_it_is_written() {
        for same in ["ул. Ленина, 5", "Ленина 5", "УЛИЦА ЛЕНИНА, ДОМ 5", "ленина д5", "г ул ленина, д. 5"]
        {
            assert_eq!(key(same), "ленина 5", "{same}");
        }
        assert_eq!(key("пр. Берёзовый, 7, кв12"), "березовый 7 12");
        assert_ne!(key("Ленина 5"), key("Ленина 5, 12"), "another flat is another client");
        assert_eq!(key("Дом"), "дом", "nothing but a kind is kept");
        assert_eq!(key(" ,. "), "");
    }
}
