//! Letters, to a real server of letters with TLS and refusals.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use callcentre::platform::db::schema::notification_outbox;
use diesel::prelude::*;
use tempfile::TempDir;

use super::{add, after, look, miss};
use crate::support::TestApp;

const PASSWORD: &str = "p@ss:word";

/// aiosmtpd: STARTTLS and a password are asked for before a letter is taken.
struct Postman {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Postman {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = Command::new("deploy/certificates/self-signed")
            .arg(folder.path())
            .arg("localhost")
            .output()
            .expect("openssl");
        assert!(made.status.success());
        std::fs::create_dir(folder.path().join("letters")).expect("a folder");
        let tools = std::env::var("CALLCENTRE_TEST_TOOLS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/target/test-tools").to_owned());
        let mut process = Command::new(Path::new(&tools).join("bin/python3"))
            .arg("tests/data/smtp_server.py")
            .arg(folder.path())
            .env("SMTP_PASSWORD", PASSWORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 with aiosmtpd (scripts/test installs it)");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its port");
        let port = line.trim().parse().expect("a port");
        Self { process, folder, port }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("localhost/fullchain.pem")
    }

    /// Letters that were taken, in their order.
    fn letters(&self) -> Vec<String> {
        let folder = std::fs::read_dir(self.folder.path().join("letters")).expect("a folder");
        let mut names: Vec<PathBuf> = folder.map(|entry| entry.expect("a letter").path()).collect();
        names.sort();
        names.iter().map(|name| std::fs::read_to_string(name).expect("a letter")).collect()
    }

    async fn office(&self, password: &str, is_trusted: bool) -> TestApp {
        let url = format!("smtp://crm:{password}@localhost:{}?tls=required", self.port);
        let ca = self.ca().display().to_string();
        let mut settings = vec![("SMTP_URL", url.as_str()), ("MAIL_FROM", "Рабочее место <crm@example.org>")];
        if is_trusted {
            settings.push(("EXTRA_CA_FILE", &ca));
        }
        let app = TestApp::start_with(&settings).await;
        crate::support::world::found(&app);
        app.app.clock.stop_at(app.app.clock.now());
        app
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_taken_refused_for_ever_or_for_now() {
    let postman = Postman::start();
    let app = postman.office("p%40ss%3Aword", true).await;
    let boss = app.admin("Ольга").await;
    for (name, address) in
        [("Ольга", "olga@example.org"), ("Никто", "nobody@example.org"), ("Занят", "busy@example.org")]
    {
        add(&boss, name, ("mail", address), &["missed"]).await;
    }
    look(&app).await;
    miss(&app, "79053334411");
    miss(&app, "79053334422");
    look(&app).await;
    // The first refusal for now lets the others wait too; nothing is lost.
    for _ in 0..3 {
        after(&app, 61).await;
    }
    let letters = postman.letters();
    assert_eq!(letters.len(), 2, "{letters:#?}");
    let olga = &letters.iter().find(|letter| letter.contains("To: olga@example.org")).expect("hers");
    let parsed = mailparse::parse_mail(olga.as_bytes()).expect("a letter");
    let header = |name: &str| {
        let found = parsed.headers.iter().find(|header| header.get_key().eq_ignore_ascii_case(name));
        found.map(mailparse::MailHeader::get_value).unwrap_or_default()
    };
    assert_eq!(header("Subject"), "Пропущенные звонки: 2");
    assert_eq!(header("From"), "Рабочее место <crm@example.org>");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(header("Message-ID").ends_with("@example.org>"), "{}", header("Message-ID"));
    let [text, html] = &parsed.subparts[..] else { panic!("two faces: {olga}") };
    let text = text.get_body().expect("text");
    assert!(text.contains("+7 905 •••-••-11, Саратов") && !text.contains("333"), "{text}");
    assert!(html.get_body().expect("html").contains("<h1"));
    let states: Vec<(String, String)> = app.read(|db| {
        notification_outbox::table
            .order(notification_outbox::id)
            .select((notification_outbox::state, notification_outbox::error))
            .load(db)
    });
    assert_eq!(states[0].0, "sent");
    assert_eq!(states[1].0, "failed");
    assert!(states[1].1.contains("не принимает письма на этот адрес (код 550)"), "{states:?}");
    assert_eq!(states[2].0, "sent", "busy for one time only: {states:?}");
    let probed = boss.hx_submit("smtp-said", "/admin/notifications/probe", &[("channel", "mail")]).await;
    assert!(probed.text().contains("на связи"), "{}", probed.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_trusted_or_does_not_trust_us_gets_no_letter() {
    let postman = Postman::start();
    for (password, is_trusted, said) in [
        ("p%40ss%3Aword", false, "Сертификат почтового сервера не прошёл проверку"),
        ("wrong", true, "не принял логин и пароль"),
    ] {
        let app = postman.office(password, is_trusted).await;
        let boss = app.admin("Ольга").await;
        add(&boss, "Ольга", ("mail", "olga@example.org"), &["missed"]).await;
        look(&app).await;
        miss(&app, "79053334411");
        look(&app).await;
        after(&app, 61).await;
        let page = boss.get("/admin/notifications").await;
        assert!(page.text_of("#notifications").contains(said), "{}", page.text());
        assert!(!page.body.contains("word") || !page.body.contains("p%40ss"), "the password is a secret");
    }
    assert_eq!(postman.letters(), Vec::<String>::new());
}
