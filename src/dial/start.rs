//! Asking for a call.

use actix_web::HttpResponse;
use serde_json::json;

use super::queries::{self, Dial, NewDial};
use super::{DialState, PATIENCE};
use crate::app::App;
use crate::clients::canary;
use crate::domain::call::CallState;
use crate::domain::id::CallId;
use crate::domain::person::Person;
use crate::domain::phone::Phone;
use crate::platform::error::{AppError, Refusable};
use crate::web::reply::{TRIGGER, toast_header};

/// Why a call is not even asked for, for a person.
type Refusal = (&'static str, String);

/// Asks the telephony to ring `person`'s telephone and then `number`, which a button sent; answers with a toast.
///
/// # Errors
/// `NotFound` when the button stood beside a call there is not; when the database does not answer.
pub(super) async fn start(
    app: &App,
    person: &Person,
    number: &str,
    from_call_id: Option<CallId>,
) -> Result<HttpResponse, AppError> {
    let wanted = match note(app, person, number, from_call_id).await? {
        Ok(wanted) => wanted,
        Err((title, text)) => return Ok(toast("warn", title, &text)),
    };
    canary::touched_number(app, person, &wanted.number, "набрал номер").await?;
    let mut command = json!({
        "command_id": wanted.command_id, "from": { "extension": wanted.extension }, "to_number": wanted.number,
    });
    if let Some(line) = &wanted.line {
        command["line_number"] = json!(line);
    }
    let asked = app.mango_api.ask("commands/callback", &command).await;
    let failure = asked.err().map(|error| error.words());
    let (command_id, words) = (wanted.command_id, failure.clone());
    app.db.write(move |tx| Ok(queries::answer(tx, &command_id, words.as_deref())?)).await?;
    Ok(match failure {
        None => toast(
            "ok",
            "Снимите трубку",
            &format!("Сейчас зазвонит ваш телефон {}, потом телефон клиента.", wanted.extension),
        ),
        Some(words) => toast("bad", "Не звоним", &format!("{words}.")),
    })
}

struct CallCommand {
    command_id: String,
    extension: String,
    number: String,
    line: Option<String>,
}

/// Writes the wish down, unless there is something against it.
async fn note(
    app: &App,
    person: &Person,
    number: &str,
    from_call_id: Option<CallId>,
) -> Refusable<CallCommand, Refusal> {
    let Some(extension) = person.extension.clone() else {
        let text = "У вас нет внутреннего номера: попросите администратора вписать его в вашу карточку.";
        return Ok(Err(("Звонить неоткуда", text.to_owned())));
    };
    let Some(number) = Phone::returned(number).map(|phone| phone.digits().to_owned()) else {
        return Ok(Err(("Не звоним", "Номер скрыт или это не номер телефона.".to_owned())));
    };
    let (account_id, now) = (person.id, app.clock.now());
    app.db
        .write(move |tx| {
            if let Some(call) = from_call_id
                && !queries::has_call(tx.db, call)?
            {
                return Err(AppError::NotFound);
            }
            queries::lock(tx.db, account_id)?;
            if let Some(last) = queries::last(tx.db, account_id)?
                && is_under_way(&last, now)
            {
                let shown = crate::domain::phone::pretty(&last.number);
                return Ok(Err(("Вы уже звоните", format!("Сначала завершите звонок на {shown}."))));
            }
            let line = match from_call_id {
                Some(call) => queries::line_of(tx.db, call)?,
                None => queries::line_of_client(tx.db, &number)?,
            };
            let command_id = format!("crm-{}", uuid::Uuid::new_v4().simple());
            let new = NewDial {
                command_id: &command_id,
                account_id,
                extension: &extension,
                number: &number,
                line: line.as_deref(),
                from_call_id,
            };
            queries::insert(tx, &new, now)?;
            Ok(Ok(CallCommand { command_id, extension: extension.clone(), number: number.clone(), line }))
        })
        .await
}

/// The person's telephone is busy with an earlier wish.
fn is_under_way(last: &Dial, now: chrono::NaiveDateTime) -> bool {
    match (last.state, last.call) {
        (DialState::Failed, _) => false,
        (_, Some((_, state, ..))) => state != CallState::Ended,
        (DialState::Over, None) => false,
        (DialState::Asked | DialState::Accepted, None) => now - last.created_at < PATIENCE,
    }
}

pub(super) fn toast(kind: &'static str, title: &str, text: &str) -> HttpResponse {
    HttpResponse::NoContent().insert_header((TRIGGER, toast_header(kind, title, text))).finish()
}
