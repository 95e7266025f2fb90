//! The form of a new order: everything as it was typed, and the check that makes sense of it or says at each
//! field, in Russian, what is wrong.

use std::collections::BTreeMap;

use crate::catalogs;
use crate::domain::city::City;
use crate::domain::order::{Meeting, TypeEquipment, TypeOrder};
use crate::domain::phone::Phone;
use crate::domain::{when, zone};
use crate::orders::list::rows::Clocks;
use crate::orders::queries::drafts::DraftFields;
use crate::platform::db::Db;
use crate::web::form::Fields;

/// Longest texts, in letters.
pub const MAX_NAME: usize = 200;
pub(crate) const MAX_ADDRESS: usize = 500;
pub(crate) const MAX_PROBLEM: usize = 5000;
pub(crate) const MAX_REASON: usize = 500;
/// Longest id of a chat; Avito's are some forty letters.
const MAX_CHAT: usize = 200;

/// The fields as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the fields say what they are")]
pub struct OrderForm {
    pub rk: String,
    pub city: String,
    pub avito_name: String,
    pub phone: String,
    pub type_order: String,
    pub client_name: String,
    pub address: String,
    pub date_meeting: String,
    pub type_equipment: String,
    pub problem: String,
    pub comment: String,
    /// Id of the call it comes from, or empty.
    pub call: String,
    /// Avito chat it comes from, or empty.
    pub avito_chatid: String,
    /// Id of the place that is held for it, or empty.
    pub hold: String,
    /// Why it is booked over the limit of its slot.
    pub overbook_reason: String,
    /// What was said to similar orders (`super::duplicates::Answer`), or empty.
    pub duplicate: String,
    /// Made when the form is rendered: one form, one order.
    pub request_key: String,
}

/// What is wrong, by field; under "" what belongs to no field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    by_field: BTreeMap<&'static str, String>,
    /// There is no place in the slot: a reason would book over the limit.
    pub is_full: bool,
}

impl Errors {
    /// The words for a field, empty when it is right.
    pub fn of(&self, field: &str) -> &str {
        self.by_field.get(field).map_or("", String::as_str)
    }

    /// How many fields are wrong.
    pub fn count(&self) -> usize {
        self.by_field.len()
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// Says what is wrong with a field; the first word about it stands.
    pub fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.by_field.entry(field).or_insert_with(|| words.into());
    }
}

/// The lists an order may refer to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Active and not.
    pub cities: Vec<City>,
    /// Names of active campaigns.
    pub campaigns: Vec<String>,
    /// Names of active Avito accounts.
    pub avito: Vec<String>,
}

impl Known {
    /// Reads the lists.
    pub fn load(db: &mut Db) -> diesel::QueryResult<Self> {
        Ok(Self {
            cities: catalogs::queries::cities(db)?,
            campaigns: catalogs::queries::campaigns(db)?,
            avito: catalogs::queries::avito_names(db)?,
        })
    }

    /// Names of the cities that are offered.
    pub fn city_names(&self) -> Vec<String> {
        self.cities.iter().filter(|c| c.is_active).map(|c| c.name.clone()).collect()
    }
}

/// A form that makes sense.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields of the form, understood")]
pub struct Checked {
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub avito_chatid: Option<String>,
    pub phone: Phone,
    pub type_order: TypeOrder,
    pub client_name: String,
    pub address: String,
    pub meeting: Meeting,
    pub type_equipment: TypeEquipment,
    pub problem: String,
    pub comment: String,
}

impl OrderForm {
    /// Reads a body or the address of a prefilled form.
    pub fn of(fields: &Fields) -> Self {
        Self::read(|name| fields.text(name).to_owned())
    }

    /// Reads a draft.
    pub fn of_draft(draft: &DraftFields) -> Self {
        Self::read(|name| draft.get(name).cloned().unwrap_or_default())
    }

    fn read(value: impl Fn(&str) -> String) -> Self {
        Self {
            rk: value("rk"),
            city: value("city"),
            avito_name: value("avito_name"),
            phone: value("phone"),
            type_order: value("type_order"),
            client_name: value("client_name"),
            address: value("address"),
            date_meeting: value("date_meeting"),
            type_equipment: value("type_equipment"),
            problem: value("problem"),
            comment: value("comment"),
            call: value("call"),
            avito_chatid: value("avito_chatid"),
            hold: value("hold"),
            overbook_reason: value("overbook_reason"),
            duplicate: value("duplicate"),
            request_key: value("request_key"),
        }
    }

