//! The slots of a day in the form of a new order: how full they are, which three are worth offering, and the one
//! that is held while the operator talks.

use chrono::Timelike;
use chrono::{Days, NaiveDate, NaiveDateTime};
use diesel::QueryResult;

use super::form::OrderForm;
use super::suggest_type::visit;
use crate::domain::id::{AccountId, HoldId};
use crate::domain::order::TypeEquipment;
use crate::domain::{russian, when, zone};
use crate::orders::list::rows::Clocks;
use crate::orders::list::slot_grid::{heat, is_past, load_words};
use crate::orders::queries::booking;
use crate::orders::show::other_clock;
use crate::platform::db::Db;
use crate::slots::windows::{Window, best_windows, sentence};
use crate::slots::{self, Day, Full, Load, Slot, clock};
use crate::web::form::Fields;

/// Windows are looked for on this many days from today on.
const OFFERED_DAYS: u64 = 7;
/// How many windows are offered.
const OFFERED: usize = 3;

/// What the slots are shown for.
#[derive(Clone, Debug, Default)]
pub struct SlotQuestion {
    /// Name of the city, or empty.
    pub city: String,
    /// When it is known.
    pub equipment: Option<TypeEquipment>,
    /// The day to show; otherwise that of the chosen date, or today.
    pub day: Option<NaiveDate>,
    /// As it stands in the form.
    pub date_meeting: String,
    /// Id of the hold the form had, or empty.
    pub hold: String,
    /// Reason for booking over the limit, as typed.
    pub reason: String,
    /// What is wrong with the reason.
    pub reason_error: String,
    /// The slot was found to be full just now.
    pub is_full: bool,
    /// Why the slot is not held, when it could not be.
    pub not_held: String,
}

impl SlotQuestion {
    /// What the form says.
    pub fn of(form: &OrderForm) -> Self {
        Self {
            city: form.city.clone(),
            equipment: TypeEquipment::parse(&form.type_equipment),
            date_meeting: form.date_meeting.clone(),
            hold: form.hold.clone(),
            reason: form.overbook_reason.clone(),
            ..Self::default()
        }
    }

    /// The date's words as the moment they mean by the clock of the city.
    pub fn settle(&mut self, clocks: &Clocks) {
        self.date_meeting =
            when::settled(&self.date_meeting, zone::local(clocks.now, clocks.city(&self.city)));
    }

    /// The slot that is chosen, when city, equipment and date say so.
    pub fn slot(&self) -> Option<Slot> {
        let local = when::absolute(&self.date_meeting)?;
        let minute = i32::try_from(local.hour() * 60 + local.minute()).unwrap_or_default();
        let type_equipment = self.equipment.filter(|_| !self.city.is_empty())?;
        Some(Slot { city: self.city.clone(), day: local.date(), minute, type_equipment })
    }
}

/// The slots of a day beside the date of the visit.
#[derive(Clone, Debug, Default)]
pub struct SlotPick {
    /// «завтра, вторник, 24 ноября в 18:30» of the chosen date, or empty.
    pub chosen: String,
    /// «14:00 Самара = 13:00 здесь», or empty.
    pub zones: String,
    /// The chosen moment is over already.
    pub is_past: bool,
    /// To read aloud: «Могу предложить завтра, …»; empty until city and equipment are known.
    pub offer: String,
    /// The windows of the offer.
    pub windows: Vec<PickWindow>,
    /// Days to choose from.
    pub days: Vec<PickDay>,
    /// Slots of the day; empty until city and equipment are known.
    pub cells: Vec<PickCell>,
    /// What is missing for the slots, in words.
    pub hint: &'static str,
    /// The day the slots are of, in words.
    pub day: String,
    /// The same as `2026-11-24`, or empty.
    pub day_value: String,
    /// The place that is held for this form.
    pub hold: Option<HoldView>,
    /// A place was held, too long ago.
    pub is_hold_over: bool,
    /// Why the chosen slot is not held, or empty.
    pub not_held: String,
    /// The chosen slot could be held and is not.
    pub wants_hold: bool,
    /// The chosen slot takes no more; then a reason books over the limit.
    pub is_full: bool,
    /// What to tell about the full slot.
    pub full_words: String,
    /// The reason, as typed.
    pub reason: String,
    /// What is wrong with it.
    pub reason_error: String,
}

