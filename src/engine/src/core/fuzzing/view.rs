//! What one client can put together from the messages that it got.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

#[derive(Default)]
pub(super) struct View {
    pub(super) joined: bool,
    state: BTreeMap<String, Value>,
    /// By id, as the list of clients shows them.
    pub(super) clients: BTreeMap<String, Value>,
    /// Keys that the application wrote without telling, and has not told of since.
    pub(super) stale: BTreeSet<String>,
    /// The application has taken clients out, or rewritten them, without telling.
    pub(super) unsure_of_clients: bool,
    /// It has replaced the room, or taken this client out of it, without telling.
    pub(super) lost_sight: bool,
    /// With what the client can come back.
    pub(super) token: Option<String>,
    /// The snapshot, by the number of its token, that comes next; nothing is sent before it.
    pub(super) awaited: Option<u32>,
}

impl View {
    pub(super) fn known_state(&self) -> BTreeMap<String, Value> {
        let mut state = self.state.clone();
        state.retain(|key, _| !self.stale.contains(key));
        state
    }

    pub(super) fn receive(&mut self, text: &str) {
        if self.awaited.is_some() {
            return;
        }
        let message: Value = serde_json::from_str(text).expect("messages are JSON");
        match message["type"].as_u64() {
            Some(1) => self.welcome(&message),
            Some(3) => self.notification(&message),
            _ => {}
        }
    }

    fn welcome(&mut self, message: &Value) {
        let resume = &message["ext"]["resume"];
        self.token = resume["token"].as_str().map(Into::into);
        if resume["outcome"] == "replayed" {
            return assert!(self.joined, "a replay of nothing");
        }
        assert!(!self.joined || resume["outcome"] == "snapshot", "welcome twice");
        *self = Self {
            joined: true,
            state: entries(&message["roomState"]),
            clients: entries(&message["clients"]),
            token: self.token.take(),
            ..Self::default()
        };
    }

    fn notification(&mut self, message: &Value) {
        assert!(self.joined, "before the welcome: {message}");
        for set in message["roomChanges"].as_array().into_iter().flatten() {
            self.stale.remove(set["key"].as_str().expect("a key"));
            apply(&mut self.state, set);
        }
        for (id, entry) in entries(&message["addClients"]) {
            let before = self.clients.insert(id, entry);
            assert!(before.is_none() || self.unsure_of_clients, "joined twice: {message}");
        }
        for id in message["removeClients"].as_array().into_iter().flatten() {
            let before = self.clients.remove(id.as_str().expect("an id"));
            assert!(before.is_some() || self.unsure_of_clients, "left twice: {message}");
        }
        self.update_clients(message);
    }

    /// A notification of the client's own change, which it did not want to hear: what others did before and after it, it
    /// cannot tell.
    pub(super) fn is_skipped(&mut self, text: &str) {
        let message: Value = serde_json::from_str(text).expect("messages are JSON");
        for set in message["roomChanges"].as_array().into_iter().flatten() {
            self.stale.insert(set["key"].as_str().expect("a key").into());
        }
        self.update_clients(&message);
    }

    fn update_clients(&mut self, message: &Value) {
        for (id, sets) in entries(&message["updateClients"]) {
            // A change whose hook took longer than its client stayed is announced all the same.
            let Some(client) = self.clients.get_mut(&id) else { continue };
            let mut state = entries(&client["clientState"]);
            sets.as_array().into_iter().flatten().for_each(|set| apply(&mut state, set));
            client["clientState"] = json!(state);
        }
    }
}

fn entries(object: &Value) -> BTreeMap<String, Value> {
    let fields = object.as_object().into_iter().flatten();
    fields.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn apply(state: &mut BTreeMap<String, Value>, set: &Value) {
    let key = set["key"].as_str().expect("a key");
    match set.get("value") {
        Some(value) => state.insert(key.into(), value.clone()),
        None => state.remove(key),
    };
}
