//! `/masters/choice`: the choice of a master for a form whose city, equipment or date has changed.

use actix_web::web::Data;
use askama::Template;
use chrono::{NaiveDate, Timelike};

use super::choice::{self, MasterChoice, Need};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::order::TypeEquipment;
use crate::domain::{when, zone};
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::page::Fragment;

/// The fieldset, with the one chosen so far still chosen.
#[derive(Template)]
#[template(path = "masters/choice.html")]
pub(super) struct ChoiceFragment {
    choices: Vec<MasterChoice>,
    /// Id of the chosen one, or empty.
    current: String,
    /// Number of the order, or empty.
    order: String,
}

/// Takes `city`, `equipment`, `day` and `current`, or the fields of an order's form: `type_equipment`,
/// `date_meeting`, `master_id`; and `order`, its number.
pub(super) async fn choice(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(mut query): Query,
) -> Result<Fragment<ChoiceFragment>, AppError> {
    let here = zone::local(app.clock.now(), app.config.business_zone);
    let visit = when::settled(query.text("date_meeting"), here);
    query.set("date_meeting", &visit);
    let need = need(&query);
    let current = need.chosen.map(|id| id.to_string()).unwrap_or_default();
    let order = need.order_id.map(|id| id.to_string()).unwrap_or_default();
    let choices = app.db.read(move |db| Ok(choice::for_order(db, &need)?)).await?;
    Ok(Fragment::ok(ChoiceFragment { choices, current, order }))
}

/// What the fields say; what makes no sense is not known yet.
fn need(fields: &Fields) -> Need {
    let either = |one: &str, other: &str| match fields.text(one) {
        "" => fields.text(other).to_owned(),
        text => text.to_owned(),
    };
    let (day, minute) = moment(&either("day", "date_meeting"));
    Need {
        city: fields.text("city").to_owned(),
        equipment: TypeEquipment::parse(&either("equipment", "type_equipment")),
        day,
        minute,
        order_id: fields.id("order"),
        chosen: either("current", "master_id").parse().ok(),
    }
}

/// The day and the minute of `2026-11-23T10:30`, or the day alone of `2026-11-23`.
fn moment(text: &str) -> (Option<NaiveDate>, Option<i32>) {
    match when::absolute(text) {
        Some(at) => (Some(at.date()), i32::try_from(at.hour() * 60 + at.minute()).ok()),
        None => (text.parse().ok(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_ask_mean_the_same() {
        let plain =
            Fields::from([("city", "Тверь"), ("equipment", "БТ"), ("day", "2026-11-23"), ("current", "7")]);
        let form = Fields::from([
            ("city", "Тверь"),
            ("type_equipment", "БТ"),
            ("date_meeting", "2026-11-23T10:30"),
            ("master_id", "7"),
        ]);
        assert_eq!(need(&form), Need { minute: Some(630), ..need(&plain) });
        assert_eq!(need(&Fields::from([("day", "завтра"), ("equipment", "?")])), Need::default());
    }
}
