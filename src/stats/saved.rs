//! Reports a person has given a name: any page of the statistics as its address says it. Days that were chosen by a word
//! («месяц») are those of the day on which it is opened.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::parts::{LISTEN, OWN, REPORTS, STAFFING};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::{AccountId, SavedFilterId};
use crate::domain::person::Person;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::tables::queries::saved_filters::{self, MOST};
use crate::web::form::{Fields, Form};

/// The statistics among the pages that keep filters.
const PAGE: &str = "stats";
/// A name is no longer.
const LONGEST_NAME: usize = 60;
/// Pages whose address may be kept; the later ones are an admin's.
const PATHS: [&str; 4] = [OWN, REPORTS, STAFFING, LISTEN];
/// The fields of an address that make a report, in the order in which they are written.
const FIELDS: [&str; 9] = ["by", "operator", "period", "from", "to", "sort", "within", "share", "after"];

/// A report with its name.
pub struct Chip {
    /// Its id.
    pub id: SavedFilterId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// It is what the page shows.
    pub is_current: bool,
}

/// The person's reports, beside one of them.
pub struct Saved {
    /// All of them.
    pub chips: Vec<Chip>,
    /// The address of what is shown.
    pub here: String,
}

impl Saved {
    /// Of `owner`, beside the page at `path` with these fields.
    pub fn load(db: &mut Db, owner: AccountId, path: &str, fields: &Fields) -> diesel::QueryResult<Self> {
        let here = address(path, fields);
        let chips = saved_filters::all(db, PAGE, owner)?
            .into_iter()
            .map(|filter| Chip {
                id: filter.id,
                name: filter.name,
                is_current: filter.query == here,
                href: filter.query,
            })
            .collect();
        Ok(Self { chips, here })
    }

    /// The one that is shown, if it has a name.
    pub fn current(&self) -> Option<&Chip> {
        self.chips.iter().find(|chip| chip.is_current)
    }
}

/// An address, always written the same way.
fn address(path: &str, fields: &Fields) -> String {
    let mut kept = Fields::default();
    for name in FIELDS {
        kept.push(name, fields.text(name));
    }
    let query = kept.encode();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The address a form sends, when it is one of a report this person may open.
fn sent(person: &Person, form: &Fields) -> Result<String, AppError> {
    let (path, query) = form.text("address").split_once('?').unwrap_or((form.text("address"), ""));
    let offered = if person.is_admin() { &PATHS[..] } else { &PATHS[..1] };
    match offered.contains(&path) {
        true => Ok(address(path, &Fields::parse(query.as_bytes()))),
        false => Err(AppError::BadRequest("Такого отчёта нет. Откройте его и сохраните оттуда.".to_owned())),
    }
}

/// `POST /stats/saved`: keeps what is shown under a name, in the place of a report with the same name.
pub(super) async fn create(
    person: Signed<Anyone>,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, now) = (person.id, app.clock.now());
    let address = sent(&person, &form)?;
    let name = form.text("name").trim().to_owned();
    match name.chars().count() {
        0 => return Err(AppError::BadRequest("Назовите отчёт, тогда он сохранится.".to_owned())),
        n if n > LONGEST_NAME => {
            return Err(AppError::BadRequest(format!("Название не длиннее {LONGEST_NAME} знаков.")));
        }
        _ => {}
    }
    let query = address.clone();
    let is_saved =
        app.db.write(move |tx| Ok(saved_filters::save(tx, PAGE, owner, &name, &query, now)?)).await?;
    if !is_saved {
        return Err(AppError::BadRequest(format!("Больше {MOST} отчётов не сохранить. Удалите лишний.")));
    }
    Ok(back(&address))
}

/// `POST /stats/saved/{id}/delete`: forgets a report of the person.
pub(super) async fn destroy(
    person: Signed<Anyone>,
    id: Path<SavedFilterId>,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, id) = (person.id, id.into_inner());
    if !app.db.write(move |tx| Ok(saved_filters::forget(tx, PAGE, owner, id)?)).await? {
        return Err(AppError::NotFound);
    }
    Ok(back(&sent(&person, &form).unwrap_or_else(|_| OWN.to_owned())))
}

/// The page it came from.
fn back(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("location", address)).finish()
}
