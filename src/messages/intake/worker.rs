//! From stored deliveries to messages. Woken after each store and every other second: another process may have stored
//! something. A chat of which only the id is known is asked for afterwards, so that the message does not wait for it.

use std::sync::PoisonError;
use std::time::Duration;

use actix_web::web::Data;
use tokio::time::{MissedTickBehavior, interval};

use super::{reconcile, told};
use crate::app::App;
use crate::chats::queries::{inbox, put};
use crate::integrations::avito::wire::WebhookEvent;
use crate::platform::error::AppError;
use crate::platform::wake::{OnThread, on_thread};

/// How often it looks by itself for what it was not woken for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Deliveries of one turn.
const PER_TURN: i64 = 200;

/// Starts the worker; it ends with the application.
pub fn spawn(app: Data<App>) -> OnThread {
    let app = app.into_inner();
    let mut stop = app.stop.subscribe();
    on_thread("avito-inbox", move || async move {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = app.chat_inbox.woken() => {}
                _ = tick.tick() => {}
                _ = stop.changed() => return,
            }
            let here = app.clone();
            match tokio::task::spawn_blocking(move || drain(&here)).await {
                Ok(Ok(0)) => {}
                Ok(Ok(_)) => tokio::select! {
                    () = reconcile::details(&app) => {}
                    _ = stop.changed() => return,
                },
                Ok(Err(error)) => tracing::warn!(%error, "deliveries of Avito wait for the next turn"),
                Err(error) => tracing::error!(%error, "a turn over Avito's deliveries broke"),
            }
        }
    })
}

/// Understands everything that waits; how many deliveries that were.
///
/// # Errors
/// Of the database; what was not understood waits.
pub fn drain(app: &App) -> Result<usize, AppError> {
    let _one_at_a_time = app.chat_inbox.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let mut done = 0;
    loop {
        let waiting = app.db.read_now(|db| Ok(inbox::pending(db, PER_TURN)?))?;
        if waiting.is_empty() || *app.stop.borrow() {
            return Ok(done);
        }
        for delivery in &waiting {
            match understand(app, delivery) {
                Ok(()) => done += 1,
                Err(AppError::Unavailable(error)) => return Err(AppError::Unavailable(error)),
                Err(error) => give_up(app, delivery, &error)?,
            }
        }
    }
}

/// One delivery, with the message it tells of, in one transaction: a crash leaves both or neither.
fn understand(app: &App, delivery: &inbox::Delivery) -> Result<(), AppError> {
    let now = app.clock.now();
    let event = WebhookEvent::parse(&delivery.body);
    app.db.write_now(|tx| {
        let Some(WebhookEvent::Message(told)) = &event else {
            inbox::settle(tx.db, delivery.id, "ignored", "", now)?;
            return Ok(());
        };
        if !inbox::settle(tx.db, delivery.id, "done", "", now)? || !told::is_key(&told.chat_id) {
            return Ok(());
        }
        let Some(message) = told::message(&told.message, told.user_id, delivery.received_at) else {
            return Ok(());
        };
        let chat = put::ensure(tx, delivery.avito_id, &told.chat_id, &told.chat_type, message.sent_at)?;
        put::put_messages(tx, chat, &[message])?;
        Ok(())
    })
}

/// Sets a delivery aside that cannot be written, so that it does not block the others.
fn give_up(app: &App, delivery: &inbox::Delivery, error: &AppError) -> Result<(), AppError> {
    let (now, why) = (app.clock.now(), error.to_string());
    tracing::error!(delivery.id = %delivery.id, %error, "a delivery of Avito could not be written");
    app.db.write_now(|tx| {
        inbox::settle(tx.db, delivery.id, "failed", &why, now)?;
        Ok(())
    })
}
