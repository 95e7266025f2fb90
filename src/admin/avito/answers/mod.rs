//! «АвтоОтвет»: rules from top to bottom, a trial that sends nothing, and what was written and why.

mod form;
mod trial;

use std::collections::HashMap;

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{Either, HttpRequest, HttpResponse};
use askama::Template;
use chrono::TimeDelta;

use self::form::RuleForm;
use self::trial::{Tried, Yesterday};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::chats::answers::{Hours, Rule, Verdict};
use crate::chats::queries::answers::{self, LogRow};
use crate::chats::queries::{self as chats, thread};
use crate::chats::replies::WORDS;
use crate::domain::chat::SendState;
use crate::domain::id::{AutoRuleId, AvitoId, ChatId, MessageId};
use crate::domain::now::Now;
use crate::domain::russian::{lasting, plural};
use crate::domain::zone;
use crate::platform::error::AppError;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Fields, Form, Query};
use crate::web::form_page::{Delete, FormPage};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Saved, Toast, list_again};

const TOOL: &str = "/admin/avito/answers";
const LIST: &str = "avito-answers";
const PLACE: AdminList = AdminList { path: TOOL, target: LIST, label: "АвтоОтвет" };
/// Lines of the log.
const LOGGED: i64 = 100;
/// Days, Monday first.
const DAYS: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];

pub(super) fn routes(config: &mut ServiceConfig) {
    let of_rule = |rest: &str| resource(&format!("{TOOL}/{{id}}{rest}"));
    config
        .service(resource(TOOL).route(get().to(show)).route(post().to(create)))
        .service(resource("/admin/avito/answers/new").route(get().to(new)))
        .service(resource("/admin/avito/answers/switch").route(post().to(switch)))
        .service(of_rule("").route(get().to(edit)).route(post().to(update)))
        .service(of_rule("/switch").route(post().to(switch_rule)))
        .service(of_rule("/up").route(post().to(lift)))
        .service(of_rule("/delete").route(post().to(delete)));
}

#[derive(Template)]
#[template(path = "admin/avito/answers.html", blocks = ["rows", "trial"])]
struct AnswersPage {
    current: &'static str,
    is_on: bool,
    /// How many rules are switched on.
    active: usize,
    rules: Vec<RuleView>,
    log: Vec<LogView>,
    accounts: Vec<Choice>,
    account: String,
    /// «пн, 14:05»: the moment of the trial.
    moment: String,
    tried: Option<Tried>,
    yesterday: Option<Yesterday>,
    /// Rules that are switched off take part in the trial: none is switched on.
    with_all: bool,
}

struct RuleView {
    id: AutoRuleId,
    number: usize,
    title: String,
    is_active: bool,
    /// «вне 09:00–22:00 пн–пт · все аккаунты · первое сообщение».
    when: String,
    text: String,
    /// «38 за неделю», or empty.
    written: String,
}

struct LogView {
    chat: ChatId,
    client: String,
    account: String,
    at: String,
    asked: String,
    rule: String,
    kind: &'static str,
    icon: &'static str,
    state: &'static str,
    /// Why, or what was written.
    words: String,
}

impl Page for AnswersPage {
    fn title(&self) -> String {
        "АвтоОтвет".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            LIST => Some(self.as_rows().render()),
            "answers-trial" => Some(self.as_trial().render()),
            _ => None,
        }
    }
}

/// «пн–пт», «сб, вс», «каждый день».
fn days_in_words(days: i64) -> String {
    let chosen: Vec<usize> = (0..7).filter(|day| days & (1 << day) != 0).collect();
    let is_run = chosen.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match chosen.as_slice() {
        [] => String::new(),
        all if all.len() == 7 => "каждый день".to_owned(),
        [first, .., last] if is_run && chosen.len() > 2 => format!("{}–{}", DAYS[*first], DAYS[*last]),
        some => some.iter().map(|day| DAYS[*day]).collect::<Vec<_>>().join(", "),
    }
}

impl RuleView {
    fn of(rule: &Rule, number: usize, accounts: &HashMap<AvitoId, String>, written: i64) -> Self {
        let hours = format!(
            "{:02}:{:02}–{:02}:{:02}",
            rule.from_minute / 60,
            rule.from_minute % 60,
            rule.to_minute / 60,
            rule.to_minute % 60
        );
        let days = days_in_words(rule.days);
        let mut when = vec![match rule.hours {
            Hours::Any => days,
            Hours::Within => format!("{days} {hours}"),
            Hours::Outside => format!("вне {hours} {days}"),
        }];
        when.push(match rule.avito_id {
            None => "все аккаунты".to_owned(),
            Some(id) => accounts.get(&id).cloned().unwrap_or_default(),
        });
        if rule.only_first {
            when.push("первое сообщение".to_owned());
        }
        if rule.wants_phone {
            when.push("в тексте есть телефон".to_owned());
        }
        if !rule.keywords.is_empty() {
            when.push(format!("слова: {}", rule.keywords));
        }
        if rule.delay_seconds > 0 {
            when.push(format!("через {}", lasting(rule.delay_seconds.unsigned_abs())));
        }
        when.push(format!("не чаще раза в {} ч", rule.once_hours));
        let count = written.unsigned_abs();
        let written = match count {
            0 => String::new(),
            _ => format!("{count} {} за неделю", plural(count, ["ответ", "ответа", "ответов"])),
        };
        let (id, title, text) = (rule.id, rule.title.clone(), rule.text.clone());
        Self { id, number, title, is_active: rule.is_active, when: when.join(" · "), text, written }
    }
}

