//! Which cases exist and which split they belong to: sources of labelled images, of which the
//! phantom is one, and the regions cut out of them.

mod drawn;
mod regions;
mod source;
mod split;

pub use drawn::{Case, Dataset};
pub use regions::RegionSet;
pub use source::{Form, LabelledImage, Source, SourceError};
pub use split::Split;
