//! The rules by themselves: messages and commands in, effects and events out, no sockets, no threads.

use std::sync::Arc;

use super::{Core, Effect, Flow, Inbound, hook};
use crate::config::Config;
use crate::ids::{ConnId, RoomKey};

const PENDING: u32 = 4;

/// A core with one worker, whose effects read as lines.
pub(super) struct Script(pub(super) Core);

impl Script {
    pub(super) fn new() -> Self {
        Self(Core::new(Config { threads: 1, pending_messages: PENDING, ..Config::default() }))
    }

    pub(super) fn connect(&mut self) -> ConnId {
        self.0.open("info".into(), 1, Arc::default()).0
    }

    pub(super) fn hello(&mut self, conn: ConnId, room: &str) -> Flow {
        let text = format!(
            r#"{{"protocol":"websocket-room-server:1","roomProtocol":"p","roomId":"{room}","clientState":{{}}}}"#
        );
        self.0.message(conn, Inbound::parse(true, &text), &text)
    }

    pub(super) fn join(&mut self, room: &str) -> ConnId {
        let conn = self.connect();
        self.hello(conn, room);
        self.effects();
        conn
    }

    pub(super) fn request(&mut self, conn: ConnId, text: &str) -> Flow {
        self.0.message(conn, Inbound::parse(false, text), text)
    }

