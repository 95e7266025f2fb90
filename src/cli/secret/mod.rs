//! `callcentre secret rotate`: another application key, and what was sealed with the former one sealed anew
//! (docs/security.md, «Another key»).

mod queries;

use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use crate::platform::config::Config;
use crate::platform::db::connection::DatabaseUrl;
use crate::platform::db::{Database, portable};
use crate::platform::live::Event;
use crate::platform::private;
use crate::platform::secret::{self, Cipher, Ring};
use queries::Sealed;

/// What to do with the application key.
#[derive(Subcommand)]
pub enum SecretCommand {
    /// Make another key and seal every stored secret anew. Servers that run take it up by themselves; people sign in
    /// again when they are restarted.
    Rotate,
}

/// Does it.
///
/// # Errors
/// One line. Whatever was done until then, everything opens with the keys that are there; running it again ends it.
pub fn run(config: Config, command: SecretCommand) -> Result<(), String> {
    let SecretCommand::Rotate = command;
    if let Ok(DatabaseUrl::Sqlite(path)) = DatabaseUrl::parse(config.database.url.expose_secret())
        && !path.exists()
    {
        return Err(format!("{} does not exist: there is nothing to seal anew", path.display()));
    }
    let db = Database::open(config.database.url.expose_secret(), 1)?;
    db.migrate().map_err(|e| format!("cannot bring the database up to date: {e}"))?;
    let told = match config.own_keys() {
        Some(ring) => of_the_surroundings(&config, &db, &ring)?,
        None => of_the_folder(&config, &db)?,
    };
    let Sealed { anew, unreadable } = told;
    println!("sealed anew: {anew}");
    if !unreadable.is_empty() {
        println!("sealed with a key that is not here, and left as they are: {}", unreadable.join(", "));
    }
    Ok(())
}

/// The key is in `secret.key`: a new one is written beside it, everything is sealed with it, and it takes the first
/// place. Whenever this ends, each secret opens with what the file holds.
fn of_the_folder(config: &Config, db: &Database) -> Result<Sealed, String> {
    let folder = &config.data_dir;
    let lock = private::file(&folder.join(".secret.lock"))
        .map_err(|e| format!("cannot lock {}: {e}", folder.display()))?;
    lock.try_lock().map_err(|_| "another rotation is at work".to_owned())?;
    let Some(ring) = secret::load_ring(folder)? else {
        return Err(format!("{} holds no secret.key yet: there is nothing to seal anew", folder.display()));
    };
    let new = secret::new_secret();
    secret::replace(folder, &ring.announcing(&new))?;
    let sealed = seal_anew(db, &ring, &new)?;
    secret::replace(folder, &ring.turned_to(&new))?;
    println!(
        "{} holds a new key, and the former one for what was sealed meanwhile",
        folder.join("secret.key").display()
    );
    println!("take a backup, and restart the servers: until then cookies are sealed with the former key");
    Ok(sealed)
}

/// The key is a setting, which only people change: they give both, this seals with the new one.
fn of_the_surroundings(config: &Config, db: &Database, ring: &Ring) -> Result<Sealed, String> {
    let Some(new) = config.app_secret.as_ref().filter(|_| config.app_secret_former.is_some()) else {
        return Err(
            "APP_SECRET is a setting: put it into APP_SECRET_FORMER, a new one (openssl rand -hex 32) into APP_SECRET, \
             restart, and run this again"
                .to_owned(),
        );
    };
    let sealed = seal_anew(db, ring, new)?;
    println!("APP_SECRET_FORMER opens nothing any more and can be taken out of the settings");
    Ok(sealed)
}

/// Everything in one transaction: all of it is sealed with `new`, or nothing.
fn seal_anew(db: &Database, ring: &Ring, new: &SecretString) -> Result<Sealed, String> {
    let cipher = Cipher::of_ring(&ring.led_by(new));
    let sealed = db.write_now(|tx| {
        portable::lock(tx.db, "secret rotate")?;
        let sealed = queries::seal_anew(tx.db, &cipher)?;
        for event in [Event::Lists, Event::Mango, Event::Mail] {
            tx.announce(event);
        }
        Ok(sealed)
    });
    sealed.map_err(|e| format!("nothing was sealed anew: {e}"))
}
