#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| room_engine::fuzzing::resume(data));
