//! `/admin/salary`: a month of everybody, the sheet of one, entries by hand, the payroll as a file.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::Datelike;

use super::form::EntryForm;
use super::own::SheetView;
use super::queries::{self, Entry, Sheets};
use super::rules::{Line, LineKind, money, total};
use super::{sheet, view};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::{AccountId, SalaryEntryId};
use crate::domain::month::Month;
use crate::domain::now::Now;
use crate::domain::russian;
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sheet::{Cell, Format, respond};
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Form, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::reply::Done;

/// Columns of the payroll and what stands in them.
const COLUMNS: [(&str, &[LineKind]); 7] = [
    ("Смены", &[LineKind::Hours]),
    ("Звонки", &[LineKind::Calls]),
    ("Заказы", &[LineKind::Orders]),
    ("Выполнено", &[LineKind::Done, LineKind::Percent]),
    ("Премии", &[LineKind::Plan, LineKind::Bonus]),
    ("Поправки", &[LineKind::Correction]),
    ("Штрафы", &[LineKind::Fine]),
];

/// A sum in the payroll; without words where there is nothing.
struct Money {
    words: String,
    is_minus: bool,
}

impl Money {
    fn of(kopecks: i64) -> Self {
        let words = if kopecks == 0 { "—".to_owned() } else { russian::roubles(kopecks) };
        Self { words, is_minus: kopecks < 0 }
    }
}

/// A person in the payroll.
struct Row {
    operator: AccountId,
    name: String,
    cells: Vec<Money>,
    total: String,
    /// Against the month before.
    change: Option<Change>,
}

/// How somebody's sum has changed.
struct Change {
    words: String,
    is_more: bool,
}

/// Somebody of whom something became known after the month was closed.
struct LateRow {
    operator: AccountId,
    name: String,
    /// «Смены +600 ₽, Заказы −60 ₽».
    lines: String,
    carried: String,
    left: String,
}

/// Something to look at before closing.
struct Step {
    is_done: bool,
    title: String,
    about: String,
    href: String,
}

#[derive(Template)]
#[template(path = "salary/admin.html", blocks = ["month"])]
struct MonthPage {
    current: &'static str,
    month: Month,
    has_next: bool,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    sums: Vec<Money>,
    total: String,
    /// Of the month before.
    before: String,
    steps: Vec<Step>,
    late: Vec<LateRow>,
    /// Something of it is to be paid still.
    may_carry: bool,
    /// The month that corrections go to.
    open_month: String,
    /// «закрыт …», empty while it is open.
    closed: String,
    may_close: bool,
    has_scheme: bool,
}

impl Page for MonthPage {
    fn title(&self) -> String {
        "Зарплата".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "payroll").then(|| self.as_month().render())
    }
}

pub(super) fn now(app: &App) -> Now {
    Now { utc: app.clock.now(), zone: app.config.business_zone }
}

pub(super) async fn index(
    _: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = now(&app);
    let month = Month::asked(fields.text("month"), now.today());
    Ok(Show::ok(app.db.read(move |db| Ok(month_page(db, month, now)?)).await?))
}

/// Who stands in the payroll: who works here, and who has earned something.
fn people(db: &mut Db, sheets: &Sheets) -> diesel::QueryResult<Vec<(AccountId, String)>> {
    let mut people = queries::operators(db)?;
    let known: BTreeSet<AccountId> = people.iter().map(|(id, _)| *id).collect();
    let others: Vec<AccountId> = sheets.keys().filter(|id| !known.contains(id)).copied().collect();
    people.extend(queries::names(db, &others)?);
    Ok(people)
}

fn sum_of(lines: &[Line], kinds: &[LineKind]) -> i64 {
    lines.iter().filter(|line| kinds.contains(&line.kind)).map(|line| line.amount).sum()
}

