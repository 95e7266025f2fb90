//! `/admin/data`: what the house does with clients' personal data.

use actix_web::web::{Data, ServiceConfig, get, post, resource};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::platform::error::AppError;
use crate::platform::masking::queries as masking;
use crate::web::form::Form;
use crate::web::page::{Page, Show};
use crate::web::reply::Done;

const HOME: &str = "/admin/data";

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(HOME).route(get().to(show)))
        .service(resource("/admin/data/mask").route(post().to(mask)));
}

#[derive(Template)]
#[template(path = "admin/data/index.html")]
struct DataPage {
    current: &'static str,
    is_masked: bool,
}

impl Page for DataPage {
    fn title(&self) -> String {
        "Личные данные".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<DataPage>, AppError> {
    app.db.read(|db| Ok(Show::ok(DataPage { current: "data", is_masked: masking::is_on(db)? }))).await
}

async fn mask(admin: Signed<Admin>, app: Data<App>, Form(form): Form) -> Result<Done, AppError> {
    let (by, now, is_wanted) = (admin.id, app.clock.now(), form.text("masked") == "on");
    app.db.write(move |tx| Ok(masking::switch(tx, is_wanted, by, now)?)).await?;
    Ok(Done::to(HOME).saying(if is_wanted {
        "Операторы видят номера скрытыми"
    } else {
        "Операторы видят номера целиком"
    }))
}
