//! Changes of a card: name, warning, numbers.

use actix_web::web::{Data, Path};
use actix_web::{Either, HttpRequest};

use super::called;
use super::form::{self, Asks, ClientForm};
use super::queries::card::{self, Added, By};
use super::queries::personal::{self, ConsentState};
use super::queries::{self, Client};
use crate::app::App;
use crate::auth::signed::{Admin, Anyone, Signed};
use crate::domain::id::{ClientId, ClientPhoneId};
use crate::domain::person::Person;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::page::Show;
use crate::web::reply::Saved;
use crate::web::request::is_fragment_request;

type Answer = Either<Saved, Show<ClientForm>>;

fn by(person: &Person, app: &App) -> By {
    By { account_id: person.id, is_admin: person.is_admin(), at: app.clock.now() }
}

fn saved(id: ClientId, title: &str) -> Saved {
    Saved::to(format!("/clients/{id}"), "main", title)
}

/// What the client `id` is called.
fn called_by_id(db: &mut Db, client: &Client) -> Result<String, AppError> {
    let numbers = queries::numbers(db, &[client.id])?;
    Ok(called(&client.name, numbers.first().map(|number| number.digits.as_str())))
}

/// A form of the client `id`, filled by `fill`.
async fn open(
    request: &HttpRequest,
    app: &App,
    id: ClientId,
    fill: impl FnOnce(&Client) -> (Asks, String) + Send + 'static,
) -> Result<Show<ClientForm>, AppError> {
    let is_dialog = is_fragment_request(request);
    let form = app
        .db
        .read(move |db| {
            let client = card::living(db, id)?;
            let (asks, value) = fill(&client);
            let name = called_by_id(db, &client)?;
            Ok(ClientForm { id, client: name, asks, value, error: String::new(), owner: None, is_dialog })
        })
        .await?;
    Ok(form.shown())
}

/// The form that was sent, with what is wrong with it.
async fn refused(
    request: &HttpRequest,
    app: &App,
    id: ClientId,
    asks: Asks,
    value: String,
    error: String,
) -> Result<Answer, AppError> {
    let mut show = open(request, app, id, |_| (asks, value)).await?;
    show.0.error = error;
    Ok(Either::Right(show.0.shown()))
}

