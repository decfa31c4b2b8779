//! Who else is in the room, as one client was told: with the welcome, and with each coming and going.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::wire;

/// What of a message is about others. One message may speak of many.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Notice {
    clients: Count,
    add_clients: Count,
    remove_clients: Vec<IgnoredAny>,
}

/// How many members an object has.
#[derive(Default)]
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        let mut count = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Count(count))
    }
}

/// How many members a client knows of. Their names aren't kept: with 1,000 clients in one room that would be a million.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    come: usize,
    gone: usize,
}

impl Roster {
    /// False when the message is not understood.
    pub(crate) fn hear(&mut self, payload: &[u8]) -> bool {
        let Ok(notice) = serde_json::from_slice::<Notice>(wire::body(payload)) else {
            return false;
        };
        self.come += notice.clients.0 + notice.add_clients.0;
        self.gone += notice.remove_clients.len();
        true
    }

    pub(crate) fn knows(&self, members: usize) -> bool {
        self.come == self.gone + members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_and_go() {
        let mut roster = Roster::default();
        assert!(roster.hear(br#"{"type":1,"clients":{"a":{},"b":{}},"roomState":{}}"#));
        assert!(roster.hear(br#"42["notif",{"type":3,"addClients":{"c":{},"d":{}}}]"#));
        assert!(roster.hear(br#"{"type":3,"removeClients":["a"]}"#));
        assert!(roster.hear(br#"{"type":3,"roomChanges":[],"updateClients":{}}"#));
        assert!(roster.knows(3));
        assert!(!roster.hear(b"no JSON"));
    }
}
