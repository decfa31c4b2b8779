//! What the fuzz targets in `fuzz/` run. Each function makes an input of the bytes it is given, has the engine work on it, and
//! panics where the engine does something else than a model that is simple enough to be right.
//!
//! The modules of this name (here, in `core` and in `worker`, whose rules are private) exist in tests and with the feature
//! `fuzzing` only: the door for the targets is four functions wide. The tests below run every committed seed, and random inputs for a
//! moment; finding new ones is for `npm run fuzz`.

#![allow(clippy::unwrap_used, reason = "an input for which the code here panics is a finding")]

mod framing;
mod messages;

pub use self::framing::framing;
pub use self::messages::messages;
pub use crate::core::fuzzing::session;
pub use crate::worker::fuzzing::resume;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use arbtest::arbtest;

    use super::{framing, messages, resume, session};

    /// The committed inputs: typical ones, and what was found once.
    #[allow(clippy::print_stdout, reason = "what is printed last is the seed that failed")]
    fn run_seeds(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).expect("seeds") {
            let path = entry.expect("a seed").path();
            println!("{}", path.display());
            run(&std::fs::read(&path).expect("a readable seed"));
            count += 1;
        }
        assert!(count > 0, "no seeds in {}", folder.display());
    }

    /// Random inputs for a second. A failure prints its seed: `arbtest(…).seed(0x…)` runs that one again.
    fn run_random(run: fn(&[u8])) {
        arbtest(|input| {
            run(input.peek_bytes(input.len()).unwrap_or_default());
            Ok(())
        })
        .size_max(4096)
        .budget_ms(1_000);
    }

    #[test]
    fn framing_seeds_and_a_moment_of_chance() {
        run_seeds("framing", framing);
        run_random(framing);
    }

    #[test]
    fn messages_seeds_and_a_moment_of_chance() {
        run_seeds("messages", messages);
        run_random(messages);
    }

    #[test]
    fn resume_seeds_and_a_moment_of_chance() {
        run_seeds("resume", resume);
        run_random(resume);
    }

    #[test]
    fn session_seeds_and_a_moment_of_chance() {
        run_seeds("session", session);
        run_random(session);
    }
}
