//! Joining two clients: who is meant, what will happen, and taking it back.

use actix_web::Either;
use actix_web::web::{Data, Path};
use askama::Template;

use super::called;
use super::find::{self, FoundRow};
use super::queries::card::{self, By, Totals};
use super::queries::merge::{self, NameOf};
use super::queries::{self, Client};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::{ClientId, MergeId};
use crate::domain::now::Now;
use crate::domain::phone::pretty;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Form, Query};
use crate::web::page::{Page, Show};
use crate::web::reply::{Done, Saved};

/// One of the two clients.
struct Side {
    id: ClientId,
    name: String,
    title: String,
    warning: String,
    numbers: Vec<String>,
    totals: Totals,
    known_since: String,
}

impl Side {
    fn load(db: &mut Db, client: Client, now: Now) -> Result<Self, AppError> {
        let numbers = queries::numbers(db, &[client.id])?;
        Ok(Self {
            id: client.id,
            title: called(&client.name, numbers.first().map(|number| number.digits.as_str())),
            name: client.name,
            warning: client.warning,
            numbers: numbers.iter().map(|number| pretty(&number.digits)).collect(),
            totals: card::totals(db, client.id, &[])?,
            known_since: now.moment_in_words(client.created_at),
        })
    }
}

/// What will be after joining.
struct Preview {
    other: Side,
    /// Both names are known and differ: somebody has to choose.
    asks_name: bool,
    /// The name if nobody has to.
    name: String,
    warning: String,
}

/// The page on which two clients are joined.
#[derive(Template)]
#[template(path = "clients/merge.html", blocks = ["found"])]
pub struct MergePage {
    kept: Side,
    preview: Option<Preview>,
    q: String,
    rows: Vec<FoundRow>,
}

impl Page for MergePage {
    fn title(&self) -> String {
        "Объединить клиентов".to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "found").then(|| self.as_found().render())
    }
}

/// Finds the second client, then shows what joining would do.
pub async fn show(
    _: Signed<Anyone>,
    app: Data<App>,
    id: Path<ClientId>,
    Query(fields): Query,
) -> Result<Either<Show<MergePage>, Done>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let (id, q, with) = (*id, fields.text("q").to_owned(), fields.id("with"));
    app.db
        .read(move |db| {
            let client = queries::client(db, id)?.ok_or(AppError::NotFound)?;
            if client.merged_into.is_some() {
                return Ok(Either::Right(Done::to(format!("/clients/{id}"))));
            }
            let kept = Side::load(db, client, now)?;
            let preview = match with {
                Some(with) => Some(preview(db, &kept, with, now)?),
                None => None,
            };
            let mut rows = if q.is_empty() { Vec::new() } else { find::rows(db, &q, now)? };
            rows.retain(|row| row.id != id);
            Ok(Either::Left(Show::ok(MergePage { kept, preview, q, rows })))
        })
        .await
}

fn preview(db: &mut Db, kept: &Side, with: ClientId, now: Now) -> Result<Preview, AppError> {
    if with == kept.id {
        return Err(AppError::BadRequest("Клиента нельзя объединить с ним самим.".to_owned()));
    }
    let other = card::living(db, with)?;
    let other = Side::load(db, other, now)?;
    Ok(Preview {
        asks_name: !kept.name.is_empty() && !other.name.is_empty() && kept.name != other.name,
        name: merge::joined_name(&kept.name, &other.name, NameOf::Kept).to_owned(),
        warning: merge::joined_warning(&kept.warning, &other.warning),
        other,
    })
}

/// Joins two clients.
pub async fn create(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<ClientId>,
    Form(fields): Form,
) -> Result<Done, AppError> {
    let by = By { account_id: person.id, is_admin: person.is_admin(), at: app.clock.now() };
    let of = match fields.text("name") {
        "merged" => NameOf::Merged,
        _ => NameOf::Kept,
    };
    let with = fields.id("with").ok_or_else(|| {
        AppError::BadRequest("Не выбран второй клиент. Найдите его и повторите.".to_owned())
    })?;
    let id = *id;
    app.db.write(move |tx| merge::merge(tx, id, with, of, by)).await?;
    Ok(Done::to(format!("/clients/{id}")))
}

/// Takes a merge back.
pub async fn undo(
    person: Signed<Anyone>,
    app: Data<App>,
    path: Path<(ClientId, MergeId)>,
) -> Result<Saved, AppError> {
    let by = By { account_id: person.id, is_admin: person.is_admin(), at: app.clock.now() };
    let (id, merge_id) = path.into_inner();
    app.db.write(move |tx| merge::undo(tx, id, merge_id, by)).await?;
    Ok(Saved::to(format!("/clients/{id}"), "main", "Объединение отменено"))
}
