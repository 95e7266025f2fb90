//! What is measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use futures_util::StreamExt;

use super::measure::{Report, Times, milliseconds};
use super::server::Server;

const RUNS: usize = 60;

/// Lists and records that a person opens: address, htmx target, budget in milliseconds.
fn pages(today: chrono::NaiveDate) -> Vec<(String, &'static str, u64)> {
    let month_ago = today - chrono::Days::new(30);
    vec![
        ("/orders".into(), "orders", 25),
        ("/orders?city=Москва".into(), "orders", 25),
        ("/orders?status=Ожидает&status=Принял".into(), "orders", 25),
        ("/orders?equipment=БТ&city=Самара".into(), "orders", 25),
        ("/orders?rk=Авито".into(), "orders", 25),
        (format!("/orders?meeting_from={today}&meeting_to={today}"), "orders", 25),
        ("/orders?sort=-created".into(), "orders", 25),
        ("/orders?sort=closed".into(), "orders", 25),
        ("/orders?master=none".into(), "orders", 25),
        ("/orders?master=3&status=Готово".into(), "orders", 25),
        (format!("/orders?slot={today}T15:00&equipment=БТ"), "orders", 25),
        (format!("/orders?created_from={today}"), "orders", 25),
        ("/orders?rk=Авито&city=Москва&status=Ожидает&status=Принял".into(), "orders", 25),
        ("/orders?rk=Авито&equipment=БТ&master=3".into(), "orders", 25),
        (format!("/orders?closed_from={month_ago}&closed_to={today}&master=3"), "orders", 25),
        ("/telephony".into(), "calls", 25),
        ("/telephony?quick=missed".into(), "calls", 25),
        ("/telephony?quick=today".into(), "calls", 25),
        ("/telephony?city=Москва".into(), "calls", 25),
        ("/telephony?status=answered&rk=Авито".into(), "calls", 25),
        ("/orders?page=10000".into(), "orders", 60),
        ("/telephony?page=60".into(), "calls", 60),
        ("/orders?q=50012".into(), "orders", 50),
        ("/orders?q=№ 50012".into(), "orders", 50),
        ("/orders?q=8 (900) 123-4".into(), "orders", 50),
        ("/orders?q=+7 900 512-34-56".into(), "orders", 50),
        ("/orders?q=4567".into(), "orders", 50),
        ("/orders?q=900".into(), "orders", 50),
        ("/orders?q=иванов".into(), "orders", 50),
        ("/orders?q=bdfyjd".into(), "orders", 50),
        ("/orders?q=Ёлкин".into(), "orders", 50),
        ("/orders?q=хмелевский".into(), "orders", 50),
        ("/orders?q=ленина 15".into(), "orders", 50),
        ("/orders?q=черняховского 119".into(), "orders", 50),
        ("/orders?q=кв".into(), "orders", 50),
        ("/orders?q=иванов 4567".into(), "orders", 50),
        ("/orders?q=иванов стиральная машина".into(), "orders", 50),
        ("/orders?q=иванов&city=Москва&status=Готово".into(), "orders", 50),
        ("/telephony?q=9001".into(), "calls", 50),
        ("/telephony?q=4567".into(), "calls", 50),
        ("/telephony?q=петров".into(), "calls", 50),
        ("/telephony?q=хмелевский".into(), "calls", 50),
        ("/orders".into(), "slots-card", 15),
        ("/orders/4000".into(), "dialog", 15),
        ("/clients/1000".into(), "main", 15),
    ]
}

/// One person alone.
pub async fn alone(report: &mut Report, server: &Server) {
    let mut times = Times::default();
    for _ in 0..RUNS * 5 {
        times.add(server.fragment("/healthz", "").await);
    }
    report.fact(
        "yardstick: static answer of the same server",
        &format!("p95 {}", milliseconds(times.percentile(0.95))),
    );
    shares(report, server).await;
    let today = chrono::Utc::now().date_naive();
    let deep = deep_page(&server.database).map(|path| (path, "calls", 60));
    let deep_orders = deep_page_of_orders(&server.database).map(|path| (path, "orders", 25));
    for (path, target, budget) in pages(today).into_iter().chain(deep).chain(deep_orders) {
        let mut times = Times::default();
        for _ in 0..RUNS {
            times.add(server.fragment(&path, target).await);
        }
        report.times(&format!("`{path}`"), Duration::from_millis(budget), &times);
    }
    sizes(report, server).await;
}

