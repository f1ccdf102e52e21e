//! `demo`: the shipped results of ct-head; nothing is trained.

use std::path::PathBuf;

use clap::Args;
use phantom_limit::campaign::Run;
use phantom_limit::codec::codec_fitting;
use phantom_limit::report;
use phantom_limit::store::RunDirectory;

use super::failure::Failure;
use super::manner::result_ink;
use super::output::print_inked;

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit demo\n\n\
    Nothing is trained: the results come with the program. `calibrate ct-head` makes them anew.")]
pub(super) struct Demo {
    /// Directory for the report.
    #[arg(long, default_value = "phantom-limit-demo")]
    out: PathBuf,
}

impl Demo {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (_, results) = Run::shipped(RunDirectory::claim(&self.out)?, &codec_fitting)?;
        let (out, ink) = (self.out.display(), result_ink());
        let text = format!(
            "{}report: {out}/report.html\n\
             one setting: phantom-limit decide {out} --ratio 8:1\n\
             artefacts in the browser: phantom-limit explore ct-head\n\
             your own run: phantom-limit calibrate ct-head --out runs/ct-head\n",
            report::brief(&results, ink)
        );
        print_inked(&text, ink)
    }
}

/// What to do first, for someone who names no command.
pub(super) const START: &str = "\
phantom-limit finds how far medical images can be compressed
before a neural network stops seeing what is in them.

  phantom-limit demo               a finished limit, in seconds
  phantom-limit explore            artefacts, in the browser
  phantom-limit calibrate ct-head --out runs/ct-head
                                   the main job, in minutes
  phantom-limit compress IMAGE --ratio 5,10,20
                                   your own images, measured
  phantom-limit --help             all commands
";
