//! Whether a cue predicts a class: accuracy of a cross-validated table of frequencies against
//! the permutation distribution; knows no image, cue or class by name.

use super::{Interval, StatsError, check_tail};
use crate::rng::Stream;

/// Permutations for every interval.
const USUAL: u32 = 999;
/// Permutations at most: a p-value of 2.5e-5 can be resolved.
const MOST: u32 = 39_999;
/// With so many permutations at least as accurate, more of them would change nothing (Besag and
/// Clifford, 1991).
const ENOUGH: u32 = 10;

/// Items in independent groups, such as the regions of images; each item has a class.
#[derive(Debug, Clone)]
pub struct Labelled<'a> {
    /// Class of each item, group by group.
    pub labels: &'a [u8],
    /// Number of classes.
    pub classes: usize,
    /// Items of each group, in order.
    pub groups: &'a [usize],
}

/// What a permutation keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Classes are exchanged within each group: for cues that differ from item to item. What
    /// items of a group share is no evidence.
    WithinGroups,
    /// The cue is exchanged among groups: for cues that all items of a group share.
    AmongGroups,
}

/// How well a cue predicts the class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predictability {
    /// Mean over classes of the share that was predicted correctly: balanced accuracy.
    pub accuracy: f64,
    /// Two-sided 1 − 2α interval of what chance gives.
    pub chance: Interval,
    /// Share of permutations at least as accurate, the observation counted in.
    pub p_value: f64,
}

impl Labelled<'_> {
    /// How well `cells`, the cue of each item as a number below `cell_count`, predicts its class.
    ///
    /// The class with the largest share of its training items in the cell is named, with half an
    /// item added to each; every other group with items teaches those between, and the other way
    /// round, so that nothing is tested on what it was taught by.
    ///
    /// # Errors
    /// If the slices do not fit together, a class or cell is out of range, or `alpha` is not in
    /// (0, 0.5).
    pub fn predictability(
        &self,
        cells: &[u32],
        cell_count: usize,
        exchange: Exchange,
        alpha: f64,
        stream: &mut Stream,
    ) -> Result<Predictability, StatsError> {
        check_tail(alpha)?;
        let halves = self.checked(cells, cell_count)?;
        let mut table = Table::new(cell_count, self.classes);
        let accuracy = table.accuracy(cells, self.labels, &halves);
        let (mut labels, mut cells) = (self.labels.to_vec(), cells.to_vec());
        let mut found = Vec::with_capacity(USUAL as usize);
        let (mut drawn, mut as_accurate) = (0, 0);
        while drawn < USUAL || (drawn < MOST && as_accurate < ENOUGH) {
            match exchange {
                Exchange::WithinGroups => {
                    let mut rest = labels.as_mut_slice();
                    for &items in self.groups {
                        let (group, others) = rest.split_at_mut(items);
                        stream.shuffle(group);
                        rest = others;
                    }
                }
                Exchange::AmongGroups => self.exchange(&mut cells, stream),
            }
            let by_chance = table.accuracy(&cells, &labels, &halves);
            drawn += 1;
            // Sums of the same shares may differ in their last bit.
            as_accurate += u32::from(by_chance >= accuracy - 1e-12);
            if found.len() < USUAL as usize {
                found.push(by_chance);
            }
        }
        Ok(Predictability {
            accuracy,
            chance: super::percentile_interval(&mut found, alpha)?,
            p_value: f64::from(1 + as_accurate) / f64::from(1 + drawn),
        })
    }

    /// Balanced accuracy alone, as in [`Self::predictability`].
    ///
    /// # Errors
    /// If the slices do not fit together, or a class or cell is out of range.
    pub fn accuracy(&self, cells: &[u32], cell_count: usize) -> Result<f64, StatsError> {
        let halves = self.checked(cells, cell_count)?;
        Ok(Table::new(cell_count, self.classes).accuracy(cells, self.labels, &halves))
    }

    /// Which half each item belongs to.
    fn checked(&self, cells: &[u32], cell_count: usize) -> Result<Vec<bool>, StatsError> {
        let (first, second) = (cells.len(), self.labels.len());
        if first != second || first == 0 || first != self.groups.iter().sum::<usize>() {
            return Err(StatsError::Lengths { first, second });
        }
        let out = |position: Option<usize>, value: f64| {
            position.map_or(Ok(()), |position| Err(StatsError::Value { value, position }))
        };
        let wrong = self.labels.iter().position(|&label| usize::from(label) >= self.classes);
        out(wrong, wrong.map_or(0.0, |at| f64::from(self.labels[at])))?;
        let wrong = cells.iter().position(|&cell| cell as usize >= cell_count);
        out(wrong, wrong.map_or(0.0, |at| f64::from(cells[at])))?;
        let groups = self.groups.iter().filter(|&&items| items > 0).enumerate();
        Ok(groups.flat_map(|(group, &items)| std::iter::repeat_n(group % 2 == 1, items)).collect())
    }

    /// Gives each group the cell of another.
    fn exchange(&self, cells: &mut [u32], stream: &mut Stream) {
        let mut of_group = Vec::with_capacity(self.groups.len());
        let mut first = 0;
        for &items in self.groups {
            // An empty group has no cell to give.
            if items > 0 {
                of_group.push(cells[first]);
            }
            first += items;
        }
        stream.shuffle(&mut of_group);
        let mut given = of_group.into_iter();
        let mut first = 0;
        for &items in self.groups.iter().filter(|&&items| items > 0) {
            if let Some(cell) = given.next() {
                cells[first..first + items].fill(cell);
            }
            first += items;
        }
    }
}

