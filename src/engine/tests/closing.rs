//! The end of a connection comes behind all that was decided before it.

mod support;

use room_engine::{Config, Meta};
use serde_json::Value;

use self::support::{TestClient, TestServer, change, hello};

const CLOSE_3000: &[u8] = &[0x88, 0x82, 0, 0, 0, 0, 0x0b, 0xb8];
const EMPTY_CLOSE: &[u8] = &[0x88, 0x80, 0, 0, 0, 0];
const RESERVED_BIT: &[u8] = &[0x91, 0x80, 0, 0, 0, 0];
const UNMASKED: &[u8] = &[0x81, 0x01, b'x'];
const NOT_UTF8: &[u8] = &[0x81, 0x81, 0, 0, 0, 0, 0xff];

/// A text frame as clients send it, masked with zeros.
fn masked(message: &Value) -> Vec<u8> {
    let text = message.to_string();
    let size = u16::try_from(text.len()).expect("a short message");
    assert!((126..1000).contains(&size));
    let mut frame = vec![0x81, 0xfe];
    frame.extend(size.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// All arrives in one read, so that no turn of the worker lies between. With two workers every other room makes the socket move.
#[tokio::test]
async fn what_was_asked_before_the_end_is_answered_before_it() {
    let ends = [
        (CLOSE_3000, 3000),
        (EMPTY_CLOSE, 1005),
        (RESERVED_BIT, 1002),
        (UNMASKED, 1002),
        (NOT_UTF8, 1007),
    ];
    for threads in [1, 2] {
        let server = TestServer::start(Config { threads, ..Config::default() }).await;
        for (round, (end, code)) in ends.into_iter().cycle().take(20).enumerate() {
            let (stream, socket) = server.pair().await;
            let sets = change("key", &"v".repeat(100));
            let head = [
                masked(&hello(&format!("room {round} {}", " ".repeat(50)))),
                masked(&sets),
                end.to_vec(),
                masked(&sets),
            ]
            .concat();
            let id = server
                .engine
                .adopt(socket, &head, &TestServer::request(), Meta::default())
                .expect("adopted");
            let mut client = TestClient::new(id, stream).await;
            assert_eq!(client.next().await["type"], 1, "the hello's answer");
            assert_eq!(client.next().await["roomChanges"], sets["roomChanges"], "the echo");
            assert_eq!(client.closed().await.0, code, "and nothing of what came behind the end");
        }
        server.until(|engine| engine.open_connections() == 0).await;
    }
}
