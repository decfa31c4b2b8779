//! A panic in any step ends the connection that the step is for, and nothing else: the others in its room, and those of the
//! same worker, go on.

#[path = "../../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use self::support::{TestClient, TestServer, change, hello};
use crate::guard::{Faults, Step};
use crate::ids::ConnId;
use crate::{Config, hook};

/// A server with a victim, a neighbour in its room, and a stranger elsewhere; all with one worker.
struct Stage {
    server: TestServer,
    faults: Arc<Faults>,
    victim: TestClient,
    neighbour: TestClient,
    stranger: TestClient,
}

impl Stage {
    async fn with(config: Config) -> Self {
        let faults = Arc::<Faults>::default();
        let config = Config { threads: 1, faults: Arc::clone(&faults), ..config };
        let server = TestServer::start(config).await;
        let victim = server.join("room").await;
        let neighbour = server.join("room").await;
        let stranger = server.join("elsewhere").await;
        let mut stage = Self { server, faults, victim, neighbour, stranger };
        assert!(stage.victim.next().await["addClients"].is_object());
        stage
    }

    async fn new() -> Self {
        Self::with(Config::default()).await
    }

    /// The victim is out, everybody else is there and is heard.
    async fn only_the_victim_is_gone(&mut self) {
        assert_eq!(self.faults.left(), 0, "the fault has struck");
        let gone = json!({"type": 3, "removeClients": ["connection:1"]});
        while self.neighbour.next().await != gone {}
        for client in [&mut self.neighbour, &mut self.stranger] {
            client.send(&change("after", "all")).await;
            assert_eq!(client.next_change().await["key"], "after");
        }
        let mut newcomer = self.server.join("room").await;
        assert!(self.neighbour.next().await["addClients"].is_object());
        newcomer.send(&change("new", "comer")).await;
        assert_eq!(self.neighbour.next_change().await["key"], "new");
        assert_eq!(self.server.engine.open_connections(), 3);
        let stats: Value = serde_json::from_str(&self.server.engine.stats()).expect("JSON");
        assert_eq!(stats["closes"], json!({"1011": 1}));
    }
}

const VICTIM: ConnId = ConnId(1);

#[tokio::test]
async fn in_what_a_client_sends() {
    let mut stage = Stage::new().await;
    stage.faults.set(Step::Read, VICTIM);
    stage.victim.send(&change("k", "v")).await;
    assert_eq!(stage.victim.closed().await.0, 1006);
    stage.only_the_victim_is_gone().await;
}

#[tokio::test]
async fn in_what_is_sent_to_a_client() {
    for step in [Step::Effect, Step::Flush] {
        let mut stage = Stage::new().await;
        stage.faults.set(step, VICTIM);
        stage.server.engine.execute("S 1 {\"type\":9}\nS 2 {\"type\":9}\nU");
        assert_eq!(stage.victim.closed().await.0, 1006, "{step:?}");
        assert_eq!(stage.neighbour.next().await["type"], 9, "{step:?}");
        stage.only_the_victim_is_gone().await;
    }
}

#[tokio::test]
async fn in_a_broadcast_which_all_others_get() {
    let mut stage = Stage::new().await;
    let mut last = stage.server.join("room").await;
    stage.neighbour.next().await;
    stage.faults.set(Step::Broadcast, VICTIM);
    stage.neighbour.send(&change("k", "v")).await;
    assert_eq!(stage.neighbour.next_change().await["key"], "k");
    assert_eq!(last.next_change().await["key"], "k");
    last.cut();
    stage.server.until(|engine| engine.open_connections() == 2).await;
    assert_eq!(stage.faults.left(), 0);
    assert_eq!(stage.victim.closed().await.0, 1006);
}

#[tokio::test]
async fn in_a_deadline() {
    let config = Config { heartbeat_interval: Duration::from_millis(100), ..Config::default() };
    let mut stage = Stage::with(config).await;
    stage.faults.set(Step::Deadline, VICTIM);
    assert_eq!(stage.victim.closed().await.0, 1006);
    stage.only_the_victim_is_gone().await;
}

