//! The conversation with the mailbox. The only file that knows the library `imap`, with which its weakness stays here:
//! it panics at answers it does not expect and reads a line however long it is. So every question is asked through
//! [`Session::ask`], which holds a panic back and allows the answer so many bytes and so much time.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use imap::extensions::idle::{SetReadTimeout, WaitOutcome};
use secrecy::{ExposeSecret, SecretString};

use super::connect::{self, Allowance, MailError, Stream};
use super::settings::{Mailbox, Secure};

/// Letters are looked for in this folder.
const FOLDER: &str = "INBOX";
/// Larger letters are not read: three hours of telephone in MP3 are less.
pub const LETTER_MAX: u64 = 80 * 1024 * 1024;
/// A letter is fetched in pieces of so many bytes.
const PIECE: u64 = 1024 * 1024;

/// Bytes of a greeting and of the answers to a sign-in.
const GREETING_BYTES: u64 = 64 * 1024;
/// Bytes of an answer: numbers of a million letters.
const ANSWER_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of an answer with a letter, or a piece of one: a server that gives no pieces gives all at once.
const LETTER_BYTES: u64 = LETTER_MAX + ANSWER_BYTES;

impl SetReadTimeout for Stream {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> imap::error::Result<()> {
        self.wait_for(timeout).map_err(imap::Error::Io)
    }
}

/// A folder as it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Changes when the server numbers the letters anew.
    pub validity: u32,
    /// Letters in it.
    pub letters: u32,
}

/// What came of fetching a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It is there to its end.
    Whole,
    /// The answer did not hold it.
    Absent,
    /// It is longer than [`LETTER_MAX`], whatever was said of it before.
    TooLarge,
}

/// Why a letter could not be fetched.
#[derive(Debug)]
pub enum FetchError {
    /// The mailbox.
    Mail(MailError),
    /// What it is written to.
    Disk(io::Error),
}

/// A connection to a mailbox, signed in.
pub struct Session {
    inner: imap::Session<Stream>,
    allowance: Arc<Allowance>,
}

impl Session {
    /// Connects and signs in. `extra_ca` names a file of further trusted authorities.
    ///
    /// # Errors
    /// In words: which of name, connection, certificate, protocol or password it was.
    pub fn connect(
        mailbox: &Mailbox,
        password: &SecretString,
        extra_ca: Option<&Path>,
    ) -> Result<Self, MailError> {
        let stream = connect::open(mailbox, extra_ca)?;
        let allowance = stream.allowance();
        let inner = guarded(&allowance, GREETING_BYTES, || {
            let mut client = imap::Client::new(stream);
            if mailbox.secure() != Secure::StartTls {
                client.read_greeting()?;
            }
            client.login(&mailbox.user, password.expose_secret()).map_err(|(error, _)| error)
        });
        let inner = inner.map_err(|error| match error {
            Trouble::Said(imap::Error::No(_) | imap::Error::Bad(_)) => {
                MailError::lasting("Логин или пароль не подошли")
            }
            other => other.words(),
        })?;
        Ok(Self { inner, allowance })
    }

    /// Asks, and forgets what the server has told unasked: nobody listens to that.
    fn ask<T>(
        &mut self,
        bytes: u64,
        question: impl FnOnce(&mut imap::Session<Stream>) -> imap::error::Result<T>,
    ) -> Result<T, Trouble> {
        let inner = &mut self.inner;
        let answer = guarded(&self.allowance, bytes, || question(inner));
        while self.inner.unsolicited_responses.try_recv().is_ok() {}
        answer
    }

    /// Opens the folder: to look only, unless `to_change`.
    ///
    /// # Errors
    /// When there is none, or its letters are not numbered.
    pub fn open(&mut self, to_change: bool) -> Result<Folder, MailError> {
        let opened = self.ask(ANSWER_BYTES, |session| match to_change {
            true => session.select(FOLDER),
            false => session.examine(FOLDER),
        });
        let folder = opened.map_err(|error| match error {
            Trouble::Said(imap::Error::No(_)) => MailError::lasting(format!("Нет папки {FOLDER}")),
            other => other.words(),
        })?;
        let validity = folder
            .uid_validity
            .ok_or_else(|| MailError::lasting("Сервер не нумерует письма (нет UIDVALIDITY)"))?;
        Ok(Folder { validity, letters: folder.exists })
    }

