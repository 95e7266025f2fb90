//! What an order becomes: its changeable fields understood, and each of them as text. The text of a field is what
//! is compared, merged and kept in the history: digits of a telephone, kopecks, a moment on the city's clock.

use chrono::{NaiveDateTime, NaiveTime};

use super::Field;
use crate::domain::city::City;
use crate::domain::id::MasterId;
use crate::domain::order::{Meeting, StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::phone::{Phone, pretty};
use crate::domain::{money, russian, when};
use crate::orders::queries::one::Order;
use crate::orders::values::{self, Lists, Understood};

/// The fields of an order that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of orders, described in their migration")]
pub struct Target {
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    /// Canonical digits.
    pub phone: String,
    pub type_order: TypeOrder,
    pub client_name: String,
    pub address: String,
    /// The visit on the clock of the city.
    pub local: NaiveDateTime,
    pub type_equipment: TypeEquipment,
    pub problem: String,
    pub status: StatusOrder,
    pub reason: Option<String>,
    pub master_id: Option<MasterId>,
    /// Kopecks.
    pub result: Option<i64>,
    /// Kopecks.
    pub expenditure: Option<i64>,
    pub comment: String,
}

impl Target {
    /// What the order is.
    pub fn of(order: &Order) -> Self {
        let minute = u32::try_from(order.meeting_minute).unwrap_or_default();
        let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap_or_default();
        Self {
            rk: order.rk.clone(),
            city: order.city.clone(),
            avito_name: order.avito_name.clone(),
            phone: order.phone.clone(),
            type_order: order.type_order,
            client_name: order.client_name.clone(),
            address: order.address.clone(),
            local: order.meeting_day.and_time(time),
            type_equipment: order.type_equipment,
            problem: order.problem.clone(),
            status: order.status_order,
            reason: order.refusal_reason.clone(),
            master_id: order.master_id,
            result: order.result,
            expenditure: order.expenditure,
            comment: order.comment.clone(),
        }
    }

    /// The text of a field, as it is kept.
    pub fn text(&self, field: Field) -> String {
        let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        match field {
            Field::Rk => self.rk.clone(),
            Field::City => self.city.clone(),
            Field::AvitoName => self.avito_name.clone().unwrap_or_default(),
            Field::Phone => self.phone.clone(),
            Field::TypeOrder => self.type_order.to_string(),
            Field::ClientName => self.client_name.clone(),
            Field::Address => self.address.clone(),
            Field::DateMeeting => self.local.format(when::SENT).to_string(),
            Field::TypeEquipment => self.type_equipment.to_string(),
            Field::Problem => self.problem.clone(),
            Field::StatusOrder => self.status.to_string(),
            Field::RefusalReason => self.reason.clone().unwrap_or_default(),
            Field::MasterId => self.master_id.map(|id| id.to_string()).unwrap_or_default(),
            Field::Result => number(self.result),
            Field::Expenditure => number(self.expenditure),
            Field::Comment => self.comment.clone(),
        }
    }

    /// Puts a text (as [`stored`] gives it) into its field. The reason of a refusal is checked by the rules of
    /// statuses: which reasons there are depends on the status.
    ///
    /// # Errors
    /// What is wrong, in words for the field.
    pub fn set(&mut self, field: Field, text: &str, lists: &Lists) -> Understood<()> {
        match field {
            Field::Rk => self.rk = lists.campaign(text)?,
            Field::City => self.city.clone_from(&lists.city(text)?.name),
            Field::AvitoName => self.avito_name = lists.avito_name(text)?,
            Field::Phone => {
                // What `stored` could not make sense of is refused with the reason.
                let phone =
                    Phone::stored(text).map_or_else(|| values::phone(text.trim_start_matches('?')), Ok)?;
                phone.digits().clone_into(&mut self.phone);
            }
            Field::TypeOrder => self.type_order = values::type_order(text)?,
            Field::ClientName => self.client_name = values::client_name(text)?,
            Field::Address => self.address = values::address(text)?,
            Field::DateMeeting => self.local = values::date_meeting(text)?,
            Field::TypeEquipment => self.type_equipment = values::type_equipment(text)?,
            Field::Problem => self.problem = values::problem(text)?,
            Field::StatusOrder => {
                self.status = StatusOrder::parse(text).ok_or("Такого статуса нет. Выберите из списка")?;
            }
            Field::RefusalReason => self.reason = Some(text.to_owned()).filter(|text| !text.is_empty()),
            Field::MasterId => self.master_id = lists.master(text)?,
            Field::Result => self.result = sum(text)?,
            Field::Expenditure => self.expenditure = sum(text)?,
            Field::Comment => self.comment = values::comment(text)?,
        }
        Ok(())
    }

    /// The visit as it is stored: the clock time stays as promised, whatever the city.
    pub fn meeting(&self, cities: &[City], business: chrono_tz::Tz) -> Meeting {
        Meeting::local(self.local, crate::domain::city::zone_of(cities, &self.city, business))
    }

    /// Parts cost more than the client paid: allowed, but worth a word.
    pub fn is_loss(&self) -> bool {
        self.expenditure.is_some_and(|spent| spent > self.result.unwrap_or_default())
    }
}

fn sum(stored: &str) -> Understood<Option<i64>> {
    if stored.is_empty() {
        return Ok(None);
    }
    // Kopecks when `stored` could make sense of it; whatever it could not is refused with the reason.
    match stored.parse() {
        Ok(kopecks) => Ok(Some(kopecks)),
        Err(_) => money::parse(stored.trim_start_matches('?')).map(Some).map_err(|error| error.to_string()),
    }
}

/// What was typed into a field as the text that is kept, so that «8 900…» and «+7 900…» are the same. What makes no
/// sense stays as it was typed, to be refused by [`Target::set`].
pub fn stored(field: Field, typed: &str) -> String {
    let typed = typed.trim();
    match field {
        // What is doubtful keeps a sign that no stored number has.
        Field::Phone => match Phone::typed(typed) {
            Ok(phone) => phone.digits().to_owned(),
            Err(_) if typed.is_empty() => String::new(),
            Err(_) => format!("?{typed}"),
        },
        Field::DateMeeting => {
            when::absolute(typed).map_or_else(|| typed.to_owned(), |at| at.format(when::SENT).to_string())
        }
        Field::Result | Field::Expenditure if typed.is_empty() => String::new(),
        // A mark keeps «-5» and «1 2» from being read as kopecks.
        Field::Result | Field::Expenditure => {
            money::parse(typed).map_or_else(|_| format!("?{typed}"), |kopecks| kopecks.to_string())
        }
        _ if field.is_line() => typed.replace("\r\n", " ").replace(['\r', '\n'], " "),
        _ => typed.replace("\r\n", "\n").replace('\r', "\n"),
    }
}

/// The text of a field as its input shows it.
pub fn shown(field: Field, stored: &str) -> String {
    match field {
        Field::Phone => pretty(stored.trim_start_matches('?')),
        Field::DateMeeting => when::absolute(stored).map_or_else(|| stored.to_owned(), when::write),
        Field::Result | Field::Expenditure => {
            stored.parse().map_or_else(|_| stored.to_owned(), russian::roubles)
        }
        _ => stored.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_the_same_text() {
        for (field, typed, text) in [
            (Field::Phone, "8 (900) 123-45-67", "79001234567"),
            (Field::Phone, "кто это", "?кто это"),
            (Field::Phone, "8 900 123-45-6", "?8 900 123-45-6"),
            (Field::Phone, "+84 91 234 56 78", "84912345678"),
            (Field::DateMeeting, "2026-11-24T15:00:00", "2026-11-24T15:00"),
            (Field::Result, "12 400,50", "1240050"),
            (Field::Result, "12\u{a0}400,50 ₽", "1240050"),
            (Field::Result, "", ""),
            (Field::Result, "-5", "?-5"),
            (Field::Address, " ул. Чапаева\r\n48 ", "ул. Чапаева 48"),
            (Field::Problem, "Течёт\r\nснизу", "Течёт\nснизу"),
        ] {
            assert_eq!(stored(field, typed), text, "{field}: {typed:?}");
        }
        assert_eq!(shown(Field::Result, "1240050"), "12\u{a0}400,50");
        assert_eq!(shown(Field::Phone, "79001234567"), "+7 900 123-45-67");
    }

    #[test]
    fn a_sum_that_makes_no_sense_is_refused_with_the_reason() {
        let refused = |typed: &str| sum(&stored(Field::Result, typed)).expect_err(typed);
        assert!(refused("-5").contains("меньше нуля"));
        assert!(refused("много").contains("цифрами"));
        assert!(refused("12,345").contains("копейки"));
        assert!(refused("99999999999").contains("10 млн"));
        assert_eq!(sum(&stored(Field::Result, "0")), Ok(Some(0)));
    }
}
