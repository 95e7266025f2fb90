//! The storage in a bucket of S3 or of what speaks like it: `PREFIX/ab/cd/abcd…` for contents, as in a folder.
//!
//! A bucket has no locks, so two things are done by objects. `PREFIX/.hold/…` is there while somebody copies everything.
//! `PREFIX/.doomed/HASH` is written before a content is looked at for the last time and removed; whoever stores a content
//! looks for that mark afterwards, and stores it again when it was removed under his hands. S3 answers about what is
//! there now, never about what was (it is strongly consistent), which is what makes this hold.

use std::fmt;
use std::future::Future;
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web::{Bytes, BytesMut};
use chrono::{NaiveDateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload,
    RetryConfig,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::runtime::Runtime;

use super::content::Remote;
use super::disk::Entry;
use super::{Content, ContentHash, StorageError, Stored};

/// Larger contents travel in parts of this size, the smallest S3 takes.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// A mark older than this was left behind by a process that has died.
const MARKS_LIVE: Duration = Duration::from_secs(24 * 3600);
/// A bucket that took something so lately is taken to take more: it is asked by every health check.
const TRUSTED_FOR: Duration = Duration::from_secs(60);
/// How often a content is stored again that is being removed at the same moment.
const ATTEMPTS: usize = 50;

/// How S3 is reached: the usual variables of AWS.
#[derive(Clone, Debug, Default)]
pub struct S3Access {
    /// `AWS_ACCESS_KEY_ID`.
    pub key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: Option<SecretString>,
    /// `AWS_SESSION_TOKEN`.
    pub token: Option<SecretString>,
    /// `AWS_REGION`; `None` means the one that services of S3 beside AWS take for any.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL`; `None` means AWS itself.
    pub endpoint: Option<String>,
    /// `AWS_VIRTUAL_HOSTED_STYLE_REQUEST`: the bucket is part of the host's name.
    pub is_virtual_hosted: bool,
    /// Further trusted authorities.
    pub extra_ca_file: Option<PathBuf>,
}

/// A bucket with contents.
#[derive(Clone)]
pub struct S3 {
    store: Arc<AmazonS3>,
    prefix: String,
    took_at: Arc<Mutex<Option<Instant>>>,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3({})", self.prefix)
    }
}

