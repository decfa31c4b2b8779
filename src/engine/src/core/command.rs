//! Commands from the application: a batch of lines, run in order under the lock. What a command names may be gone by then:
//! it is skipped. docs/BINDING.md lists them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::commit::{Answer, Commit};
use super::hello::Admission;
use super::member::Member;
use super::room::{Deferred, Sets};
use super::session::{Place, Status};
use super::{Core, Effect};
use crate::guard;
use crate::ids::{CallId, ConnId, RoomKey};
use crate::protocol::json::{canonical, decode, is_falsy};
use crate::protocol::{CloseReason, KvStore, parse_sets};
use crate::websocket::frame;

/// One line, read field by field. JSON comes last and may hold spaces.
struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    fn word(&mut self) -> &'a str {
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest;
        word
    }

    fn number(&mut self) -> u64 {
        self.word().parse().unwrap_or(0)
    }

    fn conn(&mut self) -> ConnId {
        ConnId(self.number())
    }

    fn room(&mut self) -> RoomKey {
        RoomKey(self.number())
    }

    /// Reads one JSON value and leaves what follows it.
    fn json(&mut self) -> Option<&'a str> {
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter::<&RawValue>();
        let value = values.next()?.ok()?;
        let end = values.byte_offset();
        self.0 = self.0.get(end..).unwrap_or("").trim_start();
        Some(value.get())
    }

    fn rest(self) -> &'a str {
        self.0
    }

    /// The rest is a JSON string: its text.
    fn text(self) -> String {
        decode(self.0).into_owned()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HelloResult<'a> {
    #[serde(borrow)]
    room_id: &'a RawValue,
    #[serde(borrow)]
    room_protocol: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "present")]
    #[serde(default)]
    client_type: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "present")]
    #[serde(default)]
    client_name: Option<&'a RawValue>,
    #[serde(borrow)]
    client_state: &'a RawValue,
    #[serde(borrow, deserialize_with = "present")]
    #[serde(default)]
    readonly: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeResult<'a> {
    #[serde(borrow)]
    room_changes: Option<&'a RawValue>,
    #[serde(borrow)]
    client_changes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InfoChange<'a> {
    #[serde(borrow, deserialize_with = "present")]
    #[serde(default)]
    client_type: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "present")]
    #[serde(default)]
    client_name: Option<&'a RawValue>,
    #[serde(borrow)]
    client_state: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "present")]
    #[serde(default)]
    readonly: Option<&'a RawValue>,
    #[serde(default)]
    unset: Vec<String>,
}

/// A member that is there and null is not the same as one that is absent.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

fn fragment(raw: &RawValue) -> Box<str> {
    raw.get().into()
}

impl Core {
    /// Runs a batch.
    pub(crate) fn execute(&mut self, commands: &str) {
        let mut lines = commands.split('\n').map(Line);
        guard::each(self, |_| lines.next(), Self::command);
    }

    fn command(&mut self, mut line: Line<'_>) {
        self.begin(ConnId::NONE);
        match line.word() {
            "A" => self.answer_action(CallId(line.number()), line.rest()),
            "C" => {
                let (call, flags) = (CallId(line.number()), line.number());
                self.change_answered(call, Answer::Commit(flags, Cow::Borrowed(line.rest())));
            }
            "E" => {
                let call = CallId(line.number());
                self.change_answered(call, Answer::Fail(CloseReason::new(1002, line.text())));
            }
            "H" => {
                let conn = self.begin(line.conn());
                self.admit_by_hook(conn, line.rest());
            }
            "F" => {
                let conn = self.begin(line.conn());
                self.fail(conn, CloseReason::new(1002, line.text()));
            }
            "B" => {
                let (room, skip) = (line.room(), line.conn());
                self.broadcast(room, &frame::text(line.rest()), skip);
            }
            "S" => self.send(line.conn(), frame::text(line.rest())),
            "T" => self.send(line.conn(), frame::text(&line.text())),
            "U" => self.release(),
            word @ ("W" | "X" | "Z" | "N" | "R" | "D" | "L" | "Y") => self.room_command(word, line),
            word @ ("I" | "K" | "G" | "V" | "P" | "M") => self.socket_command(word, line),
            _ => {}
        }
    }

    /// Commands about a room that come one at a time.
    fn room_command(&mut self, word: &str, mut line: Line<'_>) {
        let key = line.room();
        match word {
            "W" => self.write_key(key, line),
            "X" => self.delete_key(key, &canonical(line.rest())),
            "Z" => {
                if let Some(room) = self.rooms.get_mut(&key) {
                    room.replace_state(KvStore::from_json(line.rest()).unwrap_or_default());
                }
            }
            "N" => {
                let text = line.rest();
                if let Ok(entries) = parse_sets(text) {
                    self.set_and_tell(key, &Sets { entries, text: Some(text) });
                }
            }
            "R" => self.remove_silently(key, line.conn()),
            "L" => self.room_loaded(key),
            "Y" => self.room_failed(key, &line.text()),
            _ => self.delete_by_javascript(key),
        }
    }

