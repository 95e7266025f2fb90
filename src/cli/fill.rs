//! `callcentre fill`: a great many generated rows in an empty database, for measurements.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::Instant;

use clap::Args;
use secrecy::ExposeSecret;

use crate::auth::password;
use crate::demo::Extent;
use crate::demo::history::History;
use crate::demo::world::World;
use crate::demo::{rows, talks};
use crate::domain::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::{Db, bulk};

/// How much to make up.
#[derive(Args)]
pub struct FillArguments {
    /// Orders.
    #[arg(long)]
    pub orders: u32,
    /// Telephone calls.
    #[arg(long)]
    pub calls: u32,
    /// Chats of Avito.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=2_000_000))]
    pub chats: u32,
    /// Messages of these chats; one of the chats never ends.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=50_000_000))]
    pub messages: u32,
    /// Operators: logins op101, op102, …, extensions 101, 102, …
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=800))]
    pub operators: u32,
    /// Days the history reaches back.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub days: u32,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// With it the operators can sign in; otherwise nobody new can.
    #[arg(long)]
    pub operator_password: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// One line that says what could not be done; then the database is as it was.
pub fn run(config: &Config, arguments: &FillArguments) -> Result<(), String> {
    let start = Instant::now();
    fill(config.database.url.expose_secret(), arguments)?;
    println!("filled in {} s", start.elapsed().as_secs());
    Ok(())
}

/// Fills the database of `url`.
///
/// # Errors
/// When it holds orders, calls or clients already, or refuses.
pub fn fill(url: &str, arguments: &FillArguments) -> Result<(), String> {
    let extent = Extent {
        orders: arguments.orders,
        calls: arguments.calls,
        operators: arguments.operators,
        days: arguments.days,
        seed: arguments.seed,
        every_step: false,
    };
    if extent.orders.saturating_add(extent.calls) > Extent::MOST_ROWS {
        return Err(format!("--orders and --calls: at most {} together", Extent::MOST_ROWS));
    }
    let mut world = World::plan(extent);
    let passwords = passwords(&world, arguments.operator_password.as_deref())?;
    let mut db = bulk::open(url)?;
    for table in ["orders", "calls", "clients", "chats"] {
        if !bulk::is_empty(&mut db, table).map_err(|e| e.to_string())? {
            return Err(format!("the database already has {table}: fill wants an empty one"));
        }
    }
    let tables: Vec<&str> = rows::TABLES.iter().chain(&talks::TABLES).copied().collect();
    let (chats, messages) = (arguments.chats, arguments.messages);
    let fill = |db: &mut Db| {
        load(db, &mut world, &passwords)?;
        talks::load(db, chats, messages, Clock::default().now())
    };
    bulk::load(&mut db, &tables, fill)
        .map_err(|e| format!("the load was refused and nothing has changed: {e}"))
}

/// One thread makes rows up while this one writes them.
fn load(db: &mut Db, world: &mut World, passwords: &HashMap<String, String>) -> diesel::QueryResult<()> {
    let now = Clock::default().now();
    world.store(db, now, passwords)?;
    let world = &*world;
    let (days, told) = (world.extent.days, mpsc::sync_channel(4));
    std::thread::scope(|scope| {
        let (tell, hear) = told;
        scope.spawn(move || {
            for batch in History::new(world, now) {
                // The writer has given up, and says why.
                if tell.send(batch).is_err() {
                    return;
                }
            }
        });
        for (day, batch) in hear.into_iter().enumerate() {
            batch.write(db)?;
            let tenth = |day: usize| day * 10 / days as usize;
            if tenth(day + 1) > tenth(day) {
                println!("{} %", tenth(day + 1) * 10);
            }
        }
        rows::continue_ids(db)
    })?;
    println!("rows are in, building indexes");
    Ok(())
}

/// The operators' hashes; one for all, because hundreds would take longer than the calls.
fn passwords(world: &World, wanted: Option<&str>) -> Result<HashMap<String, String>, String> {
    let Some(wanted) = wanted else { return Ok(HashMap::new()) };
    password::check(wanted, "").map_err(|weakness| format!("--operator-password: {weakness}"))?;
    let hash = password::hash(wanted).map_err(|e| e.to_string())?;
    Ok(world.operators.iter().map(|operator| (operator.login.clone(), hash.clone())).collect())
}