impl S3 {
    /// `named` is where the address stands, for the line that says what is wrong.
    pub(super) fn open(named: &str, bucket: &str, prefix: &str, access: &S3Access) -> Result<Self, String> {
        // The commands that serve nothing have not done this yet.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Some(key_id) = &access.key_id else {
            return Err("AWS_ACCESS_KEY_ID: is missing, and s3:// wants it".to_owned());
        };
        let Some(secret) = &access.secret else {
            return Err("AWS_SECRET_ACCESS_KEY: is missing, and s3:// wants it".to_owned());
        };
        let mut options = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(5))
            // Of one request: contents are sent and fetched in pieces.
            .with_timeout(Duration::from_secs(30))
            .with_allow_http(access.endpoint.as_ref().is_some_and(|url| url.starts_with("http://")));
        if let Some(path) = &access.extra_ca_file {
            let failed = |e: &dyn fmt::Display| format!("EXTRA_CA_FILE: cannot use {}: {e}", path.display());
            let pem = std::fs::read(path).map_err(|e| failed(&e))?;
            for certificate in Certificate::from_pem_bundle(&pem).map_err(|e| failed(&e))? {
                options = options.with_root_certificate(certificate);
            }
        }
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_access_key_id(key_id)
            .with_secret_access_key(secret.expose_secret())
            .with_region(access.region.as_deref().unwrap_or("us-east-1"))
            .with_virtual_hosted_style_request(access.is_virtual_hosted)
            .with_client_options(options)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: 4,
                retry_timeout: Duration::from_secs(20),
            });
        if let Some(endpoint) = &access.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(token) = &access.token {
            builder = builder.with_token(token.expose_secret());
        }
        let failed = |e: &dyn fmt::Display| {
            let told = e.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{named}: cannot write to the bucket {bucket}: {told}")
        };
        let store = builder.build().map_err(|e| failed(&e))?;
        let this = Self { store: Arc::new(store), prefix: prefix.to_owned(), took_at: Arc::default() };
        this.find_room().map_err(|e| failed(&e))?;
        Ok(this)
    }

    pub(super) fn find_room(&self) -> Result<(), StorageError> {
        let mut took_at = self.took_at.lock().unwrap_or_else(PoisonError::into_inner);
        if took_at.is_some_and(|at| at.elapsed() < TRUSTED_FOR) {
            return Ok(());
        }
        *took_at = None;
        let (store, probe) = (self.store.clone(), self.own(".probe"));
        wait(async move { store.put(&probe, PutPayload::from_static(b"probe")).await })
            .map_err(away("write a probe"))?;
        *took_at = Some(Instant::now());
        Ok(())
    }

    pub(super) async fn put<S, E>(&self, stream: S, max_bytes: u64) -> Result<Stored, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: fmt::Display,
    {
        // Only when all of it is here is its name known, and only then does anything of it reach the bucket.
        let (mut hasher, mut length) = (Sha256::new(), 0_u64);
        let (mut memory, mut spool) = (BytesMut::new(), None::<File>);
        let spooled = StorageError::io("write a temporary file");
        let mut stream = std::pin::pin!(stream);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|e| StorageError::Interrupted(e.to_string()))?;
            length += piece.len() as u64;
            if length > max_bytes {
                return Err(StorageError::TooLarge { max_bytes });
            }
            hasher.update(&piece);
            memory.extend_from_slice(&piece);
            if memory.len() > PART_BYTES {
                let file = match &mut spool {
                    Some(file) => file,
                    none => none.insert(File::from_std(tempfile::tempfile().map_err(&spooled)?)),
                };
                file.write_all(&memory).await.map_err(&spooled)?;
                memory.clear();
            }
        }
        let hash = ContentHash::of_digest(&hasher.finalize());
        let body = match spool {
            None => Body::Memory(memory.freeze()),
            Some(mut file) => {
                file.write_all(&memory).await.map_err(&spooled)?;
                file.flush().await.map_err(&spooled)?;
                Body::Spool(file)
            }
        };
        let (this, placed) = (self.clone(), hash.clone());
        apart(async move { this.place(&placed, body).await }).await?;
        Ok(Stored { hash, length })
    }

    /// Also over a content that is there: the new time keeps a sweep away, and a damaged content is healed.
    async fn place(&self, hash: &ContentHash, mut body: Body) -> Result<(), StorageError> {
        let (key, mark) = (self.key(hash), self.own(&format!(".doomed/{hash}")));
        for _ in 0..ATTEMPTS {
            self.upload(&key, &mut body).await?;
            let is_doomed = is_live(self.look(&mark).await?.as_ref());
            // In this order: a mark that is gone by now says that the content was removed before this look.
            if self.look(&key).await?.is_some() && !is_doomed {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(StorageError::Failed {
            doing: "place a content",
            source: io::Error::other("somebody removes it again and again"),
        })
    }

    async fn upload(&self, key: &Path, body: &mut Body) -> Result<(), StorageError> {
        let failed = away("place a content");
        let file = match body {
            Body::Memory(bytes) => {
                self.store.put(key, bytes.clone().into()).await.map_err(failed)?;
                return Ok(());
            }
            Body::Spool(file) => file,
        };
        let read = StorageError::io("read a temporary file");
        let length = file.seek(SeekFrom::End(0)).await.map_err(&read)?;
        // There may be ten thousand parts.
        let part_bytes = length.div_ceil(9_000).max(PART_BYTES as u64);
        file.seek(SeekFrom::Start(0)).await.map_err(&read)?;
        let mut upload = self.store.put_multipart(key).await.map_err(&failed)?;
        let sent: Result<(), StorageError> = async {
            loop {
                let mut part = Vec::with_capacity(PART_BYTES);
                (&mut *file).take(part_bytes).read_to_end(&mut part).await.map_err(&read)?;
                if part.is_empty() {
                    break;
                }
                upload.put_part(part.into()).await.map_err(&failed)?;
            }
            upload.complete().await.map_err(&failed)?;
            Ok(())
        }
        .await;
        if sent.is_err() {
            // Parts of nothing cost money until they are told to go.
            let _ = upload.abort().await;
        }
        sent
    }

    pub(super) async fn get(&self, hash: &ContentHash) -> Result<Option<Content>, StorageError> {
        let (this, key) = (self.clone(), self.key(hash));
        let found = apart(async move { this.look(&key).await }).await?;
        Ok(found.map(|object| {
            let size = object.size;
            Content::remote(Object { store: self.store.clone(), key: object.location }, size)
        }))
    }

    pub(super) fn remove(&self, hash: &ContentHash, before: NaiveDateTime) -> Result<bool, StorageError> {
        let (this, key) = (self.clone(), self.key(hash));
        let mark = self.own(&format!(".doomed/{hash}"));
        wait(async move {
            if !this.is_free(&key, before).await? {
                return Ok(false);
            }
            let failed = away("remove a content");
            this.store.put(&mark, PutPayload::from_static(b"doomed")).await.map_err(&failed)?;
            let removed = match this.is_free(&key, before).await {
                Ok(true) => this.store.delete(&key).await.map(|()| true).map_err(&failed),
                kept => kept,
            };
            this.store.delete(&mark).await.map_err(&failed)?;
            removed
        })
    }

    /// Old, and nobody copies everything just now.
    async fn is_free(&self, key: &Path, before: NaiveDateTime) -> Result<bool, StorageError> {
        let Some(object) = self.look(key).await? else { return Ok(false) };
        if object.last_modified.naive_utc() >= before {
            return Ok(false);
        }
        let holds = self.all(".hold/").await?;
        Ok(!holds.iter().any(|hold| is_live(Some(hold))))
    }

    /// While the value lives nothing is removed, by no process.
    pub(super) fn hold(&self) -> Result<Held, StorageError> {
        let held =
            Held { s3: self.clone(), key: self.own(&format!(".hold/{}", uuid::Uuid::new_v4().simple())) };
        let (store, key) = (self.store.clone(), held.key.clone());
        wait(async move { store.put(&key, PutPayload::from_static(b"hold")).await })
            .map_err(away("hold the contents"))?;
        Ok(held)
    }

    pub(super) fn belongs_to(&self, installation: &str) -> Result<bool, StorageError> {
        let (store, key, own) = (self.store.clone(), self.own(".installation"), installation.to_owned());
        wait(async move {
            let read = async || match store.get(&key).await {
                Ok(found) => Ok(Some(String::from_utf8_lossy(&found.bytes().await?).trim().to_owned())),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            };
            if read().await?.is_none() {
                store.put(&key, PutPayload::from(format!("{own}\n"))).await?;
            }
            // Of two that asked first at the same moment one reads the other's name here, or at the next sweep.
            Ok(read().await? == Some(own))
        })
        .map_err(away("tell whose storage it is"))
    }

    /// Removes marks of processes that have died.
    pub(super) fn remove_leftovers(&self, before: NaiveDateTime) -> Result<usize, StorageError> {
        let this = self.clone();
        wait(async move {
            let mut removed = 0;
            for folder in [".hold/", ".doomed/"] {
                for object in this.all(folder).await? {
                    if !is_live(Some(&object)) && object.last_modified.naive_utc() < before {
                        this.store.delete(&object.location).await.map_err(away("remove leftovers"))?;
                        removed += 1;
                    }
                }
            }
            Ok(removed)
        })
    }

    pub(super) fn walk(
        &self,
        visit: &mut dyn FnMut(Entry) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let this = self.clone();
        for object in wait(async move { this.all("").await })? {
            let name = object.location.as_ref().rsplit('/').next().unwrap_or_default();
            let Some(hash) = ContentHash::parse(name).filter(|hash| self.key(hash) == object.location) else {
                continue;
            };
            visit(Entry { hash, length: object.size, stored_at: object.last_modified.naive_utc() })?;
        }
        Ok(())
    }

    async fn look(&self, key: &Path) -> Result<Option<ObjectMeta>, StorageError> {
        match self.store.head(key).await {
            Ok(object) => Ok(Some(object)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away("look at a content")(error)),
        }
    }

    async fn all(&self, folder: &str) -> Result<Vec<ObjectMeta>, StorageError> {
        let under = self.own(folder);
        self.store.list(Some(&under)).try_collect().await.map_err(away("list the storage"))
    }

    fn key(&self, hash: &ContentHash) -> Path {
        let name = hash.as_str();
        self.own(&format!("{}/{}/{name}", &name[..2], &name[2..4]))
    }

    fn own(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.prefix))
    }
}

