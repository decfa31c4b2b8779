//! A histogram of durations that is right to 1 %, from nanoseconds to centuries.

use serde_json::{Value, json};

/// Each power of two is cut into so many parts.
const PARTS: u64 = 64;

#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![0; bucket(u64::MAX) + 1], count: 0, max: 0 }
    }

    pub(crate) fn record(&mut self, nanoseconds: u64) {
        self.buckets[bucket(nanoseconds)] += 1;
        self.count += 1;
        self.max = self.max.max(nanoseconds);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The value that the share `q` of all is at most.
    pub(crate) fn quantile(&self, q: f64) -> u64 {
        let rank = (q * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return middle(index).min(self.max);
            }
        }
        0
    }

    /// In milliseconds; null when nothing was recorded.
    pub(crate) fn summary(&self) -> Value {
        if self.count == 0 {
            return Value::Null;
        }
        let ms = |nanoseconds: u64| (nanoseconds as f64 / 1e3).round() / 1e3;
        json!({
            "count": self.count,
            "p50": ms(self.quantile(0.5)),
            "p99": ms(self.quantile(0.99)),
            "max": ms(self.max),
        })
    }
}

fn bucket(value: u64) -> usize {
    // Below twice the parts every value has a bucket of its own.
    let shift = (value | PARTS).ilog2() - PARTS.ilog2();
    (u64::from(shift) * PARTS + (value >> shift)) as usize
}

fn middle(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket / PARTS).saturating_sub(1);
    let width = 1 << shift;
    ((bucket - shift * PARTS) << shift) + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        for value in (0..60).map(|power| 1_u64 << power).flat_map(|v| [v - 1, v, v + v / 3]) {
            let error = middle(bucket(value)).abs_diff(value);
            assert!(error * 100 <= value, "{value} became {}", middle(bucket(value)));
            assert!(bucket(value) <= bucket(value + 1));
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut histogram = Histogram::new();
        (1..=1000).for_each(|value| histogram.record(value * 1000));
        for (q, expected) in [(0.5, 500_000), (0.99, 990_000), (1.0, 1_000_000)] {
            assert!(histogram.quantile(q).abs_diff(expected) * 100 <= expected, "{q}");
        }
    }

    #[test]
    fn nothing_recorded_is_null() {
        assert_eq!(Histogram::new().summary(), Value::Null);
    }
}
