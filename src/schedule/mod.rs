//! Work that is done later or again and again. The list of everything periodic is here, on one page.

mod sweep;

use std::time::Duration;

use actix_web::web::Data;
use chrono::NaiveDateTime;
use diesel::QueryResult;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::jobs::{self, Periodic, Taken};
use crate::platform::refold::{self, Folded};
use crate::{admin, alerts, callbacks, chats, clients, debts, health, messages, orders, shift, slots, stats};

/// Everything periodic.
pub const PERIODIC: &[Periodic<App>] = &[
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
        run: crate::telephony::intake::reconcile::regular,
    },
    Periodic {
        name: "join-recordings",
        label: "поиск звонков для записей",
        every: Duration::from_secs(60),
        run: crate::recordings::by_mail::places::join,
    },
    Periodic {
        name: "old-recordings",
        label: "удаление старых записей",
        every: Duration::from_secs(24 * 3600),
        run: crate::recordings::by_mail::places::remove_old,
    },
    Periodic {
        name: "old-data",
        label: "удаление старой переписки и событий",
        every: Duration::from_secs(24 * 3600),
        run: admin::data::keep::remove_old,
    },
    Periodic {
        name: "seal-papers",
        label: "шифрование документов сотрудников",
        every: Duration::from_secs(3600),
        run: crate::files::seal::seal_old,
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
        name: "after-calls",
        label: "конец времени после звонка",
        every: Duration::from_secs(2),
        run: crate::auth::work_time::end_run_out,
    },
    Periodic {
        name: "handovers",
        label: "непринятые дела смены",
        every: Duration::from_secs(15),
        run: shift::look_after,
    },
    Periodic {
        name: "chats",
        label: "возврат чатов без ответа",
        every: Duration::from_secs(15),
        run: chats::look_after,
    },
    Periodic {
        name: "auto-answers",
        label: "автоответы в чатах",
        every: Duration::from_secs(5),
        run: messages::answers::run,
    },
    Periodic {
        name: "refold",
        label: "обновление слов для поиска",
        every: Duration::from_secs(5),
        run: refold_words,
    },
    Periodic {
        name: "stats",
        label: "подсчёт статистики",
        every: Duration::from_secs(10),
        run: stats::keep::go_on,
    },
    Periodic {
        name: "slot-holds",
        label: "снятие броней времени",
        every: Duration::from_secs(60),
        run: end_holds,
    },
    Periodic {
        name: "avito-sync",
        label: "обновление данных Авито",
        every: Duration::from_secs(15 * 60),
        run: admin::avito::work::sync_regularly,
    },
    Periodic {
        name: "avito-ads",
        label: "статистика объявлений Авито",
        every: Duration::from_secs(10 * 60),
        run: admin::avito::work::read_ads_regularly,
    },
    Periodic {
        name: "avito-bids",
        label: "ставки Авито",
        every: Duration::from_secs(3600),
        run: admin::avito::work::steer_regularly,
    },
    Periodic {
        name: "avito-proxies",
        label: "проверка прокси",
        every: Duration::from_secs(10 * 60),
        run: admin::avito::work::check_regularly,
    },
    Periodic {
        name: "avito-online",
        label: "вечный онлайн",
        every: Duration::from_secs(20),
        run: admin::avito::online::keep_alive,
    },
    Periodic {
        name: "notices",
        label: "уведомления о новом",
        every: Duration::from_secs(10),
        run: crate::notices::watch::look,
    },
    Periodic {
        name: "states",
        label: "уведомления о неполадках",
        every: Duration::from_secs(60),
        run: compare_states,
    },
    Periodic {
        name: "daily-report",
        label: "ежедневный отчёт",
        every: Duration::from_secs(60),
        run: crate::alerts::report::queue,
    },
    Periodic {
        name: "certificate",
        label: "проверка сертификата сайта",
        every: Duration::from_secs(6 * 3600),
        run: health::certificate::look,
    },
];

