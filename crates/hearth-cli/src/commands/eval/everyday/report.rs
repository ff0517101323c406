//! The outcome of a part of the evaluation.

use serde::Serialize;
use serde_json::Value;

/// Outcome of a part.
pub(super) struct PartReport {
    /// Counts by name.
    pub(super) figures: Value,
    /// Shares that the counts make, for people.
    pub(super) summary: String,
    /// By kind: how many are right, and how many there are.
    pub(super) kinds: KindCounts,
    pub(super) failures: Vec<Value>,
}

/// Counts by kind, in the order of their names: right ones and all.
#[derive(Default, Serialize)]
pub(super) struct KindCounts(pub(super) std::collections::BTreeMap<String, [usize; 2]>);

impl KindCounts {
    pub(super) fn count_result(&mut self, kind: &str, is_right: bool) {
        let counts = self.0.entry(kind.to_owned()).or_default();
        counts[0] += usize::from(is_right);
        counts[1] += 1;
    }
}

/// Percentage of a count.
pub(super) fn to_percent(count: usize, all: usize) -> f64 {
    100.0 * count as f64 / all.max(1) as f64
}