/// A held place, as the form shows it.
#[derive(Clone, Debug)]
pub struct HoldView {
    /// The hold.
    pub id: HoldId,
    /// «14:07» on the clock of the business.
    pub until: String,
    /// The same in unix seconds.
    pub until_unix: i64,
}

/// A window to choose.
#[derive(Clone, Debug)]
pub struct PickWindow {
    /// «завтра 10:00».
    pub label: String,
    /// `2026-11-24T10:00`.
    pub value: String,
}

/// A button of a day.
#[derive(Clone, Debug)]
pub struct PickDay {
    /// «Сегодня», «вт 24.11».
    pub label: String,
    /// Its slots.
    pub href: String,
    /// Its slots are shown.
    pub is_current: bool,
}

/// A slot to choose.
#[derive(Clone, Debug)]
pub struct PickCell {
    /// `18:30`.
    pub time: String,
    /// `2026-11-24T18:30`.
    pub value: String,
    /// Taken and held places.
    pub busy: i64,
    /// Visits it takes.
    pub places: i64,
    /// Load for the colour.
    pub heat: &'static str,
    /// «18:30: 2 из 3, держит Анна до 14:07».
    pub label: String,
    /// Somebody holds a place.
    pub is_held: bool,
    /// It is the date of the form.
    pub is_chosen: bool,
}

impl SlotPick {
    /// The slots for what is `wanted` by the person `by`.
    pub fn load(db: &mut Db, wanted: &SlotQuestion, by: AccountId, clocks: &Clocks) -> QueryResult<Self> {
        let city = wanted.city.as_str();
        let zone = clocks.city(city);
        let now = zone::local(clocks.now, zone);
        let local = when::absolute(&wanted.date_meeting);
        let mut pick = Self { reason: wanted.reason.clone(), ..Self::default() };
        pick.reason_error.clone_from(&wanted.reason_error);
        if let Some(local) = local {
            pick.chosen = visit(local, now.date());
            pick.zones = other_clock(zone::utc(local, zone), city, clocks);
            pick.is_past = local < now;
        }
        let day = wanted.day.or(local.map(|local| local.date())).unwrap_or(now.date());
        let Some(equipment) = wanted.equipment.filter(|_| !city.is_empty()) else {
            pick.hint = "Выберите город и тип техники: здесь появятся свободные окна.";
            return Ok(pick);
        };
        let (offered, shown, chosen) = read(db, wanted, day, now.date(), clocks.now)?;
        let windows = best_windows(&offered, equipment, now, OFFERED);
        pick.offer = sentence(&windows, now.date());
        pick.windows = windows.iter().map(|window| PickWindow::new(window, now.date())).collect();
        pick.day = russian::day_near(day, now.date());
        pick.day_value = day.to_string();
        pick.days = days(city, equipment, day, now.date());
        pick.cells = shown
            .as_ref()
            .and_then(|shown| shown.row(equipment))
            .map(|row| row.slots.iter().filter(|load| !is_past(day, load.minute, now)))
            .map(|loads| loads.map(|load| PickCell::new(load, day, &wanted.date_meeting, clocks)).collect())
            .unwrap_or_default();
        if pick.cells.is_empty() {
            pick.hint = "На этот день время 10:00–22:00 уже прошло.";
        }
        if let Some(slot) = wanted.slot() {
            let load = chosen.as_ref().and_then(|day| day.load(equipment, slot.minute));
            pick.tell(db, wanted, &slot, load, by, clocks)?;
        }
        Ok(pick)
    }

