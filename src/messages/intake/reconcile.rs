//! Comparing with Avito: unread chats every minute, the first page every five, everything the first time. What no delivery
//! told of is found here, and counted. One process does it, by the slot of the minute.

use std::time::Duration;

use actix_web::web::Data;
use chrono::NaiveDateTime;
use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, interval};

use super::told;
use super::webhook::WEBHOOK;
use crate::app::App;
use crate::chats::fold::Told;
use crate::chats::queries::{outbox, put, sync};
use crate::domain::id::{AvitoId, ChatId};
use crate::integrations::avito::queries as accounts;
use crate::integrations::avito::wire::Chat;
use crate::integrations::avito::{ApiError, Client};
use crate::platform::error::AppError;
use crate::platform::jobs::queries as jobs;
use crate::platform::live::Event;
use crate::platform::wake::{OnThread, on_thread};

/// How often unread chats are asked for.
const EVERY: i64 = 60;
/// How often the whole first page is.
const WHOLE_EVERY: chrono::Duration = chrono::Duration::minutes(5);
/// Chats of a page.
const PAGE: u32 = 99;
/// The furthest Avito lets one read.
const FURTHEST: u32 = 1000;
/// Messages of a chat that are asked for.
const MESSAGES: u32 = 100;
/// A message this young may still be on its way in a delivery: it is not counted as lost.
const ON_ITS_WAY: chrono::Duration = chrono::Duration::seconds(90);
/// Chats whose details are asked for in one turn.
const DETAILS: i64 = 20;
/// How often it is looked whether deliveries still come here.
const HOOK_AGAIN: chrono::Duration = chrono::Duration::hours(6);
/// After a failure an account is not asked for details for so long.
const DETAILS_REST: chrono::Duration = chrono::Duration::seconds(60);

/// Starts the comparing; it ends with the application.
pub fn spawn(app: Data<App>) -> OnThread {
    let app = app.into_inner();
    let mut stop = app.stop.subscribe();
    on_thread("avito-compare", move || async move {
        let mut tick = interval(Duration::from_secs(5));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stop.changed() => return,
            }
            // What is interrupted is begun again by the next one; the first reading goes on where it was.
            tokio::select! {
                () = minute(&app) => {}
                _ = stop.changed() => return,
            }
        }
    })
}

/// The work of a minute, unless another process has taken it.
async fn minute(app: &App) {
    if is_mine(app).await {
        all(app).await;
    }
}

/// This process takes the minute, unless another has.
async fn is_mine(app: &App) -> bool {
    let (now, slot) = (app.clock.now(), (app.clock.unix() / EVERY).to_string());
    let named = slot.clone();
    let is_taken = app.db.read(move |db| Ok(jobs::is_taken(db, "avito-chats", &named)?)).await;
    if !matches!(is_taken, Ok(false)) {
        return false;
    }
    app.db.write(move |tx| Ok(jobs::take(tx.db, "avito-chats", &slot, now)?)).await.unwrap_or(false)
}

/// Compares every account that works, all at once: one that is slow holds up no other.
pub async fn all(app: &App) {
    let working = match app.avito.working().await {
        Ok(working) => working,
        Err(error) => {
            tracing::warn!(%error, "the accounts of Avito could not be read");
            return;
        }
    };
    join_all(working.into_iter().map(|(id, _)| async move {
        if let Err(error) = account(app, id).await {
            let (now, why) = (app.clock.now(), error.words());
            tracing::warn!(account = %id, %error, "chats of an account could not be compared");
            let noted = app
                .db
                .write(move |tx| {
                    sync::of(tx.db, id)?;
                    sync::note_error(tx.db, id, &why, now)?;
                    tx.announce(Event::Avito(id));
                    Ok(())
                })
                .await;
            if let Err(error) = noted {
                tracing::warn!(%error, "a failure could not be noted");
            }
        }
    }))
    .await;
    details(app).await;
}

fn ours(error: AppError) -> ApiError {
    tracing::warn!(%error, "chats could not be written");
    ApiError::NoDatabase
}

/// Compares one account; the first time everything is read, page by page, going on where it was interrupted.
///
/// # Errors
/// In words.
pub async fn account(app: &App, id: AvitoId) -> Result<(), ApiError> {
    let client = app.avito.client(id).await?;
    hook(app, &client, id, app.clock.now()).await?;
    let state = app.db.write(move |tx| Ok(sync::of(tx.db, id)?)).await.map_err(ours)?;
    if state.import_state != "done" {
        return import(app, &client, id, state.import_offset).await;
    }
    let now = app.clock.now();
    let is_whole = state.looked_at.is_none_or(|at| now - at >= WHOLE_EVERY);
    let page = client.chats(!is_whole, PAGE, 0).await?;
    let mut found = 0;
    for chat in &page.chats {
        found += compare(app, &client, id, chat, now).await?;
    }
    let found = i64::try_from(found).unwrap_or_default();
    if found > 0 {
        tracing::info!(account = %id, found, "потеряно вебхуком, найдено сверкой");
    }
    let is_news = found > 0 || state.trouble_since.is_some();
    app.db
        .write(move |tx| {
            sync::note_polled(tx.db, id, is_whole, found, now)?;
            if is_news {
                tx.announce(Event::Avito(id));
            }
            Ok(())
        })
        .await
        .map_err(ours)
}

