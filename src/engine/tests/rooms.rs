//! Rooms without hooks: everything happens in the engine.

mod support;

use room_engine::Config;
use serde_json::json;
use support::{TestServer, change, hello};

#[tokio::test]
async fn a_joiner_gets_the_room_and_the_others_hear_of_it() {
    let server = TestServer::start(Config::default()).await;
    let mut first = server.join("r").await;
    first.send(&change("k", "v")).await;
    first.next().await;
    let mut second = server.connect().await;
    let mut greeting = hello("r");
    greeting["clientName"] = json!("Ada");
    second.send(&greeting).await;
    assert_eq!(
        second.next().await,
        json!({"type": 1, "protocol": "websocket-room-server:1", "roomProtocol": "test", "clientId": "connection:2",
            "clients": {"connection:1": {"clientState": {}}, "connection:2": {"clientState": {}, "clientName": "Ada"}},
            "roomState": {"k": "v"}, "readonly": false})
    );
    let news = first.next().await;
    assert_eq!(
        news,
        json!({"type": 3, "addClients": {"connection:2": {"clientName": "Ada", "clientState": {}}}})
    );
    second.close().await;
    assert_eq!(first.next().await, json!({"type": 3, "removeClients": ["connection:2"]}));
}

#[tokio::test]
async fn a_cut_client_leaves_too() {
    let server = TestServer::start(Config::default()).await;
    let mut first = server.join("r").await;
    let second = server.join("r").await;
    first.next().await;
    second.cut();
    assert_eq!(first.next().await, json!({"type": 3, "removeClients": ["connection:2"]}));
}

#[tokio::test]
async fn all_members_see_one_order_on_any_number_of_workers() {
    for threads in [1, 2, 3] {
        let server = TestServer::start(Config { threads, ..Config::default() }).await;
        let mut clients = Vec::new();
        for _ in 0..6 {
            clients.push(server.join("r").await);
        }
        for round in 0..50 {
            for (index, client) in clients.iter_mut().enumerate() {
                client.send(&change("k", &format!("{index}:{round}"))).await;
            }
        }
        let mut orders = Vec::new();
        for client in &mut clients {
            let mut order = Vec::new();
            while order.len() < 300 {
                order.push(
                    client.next_change().await["value"].as_str().expect("a value").to_owned(),
                );
            }
            orders.push(order);
        }
        assert!(orders.iter().all(|order| *order == orders[0]));
        let mut late = server.connect().await;
        late.send(&hello("r")).await;
        assert_eq!(late.next().await["roomState"]["k"], orders[0][299].as_str());
    }
}

#[tokio::test]
async fn a_room_on_several_workers_has_one_order_and_its_joiners_miss_nothing() {
    const MEMBERS: usize = 300;
    let server = TestServer::start(Config { threads: 3, ..Config::default() }).await;
    let mut members = Vec::new();
    for _ in 0..MEMBERS {
        members.push(server.join("r").await);
    }
    let mut orders = vec![Vec::new(); MEMBERS];
    for round in 0..10 {
        for index in [0, 150, 299] {
            members[index].send(&change("k", &format!("{index}:{round}"))).await;
        }
        let mut joiner = server.connect().await;
        joiner.send(&hello("r")).await;
        let mut seen = vec![joiner.next().await["roomState"]["k"].clone()];
        for (member, order) in members.iter_mut().zip(&mut orders) {
            for _ in 0..3 {
                order.push(member.next_change().await["value"].clone());
            }
        }
        let last = &orders[0][orders[0].len() - 1];
        while seen.last() != Some(last) {
            seen.push(joiner.next_change().await["value"].clone());
        }
        assert!(orders[0].ends_with(&seen) || seen[0].is_null(), "{seen:?} in {:?}", orders[0]);
        joiner.close().await;
    }
    assert!(orders.iter().all(|order| *order == orders[0]));
}

