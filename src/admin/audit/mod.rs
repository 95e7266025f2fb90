//! `/admin/audit`: who did what to what and from where, with what it was before. Nothing here can be changed.

mod queries;
mod words;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig, get, resource};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::now::Now;
use crate::domain::when::{self, Lean};
use crate::domain::{phone, russian, zone};
use crate::orders::edit::field::{Field, Happening};
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sheet::{BATCH, Batches, Cell, Format, Row as SheetRow, respond};
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use queries::Wanted;
use words::Part;

const PATH: &str = "/admin/audit";
/// Lines of a page.
const LINES: i64 = 100;

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(PATH).route(get().to(index)))
        .service(resource("/admin/audit/export").route(get().to(export)));
}

/// A line.
struct Row {
    day: String,
    time: String,
    who: String,
    what: String,
    is_risky: bool,
    subject: String,
    href: String,
    parts: Vec<Part>,
    address: String,
}

#[derive(Template)]
#[template(path = "admin/audit/index.html", blocks = ["lines"])]
struct AuditPage {
    current: &'static str,
    is_orders: bool,
    q: String,
    from: String,
    to: String,
    people: Vec<Choice>,
    who: String,
    groups: Vec<Choice>,
    group: String,
    rows: Vec<Row>,
    older: String,
    export: String,
    years: i64,
}

impl Page for AuditPage {
    fn title(&self) -> String {
        "Журнал действий".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "audit").then(|| self.as_lines().render())
    }
}

fn now(app: &App) -> Now {
    Now { utc: app.clock.now(), zone: app.config.business_zone }
}

/// What the address asks for.
fn wanted(fields: &Fields, now: Now) -> Wanted {
    let day = |name: &str| when::day(fields.text(name), now.today(), Lean::Back);
    let (from, to) = (day("from"), day("to"));
    let q: String = fields.text("q").chars().take(100).collect();
    // Neither database folds Russian letters: the usual spellings are looked for.
    let spellings = [q.clone(), q.to_lowercase(), russian::sentence(&q.to_lowercase())];
    Wanted {
        since: from.map(|day| zone::day_start(day, now.zone)),
        until: to.and_then(|day| day.succ_opt()).map(|day| zone::day_start(day, now.zone)),
        account: fields.id("who"),
        actions: words::actions(fields.text("what")),
        words: (!q.is_empty()).then_some(spellings),
        before: fields.number("before"),
    }
}

fn is_orders(fields: &Fields) -> bool {
    fields.text("of") == "orders"
}

async fn index(_: Signed<Admin>, app: Data<App>, Query(fields): Query) -> Result<Show<AuditPage>, AppError> {
    let now = now(&app);
    Ok(Show::ok(app.db.read(move |db| Ok(load(db, &fields, now)?)).await?))
}

fn load(db: &mut Db, fields: &Fields, now: Now) -> diesel::QueryResult<AuditPage> {
    let wanted = wanted(fields, now);
    let (rows, last) = rows(db, &wanted, is_orders(fields), LINES, now)?;
    let older = match last {
        Some(last) if rows.len() as i64 == LINES => {
            let mut fields = fields.clone();
            fields.set("before", &last.to_string());
            format!("{PATH}?{}", fields.encode())
        }
        _ => String::new(),
    };
    let mut exported = fields.clone();
    exported.set("before", "");
    Ok(AuditPage {
        current: "audit",
        is_orders: is_orders(fields),
        q: fields.text("q").to_owned(),
        from: fields.text("from").to_owned(),
        to: fields.text("to").to_owned(),
        people: Choice::ids(&queries::people(db)?),
        who: fields.text("who").to_owned(),
        groups: words::GROUPS
            .iter()
            .map(|group| Choice { value: group.key.to_owned(), label: group.label.to_owned() })
            .collect(),
        group: fields.text("what").to_owned(),
        rows,
        older,
        export: format!("{PATH}/export?{}", exported.encode()),
        years: audit::KEEP.num_days() / 365,
    })
}

