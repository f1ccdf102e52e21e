//! Owns the coordinates of a plot of an outcome: where a ratio, a value and a loss lie; draws
//! nothing.

#![expect(clippy::disallowed_methods, reason = "makes no pixels of a phantom")]

use crate::codec::CodecName;
use crate::record::{ArmResult, InputPath, LevelResult, LimitKind, LimitResult, Regime, Results};

use super::axis::RatioAxis;
use crate::report::words;

/// Panel size and the plotting area's sides, in SVG units.
pub(super) const WIDTH: f64 = 540.0;
pub(super) const LEFT: f64 = 62.0;
pub(super) const RIGHT: f64 = 526.0;

/// Heights of the parts of a panel.
const LEGEND: f64 = 52.0;
const LEGEND_ROW: f64 = 18.0;
pub(super) const NAME_ROW: f64 = 15.0;
pub(super) const VALUES: f64 = 210.0;
const GAP: f64 = 18.0;
pub(super) const LOSS: f64 = 120.0;
pub(super) const LIMIT_ROW: f64 = 22.0;
const AXIS: f64 = 44.0;

/// The loss axis in margins: the decision happens here, the rest is in the accuracy above.
const LOSS_SPAN: (f64, f64) = (-1.0, 4.0);

/// What an outcome is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Share of regions that are named right.
    Accuracy,
    /// Area under the ROC curve of present against absent.
    Detection,
}

impl Measure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Detection => "area under the ROC curve",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Accuracy => "Accuracy against ratio",
            Self::Detection => "Area under the ROC curve against ratio",
        }
    }

    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Detection => "auc",
        }
    }

    /// The lower end of the axis: below it no observer falls but by chance.
    fn floor(self) -> f64 {
        match self {
            Self::Accuracy => 0.0,
            Self::Detection => 0.4,
        }
    }

    /// Values with a line and a number.
    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        let (first, step) = match self {
            Self::Accuracy => (0, 2),
            Self::Detection => (4, 1),
        };
        (first..=10).step_by(step).map(|tenths| f64::from(tenths) / 10.0)
    }
}

/// The study with areas under the ROC curve for accuracies, and the limits that follow from them;
/// arms without detection are left out.
pub(super) fn as_detection(results: &Results) -> Results {
    let arms = results.arms.iter().filter_map(|arm| {
        let found = arm.beside.as_ref()?.detection.as_ref()?;
        let levels = arm.levels.iter().zip(&found.levels).map(|(level, area)| LevelResult {
            accuracy: area.auc,
            loss: area.loss,
            loss_lower: area.loss_lower,
            loss_upper: area.loss_upper,
            verdict: area.verdict,
            images_to_decide: None,
            ..level.clone()
        });
        let sequence = found.sequence.as_ref();
        Some(ArmResult {
            original_accuracy: found.original_auc,
            original_accuracy_lower: found.original_auc_lower,
            original_accuracy_upper: found.original_auc_upper,
            levels: levels.collect(),
            limit: LimitResult {
                kind: sequence.map_or(LimitKind::None, |it| it.kind),
                blocked_by: sequence.and_then(|it| it.blocked_by),
                ratio_stored: sequence.and_then(|it| it.ratio_stored),
                ratio_stored_lower: None,
                ratio_stored_upper: None,
                ratio_allocated: sequence.and_then(|it| it.ratio_allocated),
                method: String::new(),
            },
            beside: None,
            ..arm.clone()
        })
    });
    Results { arms: arms.collect(), ..results.clone() }
}

/// All that the panels of one study share, so that they can be compared by eye.
pub(super) struct Frame<'a> {
    pub(super) results: &'a Results,
    pub(super) measure: Measure,
    pub(super) classes: usize,
    pub(super) axis: RatioAxis,
    pub(super) guides: Vec<Guide>,
    guide_rows: usize,
}

/// Guidelines of one ratio: a band from their reading as allocated bits to that as stored bits.
pub(super) struct Guide {
    pub(super) label: String,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) row: usize,
}

