//! What the numbers people look at are made of, and in words what they mean.

use super::numbers::{Measure, Numbers};
use crate::domain::russian;

/// A number people look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name in addresses.
    pub key: &'static str,
    /// What stands above the number.
    pub label: &'static str,
    /// What it means, printed beside it.
    pub meaning: &'static str,
    /// What is divided.
    pub of: Measure,
    /// By what, if by anything.
    pub by: Option<Measure>,
    /// How it is written.
    pub unit: Unit,
    /// Whether more is better.
    pub wish: Wish,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `1 204`.
    Count,
    /// `40,6 %`.
    Percent,
    /// `3:12`.
    Seconds,
    /// `12 400 ₽`.
    Money,
}

/// What is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// More.
    More,
    /// Less.
    Less,
    /// Neither.
    Neither,
}

macro_rules! metric {
    ($name:ident, $key:literal, $label:literal, $of:ident $(/ $by:ident)?, $unit:ident, $wish:ident, $meaning:literal) => {
        #[doc = $label]
        pub const $name: Metric = Metric {
            key: $key,
            label: $label,
            meaning: $meaning,
            of: Measure::$of,
            by: metric!(@by $($by)?),
            unit: Unit::$unit,
            wish: Wish::$wish,
        };
    };
    (@by) => { None };
    (@by $by:ident) => { Some(Measure::$by) };
}

metric!(
    CALLS,
    "calls",
    "Звонки",
    Calls,
    Count,
    More,
    "входящие, которые закончились: принятые и пропущенные"
);
metric!(ACCEPTED, "accepted", "Принято", Accepted, Count, More, "входящие, в которых поговорили с клиентом");
metric!(
    MISSED,
    "missed",
    "Пропущено",
    Missed,
    Count,
    Less,
    "входящие, в которых с клиентом никто не поговорил; у оператора — те, что звонили на его телефоне"
);
metric!(ORDERS, "orders", "Заказы", Orders, Count, More, "по времени создания; у оператора — созданные им");
metric!(
    CONVERSION,
    "conversion",
    "Стали заказом",
    Ordered / Accepted,
    Percent,
    More,
    "доля принятых звонков, к которым привязан заказ"
);
metric!(
    CHAT_CONVERSION,
    "chat_conversion",
    "Чат стал заказом",
    ChatsOrdered / Chats,
    Percent,
    More,
    "доля чатов, начатых клиентами в эти дни, к которым привязан заказ"
);
metric!(
    TALK,
    "talk",
    "Средний разговор",
    TalkSeconds / Accepted,
    Seconds,
    Neither,
    "время разговора на один принятый звонок"
);
metric!(
    WAIT,
    "wait",
    "Среднее ожидание",
    WaitSeconds / Accepted,
    Seconds,
    Less,
    "от начала звонка до ответа, по принятым"
);
metric!(
    LEVEL,
    "level",
    "Уровень сервиса",
    Soon / Calls,
    Percent,
    More,
    "доля входящих, на которые ответили не позже чем за 20 секунд"
);
metric!(
    ABANDONED,
    "abandoned",
    "Потеряно",
    Missed / Calls,
    Percent,
    Less,
    "доля входящих, которые остались без ответа; не считая тех, кто положил трубку за 5 секунд"
);
metric!(
    CALLBACK,
    "callback",
    "Перезвонили за",
    CallbackSeconds / CalledBack,
    Seconds,
    Less,
    "в среднем от пропущенного до разговора, если перезвонили мы"
);
metric!(
    DEBTS,
    "debts_open",
    "Не перезвонили",
    DebtsOpen,
    Count,
    Less,
    "пропущенные этих дней, по которым долг открыт до сих пор"
);
metric!(
    FIRST_ANSWER,
    "first_answer",
    "Первый ответ в чате",
    AnswerSeconds / ChatsAnswered,
    Seconds,
    Less,
    "в среднем от первого сообщения клиента до первого нашего"
);
metric!(
    REFUSED,
    "refused",
    "Отказы",
    Refused / Orders,
    Percent,
    Less,
    "доля созданных в эти дни заказов, которые закончились отказом клиента"
);
metric!(
    EDITED,
    "edited",
    "Правки за 10 минут",
    Edited / Orders,
    Percent,
    Less,
    "доля созданных заказов, в которых что-то исправили в первые десять минут"
);
metric!(
    REPEATS,
    "repeats",
    "Повторные звонки",
    Repeats / Accepted,
    Percent,
    Less,
    "доля принятых звонков от тех, с кем уже говорили в предыдущие 7 дней"
);
metric!(
    CLOSED,
    "closed",
    "Закрыто",
    Closed,
    Count,
    Neither,
    "заказы, закрытые в эти дни: Готово, Отказ, Незаказ"
);
metric!(DONE, "done", "Готово", Done, Count, More, "закрытые в эти дни со статусом «Готово»");
metric!(
    TURNOVER,
    "turnover",
    "Оборот",
    Turnover,
    Money,
    More,
    "итог по заказам «Готово», закрытым в эти дни"
);
metric!(EXPENSES, "expenses", "Расход", Expenses, Money, Neither, "расход по тем же заказам");
metric!(CLEAN, "clean", "Чистыми", Clean, Money, More, "доход фирмы: итог минус расход по заказам «Готово»");
metric!(CHECK, "check", "Средний чек", Turnover / Paid, Money, More, "оборот на один оплаченный заказ");
metric!(PAID, "paid", "Оплачено", Paid / Done, Percent, More, "доля заказов «Готово» с суммой больше нуля");

