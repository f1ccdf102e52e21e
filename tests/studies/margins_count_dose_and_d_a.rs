//! Margins of dose and of d_a err no more often than they state, and run from plan to certificate.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;

use crate::fake_observers::FakeStudies;
use crate::study_fakes::{DETECTION, SMALL, changes, codecs, plan_of, run_plan};
use phantom_limit::campaign::Run;
use phantom_limit::codec::{Achieved, CodecName};
use phantom_limit::files;
use phantom_limit::image::SampleFormat;
use phantom_limit::limit::{Criterion, estimate};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{
    ArmOutcome, ArmResult, Certificate, FORMAT, Gate, InputPath, LevelBase, LevelOutcome,
    LimitKind, Margin, NoiseCourse, NoiseLadder, Readers, Regime, Verdict,
};
use phantom_limit::report;
use phantom_limit::rng::{Purpose, Stream, StreamKey};
use phantom_limit::stats::{Placements, d_a, normal_cdf};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{self, Changes, Plan, PlanError, Preset};
use phantom_limit::task::{Detect, Task, TaskName, Weights};
use rand_distr::{Distribution, StandardNormal};

const ALPHA: f64 = 0.025;
const STUDIES: u64 = 1000;

/// `rate` and two standard errors of it over all studies.
fn at_most(rate: f64) -> f64 {
    rate + 2.0 * (rate * (1.0 - rate) / STUDIES as f64).sqrt()
}

/// Shares of studies whose level was passed and failed, and whose interval held the truth.
#[derive(Debug, Default)]
struct Rates {
    passed: f64,
    failed: f64,
    covered: f64,
}

impl Rates {
    fn add(&mut self, verdict: Option<Verdict>, covered: bool) {
        let one = 1.0 / STUDIES as f64;
        self.passed += if verdict == Some(Verdict::Pass) { one } else { 0.0 };
        self.failed += if verdict == Some(Verdict::Fail) { one } else { 0.0 };
        self.covered += if covered { one } else { 0.0 };
    }

    /// A level that loses exactly the margin.
    fn keep_the_error(&self) {
        assert!(self.passed <= at_most(ALPHA), "{self:?}");
        assert!(self.failed <= at_most(ALPHA), "{self:?}");
        assert!(1.0 - self.covered <= at_most(2.0 * ALPHA), "{self:?}");
    }
}

/// A level that loses exactly as much as the less dose passes no more often than α; one that loses
/// two points less nearly always does.
#[test]
fn a_margin_of_dose_keeps_its_error() {
    const BY_DOSE: f64 = 0.03;
    let criterion = Criterion::new(Margin::DoseShare(0.9), ALPHA, 0, 0).unwrap();
    for (networks, replicate_sd, image_sd) in
        [(5, 0.003, 0.25), (5, 0.006, 0.25), (5, 0.006, 0.57), (10, 0.006, 0.25)]
    {
        let levels = vec![(5.0, BY_DOSE - 0.02), (10.0, BY_DOSE)];
        let studies = FakeStudies { networks, images: 150, replicate_sd, image_sd, levels };
        let (mut boundary, mut less, mut too_far) = (Rates::default(), Rates::default(), 0);
        for number in 0..STUDIES {
            let found = estimate(&studies.draw_at_dose(number, BY_DOSE), &criterion).unwrap();
            let costs = &found.supplement.as_ref().unwrap().costs;
            let beyond = |at: usize| costs[at].beyond_dose.unwrap();
            let holds =
                |at: usize, truth: f64| beyond(at).lower <= truth && truth <= beyond(at).upper;
            less.add(found.levels[0].verdict, holds(0, -0.02));
            boundary.add(found.levels[1].verdict, holds(1, 0.0));
            // The crossing is at 10:1; what rounding moves is allowed.
            let safe = found.limit.safe.map_or(0.0, |it| it.stored);
            too_far += u64::from(safe > 10.0 * (1.0 - 1e-6));
        }
        println!("S = {networks}, sd {replicate_sd} and {image_sd}: {boundary:.4?} {less:.4?}");
        boundary.keep_the_error();
        assert!(less.passed > 0.7, "{less:?}");
        assert!(too_far as f64 / STUDIES as f64 <= at_most(ALPHA), "{too_far}");
    }
}

