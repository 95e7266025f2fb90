//! Who is told outside of the program.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::domain::id::{AccountId, RecipientId};
use crate::domain::notice::{Channel, NoticeKind};
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::notification_recipients as table;
use crate::platform::db::{Db, Tx, stored};
use crate::platform::live::Event;

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The row.
    pub id: RecipientId,
    /// What people call them.
    pub name: String,
    /// The way.
    pub channel: Channel,
    /// A chat of Telegram or an e-mail address.
    pub address: String,
    /// What they are told of.
    pub kinds: Vec<NoticeKind>,
    /// They are told at all.
    pub is_active: bool,
    /// Since when they are on the list.
    pub created_at: NaiveDateTime,
}

/// What a form says of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What people call them.
    pub name: String,
    /// The way.
    pub channel: Channel,
    /// A chat of Telegram or an e-mail address.
    pub address: String,
    /// What they are told of.
    pub kinds: Vec<NoticeKind>,
    /// They are told at all.
    pub is_active: bool,
}

type Row = (RecipientId, String, Channel, String, String, bool, NaiveDateTime);

macro_rules! select_rows {
    () => {
        table::table.select((
            table::id,
            table::name,
            table::channel,
            table::address,
            table::kinds,
            table::is_active,
            table::created_at,
        ))
    };
}

fn read((id, name, channel, address, kinds, is_active, created_at): Row) -> QueryResult<Recipient> {
    let names: Vec<String> = stored::from_json(&kinds, "kinds of notification_recipients", id)?;
    // A kind of another version of the program is none of ours.
    let kinds = names.iter().filter_map(|name| NoticeKind::parse(name)).collect();
    Ok(Recipient { id, name, channel, address, kinds, is_active, created_at })
}

fn written(kinds: &[NoticeKind]) -> QueryResult<String> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    stored::to_json(&names)
}

/// All, by name.
pub fn all(db: &mut Db) -> QueryResult<Vec<Recipient>> {
    let rows: Vec<Row> = select_rows!().order((table::name, table::id)).load(db)?;
    rows.into_iter().map(read).collect()
}

/// One.
pub fn by_id(db: &mut Db, id: RecipientId) -> QueryResult<Option<Recipient>> {
    let row: Option<Row> = select_rows!().filter(table::id.eq(id)).first(db).optional()?;
    row.map(read).transpose()
}

/// Those who are told of a kind.
pub fn of_kind(db: &mut Db, kind: NoticeKind) -> QueryResult<Vec<RecipientId>> {
    let rows: Vec<Row> = select_rows!().filter(table::is_active.eq(true)).order(table::id).load(db)?;
    let all: Vec<Recipient> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|one| one.kinds.contains(&kind)).map(|one| one.id).collect())
}

/// Adds one, or changes it; `false` when another one has the address.
pub fn save(
    tx: &mut Tx,
    id: Option<RecipientId>,
    wanted: &Wanted,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let set = (
        table::name.eq(&wanted.name),
        table::channel.eq(wanted.channel),
        table::address.eq(&wanted.address),
        table::kinds.eq(written(&wanted.kinds)?),
        table::is_active.eq(wanted.is_active),
    );
    let saved = diesel::Connection::transaction(&mut *tx.db, |db: &mut Db| match id {
        Some(id) => diesel::update(table::table.find(id)).set(set).execute(db),
        None => diesel::insert_into(table::table).values((set, table::created_at.eq(now))).execute(db),
    });
    match saved {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(false),
        outcome => outcome?,
    };
    let kinds: Vec<&str> = wanted.kinds.iter().map(|kind| kind.as_str()).collect();
    let detail = format!(
        "{} {}, {}: {}",
        wanted.channel.label(),
        wanted.address,
        if wanted.is_active { "включён" } else { "выключен" },
        kinds.join(" ")
    );
    audit::record(
        tx,
        &Entry { by, action: "notifications.recipient", subject: &wanted.name, detail: &detail },
        now,
    )?;
    tx.announce(Event::Outbox);
    Ok(true)
}

/// Gives a chat its new number; `false` when another recipient has it.
pub fn readdress(tx: &mut Tx, id: RecipientId, address: &str) -> QueryResult<bool> {
    let set = table::address.eq(address);
    let saved = diesel::Connection::transaction(&mut *tx.db, |db: &mut Db| {
        diesel::update(table::table.find(id)).set(set).execute(db)
    });
    tx.announce(Event::Outbox);
    match saved {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
        outcome => outcome.map(|_| true),
    }
}

/// Takes one off the list, with what waits for them.
pub fn delete(tx: &mut Tx, recipient: &Recipient, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    diesel::delete(table::table.find(recipient.id)).execute(tx.db)?;
    let detail = format!("{} {}", recipient.channel.label(), recipient.address);
    let entry =
        Entry { by, action: "notifications.recipient.delete", subject: &recipient.name, detail: &detail };
    audit::record(tx, &entry, now)?;
    tx.announce(Event::Outbox);
    Ok(())
}
