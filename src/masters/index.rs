//! `/admin/masters`: the list with its search and filters.

use std::collections::HashMap;

use actix_web::web::Data;
use askama::Template;
use chrono::{Duration, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::{Master, PLACE, queries};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::catalogs;
use crate::domain::city::City;
use crate::domain::id::MasterId;
use crate::domain::master::MasterStatus;
use crate::domain::order::TypeEquipment;
use crate::domain::{russian, search_words, zone};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::slots::clock;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// The value of the filters by city and equipment that finds those of whom nobody has said.
const NONE: &str = "none";

#[derive(Template)]
#[template(path = "masters/index.html", blocks = ["rows"])]
pub(super) struct MastersPage {
    current: &'static str,
    filter: Filter,
    cities: Vec<Choice>,
    equipment: Vec<Choice>,
    statuses: Vec<Choice>,
    total: usize,
    rows: Vec<Row>,
}

/// A line of the list.
struct Row {
    id: MasterId,
    name: String,
    note: String,
    is_active: bool,
    cities: String,
    equipment: Vec<TypeEquipment>,
    open_orders: i64,
    /// Visits of the day it is for him.
    visits: usize,
    /// «10:30, 14:00».
    times: String,
    /// That day, as the filter of orders takes it.
    today: NaiveDate,
    off: Off,
}

/// The next days off.
enum Off {
    /// None are known.
    No,
    /// He is off: «до 5 декабря», or nothing when for one day only; and the note.
    Now(String, String),
    /// He will be: «1–5 декабря»; and the note.
    Later(String, String),
}

impl Page for MastersPage {
    fn title(&self) -> String {
        PLACE.label.to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == PLACE.target).then(|| self.as_rows().render())
    }
}

/// What the address asks for, as it was typed.
struct Filter {
    q: String,
    city: String,
    equipment: String,
    status: String,
    /// The words to find, and the same keys in the other layout.
    wanted: Vec<Vec<String>>,
}

impl Filter {
    fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        let q = text("q");
        let other = search_words::other_layout(&q);
        let wanted =
            std::iter::once(search_words::words(&q)).chain(other.map(|text| search_words::words(&text)));
        Self {
            wanted: wanted.collect(),
            city: text("city"),
            equipment: text("equipment"),
            status: text("status"),
            q,
        }
    }

    fn takes(&self, master: &Master) -> bool {
        let among = |wanted: &str, is_unknown: bool, has: bool| match wanted {
            "" => true,
            NONE => is_unknown,
            _ => has,
        };
        let name = search_words::fold(&master.name);
        among(&self.city, master.cities.is_empty(), master.cities.contains(&self.city))
            && among(
                &self.equipment,
                master.equipment.is_empty(),
                master.equipment.iter().any(|kind| kind.as_str() == self.equipment),
            )
            && (self.status.is_empty() || master.status_work.as_str() == self.status)
            && self.wanted.iter().any(|words| words.iter().all(|word| name.contains(word.as_str())))
    }
}

/// What the list is made of.
struct Loaded {
    masters: Vec<Master>,
    cities: Vec<City>,
    open: HashMap<MasterId, i64>,
    /// By master and day: minutes since midnight.
    visits: HashMap<(MasterId, NaiveDate), Vec<i32>>,
}

/// Seven queries, however many masters there are.
fn load(db: &mut Db, business_today: NaiveDate) -> Result<Loaded, AppError> {
    // Somewhere it is already tomorrow, and elsewhere still yesterday.
    let (yesterday, tomorrow) = (business_today - Duration::days(1), business_today + Duration::days(1));
    let masters = queries::all(db, Some(yesterday))?;
    let ids: Vec<MasterId> = masters.iter().map(|m| m.id).collect();
    let mut visits: HashMap<(MasterId, NaiveDate), Vec<i32>> = HashMap::new();
    for (master, day, minute) in queries::visits::between(db, (yesterday, tomorrow), None)? {
        visits.entry((master, day)).or_default().push(minute);
    }
    Ok(Loaded {
        open: queries::open_orders(db, &ids)?,
        cities: catalogs::queries::cities(db)?,
        masters,
        visits,
    })
}

pub(super) async fn index(
    _: Signed<Admin>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Show<MastersPage>, AppError> {
    let (now, zone) = (app.clock.now(), app.config.business_zone);
    let business_today = zone::local(now, zone).date();
    let loaded = app.db.read(move |db| load(db, business_today)).await?;
    let filter = Filter::of(&query);
    let total = loaded.masters.len();
    let rows = loaded
        .masters
        .iter()
        .filter(|master| filter.takes(master))
        .map(|master| Row::of(master, &loaded, zone, now))
        .collect();
    let with_none = |mut choices: Vec<Choice>, label: &str| {
        choices.push(Choice { value: NONE.to_owned(), label: label.to_owned() });
        choices
    };
    let city_names: Vec<String> = loaded.cities.iter().map(|c| c.name.clone()).collect();
    Ok(Show::ok(MastersPage {
        current: PLACE.target,
        cities: with_none(Choice::all(&city_names), "Не указан"),
        equipment: with_none(equipment_choices(), "Не указана"),
        statuses: status_choices("Работают", "Не работают"),
        filter,
        total,
        rows,
    }))
}

pub(super) fn equipment_choices() -> Vec<Choice> {
    TypeEquipment::ALL
        .iter()
        .map(|kind| Choice { value: kind.to_string(), label: format!("{kind} — {}", kind.label()) })
        .collect()
}

pub(super) fn status_choices(active: &str, inactive: &str) -> Vec<Choice> {
    let of = |status: MasterStatus, label: &str| Choice {
        value: status.as_str().to_owned(),
        label: label.to_owned(),
    };
    vec![of(MasterStatus::Active, active), of(MasterStatus::Inactive, inactive)]
}

impl Row {
    fn of(master: &Master, loaded: &Loaded, business_zone: Tz, now: NaiveDateTime) -> Self {
        let today = master.today(&loaded.cities, business_zone, now);
        let visits = loaded.visits.get(&(master.id, today)).map(Vec::as_slice).unwrap_or_default();
        Self {
            id: master.id,
            name: master.name.clone(),
            note: master.note.clone(),
            is_active: master.is_active(),
            cities: master.cities.join(", "),
            equipment: master.equipment.clone(),
            open_orders: loaded.open.get(&master.id).copied().unwrap_or_default(),
            visits: visits.len(),
            times: visits.iter().map(|minute| clock(*minute)).collect::<Vec<_>>().join(", "),
            today,
            off: Off::of(master, today),
        }
    }
}

impl Off {
    fn of(master: &Master, today: NaiveDate) -> Self {
        match master.days_off.iter().find(|off| off.to >= today) {
            None => Self::No,
            Some(off) if off.from > today => Self::Later(off.words(today), off.note.clone()),
            Some(off) if off.to == today => Self::Now(String::new(), off.note.clone()),
            Some(off) => Self::Now(format!("до {}", russian::day(off.to, today)), off.note.clone()),
        }
    }
}
