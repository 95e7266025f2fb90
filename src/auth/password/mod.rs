//! Passwords: argon2id hashes and the rules a new one must keep.
//!
//! A hash takes 19 MiB and tens of milliseconds. All hashing of the process goes through one piece of memory that is
//! kept: taken and given back each time, it stays with the allocator of whichever thread asked, and a storm of wrong
//! sign-ins grows the process for good. So one hash at a time, a bounded queue in front, and never while a connection
//! of the pool is held.

mod common;
mod turns;

use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::platform::error::AppError;

pub use turns::{Asking, hash_in_turn, verify_in_turn};

/// Shorter ones are guessed.
pub const MIN_CHARS: usize = 8;
/// Longer ones are somebody's attempt to keep the server busy.
pub const MAX_CHARS: usize = 200;
/// A login shorter than this is inside of too many words to be looked for in a password.
const LOGIN_MIN_CHARS: usize = 3;
/// A stored hash may ask for at most this much; ours ask for 19 MiB.
const MAX_BLOCKS: usize = 64 * 1024;

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`MIN_CHARS`].
    Short,
    /// More than [`MAX_CHARS`].
    Long,
    /// Nothing but spaces.
    Blank,
    /// One or two characters over and over, or a run of neighbours.
    Monotonous,
    /// The login, and too little besides.
    HasLogin,
    /// Everybody's first guess.
    Common,
}

impl Weakness {
    /// For the field of a form.
    pub fn words(self) -> String {
        match self {
            Self::Short => format!("Нужно не меньше {MIN_CHARS} символов"),
            Self::Long => format!("Не больше {MAX_CHARS} символов"),
            Self::Blank => "Одни пробелы не годятся".to_owned(),
            Self::Monotonous => "Слишком однообразно: добавьте других символов".to_owned(),
            Self::HasLogin => format!("Кроме логина, нужно не меньше {MIN_CHARS} букв и цифр"),
            Self::Common => "Такой пароль подбирают первым, придумайте другой".to_owned(),
        }
    }
}

impl std::fmt::Display for Weakness {
    /// For the command line, after «the password …».
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short | Self::Long => write!(f, "must have {MIN_CHARS} to {MAX_CHARS} characters"),
            Self::Blank => f.write_str("must not be spaces only"),
            Self::Monotonous => f.write_str("is too monotonous"),
            Self::HasLogin => write!(f, "must have {MIN_CHARS} letters and digits besides the login"),
            Self::Common => f.write_str("is one of the first that are guessed"),
        }
    }
}

/// Checks a new password of `login`.
///
/// # Errors
/// What is wrong.
pub fn check(password: &str, login: &str) -> Result<(), Weakness> {
    let length = password.chars().count();
    if length < MIN_CHARS {
        return Err(Weakness::Short);
    }
    if length > MAX_CHARS {
        return Err(Weakness::Long);
    }
    if password.trim().is_empty() {
        return Err(Weakness::Blank);
    }
    let folded = password.to_lowercase();
    let login = login.trim().to_lowercase();
    if login.chars().count() >= LOGIN_MIN_CHARS && folded.contains(&login) {
        // Whoever knows the login has to guess a whole password all the same.
        let own: String = folded.replace(&login, "").chars().filter(|c| c.is_alphanumeric()).collect();
        if own.chars().count() < MIN_CHARS || common::is_monotonous(&own) {
            return Err(Weakness::HasLogin);
        }
    }
    if common::is_monotonous(&folded) {
        return Err(Weakness::Monotonous);
    }
    if common::is_common(&folded) {
        return Err(Weakness::Common);
    }
    Ok(())
}

/// The argon2id hash of `password` (PHC text). Blocks, and waits for whoever hashes already: requests go through
/// [`hash_in_turn`].
///
/// # Errors
/// Never for a password that keeps the rules.
pub fn hash(password: &str) -> Result<String, AppError> {
    let failed = |why: &dyn std::fmt::Display| AppError::internal("hash a password", why.to_string());
    let argon2 = Argon2::default();
    let salt: [u8; 16] = rand::random();
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    fill(&argon2, password, &salt, &mut out).map_err(|e| failed(&e))?;
    let params = ParamsString::try_from(argon2.params()).map_err(|e| failed(&e))?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(Salt::new(&salt).map_err(|e| failed(&e))?),
        hash: Some(Output::new(&out).map_err(|e| failed(&e))?),
    };
    Ok(hash.to_string())
}

/// True when `password` is the one that was hashed. Without a hash (unknown login, no password set) a stranger's
/// hash is compared instead, so that the answer takes the same time. Blocks like [`hash`].
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    static NOBODYS: LazyLock<String> = LazyLock::new(|| hash("nobody's password").unwrap_or_default());
    let known = stored.is_some();
    let matches = is_hash_of(password, stored.unwrap_or(&NOBODYS)).unwrap_or(false);
    matches && known
}

