//! Coefficients from a file and to a file.

use super::coefficients::Coefficients;
use super::fault::Fault;
use super::{decoder, encoder};
use crate::codec::{CodecError, CodecName};

impl Coefficients {
    /// Reads the coefficients of a baseline or extended sequential file of one component.
    ///
    /// # Errors
    /// If the file is damaged, truncated or of another kind; `codec` is named in the error.
    pub fn read(codec: CodecName, bytes: &[u8]) -> Result<Self, CodecError> {
        decoder::decode(bytes).map_err(|fault: Fault| fault.of(codec))
    }

    /// The file: baseline if `baseline` and 8 bits, else extended sequential.
    pub(in super::super) fn to_file(&self, baseline: bool) -> Vec<u8> {
        encoder::encode(self, baseline)
    }
}
