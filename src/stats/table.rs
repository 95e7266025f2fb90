//! Figures side by side: a row for each day, city, operator …, a column for each number, changes beside them.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};

use super::facts::{EVERYBODY, Kind};
use super::metrics::{self, Change, Metric, Unit};
use super::numbers::{Measure, Numbers};
use super::period::Period;
use super::queries::{self, kept};
use crate::domain::id::{AccountId, MasterId};
use crate::domain::{phone, russian};
use crate::platform::db::Db;
use crate::platform::sheet;
use crate::web::form::Fields;

crate::text_enum! {
    /// By what rows are told apart.
    By {
        /// Days.
        Day = "day",
        /// Hours of the day.
        Hour = "hour",
        /// Weekdays.
        Weekday = "weekday",
        /// Cities.
        City = "city",
        /// Campaigns.
        Rk = "rk",
        /// Avito accounts.
        Account = "account",
        /// Lines.
        Line = "line",
        /// Operators.
        Operator = "operator",
        /// Masters.
        Master = "master",
    }
}

impl By {
    /// What the tab says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Day => "По дням",
            Self::Hour => "По часам",
            Self::Weekday => "По дням недели",
            Self::City => "Города",
            Self::Rk => "РК",
            Self::Account => "Аккаунты",
            Self::Line => "Линии",
            Self::Operator => "Операторы",
            Self::Master => "Мастера",
        }
    }

    /// What stands above the names.
    pub fn head(self) -> &'static str {
        match self {
            Self::Day => "День",
            Self::Hour => "Час",
            Self::Weekday => "День недели",
            Self::City => "Город",
            Self::Rk => "РК",
            Self::Account => "Авито аккаунт",
            Self::Line => "Линия",
            Self::Operator => "Оператор",
            Self::Master => "Мастер",
        }
    }

    /// The kind of figures it is made of.
    pub fn kind(self) -> Kind {
        match self {
            Self::Day | Self::Weekday => Kind::All,
            Self::Hour => Kind::Hour,
            Self::City => Kind::City,
            Self::Rk => Kind::Rk,
            Self::Account => Kind::Account,
            Self::Line => Kind::Line,
            Self::Operator => Kind::Operator,
            Self::Master => Kind::Master,
        }
    }

    /// The columns of a report.
    pub fn columns(self) -> &'static [Metric] {
        const PLACES: [Metric; 8] = [
            metrics::CALLS,
            metrics::MISSED,
            metrics::ORDERS,
            metrics::CLEAN,
            metrics::CONVERSION,
            metrics::REFUSED,
            metrics::TURNOVER,
            metrics::CHECK,
        ];
        const LINES: [Metric; 8] = [
            metrics::CALLS,
            metrics::ACCEPTED,
            metrics::MISSED,
            metrics::CONVERSION,
            metrics::TALK,
            metrics::WAIT,
            metrics::LEVEL,
            metrics::DEBTS,
        ];
        const PEOPLE: [Metric; 9] = [
            metrics::ACCEPTED,
            metrics::ORDERS,
            metrics::CONVERSION,
            metrics::TALK,
            metrics::WAIT,
            metrics::FIRST_ANSWER,
            metrics::REFUSED,
            metrics::EDITED,
            metrics::CLEAN,
        ];
        const MASTERS: [Metric; 7] = [
            metrics::CLOSED,
            metrics::DONE,
            metrics::TURNOVER,
            metrics::EXPENSES,
            metrics::CLEAN,
            metrics::CHECK,
            metrics::PAID,
        ];
        const TIMES: [Metric; 8] = [
            metrics::ACCEPTED,
            metrics::MISSED,
            metrics::ORDERS,
            metrics::CONVERSION,
            metrics::TALK,
            metrics::WAIT,
            metrics::LEVEL,
            metrics::REPEATS,
        ];
        match self {
            Self::Day | Self::Hour | Self::Weekday => &TIMES,
            Self::City | Self::Rk | Self::Account => &PLACES,
            Self::Line => &LINES,
            Self::Operator => &PEOPLE,
            Self::Master => &MASTERS,
        }
    }

    /// The column that sorts unless another is asked for.
    pub fn usual(self) -> Option<Metric> {
        match self {
            Self::Day | Self::Hour | Self::Weekday => None,
            Self::City | Self::Rk | Self::Account | Self::Master => Some(metrics::CLEAN),
            Self::Line => Some(metrics::CALLS),
            Self::Operator => Some(metrics::ORDERS),
        }
    }
}

