//! SQL of the setup: each function makes what is missing and tells whether it did.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::file::{Avito, Line, Master, Operator};
use crate::auth::queries as accounts_queries;
use crate::auth::queries::NewAccount;
use crate::domain::id::{AccountId, AvitoId, MasterId};
use crate::domain::order::TypeEquipment;
use crate::domain::person::{AccountStatus, Role};
use crate::integrations::avito::accounts::Secret;
use crate::masters::queries::write as masters;
use crate::platform::db::Db;
use crate::platform::db::schema::{
    accounts, avito, callcentre_operator, campaigns, cities, master, master_cities, master_equipment,
    operator_cities, phones,
};
use crate::platform::error::AppError;
use crate::platform::secret::Cipher;

pub(super) fn city(db: &mut Db, name: &str, zone: Tz) -> QueryResult<bool> {
    let row = (cities::name.eq(name), cities::time_zone.eq(zone.name()));
    crate::insert_new!(db, cities::table, row, cities::name)
}

pub(super) fn campaign(db: &mut Db, name: &str) -> QueryResult<bool> {
    crate::insert_new!(db, campaigns::table, campaigns::name.eq(name), campaigns::name)
}

pub(super) fn avito(db: &mut Db, name: &str) -> QueryResult<bool> {
    crate::insert_new!(db, avito::table, avito::name.eq(name), avito::name)
}

/// Gives an account without keys those of the file, and its proxy; `false` when it has keys or the file has none.
pub(super) fn avito_access(db: &mut Db, cipher: &Cipher, given: &Avito) -> QueryResult<bool> {
    if given.client_id.is_empty() || given.client_secret.is_empty() {
        return Ok(false);
    }
    let without = avito::name.eq(given.name.clone()).and(avito::client_secret.is_null());
    let found: Option<AvitoId> = avito::table.filter(without).select(avito::id).first(db).optional()?;
    let Some(id) = found else { return Ok(false) };
    let keys = (
        avito::client_id.eq(&given.client_id),
        avito::client_secret.eq(Secret::Client.seal(cipher, id, &given.client_secret)),
    );
    diesel::update(avito::table.find(id)).set(keys).execute(db)?;
    if let Some(proxy) = &given.proxy {
        let password = (!proxy.login.is_empty()).then(|| Secret::Proxy.seal(cipher, id, &proxy.password));
        let way = (
            avito::proxy_type.eq(&proxy.kind),
            avito::proxy_host.eq(&proxy.host),
            avito::proxy_port.eq(i32::from(proxy.port)),
            avito::proxy_login.eq(&proxy.login),
            avito::proxy_password.eq(password),
        );
        diesel::update(avito::table.find(id)).set(way).execute(db)?;
    }
    Ok(true)
}

/// Makes a master, or gives the one of this name what nobody has said of him. Names of masters are not unique, so
/// one of the name is enough. `None` when there was nothing to do, else what was done.
pub(super) fn master(
    db: &mut Db,
    given: &Master,
    equipment: &[TypeEquipment],
) -> QueryResult<Option<&'static str>> {
    let same: Option<(MasterId, String)> = master::table
        .filter(master::name.eq(given.name.clone()))
        .order(master::id)
        .select((master::id, master::note))
        .first(db)
        .optional()?;
    let (id, is_new) = match &same {
        Some((id, _)) => (*id, false),
        None => {
            let values = (master::name.eq(&given.name), master::note.eq(&given.note));
            (diesel::insert_into(master::table).values(values).returning(master::id).get_result(db)?, true)
        }
    };
    let mut is_filled = false;
    if !given.cities.is_empty() && !has_cities(db, id)? {
        masters::set_cities(db, id, &given.cities)?;
        is_filled = true;
    }
    if !equipment.is_empty() && !has_equipment(db, id)? {
        masters::set_equipment(db, id, equipment)?;
        is_filled = true;
    }
    if !given.note.is_empty() && same.is_some_and(|(_, note)| note.is_empty()) {
        diesel::update(master::table.find(id)).set(master::note.eq(&given.note)).execute(db)?;
        is_filled = true;
    }
    Ok(match (is_new, is_filled) {
        (true, _) => Some("master"),
        (false, true) => Some("missing data of master"),
        (false, false) => None,
    })
}

