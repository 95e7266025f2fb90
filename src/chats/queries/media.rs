//! Pictures that were fetched once.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::platform::db::Db;
use crate::platform::db::schema::{chat_media, messages, quick_replies};

/// Where the picture of an address lies, and what it is.
pub fn find(db: &mut Db, url_key: &str) -> QueryResult<Option<(String, String)>> {
    chat_media::table
        .find(url_key.to_owned())
        .select((chat_media::hash, chat_media::media_type))
        .first(db)
        .optional()
}

/// Remembers it.
pub fn put(db: &mut Db, url_key: &str, hash: &str, media_type: &str, now: NaiveDateTime) -> QueryResult<()> {
    let row = (
        chat_media::url_key.eq(url_key),
        chat_media::hash.eq(hash),
        chat_media::media_type.eq(media_type),
        chat_media::created_at.eq(now),
    );
    let set = (chat_media::hash.eq(hash), chat_media::media_type.eq(media_type));
    crate::upsert!(db, chat_media::table, row, chat_media::url_key, set)?;
    Ok(())
}

/// Those of `hashes` that are still named.
pub fn named(db: &mut Db, hashes: &[String]) -> QueryResult<Vec<String>> {
    let mut all: Vec<String> = chat_media::table
        .filter(chat_media::hash.eq_any(hashes.to_vec()))
        .select(chat_media::hash)
        .load(db)?;
    let ours: Vec<Option<String>> = messages::table
        .filter(messages::picture_hash.eq_any(hashes.iter().cloned().map(Some).collect::<Vec<_>>()))
        .select(messages::picture_hash)
        .load(db)?;
    all.extend(ours.into_iter().flatten());
    let replies: Vec<Option<String>> = quick_replies::table
        .filter(quick_replies::picture_hash.eq_any(hashes.iter().cloned().map(Some).collect::<Vec<_>>()))
        .select(quick_replies::picture_hash)
        .load(db)?;
    all.extend(replies.into_iter().flatten());
    Ok(all)
}
