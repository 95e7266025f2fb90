//! From work to money. Pure: the same work and the same schemes always give the same lines.
//!
//! A line is what one rule of one scheme earned in a month. Its sum is rounded once, half a kopeck up; what its items
//! earned are shares of that sum, so items, lines and the total always add up.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};

use crate::domain::russian;

/// What work is paid from a day on. Kopecks; `None` is not paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scheme {
    /// Its name.
    pub name: String,
    /// From which day.
    pub from: Option<NaiveDate>,
    /// An hour online.
    pub hour: Option<i64>,
    /// An accepted call.
    pub accepted: Option<i64>,
    /// From so many seconds of talk.
    pub accepted_seconds: i64,
    /// An order made, unless it turned out to be none.
    pub ordered: Option<i64>,
    /// An order of theirs done with money.
    pub done: Option<i64>,
    /// Of what such an order leaves: hundredths of a per cent.
    pub percent: Option<i64>,
    /// So many orders of a month earn the bonus.
    pub plan_orders: Option<i64>,
    /// The bonus.
    pub plan_bonus: Option<i64>,
}

crate::text_enum! {
    /// What earned a line.
    LineKind {
        /// Hours.
        Hours = "hours",
        /// Calls.
        Calls = "calls",
        /// Orders made.
        Orders = "orders",
        /// Orders done.
        Done = "done",
        /// A share of their income.
        Percent = "percent",
        /// The plan of the month.
        Plan = "plan",
        /// By hand: a bonus.
        Bonus = "bonus",
        /// By hand: a fine.
        Fine = "fine",
        /// By hand: a correction.
        Correction = "correction",
    }
}

/// What was done on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The business day.
    pub day: NaiveDate,
    /// What.
    pub deed: Deed,
}

/// Something done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Time online.
    Online(Stretch),
    /// An accepted call with so many seconds of talk.
    Call(i64),
    /// An order that was made: its number, its words.
    Order(i64, String),
    /// An order that was made and turned out to be none.
    NoOrder,
    /// An order that was done: its number, its words, what it left.
    Done(i64, String, i64),
    /// An order that was done and has no sum yet.
    Unpaid,
    /// An entry by hand: kind, kopecks, the reason.
    Entry(LineKind, i64, String),
}

/// Time online within a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// How long.
    pub seconds: i64,
    /// From when on the business clock.
    pub from: NaiveTime,
    /// Until when; midnight is the end of the day, none lasts.
    pub to: Option<NaiveTime>,
}

/// What earned a part of a line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Item {
    /// The day.
    pub day: NaiveDate,
    /// «4 ч 20 мин», «№ 10402 · Стиральная машина».
    pub words: String,
    /// The order it is about; 0 for none.
    pub order: i64,
    /// Kopecks of the line's sum.
    pub amount: i64,
}

/// A line of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What earned it.
    pub kind: LineKind,
    /// What it is.
    pub title: String,
    /// «94 ч 20 мин × 150 ₽».
    pub formula: String,
    /// What counts, in words.
    pub about: String,
    /// Kopecks.
    pub amount: i64,
    /// What earned it.
    pub items: Vec<Item>,
}

/// The sum of lines.
pub fn total(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.amount).sum()
}

/// The lines of a month. `schemes` are those of the person in the order of their days; a day is paid by the last one
/// that has begun, and by none before the first.
pub fn lines(schemes: &[Scheme], work: &[Work]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, scheme) in schemes.iter().enumerate() {
        let until = schemes.get(at + 1).and_then(|next| next.from);
        let is_in = |day: NaiveDate| {
            scheme.from.is_none_or(|from| day >= from) && until.is_none_or(|until| day < until)
        };
        let own: Vec<&Work> = work.iter().filter(|one| is_in(one.day)).collect();
        let several = schemes.len() > 1;
        lines.extend(of_scheme(scheme, &own).into_iter().map(|mut line| {
            if several && !scheme.name.is_empty() {
                line.about = format!("{}; схема «{}»", line.about, scheme.name);
            }
            line
        }));
    }
    // Lines of the same kind stand together, in the order of their schemes.
    lines.sort_by_key(|line| line.kind);
    lines.extend(plan(schemes, work));
    lines.extend(by_hand(work));
    lines
}

