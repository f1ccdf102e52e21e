//! `limit --answers`: the limit of networks that are not ours, from a table of their answers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use phantom_limit::answers::{AnswersError, Reading, judge};
use phantom_limit::codec::CodecName;
use phantom_limit::image::SampleFormat;
use phantom_limit::limit::Criterion;
use phantom_limit::record::{Margin, Readers, Results};
use phantom_limit::stats::resamples_needed;
use phantom_limit::{files, report};

use super::failure::Failure;
use super::options::codecs;

/// Resamples of cases for the intervals beside those of the limit.
const RESAMPLES: u32 = 2000;
/// Their seed.
const SEED: u64 = 1;
/// What the marker of a directory of results says it was made by.
const KIND: &str = "limit";

/// Arguments about a table of answers.
#[derive(Debug, Args)]
pub(super) struct Own {
    /// CSV table of own networks' answers instead of a run: image, ratio (empty on originals),
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
        let (margin, alpha) = (margin.unwrap_or(Margin::Score(0.02)), alpha.unwrap_or(0.025));
        // Where so many resamples have no tails, there are no percentiles beside the intervals.
        let enough = resamples_needed(alpha).is_ok_and(|needed| needed <= RESAMPLES as usize);
        let resamples = if enough { RESAMPLES } else { 0 };
        let criterion = Criterion::new(margin, alpha, resamples, SEED).map_err(Failure::usage)?;
        let bits_stored = self.bits_stored;
        let bits_allocated = if bits_stored > 8 { 16 } else { 8 };
        let reading = Reading {
            name: path.file_stem().map(OsStr::to_string_lossy).unwrap_or_default().into_owned(),
            codec: self.codec,
            format: SampleFormat { bits_stored, bits_allocated },
            readers: self.readers,
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
    files::write(&out.join("results.json"), &files::json(results))?;
    files::write(&out.join("results.csv"), &report::csv(results))?;
    files::write(&out.join("operating.csv"), &report::operating_csv(results))?;
    let plot = report::accuracy_svg(results);
    files::write(&out.join("accuracy.svg"), plot.as_bytes())?;
    Ok(())
}
