//! What happens while two clients are being joined.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use callcentre::clients::queries::card::By;
use callcentre::clients::queries::merge::{NameOf, merge};
use callcentre::clients::queries::{ensure, survivor};
use callcentre::domain::id::{ClientId, OrderId};
use callcentre::platform::db::Db;
use callcentre::platform::db::schema::calls;
use callcentre::platform::error::AppError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{MARINA, OTHER, desk};
use crate::support::app::on_postgres;

fn insert_call(db: &mut Db, client: ClientId, at: chrono::NaiveDateTime) -> QueryResult<i64> {
    diesel::insert_into(calls::table)
        .values((
            calls::entry_id.eq(uuid::Uuid::new_v4().to_string()),
            calls::direction.eq("inbound"),
            calls::state.eq("ringing"),
            calls::phone_client.eq(OTHER),
            calls::client_id.eq(client),
            calls::group_key.eq(OTHER),
            calls::started_at.eq(at),
        ))
        .returning(calls::id)
        .get_result(db)
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Waits until somebody waits for a lock this connection has, as PostgreSQL tells it.
fn until_somebody_waits(db: &mut Db) {
    let began = Instant::now();
    loop {
        let waiting: Waiting = diesel::sql_query(
            "SELECT COUNT(*) AS n FROM pg_locks \
             WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))",
        )
        .get_result(db)
        .expect("the server's locks");
        if waiting.n > 0 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the merge does not wait for the call");
        std::thread::yield_now();
    }
}

/// A call has found its client, then the two are joined, then the call is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_arrives_meanwhile_is_the_survivors() {
    let desk = desk().await;
    let (kept, merged) = (desk.client(MARINA, "Марина"), desk.client(OTHER, "Мария"));
    let now = desk.app.app.clock.now();
    let by = By { account_id: desk.anna_id, is_admin: false, at: now };
    let (database, joining) = (desk.app.app.db.clone(), desk.app.app.db.clone());
    let (found, is_found) = mpsc::channel();
    let call = std::thread::spawn(move || {
        database.write_now(|tx| {
            let client = ensure(tx.db, OTHER, OTHER, now)?;
            found.send(()).expect("somebody listens");
            if on_postgres() {
                until_somebody_waits(tx.db);
            }
            Ok(insert_call(tx.db, client, now)?)
        })
    });
    is_found.recv().expect("the call has its client");
    let join = std::thread::spawn(move || joining.write_now(|tx| merge(tx, kept, merged, NameOf::Kept, by)));
    let call = call.join().expect("no panic").expect("a call");
    join.join().expect("no panic").expect("joined");
    assert_eq!(desk.calls_of(kept), [call]);
    assert!(desk.calls_of(merged).is_empty());
}

/// A merge has begun and is not committed when the telephony asks whose number it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_comes_later_waits_for_the_survivor() {
    let desk = desk().await;
    let (kept, merged) = (desk.client(MARINA, "Марина"), desk.client(OTHER, "Мария"));
    let now = desk.app.app.clock.now();
    let by = By { account_id: desk.anna_id, is_admin: false, at: now };
    let (database, calling) = (desk.app.app.db.clone(), desk.app.app.db.clone());
    let (joined, is_joined) = mpsc::channel();
    let (asked, is_asked) = mpsc::channel();
    let join = std::thread::spawn(move || {
        database.write_now(|tx| {
            merge(tx, kept, merged, NameOf::Kept, by)?;
            joined.send(()).expect("somebody listens");
            is_asked.recv().expect("the telephony asks");
            Ok(())
        })
    });
    is_joined.recv().expect("the merge has begun");
    let call = std::thread::spawn(move || {
        asked.send(()).expect("somebody listens");
        calling.write_now(|tx| {
            let client = ensure(tx.db, OTHER, OTHER, now)?;
            Ok(insert_call(tx.db, client, now)?)
        })
    });
    join.join().expect("no panic").expect("joined");
    let call = call.join().expect("no panic").expect("a call");
    assert_eq!(desk.calls_of(kept), [call]);
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_that_race_leave_one_survivor_with_everything() {
    let desk = desk().await;
    let numbers: Vec<String> = (0..4).map(|n| format!("7900000000{n}")).collect();
    let ids: Vec<ClientId> = numbers.iter().map(|number| desk.client(number, "")).collect();
    for number in &numbers {
        desk.call(number, "2026-11-20T09:00:00");
    }
    let now = desk.app.app.clock.now();
    let by = By { account_id: desk.anna_id, is_admin: false, at: now };
    let every_pair: Vec<(ClientId, ClientId)> =
        ids.iter().flat_map(|a| ids.iter().map(move |b| (*a, *b))).filter(|(a, b)| a != b).collect();
    let merging: Vec<_> = every_pair
        .into_iter()
        .map(|(kept, merged)| {
            let database = desk.app.app.db.clone();
            std::thread::spawn(move || database.write_now(|tx| merge(tx, kept, merged, NameOf::Kept, by)))
        })
        .collect();
    // Calls go on meanwhile.
    let calling: Vec<_> = numbers
        .iter()
        .map(|number| {
            let (database, number) = (desk.app.app.db.clone(), number.clone());
            std::thread::spawn(move || {
                for _ in 0..5 {
                    let written = database.write_now(|tx| {
                        let client = ensure(tx.db, &number, &number, now)?;
                        Ok(insert_call(tx.db, client, now)?)
                    });
                    written.expect("a call");
                }
            })
        })
        .collect();
    for outcome in merging.into_iter().map(|thread| thread.join().expect("no panic")) {
        assert!(matches!(outcome, Ok(()) | Err(AppError::Conflict(_))), "{outcome:?}");
    }
    calling.into_iter().for_each(|thread| thread.join().expect("no panic"));
    let living: Vec<ClientId> = ids.iter().copied().filter(|id| desk.merged_into(*id).is_none()).collect();
    assert_eq!(living.len(), 1, "of every pair somebody was first");
    for id in ids {
        assert_eq!(desk.app.read(|db| survivor(db, id)), Some(living[0]));
    }
    assert_eq!(desk.calls_of(living[0]).len(), 4 + 20);
    assert_eq!(desk.numbers_of(living[0]).len(), 4);
}

/// Somebody has opened an order, its client is joined with another one, then the order is saved.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_saved_meanwhile_stays_with_the_survivor() {
    use callcentre::orders::edit::fields::Target;
    use callcentre::orders::queries::{edit, one, write};
    let desk = desk().await;
    let (kept, merged) = (desk.client(MARINA, "Марина"), desk.client(OTHER, "Мария"));
    let id = desk.order(OTHER, "пр. Мира, 5");
    let now = desk.app.app.clock.now();
    let opened = desk.app.read(|db| one::order(db, OrderId(id))).expect("an order");
    let by = By { account_id: desk.anna_id, is_admin: false, at: now };
    let joined = desk.app.app.db.write_now(|tx| merge(tx, kept, merged, NameOf::Kept, by));
    joined.expect("joined");
    let mut wanted = Target::of(&opened);
    wanted.problem = "Не включается".to_owned();
    let visit = crate::support::orders::meeting("2026-11-24T15:00:00", chrono_tz::Europe::Moscow);
    let by = write::By { account_id: desk.anna_id, at: now };
    let saved = desk.app.write(|tx| edit::update(tx, &opened, &wanted, &visit, by));
    assert!(saved.is_some(), "joining clients is no change of an order");
    let order = desk.app.read(|db| one::order(db, OrderId(id))).expect("an order");
    assert_eq!((order.client_id, &*order.problem), (kept, "Не включается"));
}