impl LogView {
    fn of(
        row: LogRow,
        sent: &HashMap<MessageId, thread::Message>,
        accounts: &HashMap<AvitoId, String>,
        now: Now,
    ) -> Self {
        let message = row.answer.and_then(|id| sent.get(&id));
        let (kind, icon, state, words) = match row.state {
            Verdict::Waiting => ("", "clock", "ждёт", format!("ответит в {}", now.moment(row.due_at))),
            Verdict::Skipped => ("warn", "ban", "не писал", row.reason),
            Verdict::None => ("", "ban", "", String::new()),
            Verdict::Sent => {
                let text = message.map(|message| message.text.clone()).unwrap_or_default();
                match message.and_then(|message| message.state) {
                    Some(SendState::Failed) => {
                        let why = message.map(|message| message.error.clone()).unwrap_or_default();
                        ("bad", "alert-circle", "не отправлено", why)
                    }
                    Some(SendState::Queued | SendState::Sending) => ("", "clock", "отправляется", text),
                    Some(SendState::Doubtful) => ("warn", "help-circle", "проверяем, дошло ли", text),
                    Some(SendState::Sent) | None => ("ok", "check", "отправлено", text),
                }
            }
        };
        Self {
            chat: row.chat,
            client: if row.client_name.is_empty() { "Клиент".to_owned() } else { row.client_name },
            account: accounts.get(&row.account).cloned().unwrap_or_default(),
            at: now.moment_in_words(row.asked_at),
            asked: row.asked.chars().take(200).collect(),
            rule: row.rule_title,
            kind,
            icon,
            state,
            words,
        }
    }
}

async fn page(app: &Data<App>, query: &Fields) -> Result<AnswersPage, AppError> {
    let (here, now, query) = (app.clone(), app.now(), query.clone());
    app.db
        .read(move |db| {
            let names = chats::accounts(db)?;
            let accounts: HashMap<AvitoId, String> = names.iter().cloned().collect();
            let rules = answers::rules(db)?;
            let written: HashMap<Option<AutoRuleId>, i64> =
                answers::answered_since(db, now.utc - TimeDelta::days(7))?.into_iter().collect();
            let log = answers::log(db, LOGGED)?;
            let sent: Vec<MessageId> = log.iter().filter_map(|row| row.answer).collect();
            let sent = thread::messages_by_id(db, &sent)?;
            let active = rules.iter().filter(|rule| rule.is_active).count();
            let tried_rules: Vec<Rule> =
                rules.iter().filter(|rule| rule.is_active || active == 0).cloned().collect();
            let local = zone::local(now.utc, now.zone);
            let account: Option<AvitoId> = query.id("account");
            let text = query.text("say").trim();
            let tried = (!text.is_empty()).then(|| {
                let named = account.and_then(|id| accounts.get(&id).map(|name| (id, name.as_str())));
                trial::sentence(&tried_rules, text, named, local)
            });
            let yesterday = match query.text("trial") {
                "yesterday" => Some(trial::yesterday(&here, db, &tried_rules, now)?),
                _ => None,
            };
            Ok(AnswersPage {
                current: "avito",
                is_on: answers::is_on(db)?,
                active,
                rules: rules
                    .iter()
                    .enumerate()
                    .map(|(place, rule)| {
                        let written = written.get(&Some(rule.id)).copied().unwrap_or_default();
                        RuleView::of(rule, place + 1, &accounts, written)
                    })
                    .collect(),
                log: log.into_iter().map(|row| LogView::of(row, &sent, &accounts, now)).collect(),
                account: account.map(|id| id.to_string()).unwrap_or_default(),
                accounts: Choice::ids(&names),
                moment: now.moment(now.utc),
                tried,
                yesterday,
                with_all: active == 0,
            })
        })
        .await
}

async fn show(_: Signed<Admin>, app: Data<App>, Query(query): Query) -> Result<Show<AnswersPage>, AppError> {
    Ok(Show::ok(page(&app, &query).await?))
}

