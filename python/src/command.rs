//! The command `phantom-limit`.

use std::ffi::OsString;
use std::path::PathBuf;

use phantom_limit::cli;
use pyo3::prelude::*;

/// Runs the program with its arguments, the first of which is its name, and gives its exit code.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, program: PathBuf, arguments: Vec<OsString>) -> u8 {
    py.detach(|| cli::run(std::path::absolute(program), arguments))
}
