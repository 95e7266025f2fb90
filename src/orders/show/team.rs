//! The masters an order can be given to, with their visits of its day. Who works in the city and with the equipment
//! is the masters' own knowledge; here is what the orders know.

use super::controls::Control;
use crate::orders::queries::one::Order;
use crate::orders::queries::visits::Visit;
use crate::slots::{clock, start_of, starts};
use crate::words;

/// A master to choose.
pub struct TeamRow {
    /// What is sent.
    pub value: String,
    /// Full name.
    pub name: String,
    /// «3 визита: 10:00, 12:30, 18:00».
    pub note: String,
    /// The half hours of the day.
    pub cells: Vec<TeamCell>,
    /// «свободен», «занят в 15:00».
    pub free: String,
    /// Nothing else at the time of the visit.
    pub is_free: bool,
    /// The one who is chosen.
    pub is_chosen: bool,
}

/// A half hour of a master.
pub struct TeamCell {
    /// There is a visit.
    pub is_busy: bool,
    /// It is the time of the order.
    pub is_wanted: bool,
}

/// The masters of `control` with their `visits` on the day of `order`: the chosen one, then those who are free.
pub fn team(control: &Control, order: &Order, visits: &[Visit]) -> Vec<TeamRow> {
    let wanted = start_of(order.meeting_minute);
    let row = |choice: &crate::web::list::Choice| {
        let of_master = visits.iter().filter(|visit| {
            visit.order_id != order.id && visit.master_id.is_some_and(|id| id.to_string() == choice.value)
        });
        let minutes: Vec<i32> = of_master.map(|visit| visit.minute).collect();
        let is_busy_at = |start: i32| minutes.iter().any(|minute| start_of(*minute) == start);
        let is_free = !is_busy_at(wanted);
        TeamRow {
            value: choice.value.clone(),
            name: choice.label.clone(),
            note: note(&minutes),
            cells: starts()
                .map(|start| TeamCell { is_busy: is_busy_at(start), is_wanted: start == wanted })
                .collect(),
            free: if is_free {
                "свободен".to_owned()
            } else {
                format!("занят в {}", clock(wanted))
            },
            is_free,
            is_chosen: control.value == choice.value,
        }
    };
    let mut rows: Vec<TeamRow> = control.choices.iter().map(row).collect();
    rows.sort_by_key(|row| (!row.is_chosen, !row.is_free));
    rows
}

fn note(minutes: &[i32]) -> String {
    let number = u64::try_from(minutes.len()).unwrap_or_default();
    if number == 0 {
        return "визитов нет".to_owned();
    }
    let times: Vec<String> = minutes.iter().map(|minute| clock(*minute)).collect();
    format!("{number} {}: {}", words::plural(number, ["визит", "визита", "визитов"]), times.join(", "))
}
