//! The archive as a file: written once from front to back, read as often as need be.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::manifest::{MANIFEST, Manifest, Part};
use crate::platform::secret::to_hex;

/// How an encrypted archive begins.
const ENCRYPTED: &[u8] = b"age-encryption.org/";
/// Recordings and documents are small already.
const LEVEL: Compression = Compression::fast();
/// A manifest that is longer is none.
const LONGEST_MANIFEST: u64 = 1 << 30;

/// An archive that is being written.
pub struct Writer {
    tar: tar::Builder<GzEncoder<Sink>>,
    parts: BTreeMap<String, Part>,
    at: u64,
}

/// Where the bytes go.
enum Sink {
    Plain(File),
    Age(Child, Option<ChildStdin>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Age(_, Some(input)) => input.write(bytes),
            Self::Age(_, None) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Age(_, input) => input.as_mut().map_or(Ok(()), Write::flush),
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Self::Age(age, input) = self {
            drop(input.take());
            let _ = age.wait();
        }
    }
}

impl Writer {
    /// An archive that goes into `file`, encrypted for `recipients` when there are any. Its entries have the time `at`
    /// (unix seconds).
    pub fn new(file: File, recipients: &[String], at: u64) -> Result<Self, String> {
        let sink = match recipients {
            [] => Sink::Plain(file),
            recipients => {
                let mut age = Command::new("age");
                age.args(recipients.iter().flat_map(|recipient| ["--recipient", recipient]));
                let mut age = age.stdin(Stdio::piped()).stdout(file).spawn().map_err(not_installed)?;
                let input = age.stdin.take();
                Sink::Age(age, input)
            }
        };
        Ok(Self { tar: tar::Builder::new(GzEncoder::new(sink, LEVEL)), parts: BTreeMap::new(), at })
    }

    /// Adds what `source` holds. `wanted` is the hash it must have: `false` when it has another, and nothing is added.
    pub fn add(
        &mut self,
        name: &str,
        source: &mut (impl Read + Seek),
        wanted: Option<&str>,
    ) -> io::Result<bool> {
        // Hashed before it goes in: an archive cannot take an entry back.
        let (sha256, bytes) = digest(source)?;
        if wanted.is_some_and(|wanted| wanted != sha256) {
            return Ok(false);
        }
        source.seek(SeekFrom::Start(0))?;
        self.append(name, bytes, source.take(bytes))?;
        self.parts.insert(name.to_owned(), Part { sha256, bytes });
        Ok(true)
    }

    /// Adds what it is told of itself and ends it; everything is handed over to the system when this returns.
    pub fn finish(
        mut self,
        manifest: impl FnOnce(BTreeMap<String, Part>) -> Manifest,
    ) -> io::Result<Manifest> {
        let manifest = manifest(std::mem::take(&mut self.parts));
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.append(MANIFEST, text.len() as u64, text.as_slice())?;
        let mut sink = self.tar.into_inner()?.finish()?;
        sink.flush()?;
        if let Sink::Age(age, input) = &mut sink {
            drop(input.take());
            let status = age.wait()?;
            if !status.success() {
                return Err(io::Error::other("age could not encrypt it"));
            }
        }
        Ok(manifest)
    }

    fn append(&mut self, name: &str, bytes: u64, source: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(self.at);
        self.tar.append_data(&mut header, name, source)
    }
}