/// The lines asked for, and the id of the last one.
fn rows(
    db: &mut Db,
    wanted: &Wanted,
    is_orders: bool,
    limit: i64,
    now: Now,
) -> diesel::QueryResult<(Vec<Row>, Option<i64>)> {
    let day = |at| russian::day_near(zone::local(at, now.zone).date(), now.today());
    let time = |at| zone::local(at, now.zone).format("%H:%M:%S").to_string();
    if is_orders {
        let found = queries::changes(db, wanted, limit)?;
        let last = found.last().map(|change| change.id.0);
        let row = |change: queries::Change| Row {
            day: day(change.at),
            time: time(change.at),
            who: russian::short_name(&change.who),
            what: field_words(&change.field),
            is_risky: false,
            subject: format!("Заказ № {}", change.order),
            href: format!("/orders/{}", change.order),
            parts: match (change.old, change.new) {
                (None, None) => Vec::new(),
                (old, new) => vec![Part {
                    words: String::new(),
                    old: value_words(&change.field, old),
                    new: value_words(&change.field, new),
                }],
            },
            address: String::new(),
        };
        return Ok((found.into_iter().map(row).collect(), last));
    }
    let found = queries::lines(db, wanted, limit)?;
    let last = found.last().map(|line| line.id.0);
    let row = |line: queries::Line| Row {
        day: day(line.at),
        time: time(line.at),
        who: line.who.as_deref().map_or_else(|| "Система".to_owned(), russian::short_name),
        what: words::action(&line.action).to_owned(),
        is_risky: words::is_risky(&line.action),
        // Sign-ins have said from where since before every line did.
        parts: if line.detail == line.address { Vec::new() } else { words::parts(&line.detail) },
        subject: line.subject,
        href: String::new(),
        address: line.address,
    };
    Ok((found.into_iter().map(row).collect(), last))
}

/// What a field of an order is called.
fn field_words(field: &str) -> String {
    let words = match (Field::parse(field), Happening::parse(field)) {
        (Some(field), _) => field.label(),
        (None, Some(Happening::Created)) => "Создал заказ",
        (None, Some(Happening::Repeat)) => "Клиент обратился повторно",
        (None, Some(Happening::Duplicate)) => "Создал похожий заказ",
        (None, Some(Happening::Overbook)) => "Записал сверх нормы",
        (None, Some(Happening::Chat)) => "Связал с чатом",
        (None, None) => field,
    };
    words.to_owned()
}

/// A value of a field as people read it.
fn value_words(field: &str, value: Option<String>) -> String {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return "пусто".to_owned() };
    match Field::parse(field) {
        Some(Field::Result | Field::Expenditure) => {
            value.parse().map_or(value, |kopecks| format!("{} ₽", russian::roubles(kopecks)))
        }
        Some(Field::Phone) => phone::pretty(&value),
        Some(Field::MasterId) => format!("мастер № {value}"),
        _ => value,
    }
}

async fn export(
    admin: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let format = Format::parse(fields.text("format"))?;
    let (now, by) = (now(&app), admin.id);
    let mut asked = wanted(&fields, now);
    asked.before = None;
    let is_orders = is_orders(&fields);
    app.db
        .write(move |tx| {
            let detail = if is_orders { "изменения заказов" } else { "действия" };
            let entry = audit::Entry { by, action: "audit.export", subject: "журнал", detail };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    let mut is_over = false;
    let batches: Batches = Box::new(move |db: &mut Db| {
        if is_over {
            return Ok(Vec::new());
        }
        let (rows, last) = rows(db, &asked, is_orders, BATCH, now)?;
        is_over = (rows.len() as i64) < BATCH;
        asked.before = last;
        Ok(rows.into_iter().map(cells).collect())
    });
    let header = ["День", "Время", "Кто", "Что сделал", "С чем", "Подробности", "Откуда"];
    let name = format!("Журнал {}", now.today());
    respond(format, &app.db, &name, &header, batches).await
}

fn cells(row: Row) -> SheetRow {
    let parts: Vec<String> = row
        .parts
        .iter()
        .map(|part| match (part.words.as_str(), part.new.as_str()) {
            (words, "") => words.to_owned(),
            ("", new) => format!("{} → {new}", part.old),
            (words, new) => format!("{words}: {} → {new}", part.old),
        })
        .collect();
    vec![
        Cell::Text(row.day),
        Cell::Text(row.time),
        Cell::Text(row.who),
        Cell::Text(row.what),
        Cell::Text(row.subject),
        Cell::Text(parts.join("; ")),
        Cell::Text(row.address),
    ]
}