/// The page of calls that begins at row 500,000, as the link to the next page names it.
fn deep_page(url: &str) -> Option<String> {
    use callcentre::platform::db::schema::calls;
    let database = callcentre::platform::db::Database::open(url, 1).ok()?;
    let last: Option<(i64, chrono::NaiveDateTime)> = database
        .read_now(|db| {
            let rows =
                calls::table.order((calls::started_at.desc(), calls::id.desc())).offset(500_000).limit(1);
            Ok(rows.select((calls::id, calls::started_at)).first(db).optional()?)
        })
        .ok()?;
    let (id, started_at) = last?;
    Some(format!("/telephony?page=10000&after={}-{id}", started_at.and_utc().timestamp_millis()))
}

/// The page of orders that begins at row 500,000, as the link to the next page names it.
fn deep_page_of_orders(url: &str) -> Option<String> {
    use callcentre::platform::db::schema::orders;
    let database = callcentre::platform::db::Database::open(url, 1).ok()?;
    let last: Option<(i32, i64, i64)> = database
        .read_now(|db| {
            let place = (orders::list_rank, orders::list_time, orders::id);
            Ok(orders::table.order(place).offset(500_000).limit(1).select(place).first(db).optional()?)
        })
        .ok()?;
    let (rank, time, id) = last?;
    Some(format!("/orders?page=10001&after={rank}.{time}.{id}"))
}

/// How much of the time of the first page of orders its query takes: the same question (ids, fifty rows with their
/// names, the count when the page is full) asked without server, template and network.
async fn shares(report: &mut Report, server: &Server) {
    use callcentre::orders::list::filter::OrderFilter;
    use callcentre::orders::queries::list;
    use callcentre::web::form::Fields;
    use callcentre::web::list::Slice;
    let database = callcentre::platform::db::Database::open(&server.database, 1).expect("the database");
    let fields = Fields::default();
    let (filter, slice) = (OrderFilter::of(&fields), Slice::of(&fields));
    let (mut bare, mut fragment, mut whole) = (Times::default(), Times::default(), Times::default());
    // In turns, so that whatever else the machine does meets all three.
    for _ in 0..RUNS * 3 {
        let began = Instant::now();
        let found = database.read_now(|db| Ok(list::page(db, &filter, slice, chrono_tz::Europe::Moscow)?));
        bare.add(began.elapsed());
        assert!(found.is_ok_and(|found| !found.rows.is_empty()));
        fragment.add(server.fragment("/orders", "orders").await);
        whole.add(server.fragment("/orders", "").await);
    }
    let bare = bare.percentile(0.5);
    report
        .fact("yardstick: the query of the orders' first page, bare", &format!("p50 {}", milliseconds(bare)));
    for (what, least, times) in [
        ("rows of the orders against their bare query", 70.0, &fragment),
        ("the whole page against it", 40.0, &whole),
    ] {
        let share = 100.0 * bare.as_secs_f64() / times.percentile(0.5).as_secs_f64();
        report.at_least(what, least, share, "%");
    }
}

async fn sizes(report: &mut Report, server: &Server) {
    for (path, limit) in [("/orders", 25.0), ("/orders?per_page=100", 40.0), ("/telephony", 25.0)] {
        let request = server.client.get(format!("{}{path}", server.address)).header("accept", "text/html");
        let answer = request.header("accept-encoding", "gzip").send().await.expect("an answer");
        let bytes = answer.bytes().await.expect("a body").len();
        report.limit(&format!("size of `{path}`, compressed"), limit, bytes as f64 / 1024.0, "KB");
    }
}

/// How long a person looks at what came before pressing again. Much less than people do, so that sixty of them are as
/// many as some hundreds.
const LOOKS_AT_IT: Duration = Duration::from_millis(400);
/// How often each of the sixty presses.
const TURNS: usize = 24;

/// Sixty operators at once, each in a rhythm of his own.
pub async fn together(report: &mut Report, server: &Server) {
    let today = chrono::Utc::now().date_naive();
    let mix: Arc<Vec<_>> =
        Arc::new(pages(today).into_iter().filter(|(_, _, budget)| *budget == 25).collect());
    let began = Instant::now();
    let operators = (0..60).map(|operator| {
        let mix = mix.clone();
        async move {
            let mut times = Times::default();
            // People do not press in the same instant: sixty answers asked for at once on two cores measure how
            // long the last one waits for the others, not how long anybody waits.
            tokio::time::sleep(LOOKS_AT_IT * operator as u32 / 60).await;
            for turn in 0..TURNS {
                let (path, target, _) = &mix[(operator + turn * 7) % mix.len()];
                times.add(server.fragment(path, target).await);
                tokio::time::sleep(LOOKS_AT_IT).await;
            }
            times
        }
    });
    let mut all = Times::default();
    for times in futures_util::future::join_all(operators).await {
        all.join(times);
    }
    let per_second = (60 * TURNS) as f64 / began.elapsed().as_secs_f64();
    report.times("lists under 60 operators' mix", Duration::from_millis(100), &all);
    report.fact("the same, answers per second", &format!("{per_second:.0}"));
}

