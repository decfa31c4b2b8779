//! How a take-over can end, and what becomes of descriptors: the copy is closed once, and Node's is left alone.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use room_engine::websocket::UpgradeRequest;
use room_engine::{Config, Engine, Host, Meta};
use socket_takeover::duplicate;

/// Longer than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Enough of them that one left open, or closed twice, can't hide.
const SOCKETS: usize = 50;

/// Descriptors are the process's: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux has it").count()
}

/// Runs a test, after which as many descriptors have to be open as before.
fn counted(test: impl FnOnce()) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = open_descriptors();
    test();
    assert_eq!(open_descriptors(), before);
}

/// Waits for what other threads do.
fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain");
        std::thread::yield_now();
    }
}

/// Takes the numbers that have just become free, and holds them: a second close of one of them would hit a file of these.
struct Canaries(Vec<File>);

impl Canaries {
    fn new() -> Self {
        Self((0..SOCKETS).map(|_| File::open("/proc/self/status").expect("opened")).collect())
    }

    fn assert_alive(&mut self) {
        for file in &mut self.0 {
            let mut text = String::new();
            file.read_to_string(&mut text).expect("still open");
            assert!(text.starts_with("Name:"), "another file has its number");
        }
    }
}

struct Nobody;

impl Host for Nobody {
    fn wake(&self) {}
}

fn engine() -> Engine {
    Engine::new(Config { threads: 2, ..Config::default() }, Arc::new(Nobody))
}

fn adopt(engine: &Engine, fd: i32) -> std::io::Result<()> {
    let request = UpgradeRequest {
        method: "GET".into(),
        upgrade: Some("websocket".into()),
        key: Some("dGhlIHNhbXBsZSBub25jZQ==".into()),
        version: Some("13".into()),
        protocol: None,
        extensions: None,
    };
    engine.adopt(duplicate(fd)?, b"", &request, Meta::default()).map(drop)
}

/// The client's end, and Node's of the same connection.
fn tcp_pair() -> (TcpStream, OwnedFd) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("connected");
    client.set_read_timeout(Some(PATIENCE)).expect("set");
    (client, listener.accept().expect("accepted").0.into())
}

fn unix_pair() -> (UnixStream, OwnedFd) {
    let (client, server) = UnixStream::pair().expect("a pair");
    client.set_read_timeout(Some(PATIENCE)).expect("set");
    (client, server.into())
}

fn assert_upgraded(client: &mut impl Read) {
    let mut answer = [0; 12];
    client.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 101");
}

#[test]
fn a_number_that_is_no_open_descriptor_fails() {
    counted(|| {
        assert_eq!(duplicate(-1).expect_err("none").kind(), ErrorKind::InvalidInput);
        assert_eq!(duplicate(i32::MIN).expect_err("none").kind(), ErrorKind::InvalidInput);
        let closed = unix_pair().1.as_raw_fd();
        for fd in [closed, 1_000_000, i32::MAX] {
            let error = duplicate(fd).expect_err("not open");
            assert_eq!(error.raw_os_error(), Some(9), "EBADF: {error}");
        }
    });
}

#[test]
fn a_copy_that_is_dropped_at_once_leaves_the_socket_as_it_was() {
    counted(|| {
        let (mut client, node) = unix_pair();
        for _ in 0..SOCKETS {
            drop(duplicate(node.as_raw_fd()).expect("copied"));
        }
        UnixStream::from(node).write_all(b"still here").expect("written");
        let mut text = String::new();
        client.read_to_string(&mut text).expect("read");
        assert_eq!(text, "still here");
    });
}

#[test]
fn an_engine_that_was_stopped_closes_the_copy_and_leaves_the_socket_as_it_was() {
    counted(|| {
        let engine = engine();
        engine.start().expect("started");
        engine.stop();
        let before = open_descriptors();
        let (mut client, node) = unix_pair();
        for _ in 0..SOCKETS {
            adopt(&engine, node.as_raw_fd()).expect_err("stopped");
        }
        assert_eq!(open_descriptors(), before + 2);
        UnixStream::from(node).write_all(b"still here").expect("written");
        let mut text = String::new();
        client.read_to_string(&mut text).expect("read");
        assert_eq!(text, "still here");
    });
}

/// `SOCKETS` connections, handed over and closed by Node, cut by their clients; then the engine goes.
fn served<Client: Read>(pair: fn() -> (Client, OwnedFd)) {
    counted(|| {
        let engine = engine();
        engine.start().expect("started");
        let before = open_descriptors();
        let mut clients: Vec<Client> = (0..SOCKETS)
            .map(|_| {
                let (client, node) = pair();
                adopt(&engine, node.as_raw_fd()).expect("adopted");
                client
            })
            .collect();
        clients.iter_mut().for_each(assert_upgraded);
        assert_eq!(open_descriptors(), before + 2 * SOCKETS);
        drop(clients);
        until(|| engine.open_connections() == 0 && open_descriptors() == before);
        let mut canaries = Canaries::new();
        drop(engine);
        canaries.assert_alive();
    });
}

#[test]
fn the_copy_of_a_tcp_socket_is_closed_once_when_its_client_has_gone() {
    served(tcp_pair);
}

#[test]
fn the_copy_of_a_unix_socket_is_closed_once_when_its_client_has_gone() {
    served(unix_pair);
}

#[test]
fn the_copy_is_closed_with_an_engine_that_goes_before_its_clients() {
    counted(|| {
        let engine = engine();
        let (mut client, node) = tcp_pair();
        adopt(&engine, node.as_raw_fd()).expect("adopted");
        drop(node);
        assert_upgraded(&mut client);
        drop(engine);
        let mut canaries = Canaries::new();
        client.read_to_end(&mut Vec::new()).expect("ended");
        canaries.assert_alive();
    });
}

#[test]
fn the_copy_of_what_is_no_socket_is_closed_by_the_engine() {
    counted(|| {
        let engine = engine();
        engine.start().expect("started");
        let before = open_descriptors();
        for _ in 0..SOCKETS {
            adopt(&engine, File::open("/dev/null").expect("opened").as_raw_fd()).expect("adopted");
        }
        until(|| engine.open_connections() == 0 && open_descriptors() == before);
    });
}
