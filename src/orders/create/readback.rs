//! «Прочитайте клиенту»: the order in one sentence before it is saved, told from the form as it stands, and what
//! has not been asked yet.

use actix_web::web::Data;
use askama::Template;
use chrono::NaiveDate;
use chrono::Timelike;

use super::form::OrderForm;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::order::{TypeEquipment, TypeOrder};
use crate::domain::{when, zone};
use crate::orders::list::rows::Clocks;
use crate::platform::error::AppError;
use crate::slots::windows::{at, day_aloud};
use crate::web::form::Form;
use crate::web::page::Fragment;

/// Longest piece of a text that is read aloud, in letters.
const ALOUD: usize = 160;

/// The sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readback {
    /// «Записываю: Анна, Самара, …. Верно?», or empty while there is nothing to read.
    pub text: String,
    /// «адрес, время», or empty.
    pub missing: String,
}

impl Readback {
    /// The sentence of `form` when the city's calendar shows `today`.
    pub fn of(form: &OrderForm, today: NaiveDate) -> Self {
        let equipment = TypeEquipment::parse(&form.type_equipment);
        let local = when::absolute(&form.date_meeting);
        let visit = local.map(|local| {
            let minute = i32::try_from(local.hour() * 60 + local.minute()).unwrap_or_default();
            format!("{}, {}", day_aloud(local.date(), today), at(minute))
        });
        let problem = match (aloud(&form.problem), equipment) {
            (text, _) if !text.is_empty() => lower_first(&text),
            (_, Some(equipment)) => lower_first(equipment.label()),
            _ => String::new(),
        };
        let warranty =
            if form.type_order == TypeOrder::Warranty.as_str() { "по гарантии" } else { "" };
        let parts: Vec<String> = [
            aloud(&form.client_name),
            aloud(&form.city),
            aloud(&form.address),
            visit.clone().unwrap_or_default(),
            problem,
            warranty.to_owned(),
        ]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
        let phone = form.number();
        let missing: Vec<&str> = [
            (phone.is_none(), "телефон"),
            (form.city.is_empty(), "город"),
            (form.address.is_empty(), "адрес"),
            (visit.is_none(), "время"),
            (equipment.is_none(), "тип техники"),
            (form.problem.is_empty(), "что случилось"),
            (form.rk.is_empty(), "откуда узнал о нас"),
        ]
        .into_iter()
        .filter_map(|(is_missing, what)| is_missing.then_some(what))
        .collect();
        let text = if parts.is_empty() {
            String::new()
        } else {
            let telephone = phone.map(|phone| format!(" Телефон {}.", phone.pretty())).unwrap_or_default();
            format!("Записываю: {}.{telephone} Верно?", parts.join(", "))
        };
        Self { text, missing: missing.join(", ") }
    }

    /// [`Self::of`] by the clocks of the cities.
    pub fn now(form: &OrderForm, clocks: &Clocks) -> Self {
        Self::of(form, zone::local(clocks.now, clocks.city(&form.city)).date())
    }
}

/// One line, shortened at a word, without the stop at its end.
fn aloud(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        let length = short.chars().count() + word.chars().count();
        if length > ALOUD {
            if short.is_empty() {
                short.extend(word.chars().take(ALOUD));
            }
            short.push('…');
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short.trim_end_matches(['.', ',', ';', ' ']).to_owned()
}

/// «Стиральная машина» within a sentence; abbreviations keep their letters.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// The sentence alone.
#[derive(Template)]
#[template(path = "orders/readback.html")]
pub struct ReadbackAnswer {
    readback: Readback,
}

/// Answers the sentence of a form as it stands. Posted because a form may be long; nothing is changed.
pub async fn readback(
    _: Signed<Anyone>,
    app: Data<App>,
    Form(fields): Form,
) -> Result<Fragment<ReadbackAnswer>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            let mut form = OrderForm::of(&fields);
            form.settle(&clocks);
            Ok(Fragment::ok(ReadbackAnswer { readback: Readback::now(&form, &clocks) }))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> OrderForm {
        OrderForm {
            rk: "Авито".into(),
            city: "Самара".into(),
            phone: "8 900 123 45 67".into(),
            client_name: "Анна".into(),
            address: "ул. Ленина, 5".into(),
            date_meeting: "2026-11-24T15:00".into(),
            type_equipment: "БТ".into(),
            problem: "Стиральная машина\nне сливает.".into(),
            ..OrderForm::default()
        }
    }

    fn today() -> NaiveDate {
        "2026-11-23".parse().expect("a day")
    }

    #[test]
    fn the_order_is_one_sentence_that_can_be_read_aloud() {
        let full = Readback::of(&form(), today());
        assert_eq!(
            full.text,
            "Записываю: Анна, Самара, ул. Ленина, 5, завтра, вторник 24 ноября, в 15:00, \
             стиральная машина не сливает. Телефон +7 900 123-45-67. Верно?"
        );
        assert_eq!(full.missing, "");
    }

    #[test]
    fn what_is_not_known_yet_is_left_out_and_named() {
        let blank = Readback::of(&OrderForm::default(), today());
        assert_eq!(blank.text, "");
        assert!(blank.missing.starts_with("телефон, город, адрес, время"), "{}", blank.missing);
        let some = OrderForm { address: String::new(), problem: String::new(), ..form() };
        let some = Readback::of(&some, today());
        assert!(
            some.text.contains("Самара, завтра") && some.text.contains("бытовая техника"),
            "{}",
            some.text
        );
        assert_eq!(some.missing, "адрес, что случилось");
    }

    #[test]
    fn a_long_story_is_cut_and_an_abbreviation_keeps_its_letters() {
        let long = OrderForm { problem: "очень ".repeat(2000), ..form() };
        assert!(Readback::of(&long, today()).text.chars().count() < 400);
        let one = OrderForm { problem: "щ".repeat(10_000), ..form() };
        assert!(Readback::of(&one, today()).text.chars().count() < 400);
        assert_eq!(lower_first("СВЧ не греет"), "СВЧ не греет");
    }
}
