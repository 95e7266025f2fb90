//! Encryption at rest for what only the program itself may read again (telephony salt, mail password, …).
//! XChaCha20-Poly1305 with a key derived from the application secret; the setting's name is authenticated with
//! the value, so that one stored secret cannot be put in another's place.
//!
//! Application secrets are a ring: the first seals, every one opens. `secret.key` holds one a line, so that a new one is
//! in every process before anything is sealed with it, and a former one opens what a slower process has sealed.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::platform::private;

/// Application secrets, the one that seals first. Never empty.
#[derive(Clone)]
pub struct Ring(Vec<SecretString>);

impl Ring {
    /// One secret, and those that may have sealed before it.
    pub fn new(first: SecretString, others: impl IntoIterator<Item = SecretString>) -> Self {
        Self(std::iter::once(first).chain(others).collect())
    }

    /// The one that seals.
    pub fn first(&self) -> &SecretString {
        &self.0[0]
    }

    /// Every one.
    pub fn all(&self) -> &[SecretString] {
        &self.0
    }

    /// Whether one of them has this [`fingerprint`].
    pub fn has(&self, wanted: &str) -> bool {
        self.0.iter().any(|secret| fingerprint(secret) == wanted)
    }
}

/// Seals and opens short secrets. Copies share what they know of the keys.
#[derive(Clone)]
pub struct Cipher {
    keys: Arc<Keys>,
}

struct Keys {
    /// Where the keys may change while the program runs.
    file: Option<PathBuf>,
    state: Mutex<State>,
}

struct State {
    aeads: Vec<XChaCha20Poly1305>,
    /// What the file looked like when it was read, and when it was looked at.
    mark: Option<Mark>,
    looked_at: Instant,
}

/// Inode, length and time of a file: another file has another one.
type Mark = (u64, u64, i64, i64);

const NONCE_BYTES: usize = 24;
/// How long another key of the file may go unnoticed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Former secrets that are kept.
const FORMER_KEPT: usize = 2;
const NAME: &str = "secret.key";

impl Cipher {
    /// A cipher whose key comes from the application secret.
    pub fn new(app_secret: &SecretString) -> Self {
        Self::of(&Ring::new(app_secret.clone(), []), None)
    }

    /// A cipher of several secrets.
    pub fn of_ring(ring: &Ring) -> Self {
        Self::of(ring, None)
    }

    /// A cipher of what `folder/secret.key` holds, which is read again when it has changed. `ring` is what it holds now.
    pub fn of_folder(ring: &Ring, folder: &Path) -> Self {
        Self::of(ring, Some(folder.join(NAME)))
    }

    fn of(ring: &Ring, file: Option<PathBuf>) -> Self {
        let mark = file.as_deref().and_then(mark);
        let state = State { aeads: aeads(ring), mark, looked_at: Instant::now() };
        Self { keys: Arc::new(Keys { file, state: Mutex::new(state) }) }
    }

    /// The keys in force, at most a second old.
    fn aeads(&self) -> Vec<XChaCha20Poly1305> {
        let mut state = self.keys.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = self.keys.file.as_deref().filter(|_| state.looked_at.elapsed() > LOOK_AGAIN) {
            state.looked_at = Instant::now();
            let seen = mark(file);
            if seen != state.mark {
                let folder = file.parent().unwrap_or(Path::new("."));
                match load_ring(folder) {
                    Ok(Some(ring)) => (state.aeads, state.mark) = (aeads(&ring), seen),
                    // What is known still opens what it sealed.
                    Ok(None) => tracing::error!("{NAME} is gone: the keys read before are used on"),
                    Err(error) => tracing::error!(error, "the keys read before are used on"),
                }
            }
        }
        state.aeads.clone()
    }

    /// Encrypts `plain` for the place called `name`; the result is hexadecimal text.
    pub fn seal(&self, name: &str, plain: &str) -> String {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = self.aeads()[0]
            .encrypt(&XNonce::from(nonce), Payload { msg: plain.as_bytes(), aad: name.as_bytes() })
            .expect("sealing fails only above 256 GiB");
        format!("{}{}", to_hex(&nonce), to_hex(&sealed))
    }

