//! The rules by themselves: messages and commands in, effects and events out, no sockets, no threads.

use std::sync::Arc;

use super::{Core, Effect, Flow, Inbound, hook};
use crate::config::Config;
use crate::ids::{ConnId, RoomKey};

const PENDING: u32 = 4;

/// A core with one worker, whose effects read as lines.
struct Script(Core);

impl Script {
    fn new() -> Self {
        Self(Core::new(Config { threads: 1, pending_messages: PENDING, ..Config::default() }))
    }

    fn connect(&mut self) -> ConnId {
        self.0.open("info".into(), 1, Arc::default()).0
    }

    fn hello(&mut self, conn: ConnId, room: &str) -> Flow {
        let text = format!(
            r#"{{"protocol":"websocket-room-server:1","roomProtocol":"p","roomId":"{room}","clientState":{{}}}}"#
        );
        self.0.message(conn, Inbound::parse(true, &text), &text)
    }

    fn join(&mut self, room: &str) -> ConnId {
        let conn = self.connect();
        self.hello(conn, room);
        self.effects();
        conn
    }

    fn request(&mut self, conn: ConnId, text: &str) -> Flow {
        self.0.message(conn, Inbound::parse(false, text), text)
    }

    fn set(&mut self, conn: ConnId, key: &str) -> Flow {
        self.request(
            conn,
            &format!(r#"{{"type":2,"roomChanges":[{{"key":"{key}","value":"v"}}]}}"#),
        )
    }

    /// What the worker is to do since the last call: `Send 1 {"type":…}` and the like.
    fn effects(&mut self) -> Vec<String> {
        self.0.settle_all_joins();
        self.0.take_effects(0).iter().map(line).collect()
    }

    fn events(&mut self) -> String {
        self.0.events().take().unwrap_or_default()
    }
}

fn line(effect: &Effect) -> String {
    let text = |frame: &bytes::Bytes| {
        let start = frame.iter().position(|byte| *byte == b'{').unwrap_or(0);
        String::from_utf8_lossy(&frame[start..]).into_owned()
    };
    match effect {
        Effect::Send { conn, frame } => format!("send {} {}", conn.0, text(frame)),
        Effect::Broadcast { room, frame, skip } => {
            format!("broadcast {} but {} {}", room.0, skip.0, text(frame))
        }
        Effect::Enter { room, conn } => format!("enter {} {}", room.0, conn.0),
        Effect::Exit { room, conn } => format!("exit {} {}", room.0, conn.0),
        Effect::Close { conn, code, reason } => format!("close {} {code:?} {reason}", conn.0),
        Effect::Resume { conn } => format!("resume {}", conn.0),
        other => format!("{other:?}"),
    }
}

#[test]
fn joins_of_one_turn_are_announced_together_and_to_nobody_twice() {
    let mut script = Script::new();
    script.join("r");
    let joiners = [script.connect(), script.connect(), script.connect()];
    for conn in joiners {
        script.hello(conn, "r");
    }
    let effects: Vec<String> = script
        .effects()
        .into_iter()
        .filter(|line| !line.contains("\"type\":1") && !line.starts_with("Expect"))
        .collect();
    let entry = |n: u32| format!("\"connection:{n}\":{{\"clientState\":{{}}}}");
    assert_eq!(
        effects,
        [
            format!(
                "broadcast 1 but 0 {{\"type\":3,\"addClients\":{{{},{},{}}}}}",
                entry(2),
                entry(3),
                entry(4)
            ),
            format!("send 2 {{\"type\":3,\"addClients\":{{{},{}}}}}", entry(3), entry(4)),
            "enter 1 2".to_owned(),
            format!("send 3 {{\"type\":3,\"addClients\":{{{}}}}}", entry(4)),
            "enter 1 3".to_owned(),
            "enter 1 4".to_owned(),
        ]
    );
}

#[test]
fn a_change_between_two_joins_keeps_its_place() {
    let mut script = Script::new();
    let first = script.join("r");
    let (second, third) = (script.connect(), script.connect());
    script.hello(second, "r");
    script.set(first, "k");
    script.hello(third, "r");
    let effects = script.effects();
    let place =
        |part: &str| effects.iter().position(|line| line.contains(part)).unwrap_or(usize::MAX);
    assert!(place("enter 1 2") < place("roomChanges"));
    assert!(place("roomChanges") < place("\"roomState\":{\"k\":\"v\"}"));
    assert!(place("\"clientId\":\"connection:3\"") < place("addClients\":{\"connection:3\""));
}

#[test]
fn what_waits_for_hooks_pauses_reading_and_goes_on_when_half_is_answered() {
    let mut script = Script::new();
    let conn = script.join("r");
    script.0.set_hooks(hook::CHANGE);
    let flows: Vec<Flow> = (0..5).map(|_| script.set(conn, "k")).collect();
    assert_eq!(flows, [Flow::Continue, Flow::Continue, Flow::Continue, Flow::Pause, Flow::Pause]);
    script.0.execute("C 1 3 {}\nC 2 3 {}");
    assert!(!script.effects().contains(&"resume 1".to_owned()));
    script.0.execute("E 3 \"error: no\"");
    let effects = script.effects();
    assert!(effects.contains(&"resume 1".to_owned()));
    assert!(effects.contains(&"close 1 Some(1002) error: no".to_owned()));
}

#[test]
fn answers_for_calls_that_are_answered_or_unknown_change_nothing() {
    let mut script = Script::new();
    let conn = script.join("r");
    script.0.set_hooks(hook::ACTION);
    script.request(conn, r#"{"type":4,"action":"a"}"#);
    script.0.execute(
        "A 1 {\"type\":5}\nA 1 {\"type\":5}\nA 7 {}\nC 1 3 {}\nE 1 \"x\"\nnonsense\n\nW\nB x",
    );
    assert_eq!(script.effects(), ["send 1 {\"type\":5}"]);
}

#[test]
fn a_change_whose_client_has_left_meanwhile_still_counts() {
    let mut script = Script::new();
    let (gone, stays) = (script.join("r"), script.join("r"));
    script.0.set_hooks(hook::CHANGE);
    script.set(gone, "k");
    script.0.closed(gone, 1006, "");
    script.0.execute(r#"C 1 2 {"roomChanges":[{"key":"k","value":"late"}]}"#);
    let effects = script.effects();
    assert_eq!(effects.last().map(|line| line.contains("late")), Some(true));
    let key = script.0.open_room("\"r\"").unwrap_or(RoomKey(0));
    assert_eq!(script.0.sync_state(key), "{\"full\":true,\"state\":[[\"k\",\"late\"]]}");
    assert!(script.0.leave(stays));
}

#[test]
fn hellos_that_wait_for_the_list_of_rooms_keep_each_clients_order() {
    let mut script = Script::new();
    assert!(script.0.open_room("\"r\"").is_none());
    let (one, two) = (script.connect(), script.connect());
    for conn in [one, two] {
        script.hello(conn, "r");
        script.set(conn, &format!("from{}", conn.0));
    }
    assert!(script.effects().iter().all(|line| line.starts_with("Expect")));
    script.0.execute("U");
    script.0.replay(super::session::Place::List);
    let effects = script.effects();
    let sent: Vec<&str> = effects
        .iter()
        .filter_map(|line| {
            ["\"connection:1\",\"clients", "from1", "\"connection:2\",\"clients", "from2"]
                .into_iter()
                .find(|part| {
                    line.contains(part) && !(line.contains("roomState") && part.starts_with("from"))
                })
        })
        .collect();
    assert_eq!(
        sent,
        ["\"connection:1\",\"clients", "from1", "\"connection:2\",\"clients", "from2"]
    );
}

#[test]
fn a_room_that_javascript_deletes_leaves_its_members_outside() {
    let mut script = Script::new();
    let conn = script.join("r");
    let key = script.0.open_room("\"r\"").map_or(0, |key| key.0);
    script.0.execute(&format!("D {key}\nU"));
    script.effects();
    script.set(conn, "k");
    assert_eq!(script.effects(), ["close 1 Some(1002) error: the client is not in a room"]);
    script.0.closed(conn, 1002, "");
    assert!(script.effects().is_empty());
    assert_eq!(script.0.open_connections(), 0);
}

#[test]
fn events_tell_of_the_end_only_who_asked() {
    let mut script = Script::new();
    let (unseen, seen) = (script.join("r"), script.join("r"));
    script.0.watch(seen, false);
    script.0.closed(unseen, 1001, "");
    script.0.closed(seen, 4000, "why \"quoted\"");
    assert_eq!(script.events(), r#"[4,2,4000,"why \"quoted\"",0]"#);
}
