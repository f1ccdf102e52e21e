//! Where JPEG 2000 codestreams in users' files are decoded: by a C library in this process, unless the
//! program has said otherwise. Holds the only setting of this library that is of the whole process.

use std::fmt::Debug;
use std::sync::OnceLock;

use super::error::Fault;
use crate::codec::{Plane, PlaneCoding};

/// Decodes JPEG 2000 codestreams that others wrote, such as in a process of its own.
pub trait CodestreamDecoder: Debug + Send + Sync {
    /// Reads the codestream of an image of `size` rows and columns, as [`Plane::read`] does.
    ///
    /// # Errors
    /// If the codestream is not taken, or the decoder does not come to its end.
    fn read(&self, codestream: &[u8], size: [usize; 2]) -> Result<Plane, Fault>;
}

static ELSEWHERE: OnceLock<Box<dyn CodestreamDecoder>> = OnceLock::new();

/// Has the JPEG 2000 codestreams in all files that this process reads from now on decoded by `decoder`.
///
/// The decoder is OpenJPEG, a C library: a file made for it can end the process or take its memory.
/// The program `phantom-limit` therefore decodes in processes of its own; a library cannot start itself
/// again, so its default is this process. Codestreams that the process encodes itself
/// ([`Codec::decode`](crate::codec::Codec::decode)) are never concerned.
///
/// # Errors
/// Gives `decoder` back if there is one already.
pub fn decode_with(decoder: Box<dyn CodestreamDecoder>) -> Result<(), Box<dyn CodestreamDecoder>> {
    ELSEWHERE.set(decoder)
}

/// Reads a file of another program's encoder.
pub(super) fn read_plane(
    coding: PlaneCoding,
    codestream: &[u8],
    size: [usize; 2],
) -> Result<Plane, Fault> {
    match (coding, ELSEWHERE.get()) {
        (PlaneCoding::Jpeg2000, Some(decoder)) => decoder.read(codestream, size),
        _ => Ok(Plane::read(coding, codestream, size)?),
    }
}
