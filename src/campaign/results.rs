//! Assembles the results of a run: limits, networks compared with the ideal observer, the split of
//! their losses, detail; reads what is stored and rates nothing.

use std::borrow::Cow;

use super::efficiency::Ideals;
use super::findings::{CEILING, DETECTION_CEILING, LEAKS, LINEAR, NOISE};
use super::networks::networks;
use super::search_ceiling::SEARCH_CEILING;
use super::second_ceiling::second_ceiling;
use super::transfer::transfer;
use super::{CampaignError, Run, detail, efficiency, localisation, looks, operating, outlining};
use crate::limit::{self, Criterion, LimitError};
use crate::record::{
    ArmOutcome, ArmResult, CeilingResult, DetectionCeilingResult, Figures, GuidelineResult,
    LinearResults, LookResult, Margin, MatrixResult, NoiseLadder, Regime, Results, ShiftResult,
};
use crate::study::{self, Tally};
use crate::task::{Task, TaskName};

impl Run {
    pub(super) fn results(
        &self,
        tallies: &[Tally],
        figures: Option<&Figures>,
        margin: Margin,
        alpha: f64,
    ) -> Result<Results, CampaignError> {
        let ladder: Option<NoiseLadder> = self.store.json(NOISE)?;
        let tallies = &self.at_margin(tallies, margin, ladder.as_ref())?[..];
        let (plan, tally) = (&self.plan, last(tallies));
        let Limits { mut arms, criterion, looks } = self.limits(tallies, margin, alpha)?;
        if let Some(ladder) = &ladder {
            Self::doses(&tally.arms, ladder, &criterion, &mut arms)?;
        }
        let ceiling: Option<CeilingResult> = self.store.json(CEILING)?;
        let ideal = ceiling.as_ref().map(efficiency::ideal);
        if let Some(ideal) = &ideal {
            let identified = |it: &&mut ArmResult| it.task == TaskName::Identify.name();
            let of_task = arms.iter_mut().filter(identified);
            for (arm, outcome) in of_task.zip(tally.arms.iter().filter(|it| identifies(it))) {
                let found = efficiency::efficiency(ideal, outcome, criterion.alpha)?;
                if let Some(supplement) = &mut arm.supplement {
                    supplement.efficiency = Some(found);
                }
            }
        }
        let detection_ceiling: Option<DetectionCeilingResult> =
            self.store.json(DETECTION_CEILING)?;
        let ideals = Ideals { identify: ideal.as_ref(), detect: detection_ceiling.as_ref() };
        let whole: Vec<(&ArmOutcome, &ArmResult)> = tally.arms.iter().zip(&arms).collect();
        let training_sizes =
            efficiency::sizes(&whole, &tally.sizes, plan.train_images, ideals, &criterion)?;
        let transfer = transfer(&whole, &tally.sizes, plan, ideals, &criterion)?;
        let classes = |name: &str| {
            let of_name = |task: &&TaskName| task.name() == name;
            plan.tasks.iter().find(of_name).and_then(|it| self.task(*it)).map_or(2, Task::width)
        };
        let networks = networks(&whole, &tally.networks, &plan.networks()[0], classes, &criterion)?;
        let linear = self.store.json::<Option<LinearResults>>(LINEAR)?.flatten();
        let second_ceiling = match &linear {
            Some(linear) => second_ceiling(&tally.arms, linear, criterion.alpha)?,
            None => Vec::new(),
        };
        let (shift, matrix) = self.crossed(tally, &criterion)?;
        let dataset = self.dataset();
        let classifies = self.task(TaskName::Identify).and_then(Task::classes);
        let detail = match (&dataset, classifies) {
            (Some(dataset), Some(_)) => detail::detail(plan, dataset, &self.store, &arms, alpha)?,
            _ => Vec::new(),
        };
        let localisation = localisation::localisation(plan, &self.store, tally)?;
        let strict = localisation::strict(tally, &criterion)?;
        let outlining = outlining::outlining(plan, &self.store, tally, &criterion)?;
        let operating = operating::operating(plan, &self.store, tally, &criterion)?;
        let quality = figures.map(|it| it.quality.clone()).unwrap_or_default();
        let attention = figures.and_then(|it| it.attention.as_ref());
        let stated = self.phantom.iter().flat_map(|phantom| &phantom.guidelines);
        let guidelines = stated.map(|guideline| GuidelineResult {
            body: guideline.body.clone(),
            ratio: guideline.ratio,
            year: guideline.year,
            source: guideline.source.clone(),
            as_quoted_by: guideline.as_quoted_by.clone(),
        });
        Ok(Results {
            format: crate::record::FORMAT,
            phantom: plan.phantom.clone(),
            data: self.data(),
            rescale: plan.rescale,
            input: plan.input,
            seed: plan.seed,
            preset: plan.preset.name().to_owned(),
            measures: self.measures(),
            margin,
            alpha,
            post_hoc: margin != plan.margin || alpha != plan.alpha,
            looks,
            predictors: limit::predictors(&arms, &quality)?,
            quality,
            pointing: attention.map(|it| it.pointing.clone()).unwrap_or_default(),
            arms,
            shift,
            matrix,
            ceiling,
            detection_ceiling,
            leaks: self.store.json(LEAKS)?,
            detail,
            search_ceiling: self.store.json(SEARCH_CEILING)?,
            localisation,
            strict,
            outlining,
            operating,
            readings: study::readings(plan, &self.tasks, &self.store)?,
            linear,
            second_ceiling,
            training_sizes,
            networks,
            transfer,
            guidelines: guidelines.collect(),
        })
    }

