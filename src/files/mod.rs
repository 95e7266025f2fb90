//! Documents people upload: what an order, a master or an employee has. Contents lie in [`crate::platform::storage`]; here is
//! what may be uploaded, who may see it, and how it is served so that nothing in it can act in our name.
//!
//! A page that shows documents embeds the panel of [`views`]; the addresses here do the rest.

mod icon;
pub mod names;
pub mod picture;
pub mod queries;
mod receive;
pub mod routes;
pub mod seal;
pub mod sniff;
mod store;
pub mod view;

use std::collections::HashSet;

use crate::app::App;
use crate::domain::id::{AccountId, MasterId, NoId, OrderId};
use crate::domain::person::Person;
use crate::platform::error::AppError;
use crate::platform::storage::{ContentHash, StorageError};

pub use store::store;

/// The largest upload.
pub const MAX_BYTES: u64 = 10 * 1024 * 1024;
/// What the key of a document is sealed for.
pub const SEALED: &str = "document key";
/// How many documents of one kind an owner may have.
pub const MAX_FILES: usize = 20;

crate::text_enum! {
    /// What a document is; decides what it belongs to.
    FileKind {
        /// БСО: the form the client has signed. Of an order.
        Bso = "bso",
        /// Receipt for parts. Of an order.
        Expenditure = "expenditure",
        /// Of a master.
        Master = "master",
        /// Of somebody who signs in.
        Employee = "employee",
    }
}

crate::text_enum! {
    /// What is stored.
    MediaType {
        /// A picture.
        Jpeg = "image/jpeg",
        /// A picture.
        Png = "image/png",
        /// A picture few programs can show.
        Heic = "image/heic",
        /// Pages.
        Pdf = "application/pdf",
    }
}

impl MediaType {
    /// Ending of a file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Heic => "heic",
            Self::Pdf => "pdf",
        }
    }
}

/// A small picture, JPEG.
#[derive(Debug)]
pub struct Thumb(pub Vec<u8>);

/// Where a document belongs: which order, master or account has it, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentOwner {
    /// БСО of an order.
    Bso(OrderId),
    /// A receipt for parts of an order.
    Expenditure(OrderId),
    /// A paper of a master.
    Master(MasterId),
    /// A paper of somebody who signs in.
    Employee(AccountId),
}

impl DocumentOwner {
    /// The place of documents of `kind` whose owner has the id `owner`, as an address says it.
    ///
    /// # Errors
    /// That is no id.
    pub fn parse(kind: FileKind, owner: &str) -> Result<Self, NoId> {
        Ok(match kind {
            FileKind::Bso => Self::Bso(owner.parse()?),
            FileKind::Expenditure => Self::Expenditure(owner.parse()?),
            FileKind::Master => Self::Master(owner.parse()?),
            FileKind::Employee => Self::Employee(owner.parse()?),
        })
    }

    /// What its documents are.
    pub fn kind(self) -> FileKind {
        match self {
            Self::Bso(_) => FileKind::Bso,
            Self::Expenditure(_) => FileKind::Expenditure,
            Self::Master(_) => FileKind::Master,
            Self::Employee(_) => FileKind::Employee,
        }
    }

    /// The order that has its documents.
    pub fn order(self) -> Option<OrderId> {
        match self {
            Self::Bso(order) | Self::Expenditure(order) => Some(order),
            Self::Master(_) | Self::Employee(_) => None,
        }
    }

    /// The id of the owner as text.
    fn owner(self) -> String {
        match self {
            Self::Bso(order) | Self::Expenditure(order) => order.to_string(),
            Self::Master(master) => master.to_string(),
            Self::Employee(account) => account.to_string(),
        }
    }

    /// Its documents are encrypted before they are stored, and opening one wants a reason.
    pub fn is_sealed(self) -> bool {
        matches!(self, Self::Employee(_))
    }

    /// The id of the list on a page: `files-bso-17`.
    pub fn element_id(self) -> String {
        format!("files-{}-{}", self.kind(), self.owner())
    }

    /// The address of the list, and of uploads into it.
    pub fn url(self) -> String {
        format!("/files?kind={}&owner={}", self.kind(), self.owner())
    }

    /// The page of the owner, for browsers without scripts.
    pub fn page(self) -> String {
        match self {
            Self::Bso(order) | Self::Expenditure(order) => format!("/orders/{order}"),
            Self::Master(master) => format!("/admin/masters/{master}"),
            Self::Employee(account) => format!("/admin/employees/{account}"),
        }
    }
}

