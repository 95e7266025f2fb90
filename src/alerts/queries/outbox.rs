//! Messages on their way to people outside: stored before they are sent, sent by one process, and kept for a while.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::alerts::Item;
use crate::domain::id::{OutgoingId, RecipientId};
use crate::domain::notice::{Channel, NoticeKind, OutState};
use crate::platform::db::schema::{notification_outbox as outbox, notification_recipients as recipients};
use crate::platform::db::{Db, Tx, stored};
use crate::platform::live::Event;

/// Lines that are written into one message; further ones are counted.
const LINES: usize = 15;

/// A message that was claimed and is to be sent now.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The row.
    pub id: OutgoingId,
    /// Names the message, the same for each attempt.
    pub key: String,
    /// To whom.
    pub recipient: RecipientId,
    /// The way.
    pub channel: Channel,
    /// A chat or an e-mail address.
    pub address: String,
    /// What about.
    pub kind: NoticeKind,
    /// Its title; empty for that of its kind.
    pub title: String,
    /// Its lines.
    pub items: Vec<Item>,
    /// How many lines there would be.
    pub total: i64,
    /// Attempts with this one.
    pub attempts: i64,
    /// It may have arrived already.
    pub is_again: bool,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Sent,
    /// Not yet; when next, and why.
    Later(NaiveDateTime, String),
    /// Not yet, and nothing was wrong with the attempt: it does not count.
    Waits(NaiveDateTime, String),
    /// Never, and why.
    Failed(String),
}

/// Puts a line into a message of its kind to `recipient`: into one that still waits for others, or into a new one.
pub fn add(
    tx: &mut Tx,
    recipient: RecipientId,
    kind: NoticeKind,
    key: &str,
    item: &Item,
    now: NaiveDateTime,
) -> QueryResult<()> {
    tx.announce(Event::Outbox);
    let waiting: Option<(OutgoingId, String, i64)> = outbox::table
        .filter(outbox::recipient_id.eq(recipient).and(outbox::kind.eq(kind)))
        .filter(outbox::state.eq(OutState::Queued).and(outbox::is_again.eq(false)))
        .order(outbox::id.desc())
        .select((outbox::id, outbox::items, outbox::total))
        .first(tx.db)
        .optional()?;
    if let Some((id, items, total)) = waiting {
        let mut items: Vec<Item> = stored::from_json(&items, "notification_outbox.items", key)?;
        if items.len() < LINES {
            items.push(item.clone());
        }
        // Not when somebody has begun to send it or has added a line since it was read.
        let same =
            outbox::table.find(id).filter(outbox::state.eq(OutState::Queued).and(outbox::total.eq(total)));
        let set = (outbox::items.eq(stored::to_json(&items)?), outbox::total.eq(total + 1));
        if diesel::update(same).set(set).execute(tx.db)? > 0 {
            return Ok(());
        }
    }
    let (hold, gap) = kind.pace();
    let before: Option<NaiveDateTime> = outbox::table
        .filter(outbox::recipient_id.eq(recipient).and(outbox::kind.eq(kind)))
        .filter(outbox::created_at.gt(now - Duration::seconds(gap + hold)))
        .select(diesel::dsl::max(outbox::next_at))
        .first(tx.db)?;
    let earliest = now + Duration::seconds(hold);
    let next_at = before.map_or(earliest, |at| earliest.max(at + Duration::seconds(gap)));
    put(tx, recipient, kind, (key, ""), std::slice::from_ref(item), (now, next_at)).map(|_| ())
}

/// Queues a message of its own; `false` when there is one of this key.
pub fn put(
    tx: &mut Tx,
    recipient: RecipientId,
    kind: NoticeKind,
    (key, title): (&str, &str),
    items: &[Item],
    (now, next_at): (NaiveDateTime, NaiveDateTime),
) -> QueryResult<bool> {
    let row = (
        outbox::recipient_id.eq(recipient),
        outbox::key.eq(key),
        outbox::kind.eq(kind),
        outbox::title.eq(title),
        outbox::items.eq(stored::to_json(&items)?),
        outbox::total.eq(i64::try_from(items.len()).unwrap_or(i64::MAX)),
        outbox::state.eq(OutState::Queued),
        outbox::created_at.eq(now),
        outbox::next_at.eq(next_at),
    );
    let is_new = crate::insert_new!(tx.db, outbox::table, row, outbox::key)?;
    tx.announce(Event::Outbox);
    Ok(is_new)
}

