//! Removes content from the storage that no row names any more, or never did because of a crash.

use std::collections::HashSet;

use chrono::Duration;

use crate::app::App;
use crate::platform::error::AppError;
use crate::platform::settings;
use crate::platform::storage::ContentHash;
use crate::{chats, files, recordings};

/// Everybody who names content in the storage. A feature that is not asked here loses its content after a day.
const NEEDED: &[Needed] = &[files::needed, recordings::needed, chats::needed];

/// Tells which of the contents a feature still names.
type Needed = fn(&App, &[ContentHash]) -> Result<HashSet<ContentHash>, AppError>;

/// Content this young may still be waiting for its row.
const KEEP_UNNAMED: Duration = Duration::days(1);

pub(super) fn sweep_storage(app: &App) -> Result<(), AppError> {
    // To a database that knows nothing of it, all content looks needless: a mistyped DATABASE_URL must not
    // cost the documents.
    if !app.storage.belongs_to(&installation(app)?)? {
        tracing::error!(
            "the storage belongs to another database and is not swept; if it was moved here on purpose, remove its file .installation"
        );
        return Ok(());
    }
    let removed = app.storage.sweep(app.clock.now() - KEEP_UNNAMED, |hashes| {
        let mut needed = HashSet::new();
        for ask in NEEDED {
            needed.extend(ask(app, hashes)?);
        }
        Ok::<_, AppError>(needed)
    })?;
    if removed > 0 {
        tracing::info!(removed, "removed content that nothing names");
    }
    Ok(())
}

/// A name of this database, made when it is first asked for.
fn installation(app: &App) -> Result<String, AppError> {
    let (name, now) = (uuid::Uuid::new_v4().simple().to_string(), app.clock.now());
    app.db.write_now(|tx| Ok(settings::put_new(tx.db, settings::STORAGE_INSTALLATION, &name, now)?))
}
