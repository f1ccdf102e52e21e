//! Verdicts and limits err no more often than they say: simulated studies with fake observers.
//!
//! Every study has 150 images of 40 to 50 regions; the margin is 0.02 and the one-sided error
//! 0.025. Rates are compared with their nominal value plus two Monte Carlo errors.

mod support;

use phantom_limit::limit::{Criterion, estimate};
use phantom_limit::record::{ArmResult, LevelResult, LimitKind, Verdict};
use support::FakeStudies;

const MARGIN: f64 = 0.02;
const ALPHA: f64 = 0.025;
const IMAGES: usize = 150;
const STUDIES: u64 = 2000;
/// Studies with an interval of the limit, which takes resampling.
const INTERVAL_STUDIES: u64 = 600;
/// Relative spread of the images' difficulty. One network's lost and regained regions at the
/// margin then have a design effect of 1 + 45 · (0.04² + 0.02²)/(0.04 + 0.02) · 0.25² = 1.09.
const ALIKE: f64 = 0.25;
/// The same with a design effect of 1.5.
const UNLIKE: f64 = 0.57;

/// Verdicts alone: no interval of the limit, so no resampling.
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
}

fn rates(networks: usize, replicate_sd: f64, image_sd: f64) -> Rates {
    let losses = [0.0, MARGIN / 2.0, MARGIN, 0.05];
    let levels = [5.0, 10.0, 20.0, 50.0].into_iter().zip(losses).collect();
    let studies = FakeStudies { networks, images: IMAGES, replicate_sd, image_sd, levels };
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
    println!("S = {networks}, replicate sd {replicate_sd}, image sd {image_sd}: {rates:.4?}");
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

fn controls_error_and_finds_loss(networks: usize, replicate_sd: f64) {
    for image_sd in [ALIKE, UNLIKE] {
        let rates = rates(networks, replicate_sd, image_sd);
        controls_error(&rates);
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
    let alike = rates(5, 0.012, ALIKE);
    controls_error(&alike);
    assert!(alike.failed_at_5 >= 0.95, "{alike:?}");
    let unlike = rates(5, 0.012, UNLIKE);
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

/// Five levels with a loss of exactly the margin behind one without loss: each may pass by
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
        let late = result.limit.ratio_stored.is_some_and(|ratio| ratio > 4.5);
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

/// Loss 0.01 at 10:1 and 0.03 at 20:1 crosses the margin half way on log ratio, at √200. The
/// bootstrap takes five networks for all there are and has no t: where networks make most of the
/// error, it covers less than it says.
#[test]
fn interval_of_the_limit_covers_the_planted_crossing() {
    let levels = vec![(5.0, 0.002), (10.0, 0.01), (20.0, 0.03), (40.0, 0.10)];
    let crossing = 200_f64.sqrt();
    let criterion = Criterion::new(MARGIN, ALPHA, 199, 11).unwrap();
    for (networks, replicate_sd, least) in [(5, 0.006, 0.93), (5, 0.012, 0.87), (10, 0.012, 0.92)] {
        let levels = levels.clone();
        let studies =
            FakeStudies { networks, images: IMAGES, replicate_sd, image_sd: ALIKE, levels };
        let covers = |&number: &u64| {
            let limit = estimate(&studies.draw(number), &criterion).unwrap().limit;
            limit.ratio_stored_lower.is_none_or(|lower| lower <= crossing)
                && limit.ratio_stored_upper.is_none_or(|upper| crossing <= upper)
        };
        let covered = (0..INTERVAL_STUDIES).filter(covers).count();
        let coverage = covered as f64 / INTERVAL_STUDIES as f64;
        println!("S = {networks}, replicate sd {replicate_sd}: limit covered {coverage:.4}");
        assert!(coverage >= least, "{coverage}");
    }
}
