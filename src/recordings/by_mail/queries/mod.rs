//! SQL of the mailbox: where it was read to, which letters are taken, who watches, how it goes.

pub mod places;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::platform::db::schema::mail_letters;
use crate::platform::db::{Db, Tx, portable};
use crate::platform::live::Event;
use crate::platform::settings;

const POSITION: &str = "mail.position";
const BEGUN: &str = "mail.begun";
const LEASE: &str = "mail.lease";
const HEALTH: &str = "mail.health";

/// How far the mailbox was read: everything up to `uid` is taken, while the mailbox has this validity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Changes when the server numbers the letters anew.
    pub uid_validity: u32,
    /// The last letter seen to.
    pub uid: u32,
}

/// How it goes, for the page and for who watches over sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// When the mailbox was last read without trouble, UTC.
    pub good_at: Option<NaiveDateTime>,
    /// Why it cannot be read now; empty when it can.
    pub trouble: String,
    /// Since when, UTC.
    pub trouble_since: Option<NaiveDateTime>,
}

#[derive(Serialize, Deserialize)]
struct Lease {
    owner: String,
    until: NaiveDateTime,
}

/// How far the mailbox was read.
pub fn position(db: &mut Db) -> QueryResult<Option<Position>> {
    settings::read_json(db, POSITION)
}

/// Moves on.
pub fn move_to(db: &mut Db, position: Position, now: NaiveDateTime) -> QueryResult<()> {
    settings::put_json(db, POSITION, &position, now)
}

/// The letter that is being read, or was when the program ended.
pub fn begun(db: &mut Db) -> QueryResult<Option<Position>> {
    settings::read_json(db, BEGUN)
}

/// Notes the letter that is being read; `None` when its reading is over, well or not.
pub fn begin(db: &mut Db, place: Option<Position>, now: NaiveDateTime) -> QueryResult<()> {
    match place {
        Some(place) => settings::put_json(db, BEGUN, &place, now),
        None => settings::remove(db, BEGUN),
    }
}

/// Forgets how far the mailbox was read: another mailbox is another world.
pub fn forget_position(db: &mut Db) -> QueryResult<()> {
    settings::remove(db, POSITION)
}

/// How it goes.
pub fn health(db: &mut Db) -> QueryResult<Health> {
    Ok(settings::read_json(db, HEALTH)?.unwrap_or_default())
}

/// Notes how it goes; `trouble` is empty when all is well. Tells the pages only when that has changed.
pub fn note_health(tx: &mut Tx, trouble: &str, now: NaiveDateTime) -> QueryResult<()> {
    let was = health(tx.db)?;
    let is = if trouble.is_empty() {
        Health { good_at: Some(now), ..Health::default() }
    } else {
        Health {
            good_at: was.good_at,
            trouble: trouble.to_owned(),
            trouble_since: was.trouble_since.filter(|_| !was.trouble.is_empty()).or(Some(now)),
        }
    };
    settings::put_json(tx.db, HEALTH, &is, now)?;
    if was.trouble != is.trouble {
        tx.announce(Event::Mail);
    }
    Ok(())
}

/// Makes `owner` the one process that reads the mailbox, until a moment; `false` while another one is.
pub fn take_lease(db: &mut Db, owner: &str, now: NaiveDateTime, until: NaiveDateTime) -> QueryResult<bool> {
    portable::lock(db, LEASE)?;
    let held: Option<Lease> = settings::read_json(db, LEASE)?;
    if held.is_some_and(|lease| lease.owner != owner && lease.until > now) {
        return Ok(false);
    }
    settings::put_json(db, LEASE, &Lease { owner: owner.to_owned(), until }, now)?;
    Ok(true)
}

/// Gives the mailbox to whoever wants it.
pub fn give_up_lease(db: &mut Db, owner: &str) -> QueryResult<()> {
    let held: Option<Lease> = settings::read_json(db, LEASE)?;
    if held.is_some_and(|lease| lease.owner == owner) {
        settings::remove(db, LEASE)?;
    }
    Ok(())
}

/// True when a letter of this name was taken before.
pub fn is_taken(db: &mut Db, key: &str) -> QueryResult<bool> {
    let same = mail_letters::table.filter(mail_letters::message_key.eq(key.to_owned()));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

crate::text_enum! {
    /// What became of a letter.
    LetterState {
        /// It was read.
        Taken = "taken",
        /// It could not be read; the words say why.
        Failed = "failed",
    }
}

/// A letter that was seen to.
pub struct LetterNote<'a> {
    /// Its name.
    pub key: &'a str,
    /// Who sent it.
    pub sender: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Why it could not be read; empty when it was.
    pub trouble: &'a str,
}

/// Notes a letter; one that is noted already stays as it is.
pub fn note_letter(tx: &mut Tx, letter: &LetterNote, now: NaiveDateTime) -> QueryResult<()> {
    let row = (
        mail_letters::message_key.eq(letter.key),
        mail_letters::state.eq(if letter.trouble.is_empty() {
            LetterState::Taken
        } else {
            LetterState::Failed
        }),
        mail_letters::sender.eq(letter.sender),
        mail_letters::subject.eq(letter.subject),
        mail_letters::words.eq(letter.trouble),
        mail_letters::taken_at.eq(now),
    );
    if crate::insert_new!(tx.db, mail_letters::table, row, mail_letters::message_key)? {
        tx.announce(Event::Mail);
    }
    Ok(())
}

/// How many letters could not be read, or not wholly, since a moment.
pub fn failed_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    mail_letters::table
        // Spelled out, because a bound value would hide the index from SQLite.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'failed'"))
        .filter(mail_letters::taken_at.ge(since))
        .count()
        .get_result(db)
}

/// Letters that could not be read, the newest.
pub fn failed(db: &mut Db, limit: i64) -> QueryResult<Vec<(String, String, String, NaiveDateTime)>> {
    mail_letters::table
        // Spelled out, because a bound value would hide the index from SQLite.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'failed'"))
        .order(mail_letters::id.desc())
        .limit(limit)
        .select((mail_letters::sender, mail_letters::subject, mail_letters::words, mail_letters::taken_at))
        .load(db)
}
