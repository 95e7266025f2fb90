//! The rules of statuses: who opens again, what a closed order needs, when it was closed. Pure.

use chrono::NaiveDateTime;

use super::fields::Target;
use super::{Errors, Field};
use crate::domain::order::StatusOrder;
use crate::domain::person::Role;
use crate::web::field_errors::within;

/// Whether an order may be moved at all: closed orders are opened again by admins only.
pub fn may_move(from: StatusOrder, to: StatusOrder, is_admin: bool) -> bool {
    from != to && (is_admin || !to.is_open() || from.is_open())
}

/// Whether the step wants the итог first.
pub fn asks_for_sum(from: StatusOrder, to: StatusOrder, result: Option<i64>) -> bool {
    to == StatusOrder::Done && from != to && result.is_none()
}

/// Whether the step is one that somebody has to go for.
pub fn wants_master(to: StatusOrder) -> bool {
    use StatusOrder::{Accepted, Done, EnRoute, InWork, Modern, NoOrder, Refused, Wait};
    match to {
        Accepted | EnRoute | InWork | Modern | Done => true,
        Wait | Refused | NoOrder => false,
    }
}

/// Longest reason in one's own words, in letters.
const MAX_REASON: usize = 300;

/// Makes `after` obey, or says at the field why it cannot. `is_touched` tells which fields somebody wants to change:
/// what an order has always lacked must not stop a change of something else. `reasons` are those the admin keeps for
/// the status of `after`; without any the reason is said in one's own words.
pub fn obey(
    before: &Target,
    after: &mut Target,
    is_touched: impl Fn(Field) -> bool,
    role: Role,
    reasons: &[String],
    errors: &mut Errors,
) {
    let mut refuse = |field: Field, words: String| {
        errors.entry(field).or_insert(words);
    };
    let is_moved = before.status != after.status;
    if is_moved && !before.status.is_open() && after.status.is_open() && role != Role::Admin {
        let words = format!("Заказ закрыт ({}). Открыть его снова может только администратор", before.status);
        refuse(Field::StatusOrder, words);
    }
    if !after.status.needs_reason() {
        after.reason = None;
    } else if (is_moved || is_touched(Field::RefusalReason))
        && let Err(words) = reason(after, reasons)
    {
        refuse(Field::RefusalReason, words);
    }
    let is_asked = is_moved || is_touched(Field::Result);
    if after.status == StatusOrder::Done && is_asked && after.result.is_none() {
        match role {
            Role::Admin => refuse(
                Field::Result,
                "Укажите итог: без него нет «Готово». Если ремонт бесплатный, напишите 0".to_owned(),
            ),
            Role::Operator => refuse(
                Field::StatusOrder,
                "Итог вносит администратор. Пока его нет, перевести заказ в «Готово» нельзя".to_owned(),
            ),
        }
    }
}

