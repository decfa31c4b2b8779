//! What a message costs as frames: decoding one that a client has masked, and making one for all members of a room.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use room_engine::websocket::{Decoder, FrameBuilder, Limits, Opcode, frame};

const KEY: [u8; 4] = [0x1f, 0x83, 0xd4, 0x6a];
const SIZES: [usize; 3] = [64, 1 << 10, 16 << 10];
/// More than any message here.
const LIMIT: usize = 1 << 20;

/// A text frame as a client sends it.
fn masked(length: usize) -> Vec<u8> {
    let mut bytes = frame::text(&"x".repeat(length)).to_vec();
    let header = bytes.len() - length;
    bytes[1] |= 0x80;
    bytes.iter_mut().skip(header).zip(KEY.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    bytes.splice(header..header, KEY);
    bytes
}

fn decode_all(bytes: &mut [u8]) -> usize {
    let mut decoder = Decoder::new();
    let mut input = bytes;
    let mut messages = 0;
    while let Ok(Some(message)) =
        decoder.next(&mut input, Limits { max_message: LIMIT, deflate: false })
    {
        black_box(message);
        messages += 1;
    }
    messages
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for size in SIZES {
        let message = masked(size);
        group.throughput(Throughput::Bytes(message.len() as u64));
        group.bench_function(BenchmarkId::new("one message", size), |b| {
            b.iter_batched_ref(
                || message.clone(),
                |bytes| decode_all(bytes),
                BatchSize::SmallInput,
            );
        });
    }
    let many = masked(64).repeat(32);
    assert_eq!(decode_all(&mut many.clone()), 32);
    group.throughput(Throughput::Elements(32));
    group.bench_function("32 messages in one read", |b| {
        b.iter_batched_ref(|| many.clone(), |bytes| decode_all(bytes), BatchSize::SmallInput);
    });
    group.finish();
}

fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode");
    for size in SIZES {
        let payload = "x".repeat(size);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("one frame", size), |b| {
            b.iter(|| {
                let mut builder = FrameBuilder::with_capacity(size);
                builder.push_str(black_box(&payload));
                builder.finish(Opcode::Text)
            });
        });
    }
    group.finish();
}

/// Framed once, the same bytes for everybody: what is left for each member is a counted reference.
fn broadcast(c: &mut Criterion) {
    let mut group = c.benchmark_group("broadcast");
    let payload = "x".repeat(200);
    for members in [10, 100, 2000] {
        group.throughput(Throughput::Elements(members as u64));
        let mut queues: Vec<Vec<Bytes>> = vec![Vec::with_capacity(1); members];
        group.bench_function(BenchmarkId::new("to members", members), |b| {
            b.iter(|| {
                let bytes = frame::text(black_box(&payload));
                for queue in &mut queues {
                    queue.clear();
                    queue.push(bytes.clone());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decode, encode, broadcast);
criterion_main!(benches);
