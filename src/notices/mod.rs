//! The bell: what has happened and one has not read, and what has to be put right now. The first is stored
//! (`alerts`), the second computed (`states`); each leads to the page where it is seen to. Sources that have gone silent
//! are said in the header in words as well. `watch` notices what happens.

mod queries;
mod states;
pub mod watch;

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::alerts::queries::choices::{self, Choices};
use crate::alerts::queries::notices::{self, Notice};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::{HandoverId, NotificationId};
use crate::domain::notice::NoticeKind;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::shift;
use crate::web::form::Query;
use crate::web::page::Fragment;
use crate::web::path::resource;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

/// Notifications that are shown at once.
const SHOWN: i64 = 30;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/notices").route(get().to(show)))
        .service(resource("/notices/read").route(post().to(read_all)))
        .service(resource("/notices/{id}").route(get().to(open)));
}

/// Something to look after.
struct Wanted {
    words: String,
    icon: &'static str,
    tone: &'static str,
    /// Where it is put right; empty for who cannot.
    href: String,
}

/// Something that has happened.
struct Line {
    id: NotificationId,
    icon: &'static str,
    tone: &'static str,
    title: String,
    text: String,
    /// «14:26», «вчера 18:44 — 19:02».
    at: String,
    is_new: bool,
    leads: bool,
    /// What somebody leaves to whoever looks, to be taken at once.
    offer: Option<HandoverId>,
}

#[derive(Template)]
#[template(path = "ui/bell.html")]
struct Bell {
    /// Sources that are silent, in words.
    stale: Vec<String>,
    wanted: Vec<Wanted>,
    lines: Vec<Line>,
    unread: i64,
    /// What was read is shown as well.
    shows_all: bool,
    /// The newest that is to be heard, 0 for none.
    sounds: i64,
}

async fn show(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<Bell>, AppError> {
    Ok(Fragment::ok(bell(&app, &person, query.text("all") == "on").await?))
}

async fn bell(app: &Data<App>, person: &Person, shows_all: bool) -> Result<Bell, AppError> {
    let (here, person) = (app.clone(), person.clone());
    app.db.read(move |db| Ok(Bell::load(&here, db, &person, shows_all)?)).await
}

/// Marks one as read and leads to where it is seen to. A link, so that it opens in another tab as well; who follows it
/// twice has read it twice.
async fn open(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<NotificationId>,
) -> Result<HttpResponse, AppError> {
    let (id, person) = (id.into_inner(), (*person).clone());
    let whose = person.clone();
    let found = app.db.read(move |db| Ok(notices::one(db, &whose, id)?)).await?;
    let notice = found.ok_or(AppError::NotFound)?;
    let target = reachable(&notice.href, &person);
    if notice.state_key.is_empty() {
        app.db.write(move |tx| Ok(notices::read(tx, person.id, &notice)?)).await?;
    }
    let target = if target.is_empty() { "/".to_owned() } else { target };
    Ok(HttpResponse::SeeOther().insert_header(("location", target)).finish())
}

async fn read_all(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, AppError> {
    let (whose, now) = ((*person).clone(), app.clock.now());
    app.db.write(move |tx| Ok(notices::read_all(tx, &whose, now)?)).await?;
    if is_fragment_request(&request) {
        return Ok(Fragment::ok(bell(&app, &person, false).await?).respond_to(&request));
    }
    Ok(Done::to("/").saying("Уведомления прочитаны").respond_to(&request))
}

/// Where `person` may follow; empty when nowhere.
fn reachable(href: &str, person: &Person) -> String {
    if person.is_admin() || !href.starts_with("/admin") { href.to_owned() } else { String::new() }
}

impl Bell {
    fn load(app: &App, db: &mut Db, person: &Person, shows_all: bool) -> diesel::QueryResult<Self> {
        let now = app.now();
        let chosen = choices::of(db, person.id)?;
        let mut states = states::silences(db, now)?;
        let stale = states.iter().filter(|state| state.is_silence).map(|state| state.told.words.clone());
        let stale = stale.collect();
        if person.is_admin() {
            let more = states::of_admins(app, db, &states, now)?;
            states.extend(more);
        }
        let mut wanted: Vec<Wanted> = states
            .into_iter()
            .filter(|state| chosen.rings(state.told.kind))
            .map(|state| Wanted::of(state.told.kind, state.told.words, &state.told.href, person))
            .collect();
        if person.is_admin()
            && chosen.rings(NoticeKind::Trouble)
            && let Some(words) = notices::lasting(db, states::WORK)?
        {
            wanted.push(Wanted::of(NoticeKind::Trouble, words, "/admin/system", person));
        }
        let news = notices::unread(db, person, SHOWN, now.utc)?;
        let unread = match i64::try_from(news.len()) {
            Ok(count) if count < SHOWN => count,
            _ => notices::unread_count(db, person, now.utc)?,
        };
        let sounds = newest_sound(&news, &chosen);
        let new: Vec<NotificationId> = news.iter().map(|notice| notice.id).collect();
        let shown = if shows_all { notices::newest(db, person, SHOWN)? } else { news };
        let lines = shown.into_iter().map(|notice| Line::of(notice, &new, person, now)).collect();
        Ok(Self { stale, wanted, lines, unread, shows_all, sounds })
    }

    /// What the badge counts.
    fn count(&self) -> i64 {
        self.unread + i64::try_from(self.wanted.len()).unwrap_or(0)
    }

    fn is_quiet(&self) -> bool {
        self.lines.is_empty() && self.wanted.is_empty()
    }

    /// The address this very part is read from.
    fn address(&self) -> &'static str {
        if self.shows_all { "/notices?all=on" } else { "/notices" }
    }
}

/// Rises with every notification that is to be heard: when the newest was, and how many it tells of.
fn newest_sound(news: &[Notice], chosen: &Choices) -> i64 {
    let heard = news.iter().filter(|notice| chosen.sounds(notice.kind));
    heard.map(|notice| notice.at.and_utc().timestamp_millis()).max().unwrap_or(0)
}

impl Wanted {
    fn of(kind: NoticeKind, words: String, href: &str, person: &Person) -> Self {
        Self { words, icon: kind.icon(), tone: kind.tone(), href: reachable(href, person) }
    }
}

impl Line {
    fn of(notice: Notice, new: &[NotificationId], person: &Person, now: Now) -> Self {
        let is_new = new.contains(&notice.id);
        let at = match notice.over_at {
            Some(over) => format!("с {} до {}", now.moment(notice.first_at), now.moment(over)),
            None => now.moment_in_words(notice.at),
        };
        Self {
            id: notice.id,
            icon: notice.kind.icon(),
            tone: if is_new { notice.kind.tone() } else { "" },
            at,
            is_new,
            leads: !reachable(&notice.href, person).is_empty(),
            offer: shift::offer_of(&notice.href),
            title: notice.title,
            text: notice.text,
        }
    }
}
