//! What may betray that something was drawn into an image, other than what was drawn: the noise at
//! the place of a target against that beside it. Knows no statistic of several images.

use serde::{Deserialize, Serialize};

use super::least_squares::fit;
use crate::acquisition::Stamp;
use crate::image::Image;

/// Share of the contrast from which a pixel belongs to the place of the target.
const REACHED: f64 = 0.01;

/// Fewest pixels of the place and of what lies beside it.
const LEAST_PIXELS: usize = 12;

/// Variance of rounding, which keeps logarithms finite in even fields.
const ROUNDING: f64 = 1.0 / 12.0;

/// Cues at one place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Cues {
    /// ln of the variance of the noise at the place over that beside it.
    pub(super) noise: f64,
    /// Correlation of neighbouring pixels at the place less that beside it.
    pub(super) texture: f64,
    /// ln of the mean step across the border of the place over that between pixels beside it.
    pub(super) border: f64,
    /// Share of the place's pixels with a value that the rest of the image leaves out among others.
    pub(super) values: f64,
}

impl Cues {
    /// Names of [`Self::list`].
    pub(super) const NAMES: [&str; 4] = ["noise", "texture", "border", "values"];

    pub(super) fn list(&self) -> [f64; 4] {
        [self.noise, self.texture, self.border, self.values]
    }
}

/// Which pixels of an image belong to what, for the cues of its places.
pub(super) struct Places<'a> {
    /// Pixels that no target reaches and that may hold one.
    beside: Vec<bool>,
    columns: usize,
    rows: usize,
    stamps: Vec<&'a Stamp>,
    /// Values that the pixels which no target reaches leave out, though they have many on both sides.
    gaps: Vec<bool>,
}

/// Reach, in values, of what lies on both sides of a gap.
const AROUND: usize = 8;

/// Pixels with a value within that reach on average, from which a value that none has is no chance
/// (e⁻⁸): the tails of a histogram, into which a target itself shifts values, have fewer.
const CROWDED: u64 = 8;

/// The values that no pixel has, among many that pixels have.
fn gaps(counts: &[u32]) -> Vec<bool> {
    let mut below = vec![0_u64; counts.len() + 1];
    for (at, &count) in counts.iter().enumerate() {
        below[at + 1] = below[at] + u64::from(count);
    }
    (0..counts.len())
        .map(|value| {
            let first = value.saturating_sub(AROUND);
            let end = (value + AROUND + 1).min(counts.len());
            counts[value] == 0 && below[end] - below[first] >= CROWDED * (end - first) as u64
        })
        .collect()
}

impl<'a> Places<'a> {
    /// The places of `stamps`; `allowed` are the pixels that may hold a target in `original`.
    pub(super) fn new(original: &Image, allowed: &[bool], stamps: Vec<&'a Stamp>) -> Self {
        let mut free = vec![true; original.pixels()];
        for (at, _) in stamps.iter().flat_map(|stamp| stamp.pixels(original.columns())) {
            free[at] = false;
        }
        let mut counts = vec![0; 1 << 16];
        for (&value, _) in original.samples().iter().zip(&free).filter(|(_, free)| **free) {
            counts[usize::from(value)] += 1;
        }
        let beside = free.iter().zip(allowed).map(|(free, allowed)| *free && *allowed).collect();
        Self {
            beside,
            columns: original.columns(),
            rows: original.rows(),
            stamps,
            gaps: gaps(&counts),
        }
    }

    /// The cues of every place in an image of the pair; `None` for places with too little beside
    /// them.
    pub(super) fn cues(&self, image: &Image) -> Vec<Option<Cues>> {
        self.stamps.iter().map(|stamp| self.of(image, stamp)).collect()
    }

