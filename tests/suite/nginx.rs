//! Debian's nginx with the site of `deploy/nginx` and real TLS before the real program.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use callcentre::domain::person::Role;
use callcentre::files::DocumentOwner;
use callcentre::platform::db::schema::audit_log;
use callcentre::platform::live::Event;
use callcentre::web::upload;
use diesel::prelude::*;
use reqwest::{Method, Version};
use tempfile::TempDir;

use crate::mango::sender::{KEY, SALT};
use crate::program::Program;
use crate::support::app::{PASSWORD, on_postgres};
use crate::support::until::until;
use crate::support::{Client, Page, TestApp};

const APP: &str = "crm.test";
const HOOKS: &str = "hooks.test";

/// nginx on ports of its own; ends with the test.
struct Nginx {
    process: Child,
    folder: TempDir,
    http: u16,
    https: u16,
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").port()
}

/// Where the test has a say before nginx runs: its ports, its certificates.
fn prepare() -> (TempDir, u16, u16) {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new("deploy/certificates/self-signed")
        .arg(folder.path().join("certificates"))
        .args([APP, HOOKS])
        .output()
        .expect("openssl");
    assert!(made.status.success());
    (folder, free_port(), free_port())
}

impl Nginx {
    /// Starts it before processes at `addresses` (`http://127.0.0.1:PORT`).
    async fn start((folder, http, https): (TempDir, u16, u16), addresses: &[String]) -> Self {
        let path = folder.path();
        let servers: Vec<String> = addresses
            .iter()
            .map(|a| format!("server {} max_fails=2 fail_timeout=5s;", a.trim_start_matches("http://")))
            .collect();
        let site = Command::new("deploy/nginx/render")
            .env("APP_HOST", APP)
            .env("WEBHOOK_HOST", HOOKS)
            .env("UPSTREAMS", servers.join(" "))
            .env("CERTIFICATES", path.join("certificates"))
            .env("ACME_ROOT", path)
            .env("HTTP_PORT", http.to_string())
            .env("HTTPS_PORT", https.to_string())
            .output()
            .expect("envsubst (Debian package: gettext-base)");
        assert!(site.status.success(), "{}", String::from_utf8_lossy(&site.stderr));
        std::fs::write(path.join("site.conf"), site.stdout).expect("a file");
        let folders: Vec<String> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {};", path.join(kind).display()))
            .collect();
        let main = format!(
            "{user}\nworker_processes 2;\npid {pid};\nerror_log stderr error;\nevents {{ worker_connections 512; }}\n\
             http {{ access_log off; {folders} include {site}; }}\n",
            // Its workers would not enter a folder of root's.
            user = if is_root() { "user root;" } else { "" },
            pid = path.join("nginx.pid").display(),
            folders = folders.join(" "),
            site = path.join("site.conf").display(),
        );
        std::fs::write(path.join("nginx.conf"), main).expect("a file");
        let process = nginx(path).args(["-g", "daemon off;"]).spawn().expect("nginx (Debian package: nginx)");
        until("nginx listens", || std::net::TcpStream::connect(("127.0.0.1", https)).ok()).await;
        Self { process, folder, http, https }
    }

    /// A browser that believes our certificates.
    fn browser(&self, host: &str) -> Client {
        Client::over(self.http_client(), format!("https://{host}:{}", self.https))
    }

    fn http_client(&self) -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30));
        for host in [APP, HOOKS] {
            let file = self.folder.path().join("certificates").join(host).join("fullchain.pem");
            let certificate = reqwest::Certificate::from_pem(&std::fs::read(file).expect("a certificate"));
            builder = builder
                .tls_certs_merge([certificate.expect("a certificate")])
                .resolve(host, SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        builder.build().expect("a client")
    }
}

