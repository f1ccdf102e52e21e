//! Verdicts on networks that search err no more often than they state: simulated studies whose marks
//! are drawn, scored by the task itself and judged as any other.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::iter;

use crate::fake_observers::level;
use phantom_limit::codec::CodecName;
use phantom_limit::dataset::{OutlinedTarget, Outlines};
use phantom_limit::limit::{Criterion, estimate};
use phantom_limit::observer::MOST_MARKS;
use phantom_limit::record::{ArmOutcome, InputPath, Margin, Readers, Regime, Verdict};
use phantom_limit::rng::{Purpose, Stream, StreamKey};
use phantom_limit::scene::{Pixels, RegionKind};
use phantom_limit::stats::{normal_cdf, normal_quantile};
use phantom_limit::task::{Answers, Locate, Task, TaskName, Truth};
use rand_distr::{Distribution, StandardNormal};

const IMAGES: usize = 130;
const NETWORKS: usize = 5;
const ALPHA: f64 = 0.025;
const STUDIES: u64 = 300;
/// Marks of an image without a target are Gumbel distributed, as the highest of many are; a target's
/// rating is normal.
const ORIGINAL_SHIFT: f64 = 4.05;
/// Correlation of ratings of one place between networks, and between levels.
const SHARED: f64 = 0.6;

/// One normal number.
fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// Of independent normal places of an image so many are searched.
const PLACES: f64 = 200.0;

/// The highest of [`PLACES`] normal ratings, from the normal number that stands for its rank.
fn highest(z: f64) -> f64 {
    let rank = normal_cdf(z).clamp(1e-12, 1.0 - 1e-12);
    normal_quantile(rank.powf(1.0 / PLACES).clamp(1e-12, 1.0 - 1e-12)).unwrap()
}

/// The area of targets at `shift`: the mean of P(highest < target).
fn area(shift: f64) -> f64 {
    let steps = 4000;
    let cell = |it: i32| -8.0 + 16.0 * (f64::from(it) + 0.5) / f64::from(steps);
    let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0..steps)
        .map(|it| {
            let z = cell(it);
            density(z) * normal_cdf(z + shift).powf(PLACES) * 16.0 / f64::from(steps)
        })
        .sum()
}

/// The shift at which the area is lower by `loss`.
fn shift_of(loss: f64) -> f64 {
    let goal = area(ORIGINAL_SHIFT) - loss;
    let (mut low, mut high) = (0.0, ORIGINAL_SHIFT + 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if area(middle) < goal { low = middle } else { high = middle }
    }
    low
}

fn truths(stream: &mut Stream) -> Vec<Truth> {
    (0..IMAGES)
        .map(|image| {
            let count = if image % 2 == 0 { 0 } else { 1 + stream.below(3) };
            let target = |number: u64| OutlinedTarget {
                kind: RegionKind::Identify,
                class: 0,
                pixels: Pixels::of([20 + 20 * number as usize, 40], [5, 5], |_| true),
                region: [20 + 20 * number as usize, 40, 5, 5],
                drawn: None,
            };
            let area = Pixels::of([0, 0], [128, 128], |_| true);
            let targets = (0..count).map(target).collect();
            let outlines = Outlines { targets, area, ..Outlines::default() };
            Truth { outlines: Some(outlines), ..Truth::default() }
        })
        .collect()
}

