//! The fields of an order as its page shows them: what the person may change as controls, the rest as text; and what
//! two people have changed at once, to choose from.

use std::collections::BTreeMap;

use crate::domain::id::MasterId;
use crate::domain::master::MasterStatus;
use crate::domain::order::{TypeEquipment, TypeOrder};
use crate::domain::person::Role;
use crate::domain::russian;
use crate::orders::edit::Field;
use crate::orders::edit::fields::{Target, shown};
use crate::orders::edit::save::{Refusal, last_of};
use crate::orders::list::rows::Clocks;
use crate::orders::queries::history::HistoryRow;
use crate::orders::values::Lists;
use crate::web::list::Choice;

/// A field on the page.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its name in the form.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The id of its element.
    pub id: String,
    /// What is in it.
    pub value: String,
    /// What the person was shown first.
    pub was: String,
    /// The value for those who may not change it; «—» for nothing.
    pub text: String,
    /// What is wrong.
    pub error: String,
    /// It is a control, not a text.
    pub is_open: bool,
    /// An order cannot be without it.
    pub is_required: bool,
    /// What to choose from.
    pub choices: Vec<Choice>,
}

/// A field that two people have changed to different values.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Its name in the form.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What the person typed.
    pub mine: String,
    /// The same in words.
    pub mine_words: String,
    /// What is in the order.
    pub theirs: String,
    /// The same in words.
    pub theirs_words: String,
    /// «У Орлова Б., сегодня в 14:05», as far as it is known.
    pub who: String,
}

/// A control for every field. `refusal` (or a draft in its shape) tells what was typed.
pub fn controls(order: &Target, lists: &Lists, role: Role, refusal: &Refusal) -> BTreeMap<Field, Control> {
    let of = |field: Field| {
        let now = shown(field, &order.text(field));
        let typed = refusal.sent.typed(field).filter(|_| refusal.touched.contains(&field));
        let value = typed.map_or_else(|| now.clone(), ToOwned::to_owned);
        let is_conflict = refusal.conflicts.contains(&field);
        let error = refusal.errors.get(&field).filter(|_| !beside_its_step(field, refusal));
        Control {
            name: field.as_str(),
            label: field.label(),
            id: format!("o-{}", field.as_str().replace('_', "-")),
            text: in_words(field, &order.text(field), lists),
            error: error.cloned().unwrap_or_default(),
            is_open: field.may_change(role) && !is_conflict,
            is_required: field.is_required(),
            choices: choices(field, order, lists, &value),
            value,
            was: now,
        }
    };
    Field::ALL.iter().map(|field| (*field, of(*field))).collect()
}

/// The reason and the sum a step to another status wants have their words beside the step.
fn beside_its_step(field: Field, refusal: &Refusal) -> bool {
    matches!(field, Field::RefusalReason | Field::Result) && refusal.wanted.is_some()
}

/// What two people have changed differently.
pub fn conflicts(
    order: &Target,
    lists: &Lists,
    refusal: &Refusal,
    history: &[HistoryRow],
    clocks: &Clocks,
) -> Vec<Conflict> {
    let of = |field: &Field| {
        let typed = refusal.sent.typed(*field).unwrap_or_default();
        let mine = crate::orders::edit::fields::stored(*field, typed);
        let now = order.text(*field);
        let who = last_of(*field, history)
            .map(|(who, at)| format!("{}, {}", russian::short_name(who), clocks.event_words(at)))
            .unwrap_or_default();
        Conflict {
            name: field.as_str(),
            label: field.label(),
            mine: typed.to_owned(),
            mine_words: in_words(*field, &mine, lists),
            theirs: shown(*field, &now),
            theirs_words: in_words(*field, &now, lists),
            who,
        }
    };
    refusal.conflicts.iter().map(of).collect()
}

/// A stored text of a field for people; «—» for nothing.
pub fn in_words(field: Field, stored: &str, lists: &Lists) -> String {
    let words = match field {
        Field::DateMeeting => crate::domain::when::absolute(stored).map_or_else(
            || stored.to_owned(),
            |at| {
                format!(
                    "{}, {} {} в {}",
                    russian::weekday(at.date()),
                    russian::day(at.date(), at.date()),
                    at.format("%Y"),
                    russian::time(at)
                )
            },
        ),
        Field::Result | Field::Expenditure => {
            stored.parse().map_or_else(|_| stored.to_owned(), |sum| format!("{} ₽", russian::roubles(sum)))
        }
        Field::MasterId if stored.is_empty() => "не назначен".to_owned(),
        Field::MasterId => {
            let master = lists.masters.iter().find(|master| master.id.to_string() == stored);
            master.map_or_else(|| format!("мастер № {stored}"), |master| master.name.clone())
        }
        Field::TypeEquipment => TypeEquipment::parse(stored)
            .map_or_else(|| stored.to_owned(), |kind| format!("{kind} — {}", kind.label())),
        _ => shown(field, stored),
    };
    if words.is_empty() { "—".to_owned() } else { words }
}

/// What a field chooses from, with what it has now even when that is not offered any more.
fn choices(field: Field, order: &Target, lists: &Lists, value: &str) -> Vec<Choice> {
    let mut offered = match field {
        Field::Rk => Choice::all(&lists.campaigns),
        Field::City => {
            lists.cities.iter().filter(|city| city.is_active).map(|city| Choice::plain(&city.name)).collect()
        }
        Field::AvitoName => Choice::all(&lists.avito),
        Field::TypeOrder => TypeOrder::ALL.iter().map(|kind| Choice::plain(kind.as_str())).collect(),
        Field::TypeEquipment => TypeEquipment::ALL
            .iter()
            .map(|kind| Choice {
                value: kind.as_str().to_owned(),
                label: format!("{kind} — {}", kind.label()),
            })
            .collect(),
        Field::MasterId => {
            let works = |id: MasterId| order.master_id == Some(id);
            let active =
                lists.masters.iter().filter(|m| m.status_work == MasterStatus::Active || works(m.id));
            return active.map(|m| Choice { value: m.id.to_string(), label: m.name.clone() }).collect();
        }
        _ => return Vec::new(),
    };
    for kept in [order.text(field), value.to_owned()] {
        if !kept.is_empty() && !offered.iter().any(|choice| choice.value == kept) {
            offered.push(Choice::plain(kept));
        }
    }
    offered
}
