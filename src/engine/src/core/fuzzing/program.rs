//! The steps of a program, picked by the bytes of the input.

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::Unstructured;
use serde_json::{Value, json};

use super::super::{Core, hook};
use super::application::Application;
use super::stage::Stage;
use crate::config::Config;
use crate::ids::{ConnId, RoomKey};

type Input<'a, 'b> = &'a mut Unstructured<'b>;
type Result<T = ()> = arbitrary::Result<T>;

const KEYS: [&str; 4] = ["a", "b", "7", "__proto__"];

pub(super) struct Program {
    pub(super) stage: Stage,
    application: Application,
    numbers: u64,
}

impl Program {
    pub(super) fn new(input: Input<'_, '_>) -> Result<Self> {
        let limit = |limits: bool, size: usize| if limits { size } else { usize::MAX };
        let config = Config {
            threads: 1,
            pending_messages: input.int_in_range(1..=4)?,
            max_clients_per_room: limit(input.ratio(1, 4)?, 3),
            max_rooms: limit(input.ratio(1, 4)?, 2),
            max_state_bytes: limit(input.ratio(1, 8)?, 60),
            empty_room_ttl: input.ratio(1, 3)?.then_some(Duration::ZERO),
            ordered_changes: input.ratio(1, 4)?,
            max_dropped: limit(input.ratio(1, 8)?, 1),
            ..Config::default()
        };
        let mut stage = Stage::new(Core::new(config.clone()));
        let hooks = input.choose(&[0, 0, 0, 1, 2, 8, 16, 511, 509]).copied()?;
        stage.core.set_hooks(hooks);
        stage.in_order = hooks & hook::CHANGE == 0 || config.ordered_changes;
        Ok(Self { stage, application: Application::default(), numbers: 0 })
    }

    pub(super) fn step(&mut self, input: Input<'_, '_>) -> Result {
        match input.int_in_range(0..=34)? {
            32..=33 => self.come_back(input)?,
            34 => self.grace_over(input)?,
            0..=2 => drop(self.stage.connect()),
            3..=6 => self.hello(input)?,
            7..=12 => self.change(input)?,
            13 => self.odd_message(input)?,
            14 => self.socket_ends(input)?,
            15..=17 => self.stage.end_turn(),
            step => self.application_step(step, input)?,
        }
        Ok(())
    }

    /// A call of JavaScript's. What was decided before it is delivered first, so that the views know what was before it.
    fn application_step(&mut self, step: u8, input: Input<'_, '_>) -> Result {
        self.stage.deliver();
        match step {
            18..=20 => self.answer(input)?,
            21..=22 => self.look(input)?,
            23..=24 => self.stage.core.execute("U"),
            25 => self.write(input)?,
            26 => self.tell(input)?,
            27 => self.rewrite_rooms(input)?,
            28 => self.speak_to_a_client(input)?,
            29 => self.list(input)?,
            30 => self.time_is_over(input)?,
            _ => self.hooks_change(input)?,
        }
        self.stage.end_turn();
        Ok(())
    }

    fn hello(&mut self, input: Input<'_, '_>) -> Result {
        let Some(conn) = self.client(input)? else { return Ok(()) };
        let text = json!({
            "protocol": "websocket-room-server:1",
            "roomProtocol": "p",
            "roomId": room_id(input)?,
            "clientName": input.ratio(1, 2)?.then_some("name"),
            "clientState": if input.ratio(1, 2)? { json!({}) } else { json!({"x": "1"}) },
            "readonly": input.ratio(1, 6)?,
            "ext": input.choose(&[json!(null), json!({}), json!({"resume": {}}), json!({"resume": {}})])?,
        });
        if let Some(socket) =
            self.stage.sockets.get_mut(&conn).filter(|socket| socket.hello.is_null())
        {
            socket.hello = text.clone();
        }
        self.stage.write(conn, text.to_string());
        Ok(())
    }

    /// Another connection for a session that can be resumed, whether it has lost its own or not.
    fn come_back(&mut self, input: Input<'_, '_>) -> Result {
        let Some(conn) = self.client(input)? else { return Ok(()) };
        let received = u64::from(input.ratio(1, 3)?);
        let Some(socket) = self.stage.sockets.get(&conn) else { return Ok(()) };
        let Some(token) = &socket.view.token else { return Ok(()) };
        let mut hello = socket.hello.clone();
        hello["ext"] = json!({"resume": {"token": token, "received": received}});
        let newcomer = self.stage.connect();
        self.stage.write(newcomer, hello.to_string());
        Ok(())
    }

    fn grace_over(&mut self, input: Input<'_, '_>) -> Result {
        if let Some(conn) = self.client(input)?.filter(|conn| self.stage.is_dropped(*conn)) {
            self.stage.grace_over(conn);
        }
        Ok(())
    }

