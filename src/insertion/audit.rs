//! The audit: whether images with and without targets can be told apart by anything but the targets.
//!
//! A linear discriminant of the cues is trained on four fifths of the patients and
//! rates the places of the others, with and without a target. Knows no pixel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cues::Cues;
use super::least_squares::solve;
use crate::stats::{Interval, Placements, StatsError, t_of_tail};

/// Fewest patients of whom an audit is made.
pub const LEAST_PATIENTS: usize = 10;

/// Area from which, as the lower end of its interval, images can be told apart. Targets that are drawn
/// in cannot keep the rounding of the values below them, so areas a little above one half are no fault;
/// up to here a d_a of 0.18 is left.
pub const TOLD_APART: f64 = 0.55;

/// Confidence of intervals.
const ALPHA: f64 = 0.05;

/// Parts that patients are divided into.
const FOLDS: usize = 5;

/// Share of its variance that is added to that of each cue, so that cues that go together have a
/// discriminant.
const RIDGE: f64 = 1e-3;

/// The cues at the place of one target, in the image with it and in the one without.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CuePair {
    pub(super) present: Cues,
    pub(super) absent: Cues,
}

/// Whether images with targets can be told from those without by anything but the targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Patients that it rests on.
    pub patients: usize,
    /// Places of targets.
    pub places: usize,
    /// Area under the ROC curve of what all cues together say of patients that were not used to weigh
    /// them, with its interval over patients.
    pub area: Option<CueArea>,
    /// Area of each cue by itself, above one half where it is larger with a target.
    pub cues: BTreeMap<String, CueArea>,
}

/// An area under the ROC curve with its 95 % interval over patients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CueArea {
    /// The area.
    pub area: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl Audit {
    /// The audit of places with the patient of each.
    pub(super) fn of(places: &[(String, CuePair)]) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (patient, _) in places {
            numbers.insert(patient, 0);
        }
        numbers.values_mut().enumerate().for_each(|(number, slot)| *slot = number);
        let groups: Vec<usize> = places.iter().map(|(patient, _)| numbers[&**patient]).collect();
        let patients = numbers.len();
        let mut audit = Self { patients, places: places.len(), area: None, cues: BTreeMap::new() };
        if patients < LEAST_PATIENTS {
            return audit;
        }
        let present: Vec<[f64; 4]> = places.iter().map(|(_, pair)| pair.present.list()).collect();
        let absent: Vec<[f64; 4]> = places.iter().map(|(_, pair)| pair.absent.list()).collect();
        for (number, name) in Cues::NAMES.into_iter().enumerate() {
            let of = |cues: &[[f64; 4]]| cues.iter().map(|cues| cues[number]).collect::<Vec<f64>>();
            if let Ok(area) = area(&of(&present), &of(&absent), &groups, patients) {
                audit.cues.insert(name.to_owned(), area);
            }
        }
        let (mut with, mut without) = (vec![0.0; places.len()], vec![0.0; places.len()]);
        for fold in 0..FOLDS {
            let held = |place: &usize| groups[*place] % FOLDS == fold;
            let others: Vec<usize> = (0..places.len()).filter(|place| !held(place)).collect();
            let weights = discriminant(&present, &absent, &others);
            for place in (0..places.len()).filter(held) {
                let rate = |cues: &[f64; 4]| cues.iter().zip(weights).map(|(x, w)| x * w).sum();
                (with[place], without[place]) = (rate(&present[place]), rate(&absent[place]));
            }
        }
        audit.area = area(&with, &without, &groups, patients).ok();
        audit
    }

    /// True if images with targets can be told from those without; `None` of too few patients.
    #[must_use]
    pub fn told_apart(&self) -> Option<bool> {
        self.area.map(|area| area.lower > TOLD_APART)
    }

    /// The verdict in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let Some(CueArea { area, lower, upper }) = self.area else {
            return format!(
                "audit: {} patients are too few to say whether images with targets can be told from those \
                 without; {LEAST_PATIENTS} are needed",
                self.patients
            );
        };
        let figures = format!(
            "AUC {area:.3}, 95 % interval {lower:.3} to {upper:.3} over {} patients",
            self.patients
        );
        if lower > TOLD_APART {
            let strongest = self.cues.iter().max_by(|a, b| far(a.1.area).total_cmp(&far(b.1.area)));
            let named = strongest.map(|(name, _)| name.as_str()).unwrap_or("cues");
            format!(
                "audit: images with targets can be told from those without by something other than the \
                 targets, most of all by `{named}` ({figures}): networks may learn that instead"
            )
        } else {
            format!(
                "audit: noise, texture, borders and values do not tell images with targets from those \
                 without ({figures}; told apart from a lower end above {TOLD_APART})"
            )
        }
    }
}

