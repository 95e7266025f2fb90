//! Who is asking, proved by types: a scope is closed by [`require_sign_in`], and a handler that takes
//! [`Signed<Admin>`] cannot be reached by anybody else.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::{address, session};
use crate::app::App;
use crate::auth::queries;
use crate::domain::person::{Person, Role};
use crate::platform::error::AppError;
use crate::platform::origin;

/// Where a second factor is set up: the only address open to somebody who has to have one and has none.
pub const SECOND_FACTOR: &str = "/profile/second-factor";

/// A role as a type.
pub trait Requires: 'static {
    /// The only role that may pass; `None` lets everybody signed in pass.
    const ROLE: Option<Role>;
}

/// Any signed-in person.
pub struct Anyone;
/// Operators only.
pub struct Operator;
/// Admins only.
pub struct Admin;

impl Requires for Anyone {
    const ROLE: Option<Role> = None;
}
impl Requires for Operator {
    const ROLE: Option<Role> = Some(Role::Operator);
}
impl Requires for Admin {
    const ROLE: Option<Role> = Some(Role::Admin);
}

/// The signed-in person, who has the role `R`.
pub struct Signed<R: Requires> {
    person: Rc<Person>,
    role: PhantomData<R>,
}

impl<R: Requires> Deref for Signed<R> {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl<R: Requires> FromRequest for Signed<R> {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match person(request) {
            None => Err(AppError::SignedOut),
            Some(person) if R::ROLE.is_none_or(|role| role == person.role) => {
                Ok(Self { person, role: PhantomData })
            }
            Some(_) => Err(AppError::Forbidden),
        })
    }
}

/// The signed-in person of a request that has passed [`require_sign_in`] or [`recognise`].
pub fn person(request: &HttpRequest) -> Option<Rc<Person>> {
    request.extensions().get::<Rc<Person>>().cloned()
}

/// The mark of the newest live event when a request began.
#[derive(Clone)]
pub struct LiveMark(pub String);

/// Middleware that finds out who is asking, if anybody, and lets everyone on.
pub async fn recognise<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // Taken before anything is read, so that a page never claims to know what happened while it was made.
    if let Some(app) = request.app_data::<Data<App>>() {
        let mark = LiveMark(app.hub.mark());
        request.extensions_mut().insert(mark);
        app.unheeded_proxy.notice(request.headers(), &app.config.server.trusted_proxies);
    }
    match find(&request).await {
        Ok(None) => {}
        Ok(Some(person)) => {
            request.extensions_mut().insert(Rc::new(person));
        }
        // Answered, not returned: an error that leaves the session's middleware loses its face and cookie.
        Err(error) => return Ok(request.error_response(error)),
    }
    let trusted = request.app_data::<Data<App>>().map(|app| app.config.server.trusted_proxies.clone());
    let asked_from = address::shown(request.request(), &trusted.unwrap_or_default());
    Ok(origin::from(asked_from, next.call(request)).await?.map_into_boxed_body())
}

/// Middleware that lets only signed-in people pass. Together with [`recognise`] outside it.
pub async fn require_sign_in<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(person) = person(request.request()) else {
        return Ok(request.error_response(AppError::SignedOut));
    };
    if person.needs_second_factor && !request.path().starts_with(SECOND_FACTOR) {
        return Ok(request.error_response(AppError::SecondFactorMissing));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn find(request: &ServiceRequest) -> Result<Option<Person>, AppError> {
    let Some(ticket) = session::ticket(request.request()) else { return Ok(None) };
    let app = request.app_data::<Data<App>>().cloned().ok_or(AppError::SignedOut)?;
    if let Some(person) = app.db.recall::<Person>(&queries::memory_key(ticket.account_id, &ticket.stamp)) {
        return Ok(Some(person));
    }
    let zone = app.config.business_zone;
    let person =
        app.db.read(move |db| queries::signed_in(db, zone, ticket.account_id, &ticket.stamp)).await?;
    if person.is_none() {
        // Dismissed, or the password changed: the cookie is worth nothing any more.
        session::end(request.request());
    }
    Ok(person)
}
