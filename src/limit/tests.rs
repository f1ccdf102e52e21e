//! Small arms with known answers; `tests/studies/limit_controls_its_error.rs` tests error rates.

use super::*;
use crate::codec::{Achieved, CodecName};
use crate::image::SampleFormat;
use crate::record::{
    ArmOutcome, ArmResult, Gate, InputPath, LevelBase, LevelOutcome, LimitKind, Readers, Regime,
    Verdict,
};
use crate::task::{Detect, Identify, Task, Weights};

const IMAGES: usize = 60;
const REGIONS: f64 = 50.0;

fn criterion(bootstrap: u32) -> Criterion {
    Criterion::new(0.02, 0.025, bootstrap, 7).unwrap()
}

/// Answers of `networks` that lose `lost` regions per image on average, spread evenly and not
/// alike over networks and images.
fn answers(networks: usize, lost: f64) -> Vec<Vec<f64>> {
    let count = |k: usize| (lost * k as f64).floor();
    (0..networks)
        .map(|network| {
            (0..IMAGES)
                .map(|image| {
                    let k = (image * 7 + network * 3) % IMAGES;
                    47.0 + (image % 2) as f64 - (count(k + 1) - count(k))
                })
                .collect()
        })
        .collect()
}

/// A level whose achieved ratio on 12 stored bits is `ratio`.
fn level(target: f64, ratio: f64, scores: Vec<Vec<f64>>) -> LevelOutcome {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let pixels = 8_000_000;
    let bytes = (pixels as f64 * 12.0 / 8.0 / ratio).round() as u64;
    LevelOutcome {
        base: LevelBase::Ratio,
        target: Some(target),
        achieved: Achieved { bytes, pixels, original: format, input: format },
        unreached: 0,
        psnr_db: 50.0,
        scores,
    }
}

fn arm(networks: usize, levels: &[(f64, f64)]) -> ArmOutcome {
    ArmOutcome {
        codec: CodecName::Jpeg,
        path: InputPath::Windowed,
        regime: Regime::Original,
        measure: Identify { classes: 6 }.measure(),
        readers: Readers::Sampled,
        weights: Weights::Counts(vec![REGIONS; IMAGES]),
        rarer: None,
        original: answers(networks, 0.0),
        at_dose: None,
        levels: levels
            .iter()
            .map(|&(target, lost)| level(target, target, answers(networks, lost)))
            .collect(),
    }
}

fn lossless(networks: usize) -> ArmOutcome {
    let mut arm = arm(networks, &[(3.0, 0.0)]);
    arm.codec = CodecName::Lossless;
    arm.levels[0].target = None;
    arm.levels[0].psnr_db = f64::INFINITY;
    arm
}

#[test]
fn limit_is_the_last_level_passed_in_sequence() {
    // Losses per region: 0, 0.005, 0.04, 0; the last is not reached by the sequence.
    let arm = arm(5, &[(5.0, 0.0), (10.0, 0.25), (20.0, 2.0), (40.0, 0.0)]);
    let result = estimate(&arm, &criterion(0)).unwrap();
    let verdicts: Vec<_> = result.levels.iter().map(|level| level.verdict.unwrap()).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Pass, Verdict::Fail, Verdict::Pass]);
    assert_eq!(result.limit.kind, LimitKind::At);
    assert_eq!(result.limit.blocked_by, Some(Verdict::Fail));
    let passed = result.limit.passed.unwrap();
    assert_eq!(passed.stored, 10.0);
    // 16 bits allocated for 12 stored: 10 · 16/12.
    assert!((passed.allocated - 40.0 / 3.0).abs() < 1e-9);
    // Between the level that passed and the one that failed, and before the crossing.
    let (safe, crossing) = (result.limit.safe.unwrap(), result.limit.crossing);
    assert!(10.0 < safe.stored && safe.stored < crossing.ratio_stored.unwrap(), "{safe:?}");
    assert_eq!(Some(safe.stored), crossing.lower);
    assert!((safe.allocated / safe.stored - 16.0 / 12.0).abs() < 1e-12);
    assert!((result.levels[1].loss - 0.005).abs() < 1e-12, "{}", result.levels[1].loss);
    assert!((result.original_score - 0.95).abs() < 1e-12);
    assert_eq!((result.replicates, result.images, result.examples), (5, 60, 3000));
}

