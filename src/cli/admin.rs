//! `callcentre admin create` and `admin reset-password`: the way in when nobody can sign in.

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;

use crate::app::App;
use crate::auth::queries::second_factor;
use crate::auth::{password, queries};
use crate::domain::clock::Clock;
use crate::domain::person::Role;
use crate::platform::config::Config;
use crate::platform::error::AppError;

/// What can be done about admins.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Create an admin; the password comes from a prompt or from standard input.
    Create {
        /// Login.
        #[arg(long)]
        login: String,
        /// Full name; the login when omitted.
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input instead of asking for it.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set another password and end all sessions of the account.
    ResetPassword {
        /// Login.
        #[arg(long)]
        login: String,
        /// Read the password from standard input instead of asking for it.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take the second factor of an account away: its telephone and its codes on paper are lost.
    ResetSecondFactor {
        /// Login.
        #[arg(long)]
        login: String,
    },
}

/// Runs the command.
///
/// # Errors
/// One line that says what could not be done.
pub fn run(config: Config, command: AdminCommand) -> Result<(), String> {
    let app = App::build(config, Clock::default())?;
    match command {
        AdminCommand::Create { login, name, password_stdin } => {
            let login = login.trim().to_owned();
            if login.is_empty() {
                return Err("--login: must not be empty".to_owned());
            }
            let hash = ask_password(password_stdin, &login)?;
            let name = name.unwrap_or_else(|| login.clone());
            let now = app.clock.now();
            let new =
                queries::NewAccount { role: Role::Admin, login: login.clone(), password: Some(hash), name };
            app.db
                .write_now(|tx| {
                    if queries::credentials(tx.db, &new.login)?.is_some() {
                        return Err(AppError::Conflict("the login is taken".to_owned()));
                    }
                    let id = queries::insert(tx.db, &new, now)?;
                    Ok(queries::set_tour(tx, id, true)?)
                })
                .map_err(|e| format!("cannot create \"{login}\": {e}"))?;
            println!("admin \"{login}\" can sign in now");
        }
        AdminCommand::ResetPassword { login, password_stdin } => {
            let found =
                app.db.read_now(|db| Ok(queries::credentials(db, &login)?)).map_err(|e| e.to_string())?;
            let account = found.ok_or_else(|| format!("there is no account \"{login}\""))?;
            let hash = ask_password(password_stdin, &login)?;
            app.db
                .write_now(|tx| Ok(queries::set_password(tx, account.id, &hash)?))
                .map_err(|e| format!("cannot set the password: {e}"))?;
            println!("the password of \"{login}\" is set, its sessions have ended");
        }
        AdminCommand::ResetSecondFactor { login } => {
            let found =
                app.db.read_now(|db| Ok(queries::credentials(db, &login)?)).map_err(|e| e.to_string())?;
            let account = found.ok_or_else(|| format!("there is no account \"{login}\""))?;
            let was_on = app
                .db
                .write_now(|tx| Ok(second_factor::turn_off(tx, account.id)?))
                .map_err(|e| format!("cannot take the second factor away: {e}"))?;
            let words = if was_on { "has no second factor any more" } else { "had no second factor" };
            println!("\"{login}\" {words}");
        }
    }
    Ok(())
}

/// A checked, hashed password.
fn ask_password(from_stdin: bool, login: &str) -> Result<String, String> {
    let typed = if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|e| format!("cannot read the password: {e}"))?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    } else if std::io::stdin().is_terminal() {
        rpassword::prompt_password("Password: ").map_err(|e| format!("cannot ask for the password: {e}"))?
    } else {
        return Err("no terminal to ask for the password: use --password-stdin".to_owned());
    };
    password::check(&typed, login).map_err(|weakness| format!("the password {weakness}"))?;
    password::hash(&typed).map_err(|e| e.to_string())
}
