//! The mark that begins each value, `(~0001.0000002a.00000012d687~)`: sender, sequence number and time, by which a receiver knows
//! what it got without parsing it; and the frames that carry it.

use memchr::memmem;

use crate::frame;

/// Nothing else that travels here contains it.
const OPENING: &[u8] = b"(~";
const SENDER: usize = 2;
const SEQUENCE: usize = SENDER + 4 + 1;
const TIME: usize = SEQUENCE + 8 + 1;
const LENGTH: usize = TIME + 12 + 2;

/// What a mark says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The sender's seat in its room.
    pub(crate) sender: usize,
    pub(crate) sequence: u32,
    /// When it was to be sent, in nanoseconds.
    pub(crate) time: u64,
}

impl Stamp {
    pub(crate) fn find(payload: &[u8]) -> Option<Self> {
        let at = memmem::find(payload, OPENING)?;
        let mark = payload.get(at..at + LENGTH)?;
        Some(Self {
            sender: number(&mark[SENDER..SENDER + 4])? as usize,
            sequence: number(&mark[SEQUENCE..SEQUENCE + 8])? as u32,
            time: number(&mark[TIME..TIME + 12])?,
        })
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |sum, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(sum << 4 | u64::from(value))
    })
}

/// A value of `length` bytes with a blank mark of the sender.
pub(crate) fn value(sender: usize, length: usize) -> String {
    let mut text = format!("(~{sender:04x}.{:08x}.{:012x}~)", 0, 0);
    text.push_str(&filling(length));
    text
}

/// What follows the mark in a value of `length` bytes.
pub(crate) fn filling(length: usize) -> String {
    ('a'..='z').cycle().take(length.saturating_sub(LENGTH)).collect()
}

/// Whether `value` is what a sender sent, the numbers in its mark aside.
pub(crate) fn is_value(value: &str, length: usize) -> bool {
    value.get(LENGTH..) == Some(&filling(length))
}

/// The name of a key.
pub(crate) fn key(number: usize) -> String {
    format!("key-{number:04x}")
}

/// A masked frame with a mark in it.
pub(crate) struct Template {
    frame: Vec<u8>,
    /// Where the payload begins.
    body: usize,
    /// Where the mark and the number of the first key are in the payload.
    mark: usize,
    key: Option<usize>,
}

impl Template {
    /// `text` must have a blank mark.
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = Vec::new();
        frame::write(&mut bytes, frame::TEXT, text.as_bytes());
        let body = bytes.len() - text.len();
        let mark = text.find("(~").expect("callers put a mark into every request");
        Self { frame: bytes, body, mark, key: text.find("\"key-").map(|at| at + 5) }
    }

    /// Writes these numbers into the mark.
    pub(crate) fn stamp(&mut self, sequence: u32, time: u64) {
        self.patch(self.mark + SEQUENCE, 8, sequence.into());
        self.patch(self.mark + TIME, 12, time);
    }

    /// Names another key.
    pub(crate) fn rename(&mut self, number: usize) {
        if let Some(at) = self.key {
            self.patch(at, 4, number as u64);
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.frame
    }

    fn patch(&mut self, at: usize, digits: usize, number: u64) {
        for place in 0..digits {
            let nibble = number >> (4 * (digits - 1 - place)) & 15;
            let digit = b"0123456789abcdef"[nibble as usize];
            self.frame[self.body + at + place] = frame::masked(digit, at + place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_again() {
        let text = format!(r#"{{"key":"{}","value":"{}"}}"#, key(0), value(7, 64));
        let mut template = Template::new(&text);
        template.stamp(0x00ab_cdef, 1_234_567_890_123);
        template.rename(0x12);
        let masked = &template.bytes()[template.body..];
        let payload: Vec<u8> =
            masked.iter().zip(0..).map(|(byte, at)| frame::masked(*byte, at)).collect();
        let expected = Stamp { sender: 7, sequence: 0x00ab_cdef, time: 1_234_567_890_123 };
        assert_eq!(Stamp::find(&payload), Some(expected));
        assert!(
            payload.starts_with(br#"{"key":"key-0012","value":"(~0007.00abcdef.011f71fb04cb~)abc"#)
        );
    }

    #[test]
    fn what_is_no_stamp_is_none() {
        for text in ["", "(~", "(~0001.0000002a.00000012d68x~)", "{\"type\":3,\"addClients\":{}}"] {
            assert_eq!(Stamp::find(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn values_have_their_length() {
        assert_eq!(value(1, 64).len(), 64);
        assert!(is_value(&value(1, 64), 64));
        assert!(!is_value(&value(1, 64), 65));
        assert!(!is_value(&value(1, 64).replace('c', "x"), 64));
    }
}
