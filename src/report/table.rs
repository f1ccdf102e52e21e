//! The table of results, one line per arm and level, and `results.csv`.

use crate::record::{
    ArmResult, Condition, CostResult, Gate, LevelResult, LimitKind, LimitResult, RatioResult,
    Results, Verdict,
};
use crate::stats::Sigmoid;

use super::words;
use ColumnKind::{Count, Flag, Number, Text};

/// What a column holds; where a value does not exist, nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, 0 or more.
    Count,
    /// A finite number, or infinity.
    Number,
}

/// Columns of `results.csv`; those of a limit state up to which ratio it is shown to be safe and the
/// interval of its crossing. The same are the columns of `results.parquet` where that is built in; a released column
/// keeps its name and its place.
pub const COLUMNS: [(&str, ColumnKind); 96] = [
    ("phantom", Text),
    ("preset", Text),
    ("seed", Count),
    ("margin", Number),
    ("alpha", Number),
    ("post_hoc", Flag),
    ("codec", Text),
    ("path", Text),
    ("regime", Text),
    ("replicates", Count),
    ("images", Count),
    ("examples", Count),
    ("original_score", Number),
    ("original_score_lower", Number),
    ("original_score_upper", Number),
    ("target", Number),
    ("ratio_stored", Number),
    ("ratio_allocated", Number),
    ("ratio_input", Number),
    ("bpp", Number),
    ("psnr_db", Number),
    ("unreached", Count),
    ("score", Number),
    ("loss", Number),
    ("loss_lower", Number),
    ("loss_upper", Number),
    ("verdict", Text),
    ("images_to_decide", Count),
    ("limit_kind", Text),
    ("limit_blocked_by", Text),
    ("limit_ratio_stored", Number),
    ("limit_ratio_stored_lower", Number),
    ("limit_ratio_stored_upper", Number),
    ("limit_ratio_allocated", Number),
    ("target_base", Text),
    ("loss_bootstrap_lower", Number),
    ("loss_bootstrap_upper", Number),
    ("loss_bca_lower", Number),
    ("loss_bca_upper", Number),
    ("ssim", Number),
    ("blocking", Number),
    ("ringing", Number),
    ("ripple", Number),
    ("blur", Number),
    ("pointing_hits", Count),
    ("pointing_regions", Count),
    ("pointing_chance", Number),
    ("family_alpha", Number),
    ("family_limit_kind", Text),
    ("family_limit_ratio_stored", Number),
    ("relative_keep", Number),
    ("relative_limit_kind", Text),
    ("relative_limit_ratio_stored", Number),
    ("isotonic", Number),
    ("isotonic_lower", Number),
    ("isotonic_upper", Number),
    ("bootstrap", Number),
    ("bootstrap_lower", Number),
    ("bootstrap_upper", Number),
    ("psychometric", Number),
    ("psychometric_lower", Number),
    ("psychometric_upper", Number),
    ("midpoint", Number),
    ("midpoint_lower", Number),
    ("midpoint_upper", Number),
    ("spread", Number),
    ("guess", Number),
    ("lapse", Number),
    ("dispersion", Number),
    ("monotone_p", Number),
    ("ceiling_accuracy", Number),
    ("ceiling_auc", Number),
    ("share_of_ideal", Number),
    ("efficiency", Number),
    ("efficiency_lower", Number),
    ("efficiency_upper", Number),
    ("psychometric_form", Text),
    ("task", Text),
    ("score_name", Text),
    ("limit_crossing", Number),
    ("passed_ratio_stored", Number),
    ("passed_ratio_allocated", Number),
    ("no_limit_because", Text),
    ("family_limit_ratio_stored_lower", Number),
    ("family_limit_ratio_stored_upper", Number),
    ("margin_kind", Text),
    ("loss_images_sd", Number),
    ("loss_d_a", Number),
    ("loss_d_a_lower", Number),
    ("loss_d_a_upper", Number),
    ("dose_share", Number),
    ("dose_share_lower", Number),
    ("dose_share_upper", Number),
    ("loss_beyond_dose", Number),
    ("loss_beyond_dose_lower", Number),
    ("loss_beyond_dose_upper", Number),
];