/// The most a stored bcrypt hash may ask for: 14 is a second of work, each one more twice as much.
const MAX_BCRYPT_COST: u32 = 14;

/// Whether `stored` is a bcrypt hash this program compares: what a former system left, good for one sign-in.
pub fn is_bcrypt(stored: &str) -> bool {
    stored.starts_with("$2")
        && stored.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() <= MAX_BCRYPT_COST)
}

/// `None` when the stored text is no hash we compare.
fn is_hash_of(password: &str, stored: &str) -> Option<bool> {
    if is_bcrypt(stored) {
        return bcrypt::verify(password, stored).ok();
    }
    let parsed = PasswordHash::new(stored).ok()?;
    let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).ok()?;
    let version = parsed.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(&parsed).ok()?;
    let (salt, expected) = (parsed.salt?, parsed.hash?);
    let mut out = [0; Output::MAX_LENGTH];
    let out = out.get_mut(..expected.len())?;
    fill(&Argon2::new(algorithm, version, params), password, &salt, out).ok()?;
    Some(bool::from(subtle::ConstantTimeEq::ct_eq(&*out, expected.as_bytes())))
}

/// The one piece of memory all hashes of the process are made in.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

fn fill(argon2: &Argon2<'_>, password: &str, salt: &[u8], out: &mut [u8]) -> argon2::Result<()> {
    let blocks = argon2.params().block_count();
    if blocks > MAX_BLOCKS {
        return Err(argon2::Error::MemoryTooMuch);
    }
    // A panic elsewhere leaves nothing that the next hash does not overwrite.
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory[..blocks])
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
    fn hashes_made_by_the_library_itself_still_open() {
        use argon2::password_hash::PasswordHasher;
        let stored = Argon2::default().hash_password("прежний пароль".as_bytes()).expect("hash").to_string();
        assert!(verify("прежний пароль", Some(&stored)));
        assert!(!verify("чужой пароль", Some(&stored)));
        let ours = hash("новый пароль").expect("hash");
        let parsed = PasswordHash::new(&ours).expect("a hash");
        use argon2::password_hash::PasswordVerifier;
        assert!(Argon2::default().verify_password("новый пароль".as_bytes(), &parsed).is_ok());
    }

    #[test]
    fn a_hash_of_bcrypt_opens_unless_it_asks_for_too_much() {
        let stored = bcrypt::hash("прежний пароль", 4).expect("a hash");
        for stored in [stored.clone(), stored.replace("$2b$", "$2a$"), stored.replace("$2b$", "$2y$")] {
            assert!(is_bcrypt(&stored), "{stored}");
            assert!(verify("прежний пароль", Some(&stored)));
            assert!(!verify("чужой пароль", Some(&stored)));
        }
        let endless = stored.replace("$04$", "$31$");
        assert!(!is_bcrypt(&endless) && !verify("прежний пароль", Some(&endless)), "a day of work");
        for broken in ["$2b$", "$2b$04$короткий", "$2b$xx$", "прежний пароль"] {
            assert!(!is_bcrypt(broken) && !verify("прежний пароль", Some(broken)), "{broken}");
        }
        assert!(!is_bcrypt(&hash("новый пароль").expect("a hash")));
    }

    #[test]
    fn many_hashes_share_one_piece_of_memory() {
        for _ in 0..3 {
            verify("wrong", None);
        }
        let memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(memory.len(), Params::default().block_count());
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert_eq!(check("1234567", ""), Err(Weakness::Short));
        assert_eq!(check(&"я".repeat(201), ""), Err(Weakness::Long));
        assert_eq!(check("длинный пароль", "anna"), Ok(()));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for (password, login, weakness) in [
            ("          ", "anna", Weakness::Blank),
            ("aaaaaaaa", "anna", Weakness::Monotonous),
            ("12345678", "anna", Weakness::Monotonous),
            ("абвгдежз", "anna", Weakness::Monotonous),
            ("Password1", "anna", Weakness::Common),
            ("qwerty123", "anna", Weakness::Common),
            ("йцукен12", "anna", Weakness::Common),
            ("Пароль2024!", "anna", Weakness::Common),
            ("P@ssw0rd", "anna", Weakness::Common),
            ("xx-Anna-2024", "anna", Weakness::HasLogin),
            ("ivanova77 x", "Ivanova", Weakness::HasLogin),
            ("anna-12345678", "anna", Weakness::HasLogin),
            ("Anna-anna-anna", "anna", Weakness::HasLogin),
        ] {
            assert_eq!(check(password, login), Err(weakness), "{password}");
        }
        assert_eq!(check("лодка плывёт", "ан"), Ok(()), "two letters are inside of too many words");
        assert_eq!(check("correct horse", "anna"), Ok(()));
        assert_eq!(check("Anna-Bicycle-77", "anna"), Ok(()), "a password of its own beside the login");
    }
}
