//! Wording of numbers, names and conclusions; knows no markup and no colours.

mod conclusion;
mod margin;

pub(super) use self::conclusion::{
    crossing, efficiency, images_to_decide, limit, looks, no_limit, of_data, reason, remedy, safe,
    standing, standing_class, standing_sign, standing_word, stopped_at,
};
pub(super) use self::margin::{are_lost, by, lost_at, margin, of_theirs};

use std::fmt::Write as _;

use crate::codec::CodecName;
use crate::record::{
    ArmResult, InputPath, LevelBase, LevelResult, LinearName, QualityIndex, Regime, Representation,
    Results, Verdict,
};
use crate::resampling::Resampling;
use crate::task::{Measure, TaskName};

/// The label of every limit of a phantom.
pub(super) const LABEL: &str = "phantom-task limit, not clinical advice";

/// What was studied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Studied {
    /// Our networks on a phantom.
    Drawn,
    /// Our networks on a user's images.
    Images,
    /// Answers of a user's networks.
    Answers,
}

impl Studied {
    pub(in crate::report) fn of(results: &Results) -> Self {
        match &results.data {
            None => Self::Drawn,
            Some(data) if data.answers_sha256.is_none() => Self::Images,
            Some(_) => Self::Answers,
        }
    }
}

/// The label of the limits in `results`.
pub(super) fn label(results: &Results) -> String {
    label_of(results.data.is_some(), results.rescale, results.input)
}

/// The same for results on a data set of users, or on a phantom, of images that were rescaled after
/// their codec, or were not, and of networks that were given this of a region.
pub(super) fn label_of(
    on_data: bool,
    rescale: Option<Resampling>,
    input: Representation,
) -> String {
    let label = if on_data { "limit on this data set, not clinical advice" } else { LABEL };
    let mut label = label.to_owned();
    if let Some(rescale) = rescale {
        let _ = write!(label, "; of images rescaled by {rescale} after their codec");
    }
    label.push_str(match input {
        Representation::Pixels => "",
        Representation::Partial4 => {
            "; of networks that read JPEG decoded to half of its rows and columns"
        }
        Representation::Partial2 => {
            "; of networks that read JPEG decoded to a quarter of its rows and columns"
        }
        Representation::Partial1 => "; of networks that read the means of JPEG's blocks",
        Representation::Reduced1 => {
            "; of networks that read JPEG 2000 at half of its rows and columns"
        }
        Representation::Reduced2 => {
            "; of networks that read JPEG 2000 at a quarter of its rows and columns"
        }
        Representation::Reduced3 => {
            "; of networks that read JPEG 2000 at an eighth of its rows and columns"
        }
        Representation::Window => {
            "; of networks that read regions with the rest of their 8×8 blocks"
        }
        Representation::Dct => "; of networks that read the DCT coefficients of JPEG",
        Representation::DctLearned => {
            "; of networks that read the DCT coefficients of JPEG by a learnt inverse transform"
        }
    });
    label
}

/// The stamp of every limit whose criterion was changed after the plan was frozen.
pub(super) const POST_HOC: &str = "post hoc";

/// Two ratios closer than this fraction count as equal: achieved ratios miss their targets by about
/// as much.
const NEAR: f64 = 0.02;

/// What a network was trained on, after "trained on"; all levels include the originals.
pub(super) fn trained_on(regime: Regime) -> &'static str {
    match regime {
        Regime::Original => "originals",
        Regime::Mixed => "all levels",
        Regime::Matched => "the level itself",
        Regime::Matrix => "one level",
        Regime::Transferred => "originals, transferred",
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

/// The input of the codec.
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
        _ => arm.codec.title(),
    };
    format!("{codec}, {}, trained on {}", arm.path.name(), trained_on(arm.regime))
}

/// The arm with its task.
pub(super) fn arm_of_task(arm: &ArmResult) -> String {
    format!("{}: {}", arm.task, self::arm(arm))
}

/// What a task of a study is scored by.
pub(super) fn measure<'a>(results: &'a Results, task: &str) -> Option<&'a Measure> {
    results.measures.iter().find(|it| it.task == task)
}

/// What the score of a task is called where there is little room.
pub(super) fn short<'a>(results: &'a Results, task: &str) -> &'a str {
    measure(results, task).map_or("score", |it| it.short.as_str())
}

