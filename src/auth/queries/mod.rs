//! SQL of accounts, sessions and work statuses.

pub mod second_factor;
pub mod session;
pub mod work_time;

use chrono::{Duration, NaiveDateTime};
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::auth::session::device_of;
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, AfterCallView, Limits, Person, Role, WorkStatus, WorkStatusView};
use crate::domain::{russian, zone};
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::schema::{
    accounts, audit_log, break_reasons, callcentre_admin, callcentre_operator, drafts, sessions,
    work_status_log,
};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// What a sign-in needs to know of an account.
#[derive(Queryable)]
pub struct Credentials {
    /// The account.
    pub id: AccountId,
    /// argon2id hash, or bcrypt of a former system; `None` when no password was set yet.
    pub password: Option<String>,
    /// Only active accounts sign in.
    pub status: AccountStatus,
    /// Goes into the session.
    pub stamp: String,
}

/// The account of a login, however its letters are cased.
pub fn credentials(db: &mut Db, login: &str) -> QueryResult<Option<Credentials>> {
    accounts::table
        .filter(accounts::login.eq(login.to_lowercase()))
        .select((accounts::id, accounts::password, accounts::status, accounts::stamp))
        .first(db)
        .optional()
}

#[derive(Queryable)]
struct SignedIn {
    id: AccountId,
    role: Role,
    name: String,
    login: String,
    sound_on: bool,
    volume_percent: i32,
    quiet_on: bool,
    shows_tour: bool,
    operator: Option<OperatorPart>,
}

#[derive(Queryable)]
struct OperatorPart {
    extension: Option<String>,
    status_work: WorkStatus,
    status_reason: Option<String>,
    status_since: NaiveDateTime,
}

/// Employees are among the lists; statuses of work, sign-outs and settings of one's own have events of their own.
impl Kept for Person {
    fn is_touched_by(event: Event) -> bool {
        matches!(event, Event::Lists | Event::WorkStatus(_) | Event::Person(_) | Event::SignedOut(_))
    }
}

/// Under which name a signed-in person is remembered.
pub fn memory_key(account_id: AccountId, stamp: &str) -> String {
    format!("{account_id} {stamp}")
}

/// The person of a session; `None` when the account is dismissed or its stamp has changed since.
pub fn signed_in(
    db: &mut Db,
    zone: Tz,
    account_id: AccountId,
    stamp: &str,
) -> Result<Option<Person>, AppError> {
    kept(db, &memory_key(account_id, stamp), |db| read(db, zone, account_id, stamp)).map(Some).or_else(
        |error| match error {
            AppError::NotFound => Ok(None),
            error => Err(error),
        },
    )
}

fn read(db: &mut Db, zone: Tz, account_id: AccountId, stamp: &str) -> Result<Person, AppError> {
    let row: SignedIn = accounts::table
        .left_join(callcentre_operator::table)
        .filter(accounts::id.eq(account_id))
        .filter(accounts::stamp.eq(stamp))
        .filter(accounts::status.eq(AccountStatus::Active))
        .select((
            accounts::id,
            accounts::role,
            accounts::name,
            accounts::login,
            accounts::sound_on,
            accounts::volume_percent,
            accounts::quiet_on,
            accounts::shows_tour,
            (
                callcentre_operator::extension,
                callcentre_operator::status_work,
                callcentre_operator::status_reason,
                callcentre_operator::status_since,
            )
                .nullable(),
        ))
        .first(db)?;
    let (extension, work_status) = match row.operator {
        Some(part) => {
            let view = view(db, zone, row.id, part.status_work, part.status_reason, part.status_since)?;
            (part.extension, Some(view))
        }
        None => (None, None),
    };
    let needs_second_factor = row.role == Role::Admin
        && second_factor::is_asked_of_admins(db)?
        && !second_factor::is_on(db, row.id)?;
    Ok(Person {
        needs_second_factor,
        id: row.id,
        role: row.role,
        name: row.name,
        login: row.login,
        sound_on: row.sound_on,
        volume_percent: row.volume_percent,
        quiet_on: row.quiet_on,
        shows_tour: row.shows_tour,
        extension,
        work_status,
    })
}