/// Starts the clockwork; it ends with the application, when the work under way has heard of that.
pub fn spawn(app: Data<App>) -> JoinHandle<()> {
    let mut stop = app.stop.subscribe();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let mut taken = Taken::default();
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    let (app, known) = (app.clone(), std::mem::take(&mut taken));
                    // A panic inside a job is logged by the panic hook; the clockwork goes on.
                    let turn = tokio::task::spawn_blocking(move || run_due(&app, known)).await;
                    taken = turn.unwrap_or_default();
                }
                _ = stop.changed() => return,
            }
        }
    })
}

/// Does everything whose slot nobody has taken yet; gives back the `taken` slots with the new ones.
pub fn run_due(app: &App, mut taken: Taken) -> Taken {
    jobs::run_due(app, (&app.db, &app.metrics), &app.clock, PERIODIC, &mut taken);
    taken
}

/// Does the work called `name` at once, whatever its slot.
///
/// # Errors
/// Of the work, or when no work has this name.
pub fn run_now(app: &App, name: &str) -> Result<(), AppError> {
    let work = PERIODIC.iter().find(|work| work.name == name);
    (work.ok_or_else(|| AppError::internal("run periodic work", format!("nothing is called {name}")))?.run)(
        app,
    )
}

/// Labels of the periodic work that has failed since a moment.
pub fn failed_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<Vec<&'static str>> {
    let names = jobs::failed_since(db, since)?;
    Ok(PERIODIC
        .iter()
        .filter(|work| names.iter().any(|name| name == work.name))
        .map(|work| work.label)
        .collect())
}

/// Work that failed in this time and may fail still.
const FAILING_FOR: chrono::Duration = chrono::Duration::minutes(30);

fn compare_states(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let failing = app.db.read_now(|db| Ok(failed_since(db, now - FAILING_FOR)?))?;
    crate::notices::watch::compare(app, &failing)
}

/// How long finished periodic work stays in the table.
const KEEP_DONE: chrono::Duration = chrono::Duration::days(2);
/// How long an untouched draft is kept.
const KEEP_DRAFTS: chrono::Duration = chrono::Duration::days(14);
/// How long a delivery of Avito is kept after it has been understood: the messages themselves stay.
const KEEP_DELIVERIES: chrono::Duration = chrono::Duration::days(30);
/// How long the rows stay at which bookings of a past day waited.
const KEEP_SLOT_GUARDS: chrono::Duration = chrono::Duration::days(7);

/// So long a turn of folding anew may take: promises are due every five seconds too.
const REFOLD_TURN: Duration = Duration::from_millis(1500);
/// Everything that is stored folded.
const FOLDED: &[Folded] = &[
    Folded { name: refold::ORDERS, refold: orders::queries::refold::orders },
    Folded { name: refold::ADDRESSES, refold: orders::queries::refold::places },
    Folded { name: refold::CLIENTS, refold: clients::queries::refold::refold },
];

fn refold_words(app: &App) -> Result<(), AppError> {
    refold::go_on(&app.db, FOLDED, REFOLD_TURN, app.clock.now(), || *app.stop.borrow())
}

fn end_holds(app: &App) -> Result<(), AppError> {
    slots::queries::release_expired(&app.db, app.clock.now())
}

fn clean_up(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    app.throttle.forget_old();
    app.db.write_now(|tx| {
        crate::auth::queries::delete_expired_sessions(tx.db, now)?;
        crate::auth::queries::delete_old_drafts(tx.db, now - KEEP_DRAFTS)?;
        slots::queries::delete_past(tx.db, (now - KEEP_SLOT_GUARDS).date())?;
        jobs::delete_done(tx.db, now - KEEP_DONE)?;
        audit::delete_old(tx.db, now - audit::KEEP)?;
        chats::queries::inbox::delete_done(tx.db, now - KEEP_DELIVERIES)?;
        chats::queries::answers::delete_old(tx.db, now - messages::answers::KEEP)?;
        alerts::queries::notices::delete_old(tx.db, now - alerts::KEEP)?;
        alerts::queries::outbox::delete_old(tx.db, now - alerts::KEEP)?;
        Ok(())
    })
}
