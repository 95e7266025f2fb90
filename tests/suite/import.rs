//! Moving from the former system: a database as people left it, taken whole, twice, and by a run that is killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use callcentre::integrations::avito::accounts::Secret;
use callcentre::integrations::mail::settings as mail;
use callcentre::platform::db::Db;
use callcentre::platform::db::schema::{
    accounts, addresses, avito, calls, cities, client_phones, clients, files, import_rows, master_cities,
    master_days_off, operator_cities, order_addresses, order_calls, order_history, orders, phones,
    recordings,
};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::private_postgres::PrivatePostgres;
use crate::support::TestApp;
use crate::support::until::until;

const FORMER_PASSWORD: &str = "прежний пароль";

/// A database of the former system on a server of the suite, or on one of its own.
struct Former {
    url: String,
    /// Stopped with it.
    _server: Option<PrivatePostgres>,
}

impl Former {
    fn start() -> Self {
        let (server, url) = match std::env::var("TEST_DATABASE_URL") {
            Ok(url) => (None, url),
            Err(_) => {
                let server = PrivatePostgres::start();
                let url = server.url.clone();
                (Some(server), url)
            }
        };
        let name = format!("former_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::establish(&url).expect("the server");
        connection.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
        // As Prisma writes it.
        let url = format!(
            "{}/{name}?schema=public&connection_limit=5",
            url.rsplit_once('/').expect("a database").0
        );
        let former = Self { url, _server: server };
        former.says(include_str!("../data/former/schema.sql"));
        former
    }

    fn with_rows() -> Self {
        let former = Self::start();
        let hash = bcrypt::hash(FORMER_PASSWORD, 4).expect("a hash");
        former.says(&include_str!("../data/former/rows.sql").replace("{hash}", &hash));
        former
    }

    fn says(&self, sql: &str) {
        let url = self.url.split('?').next().expect("an address");
        let mut connection = PgConnection::establish(url).expect("the former");
        connection.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
}

fn import(app: &TestApp, former: &Former, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
    command
        .env_clear()
        .env("DATA_DIR", &app.app.config.data_dir)
        .env("DATABASE_URL", app.database_url())
        .env("APP_SECRET", app.app.app_secret.expose_secret())
        .args(["import", "--from", &former.url])
        .args(arguments);
    command
}

/// Runs it to its end: what it printed and what it reported. Something is always left of these rows.
fn imported(app: &TestApp, former: &Former, arguments: &[&str]) -> (String, Value) {
    let file = tempfile::Builder::new().suffix(".json").tempfile().expect("a file");
    let path = file.path().display().to_string();
    let done = import(app, former, arguments).args(["--report", &path]).output().expect("the program");
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(1), "{told}\n{}", String::from_utf8_lossy(&done.stderr));
    app.app.db.forget();
    (told, serde_json::from_slice(&std::fs::read(file.path()).expect("the report")).expect("JSON"))
}

fn taken(report: &Value, table: &str) -> i64 {
    report["tables"][table]["taken"].as_i64().unwrap_or(0)
}

/// What is told of a row.
fn said(report: &Value, table: &str, row: &str) -> Vec<String> {
    let lines = report["lines"].as_array().expect("lines");
    let of_row = lines.iter().filter(|line| line["table"] == table && line["row"] == row);
    of_row
        .map(|line| format!("{} {} {}", line["what"], line["why"], line["detail"]).replace('"', ""))
        .collect()
}

fn count(db: &mut Db) -> QueryResult<[i64; 8]> {
    Ok([
        orders::table.count().get_result(db)?,
        calls::table.count().get_result(db)?,
        accounts::table.count().get_result(db)?,
        cities::table.count().get_result(db)?,
        order_calls::table.count().get_result(db)?,
        files::table.count().get_result(db)?,
        recordings::table.count().get_result(db)?,
        import_rows::table.count().get_result(db)?,
    ])
}

fn papers() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for inside in ["people", "orders", "recordings"] {
        std::fs::create_dir(folder.path().join(inside)).expect("a folder");
    }
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Jpeg).expect("a picture");
    std::fs::write(folder.path().join("people/anna.jpg"), picture.get_ref()).expect("a file");
    std::fs::write(folder.path().join("orders/bso.jpg"), picture.get_ref()).expect("a file");
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/recordings/voice-8k.mp3");
    std::fs::copy(sound, folder.path().join("recordings/1.mp3")).expect("a recording");
    std::fs::write(folder.path().join("notes.txt"), "no sound").expect("a file");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_the_former_system_comes_once_and_what_does_not_is_named() {
    let (app, former, papers) = (TestApp::start().await, Former::with_rows(), papers());
    let files = papers.path().display().to_string();
    let before = app.read(count);
    let (_, dry) = imported(&app, &former, &["--dry-run", "--files", &files]);
    assert_eq!(app.read(count), before, "a dry run changes nothing");
    let (told, report) = imported(&app, &former, &["--files", &files]);
    for table in ["Заказы", "Звонки", "Операторы", "Администраторы", "Города", "Мастера", "Документы"]
    {
        assert_eq!(taken(&dry, table), taken(&report, table), "{table}: what a dry run says comes true");
    }
    assert_eq!(
        (taken(&report, "Заказы"), taken(&report, "Звонки"), taken(&report, "Операторы")),
        (3, 4, 4),
        "{told}"
    );
    lists_and_people(&app, &report);
    calls_and_orders(&app, &report);
    secrets_and_papers(&app, &report);

    // Once more: nothing. Then what people have changed, and what can be understood now.
    let there = app.read(count);
    let (_, again) = imported(&app, &former, &["--files", &files]);
    let tables = again["tables"].as_object().expect("tables");
    assert!(tables.values().all(|counts| counts["taken"] == 0), "{tables:#?}");
    assert_eq!(app.read(count), there);
    former.says("UPDATE orders SET status_order = 'Отказ', updated_at = '2026-11-30' WHERE id = 2");
    let (_, third) = imported(
        &app,
        &former,
        &["--files", &files, "--status", "Закрыт=Готово", "--equipment", "Ремонт ПК=КП"],
    );
    assert_eq!(taken(&third, "Заказы"), 2);
    assert!(said(&third, "Заказы", "2")[0].contains("изменён там после переноса"), "{third:#?}");

    // Passwords of there open once, and are kept as ours are from then on.
    let password = |login: &'static str| {
        app.read(move |db| {
            accounts::table.filter(accounts::login.eq(login)).select(accounts::password).first(db)
        })
    };
    let stored: Option<String> = password("anna");
    assert!(stored.expect("a hash").starts_with("$2b$"));
    for typed in ["чужой пароль", FORMER_PASSWORD, FORMER_PASSWORD] {
        let answer = app.anon().submit("/login", &[("login", "anna"), ("password", typed)]).await;
        assert_eq!(answer.status == 303, typed == FORMER_PASSWORD, "{typed}");
    }
    let stored: Option<String> = password("anna");
    assert!(stored.expect("a hash").starts_with("$argon2id$"));
    for login in ["gone", "ивановa"] {
        let answer = app.anon().submit("/login", &[("login", login), ("password", FORMER_PASSWORD)]).await;
        assert_eq!(answer.status, 422, "{login}");
    }

    let olga = app.admin("Ольга").await;
    for page in
        ["/orders", "/orders/1", "/orders/2", "/orders/3", "/telephony", "/admin/employees", "/admin/masters"]
    {
        let answer = olga.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(!answer.body.contains("<script>alert"), "{page}");
    }
}

