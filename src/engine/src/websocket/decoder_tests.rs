//! The decoder: every rule once, and the same messages however the bytes are split.

use super::frame::MAX_CONTROL;
use super::{Decoder, FrameError, Incoming, Opcode, frame};
use crate::websocket::Limits;
use crate::websocket::client_frames::Header;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const LIMIT: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Message {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

impl From<Incoming<'_>> for Message {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.into()),
            Incoming::Binary(bytes) => Self::Binary(bytes.into()),
            Incoming::Ping(bytes) => Self::Ping(bytes.into()),
            Incoming::Pong(bytes) => Self::Pong(bytes.into()),
            Incoming::Close(close) => Self::Close(close.map(|(code, text)| (code, text.into()))),
        }
    }
}

/// A client's frame.
fn masked(fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    masked_with(KEY, fin, opcode, payload)
}

fn masked_with(key: [u8; 4], fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let first = u8::from(fin) << 7 | opcode as u8;
    Header { first, length: 0, wider: false, key: Some(key) }.frame(payload)
}

/// A client frame's header alone.
fn header(fin: bool, opcode: Opcode, length: u64) -> Vec<u8> {
    let first = u8::from(fin) << 7 | opcode as u8;
    Header { first, length, wider: false, key: Some(KEY) }.bytes()
}

/// Feeds reads to a new decoder until one fails.
fn decode<'a>(
    reads: impl IntoIterator<Item = &'a [u8]>,
    limit: usize,
) -> (Vec<Message>, Option<FrameError>) {
    let mut decoder = Decoder::new();
    let mut messages = Vec::new();
    for read in reads {
        if let Err(error) = feed(&mut decoder, read, limit, &mut messages) {
            return (messages, Some(error));
        }
    }
    (messages, None)
}

fn feed(
    decoder: &mut Decoder,
    read: &[u8],
    limit: usize,
    messages: &mut Vec<Message>,
) -> Result<(), FrameError> {
    let mut read = read.to_vec();
    let mut input = &mut read[..];
    while let Some(message) = decoder.next(&mut input, plain(limit))? {
        messages.push(message.into());
    }
    assert!(input.is_empty(), "None means that all was consumed");
    Ok(())
}

/// One stream with everything in it, and what it says.
fn everything() -> (Vec<u8>, Vec<Message>) {
    use Opcode::{Binary, Close, Continuation, Ping, Pong, Text};
    let stream = [
        masked(true, Text, "grüße €😀".as_bytes()),
        masked(true, Binary, &[]),
        masked(false, Text, b""),
        masked(true, Ping, b"in between"),
        masked(false, Continuation, &"😀".as_bytes()[..3]),
        masked(true, Pong, b""),
        masked(true, Ping, b"again"),
        masked_with([1, 2, 3, 4], false, Continuation, &"😀€".as_bytes()[3..]),
        masked(true, Continuation, b"end"),
        masked(true, Ping, b"alone"),
        masked_with([0; 4], false, Binary, &[9; 7]),
        masked(true, Continuation, b""),
        masked(true, Binary, &[8; 130]),
        masked(true, Close, b"\x03\xe8bye \xe2\x82\xac"),
        masked(true, Close, b""),
    ];
    let messages = vec![
        Message::Text("grüße €😀".into()),
        Message::Binary(vec![]),
        Message::Ping(b"in between".into()),
        Message::Pong(vec![]),
        Message::Ping(b"again".into()),
        Message::Text("😀€end".into()),
        Message::Ping(b"alone".into()),
        Message::Binary(vec![9; 7]),
        Message::Binary(vec![8; 130]),
        Message::Close(Some((1000, "bye €".into()))),
        Message::Close(None),
    ];
    (stream.concat(), messages)
}

/// A small generator, the same numbers in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

#[test]
fn a_decoder_at_rest_is_small() {
    assert!(size_of::<Decoder>() <= 64, "{}", size_of::<Decoder>());
}

