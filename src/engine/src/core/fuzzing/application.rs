//! The application's side: the hooks that it has not answered yet, and its copies of the rooms.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::{Core, Room};
use super::stage::Stage;
use crate::ids::{ConnId, RoomKey};

/// Something that JavaScript has to do.
pub(super) enum Pending {
    Hello { n: u64, request: Value },
    Change { call: u64, request: Value },
    Action { call: u64 },
    Closed { n: u64, member: bool },
    Load { key: u64 },
    Idle { key: u64 },
}

/// A copy of a room: the state, the clients in the order of joining.
#[derive(Default)]
struct Mirror {
    state: BTreeMap<String, Option<Value>>,
    clients: Vec<u64>,
}

#[derive(Default)]
pub(super) struct Application {
    pub(super) pending: Vec<Pending>,
    mirrors: BTreeMap<RoomKey, Mirror>,
}

impl Application {
    /// Takes all events.
    pub(super) fn take(&mut self, core: &mut Core) {
        while let Some(batch) = core.events().take() {
            let values: Vec<&RawValue> = serde_json::from_str(&batch).expect("events are JSON");
            let mut values = values.into_iter().map(RawValue::get);
            while let Some(kind) = values.next() {
                let mut value = || -> Value {
                    serde_json::from_str(values.next().expect("a value")).expect("JSON")
                };
                self.pending.extend(event(kind, &mut value));
            }
        }
    }

    /// Looks at a room: from here on the application holds it, and its copy is exact.
    pub(super) fn look(&mut self, core: &mut Core, key: RoomKey) {
        let mirror = self.mirrors.entry(key).or_default();
        mirror.update_state(&core.sync_state(key));
        mirror.update_clients(&core.sync_clients(key));
        let Some(room) = core.rooms.get(&key) else { return };
        let parse = |text: &str| serde_json::from_str(text).expect("JSON");
        let state: BTreeMap<String, Option<Value>> = room
            .state
            .iter()
            .map(|(key, value)| (serde_json::from_str(key).unwrap(), value.map(parse)))
            .collect();
        assert_eq!(mirror.state, state, "JavaScript's copy of {}", room.id);
        let members: Vec<u64> = room.members.keys().map(|conn| conn.0).collect();
        assert_eq!(mirror.clients, members, "JavaScript's copy of the clients of {}", room.id);
    }

    /// The application has written a key of a room that it holds; None is `undefined`.
    pub(super) fn wrote(&mut self, key: RoomKey, name: &str, value: Option<Value>) {
        if let Some(mirror) = self.mirrors.get_mut(&key) {
            mirror.state.insert(name.into(), value);
        }
    }

    pub(super) fn deleted(&mut self, key: RoomKey, name: &str) {
        if let Some(mirror) = self.mirrors.get_mut(&key) {
            mirror.state.remove(name);
        }
    }

    pub(super) fn replaced(&mut self, key: RoomKey, state: &BTreeMap<String, Value>) {
        if let Some(mirror) = self.mirrors.get_mut(&key) {
            mirror.state =
                state.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        }
    }
}

fn event(kind: &str, value: &mut impl FnMut() -> Value) -> Option<Pending> {
    let number = |value: Value| value.as_u64().expect("a number");
    Some(match kind {
        "1" => Pending::Hello { n: number(value()), request: value() },
        "2" => {
            let (call, _, _) = (number(value()), value(), value());
            Pending::Change { call, request: value() }
        }
        "3" => {
            let call = number(value());
            let _request = [value(), value(), value(), value(), value()];
            Pending::Action { call }
        }
        "4" => {
            let (n, _, _, key) = (number(value()), value(), value(), number(value()));
            Pending::Closed { n, member: key > 0 }
        }
        "8" | "10" | "12" | "13" => {
            let _ = (value(), value());
            return None;
        }
        "9" | "11" => {
            let (key, _) = (number(value()), value());
            if kind == "9" { Pending::Load { key } } else { Pending::Idle { key } }
        }
        other => panic!("an unknown event: {other}"),
    })
}

impl Mirror {
    fn update_state(&mut self, news: &str) {
        if news.is_empty() {
            return;
        }
        let news: Value = serde_json::from_str(news).expect("JSON");
        if news["full"] == json!(true) {
            self.state.clear();
        }
        for pair in news["state"].as_array().expect("a list") {
            let key = pair[0].as_str().expect("a key").into();
            self.state.insert(key, pair.get(1).cloned());
        }
    }

    fn update_clients(&mut self, news: &str) {
        if news.is_empty() {
            return;
        }
        let news: Value = serde_json::from_str(news).expect("JSON");
        if news["full"] == json!(true) {
            self.clients.clear();
        }
        let gone = news["gone"].as_array().into_iter().flatten();
        gone.for_each(|gone| self.clients.retain(|n| Some(*n) != gone.as_u64()));
        for entry in news["clients"].as_array().expect("a list") {
            let n = entry[0].as_u64().expect("a number");
            if !self.clients.contains(&n) {
                self.clients.push(n);
            }
        }
    }
}

impl Pending {
    /// Does what hooks normally do.
    pub(super) fn settle(self, stage: &mut Stage) {
        let text = match self {
            Self::Hello { n, request } => format!("H {n} {}", hello_result(&request)),
            Self::Change { call, request } => {
                let flags = 2 + u64::from(request["echo"] == json!(true));
                format!("C {call} {flags} {request}")
            }
            Self::Action { call } => format!("A {call} {{\"type\":5}}"),
            Self::Closed { n, member } => {
                if member {
                    stage.core.leave(ConnId(n));
                }
                return;
            }
            Self::Load { key } => format!("L {key}"),
            Self::Idle { key } => {
                let is_empty = |room: &Room| room.members.is_empty() && !room.loading;
                if !stage.core.rooms.get(&RoomKey(key)).is_some_and(is_empty) {
                    return;
                }
                format!("D {key}")
            }
        };
        stage.core.execute(&text);
    }

    /// Does what hooks do that throw.
    pub(super) fn fail(self, stage: &mut Stage) {
        let text = match self {
            Self::Hello { n, .. } => format!("F {n} \"error: no\""),
            Self::Change { call, .. } | Self::Action { call } => format!("E {call} \"error: no\""),
            Self::Load { key } => format!("Y {key} \"not now\""),
            other => return other.settle(stage),
        };
        stage.core.execute(&text);
    }
}

fn hello_result(request: &Value) -> Value {
    json!({
        "roomId": request["roomId"],
        "roomProtocol": request["roomProtocol"],
        "clientState": request["clientState"],
        "readonly": request["readonly"],
    })
}
