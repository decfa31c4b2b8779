//! Clients that lose their connection and come back.

mod support;

use std::time::Duration;

use room_engine::{Config, hook};
use serde_json::{Value, json};
use support::{RawClient, TestClient, TestServer, change, hello};

fn asking(room: &str, resume: &Value) -> Value {
    let mut hello = hello(room);
    hello["ext"] = json!({"resume": resume});
    hello
}

/// A client that has joined and may come back, with its token.
async fn join(server: &TestServer, room: &str) -> (TestClient, String) {
    let mut client = server.connect().await;
    client.send(&asking(room, &json!({}))).await;
    let welcome = client.next().await;
    let resume = &welcome["ext"]["resume"];
    assert_eq!((&resume["outcome"], &resume["received"]), (&json!("new"), &json!(0)));
    (client, token(&welcome))
}

fn token(welcome: &Value) -> String {
    welcome["ext"]["resume"]["token"].as_str().expect("a token").to_owned()
}

/// Comes back with the token; the client's new connection and the answer.
async fn come_back(
    server: &TestServer,
    room: &str,
    token: &str,
    received: u64,
) -> (TestClient, Value) {
    let mut client = server.connect().await;
    client.send(&asking(room, &json!({"token": token, "received": received}))).await;
    let welcome = client.next().await;
    (client, welcome)
}

fn outcome(welcome: &Value) -> (&str, u64) {
    let resume = &welcome["ext"]["resume"];
    (resume["outcome"].as_str().unwrap_or(""), resume["received"].as_u64().unwrap_or(u64::MAX))
}

async fn dropped(server: &TestServer, count: usize) {
    server.until(|engine| engine.dropped() == count).await;
}

/// As many workers as sockets, so that they move.
fn config() -> Config {
    Config { threads: 4, ..Config::default() }
}

#[tokio::test]
async fn a_client_that_was_cut_gets_what_it_missed_and_nobody_saw_it_go() {
    let server = TestServer::start(config()).await;
    for room in ["a", "b", "c", "d", "e"] {
        let (mut client, first) = join(&server, room).await;
        let mut witness = server.join(room).await;
        client.next().await;
        client.send(&change("own", "1")).await;
        for reader in [&mut client, &mut witness] {
            assert_eq!(reader.next().await["roomChanges"][0]["key"], "own");
        }
        let id = client.id;
        client.cut();
        dropped(&server, 1).await;
        for round in 0..20 {
            witness.send(&change("k", &round.to_string())).await;
            witness.next().await;
        }
        server.engine.execute(&format!("S {} {{\"type\":99}}", id.0));
        let (mut client, welcome) = come_back(&server, room, &first, 2).await;
        assert_eq!(outcome(&welcome), ("replayed", 1));
        assert_eq!(welcome["clientId"], format!("connection:{}", id.0));
        assert_eq!((&welcome["clients"], &welcome["roomState"]), (&json!({}), &json!({})));
        for round in 0..20 {
            assert_eq!(client.next().await["roomChanges"][0]["value"], round.to_string());
        }
        assert_eq!(client.next().await, json!({"type": 99}));
        // And all goes on as before.
        client.send(&change("k", "after")).await;
        for reader in [&mut client, &mut witness] {
            assert_eq!(reader.next().await["roomChanges"][0]["value"], "after");
        }
        client.close().await;
        let gone = format!("connection:{}", id.0);
        assert_eq!(witness.next().await, json!({"type": 3, "removeClients": [gone]}));
        witness.close().await;
    }
    server.until(|engine| engine.open_connections() == 0).await;
}

#[tokio::test]
async fn a_connection_that_still_looks_alive_is_replaced() {
    let server = TestServer::start(config()).await;
    for room in ["a", "b", "c", "d", "e"] {
        let (mut frozen, first) = join(&server, room).await;
        let mut witness = server.join(room).await;
        // The announcement is not read: the client has received nothing.
        witness.send(&change("k", "v")).await;
        witness.next().await;
        let (mut client, welcome) = come_back(&server, room, &first, 0).await;
        assert_eq!(outcome(&welcome), ("replayed", 0));
        assert_eq!(
            frozen.closed().await,
            (4502, "resumed on another connection".to_owned()),
            "{room}"
        );
        assert!(client.next().await["addClients"].is_object());
        assert_eq!(client.next().await["roomChanges"][0]["value"], "v");
        client.send(&change("k", "w")).await;
        assert_eq!(witness.next().await["roomChanges"][0]["value"], "w");
        assert_eq!(client.next().await["roomChanges"][0]["value"], "w");
        assert_eq!(server.engine.dropped(), 0);
        client.close().await;
    }
    server.until(|engine| engine.open_connections() == 0).await;
}