/// How studies of detection are drawn: one target and one empty region in each of `images`,
/// ratings normal. A rating is the signal, which networks differ in by `networks_sd`, and noise of
/// variance 1, half of it that of the image, common to all networks, and as much in pairs of
/// originals and level.
struct Detections {
    networks: usize,
    images: usize,
    networks_sd: f64,
    /// Signal on originals and at the level.
    signals: [f64; 2],
}

impl Detections {
    /// The loss of d_a of networks on average: the mean area is Φ(μ/√(2 + τ²)) for signals of mean
    /// μ and standard deviation τ.
    fn loss(&self) -> f64 {
        let area = |signal: f64| normal_cdf(signal / (2.0 + self.networks_sd.powi(2)).sqrt());
        let [before, after] = self.signals.map(|signal| d_a(area(signal)).unwrap());
        before - after
    }

    fn draw(&self, number: u64) -> ArmOutcome {
        let key = StreamKey { seed: 31, purpose: Purpose::Simulation, case: number, part: 0 };
        let stream = &mut key.open();
        let normal = |stream: &mut Stream| -> f64 { StandardNormal.sample(stream) };
        let half = 0.5_f64.sqrt();
        let shared: Vec<[f64; 2]> =
            (0..self.images).map(|_| [half * normal(stream), half * normal(stream)]).collect();
        let groups: Vec<usize> = (0..self.images).collect();
        let (mut original, mut level) = (Vec::new(), Vec::new());
        for _ in 0..self.networks {
            let own = self.networks_sd * normal(stream);
            for (scores, signal) in [&mut original, &mut level].into_iter().zip(self.signals) {
                let mut rating = |part: usize, signal: f64| -> Vec<f64> {
                    shared.iter().map(|it| signal + it[part] + half * normal(stream)).collect()
                };
                let (present, absent) = (rating(0, signal + own), rating(1, 0.0));
                let placed = Placements::of(&present, &absent).unwrap();
                scores.push(placed.by_group(&groups, &groups, self.images).unwrap());
            }
        }
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        ArmOutcome {
            codec: CodecName::Jpeg2000,
            path: InputPath::Native,
            regime: Regime::Original,
            measure: Detect.measure(),
            readers: Readers::Sampled,
            weights: Weights::Alike(self.images),
            rarer: None,
            original,
            at_dose: None,
            levels: vec![LevelOutcome {
                base: LevelBase::Ratio,
                target: Some(10.0),
                achieved: Achieved { bytes: 15, pixels: 100, original: format, input: format },
                unreached: 0,
                psnr_db: 40.0,
                scores: level,
            }],
        }
    }
}

/// The linearised loss of d_a against the truth of a binormal model: its interval holds it, its mean
/// is off by little, and a level whose loss is the margin passes no more often than α.
#[test]
fn a_margin_of_d_a_keeps_its_error() {
    for (networks, images, networks_sd, signals) in
        [(5, 130, 0.1, [1.8, 1.5]), (5, 130, 0.3, [2.4, 2.0]), (10, 60, 0.1, [2.0, 1.4])]
    {
        let studies = Detections { networks, images, networks_sd, signals };
        let truth = studies.loss();
        let criterion = Criterion::new(Margin::DA(truth), ALPHA, 0, 0).unwrap();
        let (mut rates, mut mean) = (Rates::default(), 0.0);
        for number in 0..STUDIES {
            let found = estimate(&studies.draw(number), &criterion).unwrap();
            let lost = found.supplement.unwrap().costs[0].d_a.unwrap();
            mean += lost.mean / STUDIES as f64;
            rates.add(found.levels[0].verdict, lost.lower <= truth && truth <= lost.upper);
        }
        println!("S = {networks}, I = {images}: true {truth:.4}, mean {mean:.4}, {rates:.4?}");
        rates.keep_the_error();
        assert!((mean / truth - 1.0).abs() < 0.05, "{mean} {truth}");
    }
}

fn open(directory: &Path) -> Run {
    Run::open(RunDirectory::open(directory).unwrap()).unwrap()
}

fn refused(source: &str, changes: &Changes) -> PlanError {
    let phantom = Phantom::parse(source, "phantom.toml").unwrap();
    Plan::new(&phantom, source, changes, "fake").unwrap_err()
}

