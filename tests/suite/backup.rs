//! Backups: taken while people work, put into an empty place, compared row by row and file by file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use callcentre::app::App;
use callcentre::backup::{self, How, Keep, Target, record};
use callcentre::cli::fill::{self, FillArguments};
use callcentre::domain::clock::Clock;
use callcentre::domain::person::Role;
use callcentre::platform::config::Config;
use callcentre::platform::db::Db;
use callcentre::platform::db::schema::files;
use callcentre::platform::storage::{ContentHash, Storage, StorageUrl};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use secrecy::ExposeSecret;

use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::until::until;

/// Settings of a place where nothing is yet, on the database of this run of the suite.
pub fn empty_place(folder: &Path, like: &str) -> Config {
    let url = match on_postgres() {
        false => format!("sqlite://{}", folder.join("there.db").display()),
        true => {
            let name = format!("there_{}", uuid::Uuid::new_v4().simple());
            let mut connection = PgConnection::establish(like).expect("the server");
            connection.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
            let (address, options) = like.split_once('?').expect("the test's schema");
            let url = format!("{}/{name}?{options}", address.rsplit_once('/').expect("a database").0);
            let schema = like.split("search_path%3D").nth(1).expect("the test's schema");
            let mut connection = PgConnection::establish(&url).expect("the new database");
            connection.batch_execute(&format!("CREATE SCHEMA {schema}")).expect("a schema");
            url
        }
    };
    place(folder, &url)
}

fn place(folder: &Path, url: &str) -> Config {
    Config::from_lookup(|name| match name {
        "DATA_DIR" => Some(folder.display().to_string()),
        "DATABASE_URL" => Some(url.to_owned()),
        "APP_SECRET" => Some("an application secret only for tests".to_owned()),
        _ => None,
    })
    .expect("settings")
}

async fn take(config: &Config, target: Target) -> Result<backup::Taken, String> {
    let config = config.clone();
    let now = Clock::default().now();
    tokio::task::spawn_blocking(move || backup::take(&config, &target, now)).await.expect("no panic")
}

