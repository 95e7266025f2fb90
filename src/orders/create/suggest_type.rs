//! Which type a new order probably has, told from the client's earlier orders. A suggestion with its reason:
//! the person decides.

use chrono::{NaiveDate, NaiveDateTime};

use crate::domain::id::OrderId;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::russian;

/// Days after a finished repair during which the same trouble is the firm's.
pub const WARRANTY_DAYS: i64 = 30;

/// What of an earlier order speaks for a type.
#[derive(Clone, Debug)]
pub struct Past {
    /// Its number.
    pub id: OrderId,
    /// What was repaired.
    pub equipment: TypeEquipment,
    /// Where it stands.
    pub status: StatusOrder,
    /// When it was closed, UTC.
    pub closed: Option<NaiveDateTime>,
}

/// A type and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The suggested type.
    pub type_order: TypeOrder,
    /// A sentence for the operator.
    pub why: String,
}

/// The type for a new order of `equipment` (when already known) by a client whose `past` orders are given newest
/// first, all `count` of them counted.
pub fn suggest(
    past: &[Past],
    count: i64,
    equipment: Option<TypeEquipment>,
    now: NaiveDateTime,
) -> Suggestion {
    let warranty = past.iter().find_map(|order| {
        let closed = order.closed.filter(|_| order.status == StatusOrder::Done)?;
        let days = (now - closed).num_days();
        let is_same = equipment.is_none_or(|wanted| wanted == order.equipment);
        (is_same && (0..=WARRANTY_DAYS).contains(&days)).then(|| {
            let text = format!("{} закрыт {}: возможно, гарантия", name(order), days_ago(days));
            Suggestion { type_order: TypeOrder::Warranty, why: text }
        })
    });
    if let Some(warranty) = warranty {
        return warranty;
    }
    match past.first() {
        None => Suggestion {
            type_order: TypeOrder::First, why: "Раньше не обращался".to_owned()
        },
        Some(last) => {
            let number = u64::try_from(count).unwrap_or_default();
            let verb = russian::plural(number, ["был", "было", "было"]);
            let orders = russian::plural(number, ["заказ", "заказа", "заказов"]);
            let why = format!("Уже {verb} {count} {orders}, последний {}: {}", name(last), last.status);
            Suggestion { type_order: TypeOrder::Repeat, why }
        }
    }
}

fn name(order: &Past) -> String {
    format!("№ {} ({})", order.id, order.equipment)
}

fn days_ago(days: i64) -> String {
    match days {
        0 => "меньше суток назад".to_owned(),
        n => format!("{} назад", russian::days(n.unsigned_abs())),
    }
}

/// «через 12 минут», «через 3 часа», «просрочено на 40 минут»; empty when the visit is more than a day away.
pub fn relative(at: NaiveDateTime, now: NaiveDateTime) -> String {
    let minutes = (at - now).num_minutes();
    let length = match minutes.unsigned_abs() {
        0 => return "сейчас".to_owned(),
        amount @ 1..1440 => russian::lasting(amount * 60),
        _ => return String::new(),
    };
    if minutes > 0 { format!("через {length}") } else { format!("{length} назад") }
}

/// «вторник, 24 ноября в 18:30», with «сегодня» or «завтра» before it when it is near.
pub fn visit(local: NaiveDateTime, today: NaiveDate) -> String {
    format!("{} в {}", visit_day(local.date(), today), russian::time(local))
}

/// «завтра, вторник, 24 ноября»: near days get their word, all of them their weekday.
pub fn visit_day(date: NaiveDate, today: NaiveDate) -> String {
    let near = match (date - today).num_days() {
        0 => "сегодня, ",
        1 => "завтра, ",
        -1 => "вчера, ",
        _ => "",
    };
    format!("{near}{}, {}", russian::weekday_long(date), russian::day(date, today))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a moment")
    }

    fn past(equipment: TypeEquipment, status: StatusOrder, closed: Option<&str>) -> Past {
        Past { id: OrderId(7), equipment, status, closed: closed.map(at) }
    }

    #[test]
    fn a_fresh_repair_of_the_same_equipment_suggests_a_warranty() {
        let now = at("2026-11-22T12:00:00");
        let fresh = [past(TypeEquipment::Appliances, StatusOrder::Done, Some("2026-11-10T12:00:00"))];
        let suggested = suggest(&fresh, 1, Some(TypeEquipment::Appliances), now);
        assert_eq!(suggested.type_order, TypeOrder::Warranty);
        assert_eq!(suggested.why, "№ 7 (БТ) закрыт 12 дней назад: возможно, гарантия");
        assert_eq!(suggest(&fresh, 1, None, now).type_order, TypeOrder::Warranty);
        assert_eq!(suggest(&fresh, 1, Some(TypeEquipment::Computers), now).type_order, TypeOrder::Repeat);
        let old = [past(TypeEquipment::Appliances, StatusOrder::Done, Some("2026-10-22T11:00:00"))];
        assert_eq!(suggest(&old, 1, None, now).type_order, TypeOrder::Repeat, "31 days");
        let refused = [past(TypeEquipment::Appliances, StatusOrder::Refused, Some("2026-11-21T11:00:00"))];
        assert_eq!(suggest(&refused, 1, None, now).type_order, TypeOrder::Repeat);
        assert_eq!(suggest(&[], 0, None, now).type_order, TypeOrder::First);
    }

    #[test]
    fn times_near_now_are_said_relatively() {
        let now = at("2026-11-22T12:00:00");
        assert_eq!(relative(at("2026-11-22T12:12:00"), now), "через 12 минут");
        assert_eq!(relative(at("2026-11-22T11:59:00"), now), "1 минуту назад");
        assert_eq!(relative(at("2026-11-22T15:10:00"), now), "через 3 часа");
        assert_eq!(relative(at("2026-11-25T15:10:00"), now), "");
        let today = now.date();
        assert_eq!(visit(at("2026-11-23T18:30:00"), today), "завтра, понедельник, 23 ноября в 18:30");
        assert_eq!(visit(at("2026-11-26T10:00:00"), today), "четверг, 26 ноября в 10:00");
    }
}
