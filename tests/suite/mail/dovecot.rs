//! A real mail server of one's own: Dovecot on free loopback ports with a certificate of an authority of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callcentre::integrations::mail::settings::Mailbox;
use imap::Session;

use crate::support::until::until;

pub const USER: &str = "records";
pub const PASSWORD: &str = "a mailbox password";

/// A running server with one empty mailbox.
pub struct Dovecot {
    folder: tempfile::TempDir,
    process: Option<Child>,
    /// TLS from the first byte.
    pub port: u16,
    /// TLS after a greeting.
    pub plain_port: u16,
}

impl Dovecot {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Its processes run as other users, who have to reach the mailbox.
        run(Command::new("chmod").args(["755"]).arg(folder.path()));
        let (port, plain_port) = (free_port(), free_port());
        let mut server = Self { folder, process: None, port, plain_port };
        certificates(server.folder.path());
        server.configure();
        server.resume().await;
        server
    }

    /// The authority that vouches for the server.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Ends the server, as a restart of its machine would.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = Command::new("kill").arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }

    /// Starts it again with the mailbox as it was.
    pub async fn resume(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("output.log")).expect("a log");
        let mut command = Command::new("dovecot");
        command.arg("-F").arg("-c").arg(self.folder.path().join("dovecot.conf"));
        let process =
            command.stdout(Stdio::null()).stderr(log).spawn().expect("dovecot, of the package dovecot-imapd");
        self.process = Some(process);
        until("dovecot listens", || {
            let has_ended =
                self.process.as_mut().is_some_and(|process| !matches!(process.try_wait(), Ok(None)));
            assert!(!has_ended, "dovecot does not run: {}", self.log());
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        })
        .await;
    }

    fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        format!("{}\n{}", read("output.log"), read("dovecot.log"))
    }

    /// Has the server number the letters anew.
    pub fn renumber(&self) {
        let config = self.folder.path().join("dovecot.conf");
        let args = ["mailbox", "update", "-u", USER, "--uid-validity", "987654", "INBOX"];
        run(Command::new("doveadm").arg("-c").arg(config).args(args));
    }

    /// The mailbox as its owner reaches it.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox {
            host: "localhost".into(),
            port: self.port,
            user: USER.into(),
            enabled: true,
            ..Mailbox::default()
        }
    }

    /// A connection of one's own, to put letters in and look.
    pub fn session(&self) -> Session<TcpStream> {
        let mut client =
            imap::Client::new(TcpStream::connect(("127.0.0.1", self.plain_port)).expect("a connection"));
        client.read_greeting().expect("a greeting");
        client.login(USER, PASSWORD).unwrap_or_else(|(error, _)| panic!("{error}: {}", self.log()))
    }

    /// Puts a letter into the mailbox.
    pub fn deliver(&self, raw: &[u8]) {
        let mut session = self.session();
        session.append("INBOX", raw).expect("a delivered letter");
        session.logout().expect("a goodbye");
    }

    /// Lays a letter into the folder itself, as a server that delivers for it would: for what is too large to send.
    pub fn put(&self, raw: &[u8]) {
        let place = self.folder.path().join("home").join(USER).join("new").join("1.huge.letter");
        std::fs::write(&place, raw).expect("a letter");
        if is_root() {
            run(Command::new("chown").arg("nobody:nogroup").arg(&place));
        }
    }

    fn configure(&self) {
        let folder = self.folder.path();
        let is_root = is_root();
        let home = folder.join("home");
        std::fs::create_dir_all(&home).expect("a home");
        let owner = if is_root { "nobody".to_owned() } else { whoami() };
        if is_root {
            run(Command::new("chown").arg("-R").arg("nobody").arg(&home));
        }
        std::fs::write(folder.join("users"), format!("{USER}:{{PLAIN}}{PASSWORD}\n")).expect("users");
        let users = if is_root {
            String::new()
        } else {
            format!("default_internal_user = {owner}\ndefault_login_user = {owner}\n")
        };
        let text = format!(
            "base_dir = {run}\nstate_dir = {run}\nlog_path = {log}\nprotocols = imap\nlisten = 127.0.0.1\n{users}\
             first_valid_uid = 1\nmail_location = maildir:{home}/%u\nmail_max_userip_connections = 50\n\
             ssl = yes\nssl_cert = <{folder}/server.pem\nssl_key = <{folder}/server.key\nauth_mechanisms = plain\n\
             passdb {{\n  driver = passwd-file\n  args = {folder}/users\n}}\n\
             userdb {{\n  driver = static\n  args = uid={owner} gid={group} home={home}/%u\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {plain}\n  }}\n  inet_listener imaps {{\n    port = {tls}\n    ssl = yes\n  }}\n}}\n",
            run = folder.join("run").display(),
            log = folder.join("dovecot.log").display(),
            folder = folder.display(),
            home = home.display(),
            group = if is_root { "nogroup".to_owned() } else { group() },
            plain = self.plain_port,
            tls = self.port,
        );
        std::fs::write(folder.join("dovecot.conf"), text).expect("a configuration");
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An authority and a certificate for localhost.
pub fn certificates(folder: &Path) {
    std::fs::write(folder.join("ext"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        .expect("a file");
    for script in [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Test-CA -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem",
    ] {
        run(Command::new("openssl").args(script.split(' ')).current_dir(folder));
    }
}

fn run(command: &mut Command) {
    let done = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().expect("a program");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn told(command: &str, argument: &str) -> String {
    let done = Command::new(command).arg(argument).output().expect("a program");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn is_root() -> bool {
    told("id", "-u") == "0"
}

fn whoami() -> String {
    told("id", "-un")
}

fn group() -> String {
    told("id", "-gn")
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port()
}

/// A wire between the workplace and the server that breaks after so many bytes from the server, until it is mended.
pub struct Wire {
    pub port: u16,
    left: Arc<AtomicUsize>,
}

impl Wire {
    pub fn to(port: u16, bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let left = Arc::new(AtomicUsize::new(bytes));
        let shared = left.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (from, to) =
                    (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
                std::thread::spawn(move || pump(from, to, None));
                let left = shared.clone();
                std::thread::spawn(move || pump(server, client, Some(left)));
            }
        });
        Self { port: own, left }
    }

    pub fn mend(&self) {
        self.left.store(usize::MAX / 2, Ordering::SeqCst);
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, left: Option<Arc<AtomicUsize>>) {
    let mut buffer = [0; 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if let Some(left) = &left
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |all| all.checked_sub(n)).is_err()
        {
            break;
        }
        if to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}
