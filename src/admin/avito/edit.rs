//! Adding, changing and deleting an account, and the logged look at what is kept secret.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{Either, HttpRequest, HttpResponse, Responder};
use askama::Template;
use secrecy::ExposeSecret;

use super::form::AvitoForm;
use super::index::{HOME, TARGET};
use super::queries;
use super::row::AvitoRow;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::chats::queries::sync;
use crate::domain::id::AvitoId;
use crate::integrations::avito::accounts::Secret;
use crate::integrations::avito::proxy::ProxyType;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::form_page::{Delete, FormPage};
use crate::web::list::Choice;
use crate::web::page::{Fragment, Show};
use crate::web::path::resource;
use crate::web::reply::{Done, Saved};
use crate::web::request::is_fragment_request;

const PLACE: AdminList = AdminList { path: HOME, target: TARGET, label: "Авито" };

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/avito/new").route(get().to(new)))
        .service(resource("/admin/avito/{id}").route(get().to(edit)).route(post().to(update)))
        .service(resource("/admin/avito/{id}/delete").route(post().to(delete)))
        .service(resource("/admin/avito/{id}/reveal").route(post().to(reveal)));
}

type Answer = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "admin/avito/fields.html")]
struct Fields {
    form: AvitoForm,
    errors: FieldErrors,
    is_new: bool,
    has_secret: bool,
    has_password: bool,
    kinds: Vec<Choice>,
}

impl Fields {
    fn hint(&self, is_kept: &bool) -> &'static str {
        if *is_kept {
            "Сохранён. Оставьте пустым, чтобы не менять"
        } else {
            ""
        }
    }
}

/// What can be done with a stored account, below its fields.
#[derive(Template)]
#[template(path = "admin/avito/below.html")]
struct Below {
    id: AvitoId,
    about: String,
    has_secret: bool,
    has_password: bool,
    has_proxy: bool,
    /// When Avito last delivered something, in words.
    hook: String,
}

/// When Avito last delivered something, in words.
async fn hook_of(app: &Data<App>, id: AvitoId) -> Result<String, AppError> {
    let now = app.now();
    let at = app.db.read(move |db| Ok(sync::delivered_at(db, id)?)).await?;
    Ok(match at {
        Some(at) => format!("последняя доставка {}", now.moment_in_words(at)),
        None => "доставок ещё не было".to_owned(),
    })
}

fn page(
    row: Option<(&AvitoRow, String)>,
    form: AvitoForm,
    errors: FieldErrors,
) -> Result<FormPage, AppError> {
    let (row, hook) = row.map_or((None, String::new()), |(row, hook)| (Some(row), hook));
    let kinds = ProxyType::ALL.iter();
    let kinds = kinds.map(|kind| Choice { value: kind.as_str().to_owned(), label: kind.label().to_owned() });
    let fields = Fields {
        form,
        errors,
        is_new: row.is_none(),
        has_secret: row.is_some_and(|row| row.client_secret.is_some()),
        has_password: row.is_some_and(|row| row.proxy_password.is_some()),
        kinds: kinds.collect(),
    };
    let Some(row) = row else {
        return Ok(FormPage::new("Новый аккаунт", HOME, PLACE, &fields)?);
    };
    let below = Below {
        id: row.id,
        about: row.user_id.map_or(String::new(), |id| format!("ID профиля {id}")),
        has_secret: row.client_secret.is_some(),
        has_password: row.proxy_password.is_some(),
        has_proxy: row.has_proxy(),
        hook,
    };
    let delete = Delete {
        action: format!("{HOME}/{}/delete", row.id),
        question: format!("Удалить аккаунт «{}»?", row.name),
        text: "Ключи и прокси будут забыты. Аккаунт, у которого есть заказы, звонки или чаты, можно только выключить.",
    };
    let page = FormPage::new(row.name.clone(), format!("{HOME}/{}", row.id), PLACE, &fields)?;
    Ok(page.with_below(&below)?.deletable(Some(delete)))
}

async fn stored(app: &Data<App>, id: AvitoId) -> Result<AvitoRow, AppError> {
    app.db.read(move |db| queries::by_id(db, id)?.ok_or(AppError::NotFound)).await
}