/// By how much each kind of line has changed from `before` to `after`: titles and kopecks of those that have.
pub fn differences(before: &[Line], after: &[Line]) -> Vec<(String, i64)> {
    let mut found: BTreeMap<LineKind, (String, i64)> = BTreeMap::new();
    for (lines, sign) in [(before, -1), (after, 1)] {
        for line in lines {
            let entry = found.entry(line.kind).or_insert_with(|| (line.title.clone(), 0));
            entry.1 += sign * line.amount;
        }
    }
    found.into_values().filter(|(_, amount)| *amount != 0).collect()
}

/// Money as a sheet writes it.
pub fn money(kopecks: i64) -> String {
    format!("{} ₽", russian::roubles(kopecks))
}

fn of_scheme(scheme: &Scheme, work: &[&Work]) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(rate) = scheme.hour {
        let shifts = by_day(work, |deed| match deed {
            Deed::Online(stretch) => Some(stretch.clone()),
            _ => None,
        });
        let parts: Vec<Part> = shifts
            .iter()
            .map(|(day, stretches)| {
                let seconds = stretches.iter().map(|one| one.seconds).sum();
                (*day, format!("{}: {}", hours(seconds), shift_words(stretches)), 0, seconds)
            })
            .collect();
        let seconds: i64 = parts.iter().map(|(.., seconds)| seconds).sum();
        lines.extend(shared(
            LineKind::Hours,
            "Смены",
            format!("{} × {}", hours(seconds), money(rate)),
            format!("{}, время в статусе «Онлайн»", counted(shifts.len(), ["день", "дня", "дней"])),
            parts,
            |units| rounded(i128::from(units) * i128::from(rate), 3600),
        ));
    }
    if let Some(rate) = scheme.accepted {
        let days = by_day(work, |deed| match deed {
            Deed::Call(talk) => Some(*talk >= scheme.accepted_seconds),
            _ => None,
        });
        let words = |calls: usize| counted(calls, ["звонок", "звонка", "звонков"]);
        let parts: Vec<Part> = days
            .iter()
            .map(|(day, calls)| {
                let long = calls.iter().filter(|is_long| **is_long).count();
                let words = match calls.len() - long {
                    0 => words(long),
                    short => format!("{}, короче {} с: {short}", words(long), scheme.accepted_seconds),
                };
                (*day, words, 0, whole(long))
            })
            .filter(|(.., calls)| *calls > 0)
            .collect();
        let count: i64 = parts.iter().map(|(.., calls)| calls).sum();
        let about = match scheme.accepted_seconds {
            0 => "входящие, на которые вы ответили".to_owned(),
            from => format!("входящие с разговором от {from} с"),
        };
        let formula = format!("{count} × {}", money(rate));
        lines.extend(shared(LineKind::Calls, "Принятые звонки", formula, about, parts, |units| units * rate));
    }
    if let Some(rate) = scheme.ordered {
        let parts: Vec<Part> = work
            .iter()
            .filter_map(|one| match &one.deed {
                Deed::Order(number, words) => Some((one.day, words.clone(), *number, 1)),
                _ => None,
            })
            .collect();
        let formula = format!("{} × {}", parts.len(), money(rate));
        let about = match work.iter().filter(|one| one.deed == Deed::NoOrder).count() {
            0 => "созданные заказы, кроме незаказов".to_owned(),
            none => {
                format!("созданные заказы; {} не в счёт", counted(none, ["незаказ", "незаказа", "незаказов"]))
            }
        };
        lines.extend(shared(LineKind::Orders, "Заказы", formula, about, parts, |units| units * rate));
    }
    let done: Vec<(&Work, i64, &String, i64)> = work
        .iter()
        .filter_map(|one| match &one.deed {
            Deed::Done(number, words, left) => Some((*one, *number, words, *left)),
            _ => None,
        })
        .collect();
    if let Some(rate) = scheme.done {
        let parts: Vec<Part> =
            done.iter().map(|(one, number, words, _)| (one.day, (*words).clone(), *number, 1)).collect();
        let formula = format!("{} × {}", parts.len(), money(rate));
        let about = match work.iter().filter(|one| one.deed == Deed::Unpaid).count() {
            0 => "ваши заказы, которые стали «Готово» с суммой".to_owned(),
            waiting => format!("ваши «Готово» с суммой; ещё без суммы: {waiting}"),
        };
        lines.extend(shared(
            LineKind::Done,
            "Выполненные заказы",
            formula,
            about,
            parts,
            |units| units * rate,
        ));
    }
    if let Some(percent) = scheme.percent {
        let parts: Vec<Part> = done
            .iter()
            .map(|(one, number, words, left)| {
                (one.day, format!("{words}, чистыми {}", money(*left)), *number, *left)
            })
            .collect();
        let left: i64 = done.iter().map(|(.., left)| left).sum();
        let formula = format!("{} × {} %", money(left), percent_words(percent));
        let about = "от чистых по тем же заказам".to_owned();
        lines.extend(shared(LineKind::Percent, "Процент", formula, about, parts, |units| {
            rounded(i128::from(units) * i128::from(percent), 10_000)
        }));
    }
    lines
}

