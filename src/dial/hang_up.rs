//! Ending a call that goes on.

use actix_web::HttpResponse;
use serde_json::json;

use super::queries;
use super::start::toast;
use crate::app::App;
use crate::domain::call::{CallState, Leg, Present};
use crate::domain::id::CallId;
use crate::domain::person::Person;
use crate::platform::error::AppError;

/// Ends the call for everybody in it: one's own, or any for an admin.
///
/// # Errors
/// [`AppError::NotFound`] of a call there is not or that is none of one's business.
pub(super) async fn hang_up(app: &App, person: &Person, call_id: CallId) -> Result<HttpResponse, AppError> {
    let found = app.db.read(move |db| Ok(queries::living(db, call_id)?)).await?;
    let call = found.ok_or(AppError::NotFound)?;
    let own = person.extension.as_deref();
    let is_own = own.is_some() && call.operator_extension.as_deref() == own;
    if !person.is_admin() && !is_own && !is_in(&call.present.read("calls.present", call_id)?, own) {
        return if call.state == CallState::Ended { Ok(over()) } else { Err(AppError::NotFound) };
    }
    let legs = call.legs.read("calls.legs", call_id)?;
    let Some(leg) = living_leg(legs, own) else { return Ok(over()) };
    let command = json!({ "command_id": format!("crm-{}", uuid::Uuid::new_v4().simple()), "call_id": leg });
    Ok(match app.mango_api.ask("commands/call/hangup", &command).await {
        Ok(_) => toast("ok", "Завершаем звонок", ""),
        Err(error) => toast("bad", "Звонок не завершён", &format!("{}.", error.words())),
    })
}

fn over() -> HttpResponse {
    toast("info", "Звонок уже завершён", "")
}

fn is_in(present: &[Present], extension: Option<&str>) -> bool {
    extension.is_some_and(|own| present.iter().any(|p| p.extension == own))
}

/// The newest leg that has not ended, one's own before others'.
fn living_leg(legs: Vec<Leg>, extension: Option<&str>) -> Option<String> {
    let mut living: Vec<Leg> = legs.into_iter().filter(|leg| leg.ended_at.is_none()).collect();
    let own = living.iter().rposition(|leg| extension.is_some() && leg.extension.as_deref() == extension);
    let at = own.or_else(|| living.len().checked_sub(1))?;
    Some(living.swap_remove(at).call_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::Doing;

    fn leg(call_id: &str, extension: &str, ended_at: Option<i64>) -> Leg {
        Leg { call_id: call_id.to_owned(), extension: Some(extension.to_owned()), ended_at, ..Leg::default() }
    }

    #[test]
    fn ones_own_living_leg_is_ended() {
        let legs = || vec![leg("a", "101", Some(5)), leg("b", "101", None), leg("c", "102", None)];
        assert_eq!(living_leg(legs(), Some("101")).as_deref(), Some("b"));
        assert_eq!(living_leg(legs(), None).as_deref(), Some("c"));
        assert_eq!(living_leg(Vec::new(), Some("101")), None);
        let present = [Present { doing: Doing::Talking, extension: "101".to_owned() }];
        assert!(is_in(&present, Some("101")));
        assert!(!is_in(&[], Some("101")) && !is_in(&present, None));
    }
}
