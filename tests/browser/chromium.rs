//! A browser window that watches itself: every violation of the content policy, every script error and every
//! request to another host is kept and asked about at the end of a walk.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::support::TestApp;
use crate::support::app::PASSWORD;

/// What a person would call "it does not come".
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs in every page before anything else of it.
const WATCH: &str = r#"
    const kept = () => JSON.parse(sessionStorage.getItem("walk-complaints") || "[]");
    const keep = (text) => { try { sessionStorage.setItem("walk-complaints", JSON.stringify([...kept(), text])); } catch {} };
    document.addEventListener("securitypolicyviolation", (e) => keep(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
    addEventListener("error", (e) => keep(`script: ${e.message} ${e.filename}:${e.lineno}`));
    addEventListener("unhandledrejection", (e) => keep(`promise: ${e.reason}`));
"#;

/// The driver process of one walk.
pub struct Chromium {
    driver: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Chromium {
    /// Starts the driver on a free port.
    pub async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (Debian package chromium-driver)");
        let address = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let deadline = Instant::now() + PATIENCE;
        while client.get(format!("{address}/status")).send().await.is_err() {
            assert!(Instant::now() < deadline, "chromedriver does not answer");
            tokio::task::yield_now().await;
        }
        Self { driver, address, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A new browser of its own: own cookies, own storage.
    pub async fn window(&self, width: u32, height: u32) -> Window {
        let profile = self.folder.path().join(uuid::Uuid::new_v4().to_string());
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-search-engine-choice-screen",
            "--lang=ru-RU",
            &format!("--window-size={width},{height}"),
            &format!("--user-data-dir={}", profile.display()),
        ] {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver = WebDriver::new(&self.address, capabilities).await.expect("Chromium");
        let window = Window { driver };
        window.before_every_page(WATCH).await;
        // The window's frame takes height; what counts is the page.
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        window.tool("Emulation.setDeviceMetricsOverride", metrics).await;
        window
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// One browser window.
pub struct Window {
    /// For everything that has no shorter name here.
    pub driver: WebDriver,
}

impl Window {
    /// One command of the browser's own tools, for the tab that is looked at.
    pub async fn tool(&self, command: &str, arguments: Value) -> Value {
        let answer = self.driver.cdp().send_raw(command, arguments).await;
        answer.unwrap_or_else(|e| panic!("{command}: {e}"))
    }

    /// Runs a script in every page of this tab before anything else of it.
    pub async fn before_every_page(&self, script: &str) {
        self.tool("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Another tab of the same browser, looked at from now on.
    pub async fn tab(&self) -> WindowHandle {
        let tab = self.driver.new_tab().await.expect("a tab");
        self.look_at(&tab).await;
        self.before_every_page(WATCH).await;
        tab
    }

    /// Looks at a tab of this browser.
    pub async fn look_at(&self, tab: &WindowHandle) {
        self.driver.switch_to_window(tab.clone()).await.expect("the tab");
    }

    /// The tab that is looked at.
    pub async fn this_tab(&self) -> WindowHandle {
        self.driver.window().await.expect("a tab")
    }

    /// Opens an address of the application.
    pub async fn open(&self, app: &TestApp, path: &str) {
        self.driver.goto(format!("{}{path}", app.address())).await.expect("a page");
    }

    /// Signs in by the form, as a person does.
    pub async fn sign_in(&self, app: &TestApp, login: &str) {
        self.open(app, "/login").await;
        self.find("#login").await.send_keys(login).await.expect("typing");
        self.find("#password").await.send_keys(format!("{PASSWORD}\u{e007}")).await.expect("typing");
        self.find(".topbar").await;
    }

    /// Waits for an element.
    pub async fn find(&self, selector: &str) -> WebElement {
        let wanted = self.driver.query(By::Css(selector)).wait(PATIENCE, Duration::from_millis(10));
        match wanted.first().await {
            Ok(element) => element,
            Err(_) => panic!("no {selector} at {}:\n{}", self.url().await, self.text("body").await),
        }
    }

    /// True when the element is there now.
    pub async fn has(&self, selector: &str) -> bool {
        self.script("return !!document.querySelector(arguments[0])", vec![json!(selector)]).await
            == json!(true)
    }

    /// Waits until `condition` (a JavaScript expression) is true, and gives the time it took.
    pub async fn until(&self, condition: &str) -> Duration {
        let began = Instant::now();
        while self.script(&format!("return !!({condition})"), vec![]).await != json!(true) {
            assert!(
                began.elapsed() < PATIENCE,
                "never true: {condition} at {}:\n{}",
                self.url().await,
                self.text("body").await
            );
        }
        began.elapsed()
    }

    /// The visible text of the first element `selector` finds, empty when there is none.
    pub async fn text(&self, selector: &str) -> String {
        let script = "return (document.querySelector(arguments[0]) || {innerText: ''}).innerText";
        self.script(script, vec![json!(selector)]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute(script, arguments).await.map(|r| r.json().clone()).unwrap_or(Value::Null)
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys");
    }

    /// Presses a key together with Control.
    pub async fn press_with_control(&self, key: impl Into<char>) {
        self.press_with(Key::Control, key).await;
    }

    /// Presses a key while `held` is down.
    pub async fn press_with(&self, held: Key, key: impl Into<char>) {
        let (held, key) = (char::from(held), key.into());
        let chain = self.driver.action_chain().key_down(held).key_down(key).key_up(key);
        chain.key_up(held).perform().await.expect("keys");
    }

    /// Where the window is.
    pub async fn url(&self) -> String {
        self.driver.current_url().await.map(|u| u.to_string()).unwrap_or_default()
    }

    /// Follows the colours of the system or of the person: `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tool("Emulation.setEmulatedMedia", features).await;
    }

    /// What axe finds on the page: nothing, or the rules that are broken and where.
    pub async fn accessibility_complaints(&self) -> Vec<String> {
        let axe = std::env::var("CALLCENTRE_TEST_TOOLS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/target/test-tools").to_owned());
        let axe = std::fs::read_to_string(format!("{axe}/axe.min.js"))
            .expect("axe.min.js: scripts/test installs it");
        self.script(&axe, vec![]).await;
        let run = r#"
            const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
               .then((r) => done(r.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`))))
               .catch((e) => done([String(e)]));
        "#;
        let found = self.driver.execute_async(run, vec![]).await.map(|r| r.json().clone()).expect("axe");
        found.as_array().into_iter().flatten().map(|v| v.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Ends the walk: nothing may have been complained about, and no other host may have been asked.
    pub async fn close_without_complaints(self, app: &TestApp) {
        let complaints =
            self.script("return JSON.parse(sessionStorage.getItem('walk-complaints') || '[]')", vec![]).await;
        assert_eq!(complaints, json!([]), "complaints of the browser");
        let script = "return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(arguments[0]))";
        assert_eq!(
            self.script(script, vec![json!(app.address())]).await,
            json!([]),
            "requests to other hosts"
        );
        self.driver.quit().await.expect("the end");
    }

    /// A picture of the page, into the folder `CALLCENTRE_SCREENSHOTS` when it is set.
    pub async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("CALLCENTRE_SCREENSHOTS") else { return };
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        self.driver.screenshot(&path).await.expect("a picture");
    }
}
