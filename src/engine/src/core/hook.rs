//! The hooks that an application may set: the bits of [`crate::Engine::set_hooks`]. Without its bit an event takes effect in
//! the engine alone.

/// A client asks to enter a room.
pub const HELLO: u32 = 1;
/// A client asks for changes of the room's state or its own.
pub const CHANGE: u32 = 2;
/// A client asks for an action.
pub const ACTION: u32 = 4;
/// A client leaves.
pub const LEAVE: u32 = 8;
/// A room is entered that is not there yet.
pub const LOAD: u32 = 16;
/// A client has entered.
pub const JOIN: u32 = 32;
/// A room has been empty for its time.
pub const DISPOSE: u32 = 64;
/// A client has lost its connection and may come back.
pub const DROP: u32 = 128;
/// A client has come back.
pub const RESUME: u32 = 256;
