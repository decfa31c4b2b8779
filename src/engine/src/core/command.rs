//! Commands from the application: a batch of lines, run in order under the lock. What a command names may be gone by then:
//! it is skipped. docs/BINDING.md lists them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::hello::Admission;
use super::member::Member;
use super::request::Commit;
use super::room::Sets;
use super::session::Status;
use super::{Core, Effect};
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
        for line in commands.split('\n') {
            self.command(Line(line));
        }
    }

    fn command(&mut self, mut line: Line<'_>) {
        match line.word() {
            "A" => self.answer_action(CallId(line.number()), line.rest()),
            "C" => self.answer_change(line),
            "E" => {
                if let Some(conn) = self.finish_call(CallId(line.number())).map(|call| call.conn) {
                    self.fail(conn, CloseReason::new(1002, line.text()));
                }
            }
            "H" => self.admit_by_hook(line.conn(), line.rest()),
            "F" => {
                let conn = line.conn();
                self.fail(conn, CloseReason::new(1002, line.text()));
            }
            "B" => {
                let (room, skip) = (line.room(), line.conn());
                self.broadcast(room, frame::text(line.rest()), skip);
            }
            "S" => self.send(line.conn(), frame::text(line.rest())),
            "T" => self.send(line.conn(), frame::text(&line.text())),
            "U" => self.release(),
            word => self.rare_command(word, line),
        }
    }

    /// Commands about rooms and sockets that come one at a time.
    fn rare_command(&mut self, word: &str, mut line: Line<'_>) {
        match word {
            "W" => self.write_key(line),
            "X" => {
                if let Some(room) = self.rooms.get_mut(&line.room()) {
                    let key = canonical(line.rest());
                    room.write_state(|state| {
                        state.remove(&key);
                    });
                    if let Some(mirror) = &mut room.state_mirror {
                        mirror.forget(&key);
                    }
                }
            }
            "Z" => {
                if let Some(room) = self.rooms.get_mut(&line.room()) {
                    room.write_state(|state| {
                        *state = KvStore::from_json(line.rest()).unwrap_or_default();
                    });
                    room.state_mirror = Some(super::mirror::StateMirror::default());
                }
            }
            "I" => self.change_info(line.conn(), line.rest()),
            "R" => self.remove_silently(line.room(), line.conn()),
            "D" => self.delete_room(line.room()),
            "K" => {
                let (conn, code) = (line.conn(), line.number());
                let code = u16::try_from(code).ok().filter(|code| *code != 0);
                self.close(conn, code, line.text());
            }
            "M" => {
                let conn = line.conn();
                if let Some(session) = self.sessions.get_mut(&conn) {
                    session.status = session.status.close().unwrap_or(session.status);
                    let worker = session.worker;
                    self.effect(worker, Effect::Terminate { conn });
                }
            }
            "P" => {
                let conn = line.conn();
                if let Some(session) =
                    self.sessions.get(&conn).filter(|session| session.status.is_open())
                {
                    self.effect(
                        session.worker,
                        Effect::Ping { conn, payload: line.text().into_bytes() },
                    );
                }
            }
            _ => {}
        }
    }

    fn write_key(&mut self, mut line: Line<'_>) {
        let Some(room) = self.rooms.get_mut(&line.room()) else { return };
        let Some(key) = line.json() else { return };
        let value = Some(line.rest()).filter(|value| !value.is_empty());
        room.write_state(|state| state.set(&canonical(key), value));
    }

    fn admit_by_hook(&mut self, conn: ConnId, json: &str) {
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

    fn finish_call(&mut self, call: CallId) -> Option<super::Call> {
        let call = self.calls.remove(&call)?;
        self.unhold(call.conn);
        Some(call)
    }

    fn answer_action(&mut self, call: CallId, text: &str) {
        if let Some(call) = self.finish_call(call) {
            self.send(call.conn, frame::text(text));
        }
    }

    fn answer_change(&mut self, mut line: Line<'_>) {
        let Some(call) = self.finish_call(CallId(line.number())) else { return };
        let flags = line.number();
        if let Err(message) = self.commit_by_hook(&call, flags, line.rest()) {
            self.fail(call.conn, message);
        }
    }

    fn commit_by_hook(
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
