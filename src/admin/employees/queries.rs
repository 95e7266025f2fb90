//! SQL of employees. Extension, SIP address and login belong to one person each; two admins who save at once are
//! told by the database, and so by the field.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::{Employee, EmployeeFields, rules};
use crate::auth::queries as account_queries;
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role, WorkStatus};
use crate::domain::search_words;
use crate::platform::audit;
use crate::platform::db::schema::{
    accounts, callcentre_admin, callcentre_operator, operator_cities, sessions,
};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::web::field_errors::{FieldErrors, FormOutcome};

type OperatorColumns = (
    WorkStatus,
    Option<String>,
    NaiveDateTime,
    Option<NaiveDateTime>,
    Option<String>,
    Option<String>,
    String,
    bool,
);
type Columns = (
    (AccountId, Role, String, String, AccountStatus, Option<String>),
    Option<String>,
    Option<OperatorColumns>,
);

/// Everybody, those who work first, by name.
pub fn all(db: &mut Db) -> QueryResult<Vec<Employee>> {
    load(db, None)
}

/// One employee.
pub fn by_id(db: &mut Db, id: AccountId) -> QueryResult<Option<Employee>> {
    Ok(load(db, Some(id))?.pop())
}

fn load(db: &mut Db, only: Option<AccountId>) -> QueryResult<Vec<Employee>> {
    let mut query = accounts::table
        .left_join(callcentre_admin::table)
        .left_join(callcentre_operator::table)
        .select((
            (
                accounts::id,
                accounts::role,
                accounts::login,
                accounts::name,
                accounts::status,
                accounts::password,
            ),
            callcentre_admin::note.nullable(),
            (
                callcentre_operator::status_work,
                callcentre_operator::status_reason,
                callcentre_operator::status_since,
                callcentre_operator::last_seen_at,
                callcentre_operator::extension,
                callcentre_operator::sip_address,
                callcentre_operator::note,
                callcentre_operator::may_download_recordings,
            )
                .nullable(),
        ))
        .into_boxed();
    let mut links = operator_cities::table.into_boxed();
    if let Some(id) = only {
        query = query.filter(accounts::id.eq(id));
        links = links.filter(operator_cities::operator_id.eq(id));
    }
    let rows: Vec<Columns> = query.load(db)?;
    let mut cities: HashMap<AccountId, Vec<String>> = HashMap::new();
    for (operator, city) in links
        .select((operator_cities::operator_id, operator_cities::city))
        .order(operator_cities::city)
        .load::<(AccountId, String)>(db)?
    {
        cities.entry(operator).or_default().push(city);
    }
    let signed_in: HashMap<AccountId, NaiveDateTime> = sessions::table
        .filter(sessions::account_id.is_not_null())
        .group_by(sessions::account_id)
        .select((sessions::account_id, diesel::dsl::max(sessions::seen_at)))
        .load::<(Option<AccountId>, Option<NaiveDateTime>)>(db)?
        .into_iter()
        .filter_map(|(id, at)| id.zip(at))
        .collect();
    let mut all: Vec<Employee> = rows
        .into_iter()
        .map(|((id, role, login, name, status, password), admin_note, operator)| {
            let mut cities = cities.remove(&id).unwrap_or_default();
            cities.sort();
            let mut employee = Employee {
                id,
                role,
                login,
                name,
                status,
                has_password: password.is_some(),
                cities,
                extension: None,
                sip_address: None,
                may_download_recordings: false,
                note: admin_note.unwrap_or_default(),
                work: None,
                seen_at: signed_in.get(&id).copied(),
            };
            if let Some((work, reason, since, seen, extension, sip, note, may_download)) = operator {
                employee.work = Some((work, reason, since));
                employee.seen_at = employee.seen_at.max(seen);
                employee.extension = extension;
                employee.sip_address = sip;
                employee.may_download_recordings = may_download;
                employee.note = note;
            }
            employee
        })
        .collect();
    all.sort_by_cached_key(|e| (e.status != AccountStatus::Active, search_words::sort_key(&e.name), e.id));
    Ok(all)
}

/// Saves somebody new, or says which fields speak against it. `hash` is the password's.
pub fn insert(
    tx: &mut Tx,
    wanted: &EmployeeFields,
    hash: String,
    by: AccountId,
    now: NaiveDateTime,
) -> FormOutcome<AccountId> {
    let new = account_queries::NewAccount {
        role: wanted.role,
        login: wanted.login.clone(),
        password: Some(hash),
        name: wanted.name.clone(),
    };
    let written = tx.db.transaction(|db| {
        let id = account_queries::insert(db, &new, now)?;
        write_details(db, id, wanted)?;
        Ok(id)
    });
    let id = match refused(tx.db, None, wanted, written)? {
        Ok(id) => id,
        Err(errors) => return Ok(Err(errors)),
    };
    crate::calls::queries::write::relabel_operator(tx, id)?;
    let subject = subject(wanted);
    let entry =
        audit::Entry { by, action: "employee.create", subject: &subject, detail: wanted.role.label() };
    audit::record(tx, &entry, now)?;
    tx.announce(Event::Lists);
    Ok(Ok(id))
}

