//! `list`, `show` and `schema`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use phantom_limit::calibrate::resolve;
use phantom_limit::codec::JpegTables;
use phantom_limit::dataset::{Dataset, Source, Split};
use phantom_limit::files;
use phantom_limit::observer::{Eye, detection_steps};
use phantom_limit::phantom::{Phantom, library, schema as phantom_schema};
use phantom_limit::study::StudyFile;

use super::completions;
use super::compress::png;
use super::failure::Failure;
use super::output::print;

/// Arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit list --json")]
pub(super) struct List {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let phantoms: Vec<Phantom> = library::all()
            .map(|file| file.phantom())
            .collect::<Result<_, _>>()
            .map_err(Failure::failed)?;
        if self.json {
            let summaries: Vec<_> = phantoms.iter().map(Phantom::summary).collect();
            let text = serde_json::to_string_pretty(&summaries).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        let mut text = format!(
            "{:<18} {:<8} {:<10} {:<11} {:<5} {:<30} {}\n",
            "ID", "MODALITY", "ANATOMY", "MATRIX", "BITS", "GUIDELINES", "TITLE"
        );
        for phantom in &phantoms {
            let summary = phantom.summary();
            let guidelines: Vec<String> = phantom
                .guidelines
                .iter()
                .map(|guideline| format!("{} {}:1", guideline.body, guideline.ratio))
                .collect();
            text.push_str(&format!(
                "{:<18} {:<8} {:<10} {:<11} {:<5} {:<30} {}\n",
                summary.id,
                format!("{:?}", summary.modality),
                summary.anatomy,
                format!("{}×{}", summary.rows, summary.columns),
                summary.bits_stored,
                guidelines.join(", "),
                summary.title
            ));
        }
        print(&text)
    }
}

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit show ct-head > own.toml\n  \
    phantom-limit show us --preview us.png\n  \
    phantom-limit show ct-head --jpeg-tables > ct-head.txt\n\n\
    The text needs no other file: change it and give it to any command in place of an id.")]
pub(super) struct Show {
    /// Identifier of a phantom, or a phantom file.
    #[arg(add = completions::phantom())]
    phantom: String,
    /// Write the first test image, through the display window, to a PNG of 8 bits.
    #[arg(long, value_name = "FILE.png")]
    preview: Option<PathBuf>,
    /// Seed of that image.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print, in place of the file, JPEG quantisation steps by which an observer with an eye filter
    /// loses least of the phantom's subtle targets, for the option --jpeg-tables of other commands.
    #[arg(long)]
    jpeg_tables: bool,
}

impl Show {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (phantom, text) = resolve(&self.phantom)?;
        if let Some(file) = &self.preview {
            preview(phantom.clone(), self.seed, file)?;
        }
        if self.jpeg_tables {
            return print(&jpeg_tables(&phantom)?);
        }
        print(&text)
    }
}

/// Quantisation steps for a phantom's subtle targets, or those of its only kind, as a file of them.
fn jpeg_tables(phantom: &Phantom) -> Result<String, Failure> {
    let formation = &phantom.formation;
    let targets =
        formation.detection.as_ref().map_or(&formation.targets, |detection| &detection.targets);
    // At one quality files are then about as large as with the standard's table.
    let usual = JpegTables::AnnexK.steps().map(|step| libm::log(f64::from(step)));
    let mean = libm::exp(usual.iter().sum::<f64>() / usual.len() as f64);
    let steps = detection_steps(targets, &formation.matrix, Eye::HALF_A_METRE, mean);
    let steps = steps.ok_or_else(|| {
        let id = &phantom.id;
        Failure::usage(anyhow::anyhow!(
            "the targets of {id} lie in vessels, for which no steps are known: take another phantom"
        ))
    })?;
    let mut text = format!(
        "# {}: steps at quality 50 that the detection of subtle targets loses least by\n",
        phantom.id
    );
    for line in steps.chunks_exact(8) {
        let line: Vec<String> = line.iter().map(|step| format!("{step:3}")).collect();
        text.push_str(&format!("{}\n", line.join(" ")));
    }
    Ok(text)
}

/// Writes a phantom's first test image as it is displayed.
fn preview(phantom: Phantom, seed: u64, file: &Path) -> Result<(), Failure> {
    let dataset = Dataset::new(phantom, seed);
    let drawn = dataset.labelled(Split::Test, 0).map_err(Failure::failed)?.image;
    let form = dataset.form();
    let shown = form.window.apply(&drawn, form.rescale);
    Ok(files::write_with(file, |out| png(&shown, out))?)
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Described {
    /// Phantom files.
    Phantom,
    /// Study files.
    Study,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit schema study")]
pub(super) struct Schema {
    /// Kind of file.
    #[arg(value_enum, default_value = "phantom")]
    of: Described,
}

impl Schema {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let schema = match self.of {
            Described::Phantom => phantom_schema(),
            Described::Study => StudyFile::schema(),
        };
        let text = serde_json::to_string_pretty(&schema).map_err(Failure::failed)?;
        print(&format!("{text}\n"))
    }
}
