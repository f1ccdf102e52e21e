//! Why a dataset could not be written.

use thiserror::Error;

use crate::codec::CodecError;
use crate::files::FilesError;
use crate::scene::SceneError;

/// Why a dataset could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The caller asked to stop. Everything finished is kept.
    #[error("stopped; run the same command again to continue")]
    Stopped,
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A phantom could not be drawn.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// An image could not be compressed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Another process writes the same dataset.
    #[error("another process writes to `{path}`; wait for it or choose another --out")]
    Busy {
        /// The directory.
        path: String,
    },
    /// The directory holds a dataset made with other options.
    #[error(
        "`{path}` holds another dataset ({what} differs); choose another --out or repeat the former \
         options"
    )]
    Other {
        /// The directory.
        path: String,
        /// The option that differs.
        what: &'static str,
    },
}
