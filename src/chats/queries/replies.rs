//! Quick replies: everybody's and one's own.

use diesel::prelude::*;

use crate::domain::id::{AccountId, ReplyId};
use crate::platform::db::schema::quick_replies;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// An answer to choose from.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct Reply {
    pub id: ReplyId,
    pub owner_id: Option<AccountId>,
    pub title: String,
    pub text: String,
    pub picture_hash: Option<String>,
    pub picture_type: Option<String>,
}

type Columns = (
    quick_replies::id,
    quick_replies::owner_id,
    quick_replies::title,
    quick_replies::text,
    quick_replies::picture_hash,
    quick_replies::picture_type,
);

const COLUMNS: Columns = (
    quick_replies::id,
    quick_replies::owner_id,
    quick_replies::title,
    quick_replies::text,
    quick_replies::picture_hash,
    quick_replies::picture_type,
);

/// Everybody's, then those of `owner`.
pub fn of(db: &mut Db, owner: AccountId) -> QueryResult<Vec<Reply>> {
    let mut all: Vec<Reply> = quick_replies::table
        .filter(quick_replies::owner_id.is_null().or(quick_replies::owner_id.eq(owner)))
        .order((quick_replies::position, quick_replies::id))
        .select(COLUMNS)
        .load(db)?;
    all.sort_by_key(|reply| reply.owner_id.is_some());
    Ok(all)
}

/// One that `owner` may see.
pub fn one(db: &mut Db, id: ReplyId, owner: AccountId) -> QueryResult<Option<Reply>> {
    quick_replies::table
        .find(id)
        .filter(quick_replies::owner_id.is_null().or(quick_replies::owner_id.eq(owner)))
        .select(COLUMNS)
        .first(db)
        .optional()
}

/// Gives one a picture of the storage, or takes it away; `false` when it is not his to change.
pub fn set_picture(
    tx: &mut Tx,
    id: ReplyId,
    by: AccountId,
    may_shared: bool,
    picture: Option<(&str, &str)>,
) -> QueryResult<bool> {
    if !is_his(tx.db, id, by, may_shared)? {
        return Ok(false);
    }
    let set = (
        quick_replies::picture_hash.eq(picture.map(|(hash, _)| hash)),
        quick_replies::picture_type.eq(picture.map(|(_, media_type)| media_type)),
    );
    diesel::update(quick_replies::table.find(id)).set(set).execute(tx.db)?;
    tx.announce(Event::Lists);
    Ok(true)
}

/// A new one; without an owner it is everybody's.
pub fn insert(tx: &mut Tx, owner: Option<AccountId>, title: &str, text: &str) -> QueryResult<()> {
    let last: Option<i64> =
        quick_replies::table.select(diesel::dsl::max(quick_replies::position)).first(tx.db)?;
    diesel::insert_into(quick_replies::table)
        .values((
            quick_replies::owner_id.eq(owner),
            quick_replies::title.eq(title),
            quick_replies::text.eq(text),
            quick_replies::position.eq(last.unwrap_or_default() + 1),
        ))
        .execute(tx.db)?;
    tx.announce(Event::Lists);
    Ok(())
}

/// Changes one; `may_shared`: everybody's too. `false` when it is not his to change.
pub fn update(
    tx: &mut Tx,
    id: ReplyId,
    by: AccountId,
    may_shared: bool,
    (title, text): (&str, &str),
) -> QueryResult<bool> {
    if !is_his(tx.db, id, by, may_shared)? {
        return Ok(false);
    }
    let set = (quick_replies::title.eq(title), quick_replies::text.eq(text));
    diesel::update(quick_replies::table.find(id)).set(set).execute(tx.db)?;
    tx.announce(Event::Lists);
    Ok(true)
}

/// Deletes one; `false` when it is not his.
pub fn delete(tx: &mut Tx, id: ReplyId, by: AccountId, may_shared: bool) -> QueryResult<bool> {
    if !is_his(tx.db, id, by, may_shared)? {
        return Ok(false);
    }
    diesel::delete(quick_replies::table.find(id)).execute(tx.db)?;
    tx.announce(Event::Lists);
    Ok(true)
}

fn is_his(db: &mut Db, id: ReplyId, by: AccountId, may_shared: bool) -> QueryResult<bool> {
    let owner: Option<Option<AccountId>> =
        quick_replies::table.find(id).select(quick_replies::owner_id).first(db).optional()?;
    Ok(owner.is_some_and(|owner| owner.map_or(may_shared, |owner| owner == by)))
}