#[tokio::test]
async fn in_the_arrival_of_a_socket() {
    let mut stage = Stage::new().await;
    stage.victim.close().await;
    stage.neighbour.next().await;
    stage.faults.set(Step::Mail, ConnId(4));
    let (_stream, socket) = stage.server.pair().await;
    let request = TestServer::request();
    let engine = &stage.server.engine;
    engine.adopt(socket, b"", &request, crate::Meta::default()).expect("adopted");
    stage.server.until(|engine| engine.open_connections() == 2).await;
    assert_eq!(stage.faults.left(), 0);
    stage.stranger.send(&change("k", "v")).await;
    assert_eq!(stage.stranger.next_change().await["key"], "k");
}

#[tokio::test]
async fn in_a_panic_s_own_aftermath() {
    let mut stage = Stage::new().await;
    stage.faults.set(Step::Read, VICTIM);
    stage.faults.set(Step::End, VICTIM);
    stage.victim.send(&change("k", "v")).await;
    assert_eq!(stage.victim.closed().await.0, 1006);
    stage.only_the_victim_is_gone().await;
}

#[tokio::test]
async fn in_a_rule_for_an_answer_of_the_application() {
    let mut stage = Stage::new().await;
    stage.server.engine.set_hooks(hook::ACTION);
    stage.victim.send(&json!({"type": 4, "action": "a", "id": "1"})).await;
    let call = stage.server.events().await[1].clone();
    stage.server.engine.set_hooks(0);
    stage.faults.set(Step::Rule, VICTIM);
    // The room is leased: were the rest of the batch lost, it would be so for ever.
    let room = stage.server.engine.open_room("\"room\"").expect("a room");
    assert!(stage.server.engine.sync_state(room).contains("full"));
    let batch = format!("A {call} {{\"type\":5}}\nS 2 {{\"type\":9}}\nU");
    stage.server.engine.execute(&batch);
    assert_eq!(stage.victim.closed().await, (1011, "internal error".to_owned()));
    assert_eq!(stage.neighbour.next().await["type"], 9);
    drop(stage.victim);
    let gone = json!({"type": 3, "removeClients": ["connection:1"]});
    assert_eq!(stage.neighbour.next().await, gone);
    stage.neighbour.send(&change("after", "all")).await;
    assert_eq!(stage.neighbour.next_change().await["key"], "after");
}

#[tokio::test]
async fn in_what_had_waited_until_the_application_let_go_of_the_room() {
    let mut stage = Stage::new().await;
    let room = stage.server.engine.open_room("\"room\"").expect("a room");
    assert!(stage.server.engine.sync_state(room).contains("full"));
    stage.victim.send(&change("k", "v")).await;
    stage.stranger.send(&change("k", "v")).await;
    stage.stranger.next_change().await;
    stage.neighbour.send(&change("mine", "too")).await;
    stage.stranger.send(&change("k", "w")).await;
    stage.stranger.next_change().await;
    stage.faults.set(Step::Rule, VICTIM);
    stage.server.engine.execute("U");
    assert_eq!(stage.neighbour.next_change().await["key"], "mine");
    assert_eq!(stage.victim.closed().await.0, 1011);
}

#[tokio::test]
async fn in_a_call_of_the_application_s_which_gets_an_empty_answer() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        stage.faults.set(Step::Call, ConnId::NONE);
    }
    assert_eq!(stage.server.engine.rooms(), "[]");
    assert_eq!(stage.server.engine.open_connections(), 0);
    assert_eq!(stage.server.engine.open_connections(), 3);
    assert_eq!(stage.server.engine.rooms(), "[[1,\"room\"],[2,\"elsewhere\"]]");
    let mut late = stage.server.connect().await;
    late.send(&hello("room")).await;
    assert_eq!(late.next().await["type"], 1);
}
