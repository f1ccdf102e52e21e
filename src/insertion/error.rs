//! Why targets could not be inserted.

use thiserror::Error;

use crate::acquisition::edge::EdgeError;
use crate::files::FilesError;
use crate::import::ImportError;

/// Why targets could not be inserted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InsertionError {
    /// The caller asked to stop. Everything finished is kept.
    #[error("stopped; run the same command again to continue")]
    Stopped,
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// An image could not be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Another process writes the same dataset.
    #[error("another process writes to `{path}`; wait for it or choose another --out")]
    Busy {
        /// The directory.
        path: String,
    },
    /// The directory holds a dataset made with other options.
    #[error(
        "`{path}` holds a dataset of other images or options; choose another --out or repeat the former ones"
    )]
    Other {
        /// The directory.
        path: String,
    },
    /// Nothing could be drawn into any image.
    #[error("no image takes a target: {first}{}", more(*others))]
    Nothing {
        /// Why the first image takes none.
        first: String,
        /// Further images.
        others: usize,
    },
    /// What is asked for cannot be drawn.
    #[error("{reason}")]
    Request {
        /// Why, and what to do.
        reason: String,
    },
    /// No MTF could be measured.
    #[error("`{path}`: {fault}")]
    Edge {
        /// The image.
        path: String,
        /// What is wrong.
        fault: EdgeError,
    },
}

fn more(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" (and {others} more)") }
}