    /// Commands about a connection that come one at a time.
    fn socket_command(&mut self, word: &str, mut line: Line<'_>) {
        let conn = self.begin(line.conn());
        match word {
            "I" => self.change_info(conn, line.rest()),
            "K" => {
                let code = u16::try_from(line.number()).ok().filter(|code| *code != 0);
                self.close(conn, code, line.text());
            }
            "G" => self.ask_client(conn, line.rest()),
            "V" => self.ask_no_more(conn, line.rest()),
            "P" => self.ping(conn, line.text().into_bytes()),
            _ => self.terminate(conn),
        }
    }

    pub(super) fn terminate(&mut self, conn: ConnId) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.status = session.status.close().unwrap_or(session.status);
        let worker = session.worker;
        self.effect(worker, Effect::Terminate { conn });
    }

    fn ping(&mut self, conn: ConnId, payload: Vec<u8>) {
        if let Some(session) = self.sessions.get(&conn).filter(|session| session.status.is_open()) {
            self.effect(session.worker, Effect::Ping { conn, payload });
        }
    }

    fn delete_key(&mut self, key: RoomKey, name: &str) {
        let Some(room) = self.rooms.get_mut(&key) else { return };
        room.write_state(|state| {
            state.remove(name);
        });
        if let Some(mirror) = &mut room.state_mirror {
            mirror.forget(name);
        }
    }

    fn write_key(&mut self, key: RoomKey, mut line: Line<'_>) {
        let Some(room) = self.rooms.get_mut(&key) else { return };
        let Some(key) = line.json() else { return };
        let value = Some(line.rest()).filter(|value| !value.is_empty());
        room.write_state(|state| state.set(&canonical(key), value));
    }

    pub(crate) fn admit_by_hook(&mut self, conn: ConnId, json: &str) {
        if !self.sessions.get(&conn).is_some_and(|session| session.status == Status::Greeting) {
            return;
        }
        let Ok(result) = serde_json::from_str::<HelloResult<'_>>(json) else {
            return self.fail(conn, CloseReason::error("onHelloReq gave no usable result"));
        };
        let Ok(state) = KvStore::from_json(result.client_state.get()) else {
            return self.fail(
                conn,
                CloseReason::error("onHelloReq gave a clientState that is not an object"),
            );
        };
        let readonly = result.readonly.is_some_and(|raw| !is_falsy(raw.get()));
        let room_id = canonical(result.room_id.get());
        if let Some(key) = self.room_that_loads(&room_id) {
            return self
                .put_aside(Place::Room(key), Deferred::Admission { conn, json: json.into() });
        }
        let admission = Admission {
            room_id: &room_id,
            room_protocol: result.room_protocol.map(RawValue::get),
            readonly: result.readonly.map(RawValue::get),
            member: Member {
                readonly,
                listed: !readonly,
                client_type: result.client_type.map(fragment),
                client_name: result.client_name.map(fragment),
                state,
            },
        };
        self.admit(conn, admission);
    }

    fn answer_action(&mut self, call: CallId, text: &str) {
        if let Some(call) = self.calls.remove(&call) {
            self.begin(call.conn);
            self.send(call.conn, frame::text(text));
            self.unhold(call.conn, call.bytes);
        }
    }

    pub(crate) fn commit_by_hook(
        &mut self,
        call: &super::Call,
        flags: u64,
        json: &str,
    ) -> Result<(), CloseReason> {
        let unusable = |error: &dyn std::fmt::Display| {
            CloseReason::error(format!("onChangeReq gave no usable result: {error}"))
        };
        let result: ChangeResult<'_> =
            serde_json::from_str(json).map_err(|error| unusable(&error))?;
        let commit = Commit {
            room: sets(result.room_changes).map_err(|error| unusable(&error))?,
            client: sets(result.client_changes).map_err(|error| unusable(&error))?,
            echo: flags & 1 != 0,
            notify: flags & 2 != 0,
        };
        self.commit(call.conn, call.room, call.readonly, &commit)
    }

    fn change_info(&mut self, conn: ConnId, json: &str) {
        let Some(key) = self.sessions.get(&conn).and_then(|session| session.status.room()) else {
            return;
        };
        let (Some(room), Ok(change)) =
            (self.rooms.get_mut(&key), serde_json::from_str::<InfoChange<'_>>(json))
        else {
            return;
        };
        room.change_member(conn, true, |member| apply_info(member, &change));
    }
}

/// Falsy counts as absent, as it does in a request.
fn sets(raw: Option<&RawValue>) -> Result<Option<Sets<'_>>, String> {
    let Some(text) = raw.map(RawValue::get).filter(|text| !is_falsy(text)) else { return Ok(None) };
    Ok(Some(Sets { entries: parse_sets(text)?, text: Some(text) }))
}

fn apply_info(member: &mut Member, change: &InfoChange<'_>) {
    if let Some(name) = change.client_type {
        member.client_type = Some(fragment(name));
    }
    if let Some(name) = change.client_name {
        member.client_name = Some(fragment(name));
    }
    if let Some(state) = change.client_state.and_then(|raw| KvStore::from_json(raw.get()).ok()) {
        member.state = state;
    }
    if let Some(readonly) = change.readonly {
        member.listed = is_falsy(readonly.get());
    }
    for name in &change.unset {
        match name.as_str() {
            "clientType" => member.client_type = None,
            "clientName" => member.client_name = None,
            _ => {}
        }
    }
}
