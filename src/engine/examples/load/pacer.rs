//! Decides who sends when. Knows clients by their numbers only.

use crate::workload::Pace;

pub(crate) struct Pacer {
    pace: Pace,
    senders: Vec<usize>,
    /// Whose turn it is.
    turn: usize,
    /// Open loop: when the next one is due.
    due: f64,
    random: u64,
    sending: bool,
}

impl Pacer {
    pub(crate) fn new(pace: Pace, senders: Vec<usize>) -> Self {
        Self { pace, senders, turn: 0, due: f64::INFINITY, random: 0x5eed, sending: false }
    }

    /// Who has to send for a start.
    pub(crate) fn begin(&mut self, now: u64) -> Vec<usize> {
        self.sending = !self.senders.is_empty();
        if !self.sending {
            return Vec::new();
        }
        match self.pace {
            Pace::Window(size) => self.senders.iter().flat_map(|who| [*who].repeat(size)).collect(),
            Pace::Turns => vec![self.next_sender()],
            Pace::Poisson(_) | Pace::Even(_) => {
                self.due = now as f64;
                Vec::new()
            }
        }
    }

    pub(crate) fn stop(&mut self) {
        self.sending = false;
        self.due = f64::INFINITY;
    }

    /// Who has to send because what `who` sent has come back.
    pub(crate) fn returned(&mut self, who: usize) -> Option<usize> {
        self.sending.then(|| match self.pace {
            Pace::Turns => self.next_sender(),
            _ => who,
        })
    }

    /// Who has to send by now, and when it should have.
    pub(crate) fn due(&mut self, now: u64) -> Option<(usize, u64)> {
        let due = self.next_due()?;
        if due > now {
            return None;
        }
        self.due += self.gap();
        Some((self.next_sender(), due))
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.due.is_finite().then_some(self.due as u64)
    }

    fn next_sender(&mut self) -> usize {
        let who = self.senders[self.turn];
        self.turn = (self.turn + 1) % self.senders.len();
        who
    }

    /// Nanoseconds between one and the next.
    fn gap(&mut self) -> f64 {
        match self.pace {
            Pace::Poisson(rate) => -self.uniform().ln() * 1e9 / rate,
            Pace::Even(rate) => 1e9 / rate,
            Pace::Window(_) | Pace::Turns => f64::INFINITY,
        }
    }

    /// Above 0, at most 1; the same numbers in each run (splitmix64).
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_kept_full() {
        let mut pacer = Pacer::new(Pace::Window(2), vec![4, 9]);
        assert_eq!(pacer.returned(9), None);
        assert_eq!(pacer.begin(0), [4, 4, 9, 9]);
        assert_eq!(pacer.returned(9), Some(9));
        pacer.stop();
        assert_eq!(pacer.returned(9), None);
    }

    #[test]
    fn turns_go_round() {
        let mut pacer = Pacer::new(Pace::Turns, vec![4, 9]);
        assert_eq!(pacer.begin(0), [4]);
        assert_eq!(pacer.returned(4), Some(9));
        assert_eq!(pacer.returned(9), Some(4));
    }

    #[test]
    fn open_loops_keep_their_rate_whatever_happens() {
        for pace in [Pace::Even(1000.0), Pace::Poisson(1000.0)] {
            let mut pacer = Pacer::new(pace, vec![0, 1]);
            assert!(pacer.begin(0).is_empty());
            let sent = std::iter::from_fn(|| pacer.due(10_000_000_000)).count();
            assert!((9_700..10_300).contains(&sent), "{pace:?}: {sent}");
        }
    }
}
