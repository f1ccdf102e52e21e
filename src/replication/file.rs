//! Files of replications: reads them, plans their studies, judges their results.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::rule::Rule;
use crate::calibrate::{CalibrateError, Planned, resolve_changed};
use crate::record::{Agreement, ClaimResult, FORMAT, ReplicatedRun, ReplicationResult, Results};
use crate::study::{Plan, Preset, StudyFile, StudyFileError};

/// A published study, as its file asks it again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// Name: first authors and year.
    pub name: String,
    /// The publication.
    pub citation: String,
    /// What it found, with its numbers.
    pub finding: String,
    /// What is the same here.
    #[serde(default)]
    pub same: String,
    /// What differs.
    #[serde(default)]
    pub differs: String,
    /// Why it cannot be asked here; then there are neither studies nor claims.
    pub cannot: Option<String>,
    /// What is run.
    #[serde(default, rename = "study")]
    pub studies: Vec<StudyOfReplication>,
    /// What is judged.
    #[serde(default, rename = "claim")]
    claims: Vec<Claim>,
}

/// One study of a replication: a phantom and what it is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyOfReplication {
    /// Name within the replication.
    pub name: String,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Tables and keys of a phantom file that differ.
    #[serde(default)]
    changes: toml::Table,
    /// Keys of a study file, without sizes: those are the preset's.
    asks: toml::Table,
}

/// A claim and its rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    claim: String,
    rule: Rule,
}

/// Why a study of a replication cannot be planned.
#[derive(Debug, Error)]
pub enum ReplicationFault {
    /// What it asks is no study.
    #[error(transparent)]
    File(#[from] StudyFileError),
    /// The phantom or the plan has a fault.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
}

/// Files of these names, with their text.
macro_rules! files {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("studies/", $name, ".toml")))),*]
    };
}

/// Every file, in the order of the list.
const FILES: [(&str, &str); 16] = files![
    "urbaniak-wolter-2021",
    "dodge-karam-2016",
    "dejean-servieres-2017",
    "gueguen-2018",
    "pistono-2020",
    "jo-2021",
    "chen-2020",
    "zanjani-2019",
    "penedo-2005",
    "kurmukov-2024",
    "yip-2020",
    "ko-2003",
    "woo-2007",
    "flint-2012",
    "eckstein-2003",
    "slone-2000"
];

/// Names of the replications that come with the program.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.into_iter().map(|(name, _)| name)
}

/// The replications that come with the program.
///
/// ```
/// use phantom_limit::replication::{library, names};
/// assert!(names().eq(library().iter().map(|one| one.name.as_str())));
/// assert!(names().any(|name| name == "zanjani-2019"));
/// ```
///
/// # Panics
/// Not with the files of this version: a test reads them.
#[must_use]
pub fn library() -> Vec<Replication> {
    FILES
        .iter()
        .map(|(_, text)| toml::from_str(text).expect("the library's files are read"))
        .collect()
}

impl StudyOfReplication {
    /// The plan at a preset, for networks of a compute kernel.
    ///
    /// # Errors
    /// If the file asks what no study can.
    pub fn plan(&self, preset: Preset, kernel: &str) -> Result<Planned, ReplicationFault> {
        let asks = toml::to_string(&self.asks).expect("a table of TOML values is TOML");
        let text = format!("format = 1\nphantoms = [\"{}\"]\n{asks}", self.phantom);
        let mut changes = StudyFile::parse(&text, &self.name)?.changes;
        changes.preset = Some(preset);
        let (phantom, source) = resolve_changed(&self.phantom, &self.changes)?;
        let plan = Plan::new(&phantom, &source, &changes, kernel).map_err(CalibrateError::from)?;
        Ok(Planned { phantom, plan, start: None })
    }
}

impl Replication {
    /// Judges the claims by the results of the studies, by their names.
    ///
    /// # Panics
    /// If a claim names a study without results: a test holds every rule of the library against the
    /// plans of its studies.
    #[must_use]
    pub fn judge(
        &self,
        preset: Preset,
        results: &BTreeMap<String, Results>,
        runs: Vec<ReplicatedRun>,
    ) -> ReplicationResult {
        let first = self.studies.first().map_or("", |study| study.name.as_str());
        let of = |name: Option<&str>| &results[name.unwrap_or(first)];
        let claims: Vec<ClaimResult> = (self.claims.iter())
            .map(|Claim { claim, rule }| {
                let (agreement, found) = rule.judge(&of);
                ClaimResult { claim: claim.clone(), rule: rule.words(), found, agreement }
            })
            .collect();
        let each: Vec<Agreement> = claims.iter().map(|claim| claim.agreement).collect();
        ReplicationResult {
            format: FORMAT,
            name: self.name.clone(),
            citation: self.citation.clone(),
            finding: self.finding.clone(),
            same: self.same.clone(),
            differs: self.differs.clone(),
            cannot: self.cannot.clone(),
            preset: preset.name().to_owned(),
            runs,
            agreement: match self.cannot {
                Some(_) => Agreement::CannotBeAsked,
                None => Agreement::of(&each),
            },
            claims,
        }
    }

    /// The rules, in the order of the claims.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.claims.iter().map(|claim| &claim.rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_study_is_planned_and_every_rule_asks_for_what_it_gives() {
        for replication in library() {
            let name = &replication.name;
            assert!(!replication.citation.is_empty() && !replication.finding.is_empty(), "{name}");
            assert_eq!(replication.cannot.is_some(), replication.studies.is_empty(), "{name}");
            assert_eq!(replication.cannot.is_some(), replication.claims.is_empty(), "{name}");
            let plans: BTreeMap<&str, Plan> = (replication.studies.iter())
                .map(|study| {
                    let planned = study.plan(Preset::Quick, "portable");
                    let planned = planned.unwrap_or_else(|fault| panic!("{name}: {fault}"));
                    (study.name.as_str(), planned.plan)
                })
                .collect();
            assert_eq!(plans.len(), replication.studies.len(), "{name}");
            for rule in replication.rules() {
                for (arm, level) in rule.asks() {
                    let first = replication.studies[0].name.as_str();
                    let plan = &plans[arm.study.as_deref().unwrap_or(first)];
                    assert!(
                        plan.tasks.iter().any(|task| task.name() == arm.task),
                        "{name} {arm:?}"
                    );
                    assert!(plan.regimes.contains(&arm.regime), "{name} {arm:?}");
                    let of_arm: Vec<f64> = (plan.conditions(arm.path).iter())
                        .filter(|it| it.codec == Some(arm.codec))
                        .filter_map(|it| it.target)
                        .collect();
                    assert!(!of_arm.is_empty(), "{name} {arm:?}");
                    assert!(level.is_none_or(|level| of_arm.contains(&level)), "{name} {level:?}");
                }
            }
        }
    }
}
