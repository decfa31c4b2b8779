//! Taking a socket over from Node. The only file of the project with `unsafe` in it.

use napi::bindgen_prelude::Result;

/// Duplicates the descriptor of a socket that Node owns. The copy is ours: Node may close its own at any time afterwards, and
/// the connection lives on.
#[cfg(unix)]
pub(super) fn duplicate(fd: i32) -> Result<socket2::Socket> {
    use std::os::fd::BorrowedFd;

    if fd < 0 {
        return Err(napi::Error::from_reason("the socket has no descriptor"));
    }
    // SAFETY: `fd` is not -1, and it is open for as long as it is borrowed: the caller runs on the JS thread, in the 'upgrade'
    // listener that got the socket, and only that thread closes Node's descriptors. A wrong number given by a caller makes
    // the duplication fail or duplicates another descriptor of this process: no memory is touched through it either way.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let owned = borrowed
        .try_clone_to_owned()
        .map_err(|error| napi::Error::from_reason(error.to_string()))?;
    Ok(socket2::Socket::from(owned))
}
