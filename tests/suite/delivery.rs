//! How a version gets to a server: the workflows, and the scripts they call, over a real ssh to a server of this machine
//! on which only the container engine is pretended.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::until::until;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("text");
                found.push((path, text));
            }
        }
    }
    found
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn every_foreign_action_is_pinned_by_its_hash() {
    let mut seen = 0;
    for (path, text) in files(".github") {
        for line in text.lines().map(str::trim) {
            let Some(used) = line.trim_start_matches("- ").strip_prefix("uses: ") else { continue };
            seen += 1;
            if let Some(own) = used.strip_prefix("./") {
                let own = root().join(own);
                assert!(own.is_file() || own.join("action.yml").is_file(), "{}: {line}", path.display());
                continue;
            }
            let hash = used.split('@').nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            let is_hash = hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_hash && used.contains(" # v"), "{}: {line}", path.display());
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn workflows_may_nothing_that_they_do_not_name_and_call_scripts_there_are() {
    let workflows = files(".github/workflows");
    for name in ["test", "lint", "audit", "image", "staging", "production", "manual"] {
        let file = format!("{name}.yml");
        let found = workflows.iter().find(|(path, _)| path.ends_with(&file));
        let (_, text) = found.unwrap_or_else(|| panic!("{file} is missing"));
        assert!(text.contains("\npermissions:\n  contents: read\n"), "{file}");
        assert!(!text.contains("pull_request_target"), "{file}");
    }
    for (path, text) in files(".github") {
        for word in text.split_whitespace().map(|word| word.trim_matches(['"', '`'])) {
            if ["deploy/", "scripts/", ".ci/"].iter().any(|folder| word.starts_with(folder)) {
                assert!(root().join(word).exists(), "{}: {word}", path.display());
            }
        }
    }
    // Nobody but a person with an account at the environment lets anything through to production.
    let production = &workflows.iter().find(|(path, _)| path.ends_with("production.yml")).expect("it").1;
    assert!(production.contains("needs: [test, lint, audit]") && production.contains("name: production"));
}

#[test]
fn no_script_takes_data_away() {
    let mut looked_at = 0;
    for (path, text) in files("deploy").into_iter().chain(files(".github")).chain(files("scripts")) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            for forbidden in
                ["volume rm", "volume prune", "system prune", "down -v", "down --volumes", "dropdb"]
            {
                assert!(!line.contains(forbidden), "{}: {line}", path.display());
            }
        }
        looked_at += 1;
    }
    assert!(looked_at > 30);
}

/// What the server has for a container engine: writes down what it is asked, and fails for a version named "broken".
const ENGINE: &str = r#"#!/bin/sh
printf '%s | %s\n' "${VERSION:-}" "$*" >>"$ENGINE_LOG"
case "${VERSION:-} $*" in
broken*" up "*" app"[12]) exit 1 ;;
too-new*" up "*) [ ! -e "$ENGINE_LOG.refuse" ] || exit 1 ;;
old*" up "*" app"[12]) [ ! -e "$ENGINE_LOG.refuse" ] || exit 1 ;;
esac
"#;

