//! The measured server: the release binary in a process of its own on a filled database.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::measure::Report;

const KEY: &str = "benchkey";
const SALT: &str = "benchsalt";
const PASSWORD: &str = "bench password";

/// A running server and a signed-in client.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    /// A browser of the admin, signed in.
    pub client: reqwest::Client,
    /// Where its data is, for looking beside it.
    pub database: String,
    folder: tempfile::TempDir,
}

impl Server {
    /// Fills the database and starts the server on it.
    pub async fn filled(database: &str, orders: usize, calls: usize, report: &mut Report) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let began = Instant::now();
        let filled = command(database, folder.path())
            .args(["fill", "--orders", &orders.to_string(), "--calls", &calls.to_string()])
            .status()
            .expect("callcentre fill");
        assert!(filled.success(), "fill failed");
        report.fact("fill", &format!("{:.0} s", began.elapsed().as_secs_f64()));
        Self::started(database, report).await
    }

    /// Starts the server on a filled database.
    pub async fn started(database: &str, report: &mut Report) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Another one each time: a database may be measured twice.
        let login = format!("bench{}", chrono::Utc::now().timestamp());
        create_admin(database, folder.path(), &login);

        let began = Instant::now();
        let mut process =
            command(database, folder.path()).stdout(Stdio::piped()).spawn().expect("callcentre");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        let address = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let client = reqwest::Client::builder().cookie_store(true).no_proxy().build().expect("a client");
        client.get(format!("{address}/readyz")).send().await.expect("an answer");
        report.limit("first answer after start", 300.0, began.elapsed().as_secs_f64() * 1000.0, "ms");
        let server = Self { process, address, client, database: database.to_owned(), folder };
        report.limit("memory after start", 40.0, server.resident_mebibytes(), "MiB");
        let answer = server.post("/login", &[("login", login.as_str()), ("password", PASSWORD)]).await;
        assert!(answer.status().is_success(), "the sign-in failed: {}", answer.status());
        server
    }

    /// A GET as htmx makes it, read to the end.
    pub async fn fragment(&self, path: &str, target: &str) -> Duration {
        let began = Instant::now();
        let request = self.client.get(format!("{}{path}", self.address));
        let answer =
            request.header("hx-request", "true").header("hx-target", target).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.expect("a body");
        began.elapsed()
    }

    /// A file, read to the end; gives the time and the number of lines.
    pub async fn file(&self, path: &str) -> (Duration, usize) {
        use futures_util::StreamExt;
        let began = Instant::now();
        let answer = self.client.get(format!("{}{path}", self.address)).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let (mut body, mut lines) = (answer.bytes_stream(), 0);
        while let Some(chunk) = body.next().await {
            lines += chunk.expect("the whole file").iter().filter(|byte| **byte == b'\n').count();
        }
        (began.elapsed(), lines)
    }

    /// A POST of one of our pages.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let request =
            self.client.post(format!("{}{path}", self.address)).header("sec-fetch-site", "same-origin");
        request.form(form).send().await.expect("an answer")
    }

    /// A signed telephony event.
    pub async fn event(&self, path: &str, json: &str) {
        let sign = callcentre::integrations::mango::sign::sign(KEY, json, SALT);
        let form = [("vpbx_api_key", KEY), ("sign", sign.as_str()), ("json", json)];
        let address = format!("{}/webhooks/mango{path}", self.address);
        let answer = self.client.post(address).form(&form).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// Makes so many operators beside the generated ones; gives the password of all of them.
    pub fn create_operators(&self, count: usize) -> String {
        let operators: Vec<_> = (0..count)
            .map(|n| {
                let (login, extension) = (Self::operator(n), (90_000 + n).to_string());
                serde_json::json!({ "name": format!("Проверка {n}"), "login": login, "password": PASSWORD, "extension": extension })
            })
            .collect();
        let file = self.folder.path().join("operators.json");
        std::fs::write(&file, serde_json::json!({ "operators": operators }).to_string()).expect("a file");
        let made = command(&self.database, self.folder.path()).arg("setup").arg(&file).status();
        assert!(made.expect("callcentre setup").success(), "setup failed");
        PASSWORD.to_owned()
    }

    /// The login of one of them.
    pub fn operator(n: usize) -> String {
        format!("bench-operator{n}")
    }

    /// Sends the form of the sign-in from an address of one's own.
    pub async fn sign_in(
        &self,
        browser: &reqwest::Client,
        n: usize,
        login: &str,
        password: &str,
    ) -> reqwest::StatusCode {
        let address = std::net::Ipv4Addr::from(0x0b00_0000 + u32::try_from(n).unwrap_or_default());
        let request = browser.post(format!("{}/login", self.address)).header("sec-fetch-site", "same-origin");
        let request = request.header("x-forwarded-for", address.to_string());
        request.form(&[("login", login), ("password", password)]).send().await.expect("an answer").status()
    }

    /// Resident memory of the server.
    pub fn resident_mebibytes(&self) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|k| k.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The generated business has an admin of its own; the one who measures signs in beside.
fn create_admin(database: &str, folder: &std::path::Path, login: &str) {
    use std::io::Write;
    let mut create = command(database, folder)
        .args(["admin", "create", "--login", login, "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("callcentre admin create");
    let mut input = create.stdin.take().expect("its input");
    writeln!(input, "{PASSWORD}").expect("a password");
    drop(input);
    assert!(create.wait().expect("its end").success(), "admin create failed");
}

fn command(database: &str, folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
    command
        .env("DATABASE_URL", database)
        .env("DATA_DIR", folder)
        .env("LISTEN", "127.0.0.1:0")
        .env("MANGO_API_KEY", KEY)
        .env("MANGO_API_SALT", SALT)
        // Signing in is measured from many addresses.
        .env("TRUSTED_PROXIES", "127.0.0.1")
        // Nobody listens there: measuring asks nothing of the outside.
        .env("MANGO_API_URL", "http://127.0.0.1:9/")
        .env("RUST_LOG", "warn");
    command
}
