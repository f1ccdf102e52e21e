//! `decide`: what a study shows about one setting of an archive.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use phantom_limit::codec::CodecName;
use phantom_limit::files;
use phantom_limit::limit::decide;
use phantom_limit::record::{Decision, FORMAT, Results};
use phantom_limit::report::{self, SheetHead};
use phantom_limit::units::{CompressionRatio, RatioBase};

use super::completions;
use super::failure::{Failure, check_leaks};
use super::manner::result_ink;
use super::options::{codecs, ratio};
use super::output::{print, print_inked};

/// Arguments of `decide`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit decide runs/ct-head --ratio 8:1\n  \
    phantom-limit decide runs/ct-head --ratio 10 --codec jpeg --bits allocated --out decision.html\n\n\
    SAFE: the loss is shown to be below the study's margin. LOST: it is shown to be above. All \
    statements hold together.")]
pub(super) struct Decide {
    /// Run directory, or directory of results that limit --answers --out left.
    #[arg(add = completions::run_directory())]
    directory: PathBuf,
    /// Compression ratio of the setting, 8 or 8:1.
    #[arg(long, value_name = "N:1", value_parser = ratio)]
    ratio: f64,
    /// Codec of the setting.
    #[arg(long, default_value = "jpeg2000", value_parser = codecs(false))]
    codec: CodecName,
    /// Bits that the ratio counts: those stored of the original, those allocated in its file, or those
    /// of the image that the codec is given (8 behind a display window).
    #[arg(long, default_value = "stored", value_parser = bases())]
    bits: RatioBase,
    /// File of a page that prints on one sheet of A4 paper.
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
    /// Site on that page [default: a line to write on].
    #[arg(long, requires = "out", default_value = "", hide_default_value = true)]
    site: String,
    /// Author on that page [default: a line to write on].
    #[arg(long, requires = "out", default_value = "", hide_default_value = true)]
    author: String,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

fn bases() -> impl TypedValueParser<Value = RatioBase> {
    PossibleValuesParser::new(["stored", "allocated", "input"]).map(|name| match name.as_str() {
        "allocated" => RatioBase::Allocated,
        "input" => RatioBase::Input,
        _ => RatioBase::Stored,
    })
}

impl Decide {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if !(self.ratio.is_finite() && self.ratio > 0.0) {
            return Err(Failure::usage(anyhow::anyhow!("--ratio is above 0, such as 8 or 8:1")));
        }
        let file = self.directory.join("results.json");
        let (results, sha256) = results(&self.directory, &file)?;
        let asked = CompressionRatio { value: self.ratio, base: self.bits };
        let decision = decide(&results, self.codec, asked);
        self.check(&decision, &results)?;
        if let Some(out) = &self.out {
            let head = self.head(sha256);
            files::write(out, report::decision_page(&decision, &head).as_bytes())?;
        }
        if self.json {
            print(&String::from_utf8_lossy(&files::json(&decision)))?;
        } else {
            let ink = result_ink();
            print_inked(&report::decision_text(&decision, ink), ink)?;
        }
        check_leaks(&results)
    }

    /// The codec was studied.
    fn check(&self, decision: &Decision, results: &Results) -> Result<(), Failure> {
        if !decision.arms.is_empty() {
            return Ok(());
        }
        let mut studied: Vec<&str> = results.arms.iter().map(|arm| arm.codec.name()).collect();
        studied.sort_unstable();
        studied.dedup();
        studied.retain(|name| *name != CodecName::Lossless.name());
        Err(Failure::usage(anyhow::anyhow!(
            "`{}` did not study {}; it studied {}: choose one with --codec",
            self.directory.display(),
            self.codec.name(),
            studied.join(", ")
        )))
    }

    fn head(&self, results_sha256: String) -> SheetHead {
        let directory = self.directory.display();
        SheetHead {
            date: files::day(files::Surroundings::now().unix_seconds),
            site: self.site.clone(),
            author: self.author.clone(),
            command: format!(
                "phantom-limit decide {directory} --ratio {}:1 --codec {} --bits {}",
                self.ratio,
                self.codec.name(),
                self.bits
            ),
            results_sha256,
        }
    }
}

/// The results in a directory, with the hash of their file.
pub(super) fn results(directory: &Path, file: &Path) -> Result<(Results, String), Failure> {
    if !file.exists() {
        let what = if directory.join("plan.json").exists() {
            "it is a run that is not finished: run the command that began it again, or conclude"
        } else {
            "give the directory of a finished run, or of limit --answers --out"
        };
        return Err(Failure::usage(anyhow::anyhow!(
            "`{}` holds no results.json: {what}",
            directory.display()
        )));
    }
    let bytes = files::read(file)?;
    let results: Results = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::usage(anyhow::anyhow!(
            "`{}` is not of this version of phantom-limit ({error}): make it again with \
             `phantom-limit report {}`",
            file.display(),
            directory.display()
        ))
    })?;
    if results.format != FORMAT {
        return Err(Failure::usage(anyhow::anyhow!(
            "`{}` has format {}, this program reads {FORMAT}: use the program that made it",
            file.display(),
            results.format
        )));
    }
    Ok((results, files::sha256(&bytes)))
}
