//! What the demonstration pays: schemes and a change of them, entries by hand, months that are closed, and what became
//! known of them later.

use chrono::{Days, Duration};

use super::followup;
use super::world::World;
use crate::domain::month::Month;
use crate::domain::now::Now;
use crate::domain::zone;
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::salary::queries::{self, NewEntry, NewScheme};
use crate::salary::rules::{LineKind, Scheme};

/// Entries: whose, how many months ago, on which day, what, kopecks, why.
const ENTRIES: [(usize, u32, u64, LineKind, i64, &str); 7] = [
    (0, 0, 2, LineKind::Bonus, 100_000, "Учила новичка всю смену"),
    (2, 0, 4, LineKind::Fine, -30_000, "Не перезвонил по трём пропущенным за смену"),
    (0, 1, 17, LineKind::Fine, -50_000, "Опоздание на 40 минут без предупреждения"),
    (1, 1, 9, LineKind::Bonus, 150_000, "Шесть отзывов на пять звёзд с именем"),
    (3, 1, 21, LineKind::Correction, 80_000, "Смена 6-го числа прошла без статуса: не было связи"),
    (1, 2, 12, LineKind::Fine, -20_000, "Записан чужой город в трёх заказах"),
    (4, 2, 25, LineKind::Bonus, 50_000, "Подменил коллегу в выходной"),
];

/// Agrees the schemes and closes the months that are over, but for the last one, which waits for the admin. Of both
/// closed months something became known later: that of the first is paid as a correction, the other one waits.
///
/// # Errors
/// What the database refused.
pub fn agree(tx: &mut Tx, world: &World, now: Now) -> Result<(), AppError> {
    let admin = world.admin_id;
    let this = Month::of(now.today());
    let first = this.before().before().before();
    agree_schemes(tx, world, first, now)?;
    for (operator, months_ago, day, kind, amount, reason) in ENTRIES {
        let Some(person) = world.operators.get(operator) else { continue };
        let month = (0..months_ago).fold(this, |month, _| month.before());
        let day = (month.first() + Days::new(day - 1)).min(now.today());
        let reason = reason.to_owned();
        let new = NewEntry { operator: person.id, day, kind, amount, reason, of_month: None };
        queries::add_entry(tx, &new, admin, now.utc)?;
    }
    for (month, operator) in [(first, 1), (first.next(), 3)] {
        crate::salary::close_month(tx, month, admin, now)?;
        if let Some(person) = world.operators.get(operator) {
            // The evening of the 10th, noted after the month was closed.
            let evening = zone::day_start(month.first() + Days::new(9), now.zone) + Duration::hours(21);
            followup::note_late(tx.db, person.id, evening, evening + Duration::minutes(130))?;
        }
    }
    if world.operators.len() > 1 {
        crate::salary::carry_over(tx, first, admin, now)?;
    }
    Ok(())
}

fn agree_schemes(tx: &mut Tx, world: &World, first: Month, now: Now) -> Result<(), AppError> {
    let (last, by) = (Month::of(now.today()).before(), world.admin_id);
    let began = Scheme {
        name: "Оператор".to_owned(),
        hour: Some(14_000),
        accepted: Some(800),
        accepted_seconds: 10,
        ordered: Some(5_000),
        done: Some(10_000),
        ..Scheme::default()
    };
    let dearer = Scheme {
        hour: Some(15_000),
        ordered: Some(6_000),
        done: Some(12_000),
        percent: Some(150),
        plan_orders: Some(220),
        plan_bonus: Some(300_000),
        ..began.clone()
    };
    let senior =
        Scheme { name: "Старшая смены".to_owned(), hour: Some(18_000), ..dearer.clone() };
    let midst = last.first() + Days::new(14);
    let mut agreed = vec![(None, first.first(), began), (None, last.first(), dearer)];
    agreed.extend(world.operators.first().map(|person| (Some(person.id), midst, senior)));
    for (operator, from, scheme) in agreed {
        let new = NewScheme { operator, from, is_common: false, scheme };
        queries::add_scheme(tx, &new, by, now.utc)?;
    }
    Ok(())
}