#[tokio::test]
async fn a_used_token_is_worth_nothing_once_the_next_one_was_shown() {
    let server = TestServer::start(config()).await;
    let (client, first) = join(&server, "r").await;
    client.cut();
    dropped(&server, 1).await;
    // The answer is lost in the next cut, twice.
    for _ in 0..2 {
        let (client, welcome) = come_back(&server, "r", &first, 0).await;
        assert_eq!(
            (outcome(&welcome).0, &welcome["clientId"]),
            ("replayed", &json!("connection:1"))
        );
        client.cut();
        dropped(&server, 1).await;
    }
    let (mut client, welcome) = come_back(&server, "r", &first, 0).await;
    client.send(&change("k", "v")).await;
    client.next().await;
    let (_stranger, answer) = come_back(&server, "r", &first, 0).await;
    assert_eq!((outcome(&answer), &answer["clientId"]), (("new", 0), &json!("connection:5")));
    // It goes on for who has the right one.
    assert!(client.next().await["addClients"].is_object());
    client.cut();
    dropped(&server, 1).await;
    let (_, welcome) = come_back(&server, "r", &token(&welcome), 2).await;
    assert_eq!(outcome(&welcome), ("replayed", 1));
}

#[tokio::test]
async fn messages_behind_the_hello_are_handled_in_order_and_once() {
    let server = TestServer::start(config()).await;
    let (mut client, first) = join(&server, "r").await;
    client.send(&change("a", "1")).await;
    client.next().await;
    client.cut();
    dropped(&server, 1).await;
    let mut client = server.connect().await;
    client.send(&asking("r", &json!({"token": first, "received": 1}))).await;
    for value in ["2", "3", "4"] {
        client.send(&change("a", value)).await;
    }
    let welcome = client.next().await;
    assert_eq!(outcome(&welcome), ("replayed", 1));
    for value in ["2", "3", "4"] {
        assert_eq!(client.next().await["roomChanges"][0]["value"], value);
    }
    client.cut();
    dropped(&server, 1).await;
    let (_, welcome) = come_back(&server, "r", &token(&welcome), 4).await;
    assert_eq!(outcome(&welcome), ("replayed", 4));
}

#[tokio::test]
async fn more_than_is_held_becomes_a_snapshot_and_never_a_part() {
    let server = TestServer::start(Config { resume_bytes: 2000, ..config() }).await;
    for room in ["a", "b", "c", "d", "e"] {
        let (client, first) = join(&server, room).await;
        let mut witness = server.join(room).await;
        client.cut();
        dropped(&server, 1).await;
        let value = "x".repeat(100);
        for round in 0..50 {
            witness.send(&change(&round.to_string(), &value)).await;
            witness.next().await;
        }
        let (mut client, welcome) = come_back(&server, room, &first, 0).await;
        assert_eq!(outcome(&welcome), ("snapshot", 0));
        assert_eq!(welcome["roomState"].as_object().map(serde_json::Map::len), Some(50));
        assert_eq!(welcome["clients"].as_object().map(serde_json::Map::len), Some(2));
        witness.send(&change("k", "v")).await;
        assert_eq!(client.next().await["roomChanges"][0]["key"], "k");
        // The count has begun anew.
        client.cut();
        dropped(&server, 1).await;
        witness.send(&change("k", "w")).await;
        witness.next().await;
        witness.next().await;
        let (mut client, welcome) = come_back(&server, room, &token(&welcome), 1).await;
        assert_eq!(outcome(&welcome), ("replayed", 0));
        assert_eq!(client.next().await["roomChanges"][0]["value"], "w");
        client.close().await;
    }
}

#[tokio::test]
async fn when_the_grace_is_over_the_client_leaves_once() {
    let config = Config { resume_for: Duration::from_millis(50), ..config() };
    let server = TestServer::start(config).await;
    let mut witness = server.join("r").await;
    let (client, first) = join(&server, "r").await;
    witness.next().await;
    client.cut();
    assert_eq!(witness.next().await, json!({"type": 3, "removeClients": ["connection:2"]}));
    assert_eq!((server.engine.dropped(), server.engine.open_connections()), (0, 1));
    let (_, welcome) = come_back(&server, "r", &first, 0).await;
    assert_eq!((outcome(&welcome), &welcome["clientId"]), (("new", 0), &json!("connection:3")));
    assert!(witness.next().await["addClients"].is_object());
}

