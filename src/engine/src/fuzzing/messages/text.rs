//! Writes messages: the protocol's own members with values of right and wrong types, in any spelling that JSON has.

use std::fmt::Write;

use arbitrary::{Arbitrary, Unstructured};

type Result<T> = arbitrary::Result<T>;

const NAMES: [&str; 21] = [
    "protocol",
    "roomProtocol",
    "roomId",
    "roomCredential",
    "clientCredential",
    "clientType",
    "clientName",
    "clientState",
    "readonly",
    "ext",
    "type",
    "echo",
    "roomChanges",
    "clientChanges",
    "action",
    "id",
    "data",
    "flush",
    "msg",
    "received",
    "__proto__",
];

const SCALARS: [&str; 24] = [
    "2",
    "4",
    "5",
    "6",
    "2.0",
    "20e-1",
    "0",
    "-0",
    "0.0",
    "1e400",
    "1e-400",
    "-1e999",
    "1.5e300",
    "12345678901234567890",
    "true",
    "false",
    "null",
    "\"\"",
    "tru",
    "01",
    "1.",
    "[]",
    "{}",
    "{\"a\":[]}",
];

const STRINGS: [&str; 12] = [
    "websocket-room-server:1",
    "a",
    "0",
    "4294967295",
    "\\u0061",
    "\\ud83d",
    "\\ud83d\\ude00",
    "\\uDE00\\uD83D",
    "é€𝄞",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f\\u007f",
    "__proto__",
    "\u{2028}",
];

/// An object with members of the protocol for the most part.
pub(super) fn message(input: &mut Unstructured<'_>) -> Result<String> {
    let mut out = String::new();
    space(input, &mut out)?;
    if input.ratio(1, 12)? {
        value(input, &mut out, 0)?;
    } else {
        object(input, &mut out)?;
    }
    space(input, &mut out)?;
    damage(input, out)
}

/// The members of a valid hello or request, and others; later ones replace earlier ones.
fn object(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    out.push_str(input.choose(&[
        "{",
        "{\"type\":2",
        "{\"type\":4,\"action\":\"a\"",
        "{\"type\":5,\"id\":\"a\"",
        "{\"type\":6",
        "{\"type\":8",
        "{\"protocol\":\"websocket-room-server:1\",\"roomProtocol\":\"p\",\"roomId\":\"r\",\"clientState\":{}",
    ])?);
    while !input.is_empty() && !input.ratio(1, 12)? {
        out.push_str(if out.ends_with('{') { "" } else { "," });
        space(input, out)?;
        member(input, out)?;
        space(input, out)?;
    }
    out.push('}');
    Ok(())
}

fn member(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    let name = *input.choose(&NAMES)?;
    let escaped = input.ratio(1, 10)?;
    out.push('"');
    if escaped {
        for byte in name.bytes() {
            write!(out, "\\u{byte:04X}").map_err(|_| arbitrary::Error::IncorrectFormat)?;
        }
    } else {
        out.push_str(name);
    }
    out.push_str("\":");
    match name {
        "roomChanges" | "clientChanges" if input.ratio(7, 8)? => sets(input, out),
        "clientState" if input.ratio(7, 8)? => state(input, out),
        "ext" if input.ratio(3, 4)? => resume(input, out),
        _ => value(input, out, 0),
    }
}

fn value(input: &mut Unstructured<'_>, out: &mut String, depth: u8) -> Result<()> {
    match input.int_in_range(0..=9)? {
        0..=3 => out.push_str(input.choose(&SCALARS)?),
        4 => out.push_str(&f64::arbitrary(input)?.to_string()),
        5 if depth < 4 => list(input, out, ('[', ']'), |input, out| value(input, out, depth + 1))?,
        6 => sets(input, out)?,
        7 => state(input, out)?,
        _ => string(input, out)?,
    }
    Ok(())
}

fn list(
    input: &mut Unstructured<'_>,
    out: &mut String,
    (open, close): (char, char),
    mut item: impl FnMut(&mut Unstructured<'_>, &mut String) -> Result<()>,
) -> Result<()> {
    out.push(open);
    for index in 0..input.int_in_range(0..=4)? {
        out.push_str(if index > 0 { "," } else { "" });
        item(input, out)?;
    }
    out.push(close);
    Ok(())
}

fn sets(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    list(input, out, ('[', ']'), |input, out| {
        out.push('{');
        let (key, value_too) = (input.ratio(11, 12)?, input.ratio(3, 4)?);
        if key {
            out.push_str("\"key\":");
            string_or_value(input, out)?;
        }
        if value_too {
            out.push_str(if key { ",\"value\":" } else { "\"value\":" });
            string_or_value(input, out)?;
        }
        out.push('}');
        Ok(())
    })
}

fn resume(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    out.push_str("{\"resume\":{\"token\":");
    string_or_value(input, out)?;
    out.push_str(",\"received\":");
    value(input, out, 3)?;
    out.push_str("}}");
    Ok(())
}

fn state(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    list(input, out, ('{', '}'), |input, out| {
        string(input, out)?;
        out.push(':');
        string_or_value(input, out)
    })
}

fn string_or_value(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    if input.ratio(9, 10)? { string(input, out) } else { value(input, out, 3) }
}

fn string(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    out.push('"');
    if input.ratio(4, 5)? {
        out.push_str(input.choose(&STRINGS)?);
    } else {
        out.push_str(<&str>::arbitrary(input)?);
    }
    out.push('"');
    Ok(())
}

fn space(input: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    if input.ratio(1, 8)? {
        out.push_str(input.choose(&[" ", "\t", "\r\n", "\u{a0}", "\u{feff}"])?);
    }
    Ok(())
}

/// Rarely, one character is lost or replaced.
fn damage(input: &mut Unstructured<'_>, text: String) -> Result<String> {
    if text.is_empty() || !input.ratio(1, 16)? {
        return Ok(text);
    }
    let place = input.choose_index(text.chars().count())?;
    let with = char::from(u8::arbitrary(input)?);
    let keep = |(at, char)| if at == place { with } else { char };
    Ok(text.chars().enumerate().map(keep).collect())
}
