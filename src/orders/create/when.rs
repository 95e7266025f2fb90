//! `GET /orders/when?text=…`: what the words of a moment mean, said under the field while they are typed. The field
//! of an order is read by the clock of its city, that of a promise by the clock of the business.

use actix_web::web::Data;
use askama::Template;
use chrono::{NaiveDateTime, Timelike};
use diesel::QueryResult;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::order::TypeEquipment;
use crate::domain::when::{self, When};
use crate::domain::{russian, zone};
use crate::orders::list::rows::{Clocks, ahead};
use crate::orders::list::slot_grid::is_past;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::slots::queries::load_day;
use crate::slots::{clock, start_of};
use crate::web::form::{Fields, Query};
use crate::web::page::Fragment;

/// How many free slots of a day are offered when the time is missing.
const OFFERED: usize = 6;
/// What the field may be called where it stands.
const NAMES: [&str; 3] = ["text", "date_meeting", "due"];

/// The answer.
#[derive(Template, Debug, Default)]
#[template(path = "orders/when.html")]
pub struct Answer {
    /// `empty`, `ok`, `ask`, `past`, `full`.
    state: &'static str,
    /// «завтра, пт 20 ноября, 14:00 · занято 1 из 5».
    words: String,
    /// `2026-11-20T14:00`, when it is a moment.
    means: String,
    /// Free slots: what is sent, what is read.
    offers: Vec<(String, String)>,
    /// «Самара, МСК+1», when the city has another clock than we.
    zone: String,
}

/// Reads `text` by the clock of `city`; with `equipment` the load of the slot is told as well.
pub async fn read(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<Answer>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            Ok(Fragment::ok(Answer {
                zone: zone_of(query.text("city"), &clocks),
                ..answer(db, &query, &clocks)?
            }))
        })
        .await
}

fn answer(db: &mut Db, query: &Fields, clocks: &Clocks) -> QueryResult<Answer> {
    let text = NAMES.iter().map(|name| query.text(name)).find(|text| !text.is_empty()).unwrap_or_default();
    let city = query.text("city");
    let equipment =
        ["equipment", "type_equipment"].iter().find_map(|name| TypeEquipment::parse(query.text(name)));
    let slots_of = equipment.filter(|_| !city.is_empty());
    let now = zone::local(clocks.now, clocks.city(city));
    let said = |state, words: String| Answer { state, words, ..Answer::default() };
    match When::read(text, now) {
        When::Empty => Ok(said("empty", "Например: завтра 14, пт 10:30, 25.11 14:00".to_owned())),
        When::Unclear => {
            Ok(said("ask", "Не читается. Например: завтра 14, пт 10:30, 25.11 14:00".to_owned()))
        }
        When::Day(day, part) => {
            let mut answer = said("ask", format!("{} · во сколько?", when::day_aloud(day, now.date())));
            let Some(equipment) = slots_of else { return Ok(answer) };
            let load = load_day(db, city, day, clocks.now)?;
            let slots = load.row(equipment).map(|row| row.slots.as_slice()).unwrap_or_default();
            answer.offers = slots
                .iter()
                .filter(|slot| slot.free() > 0 && !is_past(day, slot.minute, now))
                .filter(|slot| part.is_none_or(|part| part.has(slot.minute)))
                .take(OFFERED)
                .map(|slot| (format!("{day}T{}", clock(slot.minute)), clock(slot.minute)))
                .collect();
            if answer.offers.is_empty() {
                answer.words.push_str(" Свободного времени нет");
            }
            Ok(answer)
        }
        When::At { at, is_moved } => {
            let mut words = vec![when::aloud(at, now.date())];
            let mut state = "ok";
            if is_moved {
                words.push(format!("сегодня {} уже прошло", russian::time(at)));
            }
            words.extend(here(at, city, clocks));
            if at < now {
                state = "past";
                words.push("это время уже прошло".to_owned());
            } else if let Some(equipment) = slots_of {
                let minute = i32::try_from(at.hour() * 60 + at.minute()).unwrap_or_default();
                let load = load_day(db, city, at.date(), clocks.now)?;
                if let Some(slot) = load.load(equipment, start_of(minute)) {
                    let is_full = slot.free() <= 0;
                    state = if is_full { "full" } else { "ok" };
                    words.push(if is_full {
                        format!("мест нет, занято {} из {}: нужна причина", slot.busy(), slot.places)
                    } else {
                        format!("занято {} из {}", slot.busy(), slot.places)
                    });
                }
            }
            Ok(Answer {
                state,
                words: words.join(" · "),
                means: at.format(when::SENT).to_string(),
                ..Answer::default()
            })
        }
    }
}

/// «Самара, МСК+1», when the city lives by another clock than we.
fn zone_of(city: &str, clocks: &Clocks) -> String {
    let (there, here) =
        (zone::local(clocks.now, clocks.city(city)), zone::local(clocks.now, clocks.business));
    if there == here {
        return String::new();
    }
    let moscow = zone::local(clocks.now, chrono_tz::Europe::Moscow);
    format!("{city}, МСК{}", ahead(there - moscow))
}

/// «у вас 13:00», when the city lives by another clock.
fn here(at: NaiveDateTime, city: &str, clocks: &Clocks) -> Option<String> {
    let here = zone::local(zone::utc(at, clocks.city(city)), clocks.business);
    (here != at).then(|| {
        let day = if here.date() == at.date() { "" } else { ", другой день" };
        format!("у вас {}{day}", russian::time(here))
    })
}
