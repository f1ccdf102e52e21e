//! Verdicts and limits err no more often than they state: simulated studies with fake observers.
//!
//! Studies have 150 images of 40 to 50 regions where nothing else is said; the margin is 0.02 and the
//! one-sided error 0.025. Rates are compared with their nominal value plus two Monte Carlo errors.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use crate::fake_observers::FakeStudies;
use phantom_limit::limit::{Criterion, Looks, Verdicts, estimate, estimate_family};
use phantom_limit::record::{
    ArmOutcome, ArmResult, LevelResult, LimitKind, LimitResult, RatioResult, Verdict,
};
use phantom_limit::stats::normal_cdf;

const MARGIN: f64 = 0.02;
const ALPHA: f64 = 0.025;
const IMAGES: usize = 150;
const STUDIES: u64 = 1000;
/// Relative spread of the images' difficulty. One network's lost and regained regions at the
/// margin then have a design effect of 1 + 45 · (0.04² + 0.02²)/(0.04 + 0.02) · 0.25² = 1.09.
const ALIKE: f64 = 0.25;
/// The same with a design effect of 1.5.
const UNLIKE: f64 = 0.57;

/// Verdicts and routes without resamples.
fn judge(studies: &FakeStudies, number: u64) -> ArmResult {
    let criterion = Criterion::new(MARGIN, ALPHA, 0, 0).expect("margin and error are in range");
    estimate(&studies.draw(number), &criterion).expect("fake records agree with one another")
}

/// `rate` and two standard errors of it over `studies`.
fn at_most(rate: f64, studies: u64) -> f64 {
    rate + 2.0 * (rate * (1.0 - rate) / studies as f64).sqrt()
}

/// What came out of many studies of levels with a loss of 0, half the margin, the margin and 5
/// points.
#[derive(Debug, Default)]
struct Rates {
    /// Lower bound above 0 at no loss.
    loss_found_where_none: f64,
    /// PASS at a loss of exactly the margin.
    passed_at_margin: f64,
    /// FAIL there.
    failed_at_margin: f64,
    /// PASS at 5 points.
    passed_at_5: f64,
    /// FAIL there.
    failed_at_5: f64,
    /// PASS at no loss.
    passed_at_0: f64,
    /// Interval holds the true loss, the worst of the levels.
    coverage: f64,
    /// The same, the mean over the levels.
    mean_coverage: f64,
}

fn rates(networks: usize, images: usize, replicate_sd: f64, image_sd: f64) -> Rates {
    let losses = [0.0, MARGIN / 2.0, MARGIN, 0.05];
    let levels = [5.0, 10.0, 20.0, 50.0].into_iter().zip(losses).collect();
    let studies = FakeStudies { networks, images, replicate_sd, image_sd, levels };
    let (mut rates, mut covered) = (Rates::default(), [0.0; 4]);
    let one = 1.0 / STUDIES as f64;
    for number in 0..STUDIES {
        let levels = judge(&studies, number).levels;
        let share = |happened: bool| if happened { one } else { 0.0 };
        let is = |level: usize, verdict| share(levels[level].verdict == Some(verdict));
        rates.loss_found_where_none += share(levels[0].loss_lower > 0.0);
        rates.passed_at_0 += is(0, Verdict::Pass);
        rates.passed_at_margin += is(2, Verdict::Pass);
        rates.failed_at_margin += is(2, Verdict::Fail);
        rates.passed_at_5 += is(3, Verdict::Pass);
        rates.failed_at_5 += is(3, Verdict::Fail);
        for ((covered, level), loss) in covered.iter_mut().zip(&levels).zip(losses) {
            *covered += share(level.loss_lower <= loss && loss <= level.loss_upper);
        }
    }
    rates.coverage = covered.into_iter().fold(1.0, f64::min);
    rates.mean_coverage = covered.iter().sum::<f64>() / 4.0;
    println!("S = {networks}, I = {images}, sd {replicate_sd} and {image_sd}: {rates:.4?}");
    rates
}

