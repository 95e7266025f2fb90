//! Brings letters in, one after another. The place in the mailbox moves only when a letter's recordings and its row
//! are safe: whatever breaks off before that is read again and found to be there already.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::web::Bytes;
use secrecy::SecretString;

use super::queries::{self, LetterNote, Position};
use super::{choose, file_name};
use crate::app::App;
use crate::domain::recording::{RecordingSource, RecordingState};
use crate::domain::zone;
use crate::integrations::mail::letter::{self, Attached, Head, Letter, ReadError};
use crate::integrations::mail::session::{FetchError, Fetched, LETTER_MAX};
use crate::integrations::mail::settings::{self, Mailbox};
use crate::integrations::mail::spool::Spool;
use crate::integrations::mail::{MailError, Session};
use crate::platform::error::AppError;
use crate::platform::sound::{SNIFFED_BYTES, sniff};
use crate::recordings::KeepError;
use crate::recordings::by_mail::queries::places;
use crate::recordings::queries::NewRecording;
use crate::recordings::store::{Keep, keep};

/// What a look into the mailbox came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxLook {
    /// Letters of the telephony that were read.
    pub letters: u32,
    /// Recordings that were new.
    pub recordings: u32,
    /// Letters that could not be read.
    pub failed: u32,
}

/// The settings a look needs; `None` when the mailbox is not to be watched.
pub fn settings(app: &App) -> Result<Option<(Mailbox, SecretString)>, AppError> {
    let cipher = app.cipher.clone();
    let (mailbox, password) =
        app.db.read_now(|db| Ok((settings::read(db)?, settings::password(db, &cipher)?)))?;
    Ok(password.filter(|_| mailbox.enabled).map(|password| (mailbox, password)))
}

/// Takes every letter that has come since the last look. `validity` is the folder's as it was opened. Blocks.
///
/// # Errors
/// In words; what was taken before stays taken.
pub fn new_letters(
    app: &App,
    session: &mut Session,
    mailbox: &Mailbox,
    validity: u32,
) -> Result<MailboxLook, MailError> {
    let mut taken = MailboxLook::default();
    // What comes while letters are read is told in between their answers, where nobody listens: asked until nothing is
    // new, so that waiting for news begins with none missed.
    while batch(app, session, mailbox, validity, &mut taken)? && !*app.stop.borrow() {}
    Ok(taken)
}

/// True when there are letters nobody has looked at.
///
/// # Errors
/// In words.
pub fn has_news(app: &App, session: &mut Session, validity: u32) -> Result<bool, MailError> {
    Ok(!session.after(position(app, validity)?.uid)?.is_empty())
}

/// How far the mailbox was read. Another numbering: from the beginning, and letters are known again by their own names.
fn position(app: &App, validity: u32) -> Result<Position, MailError> {
    let known = app.db.read_now(|db| Ok(queries::position(db)?)).map_err(ours)?;
    Ok(known
        .filter(|position| position.uid_validity == validity)
        .unwrap_or(Position { uid_validity: validity, uid: 0 }))
}

/// Takes what is new; `false` when nothing was.
fn batch(
    app: &App,
    session: &mut Session,
    mailbox: &Mailbox,
    validity: u32,
    taken: &mut MailboxLook,
) -> Result<bool, MailError> {
    let mut position = position(app, validity)?;
    let uids = session.after(position.uid)?;
    let is_news = !uids.is_empty();
    for uid in uids {
        if *app.stop.borrow() {
            break;
        }
        let place = Position { uid, ..position };
        let is_begun = app.db.read_now(|db| Ok(queries::begun(db)? == Some(place))).map_err(ours)?;
        if is_begun {
            set_aside(app, place, taken)?;
        } else {
            begin(app, Some(place))?;
            let outcome = one(app, session, mailbox, place, taken);
            begin(app, None)?;
            outcome?;
        }
        position.uid = uid;
        let now = app.clock.now();
        app.db.write_now(|tx| Ok(queries::move_to(tx.db, position, now)?)).map_err(ours)?;
    }
    Ok(is_news)
}

