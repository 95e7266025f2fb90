//! What the list asks of the database: always as many questions, and never by going through everything.

use std::sync::{Arc, Mutex};

use callcentre::calls::filter::Filter;
use callcentre::calls::queries::live;
use callcentre::domain::id::{AccountId, CallId};
use callcentre::domain::now::Now;
use callcentre::platform::db::Db;
use callcentre::telephony::index::{TelephonyPage, Viewer};
use callcentre::web::form::Fields;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::calls::{at, call};

/// Writes down every question.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Instrumentation for Asked {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            self.0.lock().expect("nobody panics here").push(query.to_string());
        }
    }
}

fn now() -> Now {
    Now { utc: at("2026-11-22T07:00:00"), zone: chrono_tz::Europe::Moscow }
}

/// What is asked for a page of the list.
fn asked(app: &TestApp, query: &str) -> Vec<String> {
    let filter = Filter::of(&Fields::parse(query.as_bytes()), now().utc, now().zone);
    let viewer = Viewer { id: AccountId(1), has_telephone: true };
    asked_by(app, move |db| TelephonyPage::load(db, filter, viewer, now()).map(|_| ()))
}

/// What is asked while `read` reads.
fn asked_by(app: &TestApp, read: impl FnOnce(&mut Db) -> QueryResult<()>) -> Vec<String> {
    let asked = Asked::default();
    let questions = asked.clone();
    app.read(move |db| {
        db.set_instrumentation(questions);
        let outcome = read(db);
        db.set_instrumentation(None::<Box<dyn Instrumentation>>);
        outcome
    });
    let texts = asked.0.lock().expect("nobody panics here").clone();
    texts.into_iter().map(|sql| sql.split(" -- binds").next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_asks_as_much_for_one_call_as_for_many() {
    let app = TestApp::start().await;
    let first = call("79000000000", "2026-11-22T05:00:00").put(&app);
    let query = format!("q=900&expand={first}");
    let few = asked(&app, &query).len();
    for n in 1..60 {
        call(&format!("790000000{:02}", n / 2), "2026-11-22T05:00:00").put(&app);
    }
    assert_eq!(asked(&app, &query).len(), few);
    // Two of them: what the person has begun and not saved, and the reasons that may stand in a column.
    assert!(few <= 18, "{few} questions for one page");
}

#[derive(QueryableByName)]
struct SqlitePlan {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresPlan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// How the database goes about a question.
fn plan(db: &mut Db, sql: &str) -> QueryResult<Vec<String>> {
    if !on_postgres() {
        let rows: Vec<SqlitePlan> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(db)?;
        return Ok(rows.into_iter().map(|row| row.detail).collect());
    }
    // A table of a few rows is best read whole; here it matters whether it could be read otherwise.
    diesel::sql_query("SET LOCAL enable_seqscan = off").execute(db)?;
    diesel::sql_query("SET LOCAL plan_cache_mode = force_generic_plan").execute(db)?;
    let values = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
    let values = if values == 0 { String::new() } else { format!("({})", vec!["NULL"; values].join(", ")) };
    diesel::sql_query(format!("PREPARE question AS {sql}")).execute(db)?;
    let rows: Vec<PostgresPlan> = diesel::sql_query(format!("EXPLAIN EXECUTE question{values}")).load(db)?;
    diesel::sql_query("DEALLOCATE question").execute(db)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_goes_through_all_calls_without_an_index() {
    let app = TestApp::start().await;
    for n in 0..20 {
        call(&format!("790000000{:02}", n / 2), "2026-11-22T05:00:00").put(&app);
    }
    let mut questions: Vec<String> = Vec::new();
    for query in [
        "",
        "fold=off",
        "quick=missed",
        "quick=today",
        "city=X",
        "status=missed",
        "operator=1&from=2026-11-01",
        "sort=-duration",
        "q=79000000001",
    ] {
        questions.extend(asked(&app, query).into_iter().filter(|sql| sql.contains("FROM calls")));
    }
    assert!(questions.len() > 18);
    app.write(|tx| {
        for sql in &questions {
            for line in plan(tx.db, sql)? {
                let whole = line.contains("Seq Scan on calls")
                    || ["c", "n", "m", "a", "calls"].iter().any(|name| line == format!("SCAN {name}"));
                assert!(!whole, "{line}\nin {sql}");
            }
        }
        Ok(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_for_a_newer_call_walks_the_group() {
    let app = TestApp::start().await;
    call("79000000000", "2026-11-22T05:00:00").put(&app);
    let queries = ["", "city=X&quick=missed", "status=answered&operator=1&from=2026-11-01", "q=79000000000"];
    // PostgreSQL chooses by the contents of the table, and this one is all but empty: a filter may be the better start.
    for query in if on_postgres() { &queries[..1] } else { &queries[..] } {
        let page = asked(&app, query)
            .into_iter()
            .find(|sql| sql.contains("NOT EXISTS") && sql.contains("c.group_key,"));
        let page = page.expect("the question for the page");
        let lines = app.write(|tx| plan(tx.db, &page));
        assert!(lines.iter().any(|line| line.contains("calls_group")), "{query}: {lines:#?}");
        if !on_postgres() {
            let probe = lines.iter().find(|line| line.starts_with("SEARCH n")).expect("a probe");
            assert!(
                probe.contains("calls_group (group_key=? AND started_at>?)")
                    || probe.contains("(started_at,id)>(?,?)"),
                "{probe}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn living_calls_are_found_by_their_own_index() {
    let app = TestApp::start().await;
    let asked = Asked::default();
    let questions = asked.clone();
    app.read(move |db| {
        db.set_instrumentation(questions);
        let found = live::living(db);
        db.set_instrumentation(None::<Box<dyn Instrumentation>>);
        found.map(|_| ())
    });
    if !on_postgres() {
        let sql = asked.0.lock().expect("nobody panics here")[0].clone();
        let sql = sql.split(" -- binds").next().unwrap_or_default().to_owned();
        let lines = app.write(|tx| plan(tx.db, &sql));
        assert!(lines.iter().any(|line| line.contains("calls_live")), "{lines:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_and_promised_is_found_by_indexes() {
    use callcentre::{callbacks, debts, dispositions, recordings};
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(CallId(call(&format!("790000000{:02}", n / 2), "2026-11-22T05:00:00").put(&app)));
    }
    let numbers = ["79000000000".to_owned(), "79000000001".to_owned()];
    let boss = app.create_account(callcentre::domain::person::Role::Admin, "Ольга");
    let promise = callbacks::queries::change::NewCallback {
        number: &numbers[0],
        from_call_id: None,
        due_at: at("2026-11-22T06:00:00"),
        note: "",
        owner_id: None,
    };
    app.write(|tx| callbacks::queries::change::insert(tx, &promise, boss, at("2026-11-22T05:30:00")));
    let utc = now().utc;
    let questions = asked_by(&app, |db| {
        debts::queries::standing(db, 200)?;
        debts::queries::count(db)?;
        debts::queries::oldest(db)?;
        debts::queries::day(db, utc)?;
        debts::queries::of_calls(db, &ids)?;
        debts::queries::unnoticed(db, utc)?;
        let promises = callbacks::queries::waiting(db, Some(boss), 200)?;
        callbacks::queries::waiting(db, None, 200)?;
        callbacks::queries::due_for(db, boss, utc, 4)?;
        callbacks::queries::due_count(db, Some(boss), utc)?;
        callbacks::queries::closed_since(db, utc, 200)?;
        callbacks::queries::of_numbers(db, &numbers)?;
        callbacks::queries::is_anything_due(db, utc)?;
        assert_eq!(callbacks::queries::attempts(db, &promises)?.len(), 1);
        recordings::queries::failed_since(db, utc)?;
        dispositions::queries::unsaid(db, boss, utc)?;
        Ok(())
    });
    assert!(questions.len() >= 16, "{questions:#?}");
    app.write(|tx| {
        for sql in &questions {
            for line in plan(tx.db, sql)? {
                let whole = ["calls", "debts", "callbacks", "recordings"].iter().any(|table| {
                    line.contains(&format!("Seq Scan on {table}"))
                        || line == format!("SCAN {table}")
                        || line.starts_with(&format!("SCAN {table} ")) && !line.contains("USING")
                });
                assert!(
                    !whole && !["SCAN c", "SCAN d", "SCAN a"].contains(&line.as_str()),
                    "{line}\nin {sql}"
                );
            }
        }
        Ok(())
    });
}
