//! `/profile/second-factor`: setting the second factor up, giving other codes on paper, taking it away. Each of them
//! asks for the password again: an open page of somebody else must not be the way to shut them out.

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use super::queries;
use crate::app::App;
use crate::auth::password::{self, Asking};
use crate::auth::queries::second_factor as factors;
use crate::auth::second_factor::{self, Picture};
use crate::auth::session;
use crate::auth::signed::{Anyone, SECOND_FACTOR, Signed};
use crate::domain::now::age;
use crate::domain::person::Person;
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::platform::throttle::Attempt;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::page::{Page, Show};
use crate::web::reply::Done;

const ACTION: &str = "profile.second-factor";

/// The addresses of the second factor.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(SECOND_FACTOR).route(get().to(index)).route(post().to(begin)))
        .service(resource("/profile/second-factor/confirm").route(post().to(confirm)))
        .service(resource("/profile/second-factor/codes").route(post().to(codes)))
        .service(resource("/profile/second-factor/off").route(post().to(off)));
}

#[derive(Template)]
#[template(path = "profile/second_factor.html")]
struct SecondFactorPage {
    login: String,
    /// An admin who sees nothing else until there is one.
    is_demanded: bool,
    state: State,
    errors: FieldErrors,
}

/// What the page is about.
enum State {
    /// There is none.
    Off,
    /// A key waits for its first code.
    Offered {
        /// The key to be typed, in groups of four.
        key: SecretString,
        /// The key to be photographed.
        picture: Picture,
    },
    /// Codes on paper, shown this once.
    Codes(Vec<SecretString>),
    /// In force.
    On {
        /// «3 дня».
        since: String,
        /// Codes on paper that are left.
        left: i64,
    },
}

impl Page for SecondFactorPage {
    fn title(&self) -> String {
        "Второй фактор".to_owned()
    }

    fn section(&self) -> &'static str {
        "profile"
    }
}

impl SecondFactorPage {
    fn of(person: &Person, state: State) -> Self {
        let is_demanded = person.needs_second_factor && !matches!(state, State::Codes(_));
        Self { login: person.login.clone(), is_demanded, state, errors: FieldErrors::default() }
    }

    async fn load(app: &Data<App>, person: &Person) -> Result<Self, AppError> {
        let (id, now) = (person.id, app.now());
        let (kept, left) =
            app.db.read(move |db| Ok((factors::find(db, id)?, factors::recovery_left(db, id)?))).await?;
        let state = match kept {
            None => State::Off,
            Some(kept) if kept.is_on => State::On { since: age(kept.at, now), left },
            Some(kept) => match app.cipher.open(second_factor::SEALED, &kept.secret) {
                Some(key) => Self::offered(&key, &person.login)?,
                // Sealed with another application key, and never in force: offered anew.
                None => State::Off,
            },
        };
        Ok(Self::of(person, state))
    }

    fn offered(key: &SecretString, login: &str) -> Result<State, AppError> {
        let picture = second_factor::address(key, login).as_ref().and_then(second_factor::picture);
        let picture = picture
            .ok_or_else(|| AppError::internal("draw the key of a second factor", "it has no picture"))?;
        let letters: Vec<char> = key.expose_secret().chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Ok(State::Offered { key: groups.join(" ").into(), picture })
    }

    fn refused(mut self, field: &'static str, words: &str) -> Show<Self> {
        self.errors.add(field, words);
        Show(self, StatusCode::UNPROCESSABLE_ENTITY)
    }
}

async fn index(person: Signed<Anyone>, app: Data<App>) -> Result<Show<SecondFactorPage>, AppError> {
    Ok(Show::ok(SecondFactorPage::load(&app, &person).await?))
}

/// True when the password that was typed is the person's.
async fn is_known(app: &Data<App>, person: &Person, typed: &str) -> Result<bool, AppError> {
    let id = person.id;
    app.throttle.begin(Attempt::Person(id)).map_err(AppError::TooMany)?;
    let stored = app.db.read(move |db| Ok(queries::password(db, id)?)).await?;
    let is_right = password::verify_in_turn(typed, stored, Asking::Known).await?;
    if is_right {
        app.throttle.succeeded(Attempt::Person(id));
    }
    Ok(is_right)
}

