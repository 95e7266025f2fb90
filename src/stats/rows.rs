//! `/stats/rows`: what a number is made of, fact by fact. Made of the same facts as the number.

use actix_web::web::Data;
use askama::Template;
use chrono::{Datelike, Days};

use super::facts::{EVERYBODY, Fact, What};
use super::numbers::Measure;
use super::period::Period;
use super::queries;
use super::table::{By, NOTHING, Names, measure_label};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::domain::{phone, russian, zone};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::page::{Page, Show};

/// More rows than that are no list to read.
const MOST: usize = 300;

#[derive(Template)]
#[template(path = "stats/rows.html")]
struct RowsPage {
    title: &'static str,
    words: String,
    /// «город Тверь», or empty.
    of: String,
    back: String,
    list: String,
    list_label: &'static str,
    rows: Vec<Row>,
    is_cut: bool,
    most: usize,
    value_head: &'static str,
    has_line: bool,
}

/// A fact.
struct Row {
    at: String,
    href: String,
    label: String,
    about: String,
    city: String,
    source: String,
    line: String,
    people: String,
    value: String,
}

impl Page for RowsPage {
    fn title(&self) -> String {
        self.title.to_owned()
    }

    fn section(&self) -> &'static str {
        "stats"
    }
}

/// What the address asks for.
struct Asked {
    measure: Measure,
    operator: AccountId,
    period: Period,
    by: Option<(By, String)>,
    /// Of the days: this weekday alone, 0 is Monday.
    weekday: Option<u32>,
}

pub(super) async fn index(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let Some(measure) = Measure::parse(fields.text("what")) else {
        return Err(AppError::BadRequest(
            "Такого числа нет. Откройте его со страницы статистики.".to_owned(),
        ));
    };
    let name = |text: &str| if text == NOTHING { String::new() } else { text.to_owned() };
    let asked = Asked {
        measure,
        operator: if person.is_admin() { fields.id("operator").unwrap_or(EVERYBODY) } else { person.id },
        period: Period::of(&fields, now.today()),
        by: By::parse(fields.text("by")).map(|by| (by, name(fields.text("name")))),
        weekday: fields.text("weekday").parse().ok().filter(|weekday| *weekday < 7),
    };
    let is_admin = person.is_admin();
    Ok(Show::ok(app.db.read(move |db| Ok(page(db, &asked, now, is_admin)?)).await?))
}

fn page(db: &mut Db, asked: &Asked, now: Now, is_admin: bool) -> diesel::QueryResult<RowsPage> {
    let names = Names::load(db, now.today())?;
    let (found, is_cut) = find(db, asked, now)?;
    let rows = found.iter().map(|fact| row(fact, asked, &names, now)).collect();
    let of = match &asked.by {
        Some((by, name)) => {
            let (label, note) = names.of(*by, name);
            format!("{}: {label} {note}", by.head()).trim_end().to_owned()
        }
        None => String::new(),
    };
    let of = match asked.weekday {
        Some(weekday) => {
            format!("{of}, {}", russian::weekday_name(i32::try_from(weekday).unwrap_or_default()))
        }
        None => of,
    };
    let whose = match asked.operator {
        EVERYBODY => String::new(),
        operator => names.of(By::Operator, &operator.to_string()).0,
    };
    let mut back = Fields::default();
    asked.period.put(&mut back);
    let by_reports = is_admin && matches!(asked.by, Some((By::Master | By::City | By::Rk | By::Account, _)));
    if let Some((by, _)) = &asked.by {
        back.push("by", by.as_str());
    }
    if is_admin && asked.operator != EVERYBODY {
        back.push("operator", &asked.operator.to_string());
    }
    let (list, list_label) = list(asked);
    Ok(RowsPage {
        title: measure_label(asked.measure),
        words: asked.period.words(now.today()),
        of: [of, whose].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        back: format!("{}?{}", if by_reports { "/admin/stats" } else { "/stats" }, back.encode()),
        list,
        list_label,
        rows,
        is_cut,
        most: MOST,
        value_head: match asked.measure {
            Measure::Turnover | Measure::Expenses | Measure::Clean => "Сумма, ₽",
            Measure::Accepted | Measure::TalkSeconds => "Разговор",
            Measure::Calls | Measure::Soon | Measure::WaitSeconds => "Ожидание",
            Measure::CalledBack | Measure::CallbackSeconds => "Перезвонили за",
            Measure::ChatsAnswered | Measure::AnswerSeconds => "Ответ через",
            Measure::Closed | Measure::Done | Measure::Paid => "Итог, ₽",
            _ => "",
        },
        has_line: !matches!(
            found.first().map(|fact| fact.what),
            Some(What::Order(_) | What::Closed(_) | What::Chat(_))
        ),
    })
}

