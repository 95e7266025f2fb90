//! The second factor of a sign-in: codes of an application on a telephone (RFC 6238: SHA-1, six digits, thirty
//! seconds) and codes on paper for when it is lost. Pure; what is kept of it is in `queries::second_factor`.

use qrcode::{Color, QrCode};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::domain::id::AccountId;
use crate::platform::secret::to_hex;

/// The name under which a key is sealed.
pub const SEALED: &str = "second factor";
/// Who gives the key, in the application.
const ISSUER: &str = "callcentre";
/// How many codes on paper are given at once.
pub const RECOVERY_CODES: usize = 10;
/// What codes on paper are made of: nothing that looks like something else.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters of a code on paper, the dash in its middle not counted: 40 bits.
const LENGTH: usize = 8;
/// Free modules around the picture, as its standard asks.
const QUIET: usize = 4;

/// A key nobody has: base32, as applications take it.
pub fn new_key() -> SecretString {
    Secret::generate().to_base32().into()
}

/// The generator of `key`; `None` when it is no key of ours.
fn generator(key: &SecretString, login: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(key.expose_secret()).ok()?;
    // A colon would part the name from its issuer.
    let login = login.replace(':', " ");
    Builder::new().with_secret(secret).with_account_name(login).with_issuer(Some(ISSUER)).build().ok()
}

/// The thirty seconds `code` belongs to, among the present ones (`unix`, seconds), those before and those after: the
/// clocks of telephones are not exact. `None` when it does not fit.
pub fn step_of(key: &SecretString, code: &str, unix: i64) -> Option<i64> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let others = code.chars().any(|c| !c.is_ascii_digit() && !c.is_whitespace());
    if digits.len() != 6 || others {
        return None;
    }
    let step = generator(key, "")?.check(&digits, u64::try_from(unix).ok()?)?;
    i64::try_from(step).ok()
}

/// The code of `key` at a moment, as the application shows it: for tests and for the demonstration.
pub fn code_at(key: &SecretString, unix: i64) -> Option<String> {
    Some(generator(key, "")?.generate(u64::try_from(unix).ok()?).to_string())
}

/// The address an application reads from the picture.
pub fn address(key: &SecretString, login: &str) -> Option<SecretString> {
    generator(key, login)?.to_url().ok().map(Into::into)
}

/// A picture of square modules, drawn as one path of a `viewBox` of `size` by `size`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Modules of a side, the free ones around included.
    pub size: usize,
    /// The dark modules: `M4 4h1v1h-1z…`.
    pub path: String,
}

/// The picture of `text`; `None` when it is too long for one.
pub fn picture(text: &SecretString) -> Option<Picture> {
    let code = QrCode::new(text.expose_secret()).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let (x, y) = (at % width + QUIET, at / width + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Some(Picture { size: width + 2 * QUIET, path })
}

/// Codes on paper nobody has: `abcd-efgh`.
pub fn new_recovery_codes() -> Vec<SecretString> {
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte) % LETTERS.len()]);
    let code = || {
        let mut text: String = rand::random::<[u8; LENGTH]>().into_iter().map(letter).collect();
        text.insert(LENGTH / 2, '-');
        SecretString::from(text)
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

/// What is kept of a code on paper; `None` when `code` does not look like one.
pub fn recovery_hash(account_id: AccountId, code: &str) -> Option<String> {
    let plain: String =
        code.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_lowercase).collect();
    let is_one = plain.len() == LENGTH && plain.bytes().all(|b| LETTERS.contains(&b));
    is_one.then(|| to_hex(&Sha256::digest(format!("recovery code of {account_id}: {plain}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the last six of its eight digits.
        let key = SecretString::from(Secret::from(b"12345678901234567890".to_vec()).to_base32());
        for (unix, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code_at(&key, unix).as_deref(), Some(code));
            assert_eq!(step_of(&key, code, unix), Some(unix / 30));
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it_and_a_little_early_or_late() {
        let (key, now) = (new_key(), 1_700_000_010);
        let code = code_at(&key, now).expect("a code");
        assert_eq!(step_of(&key, &format!(" {} {} ", &code[..3], &code[3..]), now + 30), Some(now / 30));
        assert_eq!(step_of(&key, &code, now - 30), Some(now / 30));
        assert_eq!(step_of(&key, &code, now + 90), None);
        for wrong in ["", "12345", "1234567", "12345a", "-12345"] {
            assert_eq!(step_of(&key, wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_handed_over_as_a_picture() {
        let key = new_key();
        let address = address(&key, "anna:petrova").expect("an address");
        let text = address.expose_secret();
        assert!(text.starts_with("otpauth://totp/callcentre:anna%20petrova?"), "{text}");
        assert!(text.contains(&format!("secret={}", key.expose_secret())), "{text}");
        let picture = picture(&address).expect("a picture");
        assert!(picture.size > 29 && picture.path.starts_with("M4 4h1v1h-1z"));
    }

    #[test]
    fn codes_on_paper_are_known_however_they_are_typed() {
        let codes = new_recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let code = codes[0].expose_secret();
        let kept = recovery_hash(AccountId(7), code).expect("a hash");
        let typed = format!(" {} ", code.replace('-', " ").to_uppercase());
        assert_eq!(recovery_hash(AccountId(7), &typed), Some(kept.clone()));
        assert_ne!(recovery_hash(AccountId(8), code), Some(kept));
        assert_eq!(recovery_hash(AccountId(7), "123456"), None);
    }
}
