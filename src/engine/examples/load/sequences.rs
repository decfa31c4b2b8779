//! The order of what one receiver gets: each sender's numbers have to come without gaps, one by one.

/// What a number says about those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    InOrder,
    /// Numbers before it have not come.
    Gap,
    /// It has come before, or should have come before others.
    Late,
    /// There is no such sender.
    Stranger,
}

/// What one receiver expects.
#[derive(Debug)]
pub(crate) struct Sequences {
    /// The next number of each sender.
    next: Box<[u32]>,
}

impl Sequences {
    pub(crate) fn new(senders: usize) -> Self {
        Self { next: vec![0; senders].into() }
    }

    pub(crate) fn check(&mut self, sender: usize, number: u32) -> Verdict {
        let Some(next) = self.next.get_mut(sender) else { return Verdict::Stranger };
        if number < *next {
            return Verdict::Late;
        }
        let gap = number > *next;
        *next = number + 1;
        if gap { Verdict::Gap } else { Verdict::InOrder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(numbers: &[u32]) -> Vec<Verdict> {
        let mut sequences = Sequences::new(1);
        numbers.iter().map(|number| sequences.check(0, *number)).collect()
    }

    #[test]
    fn faults_are_told_apart() {
        use Verdict::{Gap, InOrder, Late};
        let cases: [(&str, &[u32], &[Verdict]); 4] = [
            ("nothing wrong", &[0, 1, 2], &[InOrder, InOrder, InOrder]),
            ("one is missing", &[0, 2, 3], &[InOrder, Gap, InOrder]),
            ("one comes twice", &[0, 1, 1, 2], &[InOrder, InOrder, Late, InOrder]),
            ("two are swapped", &[0, 2, 1, 3], &[InOrder, Gap, Late, InOrder]),
        ];
        for (name, numbers, expected) in cases {
            assert_eq!(verdicts(numbers), expected, "{name}");
        }
    }

    #[test]
    fn senders_are_counted_apart() {
        let mut sequences = Sequences::new(2);
        assert_eq!(sequences.check(1, 0), Verdict::InOrder);
        assert_eq!(sequences.check(0, 0), Verdict::InOrder);
        assert_eq!(sequences.check(2, 0), Verdict::Stranger);
    }
}
