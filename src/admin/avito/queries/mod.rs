//! SQL of the page of accounts.

pub mod bids;
pub mod online;
pub mod reviews;
pub mod top;

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::row::{AvitoFields, AvitoRow, ConnectionStatus, ProxyStatus, Told};
use crate::domain::id::{AccountId, AvitoId};
use crate::integrations::avito::accounts::Secret;
use crate::integrations::avito::queries::Reading;
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::{avito, avito_readings};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::secret::Cipher;
use crate::web::field_errors::{FieldErrors, FormOutcome};

macro_rules! rows {
    () => {
        avito::table.select((
            avito::id,
            avito::name,
            avito::is_active,
            avito::client_id,
            avito::client_secret,
            avito::user_id,
            avito::proxy_type,
            avito::proxy_host,
            avito::proxy_port,
            avito::proxy_login,
            avito::proxy_password,
            avito::connection_status,
            avito::proxy_status,
            avito::account_balance,
            avito::account_bonus,
            avito::account_advance,
            avito::ads_count,
            avito::views_count,
            avito::contacts_count,
            avito::views_today,
            avito::contacts_today,
            avito::last_sync_at,
        ))
    };
}

/// Every account; those that are switched off come last.
pub fn all(db: &mut Db) -> QueryResult<Vec<AvitoRow>> {
    rows!().order((avito::is_active.desc(), avito::name)).load(db)
}

/// One account.
pub fn by_id(db: &mut Db, id: AvitoId) -> QueryResult<Option<AvitoRow>> {
    rows!().filter(avito::id.eq(id)).first(db).optional()
}

/// When what was read of each account.
pub type Readings = HashMap<(AvitoId, String), Told>;

/// When what was read of each account.
pub fn readings(db: &mut Db) -> QueryResult<Readings> {
    type Reading = (AvitoId, String, Option<NaiveDateTime>, String, String, Option<NaiveDateTime>);
    let rows: Vec<Reading> = avito_readings::table.load(db)?;
    let told = |(id, what, good_at, detail, error, error_at)| {
        ((id, what), Told { good_at, detail, error, error_at })
    };
    Ok(rows.into_iter().map(told).collect())
}

/// Accounts whose proxy is to be checked.
pub fn with_proxy(db: &mut Db) -> QueryResult<Vec<AvitoId>> {
    let asked = avito::table.filter(avito::proxy_host.ne("")).filter(avito::is_active.eq(true));
    asked.order(avito::name).select(avito::id).load(db)
}

/// Saves a new account (`id` none) or what an account is from now on; a name or number somebody has is refused at its
/// field.
pub fn save(
    tx: &mut Tx,
    cipher: &Cipher,
    id: Option<AvitoId>,
    wanted: &AvitoFields,
    by: AccountId,
    now: NaiveDateTime,
) -> FormOutcome<AvitoId> {
    let before = match id {
        Some(id) => Some(by_id(tx.db, id)?.ok_or(AppError::NotFound)?),
        None => None,
    };
    let proxy = wanted.proxy.as_ref();
    let values = (
        avito::name.eq(&wanted.name),
        avito::is_active.eq(wanted.is_active),
        avito::client_id.eq(&wanted.client_id),
        avito::proxy_type.eq(proxy.map(|proxy| proxy.kind.as_str())),
        avito::proxy_host.eq(proxy.map(|proxy| proxy.host.clone()).unwrap_or_default()),
        avito::proxy_port.eq(proxy.map(|proxy| i32::from(proxy.port))),
        avito::proxy_login.eq(proxy.map(|proxy| proxy.login.clone()).unwrap_or_default()),
    );
    let written = tx.db.transaction(|db| match id {
        Some(id) => {
            diesel::update(avito::table.find(id)).set(values).execute(db)?;
            Ok(id)
        }
        None => diesel::insert_into(avito::table).values(values).returning(avito::id).get_result(db),
    });
    let id = match written {
        Ok(id) => id,
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            let mut errors = FieldErrors::default();
            errors.add("name", "Такой аккаунт уже есть");
            return Ok(Err(errors));
        }
        Err(error) => return Err(error.into()),
    };
    let mut changed = Vec::new();
    if let Some(secret) = &wanted.client_secret {
        let sealed = Secret::Client.seal(cipher, id, secret);
        diesel::update(avito::table.find(id)).set(avito::client_secret.eq(sealed)).execute(tx.db)?;
        changed.push("client_secret");
    }
    match proxy {
        Some(proxy) if !proxy.login.is_empty() => {
            if let Some(password) = &proxy.password {
                let sealed = Secret::Proxy.seal(cipher, id, password);
                diesel::update(avito::table.find(id)).set(avito::proxy_password.eq(sealed)).execute(tx.db)?;
                changed.push("пароль прокси");
            }
        }
        _ => {
            let none = avito::proxy_password.eq(None::<String>);
            diesel::update(avito::table.find(id)).set(none).execute(tx.db)?;
        }
    }
    let after = by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    let was = before.as_ref();
    if was.is_none_or(|was| was.client_id != after.client_id || was.client_secret != after.client_secret) {
        // Another pair may be another account: its number is read anew, and what was read of the old one says nothing.
        let unread = (
            avito::connection_status.eq(ConnectionStatus::Unknown),
            avito::user_id.eq(if was.is_some_and(|was| was.client_id == after.client_id) {
                after.user_id
            } else {
                None
            }),
        );
        diesel::update(avito::table.find(id)).set(unread).execute(tx.db)?;
        changed.push("ключи");
    }
    let way = |row: &AvitoRow| {
        (row.proxy_type.clone(), row.proxy_place(), row.proxy_login.clone(), row.proxy_password.clone())
    };
    if was.is_none_or(|was| way(was) != way(&after)) {
        diesel::update(avito::table.find(id))
            .set(avito::proxy_status.eq(ProxyStatus::Unknown))
            .execute(tx.db)?;
        let proxy_reading = avito_readings::avito_id.eq(id).and(avito_readings::what.eq(Reading::Proxy));
        diesel::delete(avito_readings::table.filter(proxy_reading)).execute(tx.db)?;
        changed.push("прокси");
    }
    let action = if was.is_some() { "avito.edit" } else { "avito.create" };
    let state = if wanted.is_active { "включён" } else { "выключен" };
    let detail = format!("{state}, прокси {}; изменено: {}", after.proxy_place(), changed.join(", "));
    audit::record(tx, &Entry { by, action, subject: &wanted.name, detail: &detail }, now)?;
    tx.announce(Event::Lists);
    tx.announce(Event::Avito(id));
    Ok(Ok(id))
}

