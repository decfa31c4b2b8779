//! What a client can get wrong in a frame, and the close code (RFC 6455, 7.4.1) that answers it.

/// The peer broke the protocol. The connection is to be closed with `code` and `reason`; its decoder must not be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason} ({code})")]
pub struct FrameError {
    /// 1002, 1007 or 1009.
    pub code: u16,
    /// The close frame's reason.
    pub reason: &'static str,
}

impl FrameError {
    /// A text message or a close reason that isn't UTF-8.
    pub(super) const INVALID_UTF8: Self = Self { code: 1007, reason: "Invalid UTF-8 sequence" };
    /// The message is longer than the limit of the moment.
    pub(super) const TOO_BIG: Self = Self { code: 1009, reason: "Max payload size exceeded" };

    pub(super) const fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }
}