fn has_cities(db: &mut Db, id: MasterId) -> QueryResult<bool> {
    diesel::select(exists(master_cities::table.filter(master_cities::master_id.eq(id)))).get_result(db)
}

fn has_equipment(db: &mut Db, id: MasterId) -> QueryResult<bool> {
    diesel::select(exists(master_equipment::table.filter(master_equipment::master_id.eq(id)))).get_result(db)
}

/// Makes a line, or describes one that was so far only seen in calls. A described one stays as it is.
pub(super) fn line(db: &mut Db, number: &str, line: &Line, now: NaiveDateTime) -> QueryResult<bool> {
    let described = (
        phones::rk.eq(&line.rk),
        phones::city.eq(&line.city),
        phones::avito_name.eq(&line.avito_name),
        phones::name.eq(&line.name),
        phones::is_known.eq(true),
    );
    let row = (phones::number.eq(number), described, phones::created_at.eq(now));
    if crate::insert_new!(db, phones::table, row, phones::number)? {
        return Ok(true);
    }
    let unknown =
        phones::table.filter(phones::number.eq(number.to_owned())).filter(phones::is_known.eq(false));
    Ok(diesel::update(unknown).set(described).execute(db)? == 1)
}

/// Makes an operator, or gives the one with this login or extension what he misses. `None` when there was nothing
/// to do, else his id and what was done.
pub(super) fn operator(
    db: &mut Db,
    operator: &Operator,
    hash: Option<String>,
    now: NaiveDateTime,
) -> Result<Option<(AccountId, &'static str)>, AppError> {
    let login = operator.login().unwrap_or_default();
    let (id, is_new) = match existing(db, &login, operator)? {
        Some((_, Role::Admin)) => {
            return Err(AppError::Conflict(format!("the login \"{login}\" belongs to an admin")));
        }
        Some((id, Role::Operator)) => (id, false),
        None => {
            let new = NewAccount {
                role: Role::Operator,
                login,
                password: hash.clone(),
                name: operator.name.clone(),
            };
            (accounts_queries::insert(db, &new, now)?, true)
        }
    };
    let mut filled = 0;
    let of_account = callcentre_operator::table.find(id);
    if let Some(extension) = &operator.extension {
        let free = of_account.filter(callcentre_operator::extension.is_null());
        filled += diesel::update(free).set(callcentre_operator::extension.eq(extension)).execute(db)?;
    }
    if let Some(sip) = &operator.sip {
        let free = of_account.filter(callcentre_operator::sip_address.is_null());
        filled += diesel::update(free).set(callcentre_operator::sip_address.eq(sip)).execute(db)?;
    }
    if let Some(user_id) = operator.user_id {
        let free = of_account.filter(callcentre_operator::mango_user_id.is_null());
        filled += diesel::update(free).set(callcentre_operator::mango_user_id.eq(user_id)).execute(db)?;
    }
    if let Some(hash) = hash.filter(|_| !is_new) {
        let free = accounts::table.find(id).filter(accounts::password.is_null());
        filled += diesel::update(free).set(accounts::password.eq(hash)).execute(db)?;
    }
    for city in &operator.cities {
        let row = (operator_cities::operator_id.eq(id), operator_cities::city.eq(city));
        let key = (operator_cities::operator_id, operator_cities::city);
        filled += usize::from(crate::insert_new!(db, operator_cities::table, row, key)?);
    }
    Ok(match (is_new, filled) {
        (true, _) => Some((id, "operator")),
        (false, 0) => None,
        (false, _) => Some((id, "missing data of operator")),
    })
}

/// The account with this login, else the active operator with this extension.
fn existing(db: &mut Db, login: &str, operator: &Operator) -> QueryResult<Option<(AccountId, Role)>> {
    let by_login = accounts::table
        .filter(accounts::login.eq(login.to_lowercase()))
        .select((accounts::id, accounts::role))
        .first(db)
        .optional()?;
    let (None, Some(extension)) = (by_login, &operator.extension) else { return Ok(by_login) };
    accounts::table
        .inner_join(callcentre_operator::table)
        .filter(callcentre_operator::extension.eq(extension))
        .filter(accounts::status.eq(AccountStatus::Active))
        .select((accounts::id, accounts::role))
        .first(db)
        .optional()
}