    fn change(&mut self, input: Input<'_, '_>) -> Result {
        let Some(conn) = self.client(input)? else { return Ok(()) };
        self.numbers += 1;
        let value = format!("{}:{}", conn.0, self.numbers);
        let mut room = vec![json!({"key": input.choose(&KEYS)?, "value": value})];
        if input.ratio(1, 4)? {
            room.push(json!({"key": input.choose(&KEYS)?}));
        }
        let client = input.ratio(1, 4)?.then(|| json!([{"key": "x", "value": value}]));
        let echo = input.ratio(1, 2)?;
        let text = json!({"type": 2, "roomChanges": room, "clientChanges": client, "echo": echo});
        if let Some(socket) = self.stage.sockets.get_mut(&conn) {
            socket.sent.push(self.numbers);
        }
        self.stage.write(conn, text.to_string());
        Ok(())
    }

    fn odd_message(&mut self, input: Input<'_, '_>) -> Result {
        let texts = [
            r#"{"type":4,"action":"a"}"#,
            r#"{"type":5,"id":"asked"}"#,
            r#"{"type":6}"#,
            r#"{"type":6,"flush":true}"#,
            r#"{"type":2}"#,
            r#"{"type":2,"roomChanges":{}}"#,
            "nonsense",
        ];
        let text = *input.choose(&texts)?;
        let Some(conn) = self.client(input)? else { return Ok(()) };
        self.stage.write(conn, text.into());
        Ok(())
    }

    fn socket_ends(&mut self, input: Input<'_, '_>) -> Result {
        let Some(conn) = self.client(input)? else { return Ok(()) };
        if input.ratio(1, 3)? {
            self.stage.peer_closes(conn);
        } else {
            self.stage.end(conn);
        }
        Ok(())
    }

    fn answer(&mut self, input: Input<'_, '_>) -> Result {
        self.application.take(&mut self.stage.core);
        let count = self.application.pending.len();
        if count == 0 {
            return Ok(());
        }
        let pending = self.application.pending.swap_remove(input.choose_index(count)?);
        if input.ratio(1, 8)? {
            pending.fail(&mut self.stage);
        } else {
            pending.settle(&mut self.stage);
        }
        Ok(())
    }

    fn look(&mut self, input: Input<'_, '_>) -> Result {
        if let Some(key) = self.room(input)? {
            self.application.look(&mut self.stage.core, key);
        } else {
            let _ = self.stage.core.open_room(&room_id(input)?.to_string());
        }
        Ok(())
    }

    /// Silent writes, as `room.state[key] = value` makes them.
    fn write(&mut self, input: Input<'_, '_>) -> Result {
        let Some(key) = self.room(input)? else { return Ok(()) };
        self.application.look(&mut self.stage.core, key);
        let name = *input.choose(&KEYS)?;
        self.numbers += 1;
        let value = json!(self.numbers);
        match input.int_in_range(0..=3)? {
            0 => {
                self.execute(&format!("X {} \"{name}\"", key.0));
                self.application.deleted(key, name);
            }
            1 => {
                self.execute(&format!("W {} \"{name}\"", key.0));
                self.application.wrote(key, name, None);
            }
            2 => {
                self.execute(&format!("W {} \"{name}\" {value}", key.0));
                self.application.wrote(key, name, Some(value));
            }
            _ => {
                let state = BTreeMap::from([(name.to_owned(), value)]);
                self.execute(&format!("Z {} {}", key.0, json!(state)));
                self.application.replaced(key, &state);
                for name in KEYS {
                    self.keep_from_members(key, name);
                }
            }
        }
        self.keep_from_members(key, name);
        Ok(())
    }

    fn execute(&mut self, command: &str) {
        self.stage.core.execute(command);
    }

    fn keep_from_members(&mut self, room: RoomKey, name: &str) {
        self.members(room, |view| {
            view.stale.insert(name.into());
        });
    }

    /// Those who have their welcome: later ones see what was written.
    fn members(&mut self, room: RoomKey, change: impl Fn(&mut super::view::View)) {
        let Some(room) = self.stage.core.rooms.get(&room) else { return };
        for conn in room.members.keys() {
            self.stage
                .sockets
                .get_mut(conn)
                .into_iter()
                .for_each(|socket| change(&mut socket.view));
        }
    }

    /// Writes with a notification: in one step, or by hand.
    fn tell(&mut self, input: Input<'_, '_>) -> Result {
        let Some(key) = self.room(input)? else { return Ok(()) };
        let name = *input.choose(&KEYS)?;
        self.numbers += 1;
        let (value, sets) = (json!(self.numbers), json!([{"key": name, "value": self.numbers}]));
        if input.ratio(1, 2)? {
            self.execute(&format!("N {} {sets}", key.0));
        } else {
            self.application.look(&mut self.stage.core, key);
            let message = json!({"type": 3, "roomChanges": sets});
            self.execute(&format!("W {} \"{name}\" {value}\nB {} 0 {message}", key.0, key.0));
        }
        self.application.wrote(key, name, Some(value));
        Ok(())
    }