#[derive(Template)]
#[template(path = "admin/avito/answer_rule.html")]
struct RuleTemplate {
    form: RuleForm,
    errors: FieldErrors,
    accounts: Vec<Choice>,
    hours: Vec<Choice>,
    days: Vec<(usize, &'static str)>,
    words: String,
    is_new: bool,
}

async fn form(
    app: &Data<App>,
    rule: Option<&Rule>,
    form: RuleForm,
    errors: FieldErrors,
) -> Result<FormPage, AppError> {
    let accounts = app.db.read(|db| Ok(chats::accounts(db)?)).await?;
    let hours = [
        ("any", "в любое время этих дней"),
        ("within", "в эти часы этих дней"),
        ("outside", "вне этих часов"),
    ];
    let hours = hours.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    let template = RuleTemplate {
        form,
        errors,
        accounts: Choice::ids(&accounts),
        hours: hours.to_vec(),
        days: DAYS.into_iter().enumerate().collect(),
        words: WORDS.iter().filter(|word| **word != "{оператор}").copied().collect::<Vec<_>>().join(", "),
        is_new: rule.is_none(),
    };
    let Some(rule) = rule else {
        return Ok(FormPage::new("Новое правило", TOOL, PLACE, &template)?);
    };
    let delete = Delete {
        action: format!("{TOOL}/{}/delete", rule.id),
        question: format!("Удалить правило «{}»?", rule.title),
        text: "Что оно написало, останется в чатах и в журнале.",
    };
    let page = FormPage::new(rule.title.clone(), format!("{TOOL}/{}", rule.id), PLACE, &template)?;
    Ok(page.deletable(Some(delete)))
}

async fn stored(app: &Data<App>, id: AutoRuleId) -> Result<Rule, AppError> {
    app.db.read(move |db| answers::rule(db, id)?.ok_or(AppError::NotFound)).await
}

async fn new(_: Signed<Admin>, app: Data<App>) -> Result<Show<FormPage>, AppError> {
    Ok(form(&app, None, RuleForm::new(), FieldErrors::default()).await?.shown())
}

async fn edit(_: Signed<Admin>, app: Data<App>, id: Path<AutoRuleId>) -> Result<Show<FormPage>, AppError> {
    let rule = stored(&app, id.into_inner()).await?;
    Ok(form(&app, Some(&rule), RuleForm::of(&rule), FieldErrors::default()).await?.shown())
}

type Answer = Either<Saved, Show<FormPage>>;

async fn create(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Answer, AppError> {
    save(&admin, &app, None, RuleForm::sent(&fields)).await
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<AutoRuleId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let rule = stored(&app, id.into_inner()).await?;
    save(&admin, &app, Some(rule), RuleForm::sent(&fields)).await
}

async fn save(
    admin: &Signed<Admin>,
    app: &Data<App>,
    rule: Option<Rule>,
    sent: RuleForm,
) -> Result<Answer, AppError> {
    let accounts = app.db.read(|db| Ok(chats::accounts(db)?)).await?;
    let ids: Vec<AvitoId> = accounts.into_iter().map(|(id, _)| id).collect();
    match sent.check(&ids) {
        Err(errors) => Ok(Either::Right(form(app, rule.as_ref(), sent, errors).await?.refused(""))),
        Ok(wanted) => {
            let (id, by, now) = (rule.as_ref().map(|rule| rule.id), admin.id, app.clock.now());
            app.db.write(move |tx| answers::save(tx, id, &wanted, by, now)).await?;
            let said = if id.is_some() {
                "Правило сохранено"
            } else {
                "Правило добавлено, оно выключено"
            };
            Ok(Either::Left(Saved::to(TOOL, LIST, said)))
        }
    }
}

async fn again(request: &HttpRequest, app: &Data<App>, said: Toast) -> Result<HttpResponse, AppError> {
    let none = Fields::default();
    list_again(request, (LIST, TOOL), said, page(app, &none)).await
}

async fn switch(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (is_on, by, now) = (fields.text("on") == "1", admin.id, app.clock.now());
    app.db.write(move |tx| Ok(answers::switch(tx, is_on, by, now)?)).await?;
    let said =
        if is_on { "АвтоОтвет включён" } else { "АвтоОтвет выключен" };
    again(&request, &app, Toast::ok(said)).await
}

async fn switch_rule(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AutoRuleId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, is_on, by, now) = (id.into_inner(), fields.text("on") == "1", admin.id, app.clock.now());
    app.db.write(move |tx| answers::switch_rule(tx, id, is_on, by, now)).await?;
    again(
        &request,
        &app,
        Toast::ok(if is_on {
            "Правило включено"
        } else {
            "Правило выключено"
        }),
    )
    .await
}

async fn lift(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AutoRuleId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    app.db.write(move |tx| answers::lift(tx, id, by, now)).await?;
    again(&request, &app, Toast::ok("Правило поднято")).await
}

async fn delete(admin: Signed<Admin>, app: Data<App>, id: Path<AutoRuleId>) -> Result<Answer, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    app.db.write(move |tx| answers::delete(tx, id, by, now)).await?;
    Ok(Either::Left(Saved::to(TOOL, LIST, "Правило удалено")))
}
