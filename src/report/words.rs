//! Owns how numbers, names and conclusions are said; knows no markup and no colours.

use crate::codec::CodecName;
use crate::record::{
    ArmResult, EfficiencyResult, GuidelineResult, InputPath, LevelBase, LevelResult, LimitKind,
    LinearName, LookResult, QualityIndex, RatioResult, Regime, Results, SequenceResult, Standing,
    Verdict,
};

/// What stands beside every limit.
pub(super) const LABEL: &str = "phantom-task limit, not clinical advice";

/// What stands beside every limit whose criterion was changed after the plan was frozen.
pub(super) const POST_HOC: &str = "post hoc";

/// Networks below which no limit is derived: in simulations of the two-way interval, fewer pass
/// a level at loss = margin too often.
pub(super) const NETWORKS_FOR_LIMIT: u32 = 5;

/// Two ratios closer than this fraction are called equal: achieved ratios miss their targets by
/// about as much.
const NEAR: f64 = 0.02;

/// The codec as people write it.
pub(super) fn codec(name: CodecName) -> &'static str {
    match name {
        CodecName::Jpeg => "JPEG",
        CodecName::Jpeg12 => "JPEG 12-bit",
        CodecName::Htj2k => "HTJ2K",
        CodecName::Jpeg2000 => "JPEG 2000",
        CodecName::Lossless => "lossless",
    }
}

/// What a network was trained on, after "trained on"; all levels include the originals.
pub(super) fn trained_on(regime: Regime) -> &'static str {
    match regime {
        Regime::Original => "originals",
        Regime::Mixed => "all levels",
        Regime::Matched => "the level itself",
        Regime::Matrix => "one level",
    }
}

/// A linear observer.
pub(super) fn observer(name: LinearName) -> &'static str {
    match name {
        LinearName::Npw => "NPW",
        LinearName::Npwe => "NPWE",
        LinearName::ChoLaguerreGauss => "CHO Laguerre\u{2013}Gauss",
        LinearName::ChoDenseDog => "CHO dense DoG",
        LinearName::ChoGabor => "CHO Gabor",
    }
}

/// An index of quality.
pub(super) fn index(index: QualityIndex) -> &'static str {
    match index {
        QualityIndex::Psnr => "PSNR",
        QualityIndex::Ssim => "SSIM",
        QualityIndex::Blocking => "Blocking",
        QualityIndex::Ringing => "Ringing",
        QualityIndex::Ripple => "Ripple",
        QualityIndex::Blur => "Blur",
    }
}

/// The same as the name of an axis.
pub(super) fn index_unit(index: QualityIndex) -> &'static str {
    match index {
        QualityIndex::Psnr => "PSNR in dB",
        _ => self::index(index),
    }
}

/// What the codec was given.
pub(super) fn path(path: InputPath) -> &'static str {
    match path {
        InputPath::Native => "native (stored values)",
        InputPath::Windowed => "windowed (8 bit)",
    }
}

/// The unit of a tile's differences.
pub(super) fn difference_unit(path: InputPath) -> &'static str {
    match path {
        InputPath::Native => "stored values",
        InputPath::Windowed => "grey levels",
    }
}

/// The arm in one phrase.
pub(super) fn arm(arm: &ArmResult) -> String {
    let codec = match (arm.codec, arm.path) {
        (CodecName::Jpeg, InputPath::Native) => "JPEG of the 8 high bits",
        _ => codec(arm.codec),
    };
    format!("{codec}, {}, trained on {}", arm.path.name(), trained_on(arm.regime))
}

/// Arms that share a warning, each warning once, in the order of its first arm.
pub(super) fn shared<'a>(
    warnings: impl Iterator<Item = (String, &'a str)>,
    between: &str,
) -> Vec<(String, &'a str)> {
    let mut shared: Vec<(String, &str)> = Vec::new();
    for (arm, warning) in warnings {
        match shared.iter_mut().find(|it| it.1 == warning) {
            Some((arms, _)) => *arms = format!("{arms}{between}{arm}"),
            None => shared.push((arm, warning)),
        }
    }
    shared
}