/// Saves changes, or says which fields speak against them. A new password, another role or a dismissal ends
/// the person's sessions.
pub fn update(
    tx: &mut Tx,
    id: AccountId,
    wanted: &EmployeeFields,
    hash: Option<String>,
    by: AccountId,
    now: NaiveDateTime,
) -> FormOutcome<()> {
    lock_admins(tx.db)?;
    let employee = by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    let objections = rules::objections(&employee, wanted, hash.is_some(), by, admins_besides(tx.db, id)?);
    if !objections.is_empty() {
        return Ok(Err(objections));
    }
    let dismissed = wanted.status == AccountStatus::Inactive && employee.status == AccountStatus::Active;
    let new_role = wanted.role != employee.role;
    if (dismissed || new_role) && employee.role == Role::Operator {
        account_queries::set_work_status(tx, id, WorkStatus::Offline, None, now)?;
    }
    let written = tx.db.transaction(|db| {
        diesel::update(accounts::table.find(id))
            .set((
                accounts::role.eq(wanted.role),
                accounts::login.eq(&wanted.login),
                accounts::name.eq(&wanted.name),
                accounts::status.eq(wanted.status),
            ))
            .execute(db)?;
        if let Some(hash) = &hash {
            diesel::update(accounts::table.find(id)).set(accounts::password.eq(hash)).execute(db)?;
        }
        if new_role {
            change_role(db, id, wanted.role, now)?;
        }
        write_details(db, id, wanted)
    });
    if let Err(errors) = refused(tx.db, Some(id), wanted, written)? {
        return Ok(Err(errors));
    }
    if dismissed || new_role || hash.is_some() {
        account_queries::end_sessions(tx, id)?;
    }
    if employee.extension != wanted.extension {
        crate::calls::queries::write::relabel_operator(tx, id)?;
    }
    let mut changes = employee.changes(wanted);
    if hash.is_some() {
        changes.push("пароль".to_owned());
    }
    let action = if dismissed { "employee.dismiss" } else { "employee.edit" };
    let entry = audit::Entry { by, action, subject: &subject(wanted), detail: &changes.join("; ") };
    audit::record(tx, &entry, now)?;
    tx.announce(Event::Lists);
    Ok(Ok(()))
}

fn subject(wanted: &EmployeeFields) -> String {
    format!("{} ({})", wanted.name, wanted.login)
}

/// Two admins who dismiss each other at once must not both succeed: the second waits here and then sees what
/// the first has done.
fn lock_admins(db: &mut Db) -> QueryResult<()> {
    diesel::update(accounts::table.filter(accounts::role.eq(Role::Admin)))
        .set(accounts::role.eq(Role::Admin))
        .execute(db)?;
    Ok(())
}

fn admins_besides(db: &mut Db, id: AccountId) -> QueryResult<i64> {
    accounts::table
        .filter(accounts::role.eq(Role::Admin))
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(accounts::password.is_not_null())
        .filter(accounts::id.ne(id))
        .count()
        .get_result(db)
}

fn change_role(db: &mut Db, id: AccountId, role: Role, now: NaiveDateTime) -> QueryResult<()> {
    match role {
        Role::Admin => {
            diesel::delete(callcentre_operator::table.find(id)).execute(db)?;
            diesel::insert_into(callcentre_admin::table).values(callcentre_admin::id.eq(id)).execute(db)?;
        }
        Role::Operator => {
            diesel::delete(callcentre_admin::table.find(id)).execute(db)?;
            diesel::insert_into(callcentre_operator::table)
                .values((callcentre_operator::id.eq(id), callcentre_operator::status_since.eq(now)))
                .execute(db)?;
        }
    }
    Ok(())
}

fn write_details(db: &mut Db, id: AccountId, wanted: &EmployeeFields) -> QueryResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::status.eq(wanted.status)).execute(db)?;
    match wanted.role {
        Role::Admin => {
            diesel::update(callcentre_admin::table.find(id))
                .set(callcentre_admin::note.eq(&wanted.note))
                .execute(db)?;
        }
        Role::Operator => {
            diesel::update(callcentre_operator::table.find(id))
                .set((
                    callcentre_operator::extension.eq(&wanted.extension),
                    callcentre_operator::sip_address.eq(&wanted.sip_address),
                    callcentre_operator::note.eq(&wanted.note),
                    callcentre_operator::may_download_recordings.eq(wanted.may_download_recordings),
                ))
                .execute(db)?;
            diesel::delete(operator_cities::table.filter(operator_cities::operator_id.eq(id))).execute(db)?;
            let links: Vec<_> = wanted
                .cities
                .iter()
                .map(|city| (operator_cities::operator_id.eq(id), operator_cities::city.eq(city)))
                .collect();
            crate::insert_many!(db, operator_cities::table, &links)?;
        }
    }
    Ok(())
}

/// Turns a refusal of the database into words at the fields it is about.
fn refused<T>(
    db: &mut Db,
    id: Option<AccountId>,
    wanted: &EmployeeFields,
    written: QueryResult<T>,
) -> FormOutcome<T> {
    match written {
        Ok(value) => Ok(Ok(value)),
        Err(error @ Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            let errors = taken(db, id, wanted)?;
            // A violation nobody is seen to cause is not the person's mistake.
            if errors.is_empty() { Err(error.into()) } else { Ok(Err(errors)) }
        }
        Err(error) => Err(error.into()),
    }
}

/// Which of the wanted login, extension and SIP address somebody else has.
fn taken(db: &mut Db, id: Option<AccountId>, wanted: &EmployeeFields) -> QueryResult<FieldErrors> {
    let mut errors = FieldErrors::default();
    for other in all(db)?.iter().filter(|e| Some(e.id) != id) {
        let who = match other.status {
            AccountStatus::Active => other.name.clone(),
            AccountStatus::Inactive => format!("{}, уволен: освободите в его карточке", other.name),
        };
        if other.login == wanted.login {
            errors.add("login", format!("Логин занят: {}", other.name));
        }
        if wanted.extension.is_some() && other.extension == wanted.extension {
            errors.add("extension", format!("Этот номер занят: {who}"));
        }
        if wanted.sip_address.is_some() && other.sip_address == wanted.sip_address {
            errors.add("sip_address", format!("Этот адрес занят: {who}"));
        }
    }
    Ok(errors)
}
