//! `/orders/export`: the list as a file, with its filters and in its order, all of it. For admins; who took what is
//! in the journal. One file at a time for each person: a file of everything reads everything.

use crate::platform::sheet::turns::Turn;
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono_tz::Tz;

use super::bar::essence;
use super::filter::OrderFilter;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::city::{City, zone_of};
use crate::domain::zone;
use crate::orders::queries::export as queries;
use crate::orders::queries::export::{ExportRow, Reader};
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::platform::sheet::{BATCH, Batches, Cell, Format, Row, respond};
use crate::web::form::Query;

const HEADER: [&str; 23] = [
    "№",
    "РК",
    "Город",
    "Авито аккаунт",
    "Телефон",
    "Тип заказа",
    "Клиент",
    "Адрес",
    "Встреча (время города)",
    "Тип техники",
    "Проблема",
    "Статус",
    "Причина",
    "Мастер",
    "Итог, ₽",
    "Расход, ₽",
    "Чистыми, ₽",
    "Комментарий",
    "Оператор",
    "Создан",
    "Закрыт",
    "Чат Авито",
    "Часовой пояс города",
];

/// The file.
pub async fn export(
    person: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let format = Format::parse(fields.text("format"))?;
    let Some(turn) = app.exports.turn(person.id) else {
        return Err(AppError::Busy(
            "Вы уже выгружаете заказы. Дождитесь конца той выгрузки и повторите.".to_owned(),
        ));
    };
    let (by, now, business) = (person.id, app.clock.now(), app.config.business_zone);
    let filter = OrderFilter::of(&fields);
    let reader = app.db.read(move |db| Ok(queries::reader(db, &filter, business)?)).await?;
    let Some((reader, count, cities)) = reader else {
        return Err(AppError::BadRequest(
            "Слишком общий поиск. Уточните его и повторите выгрузку.".to_owned(),
        ));
    };
    let filters = match essence(&fields) {
        all if all.is_empty() => "все заказы".to_owned(),
        some => some,
    };
    app.db
        .write(move |tx| {
            let detail = format!("{count} строк, {}, {filters}", format.ending());
            let entry =
                audit::Entry { by, action: "orders.export", subject: "заказы", detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    tracing::info!(account.id = %by, rows = count, format = format.ending(), "orders are exported");
    let name = format!("Заказы {}", zone::local(now, business).format("%Y-%m-%d %H-%M"));
    let batches = batches(reader, cities, business, turn);
    respond(format, &app.db, &name, &HEADER, batches).await
}

/// The rows, batch after batch; the person's turn ends with them, also when the download breaks off.
fn batches(mut reader: Reader, cities: Vec<City>, business: Tz, turn: Turn) -> Batches {
    Box::new(move |db| {
        let _held = &turn;
        let rows = reader.next(db, BATCH)?;
        Ok(rows.into_iter().map(|row| cells(row, &cities, business)).collect())
    })
}

fn cells(row: ExportRow, cities: &[City], business: Tz) -> Row {
    let city_zone = zone_of(cities, &row.city, business);
    vec![
        Cell::Integer(row.id.0),
        Cell::Text(row.rk),
        Cell::Text(row.city),
        Cell::text(row.avito_name.as_deref()),
        Cell::Phone(row.phone),
        Cell::Text(row.type_order),
        Cell::Text(row.client_name),
        Cell::Text(row.address),
        Cell::Moment(zone::local(row.date_meeting, city_zone)),
        Cell::Text(row.type_equipment),
        Cell::Text(row.problem),
        Cell::Text(row.status_order),
        Cell::text(row.refusal_reason.as_deref()),
        Cell::text(row.master.as_deref()),
        Cell::money(row.result),
        Cell::money(row.expenditure),
        Cell::money(row.clean),
        Cell::Text(row.comment),
        Cell::Text(row.operator),
        Cell::Moment(zone::local(row.create_date, business)),
        Cell::moment(row.closing_data.map(|closed| zone::local(closed, business))),
        Cell::text(row.avito_chatid.as_deref()),
        Cell::Text(city_zone.name().to_owned()),
    ]
}
