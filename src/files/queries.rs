//! SQL of documents, and of the log of who opened them.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use super::{DocumentOwner, FileKind, MAX_FILES, MediaType};
use crate::domain::id::{AccountId, FileId, MasterId, OrderId};
use crate::platform::audit;
use crate::platform::db::schema::{accounts, audit_log, files, master, orders};
use crate::platform::db::{Db, Tx};

/// A document to be written.
pub struct NewFile {
    /// Where it belongs.
    pub place: DocumentOwner,
    /// Of the stored bytes.
    pub hash: String,
    /// Of the small picture.
    pub thumb_hash: Option<String>,
    /// What is stored.
    pub media_type: MediaType,
    /// Of the document, before it was encrypted.
    pub byte_size: i64,
    /// The key of an encrypted one, sealed.
    pub sealed_key: Option<String>,
    /// Sanitised.
    pub original_name: String,
    /// Width and height of a picture.
    pub size: Option<(u32, u32)>,
    /// Who adds it.
    pub created_by: AccountId,
    /// When.
    pub created_at: NaiveDateTime,
}

/// What became of a [`NewFile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is a document now.
    New(FileId),
    /// The place has the same content already.
    Same(FileId),
    /// The place is full.
    TooMany,
    /// There is nobody to have it.
    NoOwner,
}

/// Documents that are not deleted.
#[diesel::dsl::auto_type(no_type_alias)]
fn present() -> _ {
    let is_present: diesel::dsl::IsNull<files::deleted_at> = files::deleted_at.is_null();
    files::table.filter(is_present)
}

/// Writes a document and who added it.
pub fn insert(tx: &mut Tx, new: &NewFile) -> QueryResult<Added> {
    if !owner_exists(tx.db, new.place)? {
        return Ok(Added::NoOwner);
    }
    // Counting and adding are one step, whoever adds at the same time.
    crate::platform::db::portable::lock(tx.db, &new.place.element_id())?;
    let there = in_place(tx.db, new.place)?;
    if let Some((id, _)) = there.iter().find(|(_, hash)| *hash == new.hash) {
        return Ok(Added::Same(*id));
    }
    if there.len() >= MAX_FILES {
        return Ok(Added::TooMany);
    }
    let pixels = |n: u32| i32::try_from(n).ok();
    let (order_id, master_id, employee_id) = owner_columns(new.place);
    let id: FileId = diesel::insert_into(files::table)
        .values((
            files::hash.eq(&new.hash),
            files::thumb_hash.eq(&new.thumb_hash),
            files::media_type.eq(new.media_type),
            files::byte_size.eq(new.byte_size),
            files::original_name.eq(&new.original_name),
            files::kind.eq(new.place.kind()),
            files::order_id.eq(order_id),
            files::master_id.eq(master_id),
            files::employee_id.eq(employee_id),
            files::width.eq(new.size.and_then(|(width, _)| pixels(width))),
            files::height.eq(new.size.and_then(|(_, height)| pixels(height))),
            files::created_by.eq(new.created_by),
            files::created_at.eq(new.created_at),
            files::sealed_key.eq(&new.sealed_key),
        ))
        .returning(files::id)
        .get_result(tx.db)?;
    log(tx, new.created_by, "file.create", (id, &new.original_name, new.place), new.created_at)?;
    Ok(Added::New(id))
}

type OwnerColumns = (Option<OrderId>, Option<MasterId>, Option<AccountId>);

fn owner_columns(place: DocumentOwner) -> OwnerColumns {
    match place {
        DocumentOwner::Bso(order) | DocumentOwner::Expenditure(order) => (Some(order), None, None),
        DocumentOwner::Master(master) => (None, Some(master), None),
        DocumentOwner::Employee(account) => (None, None, Some(account)),
    }
}

fn owner_exists(db: &mut Db, place: DocumentOwner) -> QueryResult<bool> {
    use diesel::dsl::exists;
    use diesel::select;
    match place {
        DocumentOwner::Bso(id) | DocumentOwner::Expenditure(id) => {
            select(exists(orders::table.filter(orders::id.eq(id)))).get_result(db)
        }
        DocumentOwner::Master(id) => select(exists(master::table.filter(master::id.eq(id)))).get_result(db),
        DocumentOwner::Employee(id) => {
            select(exists(accounts::table.filter(accounts::id.eq(id)))).get_result(db)
        }
    }
}

