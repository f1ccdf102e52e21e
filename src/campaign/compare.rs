//! Compares runs: what differs in their plans, and in scores where they share test images; knows no
//! markup.

use std::collections::{BTreeMap, BTreeSet};

use super::{CampaignError, Run};
use crate::codec::CodecName;
use crate::limit::{self, Criterion};
use crate::record::{ArmOutcome, DifferenceResult};
use crate::report::{Compared, PlanDifference};
use crate::study::{self, Codecs};

/// Concludes every run again and compares it with the first; `names` are what the runs are called.
///
/// # Errors
/// If a record of a run is missing or damaged.
pub fn compare(
    runs: &[Run],
    names: &[String],
    codecs: &Codecs,
) -> Result<(Vec<Compared>, Vec<PlanDifference>), CampaignError> {
    let mut compared: Vec<Compared> = Vec::new();
    for (run, name) in runs.iter().zip(names) {
        let results = run.conclude(codecs)?;
        let differences = match runs.first() {
            Some(first) if !compared.is_empty() => differences(first, run)?,
            _ => Vec::new(),
        };
        compared.push(Compared { name: name.clone(), results, differences });
    }
    Ok((compared, plans(runs)))
}

/// Differences of all arms that both runs have, on the same test images; nothing where these
/// differ.
fn differences(first: &Run, second: &Run) -> Result<Vec<DifferenceResult>, CampaignError> {
    let images = |run: &Run| -> Result<Vec<String>, CampaignError> {
        let mut hashes = Vec::new();
        for series in run.plan.series() {
            let cases = study::cases(&run.plan, &run.store, series)?;
            hashes.extend(cases.into_iter().map(|case| case.sha256));
        }
        Ok(hashes)
    };
    if images(first)? != images(second)? {
        return Ok(Vec::new());
    }
    let criterion = Criterion::new(first.plan.margin, first.plan.alpha, 0, first.plan.seed)?;
    let [before, after] = [
        study::tally(&first.plan, &first.store, &first.tasks)?.arms,
        study::tally(&second.plan, &second.store, &second.tasks)?.arms,
    ];
    let mut found = Vec::new();
    for arm in before.iter().filter(|arm| arm.codec != CodecName::Lossless) {
        let same = |it: &&ArmOutcome| {
            (&it.measure.task, it.codec, it.path, it.regime)
                == (&arm.measure.task, arm.codec, arm.path, arm.regime)
        };
        if let Some(other) = after.iter().find(same) {
            found.extend(limit::difference(arm, other, &criterion)?);
        }
    }
    Ok(found)
}

/// Fields of the plans that are not the same in all, with their values.
fn plans(runs: &[Run]) -> Vec<PlanDifference> {
    const SHORT: usize = 80;
    let fields: Vec<BTreeMap<String, serde_json::Value>> = runs
        .iter()
        .map(|run| {
            let value = serde_json::to_value(&run.plan).expect("a plan has text keys");
            serde_json::from_value(value).expect("a plan is an object")
        })
        .collect();
    let Some(first) = fields.first() else { return Vec::new() };
    let keys: BTreeSet<&String> = fields.iter().flat_map(BTreeMap::keys).collect();
    keys.into_iter()
        .filter(|key| fields.iter().any(|plan| plan.get(*key) != first.get(*key)))
        .map(|key| {
            let said = |plan: &BTreeMap<String, serde_json::Value>| match plan.get(key) {
                None => "\u{2013}".to_owned(),
                Some(value) => Some(value.to_string())
                    .filter(|text| text.len() <= SHORT)
                    .unwrap_or_else(|| "differs".to_owned()),
            };
            PlanDifference { field: key.clone(), values: fields.iter().map(said).collect() }
        })
        .collect()
}
