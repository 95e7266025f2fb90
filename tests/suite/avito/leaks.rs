//! Nothing ever goes past the proxy of an account: with real proxies, in every fault, and while they are changed.

use callcentre::domain::id::AvitoId;
use callcentre::integrations::avito::proxy::{Fault, Proxy, ProxyType, Route, Ways, check};
use callcentre::integrations::avito::{ApiError, fake::Fake};
use callcentre::platform::db::schema::avito;
use diesel::prelude::*;

use super::desk;
use super::peers::{LOGIN, Peer, Trap, babbling, chat, socks4a};
use crate::mail::dovecot::free_port;
use crate::support::TestApp;

/// An application whose only way to Avito is through `trap`.
async fn app(fake: &Fake, trap: &Trap, encrypted: bool) -> TestApp {
    let scheme = if encrypted { "https" } else { "http" };
    let (base, media) = (format!("{scheme}://localhost:{}", trap.port), format!("localhost:{}", trap.port));
    let echo = format!("{base}/echo");
    let mut settings = vec![
        ("AVITO_API_URL", base.as_str()),
        ("PROXY_CHECK_URL", echo.as_str()),
        ("AVITO_MEDIA_HOSTS", media.as_str()),
    ];
    if encrypted {
        settings.push(("EXTRA_CA_FILE", trap.authority.as_str()));
    }
    desk::app(fake, &settings).await
}

/// Everything an account asks: token, questions, sending, upload, pictures.
async fn everything(app: &TestApp, id: AvitoId, trap: &Trap, encrypted: bool) -> Result<(), ApiError> {
    let client = app.app.avito.client(id).await?;
    client.forget_complaints();
    client.profile().await?;
    client.balance().await?;
    client.chats(false, 10, 0).await?;
    client.send_text("u2i-x", "проверка").await?;
    client.upload_image("a.jpg", "image/jpeg", b"picture").await?;
    let scheme = if encrypted { "https" } else { "http" };
    client.media(&format!("{scheme}://localhost:{}/media/one.jpg", trap.port)).await?;
    Ok(())
}

fn prepared() -> (Fake, String) {
    let fake = desk::fake(&[7]);
    fake.add_chat(7, &chat("u2i-x", "Ольга"));
    fake.add_media("one.jpg", "image/jpeg", actix_web::web::Bytes::from_static(b"one"));
    let target = fake.media_host();
    (fake, target)
}

async fn works_and_does_not_leak(kind: &str, port: u16, login: bool) {
    for encrypted in [true, false] {
        works_so(kind, port, login, encrypted).await;
    }
}

