//! `/admin`: today in numbers against the same weekday before, and what needs a hand.

use std::collections::BTreeMap;

use actix_web::web::{Data, ServiceConfig, get, resource};
use askama::Template;
use chrono::{Days, Duration};

use super::queries::{self, Overview};
use crate::app::App;
use crate::auth::queries::work_time;
use crate::auth::signed::{Admin, Signed};
use crate::chats;
use crate::debts;
use crate::domain::chart::{Chart, Series};
use crate::domain::id::AccountId;
use crate::domain::now::{Now, age};
use crate::domain::person::{Person, WorkStatus};
use crate::domain::russian::{self, plural};
use crate::domain::zone;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::stats::facts::{Fact, Kind};
use crate::stats::metrics::{self, Change, Metric};
use crate::stats::numbers::{Measure, Numbers};
use crate::stats::queries::facts;
use crate::web::page::{Page, Show};

/// Letters that could not be read wait for an admin as long as this, as in the bell.
const FAILED_LETTERS_FOR: Duration = Duration::days(7);
/// Done orders without a sum are looked for as far back as this.
const SUMS_FOR: Duration = Duration::days(31);
/// A missed call that is owed longer than this needs a hand.
const DEBT_MINUTES: i64 = 15;

/// The address of the overview.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/admin").route(get().to(index)));
}

/// A number of today.
struct Figure {
    label: &'static str,
    meaning: &'static str,
    words: String,
    change: Option<Change>,
    /// «было 101», or what it says instead.
    before: String,
    href: String,
}

/// Somebody on the line.
struct Colleague {
    name: String,
    dot: &'static str,
    doing: String,
    calls: i64,
    orders: i64,
}

#[derive(Template)]
#[template(path = "admin/index.html", blocks = ["rows"])]
struct OverviewPage {
    current: &'static str,
    until: String,
    tasks: Vec<Task>,
    figures: Vec<Figure>,
    hours: Chart,
    table: Vec<(String, i64, i64, i64)>,
    colleagues: Vec<Colleague>,
    weekday: &'static str,
}

/// Something that waits for an admin.
struct Task {
    icon: &'static str,
    words: String,
    about: String,
    /// Empty when it is not done in these pages.
    href: String,
    verb: &'static str,
    is_urgent: bool,
}

impl Page for OverviewPage {
    fn title(&self) -> String {
        "Управление".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "overview").then(|| self.as_rows().render())
    }
}

async fn index(person: Signed<Admin>, app: Data<App>) -> Result<Show<OverviewPage>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let mango_is_set = app.mango_keys.load().await?.is_some();
    let is_proxy_unheeded = app.unheeded_proxy.is_there();
    let person = Person::clone(&person);
    let page = app.db.read(move |db| Ok(load(db, &person, now, mango_is_set, is_proxy_unheeded)?)).await?;
    Ok(Show::ok(page))
}

fn load(
    db: &mut Db,
    person: &Person,
    now: Now,
    mango_is_set: bool,
    is_proxy_unheeded: bool,
) -> diesel::QueryResult<OverviewPage> {
    let today = facts::between(db, now.day_start(), now.utc + Duration::milliseconds(1))?;
    // The same weekday on the same clock, to the same minute for numbers and the whole day for its line.
    let that_day = now.today() - Days::new(7);
    let (since, until) =
        (zone::day_start(that_day, now.zone), zone::day_start(that_day + Days::new(1), now.zone));
    let whole = facts::between(db, since, until)?;
    let moment = zone::utc(zone::local(now.utc, now.zone) - Duration::days(7), now.zone);
    let (sum, before) = (together(&today, |_| true), together(&whole, |fact| fact.at <= moment));
    let chats = chats::queries::list::awaiting(db, person.id, now.utc)?;
    let owed = debts::queries::count(db)?;
    let overview = queries::overview(db, now.utc - FAILED_LETTERS_FOR)?;
    let waiting = Waiting {
        debts: owed,
        oldest_debt: debts::queries::oldest(db)?
            .filter(|at| now.utc - *at > Duration::minutes(DEBT_MINUTES))
            .map(|at| age(at, now)),
        without_master: queries::without_master(db, now.today())?,
        without_sum: queries::without_sum(db, now.utc - SUMS_FOR)?,
        reviews: queries::bad_reviews(db)?,
    };
    let tasks = tasks(&overview, &waiting, now, mango_is_set, is_proxy_unheeded);
    let mut figures: Vec<Figure> = [
        metrics::CALLS,
        metrics::MISSED,
        metrics::WAIT,
        metrics::ORDERS,
        metrics::CONVERSION,
        metrics::CLEAN,
    ]
    .iter()
    .map(|metric| figure(metric, &sum, &before))
    .collect();
    figures.push(Figure {
        label: "Не перезвонили",
        meaning: "пропущенные, по которым долг открыт сейчас",
        words: owed.to_string(),
        change: None,
        before: waiting.oldest_debt.as_deref().map(|age| format!("старшему {age}")).unwrap_or_default(),
        href: "/telephony/debts".to_owned(),
    });
    figures.push(Figure {
        label: "Чаты ждут ответа",
        meaning: "клиент написал последним, и никто не ответил",
        words: chats.count.to_string(),
        change: None,
        before: chats.oldest.map(|at| format!("старший ждёт {}", age(at, now))).unwrap_or_default(),
        href: "/messages?quick=waiting".to_owned(),
    });
    let (hours, table) = by_hour(&today, &whole, now);
    Ok(OverviewPage {
        current: "overview",
        until: format!(
            "{}, {}, до {}",
            russian::weekday(now.today()),
            russian::day(now.today(), now.today()),
            russian::time(zone::local(now.utc, now.zone))
        ),
        tasks,
        figures,
        hours,
        table,
        colleagues: colleagues(db, &today, now)?,
        weekday: russian::weekday_long(now.today()),
    })
}

