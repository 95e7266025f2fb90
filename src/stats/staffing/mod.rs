//! `/admin/stats/staffing`: how many people each hour had and how many it needed, by Erlang C from the house's own calls.

mod erlang;
mod hours;

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use chrono::{Days, NaiveDate};

use self::erlang::Goal;
use self::hours::{Enough, RARE, Week};
use super::facts::{EVERYBODY, Kind};
use super::numbers::{Measure, Numbers};
use super::parts::{STAFFING, Shown, Tab, periods, report_tabs, send_sheet};
use super::period::Period;
use super::queries::{kept, presence};
use super::saved::Saved;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::auth::work_time;
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::domain::{russian, zone};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sheet::{Cell as SheetCell, Row as SheetRow};
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// Usual days: four weeks until yesterday.
const USUAL_DAYS: u64 = 28;
/// «Within so many seconds», the usual one first.
const WITHIN: [u32; 4] = [20, 10, 30, 60];
/// «In so many of a hundred calls», the usual one first.
const SHARES: [u32; 4] = [90, 80, 95, 70];
/// «So many seconds after a call»; usual is what the house gives.
const AFTER: [u32; 6] = [0, 15, 30, 60, 120, 180];

/// An hour of the table.
struct Cell {
    had: u32,
    need: u32,
    missed: i64,
    /// «short», «right», «spare», or empty when nothing was.
    class: &'static str,
    /// In words.
    title: String,
    /// Its calls.
    href: String,
}

struct Row {
    label: &'static str,
    cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "stats/staffing.html", blocks = ["body"])]
struct StaffingPage {
    current: &'static str,
    words: String,
    days: String,
    periods: Vec<Tab>,
    /// The figures are of everybody.
    nobody: Vec<Choice>,
    period: Period,
    fields: Fields,
    tabs: Vec<Tab>,
    saved: Saved,
    export: String,
    goals: [GoalField; 3],
    asked: Asked,
    /// What stands above everything.
    verdict: String,
    /// Whether it says that people are wanting.
    is_short: bool,
    advice: String,
    hours: Vec<String>,
    rows: Vec<Row>,
    /// «разговор 3:12»; empty without conversations.
    talk: String,
}

impl Page for StaffingPage {
    fn title(&self) -> String {
        "Сколько людей нужно".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "stats").then(|| self.as_body().render())
    }
}

/// A number that is aimed at, as its select has it.
struct GoalField {
    label: &'static str,
    name: &'static str,
    /// The usual number.
    usual: String,
    others: Vec<Choice>,
    /// The chosen one; empty for the usual.
    chosen: String,
}

impl GoalField {
    fn of(
        label: &'static str,
        name: &'static str,
        (usual, offered): (u32, &[u32]),
        chosen: u32,
        unit: &str,
    ) -> Self {
        let words = |value: u32| format!("{value} {unit}");
        let mut others: Vec<u32> = offered.iter().copied().filter(|value| *value != usual).collect();
        others.sort_unstable();
        let choice = |value: &u32| Choice { value: value.to_string(), label: words(*value) };
        Self {
            label,
            name,
            usual: words(usual),
            others: others.iter().map(choice).collect(),
            chosen: if chosen == usual { String::new() } else { chosen.to_string() },
        }
    }
}

/// What the address asks for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    period: Period,
    within: u32,
    share: u32,
    after: u32,
}

impl Asked {
    /// `after` is how many seconds the house gives after a conversation.
    fn of(fields: &Fields, today: NaiveDate, after: u32) -> Self {
        let one_of = |name: &str, offered: &[u32]| {
            let asked = fields.text(name).parse().ok();
            asked.filter(|value| offered.contains(value)).unwrap_or(offered[0])
        };
        let is_said = ["period", "from", "to"].iter().any(|name| !fields.text(name).is_empty());
        let period = if is_said {
            let period = Period::of(fields, today);
            // A day that is not over would look like one with few calls.
            let to = if period.from < today { period.to.min(today - Days::new(1)) } else { period.to };
            Period { to, ..period }
        } else {
            let to = today - Days::new(1);
            Period { from: today - Days::new(USUAL_DAYS), to, usual: None }
        };
        Self {
            period,
            within: one_of("within", &WITHIN),
            share: one_of("share", &SHARES),
            after: match fields.text("after") {
                "" => after,
                _ => one_of("after", &AFTER),
            },
        }
    }
}

/// What was counted.
struct Counted {
    week: Week,
    /// Of a conversation, seconds.
    talk: f64,
}

/// How many seconds the house gives after a conversation.
fn after_call(db: &mut Db) -> diesel::QueryResult<u32> {
    Ok(u32::try_from(work_time::after_call(db)?.num_seconds()).unwrap_or_default())
}

fn count(db: &mut Db, asked: &Asked, now: Now) -> diesel::QueryResult<Counted> {
    let period = asked.period;
    let wanted = kept::Wanted { operator: EVERYBODY, kind: Kind::Hour, from: period.from, to: period.to };
    let figures = kept::by_day_and_name(db, wanted)?;
    let sum: Numbers = figures.iter().map(|(_, numbers)| numbers).sum();
    let talk = match sum.get(Measure::Accepted) {
        0 => 0.0,
        accepted => sum.get(Measure::TalkSeconds) as f64 / accepted as f64,
    };
    let (since, until) =
        (zone::day_start(period.from, now.zone), zone::day_start(period.to + Days::new(1), now.zone));
    let online = presence::online(db, since, until, now.utc)?;
    let goal = Goal {
        handle: talk + f64::from(asked.after),
        within: f64::from(asked.within),
        share: f64::from(asked.share) / 100.0,
    };
    Ok(Counted { week: Week::of(&period, &figures, &online, goal, now.zone), talk })
}

