//! `/admin/time-sheet`: who was at work when, from work statuses, by day, week and month.

mod queries;

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use askama::Template;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};
use chrono_tz::Tz;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::auth::work_time;
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::domain::now::Now;
use crate::domain::person::{AccountStatus, WorkStatus};
use crate::domain::when::{self, Lean};
use crate::domain::{russian, zone};
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sheet::{Cell as SheetCell, Format, Row as SheetRow, respond};
use crate::web::form::{Fields, Form, Query};
use crate::web::page::{Page, Show};
use crate::web::reply::Done;
use queries::Stretch;

const PATH: &str = "/admin/time-sheet";
/// More online in a day stands out.
const LONG_DAY: i64 = 12 * 3600;
/// More breaks in a day stand out.
const LONG_BREAKS: i64 = 3600;

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(PATH).route(get().to(index)))
        .service(resource("/admin/time-sheet/after-call").route(post().to(set_after_call)))
        .service(resource("/admin/time-sheet/export").route(get().to(export)));
}

crate::text_enum! {
    /// How much is looked at.
    Span {
        /// A day with its stretches.
        Day = "day",
        /// Monday to Sunday.
        Week = "week",
        /// A month.
        Month = "month",
    }
}

impl Span {
    fn label(self) -> &'static str {
        match self {
            Self::Day => "День",
            Self::Week => "Неделя",
            Self::Month => "Месяц",
        }
    }
}

/// The days that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    span: Span,
    from: NaiveDate,
    to: NaiveDate,
}

impl Shown {
    fn of(fields: &Fields, today: NaiveDate) -> Self {
        let span = Span::parse(fields.text("by")).unwrap_or(Span::Month);
        let at = when::day(fields.text("at"), today, Lean::Back).unwrap_or(today);
        let at = if (1970..2200).contains(&at.year()) { at } else { today };
        let (from, to) = match span {
            Span::Day => (at, at),
            Span::Week => {
                let monday = at.week(Weekday::Mon).first_day();
                (monday, monday + Days::new(6))
            }
            Span::Month => (Month::of(at).first(), Month::of(at).last()),
        };
        Self { span, from, to }
    }

    fn each(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |day| *day <= self.to)
    }

    fn words(self, today: NaiveDate) -> String {
        match self.span {
            Span::Day => format!("{}, {}", russian::day(self.from, today), russian::weekday_long(self.from)),
            Span::Week => format!("{} – {}", russian::day(self.from, today), russian::day(self.to, today)),
            Span::Month => Month::of(self.from).words(),
        }
    }

    fn href(self, at: NaiveDate) -> String {
        format!("{PATH}?by={}&at={at}", self.span)
    }
}

/// Seconds of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Worked {
    online: i64,
    breaks: i64,
}

/// A day of somebody.
struct DayCell {
    /// «9,8», or empty.
    hours: String,
    /// What it is in words.
    title: String,
    class: &'static str,
    href: String,
}

/// Somebody's row.
struct Row {
    name: String,
    is_gone: bool,
    cells: Vec<DayCell>,
    total: String,
    breaks: String,
    shifts: usize,
    /// Stretches of the day, drawn.
    bars: Vec<Bar>,
    /// «08:02 – 20:05», of a day.
    hours: String,
}

/// A stretch on the line of a day.
struct Bar {
    x: String,
    width: String,
    class: &'static str,
    title: String,
}

/// A day above the table.
struct Head {
    number: u32,
    weekday: &'static str,
    is_weekend: bool,
    is_today: bool,
    href: String,
}

/// A link that is chosen or not.
struct Tab {
    label: &'static str,
    href: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "admin/timesheet/index.html", blocks = ["sheet"])]
struct TimeSheet {
    current: &'static str,
    tabs: Vec<Tab>,
    words: String,
    back: String,
    forth: String,
    is_day: bool,
    heads: Vec<Head>,
    rows: Vec<Row>,
    export: String,
    here: String,
    /// Seconds after a conversation.
    after_call: i64,
    after_call_max: i64,
}

impl Page for TimeSheet {
    fn title(&self) -> String {
        "Табель".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "timesheet").then(|| self.as_sheet().render())
    }
}

/// A stretch of somebody's day.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    day: NaiveDate,
    status: WorkStatus,
    reason: String,
    from: NaiveDateTime,
    to: NaiveDateTime,
}

/// A stretch cut at the midnights of the business zone and at both ends of what is looked at.
fn cut(stretch: &Stretch, (since, until): (NaiveDateTime, NaiveDateTime), zone: Tz) -> Vec<Piece> {
    let mut begin = stretch.from.max(since);
    let end = stretch.to.unwrap_or(until).min(until);
    let mut pieces = Vec::new();
    while begin < end {
        let day = zone::local(begin, zone).date();
        let to = zone::day_start(day + Days::new(1), zone).min(end);
        if to <= begin {
            break;
        }
        pieces.push(Piece {
            day,
            status: stretch.status,
            reason: stretch.reason.clone().unwrap_or_default(),
            from: begin,
            to,
        });
        begin = to;
    }
    pieces
}

