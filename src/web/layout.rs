//! The frame around every page: title, menus, the person's settings. Handlers know nothing of it; `show` puts a
//! page's body inside.

use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use askama::Template;

use crate::app::App;
use crate::auth::signed;
use crate::domain::help::HelpPage;
use crate::domain::id::AccountId;
use crate::domain::person::{Person, WorkStatusView};
use crate::domain::russian;
use crate::web::flash;

/// The frame.
#[derive(Template)]
#[template(path = "layout.html")]
pub struct Shell {
    title: String,
    section: &'static str,
    user: Option<ShellUser>,
    /// Operators have one.
    work_status: Option<WorkStatusView>,
    theme: &'static str,
    density: &'static str,
    /// Whether letters alone are keys: "on" or "off".
    keys: &'static str,
    sound_on: bool,
    volume: i32,
    quiet_on: bool,
    server_time: i64,
    live_mark: String,
    /// What the action said that led here.
    said: String,
    /// What the guide says about this page.
    help: HelpPage,
    body: String,
}

/// What the frame shows of the signed-in person.
pub struct ShellUser {
    /// The account: what a browser remembers of one person is not another's.
    pub id: AccountId,
    /// Full name.
    pub name: String,
    /// For the avatar.
    pub initials: String,
    /// «Оператор» or «Администратор».
    pub role_label: &'static str,
    /// Admins see «Управление».
    pub is_admin: bool,
    /// The hints of the first day are shown.
    pub shows_tour: bool,
}

impl ShellUser {
    fn of(person: &Person) -> Self {
        Self {
            id: person.id,
            name: person.name.clone(),
            initials: russian::initials(&person.name),
            role_label: person.role.label(),
            is_admin: person.is_admin(),
            shows_tour: person.shows_tour,
        }
    }
}

/// Puts `body` into the frame for whoever asks.
pub fn wrap(
    request: &HttpRequest,
    title: String,
    section: &'static str,
    body: String,
) -> askama::Result<String> {
    // Whoever has to set a second factor up first sees no menus: nothing behind them would open.
    let person = signed::person(request).filter(|person| !person.needs_second_factor);
    let choice = |name: &str, of: &[&'static str]| {
        let wanted = request.cookie(name);
        of.iter().find(|v| wanted.as_ref().is_some_and(|w| w.value() == **v)).copied().unwrap_or(of[0])
    };
    Shell {
        title,
        section,
        user: person.as_deref().map(ShellUser::of),
        work_status: person.as_ref().and_then(|p| p.work_status.clone()),
        theme: choice("theme", &["auto", "light", "dark"]),
        density: choice("density", &["compact", "cosy"]),
        keys: choice("keys", &["on", "off"]),
        sound_on: person.as_ref().is_some_and(|p| p.sound_on),
        volume: person.as_ref().map_or(0, |p| p.volume_percent),
        quiet_on: person.as_ref().is_some_and(|p| p.quiet_on),
        server_time: request.app_data::<Data<App>>().map_or(0, |app| app.clock.unix()),
        live_mark: request
            .extensions()
            .get::<signed::LiveMark>()
            .map(|mark| mark.0.clone())
            .unwrap_or_default(),
        said: flash::of(request),
        help: HelpPage::of(request.path()),
        body,
    }
    .render()
}
