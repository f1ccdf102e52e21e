//! `list`, `show` and `schema`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use phantom_limit::calibrate::resolve;
use phantom_limit::dataset::{Dataset, Source, Split};
use phantom_limit::files;
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
    phantom-limit show us --preview us.png\n\n\
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
}

impl Show {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (phantom, text) = resolve(&self.phantom)?;
        if let Some(file) = &self.preview {
            preview(phantom, self.seed, file)?;
        }
        print(&text)
    }
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
