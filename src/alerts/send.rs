//! Sends what waits for people outside. A message is stored before it is sent, claimed by one process, and settled
//! after; no connection of the database is held meanwhile. What a process that was killed began to send is sent again
//! and says so: an alarm that comes twice is better than one that does not.

use std::time::Duration;

use actix_web::web::Data;
use chrono::NaiveDateTime;
use secrecy::SecretString;
use tokio::time::{MissedTickBehavior, interval};

use super::digest::Digest;
use super::queries::outbox::{self, Claimed, Outcome};
use super::queries::recipients::{self, Recipient};
use crate::app::App;
use crate::domain::id::OutgoingId;
use crate::domain::notice::Channel;
use crate::integrations::mail::outgoing::{Outgoing, SendError};
use crate::integrations::telegram::{ApiError, settings as telegram};
use crate::platform::error::AppError;
use crate::platform::wake::{OnThread, on_thread};

/// How often it looks by itself.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// A sending that was begun so long ago has been given up by a process that is no more. Longer than any attempt.
const GIVEN_UP: chrono::Duration = chrono::Duration::seconds(120);
/// The wait after the first attempt that failed; each further one waits twice as long.
const AGAIN_AFTER: i64 = 10;
/// The longest wait between two attempts, in seconds.
const AGAIN_AT_MOST: i64 = 1800;
/// What could not be sent for so long is given up.
const TRIED_FOR: chrono::Duration = chrono::Duration::hours(24);
/// Messages of a way in one turn.
const AT_ONCE: i64 = 50;

/// Starts the sending; it ends with the application.
pub fn spawn(app: Data<App>) -> OnThread {
    let app = app.into_inner();
    let mut stop = app.stop.subscribe();
    on_thread("alerts", move || async move {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = app.alerts.woken() => {}
                _ = tick.tick() => {}
                _ = stop.changed() => return,
            }
            // One that is interrupted may have arrived: the next process says so.
            tokio::select! {
                done = turn(&app) => if let Err(error) = done {
                    tracing::warn!(%error, "messages to people outside wait for the next turn");
                },
                _ = stop.changed() => return,
            }
        }
    })
}

/// Sends what is due.
///
/// # Errors
/// Of the database.
pub async fn turn(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    if app.db.read(move |db| Ok(outbox::is_any_left(db, now - GIVEN_UP)?)).await? {
        app.db.write(move |tx| Ok(outbox::take_back(tx, now - GIVEN_UP, now)?)).await?;
    }
    let (telegram, mail) = tokio::join!(send_by(app, Channel::Telegram), send_by(app, Channel::Mail));
    telegram.and(mail)
}

async fn send_by(app: &App, channel: Channel) -> Result<(), AppError> {
    let now = app.clock.now();
    let due = app.db.read(move |db| Ok(outbox::due(db, channel, now, AT_ONCE)?)).await?;
    for id in due {
        if *app.stop.borrow() || !send_one(app, id).await? {
            break;
        }
    }
    Ok(())
}

/// What came of an attempt, for the message and for its way.
struct Verdict {
    outcome: Outcome,
    /// It may have arrived all the same.
    may_have_arrived: bool,
    /// The whole way rests until then.
    rests_until: Option<NaiveDateTime>,
    /// The chat goes by another number now.
    moved_to: Option<String>,
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, may_have_arrived: false, rests_until: None, moved_to: None }
    }
}

/// Sends a message; `false` when its way has to rest.
async fn send_one(app: &App, id: OutgoingId) -> Result<bool, AppError> {
    let now = app.clock.now();
    let Some(message) = app.db.write(move |tx| Ok(outbox::claim(tx, id, now)?)).await? else {
        return Ok(true);
    };
    let verdict = attempt(app, &message).await;
    let now = app.clock.now();
    let goes_on = verdict.rests_until.is_none();
    let words = match &verdict.outcome {
        Outcome::Sent => "",
        Outcome::Later(_, why) | Outcome::Waits(_, why) | Outcome::Failed(why) => why,
    };
    tracing::info!(outgoing.id = %id, channel = %message.channel, kind = %message.kind, words, "a message was tried");
    app.db
        .write(move |tx| {
            let outcome = match &verdict.moved_to {
                Some(address) if !recipients::readdress(tx, message.recipient, address)? => {
                    Outcome::Failed("Группа стала супергруппой, которая уже есть в списке".to_owned())
                }
                _ => verdict.outcome.clone(),
            };
            outbox::settle(tx, id, &outcome, verdict.may_have_arrived, now)?;
            if let Some(until) = verdict.rests_until {
                outbox::postpone(tx, message.channel, until)?;
            }
            Ok(())
        })
        .await?;
    Ok(goes_on)
}

async fn attempt(app: &App, message: &Claimed) -> Verdict {
    let digest = Digest {
        kind: message.kind,
        title: &message.title,
        items: &message.items,
        total: message.total,
        is_again: message.is_again,
        address: &app.config.server.public_url,
    };
    match message.channel {
        Channel::Telegram => match digest.message() {
            Ok(text) => judge_telegram(app, message, send_telegram(app, &message.address, &text).await),
            Err(error) => unwritten(&error),
        },
        Channel::Mail => match digest.letter() {
            Ok(faces) => {
                let sent = send_mail(app, &message.address, &message.key, digest.subject(), faces).await;
                judge_mail(app, message, sent)
            }
            Err(error) => unwritten(&error),
        },
    }
}