#[tokio::test]
async fn bad_input_gets_a_reason_and_disturbs_nobody() {
    let rows = [
        (json!({"type": 9}), "error: Unhandled message type 9"),
        (json!({"type": "x"}), "error: message without numerical type (string"),
        (json!({"type": 2, "roomChanges": 5}), "error: Invalid KVSets (object)"),
        (json!({"type": 4, "action": "x"}), "error: unhandled actions"),
    ];
    let server = TestServer::start(Config::default()).await;
    let mut witness = server.join("r").await;
    for (message, reason) in rows {
        let mut client = server.join("r").await;
        client.send(&message).await;
        assert_eq!(client.closed().await, (1002, reason.to_owned()));
    }
    witness.send(&change("still", "here")).await;
    assert_eq!(witness.next_change().await["key"], "still");
}

#[tokio::test]
async fn readonly_clients_are_unseen_and_change_nothing() {
    let server = TestServer::start(Config::default()).await;
    let mut writer = server.join("r").await;
    let mut reader = server.connect().await;
    let mut greeting = hello("r");
    greeting["readonly"] = json!(true);
    reader.send(&greeting).await;
    let welcome = reader.next().await;
    assert_eq!(
        (&welcome["readonly"], welcome["clients"].as_object().map(serde_json::Map::len)),
        (&json!(true), Some(1))
    );
    writer.send(&change("k", "v")).await;
    assert_eq!(writer.next().await["roomChanges"][0]["key"], "k");
    assert_eq!(reader.next().await["roomChanges"][0]["key"], "k");
    reader.send(&change("k", "w")).await;
    assert_eq!(
        reader.closed().await,
        (1002, "error: readonly client cannot change room state".to_owned())
    );
}

#[tokio::test]
async fn names_of_javascripts_prototypes_are_ordinary() {
    let server = TestServer::start(Config::default()).await;
    for name in ["__proto__", "constructor", "toString", "", "hasOwnProperty"] {
        let mut client = server.join(name).await;
        client.send(&change(name, "v")).await;
        assert_eq!(client.next().await["roomChanges"][0]["key"], name);
        let mut second = server.connect().await;
        second.send(&hello(name)).await;
        assert_eq!(second.next().await["roomState"][name], "v");
    }
}

#[tokio::test]
async fn requests_behind_the_hello_are_served_in_order() {
    let server = TestServer::start(Config::default()).await;
    let mut client = server.connect().await;
    client.send(&hello("r")).await;
    client.send(&change("a", "1")).await;
    client.send(&change("b", "2")).await;
    assert_eq!(client.next().await["type"], 1);
    assert_eq!(client.next().await["roomChanges"][0]["key"], "a");
    assert_eq!(client.next().await["roomChanges"][0]["key"], "b");
}

#[tokio::test]
async fn a_joiner_misses_nothing_while_its_socket_changes_workers() {
    let server = TestServer::start(Config { threads: 2, ..Config::default() }).await;
    let mut writer = server.join("r").await;
    for round in 0..40 {
        let mut joiner = server.connect().await;
        for step in 0..20 {
            writer.send(&change("k", &(round * 20 + step).to_string())).await;
            if step == 5 {
                joiner.send(&hello("r")).await;
            }
        }
        let welcome = joiner.next().await;
        let known =
            welcome["roomState"]["k"].as_str().map_or(-1, |text| text.parse().expect("a number"));
        for next in known + 1..round * 20 + 20 {
            assert_eq!(joiner.next_change().await["value"], next.to_string());
        }
        joiner.cut();
    }
}

#[tokio::test]
async fn an_end_that_comes_with_the_last_bytes_is_seen() {
    let server = TestServer::start(Config::default()).await;
    let mut witness = server.join("r").await;
    for _ in 0..30 {
        let mut client = server.join("r").await;
        witness.next().await;
        client.send_and_cut(&change("last", "word")).await;
        assert_eq!(witness.next_change().await["value"], "word");
        assert!(witness.next().await.get("removeClients").is_some());
    }
}