/// Deletes an account nothing refers to; `false` when something does.
pub fn delete(tx: &mut Tx, id: AvitoId, by: AccountId, now: NaiveDateTime) -> Result<bool, AppError> {
    let row = by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    let written = tx.db.transaction(|db| diesel::delete(avito::table.find(id)).execute(db));
    match written {
        Ok(_) => {
            audit::record(tx, &Entry { by, action: "avito.delete", subject: &row.name, detail: "" }, now)?;
            tx.announce(Event::Lists);
            tx.announce(Event::Avito(id));
            Ok(true)
        }
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Notes that Avito let the account in.
pub fn connected(tx: &mut Tx, id: AvitoId, now: NaiveDateTime) -> QueryResult<()> {
    let good = (avito::connection_status.eq(ConnectionStatus::Connected), avito::last_sync_at.eq(now));
    diesel::update(avito::table.find(id)).set(good).execute(tx.db)?;
    tx.announce(Event::Avito(id));
    Ok(())
}

/// Notes that Avito did not let the account in.
pub fn not_connected(tx: &mut Tx, id: AvitoId) -> QueryResult<()> {
    let bad = avito::connection_status.eq(ConnectionStatus::Error);
    diesel::update(avito::table.find(id)).set(bad).execute(tx.db)?;
    tx.announce(Event::Avito(id));
    Ok(())
}

/// Keeps the wallet.
pub fn set_balance(db: &mut Db, id: AvitoId, real: i64, bonus: i64) -> QueryResult<usize> {
    let values = (avito::account_balance.eq(real), avito::account_bonus.eq(bonus));
    diesel::update(avito::table.find(id)).set(values).execute(db)
}

/// Keeps the advance.
pub fn set_advance(db: &mut Db, id: AvitoId, advance: i64) -> QueryResult<usize> {
    diesel::update(avito::table.find(id)).set(avito::account_advance.eq(advance)).execute(db)
}

/// Keeps the number of ads.
pub fn set_ads(db: &mut Db, id: AvitoId, ads: i64) -> QueryResult<usize> {
    diesel::update(avito::table.find(id)).set(avito::ads_count.eq(ads)).execute(db)
}

/// Views and contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Views of thirty days.
    pub views: i64,
    /// Contacts of thirty days.
    pub contacts: i64,
    /// Views of today.
    pub views_today: i64,
    /// Contacts of today.
    pub contacts_today: i64,
}

/// Keeps views and contacts.
pub fn set_figures(db: &mut Db, id: AvitoId, figures: Figures) -> QueryResult<usize> {
    let values = (
        avito::views_count.eq(figures.views),
        avito::contacts_count.eq(figures.contacts),
        avito::views_today.eq(figures.views_today),
        avito::contacts_today.eq(figures.contacts_today),
    );
    diesel::update(avito::table.find(id)).set(values).execute(db)
}

/// Keeps what came of checking the proxy.
pub fn set_proxy_status(tx: &mut Tx, id: AvitoId, status: ProxyStatus) -> QueryResult<()> {
    diesel::update(avito::table.find(id)).set(avito::proxy_status.eq(status)).execute(tx.db)?;
    tx.announce(Event::Avito(id));
    Ok(())
}
