//! The end of a shift: what somebody leaves behind goes to a colleague, who takes it with one click, or to everybody.
//! Until it is taken it stays its giver's, so nothing is ever nobody's; whoever does not take it in time leaves it to
//! everybody. docs/telephony.md.

mod page;
pub mod queries;
mod routes;
pub mod work;

use chrono::Duration;

pub use routes::{leave, routes};

use crate::app::App;
use crate::domain::id::HandoverId;
use crate::platform::error::AppError;

/// The page.
pub const PATH: &str = "/shift";
/// So long a colleague may take what is offered.
pub const ACCEPT_FOR: Duration = Duration::minutes(15);

crate::text_enum! {
    /// Where what was left behind is.
    HandoverState {
        /// A colleague is asked.
        Offered = "offered",
        /// Everybody's.
        Pooled = "pooled",
        /// Somebody has taken it.
        Taken = "taken",
    }
}

crate::text_enum! {
    /// What can be left behind.
    ItemKind {
        /// A promise to call back.
        Promise = "promise",
        /// A chat that waits for an answer.
        Chat = "chat",
        /// A form that is not finished.
        Draft = "draft",
        /// A time that is held.
        Hold = "hold",
    }
}

/// Where an offer is seen to: its notification leads there.
fn href_of(id: HandoverId) -> String {
    format!("{PATH}?offer={id}")
}

/// The offer a notification leads to, if it is one.
pub fn offer_of(href: &str) -> Option<HandoverId> {
    href.strip_prefix(PATH)?.strip_prefix("?offer=")?.parse().ok()
}

/// Gives to everybody what nobody has taken in time, for the list of periodic work.
///
/// # Errors
/// Of the database.
pub fn look_after(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    if app.db.read_now(|db| Ok(queries::late(db, now)?))?.is_empty() {
        return Ok(());
    }
    app.db.write_now(|tx| {
        for handover in queries::late(tx.db, now)? {
            work::pool(tx, &handover, now)?;
        }
        Ok(())
    })
}
