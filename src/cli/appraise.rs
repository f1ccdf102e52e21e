//! `calibrate DATA --model`: users' own models on their own images.

use std::path::{Path, PathBuf};

use phantom_limit::appraisal::{Appraisal, AppraisalError, Appraised, Request, TimeSpent};
use phantom_limit::codec::CodecName;
use phantom_limit::record::{Margin, Readers};
use phantom_limit::report;
use phantom_limit::study::{Changes, LADDER};

use super::failure::Failure;
use super::output::print;
use super::progress::Progress;
use super::signals;

/// What is asked for beside the options of a study.
pub(super) struct Asked<'a> {
    pub(super) data: &'a str,
    pub(super) labels: Option<&'a Path>,
    pub(super) models: &'a [PathBuf],
    pub(super) readers: Option<Readers>,
    pub(super) bits_stored: Option<u8>,
    pub(super) out: &'a Path,
    pub(super) workers: usize,
    pub(super) json: bool,
}

/// The options that models of one's own have too; others are refused by name.
fn request(asked: &Asked<'_>, changes: &Changes) -> Result<Request, Failure> {
    let known = Changes {
        codecs: changes.codecs.clone(),
        ratios: changes.ratios.clone(),
        paths: changes.paths.clone(),
        margin: changes.margin,
        alpha: changes.alpha,
        seed: changes.seed,
        ..Changes::default()
    };
    if *changes != known {
        return Err(Failure::usage(anyhow::anyhow!(
            "with --model nothing is drawn and nothing trained: of a study's options there are \
             --codec, --ratio, --path, --margin, --alpha and --seed"
        )));
    }
    Ok(Request {
        data: asked.data.into(),
        labels: asked.labels.map(Path::to_owned),
        models: asked.models.to_vec(),
        codecs: changes.codecs.clone().unwrap_or_else(|| vec![CodecName::Jpeg2000]),
        ratios: changes.ratios.clone().unwrap_or_else(|| LADDER.to_vec()),
        paths: changes.paths.clone().unwrap_or_default(),
        bits_stored: asked.bits_stored,
        readers: asked.readers,
        margin: changes.margin.unwrap_or(Margin::Score(0.02)),
        alpha: changes.alpha.unwrap_or(0.025),
        seed: changes.seed.unwrap_or(1),
    })
}

pub(super) fn run(asked: &Asked<'_>, changes: &Changes) -> Result<(), Failure> {
    let request = request(asked, changes)?;
    let stopped = signals::watch().map_err(Failure::failed)?;
    let appraisal = Appraisal::begin(&request, asked.out)?;
    let progress = Progress::new();
    progress.begin("images", appraisal.images() as u64);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(asked.workers).build();
    let done = || progress.steps("images", 1);
    let appraised = threads.map_err(Failure::failed)?.install(|| appraisal.run(&stopped, &done))?;
    progress.end();
    let Appraised { results, spent } = &appraised;
    if asked.json {
        let text = serde_json::to_string_pretty(results).map_err(Failure::failed)?;
        return print(&format!("{text}\n"));
    }
    print(&format!(
        "{}{}report: {}\n",
        report::text(results),
        time_text(spent),
        asked.out.join("report.html").display()
    ))
}

/// Where the time went, in two lines; empty where nothing was left to do.
fn time_text(spent: &TimeSpent) -> String {
    let TimeSpent { images, answers, reading, codec, preparing, model } = *spent;
    let whole = reading + codec + preparing + model;
    if images == 0 || answers == 0 || whole <= 0.0 {
        return String::new();
    }
    let share = |part: f64| format!("{:.0} %", 100.0 * part / whole);
    format!(
        "\ntime: {:.1} ms of a core per image, {:.2} ms per answer of a model\ncodec {}, resampling and \
         normalisation {}, model {}, reading and writing {}\n",
        1e3 * whole / images as f64,
        1e3 * model / answers as f64,
        share(codec),
        share(preparing),
        share(model),
        share(reading)
    )
}

impl From<AppraisalError> for Failure {
    fn from(error: AppraisalError) -> Self {
        match error {
            AppraisalError::Stopped => Self::Signal(signals::received()),
            AppraisalError::Files(error) => error.into(),
            AppraisalError::Answers(phantom_limit::answers::AnswersError::Limit(error)) => {
                Self::failed(error)
            }
            error => Self::usage(error),
        }
    }
}
