//! `/admin`: what there is, and what waits for an admin.

use actix_web::web::{Data, ServiceConfig, get, resource};
use askama::Template;

use super::queries::{self, Overview};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::russian::plural;
use crate::platform::error::AppError;
use crate::web::page::{Page, Show};

/// Letters that could not be read wait for an admin as long as this, as in the bell.
const FAILED_LETTERS_FOR: chrono::Duration = chrono::Duration::days(7);

/// The address of the overview.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/admin").route(get().to(index)));
}

#[derive(Template)]
#[template(path = "admin/index.html", blocks = ["rows"])]
struct OverviewPage {
    current: &'static str,
    tasks: Vec<Task>,
    overview: Overview,
    mango_is_set: bool,
}

/// Something that waits for an admin.
struct Task {
    words: String,
    /// Empty when it is not done in these pages.
    href: &'static str,
    verb: &'static str,
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

async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<OverviewPage>, AppError> {
    let letters_since = app.clock.now() - FAILED_LETTERS_FOR;
    let overview = app.db.read(move |db| Ok(queries::overview(db, letters_since)?)).await?;
    let mango_is_set = app.mango_keys.load().await?.is_some();
    let tasks = tasks(&overview, mango_is_set, app.unheeded_proxy.is_there());
    Ok(Show::ok(OverviewPage { current: "overview", tasks, overview, mango_is_set }))
}

fn tasks(overview: &Overview, mango_is_set: bool, is_proxy_unheeded: bool) -> Vec<Task> {
    let counted = |n: i64, forms: [&str; 3]| format!("{n} {}", plural(n.unsigned_abs(), forms));
    let mut tasks = Vec::new();
    let mut task = |is_due: bool, words: String, href, verb| {
        if is_due {
            tasks.push(Task { words, href, verb });
        }
    };
    task(
        is_proxy_unheeded,
        "Запросы идут через прокси, а TRUSTED_PROXIES пуст: чужие ошибки входа считаются всем сразу. Впишите адрес прокси в настройки сервера."
            .to_owned(),
        "",
        "",
    );
    task(
        overview.unknown_lines > 0,
        format!(
            "{} из звонков: укажите РК и город, звонки дополнятся сами.",
            counted(overview.unknown_lines, ["новый номер", "новых номера", "новых номеров"])
        ),
        "/admin/phones",
        "Указать",
    );
    task(
        overview.without_extension > 0,
        format!(
            "{} без внутреннего номера: их звонки не привязать к сотруднику.",
            counted(overview.without_extension, ["оператор", "оператора", "операторов"])
        ),
        "/admin/employees?status=active",
        "Сотрудники",
    );
    task(!mango_is_set, "Ключ Mango не задан: звонки не придут.".to_owned(), "/admin/mango", "Настроить");
    task(
        overview.failed_events > 0,
        format!("{} Mango не разобрано.", counted(overview.failed_events, ["событие", "события", "событий"])),
        "/admin/mango",
        "Посмотреть",
    );
    task(
        overview.failed_letters > 0,
        format!(
            "{} с записями не прочитано за неделю.",
            counted(overview.failed_letters, ["письмо", "письма", "писем"])
        ),
        "/admin/mail",
        "Посмотреть",
    );
    task(
        overview.cities == 0,
        "Нет ни одного города: заказ не создать.".to_owned(),
        "/admin/lists",
        "Добавить",
    );
    task(
        overview.campaigns == 0,
        "Нет ни одной РК: заказ не создать.".to_owned(),
        "/admin/lists",
        "Добавить",
    );
    tasks
}