/// What must hold however networks and images differ.
fn controls_error(rates: &Rates) {
    let most = at_most(ALPHA, STUDIES);
    assert!(rates.loss_found_where_none <= most, "{rates:?}");
    assert!(rates.passed_at_margin <= most, "{rates:?}");
    assert!(rates.failed_at_margin <= most, "{rates:?}");
    assert_eq!(rates.passed_at_5, 0.0, "{rates:?}");
    assert!(1.0 - rates.coverage <= at_most(2.0 * ALPHA, STUDIES), "{rates:?}");
}

/// Intervals of ten networks state 95 % and cover 93 to 97 %, give or take two Monte Carlo errors
/// of four levels' mean.
fn covers_as_said(rates: &Rates) {
    let error = 2.0 * (0.05 * 0.95 / (4.0 * STUDIES as f64)).sqrt();
    assert!((0.93 - error..=0.97 + error).contains(&rates.mean_coverage), "{rates:?}");
}

fn controls_error_and_finds_loss(networks: usize, replicate_sd: f64) {
    for image_sd in [ALIKE, UNLIKE] {
        let rates = rates(networks, IMAGES, replicate_sd, image_sd);
        controls_error(&rates);
        if networks >= 10 {
            covers_as_said(&rates);
        }
        assert!(rates.failed_at_5 >= 0.95, "{rates:?}");
        assert!(rates.passed_at_0 >= 0.95, "{rates:?}");
    }
}

#[test]
fn five_networks_that_differ_by_0_003() {
    controls_error_and_finds_loss(5, 0.003);
}

#[test]
fn five_networks_that_differ_by_0_006() {
    controls_error_and_finds_loss(5, 0.006);
}

/// Where five networks begin to be too few. Networks alone give a standard error of
/// 0.012/√5 = 0.0054, with which t on 4 degrees of freedom finds 5 points with probability 0.98
/// (scipy: nct.sf(2.776, 4, 0.03/0.00537)). Images that are unlike take it just below 0.95, and
/// one level in four without any loss stays inconclusive.
#[test]
fn five_networks_that_differ_by_0_012() {
    let alike = rates(5, IMAGES, 0.012, ALIKE);
    controls_error(&alike);
    assert!(alike.failed_at_5 >= 0.95, "{alike:?}");
    let unlike = rates(5, IMAGES, 0.012, UNLIKE);
    controls_error(&unlike);
    assert!(unlike.failed_at_5 >= 0.93, "{unlike:?}");
}

#[test]
fn ten_networks_that_differ_by_0_003() {
    controls_error_and_finds_loss(10, 0.003);
}

#[test]
fn ten_networks_that_differ_by_0_006() {
    controls_error_and_finds_loss(10, 0.006);
}

#[test]
fn ten_networks_that_differ_by_0_012() {
    controls_error_and_finds_loss(10, 0.012);
}

/// At the fewest images that give a limit, where degrees of freedom that take images as known pass
/// 4 % of levels at the margin.
#[test]
fn the_fewest_images_keep_the_error() {
    for (networks, replicate_sd) in [(5, 0.0), (5, 0.006), (5, 0.012), (10, 0.0), (10, 0.006)] {
        let rates = rates(networks, 20, replicate_sd, UNLIKE);
        assert!(rates.passed_at_margin <= at_most(ALPHA, STUDIES), "{rates:?}");
        assert!(rates.failed_at_margin <= at_most(ALPHA, STUDIES), "{rates:?}");
    }
}

