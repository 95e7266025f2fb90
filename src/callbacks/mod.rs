//! «Перезвоню в 15:00»: a promise to a client, with whose it is and when. When its time comes it rings in that
//! operator's column; when he is away, or does nothing, it is everybody's on the line. A conversation or an order
//! keeps it by itself ([`queries::keep::settle`]). docs/telephony.md.

mod form;
mod page;
pub mod queries;
pub mod routes;
pub mod view;

use chrono::Duration;

use crate::app::App;
use crate::platform::error::AppError;

crate::text_enum! {
    /// Where a promise is.
    CallbackState {
        /// Its time is yet to come, or has come and nobody has called.
        Waiting = "waiting",
        /// The client has been talked to.
        Kept = "kept",
        /// Nobody will call.
        Cancelled = "cancelled",
    }
}

crate::text_enum! {
    /// What kept a promise.
    KeptHow {
        /// We called and talked.
        Callback = "callback",
        /// The client called and was answered.
        Client = "client",
        /// An order was made.
        Order = "order",
        /// Somebody said that it is done, in a chat or by another telephone.
        Hand = "hand",
    }
}

/// A promise whose owner has not called for so long after its time is everybody's.
pub const PATIENCE: Duration = Duration::minutes(5);

/// Announces the promises whose time has come and passes those on whose owners are away. Periodic, and safe in
/// several processes: a promise rings, and is passed, once.
///
/// # Errors
/// Of the database.
pub fn look_after(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    if app.db.read_now(|db| Ok(queries::is_anything_due(db, now)?))? {
        app.db.write_now(|tx| {
            queries::change::ring(tx, now)?;
            Ok(queries::change::pass_on(tx, now)?)
        })?;
    }
    Ok(())
}