type Pieces = BTreeMap<AccountId, Vec<Piece>>;

fn pieces(db: &mut Db, days: Shown, now: Now) -> diesel::QueryResult<Pieces> {
    let since = zone::day_start(days.from, now.zone);
    let until = zone::day_start(days.to + Days::new(1), now.zone).min(now.utc.max(since));
    let mut all = Pieces::new();
    for stretch in queries::stretches(db, since, until)? {
        all.entry(stretch.account).or_default().extend(cut(&stretch, (since, until), now.zone));
    }
    Ok(all)
}

fn worked(pieces: &[Piece], day: NaiveDate) -> Worked {
    pieces.iter().filter(|piece| piece.day == day).fold(Worked::default(), |mut sum, piece| {
        let seconds = (piece.to - piece.from).num_seconds();
        match piece.status {
            WorkStatus::Online => sum.online += seconds,
            WorkStatus::Break => sum.breaks += seconds,
            WorkStatus::Offline => {}
        }
        sum
    })
}

/// «9,8» of 9 hours and 50 minutes.
fn tenths(seconds: i64) -> String {
    let tenths = (seconds + 180) / 360;
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{},{rest}", tenths / 10),
    }
}

fn hours(seconds: i64) -> String {
    russian::hours(seconds / 60)
}

fn load(db: &mut Db, days: Shown, now: Now) -> diesel::QueryResult<TimeSheet> {
    let today = now.today();
    let all = pieces(db, days, now)?;
    let people = queries::operators(db)?;
    let none = Vec::new();
    let rows = people
        .into_iter()
        .filter(|(id, _, status)| *status == AccountStatus::Active || all.contains_key(id))
        .map(|(id, name, status)| row(name, status, all.get(&id).unwrap_or(&none), days, now))
        .collect();
    Ok(TimeSheet {
        current: "time-sheet",
        tabs: Span::ALL
            .iter()
            .map(|span| Tab {
                label: span.label(),
                href: format!("{PATH}?by={span}&at={}", days.to.min(today).max(days.from)),
                is_current: *span == days.span,
            })
            .collect(),
        words: days.words(today),
        back: days.href(days.from - Days::new(1)),
        forth: if days.to < today { days.href(days.to + Days::new(1)) } else { String::new() },
        is_day: days.span == Span::Day,
        heads: days
            .each()
            .map(|day| Head {
                number: day.day(),
                weekday: russian::weekday(day),
                is_weekend: day.weekday().number_from_monday() > 5,
                is_today: day == today,
                href: format!("{PATH}?by=day&at={day}"),
            })
            .collect(),
        rows,
        export: format!("{PATH}/export?by={}&at={}", days.span, days.from),
        here: days.href(days.from),
        after_call: work_time::after_call(db)?.num_seconds(),
        after_call_max: work_time::AFTER_CALL_MAX,
    })
}

fn row(name: String, status: AccountStatus, pieces: &[Piece], days: Shown, now: Now) -> Row {
    let mut sum = Worked::default();
    let mut shifts = 0;
    let cells = days
        .each()
        .map(|day| {
            let own = worked(pieces, day);
            sum.online += own.online;
            sum.breaks += own.breaks;
            shifts += usize::from(own.online > 0);
            let title = match own.online + own.breaks {
                0 => String::new(),
                _ => format!("онлайн {}, перерывы {}", hours(own.online), hours(own.breaks)),
            };
            DayCell {
                hours: if own.online > 0 { tenths(own.online) } else { String::new() },
                title,
                class: match own {
                    Worked { breaks, .. } if breaks > LONG_BREAKS => "timesheet__cell--warn",
                    Worked { online, .. } if online > LONG_DAY => "timesheet__cell--over",
                    Worked { online, .. } if online > 0 => "timesheet__cell--on",
                    _ => "",
                },
                href: format!("{PATH}?by=day&at={day}"),
            }
        })
        .collect();
    let clock = |at: NaiveDateTime| russian::time(zone::local(at, now.zone));
    let (first, last) = (pieces.iter().map(|p| p.from).min(), pieces.iter().map(|p| p.to).max());
    let begins = zone::day_start(days.from, now.zone);
    Row {
        name,
        is_gone: status == AccountStatus::Inactive,
        cells,
        total: hours(sum.online),
        breaks: hours(sum.breaks),
        shifts,
        bars: pieces
            .iter()
            .filter(|_| days.span == Span::Day)
            .map(|piece| Bar {
                x: minutes((piece.from - begins).num_seconds()),
                width: minutes((piece.to - piece.from).num_seconds()),
                class: if piece.status == WorkStatus::Online { "timesheet__on" } else { "timesheet__break" },
                title: format!(
                    "{}–{} {}{}",
                    clock(piece.from),
                    clock(piece.to),
                    piece.status.label().to_lowercase(),
                    if piece.reason.is_empty() { String::new() } else { format!(": {}", piece.reason) }
                ),
            })
            .collect(),
        hours: match (first, last) {
            (Some(first), Some(last)) => format!("{} – {}", clock(first), clock(last)),
            _ => String::new(),
        },
    }
}