fn in_place(db: &mut Db, place: DocumentOwner) -> QueryResult<Vec<(FileId, String)>> {
    let query = present().filter(files::kind.eq(place.kind())).select((files::id, files::hash)).into_boxed();
    match place {
        DocumentOwner::Bso(order) | DocumentOwner::Expenditure(order) => {
            query.filter(files::order_id.eq(order))
        }
        DocumentOwner::Master(master) => query.filter(files::master_id.eq(master)),
        DocumentOwner::Employee(account) => query.filter(files::employee_id.eq(account)),
    }
    .load(db)
}

/// A document with everything but its bytes.
#[derive(Clone, Debug)]
pub struct File {
    /// The document.
    pub id: FileId,
    /// Where it belongs.
    pub place: DocumentOwner,
    /// Of the stored bytes.
    pub hash: String,
    /// Of the small picture; `None` when there is none.
    pub thumb_hash: Option<String>,
    /// What is stored.
    pub media_type: MediaType,
    /// Of what is stored.
    pub byte_size: i64,
    /// Sanitised.
    pub original_name: String,
    /// When it was added.
    pub created_at: NaiveDateTime,
    /// Full name of who added it.
    pub author: String,
    /// The key of an encrypted one, sealed.
    pub sealed_key: Option<String>,
}

impl File {
    /// What the journal says of it.
    fn journal(&self) -> (FileId, &str, DocumentOwner) {
        (self.id, &self.original_name, self.place)
    }
}

#[derive(Queryable)]
struct Row {
    id: FileId,
    kind: FileKind,
    order_id: Option<OrderId>,
    master_id: Option<MasterId>,
    employee_id: Option<AccountId>,
    hash: String,
    thumb_hash: Option<String>,
    media_type: MediaType,
    byte_size: i64,
    original_name: String,
    created_at: NaiveDateTime,
    author: String,
    sealed_key: Option<String>,
}

impl Row {
    /// The document, with its place.
    fn file(self) -> QueryResult<File> {
        let place = match (self.kind, self.order_id, self.master_id, self.employee_id) {
            (FileKind::Bso, Some(order), ..) => DocumentOwner::Bso(order),
            (FileKind::Expenditure, Some(order), ..) => DocumentOwner::Expenditure(order),
            (FileKind::Master, _, Some(master), _) => DocumentOwner::Master(master),
            (FileKind::Employee, .., Some(account)) => DocumentOwner::Employee(account),
            // A CHECK of the table forbids it.
            _ => {
                let words =
                    format!("files.kind of {} is \"{}\", and its owner is another", self.id, self.kind);
                return Err(diesel::result::Error::DeserializationError(words.into()));
            }
        };
        Ok(File {
            id: self.id,
            place,
            hash: self.hash,
            thumb_hash: self.thumb_hash,
            media_type: self.media_type,
            byte_size: self.byte_size,
            original_name: self.original_name,
            created_at: self.created_at,
            author: self.author,
            sealed_key: self.sealed_key,
        })
    }
}

#[allow(clippy::type_complexity, reason = "the columns of a document, as many as it has")]
const COLUMNS: (
    files::id,
    files::kind,
    files::order_id,
    files::master_id,
    files::employee_id,
    files::hash,
    files::thumb_hash,
    files::media_type,
    files::byte_size,
    files::original_name,
    files::created_at,
    accounts::name,
    files::sealed_key,
) = (
    files::id,
    files::kind,
    files::order_id,
    files::master_id,
    files::employee_id,
    files::hash,
    files::thumb_hash,
    files::media_type,
    files::byte_size,
    files::original_name,
    files::created_at,
    accounts::name,
    files::sealed_key,
);

/// A document that is not deleted.
pub fn find(db: &mut Db, id: FileId) -> QueryResult<Option<File>> {
    let row: Option<Row> = present()
        .inner_join(accounts::table.on(accounts::id.eq(files::created_by)))
        .filter(files::id.eq(id))
        .select(COLUMNS)
        .first(db)
        .optional()?;
    row.map(Row::file).transpose()
}

/// Documents of a place, in the order in which they came.
pub fn list(db: &mut Db, place: DocumentOwner) -> QueryResult<Vec<File>> {
    let query = present()
        .inner_join(accounts::table.on(accounts::id.eq(files::created_by)))
        .filter(files::kind.eq(place.kind()))
        .select(COLUMNS)
        .order(files::id)
        .into_boxed();
    let rows: Vec<Row> = match place {
        DocumentOwner::Bso(order) | DocumentOwner::Expenditure(order) => {
            query.filter(files::order_id.eq(order))
        }
        DocumentOwner::Master(master) => query.filter(files::master_id.eq(master)),
        DocumentOwner::Employee(account) => query.filter(files::employee_id.eq(account)),
    }
    .load(db)?;
    rows.into_iter().map(Row::file).collect()
}

