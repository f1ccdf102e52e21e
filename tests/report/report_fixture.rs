//! A made-up study with curves like those of an independent trial on ct-head: six lossy arms and
//! the lossless null, with pictures. Nothing in it was measured by this program.

#[path = "report_figures.rs"]
mod report_figures;
#[path = "report_sections.rs"]
mod report_sections;

use phantom_limit::codec::CodecName;
use phantom_limit::image::{SampleFormat, Window};
use phantom_limit::limit::predictors;
use phantom_limit::metric::Artefacts;
use phantom_limit::record::{
    ArmResult, BootstrapResult, CeilingResult, Condition, CostResult, CurveResult,
    DetectionCeilingResult, DoseResult, EfficiencyResult, FORMAT, FamilyResult, Figures, Gate,
    GuidelineResult, InputPath, LevelBase, LevelResult, LimitKind, LimitResult, LossResult,
    MatrixResult, Origin, PointingResult, QualityResult, RatioResult, Ratios, Regime,
    RelativeResult, Representation, Results, Routes, ShiftResult, Supplement, Verdict,
};
use phantom_limit::report::{PhantomSummary, Report};
use phantom_limit::stats::Sigmoid;
use phantom_limit::task::{Detect, Identify, Task};

pub(crate) use report_figures::figures;
use report_sections::{detail, leaks, linear, readings, second_ceiling, training_sizes};

/// The default ladder on stored bits.
const LADDER: [f64; 15] =
    [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 80.0, 120.0, 200.0];

/// Accuracy on originals, then at each level of the ladder.
type Curve = (f64, [f64; 15]);

const JPEG_ORIGINAL: Curve = (
    0.944,
    [
        0.944, 0.944, 0.944, 0.943, 0.939, 0.930, 0.907, 0.893, 0.854, 0.790, 0.609, 0.383, 0.321,
        0.308, 0.279,
    ],
);
const JPEG_MIXED: Curve = (
    0.938,
    [
        0.938, 0.938, 0.938, 0.938, 0.937, 0.937, 0.935, 0.933, 0.928, 0.920, 0.898, 0.862, 0.795,
        0.722, 0.598,
    ],
);
const JPEG2000_WINDOWED_ORIGINAL: Curve = (
    0.944,
    [
        0.944, 0.944, 0.943, 0.943, 0.940, 0.936, 0.925, 0.909, 0.881, 0.828, 0.661, 0.402, 0.296,
        0.254, 0.221,
    ],
);
const JPEG2000_WINDOWED_MIXED: Curve = (
    0.938,
    [
        0.938, 0.938, 0.938, 0.938, 0.938, 0.937, 0.936, 0.935, 0.932, 0.926, 0.901, 0.848, 0.751,
        0.655, 0.512,
    ],
);
const JPEG2000_NATIVE_ORIGINAL: Curve = (
    0.949,
    [
        0.949, 0.948, 0.946, 0.941, 0.929, 0.897, 0.835, 0.790, 0.745, 0.680, 0.441, 0.239, 0.186,
        0.174, 0.172,
    ],
);
const JPEG2000_NATIVE_MIXED: Curve = (
    0.931,
    [
        0.931, 0.931, 0.930, 0.929, 0.927, 0.919, 0.905, 0.893, 0.866, 0.818, 0.639, 0.412, 0.264,
        0.202, 0.188,
    ],
);

pub(crate) const CLASSES: [&str; 6] = ["disk", "square", "triangle", "ring", "cross", "absent"];

