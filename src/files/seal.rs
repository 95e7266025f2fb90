//! Documents that are encrypted before they are stored: each with a key of its own, which is sealed with the key of the
//! application and stands in its row. So another application key seals the keys anew and touches no content.

use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;

use super::{FileError, SEALED, queries};
use crate::app::App;
use crate::platform::error::AppError;
use crate::platform::secret::{self, Cipher};
use crate::platform::storage::ContentHash;

/// Documents of one round.
const TOGETHER: i64 = 20;

/// A document encrypted, and its key sealed.
pub(super) fn lock(cipher: &Cipher, plain: &[u8]) -> Result<(Vec<u8>, String), FileError> {
    let key: SecretString = secret::new_secret();
    let locked = secret::lock_bytes(&key, plain)
        .ok_or_else(|| FileError::Internal(AppError::internal("encrypt a document", "no key")))?;
    Ok((locked, cipher.seal(SEALED, key.expose_secret())))
}

/// A document as it was sent.
pub(super) fn unlock(cipher: &Cipher, sealed_key: &str, locked: &[u8]) -> Result<Vec<u8>, AppError> {
    cipher
        .open(SEALED, sealed_key)
        .and_then(|key| secret::unlock_bytes(&key, locked))
        .ok_or_else(|| AppError::internal("open a document", "no key of ours decrypts it"))
}

/// Encrypts papers of employees that were stored as they are, for the list of periodic work. What they were is swept
/// from the storage when nothing names it any more.
///
/// # Errors
/// Of the database or the storage.
pub fn seal_old(app: &App) -> Result<(), AppError> {
    loop {
        let papers = app.db.read_now(|db| Ok(queries::unsealed(db, TOGETHER)?))?;
        let mut sealed = 0;
        for (id, hash) in &papers {
            let Some(hash) = ContentHash::parse(hash) else { continue };
            let found = Handle::current().block_on(async {
                match app.storage.get(&hash).await? {
                    Some(content) => Ok::<_, AppError>(Some(content.into_bytes().await?)),
                    None => Ok(None),
                }
            })?;
            let Some(plain) = found else { continue };
            let (locked, key) = lock(&app.cipher, &plain).map_err(|error| match error {
                FileError::Internal(error) => error,
                other => AppError::internal("encrypt a document", other.words()),
            })?;
            let stored = Handle::current().block_on(app.storage.put_bytes(locked.into()))?;
            app.db.write_now(|tx| Ok(queries::seal(tx, *id, stored.hash.as_str(), &key)?))?;
            sealed += 1;
        }
        if sealed == 0 || *app.stop.borrow() {
            return Ok(());
        }
        tracing::info!(sealed, "encrypted papers of employees");
    }
}