/// What a table is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// By what.
    pub by: By,
    /// Whose figures.
    pub operator: AccountId,
    /// Of which days.
    pub period: Period,
    /// Which column sorts; empty for the usual one, `name` for names.
    pub sort: String,
    /// The business day.
    pub today: NaiveDate,
}

/// A column.
pub struct Column {
    /// What stands above it.
    pub label: String,
    /// What it means.
    pub meaning: &'static str,
    /// Sorts by it.
    pub href: String,
    /// It does.
    pub is_sorted: bool,
}

/// A number.
pub struct Cell {
    /// As people read it.
    pub words: String,
    /// Its rows; empty when there are none.
    pub href: String,
    /// Against the period before.
    pub change: Option<Change>,
    /// How long its bar is, of 60; in the column that sorts.
    pub bar: Option<u32>,
}

/// A row.
pub struct Row {
    /// What it is of.
    pub name: String,
    /// Something beside the name.
    pub note: String,
    /// Numbers.
    pub cells: Vec<Cell>,
    numbers: Numbers,
}

/// A whole table.
pub struct Table {
    /// Above the names.
    pub head: &'static str,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, sorted.
    pub rows: Vec<Row>,
    /// All together.
    pub total: Option<Row>,
    /// What the columns mean.
    pub meanings: Vec<(&'static str, &'static str)>,
}

/// Figures by the names the table has them under.
type Named = BTreeMap<String, Numbers>;

/// Sums by name.
pub fn load(db: &mut Db, by: By, operator: AccountId, period: &Period) -> diesel::QueryResult<Named> {
    let wanted = kept::Wanted { operator, kind: by.kind(), from: period.from, to: period.to };
    let rows = match by {
        By::Day => kept::by_day(db, wanted)?,
        By::Weekday => {
            let mut sums = Named::new();
            for (day, numbers) in kept::by_day(db, wanted)? {
                *sums.entry(weekday_of(&day)).or_default() += &numbers;
            }
            return Ok(sums);
        }
        _ => kept::by_name(db, wanted)?,
    };
    Ok(rows.into_iter().collect())
}

/// The number of a day's weekday, as it stands in addresses.
fn weekday_of(day: &str) -> String {
    let day: Option<NaiveDate> = day.parse().ok();
    day.map(|day| day.weekday().num_days_from_monday().to_string()).unwrap_or_default()
}

/// Names of people, masters and lines.
pub struct Names {
    people: HashMap<AccountId, String>,
    masters: HashMap<MasterId, String>,
    lines: HashMap<String, String>,
    today: NaiveDate,
}

impl Names {
    /// Reads them.
    pub fn load(db: &mut Db, today: NaiveDate) -> diesel::QueryResult<Self> {
        Ok(Self {
            people: queries::people(db)?,
            masters: queries::masters(db)?,
            lines: queries::lines(db)?,
            today,
        })
    }

    /// A name as people read it, and a word beside it.
    pub fn of(&self, by: By, name: &str) -> (String, String) {
        let plain = |words: &str| (words.to_owned(), String::new());
        match by {
            By::Day => match name.parse::<NaiveDate>() {
                Ok(day) => (russian::day(day, self.today), russian::weekday(day).to_owned()),
                Err(_) => plain(name),
            },
            By::Hour => plain(&format!("{name}:00")),
            By::Weekday => plain(name.parse().map(russian::weekday_name).unwrap_or_default()),
            By::Operator if name.is_empty() => plain("Никто"),
            By::Master if name.is_empty() => plain("Без мастера"),
            _ if name.is_empty() => plain("Не указано"),
            By::Operator => {
                plain(name.parse().ok().and_then(|id| self.people.get(&id)).map_or(name, String::as_str))
            }
            By::Master => {
                plain(name.parse().ok().and_then(|id| self.masters.get(&id)).map_or(name, String::as_str))
            }
            By::Line => (phone::pretty(name), self.lines.get(name).cloned().unwrap_or_default()),
            By::City | By::Rk | By::Account => plain(name),
        }
    }
}

