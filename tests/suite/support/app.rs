//! The real application on a free port with its own empty database.

use std::collections::HashMap;

use actix_web::web::Data;
use callcentre::app::App;
use callcentre::auth::{password, queries};
use callcentre::domain::clock::Clock;
use callcentre::domain::id::AccountId;
use callcentre::domain::person::Role;
use callcentre::platform::config::Config;
use callcentre::platform::machine::Disk;
use callcentre::server::{self, Running};
use diesel::Connection;
use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use super::Client;

/// Everybody's password in tests.
pub const PASSWORD: &str = "длинный пароль";

/// In bytes.
pub const GIGABYTE: u64 = 1 << 30;

/// A running application that ends with the test.
pub struct TestApp {
    /// The application itself, for looking inside and for stopping its clock.
    pub app: Data<App>,
    running: Option<Running>,
    settings: HashMap<String, String>,
    _folder: TempDir,
}

impl TestApp {
    /// Starts with nothing but defaults.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with further settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut all: HashMap<String, String> = HashMap::from([
            ("DATA_DIR".to_owned(), folder.path().display().to_string()),
            ("DATABASE_URL".to_owned(), own_database(&folder)),
            ("LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("DB_POOL_SIZE".to_owned(), "6".to_owned()),
            ("APP_SECRET".to_owned(), "an application secret only for tests".to_owned()),
        ]);
        all.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let running = run(&all).await;
        Self { app: running.app.clone(), running: Some(running), settings: all, _folder: folder }
    }

    /// A second process on the same database.
    pub async fn second_process(&self) -> Self {
        let running = run(&self.settings).await;
        Self {
            app: running.app.clone(),
            running: Some(running),
            settings: self.settings.clone(),
            _folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("http://{}", self.running.as_ref().expect("still running").address)
    }

    /// Where its data is.
    pub fn database_url(&self) -> String {
        self.settings["DATABASE_URL"].clone()
    }

    /// Somebody who has not signed in.
    pub fn anon(&self) -> Client {
        Client::new(self.address())
    }

    /// A signed-in admin; the login is the name.
    pub async fn admin(&self, name: &str) -> Client {
        self.create_account(Role::Admin, name);
        self.sign_in(name).await
    }

    /// A signed-in operator; the login is the name.
    pub async fn operator(&self, name: &str) -> Client {
        self.create_account(Role::Operator, name);
        self.sign_in(name).await
    }

    /// A signed-in operator whose telephone has `extension`.
    pub async fn operator_at(&self, name: &str, extension: &str) -> Client {
        use callcentre::platform::db::schema::callcentre_operator;
        use diesel::prelude::*;
        let id = self.create_account(Role::Operator, name);
        let extension = extension.to_owned();
        self.write(move |tx| {
            diesel::update(callcentre_operator::table.find(id))
                .set(callcentre_operator::extension.eq(extension))
                .execute(tx.db)
        });
        self.sign_in(name).await
    }

    /// Signs an existing account in, in a browser of its own.
    pub async fn sign_in(&self, login: &str) -> Client {
        let client = self.anon();
        let answer = client.submit("/login", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "the sign-in of {login} was refused: {}", answer.text());
        client
    }

    /// An account with the common password.
    pub fn create_account(&self, role: Role, name: &str) -> AccountId {
        let new = queries::NewAccount {
            role,
            login: name.to_owned(),
            password: Some(password::hash(PASSWORD).expect("a hash")),
            name: name.to_owned(),
        };
        let now = self.app.clock.now();
        self.write(move |tx| queries::insert(tx.db, &new, now))
    }

    /// Looks into the database.
    pub fn read<T>(&self, f: impl FnOnce(&mut callcentre::platform::db::Db) -> diesel::QueryResult<T>) -> T {
        self.app.db.read_now(|db| Ok(f(db)?)).expect("a readable database")
    }

    /// Prepares the database.
    pub fn write<T>(&self, f: impl FnOnce(&mut callcentre::platform::db::Tx) -> diesel::QueryResult<T>) -> T {
        let mut f = Some(f);
        let once = |tx: &mut callcentre::platform::db::Tx| {
            Ok(f.take().expect("nobody is in the way of a preparation")(tx)?)
        };
        let written = self.app.db.write_now(once).expect("a writable database");
        // Rows put there by hand are announced to nobody.
        self.app.db.forget();
        written
    }

    /// Stops the server as the system would and waits for the end.
    pub async fn stop(mut self) {
        self.running.take().expect("still running").stop().await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.stop.send_replace(true);
        if let (Some(running), Ok(runtime)) = (self.running.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(running.stop());
        }
    }
}

async fn run(settings: &HashMap<String, String>) -> Running {
    let config = Config::from_lookup(|name| settings.get(name).cloned()).expect("settings");
    let app = tokio::task::spawn_blocking(move || App::build(config, Clock::default()))
        .await
        .expect("no panic")
        .expect("an application");
    hold_back_who_asks_outside(&app);
    app.disk.pretend(Disk { free: 400 * GIGABYTE, total: 1000 * GIGABYTE });
    let running = server::start(app).await.expect("a server");
    wait_until_it_hears(&running.app).await;
    running
}

/// On PostgreSQL a process asks everybody to read again when it begins to hear announcements. A test that counts
/// hints begins after that.
async fn wait_until_it_hears(app: &App) {
    let mut heard = app.hub.listen();
    if on_postgres() && app.hub.mark().ends_with(":0") {
        heard.recv().await.expect("the application lives");
    }
}

/// The comparison with the telephony's statistics is made by those tests that are about it: at a moment of its own it
/// would be one more who asks a telephony of which others count the questions. So are the look at a certificate, since
/// names of tests are nobody's, and the rounds over Avito's accounts, which take of what a minute allows.
fn hold_back_who_asks_outside(app: &App) {
    use callcentre::platform::db::schema::jobs;
    use diesel::ExpressionMethods;
    let now = app.clock.now();
    let slots = [
        ("reconcile", 600),
        ("certificate", 6 * 3600),
        ("avito-sync", 900),
        ("avito-proxies", 600),
        ("avito-ads", 600),
        ("avito-bids", 3600),
    ]
    .map(|(name, seconds)| (name, app.clock.unix() / seconds))
    .map(|(name, slot)| [(name, slot), (name, slot + 1)]);
    let taken = app.db.write_now(|tx| {
        for (name, slot) in slots.into_iter().flatten() {
            let row = (
                jobs::name.eq(name),
                jobs::slot.eq(slot.to_string()),
                jobs::state.eq("done"),
                jobs::run_at.eq(now),
            );
            callcentre::insert_new!(tx.db, jobs::table, row, (jobs::name, jobs::slot))?;
        }
        Ok(())
    });
    taken.expect("a slot of one's own");
}

/// An empty database nobody else uses.
fn own_database(folder: &TempDir) -> String {
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        return format!("sqlite://{}", folder.path().join("test.db").display());
    };
    let schema = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = diesel::PgConnection::establish(&url).expect("the PostgreSQL of TEST_DATABASE_URL");
    connection.batch_execute(&format!("CREATE SCHEMA {schema}")).expect("a schema");
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options=-csearch_path%3D{schema}")
}

/// True when the suite runs on PostgreSQL: for tests of what only several processes can show.
pub fn on_postgres() -> bool {
    std::env::var("TEST_DATABASE_URL").is_ok()
}