/// Five levels with a loss of exactly the margin after one without loss: each may pass by
/// chance, but the sequence must get past the first of them, and errs as often as one level.
#[test]
fn sequence_of_levels_errs_no_more_often_than_one() {
    let mut levels = vec![(4.0, 0.0)];
    levels.extend([5.0, 6.0, 8.0, 10.0, 12.0].map(|target| (target, MARGIN)));
    let studies =
        FakeStudies { networks: 10, images: IMAGES, replicate_sd: 0.006, image_sd: ALIKE, levels };
    let (mut too_late, mut any_passed) = (0, 0);
    for number in 0..STUDIES {
        let result = judge(&studies, number);
        let late = result.limit.passed.is_some_and(|it| it.stored > 4.5);
        assert!(!late || matches!(result.limit.kind, LimitKind::At | LimitKind::BeyondTested));
        too_late += u64::from(late);
        let passed = |level: &LevelResult| level.verdict == Some(Verdict::Pass);
        any_passed += u64::from(result.levels[1..].iter().any(passed));
    }
    let share = |count: u64| count as f64 / STUDIES as f64;
    println!("limit too late {:.4}, any level passed {:.4}", share(too_late), share(any_passed));
    assert!(share(too_late) <= at_most(ALPHA, STUDIES), "{}", share(too_late));
    // Without the sequence five independent chances would add up.
    assert!(share(any_passed) > 2.0 * ALPHA, "{}", share(any_passed));
}

/// One crossing of many studies against the planted one.
#[derive(Debug, Default)]
struct Recovered {
    covered: u64,
    found: u64,
    /// Sum of ln(found/planted).
    off: f64,
}

impl Recovered {
    fn add(&mut self, ratio: &RatioResult, planted: f64) {
        let below = ratio.lower.is_none_or(|lower| lower <= planted);
        self.covered += u64::from(below && ratio.upper.is_none_or(|upper| planted <= upper));
        if let Some(found) = ratio.ratio_stored {
            self.found += 1;
            self.off += (found / planted).ln();
        }
    }

    fn coverage(&self) -> f64 {
        self.covered as f64 / STUDIES as f64
    }

    fn bias(&self) -> f64 {
        self.off / self.found as f64
    }
}

/// Runs studies whose loss reaches the margin at the ratio `planted` and compares one route with
/// it: its 95 % interval covers the ratio in 93 % or more, and its mean lies within 3 % of the
/// ratio.
fn recovers(
    name: &str,
    levels: &[(f64, f64)],
    planted: f64,
    route: impl Fn(&ArmResult) -> RatioResult,
) {
    for (networks, replicate_sd) in [(5, 0.006), (5, 0.012), (10, 0.003), (10, 0.012)] {
        let levels = levels.to_vec();
        let studies =
            FakeStudies { networks, images: IMAGES, replicate_sd, image_sd: ALIKE, levels };
        let mut recovered = Recovered::default();
        for number in 0..STUDIES {
            recovered.add(&route(&judge(&studies, number)), planted);
        }
        let (coverage, bias) = (recovered.coverage(), recovered.bias());
        println!(
            "{name}, S = {networks}, replicate sd {replicate_sd}: covered {coverage:.4}, off \
             {bias:+.4}"
        );
        assert!(coverage >= 0.93, "{name}: {coverage}");
        assert!(bias.abs() < 0.03, "{name}: {bias}");
    }
}

/// Loss 0.01 at 10:1 and 0.03 at 20:1 crosses the margin half way on log ratio, at √200: what the
/// isotonic route takes a loss between levels for. A loss that bends upwards there is reached
/// later than this route states.
#[test]
fn the_isotonic_route_recovers_a_planted_limit() {
    let levels = [(5.0, 0.002), (10.0, 0.01), (20.0, 0.03), (40.0, 0.10)];
    let isotonic = |arm: &ArmResult| {
        let isotonic = arm.supplement.as_ref().unwrap().routes.as_ref().unwrap().isotonic;
        assert_eq!(arm.limit.crossing, isotonic);
        isotonic
    };
    recovers("isotonic", &levels, 200.0_f64.sqrt(), isotonic);
}

