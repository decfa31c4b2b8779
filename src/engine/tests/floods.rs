//! What a client can make the engine keep by not reading, or by sending what needs no room.

mod support;

use std::io::{Read, Write};

use room_engine::{Config, Meta};
use support::{TestServer, change, patiently};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// A ping with a number as its payload, masked with zeros.
fn ping(number: usize) -> Vec<u8> {
    let mut frame = vec![0x89, 0xe4, 0, 0, 0, 0];
    frame.extend(format!("{number:0100}").into_bytes());
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_of_a_client_that_does_not_read_fill_no_memory_and_the_last_one_is_answered() {
    // However slow the machine: it sends nothing while it reads.
    let config = Config { heartbeat_interval: std::time::Duration::MAX, ..Config::default() };
    let server = TestServer::start(config).await;
    let (stream, socket) = server.pair().await;
    let id =
        server.engine.adopt(socket, b"", &TestServer::request(), Meta::default()).expect("adopted");
    let mut stream = stream.into_std().expect("a plain socket");
    stream.set_nonblocking(false).expect("blocking");
    let count = 32 * MIB / 106;
    for start in (0..count).step_by(10_000) {
        let pings: Vec<u8> = (start..count.min(start + 10_000)).flat_map(ping).collect();
        stream.write_all(&pings).expect("the server reads on");
        // What one turn of the worker has read may be answered in one piece.
        assert!(server.engine.queued(id) < 2 * MIB);
    }
    let last = format!("{:0100}", count - 1);
    let answered = tokio::task::spawn_blocking(move || {
        let (mut seen, mut chunk) = (Vec::new(), vec![0; MIB]);
        while !seen.ends_with(last.as_bytes()) {
            let size = stream.read(&mut chunk).expect("open");
            assert_ne!(size, 0, "ended");
            seen.drain(..seen.len().saturating_sub(200));
            seen.extend_from_slice(&chunk[..size]);
        }
    });
    patiently(answered).await.expect("the last pong");
}

#[tokio::test]
async fn an_application_that_is_busy_keeps_little_of_what_is_for_relayed_clients() {
    let server = TestServer::start(Config::default()).await;
    let mut writer = server.join("r").await;
    let relayed =
        server.engine.relay(b"", &TestServer::request(), Meta::default()).expect("relayed");
    let hello = support::hello("r").to_string();
    let mut frame = vec![0x81, 0xfe];
    frame.extend(u16::try_from(hello.len()).expect("short").to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(hello.as_bytes());
    server.engine.relay_data(relayed, &frame);
    assert!(writer.next().await["addClients"].is_object());
    let value = "x".repeat(300 * KIB);
    for round in 0..20 {
        writer.send(&change(&round.to_string(), &value)).await;
        assert_eq!(writer.next_change().await["key"], round.to_string());
    }
    let mut all = Vec::new();
    patiently(async {
        while !String::from_utf8_lossy(&all[all.len().saturating_sub(500 * KIB)..])
            .contains(r#"{"key":"19""#)
            || server.engine.queued(relayed) > 0
        {
            let taken = server.engine.take_relay();
            let size: usize = taken.iter().map(|write| write.data.len()).sum();
            assert!(size <= 256 * KIB, "{size} bytes at once");
            all.extend(taken.into_iter().flat_map(|write| write.data));
            tokio::task::yield_now().await;
        }
    })
    .await;
    let text = String::from_utf8_lossy(&all);
    let order: Vec<usize> =
        (0..20).filter_map(|round| text.find(&format!(r#"{{"key":"{round}""#))).collect();
    assert_eq!(order.len(), 20);
    assert!(order.is_sorted(), "nothing lost, nothing out of order");
}
