//! Missed calls are debts: open, taken by somebody, paid by a conversation, an order or a reason. What a debt is
//! follows from the calls of a number and is computed anew whenever one of them is written ([`queries::settle`]);
//! people only take debts, give them back and close them with a reason. docs/telephony.md.

mod page;

pub mod queries;
pub mod routes;
pub mod view;

use crate::app::App;
use crate::platform::error::AppError;

crate::text_enum! {
    /// Where a debt is.
    DebtState {
        /// Nobody's.
        Open = "open",
        /// Somebody said «Беру».
        Taken = "taken",
        /// Done.
        Paid = "paid",
    }
}

crate::text_enum! {
    /// What paid a debt.
    PaidHow {
        /// We called and talked.
        Callback = "callback",
        /// The client called again and was answered.
        Client = "client",
        /// An order was made.
        Order = "order",
        /// Somebody said why nobody will call.
        Reason = "reason",
        /// We answered in a chat of the client.
        Chat = "chat",
    }
}

/// How far back missed calls are owed.
pub const OWED_FOR: chrono::Duration = chrono::Duration::days(14);

/// Gives debts back whose taker has gone, and finds missed calls that have no debt yet (of a time before debts were
/// kept, of a database that was filled). Periodic.
///
/// # Errors
/// Of the database.
pub fn look_after(app: &App) -> Result<(), AppError> {
    const SWEPT: chrono::Duration = chrono::Duration::days(3);
    const TOGETHER: usize = 50;
    let now = app.clock.now();
    app.db.write_now(|tx| Ok(queries::release_of_absent(tx)?))?;
    // Usually none; a database that was filled has thousands: those that are owed for the first time at once, and what
    // is left some at a time, so that nobody waits for the rest.
    let mut is_filled = true;
    loop {
        let numbers = app.db.read_now(|db| Ok(queries::unnoticed(db, now - SWEPT)?))?;
        if numbers.len() == queries::UNNOTICED && std::mem::take(&mut is_filled) {
            app.db.write_now(|tx| Ok(queries::owe_all(tx, now - SWEPT, now - OWED_FOR)?))?;
            continue;
        }
        for some in numbers.chunks(TOGETHER) {
            app.db.write_now(|tx| {
                for number in some {
                    queries::settle(tx, number, now)?;
                }
                Ok(())
            })?;
        }
        if numbers.len() < queries::UNNOTICED || *app.stop.borrow() {
            return Ok(());
        }
    }
}