/// The whole study as preset `standard`.
pub(crate) fn standard() -> Results {
    use CodecName::{Jpeg, Jpeg2000};
    use InputPath::{Native, Windowed};
    use Regime::{Mixed, Original};
    let mut arms = vec![
        arm(Jpeg2000, Native, Original, &JPEG2000_NATIVE_ORIGINAL),
        arm(Jpeg2000, Native, Mixed, &JPEG2000_NATIVE_MIXED),
        arm(Jpeg, Windowed, Original, &JPEG_ORIGINAL),
        arm(Jpeg, Windowed, Mixed, &JPEG_MIXED),
        arm(Jpeg2000, Windowed, Original, &JPEG2000_WINDOWED_ORIGINAL),
        arm(Jpeg2000, Windowed, Mixed, &JPEG2000_WINDOWED_MIXED),
    ];
    for (path, regime, accuracy) in [
        (Native, Original, 0.949),
        (Native, Mixed, 0.931),
        (Windowed, Original, 0.944),
        (Windowed, Mixed, 0.938),
    ] {
        arms.push(null(path, regime, accuracy));
    }
    let guideline = |body: &str, ratio: f64, source: &str| GuidelineResult {
        body: body.to_owned(),
        ratio,
        year: 2008,
        source: source.to_owned(),
        as_quoted_by: Some("Urbaniak 2024, Table 1".to_owned()),
    };
    Results {
        format: FORMAT,
        phantom: "ct-head".to_owned(),
        data: None,
        rescale: None,
        input: Representation::Pixels,
        seed: 1,
        preset: "standard".to_owned(),
        measures: vec![Identify { classes: 6 }.measure()],
        margin: 0.02.into(),
        alpha: 0.025,
        post_hoc: false,
        looks: Vec::new(),
        arms,
        shift: Vec::new(),
        matrix: Vec::new(),
        quality: Vec::new(),
        pointing: Vec::new(),
        predictors: Vec::new(),
        ceiling: Some(CeilingResult {
            format: FORMAT,
            images: 14,
            regions: 1008,
            accuracy: 0.995,
            standard_error: 0.002,
            grid_error: 0.001,
            contrasts: vec![0.5, 1.0],
            accuracies: vec![0.93, 0.995],
            image_regions: vec![72; 14],
            correct: vec![vec![67; 14], vec![71; 14]],
        }),
        detection_ceiling: None,
        leaks: Some(leaks()),
        detail: Vec::new(),
        readings: Vec::new(),
        linear: None,
        outlining: Vec::new(),
        second_ceiling: Vec::new(),
        search_ceiling: None,
        localisation: Vec::new(),
        strict: Vec::new(),
        training_sizes: Vec::new(),
        networks: Vec::new(),
        transfer: Vec::new(),
        operating: Vec::new(),
        guidelines: vec![
            guideline(
                "CAR",
                12.0,
                "Canadian Association of Radiologists, CAR Standards for Irreversible Compression in Digital Diagnostic Imaging within Radiology",
            ),
            guideline(
                "DRG",
                5.0,
                "Loose et al., Compression of digital images in radiology: results of a consensus conference, RöFo 181:32-37",
            ),
            guideline(
                "RCR",
                5.0,
                "Royal College of Radiologists, The Adoption of Lossy Image Data Compression for the Purpose of Clinical Interpretation",
            ),
        ],
    }
}

/// One arm along `curve`, its intervals widening with the loss, its verdicts and limit by rule.
fn arm(codec: CodecName, path: InputPath, regime: Regime, curve: &Curve) -> ArmResult {
    let margin = 0.02;
    let input = if path == InputPath::Native { 12.0 } else { 8.0 };
    let level = |(index, &target): (usize, &f64)| {
        // The search ends within a percent of the target.
        let ratio_stored = target * (1.0 + 0.008 * ((index % 3) as f64 - 1.0));
        let loss = curve.0 - curve.1[index];
        let half = 0.004 + 0.05 * loss.max(0.0);
        let (loss_lower, loss_upper) = (loss - half, loss + half);
        let verdict = if loss_upper < margin {
            Verdict::Pass
        } else if loss_lower > margin {
            Verdict::Fail
        } else {
            Verdict::Inconclusive
        };
        LevelResult {
            target: Some(target),
            target_base: LevelBase::Ratio,
            ratio_stored,
            ratio_allocated: ratio_stored * 16.0 / 12.0,
            ratio_input: ratio_stored * input / 12.0,
            bpp: 12.0 / ratio_stored,
            psnr_db: Some(
                if path == InputPath::Native { 68.0 } else { 50.0 } - 6.0 * target.sqrt().sqrt(),
            ),
            unreached: if codec == CodecName::Jpeg && target == 200.0 { 130 } else { 0 },
            score: curve.1[index],
            loss,
            loss_lower,
            loss_upper,
            verdict: Some(verdict),
            images_to_decide: (verdict == Verdict::Inconclusive).then_some(420),
        }
    };
    let levels: Vec<LevelResult> = LADDER.iter().enumerate().map(level).collect();
    let stop =
        levels.iter().position(|it| it.verdict != Some(Verdict::Pass)).expect("every curve falls");
    let last = &levels[stop - 1];
    let limit = LimitResult {
        kind: LimitKind::At,
        blocked_by: levels[stop].verdict,
        crossing: RatioResult {
            ratio_stored: Some(levels[stop].ratio_stored * 0.99),
            lower: Some(last.ratio_stored * 1.02),
            upper: Some(levels[stop].ratio_stored * 1.08),
        },
        safe: Some(Ratios {
            stored: last.ratio_stored * 1.02,
            allocated: last.ratio_allocated * 1.02,
        }),
        passed: Some(Ratios { stored: last.ratio_stored, allocated: last.ratio_allocated }),
        gates: Vec::new(),
    };
    let supplement = supplement(&levels, &limit, curve.0);
    let method = "two-way random-effects interval of the loss over 5 networks and 130 images";
    ArmResult {
        method: method.to_owned(),
        supplement: Some(supplement),
        ..bare(codec, path, regime, curve.0, levels, limit)
    }
}