/// The work status of an operator, as the header shows it.
pub fn work_status(db: &mut Db, zone: Tz, account_id: AccountId) -> QueryResult<Option<WorkStatusView>> {
    let row: Option<OperatorPart> = callcentre_operator::table
        .find(account_id)
        .select((
            callcentre_operator::extension,
            callcentre_operator::status_work,
            callcentre_operator::status_reason,
            callcentre_operator::status_since,
        ))
        .first(db)
        .optional()?;
    row.map(|part| view(db, zone, account_id, part.status_work, part.status_reason, part.status_since))
        .transpose()
}

fn view(
    db: &mut Db,
    zone: Tz,
    account_id: AccountId,
    status: WorkStatus,
    reason: Option<String>,
    since: NaiveDateTime,
) -> QueryResult<WorkStatusView> {
    let after_call = work_time::of(db, account_id)?;
    let limits = match (&after_call, &reason) {
        (Some(after_call), _) => after_call.limits(),
        (None, Some(reason)) if status.is_break() => Limits::of(since, break_length(db, reason)?),
        (None, _) => Limits::default(),
    };
    Ok(WorkStatusView {
        status,
        label: match (&after_call, reason) {
            (Some(_), _) => "После звонка".to_owned(),
            (None, Some(reason)) => format!("{}: {reason}", status.label()),
            (None, None) => status.label().to_owned(),
        },
        since_label: format!("с {}", russian::time(zone::local(since, zone))),
        amber: limits.amber,
        red: limits.red,
        after_call: after_call.map(|running| AfterCallView {
            until: running.until_at.and_utc().timestamp(),
            may_be_lengthened: running.may_be_lengthened(),
        }),
        reasons: break_reasons(db)?,
    })
}

/// How long a break of this reason should be; nothing when nobody has said.
fn break_length(db: &mut Db, reason: &str) -> QueryResult<Duration> {
    let minutes: Option<i32> = break_reasons::table
        .filter(break_reasons::name.eq(reason))
        .select(break_reasons::limit_minutes)
        .first(db)
        .optional()?;
    Ok(Duration::minutes(minutes.unwrap_or(0).into()))
}

/// Reasons of a break to choose from, in the order of the alphabet.
pub fn break_reasons(db: &mut Db) -> QueryResult<Vec<String>> {
    break_reasons::table
        .filter(break_reasons::is_active.eq(true))
        .order(break_reasons::name)
        .select(break_reasons::name)
        .load(db)
}

/// Shows the hints of the first day to somebody, or puts them away.
pub fn set_tour(tx: &mut Tx, account_id: AccountId, shows: bool) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id)).set(accounts::shows_tour.eq(shows)).execute(tx.db)?;
    tx.announce(Event::Person(account_id));
    Ok(())
}

/// A new account. `password` is a hash.
pub struct NewAccount {
    /// Decides the role's own row.
    pub role: Role,
    /// Stored in lower case.
    pub login: String,
    /// argon2id hash; `None`: cannot sign in yet.
    pub password: Option<String>,
    /// Full name.
    pub name: String,
}

/// Makes an account with its role's own row and gives its id.
///
/// # Errors
/// `UniqueViolation` when the login is taken.
pub fn insert(db: &mut Db, new: &NewAccount, now: NaiveDateTime) -> QueryResult<AccountId> {
    let id: AccountId = diesel::insert_into(accounts::table)
        .values((
            accounts::role.eq(new.role),
            accounts::login.eq(new.login.to_lowercase()),
            accounts::password.eq(&new.password),
            accounts::name.eq(&new.name),
            accounts::stamp.eq(new_stamp()),
            accounts::created_at.eq(now),
        ))
        .returning(accounts::id)
        .get_result(db)?;
    match new.role {
        Role::Admin => {
            diesel::insert_into(callcentre_admin::table).values(callcentre_admin::id.eq(id)).execute(db)?
        }
        Role::Operator => diesel::insert_into(callcentre_operator::table)
            .values((callcentre_operator::id.eq(id), callcentre_operator::status_since.eq(now)))
            .execute(db)?,
    };
    Ok(id)
}

/// True when there is at least one admin.
pub fn has_admin(db: &mut Db) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(accounts::table.filter(accounts::role.eq(Role::Admin)))).get_result(db)
}

