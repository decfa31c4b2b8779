//! What one message costs in the protocol: parsing it, applying it to a room's state, and writing what the others get.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use room_engine::protocol::{HelloReq, KvSet, KvStore, Request, write_sets};

const HELLO: &str = r#"{"protocol":"websocket-room-server:1","roomProtocol":"cards:1","roomId":"table 5",
    "clientType":"player","clientName":"Ada","clientState":{"seat":"3","colour":"green"},"readonly":false}"#;

const ACTION: &str = r#"{"type":4,"action":"shuffle","id":"17","data":"spades and hearts"}"#;

/// A change of so many keys, each with a value of `length` bytes.
fn change(keys: usize, length: usize) -> String {
    let value = "x".repeat(length);
    let entry = |key| format!(r#"{{"key":"card:{key}","value":"{value}"}}"#);
    let entries: Vec<_> = (0..keys).map(entry).collect();
    format!(r#"{{"type":2,"roomChanges":[{}],"echo":true}}"#, entries.join(","))
}

/// The room's changes in a request that is known to be one.
fn room_changes(text: &str) -> Vec<KvSet<'_>> {
    match Request::parse(text) {
        Ok(Request::Change(change)) => change.room_changes.unwrap_or_default(),
        other => panic!("no change: {other:?}"),
    }
}

fn store(keys: usize) -> KvStore {
    let mut store = KvStore::default();
    for key in 0..keys {
        store.set(&format!("\"card:{key}\""), Some("\"4,7\""));
    }
    store
}

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    group.bench_function("hello", |b| b.iter(|| HelloReq::parse(black_box(HELLO))));
    group.bench_function("action", |b| b.iter(|| Request::parse(black_box(ACTION))));
    for (name, keys, length) in [("1 key", 1, 64), ("10 keys", 10, 64), ("16 KiB", 1, 16 << 10)] {
        let text = change(keys, length);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("change", name), |b| {
            b.iter(|| Request::parse(black_box(&text)).map(drop));
        });
    }
    group.finish();
}

fn apply(c: &mut Criterion) {
    let mut group = c.benchmark_group("apply");
    let text = change(1, 64);
    let sets = room_changes(&text);
    // The cost of a change must not depend on what else is in the room.
    for keys in [1, 100, 10_000] {
        let mut store = store(keys);
        group.bench_function(BenchmarkId::new("change in a room of keys", keys), |b| {
            b.iter(|| {
                for set in black_box(&sets) {
                    store.set(&set.key, set.value.as_deref());
                }
            });
        });
    }
    let source = store(100);
    group.bench_function("100 new keys", |b| {
        let fill = |mut empty: KvStore| {
            source.iter().for_each(|(key, value)| empty.set(key, value));
            empty
        };
        b.iter_batched(KvStore::default, fill, BatchSize::SmallInput);
    });
    group.finish();
}

fn write(c: &mut Criterion) {
    let mut group = c.benchmark_group("write");
    let text = change(10, 64);
    let sets = room_changes(&text);
    let mut out = Vec::new();
    group.bench_function("10 changes", |b| {
        b.iter(|| {
            out.clear();
            write_sets(black_box(&sets), &mut out);
        });
    });
    let store = store(1000);
    group.bench_function("a state of 1,000 keys", |b| {
        b.iter(|| {
            out.clear();
            black_box(&store).write_json(&mut out);
        });
    });
    group.finish();
}

criterion_group!(benches, parse, apply, write);
criterion_main!(benches);
