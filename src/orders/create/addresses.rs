//! Addresses while they are typed: what we know of the city, in any order of words, by their beginnings, with ё
//! and in the wrong layout too. The client's own addresses come first.

use crate::domain::address::telling;
use actix_web::web::Data;
use askama::Template;
use diesel::QueryResult;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::clients;
use crate::domain::phone::Phone;
use crate::domain::search_words;
use crate::orders::queries::addresses as known;
use crate::orders::queries::addresses::KnownAddress;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::page::Fragment;

/// Offered at a time.
const OFFERED: usize = 10;
/// Typed words that are looked at.
const MAX_WORDS: usize = 8;
/// One letter begins too much of a city to be worth offering.
const LEAST: usize = 2;
/// A client's orders whose addresses are offered.
const OWN: i64 = 20;

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
    let own = match Phone::typed(phone) {
        Ok(phone) => match clients::queries::by_number(db, phone.digits())? {
            Some(client_id) => known::of_client(db, client_id, city, OWN)?,
            None => Vec::new(),
        },
        Err(_) => Vec::new(),
    };
    let mut readings = vec![telling(typed)];
    // In the Latin layout the full stop is a ю and the comma a б, unless they end a word and mean themselves.
    let ended = format!("{typed} ").replace(". ", " ").replace(", ", " ");
    readings.extend(search_words::other_layout(&ended).map(|meant| telling(&meant)));
    let mut offered = Vec::new();
    for mut words in readings {
        words.truncate(MAX_WORDS);
        if words.is_empty() {
            add(&mut offered, &own, true);
            continue;
        }
        let fitting: Vec<KnownAddress> = own.iter().filter(|k| fits(&k.words, &words)).cloned().collect();
        add(&mut offered, &fitting, true);
        if words.iter().all(|word| word.chars().count() < LEAST) {
            continue;
        }
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

fn add(offered: &mut Vec<Suggested>, known: &[KnownAddress], is_own: bool) {
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
