//! SQL of keeping accounts active.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::domain::id::{AccountId, AvitoId};
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::avito;
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// Whether an account is kept active, and how it goes.
#[derive(Clone, Debug, Queryable)]
pub struct Kept {
    /// The row.
    pub id: AvitoId,
    /// Its name.
    pub name: String,
    /// It is to be kept active.
    pub is_enabled: bool,
    /// The last request went through.
    pub is_online: bool,
    /// When the last one was made.
    pub last_check: Option<NaiveDateTime>,
    /// Seconds between two.
    pub interval: i32,
}

/// Every account that is switched on and has keys.
pub fn all(db: &mut Db) -> QueryResult<Vec<Kept>> {
    avito::table
        .filter(avito::is_active.eq(true).and(avito::client_secret.is_not_null()))
        .order(avito::name)
        .select((
            avito::id,
            avito::name,
            avito::eternal_online_enabled,
            avito::is_online,
            avito::last_online_check,
            avito::online_keep_alive_interval,
        ))
        .load(db)
}

/// Takes the turn of an account whose last request was made at `last_check`; `false` when another process was faster.
pub fn take(
    db: &mut Db,
    id: AvitoId,
    last_check: Option<NaiveDateTime>,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let enabled = avito::table.find(id).filter(avito::eternal_online_enabled.eq(true));
    let now = avito::last_online_check.eq(now);
    let taken = match last_check {
        Some(at) => diesel::update(enabled.filter(avito::last_online_check.eq(at))).set(now).execute(db)?,
        None => diesel::update(enabled.filter(avito::last_online_check.is_null())).set(now).execute(db)?,
    };
    Ok(taken == 1)
}

/// Keeps whether the request went through.
pub fn set_online(tx: &mut Tx, id: AvitoId, is_online: bool) -> QueryResult<()> {
    diesel::update(avito::table.find(id)).set(avito::is_online.eq(is_online)).execute(tx.db)?;
    tx.announce(Event::Avito(id));
    Ok(())
}

/// Switches it on or off, with so many seconds between two requests.
pub fn switch(
    tx: &mut Tx,
    id: AvitoId,
    is_enabled: bool,
    interval: TimeDelta,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<(), AppError> {
    let seconds = i32::try_from(interval.num_seconds()).unwrap_or(300);
    let values = (
        avito::eternal_online_enabled.eq(is_enabled),
        avito::online_keep_alive_interval.eq(seconds),
        avito::is_online.eq(false),
    );
    let name: Option<String> = diesel::update(avito::table.find(id))
        .set(values)
        .returning(avito::name)
        .get_result(tx.db)
        .optional()?;
    let name = name.ok_or(AppError::NotFound)?;
    let detail = if is_enabled {
        format!("включён, раз в {seconds} с")
    } else {
        "выключен".to_owned()
    };
    audit::record(tx, &Entry { by, action: "avito.online", subject: &name, detail: &detail }, now)?;
    tx.announce(Event::Avito(id));
    Ok(())
}