/// Messages of a way whose time has come, the oldest first. Those of recipients who are switched off wait.
pub fn due(db: &mut Db, channel: Channel, now: NaiveDateTime, limit: i64) -> QueryResult<Vec<OutgoingId>> {
    outbox::table
        .inner_join(recipients::table)
        .filter(outbox::state.eq(OutState::Queued).and(outbox::next_at.le(now)))
        .filter(recipients::channel.eq(channel).and(recipients::is_active.eq(true)))
        .order((outbox::next_at, outbox::id))
        .limit(limit)
        .select(outbox::id)
        .load(db)
}

/// Takes a message to send it; nothing when another process was faster, or it is not to be sent any more.
pub fn claim(tx: &mut Tx, id: OutgoingId, now: NaiveDateTime) -> QueryResult<Option<Claimed>> {
    let queued =
        outbox::table.find(id).filter(outbox::state.eq(OutState::Queued).and(outbox::next_at.le(now)));
    let set = (
        outbox::state.eq(OutState::Sending),
        outbox::claimed_at.eq(now),
        outbox::attempts.eq(outbox::attempts + 1),
    );
    if diesel::update(queued).set(set).execute(tx.db)? == 0 {
        return Ok(None);
    }
    type Row = (
        (OutgoingId, String, RecipientId, Channel, String, NoticeKind),
        (String, String, i64, i64, bool, NaiveDateTime),
    );
    let ((id, key, recipient, channel, address, kind), (title, items, total, attempts, is_again, created_at)): Row =
        outbox::table
            .inner_join(recipients::table)
            .filter(outbox::id.eq(id))
            .select((
                (
                    outbox::id,
                    outbox::key,
                    recipients::id,
                    recipients::channel,
                    recipients::address,
                    outbox::kind,
                ),
                (
                    outbox::title,
                    outbox::items,
                    outbox::total,
                    outbox::attempts,
                    outbox::is_again,
                    outbox::created_at,
                ),
            ))
            .first(tx.db)?;
    let items = stored::from_json(&items, "notification_outbox.items", &key)?;
    let claimed = Claimed {
        id,
        key,
        recipient,
        channel,
        address,
        kind,
        title,
        items,
        total,
        attempts,
        is_again,
        created_at,
    };
    Ok(Some(claimed))
}

/// Queues again what a process that is no more began to send before `before`; it may have arrived, and says so.
pub fn take_back(tx: &mut Tx, before: NaiveDateTime, now: NaiveDateTime) -> QueryResult<usize> {
    let given_up =
        outbox::table.filter(outbox::state.eq(OutState::Sending).and(outbox::claimed_at.lt(before)));
    let set = (outbox::state.eq(OutState::Queued), outbox::is_again.eq(true), outbox::next_at.eq(now));
    let taken = diesel::update(given_up).set(set).execute(tx.db)?;
    if taken > 0 {
        tx.announce(Event::Outbox);
    }
    Ok(taken)
}

/// Whether there is anything for [`take_back`].
pub fn is_any_left(db: &mut Db, before: NaiveDateTime) -> QueryResult<bool> {
    let left = outbox::table.filter(outbox::state.eq(OutState::Sending).and(outbox::claimed_at.lt(before)));
    diesel::select(diesel::dsl::exists(left)).get_result(db)
}

/// Writes down what came of sending. `may_have_arrived`: the next attempt says so.
pub fn settle(
    tx: &mut Tx,
    id: OutgoingId,
    outcome: &Outcome,
    may_have_arrived: bool,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let ours = outbox::table.find(id).filter(outbox::state.eq(OutState::Sending));
    match outcome {
        Outcome::Sent => diesel::update(ours)
            .set((outbox::state.eq(OutState::Sent), outbox::error.eq(""), outbox::settled_at.eq(now)))
            .execute(tx.db)?,
        Outcome::Failed(why) => diesel::update(ours)
            .set((outbox::state.eq(OutState::Failed), outbox::error.eq(why), outbox::settled_at.eq(now)))
            .execute(tx.db)?,
        Outcome::Later(at, why) | Outcome::Waits(at, why) => {
            let counted = i64::from(matches!(outcome, Outcome::Later(..)));
            let set = (
                outbox::state.eq(OutState::Queued),
                outbox::error.eq(why),
                outbox::next_at.eq(*at),
                outbox::attempts.eq(outbox::attempts - 1 + counted),
            );
            diesel::update(ours).set(set).execute(tx.db)?;
            if may_have_arrived {
                diesel::update(outbox::table.find(id)).set(outbox::is_again.eq(true)).execute(tx.db)?;
            }
            0
        }
    };
    tx.announce(Event::Outbox);
    Ok(())
}

