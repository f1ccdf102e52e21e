//! Computes the interval and verdict of each level of an arm; knows nothing of the other levels.

use crate::codec::CodecName;
use crate::record::{ArmOutcome, LevelOutcome, LevelResult, Verdict};
use crate::stats::{CrossedMean, Interval};
use crate::task::{Direction, Weights};

use super::criterion::Criterion;
use super::crossing::Course;
use super::error::LimitError;
use super::{gates, tested};
use crate::record::{LEAST_NETWORKS, Margin, Readers};

/// No number of test images above this is reported as what would decide.
const MOST_IMAGES: f64 = 1e9;

/// Cases that count as changed beyond those that did, where networks stand for themselves.
const SPARE_CASES: f64 = 6.0;

/// What crossing and safe ratio are.
const CROSSING: &str = "The crossing is where the isotonic loss, straight over log ratio between levels, reaches the \
     margin; its interval holds the ratios at which the loss may be the margin. The safe ratio is \
     the lower bound of the crossing, as far as levels passed in sequence.";

/// A mean score, or a mean loss, with its interval.
pub(super) struct Estimate {
    pub(super) mean: f64,
    pub(super) interval: Interval,
    /// `None` with one test image.
    pub(super) crossed: Option<CrossedMean>,
}

impl Estimate {
    /// The same with the interval of another one-sided error; unchanged with one test image,
    /// whose interval spans all that is possible.
    pub(super) fn at(&self, alpha: f64) -> Result<Self, LimitError> {
        let interval = match &self.crossed {
            Some(crossed) => crossed.interval(alpha)?,
            None => self.interval,
        };
        Ok(Self { interval, ..*self })
    }
}

/// The networks of an arm as a sample of all networks trained like them.
pub(super) struct Observers<'a> {
    pub(super) arm: &'a ArmOutcome,
}

impl<'a> Observers<'a> {
    pub(super) fn of(arm: &'a ArmOutcome) -> Self {
        Self { arm }
    }

    fn networks(&self) -> usize {
        self.arm.original.len()
    }

    /// Whether verdicts hold for networks beyond those that were trained.
    fn generalises(&self) -> bool {
        self.arm.readers == Readers::Sampled && !gates::few_networks(self.arm)
    }

    fn lossless(&self) -> bool {
        self.arm.codec == CodecName::Lossless
    }

    /// Whether losses have an interval over networks and images.
    pub(super) fn has_course(&self) -> bool {
        let known = self.generalises() || self.arm.readers == Readers::Fixed;
        known && !self.lossless() && self.arm.weights.cases() > 1
    }

    /// Score on the originals.
    pub(super) fn score(&self, criterion: &Criterion) -> Result<Estimate, LimitError> {
        let [low, high] = self.arm.measure.range;
        self.mean(&self.arm.weights, &self.arm.original.concat(), (low, high), criterion)
    }

    /// Interval and verdict of one level, and what its margin tests; neither verdict nor that
    /// where an arm does not have it.
    pub(super) fn judge(
        &self,
        level: &LevelOutcome,
        criterion: &Criterion,
    ) -> Result<(LevelResult, Option<Estimate>), LimitError> {
        let lost = self.lost(level, 1.0);
        let range = self.arm.measure.loss_range();
        let loss = self.mean(&self.arm.weights, &lost, range, criterion)?;
        let tested = self.tested(level, criterion)?;
        let bound = tested::bound(criterion.margin);
        let verdict = tested.as_ref().and_then(|it| self.verdict(it, bound));
        let images_to_decide = match (verdict, &tested) {
            (Some(Verdict::Inconclusive), Some(tested)) => images_to_decide(tested, criterion)?,
            _ => None,
        };
        let result = LevelResult {
            target: level.target,
            target_base: level.base,
            ratio_stored: level.achieved.ratio_stored(),
            ratio_allocated: level.achieved.ratio_allocated(),
            ratio_input: level.achieved.ratio_input(),
            bpp: level.achieved.bpp(),
            psnr_db: level.psnr_db.is_finite().then_some(level.psnr_db),
            unreached: level.unreached,
            score: self.arm.weights.mean(&level.scores.concat()),
            loss: loss.mean,
            loss_lower: loss.interval.lower,
            loss_upper: loss.interval.upper,
            verdict,
            images_to_decide,
        };
        Ok((result, tested))
    }

