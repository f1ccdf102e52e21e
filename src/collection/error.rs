//! Why labelled images cannot be used, where, and what to do.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files::FilesError;
use crate::import::ImportError;

/// Why labelled images cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// The operating system refused.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// An image cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A file or folder is not what it must be.
    #[error("`{}`: {problem}", path.display())]
    Data {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A line of a file is not what it must be.
    #[error("`{}`, line {line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, and what to do.
        problem: String,
    },
}

impl CollectionError {
    pub(super) fn data(path: &Path, problem: impl Into<String>) -> Self {
        Self::Data { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn line(path: &Path, line: u64, problem: impl Into<String>) -> Self {
        Self::Line { path: path.to_owned(), line, problem: problem.into() }
    }
}

/// Something from a file as messages show it.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
