//! Taking a socket over from Node. The only crate of the project's own with `unsafe` in it, and nothing else: it knows
//! neither Node nor the engine, so that its tests run without either, and under valgrind.

#[cfg(unix)]
use std::io::{Error, ErrorKind, Result};

/// Duplicates the descriptor of a socket that Node owns. The copy is ours: Node may close its own at any time afterwards, and
/// the connection lives on.
///
/// # Errors
///
/// `InvalidInput` for a negative number, and what the system says of one that can't be duplicated: it is not open, or there
/// are too many already.
#[cfg(unix)]
pub fn duplicate(fd: i32) -> Result<socket2::Socket> {
    use std::os::fd::BorrowedFd;

    if fd < 0 {
        return Err(Error::new(ErrorKind::InvalidInput, "the socket has no descriptor"));
    }
    // SAFETY: `fd` is not -1, and it is open for as long as it is borrowed: the caller runs on the JS thread, in the 'upgrade'
    // listener that got the socket, and only that thread closes Node's descriptors. A wrong number given by a caller makes
    // the duplication fail or duplicates another descriptor of this process: no memory is touched through it either way.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    Ok(socket2::Socket::from(borrowed.try_clone_to_owned()?))
}
