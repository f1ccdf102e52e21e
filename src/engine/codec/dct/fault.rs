//! Why a file is not read, whichever codec was asked.

use crate::codec::{CodecError, CodecName};

/// Why a file is not read.
#[derive(Debug, PartialEq)]
pub(in super::super) enum Fault {
    Damaged(String),
    Size { rows: usize, columns: usize },
}

impl Fault {
    pub(super) fn damaged(message: impl Into<String>) -> Self {
        Self::Damaged(message.into())
    }

    /// The error of the codec that was asked.
    pub(in super::super) fn of(self, codec: CodecName) -> CodecError {
        match self {
            Self::Damaged(message) => CodecError::Decode { codec, message },
            Self::Size { rows, columns } => CodecError::Size { codec, rows, columns },
        }
    }
}