/// The bonus for the plan of the month, by the last scheme that has one: all orders of the month count for it. It is
/// earned on the day of the order that fulfils it.
fn plan(schemes: &[Scheme], work: &[Work]) -> Option<Line> {
    let scheme = schemes.iter().rev().find(|scheme| scheme.plan_orders.is_some())?;
    let (wanted, bonus) = (usize::try_from(scheme.plan_orders?).ok()?.max(1), scheme.plan_bonus.unwrap_or(0));
    let orders = work.iter().filter(|one| matches!(one.deed, Deed::Order(..)));
    let mut days: Vec<NaiveDate> = orders.map(|one| one.day).collect();
    days.sort_unstable();
    let kept = days.get(wanted - 1);
    let items: Vec<Item> = kept
        .map(|day| Item {
            day: *day, words: format!("{wanted}-й заказ месяца"), order: 0, amount: bonus
        })
        .into_iter()
        .collect();
    Some(Line {
        kind: LineKind::Plan,
        title: "Премия за план".to_owned(),
        formula: format!("{} из {wanted}", days.len()),
        about: match kept {
            Some(_) => "план месяца выполнен".to_owned(),
            None => {
                let left = counted(wanted - days.len(), ["заказ", "заказа", "заказов"]);
                format!("ещё {left}, и добавится {}", money(bonus))
            }
        },
        amount: items.iter().map(|item| item.amount).sum(),
        items,
    })
}

fn by_hand(work: &[Work]) -> Vec<Line> {
    let kinds = [
        (LineKind::Bonus, "Премии", ["премия", "премии", "премий"]),
        (LineKind::Fine, "Штрафы", ["штраф", "штрафа", "штрафов"]),
        (LineKind::Correction, "Поправки", ["поправка", "поправки", "поправок"]),
    ];
    kinds
        .into_iter()
        .filter_map(|(wanted, title, forms)| {
            let items: Vec<Item> = work
                .iter()
                .filter_map(|one| match &one.deed {
                    Deed::Entry(kind, amount, reason) if *kind == wanted => {
                        Some(Item { day: one.day, words: reason.clone(), order: 0, amount: *amount })
                    }
                    _ => None,
                })
                .collect();
            let count = counted(items.len(), forms);
            (!items.is_empty()).then(|| Line {
                kind: wanted,
                title: title.to_owned(),
                formula: count,
                about: "с причиной каждой".to_owned(),
                amount: items.iter().map(|item| item.amount).sum(),
                items,
            })
        })
        .collect()
}

