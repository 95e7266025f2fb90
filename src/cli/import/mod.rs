//! `callcentre import`: everything the former system's PostgreSQL holds that has a place here (docs/import.md).
//!
//! The former database is only read, as it was at one moment. Rows are taken by pages, a page in a transaction together
//! with the note that it was taken: a run that is killed leaves whole pages, the next one goes on, and one more changes
//! nothing. What is not taken, or taken with a change, is in the report row by row.

mod calls;
mod former;
mod names;
mod orders;
mod papers;
mod people;
mod queries;
mod reading;
mod report;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use actix_web::web::Data;
use chrono_tz::Tz;
use clap::Args;

use super::EXIT_USAGE;
use crate::app::App;
use crate::domain::clock::Clock;
use crate::domain::id::{AccountId, MasterId};
use crate::domain::order::{StatusOrder, TypeEquipment};
use crate::platform::config::Config;
use crate::platform::db::{Tx, portable};
use crate::platform::live::Event;
use names::Names;
use queries::former::Former;
use report::{Notes, Report};

/// Rows of a page.
const PAGE: usize = 1000;
/// Pages between two words about how far it is.
const TOLD_EVERY: usize = 10 * PAGE;
/// Tables that are read, wholly or in part.
const READ: [&str; 10] = [
    "callcentre_admin",
    "callcentre_operator",
    "master",
    "master_schedule",
    "avito",
    "phones",
    "mango",
    "calls",
    "orders",
    "email_settings",
];

/// What is taken from where.
#[derive(Args)]
pub struct ImportArguments {
    /// The former system's database: postgres://user@host/name. The password may come from PGPASSWORD.
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// The folder its documents and recordings were copied to.
    #[arg(long, value_name = "FOLDER")]
    pub files: Option<PathBuf>,
    /// Only say what would be taken, changed and left.
    #[arg(long)]
    pub dry_run: bool,
    /// Write what became of every row into a file: .json or .csv.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What a status of the former system means here, as «Закрыт=Готово». Repeatable.
    #[arg(long, value_name = "OLD=NEW")]
    pub status: Vec<String>,
    /// What a kind of equipment of the former system means here, as «Ремонт ПК=КП». Repeatable.
    #[arg(long, value_name = "OLD=NEW")]
    pub equipment: Vec<String>,
}

/// Takes everything. Exit code 1 when something was not taken.
pub async fn run(config: Config, arguments: ImportArguments) -> ExitCode {
    let outcome = carry(config, &arguments).await;
    match outcome {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("callcentre: {problem}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

/// `true` when something was not taken.
async fn carry(config: Config, arguments: &ImportArguments) -> Result<bool, String> {
    let statuses = pairs("--status", &arguments.status, StatusOrder::parse)?;
    let equipment = pairs("--equipment", &arguments.equipment, TypeEquipment::parse)?;
    let begun = Instant::now();
    let mut desk = tokio::task::block_in_place(|| {
        let former = Former::open(&arguments.from).map_err(|e| format!("--from: {e}"))?;
        if !former.has("orders") || !former.has("callcentre_operator") {
            return Err(
                "--from: no tables of the former system (orders, callcentre_operator) in it".to_owned()
            );
        }
        let app = App::build(config, Clock::default())?;
        let mut desk = Desk {
            app,
            former,
            report: Report { is_dry_run: arguments.dry_run, ..Report::default() },
            is_dry: arguments.dry_run,
            cities: Names::default(),
            zones: HashMap::new(),
            campaigns: Names::default(),
            avito: Names::default(),
            operators: HashMap::new(),
            masters: HashMap::new(),
            planned_calls: HashSet::new(),
            statuses,
            equipment,
        };
        names::take(&mut desk)?;
        people::take(&mut desk)?;
        calls::take(&mut desk)?;
        orders::take(&mut desk)?;
        Ok(desk)
    })?;
    papers::take(&mut desk, arguments.files.as_deref()).await?;
    tokio::task::block_in_place(|| {
        desk.name_the_rest()?;
        desk.step(|tx, _| {
            tx.announce(Event::Lists);
            Ok(())
        })?;
        if let Some(path) = &arguments.report {
            desk.report.write(path)?;
        }
        Ok::<_, String>(())
    })?;
    print!("{}", desk.report.words());
    let done =
        if desk.is_dry { "Ничего не изменено" } else { "Перенос окончен" };
    println!("\n{done}, {} с", begun.elapsed().as_secs());
    Ok(desk.report.has_left())
}

/// `OLD=NEW`, understood.
fn pairs<T>(
    option: &str,
    given: &[String],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<HashMap<String, T>, String> {
    let pair = |text: &String| {
        let (old, new) = text.split_once('=')?;
        Some((old.trim().to_owned(), parse(new.trim())?))
    };
    given
        .iter()
        .map(|text| pair(text).ok_or_else(|| format!("{option}: \"{text}\" is not OLD=NEW")))
        .collect()
}

/// The work: both databases, and what is known so far.
struct Desk {
    app: Data<App>,
    former: Former,
    report: Report,
    is_dry: bool,
    cities: Names,
    zones: HashMap<String, Tz>,
    campaigns: Names,
    avito: Names,
    /// By their ids there.
    operators: HashMap<i64, AccountId>,
    /// By their ids there.
    masters: HashMap<i64, MasterId>,
    /// Calls a dry run would have taken.
    planned_calls: HashSet<i64>,
    statuses: HashMap<String, StatusOrder>,
    equipment: HashMap<String, TypeEquipment>,
}

impl Desk {
    /// A transaction here; what it notes is told once it is committed. Two imports take turns.
    fn step<T>(
        &mut self,
        mut f: impl FnMut(&mut Tx, &mut Notes) -> diesel::QueryResult<T>,
    ) -> Result<T, String> {
        let written = self.app.db.write_now(|tx| {
            let mut notes = Notes::default();
            portable::lock(tx.db, "import")?;
            let value = f(tx, &mut notes)?;
            Ok((value, notes))
        });
        let (value, notes) = written
            .map_err(|e| format!("the database has refused a page, what came before is taken: {e}"))?;
        self.report.add(notes);
        Ok(value)
    }

    fn progress(&self, table: &str, read: usize, all: usize) {
        if read.is_multiple_of(TOLD_EVERY) {
            println!("{table}: {read} из {all}");
        }
    }

    /// Names what has no place here, so that nothing is passed over in silence.
    fn name_the_rest(&mut self) -> Result<(), String> {
        let mut notes = Notes::default();
        let failed = |e: diesel::result::Error| e.to_string();
        for table in self.former.tables() {
            if READ.contains(&table.as_str()) || table == "_prisma_migrations" {
                continue;
            }
            let rows = self.former.count(&table).map_err(failed)?;
            if rows > 0 {
                notes.look("Другие таблицы", &table, "здесь им нет места", format!("{rows} строк"));
            }
        }
        let legs = self.former.count("mango").map_err(failed)?;
        if legs > 0 {
            let told = format!("{legs} строк");
            notes.look("Журнал телефонии", "mango", "взяты длительности разговоров, сами события нет", told);
        }
        self.report.add(notes);
        Ok(())
    }
}
