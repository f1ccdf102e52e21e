//! Figures of outlines: how far a predicted mask is from a true one, and from the exact outline that
//! only phantoms have; knows no network and no codec.
//!
//! Tools disagree about most of these figures, so that each names its definition: those of MONAI,
//! and of surface-distance where they differ ([`BoundaryDefinition`]). `scripts/outline_reference.py`
//! prints the numbers of both that the tests compare with.

mod boundary;
mod components;
mod contour;
mod figures;
mod lesions;
mod mask;
#[cfg(test)]
mod tests;

pub use boundary::{Boundary, BoundaryDefinition, BoundaryDistances};
pub use components::components;
pub use contour::{Contour, ContourDistances, crossings};
pub use figures::{OutlineFigures, OutlineTruth, OutlinedImage, Segmentation, asked, subtle};
pub use lesions::{Candidates, candidates};
pub use mask::Mask;