#[tokio::test]
async fn who_says_goodbye_leaves_at_once() {
    let server = TestServer::start(config()).await;
    let mut witness = server.join("r").await;
    for round in 0..3 {
        let (mut client, _) = join(&server, "r").await;
        witness.next().await;
        match round {
            0 => client.close_with(1000).await,
            1 => client.send(&json!({"type": 6})).await,
            _ => client.send(&json!({"type": 77})).await,
        }
        client.closed().await;
        drop(client);
        assert!(witness.next().await["removeClients"].is_array());
        assert_eq!(server.engine.dropped(), 0);
    }
}

#[tokio::test]
async fn transient_close_codes_drop() {
    let server = TestServer::start(config()).await;
    let (mut client, first) = join(&server, "r").await;
    server.engine.execute("K 1 4150 \"for now\"");
    assert_eq!(client.closed().await, (4150, "for now".to_owned()));
    dropped(&server, 1).await;
    let (mut client, welcome) = come_back(&server, "r", &first, 0).await;
    assert_eq!(outcome(&welcome).0, "replayed");
    client.close_with(4199).await;
    assert_eq!(client.closed().await.0, 4199);
    dropped(&server, 1).await;
    let (mut client, welcome) = come_back(&server, "r", &token(&welcome), 0).await;
    assert_eq!((outcome(&welcome).0, &welcome["clientId"]), ("replayed", &json!("connection:1")));
    client.close_with(4200).await;
    assert_eq!(client.closed().await.0, 4200);
    server.until(|engine| engine.open_connections() == 0).await;
}

#[tokio::test]
async fn a_slow_reader_is_dropped_and_gets_the_rest_when_it_comes_back() {
    let config = Config { max_buffered_bytes: 1 << 20, resume_bytes: 64 << 20, ..config() };
    let server = TestServer::start(config).await;
    let (mut slow, first) = join(&server, "r").await;
    let mut writer = server.join("r").await;
    let value = "x".repeat(256 * 1024);
    for round in 0..60 {
        writer.send(&change(&round.to_string(), &value)).await;
        assert_eq!(writer.next().await["roomChanges"][0]["key"], round.to_string());
    }
    dropped(&server, 1).await;
    let mut received = 0;
    while let Some(news) = slow.try_next().await {
        received += u64::from(news["type"] == 3);
    }
    assert!(received < 61);
    let (mut client, welcome) = come_back(&server, "r", &first, received).await;
    assert_eq!(outcome(&welcome), ("replayed", 0));
    for number in received.max(1)..61 {
        assert_eq!(client.next().await["roomChanges"][0]["key"], (number - 1).to_string());
    }
}

#[tokio::test]
async fn heartbeats_tell_what_has_come_and_answers_free_the_log() {
    let config = Config { heartbeat_interval: Duration::from_millis(30), ..config() };
    let server = TestServer::start(config).await;
    let (mut client, first) = join(&server, "r").await;
    client.send(&change("a", "1")).await;
    client.send(&change("a", "2")).await;
    let mut changes = 0;
    loop {
        let news = client.next().await;
        if news == json!({"type": 8, "received": 2}) {
            break;
        }
        changes += u64::from(news["type"] == 3);
    }
    assert_eq!(changes, 2);
    client.send(&json!({"type": 8, "received": 2})).await;
    client.send(&change("a", "3")).await;
    while client.next().await["type"] != 3 {}
    client.cut();
    dropped(&server, 1).await;
    // What it has said to have is not held any more.
    let (_, welcome) = come_back(&server, "r", &first, 1).await;
    assert_eq!(outcome(&welcome), ("snapshot", 3));
}

#[tokio::test]
async fn a_large_log_asks_at_once() {
    let server = TestServer::start(Config { resume_bytes: 1 << 16, ..config() }).await;
    let (mut client, _) = join(&server, "r").await;
    client.send(&change("a", &"x".repeat(40_000))).await;
    let kinds = [client.next().await["type"].clone(), client.next().await["type"].clone()];
    assert_eq!(kinds, [json!(3), json!(8)]);
}

#[tokio::test]
async fn numbers_that_cannot_be_are_an_error() {
    let server = TestServer::start(config()).await;
    for ack in
        [json!({"type": 8, "received": 1}), json!({"type": 8}), json!({"type": 8, "received": -1})]
    {
        let (mut client, _) = join(&server, "r").await;
        client.send(&ack).await;
        assert_eq!(client.closed().await, (1002, "error: Invalid Ack".to_owned()));
    }
    let mut client = server.join("r").await;
    client.send(&json!({"type": 8, "received": 0})).await;
    assert_eq!(client.closed().await, (1002, "error: Unhandled message type 8".to_owned()));
}

