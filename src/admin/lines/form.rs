//! The form of a line.

use super::{Line, LineFields};
use crate::domain::phone::Phone;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Fields;

/// Longest name of a line: two lines of the narrowest cell.
pub const NAME_MAX: usize = 12;

/// Names a form may choose from.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// РК.
    pub campaigns: Vec<String>,
    /// Cities.
    pub cities: Vec<String>,
    /// Avito accounts.
    pub avito: Vec<String>,
}

/// The fields as they were typed.
#[derive(Clone, Debug, Default)]
pub struct LineForm {
    /// Any spelling of a number.
    pub number: String,
    /// РК.
    pub rk: String,
    /// City.
    pub city: String,
    /// Avito account; empty for none.
    pub avito_name: String,
    /// What the line is called; empty for its last digits.
    pub name: String,
}

impl LineForm {
    /// The form as it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            number: text("number"),
            rk: text("rk"),
            city: text("city"),
            avito_name: text("avito_name"),
            name: text("name"),
        }
    }

    /// The form of a stored line.
    pub fn of(line: &Line) -> Self {
        Self {
            number: line.pretty(),
            rk: line.rk.clone().unwrap_or_default(),
            city: line.city.clone().unwrap_or_default(),
            avito_name: line.avito_name.clone().unwrap_or_default(),
            name: line.name.clone(),
        }
    }

    /// What is said about the line. `fixed` is the number of a line that has calls: it cannot become another.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, offered: &Offered, fixed: Option<&str>) -> Result<LineFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let number = match (fixed, Phone::typed(&self.number)) {
            (Some(fixed), _) => Some(fixed.to_owned()),
            (None, Ok(phone)) => Some(phone.digits().to_owned()),
            (None, Err(doubt)) => {
                let is_missing = self.number.is_empty();
                let words = if is_missing {
                    "Напишите номер, например +7 900 123-45-67"
                } else {
                    doubt.words()
                };
                errors.add("number", words);
                None
            }
        };
        for (field, name, known, words) in [
            ("rk", &self.rk, &offered.campaigns, "Выберите РК"),
            ("city", &self.city, &offered.cities, "Выберите город"),
        ] {
            if !known.contains(name) {
                errors.add(field, words);
            }
        }
        let avito_name = Some(self.avito_name.clone()).filter(|name| !name.is_empty());
        if avito_name.as_ref().is_some_and(|name| !offered.avito.contains(name)) {
            errors.add("avito_name", "Выберите аккаунт из списка");
        }
        if self.name.chars().count() > NAME_MAX {
            errors.add("name", format!("Не длиннее {NAME_MAX} знаков, иначе не поместится в списке звонков"));
        }
        match number {
            Some(number) if errors.is_empty() => Ok(LineFields {
                number,
                rk: self.rk.clone(),
                city: self.city.clone(),
                avito_name,
                name: self.name.clone(),
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Offered {
        Offered {
            campaigns: vec!["Авито".into()],
            cities: vec!["Тверь".into()],
            avito: vec!["Сергей БТ".into()],
        }
    }

    #[test]
    fn any_spelling_is_one_number_and_names_come_from_the_lists() {
        let form = LineForm {
            number: "8 (900) 123 45 67".into(),
            rk: "Авито".into(),
            city: "Тверь".into(),
            ..Default::default()
        };
        let wanted = form.check(&offered(), None).expect("good");
        assert_eq!((wanted.number.as_str(), wanted.avito_name), ("79001234567", None));
        let wrong = LineForm { rk: "авито".into(), avito_name: "Пётр".into(), ..Default::default() };
        let errors = wrong.check(&offered(), None).expect_err("wrong");
        for field in ["number", "rk", "city", "avito_name"] {
            assert!(!errors.of(field).is_empty(), "{field}");
        }
    }

    #[test]
    fn a_doubtful_number_of_a_line_is_asked_about() {
        for (typed, words) in [
            ("+7 495 000 01", "Не хватает цифр"),
            ("790012345-6", "Не хватает цифр"),
            ("+7 495 000-01-01 доб. 12", "Добавочный"),
            ("+7 495 000-01-01, +7 495 000-01-02", "два номера"),
            ("", "Напишите номер"),
        ] {
            let form = LineForm {
                number: typed.into(),
                rk: "Авито".into(),
                city: "Тверь".into(),
                ..Default::default()
            };
            let errors = form.check(&offered(), None).expect_err(typed);
            assert!(errors.of("number").contains(words), "{typed}: {}", errors.of("number"));
        }
    }

    #[test]
    fn a_line_with_calls_keeps_its_number() {
        let form =
            LineForm {
                number: "5".into(), rk: "Авито".into(), city: "Тверь".into(), ..Default::default()
            };
        assert_eq!(form.check(&offered(), Some("sip:line@x")).expect("good").number, "sip:line@x");
    }
}