#[test]
fn every_split_gives_the_same_messages() {
    let (stream, expected) = everything();
    assert_eq!(decode([&stream[..]], LIMIT), (expected.clone(), None));
    for cut in 0..=stream.len() {
        let (a, b) = stream.split_at(cut);
        assert_eq!(decode([a, b], LIMIT), (expected.clone(), None), "cut at {cut}");
    }
    for size in 1..40 {
        assert_eq!(decode(stream.chunks(size), LIMIT), (expected.clone(), None), "reads of {size}");
    }
}

#[test]
fn random_splits_give_the_same_messages() {
    let (stream, expected) = everything();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..2000 {
        let longest = 1 + random.below(60);
        let mut rest = &stream[..];
        let mut reads = Vec::new();
        while !rest.is_empty() {
            let (read, after) = rest.split_at(random.below(longest + 1).min(rest.len()));
            reads.push(read);
            rest = after;
        }
        assert_eq!(decode(reads, LIMIT), (expected.clone(), None), "round {round}");
    }
}

#[test]
fn boundary_lengths() {
    for length in [0, 1, 125, 126, 127, 65535, 65536, 70001] {
        let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
        let stream = masked(true, Opcode::Binary, &payload);
        let expected = (vec![Message::Binary(payload)], None);
        for size in [stream.len(), 4096, 1001, 13] {
            assert_eq!(decode(stream.chunks(size), LIMIT), expected, "{length} in {size}");
        }
        for cut in 0..20.min(stream.len()) {
            assert_eq!(decode([&stream[..cut], &stream[cut..]], LIMIT), expected);
        }
    }
}

#[test]
fn a_whole_frame_is_borrowed_from_the_input() {
    let mut read = masked(true, Opcode::Text, b"hello");
    let payload = read[6..].as_ptr();
    let mut input = &mut read[..];
    let mut decoder = Decoder::new();
    let Ok(Some(Incoming::Text(text))) = decoder.next(&mut input, plain(5)) else {
        panic!("no text")
    };
    assert_eq!((text, text.as_ptr()), ("hello", payload));
    assert_eq!(decoder.capacity(), 0);
}

#[test]
fn memory_follows_what_arrived_and_is_freed() {
    let mut decoder = Decoder::new();
    let mut messages = Vec::new();
    let length = 16 << 20;
    let mut send = |bytes: &[u8]| {
        feed(&mut decoder, bytes, length, &mut messages).unwrap();
        decoder.capacity()
    };
    assert_eq!(send(&header(true, Opcode::Binary, length as u64)), 0);
    assert!(send(&[0; 1000]) <= 2000);
    assert!(send(&vec![0; length - 1001]) <= length);
    assert_eq!(send(&[0]), 0, "freed by the call after the message");
    send(&masked(false, Opcode::Text, b"fragment"));
    let ping = masked(true, Opcode::Ping, &[1; MAX_CONTROL]);
    send(&ping[..50]);
    assert!(send(&ping[50..]) > 0, "the fragment stays");
    assert_eq!(send(&masked(true, Opcode::Continuation, b"")), 0);
    send(&ping[..50]);
    assert_eq!(send(&ping[50..]), 0);
    assert_eq!(messages.len(), 4);
}

#[test]
fn broken_sequences_are_refused_after_what_was_right() {
    use Opcode::{Binary, Continuation, Ping, Text};
    let stray = "Continuation without a message";
    let early = "New message before the end of the last one";
    let cases = [
        (vec![masked(true, Continuation, b"x")], 0, stray),
        (vec![masked(false, Continuation, b"x")], 0, stray),
        (vec![masked(true, Text, b"x"), masked(true, Continuation, b"x")], 1, stray),
        (
            vec![
                masked(false, Text, b"x"),
                masked(true, Continuation, b"x"),
                masked(true, Continuation, b"x"),
            ],
            1,
            stray,
        ),
        (vec![masked(false, Text, b"x"), masked(true, Text, b"x")], 0, early),
        (vec![masked(false, Binary, b""), masked(false, Binary, b"")], 0, early),
        (
            vec![masked(false, Text, b"x"), masked(true, Ping, b""), masked(true, Binary, b"x")],
            1,
            early,
        ),
    ];
    for (frames, before, reason) in cases {
        refused(&frames.concat(), LIMIT, before, FrameError { code: 1002, reason });
    }
}

