//! The form of a rule of places.

use super::TypeEquipment;
use super::limits::{MAX_PLACES, Rule};
use super::starts;
use crate::web::form::Fields;

/// The fields as they were typed; an empty choice means any.
#[derive(Clone, Debug, Default)]
pub(super) struct LimitForm {
    pub city: String,
    pub type_equipment: String,
    pub weekday: String,
    pub minute: String,
    pub places: String,
}

/// What is wrong, field by field; empty texts are right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LimitErrors {
    pub city: String,
    pub type_equipment: String,
    pub weekday: String,
    pub minute: String,
    pub places: String,
}

impl LimitForm {
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            city: text("city"),
            type_equipment: text("type_equipment"),
            weekday: text("weekday"),
            minute: text("minute"),
            places: text("places"),
        }
    }

    pub fn of(rule: &Rule) -> Self {
        let number = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
        Self {
            city: rule.city.clone().unwrap_or_default(),
            type_equipment: rule.type_equipment.map(|e| e.to_string()).unwrap_or_default(),
            weekday: number(rule.weekday),
            minute: number(rule.minute),
            places: rule.places.to_string(),
        }
    }

    /// The rule that was meant, of one of `cities`.
    pub fn check(&self, cities: &[String]) -> Result<Rule, LimitErrors> {
        let mut errors = LimitErrors::default();
        let city = Some(self.city.clone()).filter(|city| !city.is_empty());
        if city.as_ref().is_some_and(|city| !cities.contains(city)) {
            errors.city = "Такого города нет в справочнике".to_owned();
        }
        let type_equipment = TypeEquipment::parse(&self.type_equipment);
        if type_equipment.is_none() && !self.type_equipment.is_empty() {
            errors.type_equipment = "Выберите технику из списка".to_owned();
        }
        let weekday = chosen(&self.weekday, (0..=6).collect());
        let minute = chosen(&self.minute, starts().collect());
        let places = self.places.parse::<i32>().ok().filter(|n| (0..=MAX_PLACES).contains(&i64::from(*n)));
        if weekday.is_err() {
            errors.weekday = "Выберите день из списка".to_owned();
        }
        if minute.is_err() {
            errors.minute = "Выберите время из списка".to_owned();
        }
        if places.is_none() {
            errors.places = format!("Целое число от 0 до {MAX_PLACES}");
        }
        match (weekday, minute, places) {
            (Ok(weekday), Ok(minute), Some(places)) if errors == LimitErrors::default() => {
                Ok(Rule { city, type_equipment, weekday, minute, places })
            }
            _ => Err(errors),
        }
    }
}

/// One of the numbers offered, or none of them when nothing was chosen.
fn chosen(text: &str, offered: Vec<i32>) -> Result<Option<i32>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().ok().filter(|n| offered.contains(n)).map(Some).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_choices_mean_any_and_a_rule_fills_its_form_again() {
        let cities = ["Самара".to_owned()];
        let any = LimitForm { places: "0".into(), ..LimitForm::default() }.check(&cities);
        let none = Rule { city: None, type_equipment: None, weekday: None, minute: None, places: 0 };
        assert_eq!(any, Ok(none));
        let exact = Rule {
            city: Some("Самара".into()),
            type_equipment: Some(TypeEquipment::Appliances),
            weekday: Some(6),
            minute: Some(630),
            places: 5,
        };
        assert_eq!(LimitForm::of(&exact).check(&cities), Ok(exact));
    }

    #[test]
    fn what_was_not_offered_is_refused_at_its_field() {
        let wrong = LimitForm {
            city: "Тула".into(),
            type_equipment: "АБ".into(),
            weekday: "7".into(),
            minute: "615".into(),
            places: "100".into(),
        };
        let errors = wrong.check(&["Самара".to_owned()]).expect_err("nothing is right");
        let all = [errors.city, errors.type_equipment, errors.weekday, errors.minute, errors.places];
        assert!(all.iter().all(|words| !words.is_empty()), "{all:?}");
    }
}
