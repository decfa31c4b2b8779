//! JSON values as text: what kind they are, and their canonical form.
//!
//! "Raw" is a value as it stands in a valid JSON text, without white space around it; a "fragment" is a raw value in
//! canonical form. Text that is no valid JSON gives wrong answers here, but never a panic.

use std::borrow::Cow;

use memchr::memchr;

use super::escape::{self, Piece, Pieces, push_escaped, push_unit, unquoted};

/// What a raw value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `"..."`
    String,
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// Any number.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

/// The kind of a raw value, told by its first byte.
#[must_use]
pub fn kind(raw: &str) -> Kind {
    match raw.as_bytes().first() {
        Some(b'"') => Kind::String,
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b't') => Kind::True,
        Some(b'f') => Kind::False,
        Some(b'n') => Kind::Null,
        _ => Kind::Number,
    }
}

/// JavaScript's `typeof`; None is a member that is not there.
#[must_use]
pub fn js_typeof(raw: Option<&str>) -> &'static str {
    match raw.map(kind) {
        None => "undefined",
        Some(Kind::String) => "string",
        Some(Kind::Number) => "number",
        Some(Kind::True | Kind::False) => "boolean",
        Some(Kind::Object | Kind::Array | Kind::Null) => "object",
    }
}

/// Whether JavaScript takes the value for false.
#[must_use]
pub fn is_falsy(raw: &str) -> bool {
    match kind(raw) {
        Kind::Null | Kind::False => true,
        Kind::String => raw == "\"\"",
        Kind::Number => number(raw) == 0.0,
        Kind::Object | Kind::Array | Kind::True => false,
    }
}

/// The value of a member that has to be a whole number, not below zero and such that JavaScript can count it. In any
/// spelling, as with `type`: `2.0` and `20e-1` are the same number.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, and in the range of both types"
)]
pub(super) fn count(raw: &str) -> Option<u64> {
    let number = Some(raw).filter(|raw| kind(raw) == Kind::Number).map(number)?;
    (number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&number)).then_some(number as u64)
}

/// The largest number up to which JavaScript has all whole ones: 2^53 - 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

pub(super) fn is_string(raw: &str) -> bool {
    kind(raw) == Kind::String
}

/// What the original accepts as an optional text.
pub(super) fn is_string_or_falsy(raw: &str) -> bool {
    is_string(raw) || is_falsy(raw)
}

/// The value of a member that has to be a boolean, null or absent; None where it is none of these.
pub(super) fn flag(raw: Option<&str>) -> Option<bool> {
    match raw.map(kind) {
        None | Some(Kind::Null | Kind::False) => Some(false),
        Some(Kind::True) => Some(true),
        _ => None,
    }
}

/// The value of a raw number, as `JSON.parse` reads it: too large ones are infinite, too small ones zero.
pub(super) fn number(raw: &str) -> f64 {
    raw.parse().unwrap_or(f64::NAN)
}

/// The canonical form of a raw scalar. Objects and arrays come back as they are.
#[must_use]
pub fn canonical(raw: &str) -> Cow<'_, str> {
    match kind(raw) {
        Kind::String => canonical_string(raw),
        Kind::Number => canonical_number(raw),
        _ => Cow::Borrowed(raw),
    }
}

fn canonical_string(raw: &str) -> Cow<'_, str> {
    if escape::is_canonical(raw) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    out.push('"');
    for piece in Pieces::of(raw) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Char(char) => push_escaped(char.encode_utf8(&mut [0; 4]), &mut out),
            Piece::Lone(unit) => push_unit(unit, &mut out),
        }
    }
    out.push('"');
    Cow::Owned(out)
}

fn canonical_number(raw: &str) -> Cow<'_, str> {
    let value = number(raw);
    if value == 0.0 {
        Cow::Borrowed("0")
    } else if value.is_finite() {
        Cow::Owned(number_text(value))
    } else {
        Cow::Borrowed("null")
    }
}

/// `JSON.stringify` of a text.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    push_escaped(text, &mut out);
    out.push('"');
    out
}

/// The text of a string fragment (or of any raw string). Lone surrogates, which no Rust string can hold, become U+FFFD.
#[must_use]
pub fn decode(fragment: &str) -> Cow<'_, str> {
    if memchr(b'\\', fragment.as_bytes()).is_none() {
        return Cow::Borrowed(unquoted(fragment));
    }
    let mut out = String::with_capacity(fragment.len());
    for piece in Pieces::of(fragment) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Char(char) => out.push(char),
            Piece::Lone(_) => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(out)
}

/// The number that a key stands for, if JavaScript takes it for an array index: such keys come first in an object, in
/// ascending order.
#[must_use]
pub fn is_index_key(fragment: &str) -> Option<u32> {
    let digits = unquoted(fragment);
    match digits.as_bytes() {
        [b'0'] => Some(0),
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => {
            // 4294967295 is the largest possible length of an array, so it is no index.
            digits.parse().ok().filter(|&index| index != u32::MAX)
        }
        _ => None,
    }
}

/// A number as JavaScript prints it.
#[must_use]
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    // Both languages print the fewest digits that give the same number back; they differ in where exponents begin.
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        _ if number == 0.0 => "0".into(),
        -6..=20 => number.to_string(),
        exponent => format!("{digits}e{exponent:+}"),
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
