//! Rooms with hooks: events go to the application, its answers come back as commands.

mod support;

use room_engine::{Config, hook};
use serde_json::json;
use support::{TestServer, change, hello};

#[tokio::test]
async fn a_hello_waits_for_its_hook() {
    let server = TestServer::start(Config::default()).await;
    server.engine.set_hooks(hook::HELLO);
    let mut client = server.connect().await;
    client.send(&hello("asked")).await;
    let events = server.events().await;
    assert_eq!(
        (&events[0], &events[1], &events[2]["roomId"]),
        (&json!(1), &json!(1), &json!("asked"))
    );
    server.engine.execute(concat!(
        r#"H 1 {"roomId":"given","roomProtocol":"p","clientState":{"seat":"1"},"readonly":false}"#,
        "\nU"
    ));
    let welcome = client.next().await;
    assert_eq!(welcome["clients"]["connection:1"]["clientState"], json!({"seat": "1"}));
    assert!(server.engine.open_room("\"given\"").is_some());
    assert!(server.engine.open_room("\"asked\"").is_none());
}

#[tokio::test]
async fn a_client_that_goes_while_its_hello_hook_runs_never_enters() {
    let server = TestServer::start(Config::default()).await;
    let mut witness = server.join("r").await;
    server.engine.set_hooks(hook::HELLO);
    let mut client = server.connect().await;
    client.send(&hello("r")).await;
    server.events().await;
    client.cut();
    let events = server.events().await;
    assert_eq!((&events[0], &events[1], &events[4]), (&json!(4), &json!(2), &json!(0)));
    server.engine.execute("H 2 {\"roomId\":\"r\",\"clientState\":{}}\nU");
    witness.send(&change("k", "v")).await;
    assert_eq!(witness.next().await["type"], 3);
    assert_eq!(server.engine.open_connections(), 1);
}

#[tokio::test]
async fn a_message_during_the_hello_hook_closes_and_admits_nobody() {
    let server = TestServer::start(Config::default()).await;
    server.engine.set_hooks(hook::HELLO);
    let mut client = server.connect().await;
    client.send(&hello("r")).await;
    client.send(&change("k", "v")).await;
    server.events().await;
    assert_eq!(
        client.closed().await,
        (1002, "error: received message while processing hello".to_owned())
    );
    server.engine.execute("H 1 {\"roomId\":\"r\",\"clientState\":{}}\nU");
    assert!(server.engine.open_room("\"r\"").is_none());
}

#[tokio::test]
async fn a_leave_waits_for_its_hook() {
    let server = TestServer::start(Config::default()).await;
    let mut witness = server.join("r").await;
    let client = server.join("r").await;
    witness.next().await;
    server.engine.set_hooks(hook::LEAVE);
    client.cut();
    let events = server.events().await;
    assert_eq!((&events[0], &events[1], &events[4]), (&json!(4), &json!(2), &json!(1)));
    witness.send(&change("k", "before the leave")).await;
    assert_eq!(witness.next().await["roomChanges"][0]["value"], "before the leave");
    assert!(server.engine.leave(room_engine::ConnId(2)));
    assert!(!server.engine.leave(room_engine::ConnId(2)));
    assert_eq!(witness.next().await, json!({"type": 3, "removeClients": ["connection:2"]}));
}

#[tokio::test]
async fn answers_take_effect_as_they_come() {
    let server = TestServer::start(Config::default()).await;
    let mut client = server.join("r").await;
    server.engine.set_hooks(hook::CHANGE | hook::ACTION);
    client.send(&change("k", "v")).await;
    client.send(&json!({"type": 4, "action": "roll", "id": "7"})).await;
    let mut events = server.events().await;
    while events.len() < 12 {
        events.extend(server.events().await);
    }
    assert_eq!((&events[0], &events[1], &events[4]["type"]), (&json!(2), &json!(1), &json!(2)));
    let action = [json!(3), json!(2), json!(1), json!(1), json!("roll"), json!("7"), json!(true)];
    assert_eq!(events[5..], action, "no data was sent");
    server.engine.execute(concat!(
        "A 2 {\"type\":5,\"id\":\"7\",\"success\":true}\n",
        r#"C 1 3 {"roomChanges":[{"key":"k","value":"checked"}]}"#,
        "\nE 9 \"unknown calls are skipped\"\nU"
    ));
    assert_eq!(client.next().await, json!({"type": 5, "id": "7", "success": true}));
    let news = client.next().await;
    assert_eq!(
        news,
        json!({"type": 3, "roomChanges": [{"key": "k", "value": "checked"}], "updateClients": {}})
    );
}

#[tokio::test]
async fn a_leased_room_stands_still_and_others_go_on() {
    let server = TestServer::start(Config::default()).await;
    let mut here = server.join("here").await;
    let mut there = server.join("there").await;
    let key = server.engine.open_room("\"here\"").expect("the room");
    assert_eq!(server.engine.sync_state(key), "{\"full\":true,\"state\":[]}");
    for round in 0..20 {
        here.send(&change("k", &round.to_string())).await;
    }
    there.send(&change("k", "there")).await;
    assert_eq!(there.next().await["roomChanges"][0]["value"], "there");
    assert_eq!(server.engine.sync_state(key), "");
    server.engine.execute("W 1 \"own\" \"write\"\nU");
    for round in 0..20 {
        assert_eq!(here.next().await["roomChanges"][0]["value"], round.to_string());
    }
    assert_eq!(server.engine.sync_state(key), "{\"state\":[[\"k\",\"19\"]]}");
    server.engine.execute("U");
    let mut late = server.connect().await;
    late.send(&hello("here")).await;
    assert_eq!(late.next().await["roomState"], json!({"own": "write", "k": "19"}));
}

#[tokio::test]
async fn a_held_hello_enters_the_room_that_the_application_made() {
    let server = TestServer::start(Config::default()).await;
    assert!(server.engine.open_room("\"r\"").is_none());
    let mut client = server.connect().await;
    client.send(&hello("r")).await;
    client.send(&change("k", "v")).await;
    let key = server.engine.create_room("\"r\"", "{\"made\":\"by hand\"}", &[]);
    server.engine.execute("U");
    assert_eq!(client.next().await["roomState"], json!({"made": "by hand"}));
    assert_eq!(client.next().await["roomChanges"][0]["key"], "k");
    assert_eq!(server.engine.open_room("\"r\""), Some(key));
}
