//! How it goes, as the database and the process know it: for `/metrics` and for the page of the system.

use chrono::NaiveDateTime;

use crate::app::App;
use crate::backup::record::{self, FailedBackup, LastBackup};
use crate::chats::queries::sync;
use crate::integrations::avito::queries::{self as avito, Glance};
use crate::integrations::mail::settings as mailbox;
use crate::integrations::mango::queries::{self as inbox, EventState};
use crate::platform::db::Db;
use crate::platform::db::vitals::{self, Vitals};
use crate::recordings::by_mail::queries::{self as mail, Health};

use super::certificate::{self, Certificate};

/// What can be told of the installation at a moment.
pub struct Facts {
    /// Version and size of the database.
    pub database: Vitals,
    /// Notifications of the telephony that wait to be understood.
    pub inbox_waiting: i64,
    /// The oldest of them.
    pub inbox_oldest: Option<NaiveDateTime>,
    /// Notifications nobody could understand.
    pub inbox_failed: i64,
    /// The last notification.
    pub telephony_at: Option<NaiveDateTime>,
    /// Whether the mailbox of recordings is watched.
    pub mail_enabled: bool,
    /// How that goes.
    pub mail: Health,
    /// Messages of Avito no delivery told of, found by comparing.
    pub avito_found: i64,
    /// How it goes with Avito.
    pub avito: Glance,
    /// The last backup.
    pub backup: Option<LastBackup>,
    /// One that failed since.
    pub backup_failed: Option<FailedBackup>,
    /// The certificate of PUBLIC_URL.
    pub certificate: Option<Certificate>,
}

impl Facts {
    /// Reads them; a constant number of questions, none of which grows with the tables.
    pub fn load(db: &mut Db) -> diesel::QueryResult<Self> {
        Ok(Self {
            database: vitals::read(db)?,
            inbox_waiting: inbox::count(db, EventState::Pending)?,
            inbox_oldest: inbox::oldest_pending(db)?,
            inbox_failed: inbox::count(db, EventState::Failed)?,
            telephony_at: inbox::last_received_at(db)?,
            mail_enabled: mailbox::read(db)?.enabled,
            mail: mail::health(db)?,
            avito_found: sync::found(db)?,
            avito: avito::glance(db)?,
            backup: record::last(db)?,
            backup_failed: record::failed(db)?,
            certificate: certificate::read(db)?,
        })
    }
}

/// Threads and sockets of this process.
pub struct Process {
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Seconds since the start.
    pub uptime: u64,
    /// Open live streams.
    pub streams: usize,
}

impl Process {
    /// Looks at it.
    pub fn of(app: &App) -> Self {
        Self {
            memory: crate::platform::machine::resident_memory(),
            uptime: app.started.elapsed().as_secs(),
            streams: app.presence.streams(),
        }
    }
}
