//! `model check`: ours beside the user's, stage by stage.

use std::io;
use std::path::PathBuf;

use clap::Args;
use phantom_limit::appraisal::{Entrant, check_file};
use phantom_limit::files;
use phantom_limit::model::{CheckRecord, Comparison, Example, Stage, check};

use super::super::failure::Failure;
use super::super::manner::complain;
use super::super::output::print;
use super::probe;

/// Arguments of `model check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    phantom-limit model check model.toml --example x.npz\n\n\
    The example is an NPZ file with the arrays `image` (whole numbers of 8 or 16 bits, as the image's \
    file holds them), `output` (what the network gives for it in the program that it was trained in; \
    `probabilities` after softmax or sigmoid), where you have it `input` (what it is given), and \
    `slope` and `intercept` of CT. Exits with 3 where the two part; otherwise model.check.json is \
    written beside the model file, without which no study runs.")]
pub(super) struct Check {
    /// Model file.
    model: PathBuf,
    /// NPZ file with your own image, input and output.
    #[arg(long, value_name = "FILE")]
    example: PathBuf,
}

impl Check {
    pub(super) fn run(&self, program: io::Result<PathBuf>) -> Result<(), Failure> {
        let bytes = files::read(&self.example).map_err(Failure::usage)?;
        let wrong = |path: &PathBuf, error: &dyn std::fmt::Display| {
            Failure::usage(anyhow::anyhow!("`{}`: {error}", path.display()))
        };
        let example = Example::read(&bytes).map_err(|error| wrong(&self.example, &error))?;
        probe::in_a_process(&program.map_err(Failure::failed)?, &self.model, &example)?;
        let entrant = Entrant::open(&self.model).map_err(Failure::usage)?;
        let comparison = check(&entrant.file, &entrant.network, &example)
            .map_err(|error| wrong(&self.model, &error))?;
        print(&text(&comparison))?;
        let record = check_file(&self.model);
        if !comparison.agrees() {
            // A record of before is no longer true.
            files::remove_file(&record)?;
            complain(format_args!(
                "`{}` does not do what its owner's program does",
                self.model.display()
            ));
            return Err(Failure::Mismatch);
        }
        let hashes = [entrant.model_sha256, entrant.onnx_sha256, files::sha256(&bytes)];
        files::write(
            &record,
            &files::json(&CheckRecord::of(&comparison, &entrant.network, hashes)),
        )?;
        print(&format!("passed: {}\n", record.display()))
    }
}

/// One line for each stage, and one for each hint.
fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for stage in &comparison.stages {
        text += &line(stage);
        for hint in &stage.hints {
            text += &format!("  {hint}\n");
        }
    }
    text
}

fn line(stage: &Stage) -> String {
    let Stage { name, said, tolerance, .. } = stage;
    match stage.difference {
        Some(difference) if stage.agrees() => {
            format!("{name:<14} equal   largest difference {difference:.1e} ({said})\n")
        }
        Some(difference) => format!(
            "{name:<14} DIFFERS largest difference {difference:.3e}, above {tolerance:.1e} ({said})\n"
        ),
        None => format!("{name:<14} DIFFERS {said}\n"),
    }
}
