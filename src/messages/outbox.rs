//! Sends what was written here: in its order in each chat, once. After an error behind which the message may have
//! arrived nothing is sent again: the chat is read back, and what is not there after a minute is said to have failed,
//! for somebody to decide. Marks of reading go the same way.

use std::time::Duration;

use actix_web::web::Data;
use chrono::{DateTime, NaiveDateTime};
use futures_util::StreamExt;
use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, interval};

use super::intake::told;
use crate::app::App;
use crate::chats::queries::answers;
use crate::chats::queries::outbox::{self, Outcome, Outgoing};
use crate::chats::queries::{put, sync};
use crate::domain::chat::SendState;
use crate::integrations::avito::wire::Message;
use crate::integrations::avito::{ApiError, Client};
use crate::platform::error::AppError;
use crate::platform::storage::ContentHash;
use crate::platform::wake::{OnThread, on_thread};

/// How often it looks by itself for what it was not woken for.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// A sending that was begun so long ago has been given up by a process that is no more.
const GIVEN_UP: chrono::Duration = chrono::Duration::seconds(150);
/// What may have arrived is looked for until so long after it was sent.
const LOOKED_FOR: chrono::Duration = chrono::Duration::seconds(60);
/// What cannot be sent yet is tried again after so long, for so long.
const AGAIN_AFTER: chrono::Duration = chrono::Duration::seconds(8);
/// See [`AGAIN_AFTER`].
const TRIED_FOR: chrono::Duration = chrono::Duration::minutes(10);
/// Marks of reading in one turn.
const MARKS: i64 = 30;

/// Starts the sending; it ends with the application.
pub fn spawn(app: Data<App>) -> OnThread {
    let app = app.into_inner();
    let mut stop = app.stop.subscribe();
    on_thread("avito-outbox", move || async move {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = app.chat_outbox.woken() => {}
                _ = tick.tick() => {}
                _ = stop.changed() => return,
            }
            // One that is interrupted may have arrived: the next process looks.
            tokio::select! {
                done = turn(&app) => if let Err(error) = done {
                    tracing::warn!(%error, "messages wait for the next turn");
                },
                _ = stop.changed() => return,
            }
        }
    })
}

/// Sends what is due, chat beside chat, until nothing moves any more.
///
/// # Errors
/// Of the database.
pub async fn turn(app: &App) -> Result<(), AppError> {
    loop {
        let due = app.db.read(|db| Ok(outbox::due(db)?)).await?;
        let moved = join_all(due.iter().map(|message| step(app, message))).await;
        let moved: Vec<bool> = moved.into_iter().collect::<Result<_, _>>()?;
        if !moved.contains(&true) || *app.stop.borrow() {
            break;
        }
    }
    mark_read(app).await
}

/// One step of a message; `true` when the next one of its chat may have its turn.
async fn step(app: &App, message: &Outgoing) -> Result<bool, AppError> {
    let now = app.clock.now();
    let since = message.attempted_at.map_or(chrono::Duration::MAX, |at| now - at);
    match message.state {
        Some(SendState::Queued) if since >= AGAIN_AFTER => {
            let id = message.id;
            if message.is_auto && app.db.write(move |tx| Ok(answers::withdraw(tx, id, now)?)).await? {
                return Ok(true);
            }
            if !app.db.write(move |tx| Ok(outbox::claim(tx, id, SendState::Queued, now)?)).await? {
                return Ok(false);
            }
            let outcome = send(app, message, now).await;
            settle(app, message, outcome).await
        }
        Some(SendState::Sending) if since >= GIVEN_UP => look_back(app, message, now).await,
        Some(SendState::Doubtful) => look_back(app, message, now).await,
        _ => Ok(false),
    }
}

async fn settle(app: &App, message: &Outgoing, outcome: Outcome) -> Result<bool, AppError> {
    let id = message.id;
    let is_over = matches!(outcome, Outcome::Sent(..) | Outcome::Failed(_));
    app.db.write(move |tx| Ok(outbox::settle(tx, id, &outcome)?)).await?;
    Ok(is_over)
}

