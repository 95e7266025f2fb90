//! Sets the demonstration up in a database and says how to enter it.

use std::collections::HashMap;

use super::Extent;
use super::history::History;
use super::simulator::Neighbourhood;
use super::simulator::cast::Telephone;
use super::world::World;
use super::{followup, rows, tapes};
use crate::app::App;
use crate::auth::password;
use crate::platform::error::AppError;

/// How many operators a visitor may sign in as.
const SHOWN_OPERATORS: usize = 2;
/// Callers the simulator chooses from.
const CALLERS: usize = 40;

/// Somebody a visitor may sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// Name as the pages show it.
    pub name: String,
    /// What rings, of operators.
    pub extension: Option<String>,
}

/// A filled demonstration.
pub struct Stage {
    /// The admin, then operators.
    pub logins: Vec<Login>,
    /// Who calls from now on.
    pub neighbourhood: Neighbourhood,
}

/// Fills the empty database of `app` with the world and the history of `extent`. Takes seconds: call it where
/// blocking is allowed.
///
/// # Errors
/// What the database refused.
pub fn set(app: &App, extent: Extent) -> Result<Stage, AppError> {
    let mut world = World::plan(extent);
    let logins = logins(&world);
    let passwords: HashMap<String, String> = logins
        .iter()
        .map(|login| Ok((login.login.clone(), password::hash(&login.password)?)))
        .collect::<Result<_, AppError>>()?;
    let tapes = tapes::store(app)?;
    let now = app.clock.now();
    let neighbourhood = app.db.write_now(|tx| {
        world.store(tx.db, now, &passwords)?;
        let mut history = History::new(&world, now).recorded_on(tapes);
        for batch in history.by_ref() {
            batch.write(tx.db)?;
        }
        rows::continue_ids(tx.db)?;
        followup::tell(tx, &world, now)?;
        Ok(Neighbourhood {
            lines: world.known_lines().iter().map(|line| line.number.clone()).collect(),
            telephones: world
                .operators
                .iter()
                .map(|o| Telephone { extension: o.extension.clone(), sip: o.sip.clone() })
                .collect(),
            known: history.known_numbers(CALLERS),
            strangers: history.strangers_numbers(CALLERS),
        })
    })?;
    Ok(Stage { logins, neighbourhood })
}

fn logins(world: &World) -> Vec<Login> {
    let admin = Login {
        login: "admin".to_owned(),
        password: "demo-admin".to_owned(),
        name: super::world::ADMIN.to_owned(),
        extension: None,
    };
    let operators = world.operators.iter().take(SHOWN_OPERATORS).map(|operator| Login {
        login: operator.login.clone(),
        password: format!("demo-{}", operator.extension),
        name: operator.name.clone(),
        extension: Some(operator.extension.clone()),
    });
    std::iter::once(admin).chain(operators).collect()
}
