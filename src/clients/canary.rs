//! Made-up clients: nobody has a reason to open, dial or take them away, so whoever does is told of at once.

use crate::alerts::Happening;
use crate::alerts::queries::notices;
use crate::app::App;
use crate::clients::queries;
use crate::clients::queries::personal::{self, CANARIES, Canaries};
use crate::domain::id::ClientId;
use crate::domain::notice::{Audience, NoticeKind};
use crate::domain::person::Person;
use crate::domain::russian;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;

/// Tells the admins that `person` did `what` («открыл карточку») with a client who is made up; of others nothing.
///
/// # Errors
/// Of the database.
pub async fn touched(app: &App, person: &Person, client: ClientId, what: &str) -> Result<(), AppError> {
    let canaries = match app.db.recall::<Canaries>(CANARIES) {
        Some(canaries) => canaries,
        None => app.db.read(|db| Ok(personal::canaries(db)?)).await?,
    };
    if !canaries.0.contains(&client) {
        return Ok(());
    }
    let (by, who, now, what) = (person.id, person.name.clone(), app.clock.now(), what.to_owned());
    app.db
        .write(move |tx| {
            let happening = Happening {
                key: format!("canary-{client}-{by}-{what}-{}", now.and_utc().timestamp() / 60),
                kind: NoticeKind::Canary,
                audience: Audience::Admins,
                person: None,
                by: Some(by),
                title: "Тронули подставного клиента".to_owned(),
                text: format!("{} {what}", russian::short_name(&who)),
                href: format!("/clients/{client}"),
                outside: format!("{} {what} подставного клиента № {client}", russian::short_name(&who)),
                together: None,
            };
            if notices::tell(tx, &happening, now)? {
                let subject = format!("Клиент № {client}");
                let entry = Entry { by, action: "client.canary_touched", subject: &subject, detail: &what };
                audit::record(tx, &entry, now)?;
            }
            Ok(())
        })
        .await
}

/// [`touched`] of whoever has a number.
///
/// # Errors
/// Of the database.
pub async fn touched_number(app: &App, person: &Person, number: &str, what: &str) -> Result<(), AppError> {
    let number = number.to_owned();
    match app.db.read(move |db| Ok(queries::by_number(db, &number)?)).await? {
        Some(client) => touched(app, person, client, what).await,
        None => Ok(()),
    }
}
