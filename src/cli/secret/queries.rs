//! Every stored secret. A test reads the source and finds places that are not here.

use diesel::prelude::*;
use secrecy::ExposeSecret;

use crate::auth::second_factor;
use crate::domain::id::{AccountId, AvitoId, FileId};
use crate::files::SEALED;
use crate::integrations::avito::accounts::Secret;
use crate::platform::db::Db;
use crate::platform::db::schema::{avito, avito_tokens, files, second_factors, settings};
use crate::platform::secret::Cipher;

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sealed {
    /// How many.
    pub anew: usize,
    /// What no key of ours opens, as people call it.
    pub unreadable: Vec<String>,
}

/// Settings that are sealed look so: hexadecimal, at least nonce and tag.
const LEAST: usize = 2 * (24 + 16);

/// Seals everything with the first key of `cipher` that one of its keys opens.
pub(super) fn seal_anew(db: &mut Db, cipher: &Cipher) -> QueryResult<Sealed> {
    let mut sealed = Sealed::default();
    let rows: Vec<(String, String)> =
        settings::table.order(settings::name).select((settings::name, settings::value)).load(db)?;
    for (name, value) in rows {
        // Under its own name, so whatever is kept sealed is found without a list of names.
        if let Some(plain) = cipher.open(&name, &value) {
            let anew = cipher.seal(&name, plain.expose_secret());
            diesel::update(settings::table.find(&name)).set(settings::value.eq(anew)).execute(db)?;
            sealed.anew += 1;
        } else if value.len() >= LEAST && value.bytes().all(|b| b.is_ascii_hexdigit()) {
            sealed.unreadable.push(name);
        }
    }
    of_avito(db, cipher, &mut sealed)?;
    of_documents(db, cipher, &mut sealed)?;
    let rows: Vec<(AccountId, String)> = second_factors::table
        .order(second_factors::account_id)
        .select((second_factors::account_id, second_factors::secret))
        .load(db)?;
    for (account, value) in rows {
        match cipher.open(second_factor::SEALED, &value) {
            Some(plain) => {
                let anew = cipher.seal(second_factor::SEALED, plain.expose_secret());
                diesel::update(second_factors::table.find(account))
                    .set(second_factors::secret.eq(anew))
                    .execute(db)?;
                sealed.anew += 1;
            }
            None => sealed.unreadable.push(format!("second factor of account {account}")),
        }
    }
    Ok(sealed)
}

/// The keys of encrypted documents, deleted ones too; the documents themselves stay as they are.
fn of_documents(db: &mut Db, cipher: &Cipher, sealed: &mut Sealed) -> QueryResult<()> {
    let rows: Vec<(FileId, Option<String>)> = files::table
        .filter(files::sealed_key.is_not_null())
        .order(files::id)
        .select((files::id, files::sealed_key))
        .load(db)?;
    for (id, value) in rows {
        let Some(value) = value else { continue };
        let Some(plain) = cipher.open(SEALED, &value) else {
            sealed.unreadable.push(format!("document {id}"));
            continue;
        };
        let anew = cipher.seal(SEALED, plain.expose_secret());
        diesel::update(files::table.find(id)).set(files::sealed_key.eq(anew)).execute(db)?;
        sealed.anew += 1;
    }
    Ok(())
}

fn of_avito(db: &mut Db, cipher: &Cipher, sealed: &mut Sealed) -> QueryResult<()> {
    let rows: Vec<(AvitoId, String, Option<String>, Option<String>)> = avito::table
        .order(avito::id)
        .select((avito::id, avito::name, avito::client_secret, avito::proxy_password))
        .load(db)?;
    for (id, name, client, proxy) in rows {
        for (which, value) in [(Secret::Client, client), (Secret::Proxy, proxy)] {
            let Some(value) = value else { continue };
            let Some(plain) = which.open(cipher, id, &value) else {
                sealed.unreadable.push(format!("avito account {name}"));
                continue;
            };
            let anew = which.seal(cipher, id, plain.expose_secret());
            let row = diesel::update(avito::table.find(id));
            match which {
                Secret::Client => row.set(avito::client_secret.eq(anew)).execute(db)?,
                Secret::Proxy => row.set(avito::proxy_password.eq(anew)).execute(db)?,
            };
            sealed.anew += 1;
        }
    }
    // A token lives a day and is got anew with the keys.
    diesel::update(avito_tokens::table)
        .set((
            avito_tokens::token.eq(None::<String>),
            avito_tokens::claimed_until.eq(None::<chrono::NaiveDateTime>),
        ))
        .execute(db)?;
    Ok(())
}