/// Distance from one half.
fn far(area: f64) -> f64 {
    (area - 0.5).abs()
}

/// Fisher's weights S⁻¹ (m₁ − m₀), scaled so that the ratings of every fold have the same variance
/// within a kind; all 0 where the cues are the same.
fn discriminant(present: &[[f64; 4]], absent: &[[f64; 4]], places: &[usize]) -> [f64; 4] {
    let count = places.len().max(1) as f64;
    let mean = |cues: &[[f64; 4]]| {
        let mut mean = [0.0; 4];
        for &place in places {
            (0..4).for_each(|i| mean[i] += cues[place][i] / count);
        }
        mean
    };
    let (with, without) = (mean(present), mean(absent));
    let mut within = [[0.0; 4]; 4];
    for (cues, mean) in [(present, with), (absent, without)] {
        for &place in places {
            let off: [f64; 4] = std::array::from_fn(|i| cues[place][i] - mean[i]);
            for i in 0..4 {
                (0..4).for_each(|j| within[i][j] += off[i] * off[j] / (2.0 * count));
            }
        }
    }
    for (i, row) in within.iter_mut().enumerate() {
        row[i] = row[i] * (1.0 + RIDGE) + f64::EPSILON;
    }
    let difference: [f64; 4] = std::array::from_fn(|i| with[i] - without[i]);
    let weights = solve(&within, difference).unwrap_or([0.0; 4]);
    let distance: f64 = weights.iter().zip(difference).map(|(w, d)| w * d).sum();
    let scale = if distance > 0.0 { 1.0 / distance.sqrt() } else { 0.0 };
    weights.map(|weight| weight * scale)
}

