//! Another application key: everything sealed opens before, during and after the change, also when that is killed.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use callcentre::auth::second_factor;
use callcentre::backup::{self, How, Target};
use callcentre::domain::clock::Clock;
use callcentre::domain::id::AvitoId;
use callcentre::domain::person::Role;
use callcentre::integrations::avito::accounts::Secret;
use callcentre::integrations::mail::settings as mail;
use callcentre::integrations::mango::settings as mango;
use callcentre::platform::config::Config;
use callcentre::platform::db::Database;
use callcentre::platform::db::portable;
use callcentre::platform::db::schema::{avito, files, second_factors};
use callcentre::platform::secret::{self, Cipher, Ring};
use diesel::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use crate::backup::empty_place;
use crate::support::TestApp;
use crate::support::until::until;

/// An installation whose key is in its folder, with one secret of each kind.
async fn sealed() -> TestApp {
    let app = TestApp::start_with(&[("APP_SECRET", "")]).await;
    let (cipher, now) = (app.app.cipher.clone(), app.app.clock.now());
    let anna = app.create_account(Role::Operator, "Анна");
    let stored = app.app.storage.put_bytes("закрыто".into()).await.expect("stored");
    app.write(|tx| {
        mango::save(tx, &cipher, Some("ключ"), Some("соль"), now)?;
        let mailbox = mail::Mailbox { host: "imap.example".to_owned(), ..Default::default() };
        mail::save(tx, &cipher, &mailbox, Some("пароль почты"), now)?;
        let id: AvitoId = diesel::insert_into(avito::table)
            .values(avito::name.eq("Сергей"))
            .returning(avito::id)
            .get_result(tx.db)?;
        diesel::update(avito::table.find(id))
            .set((
                avito::client_secret.eq(Secret::Client.seal(&cipher, id, "тайна")),
                avito::proxy_password.eq(Secret::Proxy.seal(&cipher, id, "пароль прокси")),
            ))
            .execute(tx.db)?;
        diesel::insert_into(files::table)
            .values((
                files::hash.eq(stored.hash.as_str()),
                files::media_type.eq("application/pdf"),
                files::byte_size.eq(7_i64),
                files::original_name.eq("паспорт.pdf"),
                files::kind.eq("employee"),
                files::employee_id.eq(anna),
                files::created_by.eq(anna),
                files::created_at.eq(now),
                files::sealed_key.eq(cipher.seal(callcentre::files::SEALED, "ключ документа")),
            ))
            .execute(tx.db)?;
        let row = (
            second_factors::account_id.eq(anna),
            second_factors::secret.eq(cipher.seal(second_factor::SEALED, "JBSWY3DPEHPK3PXP")),
            second_factors::is_on.eq(true),
            second_factors::at.eq(now),
        );
        diesel::insert_into(second_factors::table).values(row).execute(tx.db)
    });
    app
}

/// What `cipher` opens in the database of `url`.
fn opened(url: &str, cipher: &Cipher) -> Vec<Option<String>> {
    let db = Database::open(url, 1).expect("the database");
    let nothing_preset = Config::from_lookup(|_| None).expect("settings").mango;
    let plain = |secret: Option<SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
    db.read_now(|db| {
        let keys = mango::read(db, cipher, &nothing_preset)?;
        let (id, client, proxy): (AvitoId, Option<String>, Option<String>) =
            avito::table.select((avito::id, avito::client_secret, avito::proxy_password)).first(db)?;
        let factor: String = second_factors::table.select(second_factors::secret).first(db)?;
        let document: Option<String> = files::table.select(files::sealed_key).first(db)?;
        Ok(vec![
            plain(keys.key),
            plain(keys.salt),
            plain(mail::password(db, cipher)?),
            plain(client.and_then(|sealed| Secret::Client.open(cipher, id, &sealed))),
            plain(proxy.and_then(|sealed| Secret::Proxy.open(cipher, id, &sealed))),
            plain(cipher.open(second_factor::SEALED, &factor)),
            plain(cipher.open(callcentre::files::SEALED, &document.unwrap_or_default())),
        ])
    })
    .expect("readable")
}