fn nginx(folder: &Path) -> Command {
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().expect("id");
    String::from_utf8_lossy(&told.stdout).trim() == "0"
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Killed, its workers would live on.
        let _ = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_work_through_nginx_over_tls() {
    let ports = prepare();
    let url = format!("https://{APP}:{}", ports.2);
    let app = TestApp::start_with(&[("PUBLIC_URL", &url), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let nginx = Nginx::start(ports, &[app.address()]).await;
    let browser = nginx.browser(APP);

    // Never without TLS, and never again without it.
    for host in [APP, HOOKS] {
        let plain = Client::over(nginx.http_client(), format!("http://{host}:{}", nginx.http));
        let answer = Page::of(plain.bare(Method::GET, "/telephony?quick=today")).await;
        assert_eq!(answer.status, 301);
        assert_eq!(answer.header("location"), format!("https://{host}/telephony?quick=today"));
        let answer = Page::of(nginx.browser(host).bare(Method::GET, "/login")).await;
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000", "{host}");
        assert_eq!(answer.header("server"), "nginx", "without its version");
    }
    let greeting = browser.bare(Method::GET, "/login").send().await.expect("an answer");
    assert_eq!((greeting.status().as_u16(), greeting.version()), (200, Version::HTTP_2));

    // Signing in: cookies for TLS only, the address is the one that nginx has seen.
    let olga = app.create_account(Role::Admin, "Ольга");
    let typed = |password: &'static str| [("login", "Ольга"), ("password", password)];
    let request = browser.request(Method::POST, "/login").header("x-forwarded-for", "203.0.113.9");
    assert_eq!(Page::of(request.form(&typed("не тот"))).await.status, 422);
    let told: String = app.read(|db| {
        audit_log::table.filter(audit_log::action.eq("session.refuse")).select(audit_log::detail).first(db)
    });
    assert!(told.contains("127.0.0.1") && !told.contains("203.0.113.9"), "{told}");
    let answer = browser.submit("/login", &typed(PASSWORD)).await;
    assert_eq!(answer.status, 303);
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.contains("Secure")), "{cookies:?}");
    let request = browser.request(Method::GET, "/orders").header("accept-encoding", "gzip");
    let answer = Page::of(request.header("accept", "text/html")).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (200, "gzip"));

    hints_are_not_held_back(&app, &browser).await;
    what_looks_after_a_delivery_finds_nothing_and_says_what_it_finds(&nginx).await;
    nothing_weak_is_offered(&nginx).await;
    uploads_and_notifications_have_their_limits(&nginx, &browser, DocumentOwner::Employee(olga)).await;
}

async fn hints_are_not_held_back(app: &TestApp, browser: &Client) {
    let mut stream = browser.request(Method::GET, "/live").send().await.expect("a stream");
    assert_eq!(stream.status(), 200);
    let mut heard = String::new();
    let mut asked = false;
    while !heard.contains("live:mail") && !heard.contains("event: mail") {
        let piece = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await;
        let piece = piece.expect("a hint is not held back").expect("a stream").expect("it goes on");
        heard.push_str(&String::from_utf8_lossy(&piece));
        if !asked {
            asked = true;
            app.write(|tx| {
                tx.announce(Event::Mail);
                Ok(())
            });
        }
    }
}

/// What sslscan finds behind both names, and behind none.
async fn nothing_weak_is_offered(nginx: &Nginx) {
    let https = nginx.https;
    let scan = async |name: &'static str| {
        let scanned = tokio::task::spawn_blocking(move || {
            Command::new("sslscan")
                .args([
                    "--xml=-",
                    "--no-colour",
                    &format!("--sni-name={name}"),
                    &format!("127.0.0.1:{https}"),
                ])
                .output()
                .expect("sslscan (Debian package: sslscan)")
        });
        String::from_utf8(scanned.await.expect("no panic").stdout).expect("text")
    };
    fn value<'a>(line: &'a str, name: &str) -> &'a str {
        let mark = format!("{name}=\"");
        line.split(&*mark).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
    }
    for host in [APP, HOOKS] {
        let found = scan(host).await;
        let lines = |tag: &'static str| found.lines().filter(move |line| line.trim_start().starts_with(tag));
        for line in lines("<protocol ") {
            let is_modern = value(line, "type") == "tls" && ["1.2", "1.3"].contains(&value(line, "version"));
            assert_eq!(value(line, "enabled") == "1", is_modern, "{host}: {line}");
        }
        assert!(lines("<cipher ").count() >= 6, "{found}");
        for line in lines("<cipher ") {
            assert!(["strong", "acceptable"].contains(&value(line, "strength")), "{host}: {line}");
        }
        for line in lines("<group ") {
            assert!(value(line, "bits").parse::<u32>().is_ok_and(|bits| bits >= 128), "{host}: {line}");
        }
        for line in lines("<heartbleed ").chain(lines("<compression ")) {
            assert!(
                !line.contains("vulnerable=\"1\"") && !line.contains("supported=\"1\""),
                "{host}: {line}"
            );
        }
        assert!(found.contains("<renegotiation supported=\"0\""), "{found}");
    }
    // Who asks for another name is told nothing.
    assert!(!scan("somebody.else").await.contains("<cipher "));
}

