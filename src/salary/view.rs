//! A sheet as pages show it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::rules::{self, Line, LineKind, Scheme, money};
use super::sheet::Late;
use crate::domain::chart::{Chart, Series};
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::domain::russian;

/// A line with what earned it.
pub struct LineView {
    /// The element.
    pub id: String,
    /// Its icon.
    pub icon: &'static str,
    /// What it is.
    pub title: String,
    /// What counts.
    pub about: String,
    /// How it was reckoned.
    pub formula: String,
    /// Its sum.
    pub amount: String,
    /// It takes away.
    pub is_minus: bool,
    /// What earned it, the newest first.
    pub items: Vec<ItemView>,
}

/// What earned a part of a line.
pub struct ItemView {
    /// «19 ноября».
    pub day: String,
    /// What.
    pub words: String,
    /// Where it can be seen; empty for nowhere.
    pub href: String,
    /// Its share.
    pub amount: String,
}

/// What a line has brought today.
pub struct TodayView {
    /// «Смены», «9 заказов».
    pub words: String,
    /// «+540 ₽».
    pub amount: String,
}

/// What today has brought, line by line.
pub fn today(lines: &[Line], today: NaiveDate) -> Vec<TodayView> {
    lines
        .iter()
        .filter_map(|line| {
            let items: Vec<_> = line.items.iter().filter(|item| item.day == today).collect();
            let amount: i64 = items.iter().map(|item| item.amount).sum();
            let words = match items.as_slice() {
                [] => return None,
                [one] => one.words.clone(),
                several => format!("{}: {}", line.title, several.len()),
            };
            Some(TodayView { words, amount: signed(amount) })
        })
        .collect()
}

/// «Смены +600 ₽, Заказы −60 ₽».
pub fn late_lines(late: &Late) -> String {
    let words = late.lines.iter().map(|(title, amount)| format!("{title} {}", signed(*amount)));
    words.collect::<Vec<_>>().join(", ")
}

/// The same; what was paid of it before stands at the end.
pub fn late_words(late: &Late) -> String {
    match late.carried {
        0 => late_lines(late),
        carried => format!("{}, перенесено раньше {}", late_lines(late), signed(carried)),
    }
}

/// «+120 ₽», or a dash.
pub fn signed_or_none(kopecks: i64) -> String {
    if kopecks == 0 { "—".to_owned() } else { signed(kopecks) }
}

/// The lines as pages show them. `of`: whose they are, where it is not the one who looks.
pub fn lines(lines: &[Line], today: NaiveDate, of: Option<AccountId>) -> Vec<LineView> {
    let whose = of.map(|id| format!("&operator={id}")).unwrap_or_default();
    lines
        .iter()
        .enumerate()
        .map(|(at, line)| LineView {
            id: format!("salary-{}-{at}", line.kind),
            icon: icon(line.kind),
            title: line.title.clone(),
            about: line.about.clone(),
            formula: line.formula.clone(),
            amount: money(line.amount),
            is_minus: line.amount < 0,
            items: line
                .items
                .iter()
                .rev()
                .map(|item| ItemView {
                    day: russian::day(item.day, today),
                    words: item.words.clone(),
                    href: match (item.order, line.kind) {
                        (0, LineKind::Calls) => {
                            format!("/stats/rows?what=accepted&from={0}&to={0}{whose}", item.day)
                        }
                        (0, _) => String::new(),
                        (order, _) => format!("/orders/{order}"),
                    },
                    amount: signed(item.amount),
                })
                .collect(),
        })
        .collect()
}

fn icon(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Hours => "clock",
        LineKind::Calls => "phone-incoming",
        LineKind::Orders => "clipboard-list",
        LineKind::Done => "circle-check",
        LineKind::Percent => "cash",
        LineKind::Plan => "flag",
        LineKind::Bonus => "thumb-up",
        LineKind::Fine => "alert-circle",
        LineKind::Correction => "pencil",
    }
}

/// «+120 ₽», «−50 ₽».
pub fn signed(kopecks: i64) -> String {
    if kopecks > 0 { format!("+{}", money(kopecks)) } else { money(kopecks) }
}

/// What a scheme pays, rule by rule.
pub fn rates(scheme: &Scheme) -> Vec<(String, String)> {
    let mut rates = Vec::new();
    let mut rate = |label: &str, kopecks: Option<i64>| {
        rates.extend(kopecks.map(|kopecks| (label.to_owned(), money(kopecks))));
    };
    rate("Час онлайн", scheme.hour);
    match scheme.accepted_seconds {
        0 => rate("Принятый звонок", scheme.accepted),
        from => rate(&format!("Принятый звонок, разговор от {from} с"), scheme.accepted),
    }
    rate("Заказ, кроме незаказа", scheme.ordered);
    rate("Заказ выполнен с суммой", scheme.done);
    rates.extend(
        scheme.percent.map(|percent| {
            ("От чистых по заказу".to_owned(), format!("{} %", rules::percent_words(percent)))
        }),
    );
    rates.extend(scheme.plan_orders.map(|orders| {
        let label = format!(
            "План: {orders} {} за месяц",
            russian::plural(orders.unsigned_abs(), ["заказ", "заказа", "заказов"])
        );
        (label, money(scheme.plan_bonus.unwrap_or(0)))
    }));
    rates
}

/// How the sum has grown, beside the month before, and the unit it is drawn in.
pub fn growth(
    month: Month,
    until: NaiveDate,
    now: &BTreeMap<NaiveDate, i64>,
    before: &BTreeMap<NaiveDate, i64>,
) -> (Chart, &'static str) {
    let grown = |days: Vec<NaiveDate>, sums: &BTreeMap<NaiveDate, i64>| {
        let mut sum = 0;
        days.into_iter()
            .map(|day| {
                sum += sums.get(&day).copied().unwrap_or(0);
                sum
            })
            .collect::<Vec<i64>>()
    };
    let own = grown(month.days().take_while(|day| *day <= until).collect(), now);
    let then = grown(month.before().days().collect(), before);
    let most = own.iter().chain(&then).copied().max().unwrap_or(0);
    // Labels of an axis have room for four digits.
    let (by, unit) = if most >= 1_000_000 { (100_000.0, "тыс. ₽") } else { (100.0, "₽") };
    let series = |label: String, colour: u8, sums: Vec<i64>| Series {
        label,
        colour,
        values: sums.iter().map(|kopecks| *kopecks as f64 / by).collect(),
        words: sums.iter().map(|kopecks| money(*kopecks)).collect(),
    };
    let labels: Vec<String> = month.days().map(|day| day.format("%d.%m").to_string()).collect();
    let chart = Chart::lines(
        &labels,
        &[
            series(month.words().to_lowercase(), 1, own),
            series(month.before().words().to_lowercase(), 4, then),
        ],
    );
    (chart, unit)
}
