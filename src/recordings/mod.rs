//! Recordings of calls: kept in [`crate::platform::storage`], recognised and measured when they come, listened to in the
//! browser. Fetching them (by the telephony's API, by mail) is other features' business: they bring bytes to
//! [`store::keep`]. Pages show [`view::RecordingView`]s by the macros of `templates/recordings/ui.html`.

pub mod by_mail;
mod player;
pub mod queries;
pub mod range;
pub mod routes;
pub mod store;
pub mod view;

use std::collections::HashSet;

use crate::app::App;
use crate::platform::error::AppError;
use crate::platform::storage::{ContentHash, StorageError};

/// The largest recording: three and a half hours of telephone quality without compression.
pub const MAX_BYTES: u64 = 200 * 1024 * 1024;

/// Why a recording was not kept.
#[derive(Debug)]
pub enum KeepError {
    /// No bytes.
    Empty,
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// None of the formats of [`AudioType`], whatever its name says.
    NotAudio,
    /// It begins like audio, but there is no sound in it.
    Damaged,
    /// It broke off on its way.
    Interrupted,
    /// No space left.
    StorageFull,
    /// The recording or the call it was for is no longer there.
    NoOwner,
    /// Our fault, for the log.
    Internal(AppError),
}

impl KeepError {
    /// Why, for a person; reads well after «не получена:».
    pub fn words(&self) -> &'static str {
        match self {
            Self::Empty => "файл пуст",
            Self::TooLarge => "файл больше 200 МБ",
            Self::NotAudio => "прислан не звук",
            Self::Damaged => "файл повреждён",
            Self::Interrupted => "передача прервалась",
            Self::StorageFull => "на сервере нет места",
            Self::NoOwner => "звонка уже нет",
            Self::Internal(_) => "ошибка на сервере",
        }
    }

    /// Whether the same bytes may be taken another time.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Interrupted | Self::StorageFull | Self::Internal(_))
    }
}

impl From<StorageError> for KeepError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::TooLarge { .. } => Self::TooLarge,
            StorageError::Interrupted(why) => {
                tracing::debug!(why, "a recording broke off");
                Self::Interrupted
            }
            StorageError::Full(source) => {
                tracing::error!(%source, "the storage takes no more recordings");
                Self::StorageFull
            }
            error @ (StorageError::Away { .. } | StorageError::Failed { .. }) => Self::Internal(error.into()),
        }
    }
}

impl From<AppError> for KeepError {
    fn from(error: AppError) -> Self {
        Self::Internal(error)
    }
}

/// Contents that recordings still need, of `hashes`: asked by the sweep of the storage.
pub fn needed(app: &App, hashes: &[ContentHash]) -> Result<HashSet<ContentHash>, AppError> {
    let texts: Vec<String> = hashes.iter().map(|hash| hash.as_str().to_owned()).collect();
    let named = app.db.read_now(|db| Ok(queries::named(db, &texts)?))?;
    Ok(named.iter().filter_map(|text| ContentHash::parse(text)).collect())
}
