//! Closing a month, opening it again, and what became known of it meanwhile.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::admin::now;
use super::queries::NewEntry;
use super::rules::{LineKind, money, total};
use super::{queries, sheet, view};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::domain::now::Now;
use crate::platform::audit;
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::web::form::Form;
use crate::web::reply::Done;

/// Freezes a month that is over.
///
/// # Errors
/// The month runs still, or is closed.
pub fn close_month(tx: &mut Tx, month: Month, by: AccountId, now: Now) -> Result<(), AppError> {
    queries::lock(tx)?;
    if month >= Month::of(now.today()) {
        return Err(AppError::Conflict(format!(
            "{} ещё не закончился. Закройте его в следующем месяце.",
            month.words()
        )));
    }
    if queries::closed(tx.db, month)?.is_some() {
        return Err(AppError::Conflict(format!("{} уже закрыт.", month.words())));
    }
    let sheets = sheet::load(tx.db, month, None, now.utc, now.zone)?;
    queries::close(tx, month, &sheets, by, now.utc)?;
    let sum: i64 = sheets.values().map(|lines| total(lines)).sum();
    let subject = format!("зарплата, {}", month.words());
    let detail = format!("к выплате {}", money(sum));
    let entry = audit::Entry { by, action: "salary.close", subject: &subject, detail: &detail };
    audit::record(tx, &entry, now.utc)?;
    Ok(())
}

pub(super) async fn close(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (now, by) = (now(&app), admin.id);
    let month = month(fields.text("month"))?;
    app.db.write(move |tx| close_month(tx, month, by, now)).await?;
    let said = format!("{} закрыт", month.words());
    Ok(Done::to(format!("/admin/salary?month={month}")).saying(said.as_str()).respond_to(&request))
}

pub(super) async fn reopen(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (now, by) = (now(&app), admin.id);
    let month = month(fields.text("month"))?;
    let reason = fields.text("reason").chars().take(300).collect::<String>();
    if reason.is_empty() {
        return Err(AppError::BadRequest(
            "Напишите, почему месяц открывают снова: это попадёт в журнал.".to_owned(),
        ));
    }
    app.db
        .write(move |tx| {
            queries::lock(tx)?;
            let frozen = queries::frozen(tx.db, month, None)?;
            if !queries::reopen(tx, month)? {
                return Err(AppError::Conflict(format!("{} не закрыт.", month.words())));
            }
            let sum: i64 = frozen.values().map(|lines| total(lines)).sum();
            let subject = format!("зарплата, {}", month.words());
            let detail = format!("было к выплате {}; {reason}", money(sum));
            let entry = audit::Entry { by, action: "salary.reopen", subject: &subject, detail: &detail };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    let said = format!("{} снова открыт, числа считаются заново", month.words());
    Ok(Done::to(format!("/admin/salary?month={month}")).saying(said.as_str()).respond_to(&request))
}

/// Pays what became known of a closed month later as corrections of today, one for each person.
///
/// # Errors
/// The month is not closed, or nothing is left of it.
pub fn carry_over(tx: &mut Tx, month: Month, by: AccountId, now: Now) -> Result<usize, AppError> {
    queries::lock(tx)?;
    if queries::closed(tx.db, month)?.is_none() {
        return Err(AppError::Conflict(format!(
            "{} не закрыт: всё новое считается в нём самом.",
            month.words()
        )));
    }
    let late = sheet::late(tx.db, month, None, now.utc, now.zone)?;
    let late: Vec<_> = late.into_iter().filter(|(_, late)| late.left() != 0).collect();
    if late.is_empty() {
        return Err(AppError::Conflict("Переносить нечего: после закрытия ничего не изменилось.".to_owned()));
    }
    let (count, mut sum) = (late.len(), 0);
    for (operator, late) in late {
        let reason = format!("{} после закрытия: {}", month.words(), view::late_words(&late));
        let amount = late.left();
        sum += amount;
        let kind = LineKind::Correction;
        let new = NewEntry { operator, day: now.today(), kind, amount, reason, of_month: Some(month) };
        queries::add_entry(tx, &new, by, now.utc)?;
    }
    // The sheets of the closed month say what became of it.
    tx.announce(Event::Salary(None));
    let subject = format!("зарплата, {}", month.words());
    let detail = format!("перенесено поправками: сотрудников {count}, {}", view::signed(sum));
    let entry = audit::Entry { by, action: "salary.carry", subject: &subject, detail: &detail };
    audit::record(tx, &entry, now.utc)?;
    Ok(count)
}

pub(super) async fn carry(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (now, by) = (now(&app), admin.id);
    let month = month(fields.text("month"))?;
    let count = app.db.write(move |tx| carry_over(tx, month, by, now)).await?;
    let said = format!("Перенесено поправками в {}: {count}", Month::of(now.today()).words());
    Ok(Done::to(format!("/admin/salary?month={month}")).saying(said.as_str()).respond_to(&request))
}

fn month(text: &str) -> Result<Month, AppError> {
    Month::parse(text).ok_or_else(|| AppError::BadRequest("Такого месяца нет.".to_owned()))
}
