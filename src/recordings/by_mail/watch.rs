//! Watches the mailbox all the time: the server tells of new letters (IDLE), a look on schedule makes up for what it
//! does not tell, and a lost connection is made again with growing pauses. A thread of its own, because the protocol
//! blocks; of several processes one watches, by a lease in the database that runs out by itself.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use actix_web::web::Data;
use secrecy::SecretString;

use super::take::{self, ours};
use super::{places, queries};
use crate::app::App;
use crate::integrations::mail::settings::Mailbox;
use crate::integrations::mail::{MailError, Session, Waited};

/// The lease of the process that watches; renewed at every step.
const LEASE: chrono::Duration = chrono::Duration::seconds(90);
/// One wait for the server's notice; between two of them the watcher looks whether anything is asked of it.
const NOTICE: Duration = Duration::from_secs(10);
/// Pauses after a failure, in seconds.
const PAUSES: [u64; 6] = [2, 5, 15, 30, 60, 120];
/// Servers without IDLE are asked so often.
const WITHOUT_IDLE: Duration = Duration::from_secs(60);
/// A server that promised IDLE and refused it is believed again after so long.
const REFUSED_FOR: Duration = Duration::from_secs(60 * 60);

/// How the watching goes, over all its connections.
#[derive(Default)]
struct Course {
    /// Connections that failed one after the other.
    failures: usize,
    /// The server that refused IDLE, and when.
    refused: Option<(Mailbox, Instant)>,
}

impl Course {
    fn believes(&self, mailbox: &Mailbox) -> bool {
        let is_refused =
            |(by, at): &(Mailbox, Instant)| by.host == mailbox.host && at.elapsed() < REFUSED_FOR;
        !self.refused.as_ref().is_some_and(is_refused)
    }
}

/// Starts the watching thread; it ends with the application. A plain thread, so that a silent server cannot hold the
/// end of the process back.
pub fn spawn(app: Data<App>) {
    app.mail.remember_runtime();
    // Shared application data belongs to threads of the runtime; what is needed here is the application itself.
    let app = app.into_inner();
    let started = std::thread::Builder::new().name("mail".to_owned()).spawn(move || run(&app));
    if let Err(error) = started {
        tracing::error!(%error, "the mailbox is not watched");
    }
}

fn run(app: &App) {
    let mut course = Course::default();
    while !*app.stop.borrow() {
        app.mail.take_asked();
        let wanted = match take::settings(app) {
            Ok(wanted) => wanted,
            Err(error) => {
                tracing::warn!(%error, "the mailbox waits for its settings");
                app.mail.sleep(&app.stop, Duration::from_secs(5));
                continue;
            }
        };
        let Some((mailbox, password)) = wanted else {
            app.mail.sleep(&app.stop, Duration::from_secs(60));
            continue;
        };
        match is_mine(app) {
            Ok(true) => {}
            Ok(false) | Err(_) => {
                app.mail.sleep(&app.stop, Duration::from_secs(15));
                continue;
            }
        }
        match watch(app, &mailbox, &password, &mut course) {
            Ok(()) => course.failures = 0,
            Err(error) => {
                note(app, &error.words);
                tracing::warn!(why = error.words, "the mailbox cannot be read");
                let pause = PAUSES[course.failures.min(PAUSES.len() - 1)];
                course.failures += 1;
                app.mail.sleep(&app.stop, Duration::from_secs(pause));
            }
        }
    }
    let _ = app.db.write_now(|tx| Ok(queries::give_up_lease(tx.db, &app.mail.owner)?));
}

fn is_mine(app: &App) -> Result<bool, MailError> {
    let now = app.clock.now();
    app.db.write_now(|tx| Ok(queries::take_lease(tx.db, &app.mail.owner, now, now + LEASE)?)).map_err(ours)
}

fn note(app: &App, trouble: &str) {
    let now = app.clock.now();
    if let Err(error) = app.db.write_now(|tx| Ok(queries::note_health(tx, trouble, now)?)) {
        tracing::warn!(%error, "how the mailbox goes could not be noted");
    }
}

/// Stays connected until something is asked, the lease is lost, the server refuses to tell by itself or the application
/// stops.
fn watch(
    app: &App,
    mailbox: &Mailbox,
    password: &SecretString,
    course: &mut Course,
) -> Result<(), MailError> {
    let mut session = Session::connect(mailbox, password, app.config.extra_ca_file.as_deref())?;
    let validity = session.open(mailbox.marks_seen)?.validity;
    let has_idle = course.believes(mailbox) && session.has_idle();
    let every = Duration::from_secs(u64::from(mailbox.check_interval.max(1)) * 60);
    while !*app.stop.borrow() && !app.mail.is_asked() && is_mine(app)? {
        {
            let _one_at_a_time = app.mail.turn.lock().unwrap_or_else(PoisonError::into_inner);
            take::new_letters(app, &mut session, mailbox, validity)?;
        }
        // It works again: the next failure waits as the first one does.
        course.failures = 0;
        note(app, "");
        let until = Instant::now() + if has_idle { every } else { every.min(WITHOUT_IDLE) };
        while Instant::now() < until && !*app.stop.borrow() && !app.mail.is_asked() && is_mine(app)? {
            let wait =
                NOTICE.min(until.saturating_duration_since(Instant::now())).max(Duration::from_millis(100));
            if !has_idle {
                app.mail.sleep(&app.stop, wait);
                continue;
            }
            // News may come between two waits, where nobody listens: the mailbox is asked after each.
            match session.wait(wait)? {
                Waited::News => break,
                Waited::Nothing if take::has_news(app, &mut session, validity)? => break,
                Waited::Nothing => {}
                Waited::Refused => {
                    tracing::info!("the mailbox does not tell of news by itself and is asked instead");
                    course.refused = Some((mailbox.clone(), Instant::now()));
                    return Ok(());
                }
            }
        }
    }
    session.leave();
    Ok(())
}

/// One look at the wish of an admin, beside the watching; then joins what waits with calls. Blocks.
///
/// # Errors
/// In words.
pub fn look_now(
    app: &App,
    mailbox: &Mailbox,
    password: &SecretString,
) -> Result<take::MailboxLook, MailError> {
    let taken = {
        let _one_at_a_time = app.mail.turn.lock().unwrap_or_else(PoisonError::into_inner);
        take::look(app, mailbox, password)
    };
    note(app, taken.as_ref().err().map_or("", |error| error.words.as_str()));
    let taken = taken?;
    places::join_waiting(app).map_err(ours)?;
    Ok(taken)
}
