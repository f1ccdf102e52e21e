//! `replicate`: published studies, asked again on phantoms and compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;
use phantom_limit::calibrate::{Calibrated, Calibration, network_trainer};
use phantom_limit::files::{self, Mismatch};
use phantom_limit::network::Kernel;
use phantom_limit::observer::NetworkTrainer;
use phantom_limit::record::{ReplicatedRun, ReplicationResult, Results};
use phantom_limit::replication::{Replication, library, names};
use phantom_limit::report;
use phantom_limit::study::Preset;

use super::calibrate::workers;
use super::failure::Failure;
use super::manner::result_ink;
use super::output::{print, print_inked};
use super::plan::presets;
use super::progress::Progress;
use super::signals;

/// What made the directory, for its marker.
pub(super) const KIND: &str = "replicate";
/// What was found of one study.
const RESULT: &str = "replication.json";
const ALL_RESULTS: &str = "literature.json";
const PAGE: &str = "literature.html";

/// What `verify` finds: a line for each difference, and how many test images were replayed.
pub(super) type Verified = (Vec<String>, usize);

/// Arguments of `replicate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit replicate --list\n  \
    phantom-limit replicate zanjani-2019 --out runs/literature\n  \
    phantom-limit replicate --all --preset standard --out runs/literature\n\n\
    Each study states its claims and the rule of each before it is run. Ctrl-C stops; the same command \
    continues.")]
pub(super) struct Replicate {
    /// Names from `--list`.
    #[arg(required_unless_present_any = ["all", "list"], value_parser = PossibleValuesParser::new(names()), hide_possible_values = true)]
    names: Vec<String>,
    /// Every study.
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// List the studies and what they found, and run none.
    #[arg(long, conflicts_with_all = ["names", "all"])]
    list: bool,
    /// Amount of work.
    #[arg(long, value_parser = presets(), default_value = "quick")]
    preset: Preset,
    /// Directory of all replications: runs, literature.html and literature.json.
    #[arg(long, required_unless_present = "list")]
    out: Option<PathBuf>,
    /// Pieces of work at the same time, one thread each [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Compute kernel of the networks [default: the fastest here].
    #[arg(long)]
    kernel: Option<Kernel>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

impl Replicate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let known = library();
        let Some(out) = self.out.as_ref().filter(|_| !self.list) else {
            return print(&list(&known));
        };
        let chosen = known.iter().filter(|one| self.all || self.names.contains(&one.name));
        let trainer = Arc::new(network_trainer(self.kernel, 1)?);
        files::claim(out, KIND)?;
        let mut found = Vec::new();
        for one in chosen {
            let result = self.replicated(one, out, &trainer)?;
            if !self.json {
                let ink = result_ink();
                print_inked(&format!("{}\n", report::replication_text(&result, ink)), ink)?;
            }
            found.push(result);
            self.gathered(out, &known)?;
        }
        if self.json {
            let text = serde_json::to_string_pretty(&found).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        let (all, ink) = (self.gathered(out, &known)?, result_ink());
        let table = report::literature_text(&all, known.len(), ink);
        print_inked(&format!("{table}page: {}\n", out.join(PAGE).display()), ink)
    }

    /// Runs the studies of a replication, or finds them finished, and judges its claims.
    fn replicated(
        &self,
        one: &Replication,
        out: &Path,
        trainer: &Arc<NetworkTrainer>,
    ) -> Result<ReplicationResult, Failure> {
        let directory = out.join(&one.name);
        let (mut results, mut runs) = (BTreeMap::<String, Results>::new(), Vec::new());
        for study in &one.studies {
            let planned = study.plan(self.preset, trainer.kernel.name()).map_err(Failure::usage)?;
            let place = directory.join(&study.name);
            let trainer: Arc<NetworkTrainer> = Arc::clone(trainer);
            let calibration = Calibration {
                workers: workers(self.jobs),
                progress: Arc::new(Progress::new()),
                stopped: signals::watch().map_err(Failure::failed)?,
                ..Calibration::new(planned.plan, &place, trainer)
            };
            let Calibrated { results: found, .. } = calibration.run()?;
            let written = files::read(&place.join("results.json"))?;
            runs.push(ReplicatedRun {
                name: study.name.clone(),
                phantom: study.phantom.clone(),
                directory: format!("{}/{}", one.name, study.name),
                results_sha256: files::sha256(&written),
            });
            results.insert(study.name.clone(), found);
        }
        let result = one.judge(self.preset, &results, runs);
        files::write(&directory.join(RESULT), &files::json(&result))?;
        Ok(result)
    }

