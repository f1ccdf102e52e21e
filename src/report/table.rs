//! Owns `results.csv`: one line per arm and level; knows no other format.

use crate::record::{ArmResult, LevelResult, LimitKind, Results};

use super::words;

/// Columns of `results.csv`; a released column keeps its name and its place.
pub const HEADER: [&str; 35] = [
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
];

/// Renders `results.csv`: [`HEADER`], then one line per arm and level.
///
/// Numbers are the shortest decimals that read back to the same value. A value that does not
/// exist is empty; the PSNR of a lossless level is `inf`.
#[must_use]
pub fn csv(results: &Results) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = results.arms.iter().flat_map(|arm| arm.levels.iter().map(move |it| (arm, it)));
    let lines = rows.map(|(arm, level)| line(results, arm, level));
    for line in std::iter::once(HEADER.map(str::to_owned)).chain(lines) {
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