/// Day, words, order, units.
type Part = (NaiveDate, String, i64, i64);

/// A line whose sum is `price` of all units; each part has its share of it. None without parts.
fn shared(
    kind: LineKind,
    title: &str,
    formula: String,
    about: String,
    parts: Vec<Part>,
    price: impl Fn(i64) -> i64,
) -> Option<Line> {
    if parts.is_empty() {
        return None;
    }
    let (mut units, mut paid) = (0, 0);
    let items = parts.into_iter().map(|(day, words, order, more)| {
        units += more;
        let amount = price(units) - paid;
        paid += amount;
        Item { day, words, order, amount }
    });
    let items: Vec<Item> = items.collect();
    Some(Line { kind, title: title.to_owned(), formula, about, amount: paid, items })
}

/// Half a kopeck goes up, of what is owed to us as well.
fn rounded(value: i128, by: i128) -> i64 {
    i64::try_from((value * 2 + by).div_euclid(by * 2)).unwrap_or(i64::MAX)
}

/// What was done by day, in the order of days.
fn by_day<T>(work: &[&Work], of: impl Fn(&Deed) -> Option<T>) -> BTreeMap<NaiveDate, Vec<T>> {
    let mut days: BTreeMap<NaiveDate, Vec<T>> = BTreeMap::new();
    for one in work {
        if let Some(part) = of(&one.deed) {
            days.entry(one.day).or_default().push(part);
        }
    }
    days
}

/// «9 ч 20 мин», with the seconds where there are some: the formula has to come out.
fn hours(seconds: i64) -> String {
    match seconds % 60 {
        0 => russian::hours(seconds / 60),
        rest if seconds < 60 => format!("{rest} с"),
        rest => format!("{} {rest} с", russian::hours(seconds / 60)),
    }
}

