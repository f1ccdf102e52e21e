//! `limit`, `report` and `verify`: what is done with a finished run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use phantom_limit::campaign::Run;
use phantom_limit::codec::codec_fitting;
use phantom_limit::record::{Margin, Results};
use phantom_limit::{appraisal, export, files, insertion, report, store};

use super::answers::Own;
use super::completions;
use super::compress;
use super::failure::{Failure, check_leaks};
use super::manner::complain;
use super::output::print;
use super::progress::Progress;
use super::replicate::{self, Verified};

/// Arguments of `limit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit limit runs/ct-head --margin 0.05\n  \
    phantom-limit limit --answers answers.csv --codec jpeg2000 --bits-stored 12 --out limits\n\n\
    Another criterion than the plan's is stamped post hoc and leaves the run's results as they \
    are; its own go to post-hoc/ in the run directory.")]
pub(super) struct Limit {
    /// Run directory.
    #[arg(add = completions::run_directory())]
    directory: Option<PathBuf>,
    #[command(flatten)]
    own: Own,
    /// Loss up to which a level is accepted [default: the plan's; 0.02 of own answers]: a share of the score, d_a=0.1 for
    /// areas under the ROC curve, or dose-share=0.9 where the run's networks rated all test images at
    /// that share of the dose.
    #[arg(long)]
    margin: Option<Margin>,
    /// One-sided error of each verdict [default: the plan's; 0.025 of own answers].
    #[arg(long)]
    alpha: Option<f64>,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

impl Limit {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if let Some(table) = &self.own.answers {
            let results = self.own.run(table, self.margin, self.alpha)?;
            if self.json {
                return print_json(&results);
            }
            return print(&report::text(&results));
        }
        let directory = self.directory.as_deref().unwrap_or_else(|| Path::new("."));
        if files::owned(directory, appraisal::KIND).is_ok() {
            return self.of_models(directory);
        }
        let run = Run::open(store::RunDirectory::open(directory)?)?;
        let margin = self.margin.unwrap_or(run.plan.margin);
        let alpha = self.alpha.unwrap_or(run.plan.alpha);
        let progress = Arc::new(Progress::new());
        let results = progress.during("limits", || run.rederive(margin, alpha))?;
        let run = run.telling(move |what| progress.turn_to(what));
        if results.post_hoc {
            run.leave_post_hoc(&results)?;
        } else {
            run.conclude(&codec_fitting)?;
        }
        show(&run, &results, self.json)?;
        check_leaks(&results)
    }
}

impl Limit {
    /// What `calibrate --model` found.
    fn of_models(&self, directory: &Path) -> Result<(), Failure> {
        if self.margin.is_some() || self.alpha.is_some() {
            return Err(Failure::usage(anyhow::anyhow!(
                "`{0}` holds answers of models: judge them by another criterion with `phantom-limit \
                 limit --answers {0}/answers.csv` and --bits-stored, --margin, --alpha",
                directory.display()
            )));
        }
        let (results, _) = super::decide::results(directory, &directory.join("results.json"))?;
        if self.json { print_json(&results) } else { print(&report::text(&results)) }
    }
}

fn print_json(results: &Results) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(results).map_err(Failure::failed)?;
    print(&format!("{text}\n"))
}

pub(super) fn show(run: &Run, results: &Results, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(results);
    }
    let trainings = report::training_text(results, &run.training_times());
    print(&format!("{}{trainings}", report::text(results)))
}

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit report runs/ct-head\n  \
    phantom-limit report runs/ct-head runs/other --out comparison.html\n\n\
    Several runs are set side by side: limits, curves, what differs in their plans, and in accuracy \
    where they share their test images.")]
