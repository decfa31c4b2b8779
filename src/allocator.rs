//! Where the addon's memory comes from on Linux with glibc: jemalloc, which gives back what it no longer needs.
//!
//! glibc raises its thresholds for that with the sizes that it sees, and never gives back the free end of an arena that is not the
//! main one: after a burst of large messages tens of megabytes stayed with the process. jemalloc has a thread that returns
//! pages about a second after they were freed, and rests while there are none; .cargo/config.toml has its settings. Node's own
//! memory, and that of other addons, still comes from glibc.
//!
//! musl, macOS and Windows keep their own allocators.

#[global_allocator]
static JEMALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
