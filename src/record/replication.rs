//! Defines what a replicated study of the literature says beside what was published; judges nothing.

use serde::{Deserialize, Serialize};

/// Whether a result agrees with what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// Every claim was shown.
    Agrees,
    /// Some claims were shown, others were not.
    InPart,
    /// No claim was shown, and the opposite of one at least.
    Disagrees,
    /// Neither a claim nor its opposite was shown: there are too few images or networks.
    Undecided,
    /// The program has no such study.
    CannotBeAsked,
}

impl Agreement {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] =
        [Self::Agrees, Self::InPart, Self::Disagrees, Self::Undecided, Self::CannotBeAsked];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::InPart => "agrees in part",
            Self::Disagrees => "disagrees",
            Self::Undecided => "not decided",
            Self::CannotBeAsked => "cannot be asked here",
        }
    }

    /// That of a study whose claims have these.
    ///
    /// ```
    /// use phantom_limit::record::Agreement::{Agrees, Disagrees, InPart, Undecided, self};
    /// assert_eq!(Agreement::of(&[Agrees, Agrees]), Agrees);
    /// assert_eq!(Agreement::of(&[Agrees, Undecided]), InPart);
    /// assert_eq!(Agreement::of(&[Undecided, Disagrees]), Disagrees);
    /// assert_eq!(Agreement::of(&[Undecided]), Undecided);
    /// ```
    #[must_use]
    pub fn of(claims: &[Self]) -> Self {
        let shown = claims.iter().filter(|&&claim| claim == Self::Agrees).count();
        match shown {
            0 if claims.contains(&Self::Disagrees) => Self::Disagrees,
            0 => Self::Undecided,
            _ if shown == claims.len() => Self::Agrees,
            _ => Self::InPart,
        }
    }
}

/// One claim of a published study, and what was found of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimResult {
    /// What was published.
    pub claim: String,
    /// What shows it, and what its opposite; fixed before the study was run.
    pub rule: String,
    /// What was found, with its numbers.
    pub found: String,
    /// Agrees, disagrees or undecided.
    pub agreement: Agreement,
}

/// A run that claims were judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicatedRun {
    /// Its name within the study.
    pub name: String,
    /// The phantom.
    pub phantom: String,
    /// Its directory, from that of all replications on.
    pub directory: String,
    /// SHA-256 of its `results.json`.
    pub results_sha256: String,
}

/// `replication.json`: a published study, and what the same question gave here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicationResult {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Name of the replication.
    pub name: String,
    /// The publication.
    pub citation: String,
    /// What it found, with its numbers.
    pub finding: String,
    /// What is the same here.
    pub same: String,
    /// What differs.
    pub differs: String,
    /// Why it cannot be asked; absent where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot: Option<String>,
    /// Preset of the runs.
    pub preset: String,
    /// The runs.
    pub runs: Vec<ReplicatedRun>,
    /// The claims.
    pub claims: Vec<ClaimResult>,
    /// What they say together.
    pub agreement: Agreement,
}
