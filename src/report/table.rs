//! Owns `results.csv`: one line per arm and level; knows no other format.

use crate::record::{
    ArmResult, Condition, LevelResult, LimitKind, RatioResult, Results, SequenceResult,
};

use super::words;

/// Columns of `results.csv`; a released column keeps its name and its place.
pub const HEADER: [&str; 84] = [
    "phantom",
    "preset",
    "seed",
    "margin",
    "alpha",
    "post_hoc",
    "codec",
    "path",
    "regime",
    "replicates",
    "images",
    "regions",
    "original_accuracy",
    "original_accuracy_lower",
    "original_accuracy_upper",
    "target",
    "ratio_stored",
    "ratio_allocated",
    "ratio_input",
    "bpp",
    "psnr_db",
    "unreached",
    "accuracy",
    "loss",
    "loss_lower",
    "loss_upper",
    "verdict",
    "images_to_decide",
    "limit_kind",
    "limit_blocked_by",
    "limit_ratio_stored",
    "limit_ratio_stored_lower",
    "limit_ratio_stored_upper",
    "limit_ratio_allocated",
    "target_base",
    "original_auc",
    "original_auc_lower",
    "original_auc_upper",
    "auc",
    "auc_loss",
    "auc_loss_lower",
    "auc_loss_upper",
    "auc_verdict",
    "loss_bootstrap_lower",
    "loss_bootstrap_upper",
    "loss_bca_lower",
    "loss_bca_upper",
    "ssim",
    "blocking",
    "ringing",
    "ripple",
    "blur",
    "pointing_hits",
    "pointing_regions",
    "pointing_chance",
    "family_alpha",
    "family_limit_kind",
    "family_limit_ratio_stored",
    "relative_keep",
    "relative_limit_kind",
    "relative_limit_ratio_stored",
    "auc_limit_kind",
    "auc_limit_ratio_stored",
    "isotonic",
    "isotonic_lower",
    "isotonic_upper",
    "bootstrap",
    "bootstrap_lower",
    "bootstrap_upper",
    "psychometric",
    "psychometric_lower",
    "psychometric_upper",
    "midpoint",
    "midpoint_lower",
    "midpoint_upper",
    "spread",
    "guess",
    "lapse",
    "dispersion",
    "monotone_p",
    "ceiling_accuracy",
    "ceiling_auc",
    "share_of_ideal",
    "efficiency",
];

/// Renders `results.csv`: [`HEADER`], then one line per arm and level.
///
/// Numbers are the shortest decimals that read back to the same value. A value that does not
/// exist is empty; the PSNR of a lossless level is `inf`.
#[must_use]
pub fn csv(results: &Results) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = results.arms.iter().flat_map(|arm| (0..arm.levels.len()).map(move |it| (arm, it)));
    let lines = rows.map(|(arm, row)| {
        let mut line = line(results, arm, &arm.levels[row]).to_vec();
        line.extend(beside(results, arm, row));
        line
    });
    for line in std::iter::once(HEADER.map(str::to_owned).to_vec()).chain(lines) {
        writer.write_record(&line).expect("memory takes every line, and all have one length");
    }
    writer.into_inner().expect("memory takes the last bytes")
}

fn line(results: &Results, arm: &ArmResult, level: &LevelResult) -> [String; 35] {
    let limit = &arm.limit;
    let psnr_db = match level.psnr_db {
        None => "inf".to_owned(),
        Some(psnr_db) if psnr_db == f64::INFINITY => "inf".to_owned(),
        Some(psnr_db) => number(psnr_db),
    };
    [
        results.phantom.clone(),
        results.preset.clone(),
        results.seed.to_string(),
        number(results.margin),
        number(results.alpha),
        results.post_hoc.to_string(),
        arm.codec.name().to_owned(),
        arm.path.name().to_owned(),
        arm.regime.name().to_owned(),
        arm.replicates.to_string(),
        arm.images.to_string(),
        arm.regions.to_string(),
        number(arm.original_accuracy),
        number(arm.original_accuracy_lower),
        number(arm.original_accuracy_upper),
        optional(level.target),
        number(level.ratio_stored),
        number(level.ratio_allocated),
        number(level.ratio_input),
        number(level.bpp),
        psnr_db,
        level.unreached.to_string(),
        number(level.accuracy),
        number(level.loss),
        number(level.loss_lower),
        number(level.loss_upper),
        level.verdict.map_or("", words::verdict).to_owned(),
        level.images_to_decide.map_or_else(String::new, |images| images.to_string()),
        kind(limit.kind).to_owned(),
        limit.blocked_by.map_or("", words::verdict).to_owned(),
        optional(limit.ratio_stored),
        optional(limit.ratio_stored_lower),
        optional(limit.ratio_stored_upper),
        optional(limit.ratio_allocated),
        level.target_base.name().to_owned(),
    ]
}

