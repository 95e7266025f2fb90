//! `/orders/ID/sheet`: everything that is known of an order on paper, for a dispute: the order, money, calls with their
//! recordings, the chat, documents, history, and who opened what. The page and the text it is checked by are written
//! from the same sections, so neither can say what the other does not.
//!
//! Who works with orders may open it: it holds nothing but what the pages of the order, its calls and its chat show.

mod facts;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::queries::sheet::{self, Reader};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::clients::canary;
use crate::domain::id::OrderId;
use crate::domain::now::Now;
use crate::platform::content_disposition::disposition;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::masking::Mask;
use crate::web::form::Query;
use crate::web::masking;
use crate::web::page::{Page, Show};
use facts::{Section, Sheet};

pub use facts::stamp;

/// The sheet of an order as a text.
///
/// # Errors
/// [`AppError::NotFound`] when there is none.
pub fn text(db: &mut Db, id: OrderId, now: Now) -> Result<String, AppError> {
    Ok(facts::gather(db, id, now)?.text())
}

/// The sheet, or with `?as=text` the text whose sum is printed on it.
pub async fn show(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let (id, by) = (id.into_inner(), person.id);
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let (sheet, is_noted) = app
        .db
        .read(move |db| {
            let sheet = facts::gather(db, id, now)?;
            Ok((sheet, sheet::is_opening_noted(db, id, by, now.utc)?))
        })
        .await?;
    canary::touched(&app, &person, sheet.client, "открыл лист по заказу").await?;
    let mask = masking::of(&request);
    let (text, hash) = sheet.sealed(mask.as_ref());
    if !is_noted {
        let hash = hash.clone();
        app.db.write(move |tx| Ok(sheet::note_opening(tx, id, &hash, by, now.utc)?)).await?;
    }
    if query.text("as") == "text" {
        let answer = HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header((CONTENT_DISPOSITION, disposition(true, &format!("Заказ {id}.txt"))))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .body(text);
        return Ok(answer);
    }
    let recordings = sheet.recordings.clone();
    let readers = app.db.read(move |db| Ok(sheet::readers(db, id, &recordings)?)).await?;
    let page = SheetPage {
        id,
        title: sheet.title,
        clocks: sheet.clocks,
        sections: sheet.sections,
        readers: readers.into_iter().map(|reader| ReaderLine::of(reader, now)).collect(),
        printed: facts::stamp(now.utc, now.zone),
        printed_by: person.name.clone(),
        is_masked: mask.is_some(),
        hash,
    };
    Ok(Show::ok(page).respond_to(&request))
}

/// A line of «who opened».
struct ReaderLine {
    at: String,
    who: String,
    what: &'static str,
    subject: String,
}

impl ReaderLine {
    fn of(reader: Reader, now: Now) -> Self {
        Self {
            at: facts::stamp(reader.at, now.zone),
            who: reader.who.unwrap_or_default(),
            what: match reader.action.as_str() {
                "file.read" => "открыл документ",
                "recording.play" => "слушал запись",
                "recording.download" => "скачал запись",
                _ => "открыл этот лист",
            },
            subject: if reader.action == sheet::OPENED { String::new() } else { reader.subject },
        }
    }
}

#[derive(Template)]
#[template(path = "orders/sheet.html")]
struct SheetPage {
    id: OrderId,
    title: String,
    clocks: String,
    sections: Vec<Section>,
    readers: Vec<ReaderLine>,
    printed: String,
    printed_by: String,
    /// Numbers are left out, so the sum is another one than an admin's.
    is_masked: bool,
    hash: String,
}

impl Page for SheetPage {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn section(&self) -> &'static str {
        "orders"
    }
}

impl Sheet {
    /// The text, without numbers for whoever does not see them, and its SHA-256.
    fn sealed(&self, mask: Option<&Mask>) -> (String, String) {
        let text = self.text();
        let text = mask.map_or(text.clone(), |mask| mask.text(&text).into_owned());
        let hash = facts::sum(&text);
        (text, hash)
    }
}