    /// Takes a client out, deletes a room, makes one in place of another.
    fn rewrite_rooms(&mut self, input: Input<'_, '_>) -> Result {
        let Some(key) = self.room(input)? else { return Ok(()) };
        let members = || self.stage.core.rooms[&key].members.keys().copied();
        let chosen: Vec<ConnId> = members().step_by(2).collect();
        match input.int_in_range(0..=2)? {
            0 => {
                self.members(key, |view| view.unsure_of_clients = true);
                for conn in chosen {
                    self.execute(&format!("R {} {}", key.0, conn.0));
                }
            }
            1 => {
                self.members(key, |view| view.lost_sight = true);
                self.execute(&format!("D {}", key.0));
            }
            _ => {
                self.members(key, |view| view.lost_sight = true);
                self.members(key, |view| view.unsure_of_clients = true);
                let id = self.stage.core.rooms[&key].id.clone();
                let state = crate::protocol::KvStore::from_json("{\"a\":\"new\"}").unwrap();
                self.stage.core.create_room(&id, state, &chosen);
            }
        }
        Ok(())
    }

    fn speak_to_a_client(&mut self, input: Input<'_, '_>) -> Result {
        let Some(conn) = self.client(input)? else { return Ok(()) };
        let n = conn.0;
        let command = match input.int_in_range(0..=5)? {
            0 => format!("K {n} 4500 \"bye\""),
            1 => format!("K {n} 0 \"\""),
            2 => format!("M {n}"),
            3 => format!("G {n} \"asked\""),
            4 => format!("V {n} \"asked\""),
            _ => format!("S {n} {{\"type\":5}}"),
        };
        self.execute(&command);
        Ok(())
    }

    fn list(&mut self, input: Input<'_, '_>) -> Result {
        if input.ratio(1, 2)? {
            let _: Value = serde_json::from_str(&self.stage.core.list_rooms()).expect("JSON");
        } else {
            let odd = [
                "H",
                "H 1",
                "H 1 {}",
                "C 1 3 {}",
                "A 1 {}",
                "E 1 x",
                "W 1",
                "Q",
                "L 1",
                "Y 1 \"x\"",
            ];
            let command = *input.choose(&odd)?;
            // Answers that hooks did not give would be no loss of the engine's.
            if !self.stage.core.calls.is_empty() || !command.starts_with(['C', 'A', 'E']) {
                return Ok(());
            }
            self.execute(command);
        }
        Ok(())
    }

    fn time_is_over(&mut self, input: Input<'_, '_>) -> Result {
        if self.stage.idle.is_empty() {
            return Ok(());
        }
        let at = input.choose_index(self.stage.idle.len())?;
        let (key, since) = self.stage.idle.swap_remove(at);
        self.stage.core.room_idle(key, since);
        Ok(())
    }

    /// Whether changes have a hook stays: what the order is depends on it.
    fn hooks_change(&mut self, input: Input<'_, '_>) -> Result {
        let kept = u32::from(self.stage.core.has_hook(hook::CHANGE)) * hook::CHANGE;
        self.stage.core.set_hooks(input.int_in_range(0..=511)? & !hook::CHANGE | kept);
        Ok(())
    }

    fn client(&self, input: Input<'_, '_>) -> Result<Option<ConnId>> {
        let conns: Vec<ConnId> = self.stage.sockets.keys().copied().collect();
        if conns.is_empty() { Ok(None) } else { input.choose(&conns).copied().map(Some) }
    }

    fn room(&self, input: Input<'_, '_>) -> Result<Option<RoomKey>> {
        let mut keys: Vec<RoomKey> = self.stage.core.rooms.keys().copied().collect();
        keys.sort_unstable();
        if keys.is_empty() { Ok(None) } else { input.choose(&keys).copied().map(Some) }
    }

    /// Answers and releases until nothing waits.
    pub(super) fn finish(&mut self) {
        loop {
            self.stage.core.execute("U");
            self.stage.end_turn();
            self.application.take(&mut self.stage.core);
            if self.application.pending.is_empty() {
                return;
            }
            let pending = std::mem::take(&mut self.application.pending);
            for pending in pending {
                pending.settle(&mut self.stage);
            }
            self.stage.end_turn();
        }
    }

    pub(super) fn everybody_goes(&mut self) {
        let conns: Vec<ConnId> = self.stage.sockets.keys().copied().collect();
        for conn in conns {
            self.stage.end(conn);
            if self.stage.is_dropped(conn) {
                self.stage.grace_over(conn);
            }
        }
        self.finish();
    }
}

fn room_id(input: Input<'_, '_>) -> Result<Value> {
    Ok(json!(input.choose(&["r", "s", "__proto__"])?))
}