/// A loss on a psychometric function of height 0.5 and a spread of 0.7 that reaches the margin at
/// 14:1.
fn psychometric_loss(ratio: f64) -> (f64, f64) {
    // Φ⁻¹(0.02/0.5) = −1.750686 (scipy norm.ppf), so m = ln 14 + 0.7 · 1.750686.
    let midpoint = 14.0_f64.ln() + 0.7 * 1.750_686;
    (ratio, 0.5 * normal_cdf((ratio.ln() - midpoint) / 0.7))
}

/// The fitted function recovers it.
#[test]
fn the_psychometric_route_recovers_a_planted_limit() {
    let levels = [4.0, 8.0, 11.0, 16.0, 22.0, 30.0, 50.0, 80.0, 150.0].map(psychometric_loss);
    recovers("curve", &levels, 14.0, |arm| {
        let routes = arm.supplement.as_ref().unwrap().routes.as_ref().unwrap();
        routes.curve.as_ref().expect("nine levels determine a curve").crossing
    });
}

/// The safe ratio lies beyond the planted crossing in at most α of the studies: where the loss is the
/// straight line between levels that the limit takes it for, where it bends upwards, and where the
/// margin is reached at a level. Of networks that are alike it lies within 15 % of it.
#[test]
fn the_safe_ratio_errs_no_more_often_than_stated() {
    let straight = vec![(5.0, 0.002), (10.0, 0.01), (20.0, 0.03), (40.0, 0.10)];
    let at_a_level = vec![(5.0, 0.002), (10.0, MARGIN), (20.0, 0.06)];
    let bent = [4.0, 8.0, 11.0, 16.0, 22.0, 30.0].map(psychometric_loss).to_vec();
    for (name, levels, planted) in [
        ("straight", straight, 200.0_f64.sqrt()),
        ("at a level", at_a_level, 10.0),
        ("bent", bent, 14.0),
    ] {
        for (networks, replicate_sd) in [(5, 0.0), (5, 0.006), (5, 0.012), (10, 0.006)] {
            let levels = levels.clone();
            let studies =
                FakeStudies { networks, images: IMAGES, replicate_sd, image_sd: ALIKE, levels };
            let (mut too_far, mut shown, mut short, mut bias) = (0, 0, 0.0, 0.0);
            for number in 0..STUDIES {
                let limit = judge(&studies, number).limit;
                let found = limit.crossing.ratio_stored.expect("the ladder crosses the margin");
                bias += (found / planted).ln();
                let Some(safe) = limit.safe else { continue };
                // What rounding moves.
                too_far += u64::from(safe.stored > planted * (1.0 + 1e-6));
                short += (planted / safe.stored).ln();
                shown += 1;
            }
            let (rate, bias) = (too_far as f64 / STUDIES as f64, bias / STUDIES as f64);
            let short = short / f64::from(shown);
            println!(
                "{name}, S = {networks}, replicate sd {replicate_sd}: safe ratio too large in \
                 {rate:.4}, shown in {shown}, short of it by {short:.3}; crossing off by {bias:+.4}"
            );
            assert!(rate <= at_most(ALPHA, STUDIES), "{name}: {rate}");
            assert!(bias.abs() < 0.05, "{name}: {bias}");
            assert!(replicate_sd > 0.0 || short < 0.15, "{name}: {short}");
        }
    }
}