/// What to know of networks whose training has hardly begun; `None` where there are none.
pub(super) fn untaught(arm: &ArmResult) -> Option<String> {
    let networks = &arm.beside.as_ref()?.untaught;
    let numbers: Vec<String> = networks.iter().map(u32::to_string).collect();
    (!networks.is_empty()).then(|| {
        format!(
            "{} of {} networks (number {}, from 0) named fewer than half as many regions of \
             originals as the best: such a training has hardly begun, yet it counts. Train longer \
             (--epochs) or on more images (--train-images)",
            networks.len(),
            arm.replicates,
            numbers.join(", "),
        )
    })
}

/// `PASS`, `FAIL` or `INCONCLUSIVE`.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
    }
}

/// A verdict's sign, which needs no colour.
pub(super) fn verdict_sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "\u{2713} ",
        Verdict::Fail => "\u{2715} ",
        Verdict::Inconclusive => "? ",
    }
}

/// A verdict's look.
pub(super) fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "verdict pass",
        Verdict::Fail => "verdict fail",
        Verdict::Inconclusive => "verdict open",
    }
}

/// A fixed-point number without a negative zero; `n/a` where it is not finite.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

/// A number as fixed-point with a typographic minus.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    fixed(value, decimals).replace('-', "\u{2212}")
}

/// An achieved ratio N:1, one decimal below 100.
pub(super) fn ratio(value: f64) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    format!("{}:1", ratio_number(value))
}

/// N alone, as in [`ratio`].
pub(super) fn ratio_number(value: f64) -> String {
    fixed(value, usize::from(value.abs() < 99.95))
}

/// A ratio for a sentence: an integer where it is one within [`NEAR`].
pub(super) fn plain_ratio(value: f64) -> String {
    let whole = value.round();
    if whole >= 1.0 && (value - whole).abs() <= NEAR * whole {
        format!("{whole:.0}:1")
    } else {
        ratio(value)
    }
}

/// A number as it was typed: no trailing zeros.
pub(super) fn typed(value: f64) -> String {
    format!("{value}")
}

/// The level's target, or `lossless`.
pub(super) fn target(level: &LevelResult) -> String {
    let label = |target| level.target_base.label(target);
    level.target.map_or_else(|| "lossless".to_owned(), label)
}

/// Sorts targets from the mildest on; what has none comes first.
pub(super) fn mildest_first(targets: &mut [Option<f64>], base: LevelBase) {
    let harshness =
        |target: &Option<f64>| target.map_or(f64::NEG_INFINITY, |it| base.harshness(it));
    targets.sort_by(|a, b| harshness(a).total_cmp(&harshness(b)));
}