fn together(facts: &[Fact], is_of: impl Fn(&Fact) -> bool) -> Numbers {
    facts.iter().filter(|fact| is_of(fact)).map(|fact| &fact.counts).sum()
}

fn figure(metric: &Metric, sum: &Numbers, before: &Numbers) -> Figure {
    Figure {
        label: metric.label,
        meaning: metric.meaning,
        words: metric.words(sum),
        change: metric.change(sum, before),
        before: format!("было {}", metric.words(before)),
        href: format!(
            "/stats/rows?what={}&period=today",
            match (metric.unit, metric.by) {
                (metrics::Unit::Seconds, Some(by)) => by.column(),
                _ => metric.of.column(),
            }
        ),
    }
}

/// Accepted and missed calls by hour beside those of the week before; the same as a table.
fn by_hour(today: &[Fact], before: &[Fact], now: Now) -> (Chart, Vec<(String, i64, i64, i64)>) {
    let hours = |facts: &[Fact]| {
        let mut hours: BTreeMap<String, Numbers> = BTreeMap::new();
        for fact in facts {
            for (kind, name) in fact.names(now.zone) {
                if kind == Kind::Hour {
                    *hours.entry(name).or_default() += &fact.counts;
                }
            }
        }
        hours
    };
    let (now_by, then_by) = (hours(today), hours(before));
    let rows: Vec<(String, i64, i64, i64)> = (0..24)
        .map(|hour| format!("{hour:02}"))
        .filter(|hour| {
            ("08".."22").contains(&hour.as_str()) || now_by.contains_key(hour) || then_by.contains_key(hour)
        })
        .map(|hour| {
            let of = |by: &BTreeMap<String, Numbers>, measure| by.get(&hour).map_or(0, |n| n.get(measure));
            let row =
                (of(&now_by, Measure::Accepted), of(&now_by, Measure::Missed), of(&then_by, Measure::Calls));
            (hour, row.0, row.1, row.2)
        })
        .collect();
    let labels: Vec<String> = rows.iter().map(|(hour, ..)| hour.clone()).collect();
    let series = |label: &str, colour: u8, value: fn(&(String, i64, i64, i64)) -> i64| Series {
        label: label.to_owned(),
        colour,
        values: rows.iter().map(|row| value(row) as f64).collect(),
        words: Vec::new(),
    };
    let bars = [series("принято", 1, |row| row.1), series("пропущено", 2, |row| row.2)];
    let then = series("неделю назад", 4, |row| row.3);
    (Chart::bars_with(&labels, &bars, Some(&then)), rows)
}

fn colleagues(db: &mut Db, today: &[Fact], now: Now) -> diesel::QueryResult<Vec<Colleague>> {
    let mut by: BTreeMap<AccountId, Numbers> = BTreeMap::new();
    for fact in today {
        for operator in &fact.operators {
            *by.entry(*operator).or_default() += &fact.counts;
        }
    }
    let found = queries::at_work(db)?;
    let (noting, long) = (work_time::all_running(db)?, work_time::long_breaks(db, now.utc)?);
    Ok(found
        .into_iter()
        .map(|one| {
            let since = russian::time(zone::local(one.since, now.zone));
            let numbers = by.get(&one.account).copied().unwrap_or_default();
            let is_noting = noting.iter().any(|running| running.account_id == one.account);
            let over = long.iter().find(|over| over.account_id == one.account);
            Colleague {
                name: one.name,
                dot: match one.status {
                    _ if over.is_some() => "dot--bad",
                    WorkStatus::Online => "dot--ok",
                    WorkStatus::Break | WorkStatus::Offline => "dot--warn",
                },
                doing: match one.reason {
                    _ if is_noting => "после звонка".to_owned(),
                    Some(reason) if let Some(over) = over => {
                        format!("{reason} с {since}, дольше {} мин", over.limit)
                    }
                    Some(reason) if one.status == WorkStatus::Break => format!("{reason} с {since}"),
                    _ => format!("{} с {since}", one.status.label().to_lowercase()),
                },
                calls: numbers.get(Measure::Accepted),
                orders: numbers.get(Measure::Orders),
            }
        })
        .collect())
}