async fn send(app: &App, message: &Outgoing, now: NaiveDateTime) -> Outcome {
    let client = match app.avito.client(message.account).await {
        Ok(client) => client,
        Err(error) => return refused(message, &error, now),
    };
    let sent = match (&message.picture_hash, &message.picture_type) {
        (Some(hash), Some(kind)) => {
            let image = match upload(app, &client, hash, kind).await {
                Ok(image) => image,
                // Nothing is in the chat yet, so it may be tried again.
                Err(error) => return refused(message, &error, now),
            };
            client.send_image(&message.chat_key, &image).await
        }
        _ => client.send_text(&message.chat_key, &message.text).await,
    };
    match sent {
        Ok(sent) => Outcome::Sent(sent.id.clone(), created(&sent, now)),
        Err(error) if error.may_be_done() => {
            Outcome::Doubtful(format!("{}: проверяем, дошло ли", error.words()))
        }
        Err(error) => refused(message, &error, now),
    }
}

fn created(message: &Message, now: NaiveDateTime) -> NaiveDateTime {
    DateTime::from_timestamp(message.created, 0)
        .filter(|_| message.created > 0)
        .map_or(now, |at| at.naive_utc().min(now))
}

async fn upload(app: &App, client: &Client, hash: &str, kind: &str) -> Result<String, ApiError> {
    let lost = || ApiError::NotAllowed("Фото на сервере не найдено, прикрепите его ещё раз".to_owned());
    let hash = ContentHash::parse(hash).ok_or_else(lost)?;
    let content = app.storage.get(&hash).await.ok().flatten().ok_or_else(lost)?;
    let mut stream = Box::pin(content.into_stream());
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(|_| lost())?);
    }
    let ending = if kind == "image/png" { "png" } else { "jpg" };
    client.upload_image(&format!("photo.{ending}"), kind, &bytes).await
}

/// Nothing has arrived: it waits for a better moment, or somebody has to do something.
fn refused(message: &Outgoing, error: &ApiError, now: NaiveDateTime) -> Outcome {
    let is_patient = message.queued_at.is_none_or(|at| now - at < TRIED_FOR);
    let is_passing = error.is_passing() || error.may_be_done();
    if is_passing && is_patient { Outcome::Later(error.words()) } else { Outcome::Failed(error.words()) }
}

/// Looks whether a message that may have arrived has.
async fn look_back(app: &App, message: &Outgoing, now: NaiveDateTime) -> Result<bool, AppError> {
    let read = async {
        let client = app.avito.client(message.account).await?;
        let we = client.user_id().await?;
        let page = client.messages(&message.chat_key, 50, 0).await?;
        Ok::<_, ApiError>((we, page))
    };
    let (we, page) = match read.await {
        Ok(read) => read,
        // While it cannot be looked for nothing is known.
        Err(_) => return Ok(false),
    };
    let all: Vec<_> = page.messages.iter().filter_map(|told| told::message(told, we, now)).collect();
    let (chat, id) = (message.chat, message.id);
    let attempted = message.attempted_at.unwrap_or(now);
    app.db
        .write(move |tx| {
            // Recognised there, it has arrived.
            put::put_messages(tx, chat, &all)?;
            if now - attempted >= LOOKED_FOR {
                let why = "Авито не подтвердил отправку, и в чате сообщения нет.".to_owned();
                if outbox::is_on_its_way(tx.db, id)? {
                    outbox::settle(tx, id, &Outcome::Failed(why))?;
                }
            }
            Ok(!outbox::is_on_its_way(tx.db, id)?)
        })
        .await
}

/// Tells Avito which chats were read here.
async fn mark_read(app: &App) -> Result<(), AppError> {
    let marks = app.db.read(|db| Ok(sync::to_mark_read(db, MARKS)?)).await?;
    for (chat, account, key) in marks {
        let told = match app.avito.client(account).await {
            Ok(client) => client.mark_read(&key).await,
            Err(error) => Err(error),
        };
        // What Avito does not take now it takes at the next reading: a mark is not worth a queue.
        if !matches!(&told, Err(error) if error.is_passing()) {
            app.db.write(move |tx| Ok(sync::marked_read(tx.db, chat)?)).await?;
        }
    }
    Ok(())
}
