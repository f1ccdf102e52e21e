//! `model`: users' own models, before they are put to the test.

mod check;
mod import;
mod probe;

use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::failure::Failure;

/// Arguments of `model`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit model import preprocessor_config.json config.json --onnx net.onnx --out model.toml\n  \
    phantom-limit model check model.toml --example x.npz")]
pub(super) struct Model {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare a model with its owner's own input and output, and say where they part.
    Check(check::Check),
    /// Write a model file from what MONAI, Hugging Face or nnU-Net say of a network.
    Import(import::Import),
    /// Load an ONNX file in a process of its own.
    #[command(hide = true)]
    Probe(probe::Probe),
}

impl Model {
    pub(super) fn run(&self, program: io::Result<PathBuf>) -> Result<(), Failure> {
        match &self.command {
            Command::Check(check) => check.run(program),
            Command::Import(import) => import.run(),
            Command::Probe(probe) => probe.run(),
        }
    }
}
