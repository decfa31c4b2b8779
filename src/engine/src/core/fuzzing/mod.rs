//! Random programs of clients, sockets and an application, against what has to hold whatever they do:
//!
//! - who is a member of a room is in that room by its session, and the other way round;
//! - no client hears of a change before its welcome, of a join twice, or of a leave of somebody it does not know;
//! - a change is announced once, and a client's changes in the order in which it sent them;
//! - what a client can put together from its messages is the room, but for what the application wrote silently;
//! - JavaScript's copies are the room while JavaScript holds it;
//! - when all have gone and all is answered, nothing is left.

#![allow(clippy::unwrap_used, reason = "an input for which the code here panics is a finding")]

mod application;
mod program;
mod stage;
mod view;

use arbitrary::Unstructured;

use self::program::Program;
use self::stage::Stage;
use super::{Core, Status};
use crate::ids::{ConnId, RoomKey};

/// Runs a program.
///
/// # Panics
/// Where one of the above does not hold.
pub fn session(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(mut program) = Program::new(&mut input) else { return };
    while !input.is_empty() {
        if program.step(&mut input).is_err() {
            break;
        }
        check_membership(&program.stage.core);
    }
    program.finish();
    check_views(&program.stage);
    check_announcements(&program.stage);
    program.everybody_goes();
    check_nothing_is_left(&program.stage.core);
}

fn check_membership(core: &Core) {
    for (key, room) in &core.rooms {
        for conn in room.members.keys() {
            let status = core.sessions.get(conn).map(|session| session.status);
            assert_eq!(status.and_then(Status::room), Some(*key), "{conn:?} is {status:?}");
        }
    }
    for (conn, session) in &core.sessions {
        if let Status::Active { room: Some(key) } | Status::Closing { room: Some(key) } =
            session.status
        {
            assert!(core.rooms[&key].members.contains_key(conn), "{conn:?} in {key:?}");
        }
    }
}

/// The clients that are in a room and may stay there, and the room.
fn active(stage: &Stage) -> impl Iterator<Item = (ConnId, RoomKey)> {
    stage.core.sessions.iter().filter_map(|(conn, session)| match session.status {
        Status::Active { room: Some(key) } => Some((*conn, key)),
        _ => None,
    })
}

fn check_views(stage: &Stage) {
    for (conn, key) in active(stage) {
        let (view, room) = (&stage.sockets[&conn].view, &stage.core.rooms[&key]);
        assert!(view.joined, "{conn:?} got no welcome");
        if !view.lost_sight {
            let mut truth = Stage::state_of(room);
            truth.retain(|key, _| !view.stale.contains(key));
            assert_eq!(view.known_state(), truth, "what {conn:?} knows of {}", room.id);
        }
        if !view.lost_sight && !view.unsure_of_clients {
            assert_eq!(view.clients, Stage::clients_of(room), "whom {conn:?} knows");
        }
    }
}

/// Nothing lost, nothing twice, nothing out of order.
fn check_announcements(stage: &Stage) {
    for (conn, _) in active(stage) {
        let socket = &stage.sockets[&conn];
        if socket.dropped {
            // What it still wants to say comes when it is back.
            continue;
        }
        assert!(socket.stash.is_empty(), "{conn:?} is not read any more");
        let mut announced = stage.announced.get(&conn).cloned().unwrap_or_default();
        if !stage.in_order {
            announced.sort_unstable();
        }
        assert_eq!(announced, socket.sent, "the changes of {conn:?}");
    }
}

fn check_nothing_is_left(core: &Core) {
    assert!(core.sessions.is_empty(), "{:?}", core.sessions.keys());
    assert_eq!(core.dropped(), 0);
    assert!(core.calls.is_empty(), "calls: {}", core.calls.len());
    assert!(core.ordered.is_empty(), "answers: {}", core.ordered.len());
    assert!(core.waiting.is_empty(), "{} wait", core.waiting.len());
    assert!(core.joining.is_empty() && core.leases.is_empty() && !core.rooms_leased);
    for room in core.rooms.values() {
        assert!(room.members.is_empty(), "members");
        assert!(room.deferred.is_empty(), "deferred");
        assert!(room.joins.is_empty(), "joins");
        assert!(!room.leased && !room.loading);
    }
    assert_eq!(core.by_id.len(), core.rooms.len());
}