fn month_page(db: &mut Db, month: Month, now: Now) -> diesel::QueryResult<MonthPage> {
    let sheets = sheet::load(db, month, None, now.utc, now.zone)?;
    let before = sheet::load(db, month.before(), None, now.utc, now.zone)?;
    let closed = queries::closed(db, month)?;
    let is_over = month < Month::of(now.today());
    let (since, until) = month.moments(now.zone);
    let without_sum = queries::without_sum(db, since, until)?;
    let has_scheme = !queries::schemes(db)?.is_empty();
    let people = people(db, &sheets)?;
    let rows = people
        .iter()
        .map(|(operator, name)| {
            let lines = sheets.get(operator).map(Vec::as_slice).unwrap_or_default();
            let own = total(lines);
            // A month that runs is compared with the same days of the one before.
            let then = before.get(operator).map_or(0, |lines| match is_over {
                true => total(lines),
                false => sheet::until_day(&sheet::by_day(lines), now.today().day()),
            });
            Row {
                cells: COLUMNS.iter().map(|(_, kinds)| Money::of(sum_of(lines, kinds))).collect(),
                total: money(own),
                change: (then != 0 && own != then)
                    .then(|| Change { words: view::signed(own - then), is_more: own > then }),
                operator: *operator,
                name: name.clone(),
            }
        })
        .collect();
    let everybody: Vec<Line> = sheets.values().flatten().cloned().collect();
    let late = match closed {
        None => BTreeMap::new(),
        Some(_) => sheet::late(db, month, None, now.utc, now.zone)?,
    };
    let names = queries::names(db, &late.keys().copied().collect::<Vec<_>>())?;
    let may_carry = late.values().any(|late| late.left() != 0);
    let late = late
        .into_iter()
        .map(|(operator, late)| LateRow {
            operator,
            name: names.get(&operator).cloned().unwrap_or_default(),
            lines: view::late_lines(&late),
            carried: view::signed_or_none(late.carried),
            left: view::signed_or_none(late.left()),
        })
        .collect();
    let steps = vec![
        Step {
            is_done: is_over,
            title: "Месяц закончился".to_owned(),
            about: format!("последний день {}", russian::day(month.last(), now.today())),
            href: String::new(),
        },
        Step {
            is_done: has_scheme,
            title: "Схема задана".to_owned(),
            about: "без схемы платят только записи вручную".to_owned(),
            href: "/admin/salary/schemes".to_owned(),
        },
        Step {
            is_done: without_sum == 0,
            title: "Деньги внесены".to_owned(),
            about: match without_sum {
                0 => "все «Готово» с суммой".to_owned(),
                n => format!("«Готово» без суммы: {n}, за них не начислено"),
            },
            href: format!("/orders?status=Готово&closed_from={}&closed_to={}", month.first(), month.last()),
        },
    ];
    Ok(MonthPage {
        current: "salary",
        month,
        has_next: month < Month::of(now.today()),
        columns: COLUMNS.iter().map(|(title, _)| *title).collect(),
        sums: COLUMNS.iter().map(|(_, kinds)| Money::of(sum_of(&everybody, kinds))).collect(),
        total: money(total(&everybody)),
        before: match before.is_empty() {
            true => String::new(),
            false => {
                let sum = before.values().map(|lines| total(lines)).sum();
                format!("{}: {}", month.before().words(), money(sum))
            }
        },
        rows,
        steps,
        late,
        may_carry,
        open_month: Month::of(now.today()).words(),
        may_close: is_over && closed.is_none(),
        closed: closed
            .map(|(who, at)| format!("закрыт {}, {}", now.moment(at), russian::short_name(&who)))
            .unwrap_or_default(),
        has_scheme,
    })
}

/// An entry as the page shows it.
struct EntryRow {
    id: SalaryEntryId,
    day: String,
    kind: &'static str,
    amount: String,
    reason: String,
    author: String,
    is_removed: bool,
    /// Pays what became known of a closed month.
    is_carried: bool,
}

#[derive(Template)]
#[template(path = "salary/sheet.html")]
struct PersonPage {
    current: &'static str,
    sheet: SheetView,
    path: String,
    entries: Vec<EntryRow>,
    form: EntryForm,
    kinds: Vec<Choice>,
    errors: FieldErrors,
}

