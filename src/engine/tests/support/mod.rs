//! The vocabulary of the loopback tests: an engine without Node, and clients that speak to it over real sockets.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part of it")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use room_engine::websocket::UpgradeRequest;
use room_engine::{Config, ConnId, Engine, Host, Meta};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

/// Longer than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("waited in vain")
}

#[derive(Default)]
struct Bell(Notify);

impl Host for Bell {
    fn wake(&self) {
        self.0.notify_one();
    }
}

pub struct TestServer {
    pub engine: Arc<Engine>,
    bell: Arc<Bell>,
    listener: TcpListener,
}

impl TestServer {
    pub async fn start(config: Config) -> Self {
        let bell = Arc::new(Bell::default());
        let engine = Arc::new(Engine::new(config, Arc::clone(&bell) as Arc<dyn Host>));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self { engine, bell, listener }
    }

    /// A connected pair: the server's end is not yet the engine's.
    pub async fn pair(&self) -> (TcpStream, socket2::Socket) {
        let address = self.listener.local_addr().expect("an address");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), self.listener.accept());
        let server = accepted.expect("accepted").0.into_std().expect("a plain socket");
        (client.expect("connected"), socket2::Socket::from(server))
    }

    pub fn request() -> UpgradeRequest {
        UpgradeRequest {
            method: "GET".into(),
            upgrade: Some("websocket".into()),
            key: Some("dGhlIHNhbXBsZSBub25jZQ==".into()),
            version: Some("13".into()),
            protocol: None,
            extensions: None,
        }
    }

    pub async fn connect(&self) -> TestClient {
        let (stream, socket) = self.pair().await;
        let id =
            self.engine.adopt(socket, b"", &Self::request(), Meta::default()).expect("adopted");
        TestClient::new(id, stream).await
    }

    pub async fn join(&self, room: &str) -> TestClient {
        let mut client = self.connect().await;
        client.send(&hello(room)).await;
        assert_eq!(client.next().await["type"], 1);
        client
    }

    /// The next batch of events.
    pub async fn events(&self) -> Vec<Value> {
        loop {
            if let Some(text) = self.engine.take() {
                return serde_json::from_str(&text).expect("events are JSON");
            }
            if self.engine.rest() {
                patiently(self.bell.0.notified()).await;
            }
        }
    }

    /// Waits until the condition holds; it changes only with what other threads do.
    pub async fn until(&self, condition: impl Fn(&Engine) -> bool) {
        patiently(async {
            while !condition(&self.engine) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

pub fn hello(room: &str) -> Value {
    json!({"protocol": "websocket-room-server:1", "roomProtocol": "test", "roomId": room, "clientState": {}})
}

pub fn change(key: &str, value: &str) -> Value {
    json!({"type": 2, "roomChanges": [{"key": key, "value": value}], "echo": true})
}

pub struct TestClient {
    pub id: ConnId,
    socket: WebSocketStream<TcpStream>,
}

impl TestClient {
    pub async fn new(id: ConnId, mut stream: TcpStream) -> Self {
        read_head(&mut stream).await;
        Self { id, socket: WebSocketStream::from_raw_socket(stream, Role::Client, None).await }
    }

    pub async fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("sent");
    }

    /// The next message, pings aside.
    pub async fn next(&mut self) -> Value {
        loop {
            match patiently(self.socket.next()).await.expect("open").expect("a message") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// The first entry of the next change of the room; other news are skipped.
    pub async fn next_change(&mut self) -> Value {
        loop {
            if let Some(changes) = self.next().await.get_mut("roomChanges") {
                return changes[0].take();
            }
        }
    }

    /// The code and reason with which the server closes; messages before it are skipped.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match patiently(self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return (1005, String::new()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (1006, String::new()),
            }
        }
    }

    pub async fn close(mut self) {
        self.socket.close(None).await.expect("closed");
    }

    /// Closes with a code and goes on reading.
    pub async fn close_with(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.send(Message::Close(Some(frame))).await.expect("sent");
    }

    /// Sends all in one go.
    pub async fn send_together(&mut self, messages: &[Value]) {
        for message in messages {
            self.socket.feed(Message::text(message.to_string())).await.expect("queued");
        }
        // The server may have closed before all was sent.
        let _ = self.socket.flush().await;
    }

    /// The next message, None at the end.
    pub async fn try_next(&mut self) -> Option<Value> {
        loop {
            match patiently(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }

    /// Sends and ends the connection, so that both may arrive as one.
    pub async fn send_and_cut(&mut self, message: &Value) {
        self.socket.feed(Message::text(message.to_string())).await.expect("queued");
        self.socket.flush().await.expect("sent");
        self.socket.get_mut().shutdown().await.expect("ended");
    }

    /// Ends without a word.
    pub fn cut(self) {
        let stream = self.socket.into_inner().into_std().expect("a socket");
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("linger");
    }
}

/// A client that looks at frames.
pub struct RawClient(TcpStream);

impl RawClient {
    pub async fn new(mut stream: TcpStream) -> Self {
        read_head(&mut stream).await;
        Self(stream)
    }

    /// Sends a message in one frame, with a mask of zeros.
    pub async fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let length = u16::try_from(text.len()).expect("a short message");
        let mut frame = vec![0x81, 0xFE];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.0.write_all(&frame).await.expect("sent");
    }

    /// The next frame: its first byte and its payload.
    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        let first = patiently(self.0.read_u8()).await.expect("a frame");
        let length = match patiently(self.0.read_u8()).await.expect("a length") {
            126 => patiently(self.0.read_u16()).await.expect("a length").into(),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        patiently(self.0.read_exact(&mut payload)).await.expect("a payload");
        (first, payload)
    }
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(patiently(stream.read_u8()).await.expect("the answer to the upgrade"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
}