/// What stands beside the limit and the level: the columns behind those of [`line`].
fn beside(results: &Results, arm: &ArmResult, row: usize) -> Vec<String> {
    let level = &arm.levels[row];
    let beside = arm.beside.as_ref();
    let detection = beside.and_then(|it| it.detection.as_ref());
    let area = detection.and_then(|it| it.levels.get(row));
    let bootstrap = beside.and_then(|it| it.bootstrap.get(row));
    let quality = results
        .quality
        .iter()
        .find(|it| (it.codec, it.path) == (arm.codec, arm.path) && Some(it.target) == level.target);
    let artefacts = quality.map(|it| &it.artefacts);
    let condition =
        Condition { codec: Some(arm.codec), base: level.target_base, target: level.target };
    let pointing = results
        .pointing
        .iter()
        .find(|it| (it.path, it.regime, it.condition) == (arm.path, arm.regime, condition));
    let family = beside.and_then(|it| it.family.as_ref());
    let relative = beside.and_then(|it| it.relative.as_ref());
    let routes = beside.and_then(|it| it.routes.as_ref());
    let curve = routes.and_then(|it| it.curve.as_ref());
    let ceiling = results.ceiling.as_ref();
    let efficiency = beside.and_then(|it| it.efficiency.as_ref());
    let count = |value: Option<u32>| value.map_or_else(String::new, |it| it.to_string());
    let sequence = |found: Option<&SequenceResult>| {
        [
            found.map_or_else(String::new, |it| kind(it.kind).to_owned()),
            optional(found.and_then(|it| it.ratio_stored)),
        ]
    };
    let ratio = |found: Option<&RatioResult>| {
        [
            optional(found.and_then(|it| it.ratio_stored)),
            optional(found.and_then(|it| it.lower)),
            optional(found.and_then(|it| it.upper)),
        ]
    };
    let mut line = vec![
        optional(detection.map(|it| it.original_auc)),
        optional(detection.map(|it| it.original_auc_lower)),
        optional(detection.map(|it| it.original_auc_upper)),
        optional(area.map(|it| it.auc)),
        optional(area.map(|it| it.loss)),
        optional(area.map(|it| it.loss_lower)),
        optional(area.map(|it| it.loss_upper)),
        area.and_then(|it| it.verdict).map_or("", words::verdict).to_owned(),
        optional(bootstrap.map(|it| it.lower)),
        optional(bootstrap.map(|it| it.upper)),
        optional(bootstrap.and_then(|it| it.bca_lower)),
        optional(bootstrap.and_then(|it| it.bca_upper)),
        optional(quality.and_then(|it| it.ssim)),
        optional(artefacts.map(|it| it.blocking)),
        optional(artefacts.map(|it| it.ringing)),
        optional(artefacts.map(|it| it.ripple)),
        optional(artefacts.map(|it| it.blur)),
        count(pointing.map(|it| it.hits)),
        count(pointing.map(|it| it.regions)),
        optional(pointing.map(|it| it.chance)),
        optional(family.map(|it| it.alpha)),
    ];
    line.extend(sequence(family.map(|it| &it.sequence)));
    line.push(optional(relative.map(|it| it.keep)));
    line.extend(sequence(relative.map(|it| &it.sequence)));
    line.extend(sequence(detection.and_then(|it| it.sequence.as_ref())));
    line.extend(ratio(routes.map(|it| &it.isotonic)));
    line.extend(ratio(routes.and_then(|it| it.bootstrap.as_ref())));
    line.extend(ratio(curve.map(|it| &it.crossing)));
    line.extend(ratio(curve.map(|it| &it.midpoint)));
    line.extend([
        optional(curve.map(|it| it.spread)),
        optional(curve.map(|it| it.guess)),
        optional(curve.map(|it| it.lapse)),
        optional(curve.map(|it| it.dispersion)),
        optional(routes.map(|it| it.monotone_p)),
        optional(ceiling.map(|it| it.accuracy)),
        optional(ceiling.and_then(|it| it.auc)),
        optional(efficiency.map(|it| it.share_of_ideal)),
        optional(efficiency.and_then(|it| it.efficiency)),
    ]);
    line
}

fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

/// The kind as `results.json` writes it.
fn kind(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::At => "at",
        LimitKind::BeyondTested => "beyond_tested",
        LimitKind::BelowTested => "below_tested",
        LimitKind::Undetermined => "undetermined",
        LimitKind::None => "none",
    }
}
