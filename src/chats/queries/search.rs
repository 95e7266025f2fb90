//! Finding chats: by name, advertisement, account, city, telephone and number of an order, and by what was written.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::domain::id::{ChatId, MessageId, OrderId};
use crate::domain::phone;
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::{chat_orders, chat_phones, chats, messages};
use crate::platform::db::words::Words;

/// Chats a search shows; whoever is not among them needs more letters.
pub const FOUND: usize = 200;
/// Messages that are looked at for them.
const MESSAGES: usize = 600;
const MAX_WORDS: usize = 8;
const MAX_LETTERS: usize = 40;

#[derive(QueryableByName)]
struct Id<T> {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: T,
}

/// Chats `typed` can mean.
pub fn find(db: &mut Db, typed: &str) -> QueryResult<Vec<ChatId>> {
    let typed = typed.trim();
    let mut found: Vec<ChatId> =
        chats::table.filter(chats::chat_key.eq(typed.to_owned())).select(chats::id).load(db)?;
    let number = typed.trim_start_matches(['№', '#', ' ']);
    if let Ok(order) = number.parse::<OrderId>() {
        add(
            &mut found,
            chat_orders::table
                .filter(chat_orders::order_id.eq(order))
                .select(chat_orders::chat_id)
                .load(db)?,
        );
    }
    let readings = match phone::needle(typed) {
        Some(digits) => {
            // A whole number stands in a table of its own.
            let phones = chat_phones::table.filter(chat_phones::number.eq(digits.clone()));
            add(&mut found, phones.select(chat_phones::chat_id).limit(FOUND as i64).load(db)?);
            vec![vec![digits]]
        }
        None => {
            let texts = std::iter::once(typed.to_owned()).chain(search_words::other_layout(typed));
            texts.map(|text| safe_words(&text)).filter(|words| !words.is_empty()).collect()
        }
    };
    for words in &readings {
        let needle = Words::needle(db, words);
        let sql = Words::Chats.newest(db, "$1", FOUND);
        let query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
        let ids: Vec<Id<ChatId>> = query.bind::<Text, _>(needle.clone()).load(db)?;
        add(&mut found, ids.into_iter().map(|row| row.id).collect());
        let sql = Words::Messages.newest(db, "$1", MESSAGES);
        let query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
        let ids: Vec<Id<MessageId>> = query.bind::<Text, _>(needle).load(db)?;
        let ids: Vec<MessageId> = ids.into_iter().map(|row| row.id).collect();
        let of = messages::table.filter(messages::id.eq_any(ids)).select(messages::chat_id).distinct();
        add(&mut found, of.load(db)?);
    }
    found.truncate(FOUND);
    Ok(found)
}

fn add(found: &mut Vec<ChatId>, more: Vec<ChatId>) {
    for id in more {
        if !found.contains(&id) {
            found.push(id);
        }
    }
}

/// Folded words of letters both databases split alike.
fn safe_words(text: &str) -> Vec<String> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || ('а'..='я').contains(&c) || ('ѐ'..='ѿ').contains(&c);
    search_words::fold(text)
        .split(|c: char| !is_safe(c))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| word.chars().take(MAX_LETTERS).collect())
        .collect()
}