/// Other criteria one level stricter or milder, routes around the limit, one of them warned of.
fn supplement(levels: &[LevelResult], limit: &LimitResult, accuracy: f64) -> Supplement {
    let at = limit.passed.expect("every arm has a limit").stored;
    let limit = |times: f64| LimitResult {
        kind: LimitKind::At,
        blocked_by: Some(Verdict::Inconclusive),
        crossing: RatioResult {
            ratio_stored: limit.crossing.ratio_stored,
            lower: Some(at * times),
            upper: limit.crossing.upper,
        },
        safe: Some(Ratios { stored: at * times, allocated: at * times * 16.0 / 12.0 }),
        passed: Some(Ratios { stored: at, allocated: at * 16.0 / 12.0 }),
        gates: Vec::new(),
    };
    let ratio = |times: f64| RatioResult {
        ratio_stored: Some(at * times),
        lower: Some(at * times * 0.95),
        upper: (at < 15.0).then_some(at * times * 1.05),
    };
    Supplement {
        failed_trainings: if at < 8.0 { vec![3] } else { Vec::new() },
        family: Some(FamilyResult { arms: 6, alpha: 0.025 / 6.0, limit: limit(0.8) }),
        relative: Some(RelativeResult { keep: 0.95, limit: limit(1.2) }),
        routes: Some(Routes {
            isotonic: ratio(1.1),
            bootstrap: Some(ratio(1.1)),
            curve: (at < 15.0).then(|| CurveResult {
                crossing: ratio(1.15),
                midpoint: ratio(4.0),
                sigmoid: Sigmoid::Gumbel,
                spread: 0.6,
                guess: 0.2,
                lapse: 1.0 - accuracy,
                dispersion: 1.4,
            }),
            monotone_p: 0.4,
            warning: (at < 8.0).then(|| "the routes of this made-up arm disagree".to_owned()),
        }),
        bootstrap: levels
            .iter()
            .map(|level| BootstrapResult {
                lower: level.loss_lower,
                upper: level.loss_upper,
                bca_lower: Some(level.loss_lower),
                bca_upper: None,
            })
            .collect(),
        costs: levels.iter().map(cost).collect(),
        efficiency: Some(EfficiencyResult {
            accuracy,
            share_of_ideal: accuracy / 0.995,
            efficiency: (at < 15.0).then_some(0.34),
            efficiency_lower: (at < 15.0).then_some(0.28),
            efficiency_upper: (at < 15.0).then_some(0.41),
            leak: false,
        }),
    }
}

/// Three times the loss by d_a, and a share of the dose as long as that is known.
fn cost(level: &LevelResult) -> CostResult {
    let (mean, known) = (3.0 * level.loss, level.loss < 0.3);
    CostResult {
        images_sd: Some(0.02),
        d_a: Some(LossResult { mean, lower: mean - 0.05, upper: mean + 0.05 }),
        dose: Some(DoseResult {
            share: known.then_some(1.0 - 1.5 * level.loss),
            lower: known.then_some(0.4),
            upper: Some(1.0),
            images: 30,
        }),
        beyond_dose: None,
    }
}

