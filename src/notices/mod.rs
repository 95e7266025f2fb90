//! The bell: what somebody has to look after now. Nothing is stored, everything is computed; each notice leads to the
//! page where it is put right. Sources that have gone silent are said in the header in words as well.

mod sources;

use actix_web::web::{Data, ServiceConfig, get, resource};
use askama::Template;

use crate::admin::avito::queries::reviews as avito_reviews;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::callbacks::queries as callbacks;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::russian;
use crate::health;
use crate::integrations::mango::queries as inbox;
use crate::integrations::mango::queries::EventState;
use crate::integrations::mango::settings as mango;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::by_mail::queries::{self as mail, places};
use crate::recordings::queries as recordings;
use crate::schedule;
use crate::web::page::Fragment;

/// Refused signatures count as long as this after the last one.
const REFUSED_FOR: chrono::Duration = chrono::Duration::hours(24);
/// Recordings that were given up, and letters that could not be read, are told of as long as this.
const LOST_FOR: chrono::Duration = chrono::Duration::days(7);
/// Work that failed in this time and may fail still.
const FAILING_FOR: chrono::Duration = chrono::Duration::minutes(30);
/// Bad reviews without an answer are told of as long as this.
const BAD_REVIEWS_FOR: chrono::Duration = chrono::Duration::days(14);
/// A promise to call that has not been kept for so long after its time is an admin's matter.
const UNKEPT_FOR: chrono::Duration = chrono::Duration::hours(1);

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/notices").route(get().to(show)));
}

/// Something to look after.
pub struct Notice {
    /// What happened.
    pub words: String,
    /// Where it is put right; empty for who cannot.
    pub href: &'static str,
}

#[derive(Template)]
#[template(path = "ui/bell.html")]
struct Bell {
    /// Sources that are silent, in words.
    stale: Vec<String>,
    notices: Vec<Notice>,
}

async fn show(person: Signed<Anyone>, app: Data<App>) -> Result<Fragment<Bell>, AppError> {
    let (here, person) = (app.clone(), (*person).clone());
    Ok(Fragment::ok(app.db.read(move |db| Ok(Bell::load(&here, db, &person)?)).await?))
}

impl Bell {
    fn load(app: &App, db: &mut Db, person: &Person) -> diesel::QueryResult<Self> {
        let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
        let mut notices = Vec::new();
        let mut stale = Vec::new();
        for source in sources::ALL {
            for words in (source.silence)(app, db, now)? {
                stale.push(words.clone());
                notices.push(Notice { words, href: if person.is_admin() { source.href } else { "" } });
            }
        }
        if person.is_admin() {
            of_admins(db, now, &mut notices)?;
            let warnings = health::warnings::all(app, db, now)?;
            notices.extend(warnings.into_iter().map(|words| Notice { words, href: "/admin/system" }));
        }
        Ok(Self { stale, notices })
    }
}

fn of_admins(db: &mut Db, now: Now, notices: &mut Vec<Notice>) -> diesel::QueryResult<()> {
    let counted = |n: i64, forms| format!("{n} {}", russian::plural(n.unsigned_abs(), forms));
    let mut tell = |words: String, href| notices.push(Notice { words, href });
    if let Some((count, at)) = mango::refused(db)?
        && now.utc - at < REFUSED_FOR
    {
        let what = counted(count, ["событие", "события", "событий"]);
        tell(
            format!("Отвергнуто {what} телефонии: подпись не подошла. Проверьте ключ и соль"),
            "/admin/mango",
        );
    }
    let unkept = callbacks::due_count(db, None, now.utc - UNKEPT_FOR)?;
    if unkept > 0 {
        let whom = counted(unkept, ["клиент", "клиента", "клиентов"]);
        tell(format!("Пора перезвонить: {whom}, обещали больше часа назад"), "/telephony/callbacks");
    }
    let failed = inbox::count(db, EventState::Failed)?;
    if failed > 0 {
        tell(
            format!("Не обработано: {}", counted(failed, ["событие", "события", "событий"])),
            "/admin/mango",
        );
    }
    let lost = recordings::failed_since(db, now.utc - LOST_FOR)?;
    if lost > 0 {
        tell(
            format!("Не получено за неделю: {}", counted(lost, ["запись", "записи", "записей"])),
            "/telephony?recording=failed&fold=off",
        );
    }
    let letters = mail::failed_since(db, now.utc - LOST_FOR)?;
    if letters > 0 {
        tell(
            format!("Не прочитано за неделю: {} с записями", counted(letters, ["письмо", "письма", "писем"])),
            "/admin/mail",
        );
    }
    let reviews = avito_reviews::bad_count(db, now.utc - BAD_REVIEWS_FOR)?;
    if reviews > 0 {
        let what = counted(reviews, ["плохой отзыв", "плохих отзыва", "плохих отзывов"]);
        tell(format!("Без ответа на Авито: {what}"), "/admin/avito/reviews");
    }
    let failing = schedule::failed_since(db, now.utc - FAILING_FOR)?;
    if !failing.is_empty() {
        tell(format!("Не удаётся: {}", failing.join(", ")), "/admin/system");
    }
    let waiting = places::waiting_count(db)?;
    if waiting > 0 {
        tell(
            format!("Без звонка: {}", counted(waiting, ["запись", "записи", "записей"])),
            "/admin/mail/unmatched",
        );
    }
    Ok(())
}