/// What is shown of calls, orders and chats, in the order of the page.
pub const WORK: [Metric; 15] = [
    ACCEPTED,
    MISSED,
    ORDERS,
    CONVERSION,
    TALK,
    WAIT,
    LEVEL,
    ABANDONED,
    CALLBACK,
    DEBTS,
    FIRST_ANSWER,
    CHAT_CONVERSION,
    REFUSED,
    EDITED,
    REPEATS,
];

impl Metric {
    /// The value for some figures; `None` when there is nothing to divide by.
    pub fn value(&self, numbers: &Numbers) -> Option<f64> {
        let value = numbers.get(self.of) as f64;
        let Some(by) = self.by else { return Some(value) };
        let mut divisor = numbers.get(by) as f64;
        let mut value = value;
        if *self == ABANDONED {
            let short = numbers.get(Measure::HungUp) as f64;
            value -= short;
            divisor -= short;
        }
        let whole = if self.unit == Unit::Percent { 100.0 } else { 1.0 };
        (divisor > 0.0).then(|| value * whole / divisor)
    }

    /// The value as people read it; «—» when there is none.
    pub fn words(&self, numbers: &Numbers) -> String {
        self.value(numbers).map_or_else(|| "—".to_owned(), |value| self.write(value))
    }

    fn write(&self, value: f64) -> String {
        match self.unit {
            Unit::Count => whole(value),
            Unit::Percent => format!("{} %", tenth(value)),
            Unit::Seconds => length(value),
            // An average is a guess, kopecks of it tell nothing.
            Unit::Money if self.by.is_some() => russian::roubles((value / 100.0).round() as i64 * 100),
            Unit::Money => russian::roubles(value.round() as i64),
        }
    }

    /// How it has changed, as people read it, and whether that is good; nothing when it cannot be told.
    pub fn change(&self, now: &Numbers, before: &Numbers) -> Option<Change> {
        let (now, before) = (self.value(now)?, self.value(before)?);
        let difference = now - before;
        let words = match self.unit {
            Unit::Percent => format!("{} п. п.", signed(&tenth(difference.abs()), difference)),
            Unit::Seconds => signed(&length(difference.abs()), difference),
            Unit::Count | Unit::Money if before == 0.0 => return None,
            Unit::Count | Unit::Money => {
                format!("{} %", signed(&whole((difference * 100.0 / before).abs()), difference))
            }
        };
        let is_same = words.chars().filter(char::is_ascii_digit).all(|digit| digit == '0');
        let is_good = match self.wish {
            _ if is_same => None,
            Wish::Neither => None,
            Wish::More => Some(difference > 0.0),
            Wish::Less => Some(difference < 0.0),
        };
        Some(Change { words: if is_same { "как было".to_owned() } else { words }, is_good })
    }
}

/// A change against another period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// «+8 %», «−1,2 п. п.».
    pub words: String,
    /// Whether it is good news; `None` when neither.
    pub is_good: Option<bool>,
}

impl Change {
    /// The class of its colour.
    pub fn class(&self) -> &'static str {
        match self.is_good {
            Some(true) => "delta--good",
            Some(false) => "delta--bad",
            None => "",
        }
    }
}

fn whole(value: f64) -> String {
    let rounded = value.round();
    let digits = russian::count(rounded.abs() as u64);
    if rounded < 0.0 { format!("−{digits}") } else { digits }
}

fn tenth(value: f64) -> String {
    format!("{value:.1}").replace('.', ",")
}

/// `3:12`, `1 ч 5 мин`, `2 д 3 ч`.
fn length(seconds: f64) -> String {
    let seconds = seconds.round().max(0.0) as i64;
    match seconds {
        0..3600 => russian::duration(seconds),
        3600..86_400 => russian::hours(seconds / 60),
        _ => format!("{} д {} ч", seconds / 86_400, seconds / 3600 % 24),
    }
}

fn signed(words: &str, difference: f64) -> String {
    let sign = if difference < 0.0 { "−" } else { "+" };
    format!("{sign}{words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(all: &[(Measure, i64)]) -> Numbers {
        all.iter().fold(Numbers::default(), |sum, (measure, value)| sum.with(*measure, *value))
    }

    #[test]
    fn a_share_of_nothing_is_not_nought() {
        let none = Numbers::default();
        assert_eq!(CONVERSION.words(&none), "—");
        assert_eq!(ACCEPTED.words(&none), "0");
        assert_eq!(CONVERSION.change(&none, &none), None);
    }

    #[test]
    fn who_hangs_up_at_once_is_not_lost() {
        let day = numbers(&[(Measure::Calls, 10), (Measure::Missed, 3), (Measure::HungUp, 2)]);
        assert_eq!(ABANDONED.words(&day), "12,5 %");
        assert_eq!(MISSED.words(&day), "3");
    }

    #[test]
    fn a_change_says_its_sign_and_whether_it_is_good() {
        let (now, before) = (numbers(&[(Measure::Missed, 6)]), numbers(&[(Measure::Missed, 8)]));
        let change = MISSED.change(&now, &before).expect("a change");
        assert_eq!((change.words.as_str(), change.is_good), ("−25 %", Some(true)));
        assert_eq!(
            MISSED.change(&now, &Numbers::default()),
            None,
            "nothing grows by so many per cent from nothing"
        );
        assert_eq!(MISSED.change(&now, &now).map(|same| same.is_good), Some(None));
    }

    #[test]
    fn lengths_are_said_in_the_unit_that_fits() {
        assert_eq!(length(192.4), "3:12");
        assert_eq!(length(3900.0), "1 ч 5 мин");
        assert_eq!(length(183_600.0), "2 д 3 ч");
    }
}
