//! What decoders of other programs' files give: one component, with the sign and the precision
//! that its codestream states.

use thiserror::Error;

use super::CodecError;

/// Samples of one component as its codestream states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Bits of a sample, 1 to 16.
    pub precision: u8,
    /// True if `samples` holds two's complement of 16 bits.
    pub signed: bool,
    /// `[rows, columns]` in row-major order.
    pub samples: Vec<u16>,
}

/// Why a plane was not read.
#[derive(Debug, Error, PartialEq)]
pub enum PlaneError {
    /// The bytes are damaged or truncated.
    #[error("{0}")]
    Damaged(String),
    /// The bytes are intact, as far as they were looked at, but of a form that is not read.
    #[error("{0}")]
    NotTaken(String),
    /// A side is 0, or there are too many pixels.
    #[error("an image of {rows}×{columns} pixels is not possible")]
    Size {
        /// Rows claimed.
        rows: usize,
        /// Columns claimed.
        columns: usize,
    },
}

/// The bytes up to and with the end marker, behind which only filling may follow.
///
/// # Errors
/// If there is no end marker, or something else behind it.
pub fn trimmed(bytes: &[u8]) -> Result<&[u8], PlaneError> {
    let last = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xD9]);
    let end = last.ok_or_else(|| damaged("the codestream ends before its end marker"))? + 2;
    let (codestream, after) = bytes.split_at(end);
    if after.iter().all(|&byte| matches!(byte, 0 | 0xFF)) {
        Ok(codestream)
    } else {
        Err(damaged(format!("{} bytes follow the end marker", after.len())))
    }
}

/// Whether a header states the size that the container of the codestream does.
///
/// # Errors
/// If it states another.
pub fn check_size(expected: [usize; 2], stated: [usize; 2]) -> Result<(), PlaneError> {
    if expected == stated {
        return Ok(());
    }
    let ([rows, columns], [expected_rows, expected_columns]) = (stated, expected);
    Err(damaged(format!(
        "the codestream holds {rows}×{columns} pixels instead of {expected_rows}×{expected_columns}"
    )))
}

pub(super) fn damaged(message: impl Into<String>) -> PlaneError {
    PlaneError::Damaged(message.into())
}

impl From<CodecError> for PlaneError {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Size { rows, columns, .. } => Self::Size { rows, columns },
            CodecError::Decode { message, .. } => Self::Damaged(message),
            error => Self::Damaged(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_is_passed_over_and_nothing_else() {
        let end = [1, 2, 0xFF, 0xD9];
        for filling in [&[][..], &[0], &[0xFF], &[0, 0xFF], &[0, 0, 0, 0]] {
            assert_eq!(trimmed(&[&end[..], filling].concat()), Ok(&end[..]));
        }
        assert!(trimmed(&[1, 2, 0xFF, 0xD9, 3]).is_err());
        assert!(trimmed(&[1, 2, 3]).is_err());
    }
}
