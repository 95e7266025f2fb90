//! Notifications and who has read them.

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;

use super::{choices, outbox, recipients};
use crate::alerts::{Happening, Item, Lasting};
use crate::domain::id::{AccountId, NotificationId};
use crate::domain::notice::{Audience, NoticeKind};
use crate::domain::person::Person;
use crate::platform::db::schema::{notification_keys, notification_reads, notifications};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// What is told together comes within so long after the first.
const TOGETHER: Duration = Duration::minutes(10);
/// What has not been read for so long is not news any more.
const NEWS_FOR: Duration = Duration::days(7);
/// Notifications that are kept at most.
const MOST: i64 = 20_000;
/// Notifications that are marked as read at once.
const AT_ONCE: i64 = 300;

/// A notification as the bell shows it.
#[derive(Clone, Debug, Queryable)]
pub struct Notice {
    /// The row.
    pub id: NotificationId,
    /// What it is about.
    pub kind: NoticeKind,
    /// What happened.
    pub title: String,
    /// More of it.
    pub text: String,
    /// Where it is seen to.
    pub href: String,
    /// How many it tells of.
    pub count: i64,
    /// The first of them.
    pub first_at: NaiveDateTime,
    /// The last of them.
    pub at: NaiveDateTime,
    /// It is of something that lasts or has lasted.
    pub state_key: String,
    /// Until when.
    pub over_at: Option<NaiveDateTime>,
}

macro_rules! columns {
    () => {
        (
            notifications::id,
            notifications::kind,
            notifications::title,
            notifications::text,
            notifications::href,
            notifications::count,
            notifications::first_at,
            notifications::at,
            notifications::state_key,
            notifications::over_at,
        )
    };
}

/// What `person` may see and wants to.
macro_rules! seen_by {
    ($db:expr, $person:expr) => {{
        let audiences: Vec<Audience> = match $person.is_admin() {
            true => vec![Audience::All, Audience::Admins, Audience::PersonAndAdmins],
            false => vec![Audience::All],
        };
        let rung = choices::of($db, $person.id)?.rung();
        notifications::table
            .filter(
                notifications::audience.eq_any(audiences).or(notifications::account_id
                    .assume_not_null()
                    .eq($person.id)
                    .and(notifications::account_id.is_not_null())),
            )
            .filter(notifications::by_id.is_null().or(notifications::by_id.assume_not_null().ne($person.id)))
            .filter(notifications::kind.eq_any(rung))
    }};
}

macro_rules! unread_by {
    ($db:expr, $person:expr, $now:expr) => {{
        let is_read = notification_reads::table
            .filter(notification_reads::account_id.eq($person.id))
            .filter(notification_reads::notification_id.eq(notifications::id))
            .filter(notification_reads::count.ge(notifications::count));
        seen_by!($db, $person)
            .filter(notifications::at.ge($now - NEWS_FOR))
            .filter(notifications::state_key.eq(""))
            .filter(not(exists(is_read)))
    }};
}

/// Tells of `happening` unless it has been told of: in the bell, and to people outside. `true` when it was news.
pub fn tell(tx: &mut Tx, happening: &Happening, now: NaiveDateTime) -> QueryResult<bool> {
    if !remember(tx.db, &happening.key, now)? {
        return Ok(false);
    }
    let (id, count) = match fold(tx.db, happening, now)? {
        Some(folded) => folded,
        None => (insert(tx.db, happening, now)?, 1),
    };
    match (happening.audience, happening.person) {
        (Audience::All, _) => tx.announce(Event::Notices),
        (Audience::Admins, _) => tx.announce(Event::AdminNotices),
        (Audience::Person, Some(person)) => tx.announce(Event::NoticesOf(person)),
        (Audience::PersonAndAdmins, person) => {
            tx.announce(Event::AdminNotices);
            if let Some(person) = person {
                tx.announce(Event::NoticesOf(person));
            }
        }
        (Audience::Person, None) => {}
    }
    let item = Item { text: happening.outside.clone(), href: happening.href.clone() };
    outwards(tx, happening.kind, (id, count), &item, now)?;
    Ok(true)
}

/// Takes back what leads to `href`: it is over, and nobody has to read it.
pub fn forget(db: &mut Db, href: &str) -> QueryResult<usize> {
    diesel::delete(notifications::table.filter(notifications::href.eq(href))).execute(db)
}

