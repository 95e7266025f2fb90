//! SQL of the reference.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{ReferencePage, first_text};
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role};
use crate::platform::db::schema::{accounts, reference_reads, reference_versions};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::{audit, db::portable};

/// A version of a page.
#[derive(Clone, Debug, Queryable)]
pub struct Version {
    /// Which page.
    pub page: ReferencePage,
    /// Counts from 1; 0 is the text the program came with.
    pub number: i64,
    /// Markdown.
    pub body: String,
    /// What has changed, for those who read it before; empty when nobody needs to know.
    pub notice: String,
    /// When it was written, UTC; none of the first text.
    pub at: Option<NaiveDateTime>,
    /// Who wrote it, or empty.
    pub author: String,
}

impl Version {
    fn first(page: ReferencePage) -> Self {
        let body = first_text(page).to_owned();
        Self { page, number: 0, body, notice: String::new(), at: None, author: String::new() }
    }
}

macro_rules! select_versions {
    () => {
        reference_versions::table.inner_join(accounts::table).select((
            reference_versions::slug,
            reference_versions::version,
            reference_versions::body,
            reference_versions::notice,
            reference_versions::at.nullable(),
            accounts::name,
        ))
    };
}

/// The version of a page that counts.
pub fn current(db: &mut Db, page: ReferencePage) -> QueryResult<Version> {
    let written = select_versions!()
        .filter(reference_versions::slug.eq(page))
        .order(reference_versions::version.desc())
        .first(db)
        .optional()?;
    Ok(written.unwrap_or_else(|| Version::first(page)))
}

/// The current versions of all pages, in the order of the menu.
pub fn all(db: &mut Db) -> QueryResult<Vec<Version>> {
    ReferencePage::ALL.iter().map(|page| current(db, *page)).collect()
}

/// One version of a page.
pub fn version(db: &mut Db, page: ReferencePage, number: i64) -> QueryResult<Option<Version>> {
    if number == 0 {
        return Ok(Some(Version::first(page)));
    }
    select_versions!()
        .filter(reference_versions::slug.eq(page))
        .filter(reference_versions::version.eq(number))
        .first(db)
        .optional()
}

/// The versions of a page, newest first, without their text; the first text is not among them.
pub fn versions(
    db: &mut Db,
    page: ReferencePage,
    limit: i64,
) -> QueryResult<Vec<(i64, NaiveDateTime, String)>> {
    reference_versions::table
        .inner_join(accounts::table)
        .filter(reference_versions::slug.eq(page))
        .order(reference_versions::version.desc())
        .limit(limit)
        .select((reference_versions::version, reference_versions::at, accounts::name))
        .load(db)
}

/// The newest change of a page that was told of.
pub fn notice(db: &mut Db, page: ReferencePage) -> QueryResult<Option<Version>> {
    select_versions!()
        .filter(reference_versions::slug.eq(page))
        .filter(reference_versions::notice.ne(""))
        .order(reference_versions::version.desc())
        .first(db)
        .optional()
}

/// Of which version each of these people has said that they know it, by page.
pub fn read_by(db: &mut Db, account_id: AccountId) -> QueryResult<HashMap<ReferencePage, i64>> {
    let rows: Vec<(ReferencePage, i64)> = reference_reads::table
        .filter(reference_reads::account_id.eq(account_id))
        .select((reference_reads::slug, reference_reads::version))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// How many of the operators who work here know a version or a later one, and how many they are.
pub fn readers(db: &mut Db, page: ReferencePage, version: i64) -> QueryResult<(i64, i64)> {
    let working = || {
        accounts::table
            .filter(accounts::role.eq(Role::Operator))
            .filter(accounts::status.eq(AccountStatus::Active))
    };
    let all: i64 = working().count().get_result(db)?;
    let knowing: i64 = working()
        .inner_join(reference_reads::table)
        .filter(reference_reads::slug.eq(page))
        .filter(reference_reads::version.ge(version))
        .count()
        .get_result(db)?;
    Ok((knowing, all))
}

/// Notes that somebody knows a version.
pub fn note_read(
    tx: &mut Tx,
    page: ReferencePage,
    account_id: AccountId,
    version: i64,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let row = (
        reference_reads::slug.eq(page),
        reference_reads::account_id.eq(account_id),
        reference_reads::version.eq(version),
        reference_reads::at.eq(now),
    );
    let change = (reference_reads::version.eq(version), reference_reads::at.eq(now));
    crate::upsert!(
        tx.db,
        reference_reads::table,
        row,
        (reference_reads::slug, reference_reads::account_id),
        change
    )?;
    tx.announce(Event::Lists);
    Ok(())
}

/// What is to be a page from now on.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Which page.
    pub page: ReferencePage,
    /// The version its author has seen.
    pub seen: i64,
    /// Markdown.
    pub body: String,
    /// What has changed, or empty.
    pub notice: String,
}

/// Writes the next version of a page. Gives its number, `None` when somebody else has written one meanwhile.
///
/// # Errors
/// Of the database.
pub fn write(
    tx: &mut Tx,
    new: &NewVersion,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<Option<i64>, AppError> {
    portable::lock(tx.db, &format!("reference {}", new.page))?;
    let current = current(tx.db, new.page)?;
    if current.number != new.seen {
        return Ok(None);
    }
    let number = current.number + 1;
    diesel::insert_into(reference_versions::table)
        .values((
            reference_versions::slug.eq(new.page),
            reference_versions::version.eq(number),
            reference_versions::body.eq(&new.body),
            reference_versions::notice.eq(&new.notice),
            reference_versions::at.eq(now),
            reference_versions::account_id.eq(by),
        ))
        .execute(tx.db)?;
    let subject = format!("{}, версия {number}", new.page.title());
    let entry = audit::Entry { by, action: "reference.edit", subject: &subject, detail: &new.notice };
    audit::record(tx, &entry, now)?;
    // Whoever wrote it knows it.
    note_read(tx, new.page, by, number, now)?;
    Ok(Some(number))
}
