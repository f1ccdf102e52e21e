//! Networks that a study's own start from: of another run, or a file; trains nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::{InputPath, Job, Regime};
use crate::task::TaskName;

/// Where networks of regime `transferred` start, as it was asked for: a run directory, or one
/// network's file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct StartChoice {
    word: String,
    /// Bytes of each network, once they were read.
    networks: Vec<StartNetwork>,
}

/// One network to start from.
#[derive(Debug, Clone, PartialEq)]
pub struct StartNetwork {
    /// What its run asked it, on which path and as which replicate; `None` for the only one, from
    /// which all start.
    pub job: Option<Job>,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Its file.
    pub bytes: Vec<u8>,
}

impl TryFrom<String> for StartChoice {
    type Error = String;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::parse(&word)
    }
}

impl StartChoice {
    /// From a path, which is still to be [read](Self::read).
    ///
    /// # Errors
    /// If it is empty.
    pub fn parse(word: &str) -> Result<Self, String> {
        match word.is_empty() {
            true => Err("expected a run directory or a network's file".to_owned()),
            false => Ok(Self { word: word.to_owned(), networks: Vec::new() }),
        }
    }

    /// The path.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Whether its networks were read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !self.networks.is_empty()
    }

    /// Takes the networks there.
    pub fn read(&mut self, networks: Vec<StartNetwork>) {
        self.networks = networks;
    }

    /// The networks for a plan of these tasks and paths, with their bytes by the names of their
    /// files; `None` where a task and path has none.
    pub(super) fn planned(
        &self,
        tasks: &[TaskName],
        paths: &[InputPath],
        replicates: u32,
        freeze: u32,
    ) -> Option<Transfer> {
        let mut networks = BTreeMap::new();
        for &task in tasks {
            for &path in paths {
                // Those of the same question and path; else those of the first question.
                let of = |task| -> Vec<&StartNetwork> {
                    let same = |job: &Job| (job.task, job.path) == (task, path);
                    self.networks.iter().filter(|it| it.job.as_ref().is_none_or(same)).collect()
                };
                let own = of(task);
                let all = if own.is_empty() { of(TaskName::Identify) } else { own };
                for replicate in 0..replicates {
                    let chosen = all.get(replicate as usize % all.len().max(1))?;
                    let job = Job::new(task, path, Regime::Transferred, replicate);
                    networks.insert(job.name(), chosen.sha256.clone());
                }
            }
        }
        Some(Transfer { start: self.word.clone(), freeze, networks })
    }

    /// The file of a hash.
    #[must_use]
    pub fn bytes(&self, sha256: &str) -> Option<&[u8]> {
        let same = |it: &&StartNetwork| it.sha256 == sha256;
        self.networks.iter().find(same).map(|it| it.bytes.as_slice())
    }
}

/// Where the networks of regime `transferred` of a plan start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// What was asked for: a run directory or a network's file.
    pub start: String,
    /// Layers with weights, from the first on, that keep the values they start with.
    pub freeze: u32,
    /// SHA-256 of the network that each job on all training images starts from, by its name; in the
    /// run directory it is `start/SHA-256.safetensors`.
    pub networks: BTreeMap<String, String>,
}

impl Transfer {
    /// SHA-256 of the network that a job starts from; a share of the images starts as all do.
    #[must_use]
    pub fn start_of(&self, job: Job) -> Option<&str> {
        let on_all = Job::new(job.task, job.path, Regime::Transferred, job.replicate);
        self.networks.get(&on_all.name()).map(String::as_str)
    }
}
