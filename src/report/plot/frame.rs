//! The coordinates of a plot of an outcome: where a ratio, a value and a loss lie; draws nothing.

#![expect(clippy::disallowed_methods, reason = "makes no pixels of a phantom")]

use crate::codec::CodecName;
use crate::record::{ArmResult, InputPath, Regime, Results};

use super::axis::RatioAxis;
use crate::report::words;
use crate::task::Measure;

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

/// The loss axis in margins: the decision happens here, the rest is in the score above.
const LOSS_SPAN: (f64, f64) = (-1.0, 4.0);

/// What stands for a margin on an axis of losses where it is none of them: two points of a share.
const USUAL: f64 = 0.02;

/// The margin as a loss of score, by which axes of losses are scaled.
pub(super) fn unit(results: &Results) -> f64 {
    results.margin.points().unwrap_or(USUAL)
}

/// The axis of a score.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// What the score is called.
    pub(super) name: String,
    pub(super) title: String,
    /// Beginning of file names.
    pub(super) file: String,
    /// The lower end of the axis, a little below guessing, and the upper end.
    low: f64,
    high: f64,
}

impl Scale {
    pub(super) fn of(measure: &Measure) -> Self {
        let [least, high] = measure.range;
        let width = high - least;
        let chance = measure.chance.map_or(0.0, |chance| (chance - least) / width);
        let low = least + width * ((10.0 * chance + 1e-9).floor() - 1.0).max(0.0) / 10.0;
        Self {
            name: measure.score.clone(),
            title: format!("{} against ratio", words::capitalised(&measure.score)),
            file: measure.short.to_lowercase().replace(' ', "-"),
            low,
            high,
        }
    }

    /// Values with a line and a number: every tenth of the range, or every fifth where there are
    /// many.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let (low, high) = (self.low, self.high);
        let tenths = ((high - low) * 10.0).round() as u32;
        let step = if tenths > 6 { 2 } else { 1 };
        (0..=tenths).step_by(step).map(move |tenth| low + f64::from(tenth) / 10.0)
    }

    /// How far up the axis a value lies, 0 to 1; 0 for no number.
    fn share(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }
}

/// What all panels of one study share, so that they can be compared by eye.
pub(super) struct Frame<'a> {
    pub(super) results: &'a Results,
    pub(super) scale: Scale,
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
    pub(super) fn new(results: &'a Results) -> Self {
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
            scale: Scale::of(results.measure()),
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
        words::ideal(self.results)
    }

    /// Height of name and legend.
    pub(super) fn legend(&self) -> f64 {
        if self.ceiling().is_some() { LEGEND + LEGEND_ROW } else { LEGEND }
    }

    pub(super) fn value_top(&self) -> f64 {
        self.legend() + NAME_ROW * self.guide_rows as f64 + 6.0
    }

    pub(super) fn value_y(&self, value: f64) -> f64 {
        self.value_top() + (1.0 - self.scale.share(value)) * VALUES
    }

    pub(super) fn loss_top(&self) -> f64 {
        self.value_top() + VALUES + GAP
    }

    /// Ordinate of a loss, not clipped: lines must leave the frame at their true slope.
    pub(super) fn loss_y(&self, loss: f64) -> f64 {
        let (low, high) = LOSS_SPAN;
        let margins = loss / unit(self.results);
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
    /// One per path and regime that was studied; regimes of one path are side by side.
    pub(super) fn all(results: &'a Results) -> Vec<Self> {
        let mut panels: Vec<Self> = Vec::new();
        for path in InputPath::ALL {
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
    pub(super) fn description(&self, results: &Results, scale: &Scale) -> String {
        let name = &scale.name;
        let arms = self.arms.iter().filter_map(|arm| {
            let last = arm.levels.last()?;
            Some(format!(
                "{}: {name} {} on originals, {} at {}; {}.",
                arm.codec.title(),
                words::fixed(arm.original_score, 3),
                words::fixed(last.score, 3),
                words::ratio(last.ratio_stored),
                words::safe(&arm.limit),
            ))
        });
        format!(
            "{}, loss against the margin of {}, and limit. {}",
            scale.title,
            words::margin(results.margin),
            arms.collect::<Vec<_>>().join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::GuidelineResult;
    use crate::task::{Identify, Task};

    fn results(ratios: &[f64]) -> Results {
        let cited = |&ratio: &f64| GuidelineResult {
            body: "body".to_owned(),
            ratio,
            year: 2008,
            source: String::new(),
            as_quoted_by: None,
        };
        let measures = vec![Identify { classes: 6 }.measure()];
        Results {
            guidelines: ratios.iter().map(cited).collect(),
            ..Results::of_arms("phantom", measures, 0.02.into(), 0.025, Vec::new())
        }
    }

    #[test]
    fn the_ratio_axis_is_logarithmic() {
        let results = results(&[2.0, 200.0]);
        let frame = Frame::new(&results);
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
        let rows: Vec<usize> = Frame::new(&near).guides.iter().map(|it| it.row).collect();
        assert_eq!(rows, [0, 1, 0]);
        let same = results(&[5.0, 5.0]);
        assert_eq!(Frame::new(&same).guides.len(), 1);
    }

    #[test]
    fn the_margin_lies_one_fifth_of_the_loss_axis_above_zero() {
        let results = results(&[]);
        let frame = Frame::new(&results);
        assert!((frame.loss_y(0.0) - frame.loss_y(0.02) - LOSS / 5.0).abs() < 1e-9);
    }
}
