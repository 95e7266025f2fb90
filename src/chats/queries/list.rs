//! Which chats a list shows, and how many there are of each kind.

use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Chat;
use crate::domain::chat::Counts;
use crate::domain::id::{AccountId, AvitoId, ChatId, LabelId, MessageId};
use crate::platform::db::Db;
use crate::platform::db::schema::{chat_label_links, chat_orders, chats, messages};

crate::text_enum! {
    /// What a list shows.
    Quick {
        /// Everything.
        All = "all",
        /// The client has written last.
        Waiting = "waiting",
        /// Nobody here has looked.
        Unread = "unread",
        /// Taken by who looks.
        Mine = "mine",
        /// No order has come of it.
        NoOrder = "no-order",
        /// Put off.
        Snoozed = "snoozed",
    }
}

impl Quick {
    /// In Russian.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "Все",
            Self::Waiting => "Ждут ответа",
            Self::Unread => "Непрочитанные",
            Self::Mine => "Мои",
            Self::NoOrder => "Без заказа",
            Self::Snoozed => "Отложенные",
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of one account.
    pub account: Option<AvitoId>,
    /// Of one kind.
    pub quick: Quick,
    /// With a label.
    pub label: Option<LabelId>,
    /// Only these: a search has found them.
    pub found: Option<Vec<ChatId>>,
    /// After this place.
    pub after: Option<(NaiveDateTime, ChatId)>,
    /// Who looks.
    pub viewer: AccountId,
    /// UTC.
    pub now: NaiveDateTime,
}

/// The next `limit` chats: newest first, those that wait the longest first.
pub fn page(db: &mut Db, wanted: &Wanted, limit: i64) -> QueryResult<Vec<Chat>> {
    let mut query = chats::table.select(Chat::as_select()).into_boxed();
    if let Some(account) = wanted.account {
        query = query.filter(chats::avito_id.eq(account));
    }
    if let Some(found) = &wanted.found {
        query = query.filter(chats::id.eq_any(found.clone()));
    }
    if let Some(label) = wanted.label {
        query = query.filter(exists(
            chat_label_links::table
                .filter(chat_label_links::chat_id.eq(chats::id))
                .filter(chat_label_links::label_id.eq(label)),
        ));
    }
    query = match wanted.quick {
        Quick::All => query,
        Quick::Waiting => query
            .filter(chats::awaits_since.is_not_null())
            .filter(chats::owner_id.is_null().or(chats::owner_id.eq(wanted.viewer)))
            .filter(chats::snoozed_until.is_null().or(chats::snoozed_until.le(wanted.now))),
        Quick::Unread => query.filter(chats::unread_count.gt(0)),
        Quick::Mine => query.filter(chats::owner_id.eq(wanted.viewer)),
        Quick::NoOrder => {
            query.filter(not(exists(chat_orders::table.filter(chat_orders::chat_id.eq(chats::id)))))
        }
        Quick::Snoozed => query.filter(chats::snoozed_until.gt(wanted.now)),
    };
    if wanted.quick == Quick::Waiting {
        if let Some((since, id)) = wanted.after {
            query = query.filter(chats::awaits_since.ge(since)).filter(
                chats::awaits_since.gt(since).or(chats::awaits_since.eq(since).and(chats::id.gt(id))),
            );
        }
        return query.order((chats::awaits_since.asc(), chats::id.asc())).limit(limit).load(db);
    }
    if let Some((time, id)) = wanted.after {
        query = query
            .filter(chats::list_time.le(time))
            .filter(chats::list_time.lt(time).or(chats::list_time.eq(time).and(chats::id.lt(id))));
    }
    query.order((chats::list_time.desc(), chats::id.desc())).limit(limit).load(db)
}

/// What waits for an answer, as somebody sees it: chats of nobody and his own, those put off left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Awaiting {
    /// How many.
    pub count: i64,
    /// Since when the oldest waits.
    pub oldest: Option<NaiveDateTime>,
    /// The newest word that waits.
    pub newest: Option<MessageId>,
}

/// What waits for `viewer`.
pub fn awaiting(db: &mut Db, viewer: AccountId, now: NaiveDateTime) -> QueryResult<Awaiting> {
    use diesel::dsl::{count_star, max, min};
    let (count, oldest) = chats::table
        .filter(chats::awaits_since.is_not_null())
        .filter(chats::owner_id.is_null().or(chats::owner_id.eq(viewer)))
        .filter(chats::snoozed_until.is_null().or(chats::snoozed_until.le(now)))
        .select((count_star(), min(chats::awaits_since)))
        .first(db)?;
    if count == 0 {
        return Ok(Awaiting::default());
    }
    // Of each chat only what was written since it waits.
    let newest = chats::table
        .inner_join(messages::table)
        .filter(chats::awaits_since.is_not_null())
        .filter(chats::owner_id.is_null().or(chats::owner_id.eq(viewer)))
        .filter(chats::snoozed_until.is_null().or(chats::snoozed_until.le(now)))
        .filter(messages::counts.eq(Counts::Client))
        .filter(messages::sent_at.nullable().ge(chats::awaits_since))
        .select(max(messages::id))
        .first(db)?;
    Ok(Awaiting { count, oldest, newest })
}

/// How many chats nobody has looked into.
pub fn unread(db: &mut Db) -> QueryResult<i64> {
    chats::table.filter(chats::unread_count.gt(0)).count().get_result(db)
}
