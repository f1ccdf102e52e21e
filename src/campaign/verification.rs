//! What is verified of a run beyond its hashes: certificates derived again, images drawn and
//! encoded again; repairs nothing.

use super::{CampaignError, Run};
use crate::files;
use crate::record::{Certificate, Results};
use crate::report;
use crate::rng::{Purpose, StreamKey};
use crate::study::{self, Codecs};

impl Run {
    /// Where certificates of the run contradict the files that they name: their hashes of plan,
    /// phantom and results, also post hoc, where no manifest has them.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn check_certificates(&self) -> Result<Vec<String>, CampaignError> {
        let mut differences = Vec::new();
        for file in files::listing(self.store.root())? {
            let Some((folder, name)) = file.rsplit_once("certificates/") else { continue };
            if !(folder.is_empty() || folder.starts_with("post-hoc/")) || name.contains('/') {
                continue;
            }
            let certificate = self.store.json::<Certificate>(&file).ok().flatten();
            let results = self.store.bytes(&format!("{folder}results.json"))?.unwrap_or_default();
            let parsed: Option<Results> = serde_json::from_slice(&results).ok();
            let origin = self.origin(&results);
            let known = parsed.as_ref().map(|it| report::certificates(it, &origin));
            if !certificate.zip(known).is_some_and(|(it, known)| known.contains(&it)) {
                differences.push(format!(
                    "changed  {file}: not what the plan and results next to it give"
                ));
            }
        }
        Ok(differences)
    }

    /// Draws and encodes `count` test images again, chosen by the plan's seed, and names what
    /// differs from their records.
    ///
    /// # Errors
    /// If a record is missing or damaged, or an image cannot be drawn.
    pub fn replay(&self, count: usize, codecs: &Codecs) -> Result<Vec<String>, CampaignError> {
        let mut cases = Vec::new();
        for series in self.plan.series() {
            let of_series = study::cases(&self.plan, &self.store, series)?;
            cases.extend(of_series.into_iter().map(|case| (series, case)));
        }
        let key =
            StreamKey { seed: self.plan.seed, purpose: Purpose::Verification, case: 0, part: 0 };
        key.open().shuffle(&mut cases);
        let source = self.source()?;
        let experiment = self.experiment(source.as_ref(), codecs);
        let mut differences = Vec::new();
        for (series, case) in cases.iter().take(count) {
            differences.extend(study::recheck(&experiment.in_series(*series)?, case)?);
        }
        Ok(differences)
    }
}