    /// Numbers of the letters behind `uid`, in their order.
    ///
    /// # Errors
    /// In words.
    pub fn after(&mut self, uid: u32) -> Result<Vec<u32>, MailError> {
        let range = format!("UID {}:*", u64::from(uid) + 1);
        let found = self.ask(ANSWER_BYTES, |session| session.uid_search(range));
        // «8:*» finds the last letter even when its number is less.
        let mut uids: Vec<u32> =
            found.map_err(Trouble::words)?.into_iter().filter(|found| *found > uid).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// True when there is a letter of this number.
    ///
    /// # Errors
    /// In words.
    pub fn has(&mut self, uid: u32) -> Result<bool, MailError> {
        let found = self.ask(ANSWER_BYTES, |session| session.uid_search(format!("UID {uid}")));
        Ok(found.map_err(Trouble::words)?.contains(&uid))
    }

    /// Size and header (who, what about, when) of a letter; `None` when the answer did not hold them.
    ///
    /// # Errors
    /// In words.
    pub fn head(&mut self, uid: u32) -> Result<Option<(u64, Vec<u8>)>, MailError> {
        const WHAT: &str = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID DATE)])";
        let heads = self.ask(ANSWER_BYTES, |session| session.uid_fetch(uid.to_string(), WHAT));
        // An answer is the item that carries what was asked: the server may tell of flags of the same letter in between.
        let heads = heads.map_err(Trouble::words)?;
        let asked = heads.iter().filter(|head| head.uid == Some(uid));
        let mut asked = asked
            .filter_map(|head| Some((u64::from(head.size.unwrap_or_default()), head.header()?.to_vec())));
        Ok(asked.next())
    }

    /// Writes the letter `uid`, which is said to be `size` bytes long, to `sink`, a piece at a time.
    ///
    /// # Errors
    /// Of the mailbox or of `sink`; what was written is of no use then.
    pub fn fetch(&mut self, uid: u32, size: u64, sink: &mut impl Write) -> Result<Fetched, FetchError> {
        let mut fetched = 0;
        loop {
            let is_small = fetched == 0 && size < PIECE;
            let what = match is_small {
                true => "(UID BODY.PEEK[])".to_owned(),
                false => format!("(UID BODY.PEEK[]<{fetched}.{PIECE}>)"),
            };
            let answer = self.ask(LETTER_BYTES, |session| session.uid_fetch(uid.to_string(), what));
            let items = answer.map_err(|error| FetchError::Mail(error.words()))?;
            let body = items.iter().filter(|item| item.uid == Some(uid)).find_map(|item| item.body());
            let Some(body) = body else {
                // Behind the end some servers give an empty piece and some none.
                let is_there = fetched > 0 && fetched >= size;
                return Ok(if is_there { Fetched::Whole } else { Fetched::Absent });
            };
            fetched += body.len() as u64;
            if fetched > LETTER_MAX {
                return Ok(Fetched::TooLarge);
            }
            sink.write_all(body).map_err(FetchError::Disk)?;
            // More than was asked for is all there is.
            if is_small || body.len() as u64 != PIECE {
                return Ok(Fetched::Whole);
            }
        }
    }

    /// Marks a letter as read.
    ///
    /// # Errors
    /// In words.
    pub fn mark_seen(&mut self, uid: u32) -> Result<(), MailError> {
        let marked =
            self.ask(ANSWER_BYTES, |session| session.uid_store(uid.to_string(), "+FLAGS.SILENT (\\Seen)"));
        marked.map(drop).map_err(Trouble::words)
    }

    /// True when the server tells of news by itself.
    pub fn has_idle(&mut self) -> bool {
        self.ask(GREETING_BYTES, |session| Ok(session.capabilities()?.has_str("IDLE"))).unwrap_or(false)
    }

    /// Waits for news so long; `true` when there are some.
    ///
    /// # Errors
    /// In words.
    pub fn wait(&mut self, time: Duration) -> Result<bool, MailError> {
        let waited = self.ask(ANSWER_BYTES, |session| session.idle()?.wait_with_timeout(time));
        Ok(waited.map_err(Trouble::words)? == WaitOutcome::MailboxChanged)
    }

    /// Says goodbye.
    pub fn leave(mut self) {
        let _ = self.ask(GREETING_BYTES, |session| session.logout());
    }
}

/// What went wrong with a question.
enum Trouble {
    Said(imap::Error),
    /// The library met what its authors did not think of.
    Panic,
}

fn guarded<T>(
    allowance: &Allowance,
    bytes: u64,
    question: impl FnOnce() -> imap::error::Result<T>,
) -> Result<T, Trouble> {
    allowance.grant(bytes);
    // Nothing is asked of a session after a panic: whoever hears of trouble connects anew.
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(answer) => answer.map_err(Trouble::Said),
        Err(_) => Err(Trouble::Panic),
    }
}

impl Trouble {
    fn words(self) -> MailError {
        let Self::Said(error) = self else {
            return MailError::passing("Непонятный ответ почтового сервера");
        };
        match &error {
            imap::Error::Io(error) => connect::broken(error),
            imap::Error::ConnectionLost => MailError::passing("Почтовый сервер оборвал соединение"),
            imap::Error::Parse(_) => connect::not_imap(),
            imap::Error::No(_) | imap::Error::Bad(_) => MailError::passing("Почтовый сервер отказал"),
            _ => MailError::passing("Непонятный ответ почтового сервера"),
        }
    }
}
