//! Defines what readers are asked: the truth of a case, the examples that they are given, and the
//! score of an answer on each case. Knows no codec, no file and no layer of a network.
//!
//! [`Identify`] asks for the shape in a region, [`Detect`] whether there is one. A task states its
//! [`Measure`], from which `limit` and `report` take name, unit, range and direction of its score.

mod definition;
mod detect;
mod identify;
mod measure;
mod name;
mod score;

pub use definition::{Answers, Task, Truth};
pub use detect::{Detect, presence};
pub use identify::Identify;
pub use measure::{Direction, Measure};
pub use name::TaskName;
pub use score::Weights;

/// A task of the library by its name, for cases of `classes` classes, the last of which is
/// `absent`.
#[must_use]
pub fn task(name: TaskName, classes: usize) -> Box<dyn Task> {
    match name {
        TaskName::Identify => Box::new(Identify { classes }),
        TaskName::Detect => Box::new(Detect { classes }),
    }
}
