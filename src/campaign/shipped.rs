//! The results of ct-head that come with the program, laid out as a run without its networks; trains
//! nothing.

use std::io::Read as _;

use super::error::CampaignError;
use super::run::Run;
use crate::files;
use crate::record::Results;
use crate::store::RunDirectory;
use crate::study::{self, Codecs};

/// Plan and results of `calibrate ct-head --seed 1 --kernel avx512`, gzipped;
/// `scripts/update-readme` puts them there.
const PLAN: &[u8] = include_bytes!("../../phantoms/ct/head-plan.json.gz");
const RESULTS: &[u8] = include_bytes!("../../phantoms/ct/head-results.json.gz");

impl Run {
    /// Writes the shipped plan and results to a directory, with the report made of them and pictures
    /// that are drawn and compressed now. Records and networks are absent, so that `calibrate` with
    /// the same plan makes them.
    ///
    /// # Errors
    /// If the directory holds another run, or the system refuses.
    pub fn shipped(store: RunDirectory, codecs: &Codecs) -> Result<(Self, Results), CampaignError> {
        let [plan, results] = [("plan", PLAN), ("results", RESULTS)].map(|(name, bytes)| {
            let mut text = Vec::new();
            let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut text);
            read.map(|_| text).map_err(|error| store.damaged(name, error.to_string()))
        });
        let plan =
            study::Plan::parse(&plan?).map_err(|error| store.damaged("plan", error.to_string()))?;
        let results: Results = serde_json::from_slice(&results?)
            .map_err(|error| store.damaged("results", error.to_string()))?;
        let run = Self::begin(store, &plan)?;
        let source = run.source()?;
        let figures = study::figures(&run.experiment(source.as_ref(), codecs), &[])?;
        run.leave(&results, Some(&figures), "")?;
        let plot = crate::report::accuracy_svg(&results);
        run.store.write("accuracy.svg", plot.as_bytes())?;
        run.store.write("figures.json", &files::json(&figures))?;
        Ok((run, results))
    }
}
