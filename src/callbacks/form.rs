//! The form of a promise: when, about what, whose. A press of «через час» is enough, a time can be typed as well.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{Duration, NaiveDateTime, Timelike};

use super::queries::{self, Callback};
use crate::catalogs::queries as lists;
use crate::domain::id::{AccountId, CallbackId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::Phone;
use crate::domain::phone::pretty;
use crate::domain::russian::clean;
use crate::domain::when::{self, When};
use crate::domain::zone;
use crate::platform::db::Db;
use crate::web::field_errors::{FieldErrors, within};
use crate::web::form::Fields;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// Longest note and longest reason, in letters.
pub const NOTE_MAX: usize = 500;
/// Nobody promises further ahead.
const AHEAD: Duration = Duration::days(90);
/// A moment of the form lasts a minute: the present one is not over yet.
const MINUTE: Duration = Duration::seconds(60);

/// Presses that stand for a time: what is sent, what is read.
const PRESSES: [(&str, &str); 5] = [
    ("15", "Через 15 минут"),
    ("30", "Через полчаса"),
    ("60", "Через час"),
    ("180", "Через 3 часа"),
    ("morning", "Завтра в 10:00"),
];

/// The form.
#[derive(Template)]
#[template(path = "callbacks/form.html", blocks = ["content"])]
pub struct CallbackForm {
    /// The promise that is changed; none for a new one.
    pub id: Option<CallbackId>,
    /// The number for people.
    shown: String,
    /// Canonical digits.
    pub number: String,
    /// Where it is promised; empty for nowhere.
    pub call: String,
    /// «27.11.2026 15:00», by the business clock, as typed.
    pub due: String,
    /// What about, as typed.
    pub note: String,
    /// Whose, as chosen; empty for everybody.
    pub owner: String,
    /// Whom it can be given to.
    owners: Vec<Choice>,
    /// «16:05», when the client lives by another clock.
    client_time: String,
    /// What is promised to the number already, in words.
    other: Option<(CallbackId, String)>,
    /// What is wrong.
    pub errors: FieldErrors,
    /// Whoever looks may cancel the promise.
    may_cancel: bool,
    /// When the promise is for as it stands: left alone it stays so, past or not.
    stands: Option<NaiveDateTime>,
    is_dialog: bool,
}

/// What a form says when nothing is wrong with it.
pub struct Checked {
    /// When to call, UTC.
    pub due_at: NaiveDateTime,
    /// What about.
    pub note: String,
    /// Whose; nobody for everybody's.
    pub owner_id: Option<AccountId>,
}

impl CallbackForm {
    /// A form about a number; what was typed is in `fields`. `None` when there is no such number.
    pub fn of_number(
        db: &mut Db,
        person: &Person,
        fields: &Fields,
        now: Now,
        is_dialog: bool,
    ) -> diesel::QueryResult<Option<Self>> {
        let wanted = fields.id("call");
        let of_call = match wanted {
            Some(call) => queries::number_of_call(db, call)?,
            None => None,
        };
        // A call there is not is no place to refer to.
        let call = wanted.filter(|_| of_call.is_some()).map(|call| call.to_string()).unwrap_or_default();
        let (number, city) = match of_call {
            Some((number, city)) => (number, city),
            None => (Phone::returned(fields.text("number")).map(|phone| phone.digits().to_owned()), None),
        };
        let Some(number) = number else { return Ok(None) };
        let city = match city {
            Some(city) => Some(city),
            None => queries::city_of_number(db, &number)?,
        };
        let other = queries::of_numbers(db, std::slice::from_ref(&number))?.remove(&number);
        let own = if person.is_admin() { String::new() } else { person.id.to_string() };
        Ok(Some(Self {
            id: None,
            shown: pretty(&number),
            call,
            due: sent(fields, "due", String::new()),
            note: sent(fields, "note", String::new()),
            owner: sent(fields, "owner", own),
            owners: owners(db)?,
            client_time: now.clock_in(&lists::cities(db)?, city.as_deref().unwrap_or_default()),
            other: other.map(|other| (other.id, promised(&other, now))),
            errors: FieldErrors::default(),
            may_cancel: false,
            stands: None,
            is_dialog,
            number,
        }))
    }

    /// A form that changes a promise; what was typed is in `fields`.
    pub fn of_callback(
        db: &mut Db,
        person: &Person,
        callback: &Callback,
        fields: &Fields,
        now: Now,
        is_dialog: bool,
    ) -> diesel::QueryResult<Self> {
        let local = zone::local(callback.due_at, now.zone);
        let city = queries::city_of_number(db, &callback.number)?;
        Ok(Self {
            id: Some(callback.id),
            shown: pretty(&callback.number),
            number: callback.number.clone(),
            call: String::new(),
            due: sent(fields, "due", when::write(local)),
            note: sent(fields, "note", callback.note.clone()),
            owner: sent(fields, "owner", callback.owner_id.map(|id| id.to_string()).unwrap_or_default()),
            owners: owners(db)?,
            client_time: now.clock_in(&lists::cities(db)?, city.as_deref().unwrap_or_default()),
            other: None,
            errors: FieldErrors::default(),
            may_cancel: person.is_admin() || callback.owner_id.is_none_or(|owner| owner == person.id),
            stands: Some(callback.due_at),
            is_dialog,
        })
    }

    /// What the form says, or what is wrong with it, in [`Self::errors`]. `press`: the button that was pressed.
    pub fn check(&mut self, press: &str, now: Now) -> Option<Checked> {
        let is_left = |at: &NaiveDateTime| {
            let shown = when::write(zone::local(*at, now.zone));
            press.is_empty() && when::absolute(&self.due).is_some_and(|due| when::write(due) == shown)
        };
        let due = self.stands.filter(is_left).map_or_else(|| due(press, &self.due, now), Ok);
        let due_at = self.errors.keep("due", due);
        let note = self.errors.keep("note", within(&clean(&self.note), NOTE_MAX));
        let is_known = self.owner.is_empty() || self.owners.iter().any(|choice| choice.value == self.owner);
        if !is_known {
            self.errors.add("owner", "Этот оператор здесь не работает, выберите другого");
        }
        let owner_id = self.owner.parse().ok();
        Some(Checked { due_at: due_at?, note: note?, owner_id }).filter(|_| is_known)
    }

    /// The form as it is asked for, or refused when something is wrong with it.
    pub fn shown(self) -> Show<Self> {
        let is_fine = self.errors.is_empty();
        Show(self, if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY })
    }

    fn presses(&self) -> [(&'static str, &'static str); 5] {
        PRESSES
    }

    fn due_hint(&self) -> String {
        match self.client_time.as_str() {
            "" => String::new(),
            time => format!("По часам компании. Сейчас у клиента {time}."),
        }
    }

    fn action(&self) -> String {
        match self.id {
            None => "/telephony/callbacks".to_owned(),
            Some(id) => format!("/telephony/callbacks/{id}"),
        }
    }

    fn heading(&self) -> &'static str {
        if self.id.is_none() { "Перезвонить" } else { "Перенести звонок" }
    }
}