#[test]
fn a_margin_that_a_study_cannot_have_is_refused() {
    let with = |margin| Changes { margin: Some(margin), ..changes() };
    let both = refused(DETECTION, &with(Margin::DA(0.1)));
    assert_eq!(both, PlanError::NoArea(TaskName::Identify));
    assert!(both.to_string().contains("`tasks = [\"detect\"]`"), "{both}");
    assert_eq!(refused(SMALL, &with(Margin::DA(0.0))), PlanError::Margin(Margin::DA(0.0)));
    let whole = Margin::DoseShare(1.0);
    assert_eq!(refused(SMALL, &with(whole)), PlanError::Margin(whole));
    let grows = Changes { looks: Some(2), replicates: Some(8), ..with(Margin::DoseShare(0.9)) };
    assert_eq!(refused(SMALL, &grows), PlanError::GrowingDose);
}

/// The plan of fakes with a margin, as it is read again.
fn planned(source: &str, asked: &Changes) -> Plan {
    let (_, plan) = plan_of(source, asked, 1);
    assert_eq!(Plan::parse(&files::json(&plan)).unwrap(), plan);
    plan
}

/// Answers at less dose: of every network as on originals, but that every third image loses one
/// region. Fakes cannot be restored from a run to rate noisier images themselves.
fn ladder(run: &Run, images: u32, factors: &[f64]) -> NoiseLadder {
    let tally = study::tally(&run.plan, &run.store, &run.tasks).unwrap();
    let mut courses: Vec<NoiseCourse> = Vec::new();
    for arm in &tally.arms {
        let measured = (arm.measure.task.clone(), arm.path, arm.regime);
        if courses.iter().any(|it| (it.task.clone(), it.path, it.regime) == measured) {
            continue;
        }
        let less = |row: &Vec<f64>| -> Vec<f64> {
            let of = |(image, &score): (usize, &f64)| {
                if image % 3 == 0 { (score - 1.0).max(0.0) } else { score }
            };
            row.iter().take(images as usize).enumerate().map(of).collect()
        };
        let at_factor = |_| arm.original.iter().map(less).collect();
        let scores = factors.iter().map(at_factor).collect();
        let (task, path, regime) = measured;
        courses.push(NoiseCourse { task, path, regime, scores });
    }
    NoiseLadder { format: FORMAT, images, factors: factors.to_vec(), courses }
}

fn lossy(arms: &[ArmResult]) -> impl Iterator<Item = &ArmResult> {
    arms.iter().filter(|arm| arm.codec != CodecName::Lossless)
}

fn certificates(directory: &Path) -> Vec<Certificate> {
    let listing = files::listing(directory).unwrap().into_iter();
    let own = listing.filter(|file| file.starts_with("certificates/"));
    own.map(|it| serde_json::from_slice(&fs::read(directory.join(it)).unwrap()).unwrap()).collect()
}

