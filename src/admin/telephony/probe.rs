//! «Проверить подключение»: one harmless question that shows whether address, key and salt are right.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::admin::telephony::cabinet;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::russian;
use crate::integrations::mango::client::ApiError;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::web::page::Fragment;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

#[derive(Template)]
#[template(path = "ui/said.html")]
struct Probe {
    is_good: bool,
    title: String,
    text: String,
}

pub(super) async fn probe(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, AppError> {
    app.mango_api.forget_complaints();
    let asked = app.mango_api.ask("config/users/request", &serde_json::json!({})).await;
    let probe = match asked.and_then(|answer| answer.json()) {
        Ok(answer) => good(cabinet::employees(&answer).len()),
        Err(error) => bad(&error),
    };
    let (by, now, detail) = (admin.id, app.clock.now(), probe.title.clone());
    app.db
        .write(move |tx| {
            let entry = Entry { by, action: "mango.probe", subject: "Mango Office", detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    if !is_fragment_request(&request) {
        let said = format!("{}. {}", probe.title, probe.text);
        return Ok(Done::to("/admin/mango").saying(&*said).respond_to(&request));
    }
    Ok(Fragment(probe, StatusCode::OK).respond_to(&request))
}

fn good(employees: usize) -> Probe {
    let number = u64::try_from(employees).unwrap_or_default();
    let who = russian::plural(number, ["сотрудник", "сотрудника", "сотрудников"]);
    Probe {
        is_good: true,
        title: "Связь есть, ключ и соль верны".to_owned(),
        text: format!("В кабинете {employees} {who} с внутренним номером."),
    }
}

fn bad(error: &ApiError) -> Probe {
    let advice = match error {
        ApiError::NotSetUp => "Введите их выше и сохраните.",
        ApiError::Refused(3102) => "Скопируйте соль из кабинета ещё раз: «Интеграции → API Коннектор».",
        ApiError::Refused(3105) => "Скопируйте ключ из кабинета ещё раз: новый ключ сразу отменяет прежний.",
        ApiError::Banned => "Подождите две минуты и проверьте ещё раз. Обычно причина — неверная соль.",
        ApiError::Busy | ApiError::Waiting(_) => "Проверьте ещё раз через минуту.",
        ApiError::Unreachable(_) => "Проверьте, выпускает ли сеть сервер к app.mango-office.ru по HTTPS.",
        ApiError::NoDatabase => "Проверьте состояние базы данных.",
        ApiError::Refused(_) | ApiError::Strange(_) => {
            "Посмотрите «История запросов к API» в кабинете: там видны и наши запросы."
        }
    };
    Probe { is_good: false, title: error.words(), text: advice.to_owned() }
}
