//! JSON strings as JavaScript has them: sequences of UTF-16 units, paired or not.

use std::fmt::Write;

/// The units of a valid JSON string.
pub(super) fn units(raw: &str) -> Vec<u16> {
    let inside = &raw[1..raw.len() - 1];
    let (mut units, mut chars) = (Vec::new(), inside.chars());
    while let Some(char) = chars.next() {
        if char != '\\' {
            units.extend_from_slice(char.encode_utf16(&mut [0; 2]));
            continue;
        }
        units.push(match chars.next() {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                u16::from_str_radix(&digits, 16).unwrap()
            }
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            other => u16::try_from(u32::from(other.unwrap())).unwrap(),
        });
    }
    units
}

/// What `JSON.stringify` gives for them.
pub(super) fn stringify(units: &[u16]) -> String {
    let mut out = String::from('"');
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Err(lone) => write!(out, "\\u{:04x}", lone.unpaired_surrogate()).unwrap(),
            Ok(char @ ('"' | '\\')) => out.extend(['\\', char]),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\r') => out.push_str("\\r"),
            Ok('\t') => out.push_str("\\t"),
            Ok(char) if char < ' ' => write!(out, "\\u{:04x}", u32::from(char)).unwrap(),
            Ok(char) => out.push(char),
        }
    }
    out.push('"');
    out
}
