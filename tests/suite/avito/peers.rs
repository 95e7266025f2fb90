//! Real proxies on free ports of the loopback, an encrypted door in front of the fake, and a trap on the direct address.
//!
//! Every proxy goes out from 127.0.0.2. What reaches the direct address from 127.0.0.1 came past them.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callcentre::integrations::avito::fake::NewChat;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::mail::dovecot::{certificates, free_port};
use crate::support::until::until;

pub const LOGIN: (&str, &str) = ("master", "p@ss:word");

/// A chat about an ad.
pub fn chat(id: &str, name: &str) -> NewChat {
    let ad = Some((
        4_417_230_951,
        "Ремонт стиральных машин".to_owned(),
        "от 500 ₽".to_owned(),
        "Саратов".to_owned(),
    ));
    NewChat { id: id.to_owned(), client: 241_877_305, name: name.to_owned(), ad }
}

/// A running proxy.
pub struct Peer {
    pub port: u16,
    process: Option<Child>,
    _folder: tempfile::TempDir,
}

impl Peer {
    async fn start(program: &str, port: u16, folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let log = std::fs::File::create(folder.path().join("output.log")).expect("a log");
        let errors = log.try_clone().expect("a log");
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        until(program, || {
            let has_ended = !matches!(process.try_wait(), Ok(None));
            let said = std::fs::read_to_string(folder.path().join("output.log")).unwrap_or_default();
            assert!(!has_ended, "{program} does not run: {said}");
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .await;
        Self { port, process: Some(process), _folder: folder }
    }

    /// Squid, with or without login.
    pub async fn squid(login: bool) -> Self {
        let (folder, port) = (folder(), free_port());
        let place = folder.path();
        let access = if login {
            let users = place.join("users");
            let (user, password) = LOGIN;
            std::fs::write(&users, format!("{user}:{}\n", hashed(password))).expect("users");
            format!(
                "auth_param basic program /usr/lib/squid/basic_ncsa_auth {}\nacl known proxy_auth REQUIRED\n\
                 http_access allow known\nhttp_access deny all\n",
                users.display()
            )
        } else {
            "http_access allow all\n".to_owned()
        };
        let text = format!(
            "http_port 127.0.0.1:{port}\ntcp_outgoing_address 127.0.0.2\n{access}hosts_file {hosts}\n\
             pid_filename none\naccess_log none\ncache_log {log}\ncache deny all\ncoredump_dir {place}\n\
             shutdown_lifetime 0 seconds\npinger_enable off\nvia off\nforwarded_for delete\n",
            log = place.join("cache.log").display(),
            hosts = place.join("hosts").display(),
            place = place.display(),
        );
        std::fs::write(place.join("hosts"), "127.0.0.1 localhost\n").expect("names");
        let config = place.join("squid.conf");
        std::fs::write(&config, text).expect("a configuration");
        let config = config.display().to_string();
        Self::start("squid", port, folder, &["-N", "-f", &config]).await
    }

    /// Tinyproxy.
    pub async fn tinyproxy() -> Self {
        let (folder, port) = (folder(), free_port());
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nBind 127.0.0.2\nTimeout 60\nMaxClients 20\nDisableViaHeader Yes\n"
        );
        let config = folder.path().join("tinyproxy.conf");
        std::fs::write(&config, text).expect("a configuration");
        let config = config.display().to_string();
        Self::start("tinyproxy", port, folder, &["-d", "-c", &config]).await
    }

    /// Dante: SOCKS4 and SOCKS5, without login; `rule` is what it does with requests (`pass`, `block`).
    pub async fn dante(rule: &str) -> Self {
        let (folder, port) = (folder(), free_port());
        let text = format!(
            "logoutput: stderr\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.2\nclientmethod: none\n\
             socksmethod: none\nuser.privileged: {user}\nuser.unprivileged: {user}\n\
             client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\nsocks {rule} {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n",
            user = whoami(),
        );
        let config = folder.path().join("danted.conf");
        std::fs::write(&config, text).expect("a configuration");
        let config = config.display().to_string();
        Self::start("danted", port, folder, &["-f", &config, "-N", "1"]).await
    }

    /// Microsocks: SOCKS5 with login.
    pub async fn microsocks() -> Self {
        let (folder, port) = (folder(), free_port());
        let (user, password) = LOGIN;
        let listen =
            ["-i", "127.0.0.1", "-p", &port.to_string(), "-b", "127.0.0.2", "-u", user, "-P", password];
        Self::start("microsocks", port, folder, &listen).await
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Dante has children; it ends them when it is asked to end.
            let _ = Command::new("kill").arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    // Squid runs as another user when it is started by root.
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).expect("an open folder");
    folder
}

fn told(command: &str, arguments: &[&str]) -> String {
    let done = Command::new(command).args(arguments).output().expect("a program");
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn hashed(password: &str) -> String {
    told("openssl", &["passwd", "-apr1", password])
}

fn whoami() -> String {
    told("id", &["-un"])
}

/// The direct address: leads on what comes from a proxy, counts and closes what comes from here.
pub struct Trap {
    pub port: u16,
    caught: Arc<AtomicUsize>,
    passed: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
    /// The authority of its certificate.
    pub authority: String,
}

impl Trap {
    /// A trap in front of `target` (`127.0.0.1:PORT`), with encryption or without.
    pub fn before(target: &str, encrypted: bool) -> Self {
        let folder = folder();
        certificates(folder.path());
        let config = encrypted.then(|| Arc::new(server_config(folder.path())));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (caught, passed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counter, through, target) = (caught.clone(), passed.clone(), target.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let from = client.peer_addr().map(|peer| peer.ip());
                if !from.is_ok_and(|from| from == IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2))) {
                    counter.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                through.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(&target) else { continue };
                match config.clone() {
                    Some(config) => {
                        std::thread::spawn(move || encrypted_pipe(client, server, config));
                    }
                    None => pipe(client, server),
                }
            }
        });
        let authority = folder.path().join("ca.pem").display().to_string();
        Self { port, caught, passed, _folder: folder, authority }
    }

    /// Connections that came past every proxy.
    pub fn caught(&self) -> usize {
        self.caught.load(Ordering::SeqCst)
    }

    /// Connections that came through one.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }
}

