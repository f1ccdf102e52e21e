//! Which cases exist and which split they belong to: sources of labelled images, of which the
//! phantom is one, and the regions cut out of them.

mod drawn;
mod form;
mod outlines;
mod part;
mod regions;
mod source;
mod split;

pub use drawn::{Case, Dataset, FIRST_SEARCHED};
pub use form::{Form, ImageOrigin, LabelledImage, SourceError};
pub use outlines::{OutlinedTarget, Outlines};
pub use part::ImagePart;
pub use regions::{IGNORED, RegionSet, Windows};
pub use source::Source;
pub use split::{CASES_PER_REPLICATE, Split};
