//! Ending a call that goes on.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::json;

use super::queries;
use super::start::toast;
use crate::app::App;
use crate::domain::call::CallState;
use crate::domain::person::Person;
use crate::platform::error::AppError;

/// A leg as the row keeps it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Leg {
    call_id: String,
    extension: Option<String>,
    ended_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Present {
    extension: String,
}

/// Ends the call for everybody in it: one's own, or any for an admin.
///
/// # Errors
/// [`AppError::NotFound`] of a call there is not or that is none of one's business.
pub(super) async fn hang_up(app: &App, person: &Person, call_id: i64) -> Result<HttpResponse, AppError> {
    let found = app.db.read(move |db| Ok(queries::living(db, call_id)?)).await?;
    let call = found.ok_or(AppError::NotFound)?;
    let own = person.extension.as_deref();
    let is_own = own.is_some() && call.operator_extension.as_deref() == own;
    if !person.is_admin() && !is_own && !is_in(&call.present, own) {
        return if call.state == CallState::Ended { Ok(over()) } else { Err(AppError::NotFound) };
    }
    let Some(leg) = living_leg(&call.legs, own) else { return Ok(over()) };
    let command = json!({ "command_id": format!("crm-{}", uuid::Uuid::new_v4().simple()), "call_id": leg });
    Ok(match app.mango_api.ask("commands/call/hangup", &command).await {
        Ok(_) => toast("ok", "Завершаем звонок", ""),
        Err(error) => toast("bad", "Звонок не завершён", &format!("{}.", error.words())),
    })
}

fn over() -> HttpResponse {
    toast("info", "Звонок уже завершён", "")
}

fn is_in(present: &str, extension: Option<&str>) -> bool {
    let present: Vec<Present> = serde_json::from_str(present).unwrap_or_default();
    extension.is_some_and(|own| present.iter().any(|p| p.extension == own))
}

/// The newest leg that has not ended, one's own before others'.
fn living_leg(legs: &str, extension: Option<&str>) -> Option<String> {
    let legs: Vec<Leg> = serde_json::from_str(legs).unwrap_or_default();
    let mut living: Vec<Leg> = legs.into_iter().filter(|leg| leg.ended_at.is_none()).collect();
    let own = living.iter().rposition(|leg| extension.is_some() && leg.extension.as_deref() == extension);
    let at = own.or_else(|| living.len().checked_sub(1))?;
    Some(living.swap_remove(at).call_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_living_leg_is_ended() {
        let legs = r#"[{"call_id":"a","extension":"101","ended_at":5},{"call_id":"b","extension":"101"},
            {"call_id":"c","extension":"102"}]"#;
        assert_eq!(living_leg(legs, Some("101")).as_deref(), Some("b"));
        assert_eq!(living_leg(legs, None).as_deref(), Some("c"));
        assert_eq!(living_leg("[]", Some("101")), None);
        assert!(is_in(r#"[{"extension":"101","doing":"talking"}]"#, Some("101")));
        assert!(!is_in("[]", Some("101")) && !is_in("nonsense", None));
    }
}