/// Minutes with a tenth, as the drawing of a day counts them.
fn minutes(seconds: i64) -> String {
    format!("{}.{}", seconds / 60, seconds % 60 / 6)
}

fn now(app: &App) -> Now {
    Now { utc: app.clock.now(), zone: app.config.business_zone }
}

async fn index(_: Signed<Admin>, app: Data<App>, Query(fields): Query) -> Result<Show<TimeSheet>, AppError> {
    let now = now(&app);
    let days = Shown::of(&fields, now.today());
    Ok(Show::ok(app.db.read(move |db| Ok(load(db, days, now)?)).await?))
}

/// How long the time after a conversation is, for everybody, from the next conversation on.
async fn set_after_call(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Done, AppError> {
    let seconds: Option<i64> = fields.text("seconds").parse().ok();
    let Some(seconds) = seconds.filter(|seconds| (0..=work_time::AFTER_CALL_MAX).contains(seconds)) else {
        return Err(AppError::BadRequest(format!(
            "Время после звонка: целое число секунд от 0 до {}. Прежнее осталось.",
            work_time::AFTER_CALL_MAX
        )));
    };
    let (by, now) = (admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            let old = work_time::after_call(tx.db)?.num_seconds();
            work_time::set_after_call(tx.db, seconds, now)?;
            let detail = format!("{old} → {seconds} с");
            let entry = audit::Entry {
                by,
                action: "time_sheet.after_call",
                subject: "время после звонка",
                detail: &detail,
            };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    let said = if seconds == 0 {
        "Время после звонка выключено"
    } else {
        "Время после звонка сохранено"
    };
    Ok(Done::to(PATH).saying(said))
}

/// A line for each day on which somebody was at work.
fn lines(db: &mut Db, days: Shown, now: Now) -> diesel::QueryResult<Vec<SheetRow>> {
    let all = pieces(db, days, now)?;
    let mut rows = Vec::new();
    for (id, name, _) in queries::operators(db)? {
        let Some(pieces) = all.get(&id) else { continue };
        for day in days.each() {
            let own = worked(pieces, day);
            if own == Worked::default() {
                continue;
            }
            let of_day = || pieces.iter().filter(move |piece| piece.day == day);
            let local = |at: NaiveDateTime| zone::local(at, now.zone);
            rows.push(vec![
                SheetCell::Text(name.clone()),
                SheetCell::Day(day),
                SheetCell::moment(of_day().map(|piece| local(piece.from)).min()),
                SheetCell::moment(of_day().map(|piece| local(piece.to)).max()),
                SheetCell::Integer(own.online / 60),
                SheetCell::Integer(own.breaks / 60),
            ]);
        }
    }
    Ok(rows)
}

async fn export(
    admin: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let format = Format::parse(fields.text("format"))?;
    let (now, by) = (now(&app), admin.id);
    let days = Shown::of(&fields, now.today());
    let rows = app.db.read(move |db| Ok(lines(db, days, now)?)).await?;
    let words = days.words(now.today());
    let detail = words.clone();
    app.db
        .write(move |tx| {
            let entry =
                audit::Entry { by, action: "time_sheet.export", subject: "табель", detail: &detail };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    let mut rows = Some(rows);
    let batches = Box::new(move |_: &mut Db| Ok(rows.take().unwrap_or_default()));
    let header = ["Сотрудник", "День", "Начало", "Конец", "Онлайн, мин", "Перерывы, мин"];
    let name = format!("Табель {} {}", days.from, days.to);
    respond(format, &app.db, &name, &header, batches).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_over_midnight_is_of_two_days() {
        let at = |text: &str| -> NaiveDateTime { text.parse().expect("a moment") };
        let stretch = Stretch {
            account: AccountId(1),
            status: WorkStatus::Online,
            reason: None,
            from: at("2026-11-22T19:00:00"),
            to: Some(at("2026-11-22T23:30:00")),
        };
        let moscow = chrono_tz::Europe::Moscow;
        let ends = (at("2026-11-01T00:00:00"), at("2026-12-01T00:00:00"));
        let days: Vec<(String, i64)> = cut(&stretch, ends, moscow)
            .iter()
            .map(|piece| (piece.day.to_string(), (piece.to - piece.from).num_minutes()))
            .collect();
        assert_eq!(days, [("2026-11-22".to_owned(), 120), ("2026-11-23".to_owned(), 150)]);
        let running = Stretch { to: None, ..stretch };
        let until = at("2026-11-22T19:10:00");
        assert_eq!(cut(&running, (ends.0, until), moscow)[0].to, until, "what lasts ends now");
    }

    #[test]
    fn hours_are_said_with_a_tenth() {
        assert_eq!([0, 36_000, 35_400, 15_480].map(tenths), ["0", "10", "9,8", "4,3"]);
    }
}
