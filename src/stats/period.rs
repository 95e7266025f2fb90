//! Which days are looked at, and which they are compared with.

use chrono::{Datelike, Days, NaiveDate};

use crate::domain::russian;
use crate::domain::when::{self, Lean};
use crate::web::form::Fields;

/// More days than that are no report.
const MOST_DAYS: i64 = 1100;

crate::text_enum! {
    /// A period that is chosen by a word.
    Usual {
        /// The business day.
        Today = "today",
        /// A week until today.
        Week = "7",
        /// Thirty days until today.
        Thirty = "30",
        /// The month until today.
        Month = "month",
    }
}

impl Usual {
    /// The word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Today => "Сегодня",
            Self::Week => "7 дней",
            Self::Thirty => "30 дней",
            Self::Month => "Месяц",
        }
    }
}

/// Days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// How it was chosen; `None` by its days.
    pub usual: Option<Usual>,
}

impl Period {
    /// What the address asks for: `period`, or `from` and `to`. Nonsense is thirty days.
    pub fn of(fields: &Fields, today: NaiveDate) -> Self {
        let day = |name: &str| when::day(fields.text(name), today, Lean::Back);
        if let (Some(from), Some(to)) = (day("from"), day("to")) {
            let (from, to) = (from.min(to), from.max(to));
            if (to - from).num_days() < MOST_DAYS {
                return Self { from, to, usual: None };
            }
        }
        let usual = Usual::parse(fields.text("period")).unwrap_or(Usual::Thirty);
        let from = match usual {
            Usual::Today => today,
            Usual::Week => today - Days::new(6),
            Usual::Thirty => today - Days::new(29),
            Usual::Month => today.with_day(1).unwrap_or(today),
        };
        Self { from, to: today, usual: Some(usual) }
    }

    /// How many days.
    pub fn days(&self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// Every day.
    pub fn each(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |day| *day <= to)
    }

    /// What it is compared with: of a month the same days of the month before, of others as many days before.
    pub fn before(&self) -> Self {
        if self.from.day() == 1 && self.from.month() == self.to.month() && self.from.year() == self.to.year()
        {
            let last = self.from - Days::new(1);
            let from = last.with_day(1).unwrap_or(last);
            let is_whole = self.to.month() != (self.to + Days::new(1)).month();
            let to = if is_whole { last } else { (from + Days::new(u64::from(self.to.day0()))).min(last) };
            return Self { from, to, usual: None };
        }
        let length = Days::new(self.days().unsigned_abs());
        Self { from: self.from - length, to: self.to - length, usual: None }
    }

    /// «1–19 ноября», «21 октября – 19 ноября».
    pub fn words(&self, today: NaiveDate) -> String {
        let last = russian::day(self.to, today);
        if self.from == self.to {
            return last;
        }
        if (self.from.year(), self.from.month()) == (self.to.year(), self.to.month()) {
            return format!("{}–{last}", self.from.day());
        }
        format!("{} – {last}", russian::day(self.from, today))
    }

    /// The fields of an address that ask for it.
    pub fn put(&self, fields: &mut Fields) {
        for name in ["period", "from", "to"] {
            fields.set(name, "");
        }
        match self.usual {
            Some(usual) => fields.set("period", usual.as_str()),
            None => {
                fields.set("from", &self.from.to_string());
                fields.set("to", &self.to.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn of(pairs: &[(&str, &str)]) -> Period {
        let mut fields = Fields::default();
        for (name, value) in pairs {
            fields.push(name, value);
        }
        Period::of(&fields, day("2026-11-19"))
    }

    #[test]
    fn periods_are_compared_with_what_was_as_long() {
        let month = of(&[("period", "month")]);
        assert_eq!(month.words(month.to), "1–19 ноября");
        assert_eq!(month.before().words(month.to), "1–19 октября");
        let whole = of(&[("from", "2026-03-01"), ("to", "2026-03-31")]);
        assert_eq!((whole.before().from, whole.before().to), (day("2026-02-01"), day("2026-02-28")));
        let week = of(&[("period", "7")]);
        assert_eq!((week.before().from, week.before().to), (day("2026-11-06"), day("2026-11-12")));
        let today = of(&[("period", "today")]);
        assert_eq!(today.before().from, day("2026-11-18"));
        assert_eq!(today.before().days(), 1);
    }

    #[test]
    fn days_may_be_typed_in_any_order_and_nonsense_is_thirty_days() {
        let typed = of(&[("from", "вчера"), ("to", "01.11")]);
        assert_eq!((typed.from, typed.to), (day("2026-11-01"), day("2026-11-18")));
        for nonsense in
            [of(&[("from", "когда-то"), ("to", "вчера")]), of(&[("from", "1900-01-01"), ("to", "вчера")])]
        {
            assert_eq!((nonsense.days(), nonsense.usual), (30, Some(Usual::Thirty)));
        }
    }
}