/// One value of the table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Flag(bool),
    Count(u64),
    Number(f64),
    Nothing,
}

impl Cell {
    fn kind(&self) -> Option<ColumnKind> {
        match self {
            Self::Text(_) => Some(Text),
            Self::Flag(_) => Some(Flag),
            Self::Count(_) => Some(Count),
            Self::Number(_) => Some(Number),
            Self::Nothing => None,
        }
    }

    fn written(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Flag(flag) => flag.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Nothing => String::new(),
        }
    }
}

/// One line per arm and level, in the order of [`COLUMNS`].
pub(super) fn lines(results: &Results) -> Vec<Vec<Cell>> {
    results.by_task().iter().flat_map(of_task).collect()
}

fn of_task(results: &Results) -> Vec<Vec<Cell>> {
    let rows = results.arms.iter().flat_map(|arm| (0..arm.levels.len()).map(move |it| (arm, it)));
    rows.map(|(arm, row)| {
        let mut line = line(results, arm, &arm.levels[row]).to_vec();
        line.extend(supplement(results, arm, row));
        for (cell, (name, kind)) in line.iter().zip(COLUMNS) {
            debug_assert!(cell.kind().is_none_or(|it| it == kind), "{name} holds {cell:?}");
        }
        line
    })
    .collect()
}

/// Renders `results.csv`: the names of [`COLUMNS`], then one line per arm and level.
///
/// Numbers are the shortest decimals that read back to the same value. A value that does not
/// exist is empty; the PSNR of a lossless level is `inf`.
#[must_use]
pub fn csv(results: &Results) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = COLUMNS.map(|(name, _)| name.to_owned()).to_vec();
    let lines = lines(results);
    let lines = lines.into_iter().map(|line| line.into_iter().map(Cell::written).collect());
    for line in std::iter::once(names).chain(lines) {
        writer.write_record(&line).expect("memory takes every line, and all have one length");
    }
    writer.into_inner().expect("memory takes the last bytes")
}

fn line(results: &Results, arm: &ArmResult, level: &LevelResult) -> [Cell; 35] {
    let limit = &arm.limit;
    // Equal images have no finite PSNR.
    let psnr_db = Cell::Number(level.psnr_db.unwrap_or(f64::INFINITY));
    [
        text(&results.phantom),
        text(&results.preset),
        Cell::Count(results.seed),
        number(results.margin.value()),
        number(results.alpha),
        Cell::Flag(results.post_hoc),
        text(arm.codec.name()),
        text(arm.path.name()),
        text(arm.regime.name()),
        count(Some(arm.replicates)),
        count(Some(arm.images)),
        count(Some(arm.examples)),
        number(arm.original_score),
        number(arm.original_score_lower),
        number(arm.original_score_upper),
        optional(level.target),
        number(level.ratio_stored),
        number(level.ratio_allocated),
        number(level.ratio_input),
        number(level.bpp),
        psnr_db,
        count(Some(level.unreached)),
        number(level.score),
        number(level.loss),
        number(level.loss_lower),
        number(level.loss_upper),
        verdict(level.verdict),
        count(level.images_to_decide),
        text(kind(limit.kind)),
        verdict(limit.blocked_by),
        optional(limit.safe.map(|it| it.stored)),
        optional(limit.crossing.lower),
        optional(limit.crossing.upper),
        optional(limit.safe.map(|it| it.allocated)),
        text(level.target_base.name()),
    ]
}

