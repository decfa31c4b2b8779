//! RFC 6455 for somebody who has all bytes in one piece and all the time: no compression, nothing borrowed, nothing kept.

use super::Seen;

/// What is read next, and where it ends; None: the bytes end before it does.
type Step<T> = Result<Option<(T, usize)>, u16>;

struct Frame {
    fin: bool,
    opcode: u8,
    key: [u8; 4],
    length: usize,
}

/// A message that goes on.
#[derive(Default)]
struct Message {
    opcode: Option<u8>,
    payload: Vec<u8>,
}

pub(super) fn decode(bytes: &[u8], max_message: usize) -> Vec<Seen> {
    let (mut seen, mut at, mut message) = (Vec::new(), 0, Message::default());
    loop {
        match next(&bytes[at..], &mut message, max_message) {
            Ok(Some((incoming, size))) => {
                seen.extend(incoming);
                at += size;
            }
            Ok(None) => return seen,
            Err(code) => {
                seen.push(Seen::Error(code));
                return seen;
            }
        }
    }
}

fn next(bytes: &[u8], message: &mut Message, max_message: usize) -> Step<Option<Seen>> {
    let Some((frame, start)) = header(bytes)? else { return Ok(None) };
    let is_data = frame.opcode < 8;
    if is_data && (frame.opcode == 0) != message.opcode.is_some() {
        return Err(1002);
    }
    if is_data && frame.length.saturating_add(message.payload.len()) > max_message {
        return Err(1009);
    }
    let end = start.saturating_add(frame.length);
    let Some(payload) = bytes.get(start..end) else { return Ok(None) };
    let plain = payload.iter().zip(frame.key.iter().cycle()).map(|(byte, key)| byte ^ key);
    if !is_data {
        return Ok(Some((Some(interpret(frame.opcode, plain.collect())?), end)));
    }
    message.opcode.get_or_insert(frame.opcode);
    message.payload.extend(plain);
    if !frame.fin {
        return if message.opcode == Some(1) && is_broken(&message.payload) {
            Err(1007)
        } else {
            Ok(Some((None, end)))
        };
    }
    let Message { opcode, payload } = std::mem::take(message);
    Ok(Some((Some(interpret(opcode.unwrap_or_default(), payload)?), end)))
}

/// The header's size is where the payload begins.
fn header(bytes: &[u8]) -> Step<Frame> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (fin, opcode, short) = (first & 0x80 != 0, first & 15, usize::from(second & 0x7f));
    let is_control = opcode >= 8;
    let is_known = matches!(opcode, 0..=2 | 8..=10);
    if !is_known || first & 0x70 != 0 || second & 0x80 == 0 {
        return Err(1002);
    }
    if is_control && (!fin || short > 125) {
        return Err(1002);
    }
    let width = [0, 2, 8][short.saturating_sub(125)];
    let Some(extended) = rest.get(..width) else { return Ok(None) };
    let long = extended.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
    if long >> 63 != 0 {
        return Err(1002);
    }
    let Some(key) = rest.get(width..width + 4) else { return Ok(None) };
    let length = if width == 0 { short } else { usize::try_from(long).unwrap() };
    Ok(Some((Frame { fin, opcode, key: key.try_into().unwrap(), length }, 2 + width + 4)))
}

fn interpret(opcode: u8, payload: Vec<u8>) -> Result<Seen, u16> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| 1007_u16);
    Ok(match opcode {
        1 => Seen::Text(text(&payload)?),
        2 => Seen::Binary(payload),
        9 => Seen::Ping(payload),
        10 => Seen::Pong(payload),
        _ => match *payload {
            [] => Seen::Close(None),
            [_] => return Err(1002),
            [high, low, ref reason @ ..] => {
                let code = u16::from_be_bytes([high, low]);
                let is_valid = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
                Seen::Close(Some((is_valid.then_some(code).ok_or(1002_u16)?, text(reason)?)))
            }
        },
    })
}

/// Whether no continuation can make it UTF-8.
fn is_broken(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some())
}