#[test]
fn a_study_is_judged_by_dose() {
    let margin = Margin::DoseShare(0.9);
    let directory = tempfile::tempdir().unwrap();
    let asked = Changes { margin: Some(margin), ..changes() };
    let results = run_plan(directory.path(), planned(SMALL, &asked), 2, u64::MAX).unwrap();
    // No answers at less dose: no verdict, and the gate says so.
    for arm in lossy(&results.arms) {
        assert_eq!(arm.limit.gates, [Gate::Dose]);
        assert!(arm.levels.iter().all(|it| it.verdict.is_none()));
    }
    assert!(report::text(&results).contains("no network rated originals at the margin's dose"));

    let run = open(directory.path());
    let factor = 1.0 / 0.9_f64.sqrt();
    let measured = ladder(&run, run.plan.test_images, &[factor, 1.25]);
    run.store.write("noise.json", &files::json(&measured)).unwrap();
    let results = run.conclude(&codecs).unwrap();
    assert_eq!(results.margin, margin);
    for arm in lossy(&results.arms) {
        assert_ne!(arm.limit.kind, LimitKind::None);
        let supplement = arm.supplement.as_ref().unwrap();
        for (level, cost) in arm.levels.iter().zip(&supplement.costs) {
            let beyond = cost.beyond_dose.unwrap();
            let passed = level.verdict == Some(Verdict::Pass);
            assert_eq!(passed, beyond.upper < 0.0, "{beyond:?}");
            // The loss by less dose is the same at every level: as much as both say together.
            let first = supplement.costs[0].beyond_dose.unwrap().mean - arm.levels[0].loss;
            assert!((beyond.mean - level.loss - first).abs() < 1e-12);
            assert!(first < 0.0 && cost.images_sd.unwrap() >= 0.0 && cost.d_a.is_none());
            assert!(cost.dose.is_some());
        }
        assert_eq!(supplement.routes.as_ref().unwrap().bootstrap, None);
    }
    let text = report::text(&results);
    let mut longest = results.clone();
    longest.measures = vec![Detect.measure()];
    longest.arms.iter_mut().for_each(|arm| arm.task = "detect".to_owned());
    assert!(report::text(&longest).lines().all(|line| line.len() <= 100));
    assert!(text.contains("10 % less dose") && text.contains("SHARE OF THE DOSE"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    let page = fs::read_to_string(directory.path().join("report.html")).unwrap();
    assert!(page.contains("as much lost as by 10 % less dose at"));
    assert!(page.contains("What a level costs") && !page.contains("class=\"margin\""));
    let found = certificates(directory.path());
    assert!(!found.is_empty() && found.iter().all(|it| it.margin == margin));
    assert_eq!(run.check_certificates().unwrap(), Vec::<String>::new());

    // Another criterion, where the run has answers at that dose.
    let other = run.rederive(Margin::DoseShare(0.64), 0.025).unwrap();
    assert!(other.post_hoc);
    run.leave_post_hoc(&other).unwrap();
    assert!(directory.path().join("post-hoc/margin-dose-share-0.64-alpha-0.025").exists());
    assert_eq!(run.check_certificates().unwrap(), Vec::<String>::new());
    let error = run.rederive(Margin::DoseShare(0.8), 0.025).unwrap_err().to_string();
    assert!(error.contains("0.8 of the dose: they did at 0.9, 0.64"), "{error}");
    let points = run.rederive(0.02, 0.025).unwrap();
    assert!(points.post_hoc && points.arms[0].supplement.is_some());
}

#[test]
fn a_run_that_rated_some_images_at_less_dose_has_no_margin_of_it() {
    let directory = tempfile::tempdir().unwrap();
    run_plan(directory.path(), planned(SMALL, &changes()), 2, u64::MAX).unwrap();
    let run = open(directory.path());
    run.store.write("noise.json", &files::json(&ladder(&run, 20, &[1.25]))).unwrap();
    let error = run.rederive(Margin::DoseShare(0.64), 0.025).unwrap_err().to_string();
    assert!(error.contains("only a study that is planned with a margin of dose"), "{error}");
    // The dose that a level costs comes from these images.
    let results = run.conclude(&codecs).unwrap();
    for arm in lossy(&results.arms) {
        let costs = &arm.supplement.as_ref().unwrap().costs;
        assert!(costs.iter().all(|it| it.dose.is_some_and(|it| it.images == 20)));
        assert!(costs.iter().all(|it| it.beyond_dose.is_none()));
    }
}

#[test]
fn a_study_is_judged_by_d_a() {
    let margin = Margin::DA(0.1);
    let directory = tempfile::tempdir().unwrap();
    let asked = Changes {
        margin: Some(margin),
        tasks: Some(vec![TaskName::Detect]),
        preset: Some(Preset::Quick),
        ..changes()
    };
    let results = run_plan(directory.path(), planned(DETECTION, &asked), 2, u64::MAX).unwrap();
    assert_eq!(results.margin, margin);
    for arm in lossy(&results.arms) {
        let costs = &arm.supplement.as_ref().unwrap().costs;
        for (level, cost) in arm.levels.iter().zip(costs) {
            let lost = cost.d_a.unwrap();
            let expected = d_a(arm.original_score).unwrap() - d_a(level.score).unwrap();
            assert!((lost.mean - expected).abs() < 1e-9, "{lost:?} {expected}");
            let verdict = level.verdict.unwrap();
            assert_eq!(verdict == Verdict::Pass, lost.upper < 0.1, "{lost:?}");
            assert_eq!(verdict == Verdict::Fail, lost.lower > 0.1, "{lost:?}");
        }
    }
    let text = report::text(&results);
    assert!(text.contains("0.1 of d_a") && text.contains("LOSS OF d_a"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    let run = open(directory.path());
    assert_eq!(run.check_certificates().unwrap(), Vec::<String>::new());
    let identify = tempfile::tempdir().unwrap();
    run_plan(identify.path(), planned(SMALL, &changes()), 2, u64::MAX).unwrap();
    let error = open(identify.path()).rederive(margin, 0.025).unwrap_err().to_string();
    assert!(error.contains("task `identify` has none"), "{error}");
}