impl Page for CallbackForm {
    fn title(&self) -> String {
        format!("{} {}", self.heading(), self.shown)
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| self.as_content().render())
    }
}

fn owners(db: &mut Db) -> diesel::QueryResult<Vec<Choice>> {
    Ok(Choice::ids(&queries::operators(db)?))
}

/// «обещали на 15:00, Белова А.».
fn promised(other: &Callback, now: Now) -> String {
    let view = super::view::CallbackView::of(other.clone(), 0, now);
    format!("Уже обещано: {}, {}", view.at, if view.owner.is_empty() { "для всех" } else { &view.owner })
}

/// What was sent, trimmed; `otherwise` when nothing was.
fn sent(fields: &Fields, name: &str, otherwise: String) -> String {
    fields.raw(name).map_or(otherwise, |value| value.trim().to_owned())
}

/// The moment of a press, or of what was typed by the business clock.
fn due(press: &str, typed: &str, now: Now) -> Result<NaiveDateTime, String> {
    let local = zone::local(now.utc, now.zone);
    if press == "morning" {
        let morning = (local.date() + Duration::days(1)).and_hms_opt(10, 0, 0).unwrap_or(local);
        return Ok(zone::utc(morning, now.zone));
    }
    if let Some(minutes) =
        press.parse::<i64>().ok().filter(|_| PRESSES.iter().any(|(sent, _)| *sent == press))
    {
        let at = now.utc + Duration::minutes(minutes);
        return Ok(at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at));
    }
    if typed.is_empty() {
        return Err("Укажите день и время или нажмите одну из кнопок".to_owned());
    }
    let moment = match When::read(typed, local) {
        When::At { at, .. } => at,
        When::Day(..) => return Err("Во сколько? Пример: завтра 15:00".to_owned()),
        When::Empty | When::Unclear => return Err("Это не время. Пример: 27.11.2026 15:00".to_owned()),
    };
    let at = zone::utc(moment, now.zone);
    if at + MINUTE < now.utc {
        return Err("Это время уже прошло".to_owned());
    }
    if at - now.utc > AHEAD {
        return Err("Не дальше трёх месяцев".to_owned());
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Now {
        Now { utc: "2026-11-27T20:30:40.5".parse().expect("a moment"), zone: chrono_tz::Europe::Moscow }
    }

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_press_is_a_moment_by_the_business_clock() {
        assert_eq!(due("60", "", now()), Ok(at("2026-11-27T21:30:00")));
        // Half past eleven at night in Moscow: tomorrow is the 28th.
        assert_eq!(due("morning", "", now()), Ok(at("2026-11-28T07:00:00")));
        assert_eq!(due("15", "2030-01-01T10:00", now()), Ok(at("2026-11-27T20:45:00")), "the press counts");
    }

    #[test]
    fn a_typed_moment_is_checked() {
        assert_eq!(due("", "2026-11-28T00:15", now()), Ok(at("2026-11-27T21:15:00")));
        assert_eq!(due("", "2026-11-27T23:30", now()), Ok(at("2026-11-27T20:30:00")), "this very minute");
        assert!(due("", "2026-11-27T23:29", now()).is_err_and(|words| words.contains("прошло")));
        assert!(due("", "2027-11-27T23:29", now()).is_err_and(|words| words.contains("месяцев")));
        for nonsense in ["", "завтра", "2026-02-30T10:00", "99999-01-01T00:00"] {
            assert!(due("", nonsense, now()).is_err(), "{nonsense}");
        }
        assert!(due("7", "", now()).is_err(), "no such press");
    }
}
