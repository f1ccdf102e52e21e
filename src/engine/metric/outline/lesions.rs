//! Lesions found: which components of a predicted mask are which target's, and which are nobody's.

/// What was found of each target, and what else.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    /// Intersection over union of each target with its candidate; 0 where it has none.
    pub overlaps: Vec<f64>,
    /// Candidates of no target.
    pub others: usize,
}

impl Candidates {
    /// Targets whose candidate overlaps them at least so much, and candidates that are none of
    /// these: true and false positives.
    #[must_use]
    pub fn found(&self, least_overlap: f64) -> [usize; 2] {
        let hits = self.overlaps.iter().filter(|&&overlap| overlap >= least_overlap).count();
        let weak = |&&overlap: &&f64| overlap > 0.0 && overlap < least_overlap;
        [hits, self.others + self.overlaps.iter().filter(weak).count()]
    }
}

/// Matches components with targets: each component belongs to the target that it overlaps most, the
/// first of equals, and what belongs to one target is its candidate, since some targets have several
/// parts. A component that overlaps no target but pixels that are ignored counts as nothing.
///
/// `component` is the component of each pixel, 0 outside ([`components`](super::components())), and
/// `count` their number; `truth` is the target of each pixel, numbered from 1, and 0 outside, and
/// `targets` their number.
///
/// # Panics
/// If the three have not the same number of pixels.
#[must_use]
pub fn candidates(
    (component, count): (&[u32], usize),
    (truth, targets): (&[u16], usize),
    ignored: impl Fn(usize) -> bool,
) -> Candidates {
    assert_eq!(component.len(), truth.len(), "components and targets are of one image");
    // Pixels that a component shares with a target, sorted by component.
    let mut shared: Vec<(u32, u16)> = Vec::new();
    let mut sizes = vec![0_usize; count + 1];
    let mut targets_sizes = vec![0_usize; targets + 1];
    let mut is_ignored = vec![false; count + 1];
    for (place, (&component, &target)) in component.iter().zip(truth).enumerate() {
        targets_sizes[usize::from(target)] += 1;
        if component == 0 {
            continue;
        }
        sizes[component as usize] += 1;
        if target != 0 {
            shared.push((component, target));
        } else if ignored(place) {
            is_ignored[component as usize] = true;
        }
    }
    shared.sort_unstable();
    let mut owner = vec![(0_usize, 0_u16); count + 1];
    for pair in shared.chunk_by(|a, b| a == b) {
        let (component, target) = pair[0];
        let best = &mut owner[component as usize];
        if pair.len() > best.0 {
            *best = (pair.len(), target);
        }
    }
    let mut both = vec![0_usize; targets + 1];
    let mut candidate = vec![0_usize; targets + 1];
    for (size, (overlap, target)) in sizes.iter().zip(&owner).skip(1) {
        both[usize::from(*target)] += overlap;
        candidate[usize::from(*target)] += size;
    }
    let overlaps = (1..=targets).map(|target| {
        let either = targets_sizes[target] + candidate[target] - both[target];
        if both[target] == 0 { 0.0 } else { both[target] as f64 / either as f64 }
    });
    let others = (1..=count).filter(|&it| owner[it].1 == 0 && !is_ignored[it]).count();
    Candidates { overlaps: overlaps.collect(), others }
}