    fn tested(
        &self,
        level: &LevelOutcome,
        criterion: &Criterion,
    ) -> Result<Option<Estimate>, LimitError> {
        let Some(values) = tested::values(self.arm, level, criterion.margin) else {
            return Ok(None);
        };
        let range = tested::range(self.arm, criterion.margin);
        self.mean(&self.arm.weights, &values, range, criterion).map(Some)
    }

    /// Values at each level over log ratio through all levels; `values` gives those of a level,
    /// networks × cases, and none of a level without any.
    pub(super) fn course(
        &self,
        levels: &[LevelResult],
        values: impl Fn(&LevelOutcome) -> Option<Vec<f64>>,
    ) -> Result<Course, LimitError> {
        let weights = &self.arm.weights;
        let at_levels = self.arm.levels.iter().filter_map(|level| {
            let values = values(level)?;
            let mean = weights.mean(&values);
            // Networks that stand for themselves are one reader, their mean.
            let values = match self.arm.readers {
                Readers::Sampled => values,
                Readers::Fixed => mean_of_networks(&values, weights.cases()),
            };
            Some((values, mean))
        });
        Course::new(levels, at_levels, weights, self.spare())
    }

    /// The direction in which the score is better.
    pub(super) fn direction(&self) -> Direction {
        self.arm.measure.direction
    }

    /// What is lost at a level of `keep` times the scores on originals, networks × cases.
    pub(super) fn lost(&self, level: &LevelOutcome, keep: f64) -> Vec<f64> {
        tested::lost(self.arm, &self.arm.original, level, keep)
    }

    /// None for the lossless null.
    pub(super) fn verdict(&self, tested: &Estimate, bound: f64) -> Option<Verdict> {
        (!self.lossless()).then(|| verdict(tested.interval, bound))
    }

    /// Mean of `values` (networks × cases) by their weights, with its interval.
    pub(super) fn mean(
        &self,
        weights: &Weights,
        values: &[f64],
        (low, high): (f64, f64),
        criterion: &Criterion,
    ) -> Result<Estimate, LimitError> {
        // Counts are whole numbers, so that their sum is exact.
        let mean = weights.mean(values);
        if weights.cases() == 1 {
            let interval = Interval { lower: low, upper: high };
            return Ok(Estimate { mean, interval, crossed: None });
        }
        let crossed = self.crossed(&weights.cells(values)?)?;
        let crossed = match weights {
            // Linearised cells have this mean but for rounding.
            Weights::Counts(_) => CrossedMean { mean, ..crossed },
            Weights::Alike(_) => crossed,
        };
        let interval = crossed.interval(criterion.alpha)?.clamped(low, high);
        Ok(Estimate { mean, interval, crossed: Some(crossed) })
    }

    /// What is added to the variance over cases of networks that stand for themselves and answer
    /// right or wrong: that of [`SPARE_CASES`] more that changed.
    ///
    /// Where few answers change, their variance says little: if none does, it is 0 and everything
    /// would pass. In simulated tables of one answer per case (20 to 5000 cases, margins of 0.01 to
    /// 0.1, loss at the margin, up to a tenth of the answers right where they had been wrong) up to
    /// 67 % passed without it, and up to 3.2 % with it, where 2.5 % may.
    fn spare(&self) -> f64 {
        if self.arm.readers != Readers::Fixed {
            return 0.0;
        }
        let whole = |scores: &Vec<Vec<f64>>| scores.iter().flatten().all(|it| it.fract() == 0.0);
        let is_counted = matches!(self.arm.weights, Weights::Counts(_))
            && whole(&self.arm.original)
            && self.arm.levels.iter().all(|level| whole(&level.scores));
        let others = self.arm.weights.cases() as f64 - 1.0;
        if is_counted { SPARE_CASES / others } else { 0.0 }
    }

