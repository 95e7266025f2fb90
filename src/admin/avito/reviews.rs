//! «Отзывы»: ratings and reviews of the accounts, bad ones without an answer first; answering, and taking an answer back.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{Either, HttpRequest, HttpResponse};
use askama::Template;

use super::queries;
use super::queries::reviews::{self, BAD, Kept, RatingRow};
use super::row::AvitoRow;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::{AvitoId, ReviewId};
use crate::domain::now::Now;
use crate::domain::russian::{count, plural};
use crate::integrations::avito::ApiError;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::{FieldErrors, required};
use crate::web::form::{Fields, Form};
use crate::web::form_page::FormPage;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Saved, Toast, list_again};

const TOOL: &str = "/admin/avito/reviews";
const LIST: &str = "avito-reviews";
const PLACE: AdminList = AdminList { path: TOOL, target: LIST, label: "Отзывы" };
/// Reviews shown at once.
const SHOWN: i64 = 100;
/// Longest answer; Avito names no limit.
const ANSWER_MAX: usize = 1000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/avito/reviews").route(get().to(show)))
        .service(
            resource("/admin/avito/{id}/reviews/{number}").route(get().to(write)).route(post().to(answer)),
        )
        .service(resource("/admin/avito/{id}/reviews/{number}/remove").route(post().to(remove)));
}

#[derive(Template)]
#[template(path = "admin/avito/reviews.html", blocks = ["rows"])]
struct ReviewsPage {
    current: &'static str,
    /// The account whose reviews are shown; empty for all.
    account: String,
    accounts: Vec<Choice>,
    ratings: Vec<RatingView>,
    bad: Vec<ReviewView>,
    others: Vec<ReviewView>,
}

struct RatingView {
    name: String,
    /// «4,80», or «нет».
    score: String,
    /// «412 отзывов».
    reviews: String,
}

struct ReviewView {
    avito: AvitoId,
    review: ReviewId,
    account: String,
    score: i64,
    is_bad: bool,
    stage: &'static str,
    text: String,
    at: String,
    sender: String,
    ad_title: String,
    can_answer: bool,
    has_answer: bool,
    answer: String,
    answer_state: String,
    is_rejected: bool,
}

impl Page for ReviewsPage {
    fn title(&self) -> String {
        "Отзывы".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == LIST).then(|| self.as_rows().render())
    }
}

impl ReviewsPage {
    /// The page of the same reviews.
    fn again(&self) -> String {
        if self.account.is_empty() { TOOL.to_owned() } else { format!("{TOOL}?account={}", self.account) }
    }
}

impl ReviewView {
    fn of(kept: Kept, now: Now) -> Self {
        let answer_state = match kept.answer_status.as_str() {
            "moderation" => "на проверке у Авито".to_owned(),
            "published" => "опубликован".to_owned(),
            "rejected" if kept.answer_reasons.is_empty() => "отклонён".to_owned(),
            "rejected" => format!("отклонён: {}", kept.answer_reasons),
            other => other.to_owned(),
        };
        Self {
            avito: kept.avito,
            review: kept.review,
            account: kept.avito_name,
            score: kept.score,
            is_bad: kept.score <= BAD,
            stage: stage(&kept.stage),
            text: kept.text,
            at: now.moment_in_words(kept.created_at),
            sender: if kept.sender.is_empty() { "Без имени".to_owned() } else { kept.sender },
            ad_title: kept.ad_title,
            can_answer: kept.can_answer,
            has_answer: kept.answer.is_some(),
            answer: kept.answer_text,
            answer_state,
            is_rejected: kept.answer_status == "rejected",
        }
    }
}

fn stage(stage: &str) -> &'static str {
    match stage {
        "done" => "Сделка состоялась",
        "fell_through" => "Сделка сорвалась",
        "not_agree" => "Не договорились",
        "not_communicate" => "Не общались",
        _ => "",
    }
}

async fn page(app: &Data<App>, account: Option<AvitoId>) -> Result<ReviewsPage, AppError> {
    let now = app.now();
    app.db
        .read(move |db| {
            let names: Vec<(AvitoId, String)> =
                queries::all(db)?.into_iter().map(|row: AvitoRow| (row.id, row.name)).collect();
            let bad = reviews::bad(db, account, SHOWN)?;
            let is_bad = |kept: &Kept| kept.score <= BAD && kept.answer.is_none();
            let others = reviews::newest(db, account, SHOWN)?.into_iter().filter(|kept| !is_bad(kept));
            let rating = |(_, name, score, reviews): RatingRow| RatingView {
                name,
                score: score
                    .map_or("нет".to_owned(), |score| format!("{},{:02}", score / 100, score % 100)),
                reviews: format!(
                    "{} {}",
                    count(reviews.unsigned_abs()),
                    plural(reviews.unsigned_abs(), ["отзыв", "отзыва", "отзывов"])
                ),
            };
            Ok(ReviewsPage {
                current: "avito",
                account: account.map(|id| id.to_string()).unwrap_or_default(),
                accounts: Choice::ids(&names),
                ratings: reviews::ratings(db)?.into_iter().map(rating).collect(),
                others: others.map(|kept| ReviewView::of(kept, now)).collect(),
                bad: bad.into_iter().map(|kept| ReviewView::of(kept, now)).collect(),
            })
        })
        .await
}

