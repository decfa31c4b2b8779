//! Frames as clients send them, right and wrong ones: for the tests of the decoder and its fuzz target.

/// All of a frame but its payload.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// FIN, reserved bits and opcode.
    pub(crate) first: u8,
    pub(crate) length: u64,
    /// Says the length in a longer form than it needs, where there is one.
    pub(crate) wider: bool,
    /// None: not masked, as no client may send it.
    pub(crate) key: Option<[u8; 4]>,
}

impl Header {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mask = u8::from(self.key.is_some()) << 7;
        let mut bytes = vec![self.first];
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(length @ 0..=125), _) if !self.wider => bytes.push(mask | length),
            (_, Ok(length)) if !self.wider || length < 126 => {
                bytes.push(mask | 0x7e);
                bytes.extend(length.to_be_bytes());
            }
            _ => {
                bytes.push(mask | 0x7f);
                bytes.extend(self.length.to_be_bytes());
            }
        }
        bytes.extend(self.key.into_iter().flatten());
        bytes
    }

    /// The frame with this payload, whose length it gets.
    pub(crate) fn frame(mut self, payload: &[u8]) -> Vec<u8> {
        self.length = payload.len() as u64;
        let mut bytes = self.bytes();
        let key = self.key.unwrap_or_default();
        bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }
}
