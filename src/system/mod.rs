//! `/admin/system`: what works, what does not, and what is done about it. One sentence first, then the parts, then the
//! periodic work. Every number is asked for when the page is.

mod view;

use std::collections::HashMap;

use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::health::facts::{Facts, Process};
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::platform::jobs;
use crate::schedule;
use crate::web::page::{Page, Show};
use crate::web::reply::{Toast, list_again};
use view::{Card, Job, SlowAddress, Summary};

/// Slow addresses that are shown.
const SLOWEST: usize = 8;
/// The part of the page that is read again.
const PART: &str = "system";
const HOME: &str = "/admin/system";

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(HOME).route(get().to(show)))
        .service(resource("/admin/system/jobs/{name}").route(post().to(run)));
}

#[derive(Template)]
#[template(path = "system/index.html", blocks = ["state"])]
struct SystemPage {
    current: &'static str,
    /// «14:30», when it was looked at.
    looked_at: String,
    summary: Summary,
    cards: Vec<Card>,
    jobs: Vec<Job>,
    slowest: Vec<SlowAddress>,
    /// Names and values.
    about: Vec<(&'static str, String)>,
    /// All of it as text without secrets, to be sent to whoever helps.
    report: String,
}

impl Page for SystemPage {
    fn title(&self) -> String {
        "Состояние системы".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == PART).then(|| self.as_state().render())
    }
}

async fn load(app: &Data<App>) -> Result<SystemPage, AppError> {
    let read = app.db.read(|db| {
        let mut turns = HashMap::new();
        for work in schedule::PERIODIC {
            turns.insert(work.name, jobs::last_turn(db, work.name)?);
        }
        Ok((Facts::load(db)?, turns, jobs::failures(db)?))
    });
    let (facts, turns, failures) = read.await?;
    let mango_is_set = app.mango_keys.load().await?.is_some();
    let now = app.now();
    let disk = app.disk.read();
    let cards = view::cards(app, &facts, disk, mango_is_set, now);
    let process = Process::of(app);
    let jobs = schedule::PERIODIC
        .iter()
        .map(|work| {
            let failure = failures.iter().find(|failure| failure.name == work.name);
            let last = turns.get(work.name).copied().flatten();
            Job::of(work, last, failure, app.metrics.job_took(work.name), now)
        })
        .collect::<Vec<_>>();
    let summary = Summary::of(&cards, &jobs);
    let slowest = app.metrics.slowest(SLOWEST, app.clock.unix()).iter().map(SlowAddress::of).collect();
    let about = view::about(app, &process, &facts, now);
    let report = view::report(&summary, &cards, &jobs, &about);
    Ok(SystemPage {
        current: "system",
        looked_at: now.moment(now.utc),
        summary,
        cards,
        jobs,
        slowest,
        about,
        report,
    })
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<SystemPage>, AppError> {
    Ok(Show::ok(load(&app).await?))
}

async fn run(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
) -> Result<HttpResponse, AppError> {
    let name = name.into_inner();
    let work = schedule::PERIODIC.iter().find(|work| work.name == name).ok_or(AppError::NotFound)?;
    let (here, admin, now) = (app.clone().into_inner(), admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            let entry = Entry { by: admin, action: "job.run", subject: work.label, detail: "" };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    let done = tokio::task::spawn_blocking(move || schedule::run_now(&here, work.name));
    let done = done.await.map_err(|error| AppError::internal("run periodic work", error))?;
    let said = match done {
        Ok(()) => Toast::ok(format!("Сделано: {}", work.label)),
        Err(error) => {
            tracing::warn!(job = work.name, %error, "periodic work failed when an admin asked for it");
            Toast::new("bad", format!("Не удалось: {}", work.label), "Подробности в журнале сервера.")
        }
    };
    list_again(&request, (PART, HOME), said, load(&app)).await
}
