//! Who is behind the telephony's numbers: our lines and our employees.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::schema::{callcentre_operator, phones};
use crate::platform::live::Event;

/// Which of these numbers are lines of ours that the admin has described: whoever calls from one is no client.
pub fn own_lines(tx: &mut Tx, numbers: Vec<String>) -> QueryResult<BTreeSet<String>> {
    let own: Vec<String> = phones::table
        .filter(phones::is_known.eq(true))
        .filter(phones::number.eq_any(numbers))
        .select(phones::number)
        .load(tx.db)?;
    Ok(own.into_iter().collect())
}

/// What a line says about the calls that come through it. Empty for a line nobody has described yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable)]
pub struct Labels {
    pub rk: Option<String>,
    pub city: Option<String>,
    pub avito_name: Option<String>,
}

/// Lines and employees, as they are in the open transaction.
pub struct Directory {
    lines: HashMap<String, Labels>,
    by_extension: HashMap<String, AccountId>,
    by_sip: HashMap<String, AccountId>,
}

impl Directory {
    /// Reads the given lines and all employees. A line that is not there is registered as unknown, so that the
    /// admin finds it waiting for a description.
    pub fn load<'a>(
        tx: &mut Tx,
        lines: impl Iterator<Item = &'a str>,
        now: NaiveDateTime,
    ) -> QueryResult<Self> {
        let wanted: BTreeSet<&str> = lines.collect();
        let numbers: Vec<String> = wanted.iter().map(|number| (*number).to_owned()).collect();
        let lines: Vec<(String, Labels)> = phones::table
            .filter(phones::number.eq_any(numbers))
            .select((phones::number, (phones::rk, phones::city, phones::avito_name)))
            .load(tx.db)?;
        let lines: HashMap<String, Labels> = lines.into_iter().collect();
        for number in wanted.into_iter().filter(|number| !lines.contains_key(*number)) {
            let row = (phones::number.eq(number), phones::is_known.eq(false), phones::created_at.eq(now));
            if crate::insert_new!(tx.db, phones::table, row, phones::number)? {
                tracing::info!("a line nobody has described was registered");
                tx.announce(Event::Lists);
            }
        }
        let operators: Vec<(AccountId, Option<String>, Option<String>)> = callcentre_operator::table
            .select((
                callcentre_operator::id,
                callcentre_operator::extension,
                callcentre_operator::sip_address,
            ))
            .load(tx.db)?;
        let mut directory = Self { lines, by_extension: HashMap::new(), by_sip: HashMap::new() };
        for (id, extension, sip) in operators {
            directory.by_extension.extend(extension.map(|extension| (extension, id)));
            directory.by_sip.extend(sip.as_deref().and_then(sip_name).map(|sip| (sip, id)));
        }
        Ok(directory)
    }

    /// What is known of a line; nothing for no line.
    pub fn labels(&self, line: Option<&str>) -> Labels {
        line.and_then(|number| self.lines.get(number)).cloned().unwrap_or_default()
    }

    /// The employee of an extension, else of a SIP device. Nobody else is ever taken for him
    /// (docs/mango-api.md 4.12).
    pub fn operator(&self, extension: Option<&str>, device: Option<&str>) -> Option<AccountId> {
        let by_extension = extension.and_then(|extension| self.by_extension.get(extension));
        let by_sip = || device.and_then(sip_name).and_then(|sip| self.by_sip.get(&sip));
        by_extension.or_else(by_sip).copied()
    }
}

/// A SIP address in the form in which two spellings of it are equal; `None` for anything else, because a mobile
/// number may be the device of several people.
fn sip_name(address: &str) -> Option<String> {
    let address = address.trim().to_lowercase();
    let name = address.strip_prefix("sips:").or_else(|| address.strip_prefix("sip:")).unwrap_or(&address);
    let name = name.split([';', '?']).next().unwrap_or_default();
    name.contains('@').then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_address_is_one_however_it_is_written() {
        for address in ["sip:op101@crm.example", "SIP:Op101@CRM.example ", "op101@crm.example;transport=udp"]
        {
            assert_eq!(sip_name(address).as_deref(), Some("op101@crm.example"), "{address}");
        }
        for other in ["79000001101", "", "sip:", "101"] {
            assert_eq!(sip_name(other), None, "{other}");
        }
    }
}
