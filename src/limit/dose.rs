//! Finds the dose that a level costs: the noise at which originals lose as much; knows no rating.

use crate::record::{ArmOutcome, DoseResult, NoiseLadder};
use crate::stats::{Crossing, MonotoneCurve};

use super::criterion::Criterion;
use super::crossing::{Point, inverted};
use super::error::LimitError;
use crate::record::LEAST_NETWORKS;

/// The share of the dose at which the networks of an arm lose as much on originals as at each of
/// its levels, in their order; `None` where the ladder has none of its networks, or fewer than
/// [`LEAST_NETWORKS`].
///
/// What is lost of the score at the level on noisier originals, on the same images by the same
/// networks, rises with the noise. The share is 1/f² where their isotonic course over log f, f the
/// factor of the noise, crosses 0, with f = 1 where the level loses nothing; its interval holds the
/// f at which the difference may be 0 by its two-way interval, two-sided 1 − 2α.
///
/// # Errors
/// If the criterion is out of range, or ladder and arm differ in their networks or images.
pub fn doses(
    arm: &ArmOutcome,
    ladder: &NoiseLadder,
    criterion: &Criterion,
) -> Result<Option<Vec<DoseResult>>, LimitError> {
    let criterion = criterion.checked()?;
    let Some(course) = ladder.course(arm) else { return Ok(None) };
    let networks = arm.original.len();
    let images = ladder.images as usize;
    if networks < LEAST_NETWORKS as usize || images < 2 {
        return Ok(None);
    }
    let fits = |scores: &Vec<Vec<f64>>| {
        scores.len() == networks && scores.iter().all(|row| row.len() == images)
    };
    let whole = course.scores.len() == ladder.factors.len() && course.scores.iter().all(fits);
    if !whole || arm.weights.cases() < images {
        return Err(LimitError::Empty { missing: "answer to some noisier image" });
    }
    let weights = arm.weights.first(images);
    let mut found = Vec::with_capacity(arm.levels.len());
    for level in &arm.levels {
        let point = |factor: f64, noisier: &[Vec<f64>]| {
            let pairs = level.scores.iter().zip(noisier);
            let lost: Vec<f64> = pairs
                .flat_map(|(level, noisier)| level[..images].iter().zip(noisier))
                .map(|(&level, &noisier)| arm.measure.direction.loss(level, noisier))
                .collect();
            Point::new(factor.ln(), &lost, &weights)
        };
        let mut points = vec![point(1.0, &arm.original)?];
        for (&factor, noisier) in ladder.factors.iter().zip(&course.scores) {
            points.push(point(factor, noisier)?);
        }
        found.push(dose(&points, ladder.images, criterion.alpha)?);
    }
    Ok(Some(found))
}