/// Documents by their ids, deleted ones left out.
pub fn by_ids(db: &mut Db, ids: &[FileId]) -> QueryResult<Vec<File>> {
    let rows: Vec<Row> = present()
        .inner_join(accounts::table.on(accounts::id.eq(files::created_by)))
        .filter(files::id.eq_any(ids.to_vec()))
        .select(COLUMNS)
        .load(db)?;
    rows.into_iter().map(Row::file).collect()
}

/// Marks a document as deleted: `false` when it was already. The content stays for the log's sake.
pub fn delete(tx: &mut Tx, file: &File, account_id: AccountId, now: NaiveDateTime) -> QueryResult<bool> {
    let rows = diesel::update(files::table.find(file.id))
        .filter(files::deleted_at.is_null())
        .set((files::deleted_at.eq(now), files::deleted_by.eq(account_id)))
        .execute(tx.db)?;
    if rows == 0 {
        return Ok(false);
    }
    log(tx, account_id, "file.delete", file.journal(), now)?;
    Ok(true)
}

/// How long a person who keeps opening the same document is logged once.
const ONE_READ: Duration = Duration::hours(1);

/// Writes down who opened a document, once an hour at most.
pub fn log_read(tx: &mut Tx, file: &File, account_id: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    if !is_read_logged(tx.db, file, account_id, now)? {
        log(tx, account_id, "file.read", file.journal(), now)?;
    }
    Ok(())
}

/// Writes down who opened a document that wants a reason, and why, every time.
pub fn log_reason(
    tx: &mut Tx,
    file: &File,
    reason: &str,
    account_id: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let subject = subject(file.id, &file.original_name);
    let detail = format!("{}; зачем: {}", file.place, reason.replace(';', ","));
    let entry = audit::Entry { by: account_id, action: "file.read", subject: &subject, detail: &detail };
    audit::record(tx, &entry, now)
}

/// Papers of employees that were stored before papers were encrypted.
pub fn unsealed(db: &mut Db, limit: i64) -> QueryResult<Vec<(FileId, String)>> {
    present()
        .filter(files::kind.eq(FileKind::Employee))
        .filter(files::sealed_key.is_null())
        .order(files::id)
        .limit(limit)
        .select((files::id, files::hash))
        .load(db)
}

/// The document has another content, encrypted, and no small picture any more.
pub fn seal(tx: &mut Tx, id: FileId, hash: &str, sealed_key: &str) -> QueryResult<()> {
    diesel::update(files::table.find(id))
        .set((files::hash.eq(hash), files::thumb_hash.eq(None::<String>), files::sealed_key.eq(sealed_key)))
        .execute(tx.db)
        .map(|_| ())
}

/// Whether a reading of this hour is in the log already, so that nothing needs to be written.
pub fn is_read_logged(
    db: &mut Db,
    file: &File,
    account_id: AccountId,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let same = audit_log::table
        .filter(audit_log::at.gt(now - ONE_READ))
        .filter(audit_log::account_id.eq(account_id))
        .filter(audit_log::action.eq("file.read"))
        .filter(audit_log::subject.eq(subject(file.id, &file.original_name)));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

fn log(
    tx: &mut Tx,
    by: AccountId,
    action: &'static str,
    what: (FileId, &str, DocumentOwner),
    now: NaiveDateTime,
) -> QueryResult<()> {
    let (id, name, place) = what;
    let (subject, detail) = (subject(id, name), place.to_string());
    audit::record(tx, &audit::Entry { by, action, subject: &subject, detail: &detail }, now)
}

/// Names never change, so this finds the lines of a document again.
fn subject(id: FileId, name: &str) -> String {
    format!("{name} (№ {id})")
}

/// Those of `hashes` that some document names, deleted ones too.
pub fn named(db: &mut Db, hashes: &[String]) -> QueryResult<Vec<String>> {
    let mut named: Vec<String> =
        files::table.filter(files::hash.eq_any(hashes.to_vec())).select(files::hash).load(db)?;
    let thumbs: Vec<Option<String>> =
        files::table.filter(files::thumb_hash.eq_any(hashes.to_vec())).select(files::thumb_hash).load(db)?;
    named.extend(thumbs.into_iter().flatten());
    Ok(named)
}