async fn restore(config: &Config, file: &Path, how: How) -> Result<backup::Restored, String> {
    let (config, file) = (config.clone(), file.to_owned());
    tokio::task::spawn_blocking(move || backup::restore(&config, &file, &how)).await.expect("no panic")
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Every table with every row of it as text.
fn every_row(config: &Config) -> BTreeMap<String, Vec<String>> {
    let url = config.database.url.expose_secret();
    let url = callcentre::platform::db::connection::DatabaseUrl::parse(url).expect("an address");
    let mut db = Db::open(&url).expect("the database");
    let lines = |db: &mut Db, question: &str| -> Vec<String> {
        let lines: Vec<Line> = sql_query(question).load(db).unwrap_or_else(|e| panic!("{question}: {e}"));
        lines.into_iter().map(|line| line.text).collect()
    };
    let is_postgres = matches!(db, Db::Pg(_));
    let tables = lines(
        &mut db,
        if is_postgres {
            "SELECT tablename::TEXT AS text FROM pg_tables WHERE schemaname = current_schema()"
        } else {
            "SELECT name AS text FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             AND name NOT LIKE '%_fts_%'"
        },
    );
    let mut found = BTreeMap::new();
    for table in tables {
        let row = if is_postgres {
            format!("{table}::TEXT")
        } else {
            let columns = lines(&mut db, &format!("SELECT name AS text FROM pragma_table_info('{table}')"));
            let quoted: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
            quoted.join(" || '|' || ")
        };
        let mut rows = lines(&mut db, &format!("SELECT {row} AS text FROM {table}"));
        rows.sort();
        found.insert(table, rows);
    }
    found
}

fn contents(config: &Config) -> Vec<String> {
    let storage = Storage::open(&config.storage, &config.s3).expect("a storage");
    let mut found = Vec::new();
    storage.list(|stored| found.push(format!("{} {}", stored.hash, stored.length))).expect("a list");
    found.sort();
    found
}

/// Writes documents, content first, row second, until it is told to stop.
fn writer(app: &TestApp) -> (Arc<AtomicBool>, Arc<AtomicUsize>, tokio::task::JoinHandle<()>) {
    let owner = app.create_account(Role::Operator, "Пишет");
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (app, told, count) = (app.app.clone().into_inner(), stop.clone(), written.clone());
    let work = tokio::spawn(async move {
        while !told.load(Ordering::Relaxed) {
            let n = count.load(Ordering::Relaxed);
            let bytes = format!("документ {n} ").repeat(500);
            let stored = app.storage.put_bytes(bytes.into()).await.expect("a content");
            let now = app.clock.now();
            let row = move |tx: &mut callcentre::platform::db::Tx| {
                let row = (
                    files::hash.eq(stored.hash.as_str()),
                    files::media_type.eq("application/pdf"),
                    files::byte_size.eq(i64::try_from(stored.length).expect("small")),
                    files::original_name.eq(format!("{n}.pdf")),
                    files::kind.eq("employee"),
                    files::employee_id.eq(owner),
                    files::created_by.eq(owner),
                    files::created_at.eq(now),
                );
                Ok(diesel::insert_into(files::table).values(row).execute(tx.db)?)
            };
            app.db.write(row).await.expect("a row");
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (stop, written, work)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_people_work_comes_back_whole() {
    // The application ends before the last comparison, its place stays.
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().display().to_string();
    let file = format!("sqlite://{}", home.path().join("here.db").display());
    let mut settings = vec![("DATA_DIR", data.as_str())];
    if !on_postgres() {
        settings.push(("DATABASE_URL", file.as_str()));
    }
    let app = TestApp::start_with(&settings).await;
    let url = app.database_url();
    let arguments = FillArguments {
        orders: 300,
        calls: 500,
        chats: 40,
        messages: 200,
        operators: 5,
        days: 30,
        seed: 1,
        operator_password: None,
    };
    let filled = url.clone();
    tokio::task::spawn_blocking(move || fill::fill(&filled, &arguments))
        .await
        .expect("no panic")
        .expect("filled");
    let config = app.app.config.clone();
    let (stop, written, work) = writer(&app);
    until("documents are written", || (written.load(Ordering::Relaxed) > 20).then_some(())).await;
    let before = written.load(Ordering::Relaxed);
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("while-writing.tar.gz");
    let taken = take(&config, Target::File(archive.clone())).await.expect("a backup");
    until("it was written meanwhile", || (written.load(Ordering::Relaxed) > before).then_some(())).await;
    stop.store(true, Ordering::Relaxed);
    work.await.expect("no panic");
    assert!(taken.manifest.lost.is_empty());
    assert!(taken.manifest.database.rows["files"] >= 20 && taken.manifest.database.rows["orders"] == 300);

    let there = empty_place(&folder.path().join("first"), &url);
    std::fs::create_dir_all(&there.data_dir).expect("a folder");
    let restored = restore(&there, &archive, How::default()).await.expect("restored");
    assert_eq!(restored.manifest, taken.manifest);
    let counts: BTreeMap<String, i64> = every_row(&there)
        .into_iter()
        .map(|(table, rows)| (table, i64::try_from(rows.len()).expect("few")))
        .collect();
    for (table, rows) in &taken.manifest.database.rows {
        assert_eq!(counts[table], *rows, "{table}");
    }
    // The database first, the files after it: whatever a row names is there.
    let (config_there, storage) =
        (there.clone(), Storage::open(&there.storage, &there.s3).expect("a storage"));
    let again = tokio::task::spawn_blocking(move || App::build(config_there, Clock::default()))
        .await
        .expect("no panic")
        .expect("the program works there");
    let named: Vec<String> =
        again.db.read_now(|db| Ok(files::table.select(files::hash).load(db)?)).expect("rows");
    assert!(named.len() >= 20);
    for hash in named {
        let hash = ContentHash::parse(&hash).expect("a hash");
        assert!(storage.get(&hash).await.expect("the storage").is_some(), "{hash}");
    }

    // Nobody writes any more: now everything has to be the same.
    let noted = app.read(record::last).expect("the backup is remembered");
    assert_eq!((noted.bytes, noted.files), (taken.bytes, taken.manifest.files()));
    app.stop().await;
    let (rows, whole) = (every_row(&config), contents(&config));
    let archive = folder.path().join("at-rest.tar.gz");
    take(&config, Target::File(archive.clone())).await.expect("a backup");
    let there = empty_place(&folder.path().join("second"), &url);
    std::fs::create_dir_all(&there.data_dir).expect("a folder");
    restore(&there, &archive, How::default()).await.expect("restored");
    assert_eq!(contents(&there), whole);
    let back = every_row(&there);
    assert_eq!(back.keys().collect::<Vec<_>>(), rows.keys().collect::<Vec<_>>());
    for (table, rows) in rows {
        assert!(back[&table] == rows, "{table} came back otherwise");
    }
    ids_go_on(&there);
}

/// A row written after the restore has an id of its own.
fn ids_go_on(config: &Config) {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let url = callcentre::platform::db::connection::DatabaseUrl::parse(config.database.url.expose_secret());
    let mut db = Db::open(&url.expect("an address")).expect("the database");
    let last: Id =
        sql_query("SELECT MAX(id) AS id FROM audit_log").get_result(&mut db).unwrap_or(Id { id: 0 });
    let new: Id = sql_query(
        "INSERT INTO audit_log (at, action, subject) VALUES ('2026-11-30 00:00:00', 'a', 'b') RETURNING id",
    )
    .get_result(&mut db)
    .expect("a row");
    assert!(new.id > last.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_changes_nothing() {
    let app = TestApp::start().await;
    for n in 0..40 {
        let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761 + n) >> 13) as u8).collect();
        app.app.storage.put_bytes(noise.into()).await.expect("a content");
    }
    let (config, url) = (app.app.config.clone(), app.database_url());
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("whole.tar.gz");
    take(&config, Target::File(archive.clone())).await.expect("a backup");
    let whole = std::fs::read(&archive).expect("the archive");
    let there = empty_place(&folder.path().join("there"), &url);
    std::fs::create_dir_all(&there.data_dir).expect("a folder");
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let half = whole.len() / 2;
    for (name, bytes) in [
        ("cut", whole[..half].to_vec()),
        ("cut at its end", whole[..whole.len() - 9].to_vec()),
        ("one bit", flipped(half)),
        ("one bit of its end", flipped(whole.len() - 6)),
        ("empty", Vec::new()),
        ("something else", b"a letter".to_vec()),
    ] {
        let damaged = folder.path().join("damaged.tar.gz");
        std::fs::write(&damaged, bytes).expect("a file");
        let told = restore(&there, &damaged, How::default()).await.expect_err(name);
        assert!(told.contains("damaged.tar.gz") && told.lines().count() == 1, "{name}: {told}");
        let told = restore(&there, &damaged, How { only_check: true, ..How::default() }).await;
        assert!(told.is_err(), "{name}");
        assert!(contents(&there).is_empty(), "{name}");
    }
    restore(&there, &archive, How { only_check: true, ..How::default() }).await.expect("it is whole");
    assert!(contents(&there).is_empty(), "a check puts nothing anywhere");
    restore(&there, &archive, How::default()).await.expect("nothing had changed");
    let told = restore(&there, &archive, How::default()).await.expect_err("it is not empty any more");
    assert!(told.contains("already"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_over_another_installation() {
    let app = TestApp::start().await;
    let (config, url) = (app.app.config.clone(), app.database_url());
    app.app.storage.put_bytes("договор".into()).await.expect("a content");
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("one.tar.gz");
    take(&config, Target::File(archive.clone())).await.expect("a backup");
    let before = contents(&config);
    let told = restore(&config, &archive, How::default()).await.expect_err("people work there");
    assert!(told.contains("already") && told.contains("empty"), "{told}");
    assert_eq!(contents(&config), before);
    let there = empty_place(&folder.path().join("there"), &url);
    let storage = Storage::open(&there.storage, &there.s3).expect("a storage");
    storage.put_bytes("чужое".into()).await.expect("a content");
    let told = restore(&there, &archive, How::default()).await.expect_err("somebody else's files");
    assert!(told.starts_with("STORAGE_URL: ") && told.contains("1 other"), "{told}");
    let again = take(&config, Target::File(archive.clone())).await.expect_err("it is there already");
    assert!(again.contains("left alone"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_damaged_in_the_storage_is_named_and_spoils_nothing() {
    let app = TestApp::start().await;
    let config = app.app.config.clone();
    let damaged = app.app.storage.put_bytes("целое".into()).await.expect("a content").hash;
    app.app.storage.put_bytes("другое".into()).await.expect("a content");
    let (hash, StorageUrl::Disk(files)) = (damaged.as_str(), &config.storage) else { panic!("a folder") };
    std::fs::write(files.join(&hash[..2]).join(&hash[2..4]).join(hash), "ломаное").expect("the damage");
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("one.tar.gz");
    let taken = take(&config, Target::File(archive.clone())).await.expect("a backup");
    assert_eq!((taken.manifest.lost, taken.manifest.parts.len()), (vec![hash.to_owned()], 2));
    restore(&config, &archive, How { only_check: true, ..How::default() }).await.expect("it is whole");
    assert_eq!(app.read(record::last).expect("remembered").lost, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_backup_opens_with_its_private_key_only() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let identity = |name: &str| -> (PathBuf, String) {
        let file = folder.path().join(name);
        let made =
            Command::new("age-keygen").arg("-o").arg(&file).output().expect("age (Debian package: age)");
        assert!(made.status.success());
        let text = std::fs::read_to_string(&file).expect("a key");
        let public =
            text.lines().find_map(|line| line.strip_prefix("# public key: ")).expect("its public half");
        (file, public.to_owned())
    };
    let ((own, public), (foreign, _)) = (identity("own"), identity("foreign"));
    let mut config = app.app.config.clone();
    config.backup.recipients = vec![public];
    let backups = folder.path().join("backups");
    let taken = take(&config, Target::Folder(backups, Keep::default())).await.expect("a backup");
    assert!(taken.path.to_string_lossy().ends_with(".tar.gz.age"));
    let start = std::fs::read(&taken.path).expect("the archive");
    assert!(start.starts_with(b"age-encryption.org/"));
    let check = |identity: Option<&PathBuf>| How {
        identity: identity.cloned(),
        only_check: true,
        another_key: false,
    };
    let told = restore(&config, &taken.path, check(None)).await.expect_err("no key");
    assert!(told.contains("--identity"), "{told}");
    let told = restore(&config, &taken.path, check(Some(&foreign))).await.expect_err("another key");
    assert!(told.starts_with("cannot decrypt"), "{told}");
    let there = empty_place(&folder.path().join("there"), &app.database_url());
    std::fs::create_dir_all(&there.data_dir).expect("a folder");
    let how = How { identity: Some(own), ..How::default() };
    assert_eq!(restore(&there, &taken.path, how).await.expect("restored").manifest, taken.manifest);
}

/// The program in a place of its own, on SQLite.
fn program(data: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("DATA_DIR", data).envs(settings.iter().copied()).args(arguments);
    command.output().expect("the program")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_key_of_stored_passwords_comes_back_or_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let archive = folder.path().join("backup.tar.gz");
    let file = archive.to_str().expect("a name");
    let secret = "a secret from the surroundings of this test";
    assert!(program(&here, &["migrate"], &[]).status.success());
    let taken = program(&here, &["backup", file], &[]);
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    assert!(said(&taken).contains("not encrypted"), "{}", said(&taken));
    let restored = program(&there, &["restore", file], &[]);
    assert_eq!(restored.status.code(), Some(0), "{}", said(&restored));
    let key = |data: &Path| std::fs::read_to_string(data.join("secret.key")).ok();
    assert!(key(&there).is_some() && key(&there) == key(&here));

    let other = folder.path().join("other");
    let refused = program(&other, &["restore", file], &[("APP_SECRET", secret)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("APP_SECRET is another key"), "{}", said(&refused));
    let anyway = program(&other, &["restore", "--another-key", file], &[("APP_SECRET", secret)]);
    assert_eq!((anyway.status.code(), key(&other)), (Some(0), None), "{}", said(&anyway));

    std::fs::remove_file(&archive).expect("gone");
    let taken = program(&here, &["backup", file], &[("APP_SECRET", secret)]);
    assert!(said(&taken).contains("keep that too"), "{}", said(&taken));
    let last = folder.path().join("last");
    let refused = program(&last, &["restore", file], &[]);
    assert!(said(&refused).contains("set APP_SECRET to it"), "{}", said(&refused));
    assert_eq!(said(&refused).lines().count(), 1);
    let restored = program(&last, &["restore", file], &[("APP_SECRET", secret)]);
    assert_eq!((restored.status.code(), key(&last)), (Some(0), None), "{}", said(&restored));
}

#[test]
fn a_folder_of_backups_keeps_what_it_is_told_to() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let (here, backups) = (folder.path().join("here"), folder.path().join("backups"));
    assert!(program(&here, &["migrate"], &[]).status.success());
    std::fs::create_dir(&backups).expect("a folder");
    let old =
        ["callcentre-20250101T040000Z.tar.gz", "callcentre-20250101T050000Z.tar.gz.age", "by-hand.tar.gz"];
    for name in old {
        std::fs::write(backups.join(name), "").expect("a file");
    }
    let arguments = ["backup", "--to", backups.to_str().expect("a name"), "--keep-days", "2"];
    let taken = program(&here, &arguments, &[]);
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    let mut left: Vec<String> = std::fs::read_dir(&backups)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    left.sort();
    assert_eq!((left.len(), &*left[0], &*left[1]), (3, "by-hand.tar.gz", old[1]), "{left:?}");
    let mode = std::fs::metadata(backups.join(&left[2])).expect("the backup").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Wrong arguments are refused before anything happens.
    for wrong in [&["backup"][..], &["backup", "x", "--to", "y"], &["backup", "x", "--keep-days", "3"]] {
        assert_eq!(program(&here, wrong, &[]).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_backup_that_fails_says_so_in_one_line_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let nothing =
        program(folder.path(), &["backup", folder.path().join("x.tar.gz").to_str().expect("a name")], &[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        said(&nothing).starts_with("callcentre: DATABASE_URL: there is no database"),
        "{}",
        said(&nothing)
    );
    assert_eq!(said(&nothing).lines().count(), 1);
    let left = std::fs::read_dir(folder.path())
        .expect("the folder")
        .filter(|entry| entry.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().contains("backup")));
    assert_eq!(left.count(), 0);
    assert!(!folder.path().join("x.tar.gz").exists());
}