pub(super) async fn index(
    person: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let owner = person.id;
    Ok(Show::ok(app.db.read_reports(move |db| Ok(page(db, owner, &fields, now)?)).await?))
}

fn page(db: &mut Db, owner: AccountId, fields: &Fields, now: Now) -> diesel::QueryResult<StaffingPage> {
    let house = after_call(db)?;
    let asked = Asked::of(fields, now.today(), house);
    let period = asked.period;
    let counted = count(db, &asked, now)?;
    let week = &counted.week;
    let shortage = week.shortage();
    let days = russian::days(period.days().unsigned_abs());
    let missed = week.missed();
    let is_short = !shortage.when.is_empty();
    let verdict = match (is_short, week.span()) {
        (true, _) => format!("Не хватает людей: {}", shortage.when.join(", ")),
        (false, Some(_)) => "Людей хватает".to_owned(),
        (false, None) => "За эти дни не было ни звонков, ни смен".to_owned(),
    };
    let advice = if is_short {
        let more = russian::plural(
            u64::from(shortage.people),
            ["человек закрыл", "человека закрыли", "человек закрыли"],
        );
        let others = missed - shortage.missed;
        let elsewhere = if others > shortage.missed {
            " Остальные пропущены, когда людей хватало: там дело не в их числе."
        } else {
            ""
        };
        format!(
            "За {days} пропущено {missed}, из них {} в эти часы. Ещё {} {more} бы самый трудный час.{elsewhere}",
            shortage.missed, shortage.people
        )
    } else {
        format!("За {days} пропущено {missed}: причина не в числе людей на смене.")
    };
    let (first, last) = week.span().unwrap_or((9, 21));
    let rows = (0..7)
        .map(|weekday| Row {
            label: russian::weekday_name(i32::try_from(weekday).unwrap_or_default()),
            cells: (first..=last).map(|hour| cell(week, &period, weekday, hour)).collect(),
        })
        .collect();
    let talk =
        if counted.talk > 0.0 { russian::duration(counted.talk.round() as i64) } else { String::new() };
    Ok(StaffingPage {
        current: "stats",
        words: period.words(now.today()),
        days,
        periods: periods(STAFFING, fields, &period),
        nobody: Vec::new(),
        tabs: report_tabs(fields, Shown::Staffing),
        saved: Saved::load(db, owner, STAFFING, fields)?,
        export: format!("{STAFFING}/export?{}", fields.encode()),
        goals: [
            GoalField::of("Взять за", "within", (WITHIN[0], &WITHIN), asked.within, "с"),
            GoalField::of("Доля звонков", "share", (SHARES[0], &SHARES), asked.share, "%"),
            GoalField::of("После звонка", "after", (house, &AFTER), asked.after, "с"),
        ],
        verdict,
        is_short,
        advice,
        hours: (first..=last).map(|hour| format!("{hour}:00")).collect(),
        rows,
        talk,
        period,
        fields: fields.clone(),
        asked,
    })
}

fn cell(week: &Week, period: &Period, weekday: usize, hour: usize) -> Cell {
    let found = week.hour(weekday, hour);
    let is_nothing = found.calls < RARE && found.people() == 0;
    let mut fields = Fields::default();
    let what = if found.missed > 0 { Measure::Missed } else { Measure::Calls };
    fields.push("what", what.column());
    period.put(&mut fields);
    fields.push("by", "hour");
    fields.push("name", &format!("{hour:02}"));
    fields.push("weekday", &weekday.to_string());
    Cell {
        had: found.people(),
        need: found.need,
        missed: found.missed,
        class: match found.enough() {
            _ if is_nothing => "",
            Enough::Short => "short",
            Enough::Right => "right",
            Enough::Spare => "spare",
        },
        title: format!(
            "Было {}, нужно {}; звонков за час {}, пропущено {}",
            tenths(found.had),
            found.need,
            tenths(found.calls),
            found.missed
        ),
        href: if found.calls > 0.0 { format!("/stats/rows?{}", fields.encode()) } else { String::new() },
    }
}

/// «3,5», «4».
fn tenths(value: f64) -> String {
    format!("{value:.1}").replace('.', ",").trim_end_matches(",0").to_owned()
}

pub(super) async fn export(
    person: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let sent = fields.clone();
    let (asked, counted) = app
        .db
        .read_reports(move |db| {
            let asked = Asked::of(&sent, now.today(), after_call(db)?);
            Ok((asked, count(db, &asked, now)?))
        })
        .await?;
    let titles = ["День недели", "Час", "Звонков за час", "Пропущено", "Людей было", "Людей нужно"];
    let (first, last) = counted.week.span().unwrap_or((0, 0));
    let rows: Vec<SheetRow> = (0..7)
        .flat_map(|weekday| (first..=last).map(move |hour| (weekday, hour)))
        .map(|(weekday, hour)| {
            let found = counted.week.hour(weekday, hour);
            vec![
                SheetCell::Text(russian::weekday_name(i32::try_from(weekday).unwrap_or_default()).to_owned()),
                SheetCell::Text(format!("{hour}:00")),
                SheetCell::Text(tenths(found.calls)),
                SheetCell::Integer(found.missed),
                SheetCell::Text(tenths(found.had)),
                SheetCell::Integer(i64::from(found.need)),
            ]
        })
        .collect();
    let titles = titles.map(str::to_owned).to_vec();
    let detail = format!("Смены, {}", asked.period.words(now.today()));
    send_sheet(&app, person.id, &fields, (titles, rows), &detail, now).await
}