/// One path and regime.
pub(super) struct Panel<'a> {
    pub(super) path: InputPath,
    pub(super) regime: Regime,
    pub(super) arms: Vec<&'a ArmResult>,
    /// The same codecs under the other regime, in the background.
    pub(super) others: Vec<&'a ArmResult>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(results: &'a Results, classes: usize, measure: Measure) -> Self {
        let levels = || results.arms.iter().flat_map(|arm| &arm.levels);
        // Stored over allocated bits, which is the same for every level of one phantom.
        let base = levels()
            .map(|level| level.ratio_stored / level.ratio_allocated)
            .find(|it| it.is_finite() && *it > 0.0)
            .unwrap_or(1.0);
        let cited = results.guidelines.iter().map(|it| it.ratio);
        let shown = levels()
            .map(|level| level.ratio_stored)
            .chain(cited.flat_map(|it| [it, it * base]))
            .filter(|it| *it > 0.0);
        let (low, high) = words::span(shown).unwrap_or((1.0, 100.0));
        let pad = (high / low).max(2.0).powf(0.03);
        let mut frame = Self {
            results,
            measure,
            classes,
            axis: RatioAxis { ratios: (low / pad, high * pad), left: LEFT, right: RIGHT },
            guides: Vec::new(),
            guide_rows: 0,
        };
        frame.place_guides(base);
        frame
    }

    /// Groups guidelines by ratio and stacks labels that would overlap.
    fn place_guides(&mut self, base: f64) {
        let mut cited: Vec<_> =
            self.results.guidelines.iter().filter(|it| it.ratio > 0.0).collect();
        cited.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        let mut ends: Vec<f64> = Vec::new();
        for group in cited.chunk_by(|a, b| a.ratio == b.ratio) {
            let ratio = group[0].ratio;
            let mut bodies: Vec<&str> = group.iter().map(|it| it.body.as_str()).collect();
            bodies.dedup();
            let label = format!("{} {}", bodies.join(", "), words::typed(ratio));
            let (low, high) = (ratio * base.min(1.0), ratio * base.max(1.0));
            let half = 3.4 * label.chars().count() as f64;
            let middle = self.label_x(low, high, half);
            let row = ends.iter().position(|&end| end + 8.0 < middle - half).unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(f64::NEG_INFINITY);
            }
            ends[row] = middle + half;
            self.guides.push(Guide { label, low, high, row });
        }
        self.guide_rows = ends.len();
    }

    /// Centre of a label over a band, kept inside the panel.
    pub(super) fn label_x(&self, low: f64, high: f64, half: f64) -> f64 {
        let middle = (self.axis.x(low) + self.axis.x(high)) / 2.0;
        middle.min(RIGHT - half).max(LEFT + half)
    }

    /// What the ideal observer reaches on originals, if that is known.
    pub(super) fn ceiling(&self) -> Option<f64> {
        let ceiling = self.results.ceiling.as_ref()?;
        match self.measure {
            Measure::Accuracy => Some(ceiling.accuracy),
            Measure::Detection => ceiling.auc,
        }
    }

    /// Height of name and legend.
    pub(super) fn legend(&self) -> f64 {
        if self.ceiling().is_some() { LEGEND + LEGEND_ROW } else { LEGEND }
    }

    pub(super) fn value_top(&self) -> f64 {
        self.legend() + NAME_ROW * self.guide_rows as f64 + 6.0
    }

    pub(super) fn value_y(&self, value: f64) -> f64 {
        let floor = self.measure.floor();
        let share = (value - floor) / (1.0 - floor);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.value_top() + (1.0 - share) * VALUES
    }

    pub(super) fn loss_top(&self) -> f64 {
        self.value_top() + VALUES + GAP
    }

    /// Ordinate of a loss, not clipped: lines must leave the frame at their true slope.
    pub(super) fn loss_y(&self, loss: f64) -> f64 {
        let (low, high) = LOSS_SPAN;
        let margins = loss / self.results.margin;
        let share = if margins.is_finite() { (margins - low) / (high - low) } else { 0.0 };
        self.loss_top() + (1.0 - share.clamp(-20.0, 20.0)) * LOSS
    }

    /// Top of the rows of limits.
    pub(super) fn limits_top(&self) -> f64 {
        self.loss_top() + LOSS + 8.0
    }

    pub(super) fn height(&self, rows: usize) -> f64 {
        self.limits_top() + LIMIT_ROW * rows as f64 + AXIS
    }

    /// Rows of limits in the fullest panel, so that all panels have one height.
    pub(super) fn limit_rows(&self, panels: &[Panel<'_>]) -> usize {
        panels.iter().map(|panel| panel.lossy().count()).max().unwrap_or(0)
    }
}