fn all() -> Vec<Option<String>> {
    ["ключ", "соль", "пароль почты", "тайна", "пароль прокси", "JBSWY3DPEHPK3PXP", "ключ документа"]
        .map(|secret| Some(secret.to_owned()))
        .to_vec()
}

fn rotate(app: &TestApp) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
    command
        .env_clear()
        .env("DATA_DIR", folder(app))
        .env("DATABASE_URL", app.database_url())
        .args(["secret", "rotate"]);
    command
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn folder(app: &TestApp) -> PathBuf {
    app.app.config.data_dir.clone()
}

fn ring(folder: &Path) -> Ring {
    secret::load_ring(folder).expect("readable").expect("a key")
}

fn alone(secret: &SecretString) -> Cipher {
    Cipher::new(secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_seals_everything_and_running_servers_and_older_backups_go_on() {
    let app = sealed().await;
    let (url, place) = (app.database_url(), folder(&app));
    let old = ring(&place).first().clone();
    let before = place.join("before.backup");
    let (config, target) = (app.app.config.clone(), Target::File(before.clone()));
    let now = Clock::default().now();
    let taken =
        tokio::task::spawn_blocking(move || backup::take(&config, &target, now)).await.expect("no panic");
    taken.expect("a backup");

    let done = rotate(&app).output().expect("the program");
    assert!(done.status.success() && words(&done).contains("sealed anew: 7"), "{}", words(&done));
    let new = ring(&place).first().clone();
    assert_ne!(new.expose_secret(), old.expose_secret());
    let mode = std::fs::metadata(place.join("secret.key")).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(opened(&url, &alone(&new)), all());
    assert_eq!(opened(&url, &alone(&old)), vec![None; 7], "the former key opens nothing any more");

    // The server that has been running all the time knows it within a second, without a restart.
    until("the running server opens what was sealed anew", || {
        (opened(&url, &app.app.cipher) == all()).then_some(())
    })
    .await;
    let sealed_by_it = app.app.cipher.seal("x", "y");
    assert!(alone(&new).open("x", &sealed_by_it).is_some(), "and seals with it");
    let next = app.second_process().await;
    assert_eq!(opened(&url, &next.app.cipher), all());

    // A backup from before holds its own key, and fits beside the present one, too.
    let there = tempfile::tempdir().expect("a folder");
    let config = empty_place(there.path(), &url);
    for (line, text) in
        [("no key", None), ("the present ring", Some(secret::load_text(&place).expect("readable")))]
    {
        let config = {
            let mut config = config.clone();
            config.app_secret = None;
            config.data_dir = there.path().join(line.replace(' ', "-"));
            config
        };
        std::fs::create_dir(&config.data_dir).expect("a folder");
        if let Some(Some(text)) = &text {
            secret::keep(&config.data_dir, text).expect("written");
        }
        let how = How { only_check: text.is_some(), ..How::default() };
        let (for_restore, file) = (config.clone(), before.clone());
        let restored = tokio::task::spawn_blocking(move || backup::restore(&for_restore, &file, &how))
            .await
            .expect("no panic");
        restored.unwrap_or_else(|e| panic!("{line}: {e}"));
        if text.is_none() {
            let own = ring(&config.data_dir);
            assert_eq!(opened(config.database.url.expose_secret(), &Cipher::of_ring(&own)), all(), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_key_that_is_killed_loses_nothing_and_is_ended_by_the_next() {
    let app = sealed().await;
    let (url, place) = (app.database_url(), folder(&app));
    let old = ring(&place).first().clone();
    // Killed when the new key is announced and nothing is sealed with it yet: the database is held meanwhile.
    let mut child = None;
    let announced = app.app.db.write_now(|tx| {
        portable::lock(tx.db, "secret rotate")?;
        let running = rotate(&app).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let running = child.insert(running.expect("the program"));
        let begun = std::time::Instant::now();
        while ring(&place).all().len() < 2 {
            assert!(begun.elapsed().as_secs() < 60, "never announced");
            std::thread::yield_now();
        }
        running.kill().expect("the end");
        running.wait().expect("its end");
        Ok(ring(&place))
    });
    let announced = announced.expect("written");
    assert_eq!(announced.first().expose_secret(), old.expose_secret(), "the old one still seals");
    assert_eq!(opened(&url, &Cipher::of_ring(&announced)), all());

    let done = rotate(&app).output().expect("the program");
    assert!(done.status.success(), "{}", words(&done));
    let turned = ring(&place);
    assert_eq!(opened(&url, &alone(turned.first())), all());
    // Killed when everything is sealed anew and the file does not say so yet.
    let new = turned.first().clone();
    secret::replace(&place, &Ring::new(old.clone(), []).announcing(&new)).expect("written");
    let server = app.second_process().await;
    assert_eq!(opened(&url, &server.app.cipher), all());
    let done = rotate(&app).output().expect("the program");
    assert!(done.status.success(), "{}", words(&done));
    assert_eq!(opened(&url, &alone(ring(&place).first())), all());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_settings_is_changed_by_naming_both() {
    let app = sealed().await;
    let url = app.database_url();
    let old = ring(&folder(&app)).first().clone();
    let new = "a new application secret, long enough";
    let alone_refused = rotate(&app).env("APP_SECRET", old.expose_secret()).output().expect("the program");
    assert_eq!(alone_refused.status.code(), Some(2));
    assert!(words(&alone_refused).contains("APP_SECRET_FORMER"), "{}", words(&alone_refused));
    let mut both = rotate(&app);
    both.env("APP_SECRET", new).env("APP_SECRET_FORMER", old.expose_secret());
    for _ in 0..2 {
        let done = both.output().expect("the program");
        assert!(done.status.success() && words(&done).contains("sealed anew: 7"), "{}", words(&done));
        assert_eq!(opened(&url, &alone(&new.to_owned().into())), all());
    }
    // Sealed with a key nobody has here: named, and left as it is.
    let lost =
        rotate(&app).env("APP_SECRET", "x".repeat(32)).env("APP_SECRET_FORMER", "y".repeat(32)).output();
    let lost = words(&lost.expect("the program"));
    assert!(
        lost.contains("sealed anew: 0") && lost.contains("mail.password") && lost.contains("Сергей"),
        "{lost}"
    );
    assert_eq!(opened(&url, &alone(&new.to_owned().into())), all());
}

/// Whoever seals something in a place of its own adds it to `src/cli/secret/queries.rs` and here.
#[test]
fn every_place_that_seals_is_known_to_the_change_of_the_key() {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if std::fs::read_to_string(&path).expect("text").contains(".seal(") {
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
                found.insert(path.strip_prefix(root).expect("below src").display().to_string());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let known = [
        // The columns of `avito`, each with its id.
        "admin/avito/queries/mod.rs",
        "cli/import/queries/write.rs",
        "cli/setup/queries.rs",
        "integrations/avito/accounts.rs",
        // `second_factors`.
        "profile/second_factor.rs",
        // The keys of documents (`files.sealed_key`).
        "files/seal.rs",
        // Settings under their own names.
        "integrations/mail/settings.rs",
        "integrations/mango/settings.rs",
        "integrations/telegram/settings.rs",
        // Cookies and tickets, which live minutes or open nothing.
        "accounts/sign_in.rs",
        "auth/browser.rs",
        // The thing itself.
        "cli/secret/queries.rs",
        "platform/secret.rs",
    ];
    let known: BTreeSet<String> = known.map(str::to_owned).into();
    let unknown: Vec<&String> = found.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