fn lists_and_people(app: &TestApp, report: &Value) {
    let zones: Vec<(String, String)> =
        app.read(|db| cities::table.order(cities::name).select((cities::name, cities::time_zone)).load(db));
    let expected = [
        ("Не указан", "Europe/Moscow"),
        ("Самара", "Europe/Samara"),
        ("ТВЕРЬ", "Europe/Moscow"),
        ("Урюпинск", "Europe/Moscow"),
    ];
    assert_eq!(zones.len(), expected.len(), "{zones:?}");
    for (name, zone) in expected {
        let folded = name.to_lowercase();
        assert!(zones.iter().any(|(n, z)| n.to_lowercase() == folded && z == zone), "{name}: {zones:?}");
    }
    type Account = (String, String, String, String);
    let people: Vec<Account> = app.read(|db| {
        let columns = (accounts::login, accounts::role, accounts::name, accounts::status);
        accounts::table.order(accounts::id).select(columns).load(db)
    });
    let people: Vec<_> =
        people.iter().map(|(a, b, c, d)| (a.as_str(), b.as_str(), c.as_str(), d.as_str())).collect();
    assert_eq!(
        people,
        [
            ("boss", "admin", "Boss", "active"),
            ("ивановa", "admin", "ивановa", "active"),
            ("anna", "operator", "Анна Иванова", "active"),
            ("boss-2", "operator", "boss", "active"),
            ("gone", "operator", "Уволенный", "inactive"),
            ("anna-2", "operator", "Анна Другая", "active"),
        ]
    );
    let of_anna: i64 = app.read(|db| operator_cities::table.count().get_result(db));
    assert_eq!(of_anna, 3, "Самара and Тверь of one, Самара of another");
    for (row, words) in [
        ("2", "SIP-адрес"),
        ("2", "имя пустое"),
        ("3", "пароль не читается"),
        ("3", "Казань"),
        ("4", "логин"),
    ] {
        assert!(said(report, "Операторы", row).iter().any(|line| line.contains(words)), "{row} {words}");
    }
    let lines: Vec<(String, Option<String>)> =
        app.read(|db| phones::table.select((phones::number, phones::rk)).load(db));
    assert_eq!(lines, [("78462000001".to_owned(), Some("Авито".to_owned()))]);
    assert_eq!(report["tables"]["Линии"]["left"], 2);
    let work: (i64, i64) = app.read(|db| {
        Ok((master_cities::table.count().get_result(db)?, master_days_off::table.count().get_result(db)?))
    });
    assert_eq!(work, (2, 1));
}

