//! What is told in a demonstration: a bot that speaks with a simulated Telegram, people who are told by it, and what has
//! happened since the morning.

use chrono::{Days, Duration};

use crate::alerts::queries::outbox;
use crate::alerts::queries::recipients::{self, Wanted};
use crate::alerts::{Item, report};
use crate::app::App;
use crate::auth::queries as accounts;
use crate::domain::id::RecipientId;
use crate::domain::notice::{Channel, NoticeKind};
use crate::integrations::telegram::fake::Fake;
use crate::notices::watch;
use crate::platform::config::Config;
use crate::platform::error::AppError;

/// The bot's token.
pub const TOKEN: &str = "1000000001:AAdemo-demo-demo-demo-demo-demo-demo";

/// Who is told: a chat, a name, of what.
const PEOPLE: [(i64, &str, &[NoticeKind]); 3] = [
    (
        815_001,
        "Ольга, директор",
        &[NoticeKind::Review, NoticeKind::Source, NoticeKind::Backup, NoticeKind::Report],
    ),
    (
        -4_001_002,
        "Группа «Смена»",
        &[NoticeKind::Missed, NoticeKind::Chat, NoticeKind::Promise, NoticeKind::Source],
    ),
    (815_003, "Игорь, сисадмин", &[NoticeKind::Link, NoticeKind::Trouble, NoticeKind::Disk]),
];

/// Leads the settings to the simulated Telegram.
pub fn lead(config: &mut Config, telegram: &Fake) {
    config.telegram.api_url = telegram.api_url();
    config.telegram.token = Some(TOKEN.to_owned().into());
    for (chat, name, _) in PEOPLE {
        telegram.begin(chat, name);
    }
    // He has had enough of it, which the page says.
    telegram.block(815_003, true);
    telegram.begin(815_004, "Марина");
}

/// Puts the people on the list, in the name of `admin` (a login), and has some of what happened told.
///
/// # Errors
/// Of the database.
pub fn arrange(app: &App, admin: &str) -> Result<(), AppError> {
    let now = app.now();
    let yesterday = now.today() - Days::new(1);
    let numbers = app.db.read_now(|db| Ok(report::lines(db, yesterday)?))?;
    app.db.write_now(|tx| {
        let by = accounts::credentials(tx.db, admin)?.ok_or(AppError::NotFound)?.id;
        // On the list for a week.
        let since = now.utc - Duration::days(7);
        for (chat, name, kinds) in PEOPLE {
            let wanted = Wanted {
                name: name.to_owned(),
                channel: Channel::Telegram,
                address: chat.to_string(),
                kinds: kinds.to_vec(),
                is_active: true,
            };
            recipients::save(tx, None, &wanted, by, since)?;
        }
        let of = |all: &[recipients::Recipient], kind: NoticeKind| -> Option<RecipientId> {
            all.iter().find(|one| one.kinds.contains(&kind)).map(|one| one.id)
        };
        let all = recipients::all(tx.db)?;
        if let Some(director) = of(&all, NoticeKind::Report) {
            let morning = now.utc - Duration::hours(3);
            let key = format!("report-{}-{director}", now.today());
            let title = report::title(yesterday);
            outbox::put(tx, director, NoticeKind::Report, (&key, &title), &numbers, (morning, morning))?;
        }
        if let Some(sysadmin) = of(&all, NoticeKind::Trouble) {
            let at = now.utc - Duration::minutes(95);
            let item = Item {
                text: "Не удаётся: сверка звонков с Mango".to_owned(),
                href: NoticeKind::Trouble.href().to_owned(),
            };
            outbox::put(tx, sysadmin, NoticeKind::Trouble, ("demo-1", ""), &[item], (at, at))?;
        }
        watch::begin(tx, now.utc - Duration::hours(3))?;
        Ok(())
    })
}