/// Lets everything of a way wait until then: it was asked to, or does not work.
pub fn postpone(tx: &mut Tx, channel: Channel, until: NaiveDateTime) -> QueryResult<usize> {
    let of_channel = recipients::table.filter(recipients::channel.eq(channel)).select(recipients::id);
    let waiting = outbox::table
        .filter(outbox::state.eq(OutState::Queued).and(outbox::next_at.lt(until)))
        .filter(outbox::recipient_id.eq_any(of_channel));
    diesel::update(waiting).set(outbox::next_at.eq(until)).execute(tx.db)
}

/// Whether there is such a message.
pub fn exists(db: &mut Db, id: OutgoingId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(outbox::table.find(id))).get_result(db)
}

/// «Отправить ещё раз»: what failed is queued anew; `false` when it has not failed.
pub fn again(tx: &mut Tx, id: OutgoingId, now: NaiveDateTime) -> QueryResult<bool> {
    let failed = outbox::table.find(id).filter(outbox::state.eq(OutState::Failed));
    let set = (
        outbox::state.eq(OutState::Queued),
        outbox::attempts.eq(0),
        outbox::created_at.eq(now),
        outbox::next_at.eq(now),
        outbox::settled_at.eq(None::<NaiveDateTime>),
    );
    let is_queued = diesel::update(failed).set(set).execute(tx.db)? > 0;
    tx.announce(Event::Outbox);
    Ok(is_queued)
}

/// A message as the page shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub id: OutgoingId,
    /// To whom.
    pub recipient: String,
    /// The way.
    pub channel: Channel,
    /// What about.
    pub kind: NoticeKind,
    /// Its title; empty for that of its kind.
    pub title: String,
    /// Its lines.
    pub items: Vec<Item>,
    /// How many lines there would be.
    pub total: i64,
    /// Where it is.
    pub state: OutState,
    /// So many attempts were made.
    pub attempts: i64,
    /// What was wrong with the last one.
    pub error: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// When it is tried next.
    pub next_at: NaiveDateTime,
    /// When it was taken or given up.
    pub settled_at: Option<NaiveDateTime>,
}

/// The newest messages.
pub fn newest(db: &mut Db, limit: i64) -> QueryResult<Vec<Shown>> {
    type Row = (
        (OutgoingId, String, Channel, NoticeKind, String, String),
        (i64, OutState, i64, String, NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>),
    );
    let rows: Vec<Row> = outbox::table
        .inner_join(recipients::table)
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .limit(limit)
        .select((
            (outbox::id, recipients::name, recipients::channel, outbox::kind, outbox::title, outbox::items),
            (
                outbox::total,
                outbox::state,
                outbox::attempts,
                outbox::error,
                outbox::created_at,
                outbox::next_at,
                outbox::settled_at,
            ),
        ))
        .load(db)?;
    let shown = |((id, recipient, channel, kind, title, items), rest): Row| {
        let (total, state, attempts, error, created_at, next_at, settled_at) = rest;
        let items = stored::from_json(&items, "notification_outbox.items", id)?;
        Ok(Shown {
            id,
            recipient,
            channel,
            kind,
            title,
            items,
            total,
            state,
            attempts,
            error,
            created_at,
            next_at,
            settled_at,
        })
    };
    rows.into_iter().map(shown).collect()
}

/// How many are in a state, of those made since `since`.
pub fn count(db: &mut Db, state: OutState, since: NaiveDateTime) -> QueryResult<i64> {
    outbox::table.filter(outbox::state.eq(state).and(outbox::created_at.ge(since))).count().get_result(db)
}

/// The last one of a way that was taken.
pub fn last_sent(db: &mut Db, channel: Channel) -> QueryResult<Option<NaiveDateTime>> {
    let last: Option<Option<NaiveDateTime>> = outbox::table
        .inner_join(recipients::table)
        .filter(outbox::state.eq(OutState::Sent).and(recipients::channel.eq(channel)))
        .order(outbox::created_at.desc())
        .select(outbox::settled_at)
        .first(db)
        .optional()?;
    Ok(last.flatten())
}

/// What is wrong with a way: the last words of a message that still waits.
pub fn trouble(db: &mut Db, channel: Channel) -> QueryResult<Option<String>> {
    outbox::table
        .inner_join(recipients::table)
        .filter(outbox::state.eq(OutState::Queued).and(outbox::error.ne("")))
        .filter(recipients::channel.eq(channel))
        .order(outbox::id.desc())
        .select(outbox::error)
        .first(db)
        .optional()
}

/// Removes what was made before `before`, wherever it is.
pub fn delete_old(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(outbox::table.filter(outbox::created_at.lt(before))).execute(db)
}

/// Those of `keys` there are messages of.
pub fn known(db: &mut Db, keys: &[String]) -> QueryResult<Vec<String>> {
    outbox::table.filter(outbox::key.eq_any(keys.to_vec())).select(outbox::key).load(db)
}