#[test]
fn kinds_follow_from_the_first_level_not_passed() {
    let kind = |levels: &[(f64, f64)]| {
        let limit = estimate(&arm(5, levels), &criterion(0)).unwrap().limit;
        (limit.kind, limit.blocked_by, limit.passed.map(|it| it.stored))
    };
    assert_eq!(kind(&[(5.0, 0.0), (10.0, 0.1)]), (LimitKind::BeyondTested, None, Some(10.0)));
    assert_eq!(kind(&[(5.0, 2.0), (10.0, 0.0)]), (LimitKind::BelowTested, None, None));
    assert_eq!(kind(&[(5.0, 1.0), (10.0, 2.0)]), (LimitKind::Undetermined, None, None));
    let blocked = kind(&[(5.0, 0.0), (10.0, 1.0)]);
    assert_eq!(blocked, (LimitKind::At, Some(Verdict::Inconclusive), Some(5.0)));
}

#[test]
fn lossless_arm_has_no_loss_no_verdict_and_no_limit() {
    let result = estimate(&lossless(5), &criterion(199)).unwrap();
    let level = &result.levels[0];
    assert_eq!((level.loss, level.loss_lower, level.loss_upper), (0.0, 0.0, 0.0));
    assert_eq!((level.verdict, level.psnr_db), (None, None));
    assert_eq!(result.limit, crate::record::LimitResult::none(vec![Gate::Lossy]));
    assert!(result.method.contains("lossless"), "{}", result.method);
}

#[test]
fn a_lossless_codec_that_changes_an_answer_is_an_error() {
    let mut arm = lossless(5);
    arm.levels[0].scores[2][4] -= 1.0;
    let error = estimate(&arm, &criterion(0)).unwrap_err();
    assert!(matches!(error, LimitError::NotLossless { network: 2, image: 4, .. }), "{error}");
}

#[test]
fn fewer_than_five_networks_give_conditional_verdicts_and_no_limit() {
    for networks in [1, 4] {
        let arm = arm(networks, &[(5.0, 0.0), (20.0, 2.0)]);
        let result = estimate(&arm, &criterion(199)).unwrap();
        assert_eq!(result.levels[1].verdict, Some(Verdict::Fail));
        assert_eq!((result.limit.kind, result.limit.safe), (LimitKind::None, None));
        assert_eq!(result.limit.gates, [Gate::Networks]);
        assert!(result.method.contains("conditional"), "{}", result.method);
    }
}

/// The first images of an arm.
fn cut(arm: &ArmOutcome, images: usize) -> ArmOutcome {
    let mut cut = arm.clone();
    cut.weights = arm.weights.first(images);
    for rows in
        std::iter::once(&mut cut.original).chain(cut.levels.iter_mut().map(|l| &mut l.scores))
    {
        rows.iter_mut().for_each(|row| row.truncate(images));
    }
    cut
}

#[test]
fn too_little_evidence_gives_no_limit_and_the_curves_stay() {
    let whole = arm(5, &[(5.0, 0.0), (10.0, 0.5), (20.0, 1.5), (40.0, 3.0)]);
    let gates = |arm: &ArmOutcome, criterion: &Criterion| {
        let result = estimate(arm, criterion).unwrap();
        let supplement = result.supplement.unwrap();
        let routes = supplement.routes.unwrap();
        let stated = result.limit.kind != LimitKind::None;
        assert_eq!(stated, result.limit.gates.is_empty());
        assert_eq!(stated, result.limit.crossing.lower.is_some());
        assert_eq!(stated, supplement.family.is_some() && supplement.relative.is_some());
        assert_eq!(stated, routes.isotonic.ratio_stored.is_some());
        assert!(routes.curve.unwrap().midpoint.ratio_stored.is_some());
        assert_eq!(result.levels.len(), 4);
        result.limit.gates
    };
    assert_eq!(gates(&whole, &criterion(0)), []);
    assert_eq!(gates(&cut(&whole, 20), &criterion(0)), []);
    assert_eq!(gates(&cut(&whole, 19), &criterion(0)), [Gate::Images]);
    let trial = Criterion { trial: true, ..criterion(0) };
    assert_eq!(gates(&whole, &trial), [Gate::Preset]);
    // 0.95 on originals in regions of 50; in one of 48.5 and one of 64 it is 0.979 and 0.742.
    let of_regions = |regions: f64| ArmOutcome {
        weights: Weights::Counts(vec![regions; IMAGES]),
        ..whole.clone()
    };
    assert_eq!(gates(&of_regions(48.5), &criterion(0)), []);
    assert_eq!(gates(&of_regions(48.0), &criterion(0)), [Gate::Ceiling]);
    assert_eq!(gates(&of_regions(63.0), &criterion(0)), []);
    assert_eq!(gates(&of_regions(64.0), &trial), [Gate::Preset, Gate::Floor]);
}