/// The account an address names.
fn chosen(request: &HttpRequest) -> Option<AvitoId> {
    Fields::parse(request.query_string().as_bytes()).id("account")
}

async fn show(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<Show<ReviewsPage>, AppError> {
    Ok(Show::ok(page(&app, chosen(&request)).await?))
}

async fn kept(app: &Data<App>, id: AvitoId, review: ReviewId) -> Result<Kept, AppError> {
    app.db.read(move |db| reviews::one(db, id, review)?.ok_or(AppError::NotFound)).await
}

#[derive(Template)]
#[template(path = "admin/avito/answer.html")]
struct AnswerFields {
    sender: String,
    review: String,
    text: String,
    errors: FieldErrors,
}

fn form(known: &Kept, text: String, errors: FieldErrors) -> Result<FormPage, AppError> {
    let fields = AnswerFields {
        sender: if known.sender.is_empty() { "Без имени".to_owned() } else { known.sender.clone() },
        review: known.text.clone(),
        text,
        errors,
    };
    let action = format!("/admin/avito/{}/reviews/{}", known.avito, known.review);
    Ok(FormPage::new("Ответ на отзыв", action, PLACE, &fields)?)
}

async fn write(
    _: Signed<Admin>,
    app: Data<App>,
    path: Path<(AvitoId, ReviewId)>,
) -> Result<Show<FormPage>, AppError> {
    let (id, review) = path.into_inner();
    Ok(form(&kept(&app, id, review).await?, String::new(), FieldErrors::default())?.shown())
}

async fn answer(
    admin: Signed<Admin>,
    app: Data<App>,
    path: Path<(AvitoId, ReviewId)>,
    Form(fields): Form,
) -> Result<Either<Saved, Show<FormPage>>, AppError> {
    let (id, review) = path.into_inner();
    let known = kept(&app, id, review).await?;
    let text = fields.text("text").trim().to_owned();
    let mut errors = FieldErrors::default();
    if errors.keep("text", required(&text, ANSWER_MAX, "Напишите ответ")).is_none() {
        return Ok(Either::Right(form(&known, text, errors)?.refused("")));
    }
    let sent = match app.avito.client(id).await {
        Ok(client) => client.answer_review(review, &text).await,
        Err(error) => Err(error),
    };
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => {
            let problem = format!("{}. {}", error.words(), consequence(&error));
            return Ok(Either::Right(form(&known, text, errors)?.refused(problem)));
        }
    };
    let (by, now) = (admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            reviews::set_answer(tx.db, id, review, answer, &text)?;
            let detail = format!("отзыв {review}: {text}");
            let entry = Entry { by, action: "avito.answer", subject: &known.avito_name, detail: &detail };
            audit::record(tx, &entry, now)?;
            tx.announce(Event::Avito(id));
            Ok(())
        })
        .await?;
    Ok(Either::Left(Saved::to(TOOL, LIST, "Ответ отправлен, он появится после проверки Авито")))
}

async fn remove(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    path: Path<(AvitoId, ReviewId)>,
) -> Result<HttpResponse, AppError> {
    let (id, review) = path.into_inner();
    let known = kept(&app, id, review).await?;
    let answer = known.answer.ok_or(AppError::NotFound)?;
    let removed = match app.avito.client(id).await {
        Ok(client) => client.remove_answer(answer).await,
        Err(error) => Err(error),
    };
    let said = match removed {
        // It is gone either way.
        Ok(()) | Err(ApiError::NotFound) => {
            let (by, now) = (admin.id, app.clock.now());
            app.db
                .write(move |tx| {
                    reviews::clear_answer(tx.db, id, review)?;
                    let detail = format!("отзыв {review}, был ответ: {}", known.answer_text);
                    let entry = Entry {
                        by,
                        action: "avito.answer-remove",
                        subject: &known.avito_name,
                        detail: &detail,
                    };
                    audit::record(tx, &entry, now)?;
                    tx.announce(Event::Avito(id));
                    Ok(())
                })
                .await?;
            Toast::ok("Ответ снят")
        }
        Err(error) => Toast::new("bad", error.words(), consequence(&error)),
    };
    again(&request, &app, said).await
}

/// What a failure leaves behind.
fn consequence(error: &ApiError) -> &'static str {
    if error.may_be_done() {
        "Возможно, Авито всё же принял это: обновите данные аккаунта и посмотрите."
    } else {
        "Ничего не изменилось."
    }
}

async fn again(request: &HttpRequest, app: &Data<App>, said: Toast) -> Result<HttpResponse, AppError> {
    list_again(request, (LIST, TOOL), said, page(app, chosen(request))).await
}
