//! Counts answers that are classes: confusion tables, and answers that change; reads no file.

use super::answers::JobAnswers;
use crate::record::{Condition, Confusion, InputPath, Regime};
use crate::stats::argmax;
use crate::task::Truth;

/// Answers of one network that classifies.
pub(super) struct ClassAnswers {
    /// `[condition][example]`, whether the answer is right.
    right: Vec<Vec<bool>>,
    /// `[condition][truth][answer]` counts.
    counts: Vec<Vec<Vec<u64>>>,
}

impl ClassAnswers {
    pub(super) fn of(truths: &[Truth], answered: &JobAnswers) -> Self {
        let classes = answered.width;
        let (mut right, mut counts) = (Vec::new(), Vec::new());
        for values in &answered.values {
            let mut table = vec![vec![0_u64; classes]; classes];
            let of_example = values.chunks_exact(classes);
            let all_truths = truths.iter().flat_map(|truth| &truth.classes);
            let of_condition = all_truths.zip(of_example).map(|(&truth, ratings)| {
                let answer = argmax(ratings);
                if let Some(row) = table.get_mut(usize::from(truth)) {
                    row[answer] += 1;
                }
                answer == usize::from(truth)
            });
            right.push(of_condition.collect());
            counts.push(table);
        }
        Self { right, counts }
    }
}

/// Share of examples that one of two conditions alone has right, over pairs of networks.
pub(super) fn discordant(
    before: &[ClassAnswers],
    first: usize,
    after: &[ClassAnswers],
    second: usize,
) -> f64 {
    let (mut differ, mut all) = (0_usize, 0_usize);
    for (before, after) in before.iter().zip(after) {
        let pairs = before.right[first].iter().zip(&after.right[second]);
        differ += pairs.filter(|(a, b)| a != b).count();
        all += before.right[first].len();
    }
    differ as f64 / all.max(1) as f64
}

/// Answers of all networks under one of their conditions; `None` without networks.
pub(super) fn confusion(
    networks: &[ClassAnswers],
    number: usize,
    path: InputPath,
    regime: Regime,
    condition: Condition,
) -> Option<Confusion> {
    let (first, others) = networks.split_first()?;
    let mut counts = first.counts[number].clone();
    for network in others {
        for (row, other) in counts.iter_mut().zip(&network.counts[number]) {
            for (cell, add) in row.iter_mut().zip(other) {
                *cell += add;
            }
        }
    }
    let (codec, target) = (condition.codec, condition.target);
    Some(Confusion { codec, path, regime, target, counts })
}