async fn new(_: Signed<Admin>) -> Result<Show<FormPage>, AppError> {
    Ok(page(None, AvitoForm::new(), FieldErrors::default())?.shown())
}

async fn edit(_: Signed<Admin>, app: Data<App>, id: Path<AvitoId>) -> Result<Show<FormPage>, AppError> {
    let row = stored(&app, id.into_inner()).await?;
    let hook = hook_of(&app, row.id).await?;
    Ok(page(Some((&row, hook)), AvitoForm::of(&row), FieldErrors::default())?.shown())
}

pub(super) async fn create(
    admin: Signed<Admin>,
    app: Data<App>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    save(&admin, &app, None, AvitoForm::sent(&fields)).await
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<AvitoId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let row = stored(&app, id.into_inner()).await?;
    save(&admin, &app, Some(row), AvitoForm::sent(&fields)).await
}

async fn save(
    admin: &Signed<Admin>,
    app: &Data<App>,
    row: Option<AvitoRow>,
    form: AvitoForm,
) -> Result<Answer, AppError> {
    let saved = match form.check(row.as_ref(), app.config.avito.allow_private_proxies) {
        Ok(wanted) => {
            let (here, by, now, id) =
                (app.clone(), admin.id, app.clock.now(), row.as_ref().map(|row| row.id));
            app.db.write(move |tx| queries::save(tx, &here.cipher, id, &wanted, by, now)).await?
        }
        Err(errors) => Err(errors),
    };
    match saved {
        Ok(id) => {
            // Other settings deserve another try at once.
            if let Ok(client) = app.avito.client_even_off(id).await {
                client.forget_complaints();
            }
            Ok(Either::Left(Saved::to(HOME, TARGET, "Аккаунт сохранён")))
        }
        Err(errors) => {
            let hook = match &row {
                Some(row) => hook_of(app, row.id).await?,
                None => String::new(),
            };
            let row = row.as_ref().map(|row| (row, hook));
            Ok(Either::Right(page(row, form, errors)?.refused("")))
        }
    }
}

async fn delete(admin: Signed<Admin>, app: Data<App>, id: Path<AvitoId>) -> Result<Answer, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    if app.db.write(move |tx| queries::delete(tx, id, by, now)).await? {
        return Ok(Either::Left(Saved::to(HOME, TARGET, "Аккаунт удалён")));
    }
    let row = stored(&app, id).await?;
    let problem = "Удалить нельзя: у аккаунта есть заказы, звонки, номера или чаты. Выключите его.";
    let hook = hook_of(&app, id).await?;
    let page = page(Some((&row, hook)), AvitoForm::of(&row), FieldErrors::default())?;
    Ok(Either::Right(page.refused(problem)))
}

#[derive(Template)]
#[template(path = "admin/avito/revealed.html")]
struct Revealed {
    secret: String,
}

/// Shows a secret, and writes down who looked.
async fn reveal(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let row = stored(&app, id.into_inner()).await?;
    let (which, sealed, label) = match fields.text("what") {
        "client_secret" => (Secret::Client, row.client_secret.clone(), "client_secret"),
        "proxy_password" => (Secret::Proxy, row.proxy_password.clone(), "пароль прокси"),
        _ => return Err(AppError::BadRequest("Неизвестно, что показать".to_owned())),
    };
    let sealed = sealed.ok_or(AppError::NotFound)?;
    let unreadable = || AppError::Absent("Секрет не открывается: на сервере другой APP_SECRET".to_owned());
    let secret = which.open(&app.cipher, row.id, &sealed).ok_or_else(unreadable)?;
    let (by, now, name) = (admin.id, app.clock.now(), row.name.clone());
    // Without a line in the journal there is no look.
    app.db
        .write(move |tx| {
            let entry = Entry { by, action: "avito.reveal", subject: &name, detail: label };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    if !is_fragment_request(&request) {
        return Ok(Done::to(format!("{HOME}/{}", row.id)).respond_to(&request));
    }
    Ok(Fragment::ok(Revealed { secret: secret.expose_secret().to_owned() }).respond_to(&request))
}