/// Where the rows of a number are.
pub fn rows_href(metric: &Metric, asked: &Asked, by: Option<(By, &str)>) -> String {
    let mut fields = Fields::default();
    let measure = match (metric.unit, metric.by) {
        // What an average was taken of.
        (Unit::Seconds | Unit::Money, Some(by)) => by,
        _ => metric.of,
    };
    fields.push("what", measure.column());
    asked.period.put(&mut fields);
    if let Some((by, name)) = by {
        match (by, name.parse::<NaiveDate>()) {
            (By::Day, Ok(day)) => Period { from: day, to: day, usual: None }.put(&mut fields),
            _ => {
                fields.push("by", by.as_str());
                // An empty name is one too: nobody has said.
                fields.push("name", if name.is_empty() { NOTHING } else { name });
            }
        }
    }
    if asked.operator != EVERYBODY {
        fields.push("operator", &asked.operator.to_string());
    }
    format!("/stats/rows?{}", fields.encode())
}

/// Stands in addresses for a name nobody has given.
pub const NOTHING: &str = "-";

impl Table {
    /// Reads and sorts a table; `page` is the address its heads lead to.
    pub fn load(db: &mut Db, asked: &Asked, page: &str, fields: &Fields) -> diesel::QueryResult<Self> {
        let by = asked.by;
        let now = load(db, by, asked.operator, &asked.period)?;
        let before = load(db, by, asked.operator, &asked.period.before())?;
        let names = Names::load(db, asked.today)?;
        let columns = by.columns();
        let sorts = columns.iter().find(|metric| metric.key == asked.sort).copied();
        let sorts = sorts.or_else(|| by.usual().filter(|_| asked.sort.is_empty()));
        let most = sorts.map_or(0.0, |metric| {
            now.values().filter_map(|numbers| metric.value(numbers)).fold(0.0, f64::max)
        });
        let mut sorted: Vec<(&String, &Numbers)> = now
            .iter()
            .filter(|(_, numbers)| {
                columns.iter().any(|metric| metric.value(numbers).is_some_and(|v| v != 0.0))
            })
            .collect();
        match sorts {
            Some(metric) => sorted.sort_by(|one, other| {
                let value = |numbers: &Numbers| metric.value(numbers).unwrap_or(f64::MIN);
                value(other.1).total_cmp(&value(one.1))
            }),
            None if by == By::Day => sorted.reverse(),
            None => {}
        }
        let row = |name: &str, numbers: &Numbers, of: Option<(By, &str)>, earlier: Option<&Numbers>| Row {
            name: names.of(by, name).0,
            note: names.of(by, name).1,
            cells: columns
                .iter()
                .map(|metric| {
                    let is_sorting = of.is_some() && sorts == Some(*metric);
                    let value = metric.value(numbers);
                    Cell {
                        words: metric.words(numbers),
                        href: match value {
                            Some(value) if value != 0.0 => rows_href(metric, asked, of),
                            _ => String::new(),
                        },
                        change: earlier.and_then(|earlier| metric.change(numbers, earlier)),
                        bar: value
                            .filter(|value| is_sorting && most > 0.0 && *value >= 0.0)
                            .map(|value| (value * 60.0 / most).round() as u32),
                    }
                })
                .collect(),
            numbers: *numbers,
        };
        let rows = sorted
            .iter()
            .map(|(name, numbers)| {
                row(name, numbers, Some((by, name)), before.get(*name).filter(|_| by != By::Day))
            })
            .collect();
        let total = total(db, asked, &asked.period)?;
        let total_before = total_of(db, asked)?;
        let mut total = row("", &total, None, Some(&total_before));
        total.name = "Всего".to_owned();
        let href = |key: &str| {
            let mut fields = fields.clone();
            fields.set("sort", key);
            format!("{page}?{}", fields.encode())
        };
        Ok(Self {
            head: by.head(),
            columns: columns
                .iter()
                .map(|metric| Column {
                    label: label(metric),
                    meaning: metric.meaning,
                    href: href(metric.key),
                    is_sorted: sorts == Some(*metric),
                })
                .collect(),
            rows,
            total: (!now.is_empty()).then_some(total),
            meanings: columns.iter().map(|metric| (metric.label, metric.meaning)).collect(),
        })
    }

