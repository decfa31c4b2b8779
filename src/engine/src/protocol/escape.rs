//! The escapes of JSON strings: taking them apart, and writing those that `JSON.stringify` writes.

use std::fmt::Write;

use memchr::memchr;

/// The text between the quotes.
pub(super) fn unquoted(fragment: &str) -> &str {
    fragment.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(fragment)
}

/// Whether a raw string is canonical already, as far as a quick look tells: texts that `JSON.stringify` made nearly always
/// are. What it escapes has to be escaped in any JSON text, so only the escapes that are there have to be looked at.
pub(super) fn is_canonical(raw: &str) -> bool {
    let mut rest = raw.as_bytes();
    while let Some(at) = memchr(b'\\', rest) {
        if !matches!(rest.get(at + 1), Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't')) {
            return false;
        }
        rest = &rest[at + 2..];
    }
    true
}

/// Appends a text as it stands between the quotes of a JSON string.
pub(super) fn push_escaped(text: &str, out: &mut String) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain..at]);
        push_escape(byte, out);
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
}

fn push_escape(byte: u8, out: &mut String) {
    let letter = match byte {
        0x08 => 'b',
        0x0c => 'f',
        b'\n' => 'n',
        b'\r' => 'r',
        b'\t' => 't',
        b'"' | b'\\' => char::from(byte),
        _ => return push_unit(byte.into(), out),
    };
    out.push('\\');
    out.push(letter);
}

/// Appends the escape of one UTF-16 unit.
pub(super) fn push_unit(unit: u16, out: &mut String) {
    // Writing to a String can't fail.
    let _ = write!(out, "\\u{unit:04x}");
}

/// A part of a string.
pub(super) enum Piece<'a> {
    /// Text without escapes.
    Text(&'a str),
    /// One escape, or the two of a surrogate pair.
    Char(char),
    /// The escape of a surrogate without its other half.
    Lone(u16),
}

/// Takes the inside of a raw string apart.
pub(super) struct Pieces<'a> {
    /// What has not been taken apart yet; an escape is never cut.
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(raw: &'a str) -> Self {
        Self { rest: unquoted(raw) }
    }

    fn escape(&mut self) -> Piece<'a> {
        let char = match self.rest.as_bytes().get(1) {
            Some(b'u') => return self.unicode_escape(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(&other) => char::from(other),
            None => char::REPLACEMENT_CHARACTER,
        };
        self.skip(2);
        Piece::Char(char)
    }

    fn unicode_escape(&mut self) -> Piece<'a> {
        let units = [unit_at(self.rest, 0), unit_at(self.rest, UNIT)];
        match char::decode_utf16(units.into_iter().map_while(|unit| unit)).next() {
            Some(Ok(char)) => {
                self.skip(UNIT * char.len_utf16());
                Piece::Char(char)
            }
            Some(Err(lone)) => {
                self.skip(UNIT);
                Piece::Lone(lone.unpaired_surrogate())
            }
            None => {
                self.skip(2);
                Piece::Char(char::REPLACEMENT_CHARACTER)
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        match memchr(b'\\', self.rest.as_bytes()) {
            Some(0) => Some(self.escape()),
            None if self.rest.is_empty() => None,
            found => {
                let (text, rest) = self.rest.split_at(found.unwrap_or(self.rest.len()));
                self.rest = rest;
                Some(Piece::Text(text))
            }
        }
    }
}

/// The length of `\uXXXX`.
const UNIT: usize = 6;

/// The UTF-16 unit whose escape stands at `at`.
fn unit_at(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + UNIT)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}