fn unwritten(error: &askama::Error) -> Verdict {
    tracing::error!(%error, "a message cannot be written");
    Outcome::Failed("Сообщение не собирается, подробности в журнале сервера".to_owned()).into()
}

fn judge_telegram(app: &App, message: &Claimed, sent: Result<(), ApiError>) -> Verdict {
    let now = app.clock.now();
    let Err(error) = sent else { return Outcome::Sent.into() };
    let words = error.words();
    match error {
        ApiError::Refused(_) => Outcome::Failed(words).into(),
        ApiError::Wait(seconds) => {
            let until = now + chrono::Duration::seconds(i64::try_from(seconds).unwrap_or(AGAIN_AT_MOST));
            Verdict { rests_until: Some(until), ..Outcome::Waits(until, words).into() }
        }
        ApiError::Moved(to) => Verdict { moved_to: Some(to), ..Outcome::Waits(now, words).into() },
        ApiError::Silent => Verdict { may_have_arrived: true, ..later(message, words, now) },
        ApiError::NotSetUp
        | ApiError::BadToken
        | ApiError::Trouble(_)
        | ApiError::Unreachable(_)
        | ApiError::Strange => resting(later(message, words, now)),
    }
}

fn judge_mail(app: &App, message: &Claimed, sent: Result<(), SendError>) -> Verdict {
    let Err(error) = sent else { return Outcome::Sent.into() };
    let words = error.words();
    match error {
        SendError::Refused(_) => Outcome::Failed(words).into(),
        SendError::NotSetUp | SendError::Trouble(_) => resting(later(message, words, app.clock.now())),
    }
}

/// Whatever else goes the same way waits as long.
fn resting(verdict: Verdict) -> Verdict {
    let rests_until = match &verdict.outcome {
        Outcome::Later(at, _) => Some(*at),
        Outcome::Sent | Outcome::Waits(..) | Outcome::Failed(_) => None,
    };
    Verdict { rests_until, ..verdict }
}

fn later(message: &Claimed, words: String, now: NaiveDateTime) -> Verdict {
    if now - message.created_at >= TRIED_FOR {
        return Outcome::Failed(format!("Не удавалось сутки. {words}")).into();
    }
    Outcome::Later(now + wait(message.attempts), words).into()
}

/// How long to wait after so many attempts.
fn wait(attempts: i64) -> chrono::Duration {
    let doubled = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    chrono::Duration::seconds((AGAIN_AFTER << doubled).min(AGAIN_AT_MOST))
}

/// The bot's token, if there is one.
///
/// # Errors
/// Of the database.
pub async fn token(app: &App) -> Result<Option<SecretString>, AppError> {
    let (cipher, preset) = (app.cipher.clone(), app.config.telegram.token.clone());
    let known = app.db.read(move |db| Ok(telegram::read(db, &cipher, preset.as_ref())?)).await?;
    Ok(known.token)
}

async fn send_telegram(app: &App, chat: &str, text: &str) -> Result<(), ApiError> {
    let token = token(app).await.map_err(|_| ApiError::Unreachable("База данных не отвечает".to_owned()))?;
    app.telegram.send(&token.ok_or(ApiError::NotSetUp)?, chat, text).await
}

async fn send_mail(
    app: &App,
    to: &str,
    key: &str,
    subject: String,
    (text, html): (String, String),
) -> Result<(), SendError> {
    let (post, to, key) = (app.post.clone(), to.to_owned(), key.to_owned());
    let sent = tokio::task::spawn_blocking(move || {
        post.send(&Outgoing { to: &to, subject: &subject, text, html, key: &key })
    });
    sent.await.unwrap_or_else(|_| Err(SendError::Trouble("Отправка прервана".to_owned())))
}

/// «Проверочное сообщение», at once and past the queue; the words of what went wrong.
///
/// # Errors
/// In words for a person.
pub async fn test(app: &App, recipient: &Recipient) -> Result<(), String> {
    let text = "Проверочное сообщение: уведомления рабочего места приходят сюда.".to_owned();
    match recipient.channel {
        Channel::Telegram => {
            send_telegram(app, &recipient.address, &text).await.map_err(|error| error.words())
        }
        Channel::Mail => {
            let html =
                format!("<!doctype html><html lang=\"ru\"><meta charset=\"utf-8\"><p>{text}</p></html>");
            let key = format!("test-{}", uuid::Uuid::new_v4().simple());
            let sent =
                send_mail(app, &recipient.address, &key, "Проверочное сообщение".to_owned(), (text, html));
            sent.await.map_err(|error| error.words())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_half_an_hour() {
        let waits: Vec<i64> = (1..=10).map(|n| wait(n).num_seconds()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
        assert_eq!(wait(i64::MAX).num_seconds(), 1800);
    }
}