/// Reads the archive in `path` from front to back: `visit` gets each entry's name and bytes, whose hash is taken in
/// passing. Gives what the archive says of itself, when that is true.
///
/// # Errors
/// One line: of `visit`, or what is wrong with the archive.
pub fn read(
    path: &Path,
    identity: Option<&Path>,
    mut visit: impl FnMut(&str, &mut dyn Read) -> Result<(), String>,
) -> Result<Manifest, String> {
    let (source, age) = open(path, identity)?;
    let damaged = |why: &dyn std::fmt::Display| format!("{} is damaged: {why}", path.display());
    let mut tar = tar::Archive::new(GzDecoder::new(source));
    let (mut found, mut manifest) = (BTreeMap::new(), None);
    let mut walk = || -> Result<(), String> {
        for entry in tar.entries().map_err(|e| damaged(&e))? {
            let mut entry = entry.map_err(|e| damaged(&e))?;
            let name = entry.path().map_err(|e| damaged(&e))?.to_string_lossy().into_owned();
            if name == MANIFEST {
                let mut text = Vec::new();
                (&mut entry).take(LONGEST_MANIFEST).read_to_end(&mut text).map_err(|e| damaged(&e))?;
                manifest = Some(serde_json::from_slice::<Manifest>(&text).map_err(|e| damaged(&e))?);
                continue;
            }
            let mut hashed = Hashed { inner: &mut entry, hasher: Sha256::new(), bytes: 0 };
            visit(&name, &mut hashed)?;
            io::copy(&mut hashed, &mut io::sink()).map_err(|e| damaged(&e))?;
            let part = Part { sha256: to_hex(&hashed.hasher.finalize()), bytes: hashed.bytes };
            if found.insert(name.clone(), part).is_some() {
                return Err(damaged(&format!("{name} is in it twice")));
            }
        }
        Ok(())
    };
    let walked = walk();
    // To the last byte: the checksum of gzip and the seal of age stand at the end.
    let mut rest = tar.into_inner();
    let ended = io::copy(&mut rest, &mut io::sink());
    drop(rest);
    // What age says explains what the archive lacks.
    age.map_or(Ok(()), |age| told_by_age(age, path))?;
    walked?;
    ended.map_err(|e| damaged(&e))?;
    let manifest = manifest.ok_or_else(|| damaged(&"it ends before its end"))?;
    if manifest.parts != found {
        let other = manifest.parts.iter().find(|(name, part)| found.get(*name) != Some(part));
        let name = other
            .map(|(name, _)| name.as_str())
            .or_else(|| found.keys().find(|name| !manifest.parts.contains_key(*name)).map(String::as_str));
        return Err(damaged(&format!("{} is not what was put in", name.unwrap_or_default())));
    }
    Ok(manifest)
}

fn open(path: &Path, identity: Option<&Path>) -> Result<(Box<dyn Read>, Option<Child>), String> {
    let failed = |e: io::Error| format!("cannot read {}: {e}", path.display());
    let mut file = File::open(path).map_err(failed)?;
    let mut first = Vec::new();
    (&mut file).take(ENCRYPTED.len() as u64).read_to_end(&mut first).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    if first != ENCRYPTED {
        return Ok((Box::new(BufReader::new(file)), None));
    }
    let identity = identity.ok_or_else(|| {
        format!(
            "{} is encrypted: name the file with the private key, by --identity or BACKUP_IDENTITY",
            path.display()
        )
    })?;
    let mut age = Command::new("age");
    age.arg("--decrypt").arg("--identity").arg(identity);
    let mut age =
        age.stdin(file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(not_installed)?;
    let output = age.stdout.take().ok_or("age gives nothing")?;
    Ok((Box::new(BufReader::new(output)), Some(age)))
}

fn told_by_age(age: Child, path: &Path) -> Result<(), String> {
    let output = age.wait_with_output().map_err(|e| format!("age: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().find(|line| line.contains("error")).unwrap_or("it could not be opened");
    Err(format!("cannot decrypt {}: {told}", path.display()))
}

fn not_installed(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the program age is not installed (Debian package: age)".to_owned(),
        _ => format!("age: {error}"),
    }
}

/// Hash and length of everything that comes.
pub fn digest(source: &mut impl Read) -> io::Result<(String, u64)> {
    let mut hashed = Hashed { inner: source, hasher: Sha256::new(), bytes: 0 };
    io::copy(&mut hashed, &mut io::sink())?;
    Ok((to_hex(&hashed.hasher.finalize()), hashed.bytes))
}

struct Hashed<R> {
    inner: R,
    hasher: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..got]);
        self.bytes += got as u64;
        Ok(got)
    }
}
