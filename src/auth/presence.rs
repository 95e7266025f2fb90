//! Whose browser is connected. Open live streams are counted in memory; the database learns of them every few
//! seconds, and an operator of whom no process has heard for a minute becomes «Оффлайн».

use chrono::Duration;

use super::queries;
use crate::app::App;
use crate::domain::person::WorkStatus;
use crate::platform::error::AppError;

/// How often the database hears who is connected.
pub const REPORT_EVERY: std::time::Duration = std::time::Duration::from_secs(15);
/// An operator unheard for this long has lost the connection.
const GRACE: Duration = Duration::seconds(60);

/// Reports who is connected here and sends those offline whom nobody hears any more.
pub fn report(app: &App) -> Result<(), AppError> {
    let connected = app.presence.connected();
    let now = app.clock.now();
    if !connected.is_empty() {
        app.db.write_now(|tx| Ok(queries::mark_seen(tx.db, &connected, now)?))?;
    }
    let silent = app.db.read_now(|db| Ok(queries::silent_operators(db, now - GRACE)?))?;
    if silent.is_empty() {
        return Ok(());
    }
    app.db.write_now(|tx| {
        for account_id in queries::silent_operators(tx.db, now - GRACE)? {
            queries::set_work_status(tx, account_id, WorkStatus::Offline, None, now)?;
            tracing::info!(
                account.id = %account_id,
                "operator {account_id} went offline: no connection for a minute"
            );
        }
        Ok(())
    })
}