    /// Whether the chosen slot is held, could be, or is full.
    fn tell(
        &mut self,
        db: &mut Db,
        wanted: &SlotQuestion,
        slot: &Slot,
        load: Option<&Load>,
        by: AccountId,
        clocks: &Clocks,
    ) -> QueryResult<()> {
        let hold = booking::own_hold(db, slot, by, clocks.now)?;
        self.is_full = wanted.is_full;
        if let Some(load) = load {
            let others: Vec<String> =
                load.held.iter().filter(|held| held.account_id != by).map(|held| held.name.clone()).collect();
            if load.taken + others.len() as i64 >= load.places {
                self.is_full = true;
                let (minute, places, taken) = (load.minute, load.places, load.taken);
                let full = Full { minute, places, taken, holders: others, is_hold_over: false };
                self.full_words = full.words();
            }
        }
        self.is_hold_over = hold.is_none() && !wanted.hold.is_empty();
        self.not_held.clone_from(&wanted.not_held);
        self.wants_hold = hold.is_none() && !self.is_full && !self.is_past && self.not_held.is_empty();
        self.hold = hold.map(|hold| HoldView {
            id: hold.id,
            until: russian::time(zone::local(hold.until, clocks.business)),
            until_unix: hold.until.and_utc().timestamp(),
        });
        Ok(())
    }
}

/// The days windows are offered of, the day that is shown and the day that is chosen.
fn read(
    db: &mut Db,
    wanted: &SlotQuestion,
    shown: NaiveDate,
    today: NaiveDate,
    now: NaiveDateTime,
) -> QueryResult<(Vec<Day>, Option<Day>, Option<Day>)> {
    let offered: Vec<NaiveDate> =
        (0..OFFERED_DAYS).filter_map(|n| today.checked_add_days(Days::new(n))).collect();
    let chosen = wanted.slot().map(|slot| slot.day);
    let mut all = offered.clone();
    for day in [Some(shown), chosen].into_iter().flatten() {
        if !all.contains(&day) {
            all.push(day);
        }
    }
    let loaded = slots::queries::load(db, std::slice::from_ref(&wanted.city), &all, now)?;
    let of = |day: NaiveDate| loaded.iter().find(|loaded| loaded.day == day).cloned();
    let (shown, chosen) = (of(shown), chosen.and_then(of));
    Ok((loaded.into_iter().filter(|day| offered.contains(&day.day)).collect(), shown, chosen))
}

impl PickWindow {
    fn new(window: &Window, today: NaiveDate) -> Self {
        let time = clock(window.minute);
        let day = match (window.day - today).num_days() {
            0 => "сегодня".to_owned(),
            1 => "завтра".to_owned(),
            _ => format!("{} {}", russian::weekday(window.day), russian::day_short(window.day, today)),
        };
        Self { label: format!("{day} {time}"), value: format!("{}T{time}", window.day) }
    }
}

impl PickCell {
    fn new(load: &Load, day: NaiveDate, date_meeting: &str, clocks: &Clocks) -> Self {
        let time = clock(load.minute);
        let value = format!("{day}T{time}");
        Self {
            busy: load.busy(),
            places: load.places,
            heat: heat(load),
            label: format!("{time}: {}", load_words(load, clocks)),
            is_held: !load.held.is_empty(),
            is_chosen: value == date_meeting,
            value,
            time,
        }
    }

    /// A part of an id.
    pub fn id(&self) -> String {
        self.time.replace(':', "")
    }
}

fn days(city: &str, equipment: TypeEquipment, shown: NaiveDate, today: NaiveDate) -> Vec<PickDay> {
    let mut offered: Vec<NaiveDate> = (0..4).filter_map(|n| today.checked_add_days(Days::new(n))).collect();
    if !offered.contains(&shown) {
        offered.push(shown);
        offered.sort_unstable();
    }
    let label = |day: NaiveDate| match (day - today).num_days() {
        0 => "Сегодня".to_owned(),
        1 => "Завтра".to_owned(),
        _ => format!("{} {}", russian::weekday(day), russian::day_short(day, today)),
    };
    let href = |day: NaiveDate| {
        let day = day.to_string();
        let fields = [("city", city), ("equipment", equipment.as_str()), ("day", day.as_str())];
        format!("/orders/slots?{}", Fields::from(fields).encode())
    };
    offered
        .into_iter()
        .map(|day| PickDay { label: label(day), href: href(day), is_current: day == shown })
        .collect()
}
