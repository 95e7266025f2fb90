//! `/admin/notifications`: who is told outside of the program, of what and by which way, how it goes, and what was sent.

mod form;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{Either, HttpRequest, HttpResponse, Responder};
use askama::Template;
use secrecy::SecretString;

use crate::alerts::digest::Digest;
use crate::alerts::queries::outbox::{self, Shown};
use crate::alerts::queries::recipients::{self, Recipient};
use crate::alerts::{report, send};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::{OutgoingId, RecipientId};
use crate::domain::notice::{Channel, NoticeKind, OutState};
use crate::domain::now::Now;
use crate::domain::russian;
use crate::integrations::telegram::{Chat, settings as telegram};
use crate::platform::audit::{self, Entry};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Form, Query};
use crate::web::form_page::{Delete, FormPage};
use crate::web::page::{Fragment, Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Done, Saved, Toast, list_again};
use crate::web::request::is_fragment_request;
use form::RecipientForm;

const PLACE: AdminList =
    AdminList { path: "/admin/notifications", target: "notifications", label: "Уведомления" };
/// Messages that are shown.
const SHOWN: i64 = 50;
/// Lines of a message that are shown.
const LINES: usize = 3;

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    let under = |rest: &str| resource(&format!("/admin/notifications{rest}"));
    config
        .service(under("").route(get().to(index)).route(post().to(save)))
        .service(under("/token/forget").route(post().to(forget_token)))
        .service(under("/probe").route(post().to(probe)))
        .service(under("/report").route(post().to(send_report)))
        .service(under("/new").route(get().to(new)))
        .service(under("/recipients").route(post().to(create)))
        .service(under("/recipients/{id}").route(get().to(edit)).route(post().to(update)))
        .service(under("/recipients/{id}/delete").route(post().to(delete)))
        .service(under("/recipients/{id}/test").route(post().to(test)))
        .service(under("/outbox/{id}/again").route(post().to(again)));
}

#[derive(Template)]
#[template(path = "admin/notifications/index.html", blocks = ["list"])]
struct NotificationsPage {
    current: &'static str,
    token: Token,
    smtp: Smtp,
    report_at: String,
    errors: FieldErrors,
    list: List,
}

/// How the bot is known.
struct Token {
    has: bool,
    is_saved: bool,
    is_unreadable: bool,
}

/// The server of letters.
struct Smtp {
    is_set_up: bool,
    /// `smtp.example.org:465`.
    place: String,
    from: String,
}

/// What renews itself.
struct List {
    ways: Vec<Way>,
    recipients: Vec<RecipientRow>,
    messages: Vec<MessageRow>,
    failed: i64,
}

/// How it goes with a way.
struct Way {
    channel: Channel,
    /// «сегодня 14:05», or «ещё ничего».
    sent: String,
    trouble: String,
    is_set_up: bool,
}

struct RecipientRow {
    id: RecipientId,
    name: String,
    channel: Channel,
    address: String,
    kinds: String,
    is_active: bool,
}

struct MessageRow {
    id: OutgoingId,
    at: String,
    recipient: String,
    channel: Channel,
    subject: String,
    /// The first of them.
    lines: Vec<String>,
    /// «и ещё 4», or empty.
    rest: String,
    state: OutState,
    /// What is said beside the state.
    words: String,
}

impl Page for NotificationsPage {
    fn title(&self) -> String {
        PLACE.label.to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == PLACE.target).then(|| self.as_list().render())
    }
}

impl NotificationsPage {
    fn load(app: &App, db: &mut Db) -> Result<Self, AppError> {
        let known = telegram::read(db, &app.cipher, app.config.telegram.token.as_ref())?;
        let has = known.token.is_some();
        Ok(Self {
            current: PLACE.target,
            token: Token { has, is_saved: known.is_saved, is_unreadable: known.is_unreadable },
            smtp: Smtp {
                is_set_up: app.post.is_set_up(),
                place: app.post.place().unwrap_or_default(),
                from: app.post.from().to_owned(),
            },
            report_at: report::time(db)?.format("%H:%M").to_string(),
            errors: FieldErrors::default(),
            list: List::load(app, db, has)?,
        })
    }

