//! The conversation with the mailbox. The only file that knows the library `imap`, with which its weakness stays here:
//! it panics at answers it does not expect and reads a line however long it is. So every question is asked through
//! [`guarded`], which holds a panic back and allows the answer so many bytes and so much time; what the answer says is
//! read by [`answer`].

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use imap::extensions::idle::{SetReadTimeout, WaitOutcome};
use secrecy::{ExposeSecret, SecretString};

use super::answer::{self, Answer};
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

/// What came of waiting for news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// There are some.
    News,
    /// The time is over.
    Nothing,
    /// The server does not tell by itself, whatever it promised. The session is of no use any more.
    Refused,
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

    /// Gives a command; what the server says to it is read by [`answer::read`].
    fn ask(&mut self, bytes: u64, command: &str) -> Result<Vec<u8>, Trouble> {
        let inner = &mut self.inner;
        guarded(&self.allowance, bytes, || inner.run_command_and_read_response(command))
    }

    /// Opens the folder: to look only, unless `to_change`.
    ///
    /// # Errors
    /// When there is none, or its letters are not numbered.
    pub fn open(&mut self, to_change: bool) -> Result<Folder, MailError> {
        let verb = if to_change { "SELECT" } else { "EXAMINE" };
        let said = self.ask(ANSWER_BYTES, &format!("{verb} {FOLDER}")).map_err(|error| match error {
            Trouble::Said(imap::Error::No(_)) => MailError::lasting(format!("Нет папки {FOLDER}")),
            other => other.words(),
        })?;
        let (mut validity, mut letters) = (None, 0);
        for answer in answer::read(&said) {
            let Answer::Line(line) = answer else { continue };
            validity = answer::code(line, "UIDVALIDITY").or(validity);
            if let [_, number, what, ..] = &answer::words(line)[..]
                && what == "EXISTS"
            {
                letters = number.parse().unwrap_or(letters);
            }
        }
        let validity =
            validity.ok_or_else(|| MailError::lasting("Сервер не нумерует письма (нет UIDVALIDITY)"))?;
        Ok(Folder { validity, letters })
    }

    /// Numbers of the letters behind `uid`, in their order.
    ///
    /// # Errors
    /// In words.
    pub fn after(&mut self, uid: u32) -> Result<Vec<u32>, MailError> {
        let mut uids = self.search(&format!("{}:*", u64::from(uid) + 1))?;
        // «8:*» finds the last letter even when its number is less.
        uids.retain(|found| *found > uid);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// True when there is a letter of this number.
    ///
    /// # Errors
    /// In words.
    pub fn has(&mut self, uid: u32) -> Result<bool, MailError> {
        Ok(self.search(&uid.to_string())?.contains(&uid))
    }

    fn search(&mut self, uids: &str) -> Result<Vec<u32>, MailError> {
        let said = self.ask(ANSWER_BYTES, &format!("UID SEARCH UID {uids}")).map_err(Trouble::words)?;
        let answers = answer::read(&said).into_iter();
        Ok(answers
            .filter_map(|answer| if let Answer::Found(uids) = answer { Some(uids) } else { None })
            .flatten()
            .collect())
    }

    /// Size and header (who, what about, when) of a letter; `None` when the answer did not hold them.
    ///
    /// # Errors
    /// In words.
    pub fn head(&mut self, uid: u32) -> Result<Option<(u64, Vec<u8>)>, MailError> {
        const WHAT: &str = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID DATE)])";
        let said = self.ask(ANSWER_BYTES, &format!("UID FETCH {uid} {WHAT}")).map_err(Trouble::words)?;
        // An answer is the item that carries what was asked: the server may tell of flags of the same letter in between.
        let mut found = answer::read(&said).into_iter().filter_map(|answer| match answer {
            Answer::Letter(item) if item.uid == Some(uid) => {
                Some((item.size.unwrap_or_default(), item.header?.into_owned()))
            }
            _ => None,
        });
        Ok(found.next())
    }

    /// Writes the letter `uid`, which is said to be `size` bytes long, to `sink`, a piece at a time.
    ///
    /// # Errors
    /// Of the mailbox or of `sink`; what was written is of no use then.
    pub fn fetch(&mut self, uid: u32, size: u64, sink: &mut impl Write) -> Result<Fetched, FetchError> {
        let mut fetched = 0;
        loop {
            let is_small = fetched == 0 && size < PIECE;
            let piece = if is_small { String::new() } else { format!("<{fetched}.{PIECE}>") };
            let said = self.ask(LETTER_BYTES, &format!("UID FETCH {uid} (UID BODY.PEEK[]{piece})"));
            let said = said.map_err(|error| FetchError::Mail(error.words()))?;
            let body = answer::read(&said).into_iter().find_map(|answer| match answer {
                Answer::Letter(item) if item.uid == Some(uid) => item.body,
                _ => None,
            });
            let Some(body) = body else {
                // Behind the end some servers give an empty piece and some none.
                let is_there = fetched > 0 && fetched >= size;
                return Ok(if is_there { Fetched::Whole } else { Fetched::Absent });
            };
            fetched += body.len() as u64;
            if fetched > LETTER_MAX {
                return Ok(Fetched::TooLarge);
            }
            sink.write_all(&body).map_err(FetchError::Disk)?;
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
        let marked = self.ask(ANSWER_BYTES, &format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)"));
        marked.map(drop).map_err(Trouble::words)
    }

    /// True when the server tells of news by itself.
    pub fn has_idle(&mut self) -> bool {
        let said = self.ask(GREETING_BYTES, "CAPABILITY").unwrap_or_default();
        answer::read(&said).into_iter().any(|answer| match answer {
            Answer::Line(line) => {
                let words = answer::words(line);
                words.get(1).is_some_and(|word| word == "CAPABILITY")
                    && words.iter().any(|word| word == "IDLE")
            }
            _ => false,
        })
    }

    /// Waits for news so long.
    ///
    /// # Errors
    /// Of the connection, in words.
    pub fn wait(&mut self, time: Duration) -> Result<Waited, MailError> {
        let inner = &mut self.inner;
        match guarded(&self.allowance, ANSWER_BYTES, || inner.idle()?.wait_with_timeout(time)) {
            Ok(WaitOutcome::MailboxChanged) => Ok(Waited::News),
            Ok(WaitOutcome::TimedOut) => Ok(Waited::Nothing),
            // The library takes any line before the «+» for the end of the world.
            Err(
                Trouble::Panic
                | Trouble::Said(imap::Error::No(_) | imap::Error::Bad(_) | imap::Error::Parse(_)),
            ) => Ok(Waited::Refused),
            Err(lost) => Err(lost.words()),
        }
    }

    /// Says goodbye.
    pub fn leave(mut self) {
        let _ = self.ask(GREETING_BYTES, "LOGOUT");
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