/// Notes which letter is being read, so that one that ends the process is known when the next one begins.
fn begin(app: &App, place: Option<Position>) -> Result<(), MailError> {
    let now = app.clock.now();
    app.db.write_now(|tx| Ok(queries::begin(tx.db, place, now)?)).map_err(ours)
}

/// Passes over a letter at which the program ended: it would end there at every start.
fn set_aside(app: &App, place: Position, taken: &mut MailboxLook) -> Result<(), MailError> {
    taken.failed += 1;
    let about = Head { key: own_key(place), ..Head::default() };
    note(
        app,
        &about,
        &format!("на письме {} программа прервалась; оно отложено, посмотрите его в ящике", place.uid),
    )?;
    begin(app, None)
}

/// Names a letter that is not read whole.
fn own_key(place: Position) -> String {
    format!("{}:{}:", place.uid_validity, place.uid)
}

fn one(
    app: &App,
    session: &mut Session,
    mailbox: &Mailbox,
    place: Position,
    taken: &mut MailboxLook,
) -> Result<(), MailError> {
    let uid = place.uid;
    let Some((size, header)) = session.head(uid)? else { return absent(session, uid) };
    let about = Head { key: own_key(place), ..letter::head(&header) };
    if !mailbox.is_sender(&about.sender) {
        return Ok(());
    }
    let too_large = |taken: &mut MailboxLook| {
        taken.failed += 1;
        note(app, &about, &format!("письмо больше {} МБ", LETTER_MAX / 1024 / 1024))
    };
    if size > LETTER_MAX {
        return too_large(taken);
    }
    let mut spool = Spool::new(&app.config.data_dir).map_err(disk)?;
    match session.fetch(uid, size, &mut spool) {
        Ok(Fetched::Whole) => {}
        Ok(Fetched::Absent) => return absent(session, uid),
        Ok(Fetched::TooLarge) => return too_large(taken),
        Err(FetchError::Mail(error)) => return Err(error),
        Err(FetchError::Disk(error)) => return Err(disk(error)),
    }
    let raw = spool.since(0);
    // What breaks its reader is a letter that cannot be read, and stands in nobody's way.
    let read = catch_unwind(AssertUnwindSafe(|| letter::read(&raw, &mut spool)));
    match read.unwrap_or_else(|_| Err(ReadError::Refused("письмо не читается".to_owned()))) {
        Ok(letter) => {
            let is_known =
                app.db.read_now(|db| Ok(queries::is_taken(db, &letter.head.key)?)).map_err(ours)?;
            if !is_known {
                keep_all(app, &letter, taken)?;
            }
        }
        Err(ReadError::Refused(trouble)) => {
            taken.failed += 1;
            note(app, &about, &trouble)?;
        }
        Err(ReadError::Disk(error)) => return Err(disk(error)),
    }
    if mailbox.marks_seen {
        session.mark_seen(uid)?;
    }
    Ok(())
}

/// The letter is read again when there is room for it.
fn disk(error: io::Error) -> MailError {
    tracing::error!(%error, "a letter cannot be laid into DATA_DIR");
    MailError::passing("Для письма нет места на диске")
}

/// What an answer without the letter means: it is gone, or the server owes it and the place must not move.
fn absent(session: &mut Session, uid: u32) -> Result<(), MailError> {
    match session.has(uid)? {
        true => Err(MailError::passing("Сервер не отдал письмо, попробуем ещё раз")),
        false => Ok(()),
    }
}