/// Counts of both halves, and what they name.
struct Table {
    classes: usize,
    /// `[half, cell, class]`.
    counts: Vec<u32>,
    cells: usize,
}

impl Table {
    fn new(cells: usize, classes: usize) -> Self {
        Self { classes, counts: vec![0; 2 * cells * classes], cells }
    }

    fn accuracy(&mut self, cells: &[u32], labels: &[u8], halves: &[bool]) -> f64 {
        self.counts.fill(0);
        let half = self.cells * self.classes;
        for ((&cell, &label), &odd) in cells.iter().zip(labels).zip(halves) {
            let at = usize::from(odd) * half + cell as usize * self.classes + usize::from(label);
            self.counts[at] += 1;
        }
        let (even, odd) = self.counts.split_at(half);
        let mut right = vec![0_u64; self.classes];
        let mut all = vec![0_u64; self.classes];
        for (taught, tested) in [(even, odd), (odd, even)] {
            let mut totals = vec![0_u32; self.classes];
            for row in taught.chunks_exact(self.classes) {
                for (total, count) in totals.iter_mut().zip(row) {
                    *total += count;
                }
            }
            for (row, asked) in
                taught.chunks_exact(self.classes).zip(tested.chunks_exact(self.classes))
            {
                let mut named = (0, f64::NEG_INFINITY);
                for (class, (&count, &total)) in row.iter().zip(&totals).enumerate() {
                    let share =
                        (f64::from(count) + 0.5) / (f64::from(total) + 0.5 * self.cells as f64);
                    if share > named.1 {
                        named = (class, share);
                    }
                }
                right[named.0] += u64::from(asked[named.0]);
                for (sum, &count) in all.iter_mut().zip(asked) {
                    *sum += u64::from(count);
                }
            }
        }
        let shares = right.iter().zip(&all).filter(|(_, all)| **all > 0);
        let (sum, classes) = shares.fold((0.0, 0.0), |(sum, classes), (&right, &all)| {
            (sum + right as f64 / all as f64, classes + 1.0)
        });
        sum / classes
    }
}