/// The lossless null of one path.
fn null(path: InputPath, regime: Regime, accuracy: f64) -> ArmResult {
    let (bpp, input) = if path == InputPath::Native { (4.81, 12.0) } else { (3.36, 8.0) };
    let level = LevelResult {
        target: None,
        target_base: LevelBase::Ratio,
        ratio_stored: 12.0 / bpp,
        ratio_allocated: 16.0 / bpp,
        ratio_input: input / bpp,
        bpp,
        psnr_db: None,
        unreached: 0,
        score: accuracy,
        loss: 0.0,
        loss_lower: 0.0,
        loss_upper: 0.0,
        verdict: None,
        images_to_decide: None,
    };
    bare(
        CodecName::Lossless,
        path,
        regime,
        accuracy,
        vec![level],
        LimitResult::none(vec![Gate::Lossy]),
    )
}

fn bare(
    codec: CodecName,
    path: InputPath,
    regime: Regime,
    original_score: f64,
    levels: Vec<LevelResult>,
    limit: LimitResult,
) -> ArmResult {
    ArmResult {
        task: "identify".to_owned(),
        codec,
        path,
        regime,
        replicates: 5,
        images: 130,
        examples: 6240,
        original_score,
        original_score_lower: original_score - 0.008,
        original_score_upper: original_score + 0.008,
        levels,
        limit,
        method: String::new(),
        supplement: None,
    }
}

/// The same study of both tasks, with networks trained at three levels, and with the quality of
/// every level.
pub(crate) fn with_training() -> Results {
    let mut results = standard();
    let arms: Vec<ArmResult> = results.arms.clone();
    let levels = [5.0, 20.0, 80.0];
    for arm in arms.iter().filter(|arm| arm.codec != CodecName::Lossless) {
        for level in &arm.levels {
            let Some(target) = level.target else { continue };
            if arm.regime == Regime::Original {
                let worse =
                    libm::log(target) / if arm.codec == CodecName::Jpeg { 8.0 } else { 9.0 };
                results.quality.push(QualityResult {
                    codec: arm.codec,
                    path: arm.path,
                    target,
                    images: 3,
                    ssim: Some(1.0 - worse * worse / 4.0),
                    artefacts: Artefacts {
                        blocking: if arm.codec == CodecName::Jpeg { worse } else { 0.01 },
                        ringing: worse / 2.0,
                        ripple: worse.sqrt(),
                        blur: worse * worse - 0.02,
                    },
                });
            }
        }
        if arm.regime != Regime::Original {
            continue;
        }
        results.detail.push(detail(arm));
        let at = |target: f64| {
            arm.levels.iter().find(|it| it.target == Some(target)).expect("on the ladder")
        };
        for target in levels {
            let loss_original = at(target).loss;
            let loss_matched = loss_original * 0.4;
            let domain_shift = loss_original - loss_matched;
            results.shift.push(ShiftResult {
                task: arm.task.clone(),
                codec: arm.codec,
                path: arm.path,
                target,
                loss_original,
                loss_matched,
                domain_shift,
                domain_shift_lower: domain_shift - 0.02,
                domain_shift_upper: domain_shift + 0.02,
            });
        }
        let places = [None, Some(5.0), Some(20.0), Some(80.0)];
        for (row, trained_at) in places.into_iter().enumerate() {
            for (column, tested_at) in places.into_iter().enumerate() {
                let loss = tested_at.map_or(0.0, |target| at(target).loss);
                let away = row.abs_diff(column) as f64;
                let accuracy = arm.original_score - loss * (0.4 + 0.2 * away) - 0.02 * away;
                results.matrix.push(MatrixResult {
                    task: arm.task.clone(),
                    codec: arm.codec,
                    path: arm.path,
                    trained_at,
                    tested_at,
                    score: accuracy,
                    score_lower: accuracy - 0.01,
                    score_upper: accuracy + 0.01,
                });
            }
        }
    }
    for (codec, target, hits) in [(None, None, 38), (Some(CodecName::Jpeg), Some(20.0), 21)] {
        results.pointing.push(PointingResult {
            path: InputPath::Windowed,
            regime: Regime::Original,
            condition: Condition { codec, base: LevelBase::Ratio, target },
            regions: 40,
            hits,
            chance: 0.13,
        });
    }
    results.detail = lossy(&results).map(detail).collect();
    results.linear = Some(linear(&results));
    detect(&mut results);
    results.predictors = predictors(&results.arms, &results.quality).expect("losses are finite");
    results.readings = readings();
    results.second_ceiling = second_ceiling(&results);
    results.training_sizes = training_sizes(&results);
    results
}

