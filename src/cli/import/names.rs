//! Lists: cities, campaigns, Avito accounts. The former system kept free texts in every row; here each is one entry of
//! a list, and spellings that differ in case, spaces and ё are one.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::queries::{ours, write};
use super::report::Notes;
use super::{Desk, reading};
use crate::domain::search_words;

/// What stands where the former system said nothing and a row cannot do without.
pub(super) const NOWHERE: &str = "Не указан";
/// Longer names are cut.
const LONGEST: usize = 100;

/// A list: what is meant by which spelling.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    fn new(ours: impl IntoIterator<Item = String>) -> Self {
        Self(ours.into_iter().map(|name| (search_words::sort_key(&name), name)).collect())
    }

    /// The entry that is meant; `None` when nothing is said.
    pub fn of(&self, said: &str) -> Option<String> {
        self.0.get(&search_words::sort_key(said)).cloned()
    }

    /// [`Self::of`] for what a row cannot do without.
    pub fn of_needed(&self, said: &str) -> String {
        self.of(said).unwrap_or_else(|| NOWHERE.to_owned())
    }

    /// Takes a spelling in; the entry when there was none yet.
    fn learn(&mut self, said: &str) -> Option<String> {
        let key = search_words::sort_key(said);
        if key.is_empty() || self.0.contains_key(&key) {
            return None;
        }
        let squeezed = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = squeezed.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        self.0.insert(key, name.clone());
        Some(name)
    }
}

/// Takes what is new of a list.
fn gathered(names: &mut Names, said: &[String], table: &'static str, notes: &mut Notes) -> Vec<String> {
    let mut new = Vec::new();
    for text in said {
        match names.learn(text) {
            Some(name) => {
                notes.taken(table);
                new.push(name);
            }
            None => match names.of(text) {
                Some(name) if name != *text => {
                    notes.changed(table, "", "другое написание", format!("«{text}» → «{name}»"));
                }
                _ => {}
            },
        }
    }
    new
}

/// Takes the lists.
pub(super) fn take(desk: &mut Desk) -> Result<(), String> {
    let failed = |e: diesel::result::Error| e.to_string();
    let place = |column| {
        [
            ("orders", column),
            ("calls", column),
            ("phones", column),
            ("master", "cities"),
            ("director", "cities"),
        ]
    };
    let mut said_cities = desk.former.names(&place("city")).map_err(failed)?;
    let mut said_campaigns = desk.former.names(&place("rk")[..3]).map_err(failed)?;
    let mut said_avito = desk.former.names(&[("avito", "name")]).map_err(failed)?;
    said_avito.extend(desk.former.names(&place("avito_name")[..3]).map_err(failed)?);
    for (said, column) in [(&mut said_cities, "city"), (&mut said_campaigns, "rk")] {
        let of_orders = desk.former.names(&[("orders", column)]).map_err(failed)?;
        if of_orders.iter().any(|name| search_words::sort_key(name).is_empty()) {
            said.push(NOWHERE.to_owned());
        }
    }
    let (is_dry, business_zone) = (desk.is_dry, desk.app.config.business_zone);
    let taken = desk.step(|tx, notes| {
        let there = ours::cities(tx.db)?;
        let mut zones: HashMap<String, Tz> = HashMap::new();
        for (name, zone) in &there {
            zones.insert(name.clone(), zone.parse().unwrap_or(business_zone));
        }
        let mut cities = Names::new(there.into_iter().map(|(name, _)| name));
        for name in gathered(&mut cities, &said_cities, "Города", notes) {
            let zone = reading::zone_of(&name).unwrap_or_else(|| {
                notes.look("Города", "", "часовой пояс не известен, взят пояс компании", &name);
                business_zone
            });
            if !is_dry {
                write::city(tx.db, &name, zone.name())?;
            }
            zones.insert(name, zone);
        }
        let mut campaigns = Names::new(ours::campaigns(tx.db)?);
        for name in gathered(&mut campaigns, &said_campaigns, "РК", notes) {
            if !is_dry {
                write::campaign(tx.db, &name)?;
            }
        }
        let mut avito = Names::new(ours::avito(tx.db)?);
        for name in gathered(&mut avito, &said_avito, "Имена Авито", notes) {
            if !is_dry {
                write::avito(tx.db, &name)?;
            }
        }
        Ok((cities, zones, campaigns, avito))
    })?;
    (desk.cities, desk.zones, desk.campaigns, desk.avito) = taken;
    Ok(())
}
