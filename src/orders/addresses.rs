//! Addresses while they are typed: what we know of the city, in any order of words, by their beginnings, with ё
//! and in the wrong layout too. The client's own addresses come first.

use actix_web::web::Data;
use askama::Template;
use diesel::QueryResult;

use super::queries::addresses::{self as known, Known};
use crate::app::App;
use crate::clients;
use crate::db::Db;
use crate::error::AppError;
use crate::phone::Phone;
use crate::search;
use crate::web::form::Query;
use crate::web::show::Fragment;
use crate::web::signed::{Anyone, Signed};

/// Offered at a time.
const OFFERED: usize = 10;
/// Typed words that are looked at.
const MAX_WORDS: usize = 8;
/// A client's orders whose addresses are offered.
const OWN: i64 = 20;

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
fn telling(text: &str) -> Vec<String> {
    let words = search::words(text);
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
    search::stored_words([telling.as_str()])
}

/// An address to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// As it will stand in the field.
    pub address: String,
    /// This client has been there before.
    pub is_own: bool,
    /// Orders there.
    pub uses: i64,
}

/// What to offer for the `typed` beginning of an address in `city`, for the client with the number `phone`.
pub fn suggest(db: &mut Db, city: &str, typed: &str, phone: &str) -> QueryResult<Vec<Suggested>> {
    let own = match Phone::parse(phone) {
        Some(phone) => match clients::queries::by_number(db, phone.digits())? {
            Some(client_id) => known::of_client(db, client_id, city, OWN)?,
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    let mut readings = vec![telling(typed)];
    // In the Latin layout the full stop is a ю and the comma a б, unless they end a word and mean themselves.
    let ended = format!("{typed} ").replace(". ", " ").replace(", ", " ");
    readings.extend(search::other_layout(&ended).map(|meant| telling(&meant)));
    let mut offered = Vec::new();
    for mut words in readings {
        words.truncate(MAX_WORDS);
        if words.is_empty() {
            add(&mut offered, &own, true);
            continue;
        }
        let fitting: Vec<Known> = own.iter().filter(|k| fits(&k.words, &words)).cloned().collect();
        add(&mut offered, &fitting, true);
        let mut found = known::matching(db, city, &words)?;
        // Whole words before beginnings, so that «Ленина 5» offers 5 before 52; then where we have been most.
        found.sort_by_key(|k| (std::cmp::Reverse(whole(&k.words, &words)), -k.uses));
        add(&mut offered, &found, false);
    }
    // What stands in the field already needs no offer.
    offered.retain(|suggested| suggested.address != typed);
    offered.truncate(OFFERED);
    Ok(offered)
}

fn add(offered: &mut Vec<Suggested>, known: &[Known], is_own: bool) {
    for one in known {
        if !offered.iter().any(|o: &Suggested| o.address == one.address) {
            offered.push(Suggested { address: one.address.clone(), is_own, uses: one.uses });
        }
    }
}

fn fits(stored: &str, words: &[String]) -> bool {
    words.iter().all(|word| stored.split(' ').any(|have| have.starts_with(word.as_str())))
}

fn whole(stored: &str, words: &[String]) -> usize {
    words.iter().filter(|word| stored.split(' ').any(|have| have == word.as_str())).count()
}

/// The list under the field.
#[derive(Template)]
#[template(path = "orders/address_list.html")]
pub struct AddressList {
    offered: Vec<Suggested>,
}

/// Answers the addresses that fit `city`, `address` and `phone`.
pub async fn list(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<AddressList>, AppError> {
    app.db
        .read(move |db| {
            let city = query.text("city");
            let offered = match city {
                "" => Vec::new(),
                city => suggest(db, city, query.text("address"), query.text("phone"))?,
            };
            Ok(Fragment::ok(AddressList { offered }))
        })
        .await
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