async fn works_so(kind: &str, port: u16, login: bool, encrypted: bool) {
    let (fake, target) = prepared();
    let trap = Trap::before(&target, encrypted);
    let app = app(&fake, &trap, encrypted).await;
    let id = desk::account_behind(&app, 7, (kind, "127.0.0.1", port, login.then_some(LOGIN)));
    let outcome = everything(&app, id, &trap, encrypted).await;
    assert_eq!(outcome, Ok(()), "{kind} encrypted={encrypted}");
    let route = app.app.avito.route(id).await.expect("a way");
    let echo = &app.app.config.avito.proxy_check_url;
    let checked = check(&route, app.app.avito.ways(), echo).await;
    assert!(checked.is_ok(), "{kind} encrypted={encrypted}: {checked:?}");
    assert!(trap.passed() > 0);
    assert_eq!(trap.caught(), 0, "{kind} encrypted={encrypted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn squid_is_never_passed_by() {
    let (open, closed) = (Peer::squid(false).await, Peer::squid(true).await);
    works_and_does_not_leak("http", open.port, false).await;
    works_and_does_not_leak("http", closed.port, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tinyproxy_is_never_passed_by() {
    let peer = Peer::tinyproxy().await;
    // As Avito is really reached; without encryption it closes behind each answer, and a question that crosses that has none.
    works_so("http", peer.port, false, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn socks_proxies_are_never_passed_by() {
    let dante = Peer::dante("pass").await;
    for kind in ["socks4", "socks5", "socks5h"] {
        works_and_does_not_leak(kind, dante.port, false).await;
    }
    // Dante knows no SOCKS4a.
    works_and_does_not_leak("socks4a", socks4a().await, false).await;
    let microsocks = Peer::microsocks().await;
    for kind in ["socks5", "socks5h"] {
        works_and_does_not_leak(kind, microsocks.port, true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_fails_leads_nowhere_and_the_fault_is_named() {
    let (fake, target) = prepared();
    let (plain, encrypted) = (Trap::before(&target, false), Trap::before(&target, true));
    let (squid, dante, blocked) =
        (Peer::squid(true).await, Peer::dante("pass").await, Peer::dante("block").await);
    let microsocks = Peer::microsocks().await;
    let closed = free_port();
    let (hangs_up, html) = (babbling(b""), babbling(b"HTTP/1.1 200 OK\r\n\r\n<html>"));
    let wrong = Some(("master", "wrong"));
    let (for_plain, for_encrypted) = (app(&fake, &plain, false).await, app(&fake, &encrypted, true).await);
    let nowhere = ("http", "127.0.0.1", closed, None);
    let id = desk::account_behind(&for_plain, 7, nowhere);
    let other = desk::account_behind(&for_encrypted, 7, nowhere);
    for (kind, host, port, login, wanted) in [
        ("http", "127.0.0.1", closed, None, vec![Fault::Refused]),
        ("socks5", "127.0.0.1", closed, None, vec![Fault::Refused]),
        ("socks4", "127.0.0.1", closed, None, vec![Fault::Refused]),
        ("http", "no-such-name.invalid", 8000, None, vec![Fault::NameNotFound]),
        ("socks5h", "no-such-name.invalid", 1080, None, vec![Fault::NameNotFound]),
        ("http", "127.0.0.1", squid.port, None, vec![Fault::LoginWanted]),
        ("http", "127.0.0.1", squid.port, wrong, vec![Fault::LoginWanted]),
        ("socks5", "127.0.0.1", microsocks.port, None, vec![Fault::LoginWanted]),
        ("socks5", "127.0.0.1", microsocks.port, wrong, vec![Fault::LoginRefused]),
        ("socks5", "127.0.0.1", dante.port, wrong, vec![Fault::LoginNotTaken]),
        ("socks5h", "127.0.0.1", blocked.port, None, vec![Fault::Socks5(2)]),
        ("socks4", "127.0.0.1", blocked.port, None, vec![Fault::Socks4(91)]),
        ("http", "127.0.0.1", dante.port, None, vec![Fault::Closed, Fault::OtherProtocol]),
        ("socks5", "127.0.0.1", html, None, vec![Fault::OtherProtocol]),
        ("socks4", "127.0.0.1", html, None, vec![Fault::OtherProtocol]),
        ("http", "127.0.0.1", hangs_up, None, vec![Fault::Closed]),
        ("socks5", "127.0.0.1", hangs_up, None, vec![Fault::Closed]),
    ] {
        for (app, id, trap, is_encrypted) in
            [(&for_plain, id, &plain, false), (&for_encrypted, other, &encrypted, true)]
        {
            desk::behind(app, id, (kind, host, port, login));
            let outcome = everything(app, id, trap, is_encrypted).await;
            assert!(outcome.is_err(), "{kind}://{host}:{port}");
            let route = app.app.avito.route(id).await.expect("a way");
            let checked = check(&route, app.app.avito.ways(), &app.app.config.avito.proxy_check_url).await;
            let fault = checked.expect_err("no way");
            assert!(wanted.contains(&fault), "{kind}://{host}:{port} encrypted={is_encrypted}: {fault:?}");
            assert_eq!(trap.caught(), 0, "{kind}://{host}:{port}");
        }
    }
    assert_eq!(plain.passed() + encrypted.passed(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_dies_and_one_that_is_changed_in_mid_flight_leak_nothing() {
    let (fake, target) = prepared();
    let trap = Trap::before(&target, true);
    let app = app(&fake, &trap, true).await;
    let (mut squid, dante) = (Peer::squid(false).await, Peer::dante("pass").await);
    let id = desk::account_behind(&app, 7, ("http", "127.0.0.1", squid.port, None));
    assert_eq!(everything(&app, id, &trap, true).await, Ok(()));
    for n in 0..9 {
        if n == 6 {
            squid.stop();
        }
        let changing = async {
            tokio::task::yield_now().await;
            match n % 3 {
                0 => desk::behind(&app, id, ("socks5h", "127.0.0.1", dante.port, None)),
                1 => desk::behind(&app, id, ("http", "127.0.0.1", squid.port, None)),
                _ => desk::behind(&app, id, ("http", "127.0.0.1", 9, None)),
            }
        };
        // How each ends depends on who was faster; where it goes does not.
        let _ = tokio::join!(everything(&app, id, &trap, true), changing, everything(&app, id, &trap, true));
    }
    desk::behind(&app, id, ("http", "127.0.0.1", squid.port, None));
    assert!(everything(&app, id, &trap, true).await.is_err(), "the proxy is dead");
    // Half a proxy is no way at all.
    app.write(move |tx| {
        diesel::update(avito::table.find(id)).set(avito::proxy_port.eq(None::<i32>)).execute(tx.db)
    });
    assert!(everything(&app, id, &trap, true).await.is_err());
    assert_eq!(trap.caught(), 0);
}

#[tokio::test]
async fn a_private_proxy_is_refused_where_none_is_allowed() {
    let peer = Peer::tinyproxy().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ways = Ways::default();
    for (host, kind) in
        [("127.0.0.1", ProxyType::Http), ("localhost", ProxyType::Http), ("localhost", ProxyType::Socks5h)]
    {
        let proxy = Proxy { kind, host: host.to_owned(), port: peer.port, login: None };
        let checked = check(&Route::Through(proxy), &ways, "http://203.0.114.1/").await;
        assert_eq!(checked, Err(Fault::Private), "{host}");
    }
    let straight = check(&Route::Straight, &ways, "http://localhost:9/").await;
    assert_eq!(straight, Err(Fault::Private), "the echo address as well");
}
