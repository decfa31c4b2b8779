//! The engine as an echo server on a plain TCP listener: what `npm run test:autobahn` talks to without Node.
//!
//! `echo [compress]` prints its port and serves until its standard input ends.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use room_engine::websocket::UpgradeRequest;
use room_engine::{Config, Engine, Host, Meta};

/// Longer than any case of a suite: pings and deadlines of ours would get between what the suite sends in pieces.
const NEVER: Duration = Duration::from_secs(60 * 60);

/// The head of a request that is longer is none of a suite's.
const MAX_HEAD: usize = 16 * 1024;

/// There are no events: nothing is asked of an application.
struct Deaf;

impl Host for Deaf {
    fn wake(&self) {}
}

fn main() -> io::Result<()> {
    let defaults = Config::default();
    let compress = std::env::args().any(|argument| argument == "compress");
    let engine = Arc::new(Engine::new(
        Config {
            echo: true,
            hello_timeout: NEVER,
            heartbeat_interval: NEVER,
            // The first message is an ordinary one here.
            max_hello_bytes: defaults.max_message_bytes,
            compress_from: compress.then_some(0),
            ..defaults
        },
        Arc::new(Deaf),
    ));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    std::thread::spawn(move || accept_all(&listener, &engine));
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn accept_all(listener: &TcpListener, engine: &Arc<Engine>) {
    for stream in listener.incoming().flatten() {
        let engine = Arc::clone(engine);
        // One that sends no request must not keep others from theirs.
        std::thread::spawn(move || serve(stream, &engine));
    }
}

fn serve(mut stream: TcpStream, engine: &Engine) -> io::Result<()> {
    let mut bytes = Vec::new();
    let (request, size) = read_request(&mut stream, &mut bytes)?;
    if let Err(refusal) = request.check() {
        return stream.write_all(&refusal.response());
    }
    let socket = socket2::Socket::from(stream);
    engine.adopt(socket, &bytes[size..], &request, Meta::default()).map(|_| ())
}

/// Reads until a whole request is there; how long it is.
fn read_request(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
) -> io::Result<(UpgradeRequest, usize)> {
    let mut chunk = [0; 4096];
    while bytes.len() < MAX_HEAD {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&chunk[..count]);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(bytes).map_err(io::Error::other)?;
        if let httparse::Status::Complete(size) = parsed {
            return Ok((describe(&request), size));
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn describe(request: &httparse::Request<'_, '_>) -> UpgradeRequest {
    let header = |name: &str| {
        let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(found.value).into_owned())
    };
    UpgradeRequest {
        method: request.method.unwrap_or_default().to_owned(),
        upgrade: header("Upgrade"),
        key: header("Sec-WebSocket-Key"),
        version: header("Sec-WebSocket-Version"),
        protocol: header("Sec-WebSocket-Protocol"),
        extensions: header("Sec-WebSocket-Extensions"),
    }
}