    /// Mean of `cells` (networks × images), with networks random where verdicts hold beyond them.
    pub(super) fn crossed(&self, cells: &[f64]) -> Result<CrossedMean, LimitError> {
        let crossed = CrossedMean::of(cells, self.arm.weights.cases(), self.generalises())?;
        Ok(CrossedMean { columns_part: crossed.columns_part + self.spare(), ..crossed })
    }

    /// How verdicts and limit were made, in plain words.
    pub(super) fn method(&self, criterion: &Criterion) -> String {
        let (networks, images) = (self.networks(), self.arm.weights.cases());
        let of_networks = if networks == 1 { "1 network" } else { &format!("{networks} networks") };
        let case = &self.arm.measure.case;
        let of_images = if images == 1 { format!("1 {case}") } else { format!("{images} {case}s") };
        let (quantity, alpha) = (quantity(criterion.margin), criterion.alpha);
        let margin = tested::bound(criterion.margin);
        if self.lossless() {
            return "The codec is lossless, and every network answers as on the originals."
                .to_owned();
        }
        if self.arm.readers == Readers::Fixed {
            let these = if networks == 1 { "this network" } else { "these networks" };
            return format!(
                "Fixed-sequence non-inferiority of the {quantity} from the mildest level, margin \
                 {margin}, one-sided error {alpha}, for {these} alone: averaged over \
                 {of_networks}, interval over {of_images} as random units ({} degrees of freedom). \
                 {CROSSING}",
                images - 1
            );
        }
        if !self.generalises() {
            return format!(
                "{of_networks} cannot represent others ({LEAST_NETWORKS} or more can). Verdicts \
                 are conditional on these networks: {quantity} averaged over networks, interval \
                 over {of_images} as random units ({} degrees of freedom), margin {margin}, \
                 one-sided error {alpha}.",
                images - 1
            );
        }
        format!(
            "Fixed-sequence non-inferiority of the {quantity} from the mildest level, margin \
             {margin}, one-sided error {alpha}. Two-way random-effects interval over \
             {of_networks} and {of_images}, degrees of freedom by level. {CROSSING}"
        )
    }
}

/// One value per case, from networks × cases.
fn mean_of_networks(values: &[f64], cases: usize) -> Vec<f64> {
    let networks = (values.len() / cases) as f64;
    (0..cases).map(|case| values[case..].iter().step_by(cases).sum::<f64>() / networks).collect()
}

/// What a margin tests, in words.
fn quantity(margin: Margin) -> String {
    match margin {
        Margin::Score(_) => "paired loss".to_owned(),
        Margin::DoseShare(share) => {
            format!("paired loss beyond that of originals at {share} of the dose")
        }
        Margin::DA(_) => "paired loss of d_a, linearised,".to_owned(),
    }
}

fn verdict(loss: Interval, margin: f64) -> Verdict {
    if loss.upper < margin {
        Verdict::Pass
    } else if loss.lower > margin {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    }
}

/// Test images at which the interval would just reach from the present mean to the margin,
/// networks kept; `None` where more images cannot decide.
fn images_to_decide(tested: &Estimate, criterion: &Criterion) -> Result<Option<u64>, LimitError> {
    let Some(crossed) = &tested.crossed else { return Ok(None) };
    let gap = (tested::bound(criterion.margin) - tested.mean).abs();
    let images = crossed.columns_for(gap, criterion.alpha)?;
    // One more, since the interval must end short of the margin.
    Ok(images.filter(|&images| images < MOST_IMAGES).map(|images| images.floor() as u64 + 1))
}