    pub(super) fn set(&mut self, conn: ConnId, key: &str) -> Flow {
        self.request(
            conn,
            &format!(r#"{{"type":2,"roomChanges":[{{"key":"{key}","value":"v"}}]}}"#),
        )
    }

    /// What the worker is to do since the last call: `Send 1 {"type":…}` and the like.
    pub(super) fn effects(&mut self) -> Vec<String> {
        self.0.settle_all_joins();
        self.0.take_effects(0).iter().map(line).collect()
    }

    pub(super) fn events(&mut self) -> String {
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
        Effect::Welcome { conn, frame, issued } => {
            format!("welcome {} {issued} {}", conn.0, text(frame))
        }
        Effect::ReadOn { conn } => format!("read on {}", conn.0),
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
    assert!(!script.effects().contains(&"read on 1".to_owned()));
    script.0.execute("E 3 \"error: no\"");
    let effects = script.effects();
    assert!(effects.contains(&"read on 1".to_owned()));
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

#[test]
fn what_a_hook_answers_late_counts_for_the_room_that_has_replaced_the_old_one() {
    let mut script = Script::new();
    let conn = script.join("r");
    script.0.set_hooks(hook::CHANGE);
    script.set(conn, "k");
    let key = script.0.create_room("\"r\"", crate::protocol::KvStore::default(), &[conn]);
    script.0.execute(r#"C 1 3 {"roomChanges":[{"key":"k","value":"kept"}]}"#);
    assert_eq!(script.0.sync_state(key), "{\"full\":true,\"state\":[[\"k\",\"kept\"]]}");
}

#[test]
fn ordered_changes_take_effect_in_the_order_of_arrival() {
    let config = Config { threads: 1, ordered_changes: true, ..Config::default() };
    let mut script = Script(Core::new(config));
    let conn = script.join("r");
    script.0.set_hooks(hook::CHANGE);
    for key in ["a", "b", "c"] {
        script.set(conn, key);
    }
    let answer = |call: u32, key: &str| {
        format!("C {call} 3 {{\"roomChanges\":[{{\"key\":\"{key}\",\"value\":\"v\"}}]}}")
    };
    script.0.execute(&answer(3, "c"));
    script.0.execute(&answer(2, "b"));
    assert!(script.effects().is_empty());
    script.0.execute(&answer(1, "a"));
    let keys: Vec<bool> = script
        .effects()
        .iter()
        .zip(["\"a\"", "\"b\"", "\"c\""])
        .map(|(line, key)| line.contains(key))
        .collect();
    assert_eq!(keys, [true, true, true]);
}

#[test]
fn ordered_changes_that_wait_for_their_elders_outlive_their_client() {
    let config = Config { threads: 1, ordered_changes: true, ..Config::default() };
    let mut script = Script(Core::new(config));
    let conn = script.join("r");
    script.0.set_hooks(hook::CHANGE);
    script.set(conn, "a");
    script.set(conn, "b");
    script.0.execute(r#"C 2 3 {"roomChanges":[{"key":"b","value":"second"}]}"#);
    script.0.closed(conn, 1006, "");
    script.0.execute(r#"C 1 3 {"roomChanges":[{"key":"a","value":"first"}]}"#);
    let key = script.0.open_room("\"r\"").expect("the room stays");
    let state = r#"{"full":true,"state":[["a","first"],["b","second"]]}"#;
    assert_eq!(script.0.sync_state(key), state);
    assert!(script.0.calls.is_empty() && script.0.ordered.is_empty());
}

#[test]
fn a_room_is_loaded_once_and_its_joiners_wait() {
    let mut script = Script::new();
    script.0.set_hooks(hook::LOAD);
    for _ in 0..3 {
        let conn = script.connect();
        script.hello(conn, "r");
    }
    assert_eq!(script.events(), "[9,1,\"r\"]");
    assert!(script.effects().iter().all(|line| line.starts_with("Expect")));
    script.0.execute("W 1 \"k\" \"loaded\"\nL 1\nU");
    script.0.replay(super::session::Place::Room(RoomKey(1)));
    let welcomes = script
        .effects()
        .iter()
        .filter(|line| line.contains("\"roomState\":{\"k\":\"loaded\"}"))
        .count();
    assert_eq!((welcomes, script.events().as_str()), (3, ""));
}

#[test]
fn a_room_that_fails_to_load_refuses_its_joiners_and_is_gone() {
    let mut script = Script::new();
    script.0.set_hooks(hook::LOAD);
    for _ in 0..2 {
        let conn = script.connect();
        script.hello(conn, "r");
    }
    script.effects();
    script.0.execute("Y 1 \"no database\"\nU");
    assert_eq!(
        script.effects(),
        ["close 1 Some(4102) no database", "close 2 Some(4102) no database"]
    );
    assert!(script.0.open_room("\"r\"").is_none());
}

#[test]
fn an_empty_room_is_disposed_of_when_its_time_is_over_unless_somebody_came() {
    let config = Config {
        threads: 1,
        empty_room_ttl: Some(std::time::Duration::from_secs(1)),
        ..Config::default()
    };
    let mut script = Script(Core::new(config));
    let conn = script.join("r");
    script.0.closed(conn, 1000, "");
    assert!(script.effects().iter().any(|line| line.starts_with("Watch")));
    let other = script.join("r");
    script.0.room_idle(RoomKey(1), 1);
    assert_eq!(script.0.list_rooms(), "[[1,\"r\"]]");
    script.0.closed(other, 1000, "");
    script.0.room_idle(RoomKey(1), 1);
    assert_eq!(script.0.list_rooms(), "[[1,\"r\"]]");
    // JavaScript has seen it, so JavaScript deletes it.
    script.0.room_idle(RoomKey(1), 2);
    assert_eq!(script.events(), "[11,1,\"r\"]");
    script.0.execute("D 1\nU");
    let unseen = script.join("s");
    script.0.closed(unseen, 1000, "");
    script.0.room_idle(RoomKey(2), 1);
    assert_eq!((script.0.list_rooms().as_str(), script.events().as_str()), ("[]", ""));
}

#[test]
fn a_room_that_the_engine_disposed_of_can_be_made_anew_at_once() {
    let config = Config {
        threads: 1,
        empty_room_ttl: Some(std::time::Duration::from_secs(1)),
        ..Config::default()
    };
    let mut script = Script(Core::new(config));
    let conn = script.join("r");
    script.0.closed(conn, 1000, "");
    script.0.room_idle(RoomKey(1), 1);
    script.effects();
    let conn = script.connect();
    script.hello(conn, "r");
    assert!(script.effects().iter().any(|line| line.starts_with("send 2 {\"type\":1")));
}

#[test]
fn nobody_enters_a_room_while_it_is_loaded_though_javascript_looks_at_it() {
    let mut script = Script::new();
    script.0.set_hooks(hook::LOAD);
    let conn = script.connect();
    script.hello(conn, "r");
    script.0.sync_state(RoomKey(1));
    script.0.execute("U");
    script.0.replay(super::session::Place::Room(RoomKey(1)));
    assert!(!script.effects().iter().any(|line| line.starts_with("send")));
}

#[test]
fn who_goes_while_the_room_is_loaded_never_enters() {
    let mut script = Script::new();
    script.0.set_hooks(hook::LOAD);
    let (goes, stays) = (script.connect(), script.connect());
    script.hello(goes, "r");
    script.hello(stays, "r");
    script.set(goes, "k");
    script.0.closed(goes, 1006, "");
    script.0.execute("L 1\nU");
    script.0.replay(super::session::Place::Room(RoomKey(1)));
    let effects = script.effects();
    assert!(!effects.iter().any(|line| line.contains("connection:1") || line.contains("\"k\"")));
    assert!(effects.iter().any(|line| line.contains("\"clientId\":\"connection:2\"")));
}

#[test]
fn hellos_that_waited_for_the_list_of_rooms_wait_for_loading_too() {
    let mut script = Script::new();
    script.0.set_hooks(hook::LOAD);
    assert!(script.0.open_room("\"r\"").is_none());
    for _ in 0..3 {
        let conn = script.connect();
        script.hello(conn, "r");
    }
    script.0.execute("U");
    script.0.replay(super::session::Place::List);
    assert_eq!(script.events(), "[9,1,\"r\"]");
    assert!(!script.effects().iter().any(|line| line.starts_with("send")));
    script.0.execute("L 1\nU");
    script.0.replay(super::session::Place::Room(RoomKey(1)));
    let welcomes = script.effects().iter().filter(|line| line.contains("clientId")).count();
    assert_eq!(welcomes, 3);
}

#[test]
fn an_answer_is_expected_once_and_forgiven_when_it_is_late() {
    let mut script = Script::new();
    let conn = script.join("r");
    let answer = |id: &str| format!("{{\"type\":5,\"id\":\"{id}\",\"success\":true}}");
    script.0.execute("G 1 \"a\"\nG 1 \"b\"\nV 1 \"b\"");
    script.request(conn, &answer("a"));
    assert_eq!(script.events(), format!("[8,1,{}]", answer("a")));
    script.request(conn, &answer("b"));
    assert_eq!((script.events().as_str(), script.effects().len()), ("", 0));
    script.request(conn, &answer("b"));
    assert_eq!(script.effects(), ["close 1 Some(1002) error: Unhandled message type 5"]);
}

#[test]
fn limits_refuse_before_a_hook_is_asked() {
    let config = Config { threads: 1, max_clients_per_room: 1, max_rooms: 1, ..Config::default() };
    let mut script = Script(Core::new(config));
    script.join("r");
    script.0.set_hooks(hook::HELLO);
    for (room, reason) in [("r", "the room is full"), ("s", "there are too many rooms")] {
        let conn = script.connect();
        script.hello(conn, room);
        let close = format!("close {} Some(1013) {reason}", conn.0);
        assert!(script.effects().contains(&close));
    }
    assert_eq!(script.events(), "");
}

#[test]
fn a_state_that_would_be_too_large_is_refused_and_may_shrink() {
    let config = Config { threads: 1, max_state_bytes: 14, ..Config::default() };
    let mut script = Script(Core::new(config));
    let (conn, greedy) = (script.join("r"), script.join("r"));
    let set = |key: &str, value: &str| {
        format!(
            "{{\"type\":2,\"roomChanges\":[{{\"key\":\"{key}\",\"value\":\"{value}\"}}],\"echo\":true}}"
        )
    };
    script.request(conn, &set("k", "123456789"));
    assert!(script.effects().iter().any(|line| line.contains("123456789")));
    script.request(greedy, &set("k", "1234567890"));
    let reason = "close 2 Some(1002) error: the room's state would be larger than maxStateBytes";
    assert_eq!(script.effects(), [reason]);
    script.request(conn, &set("k", "1"));
    assert!(script.effects().iter().any(|line| line.contains("roomChanges")));
}

#[test]
fn a_hello_with_too_large_a_state_is_refused_before_the_hook_is_asked() {
    let config = Config { threads: 1, max_client_state_bytes: 6, ..Config::default() };
    let mut script = Script(Core::new(config));
    script.0.set_hooks(hook::HELLO);
    let mut hello = |value: &str| {
        let conn = script.connect();
        script.effects();
        let text = format!(
            r#"{{"protocol":"websocket-room-server:1","roomProtocol":"p","roomId":"r","clientState":{{"k":"{value}"}}}}"#
        );
        script.0.message(conn, Inbound::parse(true, &text), &text);
        (script.effects(), script.events())
    };
    assert!(hello("1").1.starts_with("[1,1,"));
    let reason =
        "close 2 Some(1002) error: the client's state would be larger than maxClientStateBytes";
    assert_eq!(hello("12"), (vec![reason.to_owned()], String::new()));
}

#[test]
fn cutting_all_ends_every_connection_and_their_leaves_are_heard_of() {
    let mut script = Script::new();
    script.0.set_hooks(hook::LEAVE);
    let (member, waiting) = (script.join("r"), script.connect());
    script.effects();
    script.0.cut_all();
    assert_eq!(
        script.effects(),
        ["Terminate { conn: ConnId(1) }", "Terminate { conn: ConnId(2) }"]
    );
    script.0.closed(member, 1006, "");
    script.0.closed(waiting, 1006, "");
    assert_eq!(script.events(), r#"[4,1,1006,"",1]"#);
}

#[test]
fn a_client_that_leaves_with_flush_gets_its_answers_first() {
    let mut script = Script::new();
    let conn = script.join("r");
    script.0.set_hooks(hook::ACTION);
    script.request(conn, r#"{"type":4,"action":"a"}"#);
    script.request(conn, r#"{"type":6,"flush":true}"#);
    assert!(script.effects().is_empty());
    script.0.execute("A 1 {\"type\":5}");
    assert_eq!(
        script.effects(),
        ["send 1 {\"type\":5}", "send 1 {\"type\":7}", "close 1 Some(1000) "]
    );
}

#[test]
fn a_client_whose_requests_for_hooks_are_large_is_not_read_from_meanwhile() {
    let mut script = Script::new();
    script.0.config.max_buffered_bytes = 1000;
    script.0.set_hooks(hook::ACTION);
    let conn = script.join("r");
    let ask = |data: usize| format!(r#"{{"type":4,"action":"a","data":"{}"}}"#, "x".repeat(data));
    assert_eq!(script.request(conn, &ask(400)), Flow::Continue);
    assert_eq!(script.request(conn, &ask(600)), Flow::Pause, "more than 1000 bytes wait");
    script.effects();
    script.0.execute("A 1 {}");
    assert_eq!(script.effects(), ["send 1 {}"], "600 still do");
    script.0.execute("A 2 {}");
    assert_eq!(script.effects(), ["send 1 {}", "read on 1"]);
    assert_eq!(script.request(conn, &ask(400)), Flow::Continue);
}

#[test]
fn tables_shrink_when_a_rush_is_over() {
    let mut script = Script::new();
    script.0.config.empty_room_ttl = Some(std::time::Duration::from_secs(1));
    let before = script.0.capacity();
    let conns: Vec<ConnId> =
        (0..20_000).map(|number| script.join(&format!("room {number}"))).collect();
    script.0.set_hooks(hook::ACTION);
    for conn in &conns {
        script.request(*conn, r#"{"type":4,"action":"a"}"#);
    }
    assert!(script.0.capacity() > 80_000);
    for (conn, call) in conns.into_iter().zip(1..) {
        script.0.execute(&format!("A {call} {{}}"));
        script.0.closed(conn, 1000, "");
        script.0.room_idle(RoomKey(conn.0), 1);
    }
    assert!(script.0.rooms.is_empty() && script.0.sessions.is_empty());
    assert!(script.0.capacity() < before + 4 * 1024, "{}", script.0.capacity());
}
