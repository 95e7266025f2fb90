//! The bar over the list: filters that have a name, the choice of columns, the way out as a file. Everything in it
//! is the person's own.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::columns::{Column, Layout};
use super::filter::{OrderFilter, address};
use super::index;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::person::Person;
use crate::orders::queries::views::{self, Changed, MOST};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Form};

const LONGEST_NAME: usize = 60;
/// The fields of an address that make a filter, in the order in which they are written.
const FILTERS: [&str; 14] = [
    "q",
    "status",
    "city",
    "master",
    "equipment",
    "rk",
    "slot",
    "meeting_from",
    "meeting_to",
    "closed_from",
    "closed_to",
    "created_from",
    "created_to",
    "sort",
];

/// What an address filters by, always written the same way: two addresses with the same rows have the same essence.
pub fn essence(fields: &Fields) -> String {
    let mut kept = Fields::default();
    for name in FILTERS {
        let mut values = fields.all(name);
        values.sort();
        values.iter().for_each(|value| kept.push(name, value));
    }
    kept.encode()
}

/// The bar.
#[derive(Debug, Default)]
pub struct Bar {
    /// The person's filters.
    pub chips: Vec<Chip>,
    /// The list without a filter.
    pub everything: String,
    /// No filter is on.
    pub is_everything: bool,
    /// What is shown has no name yet.
    pub can_save: bool,
    /// The address of the list behind its «?»: what the forms of the bar come back to.
    pub query: String,
    /// Columns to choose from.
    pub columns: Vec<Column>,
    /// The columns are not as they usually are.
    pub is_arranged: bool,
    /// Where the files are; only for those who may have them.
    pub exports: Vec<(&'static str, String)>,
    /// What was wrong with the last form of the bar, and what was typed.
    pub refusal: Option<Refusal>,
}

/// A form of the bar that was not accepted.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The filter to be renamed; 0 for a new one.
    pub id: i64,
    /// What was typed.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

/// A filter with its name.
#[derive(Debug)]
pub struct Chip {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The list filtered.
    pub href: String,
    /// It is what the list shows.
    pub is_current: bool,
    /// Opens with the list.
    pub is_default: bool,
}

impl Bar {
    /// The bar over the list of `fields`.
    pub fn load(
        db: &mut Db,
        person: &Owner,
        fields: &Fields,
        layout: &Layout,
        refusal: Option<Refusal>,
    ) -> diesel::QueryResult<Self> {
        let now = essence(fields);
        let saved = views::saved(db, person.id)?;
        let has_default = saved.iter().any(|filter| filter.is_default);
        let at = |query: &str| {
            let mut to = Fields::parse(query.as_bytes());
            for name in ["per_page", "slots_day", "slots_city"] {
                to.set(name, fields.text(name));
            }
            to
        };
        let chips: Vec<Chip> = saved
            .into_iter()
            .map(|filter| Chip {
                href: address(&at(&filter.query)),
                is_current: filter.query == now,
                id: filter.id,
                name: filter.name,
                is_default: filter.is_default,
            })
            .collect();
        let mut everything = at("");
        // Without it the bare address would lead back to the default.
        everything.set("all", if has_default { "1" } else { "" });
        let exports = match person.is_admin {
            false => Vec::new(),
            true => ["csv", "xlsx"]
                .map(|format| {
                    let mut to = Fields::parse(now.as_bytes());
                    to.set("format", format);
                    (
                        if format == "csv" { "CSV" } else { "Excel (XLSX)" },
                        format!("/orders/export?{}", to.encode()),
                    )
                })
                .into(),
        };
        Ok(Self {
            can_save: !now.is_empty() && !chips.iter().any(|chip| chip.is_current),
            is_everything: !OrderFilter::of(fields).narrows(),
            everything: address(&everything),
            query: fields.encode(),
            columns: layout.choices(),
            is_arranged: !layout.is_usual(),
            exports,
            chips,
            refusal,
        })
    }

    /// The filter that is shown, if it has a name.
    pub fn current(&self) -> Option<&Chip> {
        self.chips.iter().find(|chip| chip.is_current)
    }

    /// What was wrong with the form of a new filter.
    pub fn refused_new(&self) -> Option<&Refusal> {
        self.refused(&0)
    }

    /// What was wrong with the form of the filter `id`.
    pub fn refused(&self, id: &i64) -> Option<&Refusal> {
        self.refusal.as_ref().filter(|refusal| refusal.id == *id)
    }
}

/// Whose list it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The account.
    pub id: i64,
    /// May take the list away.
    pub is_admin: bool,
}