    fn token_hint(&self) -> &'static str {
        match self.token {
            Token { is_unreadable: true, .. } => {
                "Сохранённый не читается: сменился APP_SECRET. Введите ещё раз."
            }
            Token { is_saved: true, .. } => {
                "Сохранён и больше не показывается. Оставьте пустым, чтобы не менять."
            }
            Token { has: true, .. } => "Задан переменной TELEGRAM_BOT_TOKEN. Введённый здесь заменит его.",
            Token { .. } => "Создайте бота у @BotFather и вставьте его токен.",
        }
    }
}

impl List {
    fn load(app: &App, db: &mut Db, has_token: bool) -> Result<Self, AppError> {
        let now = app.now();
        let recipients = recipients::all(db)?;
        let mut ways = Vec::new();
        for channel in Channel::ALL.iter().copied() {
            let sent = outbox::last_sent(db, channel)?;
            ways.push(Way {
                channel,
                sent: sent.map_or_else(|| "ещё ничего".to_owned(), |at| now.moment_in_words(at)),
                trouble: outbox::trouble(db, channel)?.unwrap_or_default(),
                is_set_up: match channel {
                    Channel::Telegram => has_token,
                    Channel::Mail => app.post.is_set_up(),
                },
            });
        }
        let messages = outbox::newest(db, SHOWN)?;
        Ok(Self {
            ways,
            recipients: recipients.into_iter().map(RecipientRow::of).collect(),
            messages: messages.into_iter().map(|message| MessageRow::of(message, now)).collect(),
            failed: outbox::count(db, OutState::Failed, now.utc - chrono::Duration::days(1))?,
        })
    }
}

impl RecipientRow {
    fn of(recipient: Recipient) -> Self {
        let labels: Vec<&str> = recipient.kinds.iter().map(|kind| kind.label()).collect();
        let outside = NoticeKind::ALL.len();
        Self {
            id: recipient.id,
            name: recipient.name,
            channel: recipient.channel,
            address: recipient.address,
            kinds: match labels.as_slice() {
                all if all.len() == outside => "обо всём".to_owned(),
                [one, two, more @ ..] if !more.is_empty() => format!("{one}, {two} и ещё {}", more.len()),
                few => few.join(", "),
            },
            is_active: recipient.is_active,
        }
    }
}

impl MessageRow {
    fn of(message: Shown, now: Now) -> Self {
        let digest = Digest {
            kind: message.kind,
            title: &message.title,
            items: &message.items,
            total: message.total,
            is_again: false,
            address: "",
        };
        let tries = |n: i64| format!("{n}-я попытка");
        Self {
            id: message.id,
            at: now.moment(message.created_at),
            recipient: message.recipient,
            channel: message.channel,
            subject: digest.subject(),
            words: match message.state {
                OutState::Sent => message.settled_at.map(|at| now.moment(at)).unwrap_or_default(),
                OutState::Failed => message.error,
                OutState::Sending => String::new(),
                OutState::Queued if message.error.is_empty() => format!("в {}", now.moment(message.next_at)),
                OutState::Queued => {
                    let next = now.moment(message.next_at);
                    format!("{}. {} в {next}", message.error, tries(message.attempts + 1))
                }
            },
            rest: match usize::try_from(message.total).unwrap_or(0).saturating_sub(LINES) {
                0 => String::new(),
                more => format!("и ещё {more}"),
            },
            lines: message.items.into_iter().take(LINES).map(|item| item.text).collect(),
            state: message.state,
        }
    }
}

async fn load(app: &Data<App>) -> Result<NotificationsPage, AppError> {
    let here = app.clone();
    app.db.read(move |db| NotificationsPage::load(&here, db)).await
}

async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<NotificationsPage>, AppError> {
    Ok(Show::ok(load(&app).await?))
}