#[tokio::test]
async fn hooks_answer_into_the_gap() {
    let server = TestServer::start(config()).await;
    server.engine.set_hooks(hook::ACTION | hook::DROP | hook::RESUME);
    let (mut client, first) = join(&server, "r").await;
    for id in ["a", "b"] {
        client.send(&json!({"type": 4, "action": "x", "id": id})).await;
    }
    let mut events = server.events().await;
    while events.len() < 14 {
        events.extend(server.events().await);
    }
    client.cut();
    assert_eq!(server.events().await, [json!(12), json!(1), json!(1)]);
    server.engine.execute("A 1 {\"type\":5,\"id\":\"a\"}\nU");
    let (mut client, welcome) = come_back(&server, "r", &first, 0).await;
    assert_eq!(outcome(&welcome), ("replayed", 2));
    assert_eq!(server.events().await, [json!(13), json!(1), json!(1)]);
    server.engine.execute("A 2 {\"type\":5,\"id\":\"b\"}\nU");
    assert_eq!(client.next().await, json!({"type": 5, "id": "a"}));
    assert_eq!(client.next().await, json!({"type": 5, "id": "b"}));
}

#[tokio::test]
async fn what_waits_for_hooks_pauses_reading_on_the_next_connection_too() {
    let server = TestServer::start(Config { pending_messages: 2, ..config() }).await;
    server.engine.set_hooks(hook::ACTION);
    let (mut client, first) = join(&server, "r").await;
    for id in 0..5 {
        client.send(&json!({"type": 4, "action": "x", "id": id.to_string()})).await;
    }
    let mut events = server.events().await;
    while events.len() < 14 {
        events.extend(server.events().await);
    }
    client.cut();
    // Reading is paused: the server finds out with the heartbeat only, or with the next connection.
    let mut client = server.connect().await;
    client.send(&asking("r", &json!({"token": first, "received": 0}))).await;
    for id in 2..5 {
        client.send(&json!({"type": 4, "action": "x", "id": id.to_string()})).await;
    }
    let welcome = client.next().await;
    assert_eq!(outcome(&welcome), ("replayed", 2));
    assert_eq!(server.events().await, [json!(13), json!(1), json!(1)]);
    let mut asked = 2;
    for call in 1..=5 {
        while asked < call {
            asked += server.events().await.len() / 7;
        }
        server.engine.execute(&format!("A {call} {{\"type\":5,\"n\":{call}}}\nU"));
        assert_eq!(client.next().await["n"], call);
    }
    assert_eq!((asked, server.engine.take()), (5, None));
}

#[tokio::test]
async fn a_room_that_is_made_anew_takes_its_dropped_clients_along() {
    let server = TestServer::start(config()).await;
    let (client, first) = join(&server, "r").await;
    let id = client.id;
    client.cut();
    dropped(&server, 1).await;
    let key = server.engine.create_room("\"r\"", "{\"made\":\"anew\"}", &[id]);
    server.engine.execute(&format!("B {} 0 {{\"type\":99}}\nU", key.0));
    let (mut client, welcome) = come_back(&server, "r", &first, 0).await;
    assert_eq!(outcome(&welcome), ("replayed", 0));
    assert_eq!(client.next().await, json!({"type": 99}));
    // Without it they leave.
    client.cut();
    dropped(&server, 1).await;
    let _ = server.engine.create_room("\"r\"", "{}", &[]);
    server.engine.execute("U");
    server.until(|engine| engine.open_connections() == 0).await;
    assert_eq!(server.engine.dropped(), 0);
}

#[tokio::test]
async fn of_many_who_show_one_token_at_once_one_is_left() {
    let server = TestServer::start(config()).await;
    for room in ["a", "b", "c", "d"] {
        let (old, token) = join(&server, room).await;
        let id = old.id;
        let mut rivals = vec![old];
        for _ in 0..20 {
            rivals.push(server.connect().await);
        }
        for rival in &mut rivals[1..] {
            rival.send(&asking(room, &json!({"token": token, "received": 0}))).await;
        }
        let mut ends = tokio::task::JoinSet::new();
        for mut rival in rivals {
            ends.spawn(async move { rival.closed().await });
        }
        for _ in 0..20 {
            let end = ends.join_next().await.expect("an end").expect("no panic");
            assert_eq!(end, (4502, "resumed on another connection".to_owned()));
        }
        assert_eq!((server.engine.open_connections(), server.engine.dropped()), (1, 0));
        server.engine.execute(&format!("K {} 4500 \"enough\"", id.0));
        let end = ends.join_next().await.expect("an end").expect("no panic");
        assert_eq!(end, (4500, "enough".to_owned()));
        server.until(|engine| engine.open_connections() == 0).await;
    }
}