/// «09:58–13:00, 13:30–19:02»; many of them are told in short.
fn shift_words(stretches: &[Stretch]) -> String {
    const TOLD: usize = 3;
    let end = |one: &Stretch| match one.to {
        None => "сейчас".to_owned(),
        Some(NaiveTime::MIN) => "24:00".to_owned(),
        Some(to) => to.format("%H:%M").to_string(),
    };
    let (first, last) = match stretches {
        [] => return String::new(),
        [first, .., last] if stretches.len() > TOLD => (first, last),
        few => {
            let told = few.iter().map(|one| format!("{}–{}", one.from.format("%H:%M"), end(one)));
            return told.collect::<Vec<_>>().join(", ");
        }
    };
    let pauses = counted(stretches.len() - 1, ["перерыв", "перерыва", "перерывов"]);
    format!("{}–{}, {pauses}", first.from.format("%H:%M"), end(last))
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(count: usize, forms: [&str; 3]) -> String {
    format!("{count} {}", russian::plural(count as u64, forms))
}

/// «2,5» of 250.
pub fn percent_words(hundredths: i64) -> String {
    match hundredths % 100 {
        0 => (hundredths / 100).to_string(),
        rest if rest % 10 == 0 => format!("{},{}", hundredths / 100, rest / 10),
        rest => format!("{},{rest:02}", hundredths / 100),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day") + chrono::Days::new(u64::from(number))
    }

    fn full() -> Scheme {
        Scheme {
            name: "Оператор".into(),
            from: Some(day(0)),
            hour: Some(15_000),
            accepted: Some(800),
            accepted_seconds: 10,
            ordered: Some(6_000),
            done: Some(12_000),
            percent: Some(250),
            plan_orders: Some(2),
            plan_bonus: Some(100_000),
        }
    }

    fn online(seconds: i64) -> Deed {
        Deed::Online(Stretch { seconds, from: NaiveTime::MIN, to: None })
    }

    #[test]
    fn every_rule_pays_what_it_says() {
        let work = [
            (0, online(9 * 3600 + 1200)),
            (0, Deed::Call(9)),
            (0, Deed::Call(10)),
            (1, Deed::Order(1, "№ 1".into())),
            (1, Deed::Order(2, "№ 2".into())),
            (2, Deed::Done(1, "№ 1".into(), 379_950)),
            (3, Deed::Order(3, "№ 3".into())),
            (3, Deed::NoOrder),
            (3, Deed::Entry(LineKind::Fine, -50_000, "опоздание".into())),
        ]
        .map(|(at, deed)| Work { day: day(at), deed });
        let lines = lines(&[full()], &work);
        let sums: Vec<(LineKind, i64)> = lines.iter().map(|line| (line.kind, line.amount)).collect();
        assert_eq!(
            sums,
            [
                (LineKind::Hours, 140_000),
                (LineKind::Calls, 800),
                (LineKind::Orders, 18_000),
                (LineKind::Done, 12_000),
                // 9 498,75 kopecks.
                (LineKind::Percent, 9_499),
                (LineKind::Plan, 100_000),
                (LineKind::Fine, -50_000),
            ]
        );
        assert_eq!(lines[0].formula, "9 ч 20 мин × 150 ₽");
        assert_eq!(lines[1].items[0].words, "1 звонок, короче 10 с: 1");
        assert!(lines[2].about.contains("1 незаказ"), "{}", lines[2].about);
        assert_eq!(lines[4].formula, "3\u{a0}799,50 ₽ × 2,5 %");
        assert_eq!(lines[5].items[0].day, day(1), "the plan is fulfilled by its second order");
    }

    #[test]
    fn a_day_is_paid_by_the_scheme_that_was_in_force() {
        let dearer = Scheme { from: Some(day(2)), hour: Some(20_000), ..Scheme::default() };
        let work = [0, 1, 2, 3].map(|at| Work { day: day(at), deed: online(3600) });
        let lines =
            lines(&[Scheme { from: Some(day(1)), hour: Some(10_000), ..Scheme::default() }, dearer], &work);
        let sums: Vec<i64> = lines.iter().map(|line| line.amount).collect();
        assert_eq!(sums, [10_000, 40_000], "nothing is paid before the first scheme");
    }

    #[test]
    fn a_shift_says_from_when_to_when() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
        let stretch = |from, to| Stretch { seconds: 0, from, to };
        let two = [stretch(at(9, 58), Some(at(13, 0))), stretch(at(13, 30), Some(NaiveTime::MIN))];
        assert_eq!(shift_words(&two), "09:58–13:00, 13:30–24:00");
        let many: Vec<Stretch> = (9..14).map(|hour| stretch(at(hour, 0), None)).collect();
        assert_eq!(shift_words(&many), "09:00–сейчас, 4 перерыва");
        assert_eq!(
            [hours(9 * 3600 + 1235), hours(59), hours(7200)],
            ["9 ч 20 мин 35 с", "59 с", "2 ч 0 мин"]
        );
    }

    #[test]
    fn what_became_known_later_is_told_by_line() {
        let was = [
            Work { day: day(1), deed: online(3600) },
            Work { day: day(1), deed: Deed::Order(1, String::new()) },
        ];
        let is = [
            Work { day: day(1), deed: online(7200) },
            Work { day: day(2), deed: Deed::Done(1, String::new(), 0) },
        ];
        let scheme = Scheme { plan_orders: None, percent: None, ..full() };
        let schemes = [scheme];
        let told = differences(&lines(&schemes, &was), &lines(&schemes, &is));
        let told: Vec<(&str, i64)> = told.iter().map(|(title, amount)| (title.as_str(), *amount)).collect();
        assert_eq!(told, [("Смены", 15_000), ("Заказы", -6_000), ("Выполненные заказы", 12_000)]);
    }

    #[test]
    fn half_a_kopeck_goes_up() {
        assert_eq!([rounded(1, 2), rounded(-1, 2), rounded(1, 3), rounded(-3, 2)], [1, 0, 0, -1]);
    }

    fn some_scheme() -> impl Strategy<Value = Scheme> {
        let rate = || prop::option::of(0i64..1_000_000);
        let rates = (rate(), rate(), 0i64..30, rate(), rate(), prop::option::of(0i64..10_000));
        (0u32..30, rates, prop::option::of(0i64..10), rate()).prop_map(|(from, rates, plan, bonus)| Scheme {
            name: String::new(),
            from: Some(day(from)),
            hour: rates.0,
            accepted: rates.1,
            accepted_seconds: rates.2,
            ordered: rates.3,
            done: rates.4,
            percent: rates.5,
            plan_orders: plan,
            plan_bonus: bonus,
        })
    }

    fn some_work() -> impl Strategy<Value = Work> {
        let deed = prop_oneof![
            (0i64..86_400).prop_map(online),
            (0i64..600).prop_map(Deed::Call),
            (1i64..99).prop_map(|n| Deed::Order(n, String::new())),
            (1i64..99, -100_000i64..5_000_000).prop_map(|(n, left)| Deed::Done(n, String::new(), left)),
            Just(Deed::NoOrder),
            Just(Deed::Unpaid),
            (-500_000i64..500_000).prop_map(|sum| Deed::Entry(LineKind::Correction, sum, "почему".into())),
        ];
        (0u32..30, deed).prop_map(|(at, deed)| Work { day: day(at), deed })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn items_lines_and_the_total_add_up_whatever_the_history(
            mut schemes in prop::collection::vec(some_scheme(), 0..4),
            work in prop::collection::vec(some_work(), 0..60),
        ) {
            schemes.sort_by_key(|scheme| scheme.from);
            schemes.dedup_by_key(|scheme| scheme.from);
            let lines = lines(&schemes, &work);
            for line in &lines {
                prop_assert_eq!(line.items.iter().map(|item| item.amount).sum::<i64>(), line.amount, "{}", line.title);
            }
            prop_assert_eq!(total(&lines), lines.iter().flat_map(|line| &line.items).map(|item| item.amount).sum::<i64>());
            // Not one order is counted twice or lost, however often the scheme changes.
            let paid = |kind| lines.iter().filter(|line| line.kind == kind).map(|line| line.items.len()).sum::<usize>();
            let in_force = |day: NaiveDate| schemes.iter().rev().find(|scheme| scheme.from.is_some_and(|from| from <= day));
            let made = work.iter().filter(|one| matches!(one.deed, Deed::Order(..)));
            let made = made.filter(|one| in_force(one.day).is_some_and(|scheme| scheme.ordered.is_some())).count();
            prop_assert_eq!(paid(LineKind::Orders), made);
            // From a history to itself nothing has changed.
            prop_assert_eq!(differences(&lines, &lines), vec![]);
            let by_hand: i64 = work.iter().map(|one| match one.deed { Deed::Entry(_, sum, _) => sum, _ => 0 }).sum();
            if schemes.is_empty() {
                prop_assert_eq!(total(&lines), by_hand);
            }
        }

        #[test]
        fn a_line_differs_from_the_exact_sum_by_half_a_kopeck_at_most(seconds in prop::collection::vec(0i64..50_000, 1..30), rate in 0i64..100_000) {
            let scheme = Scheme { from: Some(day(0)), hour: Some(rate), ..Scheme::default() };
            let work: Vec<Work> = seconds.iter().enumerate().map(|(at, s)| Work { day: day(at as u32), deed: online(*s) }).collect();
            let sum = total(&lines(&[scheme], &work));
            let exact = i128::from(seconds.iter().sum::<i64>()) * i128::from(rate);
            prop_assert!((i128::from(sum) * 3600 - exact).abs() * 2 <= 3600);
        }
    }
}