/// What qualifies the limit and the level: the columns after those of [`line`].
fn supplement(results: &Results, arm: &ArmResult, row: usize) -> Vec<Cell> {
    let level = &arm.levels[row];
    let supplement = arm.supplement.as_ref();
    let bootstrap = supplement.and_then(|it| it.bootstrap.get(row));
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
    let family = supplement.and_then(|it| it.family.as_ref());
    let relative = supplement.and_then(|it| it.relative.as_ref());
    let routes = supplement.and_then(|it| it.routes.as_ref());
    let curve = routes.and_then(|it| it.curve.as_ref());
    let ceiling = results.ceiling.as_ref();
    let efficiency = supplement.and_then(|it| it.efficiency.as_ref());
    let limit = |found: Option<&LimitResult>| {
        [
            found.map_or(Cell::Nothing, |it| text(kind(it.kind))),
            optional(found.and_then(|it| it.safe).map(|it| it.stored)),
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
    line.extend(limit(family.map(|it| &it.limit)));
    line.push(optional(relative.map(|it| it.keep)));
    line.extend(limit(relative.map(|it| &it.limit)));
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
        optional(results.detection_ceiling.as_ref().map(|it| it.auc)),
        optional(efficiency.map(|it| it.share_of_ideal)),
        optional(efficiency.and_then(|it| it.efficiency)),
        optional(efficiency.and_then(|it| it.efficiency_lower)),
        optional(efficiency.and_then(|it| it.efficiency_upper)),
        curve.map_or(Cell::Nothing, |it| text(form(it.sigmoid))),
        text(&results.measure().task),
        text(&results.measure().score),
        optional(arm.limit.crossing.ratio_stored),
        optional(arm.limit.passed.map(|it| it.stored)),
        optional(arm.limit.passed.map(|it| it.allocated)),
        gates(&arm.limit),
    ]);
    let in_family = family.map(|it| it.limit.crossing);
    line.extend([
        optional(in_family.and_then(|it| it.lower)),
        optional(in_family.and_then(|it| it.upper)),
    ]);
    line.push(text(results.margin.kind()));
    line.extend(costs(supplement.and_then(|it| it.costs.get(row))));
    line
}

/// What a level costs beside points of the score.
fn costs(found: Option<&CostResult>) -> [Cell; 10] {
    let (d_a, dose) = (found.and_then(|it| it.d_a), found.and_then(|it| it.dose));
    let beyond = found.and_then(|it| it.beyond_dose);
    [
        optional(found.and_then(|it| it.images_sd)),
        optional(d_a.map(|it| it.mean)),
        optional(d_a.map(|it| it.lower)),
        optional(d_a.map(|it| it.upper)),
        optional(dose.and_then(|it| it.share)),
        optional(dose.and_then(|it| it.lower)),
        optional(dose.and_then(|it| it.upper)),
        optional(beyond.map(|it| it.mean)),
        optional(beyond.map(|it| it.lower)),
        optional(beyond.map(|it| it.upper)),
    ]
}

/// The gates of a limit as `results.json` writes them, a space between them.
fn gates(limit: &LimitResult) -> Cell {
    let name = |gate: &Gate| match gate {
        Gate::Lossy => "lossy",
        Gate::Preset => "preset",
        Gate::Networks => "networks",
        Gate::Images => "images",
        Gate::Rarer => "rarer",
        Gate::Ceiling => "ceiling",
        Gate::Floor => "floor",
        Gate::Dose => "dose",
    };
    let names: Vec<&str> = limit.gates.iter().map(name).collect();
    if names.is_empty() { Cell::Nothing } else { text(&names.join(" ")) }
}

fn text(words: &str) -> Cell {
    Cell::Text(words.to_owned())
}

fn verdict(found: Option<Verdict>) -> Cell {
    found.map_or(Cell::Nothing, |it| text(words::verdict(it)))
}

fn count(value: Option<impl Into<u64>>) -> Cell {
    value.map_or(Cell::Nothing, |it| Cell::Count(it.into()))
}

fn number(value: f64) -> Cell {
    if value.is_finite() { Cell::Number(value) } else { Cell::Nothing }
}

fn optional(value: Option<f64>) -> Cell {
    value.map_or(Cell::Nothing, number)
}

/// The form as `results.json` writes it.
fn form(sigmoid: Sigmoid) -> &'static str {
    match sigmoid {
        Sigmoid::Normal => "normal",
        Sigmoid::Logistic => "logistic",
        Sigmoid::Gumbel => "gumbel",
        Sigmoid::ReversedGumbel => "reversed-gumbel",
    }
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