fn area(
    present: &[f64],
    absent: &[f64],
    groups: &[usize],
    patients: usize,
) -> Result<CueArea, StatsError> {
    let placements = Placements::of(present, absent)?;
    let cells = placements.by_group(groups, groups, patients)?;
    let count = patients as f64;
    let squares: f64 = cells.iter().map(|cell| (cell - placements.area).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    let half = t_of_tail(ALPHA / 2.0, count - 1.0)? * error;
    let Interval { lower, upper } = Interval::around(placements.area, half).clamped(0.0, 1.0);
    Ok(CueArea { area: placements.area, lower, upper })
}

#[cfg(test)]
mod tests {
    use super::super::cues::Places;
    use super::*;
    use crate::acquisition::noise::normal_quantile;
    use crate::acquisition::{Mtf, Stamp};
    use crate::image::{Image, SampleFormat};
    use crate::phantom::Shape;
    use crate::rng::{Purpose, StreamKey};
    use crate::scene::Target;

    const SIDE: usize = 64;

    /// Noise with a correlation of neighbours, as images have.
    fn noise(case: u64) -> Vec<f64> {
        let mut stream = StreamKey { seed: 1, purpose: Purpose::Noise, case, part: 0 }.open();
        let white: Vec<f64> = (0..(SIDE + 1) * (SIDE + 1))
            .map(|_| normal_quantile(stream.uniform().max(1e-12)))
            .collect();
        (0..SIDE * SIDE)
            .map(|at| {
                let place = at / SIDE * (SIDE + 1) + at % SIDE;
                let sum = white[place] + 0.5 * white[place + 1] + 0.5 * white[place + SIDE + 1];
                1000.0 + 8.0 * sum
            })
            .collect()
    }

    fn stored(values: &[f64]) -> Image {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let samples = values.iter().map(|value| value.round() as u16).collect();
        Image::new(SIDE, SIDE, format, samples).unwrap()
    }

    fn audit(patients: u64, insert: impl Fn(&mut Vec<f64>, &Stamp)) -> Audit {
        audit_of(patients, |values| values, insert)
    }

    /// An audit of `patients` images, made of noise by `make`, into which `insert` draws.
    fn audit_of(
        patients: u64,
        make: impl Fn(Vec<f64>) -> Vec<f64>,
        insert: impl Fn(&mut Vec<f64>, &Stamp),
    ) -> Audit {
        let matrix = matrix();
        let places: Vec<(String, CuePair)> = (0..patients)
            .map(|case| {
                let target = Target {
                    shape: Shape::Disk,
                    x_mm: 0.37 * (case % 5) as f64,
                    y_mm: -0.23 * (case % 7) as f64,
                    equivalent_radius_mm: 2.5,
                    angle_deg: 0.0,
                    contrast: 20.0,
                    vessel_radius_mm: None,
                };
                let stamp = Stamp::of(&target, &matrix, &Mtf::Gaussian { mtf50_per_mm: 0.4 });
                let original = stored(&make(noise(case)));
                let mut values: Vec<f64> =
                    original.samples().iter().map(|&value| f64::from(value)).collect();
                insert(&mut values, &stamp);
                let inserted = stored(&values);
                let places = Places::new(&original, &vec![true; SIDE * SIDE], vec![&stamp]);
                let cues = |image: &Image| places.cues(image)[0].unwrap();
                let pair = CuePair { present: cues(&inserted), absent: cues(&original) };
                (format!("p{case:04}"), pair)
            })
            .collect();
        Audit::of(&places)
    }

    fn matrix() -> crate::phantom::Matrix {
        use crate::phantom::Phantom;
        let source = include_str!("../../tests/phantom/small.toml");
        let matrix = Phantom::parse(source, "small.toml").unwrap().formation.matrix;
        crate::phantom::Matrix { rows: SIDE, columns: SIDE, ..matrix }
    }

    fn add(values: &mut [f64], stamp: &Stamp) {
        for (at, share) in stamp.pixels(SIDE) {
            values[at] += 20.3 * share;
        }
    }

    #[test]
    fn targets_that_are_added_are_not_told_from_none() {
        let audit = audit(80, |values, stamp| add(values, stamp));
        assert_eq!(audit.told_apart(), Some(false), "{audit:?}");
        let area = audit.area.unwrap();
        assert!((area.area - 0.5).abs() < 0.05, "{area:?}");
        assert!(audit.words().contains("do not tell"), "{}", audit.words());
    }

    #[test]
    fn smoothed_noise_is_found() {
        let audit = audit(60, |values, stamp| {
            let before = values.clone();
            for (at, _) in stamp.pixels(SIDE).filter(|(_, share)| *share > 0.05) {
                let around = [at, at - 1, at + 1, at - SIDE, at + SIDE];
                values[at] = around.iter().map(|&at| before[at]).sum::<f64>() / 5.0;
            }
            add(values, stamp);
        });
        assert_eq!(audit.told_apart(), Some(true), "{audit:?}");
        assert!(audit.cues["noise"].upper < 0.5, "{audit:?}");
        assert!(audit.words().contains("can be told"), "{}", audit.words());
    }

    #[test]
    fn values_between_the_steps_of_the_image_are_found() {
        // Originals have multiples of 4 only, targets add whole units.
        let steps = |values: Vec<f64>| values.iter().map(|v| (v / 4.0).round() * 4.0).collect();
        let audit = audit_of(60, steps, |values, stamp| add(values, stamp));
        assert_eq!(audit.told_apart(), Some(true), "{audit:?}");
        assert!(audit.cues["values"].lower > 0.9, "{audit:?}");
    }

    #[test]
    fn few_patients_give_no_verdict() {
        let audit = audit(9, |values, stamp| add(values, stamp));
        assert_eq!((audit.told_apart(), audit.patients), (None, 9));
        assert!(audit.words().contains("too few"), "{}", audit.words());
    }
}
