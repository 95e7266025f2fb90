//! What a card asks of the database: always as many questions, and by index.

use std::sync::{Arc, Mutex};

use callcentre::clients::page::ClientPage;
use callcentre::clients::queries;
use callcentre::domain::id::ClientId;
use callcentre::domain::now::Now;
use callcentre::domain::person::{Person, Role};
use callcentre::files::FileKind;
use callcentre::platform::db::Db;
use callcentre::web::form::Fields;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Desk, MARINA, OTHER, desk};
use crate::support::app::on_postgres;

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

fn asked(desk: &Desk, ask: impl FnOnce(&mut Db)) -> Vec<String> {
    let asked = Asked::default();
    let questions = asked.clone();
    desk.app.read(move |db| {
        db.set_instrumentation(questions);
        ask(db);
        db.set_instrumentation(None::<Box<dyn Instrumentation>>);
        Ok(())
    });
    let texts = asked.0.lock().expect("nobody panics here").clone();
    texts.into_iter().map(|sql| sql.split(" -- binds").next().unwrap_or_default().to_owned()).collect()
}

fn card(desk: &Desk, client: ClientId, query: &str) -> Vec<String> {
    let person = Person {
        id: desk.anna_id,
        role: Role::Admin,
        name: "Ольга".into(),
        login: "ольга".into(),
        sound_on: true,
        volume_percent: 50,
        quiet_on: false,
        shows_tour: false,
        extension: None,
        work_status: None,
        needs_second_factor: false,
    };
    let now = Now { utc: desk.app.app.clock.now(), zone: chrono_tz::Europe::Moscow };
    let fields = Fields::parse(query.as_bytes());
    asked(desk, move |db| {
        let client = queries::client(db, client).expect("a question").expect("a client");
        assert!(ClientPage::load(db, client, &person, &fields, now).is_ok());
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_asks_as_much_about_little_as_about_much() {
    let desk = desk().await;
    let (client, other) = (desk.client(MARINA, "Марина"), desk.client(OTHER, "Мария"));
    let few = card(&desk, client, "").len();
    for n in 0..8 {
        desk.call(MARINA, &format!("2026-11-1{n}T09:00:00"));
        let order = desk.order(MARINA, &format!("ул. Чапаева, {n}"));
        desk.document(order, FileKind::Bso, &format!("{n}.pdf"), desk.app.app.clock.now());
        desk.call(OTHER, &format!("2026-11-1{n}T10:00:00"));
    }
    let merged = desk.anna.submit(&format!("/clients/{client}/merge"), &[("with", &other.to_string())]).await;
    assert_eq!(merged.status, 303);
    assert_eq!(card(&desk, client, "").len(), few);
    assert_eq!(card(&desk, client, "show=files").len(), few);
    assert!(few <= 16, "{few} questions for one card");
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
async fn no_question_goes_through_a_whole_table() {
    let desk = desk().await;
    let client = desk.client(MARINA, "Марина");
    let order = desk.order(MARINA, "ул. Чапаева, 48");
    desk.document(order, FileKind::Bso, "1.pdf", desk.app.app.clock.now());
    desk.call(MARINA, "2026-11-20T09:00:00");
    let mut questions = card(&desk, client, "");
    questions.extend(card(&desk, client, "before=1763888400000-0-5"));
    for q in ["марина", "vfhbyf", "8 900 123"] {
        questions.extend(asked(&desk, |db| {
            assert!(queries::search::find(db, q).is_ok());
        }));
    }
    assert!(questions.len() > 30);
    let big = ["calls", "orders", "files", "clients", "client_phones", "client_search", "client_merges"];
    let aliases = ["c", "o", "f"];
    desk.app.write(|tx| {
        // What is asked about nothing is answered without looking.
        for sql in questions.iter().filter(|sql| !sql.contains("1=0")) {
            for line in plan(tx.db, sql)? {
                let whole = big.iter().any(|table| line.contains(&format!("Seq Scan on {table}")))
                    || big.iter().chain(&aliases).any(|name| line == format!("SCAN {name}"));
                assert!(!whole, "{line}\nin {sql}");
            }
        }
        Ok(())
    });
    let line = questions.iter().find(|sql| sql.contains("UNION ALL")).expect("the line").clone();
    let steps = desk.app.write(|tx| plan(tx.db, &line)).join("\n");
    for index in ["calls_client", "orders_client", "files_order"] {
        assert!(steps.contains(index), "{index} is not used:\n{steps}");
    }
}