/// A content that is there.
struct Object {
    store: Arc<AmazonS3>,
    key: Path,
}

impl Remote for Object {
    fn piece(&self, start: u64, length: u64) -> BoxFuture<'_, Result<Bytes, StorageError>> {
        let (store, key) = (self.store.clone(), self.key.clone());
        Box::pin(async move {
            let read = apart(async move { store.get_range(&key, start..start + length).await });
            read.await.map_err(away("read a content"))
        })
    }
}

/// What is to be stored, all of it here.
enum Body {
    Memory(Bytes),
    Spool(File),
}

/// A place in a bucket for things that have names of their own: backups. Everything blocks.
#[derive(Clone, Debug)]
pub struct Shelf(S3);

impl Shelf {
    /// Opens it and proves that it can be written; `named` is where the address stands.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn open(named: &str, bucket: &str, prefix: &str, access: &S3Access) -> Result<Self, String> {
        S3::open(named, bucket, prefix, access).map(Self)
    }

    /// Puts all of `file` there, over whatever had the name.
    pub fn put(&self, name: &str, file: std::fs::File) -> Result<(), StorageError> {
        let (s3, key) = (self.0.clone(), self.0.own(name));
        wait(async move { s3.upload(&key, &mut Body::Spool(File::from_std(file))).await })
    }

    /// Writes what has the name into `to`; `false` when nothing has it.
    pub fn fetch(&self, name: &str, to: &mut impl io::Write) -> Result<bool, StorageError> {
        const PIECE_BYTES: u64 = 8 * 1024 * 1024;
        let (s3, key) = (self.0.clone(), self.0.own(name));
        let (looked_for, found) = (s3.clone(), key.clone());
        let Some(object) = wait(async move { looked_for.look(&found).await })? else { return Ok(false) };
        for start in (0..object.size).step_by(PIECE_BYTES as usize) {
            let (store, key) = (s3.store.clone(), key.clone());
            let end = object.size.min(start + PIECE_BYTES);
            let piece = wait(async move { store.get_range(&key, start..end).await });
            let piece = piece.map_err(away("fetch from a bucket"))?;
            to.write_all(&piece).map_err(StorageError::io("write what was fetched"))?;
        }
        Ok(true)
    }

    /// What lies there.
    pub fn names(&self) -> Result<Vec<String>, StorageError> {
        let s3 = self.0.clone();
        let objects = wait(async move { s3.all("").await })?;
        let names = objects.iter().filter_map(|object| object.location.filename().map(str::to_owned));
        Ok(names.filter(|name| objects.iter().any(|object| object.location == self.0.own(name))).collect())
    }

    /// Takes it away.
    pub fn remove(&self, name: &str) -> Result<(), StorageError> {
        let (store, key) = (self.0.store.clone(), self.0.own(name));
        wait(async move { store.delete(&key).await }).map_err(away("remove from a bucket"))
    }
}

