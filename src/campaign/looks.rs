//! Decides at each look whether a growing study goes on, and checks that decisions follow from the
//! records; trains nothing.

use super::{CampaignError, Run};
use crate::codec::CodecName;
use crate::files;
use crate::limit::{Criterion, LimitError, Looks, Verdicts};
use crate::record::{ArmOutcome, FORMAT, LookArm, LookRecord, LookResult};
use crate::store::look_file;
use crate::study::{self, Plan, Tally};

/// All looks so far with their verdicts and decisions.
pub(super) struct LooksSoFar {
    pub(super) looks: Looks,
    /// Verdicts that stand, `[look][arm]`.
    pub(super) kept: Vec<Vec<Verdicts>>,
    /// Size, error and decision of each look.
    pub(super) results: Vec<LookResult>,
}

/// Judges the tallies of all looks so far by a criterion; `None` for a plan that does not grow.
pub(super) fn looks_so_far(
    plan: &Plan,
    tallies: &[Tally],
    criterion: &Criterion,
) -> Result<Option<LooksSoFar>, LimitError> {
    let Some(first) = tallies.first().filter(|_| !plan.looks.is_empty()) else { return Ok(None) };
    let information: Vec<f64> = plan.looks.iter().map(|look| look.information).collect();
    let looks = Looks::new(criterion, &information, &first.arms)?;
    let mut kept: Vec<Vec<Verdicts>> = Vec::new();
    let mut results = Vec::new();
    for ((number, tally), planned) in tallies.iter().enumerate().zip(&plan.looks) {
        let before = kept.last().map_or(&[][..], Vec::as_slice);
        let now = looks.verdicts(number, &tally.arms, before)?;
        let spent = looks.looks()[number];
        results.push(LookResult {
            replicates: planned.replicates,
            images: planned.test_images,
            information: planned.information,
            nominal_alpha: spent.nominal,
            spent_alpha: spent.spent,
            decided: now.iter().all(Verdicts::is_decided),
        });
        kept.push(now);
    }
    Ok(Some(LooksSoFar { looks, kept, results }))
}

impl Run {
    /// Judges a study that has grown to the size of [`Run::plan`], and stores the decision in
    /// `looks/N.json`. Where the study [goes on](LookRecord::goes_on), the plan becomes that of the
    /// next look. `None` for a study that does not grow.
    ///
    /// # Errors
    /// If a record is missing or damaged, or gives another decision than at an earlier call.
    pub fn look(&mut self) -> Result<Option<LookRecord>, CampaignError> {
        let Some(record) = self.decisions(&self.tallies()?)?.pop() else { return Ok(None) };
        let (file, bytes) = (look_file(record.look), files::json(&record));
        match self.store.bytes(&file)? {
            None => self.store.write(&file, &bytes)?,
            Some(before) => self.check_look(&file, &before, &bytes)?,
        }
        if record.goes_on() {
            self.plan = self.planned.at_look(record.look as usize);
        }
        Ok(Some(record))
    }

    /// The tallies of the finished jobs, one for each look so far; one for a study that does not
    /// grow.
    pub(super) fn tallies(&self) -> Result<Vec<Tally>, CampaignError> {
        let count = self.plan.looks.len().max(1);
        let one = |number| study::tally(&self.plan.at_look(number), &self.store, &self.tasks);
        Ok((0..count).map(one).collect::<Result<_, _>>()?)
    }

    /// Fails where the decisions in the directory are not those that the records give by the plan's
    /// criterion, or the last of them is that the study goes on.
    pub(super) fn check_looks(&self, tallies: &[Tally]) -> Result<(), CampaignError> {
        let records = self.decisions(tallies)?;
        for record in &records {
            let file = look_file(record.look);
            let Some(before) = self.store.bytes(&file)? else {
                let detail = "it is missing: the run is not finished";
                return Err(self.store.damaged(&file, detail).into());
            };
            self.check_look(&file, &before, &files::json(record))?;
        }
        Ok(())
    }

    fn check_look(&self, file: &str, before: &[u8], now: &[u8]) -> Result<(), CampaignError> {
        if before == now {
            return Ok(());
        }
        Err(self.store.damaged(file, "the records give another decision").into())
    }

    fn decisions(&self, tallies: &[Tally]) -> Result<Vec<LookRecord>, CampaignError> {
        let Some(LooksSoFar { kept, results, .. }) =
            looks_so_far(&self.plan, tallies, &self.criterion(self.plan.margin, self.plan.alpha)?)?
        else {
            return Ok(Vec::new());
        };
        let lossy = |(arm, kept): (&ArmOutcome, &Verdicts)| {
            (arm.codec != CodecName::Lossless).then(|| LookArm {
                task: arm.measure.task.clone(),
                codec: arm.codec,
                path: arm.path,
                regime: arm.regime,
                decided: kept.is_decided(),
                verdicts: kept.levels.clone(),
            })
        };
        let record = |(number, result): (usize, LookResult)| LookRecord {
            format: FORMAT,
            plan: self.plan_hash.clone(),
            look: number as u32 + 1,
            most: self.planned.looks.len() as u32,
            result,
            arms: tallies[number].arms.iter().zip(&kept[number]).filter_map(lossy).collect(),
        };
        Ok(results.into_iter().enumerate().map(record).collect())
    }
}
