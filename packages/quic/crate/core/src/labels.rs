//! Priorities of JavaScript (any safe integer) as the `i32` of the QUIC stack, in the same order.

use std::collections::BTreeMap;

const STEP: i64 = 1 << 16;

/// One session's priorities in use, each with its label.
#[derive(Default)]
pub(crate) struct Labels {
    used: BTreeMap<i64, (i32, usize)>,
}

impl Labels {
    /// The label of a priority, which counts as used once more; `None` when all labels have to be dealt out again.
    pub fn take(&mut self, priority: i64) -> Option<i32> {
        if let Some((label, users)) = self.used.get_mut(&priority) {
            *users += 1;
            return Some(*label);
        }
        let below = self.used.range(..priority).next_back().map(|(_, (label, _))| i64::from(*label));
        let above = self.used.range(priority..).next().map(|(_, (label, _))| i64::from(*label));
        let label = match (below, above) {
            (None, None) => 0,
            (Some(below), None) => below + STEP,
            (None, Some(above)) => above - STEP,
            (Some(below), Some(above)) => below + (above - below) / 2,
        };
        let taken = Some(label) == below || i32::try_from(label).is_err();
        self.used.insert(priority, (label as i32, 1));
        if taken { None } else { Some(label as i32) }
    }

    /// One user of the priority less.
    pub fn release(&mut self, priority: i64) {
        if let Some((_, users)) = self.used.get_mut(&priority) {
            *users -= 1;
            if *users == 0 {
                self.used.remove(&priority);
            }
        }
    }

    /// Spreads the labels evenly; every stream has to be told its label anew by `get`.
    pub fn deal(&mut self) {
        let half = self.used.len() as i64 / 2;
        for (index, (label, _)) in self.used.values_mut().enumerate() {
            *label = ((index as i64 - half) * STEP).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        }
    }

    pub fn get(&self, priority: i64) -> i32 {
        self.used.get(&priority).map_or(0, |(label, _)| *label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_over_the_whole_range_of_safe_integers() {
        let mut labels = Labels::default();
        let mut priorities = vec![0, 9_007_199_254_740_991, -9_007_199_254_740_991, 5, 4, -1];
        for priority in &priorities {
            assert!(labels.take(*priority).is_some());
        }
        priorities.sort_unstable();
        let dealt: Vec<i32> = priorities.iter().map(|priority| labels.get(*priority)).collect();
        assert!(dealt.is_sorted_by(|a, b| a < b), "{dealt:?}");
    }

    #[test]
    fn labels_are_dealt_again_when_two_neighbours_leave_no_room() {
        let mut labels = Labels::default();
        labels.take(0);
        labels.take(1 << 40);
        let mut dealt = 0;
        for n in 1..40 {
            if labels.take((1 << 40) - n).is_none() {
                labels.deal();
                dealt += 1;
            }
        }
        assert!(dealt > 0, "each halves the room");
        let all: Vec<i32> = (1..40).rev().map(|n| labels.get((1 << 40) - n)).collect();
        assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
    }

    #[test]
    fn a_priority_that_nobody_uses_is_forgotten() {
        let mut labels = Labels::default();
        labels.take(7);
        labels.take(7);
        labels.release(7);
        assert_eq!(labels.used.len(), 1);
        labels.release(7);
        assert!(labels.used.is_empty());
    }
}