impl Page for PersonPage {
    fn title(&self) -> String {
        format!("Зарплата: {}", self.sheet.name)
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

/// Kinds of entries with their words.
pub(super) const KINDS: [(LineKind, &str); 3] =
    [(LineKind::Fine, "Штраф"), (LineKind::Bonus, "Премия"), (LineKind::Correction, "Поправка")];

fn person_page(
    db: &mut Db,
    operator: AccountId,
    month: Month,
    now: Now,
    form: EntryForm,
    errors: FieldErrors,
) -> Result<PersonPage, AppError> {
    let (name, _) = queries::person(db, operator)?.ok_or(AppError::NotFound)?;
    let row = |entry: Entry| EntryRow {
        id: entry.id,
        day: russian::day(entry.day.0, now.today()),
        kind: KINDS.iter().find(|(kind, _)| *kind == entry.kind).map_or("", |(_, label)| label),
        amount: view::signed(entry.amount),
        reason: entry.reason,
        author: russian::short_name(&entry.author),
        is_removed: entry.removed_at.is_some(),
        is_carried: entry.is_carried,
    };
    Ok(PersonPage {
        current: "salary",
        entries: queries::entries(db, month, Some(operator))?.into_iter().map(row).collect(),
        sheet: SheetView::load(db, operator, name, month, now, true)?,
        path: format!("/admin/salary/{operator}"),
        form,
        kinds: KINDS
            .iter()
            .map(|(kind, label)| Choice { value: kind.as_str().to_owned(), label: (*label).to_owned() })
            .collect(),
        errors,
    })
}

pub(super) async fn sheet(
    _: Signed<Admin>,
    app: Data<App>,
    id: Path<AccountId>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let (now, id) = (now(&app), id.into_inner());
    let month = Month::asked(fields.text("month"), now.today());
    let form = EntryForm::fresh(month, now.today());
    let page = app.db.read(move |db| person_page(db, id, month, now, form, FieldErrors::default())).await?;
    Ok(Show::ok(page))
}

pub(super) async fn add_entry(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AccountId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (now, id, by) = (now(&app), id.into_inner(), admin.id);
    let found = app.db.read(move |db| Ok(queries::person(db, id)?)).await?;
    // Only operators are paid here; an admin has no sheet to write into.
    let Some((name, true)) = found else { return Err(AppError::NotFound) };
    let form = EntryForm::sent(&fields);
    let (new, month) = match form.check(id, now.today()) {
        Ok(new) => {
            let month = Month::of(new.day);
            (new, month)
        }
        Err(errors) => {
            let month = Month::asked(fields.text("month"), now.today());
            let page = app.db.read(move |db| person_page(db, id, month, now, form, errors)).await?;
            return Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request));
        }
    };
    let words = format!("{}, {}: {}", view::signed(new.amount), new.day, new.reason);
    app.db
        .write(move |tx| {
            queries::lock(tx)?;
            refuse_closed(tx.db, month)?;
            queries::add_entry(tx, &new, by, now.utc)?;
            let subject = format!("зарплата: {name}");
            let entry = audit::Entry { by, action: "salary.entry", subject: &subject, detail: &words };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    Ok(Done::to(format!("/admin/salary/{id}?month={month}")).saying("Запись добавлена").respond_to(&request))
}

fn refuse_closed(db: &mut Db, month: Month) -> Result<(), AppError> {
    match queries::closed(db, month)? {
        None => Ok(()),
        Some(_) => Err(AppError::Conflict(format!(
            "{} закрыт, его числа не меняются. Внесите поправку в открытый месяц или откройте этот.",
            month.words()
        ))),
    }
}

pub(super) async fn remove_entry(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<SalaryEntryId>,
) -> Result<HttpResponse, AppError> {
    let (now, id, by) = (now(&app), id.into_inner(), admin.id);
    let removed = app
        .db
        .write(move |tx| {
            queries::lock(tx)?;
            let removed = queries::remove_entry(tx, id, by, now.utc)?.ok_or(AppError::NotFound)?;
            refuse_closed(tx.db, Month::of(removed.day))?;
            let name = queries::person(tx.db, removed.operator)?.map(|(name, _)| name).unwrap_or_default();
            let subject = format!("зарплата: {name}");
            let detail = format!("{}, {}: {}", view::signed(removed.amount), removed.day, removed.reason);
            let entry =
                audit::Entry { by, action: "salary.entry_removed", subject: &subject, detail: &detail };
            audit::record(tx, &entry, now.utc)?;
            Ok(removed)
        })
        .await?;
    let home = format!("/admin/salary/{}?month={}", removed.operator, Month::of(removed.day));
    Ok(Done::to(home).saying("Запись снята").respond_to(&request))
}

/// The payroll: every line of everybody.
pub(super) async fn export(
    admin: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let format = Format::parse(fields.text("format"))?;
    let (now, by) = (now(&app), admin.id);
    let month = Month::asked(fields.text("month"), now.today());
    let (rows, is_closed) = app
        .db
        .read(move |db| {
            let sheets = sheet::load(db, month, None, now.utc, now.zone)?;
            let people = people(db, &sheets)?;
            let mut rows = Vec::new();
            for (operator, name) in people {
                let lines = sheets.get(&operator).map(Vec::as_slice).unwrap_or_default();
                for line in lines {
                    rows.push(vec![
                        Cell::Text(name.clone()),
                        Cell::Text(line.title.clone()),
                        Cell::Text(line.formula.clone()),
                        Cell::Text(line.about.clone()),
                        Cell::Money(line.amount),
                    ]);
                }
                rows.push(vec![
                    Cell::Text(name),
                    Cell::Text("К выплате".to_owned()),
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Money(total(lines)),
                ]);
            }
            Ok((rows, queries::closed(db, month)?.is_some()))
        })
        .await?;
    app.db
        .write(move |tx| {
            let subject = format!("зарплата, {}", month.words());
            let detail = if is_closed { "месяц закрыт" } else { "месяц не закрыт" };
            let entry = audit::Entry { by, action: "salary.export", subject: &subject, detail };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    let mut rows = Some(rows);
    let batches = Box::new(move |_: &mut Db| Ok(rows.take().unwrap_or_default()));
    let header = ["Сотрудник", "Строка", "Расчёт", "Что считается", "Сумма, ₽"];
    let name = format!("Зарплата {month}");
    respond(format, &app.db, &name, &header, batches).await
}
