//! The cloud of the simulated exchange: a while after a recording was told of, it is there.

use std::time::Duration;

use actix_web::web::Bytes;
use diesel::prelude::*;

use super::script::Recorded;
use crate::app::App;
use crate::db::schema::recordings;
use crate::demo::tapes;
use crate::recordings::store::{Keep, keep};

/// So long a visitor sees «ожидается».
const ON_THE_WAY: Duration = Duration::from_secs(6);

/// Waits, makes the sound up and gives it to the workplace as whoever fetches recordings does.
pub(super) async fn deliver(app: &App, recorded: Recorded) {
    tokio::time::sleep(ON_THE_WAY).await;
    let wanted = recorded.recording_id.clone();
    let row = app.db.read(move |db| {
        let known =
            recordings::table.filter(recordings::mango_recording_id.eq(wanted)).select(recordings::id);
        Ok(known.first::<i64>(db).optional()?)
    });
    let id = match row.await {
        Ok(Some(id)) => id,
        Ok(None) => {
            tracing::warn!("the simulated recording is not known to the workplace");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "the simulated recording cannot be delivered");
            return;
        }
    };
    let sound = Bytes::from(tapes::conversation(id as u64, recorded.seconds));
    let stream = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(sound)]);
    if let Err(error) = keep(app, Keep::Known(id), stream).await {
        tracing::warn!(?error, "the simulated recording was refused");
    }
}