    /// Fills what is empty here from `other`.
    pub fn or(mut self, other: &Self) -> Self {
        let pairs = [
            (&mut self.rk, &other.rk),
            (&mut self.city, &other.city),
            (&mut self.avito_name, &other.avito_name),
            (&mut self.phone, &other.phone),
            (&mut self.type_order, &other.type_order),
            (&mut self.client_name, &other.client_name),
            (&mut self.address, &other.address),
            (&mut self.date_meeting, &other.date_meeting),
            (&mut self.type_equipment, &other.type_equipment),
            (&mut self.problem, &other.problem),
            (&mut self.comment, &other.comment),
            (&mut self.call, &other.call),
            (&mut self.avito_chatid, &other.avito_chatid),
            (&mut self.hold, &other.hold),
            (&mut self.overbook_reason, &other.overbook_reason),
            (&mut self.duplicate, &other.duplicate),
            (&mut self.request_key, &other.request_key),
        ];
        for (mine, theirs) in pairs {
            if mine.is_empty() {
                mine.clone_from(theirs);
            }
        }
        self
    }

    /// Puts the moment that «завтра 14» means by the clock of its city in the place of the words, so that nothing
    /// below asks what day it is. What cannot be understood stays as it was typed.
    pub fn settle(&mut self, clocks: &Clocks) {
        self.date_meeting =
            when::settled(&self.date_meeting, zone::local(clocks.now, clocks.city(&self.city)));
    }

    /// The date as its field shows it: «25.11.2026 14:00».
    pub fn date_shown(&self) -> String {
        when::absolute(&self.date_meeting).map_or_else(|| self.date_meeting.clone(), when::write)
    }

    /// Makes sense of the form against the lists.
    ///
    /// # Errors
    /// Words for every wrong field.
    pub fn check(&self, known: &Known) -> Result<Checked, Errors> {
        let mut errors = Errors::default();
        let city = known.cities.iter().find(|c| c.name == self.city && c.is_active);
        match (city, self.city.is_empty()) {
            (Some(_), _) => {}
            (None, true) => errors.add("city", "Выберите город клиента"),
            (None, false) => errors.add("city", "Такого города нет в списке. Выберите из списка"),
        }
        match (known.campaigns.contains(&self.rk), self.rk.is_empty()) {
            (true, _) => {}
            (false, true) => errors.add("rk", "Выберите РК"),
            (false, false) => errors.add("rk", "Такой РК нет в списке. Выберите из списка"),
        }
        let avito_name = Some(self.avito_name.clone()).filter(|name| !name.is_empty());
        if avito_name.as_ref().is_some_and(|name| !known.avito.contains(name)) {
            errors.add("avito_name", "Такого аккаунта нет в списке. Выберите из списка");
        }
        let phone = match Phone::typed(&self.phone) {
            Ok(phone) => Some(phone),
            Err(_) if self.phone.is_empty() => {
                errors.add("phone", "Введите телефон клиента");
                None
            }
            Err(doubt) => {
                errors.add("phone", doubt.words());
                None
            }
        };
        let type_order = TypeOrder::parse(&self.type_order);
        if type_order.is_none() {
            errors.add("type_order", "Выберите тип заявки");
        }
        let type_equipment = TypeEquipment::parse(&self.type_equipment);
        if type_equipment.is_none() {
            errors.add("type_equipment", "Выберите тип техники");
        }
        let local = when::absolute(&self.date_meeting);
        if local.is_none() {
            errors.add(
                "date_meeting",
                if self.date_meeting.is_empty() {
                    "Выберите дату и время встречи"
                } else {
                    "Дата не читается. Выберите день и время, например 24.11.2026 15:00"
                },
            );
        }
        if city.zip(local).is_some_and(|(city, local)| zone::is_skipped(local, city.zone)) {
            errors.add("date_meeting", zone::SKIPPED);
        }
        limit(&mut errors, "client_name", &self.client_name, MAX_NAME, None);
        limit(
            &mut errors,
            "address",
            &self.address,
            MAX_ADDRESS,
            Some("Введите адрес: улица, дом, квартира"),
        );
        limit(&mut errors, "problem", &self.problem, MAX_PROBLEM, Some("Опишите, что случилось"));
        limit(&mut errors, "comment", &self.comment, MAX_PROBLEM, None);
        limit(&mut errors, "overbook_reason", &self.overbook_reason, MAX_REASON, None);
        match (city, phone, type_order, type_equipment, local) {
            (Some(city), Some(phone), Some(type_order), Some(type_equipment), Some(local))
                if errors.is_empty() =>
            {
                Ok(Checked {
                    rk: self.rk.clone(),
                    city: self.city.clone(),
                    avito_name,
                    avito_chatid: Some(self.avito_chatid.clone())
                        .filter(|chat| (1..=MAX_CHAT).contains(&chat.len())),
                    phone,
                    type_order,
                    client_name: self.client_name.clone(),
                    address: self.address.clone(),
                    meeting: Meeting::local(local, city.zone),
                    type_equipment,
                    problem: self.problem.clone(),
                    comment: self.comment.clone(),
                })
            }
            _ => Err(errors),
        }
    }
}