/// Confidence in percent of the two-sided interval at one-sided error `alpha`.
pub(super) fn confidence(alpha: f64) -> String {
    let percent = 100.0 * (1.0 - 2.0 * alpha);
    let text = format!("{percent:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// "a", "a and b", "a, b and c".
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 network`, `5 networks`.
pub(super) fn counted(count: impl Into<u64>, one: &str, many: &str) -> String {
    let count = count.into();
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The first level that did not pass: where the fixed sequence stopped.
pub(super) fn stopped_at(arm: &ArmResult) -> Option<usize> {
    arm.levels.iter().position(|level| level.verdict.is_some_and(|it| it != Verdict::Pass))
}

/// The ratios that a limit states: on stored and on allocated bits.
///
/// Beyond (below) the ladder these are its harshest (mildest) level, which the limit lies above
/// (below).
pub(super) fn limit_ratios(arm: &ArmResult) -> Option<(f64, f64)> {
    let limit = &arm.limit;
    let of = |level: &LevelResult| (level.ratio_stored, level.ratio_allocated);
    match limit.kind {
        LimitKind::At => limit.ratio_stored.map(|stored| {
            let allocated = limit.ratio_allocated.unwrap_or(f64::NAN);
            (stored, allocated)
        }),
        LimitKind::BeyondTested => arm.levels.last().map(of),
        LimitKind::BelowTested => arm.levels.first().map(of),
        LimitKind::Undetermined | LimitKind::None => None,
    }
}

/// The level whose ratios a limit states.
pub(super) fn limit_level(arm: &ArmResult) -> Option<&LevelResult> {
    match arm.limit.kind {
        LimitKind::At => arm.levels.get(stopped_at(arm)?.checked_sub(1)?),
        LimitKind::BeyondTested => arm.levels.last(),
        LimitKind::BelowTested => arm.levels.first(),
        LimitKind::Undetermined | LimitKind::None => None,
    }
}

/// Test images that would decide the level at which the sequence stopped, where that can be told.
pub(super) fn images_to_decide(arm: &ArmResult) -> Option<u64> {
    arm.levels.get(stopped_at(arm)?)?.images_to_decide
}

/// A limit in the words of a table row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LimitWords {
    /// The limit on stored bits, or that there is none.
    pub(super) stored: String,
    /// Its interval.
    pub(super) interval: String,
    /// The limit on allocated bits.
    pub(super) allocated: String,
    /// What ended the sequence, or why there is no limit.
    pub(super) reason: String,
}

/// Says the limit of `arm`.
pub(super) fn limit(arm: &ArmResult) -> LimitWords {
    let limit = &arm.limit;
    let said = |prefix: &str, value: Option<f64>| {
        value
            .filter(|it| it.is_finite())
            .map_or_else(String::new, |it| prefix.to_owned() + &ratio(it))
    };
    let ratios = limit_ratios(arm);
    let prefix = match limit.kind {
        LimitKind::BeyondTested => "beyond ",
        LimitKind::BelowTested => "below ",
        _ => "",
    };
    let stored = match limit.kind {
        LimitKind::Undetermined => "undetermined".to_owned(),
        LimitKind::None => "none".to_owned(),
        _ => said(prefix, ratios.map(|it| it.0)),
    };
    let interval = match (limit.ratio_stored_lower, limit.ratio_stored_upper) {
        (Some(low), Some(high)) => format!("{} to {}", ratio_number(low), ratio_number(high)),
        (Some(low), None) => format!("above {}", ratio_number(low)),
        (None, Some(high)) => format!("below {}", ratio_number(high)),
        (None, None) => String::new(),
    };
    LimitWords {
        stored,
        interval,
        allocated: said(prefix, ratios.map(|it| it.1)),
        reason: reason(arm),
    }
}

/// What a sequence by another criterion gave on stored bits.
pub(super) fn sequence(sequence: &SequenceResult, arm: &ArmResult) -> String {
    let end = |level: Option<&LevelResult>| level.map_or(f64::NAN, |level| level.ratio_stored);
    match sequence.kind {
        LimitKind::At => ratio(sequence.ratio_stored.unwrap_or(f64::NAN)),
        LimitKind::BeyondTested => format!("beyond {}", ratio(end(arm.levels.last()))),
        LimitKind::BelowTested => format!("below {}", ratio(end(arm.levels.first()))),
        LimitKind::Undetermined => "undetermined".to_owned(),
        LimitKind::None => "none".to_owned(),
    }
}

/// "11.6 (11.1 to 12.4)"; an end outside the tested ratios is left open.
pub(super) fn crossing(found: &RatioResult) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "..".to_owned(), ratio_number);
    match (found.ratio_stored, found.lower, found.upper) {
        (None, None, None) => String::new(),
        (at, lower, upper) => {
            let at = at.map_or_else(|| "none".to_owned(), ratio_number);
            format!("{at} ({} to {})", number(lower), number(upper))
        }
    }
}

/// "0.45 (0.38 to 0.54)"; the interval is left out where it is not told.
pub(super) fn efficiency(found: &EfficiencyResult) -> Option<String> {
    let value = fixed(found.efficiency?, 2);
    Some(match found.efficiency_lower.zip(found.efficiency_upper) {
        Some((lower, upper)) => format!("{value} ({} to {})", fixed(lower, 2), fixed(upper, 2)),
        None => value,
    })
}

/// What ended the sequence, or why there is no limit.
fn reason(arm: &ArmResult) -> String {
    let stop = stopped_at(arm).map(|at| &arm.levels[at]);
    match arm.limit.kind {
        LimitKind::At => match (arm.limit.blocked_by, stop) {
            (Some(verdict), Some(level)) => {
                format!("{} at {}", self::verdict(verdict), target(level))
            }
            (Some(verdict), None) => self::verdict(verdict).to_owned(),
            (None, _) => String::new(),
        },
        LimitKind::BeyondTested => "every level passed".to_owned(),
        LimitKind::BelowTested => "mildest level failed".to_owned(),
        LimitKind::Undetermined => "mildest level inconclusive".to_owned(),
        LimitKind::None if arm.codec == CodecName::Lossless => "lossless is the null".to_owned(),
        LimitKind::None if arm.replicates < NETWORKS_FOR_LIMIT => format!(
            "{}, needs {NETWORKS_FOR_LIMIT}",
            counted(arm.replicates, "network", "networks")
        ),
        LimitKind::None => "not derived".to_owned(),
    }
}

/// How a limit stands to a guideline, in one word.
pub(super) fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Above => "above",
        Standing::Equal => "equal",
        Standing::Below => "below",
        Standing::Unknown => "not told",
    }
}

/// Its look.
pub(super) fn standing_class(standing: Standing) -> &'static str {
    match standing {
        Standing::Above => "standing pass",
        Standing::Equal => "standing",
        Standing::Below => "standing fail",
        Standing::Unknown => "standing open",
    }
}

/// The same as a sign that needs no colour.
pub(super) fn standing_sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Above => "\u{25b2}",
        Standing::Equal => "=",
        Standing::Below => "\u{25bc}",
        Standing::Unknown => "\u{2013}",
    }
}

/// Compares the limit of `arm` with `guideline` on stored and on allocated bits.
pub(super) fn standing(arm: &ArmResult, guideline: &GuidelineResult) -> Option<[Standing; 2]> {
    let (stored, allocated) = limit_ratios(arm)?;
    let against = |limit: f64| {
        let quotient = limit / guideline.ratio;
        let plain = if !quotient.is_finite() {
            Standing::Unknown
        } else if (quotient - 1.0).abs() <= NEAR {
            Standing::Equal
        } else if quotient > 1.0 {
            Standing::Above
        } else {
            Standing::Below
        };
        match (arm.limit.kind, plain) {
            (LimitKind::BeyondTested, Standing::Below) => Standing::Unknown,
            (LimitKind::BeyondTested, Standing::Equal) => Standing::Above,
            (LimitKind::BelowTested, Standing::Above) => Standing::Unknown,
            (LimitKind::BelowTested, Standing::Equal) => Standing::Below,
            (_, plain) => plain,
        }
    };
    Some([against(stored), against(allocated)])
}

/// The looks that were taken, their error and how they ended; `None` where there was no growth.
pub(super) fn looks(looks: &[LookResult], alpha: f64) -> Option<String> {
    let last = looks.last()?;
    let sizes: Vec<String> = (looks.iter())
        .map(|look| format!("{} networks on {} test images", look.replicates, look.images))
        .collect();
    let end = if last.decided { "every limit is decided" } else { "the full size is reached" };
    Some(format!(
        "{} at a growing study ({}), ended since {end}; one-sided error spent: {} of {}, for a \
         verdict at the last look {}",
        counted(looks.len() as u64, "look", "looks"),
        listed(&sizes),
        error(last.spent_alpha),
        typed(alpha),
        error(last.nominal_alpha)
    ))
}

/// A small probability: two digits.
fn error(value: f64) -> String {
    if value >= 1e-4 { fixed(value, 4) } else { format!("{value:.1e}") }
}

/// The arms that can have a limit.
pub(super) fn lossy(results: &Results) -> impl Iterator<Item = &ArmResult> {
    results.arms.iter().filter(|arm| arm.codec != CodecName::Lossless)
}

/// The smallest and the largest of some values, if any is finite.
pub(super) fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |span, value| match span {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

/// `5`, or `2 to 5` where arms differ.
pub(super) fn count_span(counts: impl Iterator<Item = u32>) -> String {
    let (mut low, mut high) = (u32::MAX, 0);
    for count in counts {
        low = low.min(count);
        high = high.max(count);
    }
    if low >= high { high.to_string() } else { format!("{low} to {high}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::LimitResult;

    /// An arm whose limit is of `kind`, at 9:1 on stored and 12:1 on allocated bits.
    fn limited(kind: LimitKind) -> ArmResult {
        let level = LevelResult {
            target: Some(9.0),
            target_base: LevelBase::Ratio,
            ratio_stored: 9.0,
            ratio_allocated: 12.0,
            ratio_input: 6.0,
            bpp: 12.0 / 9.0,
            psnr_db: Some(40.0),
            unreached: 0,
            accuracy: 0.9,
            loss: 0.0,
            loss_lower: -0.01,
            loss_upper: 0.01,
            verdict: Some(Verdict::Pass),
            images_to_decide: None,
        };
        ArmResult {
            codec: CodecName::Jpeg,
            path: InputPath::Windowed,
            regime: Regime::Original,
            replicates: 5,
            images: 130,
            regions: 6240,
            original_accuracy: 0.9,
            original_accuracy_lower: 0.89,
            original_accuracy_upper: 0.91,
            levels: vec![level],
            limit: LimitResult {
                kind,
                blocked_by: None,
                ratio_stored: Some(9.0),
                ratio_stored_lower: None,
                ratio_stored_upper: None,
                ratio_allocated: Some(12.0),
                method: String::new(),
            },
            beside: None,
        }
    }

    #[test]
    fn a_crossing_leaves_open_what_was_not_tested() {
        let found = |ratio_stored, lower, upper| RatioResult { ratio_stored, lower, upper };
        assert_eq!(crossing(&found(Some(11.62), Some(11.1), Some(12.4))), "11.6 (11.1 to 12.4)");
        assert_eq!(crossing(&found(Some(2.0), None, Some(3.0))), "2.0 (.. to 3.0)");
        assert_eq!(crossing(&found(None, None, None)), "");
    }

    #[test]
    fn numbers_have_no_negative_zero_and_no_nan() {
        assert_eq!(fixed(-0.0004, 3), "0.000");
        assert_eq!(fixed(-0.0006, 3), "-0.001");
        assert_eq!(signed(-0.5, 1), "\u{2212}0.5");
        assert_eq!(fixed(f64::NAN, 1), "n/a");
        assert_eq!(ratio(f64::INFINITY), "n/a");
    }

    #[test]
    fn ratios_have_a_decimal_where_it_tells_something() {
        assert_eq!(ratio(9.94), "9.9:1");
        assert_eq!(ratio(201.6), "202:1");
        // Within 2 % of a whole number, and not.
        assert_eq!(plain_ratio(9.92), "10:1");
        assert_eq!(plain_ratio(7.5), "7.5:1");
    }

    #[test]
    fn a_two_sided_interval_leaves_alpha_on_each_side() {
        assert_eq!(confidence(0.025), "95");
        assert_eq!(confidence(0.00625), "98.8");
    }

    #[test]
    fn lists_read_as_prose() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(listed(&items[..1]), "a");
        assert_eq!(listed(&items[..2]), "a and b");
        assert_eq!(listed(&items), "a, b and c");
    }

    #[test]
    fn a_limit_is_compared_with_a_guideline_on_both_bases() {
        use Standing::{Above, Below, Equal, Unknown};
        let against = |kind, ratio| {
            let (body, source) = ("CAR".to_owned(), String::new());
            let cited = GuidelineResult { body, ratio, year: 2008, source, as_quoted_by: None };
            standing(&limited(kind), &cited)
        };
        assert_eq!(against(LimitKind::At, 12.0), Some([Below, Equal]));
        assert_eq!(against(LimitKind::At, 10.0), Some([Below, Above]));
        // The ladder ends at 9:1: nothing is known beyond it.
        assert_eq!(against(LimitKind::BeyondTested, 10.0), Some([Unknown, Above]));
        assert_eq!(against(LimitKind::BeyondTested, 9.0), Some([Above, Above]));
        assert_eq!(against(LimitKind::BelowTested, 10.0), Some([Below, Unknown]));
        assert_eq!(against(LimitKind::None, 10.0), None);
    }
}