impl<'a> Panel<'a> {
    /// One per path and regime that was studied; regimes of one path stand side by side.
    pub(super) fn all(results: &'a Results) -> Vec<Self> {
        let mut panels: Vec<Self> = Vec::new();
        for path in InputPath::ALL.into_iter().rev() {
            for regime in Regime::ALL {
                let of = |same: bool| {
                    let arms = results.arms.iter().filter(move |arm| arm.path == path);
                    arms.filter(move |arm| (arm.regime == regime) == same).collect::<Vec<_>>()
                };
                let arms = of(true);
                if !arms.is_empty() {
                    panels.push(Self { path, regime, arms, others: of(false) });
                }
            }
        }
        panels
    }

    pub(super) fn lossy(&self) -> impl Iterator<Item = &'a ArmResult> {
        self.arms.iter().copied().filter(|arm| arm.codec != CodecName::Lossless)
    }

    pub(super) fn name(&self) -> String {
        format!("{}, trained on {}", words::path(self.path), words::trained_on(self.regime))
    }

    /// The panel in words, for those who do not see it.
    pub(super) fn description(&self, results: &Results, measure: Measure) -> String {
        let name = measure.name();
        let arms = self.arms.iter().filter_map(|arm| {
            let last = arm.levels.last()?;
            let limit = words::limit(arm);
            Some(format!(
                "{}: {name} {} on originals, {} at {}; limit {}.",
                words::codec(arm.codec),
                words::fixed(arm.original_accuracy, 3),
                words::fixed(last.accuracy, 3),
                words::ratio(last.ratio_stored),
                limit.stored,
            ))
        });
        format!(
            "{}, loss against the margin of {}, and limit. {}",
            measure.title(),
            words::typed(results.margin),
            arms.collect::<Vec<_>>().join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::GuidelineResult;

    fn results(ratios: &[f64]) -> Results {
        let cited = |&ratio: &f64| GuidelineResult {
            body: "body".to_owned(),
            ratio,
            year: 2008,
            source: String::new(),
            as_quoted_by: None,
        };
        Results {
            format: 1,
            phantom: "phantom".to_owned(),
            seed: 1,
            preset: "standard".to_owned(),
            margin: 0.02,
            alpha: 0.025,
            post_hoc: false,
            looks: Vec::new(),
            arms: Vec::new(),
            shift: Vec::new(),
            matrix: Vec::new(),
            ceiling: None,
            leaks: None,
            detail: Vec::new(),
            readings: Vec::new(),
            linear: None,
            quality: Vec::new(),
            pointing: Vec::new(),
            predictors: Vec::new(),
            guidelines: ratios.iter().map(cited).collect(),
        }
    }

    #[test]
    fn the_ratio_axis_is_logarithmic() {
        let results = results(&[2.0, 200.0]);
        let frame = Frame::new(&results, 6, Measure::Accuracy);
        // The geometric mean of the ends lies in the middle: √(2·200) = 20.
        assert!((frame.axis.x(20.0) - (LEFT + RIGHT) / 2.0).abs() < 1e-9);
        assert!(frame.axis.x(2.0) > LEFT && frame.axis.x(200.0) < RIGHT);
        assert_eq!(
            (frame.axis.x(f64::NAN), frame.axis.x(0.0), frame.axis.x(1e9)),
            (LEFT, LEFT, RIGHT)
        );
    }

    #[test]
    fn labels_that_would_overlap_are_stacked() {
        let near = results(&[10.0, 10.5, 100.0]);
        let rows: Vec<usize> =
            Frame::new(&near, 6, Measure::Accuracy).guides.iter().map(|it| it.row).collect();
        assert_eq!(rows, [0, 1, 0]);
        let same = results(&[5.0, 5.0]);
        assert_eq!(Frame::new(&same, 6, Measure::Accuracy).guides.len(), 1);
    }

    #[test]
    fn the_margin_lies_one_fifth_of_the_loss_axis_above_zero() {
        let results = results(&[]);
        let frame = Frame::new(&results, 6, Measure::Accuracy);
        assert!((frame.loss_y(0.0) - frame.loss_y(0.02) - LOSS / 5.0).abs() < 1e-9);
    }
}