fn server_config(folder: &Path) -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
        .expect("a configuration")
}

fn pipe(client: TcpStream, server: TcpStream) {
    let (from, to) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    std::thread::spawn(move || pump(from, to));
    std::thread::spawn(move || pump(server, client));
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// One request at a time is enough: the answer says how long it is, and the next request comes when it has been read.
fn encrypted_pipe(client: TcpStream, mut server: TcpStream, config: Arc<ServerConfig>) {
    let wait = std::time::Duration::from_millis(20);
    let _ = client.set_read_timeout(Some(wait));
    let _ = server.set_read_timeout(Some(wait));
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut client = StreamOwned::new(connection, client);
    let mut buffer = [0; 16 * 1024];
    let is_waiting = |error: &std::io::Error| {
        matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
    };
    loop {
        match client.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) if server.write_all(&buffer[..n]).is_ok() => {}
            Err(error) if is_waiting(&error) => {}
            _ => return,
        }
        match server.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) if client.write_all(&buffer[..n]).and_then(|()| client.flush()).is_ok() => {}
            Err(error) if is_waiting(&error) => {}
            _ => return,
        }
    }
}

/// A port that closes every connection, or says something of another language first.
pub fn babbling(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut heard = [0; 512];
                let _ = client.read(&mut heard);
                let _ = client.write_all(words);
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

/// A SOCKS4a proxy that goes out from 127.0.0.2; knows the name localhost only.
pub async fn socks4a() -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 9];
                client.read_exact(&mut head).await?;
                let mut name = Vec::new();
                loop {
                    match client.read_u8().await? {
                        0 => break,
                        byte => name.push(byte),
                    }
                }
                let is_asked = head[..2] == [4, 1] && head[4..7] == [0; 3] && name == b"localhost";
                let to = std::net::SocketAddr::from(([127, 0, 0, 1], u16::from_be_bytes([head[2], head[3]])));
                let socket = tokio::net::TcpSocket::new_v4()?;
                socket.bind(std::net::SocketAddr::from(([127, 0, 0, 2], 0)))?;
                if !is_asked {
                    return client.write_all(&[0, 91, 0, 0, 0, 0, 0, 0]).await;
                }
                let mut server = socket.connect(to).await?;
                client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await.map(|_| ())
            });
        }
    });
    port
}