/// Levels between those of a ladder leave crossing and safe ratio within the interval that the
/// ladder gave without them, though the harshest level that passed is another.
#[test]
fn more_levels_move_a_limit_within_its_interval() {
    let ratios = [4.0, 6.0, 8.0, 9.5, 11.0, 13.0, 16.0, 19.0, 22.0, 30.0];
    let levels = ratios.map(psychometric_loss).to_vec();
    let (replicate_sd, image_sd) = (0.003, ALIKE);
    let studies = FakeStudies { networks: 5, images: IMAGES, replicate_sd, image_sd, levels };
    let criterion = Criterion::new(MARGIN, ALPHA, 0, 0).unwrap();
    let (mut crossing, mut safe, mut moved, mut passed) = (0, 0, 0.0, 0);
    for number in 0..STUDIES {
        let fine = studies.draw(number);
        let mut coarse = fine.clone();
        coarse
            .levels
            .retain(|it| [4.0, 8.0, 11.0, 16.0, 22.0, 30.0].map(Some).contains(&it.target));
        let [coarse, fine] = [coarse, fine].map(|arm| estimate(&arm, &criterion).unwrap().limit);
        let (low, high) = (coarse.crossing.lower.unwrap(), coarse.crossing.upper.unwrap());
        let (found, before) =
            (fine.crossing.ratio_stored.unwrap(), coarse.crossing.ratio_stored.unwrap());
        crossing += u64::from(low <= found && found <= high);
        safe += u64::from(fine.safe.unwrap().stored <= high);
        moved += (found / before).ln();
        passed += u64::from(fine.passed != coarse.passed);
    }
    let share = |count: u64| count as f64 / STUDIES as f64;
    let moved = moved / STUDIES as f64;
    println!(
        "crossing within {:.4}, safe ratio below the end {:.4}, moved by {moved:+.4}; another level \
         passed {:.4}",
        share(crossing),
        share(safe),
        share(passed)
    );
    // Answers at every level are independent here, the worst case: an interval of 95 % holds an
    // estimate of the same precision with errors of its own in 2 Φ(1.96/√2) − 1 = 0.834.
    assert!(share(crossing) >= 0.834 && share(safe) >= 0.975, "{crossing} {safe}");
    assert!(moved.abs() < 0.03, "{moved}");
    assert!(share(passed) > 0.1, "{passed}");
}

/// Six arms, each with a level whose loss is exactly the margin: the family table passes any of
/// them no more often than α, each arm alone would.
#[test]
fn the_family_table_keeps_the_error_of_all_arms_together() {
    const ARMS: u64 = 6;
    let levels = vec![(5.0, 0.0), (10.0, MARGIN)];
    let studies =
        FakeStudies { networks: 10, images: IMAGES, replicate_sd: 0.006, image_sd: ALIKE, levels };
    let criterion = Criterion::new(MARGIN, ALPHA, 0, 0).unwrap();
    let (mut any_in_family, mut any_alone) = (0, 0);
    for number in 0..STUDIES {
        let arms: Vec<ArmOutcome> =
            (0..ARMS).map(|arm| studies.draw(number * ARMS + arm)).collect();
        let results = estimate_family(&arms, &criterion).unwrap();
        let late = |limit: &LimitResult| {
            // All is lost at 10:1, so that nothing beyond it, or at it, is safe.
            let passed = limit.passed.is_some_and(|it| it.stored > 7.0);
            let safe = limit.safe.is_some_and(|it| it.stored > 10.0 * (1.0 - 1e-6));
            assert_eq!(passed, safe, "{limit:?}");
            safe
        };
        let family = |arm: &ArmResult| arm.supplement.clone().unwrap().family.unwrap().limit;
        any_in_family += u64::from(results.iter().any(|arm| late(&family(arm))));
        any_alone += u64::from(results.iter().any(|arm| late(&arm.limit)));
    }
    let share = |count: u64| count as f64 / STUDIES as f64;
    println!("family {:.4}, alone {:.4}", share(any_in_family), share(any_alone));
    assert!(share(any_in_family) <= at_most(ALPHA, STUDIES), "{}", share(any_in_family));
    assert!(share(any_alone) > 2.0 * ALPHA, "{}", share(any_alone));
}

