//! The program as it is started by hand and by the system.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::{Client, Page};

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
    command.env_clear().env("DATA_DIR", folder).env("LISTEN", "127.0.0.1:0");
    command
}

#[test]
fn a_bad_setting_ends_the_start_with_one_line_and_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    for (variable, value) in [
        ("LISTEN", "nowhere"),
        ("DATABASE_URL", "oracle://x"),
        ("BUSINESS_TZ", "Moscow"),
        ("APP_SECRET", "short"),
    ] {
        let output = program(folder.path()).env(variable, value).output().expect("the program");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{variable}: {words}");
        assert_eq!(words.lines().count(), 1, "{words}");
        assert!(words.starts_with(&format!("callcentre: {variable}: ")), "{words}");
    }
}

#[test]
fn a_weak_first_password_ends_the_start_with_one_line_and_makes_no_admin() {
    let folder = tempfile::tempdir().expect("a folder");
    for secret in ["1", "        ", "password123", "boss-boss-1"] {
        let output = program(folder.path())
            .env("RUST_LOG", "off")
            .env("ADMIN_LOGIN", "boss")
            .env("ADMIN_PASSWORD", secret)
            .output()
            .expect("the program");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{secret}: {words}");
        assert_eq!(words.lines().count(), 1, "{words}");
        assert!(words.starts_with("callcentre: ADMIN_PASSWORD: "), "{words}");
    }
}

#[test]
fn a_second_server_on_one_sqlite_file_is_refused_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = program(folder.path()).stdout(Stdio::piped()).spawn().expect("the program");
    let mut line = String::new();
    BufReader::new(first.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let second = program(folder.path()).env("RUST_LOG", "off").output().expect("the program");
    let words = String::from_utf8_lossy(&second.stderr).into_owned();
    first.kill().expect("the end of the first");
    first.wait().expect("its end");
    assert_eq!(second.status.code(), Some(2), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    assert!(words.contains("another process serves") && words.contains("callcentre.db"), "{words}");
}

#[test]
fn a_postgresql_that_is_down_is_told_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = program(folder.path())
        .env("RUST_LOG", "off")
        .env("DATABASE_URL", "postgres://crm:hush-hush@127.0.0.1:9/crm")
        .output()
        .expect("the program");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    assert!(words.starts_with("callcentre: DATABASE_URL: ") && !words.contains("hush"), "{words}");
}

#[test]
fn nobody_else_reads_what_the_program_writes_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let run = format!("umask 000; exec {} serve", env!("CARGO_BIN_EXE_callcentre"));
    let mut server = Command::new("sh")
        .args(["-c", &run])
        .env_clear()
        .env("DATA_DIR", &data)
        .env("LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let mode = |name: &str| {
        let data = std::fs::metadata(data.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        data.permissions().mode() & 0o777
    };
    let modes =
        ["", "callcentre.db", "callcentre.db-wal", "callcentre.db-shm", "secret.key", "files"].map(mode);
    server.kill().expect("the end");
    server.wait().expect("its end");
    assert_eq!(modes, [0o700, 0o600, 0o600, 0o600, 0o600, 0o700]);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("its address").to_string();
    let output = program(folder.path()).env("LISTEN", &listen).output().expect("the program");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&listen));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_made_on_the_command_line_signs_in_and_the_server_stops_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut create = program(folder.path())
        .args(["admin", "create", "--login", "boss", "--name", "Ольга Главная", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    create.stdin.take().expect("its input").write_all("достаточно длинный\n".as_bytes()).expect("a password");
    assert!(create.wait().expect("its end").success());

    let mut server = program(folder.path()).stdout(Stdio::piped()).spawn().expect("the program");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let address = line.trim().rsplit(' ').next().expect("an address").to_owned();
    let boss = Client::new(address);
    let answer = boss.submit("/login", &[("login", "boss"), ("password", "достаточно длинный")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(Page::of(boss.request(Method::GET, "/readyz")).await.body, "ready\n");
    let stream = boss.request(Method::GET, "/live").send().await.expect("a stream");
    assert_eq!(stream.status().as_u16(), 200);

    let began = Instant::now();
    let id = server.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    let status =
        tokio::task::spawn_blocking(move || server.wait()).await.expect("no panic").expect("its end");
    assert!(status.success(), "{status}");
    assert!(began.elapsed() < Duration::from_secs(5), "an open stream held the stop: {:?}", began.elapsed());
    drop(stream);
}
