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
    accounts, audit_log, callcentre_admin, callcentre_operator, operator_cities, sessions,
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
        diesel::update(accounts::table.find(id)).set(accounts::shows_tour.eq(true)).execute(db)?;
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

/// When and from where an account has signed in lately.
pub fn sign_ins(db: &mut Db, id: AccountId) -> QueryResult<Vec<(NaiveDateTime, String)>> {
    audit_log::table
        .filter(audit_log::account_id.eq(id))
        .filter(audit_log::action.eq("session.begin"))
        .order(audit_log::id.desc())
        .limit(200)
        .select((audit_log::at, audit_log::address))
        .load(db)
}

/// Where an employee has left something, and how it is called: question and words.
const TRACES: [(&str, &str); 9] = [
    ("SELECT COUNT(*) AS n FROM orders WHERE operator_name_id = $1", "заказы"),
    ("SELECT COUNT(*) AS n FROM order_history WHERE account_id = $1", "изменения заказов"),
    ("SELECT COUNT(*) AS n FROM calls WHERE operator_id = $1 OR last_operator_id = $1", "звонки"),
    ("SELECT COUNT(*) AS n FROM dials WHERE account_id = $1", "набранные номера"),
    ("SELECT COUNT(*) AS n FROM messages WHERE account_id = $1", "сообщения"),
    (
        "SELECT COUNT(*) AS n FROM work_status_log WHERE account_id = $1 AND status_work <> 'offline'",
        "рабочее время",
    ),
    ("SELECT COUNT(*) AS n FROM salary_entries WHERE operator_id = $1 OR created_by = $1", "зарплата"),
    (
        "SELECT COUNT(*) AS n FROM files WHERE (employee_id = $1 OR created_by = $1) AND deleted_at IS NULL",
        "документы",
    ),
    ("SELECT COUNT(*) AS n FROM audit_log WHERE account_id = $1", "строки журнала: входы и действия"),
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// What an employee has left behind, in words; nothing of one who was added by mistake.
pub fn traces(db: &mut Db, id: AccountId) -> QueryResult<Vec<&'static str>> {
    let mut found = Vec::new();
    for (question, words) in TRACES {
        let count: Count =
            diesel::sql_query(question).bind::<diesel::sql_types::BigInt, _>(id.0).get_result(db)?;
        if count.n > 0 {
            found.push(words);
        }
    }
    Ok(found)
}

/// Deletes an employee who has left nothing behind.
///
/// # Errors
/// `NotFound`; `Conflict` in words when there are traces, or it is the one who asks.
pub fn delete(tx: &mut Tx, id: AccountId, by: AccountId, now: NaiveDateTime) -> Result<(), AppError> {
    let employee = by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
    if id == by {
        return Err(AppError::Conflict("Себя удалить нельзя.".to_owned()));
    }
    let left = traces(tx.db, id)?;
    if !left.is_empty() {
        return Err(AppError::Conflict(kept_because(&left)));
    }
    let deleted = tx.db.transaction(|db| diesel::delete(accounts::table.find(id)).execute(db));
    match deleted {
        Ok(_) => {}
        // Something of another kind refers to the account: what was done stays with who did it.
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            return Err(AppError::Conflict(kept_because(&["другие записи"])));
        }
        Err(error) => return Err(error.into()),
    }
    let subject = format!("{} ({})", employee.name, employee.login);
    let entry = audit::Entry {
        by, action: "employee.delete", subject: &subject, detail: "следов не было"
    };
    audit::record(tx, &entry, now)?;
    tx.announce(Event::SignedOut(id));
    tx.announce(Event::Lists);
    Ok(())
}

fn kept_because(left: &[&str]) -> String {
    format!(
        "Сотрудника не удалить: за ним остались {}. Поставьте статус «Уволен»: войти он не сможет, а сделанное останется за ним.",
        left.join(", ")
    )
}
