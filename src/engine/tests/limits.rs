//! Clients that are late, silent, slow or greedy.

mod support;

use std::time::Duration;

use room_engine::{Config, hook};
use serde_json::json;
use support::{TestServer, change, hello};

#[tokio::test]
async fn a_late_hello_is_not_waited_for() {
    let config = Config { hello_timeout: Duration::from_millis(30), ..Config::default() };
    let server = TestServer::start(config).await;
    let mut client = server.connect().await;
    assert_eq!(client.closed().await, (1002, "no hello received in time".to_owned()));
}

#[tokio::test]
async fn the_hello_timer_stops_when_the_hello_is_here() {
    let config = Config {
        hello_timeout: Duration::from_millis(30),
        heartbeat_interval: Duration::from_millis(50),
        ..Config::default()
    };
    let server = TestServer::start(config).await;
    server.engine.set_hooks(hook::HELLO);
    let mut client = server.connect().await;
    client.send(&hello("r")).await;
    server.events().await;
    // A later connection's timer has run out: so has the time of the first.
    let mut other = server.connect().await;
    assert_eq!(other.closed().await.0, 1002);
    server.engine.execute("H 1 {\"roomId\":\"r\",\"clientState\":{}}\nU");
    assert_eq!(client.next().await["type"], 1);
}

#[tokio::test]
async fn a_silent_client_is_cut_and_leaves() {
    let config = Config { heartbeat_interval: Duration::from_millis(40), ..Config::default() };
    let server = TestServer::start(config).await;
    // Its pongs are never sent, as nobody reads its socket.
    let mut silent = server.join("r").await;
    server.until(|engine| engine.open_connections() == 0).await;
    assert_eq!(silent.closed().await.0, 1006);
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let config = Config { heartbeat_interval: Duration::from_millis(40), ..Config::default() };
    let server = TestServer::start(config).await;
    let mut lively = server.join("r").await;
    let silent = server.join("r").await;
    // Reading answers the pings; the silent one's end is the news that comes after several intervals.
    assert_eq!(lively.next().await["addClients"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(lively.next().await, json!({"type": 3, "removeClients": ["connection:2"]}));
    drop(silent);
}

#[tokio::test]
async fn too_much_for_a_client_that_does_not_read_is_not_queued() {
    let config = Config { max_buffered_bytes: 1 << 20, ..Config::default() };
    let server = TestServer::start(config).await;
    let mut writer = server.join("r").await;
    let mut slow = server.join("r").await;
    writer.next().await;
    let value = "x".repeat(256 * 1024);
    for round in 0..60 {
        writer.send(&change(&round.to_string(), &value)).await;
        assert_eq!(writer.next().await["roomChanges"][0]["key"], round.to_string());
        assert!(server.engine.queued(slow.id) <= (1 << 20) + value.len() + 256, "and one message");
    }
    assert_eq!(slow.closed().await.0, 4100);
    drop(slow);
    assert_eq!(writer.next().await, json!({"type": 3, "removeClients": ["connection:2"]}));
}

#[tokio::test]
async fn messages_past_the_limit_close_with_1009_from_their_header_on() {
    let config = Config { max_hello_bytes: 200, max_message_bytes: 300, ..Config::default() };
    let server = TestServer::start(config).await;
    let mut client = server.connect().await;
    client.send(&hello(&"r".repeat(200))).await;
    assert_eq!(client.closed().await.0, 1009);
    let mut client = server.join("r").await;
    client.send(&change("k", &"v".repeat(200))).await;
    client.next().await;
    client.send(&change("k", &"v".repeat(300))).await;
    assert_eq!(client.closed().await.0, 1009);
}

#[tokio::test]
async fn a_flood_for_slow_hooks_waits_in_the_socket_and_nothing_is_lost() {
    let config = Config { pending_messages: 8, ..Config::default() };
    let server = TestServer::start(config).await;
    let mut client = server.join("r").await;
    server.engine.set_hooks(hook::ACTION);
    for id in 0..100 {
        client.send(&json!({"type": 4, "action": "a", "id": id.to_string()})).await;
    }
    let mut answered = 0;
    while answered < 100 {
        let events = server.events().await;
        let calls: Vec<_> = events.chunks(7).collect();
        assert!(calls.len() <= 8, "{} wait at once", calls.len());
        let answers: Vec<String> = calls
            .iter()
            .map(|call| format!("A {} {{\"type\":5,\"id\":{}}}", call[1], call[5]))
            .collect();
        server.engine.execute(&format!("{}\nU", answers.join("\n")));
        for _ in calls {
            assert_eq!(client.next().await["id"], answered.to_string());
            answered += 1;
        }
    }
}

#[tokio::test]
async fn stopping_says_goodbye() {
    let server = TestServer::start(Config::default()).await;
    let mut client = server.join("r").await;
    server.engine.stop();
    assert_eq!(client.closed().await, (1001, "server going away".to_owned()));
    let (_, socket) = server.pair().await;
    assert!(
        server
            .engine
            .adopt(socket, b"", &TestServer::request(), room_engine::Meta::default())
            .is_err()
    );
}

#[tokio::test]
async fn limits_of_time_that_never_come_disturb_nothing() {
    let config = Config {
        hello_timeout: Duration::MAX,
        heartbeat_interval: Duration::MAX,
        empty_room_ttl: Some(Duration::MAX),
        ..Config::default()
    };
    let server = TestServer::start(config).await;
    let client = server.join("r").await;
    client.cut();
    server.until(|engine| engine.open_connections() == 0).await;
    server.join("r").await;
    assert!(server.engine.open_room("\"r\"") == Some(room_engine::RoomKey(1)));
}

#[tokio::test]
async fn a_message_larger_than_what_may_wait_reaches_a_client_that_reads() {
    let config = Config { max_buffered_bytes: 64 * 1024, ..Config::default() };
    let server = TestServer::start(config).await;
    let mut writer = server.join("r").await;
    let value = "x".repeat(1 << 20);
    writer.send(&change("large", &value)).await;
    assert_eq!(writer.next().await["roomChanges"][0]["key"], "large");
    // The state is larger now than what may wait, too.
    let mut joiner = server.connect().await;
    joiner.send(&hello("r")).await;
    assert_eq!(joiner.next().await["roomState"]["large"], value);
}

#[tokio::test]
async fn more_at_once_than_what_may_wait_reaches_a_client_that_reads() {
    let limit = 64 * 1024;
    let rows = [("two that pass it together", 2, limit * 6 / 10), ("many", 16, limit / 4)];
    for (what, count, size) in rows {
        let config = Config { max_buffered_bytes: limit, ..Config::default() };
        let server = TestServer::start(config).await;
        let mut reader = server.join("r").await;
        let value = "x".repeat(size);
        for line in ["S 1", "B 1 0"] {
            let batch: Vec<String> = (0..count)
                .map(|number| {
                    format!("{line} {{\"type\":9,\"number\":{number},\"value\":\"{value}\"}}")
                })
                .collect();
            server.engine.execute(&format!("{}\nU", batch.join("\n")));
            for number in 0..count {
                assert_eq!(reader.next().await["number"], number, "{what} by {line}");
            }
        }
    }
}
