//! The form of a rule of places.

use crate::domain::order::TypeEquipment;
use crate::slots::limits::{MAX_PLACES, Rule};
use crate::slots::starts;
use crate::web::field_errors::FieldErrors;
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
    pub fn check(&self, cities: &[String]) -> Result<Rule, FieldErrors> {
        let mut errors = FieldErrors::default();
        let city = named(&self.city, |city| cities.iter().find(|known| *known == city).cloned());
        let city = errors.keep("city", city.ok_or("Такого города нет в справочнике".to_owned()));
        let equipment = named(&self.type_equipment, TypeEquipment::parse);
        let equipment =
            errors.keep("type_equipment", equipment.ok_or("Выберите технику из списка".to_owned()));
        let weekday = named(&self.weekday, |text| text.parse().ok().filter(|n| (0..=6).contains(n)));
        let weekday = errors.keep("weekday", weekday.ok_or("Выберите день из списка".to_owned()));
        let minute =
            named(&self.minute, |text| text.parse().ok().filter(|n| starts().any(|start| start == *n)));
        let minute = errors.keep("minute", minute.ok_or("Выберите время из списка".to_owned()));
        let places = self.places.parse().ok().filter(|n| (0..=MAX_PLACES).contains(n));
        let places = errors.keep("places", places.ok_or(format!("Целое число от 0 до {MAX_PLACES}")));
        match (city, equipment, weekday, minute, places) {
            (Some(city), Some(type_equipment), Some(weekday), Some(minute), Some(places)) => {
                Ok(Rule { city, type_equipment, weekday, minute, places })
            }
            _ => Err(errors),
        }
    }
}

/// What an optional choice names: `Some(None)` when nothing was chosen, `None` when it was never offered.
fn named<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
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
        for field in ["city", "type_equipment", "weekday", "minute", "places"] {
            assert!(!errors.of(field).is_empty(), "{field}");
        }
    }
}
