//! What a user may ask of a file.

use super::error::Fault;

/// What is asked of a file that does not say it, or holds several images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Bits that carry the value, for files that do not say; without it all bits of the samples.
    /// For DICOM, where the header declares more than it uses.
    pub bits_stored: Option<u8>,
    /// The frame, from 1. Without it a file may have only one.
    pub frame: Option<u32>,
}

impl Reading {
    /// The frame of a file that has `of`, from 1.
    pub(super) fn frame_of(self, of: u32) -> Result<u32, Fault> {
        match self.frame {
            None if of == 1 => Ok(1),
            None => Err(Fault::Frames { of }),
            Some(frame) if (1..=of).contains(&frame) => Ok(frame),
            Some(asked) => Err(Fault::NoFrame { asked, of }),
        }
    }
}
