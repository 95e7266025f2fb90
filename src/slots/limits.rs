//! How many visits a slot takes: rules kept by the admin, the most exactly named one wins. Pure.

use chrono::{Datelike, NaiveDate};

use super::clock;
use crate::domain::order::TypeEquipment;
use crate::domain::russian;

/// Visits a slot takes when no rule says otherwise.
pub const DEFAULT_PLACES: i64 = 3;
/// The most a rule may say.
pub const MAX_PLACES: i32 = 99;

/// A rule; what is `None` matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Name of the city.
    pub city: Option<String>,
    /// What is repaired.
    pub type_equipment: Option<TypeEquipment>,
    /// 0 is Monday.
    pub weekday: Option<i32>,
    /// First minute of the slot.
    pub minute: Option<i32>,
    /// Visits it takes; 0 takes none.
    pub places: i32,
}

impl Rule {
    fn is_about(&self, city: &str, equipment: TypeEquipment, weekday: i32, minute: i32) -> bool {
        self.city.as_deref().is_none_or(|c| c == city)
            && self.type_equipment.is_none_or(|e| e == equipment)
            && self.weekday.is_none_or(|w| w == weekday)
            && self.minute.is_none_or(|m| m == minute)
    }

    /// City before equipment before weekday before time: a city's own word is never overruled by a common one,
    /// and a day off holds for all its hours.
    fn exactness(&self) -> [bool; 4] {
        [self.city.is_some(), self.type_equipment.is_some(), self.weekday.is_some(), self.minute.is_some()]
    }

    /// «Самара, БТ, вс, 10:30», with «все города», «любая техника», «любой день», «любое время».
    pub fn label(&self) -> String {
        let city = self.city.as_deref().unwrap_or("все города");
        let equipment = self.type_equipment.map_or("любая техника", TypeEquipment::as_str);
        let weekday = self.weekday.map_or("любой день", russian::weekday_name);
        let time = self.minute.map_or_else(|| "любое время".to_owned(), clock);
        format!("{city}, {equipment}, {weekday}, {time}")
    }
}

/// Visits the slot of `city` that begins at `minute` of `day` takes.
pub fn places(rules: &[Rule], city: &str, equipment: TypeEquipment, day: NaiveDate, minute: i32) -> i64 {
    let weekday = day.weekday().num_days_from_monday() as i32;
    let about = rules.iter().filter(|rule| rule.is_about(city, equipment, weekday, minute));
    about.max_by_key(|rule| rule.exactness()).map_or(DEFAULT_PLACES, |rule| i64::from(rule.places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(city: &str, equipment: &str, weekday: Option<i32>, minute: Option<i32>, places: i32) -> Rule {
        let city = Some(city.to_owned()).filter(|c| !c.is_empty());
        Rule { city, type_equipment: TypeEquipment::parse(equipment), weekday, minute, places }
    }

    #[test]
    fn the_most_exactly_named_rule_wins() {
        let rules = [
            rule("", "", None, None, 10),
            rule("", "", None, Some(600), 11),
            rule("", "", Some(6), None, 12),
            rule("", "БТ", None, None, 13),
            rule("Самара", "", None, None, 14),
            rule("Самара", "", None, Some(600), 15),
            rule("Самара", "БТ", Some(6), None, 0),
            rule("Самара", "БТ", None, Some(630), 16),
            rule("Самара", "БТ", Some(6), Some(660), 17),
        ];
        let (monday, sunday) = ("2026-11-23".parse().expect("a day"), "2026-11-29".parse().expect("a day"));
        let at = |city, equipment, day, minute| {
            places(&rules, city, TypeEquipment::parse(equipment).expect("equipment"), day, minute)
        };
        assert_eq!(at("Тула", "КП", monday, 720), 10);
        assert_eq!(at("Тула", "КП", monday, 600), 11);
        assert_eq!(at("Тула", "КП", sunday, 600), 12, "a weekday is more exact than a time");
        assert_eq!(at("Тула", "БТ", sunday, 600), 13, "equipment is more exact than both");
        assert_eq!(at("Самара", "МНЧ", sunday, 720), 14, "a city's own rule is above common ones");
        assert_eq!(at("Самара", "МНЧ", sunday, 600), 15);
        assert_eq!(at("Самара", "БТ", monday, 630), 16);
        assert_eq!(at("Самара", "БТ", sunday, 630), 0, "a day off holds for all its hours");
        assert_eq!(at("Самара", "БТ", sunday, 660), 17, "unless the hour is named for that day");
    }

    #[test]
    fn without_rules_a_slot_takes_three() {
        let day = "2026-11-23".parse().expect("a day");
        assert_eq!(places(&[], "Самара", TypeEquipment::Computers, day, 600), 3);
        let elsewhere = [rule("Тула", "", None, None, 1)];
        assert_eq!(places(&elsewhere, "Самара", TypeEquipment::Computers, day, 600), 3);
    }
}