impl Owner {
    /// The one who asks.
    pub fn of(person: &Person) -> Self {
        Self { id: person.id, is_admin: person.is_admin() }
    }
}

/// `POST /orders/filters`: saves what the list shows under a name.
pub async fn create(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, now) = (Owner::of(&person), app.clock.now());
    let list = Fields::parse(form.text("query").as_bytes());
    let query = essence(&list);
    let name = form.text("name").to_owned();
    let why = match refusal_of(&name) {
        None if query.is_empty() => Some("Сейчас показаны все заказы: сохранять нечего.".to_owned()),
        None => {
            let wanted = name.clone();
            let saved =
                app.db.write(move |tx| Ok(views::save(tx.db, owner.id, &wanted, &query, now)?)).await?;
            (!saved).then(|| format!("Больше {MOST} фильтров не сохранить. Удалите лишний."))
        }
        some => some,
    };
    answer(&request, &app, owner, list, why.map(|why| Refusal { id: 0, name, why })).await
}

/// `POST /orders/filters/{id}`: another name, and whether it opens with the list.
pub async fn update(
    person: Signed<Anyone>,
    id: Path<i64>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, id) = (Owner::of(&person), id.into_inner());
    let list = Fields::parse(form.text("query").as_bytes());
    let name = form.text("name").to_owned();
    let is_default = !form.text("is_default").is_empty();
    let why = match refusal_of(&name) {
        None => {
            let wanted = name.clone();
            let changed =
                app.db.write(move |tx| Ok(views::change(tx.db, owner.id, id, &wanted, is_default)?)).await?;
            match changed {
                Changed::Done => None,
                Changed::Nothing => return Err(AppError::NotFound),
                Changed::NameTaken => Some("Фильтр с таким названием у вас уже есть.".to_owned()),
            }
        }
        some => some,
    };
    answer(&request, &app, owner, list, why.map(|why| Refusal { id, name, why })).await
}

/// `POST /orders/filters/{id}/delete`.
pub async fn destroy(
    person: Signed<Anyone>,
    id: Path<i64>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, id) = (Owner::of(&person), id.into_inner());
    let list = Fields::parse(form.text("query").as_bytes());
    if !app.db.write(move |tx| Ok(views::forget(tx.db, owner.id, id)?)).await? {
        return Err(AppError::NotFound);
    }
    answer(&request, &app, owner, list, None).await
}

/// `POST /orders/columns`: `column` for each shown one, in order, and `width_<column>`; `reset` for the usual table.
pub async fn arrange(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let owner = Owner::of(&person);
    let list = Fields::parse(form.text("query").as_bytes());
    let layout = match form.text("reset") {
        "" => {
            let mut names = form.all("column");
            names.push("id".to_owned());
            let width = |name: &String| u16::try_from(form.number(&format!("width_{name}")).unwrap_or(0));
            Layout::of(names.iter().map(|name| (name.as_str(), width(name).unwrap_or(0))))
        }
        _ => Layout::default(),
    };
    app.db.write(move |tx| Ok(views::set_layout(tx.db, owner.id, &layout)?)).await?;
    answer(&request, &app, owner, list, None).await
}

fn refusal_of(name: &str) -> Option<String> {
    match name.chars().count() {
        0 => Some("Назовите фильтр.".to_owned()),
        n if n > LONGEST_NAME => Some(format!("Не длиннее {LONGEST_NAME} знаков.")),
        _ => None,
    }
}

/// The list anew for htmx, the way to it for a plain browser.
async fn answer(
    request: &HttpRequest,
    app: &Data<App>,
    owner: Owner,
    list: Fields,
    refusal: Option<Refusal>,
) -> Result<HttpResponse, AppError> {
    if refusal.is_none() && !crate::web::page::is_fragment_request(request) {
        let to = address(&list);
        return Ok(HttpResponse::SeeOther().insert_header(("location", to)).finish());
    }
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    index::show(request, app, owner, list, refusal, status).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_have_the_same_essence() {
        let a = Fields::from([("status", "Принял"), ("page", "3"), ("status", "Ожидает"), ("city", "Тверь")]);
        let b = Fields::from([
            ("city", "Тверь"),
            ("open", "7"),
            ("status", "Ожидает"),
            ("status", "Принял"),
            ("q", ""),
        ]);
        assert_eq!(essence(&a), essence(&b));
        assert!(!essence(&a).contains("page"));
        assert_ne!(essence(&a), essence(&Fields::from([("city", "Тверь")])));
    }
}