/// The newest facts the number was made of, and whether there are more.
fn find(db: &mut Db, asked: &Asked, now: Now) -> diesel::QueryResult<(Vec<Fact>, bool)> {
    let mut found = Vec::new();
    let mut day = asked.period.to.min(now.today());
    while day >= asked.period.from {
        let (since, until) = (zone::day_start(day, now.zone), zone::day_start(day + Days::new(1), now.zone));
        if asked.weekday.is_some_and(|weekday| weekday != day.weekday().num_days_from_monday()) {
            day = day - Days::new(1);
            continue;
        }
        let mut facts = queries::facts::between(db, since, until)?;
        facts.retain(|fact| {
            fact.counts.get(asked.measure) != 0
                && (asked.operator == EVERYBODY || fact.operators.contains(&asked.operator))
                && asked.by.as_ref().is_none_or(|(by, name)| is_of(fact, *by, name, now))
        });
        facts.sort_by_key(|fact| std::cmp::Reverse(fact.at));
        found.extend(facts);
        if found.len() > MOST {
            found.truncate(MOST);
            return Ok((found, true));
        }
        day = day - Days::new(1);
    }
    Ok((found, false))
}

fn is_of(fact: &Fact, by: By, name: &str, now: Now) -> bool {
    match by {
        By::Day => fact.day(now.zone).to_string() == name,
        By::Weekday => fact.day(now.zone).weekday().num_days_from_monday().to_string() == name,
        _ => fact.names(now.zone).iter().any(|(kind, own)| *kind == by.kind() && own == name),
    }
}

fn row(fact: &Fact, asked: &Asked, names: &Names, now: Now) -> Row {
    let (href, label) = match fact.what {
        What::Call(id) | What::Debt(id) => (format!("/calls/{id}"), "Звонок".to_owned()),
        What::Order(id) | What::Closed(id) => (format!("/orders/{id}"), format!("Заказ № {id}")),
        What::Chat(id) => (format!("/messages/{id}"), "Чат".to_owned()),
    };
    let people: Vec<String> =
        fact.operators.iter().map(|id| names.of(By::Operator, &id.to_string()).0).collect();
    let is_number = matches!(fact.what, What::Call(_) | What::Debt(_));
    let seconds = |measure: Measure| russian::duration(fact.counts.get(measure));
    let value = match asked.measure {
        Measure::Turnover | Measure::Closed | Measure::Done | Measure::Paid => {
            russian::roubles(fact.counts.get(Measure::Turnover))
        }
        Measure::Expenses | Measure::Clean => russian::roubles(fact.counts.get(asked.measure)),
        Measure::Accepted | Measure::TalkSeconds => seconds(Measure::TalkSeconds),
        Measure::Calls | Measure::Soon | Measure::WaitSeconds if fact.counts.get(Measure::Accepted) > 0 => {
            seconds(Measure::WaitSeconds)
        }
        Measure::CalledBack | Measure::CallbackSeconds => seconds(Measure::CallbackSeconds),
        Measure::ChatsAnswered | Measure::AnswerSeconds => seconds(Measure::AnswerSeconds),
        _ => String::new(),
    };
    Row {
        at: now.moment(fact.at),
        href,
        label,
        about: match (is_number, fact.about.is_empty()) {
            (_, true) if is_number => "скрытый номер".to_owned(),
            (true, _) => phone::pretty(&fact.about),
            _ => fact.about.clone(),
        },
        city: fact.place.city.clone(),
        source: [fact.place.rk.as_str(), fact.place.account.as_str()]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        line: fact.place.line.as_deref().map(phone::pretty).unwrap_or_default(),
        people: people.join(", "),
        value,
    }
}

/// The list of the feature with the filters that say the same, as far as it has them.
fn list(asked: &Asked) -> (String, &'static str) {
    let mut fields = Fields::default();
    let (from, to) = (asked.period.from.to_string(), asked.period.to.to_string());
    let place = |fields: &mut Fields| match &asked.by {
        Some((By::City, name)) => fields.set("city", name),
        Some((By::Rk, name)) => fields.set("rk", name),
        Some((By::Master, name)) => fields.set("master", if name.is_empty() { "none" } else { name }),
        Some((By::Account, name)) => fields.set("account", name),
        _ => {}
    };
    match asked.measure {
        Measure::Orders | Measure::Refused | Measure::Edited => {
            fields.set("created_from", &from);
            fields.set("created_to", &to);
            if asked.measure == Measure::Refused {
                fields.set("status", "Отказ");
            }
            place(&mut fields);
            (format!("/orders?{}", fields.encode()), "Заказы этих дней")
        }
        Measure::Closed
        | Measure::Done
        | Measure::Paid
        | Measure::Turnover
        | Measure::Expenses
        | Measure::Clean => {
            fields.set("closed_from", &from);
            fields.set("closed_to", &to);
            if asked.measure != Measure::Closed {
                fields.set("status", "Готово");
            }
            place(&mut fields);
            (format!("/orders?{}", fields.encode()), "Заказы этих дней")
        }
        Measure::Chats | Measure::ChatsOrdered | Measure::ChatsAnswered | Measure::AnswerSeconds => {
            ("/messages".to_owned(), "Центр сообщений")
        }
        Measure::DebtsOpen => ("/telephony/debts".to_owned(), "Не перезвонили"),
        _ => {
            fields.set("from", &from);
            fields.set("to", &to);
            match asked.measure {
                Measure::Missed | Measure::HungUp => fields.set("status", "missed"),
                Measure::Calls | Measure::Debts => {}
                _ => fields.set("status", "answered"),
            }
            if asked.operator != EVERYBODY && asked.measure != Measure::Missed {
                fields.set("operator", &asked.operator.to_string());
            }
            place(&mut fields);
            (format!("/telephony?{}", fields.encode()), "Телефония этих дней")
        }
    }
}