/// Notes that `key` has been told of; `false` when it had been.
pub fn remember(db: &mut Db, key: &str, now: NaiveDateTime) -> QueryResult<bool> {
    let row = (notification_keys::key.eq(key), notification_keys::at.eq(now));
    crate::insert_new!(db, notification_keys::table, row, notification_keys::key)
}

/// Those of `keys` that have been told of.
pub fn remembered(db: &mut Db, keys: &[String]) -> QueryResult<Vec<String>> {
    notification_keys::table
        .filter(notification_keys::key.eq_any(keys.to_vec()))
        .select(notification_keys::key)
        .load(db)
}

fn insert(db: &mut Db, happening: &Happening, now: NaiveDateTime) -> QueryResult<NotificationId> {
    diesel::insert_into(notifications::table)
        .values((
            notifications::kind.eq(happening.kind),
            notifications::audience.eq(happening.audience),
            notifications::account_id.eq(happening.person),
            notifications::by_id.eq(happening.by),
            notifications::title.eq(&happening.title),
            notifications::text.eq(&happening.text),
            notifications::href.eq(&happening.href),
            notifications::first_at.eq(now),
            notifications::at.eq(now),
        ))
        .returning(notifications::id)
        .get_result(db)
}

/// Adds it to one that has just been told of.
fn fold(
    db: &mut Db,
    happening: &Happening,
    now: NaiveDateTime,
) -> QueryResult<Option<(NotificationId, i64)>> {
    let Some(together) = happening.together else { return Ok(None) };
    let open: Option<(NotificationId, i64)> = notifications::table
        .filter(notifications::kind.eq(happening.kind).and(notifications::audience.eq(happening.audience)))
        .filter(notifications::first_at.gt(now - TOGETHER).and(notifications::at.gt(now - TOGETHER)))
        .order((notifications::at.desc(), notifications::id.desc()))
        .select((notifications::id, notifications::count))
        .first(db)
        .optional()?;
    let Some((id, count)) = open else { return Ok(None) };
    let count = count + 1;
    diesel::update(notifications::table.find(id))
        .set((
            notifications::count.eq(count),
            notifications::at.eq(now),
            notifications::title.eq(together(count.unsigned_abs())),
            notifications::text.eq(format!("Последний: {}", happening.text)),
            notifications::href.eq(happening.kind.href()),
        ))
        .execute(db)?;
    Ok(Some((id, count)))
}

fn outwards(
    tx: &mut Tx,
    kind: NoticeKind,
    (id, count): (NotificationId, i64),
    item: &Item,
    now: NaiveDateTime,
) -> QueryResult<()> {
    for recipient in recipients::of_kind(tx.db, kind)? {
        let key = format!("n-{id}-{count}-{recipient}");
        outbox::add(tx, recipient, kind, &key, item, now)?;
    }
    Ok(())
}

/// Compares what lasts `now` with what did before: tells of what has begun, and that others are over. Of what goes on the
/// words are kept as they are now.
pub fn compare(tx: &mut Tx, lasting: &[Lasting], now: NaiveDateTime) -> QueryResult<()> {
    let open: Vec<(NotificationId, String, String, NoticeKind)> = notifications::table
        .filter(notifications::state_key.ne("").and(notifications::over_at.is_null()))
        .select((notifications::id, notifications::state_key, notifications::title, notifications::kind))
        .load(tx.db)?;
    for state in lasting {
        match open.iter().find(|(_, key, ..)| *key == state.key) {
            Some((id, _, title, _)) if *title != state.words => {
                diesel::update(notifications::table.find(*id))
                    .set(notifications::title.eq(&state.words))
                    .execute(tx.db)?;
            }
            Some(_) => {}
            None => begin(tx, state, now)?,
        }
    }
    for (id, key, title, kind) in open {
        if lasting.iter().any(|state| state.key == key) {
            continue;
        }
        let over = notifications::table.find(id).filter(notifications::over_at.is_null());
        if diesel::update(over).set(notifications::over_at.eq(now)).execute(tx.db)? > 0 {
            let text = format!("Уже в порядке: {title}");
            let item = Item { text, href: kind.href().to_owned() };
            outwards(tx, kind, (id, 0), &item, now)?;
            tx.announce(Event::AdminNotices);
        }
    }
    Ok(())
}

