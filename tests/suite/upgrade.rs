//! A database as an older program has left it, brought up to this program's schema. `tests/data/releases` says how the
//! copies were made; another one is added with every release.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use callcentre::platform::db::{Database, Db};
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::support::TestApp;
use crate::support::app::on_postgres;

fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/releases");
    let entries = std::fs::read_dir(folder).expect("releases");
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packed = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("gzip");
    bytes
}

/// A database with what the release has left; the address leads to it.
fn database_of(release: &Path, folder: &TempDir) -> String {
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        let file = folder.path().join("old.db");
        std::fs::write(&file, unpacked(&release.join("sqlite.db.gz"))).expect("a file");
        return format!("sqlite://{}", file.display());
    };
    let name = format!("old_{}", uuid::Uuid::new_v4().simple());
    let mut connection = diesel::PgConnection::establish(&server).expect("the server");
    sql_query(format!("CREATE DATABASE {name}")).execute(&mut connection).expect("a database");
    let url = format!("{}/{name}", server.rsplit_once('/').expect("a database").0);
    let mut psql = Command::new("psql")
        .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", &url])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("psql (Debian package: postgresql-client)");
    psql.stdin
        .take()
        .expect("its input")
        .write_all(&unpacked(&release.join("postgres.sql.gz")))
        .expect("text");
    assert!(psql.wait().expect("its end").success());
    url
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Rows of each table.
fn rows(url: &str) -> BTreeMap<String, i64> {
    let database = Database::open(url, 1).expect("the database");
    let counted = database.read_now(|db: &mut Db| {
        let question = match on_postgres() {
            true => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
            // Not the index of words, whose inside is SQLite's own.
            false => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                 AND name NOT LIKE '%fts%' AND name NOT LIKE '%lexemes'"
            }
        };
        let names: Vec<Name> = sql_query(question).load(db)?;
        let mut rows = BTreeMap::new();
        for Name { name } in names {
            let count: Count = sql_query(format!("SELECT count(*) AS n FROM {name}")).get_result(db)?;
            rows.insert(name, count.n);
        }
        Ok(rows)
    });
    counted.expect("counts")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_of_an_older_release_is_brought_up_with_everything_in_it() {
    let releases = releases();
    assert!(!releases.is_empty());
    for release in releases {
        let folder = tempfile::tempdir().expect("a folder");
        let url = database_of(&release, &folder);
        let before = rows(&url);
        assert!(before["orders"] > 0 && before["calls"] > 0 && before["clients"] > 0, "{before:?}");
        let app = TestApp::start_with(&[("DATABASE_URL", &url)]).await;
        let after = rows(&url);
        for (table, count) in &before {
            // Every migration and what this program has done itself.
            if !["__diesel_schema_migrations", "jobs", "settings", "audit_log"].contains(&table.as_str()) {
                // The program goes on with what it finds, so there may be more: debts of missed calls.
                assert!(after.get(table) >= Some(count), "{table} of {}", release.display());
            }
        }
        // And it is worked with.
        let olga = app.admin("Ольга").await;
        for page in ["/orders", "/telephony", "/clients", "/telephony/debts", "/messages", "/admin/system"] {
            assert_eq!(olga.get(page).await.status, 200, "{page} of {}", release.display());
        }
        let file = olga.get("/orders/export?format=csv").await;
        assert_eq!(file.body.lines().count() as i64, before["orders"] + 1, "every order is in the file");
        app.stop().await;
    }
}