fn calls_and_orders(app: &TestApp, report: &Value) {
    type Call = (String, Option<String>, Option<String>, Option<i64>, String, i64);
    let taken: Vec<Call> = app.read(|db| {
        let columns = (
            calls::entry_id,
            calls::phone_client,
            calls::status,
            calls::operator_id,
            diesel::dsl::sql::<diesel::sql_types::Text>("CAST(started_at AS TEXT)"),
            calls::talk_seconds,
        );
        calls::table.order(calls::id).select(columns).load(db)
    });
    assert_eq!(taken[0].1.as_deref(), Some("79001112233"));
    assert!(taken[0].4.starts_with("2026-11-01 20:30:00"), "Moscow's clock: {}", taken[0].4);
    assert_eq!((taken[0].5, taken[0].3.is_some()), (95, true));
    assert_eq!(
        (taken[1].2.as_deref(), taken[1].3),
        (Some("missed"), None),
        "nobody has answered a missed call"
    );
    assert_eq!((taken[2].1.as_deref(), taken[2].5), (None, 0), "no number, no impossible length");
    assert_eq!(taken[3].2.as_deref(), Some("no_answer"));

    type Order =
        (i64, String, String, i32, String, String, Option<i64>, Option<i64>, Option<i64>, String, i64);
    let taken: Vec<Order> = app.read(|db| {
        let columns = (
            orders::id,
            orders::phone,
            orders::meeting_day,
            orders::meeting_minute,
            diesel::dsl::sql::<diesel::sql_types::Text>("CAST(date_meeting AS TEXT)"),
            orders::status_order,
            orders::result,
            orders::clean,
            orders::master_id,
            orders::comment,
            orders::client_id,
        );
        orders::table.order(orders::id).select(columns).load(db)
    });
    assert_eq!(taken.iter().map(|order| order.0).collect::<Vec<_>>(), [1, 2, 3], "numbers are kept");
    let first = &taken[0];
    assert_eq!((&*first.2, first.3), ("2026-11-03", 630));
    assert!(first.4.starts_with("2026-11-03 06:30:00"), "Samara's clock: {}", first.4);
    assert_eq!((first.6, first.7), (Some(500_050), Some(380_050)));
    assert!(
        first.9.starts_with("осторожно, собака\n") && first.9.contains("сдача мастера 1\u{a0}500"),
        "{}",
        first.9
    );
    assert_eq!((&*taken[1].5, &*taken[1].1), ("Ожидает", "79001112233"));
    assert_eq!(taken[1].10, first.10, "one client, however the number is written");
    assert_eq!((&*taken[2].1, taken[2].6), ("00", None));
    assert_ne!(taken[2].10, first.10);
    let linked: Vec<(i64, String)> = app.read(|db| {
        let columns = (order_calls::order_id, calls::entry_id);
        order_calls::table.inner_join(calls::table).order(calls::id).select(columns).load(db)
    });
    assert_eq!(linked, [(1, "former:1".to_owned()), (1, "former:2".to_owned())]);
    for (row, words) in [
        ("1", "звонка нет, не связан 99"),
        ("1", "«чистыми» посчитано заново"),
        ("2", "открыт, но с датой закрытия"),
        ("3", "телефон не читается"),
        ("3", "закрыт без даты закрытия"),
        ("3", "сумма невозможна"),
        ("3", "в списке звонков не номер x"),
        ("3", "тип заявки не известен"),
        ("4", "left статус не известен (--status БЫЛО=СТАЛО) Закрыт"),
        ("5", "left тип техники не известен"),
    ] {
        let lines = said(report, "Заказы", row);
        assert!(lines.iter().any(|line| line.contains(words)), "{row} {words}: {lines:?}");
    }
    let known: Vec<(String, i64)> =
        app.read(|db| addresses::table.select((addresses::city, addresses::uses)).load(db));
    assert_eq!(known.len(), 2, "{known:?}");
    let name: String = app.read(move |db| {
        client_phones::table
            .inner_join(clients::table)
            .filter(client_phones::number.eq("79001112233"))
            .select(clients::name)
            .first(db)
    });
    assert_eq!(name, "Ольга Петрова");
    assert!(!said(report, "Другие таблицы", "cash").is_empty());
}

