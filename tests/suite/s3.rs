//! Files in a bucket: an S3 server of somebody else's making (moto), over TLS with a certificate of our own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use actix_web::web::Bytes;
use callcentre::backup::{self, How, Target};
use callcentre::domain::clock::Clock;
use callcentre::platform::config::Config;
use callcentre::platform::storage::{ContentHash, Storage, StorageError, StorageUrl};
use chrono::{Duration, Utc};
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{Certificate, ClientOptions, ObjectStoreExt};
use tempfile::TempDir;

use crate::files::{Desk, picture};
use crate::support::TestApp;
use crate::support::until::{until, until_told};

/// A server of S3; ends with the test.
struct S3 {
    process: Child,
    folder: TempDir,
    address: String,
}

impl S3 {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = Command::new("deploy/certificates/self-signed")
            .arg(folder.path())
            .arg("localhost")
            .output()
            .expect("openssl");
        assert!(made.status.success());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        drop(listener);
        let tools = std::env::var("CALLCENTRE_TEST_TOOLS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/target/test-tools").to_owned());
        let certificates = folder.path().join("localhost");
        let process = Command::new(Path::new(&tools).join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string(), "-c"])
            .arg(certificates.join("fullchain.pem"))
            .arg("-k")
            .arg(certificates.join("privkey.pem"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server (scripts/test installs it)");
        until("the server of S3 listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
        let this = Self { process, folder, address: format!("https://localhost:{port}") };
        this.make_bucket().await;
        this
    }

    async fn make_bucket(&self) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let pem = std::fs::read(self.ca()).expect("a certificate");
        let trusted = [reqwest::Certificate::from_pem(&pem).expect("a certificate")];
        let client =
            reqwest::Client::builder().tls_certs_merge(trusted).no_proxy().build().expect("a client");
        let made = client.put(format!("{}/files", self.address)).send().await.expect("an answer");
        assert_eq!(made.status().as_u16(), 200);
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("localhost/fullchain.pem")
    }

    /// Settings that lead to `s3://files/PREFIX`.
    fn settings(&self, prefix: &str) -> Vec<(&'static str, String)> {
        vec![
            ("STORAGE_URL", format!("s3://files/{prefix}")),
            ("AWS_ACCESS_KEY_ID", "key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", "ru-central1".to_owned()),
            ("AWS_ENDPOINT_URL", self.address.clone()),
            ("EXTRA_CA_FILE", self.ca().display().to_string()),
        ]
    }

    async fn desk(&self, prefix: &str) -> Desk {
        let settings = self.settings(prefix);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(k, v)| (*k, v.as_str())).collect();
        Desk::with(&settings).await
    }

    /// The bucket past the program.
    fn bucket(&self) -> AmazonS3 {
        let pem = std::fs::read(self.ca()).expect("a certificate");
        let trusted = Certificate::from_pem(&pem).expect("a certificate");
        let builder = AmazonS3Builder::new().with_bucket_name("files").with_endpoint(&self.address);
        let builder = builder.with_access_key_id("key").with_secret_access_key("secret");
        let options = ClientOptions::new().with_root_certificate(trusted);
        builder.with_client_options(options).build().expect("a bucket")
    }

    async fn place(&self, key: &str) {
        self.bucket().put(&object_store::path::Path::from(key), "x".into()).await.expect("it is placed");
    }

    async fn delete(&self, key: &str) {
        self.bucket().delete(&object_store::path::Path::from(key)).await.expect("it is gone");
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn all(storage: &Storage) -> Vec<ContentHash> {
    let mut found = Vec::new();
    storage.list(|stored| found.push(stored.hash)).expect("a list");
    found.sort();
    found
}

async fn read(storage: &Storage, hash: &ContentHash) -> Option<Vec<u8>> {
    match storage.get(hash).await.expect("an answer") {
        Some(content) => Some(content.into_bytes().await.expect("bytes")),
        None => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_serves_documents_as_a_folder_does() {
    let s3 = S3::start().await;
    let desk = s3.desk("call/centre").await;
    let storage = desk.app.app.storage.clone();
    let id = desk.store("БСО.jpg", &picture(200)).await.expect("kept");
    let answer = desk.admin.get(&format!("/files/{id}")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    let named = all(&storage);
    assert_eq!(named.len(), 2, "the picture and its small copy");

    // A large one travels in parts, both ways, and any part of it can be had.
    let noise: Vec<u8> = (0..12_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let pieces: Vec<_> =
        noise.chunks(100_000).map(|piece| Ok::<_, String>(Bytes::copy_from_slice(piece))).collect();
    let large = storage.put(futures_util::stream::iter(pieces), u64::MAX).await.expect("kept").hash;
    assert_eq!(read(&storage, &large).await.as_deref(), Some(&*noise));
    let content = storage.get(&large).await.expect("an answer").expect("it is there");
    let part: Vec<Bytes> =
        content.range(1_000_000, 2_500_000).await.expect("a part").try_collect().await.expect("pieces");
    assert_eq!(part.concat(), noise[1_000_000..3_500_000]);
    let mut blocking =
        storage.get(&large).await.expect("it").expect("it").into_blocking().await.expect("here");
    let mut whole = Vec::new();
    std::io::Read::read_to_end(&mut blocking, &mut whole).expect("bytes");
    assert_eq!(whole, noise);

    // What is too large or breaks off leaves nothing.
    let broken = futures_util::stream::iter([Ok(Bytes::from_static(b"half")), Err("the cable was pulled")]);
    assert!(matches!(storage.put(broken, 100).await, Err(StorageError::Interrupted(_))));
    let much = futures_util::stream::iter([Ok::<_, String>(Bytes::from_static(&[1; 101]))]);
    assert!(matches!(storage.put(much, 100).await, Err(StorageError::TooLarge { .. })));
    assert_eq!(all(&storage).len(), 3);

    // A sweep takes what is old and unnamed, and nothing while somebody copies everything.
    let place = StorageUrl::S3 { bucket: "files".to_owned(), prefix: "alone".to_owned() };
    let alone = Storage::open(&place, &desk.app.app.config.s3).expect("a storage");
    assert!(alone.belongs_to("ours").expect("an answer") && !alone.belongs_to("theirs").expect("an answer"));
    let sweep = |before| {
        let needed = named.iter().cloned().collect();
        storage
            .sweep::<StorageError>(before, |_| Ok(std::collections::HashSet::clone(&needed)))
            .expect("a sweep")
    };
    let (yesterday, tomorrow) =
        (Utc::now().naive_utc() - Duration::days(1), Utc::now().naive_utc() + Duration::days(1));
    assert_eq!(sweep(yesterday), 0, "what is young may still get its row");
    let hold = storage.hold().expect("a hold");
    assert_eq!(sweep(tomorrow), 0);
    drop(hold);
    assert_eq!(sweep(tomorrow), 1);
    assert_eq!(all(&storage), named);

    what_is_stored_while_it_is_removed_is_there_afterwards(&s3, &storage).await;

    // A bucket that does not answer is not a missing document.
    drop(s3);
    assert_eq!(desk.admin.get(&format!("/files/{id}")).await.status, 503);
}

async fn what_is_stored_while_it_is_removed_is_there_afterwards(s3: &S3, storage: &Storage) {
    let hash = storage.put_bytes("twice".into()).await.expect("kept").hash;
    let (name, mark) = (hash.as_str(), format!("call/centre/.doomed/{hash}"));
    let key = format!("call/centre/{}/{}/{name}", &name[..2], &name[2..4]);
    // Another process is about to remove it: it has set its mark and looked for the last time.
    s3.place(&mark).await;
    s3.delete(&key).await;
    let theirs = storage.clone();
    let storing = tokio::spawn(async move { theirs.put_bytes("twice".into()).await });
    until_told("it is stored again", async || read(storage, &hash).await).await;
    s3.delete(&key).await;
    assert!(!storing.is_finished(), "it waits for the mark to go");
    s3.delete(&mark).await;
    storing.await.expect("no panic").expect("kept");
    assert_eq!(read(storage, &hash).await.as_deref(), Some(&b"twice"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_move_to_a_bucket_and_out_of_a_backup_into_another_one() {
    let s3 = S3::start().await;
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut hashes = Vec::new();
    for text in ["один", "два", "три"] {
        hashes.push(app.app.storage.put_bytes(text.into()).await.expect("kept").hash);
    }
    callcentre::schedule::run_now(&app.app, "sweep-storage").expect("a sweep");
    let moved = |to: &str, from: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
        command.args(["storage", "move", "--to", to]);
        command.args(from.iter().flat_map(|from| ["--from", from]));
        command.envs(s3.settings("unused")).env_remove("STORAGE_URL");
        command.env("DATABASE_URL", app.database_url()).env("DATA_DIR", app.app.config.data_dir.as_path());
        let output = command.output().expect("the program");
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&told).trim().to_owned())
    };
    assert_eq!(
        moved("s3://files/there", None),
        (Some(0), "carried: 3 files, 20 bytes; there already: 0".to_owned())
    );
    // What has come meanwhile; one that is damaged stays where it is.
    hashes.push(app.app.storage.put_bytes("четыре".into()).await.expect("kept").hash);
    let damaged = app.app.storage.put_bytes("пять".into()).await.expect("kept").hash;
    let StorageUrl::Disk(files) = &app.app.config.storage else { panic!("a folder") };
    let name = damaged.as_str();
    std::fs::write(files.join(&name[..2]).join(&name[2..4]).join(name), "шесть").expect("a file");
    let (code, told) = moved("s3://files/there", None);
    assert!(code == Some(1) && told.contains("carried: 1 files, 12 bytes; there already: 3"), "{told}");
    assert!(told.contains(&format!("damaged where they are, and not carried: {damaged}")), "{told}");

    // And back into a folder, out of the bucket.
    let back = format!("file://{}", folder.path().join("back").display());
    let (code, told) = moved(&back, Some("s3://files/there"));
    assert!(code == Some(0) && told.starts_with("carried: 5 files"), "{told}");
    // Never among the files of somebody else.
    s3.place("foreign/.installation").await;
    let (code, told) = moved("s3://files/foreign", None);
    assert!(code == Some(2) && told.contains("holds the files of another installation"), "{told}");
    let (code, told) = moved("s3://nowhere/x", None);
    assert!(code == Some(2) && told.contains("cannot write to the bucket nowhere"), "{told}");

    // A backup of an installation on the bucket, restored into another prefix.
    let mut config = app.app.config.clone();
    let reach = |prefix: &str, settings: &mut Config| {
        let of = s3.settings(prefix);
        let read =
            Config::from_lookup(|name| of.iter().find(|(key, _)| *key == name).map(|(_, v)| v.clone()));
        let read = read.expect("settings");
        (settings.storage, settings.s3) = (read.storage, read.s3);
    };
    reach("there", &mut config);
    let archive = folder.path().join("backup.tar.gz");
    let (of, target, now) = (config.clone(), Target::File(archive.clone()), Clock::default().now());
    let taken = tokio::task::spawn_blocking(move || backup::take(&of, &target, now)).await.expect("no panic");
    assert_eq!(taken.expect("a backup").manifest.files(), 5);
    let mut there = crate::backup::empty_place(folder.path(), &app.database_url());
    there.app_secret = config.app_secret.clone();
    reach("restored", &mut there);
    let (of, how) = (there.clone(), How { identity: None, only_check: false, another_key: false });
    let restored = tokio::task::spawn_blocking(move || backup::restore(&of, &archive, &how)).await;
    restored.expect("no panic").expect("restored");
    let storage = Storage::open(&there.storage, &there.s3).expect("a storage");
    for hash in &hashes {
        assert_eq!(read(&storage, hash).await, read(&app.app.storage, hash).await);
    }
    // Without a key there is nothing to begin with.
    there.s3.key_id = None;
    let refused = Storage::open(&there.storage, &there.s3).expect_err("no key");
    assert_eq!(refused, "AWS_ACCESS_KEY_ID: is missing, and s3:// wants it");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_lie_in_a_bucket_and_older_ones_go() {
    let s3 = S3::start().await;
    let app = TestApp::start().await;
    app.app.storage.put_bytes("договор".into()).await.expect("kept");
    let program = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
        command.args(arguments).envs(s3.settings("unused")).env_remove("STORAGE_URL");
        command.env("DATABASE_URL", app.database_url()).env("DATA_DIR", app.app.config.data_dir.as_path());
        command.env("APP_SECRET", "an application secret only for tests");
        let output = command.output().expect("the program");
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&told).trim().to_owned())
    };
    // One of the day before yesterday, by its name.
    s3.place("kept/here/callcentre-20200101T030000Z.tar.gz").await;
    s3.place("kept/here/photos.tar.gz").await;
    let (code, told) = program(&["backup", "--to", "s3://files/kept/here", "--keep-days", "1"]);
    assert!(code == Some(0) && told.contains("older backups removed: 1"), "{told}");
    let address = told.split(':').next().zip(told.split(':').nth(1));
    let address = address.map(|(scheme, rest)| format!("{scheme}:{rest}")).expect("its address");
    assert!(
        address.starts_with("s3://files/kept/here/callcentre-") && address.ends_with(".tar.gz"),
        "{told}"
    );
    let (code, told) = program(&["restore", "--check", &address]);
    assert!(code == Some(0) && told.starts_with("whole: ") && told.contains("1 files"), "{told}");
    // What is not ours is left alone; what was removed is gone.
    let (code, told) =
        program(&["restore", "--check", "s3://files/kept/here/callcentre-20200101T030000Z.tar.gz"]);
    assert!(code == Some(2) && told.contains("is not there"), "{told}");
    let (code, told) = program(&["restore", "--check", "s3://files/kept/here/photos.tar.gz"]);
    assert!(code == Some(2) && !told.contains("is not there"), "{told}");
    let (code, told) = program(&["backup", "--to", "s3://nowhere/x"]);
    assert!(code == Some(2) && told.contains("--to: cannot write to the bucket nowhere"), "{told}");
}
