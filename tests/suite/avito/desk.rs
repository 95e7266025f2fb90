//! An application whose Avito is the fake, and accounts in it.

use callcentre::domain::id::AvitoId;
use callcentre::integrations::avito::accounts::Secret;
use callcentre::integrations::avito::fake::Fake;
use callcentre::platform::db::Tx;
use callcentre::platform::db::schema::avito;
use callcentre::platform::secret::Cipher;
use diesel::prelude::*;

use crate::support::TestApp;

/// The client_id of account number `n` at Avito.
pub fn client_id(n: i64) -> String {
    format!("client-{n}")
}

/// Its client_secret.
pub fn client_secret(n: i64) -> String {
    format!("secret-{n}")
}

/// A fake that knows the accounts `numbers`.
pub fn fake(numbers: &[i64]) -> Fake {
    let fake = Fake::start().expect("a fake");
    for n in numbers {
        fake.add_account(&client_id(*n), &client_secret(*n), *n, &format!("Аккаунт {n}"));
    }
    fake
}

/// An application that takes `fake` for Avito; proxies of this machine are allowed.
pub async fn app(fake: &Fake, more: &[(&str, &str)]) -> TestApp {
    let (api, echo, media) = (fake.api_url(), fake.echo_url(), fake.media_host());
    let mut settings = vec![
        ("AVITO_API_URL", api.as_str()),
        ("PROXY_CHECK_URL", echo.as_str()),
        ("AVITO_MEDIA_HOSTS", media.as_str()),
        ("AVITO_ALLOW_PRIVATE_PROXIES", "true"),
    ];
    settings.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    settings.extend_from_slice(more);
    TestApp::start_with(&settings).await
}

/// A way out: language, host, port, login with password.
pub type Way<'a> = (&'a str, &'a str, u16, Option<(&'a str, &'a str)>);

/// A stored account with the keys of number `n`, without a proxy.
pub fn account(app: &TestApp, n: i64) -> AvitoId {
    let cipher = app.app.cipher.clone();
    app.write(move |tx| stored(tx, &cipher, n))
}

/// A stored account that has never been without its proxy.
pub fn account_behind(app: &TestApp, n: i64, way: Way<'_>) -> AvitoId {
    let cipher = app.app.cipher.clone();
    app.write(move |tx| {
        let id = stored(tx, &cipher, n)?;
        lead(tx, &cipher, id, way)?;
        Ok(id)
    })
}

/// Gives the account a proxy on this machine.
pub fn behind(app: &TestApp, id: AvitoId, way: Way<'_>) {
    let cipher = app.app.cipher.clone();
    app.write(move |tx| lead(tx, &cipher, id, way));
}

fn stored(tx: &mut Tx, cipher: &Cipher, n: i64) -> QueryResult<AvitoId> {
    let values = (avito::name.eq(format!("Сергей {n}")), avito::client_id.eq(client_id(n)));
    let id: AvitoId =
        diesel::insert_into(avito::table).values(values).returning(avito::id).get_result(tx.db)?;
    let sealed = Secret::Client.seal(cipher, id, &client_secret(n));
    diesel::update(avito::table.find(id)).set(avito::client_secret.eq(sealed)).execute(tx.db)?;
    Ok(id)
}

fn lead(tx: &mut Tx, cipher: &Cipher, id: AvitoId, (kind, host, port, login): Way<'_>) -> QueryResult<usize> {
    let way = (
        avito::proxy_type.eq(kind.to_owned()),
        avito::proxy_host.eq(host.to_owned()),
        avito::proxy_port.eq(i32::from(port)),
        avito::proxy_login.eq(login.map(|(login, _)| login.to_owned()).unwrap_or_default()),
        avito::proxy_password.eq(login.map(|(_, password)| Secret::Proxy.seal(cipher, id, password))),
    );
    diesel::update(avito::table.find(id)).set(way).execute(tx.db)
}
