use super::super::tests::Script;
use super::super::{Flow, Inbound, hook};
use super::*;
use crate::config::Config;
use crate::ids::RoomKey;

fn config() -> Config {
    Config { threads: 1, max_dropped: 2, ..Config::default() }
}

fn script() -> Script {
    Script(Core::new(config()))
}

impl Script {
    fn say(&mut self, conn: ConnId, room: &str, resume: &str) -> Flow {
        let text = format!(
            r#"{{"protocol":"websocket-room-server:1","roomProtocol":"p","roomId":"{room}","clientState":{{}},"ext":{{"resume":{resume}}}}}"#
        );
        self.0.message(conn, Inbound::parse(true, &text), &text)
    }

    /// A client that has joined, and its token.
    fn join_resumable(&mut self, room: &str) -> (ConnId, String) {
        let conn = self.connect();
        assert_eq!(self.say(conn, room, "{}"), Flow::Continue);
        let effects = self.effects();
        let start = format!("welcome {} 1 ", conn.0);
        let welcome = effects.iter().find(|line| line.starts_with(&start));
        (conn, token_in(welcome.map_or("", String::as_str)))
    }

    /// Another connection shows the token.
    fn come_back(&mut self, room: &str, token: &str) -> (ConnId, Flow) {
        let conn = self.connect();
        self.effects();
        let flow = self.say(conn, room, &format!(r#"{{"token":"{token}","received":0}}"#));
        (conn, flow)
    }

    /// The same, for a token that opens a session; the graft has reached the worker.
    fn graft(&mut self, token: &str) -> Graft {
        let (_, Flow::Graft(graft)) = self.come_back("r", token) else { panic!("not opened") };
        let sent = graft.as_ref().clone();
        assert!(self.0.send_graft(graft));
        assert_eq!(self.effects(), [format!("Graft({sent:?})")]);
        sent
    }

    fn drop(&mut self, conn: ConnId) -> bool {
        self.0.drops(conn, 1006)
    }
}

fn token_in(text: &str) -> String {
    let start = text.find("\"token\":\"").expect("a token") + 9;
    text[start..].chars().take_while(|char| *char != '"').collect()
}

const ONE: Secret = Secret(1);
const TWO: Secret = Secret(2);
const THREE: Secret = Secret(3);

#[test]
fn a_token_names_its_session_and_nothing_else_is_one() {
    let secret = Secret(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
    let token = secret.token(ConnId(7));
    assert_eq!(&*token, "AAAAAAAAAAcBAgMEBQYHCAkKCwwNDg8Q");
    assert_eq!(Secret::of_token(&token), Some((ConnId(7), secret)));
    let long = format!("{token}AAAA");
    let padded = format!("{token}=");
    for text in ["", "A", &token[1..], &token[..28], &long, &padded, "ä", "\u{0}", "+/+/+/+/"] {
        assert_eq!(Secret::of_token(text), None, "{text}");
    }
}

#[test]
fn secrets_are_not_repeated() {
    let secrets: Vec<Secret> = (0..100).filter_map(|_| Secret::random()).collect();
    assert_eq!(secrets.len(), 100);
    for (index, secret) in secrets.iter().enumerate() {
        assert!(!secrets[..index].contains(secret));
    }
}

#[test]
fn a_token_is_good_once_and_until_the_next_one_is_known() {
    let mut tokens = Tokens::new(ONE);
    assert_eq!(tokens.exchange(TWO, THREE), None);
    assert_eq!(tokens.exchange(ONE, TWO), Some(1));
    // The answer was lost.
    assert_eq!(tokens.exchange(ONE, THREE), Some(1));
    assert_eq!(tokens.exchange(TWO, Secret(9)), None, "nobody has seen this one");
    // It came: the one before is worth nothing from the first sign on.
    tokens.confirm(3);
    assert_eq!(tokens.exchange(ONE, Secret(9)), None);
    assert_eq!(tokens.exchange(THREE, Secret(4)), Some(3));
    // A sign on a connection that has been replaced meanwhile.
    tokens.confirm(3);
    assert_eq!(tokens.exchange(THREE, Secret(5)), Some(3));
    // The new one was shown without any sign before.
    assert_eq!(tokens.exchange(Secret(5), Secret(6)), Some(5));
    assert_eq!(tokens.exchange(THREE, Secret(9)), None);
}

#[test]
fn who_does_not_ask_sees_nothing_of_it() {
    let mut script = script();
    for (ext, answer) in [
        ("", ""),
        (r#","ext":{}"#, r#","ext":{}"#),
        (r#","ext":{"resume":true}"#, r#","ext":{}"#),
        (r#","ext":{"resume":null}"#, r#","ext":{}"#),
        (r#","ext":[]"#, ""),
    ] {
        let conn = script.connect();
        let text = format!(
            r#"{{"protocol":"websocket-room-server:1","roomProtocol":"p","roomId":"r","clientState":{{}},"readonly":true{ext}}}"#
        );
        script.0.message(conn, Inbound::parse(true, &text), &text);
        let expected = format!(
            r#"send {n} {{"type":1,"protocol":"websocket-room-server:1","roomProtocol":"p","clientId":"connection:{n}","clients":{{}},"roomState":{{}},"readonly":true{answer}}}"#,
            n = conn.0
        );
        assert!(script.effects().contains(&expected), "{ext}");
        assert!(!script.drop(conn));
    }
    let conn = script.join("r");
    script.request(conn, r#"{"type":8,"received":0}"#);
    let close = format!("close {} Some(1002) error: Unhandled message type 8", conn.0);
    assert_eq!(script.effects(), [close]);
}

#[test]
fn where_it_is_turned_off_nobody_gets_it() {
    let resume_for = std::time::Duration::ZERO;
    let mut script = Script(Core::new(Config { resume_for, ..config() }));
    let conn = script.connect();
    script.say(conn, "r", "{}");
    assert!(script.effects().iter().any(|line| line.ends_with(r#""ext":{}}"#)));
    assert!(!script.drop(conn));
}

#[test]
fn a_dropped_session_goes_on_and_is_answered_with_what_it_missed() {
    let mut script = script();
    let (conn, token) = script.join_resumable("r");
    assert!(script.drop(conn));
    assert_eq!(script.0.status(conn), 2 | 1 << 5 | 1 << 6);
    let witness = script.join("r");
    script.set(witness, "k");
    let effects = script.effects();
    assert!(effects.iter().any(|line| line.starts_with("broadcast 1 but 2")), "{effects:?}");
    let graft = script.graft(&token);
    assert_eq!((graft.conn, graft.shown, graft.issued), (conn, 1, 2));
    let answer = script.0.resumed(&graft, 5, true).expect("an answer");
    let text = String::from_utf8_lossy(&answer[4..]).into_owned();
    assert_eq!(
        text,
        format!(
            r#"{{"type":1,"protocol":"websocket-room-server:1","roomProtocol":"p","clientId":"connection:1","clients":{{}},"roomState":{{}},"readonly":false,"ext":{{"resume":{{"token":"{}","ms":30000,"outcome":"replayed","received":5}}}}}}"#,
            token_in(&text)
        )
    );
    assert_ne!(token_in(&text), token);
    assert_eq!((script.0.dropped(), script.0.status(conn) >> 5 & 1), (0, 0));
    assert!(!script.0.grace_over(conn));
    assert_eq!(script.0.open_connections(), 2);
}

#[test]
fn tokens_open_only_what_they_were_given_for() {
    let mut script = script();
    let (conn, token) = script.join_resumable("r");
    let (_, other) = script.join_resumable("r");
    let mut wrong = token.clone();
    wrong.replace_range(31..32, if token.ends_with('A') { "B" } else { "A" });
    let swapped = format!("{}{}", &token[..12], &other[12..]);
    for (room, token) in [("s", &token), ("r", &wrong), ("r", &swapped), ("r", &String::new())] {
        let (_, flow) = script.come_back(room, token);
        assert_eq!(flow, Flow::Continue);
        let effects = script.effects();
        assert!(effects.iter().any(|line| line.contains(r#""outcome":"new","received":0"#)));
    }
    // Another protocol of the application's.
    let (newcomer, session) = (script.connect(), script.0.sessions.len());
    let text = format!(
        r#"{{"protocol":"websocket-room-server:1","roomProtocol":"q","roomId":"r","clientState":{{}},"ext":{{"resume":{{"token":"{token}","received":0}}}}}}"#
    );
    script.0.message(newcomer, Inbound::parse(true, &text), &text);
    assert_eq!(script.0.sessions.len(), session);
    script.effects();
    // Nobody has used it.
    assert_eq!(script.graft(&token).conn, conn);
}

#[test]
fn what_is_not_a_token_asks_for_a_new_session() {
    for resume in [
        r#"{"token":5,"received":0}"#,
        r#"{"token":null}"#,
        r#"{"token":"AAAA"}"#,
        r#"{"received":-1}"#,
    ] {
        let mut script = script();
        let conn = script.connect();
        assert_eq!(script.say(conn, "r", resume), Flow::Continue);
        assert!(script.effects().iter().any(|line| line.contains(r#""outcome":"new""#)));
    }
}

#[test]
fn who_drops_and_who_leaves() {
    let mut script = script();
    let (first, _) = script.join_resumable("r");
    let waiting = script.connect();
    assert!(!script.drop(waiting), "not in a room yet");
    let plain = script.join("r");
    assert!(!script.drop(plain), "did not ask");
    script.0.close(first, Some(4500), "ejected".into());
    assert!(!script.drop(first), "is closing");
    let (second, _) = script.join_resumable("r");
    script.0.set_hooks(hook::ACTION);
    script.request(second, r#"{"type":4,"action":"a"}"#);
    script.request(second, r#"{"type":6,"flush":true}"#);
    assert!(!script.drop(second), "wants to leave");
    let (third, _) = script.join_resumable("r");
    script.0.execute(&format!("R 1 {}", third.0));
    assert!(!script.drop(third), "was taken out");
    for _ in 0..2 {
        let (conn, _) = script.join_resumable("r");
        assert!(script.drop(conn));
    }
    let (late, _) = script.join_resumable("r");
    assert!(!script.drop(late), "max_dropped");
    assert_eq!(script.0.dropped(), 2);
}

#[test]
fn transient_codes_drop_and_all_others_end_at_once() {
    let rows = [(4099, false), (4100, true), (4199, true), (4200, false), (1001, false)];
    for (code, transient) in rows {
        let mut script = script();
        let (conn, token) = script.join_resumable("r");
        script.0.close(conn, Some(code), "why".into());
        assert_eq!(script.effects().last(), Some(&format!("close 1 Some({code}) why")));
        assert_eq!(script.0.sessions[&conn].status.is_open(), transient, "{code}");
        assert_eq!(matches!(script.come_back("r", &token).1, Flow::Graft(_)), transient, "{code}");
    }
}

#[test]
fn a_dropped_client_that_is_ejected_or_whose_room_goes_leaves_at_once() {
    for commands in ["K 1 4500 \"no\"", "K 1 1001 \"\"", "M 1", "R 1 1", "D 1", "E 1 \"error: x\""]
    {
        let mut script = script();
        script.0.set_hooks(hook::CHANGE);
        let (conn, token) = script.join_resumable("r");
        script.set(conn, "k");
        assert!(script.drop(conn));
        script.effects();
        script.0.execute(commands);
        let effects = script.effects();
        let ends = |line: &String| line.starts_with("close 1") || line.contains("Terminate");
        assert!(effects.iter().any(ends), "{commands}: {effects:?}");
        script.0.execute("U");
        assert!(!matches!(script.come_back("r", &token).1, Flow::Graft(_)), "{commands}");
        script.effects();
        script.0.closed(conn, 1006, "");
        assert_eq!((script.0.dropped(), script.0.status(conn)), (0, 4), "{commands}");
    }
}

#[test]
fn the_grace_ends_with_an_ordinary_leave() {
    let mut script = script();
    script.0.set_hooks(hook::DROP | hook::LEAVE);
    let (conn, token) = script.join_resumable("r");
    script.join("r");
    assert!(script.drop(conn));
    assert_eq!(script.events(), "[12,1,1]");
    script.effects();
    assert!(script.0.grace_over(conn));
    assert_eq!(script.events(), r#"[4,1,1006,"",1]"#);
    let (_, flow) = script.come_back("r", &token);
    assert_eq!(flow, Flow::Continue);
    script.effects();
    assert!(script.0.leave(conn));
    let effects = script.effects();
    assert_eq!(
        effects,
        ["exit 1 1", r#"broadcast 1 but 1 {"type":3,"removeClients":["connection:1"]}"#]
    );
    let stats: serde_json::Value =
        serde_json::from_str(&script.0.stats(&crate::worker::Counters::default())).unwrap();
    assert_eq!((&stats["dropped"], &stats["closes"]["1006"]), (&0.into(), &1.into()));
    assert_eq!(stats["resumes"], serde_json::json!({"replayed": 0, "snapshot": 0, "refused": 1}));
}

#[test]
fn the_grace_waits_for_a_socket_that_is_on_its_way() {
    let mut script = script();
    let (conn, token) = script.join_resumable("r");
    script.drop(conn);
    let graft = script.graft(&token);
    assert!(!script.0.grace_over(conn));
    assert!(script.0.resumed(&graft, 0, true).is_some());
    assert_eq!(script.0.dropped(), 0);
}

#[test]
fn a_snapshot_comes_behind_what_it_contains() {
    let mut script = script();
    let (conn, token) = script.join_resumable("r");
    script.drop(conn);
    let witness = script.connect();
    script.hello(witness, "r");
    script.set(witness, "k");
    let (_, Flow::Graft(graft)) = script.come_back("r", &token) else { panic!("not opened") };
    let joiner = script.connect();
    script.hello(joiner, "r");
    // The joiner was not announced yet: it is now, before the snapshot that shows it.
    assert!(script.0.resumed(&graft, 3, false).is_none());
    script.set(witness, "l");
    let effects = script.effects();
    let place = |part: &str| effects.iter().position(|line| line.contains(part));
    let snapshot = place("welcome 1 2 ").expect("a snapshot");
    assert!(effects[snapshot].contains("\"connection:4\"") && effects[snapshot].contains("\"k\""));
    assert!(effects[snapshot].contains(r#""outcome":"snapshot","received":3"#));
    assert!(!effects[snapshot].contains("\"l\""));
    assert!(place("\"addClients\":{\"connection:4\"").is_some_and(|place| place < snapshot));
    assert!(effects[snapshot..].iter().any(|line| line.contains("\"l\"")));
}

#[test]
fn a_room_that_javascript_looks_at_can_be_come_back_to() {
    let mut script = script();
    let (conn, token) = script.join_resumable("r");
    script.drop(conn);
    script.0.execute("W 1 \"before\" 1");
    script.0.sync_state(RoomKey(1));
    script.0.execute("W 1 \"k\" 1");
    let graft = script.graft(&token);
    script.0.resumed(&graft, 0, false);
    assert!(script.effects()[0].contains(r#""roomState":{"before":1,"k":1}"#));
    // What comes from it waits, as ever.
    script.set(conn, "l");
    assert!(script.effects().is_empty());
    script.0.execute("U");
    script.0.replay(super::super::session::Place::Room(RoomKey(1)));
    assert!(script.effects().iter().any(|line| line.contains("\"l\"")));
}

#[test]
fn a_hello_with_a_token_that_opens_nothing_waits_for_loading_as_any_other() {
    let mut script = script();
    script.0.set_hooks(hook::LOAD);
    let (conn, flow) = script.come_back("r", "AAAAAAAAAAcBAgMEBQYHCAkKCwwNDg8Q");
    assert_eq!(flow, Flow::Continue);
    assert_eq!((script.events().as_str(), script.effects().len()), ("[9,1,\"r\"]", 0));
    assert!(!script.drop(conn));
    script.0.execute("L 1\nU");
    script.0.replay(super::super::session::Place::Room(RoomKey(1)));
    let effects = script.effects();
    assert!(effects.iter().any(|line| line.contains(r#""outcome":"new""#)), "{effects:?}");
    assert!(script.drop(conn));
}

#[test]
fn hooks_answer_a_dropped_client_as_any_other() {
    let mut script = script();
    script.0.set_hooks(hook::CHANGE | hook::ACTION);
    let (conn, token) = script.join_resumable("r");
    script.request(conn, r#"{"type":4,"action":"a"}"#);
    script.request(conn, r#"{"type":4,"action":"b"}"#);
    assert!(script.drop(conn));
    script.0.execute("A 1 {\"type\":5,\"id\":\"a\"}");
    assert_eq!(script.effects(), [r#"send 1 {"type":5,"id":"a"}"#]);
    let graft = script.graft(&token);
    script.0.resumed(&graft, 2, true);
    script.0.execute("A 2 {\"type\":5,\"id\":\"b\"}");
    assert_eq!(script.effects(), [r#"send 1 {"type":5,"id":"b"}"#]);
}

#[test]
fn ordered_changes_keep_their_order_over_a_drop() {
    let mut script = Script(Core::new(Config { ordered_changes: true, ..config() }));
    script.0.set_hooks(hook::CHANGE);
    let (conn, token) = script.join_resumable("r");
    script.set(conn, "a");
    script.set(conn, "b");
    let answer = |call: u32, key: &str| {
        format!("C {call} 3 {{\"roomChanges\":[{{\"key\":\"{key}\",\"value\":1}}]}}")
    };
    script.0.execute(&answer(2, "b"));
    script.drop(conn);
    assert!(script.effects().is_empty());
    let graft = script.graft(&token);
    script.0.resumed(&graft, 2, true);
    script.set(conn, "c");
    script.0.execute(&answer(3, "c"));
    script.0.execute(&answer(1, "a"));
    let effects = script.effects();
    assert_eq!(effects.len(), 3);
    for (line, key) in effects.iter().zip(["\"a\"", "\"b\"", "\"c\""]) {
        assert!(line.contains(key), "{effects:?}");
    }
}

#[test]
fn the_application_hears_of_a_new_connection_where_it_knows_the_client() {
    let mut script = script();
    let (unseen, token) = script.join_resumable("r");
    script.drop(unseen);
    let graft = script.graft(&token);
    let answer = script.0.resumed(&graft, 0, true).expect("an answer");
    assert_eq!(script.events(), "");
    let token = token_in(&String::from_utf8_lossy(&answer));
    script.0.watch(unseen, false);
    let graft = script.graft(&token);
    script.0.resumed(&graft, 0, true);
    assert_eq!(script.events(), "[13,1,1]");
}