/// Whether [`compare`] would write anything.
pub fn differs(db: &mut Db, lasting: &[Lasting]) -> QueryResult<bool> {
    let open: Vec<(String, String)> = notifications::table
        .filter(notifications::state_key.ne("").and(notifications::over_at.is_null()))
        .select((notifications::state_key, notifications::title))
        .load(db)?;
    let is_known =
        |state: &Lasting| open.iter().any(|(key, title)| *key == state.key && *title == state.words);
    Ok(open.len() != lasting.len() || !lasting.iter().all(is_known))
}

fn begin(tx: &mut Tx, state: &Lasting, now: NaiveDateTime) -> QueryResult<()> {
    // Another process may have seen it in the same moment.
    let row = (
        notifications::kind.eq(state.kind),
        notifications::audience.eq(if state.is_for_all { Audience::All } else { Audience::Admins }),
        notifications::title.eq(&state.words),
        notifications::href.eq(&state.href),
        notifications::first_at.eq(now),
        notifications::at.eq(now),
        notifications::state_key.eq(&state.key),
    );
    let begun: QueryResult<NotificationId> = diesel::Connection::transaction(&mut *tx.db, |db| {
        diesel::insert_into(notifications::table).values(row).returning(notifications::id).get_result(db)
    });
    let id = match begun {
        Ok(id) => id,
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    tx.announce(if state.is_for_all { Event::Notices } else { Event::AdminNotices });
    let item = Item { text: state.words.clone(), href: state.href.clone() };
    outwards(tx, state.kind, (id, 1), &item, now)
}

/// What lasts under a key, as it was last told of: its words.
pub fn lasting(db: &mut Db, key: &str) -> QueryResult<Option<String>> {
    notifications::table
        .filter(notifications::state_key.eq(key).and(notifications::over_at.is_null()))
        .select(notifications::title)
        .first(db)
        .optional()
}

/// What has happened and `person` has not read, the newest first.
pub fn unread(db: &mut Db, person: &Person, limit: i64, now: NaiveDateTime) -> QueryResult<Vec<Notice>> {
    unread_by!(db, person, now)
        .order((notifications::at.desc(), notifications::id.desc()))
        .limit(limit)
        .select(columns!())
        .load(db)
}

/// How many of them there are.
pub fn unread_count(db: &mut Db, person: &Person, now: NaiveDateTime) -> QueryResult<i64> {
    unread_by!(db, person, now).count().get_result(db)
}

/// Everything `person` may see, read or not, the newest first; but not what lasts still.
pub fn newest(db: &mut Db, person: &Person, limit: i64) -> QueryResult<Vec<Notice>> {
    seen_by!(db, person)
        .filter(notifications::state_key.eq("").or(notifications::over_at.is_not_null()))
        .order((notifications::at.desc(), notifications::id.desc()))
        .limit(limit)
        .select(columns!())
        .load(db)
}

/// One that `person` may see.
pub fn one(db: &mut Db, person: &Person, id: NotificationId) -> QueryResult<Option<Notice>> {
    seen_by!(db, person).filter(notifications::id.eq(id)).select(columns!()).first(db).optional()
}

/// Notes that `person` has read it, as it is now.
pub fn read(tx: &mut Tx, person: AccountId, notice: &Notice) -> QueryResult<()> {
    use notification_reads::dsl;
    let row = (dsl::account_id.eq(person), dsl::notification_id.eq(notice.id), dsl::count.eq(notice.count));
    let set = dsl::count.eq(notice.count);
    crate::upsert!(tx.db, dsl::notification_reads, row, (dsl::account_id, dsl::notification_id), set)?;
    tx.announce(Event::NoticesOf(person));
    Ok(())
}

/// Notes that `person` has read everything.
pub fn read_all(tx: &mut Tx, person: &Person, now: NaiveDateTime) -> QueryResult<()> {
    for notice in unread(tx.db, person, AT_ONCE, now)? {
        read(tx, person.id, &notice)?;
    }
    tx.announce(Event::NoticesOf(person.id));
    Ok(())
}

/// Removes what is older than `before`, and what is more than is kept.
pub fn delete_old(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    let newest: Option<NotificationId> = notifications::table.select(max(notifications::id)).first(db)?;
    let least = NotificationId(newest.map_or(0, |id| id.0) - MOST);
    let is_over = notifications::state_key.eq("").or(notifications::over_at.is_not_null());
    let is_old = notifications::at.lt(before).or(notifications::id.le(least));
    diesel::delete(notification_keys::table.filter(notification_keys::at.lt(before))).execute(db)?;
    diesel::delete(notifications::table.filter(is_over).filter(is_old)).execute(db)
}