/// What waits, beside what the settings want.
struct Waiting {
    debts: i64,
    /// Older than [`DEBT_MINUTES`].
    oldest_debt: Option<String>,
    without_master: i64,
    without_sum: i64,
    reviews: i64,
}

fn tasks(
    overview: &Overview,
    waiting: &Waiting,
    now: Now,
    mango_is_set: bool,
    is_proxy_unheeded: bool,
) -> Vec<Task> {
    let counted = |n: i64, forms: [&str; 3]| format!("{n} {}", plural(n.unsigned_abs(), forms));
    let mut tasks = Vec::new();
    let mut task = |is_due: bool, is_urgent: bool, icon, words: String, about: &str, href: String, verb| {
        if is_due {
            tasks.push(Task { icon, words, about: about.to_owned(), href, verb, is_urgent });
        }
    };
    task(
        !mango_is_set,
        true,
        "phone-off",
        "Ключ Mango не задан".to_owned(),
        "звонки не придут",
        "/admin/mango".to_owned(),
        "Настроить",
    );
    task(
        waiting.oldest_debt.is_some(),
        true,
        "phone-x",
        format!("{} без ответа", counted(waiting.debts, ["пропущенный", "пропущенных", "пропущенных"])),
        &waiting.oldest_debt.as_deref().map(|age| format!("старшему {age}")).unwrap_or_default(),
        "/telephony/debts".to_owned(),
        "Кто возьмёт",
    );
    task(
        is_proxy_unheeded,
        true,
        "server",
        "Запросы идут через прокси, а TRUSTED_PROXIES пуст".to_owned(),
        "чужие ошибки входа считаются всем сразу: впишите адрес прокси в настройки сервера",
        String::new(),
        "",
    );
    let today = now.today();
    task(
        waiting.without_master > 0,
        false,
        "user-plus",
        format!("{} сегодня без мастера", counted(waiting.without_master, ["встреча", "встречи", "встреч"])),
        "клиенту обещано время",
        format!("/orders?master=none&meeting_from={today}&meeting_to={today}"),
        "Назначить",
    );
    task(
        overview.unknown_lines > 0,
        false,
        "phone",
        format!(
            "{} из звонков",
            counted(overview.unknown_lines, ["новый номер", "новых номера", "новых номеров"])
        ),
        "укажите РК и город, звонки дополнятся сами",
        "/admin/phones".to_owned(),
        "Указать",
    );
    task(
        overview.failed_events > 0,
        false,
        "alert-triangle",
        format!("{} Mango не разобрано", counted(overview.failed_events, ["событие", "события", "событий"])),
        "их можно повторить",
        "/admin/mango".to_owned(),
        "Посмотреть",
    );
    task(
        overview.failed_letters > 0,
        false,
        "mail",
        format!(
            "{} с записями не прочитано за неделю",
            counted(overview.failed_letters, ["письмо", "письма", "писем"])
        ),
        "записи из них не попали к звонкам",
        "/admin/mail".to_owned(),
        "Посмотреть",
    );
    let from = (now.utc - SUMS_FOR).date();
    task(
        waiting.without_sum > 0,
        false,
        "cash",
        format!("{} «Готово» без суммы", counted(waiting.without_sum, ["заказ", "заказа", "заказов"])),
        "за месяц; за них не начислено",
        format!("/orders?status=Готово&closed_from={from}"),
        "Внести",
    );
    task(
        overview.without_extension > 0,
        false,
        "users",
        format!(
            "{} без внутреннего номера",
            counted(overview.without_extension, ["оператор", "оператора", "операторов"])
        ),
        "их звонки не привязать к сотруднику",
        "/admin/employees?status=active".to_owned(),
        "Сотрудники",
    );
    task(
        waiting.reviews > 0,
        false,
        "message-circle",
        format!(
            "{} без ответа",
            counted(waiting.reviews, ["плохой отзыв", "плохих отзыва", "плохих отзывов"])
        ),
        "на Авито, три звезды и ниже",
        "/admin/avito/reviews".to_owned(),
        "Ответить",
    );
    task(
        overview.cities == 0,
        true,
        "map-pin",
        "Нет ни одного города".to_owned(),
        "заказ не создать",
        "/admin/lists".to_owned(),
        "Добавить",
    );
    task(
        overview.campaigns == 0,
        true,
        "tag",
        "Нет ни одной РК".to_owned(),
        "заказ не создать",
        "/admin/lists".to_owned(),
        "Добавить",
    );
    tasks
}
