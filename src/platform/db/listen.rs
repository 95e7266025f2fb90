//! How an announcement reaches every process: PostgreSQL carries it inside the transaction itself, so a
//! rollback says nothing and all processes hear the same order. SQLite has one process and needs none of this.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use diesel::sql_types::{Array, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};

use super::connection::{DatabaseUrl, Db};
use super::memory::Memory;
use super::vitals::HEARS;
use crate::platform::live::{Event, Hub};

/// How often a process looks for announcements of others: part of the way from a ring to the screen.
const DRAIN_EVERY: Duration = Duration::from_millis(10);

/// Puts `events` into the open transaction. Nothing to do on SQLite.
pub fn notify(db: &mut Db, events: &[Event]) -> Result<(), diesel::result::Error> {
    let Db::Pg(c) = db else { return Ok(()) };
    if events.is_empty() {
        return Ok(());
    }
    // One way to the server, however much is told.
    let told: Vec<String> = events.iter().map(|event| event.to_wire()).collect();
    sql_query("SELECT pg_notify('live_' || current_schema(), told) FROM unnest($1) AS told")
        .bind::<Array<Text>, _>(told)
        .execute(c)?;
    Ok(())
}

/// Starts the thread that hears the announcements of all processes and tells them to `hub`. It lives as long
/// as anybody else holds the hub, and after a lost connection tells everybody to read again.
pub fn spawn(url: DatabaseUrl, hub: Hub, memory: Arc<Memory>) {
    let listen = move || {
        while !hub.is_abandoned() {
            match Db::open(&url) {
                Ok(Db::Pg(mut connection)) => {
                    let outcome = drain(&mut connection, &hub, &memory);
                    memory.start_over(false);
                    if let Err(error) = outcome {
                        tracing::warn!(%error, "the channel of live announcements broke, opening it again");
                    }
                }
                Ok(Db::Sqlite(_)) => return,
                Err(error) => tracing::warn!(%error, "cannot open the channel of live announcements"),
            }
            thread::sleep(Duration::from_millis(500));
        }
    };
    thread::Builder::new()
        .name("live-listen".to_owned())
        .spawn(listen)
        .expect("the system refused a thread at start");
}

#[derive(QueryableByName)]
struct Channel {
    #[diesel(sql_type = Text)]
    name: String,
}

fn drain(connection: &mut PgConnection, hub: &Hub, memory: &Memory) -> Result<(), diesel::result::Error> {
    let channel: Channel = sql_query("SELECT 'live_' || current_schema() AS name").get_result(connection)?;
    sql_query(format!("LISTEN \"{}\"", channel.name.replace('"', "\"\""))).execute(connection)?;
    let name =
        format!("SELECT set_config('application_name', left('{HEARS}' || current_schema(), 63), false)");
    sql_query(name).execute(connection)?;
    // Only now: what was committed between a call to read again and the LISTEN would be heard by nobody.
    memory.start_over(true);
    hub.tell_resync();
    let mut quiet_rounds = 0_u32;
    while !hub.is_abandoned() {
        let mut heard = false;
        for notification in connection.notifications_iter() {
            heard = true;
            match Event::from_wire(&notification?.payload) {
                Some(event) => {
                    memory.hear(event);
                    hub.tell(event);
                }
                // Written by another version of the program: what changed is unknown, so everybody reads again.
                None => {
                    memory.start_over(true);
                    hub.tell_resync();
                }
            }
        }
        // A dead server is silent too: ask it something now and then.
        quiet_rounds = if heard { 0 } else { quiet_rounds + 1 };
        if quiet_rounds >= 500 {
            quiet_rounds = 0;
            sql_query("SELECT 1").execute(connection)?;
        }
        thread::sleep(DRAIN_EVERY);
    }
    Ok(())
}