const NOT_THE_PASSWORD: &str = "Пароль не подошёл";

/// Offers a key.
async fn begin(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    if !is_known(&app, &person, form.raw("password").unwrap_or_default()).await? {
        let page = SecondFactorPage::load(&app, &person).await?;
        return Ok(page.refused("password", NOT_THE_PASSWORD).respond_to(&request));
    }
    let (id, now) = (person.id, app.clock.now());
    let sealed = app.cipher.seal(second_factor::SEALED, second_factor::new_key().expose_secret());
    app.db.write(move |tx| Ok(factors::offer(tx, id, &sealed, now)?)).await?;
    Ok(Done::to(SECOND_FACTOR).respond_to(&request))
}

/// Puts the offered key in force by its first code; other devices sign in again, with a code.
async fn confirm(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (person.id, app.clock.now());
    let kept = app.db.read(move |db| Ok(factors::find(db, id)?)).await?.filter(|kept| !kept.is_on);
    let key = kept.and_then(|kept| app.cipher.open(second_factor::SEALED, &kept.secret));
    let Some(key) = key else { return Ok(Done::to(SECOND_FACTOR).respond_to(&request)) };
    app.throttle.begin(Attempt::SecondFactor(id)).map_err(AppError::TooMany)?;
    let Some(step) = second_factor::step_of(&key, form.text("totp"), app.clock.unix()) else {
        let page = SecondFactorPage::load(&app, &person).await?;
        let words = "Код не подошёл. Проверьте, что на телефоне верное время";
        return Ok(page.refused("totp", words).respond_to(&request));
    };
    app.throttle.succeeded(Attempt::SecondFactor(id));
    let codes = second_factor::new_recovery_codes();
    let hashes = hashes(&person, &codes);
    let (login, device) = (person.login.clone(), session::device(&request).unwrap_or_default());
    app.db
        .write(move |tx| {
            factors::turn_on(tx, id, step, &hashes, now)?;
            queries::end_other_devices(tx, id, &device, now)?;
            let entry = audit::Entry { by: id, action: ACTION, subject: &login, detail: "включён" };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    Ok(Show::ok(SecondFactorPage::of(&person, State::Codes(codes))).respond_to(&request))
}

fn hashes(person: &Person, codes: &[SecretString]) -> Vec<String> {
    codes.iter().filter_map(|code| second_factor::recovery_hash(person.id, code.expose_secret())).collect()
}

/// Gives other codes on paper.
async fn codes(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let page = SecondFactorPage::load(&app, &person).await?;
    if !matches!(page.state, State::On { .. }) {
        return Ok(Done::to(SECOND_FACTOR).respond_to(&request));
    }
    if !is_known(&app, &person, form.raw("password").unwrap_or_default()).await? {
        return Ok(page.refused("password", NOT_THE_PASSWORD).respond_to(&request));
    }
    let codes = second_factor::new_recovery_codes();
    let hashes = hashes(&person, &codes);
    let (id, now, login) = (person.id, app.clock.now(), person.login.clone());
    app.db
        .write(move |tx| {
            factors::replace_recovery(tx, id, &hashes)?;
            let entry =
                audit::Entry {
                    by: id, action: ACTION, subject: &login, detail: "новые резервные коды"
                };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    Ok(Show::ok(SecondFactorPage::of(&person, State::Codes(codes))).respond_to(&request))
}

/// Takes the second factor away.
async fn off(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    if !is_known(&app, &person, form.raw("password").unwrap_or_default()).await? {
        let page = SecondFactorPage::load(&app, &person).await?;
        return Ok(page.refused("password", NOT_THE_PASSWORD).respond_to(&request));
    }
    let (id, now, login) = (person.id, app.clock.now(), person.login.clone());
    app.db
        .write(move |tx| {
            if factors::turn_off(tx, id)? {
                let entry =
                    audit::Entry { by: id, action: ACTION, subject: &login, detail: "выключен" };
                audit::record(tx, &entry, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(Done::to(SECOND_FACTOR).saying("Второй фактор выключен").respond_to(&request))
}
