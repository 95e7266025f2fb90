//! Who takes more than his share of time, connections or patience holds nobody else up.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use callcentre::platform::db::Database;
use callcentre::platform::db::schema::jobs;
use diesel::prelude::*;

use crate::program::Program;
use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::until::{until, until_told};

/// A database for a program of its own, and the folder it may use.
async fn place() -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    // An application of this test makes the schema; then it belongs to the program.
    let app = TestApp::start().await;
    let url = match on_postgres() {
        true => app.database_url(),
        false => format!("sqlite://{}", folder.path().join("limits.db").display()),
    };
    app.stop().await;
    if on_postgres() {
        // What it has done already, the program would not do again in the same ten minutes.
        let database = Database::open(&url, 1).expect("the database");
        database.write_now(|tx| Ok(diesel::delete(jobs::table).execute(tx.db)?)).expect("no jobs");
    }
    (url, folder)
}

/// The program under a limit of open files.
fn limited(limit: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit {limit} && exec \"$0\"")).arg(env!("CARGO_BIN_EXE_callcentre"));
    command
}

async fn is_healthy(address: &str) -> bool {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    client.get(format!("{address}/healthz")).send().await.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_there_are_files_for_do_not_silence_the_server() {
    let (url, folder) = place().await;
    let program = Program::start_by(limited("-n 128"), &url, folder.path());
    assert!(is_healthy(&program.address).await);
    let host = program.address.trim_start_matches("http://");
    // Connections that never ask for anything, held open to the end of the test.
    let idle: Vec<TcpStream> = (0..140).map(|_| TcpStream::connect(host).expect("a connection")).collect();
    until_told("it answers beside them", async || is_healthy(&program.address).await.then_some(())).await;
    assert_eq!(idle.len(), 140);
    let open = std::fs::read_dir(format!("/proc/{}/fd", program.id())).expect("its files").count();
    assert!(open < 128, "{open} files are open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_limit_of_open_files_is_raised_as_far_as_it_may_be() {
    let (url, folder) = place().await;
    let program = Program::start_by(limited("-Sn 200"), &url, folder.path());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", program.id())).expect("its limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers[0], numbers.get(1).map_or(65_536, |most| *most.min(&65_536)), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for_for_ever() {
    let app = TestApp::start().await;
    let address = app.address();
    let mut socket = TcpStream::connect(address.trim_start_matches("http://")).expect("a connection");
    let head = "POST /login HTTP/1.1\r\nHost: here\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 1000\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=";
    socket.write_all(head.as_bytes()).expect("sent");
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = [0; 12];
        socket
            .set_read_timeout(Some(Duration::from_secs(60)))
            .and_then(|()| socket.read_exact(&mut answer))?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    });
    assert_eq!(answer.await.expect("no panic").expect("an answer"), "HTTP/1.1 408");
}

/// A telephony at which every question is heard and gets the answer of its path, if it has one.
fn telephony(answers: &'static [(&'static str, &'static str)]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        let mut unanswered = Vec::new();
        for mut socket in listener.incoming().flatten() {
            let mut question = [0; 4096];
            let read = socket.read(&mut question).unwrap_or_default();
            let question = String::from_utf8_lossy(&question[..read]).into_owned();
            match answers.iter().find(|(path, _)| question.contains(path)) {
                Some((_, answer)) => drop(socket.write_all(answer.as_bytes())),
                None => unanswered.push(socket),
            }
            let _ = tell.send(question);
        }
    });
    (address, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_during_work_that_waits_for_somebody_outside_is_quiet() {
    const KEY: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"key\":\"key\"}";
    const NOT_READY: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    // One that takes questions and never answers, and one whose statistics are never ready.
    for (answers, last) in [
        (&[][..], "stats/request"),
        (&[("stats/request", KEY), ("stats/result", NOT_READY)][..], "stats/result"),
    ] {
        let (url, folder) = place().await;
        let (address, asked) = telephony(answers);
        let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
        command.env("MANGO_API_URL", address).env("RUST_LOG", "info").stderr(Stdio::piped());
        let mut program = Program::start_by(command, &url, folder.path());
        until("the comparison with the statistics waits", || {
            asked.try_iter().any(|question| question.contains(last)).then_some(())
        })
        .await;
        let (status, told) = program.terminate().await;
        assert_eq!(status.code(), Some(0), "{told}");
        assert!(told.contains("stopping"), "{told}");
        assert!(!told.contains("panicked") && !told.contains("ERROR"), "{told}");
    }
}
