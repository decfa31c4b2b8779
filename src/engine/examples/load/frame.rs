//! WebSocket frames from the client's side: masked ones to send, plain ones to take apart.

/// A fixed key: masking guards proxies against scripts, and there are neither here.
const KEY: [u8; 4] = [0x6b, 0xd2, 0x15, 0x8e];

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// Appends a masked frame.
pub(crate) fn write(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    let length = (payload.len() as u64).to_be_bytes();
    match payload.len() {
        0..126 => out.push(0x80 | length[7]),
        126..65536 => {
            out.push(0x80 | 0x7e);
            out.extend_from_slice(&length[6..]);
        }
        _ => {
            out.push(0x80 | 0x7f);
            out.extend_from_slice(&length);
        }
    }
    out.extend_from_slice(&KEY);
    out.extend(payload.iter().zip(0..).map(|(byte, at)| masked(*byte, at)));
}

/// A byte of a payload as it stands in the frame.
pub(crate) fn masked(byte: u8, at: usize) -> u8 {
    byte ^ KEY[at % 4]
}

/// A frame from the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    /// Whole, unmasked and without extensions: all that a server here may send.
    pub(crate) plain: bool,
    pub(crate) payload: &'a [u8],
    /// Header and payload.
    pub(crate) size: usize,
}

/// The frame that `bytes` begin with, if it is all there.
pub(crate) fn read(bytes: &[u8]) -> Option<Frame<'_>> {
    let [first, second, rest @ ..] = bytes else { return None };
    let (length, rest) = match second & 0x7f {
        126 => {
            rest.split_first_chunk().map(|(n, rest)| (u64::from(u16::from_be_bytes(*n)), rest))?
        }
        127 => rest.split_first_chunk().map(|(n, rest)| (u64::from_be_bytes(*n), rest))?,
        short => (u64::from(short), rest),
    };
    let payload = rest.get(..usize::try_from(length).ok()?)?;
    let size = bytes.len() - rest.len() + payload.len();
    let plain = first & 0xf0 == 0x80 && second & 0x80 == 0;
    Some(Frame { opcode: first & 0x0f, plain, payload, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_can_be_read_and_nothing_sooner() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let mut bytes = Vec::new();
            write(&mut bytes, TEXT, &vec![7; length]);
            let mask = bytes.len() - length - 4;
            let plain = [&bytes[..mask], &vec![7; length]].concat();
            assert_eq!(read(&plain[..plain.len() - 1]), None);
            let frame = read(&plain).expect("a frame");
            assert_eq!(
                (frame.opcode, frame.payload.len(), frame.size),
                (TEXT, length, plain.len())
            );
            assert!(!frame.plain, "it says that it is masked");
        }
    }

    #[test]
    fn payloads_are_masked() {
        let mut bytes = Vec::new();
        write(&mut bytes, TEXT, b"hello");
        let unmasked: Vec<u8> = (0..5).map(|at| masked(bytes[6 + at], at)).collect();
        assert_eq!(unmasked, b"hello");
    }
}
