//! A token bucket: how fast one client may send.

use crate::config::Rate;

/// Starts full. Without a clock: the caller says how late it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    tokens: f64,
    /// Milliseconds, of the worker that owns the socket.
    at: u64,
}

impl Bucket {
    pub(super) fn new(rate: Rate, now: u64) -> Self {
        Self { tokens: rate.burst, at: now }
    }

    /// Takes a token for one message. False: the client sends too fast.
    pub(super) fn take(&mut self, rate: Rate, now: u64) -> bool {
        // A socket that moved has the other worker's time; at worst it waits as long as the two differ.
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of uptime fit")]
        let elapsed = now.saturating_sub(self.at) as f64 / 1000.0;
        self.at = now;
        self.tokens = (self.tokens + elapsed * rate.per_second).min(rate.burst);
        let enough = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(enough));
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let rate = Rate { per_second: 10.0, burst: 3.0 };
        let mut bucket = Bucket::new(rate, 0);
        let taken = |bucket: &mut Bucket, now| (0..5).filter(|_| bucket.take(rate, now)).count();
        assert_eq!(taken(&mut bucket, 0), 3);
        assert_eq!(taken(&mut bucket, 99), 0);
        assert_eq!(taken(&mut bucket, 201), 2);
        assert_eq!(taken(&mut bucket, 100_000), 3);
    }
}
