//! Encryption at rest for what only the program itself may read again (telephony salt, mail password, …).
//! XChaCha20-Poly1305 with a key derived from the application secret; the setting's name is authenticated with
//! the value, so that one stored secret cannot be put in another's place.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::platform::private;

/// Seals and opens short secrets.
#[derive(Clone)]
pub struct Cipher {
    aead: XChaCha20Poly1305,
}

const NONCE_BYTES: usize = 24;

impl Cipher {
    /// A cipher whose key comes from the application secret.
    pub fn new(app_secret: &SecretString) -> Self {
        let key = Sha256::new_with_prefix(b"callcentre settings v1:")
            .chain_update(app_secret.expose_secret())
            .finalize();
        Self { aead: XChaCha20Poly1305::new(&key) }
    }

    /// Encrypts `plain` for the place called `name`; the result is hexadecimal text.
    pub fn seal(&self, name: &str, plain: &str) -> String {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = self
            .aead
            .encrypt(&XNonce::from(nonce), Payload { msg: plain.as_bytes(), aad: name.as_bytes() })
            .expect("sealing fails only above 256 GiB");
        format!("{}{}", to_hex(&nonce), to_hex(&sealed))
    }

    /// Decrypts what [`Cipher::seal`] made for `name`; `None` when it was made with another key or is damaged.
    pub fn open(&self, name: &str, sealed: &str) -> Option<SecretString> {
        let bytes = from_hex(sealed)?;
        let (nonce, message) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let plain =
            self.aead.decrypt(&XNonce::from(nonce), Payload { msg: message, aad: name.as_bytes() }).ok()?;
        String::from_utf8(plain).ok().map(Into::into)
    }
}

/// Tells two application secrets apart without giving either away: 32 hexadecimal digits.
pub fn fingerprint(app_secret: &SecretString) -> String {
    let digest = Sha256::new_with_prefix(b"callcentre key fingerprint v1:")
        .chain_update(app_secret.expose_secret())
        .finalize();
    to_hex(&digest[..16])
}

/// Keeps `secret` in `folder/secret.key`, where none is yet.
///
/// # Errors
/// A sentence that names the file.
pub fn keep(folder: &Path, secret: &SecretString) -> Result<(), String> {
    let path = folder.join("secret.key");
    let say = |e: std::io::Error| format!("cannot write {}: {e}", path.display());
    private::folder(folder).map_err(say)?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(say)?;
    file.write_all(secret.expose_secret().as_bytes()).and_then(|()| file.sync_all()).map_err(say)
}

/// Lower-case hexadecimal of `bytes`.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

/// The application secret kept in `folder/secret.key`, made at the first start with mode 0600.
///
/// # Errors
/// A sentence that names the file.
pub fn load_or_create(folder: &Path) -> Result<SecretString, String> {
    let path = folder.join("secret.key");
    let say = |e: std::io::Error| format!("cannot use {}: {e}", path.display());
    private::folder(folder).map_err(say)?;
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let secret = to_hex(&rand::random::<[u8; 32]>());
            file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(say)?;
            Ok(secret.into())
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            load(folder)?.ok_or_else(|| format!("{} has just been taken away", path.display()))
        }
        Err(e) => Err(say(e)),
    }
}

/// The application secret kept in `folder/secret.key`; `None` when none was made yet.
///
/// # Errors
/// A sentence that names the file.
pub fn load(folder: &Path) -> Result<Option<SecretString>, String> {
    let path = folder.join("secret.key");
    match fs::read_to_string(&path) {
        Ok(secret) if secret.trim().len() < 32 => {
            Err(format!("{} is damaged: shorter than 32 characters", path.display()))
        }
        Ok(secret) => Ok(Some(secret.trim().to_owned().into())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("cannot use {}: {e}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_in_its_place_and_with_its_key() {
        let cipher = Cipher::new(&"a".repeat(32).into());
        let sealed = cipher.seal("mango.salt", "соль");
        assert!(!sealed.contains("соль"));
        assert_eq!(cipher.open("mango.salt", &sealed).expect("opens").expose_secret(), "соль");
        assert!(cipher.open("mango.key", &sealed).is_none());
        assert!(Cipher::new(&"b".repeat(32).into()).open("mango.salt", &sealed).is_none());
        assert!(cipher.open("mango.salt", "zz").is_none());
    }

    #[test]
    fn the_application_secret_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("temp folder");
        let first = load_or_create(folder.path()).expect("made");
        let second = load_or_create(folder.path()).expect("read");
        assert_eq!(first.expose_secret(), second.expose_secret());
        let mode = fs::metadata(folder.path().join("secret.key")).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
