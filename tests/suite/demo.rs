//! The made-up business: it fits the tables of both databases, is found like a real one, and rings like one.

use std::collections::BTreeMap;

use callcentre::cli::fill::{FillArguments, fill};
use callcentre::demo::simulator::cast::Cast;
use callcentre::demo::simulator::script::{PLOTS, Script};
use callcentre::demo::simulator::seeded;
use callcentre::demo::{Extent, show};
use callcentre::domain::id::ClientId;
use callcentre::integrations::mango::fake::sender::Sender;
use callcentre::platform::db::schema::{
    call_notes, callbacks, callcentre_operator, calls, client_phones, clients, debts, order_calls,
    order_history, orders, phones, work_status_log,
};
use callcentre::platform::db::words::Words;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use secrecy::ExposeSecret;

use crate::support::app::on_postgres;
use crate::support::{TestApp, world};

const EXTENT: Extent = Extent { orders: 400, calls: 1_000, days: 20, ..Extent::DEMO };

fn stage(app: &TestApp) -> show::Stage {
    show::set(&app.app, EXTENT).expect("a filled database")
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn number(app: &TestApp, sql: &str) -> i64 {
    app.read(|db| diesel::sql_query(sql).get_result::<Number>(db)).n
}

/// SQLite doesn't look at foreign keys while a load goes on; PostgreSQL puts the constraints back, which proves them.
fn assert_foreign_keys(app: &TestApp) {
    if !on_postgres() {
        assert_eq!(number(app, "SELECT COUNT(*) AS n FROM pragma_foreign_key_check"), 0);
        let broken = "INSERT INTO client_search_fts (client_search_fts) VALUES ('integrity-check')";
        app.write(|tx| diesel::sql_query(broken).execute(tx.db));
    }
}

/// Everything a schema holds besides tables, by name.
fn parts(app: &TestApp) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Part {
        #[diesel(sql_type = Text)]
        part: String,
    }
    let sql = if on_postgres() {
        "SELECT indexdef AS part FROM pg_indexes WHERE schemaname = current_schema()
         UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = current_schema()::regnamespace ORDER BY 1"
    } else {
        "SELECT sql AS part FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY 1"
    };
    let rows: Vec<Part> = app.read(|db| diesel::sql_query(sql).load(db));
    rows.into_iter().map(|row| row.part).collect()
}

fn arguments(orders: u32, calls: u32) -> FillArguments {
    FillArguments {
        orders,
        calls,
        chats: 0,
        messages: 0,
        operators: 8,
        days: 30,
        seed: 3,
        operator_password: None,
    }
}

