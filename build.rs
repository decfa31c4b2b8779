//! Sets the linker up for a Node addon; nothing else happens at build time.

fn main() {
    napi_build::setup();
}
