//! Defines what readers are asked: the truth of a case, the examples that they are given, and the
//! score of an answer on each case. Knows no codec, no file and no layer of a network.
//!
//! [`Identify`] asks for the shape in a region, [`Detect`] whether there is a subtle target in one of
//! the regions that are made for it, [`Outline`] which pixels belong to a target. A task states its
//! [`Measure`], from which `limit` and `report` take name, unit, range and direction of its score.

mod collected;
mod definition;
mod detect;
mod identify;
mod locate;
mod measure;
mod outline;
mod registry;
mod score;
mod series;

pub use collected::Collected;
pub use definition::{Answers, KeepAnswer, Labels, Task, Truth, WholeImage};
pub use detect::{Detect, presence};
pub use identify::Identify;
pub use locate::{Locate, is_hit, marked_images, marks};
pub(crate) use measure::AREA;
pub use measure::{Direction, Measure};
pub use outline::{Outline, OutlinedTargets, outlined_images};
pub use registry::TaskName;
pub use score::Weights;
pub use series::Series;