    /// [`Cipher::seal`] that gives the same text for the same `plain`, so that a page that is written again stays the
    /// same. Whoever sees two of them learns whether they are of one text, and nothing else.
    pub fn seal_alike(&self, name: &str, plain: &str) -> String {
        let aead = &self.aeads()[0];
        let seal = |nonce: [u8; NONCE_BYTES]| {
            aead.encrypt(&XNonce::from(nonce), Payload { msg: plain.as_bytes(), aad: name.as_bytes() })
                .expect("sealing fails only above 256 GiB")
        };
        // The nonce comes from the text under the key; what it is made of is never shown.
        let made = Sha256::digest(seal([0xa5; NONCE_BYTES]));
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&made[..NONCE_BYTES]);
        format!("{}{}", to_hex(&nonce), to_hex(&seal(nonce)))
    }

    /// Decrypts what [`Cipher::seal`] made for `name`; `None` when it was made with a key that is not in the ring, or is
    /// damaged.
    pub fn open(&self, name: &str, sealed: &str) -> Option<SecretString> {
        let bytes = from_hex(sealed)?;
        let (nonce, message) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let plain = self.aeads().iter().find_map(|aead| {
            aead.decrypt(&XNonce::from(nonce), Payload { msg: message, aad: name.as_bytes() }).ok()
        })?;
        String::from_utf8(plain).ok().map(Into::into)
    }
}

/// Encrypts a document with the key of that document, 64 hexadecimal digits; the nonce stands before it.
pub fn lock_bytes(key: &SecretString, plain: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let locked = document_aead(key)?.encrypt(&XNonce::from(nonce), plain).ok()?;
    Some([&nonce[..], &locked].concat())
}

/// Decrypts what [`lock_bytes`] made; `None` with another key, or when it is damaged.
pub fn unlock_bytes(key: &SecretString, locked: &[u8]) -> Option<Vec<u8>> {
    let (nonce, message) = locked.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    document_aead(key)?.decrypt(&XNonce::from(nonce), message).ok()
}

fn document_aead(key: &SecretString) -> Option<XChaCha20Poly1305> {
    let bytes: [u8; 32] = from_hex(key.expose_secret())?.try_into().ok()?;
    Some(XChaCha20Poly1305::new(&bytes.into()))
}

fn aeads(ring: &Ring) -> Vec<XChaCha20Poly1305> {
    let aead = |secret: &SecretString| {
        let key = Sha256::new_with_prefix(b"callcentre settings v1:")
            .chain_update(secret.expose_secret())
            .finalize();
        XChaCha20Poly1305::new(&key)
    };
    ring.0.iter().map(aead).collect()
}

fn mark(file: &Path) -> Option<Mark> {
    let data = fs::metadata(file).ok()?;
    Some((data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
}

/// Tells two application secrets apart without giving either away: 32 hexadecimal digits.
pub fn fingerprint(app_secret: &SecretString) -> String {
    let digest = Sha256::new_with_prefix(b"callcentre key fingerprint v1:")
        .chain_update(app_secret.expose_secret())
        .finalize();
    to_hex(&digest[..16])
}

/// Keeps `secret`, what another `secret.key` held, in `folder/secret.key`, where none is yet.
///
/// # Errors
/// A sentence that names the file.
pub fn keep(folder: &Path, secret: &SecretString) -> Result<(), String> {
    let path = folder.join(NAME);
    let say = |e: std::io::Error| format!("cannot write {}: {e}", path.display());
    private::folder(folder).map_err(say)?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(say)?;
    file.write_all(secret.expose_secret().as_bytes()).and_then(|()| file.sync_all()).map_err(say)
}

/// Puts `ring` in the place of what `folder/secret.key` holds: whole or not at all, also in a power cut.
///
/// # Errors
/// A sentence that names the file.
pub fn replace(folder: &Path, ring: &Ring) -> Result<(), String> {
    let path = folder.join(NAME);
    let say = |e: std::io::Error| format!("cannot write {}: {e}", path.display());
    let mut new = tempfile::Builder::new().prefix(".secret.").tempfile_in(folder).map_err(say)?;
    for secret in &ring.0 {
        writeln!(new, "{}", secret.expose_secret()).map_err(say)?;
    }
    new.as_file().sync_all().map_err(say)?;
    new.persist(&path).map_err(|e| say(e.error))?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(say)
}

/// A secret nobody has.
pub fn new_secret() -> SecretString {
    to_hex(&rand::random::<[u8; 32]>()).into()
}

impl Ring {
    /// The ring in which everybody knows `new` and nobody seals with it yet.
    pub fn announcing(&self, new: &SecretString) -> Self {
        let former = self.0[1..].iter().take(FORMER_KEPT).cloned();
        Self([self.first().clone(), new.clone()].into_iter().chain(former).collect())
    }

    /// The ring in which `new` seals; the one that sealed before it still opens what a slower process has sealed.
    pub fn turned_to(&self, new: &SecretString) -> Self {
        Self(vec![new.clone(), self.first().clone()])
    }

    /// The ring with `first` in front, while what was sealed is sealed anew.
    pub fn led_by(&self, first: &SecretString) -> Self {
        Self(std::iter::once(first.clone()).chain(self.0.iter().cloned()).collect())
    }
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
pub fn load_or_create(folder: &Path) -> Result<Ring, String> {
    let path = folder.join(NAME);
    let say = |e: std::io::Error| format!("cannot use {}: {e}", path.display());
    private::folder(folder).map_err(say)?;
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let secret = new_secret();
            file.write_all(secret.expose_secret().as_bytes()).and_then(|()| file.sync_all()).map_err(say)?;
            Ok(Ring::new(secret, []))
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            load_ring(folder)?.ok_or_else(|| format!("{} has just been taken away", path.display()))
        }
        Err(e) => Err(say(e)),
    }
}

/// The application secrets kept in `folder/secret.key`, one a line; `None` when none was made yet.
///
/// # Errors
/// A sentence that names the file.
pub fn load_ring(folder: &Path) -> Result<Option<Ring>, String> {
    let path = folder.join(NAME);
    let Some(text) = read(&path)? else { return Ok(None) };
    let ring: Vec<SecretString> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.to_owned().into())
        .collect();
    if ring.is_empty() || ring.iter().any(|secret| secret.expose_secret().len() < 32) {
        return Err(format!("{} is damaged: shorter than 32 characters", path.display()));
    }
    Ok(Some(Ring(ring)))
}

