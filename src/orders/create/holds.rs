//! Addresses of the slots in the form: showing them, holding one while talking, giving it back.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::slot_picker::{SlotPick, SlotQuestion};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::id::AccountId;
use crate::domain::order::TypeEquipment;
use crate::domain::zone;
use crate::orders::list::rows::Clocks;
use crate::orders::queries::booking;
use crate::platform::error::AppError;
use crate::slots::queries::{NotHeld, hold as take, release as give_back};
use crate::slots::{HOLD_MINUTES, Slot};
use crate::web::form::{Fields, Form, Query};
use crate::web::page::Fragment;

/// The slots alone.
#[derive(Template)]
#[template(path = "orders/slot_pick.html")]
pub struct SlotAnswer {
    pick: SlotPick,
}

fn wanted(fields: &Fields) -> SlotQuestion {
    let equipment = [fields.text("equipment"), fields.text("type_equipment")];
    SlotQuestion {
        city: fields.text("city").to_owned(),
        equipment: equipment.into_iter().find_map(TypeEquipment::parse),
        day: fields.text("day").parse().ok(),
        date_meeting: fields.text("date_meeting").to_owned(),
        hold: fields.text("hold").to_owned(),
        reason: fields.text("overbook_reason").to_owned(),
        ..SlotQuestion::default()
    }
}

async fn answer(
    app: &App,
    mut wanted: SlotQuestion,
    by: AccountId,
) -> Result<Fragment<SlotAnswer>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            wanted.settle(&clocks);
            Ok(Fragment::ok(SlotAnswer { pick: SlotPick::load(db, &wanted, by, &clocks)? }))
        })
        .await
}

/// Answers the slots of `city`, `equipment` and `day`.
pub async fn pick(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<SlotAnswer>, AppError> {
    answer(&app, wanted(&query), person.id).await
}

/// Holds the chosen slot in place of the one the form held before; what cannot be held is said beside it, the
/// date stays. Holding what one holds already prolongs it.
pub async fn hold(
    person: Signed<Anyone>,
    app: Data<App>,
    Form(fields): Form,
) -> Result<Fragment<SlotAnswer>, AppError> {
    let mut wanted = wanted(&fields);
    wanted.day = None;
    let before = fields.id("hold");
    let (by, now, business) = (person.id, app.clock.now(), app.config.business_zone);
    let meant = wanted.clone();
    let not_held = app
        .db
        .write(move |tx| {
            let cities = catalogs::queries::cities(tx.db)?;
            let mut meant = meant.clone();
            meant.settle(&Clocks { now, business, cities: &cities });
            let slot = meant.slot().filter(|slot| is_to_come(slot, &cities, now));
            let has_it = match &slot {
                Some(slot) => booking::own_hold(tx.db, slot, by, now)?.map(|own| own.id),
                None => None,
            };
            if let Some(before) = before.filter(|before| has_it != Some(*before)) {
                give_back(tx, before, by)?;
            }
            let Some(slot) = slot else { return Ok(None) };
            Ok(take(tx, &slot, by, HOLD_MINUTES, now)?.err())
        })
        .await?;
    match not_held {
        // A hold of this slot that is over has just been renewed, another one has been given back.
        None => wanted.hold.clear(),
        Some(NotHeld::Full(_)) => (wanted.is_full, wanted.hold) = (true, String::new()),
        Some(too_many) => wanted.not_held = too_many.words(),
    }
    answer(&app, wanted, by).await
}

/// Visits of the past need no place kept for them; cities that are not offered take none.
fn is_to_come(slot: &Slot, cities: &[crate::domain::city::City], now: chrono::NaiveDateTime) -> bool {
    cities.iter().filter(|city| city.is_active && city.name == slot.city).any(|city| {
        let here = zone::local(now, city.zone);
        let start = crate::slots::start_of(slot.minute);
        !crate::orders::list::slot_grid::is_past(slot.day, start, here)
    })
}

/// Gives the form's slot back; the date stays. A form that goes away asks for nothing (`quiet`).
pub async fn release(
    person: Signed<Anyone>,
    app: Data<App>,
    Form(fields): Form,
) -> Result<actix_web::Either<HttpResponse, Fragment<SlotAnswer>>, AppError> {
    let by = person.id;
    if let Some(id) = fields.id("hold") {
        app.db.write(move |tx| Ok(give_back(tx, id, by)?)).await?;
    }
    if !fields.text("quiet").is_empty() {
        return Ok(actix_web::Either::Left(HttpResponse::NoContent().finish()));
    }
    let mut wanted = wanted(&fields);
    wanted.hold.clear();
    Ok(actix_web::Either::Right(answer(&app, wanted, by).await?))
}