/// Sets a password and ends every session of the account.
pub fn set_password(tx: &mut Tx, account_id: AccountId, hash: &str) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id)).set(accounts::password.eq(hash)).execute(tx.db)?;
    end_sessions(tx, account_id)
}

/// Puts another hash of the same password in the place of `old`, unless somebody has set another one meanwhile. Its
/// sessions stay.
pub fn rehash_password(db: &mut Db, account_id: AccountId, old: &str, hash: &str) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id).filter(accounts::password.eq(old)))
        .set(accounts::password.eq(hash))
        .execute(db)
        .map(|_| ())
}

/// Ends every session of an account at once: another stamp, no rows, and its open pages are told.
pub fn end_sessions(tx: &mut Tx, account_id: AccountId) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id)).set(accounts::stamp.eq(new_stamp())).execute(tx.db)?;
    diesel::delete(sessions::table.filter(sessions::account_id.eq(account_id))).execute(tx.db)?;
    tx.announce(Event::SignedOut(account_id));
    Ok(())
}

/// Why somebody who was signed in is not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The account is switched off.
    Dismissed,
    /// It has another password.
    PasswordChanged,
    /// It ended by itself, or on another device.
    Ended,
}

/// Entries of the journal that are looked through for a change of password.
const LOOKED_THROUGH: i64 = 200;

/// Why `login`, who was signed in at some time after `since`, is not any more.
pub fn farewell(db: &mut Db, login: &str, since: NaiveDateTime) -> QueryResult<Farewell> {
    let login = login.to_lowercase();
    let status: Option<AccountStatus> =
        accounts::table.filter(accounts::login.eq(&login)).select(accounts::status).first(db).optional()?;
    if status.is_some_and(|status| status != AccountStatus::Active) {
        return Ok(Farewell::Dismissed);
    }
    let told: Vec<(String, String, String)> = audit_log::table
        .filter(audit_log::at.ge(since))
        .filter(audit_log::action.eq_any(["profile.password", "employee.edit", "session.begin"]))
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .limit(LOOKED_THROUGH)
        .select((audit_log::action, audit_log::subject, audit_log::detail))
        .load(db)?;
    let named = format!("({login})");
    let last = told.into_iter().find_map(|(action, subject, detail)| match action.as_str() {
        "session.begin" if subject == login => Some(Farewell::Ended),
        "profile.password" if subject == login => Some(Farewell::PasswordChanged),
        "employee.edit" if subject.ends_with(&named) && detail.split("; ").any(|what| what == "пароль") => {
            Some(Farewell::PasswordChanged)
        }
        _ => None,
    });
    Ok(last.unwrap_or(Farewell::Ended))
}

/// A stamp nobody has.
pub fn new_stamp() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The present stamp of an active account: streams compare it while they are open.
pub fn stamp(db: &mut Db, account_id: AccountId) -> QueryResult<Option<String>> {
    accounts::table
        .find(account_id)
        .filter(accounts::status.eq(AccountStatus::Active))
        .select(accounts::stamp)
        .first(db)
        .optional()
}

/// A browser in which the person is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name among the person's sessions.
    pub key: String,
    /// What it calls itself.
    pub user_agent: String,
    /// When it signed in (UTC).
    pub since: NaiveDateTime,
    /// Its last sign of life (UTC), ten minutes exact.
    pub seen_at: NaiveDateTime,
}