fn dose(points: &[Point], images: u32, alpha: f64) -> Result<DoseResult, LimitError> {
    let positions: Vec<f64> = points.iter().map(Point::position).collect();
    let means: Vec<f64> = points.iter().map(Point::mean).collect();
    let share = |position: f64| (-2.0 * position).exp().min(1.0);
    let crossing = match MonotoneCurve::fit(&positions, &means)?.crossing(0.0) {
        Crossing::At(position) => Some(share(position)),
        Crossing::Before => Some(1.0),
        Crossing::After => None,
    };
    let (lower, upper) = inverted(points, 0.0, alpha)?;
    Ok(DoseResult {
        share: crossing,
        // More noise is less dose.
        lower: match upper {
            None => Some(1.0),
            Some(position) => (position < f64::INFINITY).then(|| share(position)),
        },
        upper: lower
            .map(|position| if position > f64::NEG_INFINITY { share(position) } else { 1.0 }),
        images,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Achieved, CodecName};
    use crate::image::SampleFormat;
    use crate::record::Readers;
    use crate::record::{FORMAT, InputPath, LevelBase, LevelOutcome, NoiseCourse, Regime};
    use crate::task::{Identify, Task, Weights};

    /// Right answers of 5 networks on 4 images of 100 regions: `lost` fewer than 90, with a little
    /// scatter of networks and images.
    fn answers(lost: u32) -> Vec<Vec<f64>> {
        (0..5)
            .map(|network| {
                (0..4).map(|image| f64::from(90 - lost + (network + image) % 2)).collect()
            })
            .collect()
    }

    fn arm(lost: &[u32]) -> ArmOutcome {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let level = |&lost: &u32| LevelOutcome {
            base: LevelBase::Ratio,
            target: Some(f64::from(lost) + 2.0),
            achieved: Achieved { bytes: 1, pixels: 1, original: format, input: format },
            unreached: 0,
            psnr_db: 40.0,
            scores: answers(lost),
        };
        ArmOutcome {
            codec: CodecName::Jpeg2000,
            path: InputPath::Native,
            regime: Regime::Original,
            measure: Identify { classes: 6 }.measure(),
            readers: Readers::Sampled,
            weights: Weights::Counts(vec![100.0; 4]),
            rarer: None,
            original: answers(0),
            at_dose: None,
            levels: lost.iter().map(level).collect(),
        }
    }

    fn ladder() -> NoiseLadder {
        let scores = [0, 8, 24].map(answers).into();
        let (path, regime) = (InputPath::Native, Regime::Original);
        let course = NoiseCourse { task: "identify".to_owned(), path, regime, scores };
        NoiseLadder {
            format: FORMAT,
            images: 4,
            factors: vec![1.1, 1.5, 2.0],
            courses: vec![course],
        }
    }

    #[test]
    fn a_level_costs_the_dose_whose_noise_loses_as_much() {
        let criterion = Criterion::new(0.02, 0.025, 0, 1).unwrap();
        let found = doses(&arm(&[0, 4, 8, 30]), &ladder(), &criterion).unwrap().unwrap();
        // Nothing lost: all of the dose, though noise up to 1.1 loses nothing either.
        assert_eq!((found[0].share, found[0].upper), (Some(1.0), Some(1.0)));
        assert!((found[0].lower.unwrap() - 1.0 / 1.21).abs() < 1e-6);
        // Half-way between factors 1.1 and 1.5 on their logarithm: √1.65, squared 1.65.
        assert!((found[1].share.unwrap() - 1.0 / 1.65).abs() < 1e-9, "{found:?}");
        // Paired answers differ by nothing but the loss, so that the interval is a point.
        assert!((found[1].lower.unwrap() - 1.0 / 1.65).abs() < 1e-6, "{found:?}");
        assert!((found[2].share.unwrap() - 1.0 / 2.25).abs() < 1e-9, "{found:?}");
        // More than the noisiest.
        assert_eq!((found[3].share, found[3].lower, found[3].upper), (None, None, None));
    }

    #[test]
    fn scatter_widens_the_interval_and_few_networks_have_none() {
        let criterion = Criterion::new(0.02, 0.025, 0, 1).unwrap();
        let mut arm = arm(&[4]);
        for (network, row) in arm.levels[0].scores.iter_mut().enumerate() {
            row.iter_mut()
                .enumerate()
                .for_each(|(image, it)| *it -= 2.0 * ((network + image) % 3) as f64);
        }
        let found = doses(&arm, &ladder(), &criterion).unwrap().unwrap()[0];
        let (lower, share, upper) =
            (found.lower.unwrap(), found.share.unwrap(), found.upper.unwrap());
        assert!(lower < share && share < upper, "{found:?}");
        let other = ArmOutcome { path: InputPath::Windowed, ..arm.clone() };
        assert_eq!(doses(&other, &ladder(), &criterion).unwrap(), None);
        let mut short = ladder();
        short.courses[0].scores[1].pop();
        assert!(matches!(doses(&arm, &short, &criterion), Err(LimitError::Empty { .. })));
        arm.original.truncate(4);
        assert_eq!(doses(&arm, &ladder(), &criterion).unwrap(), None);
    }
}