/// One codec and path.
pub(super) fn arm_name(codec: CodecName, path: InputPath) -> String {
    format!("{}, {}", codec.title(), self::path(path))
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

/// What networks are asked, as the end of a sentence.
pub(super) fn question(results: &Results, measure: &Measure) -> String {
    let of_images = Studied::of(results) == Studied::Images;
    if of_images && measure.task == TaskName::Identify.name() {
        match measure.example.as_str() {
            "image" => "which class an image is of".to_owned(),
            _ => "which class a region shows, or none".to_owned(),
        }
    } else if of_images && measure.task == TaskName::Detect.name() {
        "whether what is looked for is there".to_owned()
    } else if measure.task == TaskName::Identify.name() {
        "which shape a region contains, or none".to_owned()
    } else if measure.task == TaskName::Detect.name() {
        "whether a region contains a subtle target".to_owned()
    } else if measure.task == TaskName::Locate.name() {
        "where the subtle targets of an image are, if any".to_owned()
    } else if measure.task == TaskName::Outline.name() {
        "which pixels of an image belong to a target, and to which shape".to_owned()
    } else {
        format!("task {}", measure.task)
    }
}

/// That there is no limit of detection; `None` where there may be one.
pub(super) fn no_detection(results: &Results) -> Option<&'static str> {
    let detects = results.measures.iter().any(|it| it.task == TaskName::Detect.name());
    (!detects && results.data.is_none()).then_some(
        "No limit of detection: no network of this study was asked to detect. That needs a phantom \
         with a [detection] table and task detect.",
    )
}

/// What the ideal observer scores on originals at the task of results of one task, where that is
/// known.
pub(super) fn ideal(results: &Results) -> Option<f64> {
    let identifies = results.ceiling.as_ref().map(|it| it.accuracy);
    let detects = || results.detection_ceiling.as_ref().map(|it| it.auc);
    let searches = || results.search_ceiling.as_ref().map(|it| it.wafroc);
    identifies.or_else(detects).or_else(searches)
}

/// Beginning of the names of files that are not of the task to identify.
pub(super) fn file_prefix(results: &Results) -> String {
    let task = &results.measure().task;
    if *task == TaskName::Identify.name() { String::new() } else { format!("{task}-") }
}

/// What the score counts, in the plural, and how many of them; `None` where these are the images.
pub(super) fn examples(results: &Results) -> Option<(String, String)> {
    let example = &results.measure().example;
    let count = count_span(results.arms.iter().map(|arm| arm.examples));
    (example != "image").then(|| (format!("{example}s"), count))
}

/// A word at the beginning of a sentence.
pub(super) fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What to know of networks whose training has hardly begun; `None` where there are none.
pub(super) fn failed_trainings(arm: &ArmResult) -> Option<String> {
    let networks = &arm.supplement.as_ref()?.failed_trainings;
    let numbers: Vec<String> = networks.iter().map(u32::to_string).collect();
    (!networks.is_empty()).then(|| {
        format!(
            "{} of {} networks (number {}, from 0) scored less than half as far above guessing on \
             originals as the best: their training failed, yet they count. Train longer (--epochs) or on more \
             images (--train-images)",
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

/// A sign for a verdict, readable without colour.
pub(super) fn verdict_sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "\u{2713} ",
        Verdict::Fail => "\u{2715} ",
        Verdict::Inconclusive => "? ",
    }
}

/// The CSS class of a verdict.
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

/// A ratio N:1 with one decimal below 100, never more than it is: what is shown safe.
pub(super) fn floored(value: f64) -> String {
    ratio(directed(value, f64::floor))
}

/// The same, never less than it is: what is shown lost.
pub(super) fn ceiled(value: f64) -> String {
    ratio(directed(value, f64::ceil))
}

/// The lower end of an interval of ratios: never more than it is.
pub(super) fn floored_number(value: f64) -> String {
    ratio_number(directed(value, f64::floor))
}

/// The upper end of an interval of ratios: never less than it is.
pub(super) fn ceiled_number(value: f64) -> String {
    ratio_number(directed(value, f64::ceil))
}

fn directed(value: f64, round: fn(f64) -> f64) -> f64 {
    let tenths = if value.abs() < 99.95 { 10.0 } else { 1.0 };
    // What is a whole tenth but for rounding errors stays it.
    let scaled = value * tenths;
    let near = scaled.round();
    let whole = if (scaled - near).abs() < 1e-9 * near.abs() { near } else { round(scaled) };
    whole / tenths
}

/// N alone, as in [`ratio`].
pub(super) fn ratio_number(value: f64) -> String {
    fixed(value, usize::from(value.abs() < 99.95))
}

/// A text, or a dash where there is none.
pub(super) fn or_dash(text: &str) -> &str {
    if text.is_empty() { "\u{2013}" } else { text }
}

/// A score with its bounds, the lower first: "0.912 (0.901 to 0.923)".
pub(super) fn bounded(score: f64, [lower, upper]: [f64; 2]) -> String {
    format!("{} ({} to {})", fixed(score, 3), fixed(lower, 3), fixed(upper, 3))
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

/// A level as a heading.
pub(super) fn level_name(level: Option<f64>, base: LevelBase) -> String {
    level.map_or_else(|| "originals".to_owned(), |it| base.label(it))
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

    #[test]
    fn numbers_have_no_negative_zero_and_no_nan() {
        assert_eq!(fixed(-0.0004, 3), "0.000");
        assert_eq!(fixed(-0.0006, 3), "-0.001");
        assert_eq!(signed(-0.5, 1), "\u{2212}0.5");
        assert_eq!(fixed(f64::NAN, 1), "n/a");
        assert_eq!(ratio(f64::INFINITY), "n/a");
    }

    #[test]
    fn ratios_have_a_decimal_where_it_matters() {
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
}