impl std::fmt::Display for DocumentOwner {
    /// For the journal: «БСО, заказ № 17».
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let owner = match self {
            Self::Bso(_) => "БСО, заказ",
            Self::Expenditure(_) => "Чек расхода, заказ",
            Self::Master(_) => "Документ, мастер",
            Self::Employee(_) => "Документ, сотрудник",
        };
        write!(f, "{owner} № {}", self.owner())
    }
}

/// Who may see and open documents of a place. Operators see all of every order; papers of masters and employees
/// are the admin's.
pub fn may_see(person: &Person, place: DocumentOwner) -> bool {
    match place {
        DocumentOwner::Bso(_) | DocumentOwner::Expenditure(_) => true,
        DocumentOwner::Master(_) => person.is_admin(),
        DocumentOwner::Employee(_) => person.is_admin(),
    }
}

/// The kinds of documents of orders that `person` may see: everybody sees all of every order.
pub fn seen_of_orders(_person: &Person) -> Vec<FileKind> {
    vec![FileKind::Bso, FileKind::Expenditure]
}

/// Who may add and delete documents: they are the admin's business everywhere.
pub fn may_change(person: &Person, _place: DocumentOwner) -> bool {
    person.is_admin()
}

/// Why an upload was not kept.
#[derive(Debug)]
pub enum FileError {
    /// No bytes.
    Empty,
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// None of the accepted formats, whatever its name says.
    UnknownFormat,
    /// It begins like a picture and is none.
    Damaged,
    /// A picture that ends before it is whole.
    Cut,
    /// A picture that takes too much memory to draw.
    TooManyPixels,
    /// The owner has [`MAX_FILES`] documents of this kind.
    TooMany,
    /// There is no such order, master or account.
    NoOwner,
    /// It broke off on its way.
    Interrupted,
    /// No space left.
    StorageFull,
    /// Our fault, for the log.
    Internal(AppError),
}

impl FileError {
    /// A sentence for the person: what is wrong, what to do.
    pub fn words(&self) -> String {
        match self {
            Self::Empty => "Файл пуст. Проверьте, открывается ли он у вас.".to_owned(),
            Self::TooLarge => {
                format!("Больше {} МБ. Уменьшите файл или снимите ещё раз.", MAX_BYTES / 1024 / 1024)
            }
            Self::UnknownFormat => {
                "Такой формат не принимаем. Нужен JPG, PNG, WebP, HEIC или PDF.".to_owned()
            }
            Self::Damaged => {
                "Картинка повреждена и не открывается. Сохраните или снимите её ещё раз.".to_owned()
            }
            Self::Cut => {
                "Картинка обрывается: передана не целиком, низа нет. Отправьте её ещё раз или снимите заново."
                    .to_owned()
            }
            Self::TooManyPixels => "Картинка слишком большая: уменьшите её до 8 мегапикселей.".to_owned(),
            Self::TooMany => {
                format!("Здесь уже {MAX_FILES} файлов, больше нельзя. Удалите лишние и повторите.")
            }
            Self::NoOwner => "Записи, к которой добавляют файл, уже нет. Обновите страницу.".to_owned(),
            Self::Interrupted => "Передача прервалась. Повторите.".to_owned(),
            Self::StorageFull => {
                "На сервере нет места для файлов. Сообщите администратору, файл не сохранён.".to_owned()
            }
            Self::Internal(_) => {
                "Не удалось сохранить файл. Повторите или сообщите администратору.".to_owned()
            }
        }
    }
}

impl From<StorageError> for FileError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::TooLarge { .. } => Self::TooLarge,
            StorageError::Interrupted(_) => Self::Interrupted,
            StorageError::Full(source) => {
                tracing::error!(%source, "the storage takes no more files");
                Self::StorageFull
            }
            error @ (StorageError::Away { .. } | StorageError::Failed { .. }) => Self::Internal(error.into()),
        }
    }
}

impl From<AppError> for FileError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::DiskFull(_) => Self::StorageFull,
            error => Self::Internal(error),
        }
    }
}

/// Contents that documents still need, of `hashes`: asked by the sweep of the storage.
pub fn needed(app: &App, hashes: &[ContentHash]) -> Result<HashSet<ContentHash>, AppError> {
    let texts: Vec<String> = hashes.iter().map(|hash| hash.as_str().to_owned()).collect();
    let named = app.db.read_now(|db| Ok(queries::named(db, &texts)?))?;
    Ok(named.iter().filter_map(|text| ContentHash::parse(text)).collect())
}

/// Whether a browser shows it; otherwise it is downloaded.
pub(crate) fn is_shown(media_type: MediaType) -> bool {
    match media_type {
        MediaType::Jpeg | MediaType::Png | MediaType::Pdf => true,
        MediaType::Heic => false,
    }
}
