//! Forms of a master and of his days off: from what was typed to what is wanted.

use chrono::NaiveDate;

use super::{DayOff, Master, MasterFields};
use crate::domain::master::MasterStatus;
use crate::domain::order::TypeEquipment;
use crate::domain::search_words;
use crate::domain::when::{self, Lean};
use crate::web::field_errors::{FieldErrors, required, within};
use crate::web::form::Fields;

const NAME_MAX: usize = 100;
const NOTE_MAX: usize = 2000;
const DAY_OFF_NOTE_MAX: usize = 200;
/// The longest days off in one piece.
const LONGEST_DAYS: i64 = 366;

/// The fields of a master as they were typed.
#[derive(Clone, Debug, Default)]
pub(super) struct MasterForm {
    pub name: String,
    pub status_work: String,
    pub note: String,
    pub cities: Vec<String>,
    pub equipment: Vec<String>,
    /// The person has read which open orders a deactivated master keeps.
    pub keep_orders: bool,
}

impl MasterForm {
    /// The form of somebody new.
    pub fn empty() -> Self {
        Self { status_work: MasterStatus::Active.as_str().to_owned(), ..Self::default() }
    }

    /// The form as it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            name: text("name"),
            status_work: text("status_work"),
            note: text("note"),
            cities: fields.all("cities"),
            equipment: fields.all("equipment"),
            keep_orders: !fields.text("keep_orders").is_empty(),
        }
    }

    /// The form of `master` as stored.
    pub fn of(master: &Master) -> Self {
        Self {
            name: master.name.clone(),
            status_work: master.status_work.as_str().to_owned(),
            note: master.note.clone(),
            cities: master.cities.clone(),
            equipment: master.equipment.iter().map(ToString::to_string).collect(),
            keep_orders: false,
        }
    }

    /// What is wanted, if every field makes sense by itself.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, known_cities: &[String]) -> Result<MasterFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", required(&self.name, NAME_MAX, "Напишите имя мастера"));
        let status = MasterStatus::parse(&self.status_work).ok_or("Выберите статус".to_owned());
        let status = errors.keep("status_work", status);
        let note = errors.keep("note", within(&self.note, NOTE_MAX));
        if let Some(unknown) = self.cities.iter().find(|city| !known_cities.contains(city)) {
            errors.add("cities", format!("Города «{unknown}» нет в справочнике"));
        }
        let mut cities = self.cities.clone();
        cities.sort_by_cached_key(|city| search_words::sort_key(city));
        cities.dedup();
        let equipment: Option<Vec<TypeEquipment>> =
            self.equipment.iter().map(|text| TypeEquipment::parse(text)).collect();
        let equipment = errors.keep("equipment", equipment.ok_or("Выберите технику из списка".to_owned()));
        match (name, status, note, equipment) {
            (Some(name), Some(status_work), Some(note), Some(mut equipment)) if errors.is_empty() => {
                equipment.sort_unstable();
                equipment.dedup();
                Ok(MasterFields { name, status_work, note, cities, equipment })
            }
            _ => Err(errors),
        }
    }
}

/// The fields of new days off as they were typed.
#[derive(Clone, Debug, Default)]
pub(super) struct DayOffForm {
    pub from_day: String,
    /// Empty: one day.
    pub to_day: String,
    pub note: String,
}

impl DayOffForm {
    /// The form as it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self { from_day: text("from_day"), to_day: text("to_day"), note: text("day_note") }
    }

    /// The days that were meant; they must not be over on `today`.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, today: NaiveDate) -> Result<DayOff, FieldErrors> {
        let mut errors = FieldErrors::default();
        let from = if self.from_day.is_empty() {
            errors.add("from_day", "Укажите первый день");
            None
        } else {
            errors.keep("from_day", day(&self.from_day, today))
        };
        let to = if self.to_day.is_empty() { from } else { errors.keep("to_day", day(&self.to_day, today)) };
        let note = errors.keep("day_note", within(&self.note, DAY_OFF_NOTE_MAX));
        if let (Some(from), Some(to)) = (from, to) {
            if to < from {
                errors.add("to_day", "Последний день раньше первого");
            } else if to < today {
                let name = if self.to_day.is_empty() { "from_day" } else { "to_day" };
                errors.add(name, "Эти дни уже прошли");
            } else if (to - from).num_days() >= LONGEST_DAYS {
                errors.add("to_day", "Больше года. Если мастер ушёл, смените ему статус");
            }
        }
        match (from, to, note) {
            (Some(from), Some(to), Some(note)) if errors.is_empty() => {
                Ok(DayOff { id: None, from, to, note })
            }
            _ => Err(errors),
        }
    }
}

fn day(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    when::day(text, today, Lean::Ahead).ok_or_else(|| "Такой даты нет. Например: 05.12 или завтра".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_twice_or_out_of_order_is_tidied() {
        let form = MasterForm {
            name: "Рустам".into(),
            cities: ["Самара", "Москва", "Самара"].map(String::from).into(),
            equipment: ["МНЧ", "КП", "МНЧ"].map(String::from).into(),
            ..MasterForm::empty()
        };
        let known = ["Москва".to_owned(), "Самара".to_owned()];
        let wanted = form.check(&known).expect("good");
        assert_eq!(wanted.cities, known);
        assert_eq!(wanted.equipment, [TypeEquipment::Computers, TypeEquipment::Handyman]);
        let errors = form.check(&known[..1]).expect_err("an unknown city");
        assert!(errors.of("cities").contains("Самара"));
    }

    #[test]
    fn days_off_that_make_no_sense_say_so() {
        let today = "2026-11-23".parse().expect("a day");
        let check = |from: &str, to: &str| {
            DayOffForm { from_day: from.into(), to_day: to.into(), note: String::new() }.check(today)
        };
        assert_eq!(check("2026-11-23", "").map(|off| off.to), Ok(today));
        assert!(check("2026-11-20", "2026-11-23").is_ok(), "they go on today");
        for (from, to, field) in [
            ("", "", "from_day"),
            ("2026-02-30", "", "from_day"),
            ("2026-11-22", "", "from_day"),
            ("2026-11-20", "2026-11-22", "to_day"),
            ("2026-12-02", "2026-12-01", "to_day"),
            ("2026-12-02", "2028-01-01", "to_day"),
        ] {
            assert!(!check(from, to).expect_err(from).of(field).is_empty(), "{from} {to}");
        }
    }
}
