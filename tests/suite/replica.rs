//! A PostgreSQL with a copy that follows it: the copy takes over under load, reports are read from it; and a pooler
//! (PgBouncer) in between.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use callcentre::domain::person::Role;
use callcentre::platform::db::Database;
use callcentre::platform::live::Event;
use callcentre::telephony::intake::worker;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Bool;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};

use crate::faults::{Storm, entries};
use crate::files::{another_order, order};
use crate::mango::set_up;
use crate::private_postgres::PrivatePostgres;
use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::until::{until, until_told};

/// A server and the copy that follows it.
struct Pair {
    first: PrivatePostgres,
    copy: PrivatePostgres,
}

impl Pair {
    fn start() -> Self {
        let first = PrivatePostgres::start();
        let copy = PrivatePostgres::following(&first);
        Self { first, copy }
    }

    /// Both hosts in one address.
    fn both(&self) -> String {
        let host = |url: &str| url.split(['@', '/']).nth(3).expect("a host").to_owned();
        format!("postgres://callcentre@{},{}/callcentre", host(&self.first.url), host(&self.copy.url))
    }
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_takes_over_under_load_has_everything_and_is_found_by_itself() {
    if !on_postgres() {
        return;
    }
    let pair = Pair::start();
    pair.first.run("synchronous");
    let app = TestApp::start_with(&[("DATABASE_URL", &pair.both())]).await;
    set_up(&app);
    let anna = app.admin("Анна").await;
    let mut stream = anna.request(reqwest::Method::GET, "/live").send().await.expect("a stream");
    let storm = Storm::against(&app.address(), 6);
    until("some are taken", || (storm.count() > 100).then_some(())).await;
    pair.first.run("crash");
    let began = Instant::now();
    pair.copy.run("promote");
    let before = storm.count();
    until("the copy is found", || (storm.count() > before + 50).then_some(())).await;
    println!("fifty more were taken {} ms after the crash", began.elapsed().as_millis());
    let taken = storm.end().await;
    let database = Database::open(&pair.copy.url, 2).expect("the copy");
    until("every call that was answered for has its row", || {
        let _ = worker::drain(&app.app);
        taken.is_subset(&entries(&database)).then_some(())
    })
    .await;
    assert_eq!(app.anon().get("/readyz").await.status, 200);
    assert_eq!(anna.get("/orders").await.status, 200);
    // Whoever was connected all the while hears what happens now.
    let mut heard = String::new();
    until_told("announcements are heard again", async || {
        app.write(|tx| {
            tx.announce(Event::Mail);
            Ok(())
        });
        let wait = std::time::Duration::from_millis(500);
        if let Ok(piece) = tokio::time::timeout(wait, stream.chunk()).await {
            heard.push_str(&String::from_utf8_lossy(&piece.expect("a stream").expect("it goes on")));
        }
        heard.contains("mail").then_some(())
    })
    .await;
    drop(database);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_read_from_the_copy_and_from_the_database_when_there_is_none() {
    if !on_postgres() {
        return;
    }
    let pair = Pair::start();
    let app =
        TestApp::start_with(&[("DATABASE_URL", &pair.first.url), ("DATABASE_READ_URL", &pair.copy.url)])
            .await;
    let is_copy = async || {
        let asked = app.app.db.read_reports(|db| {
            let answer: Answer = sql_query("SELECT pg_is_in_recovery() AS yes").get_result(db)?;
            Ok(answer.yes)
        });
        asked.await.expect("an answer")
    };
    until_told("the copy has the schema", async || is_copy().await.then_some(())).await;
    // What comes while the copy stands still is not in a file of orders: that is read there.
    let admin = app.admin("Ольга").await;
    let by = app.create_account(Role::Admin, "Анна");
    order(&app, by);
    let lines = async || {
        let file = admin.get("/orders/export?format=csv").await;
        assert_eq!(file.status, 200, "{}", file.text());
        file.body.lines().count()
    };
    until_told("the copy has the order", async || (lines().await == 2).then_some(())).await;
    let copy = Database::open(&pair.copy.url, 1).expect("the copy");
    let done = copy.read_now(|db| Ok(sql_query("SELECT pg_wal_replay_pause()").execute(db)?));
    done.expect("a pause");
    another_order(&app, by);
    assert_eq!(lines().await, 2);
    drop(copy);
    pair.copy.run("crash");
    assert!(!is_copy().await);
    assert_eq!(lines().await, 3, "without a copy the database itself is asked");
    app.stop().await;
}

/// PgBouncer before a server; ends with the test.
struct Bouncer {
    process: Child,
    url: String,
}

impl Bouncer {
    async fn start(folder: &Path, server: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        drop(listener);
        let (_, place) = server.split_once("@127.0.0.1:").expect("an address");
        let (server_port, database) = place.split_once('/').expect("a database");
        // "any" takes everybody for the user of the database's own line.
        let settings = format!(
            "[databases]\n{database} = host=127.0.0.1 port={server_port} user=callcentre\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = session\nmax_client_conn = 100\ndefault_pool_size = 40\n"
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("settings");
        // It refuses to run as root.
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "pgbouncer"]);
                command
            }
            false => Command::new("pgbouncer"),
        };
        let process = command
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer (Debian package: pgbouncer)");
        until("pgbouncer listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
        Self { process, url: format!("postgres://callcentre@127.0.0.1:{port}/{database}") }
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().expect("id");
    String::from_utf8_lossy(&told.stdout).trim() == "0"
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_through_pgbouncer_in_session_mode() {
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else { return };
    // A pooler passes no options of a connection on, so a database instead of a schema.
    let name = format!("bounced_{}", uuid::Uuid::new_v4().simple());
    let mut connection = diesel::PgConnection::establish(&server).expect("the server");
    connection.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
    let direct = format!("{}/{name}", server.rsplit_once('/').expect("a database").0);
    let folder = tempfile::tempdir().expect("a folder");
    // Its own user has to read the settings.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("rights");
    let bouncer = Bouncer::start(folder.path(), &direct).await;
    let app = TestApp::start_with(&[("DATABASE_URL", &bouncer.url)]).await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    let mut stream = anna.request(reqwest::Method::GET, "/live").send().await.expect("a stream");
    let storm = Storm::against(&app.address(), 4);
    until("some are taken", || (storm.count() > 50).then_some(())).await;
    let taken = storm.end().await;
    let database = Database::open(&direct, 2).expect("the server");
    until("every call has its row", || {
        let _ = worker::drain(&app.app);
        taken.is_subset(&entries(&database)).then_some(())
    })
    .await;
    // Announcements go through it as well: a session is one connection.
    let mut heard = String::new();
    while !heard.contains("calls") {
        let piece = stream.chunk().await.expect("a stream").expect("it goes on");
        heard.push_str(&String::from_utf8_lossy(&piece));
    }
    drop(database);
    app.stop().await;
}
