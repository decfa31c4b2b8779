//! Changes taking effect.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::request::Call;
use super::room::{Sets, changed};
use super::{Core, Room};
use crate::ids::{CallId, ConnId, RoomKey};
use crate::protocol::{ChangeReq, CloseReason, KvSet, KvStore};

pub(super) const CLIENT_STATE_TOO_LARGE: &str =
    "the client's state would be larger than maxClientStateBytes";

/// A change that is to take effect.
pub(crate) struct Commit<'a> {
    pub(crate) room: Option<Sets<'a>>,
    pub(crate) client: Option<Sets<'a>>,
    /// The client gets the notification too.
    pub(crate) echo: bool,
    /// Whether there is a notification at all.
    pub(crate) notify: bool,
}

/// What became of a change request, kept until the client's earlier ones are done.
pub(crate) enum Answer<'a> {
    /// The flags and the JSON of the hook's result.
    Commit(u64, Cow<'a, str>),
    /// Why the client is closed.
    Fail(CloseReason),
}

impl Answer<'_> {
    fn into_owned(self) -> Answer<'static> {
        match self {
            Self::Commit(flags, json) => Answer::Commit(flags, Cow::Owned(json.into_owned())),
            Self::Fail(reason) => Answer::Fail(reason),
        }
    }
}

impl Core {
    /// A change without a hook.
    pub(crate) fn commit_request(
        &mut self,
        conn: ConnId,
        key: RoomKey,
        change: ChangeReq<'_>,
    ) -> Result<(), CloseReason> {
        let commit = Commit {
            echo: change.echo,
            notify: change.room_changes.is_some() || change.client_changes.is_some(),
            room: change.room_changes.map(|entries| Sets { entries, text: None }),
            client: change.client_changes.map(|entries| Sets { entries, text: None }),
        };
        let readonly = self.is_readonly(conn, key);
        self.commit(conn, key, readonly, &commit)
    }

    /// Applies a change and announces it. The client may have left meanwhile: its change of the room still counts.
    pub(crate) fn commit(
        &mut self,
        conn: ConnId,
        key: RoomKey,
        readonly: bool,
        commit: &Commit<'_>,
    ) -> Result<(), CloseReason> {
        if readonly && commit.room.as_ref().is_some_and(|sets| !sets.entries.is_empty()) {
            return Err(CloseReason::error("readonly client cannot change room state"));
        }
        let (room_limit, client_limit) =
            (self.config.max_state_bytes, self.config.max_client_state_bytes);
        let Some(room) = self.rooms.get_mut(&key) else { return Ok(()) };
        check_size(room, conn, commit, room_limit, client_limit)?;
        if let Some(sets) = &commit.room {
            room.set_state(&sets.entries);
        }
        if let Some(sets) = commit.client.as_ref().filter(|sets| !sets.entries.is_empty()) {
            room.change_member(conn, false, |member| {
                for set in &sets.entries {
                    member.state.set(&set.key, set.value.as_deref());
                }
            });
        }
        if commit.notify && !readonly {
            let frame = changed(conn, commit.room.as_ref(), commit.client.as_ref());
            self.broadcast(key, &frame, if commit.echo { ConnId::NONE } else { conn });
        }
        Ok(())
    }

    /// The application sets keys and tells all members: one step, one notification.
    pub(crate) fn set_and_tell(&mut self, key: RoomKey, sets: &Sets<'_>) {
        let Some(room) = self.rooms.get_mut(&key) else { return };
        room.write_state(|state| {
            for set in &sets.entries {
                state.set(&set.key, set.value.as_deref());
            }
        });
        let frame = changed(ConnId::NONE, Some(sets), None);
        self.broadcast(key, &frame, ConnId::NONE);
    }

    /// A change request's hook is done. With `ordered_changes` its effect waits until those before it have theirs.
    pub(crate) fn change_answered(&mut self, id: CallId, answer: Answer<'_>) {
        let Some(conn) = self.calls.get(&id).map(|call| call.conn) else { return };
        let ordered = self.ordered.get_mut(&conn);
        let Some(place) =
            ordered.and_then(|ordered| ordered.iter_mut().find(|(call, _)| *call == id))
        else {
            return self.take_effect(id, answer);
        };
        place.1 = Some(answer.into_owned());
        while let Some((id, answer)) = self.next_in_order(conn) {
            self.take_effect(id, answer);
        }
    }

    fn next_in_order(&mut self, conn: ConnId) -> Option<(CallId, Answer<'static>)> {
        let ordered = self.ordered.get_mut(&conn)?;
        ordered.front()?.1.as_ref()?;
        let (id, answer) = ordered.pop_front()?;
        if ordered.is_empty() {
            self.ordered.remove(&conn);
        }
        Some((id, answer?))
    }

    fn take_effect(&mut self, id: CallId, answer: Answer<'_>) {
        let Some(call) = self.calls.remove(&id) else { return };
        let Call { conn, bytes, .. } = call;
        self.begin(conn);
        let result = match answer {
            Answer::Commit(flags, json) => self.commit_by_hook(&call, flags, &json),
            Answer::Fail(reason) => Err(reason),
        };
        if let Err(reason) = result {
            self.fail(conn, reason);
        }
        self.unhold(conn, bytes);
    }
}

/// Refuses a change that would make a state larger than it may be. A state that is too large already, by the application's
/// doing, may still shrink.
fn check_size(
    room: &Room,
    conn: ConnId,
    commit: &Commit<'_>,
    room_limit: usize,
    client_limit: usize,
) -> Result<(), CloseReason> {
    let grows_past = |state: &KvStore, sets: &Option<Sets<'_>>, limit: usize| {
        let Some(sets) = sets.as_ref().filter(|_| limit != usize::MAX) else { return false };
        // Most changes would not even if each of their keys were new.
        if state.bytes() + sets.entries.iter().map(size_of_set).sum::<usize>() <= limit {
            return false;
        }
        let after = size_after(state, &sets.entries);
        after > limit && after > state.bytes()
    };
    if grows_past(&room.state, &commit.room, room_limit) {
        return Err(CloseReason::error("the room's state would be larger than maxStateBytes"));
    }
    let member = room.members.get(&conn);
    if member.is_some_and(|member| grows_past(&member.state, &commit.client, client_limit)) {
        return Err(CloseReason::error(CLIENT_STATE_TOO_LARGE));
    }
    Ok(())
}

fn size_of_set(set: &KvSet<'_>) -> usize {
    set.key.len() + set.value.as_deref().map_or(0, str::len)
}

/// What [`KvStore::bytes`] will be. Of several sets of one key the last one counts.
fn size_after(state: &KvStore, sets: &[KvSet<'_>]) -> usize {
    let length = |value: Option<&str>| value.map_or(0, str::len);
    let last: FxHashMap<&str, Option<&str>> =
        sets.iter().map(|set| (set.key.as_ref(), set.value.as_deref())).collect();
    last.iter().fold(state.bytes(), |bytes, (key, value)| match state.get(key) {
        Some(old) => bytes - length(old) + length(*value),
        None => bytes + key.len() + length(*value),
    })
}
