//! The form of a new order: everything as it was typed, and the check that makes sense of it or says at each
//! field, in Russian, what is wrong.

use super::answer::Answer;
use crate::domain::id::{CallId, HoldId, OrderId};
use crate::domain::order::{Meeting, TypeEquipment, TypeOrder};
use crate::domain::phone::Phone;
use crate::domain::{when, zone};
use crate::orders::list::rows::Clocks;
use crate::orders::queries::drafts::DraftFields;
use crate::orders::values::{self, Lists};
use crate::web::field_errors::FieldErrors;
use crate::web::form::Fields;

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
    /// What was said to similar orders (`super::answer::Answer`), or empty.
    pub duplicate: String,
    /// Made when the form is rendered: one form, one order.
    pub request_key: String,
}

/// A form that makes sense: all a new order is made of. Nothing below looks at the form again.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields of the form, understood")]
pub struct Checked {
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub avito_chatid: Option<String>,
    pub phone: Phone,
    /// The number as it was typed.
    pub phone_raw: String,
    pub type_order: TypeOrder,
    pub client_name: String,
    pub address: String,
    pub meeting: Meeting,
    pub type_equipment: TypeEquipment,
    pub problem: String,
    pub comment: String,
    /// The call it comes from, as the form names it.
    pub call: Option<CallId>,
    /// The place that is held for it.
    pub hold: Option<HoldId>,
    /// Why it may go over the limit of its slot.
    pub overbook_reason: Option<String>,
    /// What was said to similar orders.
    pub answer: Answer,
}

/// Why no order was made.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// There is no place in the slot: a reason would book over the limit.
    pub is_full: bool,
}

impl From<FieldErrors> for Refusal {
    fn from(errors: FieldErrors) -> Self {
        Self { errors, is_full: false }
    }
}

impl Checked {
    /// The order whose work this one makes good.
    pub fn parent(&self) -> Option<OrderId> {
        self.answer.parent().filter(|_| self.type_order == TypeOrder::Warranty)
    }
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

    /// The client's number, read as saving reads it; `None` while it is none or doubtful.
    pub fn number(&self) -> Option<Phone> {
        Phone::typed(&self.phone).ok()
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

    /// The call the form was opened from.
    pub fn call_id(&self) -> Option<CallId> {
        self.call.parse().ok()
    }

    /// The place that is held for the form.
    pub fn hold_id(&self) -> Option<HoldId> {
        self.hold.parse().ok()
    }

    /// Makes sense of the form against the lists.
    ///
    /// # Errors
    /// Words for every wrong field.
    pub fn check(&self, lists: &Lists) -> Result<Checked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let city = errors.keep("city", lists.city(&self.city));
        let local = errors.keep("date_meeting", values::date_meeting(&self.date_meeting));
        let meeting = city.zip(local).and_then(|(city, local)| {
            errors.keep("date_meeting", values::exists_in(local, city.zone))?;
            Some(Meeting::local(local, city.zone))
        });
        let rk = errors.keep("rk", lists.campaign(&self.rk));
        let avito_name = errors.keep("avito_name", lists.avito_name(&self.avito_name));
        let phone = errors.keep("phone", values::phone(&self.phone));
        let type_order = errors.keep("type_order", values::type_order(&self.type_order));
        let type_equipment = errors.keep("type_equipment", values::type_equipment(&self.type_equipment));
        let client_name = errors.keep("client_name", values::client_name(&self.client_name));
        let address = errors.keep("address", values::address(&self.address));
        let problem = errors.keep("problem", values::problem(&self.problem));
        let comment = errors.keep("comment", values::comment(&self.comment));
        let reason = errors.keep("overbook_reason", values::overbook_reason(&self.overbook_reason));
        // A field that gave no value has said why.
        let checked = || {
            Some(Checked {
                rk: rk?,
                city: city?.name.clone(),
                avito_name: avito_name?,
                avito_chatid: Some(self.avito_chatid.clone())
                    .filter(|chat| (1..=MAX_CHAT).contains(&chat.len())),
                phone: phone?,
                phone_raw: self.phone.clone(),
                type_order: type_order?,
                client_name: client_name?,
                address: address?,
                meeting: meeting?,
                type_equipment: type_equipment?,
                problem: problem?,
                comment: comment?,
                call: self.call_id(),
                hold: self.hold_id(),
                overbook_reason: Some(reason?).filter(|reason| !reason.is_empty()),
                answer: Answer::parse(&self.duplicate),
            })
        };
        checked().ok_or(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::city::City;

    fn lists() -> Lists {
        let city = |name: &str, zone, is_active| City { name: name.into(), zone, is_active };
        Lists {
            cities: vec![
                city("Самара", chrono_tz::Europe::Samara, true),
                city("Тверь", chrono_tz::Europe::Moscow, false),
                city("Берлин", chrono_tz::Europe::Berlin, true),
            ],
            campaigns: vec!["Авито".into()],
            avito: vec!["Сергей БТ".into()],
            masters: Vec::new(),
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
        let checked = filled().check(&lists()).expect("a right form");
        assert_eq!(checked.phone.digits(), "79001234567");
        assert_eq!(checked.meeting.at.to_string(), "2026-11-23 19:30:00");
        assert_eq!(checked.avito_name, None);
    }

    #[test]
    fn an_empty_form_says_what_is_missing_field_by_field() {
        let errors = OrderForm::default().check(&lists()).expect_err("an empty form");
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
            let errors = form.check(&lists()).expect_err(field);
            assert_eq!(errors.count(), 1, "{field}: {errors:?}");
            assert!(!errors.of(field).is_empty(), "{field}: {errors:?}");
        }
    }
}