#[test]
fn images_to_decide_would_decide() {
    // Every twelfth image loses 6 of 50 regions: a loss of 0.01 that few images carry.
    let mut arm = arm(5, &[(5.0, 0.0)]);
    for row in &mut arm.levels[0].scores {
        row.iter_mut().step_by(12).for_each(|correct| *correct -= 6.0);
    }
    let level = &estimate(&arm, &criterion(0)).unwrap().levels[0];
    assert_eq!(level.verdict, Some(Verdict::Inconclusive));
    let images = level.images_to_decide.unwrap() as usize;
    assert!(images > IMAGES);
    // The same images again and again keep loss and mean squares per image nearly as they are.
    let times = images.div_ceil(IMAGES) + 1;
    let repeat = |rows: &[Vec<f64>]| rows.iter().map(|row| row.repeat(times)).collect::<Vec<_>>();
    let mut more = arm.clone();
    more.weights = Weights::Counts(vec![REGIONS; IMAGES * times]);
    more.original = repeat(&arm.original);
    more.levels[0].scores = repeat(&arm.levels[0].scores);
    let decided = &estimate(&more, &criterion(0)).unwrap().levels[0];
    assert_eq!(decided.verdict, Some(Verdict::Pass), "{images} images: {decided:?}");
    // What only tries whether everything runs has no limit, however many images it had.
    let trial = estimate(&arm, &Criterion { trial: true, ..criterion(0) }).unwrap();
    assert_eq!(trial.limit.gates, [Gate::Preset]);
    assert_eq!(trial.levels[0].images_to_decide, None);
}

#[test]
fn one_image_decides_nothing() {
    let result = estimate(&cut(&arm(5, &[(5.0, 0.0)]), 1), &criterion(199)).unwrap();
    let level = &result.levels[0];
    assert_eq!((level.loss_lower, level.loss_upper), (-1.0, 1.0));
    assert_eq!(level.verdict, Some(Verdict::Inconclusive));
    assert_eq!(level.images_to_decide, None);
    assert_eq!(result.limit.gates, [Gate::Images]);
}

#[test]
fn interval_of_the_limit_holds_the_planted_crossing() {
    // Loss 0.01 at 10:1 and 0.03 at 20:1 crosses 0.02 half way on log ratio: √200 = 14.14. The
    // made-up losses are spread so evenly that the two-way interval is nearly nothing.
    let crossing = 200.0_f64.sqrt();
    let arm = arm(5, &[(5.0, 0.0), (10.0, 0.5), (20.0, 1.5), (40.0, 3.0)]);
    let result = estimate(&arm, &criterion(999)).unwrap();
    let routes = result.supplement.unwrap().routes.unwrap();
    for found in [routes.isotonic, routes.bootstrap.unwrap()] {
        let (lower, upper) = (found.lower.unwrap(), found.upper.unwrap());
        assert!(lower < crossing + 1e-9 && crossing - 1e-9 < upper, "{lower} {upper}");
        assert!(lower > 11.0 && upper < 19.0, "{lower} {upper}");
    }
    assert_eq!(result.limit.crossing, routes.isotonic);
    assert_eq!(result.limit.safe.map(|it| it.stored), routes.isotonic.lower);
}

#[test]
fn interval_ends_where_the_ladder_ends() {
    let limit = |levels: &[(f64, f64)]| estimate(&arm(5, levels), &criterion(199)).unwrap().limit;
    let beyond = limit(&[(5.0, 0.0), (10.0, 0.1)]);
    assert_eq!((beyond.crossing.lower, beyond.crossing.upper), (Some(10.0), None));
    assert_eq!(beyond.safe.map(|it| it.stored), Some(10.0));
    let below = limit(&[(5.0, 3.0), (10.0, 4.0)]);
    assert_eq!((below.crossing.lower, below.crossing.upper), (None, Some(5.0)));
    assert_eq!((below.safe, below.passed), (None, None));
}

