//! `model import`: a model file from another program's description.

use std::path::PathBuf;

use clap::Args;
use phantom_limit::files;
use phantom_limit::model::{Foreign, import};

use super::super::failure::Failure;
use super::super::output::print;

/// Arguments of `model import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit model import metadata.json --onnx net.onnx --out model.toml\n  \
    phantom-limit model import preprocessor_config.json config.json --onnx net.onnx\n  \
    phantom-limit model import plans.json dataset.json --onnx net.onnx\n\n\
    What the files do not say is asked for in comments that begin with TO DO; `model check` then says \
    whether the answers are right.")]
pub(super) struct Import {
    /// metadata.json of a MONAI bundle; preprocessor_config.json of Hugging Face, with config.json;
    /// or plans.json of nnU-Net, with dataset.json.
    #[arg(required = true, num_args = 1..=2)]
    files: Vec<PathBuf>,
    /// The ONNX file, as seen from the model file.
    #[arg(long, value_name = "FILE")]
    onnx: String,
    /// Where the model file goes [default: printed].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Import {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut read = Vec::new();
        for path in &self.files {
            let text = files::read_text(path).map_err(Failure::usage)?;
            read.push((path.display().to_string(), text));
        }
        let foreign: Vec<Foreign<'_>> =
            read.iter().map(|(name, text)| Foreign { name, text }).collect();
        let text = import(&foreign, &self.onnx).map_err(Failure::usage)?;
        let Some(out) = &self.out else { return print(&text) };
        if out.exists() {
            return Err(Failure::usage(anyhow::anyhow!(
                "`{}` is there already; choose another --out",
                out.display()
            )));
        }
        files::write(out, text.as_bytes())?;
        let left = text.lines().filter(|line| line.starts_with("# TO DO")).count();
        print(&format!("{}: {left} things to do, marked in it\n", out.display()))
    }
}
