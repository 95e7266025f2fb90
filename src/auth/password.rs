//! Passwords: argon2id hashes and the rules a new one must keep.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Shorter ones are guessed.
pub const MIN_CHARS: usize = 8;
/// Longer ones are somebody's attempt to keep the server busy.
pub const MAX_CHARS: usize = 200;

/// Checks a new password.
///
/// # Errors
/// What is wrong, in Russian, for the field.
pub fn check(password: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < MIN_CHARS {
        return Err(format!("Нужно не меньше {MIN_CHARS} символов"));
    }
    if length > MAX_CHARS {
        return Err(format!("Не больше {MAX_CHARS} символов"));
    }
    Ok(())
}

/// The argon2id hash of `password` (PHC text). Takes tens of milliseconds: call it on the blocking pool.
pub fn hash(password: &str) -> Result<String, crate::platform::error::AppError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| crate::platform::error::AppError::internal("hash a password", e.to_string()))
}

/// True when `password` is the one that was hashed. Without a hash (unknown login, no password set) a stranger's
/// hash is compared instead, so that the answer takes the same time.
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    static NOBODYS: LazyLock<String> = LazyLock::new(|| hash("nobody's password").unwrap_or_default());
    let known = stored.is_some();
    let Ok(parsed) = PasswordHash::new(stored.unwrap_or(&NOBODYS)) else { return false };
    let matches = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    matches && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_opens() {
        let stored = hash("верный пароль").expect("hash");
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("верный пароль", Some(&stored)));
        assert!(!verify("неверный пароль", Some(&stored)));
        assert!(!verify("nobody's password", None));
        assert!(!verify("", Some("damaged")));
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(check("1234567").is_err());
        assert!(check("12345678").is_ok());
        assert!(check(&"я".repeat(201)).is_err());
    }
}