#[test]
fn targets_that_give_the_same_codestreams_change_no_limit() {
    let once = arm(5, &[(4.0, 0.0), (10.0, 0.25), (20.0, 2.0)]);
    let mut twice = once.clone();
    for target in [2.0, 3.0] {
        twice.levels.insert(0, level(target, 4.0, answers(5, 0.0)));
    }
    twice.levels.sort_by(|a, b| a.target.partial_cmp(&b.target).unwrap());
    let once = estimate(&once, &criterion(199)).unwrap().limit;
    assert_eq!(estimate(&twice, &criterion(199)).unwrap().limit, once);
}

#[test]
fn the_same_records_give_the_same_bits_and_another_seed_others() {
    let arm = arm(5, &[(5.0, 0.0), (10.0, 0.5), (20.0, 1.5)]);
    let first = estimate(&arm, &criterion(199)).unwrap();
    assert_eq!(estimate(&arm, &criterion(199)).unwrap(), first);
    let threaded =
        std::thread::spawn(move || estimate(&arm, &Criterion { seed: 8, ..criterion(199) }));
    let other = threaded.join().unwrap().unwrap();
    assert_eq!(other.levels, first.levels);
    assert_eq!(other.limit, first.limit);
    let bootstrap =
        |result: ArmResult| result.supplement.unwrap().routes.unwrap().bootstrap.unwrap();
    assert_ne!(bootstrap(other), bootstrap(first));
}

#[test]
fn order_of_images_changes_no_number() {
    let mut arm = arm(5, &[(5.0, 0.0), (10.0, 0.5), (20.0, 1.5)]);
    // Unequal images, so that the weights matter.
    let regions: Vec<f64> = (0..IMAGES).map(|image| REGIONS + (image % 5) as f64).collect();
    arm.weights = Weights::Counts(regions.clone());
    let mut order: Vec<usize> = (0..IMAGES).collect();
    let key = crate::rng::StreamKey {
        seed: 3,
        purpose: crate::rng::Purpose::Simulation,
        case: 0,
        part: 0,
    };
    let straight = estimate(&arm, &criterion(0)).unwrap();
    let mut stream = key.open();
    for _ in 0..20 {
        stream.shuffle(&mut order);
        let permute = |row: &[f64]| order.iter().map(|&image| row[image]).collect::<Vec<_>>();
        let mut other = arm.clone();
        other.weights = Weights::Counts(permute(&regions));
        for rows in std::iter::once(&mut other.original)
            .chain(other.levels.iter_mut().map(|l| &mut l.scores))
        {
            rows.iter_mut().for_each(|row| *row = permute(row));
        }
        let other = estimate(&other, &criterion(0)).unwrap();
        assert_eq!(other.limit, straight.limit);
        for (a, b) in other.levels.iter().zip(&straight.levels) {
            assert_eq!((a.loss, a.score, a.verdict), (b.loss, b.score, b.verdict));
            // Sums of squares in another order.
            assert!((a.loss_lower - b.loss_lower).abs() < 1e-12);
            assert!((a.loss_upper - b.loss_upper).abs() < 1e-12);
            assert_eq!(a.images_to_decide, b.images_to_decide);
        }
    }
}

