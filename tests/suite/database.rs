//! Both databases have the same schema, and the program's own picture of it is true.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::support::TestApp;
use crate::support::app::on_postgres;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    is_nullable: bool,
}

/// Tables, columns, kinds and NOT NULLs as the running database tells them, in common words.
fn columns(app: &TestApp) -> BTreeMap<String, String> {
    let sql = if on_postgres() {
        "SELECT table_name::text, column_name::text, data_type::text AS kind, is_nullable = 'YES' AS is_nullable
         FROM information_schema.columns WHERE table_schema = current_schema()"
    } else {
        "SELECT m.name AS table_name, c.name AS column_name, lower(c.type) AS kind, c.\"notnull\" = 0 AS is_nullable
         FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE '%\\_fts%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'"
    };
    let rows: Vec<Column> = app.read(|db| diesel::sql_query(sql).load(db));
    let common = |column: &Column| {
        let kind = match column.kind.as_str() {
            "bigint" | "integer" | "boolean" => "number",
            "text" | "timestamp without time zone" => "text",
            other => other,
        };
        format!("{kind}{}", if column.is_nullable { ", nullable" } else { "" })
    };
    rows.iter()
        .filter(|c| c.table_name != "__diesel_schema_migrations")
        .map(|c| (format!("{}.{}", c.table_name, c.column_name), common(c)))
        .collect()
}

/// The columns `src/platform/db/schema.rs` declares, read from its text, in the same common words.
fn declared() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut table = String::new();
    for line in include_str!("../../src/platform/db/schema.rs").lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{') && !line.contains('!'))
        {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            if line.starts_with("diesel::") {
                continue;
            }
            let (bare, nullable) = match kind.strip_prefix("Nullable<").and_then(|k| k.strip_suffix('>')) {
                Some(inner) => (inner, ", nullable"),
                None => (kind, ""),
            };
            let common = match bare {
                "Int8" | "Int4" | "Bool" => "number",
                "Text" | "Timestamp" => "text",
                other => other,
            };
            all.insert(format!("{table}.{column}"), format!("{common}{nullable}"));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_declared_schema_is_the_one_of_the_running_database() {
    let app = TestApp::start().await;
    let (declared, real) = (declared(), columns(&app));
    assert!(declared.len() > 150, "the declaration was not understood");
    assert_eq!(declared, real);
}

#[test]
fn migrations_are_twins() {
    let names = |database: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("migrations")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_can_be_taken_back_and_run_again() {
    let app = TestApp::start().await;
    let before = columns(&app);
    app.app
        .db
        .read_now(|db| {
            callcentre::platform::db::migrate::redo_all(db)
                .map_err(|e| callcentre::platform::error::AppError::internal("redo", e))
        })
        .expect("down and up");
    assert_eq!(columns(&app), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_is_no_known_value_is_refused_by_the_database() {
    let app = TestApp::start().await;
    let wrong = app.app.db.write_now(|tx| {
        diesel::sql_query(
            "INSERT INTO accounts (role, login, name, status, stamp, created_at)
             VALUES ('boss', 'x', 'x', 'active', 'x', '2026-01-01 00:00:00')",
        )
        .execute(tx.db)?;
        Ok(())
    });
    assert!(wrong.is_err());
}

/// Two transactions that change two rows in opposite orders, each after the other has its first one.
fn cross(
    app: &TestApp,
    meet: &std::sync::Barrier,
    names: [&'static str; 2],
    runs: &std::sync::atomic::AtomicUsize,
) {
    use callcentre::platform::db::schema::settings;
    let mut is_first_try = true;
    app.app
        .db
        .write_now(|tx| {
            runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            for name in names {
                diesel::update(settings::table.find(name))
                    .set(settings::value.eq(names[0]))
                    .execute(tx.db)?;
                if std::mem::take(&mut is_first_try) {
                    meet.wait();
                }
            }
            Ok(())
        })
        .expect("each is written in the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_another_one_was_in_the_way_of_is_repeated() {
    use callcentre::platform::db::schema::settings;
    if !on_postgres() {
        return;
    }
    let app = TestApp::start().await;
    let now = app.app.clock.now();
    app.write(|tx| {
        for name in ["test.a", "test.b"] {
            let row = (settings::name.eq(name), settings::value.eq(""), settings::updated_at.eq(now));
            diesel::insert_into(settings::table).values(row).execute(tx.db)?;
        }
        Ok(())
    });
    let (meet, runs) = (std::sync::Barrier::new(2), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|threads| {
        threads.spawn(|| cross(&app, &meet, ["test.a", "test.b"], &runs));
        threads.spawn(|| cross(&app, &meet, ["test.b", "test.a"], &runs));
    });
    assert_eq!(runs.into_inner(), 3, "one of the two ran twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_the_order_of_receipt_whatever_order_it_is_written_in() {
    use callcentre::integrations::mango::queries::{NewEvent, insert_new};
    use callcentre::platform::db::schema::mango;
    let app = TestApp::start().await;
    let now = app.app.clock.now();
    let event = |key: &str| NewEvent {
        event_key: key.to_owned(),
        path: "/events/call".to_owned(),
        body: "{}".to_owned(),
        received_at: now,
        ..NewEvent::default()
    };
    app.write(|tx| insert_new(tx.db, &["c", "a", "b"].map(event)));
    app.write(|tx| insert_new(tx.db, &["d", "a", "0"].map(event)));
    let keys: Vec<String> = app.read(|db| mango::table.order(mango::id).select(mango::event_key).load(db));
    assert_eq!(keys, ["c", "a", "b", "d", "0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_in_words_and_the_process_is_not_ready() {
    use callcentre::platform::error::AppError;
    if on_postgres() {
        return;
    }
    // SQLite counts the pages of one connection, so there is one.
    let app = TestApp::start_with(&[("DB_POOL_SIZE", "1")]).await;
    let anna = app.operator("Анна").await;
    let pragma = |sql: &'static str| {
        app.app
            .db
            .read_now(|db| {
                diesel::sql_query(sql).execute(db).map_err(|e| AppError::internal("set a limit", e))
            })
            .expect("a limit");
    };
    // No more than there are, and no free ones inside.
    pragma("VACUUM");
    pragma("PRAGMA max_page_count = 1");
    let fields = "x".repeat(60_000);
    let full = anna.submit("/orders/draft/phone-79001234567", &[("problem", &fields)]).await;
    assert_eq!(full.status, 503, "{}", full.text());
    assert!(full.text().contains("закончилось место"), "{}", full.text());
    let ready = app.anon().get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (503, "no space left on the disk\n"));
    pragma("PRAGMA max_page_count = 1000000");
    assert_eq!(app.anon().get("/readyz").await.status, 200, "found again by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_for_a_while_is_no_fault_of_ours() {
    use callcentre::platform::error::AppError;
    if on_postgres() {
        return;
    }
    let app = TestApp::start_with(&[("DB_POOL_SIZE", "1")]).await;
    let anna = app.operator("Анна").await;
    let closed = |is_closed: bool| {
        let sql = format!("PRAGMA query_only = {is_closed}");
        let done = app.app.db.read_now(|db| {
            diesel::sql_query(&sql).execute(db).map_err(|e| AppError::internal("close the database", e))
        });
        done.expect("a pragma");
    };
    let save = || anna.submit("/orders/draft/phone-79001234567", &[("problem", "Течёт")]);
    closed(true);
    let refused = save().await;
    closed(false);
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("осталось на странице"), "{}", refused.text());
    assert_eq!(save().await.status, 204, "it takes again");
}