    fn of(&self, image: &Image, stamp: &Stamp) -> Option<Cues> {
        // As many pixels beside the place as in it, or more.
        let frame = (stamp.rows.max(stamp.columns) / 4).max(4);
        let [top, left] = [stamp.row, stamp.column].map(|first| first.saturating_sub(frame));
        let bottom = (stamp.row + stamp.rows + frame).min(self.rows);
        let right = (stamp.column + stamp.columns + frame).min(self.columns);
        let (rows, columns) = (bottom - top, right - left);
        let mut shares = vec![0.0; rows * columns];
        let mut within = vec![false; rows * columns];
        for (at, share) in stamp.pixels(self.columns) {
            let place = (at / self.columns - top) * columns + at % self.columns - left;
            (shares[place], within[place]) = (share, share.abs() >= REACHED);
        }
        let pixel = |place: usize| (top + place / columns) * self.columns + left + place % columns;
        let value = |place: usize| f64::from(image.samples()[pixel(place)]);
        let beside: Vec<bool> = (0..rows * columns).map(|it| self.beside[pixel(it)]).collect();
        // The plane and whatever amount of the target there is are taken off both images of a pair.
        let regressors =
            |place: usize| [1.0, (place / columns) as f64, (place % columns) as f64, shares[place]];
        let taken = |place: &usize| within[*place] || beside[*place];
        let fitted = fit((0..rows * columns).filter(taken).map(|it| (regressors(it), value(it))))?;
        let residuals: Vec<f64> = (0..rows * columns)
            .map(|place| {
                let sum: f64 = regressors(place).iter().zip(fitted).map(|(x, b)| x * b).sum();
                value(place) - sum
            })
            .collect();
        let patch = Patch { columns, residuals };
        let (here, there) = (patch.spread(&within)?, patch.spread(&beside)?);
        let count = within.iter().filter(|within| **within).count() as f64;
        let foreign = (0..rows * columns)
            .filter(|&it| within[it] && self.gaps[usize::from(image.samples()[pixel(it)])])
            .count();
        let border = patch.steps(|a, b| within[a] != within[b])?;
        let plain = patch.steps(|a, b| beside[a] && beside[b])?;
        Some(Cues {
            noise: libm::log((here.variance + ROUNDING) / (there.variance + ROUNDING)),
            texture: here.correlation - there.correlation,
            border: libm::log((border + ROUNDING) / (plain + ROUNDING)),
            values: foreign as f64 / count,
        })
    }
}

/// Residuals of a part of an image.
struct Patch {
    columns: usize,
    residuals: Vec<f64>,
}

struct Spread {
    variance: f64,
    /// Of pixels beside and above each other.
    correlation: f64,
}

impl Patch {
    /// Pairs of neighbouring places.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let count = self.residuals.len();
        (0..count).flat_map(move |place| {
            let right = (place % self.columns + 1 < self.columns).then_some((place, place + 1));
            let below = (place + self.columns < count).then_some((place, place + self.columns));
            right.into_iter().chain(below)
        })
    }

    fn spread(&self, set: &[bool]) -> Option<Spread> {
        let own = self.residuals.iter().zip(set).filter(|(_, own)| **own);
        let values: Vec<f64> = own.map(|(value, _)| *value).collect();
        if values.len() < LEAST_PIXELS {
            return None;
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let variance = squares / values.len() as f64;
        let (mut sum, mut count) = (0.0, 0_u32);
        for (a, b) in self.pairs().filter(|&(a, b)| set[a] && set[b]) {
            sum += (self.residuals[a] - mean) * (self.residuals[b] - mean);
            count += 1;
        }
        let covariance = sum / f64::from(count.max(1));
        Some(Spread { variance, correlation: covariance / (variance + ROUNDING) })
    }

    /// Mean magnitude of the steps between those neighbours that `counts` takes.
    fn steps(&self, counts: impl Fn(usize, usize) -> bool) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0_u32);
        for (a, b) in self.pairs().filter(|&(a, b)| counts(a, b)) {
            sum += (self.residuals[a] - self.residuals[b]).abs();
            count += 1;
        }
        (count > 0).then(|| sum / f64::from(count))
    }
}