pub(super) struct Report {
    /// Run directories.
    #[arg(required = true)]
    #[arg(add = completions::run_directory())]
    directories: Vec<PathBuf>,
    /// File of the comparison of several runs [default: comparison.html].
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Report {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut runs = Vec::new();
        for directory in &self.directories {
            runs.push(Run::open(store::RunDirectory::open(directory)?)?);
        }
        if runs.len() == 1 && self.out.is_some() {
            return Err(Failure::usage(anyhow::anyhow!(
                "--out is for the comparison of several runs: the report of one run is its \
                 report.html"
            )));
        }
        if runs.len() == 1
            && let Some(run) = runs.pop()
        {
            let progress = Progress::new();
            let run = run.telling(move |what| progress.turn_to(what));
            let results = run.conclude(&codec_fitting)?;
            print(&format!("{}\n", run.store.path("report.html").display()))?;
            return check_leaks(&results);
        }
        let names: Vec<String> =
            self.directories.iter().map(|path| path.display().to_string()).collect();
        let (compared, plans) = Progress::new().during("comparison", || {
            phantom_limit::campaign::compare(&runs, &names, &codec_fitting)
        })?;
        let out = self.out.clone().unwrap_or_else(|| PathBuf::from("comparison.html"));
        files::write(&out, report::comparison(&compared, &plans).as_bytes())?;
        print(&format!("{}\n", out.display()))
    }
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit verify runs/ct-head --replay 5\n\n\
    Exits with 3 and a line for each difference.")]
pub(super) struct Verify {
    /// Run directory, or directory of a dataset, of compressed images or of replications.
    #[arg(add = completions::run_directory())]
    directory: PathBuf,
    /// Test images of a run to draw and encode again and compare with their records.
    #[arg(long, default_value_t = 0)]
    replay: usize,
}

impl Verify {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (lines, replayed) = Progress::new().during("hashes and records", || self.verify())?;
        if lines.is_empty() {
            let images = if replayed > 0 {
                format!("; {replayed} test images drawn and encoded again are the same")
            } else {
                String::new()
            };
            return print(&format!("{}: every hash is right{images}\n", self.directory.display()));
        }
        print(&format!("{}\n", lines.join("\n")))?;
        complain(format_args!("{} differences in `{}`", lines.len(), self.directory.display()));
        Err(Failure::Mismatch)
    }

    fn verify(&self) -> Result<Verified, Failure> {
        if files::owned(&self.directory, replicate::KIND).is_ok() {
            let of_run =
                |run: &Path| Self { directory: run.to_owned(), replay: self.replay }.verify();
            return replicate::verify(&self.directory, &of_run);
        }
        let mut lines: Vec<String> = Vec::new();
        let mut replayed = 0;
        if files::owned(&self.directory, export::KIND).is_ok() {
            let found = export::verify(&self.directory)?;
            lines.extend(found.iter().map(ToString::to_string));
        } else if files::owned(&self.directory, insertion::KIND).is_ok() {
            let found = insertion::verify(&self.directory)?;
            lines.extend(found.iter().map(ToString::to_string));
        } else if files::owned(&self.directory, compress::KIND).is_ok() {
            let found = files::verify_manifest(&self.directory, compress::hashed)?;
            lines.extend(found.iter().map(ToString::to_string));
        } else if files::owned(&self.directory, appraisal::KIND).is_ok() {
            let found = files::verify_manifest(&self.directory, appraisal::is_hashed)?;
            lines.extend(found.iter().map(ToString::to_string));
        } else if self.directory.join(files::MANIFEST).is_file()
            && files::owned(&self.directory, store::KIND).is_err()
        {
            // Whatever it was made as, its marker does not say so any more.
            lines.push(files::Mismatch::Changed(files::MARKER.to_owned()).to_string());
            let found = files::verify_manifest(&self.directory, |_| false)?;
            lines.extend(found.iter().map(ToString::to_string));
        } else {
            let directory = store::RunDirectory::open(&self.directory)?;
            lines.extend(directory.verify()?.iter().map(ToString::to_string));
            // Records that are damaged can be neither replayed nor compared.
            if lines.is_empty() {
                let run = Run::open(store::RunDirectory::open(&self.directory)?)?;
                lines.extend(run.check_certificates()?);
                replayed = self.replay.min(run.plan.test_images as usize);
                lines.extend(run.replay(self.replay, &codec_fitting)?);
            }
        }
        Ok((lines, replayed))
    }
}