    /// All that were run in the directory, by this command or an earlier one, written as one page.
    fn gathered(
        &self,
        out: &Path,
        known: &[Replication],
    ) -> Result<Vec<ReplicationResult>, Failure> {
        let mut all = Vec::new();
        for one in known {
            let path = out.join(&one.name).join(RESULT);
            if path.exists() {
                let read = serde_json::from_slice(&files::read(&path)?);
                all.push(read.map_err(|error| {
                    Failure::failed(anyhow::anyhow!(
                        "{}: {error}; delete the file, and the same command makes it again",
                        path.display()
                    ))
                })?);
            }
        }
        let page = report::literature_page(&all, known.len());
        files::write(&out.join(PAGE), page.as_bytes())?;
        files::write(&out.join(ALL_RESULTS), &files::json(&all))?;
        Ok(all)
    }
}

/// What differs in a directory of replications: its runs, by `of_run`; the claims, judged again from
/// their results; and what is said of all.
pub(super) fn verify(
    out: &Path,
    of_run: &dyn Fn(&Path) -> Result<Verified, Failure>,
) -> Result<Verified, Failure> {
    let known = library();
    let (mut lines, mut replayed, mut all) = (Vec::new(), 0, Vec::new());
    let changed = |file: String| Mismatch::Changed(file).to_string();
    for one in &known {
        let file = format!("{}/{RESULT}", one.name);
        let path = out.join(&file);
        if !path.exists() {
            continue;
        }
        let Ok(stored) = serde_json::from_slice::<ReplicationResult>(&files::read(&path)?) else {
            lines.push(changed(file));
            continue;
        };
        let mut results = BTreeMap::<String, Results>::new();
        for study in &one.studies {
            let directory = format!("{}/{}", one.name, study.name);
            if !out.join(&directory).is_dir() {
                lines.push(Mismatch::Missing(directory).to_string());
                continue;
            }
            let (found, again) = of_run(&out.join(&directory))?;
            replayed += again;
            if !found.is_empty() {
                lines.extend(found.into_iter().map(|line| format!("{line}  in {directory}")));
                continue;
            }
            let written = files::read(&out.join(&directory).join("results.json"))?;
            let known = stored.runs.iter().find(|run| run.name == study.name);
            if known.is_none_or(|run| run.results_sha256 != files::sha256(&written)) {
                lines.push(format!(
                    "{file} was judged from other results than those in {directory}"
                ));
            } else if let Ok(read) = serde_json::from_slice(&written) {
                results.insert(study.name.clone(), read);
            }
        }
        let preset = Preset::ALL.into_iter().find(|preset| preset.name() == stored.preset);
        match preset {
            Some(preset) if results.len() == one.studies.len() => {
                if one.judge(preset, &results, stored.runs.clone()) != stored {
                    lines.push(format!(
                        "{file} says otherwise than its runs, judged again: run `replicate {}` again",
                        one.name
                    ));
                }
            }
            Some(_) => {}
            None => lines.push(changed(file)),
        }
        all.push(stored);
    }
    let page = report::literature_page(&all, known.len()).into_bytes();
    for (name, bytes) in [(ALL_RESULTS, files::json(&all)), (PAGE, page)] {
        if !out.join(name).exists() {
            lines.push(Mismatch::Missing(name.to_owned()).to_string());
        } else if files::read(&out.join(name))? != bytes {
            lines.push(changed(name.to_owned()));
        }
    }
    Ok((lines, replayed))
}

/// What there is, as text.
fn list(known: &[Replication]) -> String {
    let mut text = String::new();
    for one in known {
        let cannot = if one.cannot.is_some() { "  (cannot be asked here)" } else { "" };
        text += &format!("{}{cannot}\n    {}\n", one.name, one.finding);
    }
    text
}