    /// The table as cells of a sheet, with its titles.
    pub fn sheet(&self, by: By) -> (Vec<String>, Vec<sheet::Row>) {
        let columns = by.columns();
        let titles =
            std::iter::once(self.head.to_owned()).chain(columns.iter().map(|metric| match metric.unit {
                Unit::Percent => format!("{}, %", metric.label),
                Unit::Seconds => format!("{}, с", metric.label),
                Unit::Money => format!("{}, ₽", metric.label),
                Unit::Count => metric.label.to_owned(),
            }));
        let rows = self.rows.iter().chain(&self.total).map(|row| {
            let name =
                if row.note.is_empty() { row.name.clone() } else { format!("{}, {}", row.name, row.note) };
            let cells = columns.iter().map(|metric| match (metric.value(&row.numbers), metric.unit) {
                (None, _) => sheet::Cell::Empty,
                (Some(value), Unit::Count | Unit::Seconds) => sheet::Cell::Integer(value.round() as i64),
                (Some(value), Unit::Money) => sheet::Cell::Money(value.round() as i64),
                (Some(value), Unit::Percent) => sheet::Cell::Text(format!("{value:.1}").replace('.', ",")),
            });
            std::iter::once(sheet::Cell::Text(name)).chain(cells).collect()
        });
        (titles.collect(), rows.collect())
    }
}

fn label(metric: &Metric) -> String {
    match metric.unit {
        Unit::Money => format!("{}, ₽", metric.label),
        _ => metric.label.to_owned(),
    }
}

/// All figures of a period together. A missed call that rang at several telephones stands once in it.
pub fn total(db: &mut Db, asked: &Asked, period: &Period) -> diesel::QueryResult<Numbers> {
    let wanted = kept::Wanted { operator: asked.operator, kind: Kind::All, from: period.from, to: period.to };
    Ok(kept::by_name(db, wanted)?.iter().map(|(_, numbers)| numbers).sum())
}

fn total_of(db: &mut Db, asked: &Asked) -> diesel::QueryResult<Numbers> {
    total(db, asked, &asked.period.before())
}

/// The measure's name for the head of its rows.
pub fn measure_label(measure: Measure) -> &'static str {
    match measure {
        Measure::Calls => "Входящие звонки",
        Measure::Accepted => "Принятые звонки",
        Measure::Soon => "Ответ за 20 секунд",
        Measure::Missed => "Пропущенные звонки",
        Measure::HungUp => "Положили трубку сразу",
        Measure::WaitSeconds => "Ожидание ответа",
        Measure::TalkSeconds => "Время разговора",
        Measure::Outgoing => "Исходящие разговоры",
        Measure::Repeats => "Повторные звонки",
        Measure::Ordered => "Звонки с заказом",
        Measure::Orders => "Созданные заказы",
        Measure::Refused => "Отказы после записи",
        Measure::Edited => "Заказы с правкой за 10 минут",
        Measure::Closed => "Закрытые заказы",
        Measure::Done => "Заказы «Готово»",
        Measure::Paid => "Оплаченные заказы",
        Measure::Turnover => "Заказы с итогом",
        Measure::Expenses => "Заказы с расходом",
        Measure::Clean => "Заказы с доходом",
        Measure::Debts => "Долги по звонкам",
        Measure::DebtsOpen => "Не перезвонили",
        Measure::CalledBack => "Перезвонили сами",
        Measure::CallbackSeconds => "Ожидание перезвона",
        Measure::Chats => "Чаты",
        Measure::ChatsOrdered => "Чаты с заказом",
        Measure::ChatsAnswered => "Чаты с ответом",
        Measure::AnswerSeconds => "Ожидание ответа в чате",
    }
}
