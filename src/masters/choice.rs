//! Which master goes to a client: everybody, those who fit first, the others with the reason why not; each with what
//! he has to do that day. Templates show it by `masters::choice` of `masters/ui.html`; the address
//! `/masters/choice` gives the same for a form whose city, equipment or date has changed.

use chrono::NaiveDate;
use diesel::QueryResult;

use super::{Master, queries};
use crate::domain::id::{MasterId, OrderId};
use crate::domain::order::TypeEquipment;
use crate::domain::russian::plural;
use crate::domain::search_words;
use crate::platform::db::Db;
use crate::slots::{clock, start_of, starts};

/// The visit a master is sought for. What is not known yet speaks against nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Name of the client's city, or empty.
    pub city: String,
    /// What is to be repaired.
    pub equipment: Option<TypeEquipment>,
    /// The day in the client's city.
    pub day: Option<NaiveDate>,
    /// Minutes since that day's midnight.
    pub minute: Option<i32>,
    /// The order, when there is one: its own visit is not counted, and its master may stay whoever he is.
    pub order_id: Option<OrderId>,
    /// Who is chosen in the form at the moment, when that is not the order's master.
    pub chosen: Option<MasterId>,
}

/// What speaks against a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// He has the day off.
    DayOff,
    /// He repairs other things.
    OtherEquipment,
    /// He works in other cities.
    OtherCity,
    /// He does not work here any more.
    NotWorking,
}

impl Misfit {
    /// In words, lower case.
    pub fn label(self) -> &'static str {
        match self {
            Self::DayOff => "выходной",
            Self::OtherEquipment => "не его техника",
            Self::OtherCity => "другой город",
            Self::NotWorking => "не работает",
        }
    }
}

/// What speaks against a master, with particulars: «другой город», «Самара, Тверь».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What it is.
    pub misfit: Misfit,
    /// Particulars, or empty.
    pub detail: String,
}

/// One master to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterChoice {
    /// The master.
    pub id: MasterId,
    /// Full name.
    pub name: String,
    /// What speaks against him; nothing when he fits.
    pub reasons: Vec<Reason>,
    /// What nobody has said about him: «город не указан»; told of those who fit.
    pub unknown: Vec<&'static str>,
    /// When his visits of that day begin, in minutes since midnight, sorted.
    pub visits: Vec<i32>,
    /// He may be chosen: he works, or is the order's master already.
    pub is_offered: bool,
    /// The minute the visit is wanted for.
    pub wanted: Option<i32>,
}

impl MasterChoice {
    /// Nothing speaks against him.
    pub fn fits(&self) -> bool {
        self.reasons.is_empty()
    }

    /// «10:30, 14:00».
    pub fn times(&self) -> String {
        self.visits.iter().map(|minute| clock(*minute)).collect::<Vec<_>>().join(", ")
    }

    /// «2 визита», «визитов нет».
    pub fn count_words(&self) -> String {
        match self.visits.len() {
            0 => "визитов нет".to_owned(),
            n => format!("{n} {}", plural(n as u64, ["визит", "визита", "визитов"])),
        }
    }

    /// He has a visit in the wanted half hour already: its time.
    pub fn busy_at(&self) -> Option<String> {
        let wanted = start_of(self.wanted?);
        self.visits.iter().find(|minute| start_of(**minute) == wanted).map(|minute| clock(*minute))
    }

    /// Half hours of the day for the eye: `busy`, `want`, both or neither.
    pub fn cells(&self) -> Vec<&'static str> {
        let is_busy = |start: i32| self.visits.iter().any(|minute| start_of(*minute) == start);
        let is_wanted = |start: i32| self.wanted.is_some_and(|minute| start_of(minute) == start);
        starts()
            .map(|start| match (is_busy(start), is_wanted(start)) {
                (true, true) => "busy want",
                (true, false) => "busy",
                (false, true) => "want",
                (false, false) => "",
            })
            .collect()
    }

    /// His name as the search in the list compares it.
    pub fn folded(&self) -> String {
        search_words::fold(&self.name)
    }
}

/// How many of `choices` do not fit.
pub fn misfits(choices: &[MasterChoice]) -> usize {
    choices.iter().filter(|choice| !choice.fits()).count()
}

/// True when the master with the id `current` is among those who do not fit.
pub fn is_misfit(choices: &[MasterChoice], current: &str) -> bool {
    choices.iter().any(|choice| !choice.fits() && choice.id.to_string() == current)
}

/// Every master for the visit that is needed: those who fit first, the least busy of them before the others; then
/// those who do not, then those who do not work here any more. Six queries, however many masters there are.
pub fn for_order(db: &mut Db, need: &Need) -> QueryResult<Vec<MasterChoice>> {
    let masters = queries::all(db, need.day)?;
    let kept = own_master(db, need.order_id)?;
    let mut visits: std::collections::HashMap<MasterId, Vec<i32>> = std::collections::HashMap::new();
    if let Some(day) = need.day {
        for (master, _, minute) in queries::visits::between(db, (day, day), need.order_id)? {
            visits.entry(master).or_default().push(minute);
        }
    }
    let mut all: Vec<MasterChoice> = masters
        .iter()
        .map(|master| MasterChoice {
            id: master.id,
            name: master.name.clone(),
            reasons: reasons(master, need),
            unknown: unknown(master),
            visits: visits.remove(&master.id).unwrap_or_default(),
            is_offered: master.is_active() || kept == Some(master.id),
            wanted: need.minute,
        })
        .collect();
    // By name they are already.
    all.sort_by_cached_key(|choice| {
        let worst = choice.reasons.iter().map(|reason| reason.misfit).max();
        let is_gone = worst == Some(Misfit::NotWorking);
        (is_gone, worst, !choice.unknown.is_empty(), choice.busy_at().is_some(), choice.visits.len())
    });
    Ok(all)
}