fn limit(errors: &mut Errors, field: &'static str, text: &str, max: usize, missing: Option<&str>) {
    let length = text.chars().count();
    if let Some(words) = missing.filter(|_| length == 0) {
        errors.add(field, words);
    }
    if length > max {
        errors.add(field, format!("Слишком длинно: {length} знаков, поместится {max}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let city = |name: &str, zone, is_active| City { name: name.into(), zone, is_active };
        Known {
            cities: vec![
                city("Самара", chrono_tz::Europe::Samara, true),
                city("Тверь", chrono_tz::Europe::Moscow, false),
                city("Берлин", chrono_tz::Europe::Berlin, true),
            ],
            campaigns: vec!["Авито".into()],
            avito: vec!["Сергей БТ".into()],
        }
    }

    fn filled() -> OrderForm {
        OrderForm {
            rk: "Авито".into(),
            city: "Самара".into(),
            phone: "8 (900) 123-45-67".into(),
            type_order: "Впервые".into(),
            address: "ул. Ленина, 5".into(),
            date_meeting: "2026-11-23T23:30".into(),
            type_equipment: "БТ".into(),
            problem: "Течёт 😀".into(),
            ..OrderForm::default()
        }
    }

    #[test]
    fn a_filled_form_is_understood_in_the_citys_time() {
        let checked = filled().check(&known()).expect("a right form");
        assert_eq!(checked.phone.digits(), "79001234567");
        assert_eq!(checked.meeting.at.to_string(), "2026-11-23 19:30:00");
        assert_eq!(checked.avito_name, None);
    }

    #[test]
    fn an_empty_form_says_what_is_missing_field_by_field() {
        let errors = OrderForm::default().check(&known()).expect_err("an empty form");
        for field in
            ["rk", "city", "phone", "type_order", "address", "date_meeting", "type_equipment", "problem"]
        {
            assert!(!errors.of(field).is_empty(), "{field}");
        }
        assert_eq!(errors.of("client_name"), "", "a client known by telephone is complete");
    }

    #[test]
    fn what_the_lists_do_not_have_is_refused() {
        for (field, change) in [
            ("city", Box::new(|f: &mut OrderForm| f.city = "Тверь".into()) as Box<dyn Fn(&mut OrderForm)>),
            ("rk", Box::new(|f| f.rk = "Радио".into())),
            ("avito_name", Box::new(|f| f.avito_name = "Чужой".into())),
            ("type_order", Box::new(|f| f.type_order = "first".into())),
            ("type_equipment", Box::new(|f| f.type_equipment = "Ракеты".into())),
            ("date_meeting", Box::new(|f| f.date_meeting = "завтра".into())),
            ("date_meeting", Box::new(|f| f.date_meeting = "0026-11-23T10:00".into())),
            (
                "date_meeting",
                Box::new(|f| {
                    f.city = "Берлин".into();
                    f.date_meeting = "2027-03-28T02:30".into();
                }),
            ),
            ("phone", Box::new(|f| f.phone = "позвоните мне".into())),
            ("phone", Box::new(|f| f.phone = "+7 900 000 22 2".into())),
            ("problem", Box::new(|f| f.problem = "щ".repeat(10_000))),
            ("client_name", Box::new(|f| f.client_name = "щ".repeat(201))),
            ("overbook_reason", Box::new(|f| f.overbook_reason = "щ".repeat(501))),
        ] {
            let mut form = filled();
            change(&mut form);
            let errors = form.check(&known()).expect_err(field);
            assert_eq!(errors.count(), 1, "{field}: {errors:?}");
            assert!(!errors.of(field).is_empty(), "{field}: {errors:?}");
        }
    }
}
