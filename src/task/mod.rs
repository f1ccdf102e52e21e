//! What readers are asked: the truth of a case, what they are given, and what an answer scores on
//! each case. Knows no codec, no file and no network's inside.
//!
//! [`Identify`] asks for the shape in a region, [`Detect`] whether there is one. A task states its
//! [`Measure`], from which `limit` and `report` take name, unit, range and direction of its score.

mod definition;
mod detect;
mod identify;
mod measure;
mod score;

pub use definition::{Answers, Task, Truth};
pub use detect::{Detect, presence};
pub use identify::Identify;
pub use measure::{Direction, Measure};
pub use score::Weights;

/// Names of the tasks of the library, the usual one first.
pub const NAMES: [&str; 2] = [identify::NAME, detect::NAME];

/// A task of the library by its name, for cases of `classes` classes, the last of which is
/// `absent`; `None` for another name.
#[must_use]
pub fn task(name: &str, classes: usize) -> Option<Box<dyn Task>> {
    match name {
        identify::NAME => Some(Box::new(Identify { classes })),
        detect::NAME => Some(Box::new(Detect { classes })),
        _ => None,
    }
}