/// Events of the telephony: acknowledged, folded, told to the browsers.
pub async fn telephony(report: &mut Report, server: &Server) {
    let raw = raw_inserts_per_second(&server.database);
    report.fact("yardstick: bare durable inserts of events", &format!("{raw:.0} /s"));
    let run = chrono::Utc::now().timestamp();
    let mut acknowledged = Times::default();
    for i in 0..200 {
        let began = Instant::now();
        server.event("/events/call", &ring(run, &format!("ack{i}"), 1)).await;
        acknowledged.add(began.elapsed());
    }
    report.times("webhook acknowledged, one sender", Duration::from_millis(20), &acknowledged);

    let began = Instant::now();
    let senders = (0..16).map(|sender| async move {
        for i in 0..60 {
            server.event("/events/call", &ring(run, &format!("load{sender}-{i}"), 1)).await;
        }
    });
    futures_util::future::join_all(senders).await;
    wait_until_folded(&server.database).await;
    let per_second = 960.0 / began.elapsed().as_secs_f64();
    report.at_least("events accepted and folded, 16 senders", raw / 2.0, per_second, "/s");

    let stream = server.client.get(format!("{}/live", server.address)).send().await.expect("a stream");
    let mut chunks = stream.bytes_stream();
    let mut times = Times::default();
    for i in 0..20 {
        let began = Instant::now();
        server.event("/events/call", &ring(run, &format!("live{i}"), 1)).await;
        while let Some(Ok(chunk)) = chunks.next().await {
            if String::from_utf8_lossy(&chunk).contains("event: calls") {
                break;
            }
        }
        server.fragment("/telephony", "calls").await;
        times.add(began.elapsed());
    }
    report.times(
        "event to the list of another browser (without painting)",
        Duration::from_millis(300),
        &times,
    );
}

fn ring(run: i64, name: &str, seq: u32) -> String {
    let number: u64 = name.bytes().fold(7, |sum, b| (sum * 31 + u64::from(b)) % 10_000_000);
    format!(
        "{{\"entry_id\":\"bench{run}{name}\",\"call_id\":\"leg{run}{name}\",\"timestamp\":{run},\"seq\":{seq},\"call_state\":\"Appeared\",\
         \"location\":\"abonent\",\"from\":{{\"number\":\"7900{number:07}\"}},\"to\":{{\"extension\":\"101\",\"number\":\"sip:op101@bench.example\",\
         \"line_number\":\"74950000101\"}}}}"
    )
}

fn raw_inserts_per_second(url: &str) -> f64 {
    use callcentre::platform::db::schema::mango;
    let database = callcentre::platform::db::Database::open(url, 1).expect("the database");
    let now = callcentre::domain::clock::Clock::default().now();
    let began = Instant::now();
    for i in 0..500 {
        let key = format!("raw-{}-{i}", uuid::Uuid::new_v4());
        let row = (
            mango::event_key.eq(key),
            mango::path.eq("/raw"),
            mango::body.eq("{}"),
            mango::state.eq("ignored"),
            mango::received_at.eq(now),
        );
        let done =
            database.write_now(|tx| Ok(diesel::insert_into(mango::table).values(&row).execute(tx.db)?));
        assert!(done.is_ok());
    }
    500.0 / began.elapsed().as_secs_f64()
}

async fn wait_until_folded(url: &str) {
    use callcentre::platform::db::schema::mango;
    let database = callcentre::platform::db::Database::open(url, 1).expect("the database");
    loop {
        let pending: i64 = database
            .read_now(|db| Ok(mango::table.filter(mango::state.eq("pending")).count().get_result(db)?))
            .expect("a count");
        if pending == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Memory after all of this and with a thousand open streams.
pub async fn memory(report: &mut Report, server: &Server) {
    report.limit("memory after the mix", 120.0, server.resident_mebibytes(), "MiB");
    let mut streams = Vec::new();
    for _ in 0..1000 {
        let request = server.client.get(format!("{}/live", server.address)).send().await;
        streams.push(request.expect("a stream"));
    }
    report.limit("memory with 1,000 live streams", 160.0, server.resident_mebibytes(), "MiB");
}