#[tokio::test]
async fn members_of_a_large_room_come_back_to_whichever_worker_they_were_with() {
    let server = TestServer::start(config()).await;
    let mut sessions = Vec::new();
    let mut crowd = Vec::new();
    // 128 members make a block, which is one worker's.
    for _ in 0..6 {
        sessions.push(join(&server, "r").await);
        for _ in 0..60 {
            let mut client = server.connect().await;
            client.send(&hello("r")).await;
            crowd.push(client);
        }
        for client in crowd.iter_mut().rev().take(60) {
            while client.next().await["type"] != 1 {}
        }
    }
    let mut tokens = Vec::new();
    for (client, token) in sessions {
        client.cut();
        tokens.push(token);
    }
    dropped(&server, 6).await;
    let mut writer = server.join("r").await;
    for value in 0..50 {
        writer.send(&change("k", &value.to_string())).await;
        assert_eq!(writer.next_change().await["value"], value.to_string());
    }
    for (index, token) in tokens.iter().enumerate() {
        let (mut client, welcome) = come_back(&server, "r", token, 0).await;
        assert_eq!(outcome(&welcome), ("replayed", 0));
        assert_eq!(welcome["clientId"], format!("connection:{}", index * 61 + 1));
        for value in 0..50 {
            assert_eq!(client.next_change().await["value"], value.to_string());
        }
        writer.send(&change("k", "now")).await;
        writer.next_change().await;
        assert_eq!(client.next_change().await["value"], "now");
        client.close().await;
    }
}

#[tokio::test]
async fn ending_ends_the_dropped_ones_too() {
    let server = TestServer::start(config()).await;
    let (first, _) = join(&server, "r").await;
    let (second, _) = join(&server, "s").await;
    first.cut();
    second.cut();
    dropped(&server, 2).await;
    assert_eq!(server.engine.close_some(1, 1001, "going"), 1);
    server.until(|engine| engine.open_connections() == 1).await;
    server.engine.cut_all();
    server.until(|engine| engine.open_connections() == 0).await;
    assert_eq!(server.engine.dropped(), 0);
}

#[tokio::test]
async fn a_client_that_was_too_fast_sends_the_rest_again() {
    let rate = room_engine::Rate { per_second: 1000.0, burst: 5.0 };
    let server = TestServer::start(Config { rate: Some(rate), ..config() }).await;
    let (mut client, first) = join(&server, "r").await;
    let all: Vec<Value> = (0..2000).map(|n| change("k", &n.to_string())).collect();
    client.send_together(&all).await;
    assert_eq!(client.closed().await.0, 4101);
    dropped(&server, 1).await;
    let (mut client, welcome) = come_back(&server, "r", &first, 0).await;
    let (kind, taken) = outcome(&welcome);
    assert!(kind == "replayed" && (5..2000).contains(&taken), "{kind} {taken}");
    for n in 0..taken {
        assert_eq!(client.next().await["roomChanges"][0]["value"], n.to_string());
    }
}

#[tokio::test]
async fn a_compressed_connection_is_replayed_compressed_and_a_plain_one_plain() {
    let server = TestServer::start(Config { compress_from: Some(10), ..config() }).await;
    let (client, first) = join(&server, "r").await;
    client.cut();
    dropped(&server, 1).await;
    let mut witness = server.join("r").await;
    witness.send(&change("k", &"x".repeat(1000))).await;
    witness.next().await;
    let (stream, socket) = server.pair().await;
    let mut request = TestServer::request();
    request.extensions = Some("permessage-deflate".into());
    server.engine.adopt(socket, b"", &request, room_engine::Meta::default()).expect("adopted");
    let mut client = RawClient::new(stream).await;
    client.send(&asking("r", &json!({"token": first, "received": 0}))).await;
    let frames = [client.frame().await, client.frame().await, client.frame().await];
    // RSV1 marks a compressed message.
    let compressed = frames.each_ref().map(|(first, _)| first & 0x40 != 0);
    assert!(compressed[0] && compressed[2] && frames[2].1.len() < 200);
    drop(client);
    dropped(&server, 1).await;
    let (mut client, welcome) = come_back(&server, "r", &first, 1).await;
    assert_eq!(outcome(&welcome).0, "replayed");
    assert_eq!(client.next().await["roomChanges"][0]["key"], "k");
}
