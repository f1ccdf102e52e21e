//! Concludes a run: derives results, certificates, plots and report from its records and writes
//! them to its directory; trains nothing.

use rayon::prelude::*;

use super::command::{PHANTOM, in_library};
use super::error::CampaignError;
use super::results::last;
use super::run::Run;
use super::search_ceiling::search_ceiling;
use crate::files;
use crate::record::{Certificate, Figures, Margin, Origin, Results};
use crate::report::{self, Report};
use crate::study::Codecs;

impl Run {
    /// Derives results and figures from the records and writes them with the report.
    ///
    /// # Errors
    /// If a record is missing or damaged.
    pub fn conclude(&self, codecs: &Codecs) -> Result<Results, CampaignError> {
        let concluded = self.derive(codecs);
        self.teller.end();
        concluded
    }

    fn derive(&self, codecs: &Codecs) -> Result<Results, CampaignError> {
        let _lock = self.store.wait_lock("conclusion")?;
        let tallies = self.tallies()?;
        self.check_looks(&tallies)?;
        let tally = last(&tallies);
        let source = self.source()?;
        let experiment = self.experiment(source.as_ref(), codecs);
        self.teller.tell("ideal observer");
        self.ceilings(tally)?;
        if let Some(dataset) = source.drawn() {
            search_ceiling(&self.plan, dataset, &self.store)?;
        }
        self.teller.tell("leak audit");
        self.leaks(&experiment)?;
        self.teller.tell("linear observers");
        self.linear(&experiment)?;
        self.teller.tell("noise");
        self.noise()?;
        self.teller.tell("figures");
        let figures = self.figures(&experiment, tally)?;
        self.teller.tell("limits");
        let results = self.results(&tallies, Some(&figures), self.plan.margin, self.plan.alpha)?;
        if self.phantom.is_some() && !in_library(&self.plan) {
            self.store.write(PHANTOM, self.plan.phantom_source.as_bytes())?;
        }
        self.teller.tell("report");
        self.leave(&results, Some(&figures), "")?;
        self.teller.tell("plots");
        let classes = figures.classes.len();
        let all = report::plots(&results, classes);
        let mut plots: Vec<(String, String)> =
            all.into_iter().map(|it| (format!("figures/{}", it.name), it.svg)).collect();
        plots.push(("accuracy".to_owned(), report::accuracy_svg(&results)));
        plots.par_iter().try_for_each(|(file, svg)| {
            self.store.write(&format!("{file}.svg"), svg.as_bytes())?;
            self.store.write(&format!("{file}.png"), &report::png(svg)?)?;
            Ok::<(), CampaignError>(())
        })?;
        self.gather_calls()?;
        self.store.write_manifest()?;
        self.store.clear()?;
        Ok(results)
    }

    /// Results by another criterion, stamped post hoc where it is not the plan's.
    ///
    /// # Errors
    /// If a record is missing or damaged, the criterion is out of range, or its margin is one of a
    /// dose at which networks did not rate all test images.
    pub fn rederive(
        &self,
        margin: impl Into<Margin>,
        alpha: f64,
    ) -> Result<Results, CampaignError> {
        let figures = self.store.figures()?;
        self.results(&self.tallies()?, figures.as_ref(), margin.into(), alpha)
    }

    /// Writes results by another criterion than the plan's, with their report and certificates, to
    /// a folder of their own that no manifest covers.
    ///
    /// # Errors
    /// If the system refuses, or the stored figures are damaged.
    pub fn leave_post_hoc(&self, results: &Results) -> Result<(), CampaignError> {
        let margin = results.margin.to_string().replace('=', "-");
        let folder = format!("post-hoc/margin-{margin}-alpha-{}/", results.alpha);
        self.leave(results, self.store.figures()?.as_ref(), &folder)
    }

    /// Writes results, certificates and, where there are figures, the report below `folder`.
    pub(super) fn leave(
        &self,
        results: &Results,
        figures: Option<&Figures>,
        folder: &str,
    ) -> Result<(), CampaignError> {
        let bytes = files::json(results);
        let certificates = report::certificates(results, &self.origin(&bytes));
        self.store.write(&format!("{folder}results.json"), &bytes)?;
        self.store.write(&format!("{folder}results.csv"), &report::csv(results))?;
        #[cfg(feature = "parquet")]
        self.store.write(&format!("{folder}results.parquet"), &report::parquet(results))?;
        self.store.write(&format!("{folder}contrast-detail.csv"), &report::detail_csv(results))?;
        if let Some(linear) = &results.linear {
            let file = format!("{folder}linear-observers.csv");
            self.store.write(&file, &report::linear_csv(linear, results))?;
        }
        if !results.operating.is_empty() {
            let file = format!("{folder}operating.csv");
            self.store.write(&file, &report::operating_csv(results))?;
        }
        if !results.localisation.is_empty() {
            let file = format!("{folder}localisation.csv");
            self.store.write(&file, &report::localisation_csv(results))?;
        }
        if !results.outlining.is_empty() {
            let file = format!("{folder}outlines.csv");
            self.store.write(&file, &report::outlines_csv(results))?;
        }
        if !results.second_ceiling.is_empty() {
            let file = format!("{folder}second-ceiling.csv");
            self.store.write(&file, &report::second_ceiling_csv(results))?;
        }
        if !results.training_sizes.is_empty() {
            let file = format!("{folder}training-sizes.csv");
            self.store.write(&file, &report::sizes_csv(results))?;
        }
        if !results.transfer.is_empty() {
            let file = format!("{folder}transfer.csv");
            self.store.write(&file, &report::transfer_csv(results))?;
        }
        if !results.networks.is_empty() {
            let file = format!("{folder}networks.csv");
            self.store.write(&file, &report::networks_csv(results))?;
        }
        // No certificate of an earlier version may remain.
        files::remove_directory(&self.store.path(&format!("{folder}certificates")))?;
        for certificate in &certificates {
            let file = format!("{folder}certificates/{}.json", certificate.name());
            self.store.write(&file, &files::json(certificate))?;
        }
        if let Some(figures) = figures {
            let html = self.html(results, figures, &certificates);
            self.store.write(&format!("{folder}report.html"), html.as_bytes())?;
        }
        Ok(())
    }

    fn html(&self, results: &Results, figures: &Figures, certificates: &[Certificate]) -> String {
        report::html(&Report {
            results,
            figures,
            certificates,
            phantom: self.summary(),
            made: &self.provenance(),
        })
    }

    pub(super) fn origin(&self, results: &[u8]) -> Origin {
        Origin {
            phantom_title: self.title(),
            phantom_sha256: self.plan.phantom_hash.clone(),
            plan_sha256: self.plan_hash.clone(),
            results_sha256: files::sha256(results),
            version: self.plan.version.clone(),
            kernel: self.plan.kernel.clone(),
            codec_versions: self.plan.codec_versions.clone(),
        }
    }
}