    /// The tallies with the scores on originals at the dose that a margin names.
    fn at_margin<'a>(
        &self,
        tallies: &'a [Tally],
        margin: Margin,
        ladder: Option<&NoiseLadder>,
    ) -> Result<Cow<'a, [Tally]>, CampaignError> {
        let Some(share) = margin.dose_share() else { return Ok(Cow::Borrowed(tallies)) };
        let mut tallies = tallies.to_vec();
        for arm in tallies.iter_mut().flat_map(|it| &mut it.arms) {
            let whole = ladder.filter(|it| it.images as usize >= arm.weights.cases());
            let found = whole.and_then(|it| it.at_share(share));
            // The gates of the plan's own margin say what is missing.
            if found.is_none() && margin != self.plan.margin {
                let measured = whole.map(NoiseLadder::shares).unwrap_or_default();
                return Err(CampaignError::DoseShare { share, measured });
            }
            arm.at_dose = found.and_then(|factor| whole?.of_arm(arm, factor)).cloned();
        }
        Ok(Cow::Owned(tallies))
    }

    /// The limits of all arms by a criterion; for a study that grows, at the look that it reached.
    fn limits(
        &self,
        tallies: &[Tally],
        margin: Margin,
        alpha: f64,
    ) -> Result<Limits, CampaignError> {
        let arms = &last(tallies).arms;
        let criterion = self.criterion(margin, alpha)?;
        let Some(found) = looks::looks_so_far(&self.plan, tallies, &criterion)? else {
            let arms = limit::estimate_family(arms, &criterion)?;
            return Ok(Limits { arms, criterion, looks: Vec::new() });
        };
        let number = tallies.len() - 1;
        let before = number.checked_sub(1).map_or(&[][..], |it| &found.kept[it]);
        Ok(Limits {
            arms: found.looks.estimate(number, arms, before)?,
            criterion: found.looks.criterion(number)?,
            looks: found.results,
        })
    }

    /// Results of networks trained at a level: how much of a loss is domain shift, and their scores
    /// at other levels.
    fn crossed(
        &self,
        tally: &Tally,
        criterion: &Criterion,
    ) -> Result<(Vec<ShiftResult>, Vec<MatrixResult>), CampaignError> {
        let (mut shift, mut matrix) = (Vec::new(), Vec::new());
        for arm in tally.arms.iter().filter(|arm| arm.regime == Regime::Matched) {
            shift.extend(limit::domain_shift(arm, &tally.crossed, criterion)?);
            if self.plan.regimes.contains(&Regime::Matrix) {
                for cell in &tally.crossed {
                    let of_arm = (&arm.measure.task, arm.codec, arm.path);
                    if (&cell.task, cell.codec, cell.path) == of_arm {
                        matrix.push(limit::cross_score(cell, arm, criterion)?);
                    }
                }
            }
        }
        Ok((shift, matrix))
    }

    /// Sets the dose that each level costs, where the networks of its arm rated noisier originals.
    fn doses(
        outcomes: &[ArmOutcome],
        ladder: &NoiseLadder,
        criterion: &Criterion,
        arms: &mut [ArmResult],
    ) -> Result<(), LimitError> {
        for (outcome, arm) in outcomes.iter().zip(arms) {
            let Some(supplement) = &mut arm.supplement else { continue };
            if supplement.costs.is_empty() {
                continue;
            }
            let found = limit::doses(outcome, ladder, criterion)?.unwrap_or_default();
            for (cost, dose) in supplement.costs.iter_mut().zip(found) {
                cost.dose = Some(dose);
            }
        }
        Ok(())
    }
}

/// Whether an arm's networks tell shapes apart, as what is known of cells and of the ideal observer.
fn identifies(arm: &ArmOutcome) -> bool {
    arm.measure.task == TaskName::Identify.name()
}

/// Arms with their limits, and the criterion that they were judged by.
struct Limits {
    arms: Vec<ArmResult>,
    criterion: Criterion,
    looks: Vec<LookResult>,
}

/// The tally of the run as it is now.
pub(super) fn last(tallies: &[Tally]) -> &Tally {
    tallies.last().expect("there is a tally of every run")
}
