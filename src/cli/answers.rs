//! `limit --answers`: the limit of networks that are not ours, from a table of their answers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use phantom_limit::answers::{AnswersError, Reading, criterion, judge};
use phantom_limit::codec::CodecName;
use phantom_limit::record::{Margin, Readers, Results};
use phantom_limit::{files, report};

use super::failure::Failure;
use super::options::codecs;

/// What the marker of a directory of results says it was made by.
const KIND: &str = "limit";

/// Arguments about a table of answers.
#[derive(Debug, Args)]
pub(super) struct Own {
    /// CSV table (or Parquet, in builds with that feature) of own networks' answers instead of a run: image, ratio (empty on originals),
    /// network, patient, and correct (1 or 0), or score with truth (1 or 0), or score alone.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "directory",
        required_unless_present = "directory"
    )]
    pub(super) answers: Option<PathBuf>,
    /// Codec of a table without the column codec.
    #[arg(long, requires = "answers", conflicts_with = "directory", value_parser = codecs(true))]
    codec: Option<CodecName>,
    /// What the networks stand for: themselves (fixed), or a sample of networks trained like them
    /// (sampled) [default: sampled from 5 networks on].
    #[arg(long, requires = "answers", conflicts_with = "directory", value_parser = readers())]
    readers: Option<Readers>,
    /// Bits of a pixel that ratios count.
    #[arg(long, requires = "answers", conflicts_with = "directory", value_name = "BITS", default_value_t = 16,
        value_parser = clap::value_parser!(u8).range(1..=16))]
    bits_stored: u8,
    /// Directory for results.json, results.csv and the plot.
    #[arg(long, requires = "answers", conflicts_with = "directory", value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The words for what networks stand for.
pub(super) fn readers() -> impl TypedValueParser<Value = Readers> {
    PossibleValuesParser::new(["fixed", "sampled"])
        .map(|name| if name == "fixed" { Readers::Fixed } else { Readers::Sampled })
}

impl Own {
    /// Judges the table, and leaves the results where that is asked for.
    pub(super) fn run(
        &self,
        path: &Path,
        margin: Option<Margin>,
        alpha: Option<f64>,
    ) -> Result<Results, Failure> {
        let criterion = criterion(margin, alpha).map_err(Failure::usage)?;
        let name = path.file_stem().map(OsStr::to_string_lossy).unwrap_or_default();
        let reading = Reading {
            codec: self.codec,
            readers: self.readers,
            ..Reading::of(&name, self.bits_stored)
        };
        let results = judge(&files::read(path)?, &reading, &criterion).map_err(|error| {
            let wrong = anyhow::anyhow!("`{}`: {error}", path.display());
            if matches!(error, AnswersError::Limit(_)) {
                Failure::failed(wrong)
            } else {
                Failure::usage(wrong)
            }
        })?;
        if let Some(out) = &self.out {
            leave(out, &results)?;
        }
        Ok(results)
    }
}

/// Writes what can be read again and what can be looked at.
fn leave(out: &Path, results: &Results) -> Result<(), Failure> {
    files::claim(out, KIND)?;
    for (name, bytes) in report::of_answers(results) {
        files::write(&out.join(name), &bytes)?;
    }
    Ok(())
}