/// The form of the name.
pub async fn name(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<Show<ClientForm>, AppError> {
    open(&request, &app, *id, |client| (Asks::Name, client.name.clone())).await
}

/// Takes the name.
pub async fn save_name(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (id, by, typed) = (*id, by(&person, &app), fields.text("name").to_owned());
    let name = match form::name(&typed) {
        Ok(name) => name,
        Err(error) => return refused(&request, &app, id, Asks::Name, typed, error).await,
    };
    app.db.write(move |tx| card::set_name(tx, id, &name, by)).await?;
    Ok(Either::Left(saved(id, "Имя сохранено")))
}

/// The form of the warning.
pub async fn warning(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<Show<ClientForm>, AppError> {
    open(&request, &app, *id, |client| {
        (Asks::Warning { saw: client.warning.clone() }, client.warning.clone())
    })
    .await
}

/// Takes the warning.
pub async fn save_warning(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (id, by) = (*id, by(&person, &app));
    let (typed, saw) = (fields.text("warning").to_owned(), fields.text("saw").to_owned());
    let text = match form::warning(&typed) {
        Ok(text) => text,
        Err(error) => return refused(&request, &app, id, Asks::Warning { saw }, typed, error).await,
    };
    let is_removed = text.is_empty();
    let other = app.db.write(move |tx| card::set_warning(tx, id, &text, &saw, by)).await?;
    if let Some(saw) = other {
        let now =
            if saw.is_empty() { "его сняли".to_owned() } else { format!("теперь: «{saw}»") };
        let error = format!("Пока вы писали, предупреждение изменили, {now}. Проверьте и сохраните снова");
        return refused(&request, &app, id, Asks::Warning { saw }, typed, error).await;
    }
    let title = if is_removed {
        "Предупреждение снято"
    } else {
        "Предупреждение сохранено"
    };
    Ok(Either::Left(saved(id, title)))
}

/// The form of one more number.
pub async fn phone(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<Show<ClientForm>, AppError> {
    open(&request, &app, *id, |_| (Asks::Phone, String::new())).await
}

/// Takes one more number. Another client's number offers to join the two.
pub async fn add_phone(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (id, by, typed) = (*id, by(&person, &app), fields.text("phone").to_owned());
    let (phone, raw) = match form::phone(&typed) {
        Ok(number) => number,
        Err(error) => return refused(&request, &app, id, Asks::Phone, typed, error).await,
    };
    match app.db.write(move |tx| card::add_number(tx, id, &phone, &raw, by)).await? {
        Added::New => Ok(Either::Left(saved(id, "Номер добавлен"))),
        Added::Own => {
            let error = "Этот номер у клиента уже есть".to_owned();
            refused(&request, &app, id, Asks::Phone, typed, error).await
        }
        Added::Of(owner) => {
            let name = app
                .db
                .read(move |db| {
                    let client = queries::client(db, owner)?.ok_or(AppError::NotFound)?;
                    called_by_id(db, &client)
                })
                .await?;
            let mut show = open(&request, &app, id, |_| (Asks::Phone, typed)).await?;
            show.0.owner = Some((owner, name));
            Ok(Either::Right(show.0.shown()))
        }
    }
}

/// Makes a number the main one.
pub async fn set_main(
    person: Signed<Anyone>,
    app: Data<App>,
    path: Path<(ClientId, ClientPhoneId)>,
) -> Result<Saved, AppError> {
    let ((id, number), by) = (path.into_inner(), by(&person, &app));
    app.db.write(move |tx| card::set_main(tx, id, number, by)).await?;
    Ok(saved(id, "Основной номер изменён"))
}

/// Takes a number away.
pub async fn remove_phone(
    person: Signed<Admin>,
    app: Data<App>,
    path: Path<(ClientId, ClientPhoneId)>,
) -> Result<Saved, AppError> {
    let ((id, number), by) = (path.into_inner(), by(&person, &app));
    app.db.write(move |tx| card::remove_number(tx, id, number, by)).await?;
    Ok(saved(id, "Номер удалён"))
}

/// What is usually asked for.
const PURPOSE: &str = "Выезд мастера, ремонт и связь по заказу";
/// Longest purpose and way, in letters.
const MAX_SAID: usize = 200;

/// The form of what the client has said about their data.
pub async fn consent(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<Show<ClientForm>, AppError> {
    open(&request, &app, *id, |_| {
        (Asks::Consent { how: "по телефону".to_owned(), is_given: true }, PURPOSE.to_owned())
    })
    .await
}

/// Writes it down.
pub async fn save_consent(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ClientId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (id, by) = (*id, by(&person, &app));
    let (purpose, how) = (russian::clean(fields.text("purpose")), russian::clean(fields.text("how")));
    let state = ConsentState::parse(fields.text("state")).unwrap_or(ConsentState::Given);
    let is_long = |text: &str| text.chars().count() > MAX_SAID;
    let error = match (purpose.is_empty(), is_long(&purpose) || is_long(&how)) {
        (true, _) => "Напишите, для чего",
        (_, true) => "Короче: до 200 букв",
        (false, false) => "",
    };
    if !error.is_empty() {
        let asks = Asks::Consent { how, is_given: state == ConsentState::Given };
        return refused(&request, &app, id, asks, purpose, error.to_owned()).await;
    }
    app.db
        .write(move |tx| {
            card::living(tx.db, id)?;
            Ok(personal::say(tx, id, state, (&purpose, &how), by)?)
        })
        .await?;
    Ok(Either::Left(saved(id, "Записано")))
}