/// The text of `folder/secret.key`, as [`keep`] puts it somewhere else.
///
/// # Errors
/// A sentence that names the file.
pub fn load_text(folder: &Path) -> Result<Option<SecretString>, String> {
    Ok(read(&folder.join(NAME))?.map(Into::into))
}

fn read(path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
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
    fn a_document_opens_with_its_own_key_only() {
        let key = new_secret();
        let locked = lock_bytes(&key, "паспорт".as_bytes()).expect("locked");
        assert!(!locked.windows(4).any(|part| part == "пас".as_bytes().get(..4).expect("letters")));
        assert_eq!(unlock_bytes(&key, &locked).as_deref(), Some("паспорт".as_bytes()));
        assert!(unlock_bytes(&new_secret(), &locked).is_none() && unlock_bytes(&key, b"short").is_none());
    }

    #[test]
    fn a_new_key_is_known_everywhere_before_it_seals_and_the_former_one_opens_after_it() {
        let folder = tempfile::tempdir().expect("temp folder");
        let before = load_or_create(folder.path()).expect("made");
        let running = Cipher::of_folder(&before, folder.path());
        let look_again =
            || running.keys.state.lock().expect("unhurt").looked_at = Instant::now() - LOOK_AGAIN * 2;
        let (old, new) = (running.seal("x", "прежний"), new_secret());
        replace(folder.path(), &before.announcing(&new)).expect("written");
        look_again();
        let sealed_anew = Cipher::of_ring(&before.led_by(&new)).seal("x", "новый");
        assert_eq!(running.open("x", &sealed_anew).expect("opens").expose_secret(), "новый");
        assert!(
            Cipher::of_ring(&before).open("x", &running.seal("x", "-")).is_some(),
            "the old one still seals"
        );
        replace(folder.path(), &before.turned_to(&new)).expect("written");
        look_again();
        assert!(Cipher::new(&new).open("x", &running.seal("x", "-")).is_some(), "the new one seals");
        assert_eq!(running.open("x", &old).expect("opens").expose_secret(), "прежний");
        let third = new_secret();
        let ring = load_ring(folder.path()).expect("readable").expect("there").turned_to(&third);
        replace(folder.path(), &ring).expect("written");
        look_again();
        assert!(running.open("x", &old).is_none(), "two keys ago opens nothing");
        fs::write(folder.path().join(NAME), "short").expect("written");
        look_again();
        assert!(running.open("x", &running.seal("x", "-")).is_some(), "a damaged file changes nothing");
    }

    #[test]
    fn the_application_secret_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("temp folder");
        let first = load_or_create(folder.path()).expect("made");
        let second = load_or_create(folder.path()).expect("read");
        assert_eq!(first.first().expose_secret(), second.first().expose_secret());
        let mode = fs::metadata(folder.path().join("secret.key")).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