#[test]
fn contradictions_are_named_with_their_place() {
    type Change = fn(&mut ArmOutcome);
    let good = arm(5, &[(5.0, 0.0), (10.0, 0.5)]);
    let message = |change: Change| {
        let mut arm = good.clone();
        change(&mut arm);
        estimate(&arm, &criterion(0)).unwrap_err().to_string()
    };
    let cases: [(Change, &str); 9] = [
        (|arm| arm.weights = Weights::Counts(Vec::new()), "no test image"),
        (|arm| arm.weights = Weights::Counts(vec![0.0; IMAGES]), "no region"),
        (|arm| arm.original.clear(), "no network"),
        (|arm| arm.levels.clear(), "no compression level"),
        (|arm| arm.levels[1].scores.truncate(4), "level 1: answers of 4 networks, but 5"),
        (|arm| arm.original[3].truncate(59), "originals, network 3: answers on 59 images, but 60"),
        (
            |arm| arm.levels[0].scores[1][2] = 51.0,
            "level 0, network 1, image 2: a score of 51 of 50",
        ),
        (|arm| arm.levels[0].achieved.bytes = 0, "level 0: 0 bytes for 8000000 pixels"),
        (|arm| arm.levels[1].target = Some(5.0), "level 1 aims at 5:1 after a level of 5:1"),
    ];
    for (change, expected) in cases {
        let message = message(change);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn criteria_out_of_range_are_refused() {
    assert!(matches!(Criterion::new(0.0, 0.025, 0, 0), Err(LimitError::Margin { .. })));
    assert!(matches!(Criterion::new(1.0, 0.025, 0, 0), Err(LimitError::Margin { .. })));
    assert!(matches!(Criterion::new(f64::NAN, 0.025, 0, 0), Err(LimitError::Margin { .. })));
    for alpha in [0.5, 0.0, 1e-320, f64::NAN] {
        assert!(matches!(Criterion::new(0.02, alpha, 0, 0), Err(LimitError::Alpha { .. })));
    }
    let few = Criterion::new(0.02, 0.025, 38, 0);
    assert!(matches!(few, Err(LimitError::Bootstrap { needed: 39, .. })));
    let unchecked = Criterion { margin: 2.0.into(), ..criterion(0) };
    assert!(estimate(&arm(5, &[(5.0, 0.0)]), &unchecked).is_err());
}

fn routes_of(arm: &ArmOutcome, bootstrap: u32) -> crate::record::Routes {
    estimate(arm, &criterion(bootstrap)).unwrap().supplement.unwrap().routes.unwrap()
}

#[test]
fn every_route_finds_a_planted_crossing() {
    // Losses on ψ with m = ln 30, s = 0.7, γ = 0.25, λ = 0.05, so 0.7 of height: 0.02 is lost at
    // ln 30 + 0.7 Φ⁻¹(0.02/0.7), Φ⁻¹(0.0285714) = −1.9022 (scipy norm.ppf): 7.92:1.
    let lost = |ratio: f64| 0.7 * crate::stats::normal_cdf((ratio.ln() - 30.0_f64.ln()) / 0.7);
    let levels: Vec<(f64, f64)> = [2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0, 200.0]
        .into_iter()
        .map(|ratio| (ratio, REGIONS * lost(ratio)))
        .collect();
    let routes = routes_of(&arm(5, &levels), 399);
    let curve = routes.curve.unwrap();
    for (name, found) in [
        ("isotonic", routes.isotonic),
        ("bootstrap", routes.bootstrap.unwrap()),
        ("curve", curve.crossing),
    ] {
        // Answers are whole regions: 0.001 of accuracy, so 3 % of a ratio.
        let at = found.ratio_stored.unwrap();
        assert!((at / 7.92 - 1.0).abs() < 0.03, "{name}: {found:?}");
        assert!(found.lower.unwrap() <= 7.92 * 1.03 && 7.92 * 0.97 <= found.upper.unwrap());
    }
    assert!((curve.midpoint.ratio_stored.unwrap() / 30.0 - 1.0).abs() < 0.02, "{curve:?}");
    assert!((curve.guess - 0.25).abs() < 0.02, "{curve:?}");
    assert_eq!(routes.warning, None);
    assert!(routes.monotone_p > 0.5);
}

#[test]
fn losses_that_rise_and_fall_are_flagged() {
    let arm = arm(5, &[(5.0, 0.0), (10.0, 2.5), (20.0, 0.1), (40.0, 3.0)]);
    let routes = routes_of(&arm, 0);
    assert!(routes.monotone_p < 1e-6, "{routes:?}");
    assert!(routes.warning.unwrap().contains("rise and fall"));
}

#[test]
fn a_family_asks_more_of_each_arm_and_nulls_do_not_count() {
    // Losses of 0 and about 0.0135 on every network and image with little spread: passed alone.
    let mut one = arm(5, &[(5.0, 0.0), (10.0, 0.5)]);
    for row in &mut one.levels[1].scores {
        row.iter_mut().step_by(7).for_each(|correct| *correct -= 2.0);
    }
    let arms = [one.clone(), one.clone(), one.clone(), one, lossless(5)];
    let results = estimate_family(&arms, &criterion(0)).unwrap();
    let family = results[0].supplement.as_ref().unwrap().family.clone().unwrap();
    assert_eq!((family.arms, family.alpha), (4, 0.025 / 4.0));
    // The same arm with α/4 for its own error gives the family's sequence.
    let strict = Criterion { alpha: 0.025 / 4.0, ..criterion(0) };
    assert_eq!(family.limit, estimate(&arms[0], &strict).unwrap().limit);
    assert_eq!(results[4].supplement.as_ref().unwrap().family, None);
    let single = estimate(&arms[0], &criterion(0)).unwrap();
    assert_eq!(single.supplement.unwrap().family.unwrap().limit, single.limit);
}

#[test]
fn a_network_that_has_learnt_nothing_is_named() {
    let mut outcome = arm(5, &[(5.0, 0.0)]);
    let failed = |outcome: &ArmOutcome| {
        estimate(outcome, &criterion(0)).unwrap().supplement.unwrap().failed_trainings
    };
    assert!(failed(&outcome).is_empty());
    // A fifth of the regions: chance of five shapes.
    for image in 0..IMAGES {
        outcome.original[3][image] = REGIONS / 5.0;
        outcome.levels[0].scores[3][image] = REGIONS / 5.0;
    }
    assert_eq!(failed(&outcome), [3]);
    // Areas of 0.9 beside one of 0.6: half is what guessing gives.
    let mut outcome = arm(5, &[(5.0, 0.0)]);
    outcome.measure = Detect.measure();
    outcome.weights = Weights::Alike(IMAGES);
    for scores in [&mut outcome.original, &mut outcome.levels[0].scores] {
        for (network, row) in scores.iter_mut().enumerate() {
            row.fill(if network == 1 { 0.6 } else { 0.9 });
        }
    }
    assert_eq!(failed(&outcome), [1]);
}

#[test]
fn keeping_a_share_is_a_margin_of_that_share() {
    // 0.95 on originals: 0.95 · 0.95 = 0.9025 must be kept, a loss of 0.0475.
    let arm = arm(5, &[(5.0, 0.0), (10.0, 2.0), (20.0, 3.0)]);
    let result = estimate(&arm, &criterion(0)).unwrap();
    assert_eq!(result.limit.passed.unwrap().stored, 5.0);
    let relative = result.supplement.unwrap().relative.unwrap();
    assert_eq!(relative.keep, KEEP);
    assert_eq!(relative.limit.passed.unwrap().stored, 10.0);
    assert_eq!(relative.limit.blocked_by, Some(Verdict::Fail));
    // Losses of 0.04 and 0.06 cross 0.0475 at 10 · 2^(0.0075/0.02) = 12.97.
    assert!((relative.limit.crossing.ratio_stored.unwrap() - 12.97).abs() < 0.01);
}

#[test]
fn areas_are_judged_like_accuracies() {
    // Areas that differ between networks and images; the second level loses 0.05 everywhere.
    let mut arm = arm(5, &[(5.0, 0.0), (10.0, 0.0)]);
    let areas = |lost: f64| -> Vec<Vec<f64>> {
        let area = |n: usize, i: usize| 0.88 + 0.001 * n as f64 + 0.01 * (i % 3) as f64 - lost;
        (0..5).map(|n| (0..IMAGES).map(|i| area(n, i)).collect()).collect()
    };
    (arm.measure, arm.weights, arm.original) =
        (Detect.measure(), Weights::Alike(IMAGES), areas(0.0));
    for (level, lost) in arm.levels.iter_mut().zip([0.0, 0.05]) {
        level.scores = areas(lost);
    }
    let found = estimate(&arm, &criterion(0)).unwrap();
    assert_eq!(found.task, "detect");
    // 0.88, 0.002 of the networks' mean and 0.01 of the images'.
    assert!((found.original_score - 0.892).abs() < 1e-9);
    assert_eq!(found.levels[0].verdict, Some(Verdict::Pass));
    assert_eq!(found.levels[1].verdict, Some(Verdict::Fail));
    assert!((found.levels[1].score - 0.842).abs() < 1e-9);
    assert_eq!(found.limit.passed.unwrap().stored, 5.0);
    // Every area loses alike: 0.02 of 0.05 on the way from 5:1 to 10:1, without an interval.
    let crossing = found.limit.crossing;
    assert!((crossing.ratio_stored.unwrap() - 5.0 * 2.0_f64.powf(0.4)).abs() < 1e-9);
    assert!((found.limit.safe.unwrap().stored - 5.0 * 2.0_f64.powf(0.4)).abs() < 1e-6);
    // At their ceiling areas leave nothing to lose.
    let rows = arm.original.iter_mut().chain(arm.levels.iter_mut().flat_map(|it| &mut it.scores));
    rows.flatten().for_each(|area| *area += 0.095);
    let found = estimate(&arm, &criterion(0)).unwrap();
    assert_eq!((found.limit.gates, found.levels.len()), (vec![Gate::Ceiling], 2));
}