/// A server with ssh on a port of its own and a folder for deliveries.
struct Server {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for key in ["host", "key", "stranger"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(at(key))
                .status()
                .expect("ssh-keygen (Debian package: openssh-server)");
            assert!(made.success());
        }
        std::fs::create_dir_all(at("bin")).expect("a folder");
        std::fs::create_dir_all(at("site")).expect("a folder");
        std::fs::write(at("bin/docker"), ENGINE).expect("an engine");
        std::fs::set_permissions(at("bin/docker"), std::fs::Permissions::from_mode(0o755)).expect("rights");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        drop(listener);
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {key}.pub\nStrictModes no\n\
             UsePAM no\nPidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\nSetEnv PATH={bin}:/usr/bin:/bin ENGINE_LOG={log}\n",
            host = at("host").display(),
            key = at("key").display(),
            bin = at("bin").display(),
            log = at("engine.log").display(),
        );
        std::fs::write(at("sshd_config"), settings).expect("settings");
        // Its own place for the part without rights; only root needs it.
        let _ = std::fs::create_dir_all("/run/sshd");
        let process = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at("sshd_config"))
            .stderr(std::fs::File::create(at("sshd.log")).expect("a log"))
            .spawn()
            .expect("sshd (Debian package: openssh-server)");
        until("sshd listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
        let public = std::fs::read_to_string(at("host.pub")).expect("the key of the host");
        std::fs::write(at("known-hosts"), format!("[127.0.0.1]:{port} {public}")).expect("a file");
        Self { folder, port, process }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(root().join("deploy/delivery").join(name));
        let user = Command::new("id").arg("-un").output().expect("id");
        command
            .args(arguments)
            .env("DEPLOY_HOST", "127.0.0.1")
            .env("DEPLOY_PORT", self.port.to_string())
            .env("DEPLOY_USER", String::from_utf8_lossy(&user.stdout).trim())
            .env("DEPLOY_FOLDER", self.at("site"))
            .env("DEPLOY_KEY_FILE", self.at("key"))
            .env("DEPLOY_KNOWN_HOSTS_FILE", self.at("known-hosts"))
            .env("IMAGE", "registry.test/callcentre")
            .stdin(Stdio::null());
        command
    }

    fn deliver(&self, version: &str) -> Output {
        self.script("deliver", &["staging", version]).output().expect("the script")
    }

    /// What the engine has been asked since the last time: version, and the words that matter.
    fn asked(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.at("engine.log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.at("engine.log"));
        let lines = text.lines().map(|line| {
            let (version, words) = line.split_once(" | ").expect("a line of the engine");
            let words: Vec<&str> = words.split(' ').collect();
            let last = words.last().copied().unwrap_or_default();
            let verb = ["pull", "run", "up", "exec"].into_iter().find(|verb| words.contains(verb));
            format!("{version} {} {last}", verb.unwrap_or(words[0])).trim().to_owned()
        });
        lines.collect()
    }

    fn name(&self, file: &str) -> String {
        std::fs::read_to_string(self.at("site").join(file)).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_delivered_over_ssh_and_taken_back() {
    let server = Server::start().await;
    // Settings are written on the server, by a person.
    let refused = server.deliver("old");
    assert!(
        !refused.status.success() && told(&refused).contains("staging.env is missing"),
        "{}",
        told(&refused)
    );
    let settings = server.at("site").join("staging.env");
    std::fs::write(&settings, "APP_SECRET=kept\n").expect("settings");
    server.asked();

    let first = server.deliver("old");
    assert!(
        first.status.success(),
        "{}\n{}",
        told(&first),
        std::fs::read_to_string(server.at("sshd.log")).unwrap_or_default()
    );
    assert_eq!(
        server.asked(),
        [
            "pull registry.test/callcentre:old",
            "old up database",
            "old up app1",
            "old up app2",
            "old up nginx",
            "old exec health"
        ]
    );
    let second = server.deliver("0.2.0");
    assert!(second.status.success(), "{}", told(&second));
    assert_eq!(
        server.asked(),
        [
            "pull registry.test/callcentre:0.2.0",
            // A backup by the version that serves, before anything else.
            "old run 5",
            "0.2.0 up database",
            "0.2.0 up app1",
            "0.2.0 exec reload",
            "0.2.0 up app2",
            "0.2.0 exec reload",
            "0.2.0 up nginx",
            "0.2.0 exec health"
        ]
    );
    assert_eq!((server.name("current"), server.name("previous")), ("0.2.0".into(), "old".into()));

    // What does not become healthy is not left in place, and app2 has served all the while.
    let broken = server.deliver("broken");
    assert_eq!(broken.status.code(), Some(1), "{}", told(&broken));
    assert!(told(&broken).contains("staging serves 0.2.0 again"), "{}", told(&broken));
    let asked = server.asked();
    assert!(asked.contains(&"broken up app1".to_owned()) && !asked.contains(&"broken up app2".to_owned()));
    assert_eq!((server.name("current"), server.name("previous")), ("0.2.0".into(), "old".into()));

    let back = server.deliver("--back");
    assert!(back.status.success(), "{}", told(&back));
    assert_eq!((server.name("current"), server.name("previous")), ("old".into(), "0.2.0".into()));
    server.asked();

    // A newer one has changed the schema and fails, and the older one refuses what it finds.
    std::fs::write(server.at("engine.log.refuse"), "").expect("a file");
    let stuck = server.deliver("too-new");
    assert_eq!(stuck.status.code(), Some(3), "{}", told(&stuck));
    assert!(told(&stuck).contains("The backup of before is the newest in"), "{}", told(&stuck));
    assert_eq!(std::fs::read_to_string(settings).expect("settings"), "APP_SECRET=kept\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_neither_believed_nor_let_in() {
    let server = Server::start().await;
    let by_a_stranger = server
        .script("deliver", &["staging", "0.2.0"])
        .env("DEPLOY_KEY_FILE", server.at("stranger"))
        .output();
    let by_a_stranger = by_a_stranger.expect("the script");
    assert!(!by_a_stranger.status.success() && told(&by_a_stranger).contains("Permission denied"));
    // Another server at the address.
    std::fs::copy(server.at("stranger.pub"), server.at("known-hosts")).expect("a key");
    let line = std::fs::read_to_string(server.at("known-hosts")).expect("a key");
    std::fs::write(server.at("known-hosts"), format!("[127.0.0.1]:{} {line}", server.port)).expect("a file");
    let to_a_stranger = server.deliver("0.2.0");
    assert!(!to_a_stranger.status.success() && told(&to_a_stranger).contains("Host key verification failed"));
    for version in ["0.2.0; reboot", "$(reboot)", "a/b", "-x", ""] {
        let refused = server.deliver(version);
        assert!(!refused.status.success(), "{version}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_told_in_telegram_and_its_token_nowhere_else() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a message");
        let (mut text, mut piece) = (String::new(), [0; 4096]);
        while !text.contains("text=") {
            let got = std::io::Read::read(&mut stream, &mut piece).expect("bytes");
            assert!(got > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&piece[..got]));
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            .expect("an answer");
        text
    });
    let server = Server::start().await;
    std::fs::write(server.at("site").join("staging.env"), "A=b\n").expect("settings");
    let read = |name: &str| std::fs::read_to_string(server.at(name)).expect("a file");
    // The whole of it, as the workflows run it; the site of nobody is not as it should be, so there is no way but back.
    let run = server
        .script("run", &[])
        .env("ENVIRONMENT", "staging")
        .env("VERSION", "broken")
        .env("DEPLOY_KEY", read("key"))
        .env("DEPLOY_KNOWN_HOSTS", read("known-hosts"))
        .env("APP_URL", "https://crm.test")
        .env("WEBHOOK_URL", "https://hooks.test")
        .env("TELEGRAM_BOT_TOKEN", "17:swordfish")
        .env("TELEGRAM_CHAT_ID", "-100")
        .env("TELEGRAM_API", format!("http://{address}"))
        .output()
        .expect("the script");
    assert_eq!(run.status.code(), Some(1), "{}", told(&run));
    // Whoever still waits for a message hears that there is none.
    drop(std::net::TcpStream::connect(address));
    let message = heard.join().expect("no panic");
    assert!(message.starts_with("POST /bot17:swordfish/sendMessage "), "{message}");
    assert!(message.contains("chat_id=-100") && message.contains("broken"), "{message}");
    assert!(!told(&run).contains("swordfish"), "{}", told(&run));
}

/// A `gh` that writes down what it is asked and what it is given.
const GH: &str = r#"#!/bin/sh
printf '%s\n' "gh $*" >>"$GH_LOG"
case "$*" in
"api users/"*) echo 4711 ;;
"secret set"* | *"--input -") sed 's/^/  /' >>"$GH_LOG" ;;
esac
"#;