/// Numbers as cells of about equally many: at most `count`, equal numbers in one cell. Classes
/// have no part in it.
///
/// ```
/// use phantom_limit_engine::stats::quantile_cells;
/// assert_eq!(quantile_cells(&[3.0, 1.0, 2.0, 1.0], 2), [1, 0, 1, 0]);
/// ```
#[must_use]
pub fn quantile_cells(values: &[f64], count: usize) -> Vec<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |value: f64| sorted.partition_point(|&other| other < value);
    values.iter().map(|&value| (below(value) * count / values.len()) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey};

    const ALPHA: f64 = 0.025;

    fn stream(case: u64) -> Stream {
        StreamKey { seed: 3, purpose: Purpose::Simulation, case, part: 0 }.open()
    }

    /// Classes and cells of `groups` groups of `items`; the cell is the class with a chance of
    /// `share`, else random.
    fn draw(groups: usize, items: usize, share: f64, stream: &mut Stream) -> (Vec<u8>, Vec<u32>) {
        (0..groups * items)
            .map(|_| {
                let class = stream.below(4) as u8;
                let known = stream.uniform() < share;
                (class, if known { class.into() } else { stream.below(4) as u32 })
            })
            .unzip()
    }

    #[test]
    fn a_cue_that_is_the_class_tells_it() {
        let (labels, cells) = draw(10, 6, 1.0, &mut stream(0));
        let items = Labelled { labels: &labels, classes: 4, groups: &[6; 10] };
        let found =
            items.predictability(&cells, 4, Exchange::WithinGroups, ALPHA, &mut stream(1)).unwrap();
        assert_eq!(found.accuracy, 1.0);
        assert_eq!(found.p_value, 1.0 / 40_000.0);
        assert!(found.chance.upper < 0.6, "{:?}", found.chance);
    }

    #[test]
    fn accuracy_is_that_of_the_share_told() {
        // A class is named right with a chance of share + (1 − share)/4 = 0.475 for 0.3.
        let (labels, cells) = draw(400, 20, 0.3, &mut stream(2));
        let items = Labelled { labels: &labels, classes: 4, groups: &[20; 400] };
        let found = items.accuracy(&cells, 4).unwrap();
        // Three standard errors of 8000 answers are 0.017.
        assert!((found - 0.475).abs() < 0.017, "{found}");
    }

    #[test]
    fn without_a_cue_one_in_twenty_is_below_a_p_value_of_one_in_twenty() {
        // Also where the cue is shared by a group and classes crowd in groups.
        for exchange in [Exchange::WithinGroups, Exchange::AmongGroups] {
            let (mut low, mut sum) = (0, 0.0);
            for study in 0..200 {
                let mut stream = stream(100 + study);
                let (mut labels, mut cells) = draw(12, 5, 0.0, &mut stream);
                for group in 0..12 {
                    let crowd = stream.below(4) as u8;
                    labels[group * 5..group * 5 + 2].fill(crowd);
                    if exchange == Exchange::AmongGroups {
                        let shared = stream.below(4) as u32;
                        cells[group * 5..group * 5 + 5].fill(shared);
                    }
                }
                let items = Labelled { labels: &labels, classes: 4, groups: &[5; 12] };
                let found = items.predictability(&cells, 4, exchange, ALPHA, &mut stream).unwrap();
                low += u32::from(found.p_value <= 0.05);
                sum += found.p_value;
            }
            // Binomial (200, 0.05): 20 or more in 2e-3 of cases; the mean p is 0.5 ± 0.02.
            assert!(low < 20, "{exchange:?}: {low} of 200");
            assert!((0.44..0.6).contains(&(sum / 200.0)), "{exchange:?}: {}", sum / 200.0);
        }
    }

    #[test]
    fn cells_hold_equally_many_and_never_part_equals() {
        let values: Vec<f64> = (0..100).map(|it| f64::from(it * 37 % 100)).collect();
        let cells = quantile_cells(&values, 8);
        for cell in 0..8 {
            let held = cells.iter().filter(|&&it| it == cell).count();
            assert!((12..=13).contains(&held), "{held}");
        }
        assert_eq!(quantile_cells(&[2.0; 5], 8), [0; 5]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let items = Labelled { labels: &[0, 4], classes: 4, groups: &[1, 1] };
        assert!(matches!(items.accuracy(&[0, 0], 1), Err(StatsError::Value { position: 1, .. })));
        let items = Labelled { labels: &[0, 1], classes: 4, groups: &[1, 1] };
        assert!(matches!(items.accuracy(&[0], 1), Err(StatsError::Lengths { .. })));
        assert!(matches!(items.accuracy(&[0, 1], 1), Err(StatsError::Value { .. })));
    }
}