/// Has networks detect, with an area of 0.91 that falls half as fast.
fn detect(results: &mut Results) {
    results.measures.push(Detect.measure());
    results.detection_ceiling = Some(DetectionCeilingResult {
        format: FORMAT,
        images: 44,
        regions: 704,
        auc: 0.953,
        standard_error: 0.008,
    });
    let of_task = |arm: &ArmResult| {
        let mut arm = arm.clone();
        (arm.task, arm.examples) = ("detect".to_owned(), arm.images);
        arm.original_score = 0.91;
        (arm.original_score_lower, arm.original_score_upper) = (0.905, 0.915);
        for level in &mut arm.levels {
            level.loss /= 2.0;
            level.score = 0.91 - level.loss;
            level.loss_lower /= 2.0;
            level.loss_upper /= 2.0;
        }
        if let Some(supplement) = &mut arm.supplement {
            supplement.efficiency = None;
        }
        arm
    };
    let arms: Vec<ArmResult> = results.arms.iter().map(of_task).collect();
    results.arms.extend(arms);
}

fn lossy(results: &Results) -> impl Iterator<Item = &ArmResult> {
    results.arms.iter().filter(|arm| arm.codec != CodecName::Lossless)
}

/// The same study cut down to what preset `smoke` would leave.
pub(crate) fn smoke() -> Results {
    let mut results = standard();
    results.preset = "smoke".to_owned();
    for arm in &mut results.arms {
        arm.replicates = 1;
        arm.images = 4;
        arm.examples = 190;
        arm.levels.retain(|it| it.target.is_none_or(|target| [5.0, 15.0, 50.0].contains(&target)));
        for level in &mut arm.levels {
            level.verdict = None;
            level.images_to_decide = None;
            level.loss_lower -= 0.05;
            level.loss_upper += 0.05;
        }
        if arm.codec == CodecName::Lossless {
            (arm.levels[0].loss_lower, arm.levels[0].loss_upper) = (0.0, 0.0);
        }
        if arm.codec != CodecName::Lossless {
            arm.limit = LimitResult::none(vec![Gate::Preset, Gate::Networks, Gate::Images]);
        }
        arm.supplement = None;
    }
    results.ceiling = None;
    results
}

/// What a caller would say about making it.
pub(crate) fn made() -> Vec<(String, String)> {
    [
        (
            "command",
            "phantom-limit calibrate ct-head --preset standard --seed 1 --out runs/ct-head",
        ),
        ("version", "phantom-limit 0.1.0"),
        ("codecs", "jpeg-encoder 0.7.1, OpenJPEG 2.5.2"),
        ("kernel", "avx512"),
        ("phantom hash", "b1946ac92492d2347c6235b4d2611184f6f1a1c1e0ab6a4ef4b9c3b6de5d1f08"),
        ("plan hash", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
        ("test images", "130 of the test split, 48 regions each"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

/// Where the study's numbers would come from.
pub(crate) fn origin() -> Origin {
    let hash = |digit: &str| digit.repeat(64);
    Origin {
        phantom_title: phantom().title.to_owned(),
        phantom_sha256: hash("a"),
        plan_sha256: hash("b"),
        results_sha256: hash("c"),
        version: "0.1.0".to_owned(),
        kernel: "avx512".to_owned(),
        codec_versions: [("jpeg2000".to_owned(), "OpenJPEG 2.5.2".to_owned())].into(),
    }
}

/// The phantom of the study.
pub(crate) fn phantom() -> PhantomSummary<'static> {
    PhantomSummary {
        id: "ct-head",
        title: "CT head, 5 mm slice, soft kernel",
        size: Some([512, 512]),
        pixel_spacing_mm: Some(0.45),
        format: SampleFormat { bits_stored: 12, bits_allocated: 16 },
        window: Some(Window { center: 40.0, width: 120.0 }),
        unit: "HU",
        contrast_unit: "HU",
    }
}

/// The page of a study.
pub(crate) fn page(results: &Results, figures: &Figures) -> String {
    let made = made();
    let certificates = phantom_limit::report::certificates(results, &origin());
    phantom_limit::report::html(&Report {
        results,
        figures,
        certificates: &certificates,
        phantom: phantom(),
        made: &made,
    })
}

/// What stands beside every limit.
pub(crate) const LABEL: &str = "phantom-task limit, not clinical advice";

/// The whole page of a study, with made-up figures.
pub(crate) fn whole(results: &Results) -> String {
    page(results, &figures(results))
}