/// What is to be said when an order is given to a master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// He fits.
    Fits,
    /// It is done, and the person is told: «Рустам: другой город (Самара)». Dispatchers know better than lists.
    Warned(String),
    /// It is not done, and this is why.
    Refused(String),
}

/// Whether the master with the id `master` may have the order that needs `need`. Nobody unknown, and nobody who does
/// not work here, unless the order is his already.
pub fn may_take(db: &mut Db, master: MasterId, need: &Need) -> QueryResult<Verdict> {
    let Some(master) = queries::by_id(db, master)? else {
        return Ok(Verdict::Refused("Такого мастера нет. Выберите мастера из списка".to_owned()));
    };
    if !master.is_active() && own_master(db, need.order_id)? != Some(master.id) {
        let words = format!("{} больше не работает. Выберите другого мастера", master.name);
        return Ok(Verdict::Refused(words));
    }
    Ok(verdict(&master, need))
}

fn verdict(master: &Master, need: &Need) -> Verdict {
    let words: Vec<String> = reasons(master, need)
        .into_iter()
        .map(|reason| match reason.detail.as_str() {
            "" => reason.misfit.label().to_owned(),
            detail => format!("{} ({detail})", reason.misfit.label()),
        })
        .collect();
    if words.is_empty() {
        Verdict::Fits
    } else {
        Verdict::Warned(format!("{}: {}", master.name, words.join(", ")))
    }
}

/// Who has the order now.
fn own_master(db: &mut Db, order: Option<OrderId>) -> QueryResult<Option<MasterId>> {
    let Some(id) = order else { return Ok(None) };
    super::queries::visits::master_of(db, id)
}

fn reasons(master: &Master, need: &Need) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |misfit, detail: String| reasons.push(Reason { misfit, detail });
    if !master.is_active() {
        add(Misfit::NotWorking, String::new());
    }
    if !need.city.is_empty() && !master.cities.is_empty() && !master.cities.contains(&need.city) {
        add(Misfit::OtherCity, master.cities.join(", "));
    }
    if let Some(kind) = need.equipment
        && !master.equipment.is_empty()
        && !master.equipment.contains(&kind)
    {
        add(Misfit::OtherEquipment, super::equipment_words(&master.equipment));
    }
    if let Some(day) = need.day
        && let Some(off) = master.off_on(day)
    {
        let note = if off.note.is_empty() { String::new() } else { format!(", {}", off.note) };
        add(Misfit::DayOff, format!("{}{note}", off.words(day)));
    }
    reasons
}

fn unknown(master: &Master) -> Vec<&'static str> {
    let gaps =
        [(master.cities.is_empty(), "город не указан"), (master.equipment.is_empty(), "техника не указана")];
    gaps.into_iter().filter(|(is_gap, _)| *is_gap).map(|(_, words)| words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::master::MasterStatus;
    use crate::masters::DayOff;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn master() -> Master {
        Master {
            id: MasterId(1),
            name: "Рустам".into(),
            status_work: MasterStatus::Active,
            note: String::new(),
            cities: vec!["Самара".into()],
            equipment: vec![TypeEquipment::Appliances],
            days_off: vec![DayOff {
                id: None,
                from: day("2026-11-25"),
                to: day("2026-11-26"),
                note: "отпуск".into(),
            }],
        }
    }

    fn need(city: &str, equipment: TypeEquipment, on: &str) -> Need {
        Need { city: city.into(), equipment: Some(equipment), day: Some(day(on)), ..Need::default() }
    }

    #[test]
    fn every_reason_is_told_with_its_particulars() {
        let gone = Master { status_work: MasterStatus::Inactive, ..master() };
        let words = verdict(&gone, &need("Москва", TypeEquipment::Computers, "2026-11-25"));
        let expected = "Рустам: не работает, другой город (Самара), не его техника (БТ), выходной (25–26 ноября, отпуск)";
        assert_eq!(words, Verdict::Warned(expected.to_owned()));
        assert_eq!(
            verdict(&master(), &need("Самара", TypeEquipment::Appliances, "2026-11-27")),
            Verdict::Fits
        );
    }

    #[test]
    fn what_is_not_known_speaks_against_nobody() {
        assert_eq!(verdict(&master(), &Need::default()), Verdict::Fits);
        let blank = Master { cities: Vec::new(), equipment: Vec::new(), ..master() };
        assert_eq!(verdict(&blank, &need("Москва", TypeEquipment::Computers, "2026-11-24")), Verdict::Fits);
        assert_eq!(unknown(&blank), ["город не указан", "техника не указана"]);
    }

    #[test]
    fn a_visit_takes_its_half_hour() {
        let choice = MasterChoice {
            id: MasterId(1),
            name: "Рустам".into(),
            reasons: Vec::new(),
            unknown: Vec::new(),
            visits: vec![630, 855],
            is_offered: true,
            wanted: Some(840),
        };
        assert_eq!(choice.times(), "10:30, 14:15");
        assert_eq!(choice.busy_at().as_deref(), Some("14:15"));
        let cells = choice.cells();
        assert_eq!((cells[1], cells[8], cells[9]), ("busy", "busy want", ""));
    }
}