fn secrets_and_papers(app: &TestApp, report: &Value) {
    type Account = (callcentre::domain::id::AvitoId, Option<String>, Option<String>, Option<i64>);
    let of = |name: &'static str| -> Account {
        app.read(move |db| {
            avito::table
                .filter(avito::name.eq(name))
                .select((avito::id, avito::client_secret, avito::proxy_password, avito::user_id))
                .first(db)
        })
    };
    let (id, secret, proxy, user) = of("Сергей БТ");
    let open = |which: Secret, sealed: Option<String>| {
        let sealed = sealed.expect("a secret");
        assert!(!sealed.contains("тайна"));
        which.open(&app.app.cipher, id, &sealed).expect("opens").expose_secret().to_owned()
    };
    assert_eq!(open(Secret::Client, secret), "тайна Сергея");
    assert_eq!((open(Secret::Proxy, proxy), user), ("тайна прокси".to_owned(), Some(4242)));
    assert_eq!(of("Половина").1, None, "an account never goes out without its proxy");
    let (mailbox, password) = app.read(|db| Ok((mail::read(db)?, mail::password(db, &app.app.cipher)?)));
    assert_eq!((&*mailbox.host, mailbox.enabled), ("imap.example", false));
    assert_eq!(mailbox.senders, ["robot@mangotele.com"]);
    assert_eq!(password.expect("a password").expose_secret(), "тайна почты");
    let kinds: Vec<String> = app.read(|db| files::table.order(files::kind).select(files::kind).load(db));
    assert_eq!(kinds, ["bso", "employee"]);
    let states: Vec<(String, Option<i64>)> =
        app.read(|db| recordings::table.select((recordings::state, recordings::duration_ms)).load(db));
    assert!(matches!(states.as_slice(), [(state, Some(_))] if state == "ready"), "{states:?}");
    for (table, row) in [
        ("Документы", "order:1:bso:orders/none.jpg"),
        ("Документы", "operator:3:passport:people/nothing.jpg"),
        ("Записи", "3:../../etc/passwd"),
        ("Записи", "4:notes.txt"),
    ] {
        assert_eq!(said(report, table, row).len(), 1, "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_leaves_whole_pages_and_the_next_one_goes_on() {
    const ORDERS: i64 = 3000;
    let (app, former) = (TestApp::start().await, Former::start());
    former.says(&format!(
        "INSERT INTO callcentre_operator (name, login, password) VALUES ('Анна', 'anna', '');
         INSERT INTO orders (rk, city, phone, type_order, client_name, address, date_meeting, type_equipment, problem,
                             status_order, operator_name_id, create_date)
         SELECT 'Авито', 'Москва', '7900' || lpad((n % 700)::text, 7, '0'), 'Впервые', 'Клиент ' || n % 700,
                'Ленина ' || n % 500, '2026-11-03 10:30', 'БТ', 'Шумит', 'Ожидает', 1, '2026-11-01 10:00'
         FROM generate_series(1, {ORDERS}) AS n"
    ));
    // Somebody has made an order here already: its number is not given twice.
    let operator = app.create_account(callcentre::domain::person::Role::Operator, "Здешний");
    let own = app.write(|tx| {
        callcentre::insert_new!(
            &mut *tx.db,
            cities::table,
            (cities::name.eq("Москва"), cities::time_zone.eq("Europe/Moscow")),
            cities::name
        )?;
        use callcentre::platform::db::schema::campaigns;
        callcentre::insert_new!(&mut *tx.db, campaigns::table, campaigns::name.eq("Авито"), campaigns::name)?;
        callcentre::orders::queries::insert(tx, &crate::support::orders::plain(operator))
    });
    let taken = || app.read(|db| orders::table.count().get_result::<i64>(db)) - 1;
    let mut running: Child =
        import(&app, &former, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    until("a page of orders", || (taken() > 0).then_some(())).await;
    running.kill().expect("the end");
    running.wait().expect("its end");
    let first = taken();
    assert!(first > 0 && first % 1000 == 0, "whole pages: {first}");
    let done = import(&app, &former, &[]).output().expect("the program");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(taken(), ORDERS);
    let facts: (i64, i64, Option<i64>, i64) = app.read(|db| {
        Ok((
            order_history::table.filter(order_history::field.eq("created")).count().get_result(db)?,
            order_addresses::table.count().get_result(db)?,
            addresses::table
                .select(diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>(
                    "CAST(SUM(uses) AS BIGINT)",
                ))
                .first(db)?,
            client_phones::table.count().get_result(db)?,
        ))
    });
    assert_eq!(
        facts,
        (ORDERS + 1, ORDERS + 1, Some(ORDERS + 1), 701),
        "each order once, with all that belongs to it"
    );
    let number: i64 = app.read(|db| {
        import_rows::table
            .filter(import_rows::kind.eq("order"))
            .filter(import_rows::former_key.eq(own.to_string()))
            .select(import_rows::our_key)
            .first(db)
    });
    assert!(number > ORDERS, "another number than the order that was here: {number}");
}