fn reason(after: &Target, reasons: &[String]) -> Result<(), String> {
    match after.reason.as_deref() {
        None => Err(format!("Укажите причину: без неё нет «{}»", after.status)),
        Some(words) if reasons.is_empty() => within(words, MAX_REASON).map(drop),
        Some(words) if !reasons.iter().any(|reason| reason == words) => {
            Err("Такой причины нет в списке. Выберите из списка".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// When the order was closed: the first moment of its being closed, through all closed statuses; an open order has
/// none.
pub fn closed_at(
    status: StatusOrder,
    closed: Option<NaiveDateTime>,
    now: NaiveDateTime,
) -> Option<NaiveDateTime> {
    if status.is_open() { None } else { closed.or(Some(now)) }
}

/// Minutes after the creation within which a change counts as early.
const EARLY_MINUTES: i64 = 10;

/// Whether a change at `now` of an order made at `created` is a correction of what was taken down in a hurry.
pub fn is_early(created: NaiveDateTime, now: NaiveDateTime) -> bool {
    (0..=EARLY_MINUTES * 60).contains(&(now - created).num_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::{TypeEquipment, TypeOrder};

    fn order(status: StatusOrder) -> Target {
        Target {
            rk: String::new(),
            city: String::new(),
            avito_name: None,
            phone: String::new(),
            type_order: TypeOrder::First,
            client_name: String::new(),
            address: String::new(),
            local: NaiveDateTime::default(),
            type_equipment: TypeEquipment::Appliances,
            problem: String::new(),
            status,
            reason: None,
            master_id: None,
            result: None,
            expenditure: None,
            comment: String::new(),
        }
    }

    /// What is wrong when `role` moves a `from` order to `to`, changed further by `change`.
    fn wrong(
        from: StatusOrder,
        to: StatusOrder,
        role: Role,
        reasons: &[&str],
        change: impl Fn(&mut Target),
    ) -> Vec<Field> {
        let (before, mut after, mut errors) = (order(from), order(to), Errors::new());
        change(&mut after);
        let reasons: Vec<String> = reasons.iter().map(|r| (*r).to_owned()).collect();
        let touched = [Field::StatusOrder, Field::RefusalReason, Field::Result];
        obey(&before, &mut after, |field| touched.contains(&field), role, &reasons, &mut errors);
        errors.into_keys().collect()
    }

    #[test]
    fn a_refusal_has_a_reason_of_the_list_or_in_words_when_there_is_no_list() {
        use StatusOrder::{NoOrder, Refused, Wait};
        let with = |words: &'static str, reasons: &[&str]| {
            wrong(Wait, Refused, Role::Operator, reasons, |o| o.reason = Some(words.to_owned()))
        };
        assert!(with("Дорого", &["Дорого"]).is_empty());
        assert_eq!(with("Сам починил", &["Дорого"]), [Field::RefusalReason]);
        assert!(with("Сам починил", &[]).is_empty());
        assert_eq!(wrong(Wait, NoOrder, Role::Admin, &[], |_| {}), [Field::RefusalReason]);
    }

    #[test]
    fn only_an_admin_opens_again() {
        use StatusOrder::{Modern, Refused};
        assert_eq!(wrong(Refused, Modern, Role::Operator, &[], |_| {}), [Field::StatusOrder]);
        assert!(wrong(Refused, Modern, Role::Admin, &[], |_| {}).is_empty());
    }

    #[test]
    fn done_needs_a_sum_and_only_an_admin_can_give_it() {
        use StatusOrder::{Done, InWork};
        assert_eq!(wrong(InWork, Done, Role::Operator, &[], |_| {}), [Field::StatusOrder]);
        assert_eq!(wrong(InWork, Done, Role::Admin, &[], |_| {}), [Field::Result]);
        assert!(wrong(InWork, Done, Role::Operator, &[], |o| o.result = Some(0)).is_empty(), "a warranty");
        assert_eq!(wrong(Done, Done, Role::Admin, &[], |_| {}), [Field::Result], "it cannot be taken away");
    }

    #[test]
    fn an_order_that_opens_again_has_no_reason_any_more() {
        let (before, mut after) = (order(StatusOrder::Refused), order(StatusOrder::Wait));
        after.reason = Some("Дорого".into());
        obey(&before, &mut after, |_| false, Role::Admin, &[], &mut Errors::new());
        assert_eq!(after.reason, None);
    }

    #[test]
    fn the_moment_of_closing_is_the_first_one() {
        let (then, now) = (NaiveDateTime::default(), NaiveDateTime::default() + chrono::Duration::hours(1));
        assert_eq!(closed_at(StatusOrder::Done, None, now), Some(now));
        assert_eq!(closed_at(StatusOrder::Refused, Some(then), now), Some(then));
        assert_eq!(closed_at(StatusOrder::Wait, Some(then), now), None);
    }

    #[test]
    fn ten_minutes_are_early() {
        let made = NaiveDateTime::default();
        let after = |seconds| is_early(made, made + chrono::Duration::seconds(seconds));
        assert_eq!([after(0), after(600), after(601), after(-5)], [true, true, false, false]);
    }
}
