//! An upload with several files: each is kept or refused by itself, and the answer says which and why.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::json;

use super::{DocumentOwner, FileError, store};
use crate::app::App;
use crate::domain::id::FileId;
use crate::domain::person::Person;
use crate::platform::error::AppError;
use crate::web::errors;
use crate::web::reply::Done;
use crate::web::upload::Upload;

/// What became of every file of an upload.
pub struct Received {
    place: DocumentOwner,
    files: Vec<(String, Result<FileId, String>)>,
}

/// Takes every file of `upload` into `place`.
///
/// # Errors
/// When nothing at all could be read.
pub async fn receive(
    app: &App,
    person: &Person,
    place: DocumentOwner,
    mut upload: Upload,
) -> Result<Received, AppError> {
    let mut files = Vec::new();
    while let Some(part) = upload.next().await {
        let part = match part {
            Ok(part) => part,
            Err(error) if files.is_empty() => return Err(error),
            // What was kept before the body broke off is kept, and is told.
            Err(_) => {
                files.push(("Остальные файлы".to_owned(), Err(FileError::Interrupted.words())));
                break;
            }
        };
        let name = part.name.clone();
        let outcome = store(app, person.id, place, &name, part).await;
        if let Err(FileError::Internal(error)) = &outcome {
            tracing::error!(%error, "an upload could not be kept");
        }
        let is_over = matches!(outcome, Err(FileError::Interrupted));
        files.push((name, outcome.map_err(|error| error.words())));
        if is_over {
            break;
        }
    }
    if files.is_empty() {
        return Err(AppError::BadRequest("Файл не выбран. Вернитесь и выберите файл.".to_owned()));
    }
    Ok(Received { place, files })
}

impl Responder for Received {
    type Body = BoxBody;

    /// JSON for our script: `{"files": [{"name": …, "id": 17} or {"name": …, "error": "…"}]}`, status 422 when
    /// none was kept. A plain form goes back to the owner's page, or is told what was refused.
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let refused: Vec<String> = self
            .files
            .iter()
            .filter_map(|(name, outcome)| outcome.as_ref().err().map(|words| format!("{name}: {words}")))
            .collect();
        let accept = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if accept.contains("application/json") {
            let files = self.files.iter().map(|(name, outcome)| match outcome {
                Ok(id) => json!({ "name": name, "id": id }),
                Err(words) => json!({ "name": name, "error": words }),
            });
            let body = json!({ "files": files.collect::<Vec<_>>() });
            let is_refused = refused.len() == self.files.len();
            let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            return HttpResponse::build(status).json(body);
        }
        if refused.is_empty() {
            return Done::to(self.place.page()).saying("Файлы добавлены").respond_to(request);
        }
        errors::respond(request, AppError::BadRequest(refused.join(" ")))
    }
}