async fn fill_database(app: &TestApp, arguments: FillArguments) -> Result<(), String> {
    let url = app.app.config.database.url.expose_secret().to_owned();
    tokio::task::spawn_blocking(move || fill(&url, &arguments)).await.expect("no panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_opens_on_a_day_at_work() {
    let app = TestApp::start().await;
    // As the command does: whoever runs this in the evening finds everybody at home.
    app.app.clock.stop_at(show::opening(app.app.clock.now(), app.app.config.business_zone));
    let stage = stage(&app);
    let shifts: Vec<(String, bool)> = app.read(|db| {
        callcentre_operator::table
            .order(callcentre_operator::id)
            .select((callcentre_operator::status_work, callcentre_operator::last_seen_at.is_not_null()))
            .load(db)
    });
    assert!(
        shifts.iter().filter(|(status, is_seen)| status != "offline" && *is_seen).count() >= 3,
        "{shifts:?}"
    );
    let guards = stage.man(&app.app);
    assert_eq!(app.app.presence.connected().len(), guards.len(), "colleagues without a browser stay at work");
    let owed: Vec<chrono::NaiveDateTime> = app.read(|db| {
        debts::table
            .filter(debts::state.ne("paid"))
            .order(debts::last_missed_at)
            .select(debts::last_missed_at)
            .load(db)
    });
    let spread = owed.last().zip(owed.first()).map(|(last, first)| *last - *first);
    assert!(owed.len() >= 5 && spread.is_some_and(|hours| hours > chrono::Duration::hours(2)), "{owed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_has_orders_in_every_status_and_calls_of_every_kind() {
    let app = TestApp::start().await;
    let stage = stage(&app);
    let orders: Vec<(String, i64)> = app.read(|db| {
        orders::table
            .group_by(orders::status_order)
            .select((orders::status_order, diesel::dsl::count_star()))
            .load(db)
    });
    let by_status: BTreeMap<String, i64> = orders.into_iter().collect();
    assert_eq!(by_status.values().sum::<i64>(), 400);
    for status in ["Ожидает", "Принял", "Модерн", "Готово", "Отказ", "Незаказ"]
    {
        assert!(by_status.contains_key(status), "no «{status}» among {by_status:?}");
    }
    let statuses: Vec<Option<String>> = app.read(|db| calls::table.select(calls::status).distinct().load(db));
    assert_eq!(statuses.len(), 4, "{statuses:?}");
    assert_eq!(app.read(|db| calls::table.count().get_result::<i64>(db)), 1_000);
    assert!(app.read(|db| order_calls::table.count().get_result::<i64>(db)) > 300);
    assert!(app.read(|db| order_history::table.count().get_result::<i64>(db)) > 1_000);
    assert!(app.read(|db| work_status_log::table.count().get_result::<i64>(db)) > 100);
    let debts = |state: &str| -> i64 {
        app.read(|db| debts::table.filter(debts::state.eq(state.to_owned())).count().get_result(db))
    };
    assert!(
        debts("paid") > 20 && debts("open") < debts("paid") / 4,
        "{} of {}",
        debts("open"),
        debts("paid")
    );
    callcentre::debts::look_after(&app.app).expect("looked after");
    assert!(debts("open") < debts("paid") / 4, "nothing that was forgotten turns up: {}", debts("open"));
    let waiting: i64 =
        app.read(|db| callbacks::table.filter(callbacks::state.eq("waiting")).count().get_result(db));
    assert!((1..=4).contains(&waiting), "{waiting} promises");
    assert!(app.read(|db| call_notes::table.count().get_result::<i64>(db)) > 50);
    let unknown = phones::table.filter(phones::is_known.eq(false)).count();
    assert_eq!(app.read(|db| unknown.get_result::<i64>(db)), 1);
    assert_foreign_keys(&app);
    assert_eq!(stage.logins.len(), 3);
    assert!(
        stage
            .neighbourhood
            .strangers
            .iter()
            .all(|number| { app.read(|db| callcentre::clients::queries::by_number(db, number)).is_none() })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_on_the_list_of_logins_can_sign_in() {
    let app = TestApp::start().await;
    for login in stage(&app).logins {
        let person = app.anon();
        let fields = [("login", login.login.as_str()), ("password", login.password.as_str())];
        assert_eq!(person.submit("/login", &fields).await.status, 303, "{}", login.login);
        let place = if login.extension.is_some() { "/telephony" } else { "/admin" };
        assert_eq!(person.get("/").await.header("location"), place);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_clients_are_found_by_any_part_of_name_and_number() {
    let app = TestApp::start().await;
    let number = stage(&app).neighbourhood.known[0].clone();
    let (id, name): (i64, String) = app.read(|db| {
        clients::table
            .inner_join(client_phones::table)
            .filter(client_phones::number.eq(&number))
            .select((clients::id, clients::name))
            .first(db)
    });
    let mut wanted = callcentre::domain::search_words::words(&name);
    wanted.push(number[5..9].to_owned());
    let found = app.read(|db| {
        let needle = Words::needle(db, &wanted);
        let newest = Words::Clients.newest(db, "$1", 100);
        diesel::sql_query(format!("SELECT id AS n FROM ({newest}) AS found"))
            .bind::<Text, _>(needle)
            .load::<Number>(db)
    });
    assert!(found.iter().any(|row| row.n == id), "{wanted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_on_counting_after_the_made_up_ids() {
    let app = TestApp::start().await;
    stage(&app);
    let last: Option<ClientId> =
        app.read(|db| clients::table.select(diesel::dsl::max(clients::id)).first(db));
    let now = app.app.clock.now();
    let next = app.write(|tx| callcentre::clients::queries::ensure(tx.db, "79991112233", "79991112233", now));
    assert!(next > last.expect("clients"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_leaves_the_schema_as_it_was() {
    let app = TestApp::start().await;
    let before = parts(&app);
    fill_database(&app, arguments(300, 900)).await.expect("a filled database");
    assert_eq!(parts(&app), before);
    assert_foreign_keys(&app);
    assert_eq!(app.read(|db| orders::table.count().get_result::<i64>(db)), 300);
    assert_eq!(app.read(|db| calls::table.count().get_result::<i64>(db)), 900);
    assert_eq!(app.read(|db| callcentre_operator::table.count().get_result::<i64>(db)), 8);
    let name: String = app.read(|db| orders::table.select(orders::client_name).order(orders::id).first(db));
    let found = app.read(|db| {
        let needle = Words::needle(db, &callcentre::domain::search_words::words(&name));
        let newest = Words::Orders.newest(db, "$1", 100);
        diesel::sql_query(format!("SELECT COUNT(*) AS n FROM ({newest}) AS found"))
            .bind::<Text, _>(needle)
            .get_result::<Number>(db)
    });
    assert!(found.n > 0, "orders of {name} are not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_refuses_a_database_in_use() {
    let app = TestApp::start().await;
    fill_database(&app, arguments(5, 20)).await.expect("a filled database");
    let refused = fill_database(&app, arguments(5, 20)).await.expect_err("refused");
    assert!(refused.contains("already has orders"), "{refused}");
    assert_eq!(app.read(|db| calls::table.count().get_result::<i64>(db)), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_keeps_the_lists_that_are_there() {
    let app = TestApp::start_with(&[("ADMIN_LOGIN", "boss"), ("ADMIN_PASSWORD", "длинный пароль")]).await;
    let add = "INSERT INTO cities (name, time_zone) VALUES ('Саратов', 'Europe/Saratov')";
    app.write(|tx| diesel::sql_query(add).execute(tx.db));
    let mut wanted = arguments(5, 20);
    wanted.operator_password = Some("пароль для замеров".to_owned());
    fill_database(&app, wanted).await.expect("a filled database");
    assert_eq!(number(&app, "SELECT COUNT(*) AS n FROM cities WHERE name = 'Саратов'"), 1);
    assert_eq!(number(&app, "SELECT COUNT(*) AS n FROM accounts WHERE role = 'admin'"), 1);
    let operator = app.anon();
    let fields = [("login", "op103"), ("password", "пароль для замеров")];
    assert_eq!(operator.submit("/login", &fields).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_calls_arrive_as_calls_of_known_people() {
    let app = TestApp::start_with(&world::MANGO).await;
    let stage = stage(&app);
    let [(_, key), (_, salt)] = world::MANGO;
    let sender = Sender::new(&app.address(), key.into(), salt.into()).expect("a sender");
    let start = app.app.clock.unix() - 200;
    let mut rng = seeded(11);
    let neighbourhood = stage.neighbourhood;
    for (index, (plot, _)) in PLOTS.into_iter().enumerate() {
        let cast = Cast {
            client: Some(neighbourhood.known[index].clone()),
            line: neighbourhood.lines[index].clone(),
            telephones: neighbourhood.telephones[..2].to_vec(),
        };
        for step in Script::write(plot, &cast, start, &mut rng).unruly(&mut rng).steps {
            sender.post(step.path, &step.json).await.expect("accepted");
        }
    }
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");

    type Row = (String, Option<String>, Option<i64>, Option<String>, bool, bool);
    let rows: Vec<Row> = app.read(|db| {
        calls::table
            .filter(calls::id.gt(1_000))
            .select((
                calls::state,
                calls::status,
                calls::client_id,
                calls::city,
                calls::operator_id.is_not_null(),
                calls::direction.eq("outbound"),
            ))
            .load(db)
    });
    assert_eq!(rows.len(), PLOTS.len());
    assert!(rows.iter().all(|(state, _, _, city, ..)| state == "ended" && city.is_some()), "{rows:?}");
    assert_eq!(rows.iter().filter(|(_, _, client, ..)| client.is_none()).count(), 1, "one number is hidden");
    for (_, status, _, _, has_operator, is_outbound) in &rows {
        assert_eq!(*has_operator, status.as_deref() == Some("answered") || *is_outbound);
    }
    let clients_after: i64 = app.read(|db| clients::table.count().get_result(db));
    let known = app.read(|db| client_phones::table.count().get_result::<i64>(db));
    assert_eq!(clients_after, known, "nobody was made twice");
}
