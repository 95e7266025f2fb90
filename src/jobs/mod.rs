//! Work that is done later or again and again. The list of everything periodic is here, on one page.

mod periodic;
mod sweep;

use std::time::Duration;

use crate::app::App;
use crate::error::AppError;
use crate::{accounts, callbacks, debts, mail, mango, slots};

/// Something done every so often by one of the processes.
pub struct Periodic {
    /// Name in the table `jobs` and in logs.
    pub name: &'static str,
    /// What an admin calls it.
    pub label: &'static str,
    /// How often.
    pub every: Duration,
    /// Does it; runs on a thread that may block.
    pub run: fn(&App) -> Result<(), AppError>,
}

/// Everything periodic.
pub const PERIODIC: &[Periodic] = &[
    Periodic {
        name: "clean-up",
        label: "уборка старых данных",
        every: Duration::from_secs(3600),
        run: clean_up,
    },
    Periodic {
        name: "sweep-storage",
        label: "проверка хранилища файлов",
        every: Duration::from_secs(24 * 3600),
        run: sweep::sweep_storage,
    },
    Periodic {
        name: "reconcile",
        label: "сверка звонков с Mango",
        every: Duration::from_secs(600),
        run: mango::reconcile::regular,
    },
    Periodic {
        name: "join-recordings",
        label: "поиск звонков для записей",
        every: Duration::from_secs(60),
        run: mail::places::join,
    },
    Periodic {
        name: "old-recordings",
        label: "удаление старых записей",
        every: Duration::from_secs(24 * 3600),
        run: mail::places::remove_old,
    },
    Periodic {
        name: "debts",
        label: "учёт долгов по звонкам",
        every: Duration::from_secs(60),
        run: debts::look_after,
    },
    Periodic {
        name: "callbacks",
        label: "напоминания перезвонить",
        every: Duration::from_secs(5),
        run: callbacks::look_after,
    },
    Periodic {
        name: "slot-holds",
        label: "снятие броней времени",
        every: Duration::from_secs(60),
        run: end_holds,
    },
];

pub use periodic::{failed_since, run_due, run_now, spawn};

/// How long finished periodic work stays in the table.
const KEEP_DONE: chrono::Duration = chrono::Duration::days(2);
/// How long an untouched draft is kept.
const KEEP_DRAFTS: chrono::Duration = chrono::Duration::days(14);
/// How long the rows stay at which bookings of a past day waited.
const KEEP_SLOT_GUARDS: chrono::Duration = chrono::Duration::days(7);

fn end_holds(app: &App) -> Result<(), AppError> {
    slots::queries::release_expired(&app.db, app.clock.now())
}

fn clean_up(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    app.throttle.forget_old();
    app.db.write_now(|tx| {
        accounts::queries::delete_expired_sessions(tx.db, now)?;
        accounts::queries::delete_old_drafts(tx.db, now - KEEP_DRAFTS)?;
        slots::queries::delete_past(tx.db, (now - KEEP_SLOT_GUARDS).date())?;
        periodic::delete_done(tx.db, now - KEEP_DONE)?;
        Ok(())
    })
}
