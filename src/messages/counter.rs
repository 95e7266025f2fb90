//! The counter of the header: chats that wait for an answer, amber and then red by how long the oldest has waited.

use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::chats::Waiting;
use crate::chats::queries::{self, links, list};
use crate::clients::queries as clients;
use crate::domain::chat::lateness;
use crate::domain::id::{ChatId, ClientId};
use crate::platform::error::AppError;
use crate::web::page::Fragment;

/// The counter.
#[derive(Template)]
#[template(path = "messages/count.html")]
pub struct Count {
    count: i64,
    lateness: &'static str,
    /// The newest word that waits, so that the page hears when one is new.
    newest: i64,
}

/// What waits for whoever asks.
pub async fn count(person: Signed<Anyone>, app: Data<App>) -> Result<Fragment<Count>, AppError> {
    let (viewer, now) = (person.id, app.clock.now());
    let awaiting = app.db.read(move |db| Ok(list::awaiting(db, viewer, now)?)).await?;
    let minutes = Waiting::of(awaiting.oldest, now).map_or(0, |waiting| waiting.minutes);
    Ok(Fragment::ok(Count {
        count: awaiting.count,
        lateness: lateness(minutes),
        newest: awaiting.newest.map_or(0, |id| id.0),
    }))
}

/// A chat as other pages name it.
pub struct ChatLink {
    id: ChatId,
    name: String,
    /// Account, city, advertisement.
    meta: String,
    waits: bool,
    time: String,
}

/// Chats of a client, on the client's card.
#[derive(Template)]
#[template(path = "messages/of_client.html")]
pub struct OfClient {
    client: ClientId,
    chats: Vec<ChatLink>,
}

/// Chats of a client, newest first, those too in which one of the client's numbers was written.
pub async fn of_client(
    _: Signed<Anyone>,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<Fragment<OfClient>, AppError> {
    let (client, now) = (id.into_inner(), app.now());
    app.db
        .read(move |db| {
            clients::client(db, client)?.ok_or(AppError::NotFound)?;
            let numbers: Vec<String> =
                clients::numbers(db, &[client])?.into_iter().map(|number| number.digits).collect();
            let accounts = queries::accounts(db)?;
            let account =
                |id| accounts.iter().find(|(known, _)| *known == id).map_or("", |(_, name)| name.as_str());
            let chats = links::chats_with(db, &numbers, Some(client), 10)?
                .iter()
                .map(|chat| ChatLink {
                    id: chat.id,
                    name: chat.called(),
                    meta: [account(chat.avito_id), chat.city.as_str(), chat.item_title.as_str()]
                        .into_iter()
                        .filter(|part| !part.is_empty())
                        .collect::<Vec<_>>()
                        .join(" · "),
                    waits: chat.awaits_since.is_some(),
                    time: now.moment(chat.list_time),
                })
                .collect();
            Ok(Fragment::ok(OfClient { client, chats }))
        })
        .await
}