/// `deploy/delivery/check-site`, as the workflows run it.
async fn what_looks_after_a_delivery_finds_nothing_and_says_what_it_finds(nginx: &Nginx) {
    let mut trusted = String::new();
    for host in [APP, HOOKS] {
        let file = nginx.folder.path().join("certificates").join(host).join("fullchain.pem");
        trusted.push_str(&std::fs::read_to_string(file).expect("a certificate"));
    }
    let bundle = nginx.folder.path().join("trusted.pem");
    std::fs::write(&bundle, trusted).expect("a file");
    let (http, https) = (nginx.http, nginx.https);
    let look = async |days: &'static str| {
        let bundle = bundle.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let places: Vec<String> = [APP, HOOKS]
                .iter()
                .map(|host| format!("{host}:443:127.0.0.1:{https} {host}:80:127.0.0.1:{http}"))
                .collect();
            Command::new("deploy/delivery/check-site")
                .args([format!("https://{APP}"), format!("https://{HOOKS}")])
                .env("CONNECT_TO", places.join(" "))
                .env("CURL_CA_BUNDLE", bundle)
                .env("SECONDS_FOR_A_PAGE", "30")
                .env("DAYS", days)
                .output()
                .expect("curl")
        });
        let output = looked.await.expect("no panic");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), told, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (is_good, told, errors) = look("1").await;
    assert!(is_good, "{told}{errors}");
    let (is_good, told, _) = look("40000").await;
    let wrong: Vec<&str> = told.lines().filter(|line| line.starts_with("WRONG")).collect();
    assert!(!is_good && wrong.len() == 2, "{told}");
    assert!(wrong[0].contains("crm.test: certificate ends"), "{told}");
}

async fn uploads_and_notifications_have_their_limits(nginx: &Nginx, browser: &Client, place: DocumentOwner) {
    // What nginx takes is what the program takes.
    let site = std::fs::read_to_string(nginx.folder.path().join("site.conf")).expect("the site");
    assert!(site.contains(&format!("client_max_body_size {}m;", upload::MAX_BODY_BYTES / 1024 / 1024)));
    // A document that is too large is refused by the program, in its words.
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
    let file = format!("{head}{}\r\n--x--\r\n", "x".repeat(11 * 1024 * 1024));
    let answer = Page::of(
        browser
            .request(Method::POST, &place.url())
            .header("accept", "text/html")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(file),
    )
    .await;
    assert!(answer.body.contains("Больше 10 МБ"), "{}: {}", answer.status, answer.body);

    let hooks = nginx.browser(HOOKS);
    assert_eq!(Page::of(browser.bare(Method::GET, "/webhooks/mango/ping")).await.status, 404);
    assert_eq!(Page::of(hooks.bare(Method::GET, "/webhooks/mango/ping")).await.status, 200);
    assert_eq!(Page::of(hooks.bare(Method::GET, "/login")).await.status, 404);
    for (kilobytes, is_by_nginx) in [(300, false), (600, true)] {
        let body = format!("json={}", "x".repeat(kilobytes * 1024));
        let request = hooks.bare(Method::POST, "/webhooks/mango/events/call");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let answer = Page::of(request).await;
        assert_eq!(answer.status, 413, "{kilobytes} KB");
        assert_eq!(answer.body.contains("<center>nginx"), is_by_nginx, "{kilobytes} KB: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_processes_that_is_killed_costs_a_retry_at_most() {
    if !on_postgres() {
        // SQLite has one process.
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let app = TestApp::start().await;
    let url = app.database_url();
    app.stop().await;
    let ports = prepare();
    let (first, second) = (Program::start(&url, folder.path()), Program::start(&url, folder.path()));
    let nginx = Nginx::start(ports, &[first.address.clone(), second.address.clone()]).await;
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut people = Vec::new();
    for person in 0..8 {
        let (stop, answered) = (stop.clone(), answered.clone());
        let (pages, hooks) = (nginx.browser(APP), nginx.browser(HOOKS));
        people.push(tokio::spawn(async move {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                let json = format!("{{\"entry_id\":\"load-{person}-{n}\"}}");
                let sign = callcentre::integrations::mango::sign::sign(KEY, &json, SALT);
                let mut worked = false;
                for _try in 0..2 {
                    let request = if n % 2 == 0 {
                        pages.bare(Method::GET, "/login")
                    } else {
                        hooks.bare(Method::POST, "/webhooks/mango/events/summary").form(&[
                            ("vpbx_api_key", KEY),
                            ("sign", &*sign),
                            ("json", &*json),
                        ])
                    };
                    worked = request.send().await.is_ok_and(|answer| answer.status() == 200);
                    if worked {
                        break;
                    }
                }
                assert!(worked, "neither the first nor the second try of {person}, {n}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    until("both are at work", || (answered.load(Ordering::Relaxed) > 200).then_some(())).await;
    drop(first);
    let then = answered.load(Ordering::Relaxed);
    until("the other goes on", || (answered.load(Ordering::Relaxed) > then + 300).then_some(())).await;
    stop.store(true, Ordering::Relaxed);
    for person in people {
        person.await.expect("everybody was answered");
    }
}
