//! The header of a client's frame: parsing, and the rules that the header alone can break.

use super::{FrameError, Opcode, frame::MAX_CONTROL};

/// The longest header: two bytes, a 64-bit length and the masking key.
pub(super) const MAX_HEADER: usize = 14;

/// A valid client frame's header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fin: bool,
    /// The first frame of a compressed message; makes sense only where compression was negotiated.
    pub(super) compressed: bool,
    pub(super) opcode: Opcode,
    pub(super) key: [u8; 4],
    pub(super) length: u64,
}

impl Header {
    /// The header that `bytes` begin with, and its size; `None` when it isn't complete. Needs two bytes to find most errors, so
    /// that a peer that doesn't mask can't make us wait for a key.
    pub(super) fn parse(bytes: &[u8], deflate: bool) -> Result<Option<(Self, usize)>, FrameError> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let (fin, opcode) = check(*first, *second, deflate)?;
        let compressed = *first & RSV1 != 0;
        let Some((length, rest)) = parse_length(*second & 0x7f, rest) else { return Ok(None) };
        // "the most significant bit MUST be 0" (5.2)
        if length >> 63 != 0 {
            return Err(FrameError::protocol("Invalid payload length"));
        }
        let Some((key, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let size = bytes.len() - rest.len();
        Ok(Some((Self { fin, compressed, opcode, key: *key, length }, size)))
    }
}

/// The bit that says that a message is compressed.
const RSV1: u8 = 0x40;

fn check(first: u8, second: u8, deflate: bool) -> Result<(bool, Opcode), FrameError> {
    let fin = first & 0x80 != 0;
    let Some(opcode) = Opcode::from_bits(first & 0x0f) else {
        return Err(FrameError::protocol("Invalid opcode"));
    };
    // Only compression gives one of these bits a meaning, and only where a message begins.
    let allowed = if deflate && matches!(opcode, Opcode::Text | Opcode::Binary) { RSV1 } else { 0 };
    if first & 0x70 & !allowed != 0 {
        return Err(FrameError::protocol("Reserved bits must be clear"));
    }
    if second & 0x80 == 0 {
        return Err(FrameError::protocol("Frames must be masked"));
    }
    if opcode.is_control() && !fin {
        return Err(FrameError::protocol("Control frames must not be fragmented"));
    }
    if opcode.is_control() && usize::from(second & 0x7f) > MAX_CONTROL {
        return Err(FrameError::protocol("Control frame too long"));
    }
    Ok((fin, opcode))
}

fn parse_length(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    match short {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            Some((u64::from(u16::from_be_bytes(*length)), rest))
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            Some((u64::from_be_bytes(*length), rest))
        }
        length => Some((u64::from(length), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_length_and_nothing_sooner() {
        let forms: [(&[u8], u64); 3] = [
            (&[0x82, 0x85], 5),
            (&[0x82, 0xfe, 0x01, 0x02], 0x0102),
            (&[0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 2], 0x1_0000_0002),
        ];
        for (start, length) in forms {
            let header = [start, &[9, 8, 7, 6]].concat();
            for cut in 0..header.len() {
                assert_eq!(Header::parse(&header[..cut], false), Ok(None), "{cut} of {header:?}");
            }
            let expected = Header {
                fin: true,
                compressed: false,
                opcode: Opcode::Binary,
                key: [9, 8, 7, 6],
                length,
            };
            let with_payload = [&header, &[1, 2, 3][..]].concat();
            assert_eq!(Header::parse(&with_payload, false), Ok(Some((expected, header.len()))));
        }
    }

    #[test]
    fn two_bytes_are_enough_to_refuse() {
        let cases: [(u8, u8, &str); 9] = [
            (0xc1, 0x80, "Reserved bits must be clear"),
            (0xa1, 0x80, "Reserved bits must be clear"),
            (0x91, 0x80, "Reserved bits must be clear"),
            (0x83, 0x80, "Invalid opcode"),
            (0x8f, 0x80, "Invalid opcode"),
            (0x81, 0x05, "Frames must be masked"),
            (0x09, 0x80, "Control frames must not be fragmented"),
            (0x89, 0xfe, "Control frame too long"),
            (0x88, 0xff, "Control frame too long"),
        ];
        for (first, second, reason) in cases {
            assert_eq!(
                Header::parse(&[first, second], false),
                Err(FrameError { code: 1002, reason })
            );
        }
    }

    #[test]
    fn a_length_with_the_top_bit_is_refused() {
        let header = [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0];
        let reason = "Invalid payload length";
        assert_eq!(Header::parse(&header, false), Err(FrameError { code: 1002, reason }));
    }
}