/// In one read as well as byte by byte.
fn refused(stream: &[u8], limit: usize, before: usize, expected: FrameError) {
    for size in [stream.len(), 1] {
        let (messages, error) = decode(stream.chunks(size), limit);
        assert_eq!((messages.len(), error), (before, Some(expected)), "{stream:x?} in {size}");
    }
}

#[test]
fn broken_headers_are_refused() {
    let cases: [(&[u8], &str); 8] = [
        (&[0xc1, 0x80], "Reserved bits must be clear"),
        (&[0x91, 0x80], "Reserved bits must be clear"),
        (&[0x87, 0x80], "Invalid opcode"),
        (&[0x8b, 0x80], "Invalid opcode"),
        (&[0x81, 0x00], "Frames must be masked"),
        (&[0x08, 0x80], "Control frames must not be fragmented"),
        (&[0x8a, 0xfe], "Control frame too long"),
        (&[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], "Invalid payload length"),
    ];
    for (stream, reason) in cases {
        refused(stream, LIMIT, 0, FrameError { code: 1002, reason });
        let after_a_message = [&masked(true, Opcode::Text, b"ok"), stream].concat();
        refused(&after_a_message, LIMIT, 1, FrameError { code: 1002, reason });
    }
}

#[test]
fn close_payloads() {
    let close = |payload: &[u8]| masked(true, Opcode::Close, payload);
    refused(&close(b"x"), LIMIT, 0, FrameError { code: 1002, reason: "Invalid close frame" });
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        let expected = FrameError { code: 1002, reason: "Invalid close code" };
        refused(&close(&code.to_be_bytes()), LIMIT, 0, expected);
    }
    for code in [1000_u16, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999] {
        let (messages, error) = decode([&close(&code.to_be_bytes())[..]], LIMIT);
        assert_eq!(messages, [Message::Close(Some((code, String::new())))]);
        assert_eq!(error, None);
    }
    refused(&close(b"\x03\xe8\xff"), LIMIT, 0, FrameError::INVALID_UTF8);
}

#[test]
fn texts_that_are_not_utf8() {
    let cases: [&[u8]; 6] =
        [b"\xff", b"ab\xe2\x82", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"a\x80"];
    for text in cases {
        refused(&masked(true, Opcode::Text, text), LIMIT, 0, FrameError::INVALID_UTF8);
        let fragments =
            [masked(false, Opcode::Text, text), masked(true, Opcode::Continuation, b"")];
        refused(&fragments.concat(), LIMIT, 0, FrameError::INVALID_UTF8);
        let binary = decode([&masked(true, Opcode::Binary, text)[..]], LIMIT);
        assert_eq!(binary, (vec![Message::Binary(text.into())], None));
    }
}

#[test]
fn a_fragmented_text_fails_early() {
    let start = masked(false, Opcode::Text, "€".as_bytes().split_at(2).0);
    assert_eq!(decode([&start[..]], LIMIT), (vec![], None), "may still become valid");
    let wrong = [start, masked(false, Opcode::Continuation, b"x")].concat();
    refused(&wrong, LIMIT, 0, FrameError::INVALID_UTF8);
}

