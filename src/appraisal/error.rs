//! Why own models cannot be put to the test, by cause.

use thiserror::Error;

use crate::answers::AnswersError;
use crate::collection::CollectionError;
use crate::files::FilesError;
use crate::model::ModelError;

/// Why own models cannot be put to the test.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppraisalError {
    /// The labelled images cannot be used.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// A file cannot be used.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A model cannot be used.
    #[error("{name}: {source}")]
    Model {
        /// The model file.
        name: String,
        /// Why.
        source: ModelError,
    },
    /// Models, images and levels do not go together; says what to do.
    #[error("{0}")]
    Unfit(String),
    /// An image cannot be compressed, or its model does not take it.
    #[error("image `{image}`: {reason}")]
    Image {
        /// Name of the image.
        image: String,
        /// Why.
        reason: String,
    },
    /// The answers cannot be judged.
    #[error(transparent)]
    Answers(#[from] AnswersError),
    /// A signal asked to stop; the same request continues.
    #[error("stopped")]
    Stopped,
}