/// Keeps the sounds of a letter, then notes the letter.
fn keep_all(app: &App, letter: &Letter, taken: &mut MailboxLook) -> Result<(), MailError> {
    taken.letters += 1;
    let mut trouble = String::new();
    for sound in &letter.sounds {
        match keep_one(app, sound) {
            Ok(is_new) => taken.recordings += u32::from(is_new),
            // The letter is read again another time: nothing is noted.
            Err(error) if error.is_passing() => {
                return Err(MailError::passing(format!("Запись не сохраняется: {}", error.words())));
            }
            Err(error) => trouble = format!("{}: {}", sound.name, error.words()),
        }
    }
    if trouble.is_empty() && !letter.unknown.is_empty() {
        trouble = format!("записи не распознаны: {}", letter.unknown.join(", "));
    }
    // Kept, and told of: whoever wonders why it does not play finds it here.
    let mut unplayed = Vec::new();
    for sound in &letter.sounds {
        let head = sound.content.head(SNIFFED_BYTES).map_err(disk)?;
        if sniff(&head).is_some_and(|kind| !kind.is_played_everywhere()) {
            unplayed.push(&*sound.name);
        }
    }
    if trouble.is_empty() && !unplayed.is_empty() {
        trouble =
            format!("сохранены, но играют не в каждом браузере, их можно скачать: {}", unplayed.join(", "));
    }
    taken.failed += u32::from(!trouble.is_empty());
    note(app, &letter.head, &trouble)
}

/// Keeps a sound; `true` when it was new.
fn keep_one(app: &App, sound: &Attached) -> Result<bool, KeepError> {
    let told = file_name::read(&sound.name);
    let business = app.config.business_zone;
    let recorded_at = told.local.map(|local| zone::utc(local, business));
    let placed = app.db.read_now(|db| {
        let number = match &places::foreign(db, &told.numbers)?[..] {
            [only] => Some(only.clone()),
            _ => None,
        };
        let call = match (&number, recorded_at) {
            (Some(number), Some(at)) => {
                choose::choose(at, told.extension.as_deref(), &places::candidates(db, number, at)?)
            }
            _ => None,
        };
        let known = match call {
            Some(call) => places::of_call(db, call)?,
            None => Vec::new(),
        };
        Ok((number, call, known))
    });
    let (client_number, call_id, known) = placed?;
    let of_cloud = known.iter().filter(|r| r.source == RecordingSource::Api);
    let mut same = of_cloud
        .filter(|r| r.extension.is_none() || told.extension.is_none() || r.extension == told.extension);
    let what = match same.next() {
        // The cloud has brought this conversation already.
        Some(there) if there.state == RecordingState::Ready => return Ok(false),
        // The cloud has told of it and not given it: here it is.
        Some(awaited) if matches!(awaited.state, RecordingState::Awaited | RecordingState::Failed) => {
            Keep::Known(awaited.id)
        }
        _ => Keep::New(NewRecording {
            source: RecordingSource::Mail,
            call_id,
            extension: told.extension.clone(),
            client_number,
            // When a letter was sent says nothing of when the talk began.
            recorded_at,
            original_name: sound.name.clone(),
        }),
    };
    let chunks = sound.content.clone().chunks().map(|chunk| chunk.map(Bytes::from));
    let stream = futures_util::stream::iter(chunks);
    let kept = app.mail.runtime().block_on(keep(app, what, stream))?;
    Ok(matches!(kept, crate::recordings::store::Kept::New(_)))
}

fn note(app: &App, letter: &Head, trouble: &str) -> Result<(), MailError> {
    let now = app.clock.now();
    let seen = LetterNote { key: &letter.key, sender: &letter.sender, subject: &letter.subject, trouble };
    app.db.write_now(|tx| Ok(queries::note_letter(tx, &seen, now)?)).map_err(ours)
}

pub(super) fn ours(error: AppError) -> MailError {
    tracing::warn!(%error, "the mailbox waits for the database");
    MailError::passing("База данных не отвечает")
}

/// Connects, looks once and leaves; for «Проверить сейчас» and tests. Blocks.
///
/// # Errors
/// In words.
pub fn look(app: &App, mailbox: &Mailbox, password: &SecretString) -> Result<MailboxLook, MailError> {
    let mut session = Session::connect(mailbox, password, app.config.extra_ca_file.as_deref())?;
    let folder = session.open(mailbox.marks_seen)?;
    let taken = new_letters(app, &mut session, mailbox, folder.validity);
    session.leave();
    taken
}