#[test]
fn secrets_are_set_without_being_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("gh"), GH).expect("gh");
    std::fs::set_permissions(at("gh"), std::fs::Permissions::from_mode(0o755)).expect("rights");
    std::fs::write(at("deploy-key"), "PRIVATE\n").expect("a key");
    std::fs::write(at("known-hosts"), "HOST\n").expect("a key");
    let example =
        std::fs::read_to_string(root().join("deploy/environment/delivery.env.example")).expect("it");
    let set = |text: &str, environment: &str| {
        std::fs::write(at("settings"), text).expect("settings");
        let _ = std::fs::remove_file(at("log"));
        let output = Command::new(root().join("deploy/delivery/set-secrets"))
            .arg(environment)
            .arg(at("settings"))
            .current_dir(folder.path())
            .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
            .env("GH_LOG", at("log"))
            .output()
            .expect("the script");
        (output, std::fs::read_to_string(at("log")).unwrap_or_default())
    };
    let (refused, log) = set(&example, "production");
    assert!(!refused.status.success() && told(&refused).contains("REVIEWERS is missing"));
    assert!(log.is_empty(), "{log}");
    let (refused, _) = set("DEPLOY_HOTS=x\n", "staging");
    assert!(told(&refused).contains("what is DEPLOY_HOTS?"));

    let filled = example.replace("REVIEWERS=", "REVIEWERS=boss").replace("BOT_TOKEN=", "BOT_TOKEN=swordfish");
    let (output, log) = set(&filled, "production");
    assert!(output.status.success(), "{}", told(&output));
    assert!(log.contains(r#"{"reviewers":[{"type":"User","id":4711}]}"#), "{log}");
    assert!(log.contains("gh secret set DEPLOY_KEY --env production\n  PRIVATE\n"), "{log}");
    assert!(log.contains("gh secret set TELEGRAM_BOT_TOKEN --env production\n  swordfish"), "{log}");
    assert!(log.contains("gh variable set DEPLOY_HOST --env production --body crm.example.ru\n"), "{log}");
    assert!(!told(&output).contains("swordfish") && !told(&output).contains("PRIVATE"));
}