/// Keeps the token of the bot, where one was typed, and the time of the report.
async fn save(
    admin: Signed<Admin>,
    app: Data<App>,
    Form(fields): Form,
) -> Result<Either<Done, Show<NotificationsPage>>, AppError> {
    let typed = fields.raw("token").unwrap_or_default().trim().to_owned();
    let at = report::parse(fields.text("report_at"));
    let mut errors = FieldErrors::default();
    if !typed.is_empty() && !telegram::is_token(&typed) {
        errors.add("token", "Токен выглядит так: 123456789:AAE… Скопируйте его у @BotFather целиком");
    }
    if at.is_none() {
        errors.add("report_at", "Укажите время так: 09:00");
    }
    let Some(at) = at.filter(|_| errors.is_empty()) else {
        let mut page = load(&app).await?;
        page.report_at = fields.text("report_at").to_owned();
        page.errors = errors;
        return Ok(Either::Right(Show(page, StatusCode::UNPROCESSABLE_ENTITY)));
    };
    let (here, by, now) = (app.clone(), admin.id, app.clock.now());
    let token = Some(SecretString::from(typed)).filter(|token| {
        use secrecy::ExposeSecret;
        !token.expose_secret().is_empty()
    });
    app.db
        .write(move |tx| {
            report::set_time(tx, at, now)?;
            if let Some(token) = &token {
                telegram::save(tx, &here.cipher, Some(token), now)?;
            }
            let what = if token.is_some() { "введён токен бота, " } else { "" };
            let detail = format!("{what}отчёт в {}", at.format("%H:%M"));
            let entry = Entry { by, action: "notifications.edit", subject: PLACE.label, detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    app.alerts.wake();
    Ok(Either::Left(Done::to(PLACE.path).saying("Сохранено")))
}

async fn forget_token(admin: Signed<Admin>, app: Data<App>) -> Result<Done, AppError> {
    let (here, by, now) = (app.clone(), admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            telegram::save(tx, &here.cipher, None, now)?;
            let entry = Entry { by, action: "notifications.token.forget", subject: PLACE.label, detail: "" };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    Ok(Done::to(PLACE.path).saying("Токен удалён"))
}

#[derive(Template)]
#[template(path = "ui/said.html")]
struct Answer {
    is_good: bool,
    title: String,
    text: String,
}

impl Answer {
    fn respond(self, request: &HttpRequest) -> HttpResponse {
        if is_fragment_request(request) {
            return Fragment::ok(self).respond_to(request);
        }
        Done::to(PLACE.path).saying(&*format!("{}. {}", self.title, self.text)).respond_to(request)
    }
}

/// «Проверить»: the bot of the token that is typed or kept, or the server of letters.
async fn probe(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let said = match Channel::parse(fields.text("channel")) {
        Some(Channel::Mail) => probe_mail(&app).await,
        Some(Channel::Telegram) | None => {
            let typed = fields.raw("token").unwrap_or_default().trim().to_owned();
            probe_telegram(&app, typed).await?
        }
    };
    Ok(said.respond(&request))
}

async fn probe_telegram(app: &Data<App>, typed: String) -> Result<Answer, AppError> {
    let bad = |title: String, text: &str| Answer { is_good: false, title, text: text.to_owned() };
    if !typed.is_empty() && !telegram::is_token(&typed) {
        return Ok(bad("Это не токен".to_owned(), "Он выглядит так: 123456789:AAE…"));
    }
    let token = match typed.is_empty() {
        true => send::token(app).await?,
        false => Some(SecretString::from(typed)),
    };
    let Some(token) = token else {
        return Ok(bad("Токена нет".to_owned(), "Создайте бота у @BotFather и вставьте его токен."));
    };
    Ok(match app.telegram.me(&token).await {
        Ok(bot) => Answer {
            is_good: true,
            title: format!("Бот @{} на связи", bot.username),
            text: "Получатель должен открыть его и нажать «Начать», иначе бот не может ему писать."
                .to_owned(),
        },
        Err(error) => bad(error.words(), "Исправьте и проверьте ещё раз."),
    })
}

async fn probe_mail(app: &Data<App>) -> Answer {
    let post = app.post.clone();
    let probed = tokio::task::spawn_blocking(move || post.probe()).await;
    match probed {
        Ok(Ok(())) => Answer {
            is_good: true,
            title: "Почтовый сервер на связи".to_owned(),
            text: "Вход выполнен. Дойдёт ли письмо, покажет проверочное сообщение.".to_owned(),
        },
        Ok(Err(error)) => Answer {
            is_good: false,
            title: error.words(),
            text: "Почта задаётся переменными SMTP_URL и MAIL_FROM на сервере.".to_owned(),
        },
        Err(_) => Answer {
            is_good: false,
            title: "Проверка прервана".to_owned(),
            text: "Попробуйте ещё раз.".to_owned(),
        },
    }
}

/// «Отправить отчёт сейчас»: yesterday's, to everybody who wants reports.
async fn send_report(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, AppError> {
    let (now, by) = (app.now(), admin.id);
    let day = now.today() - chrono::Days::new(1);
    let items = app.db.read_reports(move |db| Ok(report::lines(db, day)?)).await?;
    let title = report::title(day);
    let sent = app
        .db
        .write(move |tx| {
            let wanting = recipients::of_kind(tx.db, NoticeKind::Report)?;
            for recipient in &wanting {
                let key = format!("report-{day}-{recipient}-{}", now.utc.and_utc().timestamp_millis());
                outbox::put(tx, *recipient, NoticeKind::Report, (&key, &title), &items, (now.utc, now.utc))?;
            }
            let entry = Entry { by, action: "notifications.report", subject: &title, detail: "" };
            audit::record(tx, &entry, now.utc)?;
            Ok(wanting.len())
        })
        .await?;
    app.alerts.wake();
    let said = match sent {
        0 => Toast::new("warn", "Отчёт некому отправить", "Отметьте «Ежедневный отчёт» у получателя."),
        n => {
            let n = n as u64;
            let whom = russian::plural(n, ["получателю", "получателям", "получателям"]);
            Toast::ok(format!("Отчёт отправляется {n} {whom}"))
        }
    };
    list_again(&request, (PLACE.target, PLACE.path), said, load(&app)).await
}

type Answered = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "admin/notifications/fields.html")]
struct RecipientFields {
    form: RecipientForm,
    errors: FieldErrors,
    /// Those who have written to the bot and are not on the list.
    chats: Vec<Chat>,
}

/// The form of a recipient, new or not.
fn page(
    recipient: Option<&Recipient>,
    form: RecipientForm,
    errors: FieldErrors,
    chats: Vec<Chat>,
) -> Result<FormPage, AppError> {
    let (title, action) = match recipient {
        Some(one) => (one.name.clone(), format!("{}/recipients/{}", PLACE.path, one.id)),
        None => ("Новый получатель".to_owned(), format!("{}/recipients", PLACE.path)),
    };
    let delete = recipient.map(|one| Delete {
        action: format!("{}/recipients/{}/delete", PLACE.path, one.id),
        question: format!("Удалить получателя «{}»?", one.name),
        text: "Сообщения, которые ещё не отправлены, пропадут.",
    });
    Ok(FormPage::new(title, action, PLACE, &RecipientFields { form, errors, chats })?.deletable(delete))
}

/// Whoever has pressed «Start» at the bot and is not on the list yet; nobody when that cannot be asked.
async fn writers(app: &Data<App>) -> Result<Vec<Chat>, AppError> {
    let Some(token) = send::token(app).await? else { return Ok(Vec::new()) };
    let known = app.db.read(|db| Ok(recipients::all(db)?)).await?;
    let mut chats = app.telegram.chats(&token).await.unwrap_or_default();
    chats.retain(|chat| !known.iter().any(|one| one.address == chat.number));
    chats.truncate(5);
    Ok(chats)
}

async fn new(_: Signed<Admin>, app: Data<App>, Query(query): Query) -> Result<Show<FormPage>, AppError> {
    let mut form = RecipientForm::new();
    let chats = writers(&app).await?;
    if let Some(channel) = Channel::parse(query.text("channel")) {
        form.channel = channel.as_str().to_owned();
    }
    Ok(page(None, form, FieldErrors::default(), chats)?.shown())
}

async fn one(app: &Data<App>, id: RecipientId) -> Result<Recipient, AppError> {
    let found = app.db.read(move |db| Ok(recipients::by_id(db, id)?)).await?;
    found.ok_or(AppError::NotFound)
}

async fn edit(_: Signed<Admin>, app: Data<App>, id: Path<RecipientId>) -> Result<Show<FormPage>, AppError> {
    let recipient = one(&app, id.into_inner()).await?;
    let form = RecipientForm::of(&recipient);
    Ok(page(Some(&recipient), form, FieldErrors::default(), Vec::new())?.shown())
}

async fn create(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Answered, AppError> {
    save_recipient(&admin, &app, None, RecipientForm::sent(&fields)).await
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<RecipientId>,
    Form(fields): Form,
) -> Result<Answered, AppError> {
    let recipient = one(&app, id.into_inner()).await?;
    save_recipient(&admin, &app, Some(recipient), RecipientForm::sent(&fields)).await
}

async fn save_recipient(
    admin: &Signed<Admin>,
    app: &Data<App>,
    recipient: Option<Recipient>,
    form: RecipientForm,
) -> Result<Answered, AppError> {
    let (id, by, now) = (recipient.as_ref().map(|one| one.id), admin.id, app.clock.now());
    let errors = match form.check() {
        Ok(wanted) => {
            if app.db.write(move |tx| Ok(recipients::save(tx, id, &wanted, by, now)?)).await? {
                return Ok(Either::Left(Saved::to(PLACE.path, PLACE.target, "Получатель сохранён")));
            }
            let mut errors = FieldErrors::default();
            errors.add("address", "Такой получатель уже есть");
            errors
        }
        Err(errors) => errors,
    };
    Ok(Either::Right(page(recipient.as_ref(), form, errors, Vec::new())?.refused("")))
}

async fn delete(admin: Signed<Admin>, app: Data<App>, id: Path<RecipientId>) -> Result<Saved, AppError> {
    let recipient = one(&app, id.into_inner()).await?;
    let (by, now) = (admin.id, app.clock.now());
    app.db.write(move |tx| Ok(recipients::delete(tx, &recipient, by, now)?)).await?;
    Ok(Saved::to(PLACE.path, PLACE.target, "Получатель удалён"))
}

/// «Отправить проверочное сообщение», at once.
async fn test(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<RecipientId>,
) -> Result<HttpResponse, AppError> {
    let recipient = one(&app, id.into_inner()).await?;
    let sent = send::test(&app, &recipient).await;
    let (by, now, name) = (admin.id, app.clock.now(), recipient.name.clone());
    let detail = sent.clone().err().unwrap_or_else(|| "отправлено".to_owned());
    app.db
        .write(move |tx| {
            let entry = Entry { by, action: "notifications.test", subject: &name, detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    let said = match sent {
        Ok(()) => Toast::ok(format!("Проверочное сообщение отправлено: {}", recipient.name)),
        Err(words) => Toast::new("bad", format!("Не отправлено: {}", recipient.name), words),
    };
    list_again(&request, (PLACE.target, PLACE.path), said, load(&app)).await
}

/// «Отправить ещё раз».
async fn again(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OutgoingId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    let is_queued = app
        .db
        .write(move |tx| {
            if !outbox::exists(tx.db, id)? {
                return Err(AppError::NotFound);
            }
            let subject = format!("Сообщение {id}");
            let entry = Entry { by, action: "notifications.again", subject: &subject, detail: "" };
            audit::record(tx, &entry, now)?;
            Ok(outbox::again(tx, id, now)?)
        })
        .await?;
    app.alerts.wake();
    let said = match is_queued {
        true => Toast::ok("Отправляется ещё раз"),
        false => Toast::new("info", "Отправлять нечего", "Сообщение уже в пути или отправлено."),
    };
    list_again(&request, (PLACE.target, PLACE.path), said, load(&app)).await
}
