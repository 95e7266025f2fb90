//! Changing the status of an order. The rules are in [`decide`]; nobody overwrites what they have not seen.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::StatusOrder;
use super::queries::write::{self, By, Standing};
use super::show::{self, Place, Said};
use crate::app::App;
use crate::error::AppError;
use crate::lists;
use crate::web::form::Form;
use crate::web::reply::{self, Done};
use crate::web::show::{Show, is_fragment_request};
use crate::web::signed::{Anyone, Signed};

/// Longest reason in one's own words, in letters.
const MAX_REASON: usize = 300;

/// A wish to change the status.
#[derive(Clone, Debug)]
struct Wish {
    status: StatusOrder,
    reason: String,
    /// The version of the order the person saw; `None` when the form did not say.
    version: Option<i64>,
    is_admin: bool,
}

enum Outcome {
    Changed,
    Refused(StatusCode, Said),
}

/// Takes the form of the dialog.
pub async fn update(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let id = show::order_id(&path)?;
    let status = StatusOrder::parse(form.text("status_order"))
        .ok_or_else(|| AppError::BadRequest("Такого статуса заказа нет.".to_owned()))?;
    let wish = Wish {
        status,
        reason: form.text("refusal_reason").to_owned(),
        version: form.number("version"),
        is_admin: person.is_admin(),
    };
    let by = By { account_id: person.id, at: app.clock.now() };
    let outcome = app
        .db
        .write(move |tx| {
            let before = write::standing(tx.db, id)?.ok_or(AppError::NotFound)?;
            let reasons = lists::queries::refusal_reasons(tx.db, wish.status.as_str())?;
            let reason = match decide(&before, &wish, &reasons) {
                Ok(reason) => reason,
                Err((status, said)) => return Ok(Outcome::Refused(status, said)),
            };
            if before.status == wish.status && before.refusal_reason == reason {
                return Ok(Outcome::Changed);
            }
            if write::set_status(tx, id, &before, wish.status, reason.as_deref(), by)? {
                return Ok(Outcome::Changed);
            }
            let (status, said) = conflict();
            Ok(Outcome::Refused(status, said))
        })
        .await?;
    let place = Place::of(&request, form.text("back"));
    match outcome {
        Outcome::Refused(code, said) => {
            let page = show::load(&app, id, place, said).await?;
            Ok(show::refused(&request, page, code))
        }
        Outcome::Changed if is_fragment_request(&request) => {
            let page = show::load(&app, id, place, Said::default()).await?;
            let response = Show::ok(page).respond_to(&request);
            Ok(reply::saying(response, &format!("Заказ № {id}: {status}")))
        }
        Outcome::Changed => Ok(Done::to(format!("/orders/{id}")).respond_to(&request)),
    }
}

/// The reason to keep with the new status, or why it cannot be had.
fn decide(before: &Standing, wish: &Wish, reasons: &[String]) -> Result<Option<String>, (StatusCode, Said)> {
    if wish.version != Some(before.version) {
        return Err(conflict());
    }
    if !before.status.is_open() && wish.status.is_open() && !wish.is_admin {
        let warning =
            format!("Заказ закрыт ({}). Открыть его снова может только администратор.", before.status);
        return Err((StatusCode::UNPROCESSABLE_ENTITY, Said { warning, ..Said::default() }));
    }
    if !wish.status.needs_reason() {
        return Ok(None);
    }
    let error = if wish.reason.is_empty() {
        format!("Укажите причину: без неё «{}» не сохранится", wish.status)
    } else if reasons.is_empty() && wish.reason.chars().count() > MAX_REASON {
        format!("Слишком длинно: поместится {MAX_REASON} знаков")
    } else if !reasons.is_empty() && !reasons.contains(&wish.reason) {
        "Такой причины нет в списке. Выберите из списка".to_owned()
    } else {
        return Ok(Some(wish.reason.clone()));
    };
    let said = Said {
        wanted: Some(wish.status),
        reason_error: error,
        reason: wish.reason.clone(),
        ..Said::default()
    };
    Err((StatusCode::UNPROCESSABLE_ENTITY, said))
}

fn conflict() -> (StatusCode, Said) {
    let warning = "Пока вы смотрели, заказ изменил кто-то другой. Показано, как сейчас; если статус всё ещё нужен, выберите его снова.";
    (StatusCode::CONFLICT, Said { warning: warning.to_owned(), is_conflict: true, ..Said::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(status: StatusOrder) -> Standing {
        let moment = chrono::NaiveDateTime::default();
        Standing { status, refusal_reason: None, date_meeting: moment, closing_data: None, version: 3 }
    }

    fn wish(status: StatusOrder, reason: &str) -> Wish {
        Wish { status, reason: reason.into(), version: Some(3), is_admin: false }
    }

    #[test]
    fn a_reason_comes_from_the_list_or_in_words_when_there_is_no_list() {
        let before = standing(StatusOrder::Wait);
        let list = ["Дорого".to_owned()];
        let refused = |reason, list: &[String]| decide(&before, &wish(StatusOrder::Refused, reason), list);
        assert_eq!(refused("Дорого", &list).ok(), Some(Some("Дорого".to_owned())));
        assert_eq!(refused("", &list).err().map(|e| e.0.as_u16()), Some(422));
        assert!(refused("Сам починил", &list).is_err());
        assert_eq!(refused("Сам починил", &[]).ok(), Some(Some("Сам починил".to_owned())));
        assert!(refused("", &[]).is_err());
        assert_eq!(decide(&before, &wish(StatusOrder::Done, "Дорого"), &list).ok(), Some(None));
    }

    #[test]
    fn only_an_admin_opens_a_closed_order_again() {
        let before = standing(StatusOrder::Done);
        assert!(decide(&before, &wish(StatusOrder::Wait, ""), &[]).is_err());
        let admin = Wish { is_admin: true, ..wish(StatusOrder::Wait, "") };
        assert!(decide(&before, &admin, &[]).is_ok());
    }

    #[test]
    fn what_was_not_seen_is_not_overwritten() {
        let before = standing(StatusOrder::Wait);
        for version in [Some(2), None] {
            let stale = Wish { version, ..wish(StatusOrder::Accepted, "") };
            assert_eq!(decide(&before, &stale, &[]).err().map(|e| e.0), Some(StatusCode::CONFLICT));
        }
    }
}