/// Row id and device of every living session of an account.
pub fn sessions_of(
    db: &mut Db,
    account_id: AccountId,
    now: NaiveDateTime,
) -> QueryResult<Vec<(String, String, Device)>> {
    let rows: Vec<(String, String, String, NaiveDateTime, NaiveDateTime)> = sessions::table
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::expires_at.gt(now))
        .order((sessions::seen_at.desc(), sessions::id))
        .select((
            sessions::id,
            sessions::state,
            sessions::user_agent,
            sessions::created_at,
            sessions::seen_at,
        ))
        .load(db)?;
    let named = |(id, state, user_agent, since, seen_at): (String, String, String, _, _)| {
        let key = device_of(&id, &state)?;
        Some((id, state, Device { key, user_agent, since, seen_at }))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

/// Where an account is signed in, last used first.
pub fn devices(db: &mut Db, account_id: AccountId, now: NaiveDateTime) -> QueryResult<Vec<Device>> {
    Ok(sessions_of(db, account_id, now)?.into_iter().map(|(_, _, device)| device).collect())
}

/// True while the session `device` of an account is open: it is there, has not ended by itself, and was begun since
/// the last time all were ended.
pub fn is_open(
    db: &mut Db,
    account_id: AccountId,
    stamp: &str,
    device: Option<&str>,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    if self::stamp(db, account_id)?.as_deref() != Some(stamp) {
        return Ok(false);
    }
    Ok(devices(db, account_id, now)?.iter().any(|open| Some(open.key.as_str()) == device))
}

/// Ends one session of an account; `false` when there is no such one.
pub fn end_device(tx: &mut Tx, account_id: AccountId, key: &str, now: NaiveDateTime) -> QueryResult<bool> {
    let all = sessions_of(tx.db, account_id, now)?;
    let Some((id, _, _)) = all.into_iter().find(|(_, _, device)| device.key == key) else { return Ok(false) };
    diesel::delete(sessions::table.find(id)).execute(tx.db)?;
    tx.announce(Event::SignedOut(account_id));
    Ok(true)
}

/// Removes sessions that have ended by themselves.
pub fn delete_expired_sessions(db: &mut Db, now: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(db)
}

/// Changes an operator's work status and keeps the interval that ended. Choosing the same again changes
/// nothing.
pub fn set_work_status(
    tx: &mut Tx,
    account_id: AccountId,
    status: WorkStatus,
    reason: Option<&str>,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let old: Option<(WorkStatus, Option<String>)> = callcentre_operator::table
        .find(account_id)
        .select((callcentre_operator::status_work, callcentre_operator::status_reason))
        .first(tx.db)
        .optional()?;
    let Some((old_status, old_reason)) = old else { return Ok(()) };
    let was_after_call = work_time::end(tx, account_id, now)?;
    if old_status == status && old_reason.as_deref() == reason {
        if was_after_call {
            tx.announce(Event::WorkStatus(account_id));
        }
        return Ok(());
    }
    diesel::update(callcentre_operator::table.find(account_id))
        .set((
            callcentre_operator::status_work.eq(status),
            callcentre_operator::status_reason.eq(reason),
            callcentre_operator::status_since.eq(now),
        ))
        .execute(tx.db)?;
    diesel::update(work_status_log::table)
        .filter(work_status_log::account_id.eq(account_id))
        .filter(work_status_log::ended_at.is_null())
        .set(work_status_log::ended_at.eq(now))
        .execute(tx.db)?;
    diesel::insert_into(work_status_log::table)
        .values((
            work_status_log::account_id.eq(account_id),
            work_status_log::status_work.eq(status),
            work_status_log::reason.eq(reason),
            work_status_log::started_at.eq(now),
        ))
        .execute(tx.db)?;
    tx.announce(Event::WorkStatus(account_id));
    Ok(())
}

/// Marks operators whose browsers are connected right now.
pub fn mark_seen(db: &mut Db, account_ids: &[AccountId], now: NaiveDateTime) -> QueryResult<usize> {
    diesel::update(callcentre_operator::table.filter(callcentre_operator::id.eq_any(account_ids.to_vec())))
        .set(callcentre_operator::last_seen_at.eq(now))
        .execute(db)
}

/// Operators who are at work but of whose browsers nothing was heard since `silent_since`.
pub fn silent_operators(db: &mut Db, silent_since: NaiveDateTime) -> QueryResult<Vec<AccountId>> {
    callcentre_operator::table
        .filter(callcentre_operator::status_work.ne(WorkStatus::Offline))
        .filter(callcentre_operator::status_since.lt(silent_since))
        .filter(
            callcentre_operator::last_seen_at
                .is_null()
                .or(callcentre_operator::last_seen_at.lt(silent_since)),
        )
        .select(callcentre_operator::id)
        .load(db)
}

/// Removes drafts nobody has touched since `before`.
pub fn delete_old_drafts(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(drafts::table.filter(drafts::updated_at.lt(before))).execute(db)
}