/// The first networks and images of a study.
fn part(study: &ArmOutcome, networks: usize, images: usize) -> ArmOutcome {
    let cut = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        rows[..networks].iter().map(|row| row[..images].to_vec()).collect()
    };
    let mut part = study.clone();
    part.weights = study.weights.first(images);
    part.original = cut(&study.original);
    for level in &mut part.levels {
        level.scores = cut(&level.scores);
    }
    part
}

/// Networks and images at each look.
type Growth = [(usize, usize); 5];

/// The five looks of a plan of 15 networks and 150 images.
const FROM_FIVE: Growth = [(5, 50), (8, 80), (10, 100), (13, 130), (15, 150)];
/// A study that begins where no limit is given yet.
const FROM_THREE: Growth = [(3, 50), (5, 80), (7, 110), (9, 140), (10, 150)];

/// Shares of studies whose one level, of a loss of exactly the margin, was judged at some look.
#[derive(Debug, Default)]
struct VerdictRates {
    passed: f64,
    failed: f64,
    /// PASS or FAIL at any of five looks at α each; where that is asked for.
    naive: f64,
}

fn judged(growth: Growth, replicate_sd: f64, image_sd: f64, naively: bool) -> VerdictRates {
    let (networks, images) = growth[4];
    let levels = vec![(10.0, MARGIN)];
    let studies = FakeStudies { networks, images, replicate_sd, image_sd, levels };
    let criterion = Criterion::new(MARGIN, ALPHA, 0, 0).expect("margin and error are in range");
    let at = |information: &[f64]| {
        Looks::new(&criterion, information, &[studies.draw(0)]).expect("shares ascend to 1")
    };
    let looks = at(&growth.map(|(at_look, _)| at_look as f64 / networks as f64));
    let once = at(&[1.0]);
    let verdicts = |looks: &Looks, look: usize, part: &[ArmOutcome], kept: &[Verdicts]| {
        looks.verdicts(look, part, kept).expect("fake records agree with one another")
    };
    let mut judged = VerdictRates::default();
    let one = 1.0 / STUDIES as f64;
    for number in 0..STUDIES {
        let study = studies.draw(number);
        let (mut kept, mut any) = (Vec::new(), false);
        for (look, (networks, images)) in growth.into_iter().enumerate() {
            let part = [part(&study, networks, images)];
            kept = verdicts(&looks, look, &part, &kept);
            any |= naively && verdicts(&once, 0, &part, &[])[0].is_decided();
            assert!(networks >= 5 || !kept[0].is_decided(), "too few networks decided");
        }
        let is = |verdict| if kept[0].levels[0] == Some(verdict) { one } else { 0.0 };
        judged.passed += is(Verdict::Pass);
        judged.failed += is(Verdict::Fail);
        judged.naive += if any { one } else { 0.0 };
    }
    println!("{growth:?}, replicate sd {replicate_sd}, image sd {image_sd}: {judged:.4?}");
    judged
}

/// Five looks while networks and images grow together, at a loss of exactly the margin: PASS at
/// any look errs no more often than α, and so does FAIL, while five looks at α each do more often.
#[test]
fn looks_at_a_growing_study_keep_the_error() {
    let most = at_most(ALPHA, STUDIES);
    for (growth, replicate_sd, image_sd) in [
        (FROM_FIVE, 0.003, ALIKE),
        (FROM_FIVE, 0.003, UNLIKE),
        (FROM_FIVE, 0.006, ALIKE),
        (FROM_FIVE, 0.006, UNLIKE),
        (FROM_FIVE, 0.012, ALIKE),
        (FROM_FIVE, 0.012, UNLIKE),
        (FROM_THREE, 0.003, ALIKE),
        (FROM_THREE, 0.012, ALIKE),
    ] {
        let naively = (replicate_sd, image_sd) == (0.006, ALIKE);
        let judged = judged(growth, replicate_sd, image_sd, naively);
        assert!(judged.passed <= most && judged.failed <= most, "{judged:?}");
        assert!(!naively || judged.naive > 2.0 * most, "{judged:?}");
    }
}