/// Has deliveries of the account sent here, and nowhere else with our path: the address is looked at again every few
/// hours, since a subscription may vanish. `false` when this machine cannot be reached from outside.
///
/// # Errors
/// In words.
pub async fn hook(app: &App, client: &Client, id: AvitoId, now: NaiveDateTime) -> Result<bool, ApiError> {
    let base = match app.config.server.public_url.trim_end_matches('/') {
        "" => "http://127.0.0.1".to_owned(),
        url => url.to_owned(),
    };
    // A machine nobody reaches from outside takes no deliveries; the comparison brings everything.
    if !base.starts_with("https://") && !is_of_this_machine(&app.config.avito.api_url) {
        return Ok(false);
    }
    let new = crate::platform::secret::to_hex(&rand::random::<[u8; 24]>());
    let secret =
        app.db.write(move |tx| Ok(accounts::webhook_secret(tx.db, id, &new)?)).await.map_err(ours)?;
    let Some(secret) = secret else { return Ok(false) };
    let what = format!("hook {id} {secret}");
    if app.chat_inbox.is_resting(&what, now) {
        return Ok(true);
    }
    let address = format!("{base}{WEBHOOK}/{secret}");
    let known = client.subscriptions().await?;
    for (old, _) in known.iter().filter(|(url, _)| url.contains(WEBHOOK) && *url != address) {
        client.unsubscribe(old).await?;
    }
    if !known.iter().any(|(url, version)| *url == address && version == "3") {
        client.subscribe(&address).await?;
    }
    app.chat_inbox.rest(what, now + HOOK_AGAIN);
    Ok(true)
}

fn is_of_this_machine(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| url.starts_with(start))
}

async fn import(app: &App, client: &Client, id: AvitoId, from: i64) -> Result<(), ApiError> {
    let mut offset = u32::try_from(from).unwrap_or_default();
    while !*app.stop.borrow() {
        let now = app.clock.now();
        let page = client.chats(false, PAGE, offset).await?;
        for chat in &page.chats {
            compare(app, client, id, chat, now).await?;
        }
        let count = u32::try_from(page.chats.len()).unwrap_or(PAGE);
        offset += count;
        let is_done = page.has_more == Some(false) || count < PAGE || offset > FURTHEST;
        let (upto, chats) = (i64::from(offset), i64::from(count));
        app.db
            .write(move |tx| {
                sync::note_import(tx.db, id, upto, chats, is_done)?;
                Ok(sync::note_polled(tx.db, id, true, 0, now)?)
            })
            .await
            .map_err(ours)?;
        if is_done {
            return Ok(());
        }
    }
    Ok(())
}

/// Writes a chat as Avito has it, and its messages unless the newest is known; how many of them no delivery told of.
async fn compare(
    app: &App,
    client: &Client,
    account: AvitoId,
    chat: &Chat,
    now: NaiveDateTime,
) -> Result<usize, ApiError> {
    if !told::is_key(&chat.id) {
        return Ok(0);
    }
    let we = client.user_id().await?;
    let details = told::chat(chat, we);
    let newest = chat.last_message.as_ref().map(|message| message.id.clone());
    let (id, is_known) = app
        .db
        .write(move |tx| {
            let id = put::put_chat(tx, account, &details, now)?;
            let is_known = match &newest {
                Some(key) => outbox::has_key(tx.db, id, key)?,
                None => true,
            };
            Ok((id, is_known))
        })
        .await
        .map_err(ours)?;
    // The newest is known, but whether it was read or taken back may not be.
    let changed: Vec<Told> = chat
        .last_message
        .iter()
        .filter(|_| is_known)
        .filter_map(|message| told::message(message, we, now))
        .collect();
    if is_known {
        if !changed.is_empty() {
            // What the list tells of a message is short: only marks are taken from it.
            write(app, id, changed, now).await?;
        }
        return Ok(0);
    }
    let page = client.messages(&chat.id, MESSAGES, 0).await?;
    let all: Vec<Told> = page.messages.iter().filter_map(|message| told::message(message, we, now)).collect();
    write(app, id, all, now).await
}

async fn write(app: &App, chat: ChatId, told: Vec<Told>, now: NaiveDateTime) -> Result<usize, ApiError> {
    let keys: Vec<String> =
        told.iter().filter(|told| now - told.sent_at > ON_ITS_WAY).map(|told| told.key.clone()).collect();
    app.db
        .write(move |tx| {
            let lost = put::unknown(tx.db, chat, &keys)?;
            put::put_messages(tx, chat, &told)?;
            Ok(lost)
        })
        .await
        .map_err(ours)
}

/// Asks for what is not known of chats that deliveries told of.
pub async fn details(app: &App) {
    let Ok(working) = app.avito.working().await else { return };
    for (account, _) in working {
        let (now, what) = (app.clock.now(), format!("details {account}"));
        if app.chat_inbox.is_resting(&what, now) {
            continue;
        }
        if let Err(error) = details_of(app, account).await {
            tracing::warn!(account = %account, %error, "details of chats could not be asked for");
            app.chat_inbox.rest(what, now + DETAILS_REST);
        }
    }
}

async fn details_of(app: &App, account: AvitoId) -> Result<(), ApiError> {
    let missing =
        app.db.read(move |db| Ok(sync::without_details(db, account, DETAILS)?)).await.map_err(ours)?;
    if missing.is_empty() {
        return Ok(());
    }
    let client = app.avito.client(account).await?;
    let we = client.user_id().await?;
    for (id, key) in missing {
        let now = app.clock.now();
        match client.chat(&key).await {
            Ok(chat) => {
                let details = told::chat(&chat, we);
                app.db.write(move |tx| Ok(put::put_chat(tx, account, &details, now)?)).await.map_err(ours)?;
            }
            Err(ApiError::NotFound | ApiError::Forbidden(_)) => {
                const WHY: &str =
                    "Авито больше не показывает этот чат: ответить нельзя, переписка сохранена у нас.";
                app.db.write(move |tx| Ok(put::put_gone(tx, id, WHY)?)).await.map_err(ours)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