/// Keeps every content where it is.
pub(super) struct Held {
    s3: S3,
    key: Path,
}

impl Drop for Held {
    fn drop(&mut self) {
        let (store, key) = (self.s3.store.clone(), self.key.clone());
        // What stays behind is taken for dead a day later.
        let _ = wait(async move { store.delete(&key).await });
    }
}

fn is_live(mark: Option<&ObjectMeta>) -> bool {
    let age = |mark: &ObjectMeta| Utc::now().signed_duration_since(mark.last_modified).to_std();
    mark.is_some_and(|mark| age(mark).is_ok_and(|age| age < MARKS_LIVE) || age(mark).is_err())
}

fn away(doing: &'static str) -> impl Fn(object_store::Error) -> StorageError {
    move |error| StorageError::Away { doing, source: io::Error::other(error) }
}

/// The network's work has threads of its own: a worker of the web server may block for a moment, and a connection lives
/// longer than the runtime of whoever opened it.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("storage-s3")
            .enable_all()
            .build()
            .expect("the system refused a thread")
    })
}

/// Does `work` there and waits without blocking.
async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    runtime().spawn(work).await.expect("nobody cancels it, and it does not panic")
}

/// Does `work` there and blocks meanwhile.
fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (told, hear) = std::sync::mpsc::sync_channel(1);
    runtime().spawn(async move {
        let _ = told.send(work.await);
    });
    hear.recv().expect("nobody cancels it, and it does not panic")
}