#[test]
fn the_limit_counts_all_fragments_and_needs_no_payload() {
    use Opcode::{Binary, Continuation, Ping, Text};
    let too_big = FrameError::TOO_BIG;
    assert_eq!(decode([&masked(true, Text, &[b'x'; 200])[..]], 200).1, None);
    refused(&header(true, Text, 201), 200, 0, too_big);
    refused(&header(false, Binary, u64::MAX >> 1), 200, 0, too_big);
    refused(&header(true, Binary, 1 << 32), usize::MAX, 0, too_big);
    let begun = [masked(false, Text, &[b'x'; 150]), masked(true, Ping, &[0; 100])].concat();
    let fits = [&begun[..], &masked(true, Continuation, &[b'x'; 50])].concat();
    assert_eq!(decode([&fits[..]], 200).1, None);
    let exceeds = [&begun[..], &header(false, Continuation, 51)].concat();
    refused(&exceeds, 200, 1, too_big);
    assert_eq!(decode([&masked(true, Ping, b"no message")[..]], 0).1, None);
}

#[test]
fn the_limit_may_differ_from_call_to_call() {
    let mut decoder = Decoder::new();
    let mut messages = Vec::new();
    let frame = masked(true, Opcode::Text, &[b'x'; 20]);
    feed(&mut decoder, &frame[..10], 20, &mut messages).unwrap();
    feed(&mut decoder, &frame[10..], 5, &mut messages).unwrap();
    assert_eq!(messages.len(), 1, "applied when the frame began");
    let error = feed(&mut decoder, &frame, 5, &mut messages);
    assert_eq!(error, Err(FrameError::TOO_BIG));
}

#[test]
fn after_an_error_nothing_panics() {
    let mut random = Random(7);
    for _ in 0..300 {
        let mut decoder = Decoder::new();
        for _ in 0..100 {
            let length = random.below(40);
            let noise: Vec<u8> = (0..length).map(|_| random.below(256).to_le_bytes()[0]).collect();
            let mut read = [&[0x82, 0xff, 0x80][..], &noise].concat();
            let (mut a, mut b) = read.split_at_mut(random.below(3 + length));
            let _ = decoder.next(&mut a, plain(LIMIT));
            let _ = decoder.next(&mut b, plain(LIMIT));
        }
    }
}

#[test]
fn own_frames_are_refused_as_unmasked() {
    let expected = FrameError { code: 1002, reason: "Frames must be masked" };
    for frame in [frame::text("x"), frame::ping(b""), frame::close(None, "")] {
        refused(&frame, LIMIT, 0, expected);
    }
}

fn plain(max_message: usize) -> Limits {
    Limits { max_message, deflate: false }
}

#[test]
fn compressed_messages_whole_and_in_fragments() {
    let text = "again and again ".repeat(50);
    let packed = crate::websocket::Deflate::new()
        .frame(&crate::websocket::frame::text(&text))
        .expect("smaller");
    let payload = &packed[if packed[1] == 126 { 4 } else { 2 }..];
    let (front, back) = payload.split_at(payload.len() / 2);
    let masked = |first: u8, payload: &[u8]| {
        let mut bytes = vec![first, 0x80 | u8::try_from(payload.len()).expect("short"), 0, 0, 0, 0];
        bytes.extend_from_slice(payload);
        bytes
    };
    let limits = Limits { max_message: 10_000, deflate: true };
    for frames in [vec![masked(0xc1, payload)], vec![masked(0x41, front), masked(0x80, back)]] {
        let mut bytes = frames.concat();
        let mut decoder = Decoder::new();
        let mut input = &mut bytes[..];
        assert_eq!(decoder.next(&mut input, limits), Ok(Some(Incoming::Text(&text))));
        assert_eq!(decoder.next(&mut input, limits), Ok(None));
    }
    let refused = [
        (masked(0xc1, payload), plain(10_000)),
        (masked(0xc9, b""), limits),
        (masked(0xc0, b""), limits),
    ];
    for (mut bytes, limits) in refused {
        let mut input = &mut bytes[..];
        assert_eq!(Decoder::new().next(&mut input, limits).map_err(|error| error.code), Err(1002));
    }
}
