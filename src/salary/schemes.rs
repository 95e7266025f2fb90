//! `/admin/salary/schemes`: what is paid from which day, and what a change would have cost last month.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::NaiveDate;

use super::admin::now;
use super::form::SchemeForm;
use super::queries::{self, KeptScheme, NewScheme};
use super::rules::{money, total};
use super::{sheet, view};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::domain::now::Now;
use crate::domain::russian;
use crate::platform::audit;
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::reply::Done;

/// A scheme in the list.
struct Row {
    name: String,
    whose: String,
    from: String,
    about: String,
    rates: Vec<(String, String)>,
    is_current: bool,
    is_ahead: bool,
}

#[derive(Template)]
#[template(path = "salary/schemes.html")]
struct SchemesPage {
    current: &'static str,
    rows: Vec<Row>,
    form: SchemeForm,
    operators: Vec<Choice>,
    errors: FieldErrors,
    /// What it would have cost; empty until it was asked.
    trial: String,
    problem: String,
}

impl Page for SchemesPage {
    fn title(&self) -> String {
        "Схемы зарплаты".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

impl SchemesPage {
    fn load(db: &mut Db, form: Option<SchemeForm>, now: Now) -> diesel::QueryResult<Self> {
        let today = now.today();
        let schemes = queries::schemes(db)?;
        let operators = queries::operators(db)?;
        let last = schemes.iter().rev().find(|kept| kept.operator.is_none());
        let form = form.unwrap_or_else(|| {
            let from = Month::of(today).next().first();
            last.map_or_else(
                || SchemeForm { from: Month::of(today).first().to_string(), ..SchemeForm::default() },
                |kept| SchemeForm::of(&kept.scheme, from),
            )
        });
        // People who have left have their schemes in the history too.
        let whose: Vec<AccountId> = schemes.iter().filter_map(|kept| kept.operator).collect();
        let names = queries::names(db, &whose)?;
        let rows = schemes.iter().enumerate().rev().map(|(at, kept)| Row {
            name: kept.scheme.name.clone(),
            whose: match kept.operator {
                None => "все операторы".to_owned(),
                Some(id) => names.get(&id).cloned().unwrap_or_default(),
            },
            is_ahead: kept.from > today,
            from: russian::day(kept.from, today),
            about: format!("{}, {}", russian::short_name(&kept.author), now.moment(kept.at)),
            rates: view::rates(&kept.scheme),
            is_current: is_current(&schemes, at, today),
        });
        Ok(Self {
            current: "salary",
            rows: rows.collect(),
            form,
            operators: Choice::ids(&operators),
            errors: FieldErrors::default(),
            trial: String::new(),
            problem: String::new(),
        })
    }
}

/// Whether nothing has followed the scheme yet, and it has begun.
fn is_current(schemes: &[KeptScheme], at: usize, today: NaiveDate) -> bool {
    let kept = &schemes[at];
    let followed = schemes[at + 1..].iter().any(|next| next.operator == kept.operator && next.from <= today);
    kept.from <= today && !followed
}

pub(super) async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<impl Page>, AppError> {
    let now = now(&app);
    Ok(Show::ok(app.db.read(move |db| Ok(SchemesPage::load(db, None, now)?)).await?))
}

/// What last month would have cost with one scheme more, from its first day on.
fn trial(db: &mut Db, new: &NewScheme, now: Now) -> diesel::QueryResult<String> {
    let month = Month::of(now.today()).before();
    let mut schemes = queries::schemes(db)?;
    let was = sheet::compute(db, month, None, now.utc, now.zone, &schemes)?;
    // It would have paid the whole month.
    schemes.retain(|kept| kept.operator != new.operator || kept.from > month.last());
    schemes.insert(
        0,
        KeptScheme {
            operator: new.operator,
            from: month.first(),
            is_common: new.is_common,
            scheme: new.scheme.clone(),
            author: String::new(),
            at: now.utc,
        },
    );
    schemes.sort_by_key(|kept| kept.from);
    let would = sheet::compute(db, month, None, now.utc, now.zone, &schemes)?;
    let sum = |sheets: &queries::Sheets| -> i64 { sheets.values().map(|lines| total(lines)).sum() };
    let names = queries::names(db, &would.keys().copied().collect::<Vec<_>>())?;
    let gains = would.iter().map(|(id, lines)| {
        (
            total(lines) - was.get(id).map_or(0, |lines| total(lines)),
            names.get(id).cloned().unwrap_or_default(),
        )
    });
    let most = gains.max_by_key(|(gain, _)| gain.abs());
    let most = most
        .filter(|(gain, _)| *gain != 0)
        .map(|(gain, name)| format!(", больше всех {} {}", russian::short_name(&name), view::signed(gain)));
    Ok(format!(
        "По данным месяца «{}» эта схема дала бы {} ({}{})",
        month.words(),
        money(sum(&would)),
        view::signed(sum(&would) - sum(&was)),
        most.unwrap_or_default()
    ))
}

pub(super) async fn save(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (now, by) = (now(&app), admin.id);
    let form = SchemeForm::sent(&fields);
    let new = match form.check(now.today()) {
        Ok(new) => new,
        Err(errors) => return refused(&request, &app, form, errors, String::new(), now).await,
    };
    if fields.text("try") == "on" {
        let page = app
            .db
            .read(move |db| {
                let trial = trial(db, &new, now)?;
                Ok(SchemesPage { trial, ..SchemesPage::load(db, Some(form), now)? })
            })
            .await?;
        return Ok(Show::ok(page).respond_to(&request));
    }
    let (from, name) = (new.from, new.scheme.name.clone());
    let closed = app.db.write(move |tx| agree(tx, &new, by, now)).await?;
    if let Some(closed) = closed {
        let problem = format!("{closed} уже закрыт, его числа не меняются. Выберите день позже.");
        return refused(&request, &app, form, FieldErrors::default(), problem, now).await;
    }
    let said = format!("Схема «{name}» действует с {}", russian::day(from, now.today()));
    Ok(Done::to("/admin/salary/schemes").saying(said.as_str()).respond_to(&request))
}

/// Keeps a scheme and notes who agreed it. Gives the closed month that it would touch, and keeps nothing then.
fn agree(tx: &mut Tx, new: &NewScheme, by: AccountId, now: Now) -> Result<Option<String>, AppError> {
    queries::lock(tx)?;
    if let Some(closed) = queries::closed_since(tx.db, Month::of(new.from))?.into_iter().next() {
        return Ok(Some(Month::parse(&closed).map_or(closed, Month::words)));
    }
    let whose = match new.operator {
        None => "все операторы".to_owned(),
        Some(id) => match queries::person(tx.db, id)? {
            Some((name, true)) => name,
            _ => return Err(AppError::NotFound),
        },
    };
    queries::add_scheme(tx, new, by, now.utc)?;
    let subject = format!("схема зарплаты «{}»", new.scheme.name);
    let rates: Vec<String> =
        view::rates(&new.scheme).into_iter().map(|(label, sum)| format!("{label} {sum}")).collect();
    let detail = format!("{whose}, с {}: {}", new.from, rates.join(", "));
    let entry = audit::Entry { by, action: "salary.scheme", subject: &subject, detail: &detail };
    audit::record(tx, &entry, now.utc)?;
    Ok(None)
}

async fn refused(
    request: &HttpRequest,
    app: &Data<App>,
    form: SchemeForm,
    errors: FieldErrors,
    problem: String,
    now: Now,
) -> Result<HttpResponse, AppError> {
    let page = app.db.read(move |db| Ok(SchemesPage::load(db, Some(form), now)?)).await?;
    Ok(Show(SchemesPage { errors, problem, ..page }, StatusCode::UNPROCESSABLE_ENTITY).respond_to(request))
}
