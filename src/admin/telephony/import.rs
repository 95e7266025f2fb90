//! `/admin/mango/import`: what the cabinet knows and we do not, taken over when the admin has looked at it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::admin::telephony::cabinet::{self, Operator, Proposal, queries};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AccountId;
use crate::domain::phone::Phone;
use crate::domain::russian;
use crate::integrations::mango::client::ApiError;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Form};
use crate::web::page::{Page, Show};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/admin/mango/import").route(get().to(show)).route(post().to(take_over)));
}

#[derive(Template)]
#[template(path = "admin/telephony/import.html")]
struct ImportPage {
    current: &'static str,
    /// Why the cabinet could not be asked, or empty.
    problem: String,
    /// What was done, or empty.
    done: String,
    proposals: Vec<Proposal>,
    operators: Vec<Operator>,
    /// Canonical number, how it is shown, what the cabinet calls it.
    lines: Vec<(String, String, String)>,
    /// Lines the cabinet has and we have too.
    known_lines: usize,
}

impl Page for ImportPage {
    fn title(&self) -> String {
        "Сотрудники и линии из Mango".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

impl ImportPage {
    fn settled(&self) -> usize {
        self.proposals.iter().filter(|proposal| proposal.is_settled()).count()
    }

    fn open(&self) -> Vec<(usize, &Proposal)> {
        self.proposals.iter().enumerate().filter(|(_, proposal)| !proposal.is_settled()).collect()
    }
}

/// What the cabinet has, at this moment.
struct Cabinet {
    employees: Vec<cabinet::CabinetEmployee>,
    lines: Vec<(String, String)>,
}

async fn ask(app: &App) -> Result<Cabinet, ApiError> {
    let wanted = serde_json::json!({ "ext_fields": ["general.user_id", "general.sips"] });
    let users = app.mango_api.ask("config/users/request", &wanted).await?.json()?;
    let lines = app.mango_api.ask("incominglines", &serde_json::json!({})).await?.json()?;
    Ok(Cabinet { employees: cabinet::employees(&users), lines: cabinet::lines(&lines) })
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<ImportPage>, AppError> {
    Ok(Show::ok(page(&app, String::new()).await?))
}

async fn page(app: &Data<App>, done: String) -> Result<ImportPage, AppError> {
    let asked = ask(app).await;
    let (problem, cabinet) = match asked {
        Ok(cabinet) => (String::new(), cabinet),
        Err(error) => (error.words(), Cabinet { employees: Vec::new(), lines: Vec::new() }),
    };
    app.db
        .read(move |db| {
            let operators = queries::operators(db)?;
            let numbers: Vec<String> = cabinet.lines.iter().map(|(number, _)| number.clone()).collect();
            let missing = queries::missing_lines(db, &numbers)?;
            let known_lines = numbers.len() - missing.len();
            let pretty =
                |number: &str| Phone::parse(number).map_or_else(|| number.to_owned(), |p| p.pretty());
            let lines = cabinet.lines.into_iter().filter(|(number, _)| missing.contains(number));
            Ok(ImportPage {
                current: "mango",
                problem,
                done,
                proposals: cabinet::propose(cabinet.employees, &operators),
                operators,
                lines: lines.map(|(number, name)| (number.clone(), pretty(&number), name)).collect(),
                known_lines,
            })
        })
        .await
}

/// Takes over what was ticked. The cabinet is asked again: what is taken is what it says, not what a form says.
async fn take_over(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let cabinet = match ask(&app).await {
        Ok(cabinet) => cabinet,
        Err(error) => {
            let mut page = page(&app, String::new()).await?;
            page.problem = error.words();
            return Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request));
        }
    };
    let (by, now) = (admin.id, app.clock.now());
    let outcome = app
        .db
        .write(move |tx| {
            let mut outcome = Outcome::default();
            for employee in &cabinet.employees {
                let Some(id) = wanted(&fields, &employee.extension) else { continue };
                match queries::take_over(tx, id, employee, by, now)? {
                    true => outcome.people += 1,
                    false => outcome.clashes.push(employee.extension.clone()),
                }
            }
            let is_of_cabinet = |number: &String| cabinet.lines.iter().any(|(known, _)| known == number);
            for number in fields.all("line").iter().filter(|number| is_of_cabinet(number)) {
                outcome.lines += u64::from(queries::add_line(tx, number, by, now)?);
            }
            Ok(outcome)
        })
        .await?;
    let page = page(&app, outcome.words()).await?;
    Ok(Show::ok(page).respond_to(&request))
}

/// The operator chosen for the employee with `extension`.
fn wanted(fields: &Fields, extension: &str) -> Option<AccountId> {
    fields.text(&format!("operator_{extension}")).parse().ok()
}

#[derive(Default)]
struct Outcome {
    people: u64,
    lines: u64,
    clashes: Vec<String>,
}

impl Outcome {
    fn words(&self) -> String {
        let mut sentences = Vec::new();
        if self.people > 0 {
            let who = russian::plural(self.people, ["сотрудник", "сотрудника", "сотрудников"]);
            sentences.push(format!("Связано: {} {who}.", self.people));
        }
        if self.lines > 0 {
            let what = russian::plural(self.lines, ["линия", "линии", "линий"]);
            sentences.push(format!("Добавлено: {} {what}. Опишите их на странице «Линии».", self.lines));
        }
        if !self.clashes.is_empty() {
            let numbers = self.clashes.join(", ");
            sentences.push(format!("Не связано: {numbers} — номер, SIP или код уже у другого сотрудника."));
        }
        if sentences.is_empty() {
            "Ничего не выбрано.".to_owned()
        } else {
            sentences.join(" ")
        }
    }
}