/// A study with levels at these shifts.
fn study(number: u64, shifts: &[f64]) -> ArmOutcome {
    let open =
        |part| StreamKey { seed: 7, purpose: Purpose::Simulation, case: number, part }.open();
    let mut stream = open(0);
    let truths = truths(&mut stream);
    let targets = |truth: &Truth| truth.outlines.as_ref().unwrap().targets.len();
    // What all networks share of each place: one number for the highest false mark, one per target.
    let places: Vec<Vec<f64>> = truths
        .iter()
        .map(|truth| (0..=targets(truth)).map(|_| normal(&mut stream)).collect())
        .collect();
    let own = |stream: &mut Stream| -> Vec<Vec<f64>> {
        places.iter().map(|all| all.iter().map(|_| normal(stream)).collect()).collect()
    };
    let (common, apart) = (SHARED.sqrt(), ((1.0 - SHARED) / 2.0).sqrt());
    let of_networks: Vec<Vec<Vec<f64>>> = (0..NETWORKS).map(|_| own(&mut stream)).collect();
    let mut scores = |shift: f64| -> Vec<Vec<f64>> {
        let of_network =
            |network: &Vec<Vec<f64>>| {
                let here = own(&mut stream);
                let mut values: Vec<f32> = Vec::new();
                for (image, truth) in truths.iter().enumerate() {
                    let rating = |place: usize| {
                        common * places[image][place]
                            + apart * (network[image][place] + here[image][place])
                    };
                    let mut rows = vec![[120.0, 120.0, highest(rating(0))]];
                    rows.extend((0..targets(truth)).map(|target| {
                        [22.0 + 20.0 * target as f64, 42.0, rating(target + 1) + shift]
                    }));
                    rows.extend(iter::repeat_n(
                        [0.0, 0.0, f64::NEG_INFINITY],
                        MOST_MARKS - 1 - targets(truth),
                    ));
                    values.extend(rows.into_iter().flatten().map(|value| value as f32));
                }
                Locate.score(&truths, Answers { values: &values, width: 3 }).unwrap()
            };
        of_networks.iter().map(of_network).collect()
    };
    let original = scores(ORIGINAL_SHIFT);
    let levels = [5.0, 10.0, 20.0, 50.0].into_iter().zip(shifts);
    ArmOutcome {
        codec: CodecName::Jpeg2000,
        path: InputPath::Native,
        regime: Regime::Original,
        measure: Locate.measure(),
        weights: Locate.weights(&truths),
        original,
        at_dose: None,
        readers: Readers::Sampled,
        rarer: None,
        levels: levels.map(|(target, &shift)| level(target, IMAGES, scores(shift))).collect(),
    }
}

/// Levels with a loss of 0, half the margin, the margin and 0.12.
#[test]
fn the_usual_margin_is_passed_by_chance_as_often_as_stated() {
    let margin = TaskName::Locate.usual_margin();
    let losses = [0.0, margin / 2.0, margin, 0.12];
    let shifts = losses.map(shift_of);
    assert!((0.85..0.92).contains(&area(ORIGINAL_SHIFT)), "{}", area(ORIGINAL_SHIFT));
    assert!((area(shifts[2]) - area(ORIGINAL_SHIFT) + margin).abs() < 1e-9);
    let criterion = Criterion::new(Margin::Score(margin), ALPHA, 0, 0).unwrap();
    let one = 1.0 / STUDIES as f64;
    let (mut passed, mut failed, mut covered, mut mean) = ([0.0; 4], [0.0; 4], [0.0; 4], 0.0);
    for number in 0..STUDIES {
        let found = estimate(&study(number, &shifts), &criterion).unwrap();
        mean += one * found.original_score;
        for (level, (found, loss)) in found.levels.iter().zip(losses).enumerate() {
            let share = |happened: bool| if happened { one } else { 0.0 };
            passed[level] += share(found.verdict == Some(Verdict::Pass));
            failed[level] += share(found.verdict == Some(Verdict::Fail));
            covered[level] += share(found.loss_lower <= loss && loss <= found.loss_upper);
        }
    }
    println!("passed {passed:.3?}, failed {failed:.3?}, covered {covered:.3?}, score {mean:.4}");
    let at_most = |rate: f64| rate + 2.0 * (rate * (1.0 - rate) / STUDIES as f64).sqrt();
    // The score is unbiased: its error over images is 0.03 in one study.
    assert!((mean - area(ORIGINAL_SHIFT)).abs() < 4.0 * 0.03 / (STUDIES as f64).sqrt(), "{mean}");
    assert!(passed[2] <= at_most(ALPHA) && failed[2] <= at_most(ALPHA), "{passed:?} {failed:?}");
    assert_eq!(passed[3], 0.0);
    assert!(failed[3] > 0.9 && passed[0] > 0.9, "{passed:?} {failed:?}");
    for covered in covered {
        assert!(1.0 - covered <= at_most(2.0 * ALPHA), "{covered}");
    }
}
