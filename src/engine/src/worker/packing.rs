//! Compressing what is worth it, once for all who get it.

use bytes::Bytes;

use crate::websocket::Deflate;

/// The compressor of a worker, made when it is first needed.
#[derive(Default)]
pub(super) struct Packer {
    deflate: Option<Box<Deflate>>,
    /// From this size on; None: never.
    from: Option<usize>,
}

/// A frame and, once somebody has asked for it, its compressed form: the frame itself where that is not smaller.
pub(super) struct Packed<'a> {
    plain: &'a Bytes,
    packed: Option<Bytes>,
}

impl Packer {
    pub(super) fn new(from: Option<usize>) -> Self {
        Self { deflate: None, from }
    }

    /// The form of a frame for a client that can, or cannot, read compressed ones.
    pub(super) fn form<'a>(&mut self, frame: &'a mut Packed<'_>, deflate: bool) -> &'a Bytes {
        if !deflate || self.from.is_none_or(|from| frame.plain.len() < from) {
            return frame.plain;
        }
        let plain = frame.plain;
        let compressor = self.deflate.get_or_insert_with(|| Box::new(Deflate::new()));
        frame.packed.get_or_insert_with(|| compressor.frame(plain).unwrap_or_else(|| plain.clone()))
    }
}

impl<'a> Packed<'a> {
    pub(super) fn new(plain: &'a Bytes) -> Self {
        Self { plain, packed: None }
    }
}
