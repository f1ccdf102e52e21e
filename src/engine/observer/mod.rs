//! Gives everything that rates: readers, the trainers that make them, and model observers. A
//! trained network is a reader, the ideal observer of a phantom is another. Knows no codec, level
//! or statistic.

mod ceiling;
mod efficiency;
mod gaussian;
mod ideal;
mod linear;
mod map;
mod network;
mod peaks;
mod quantisation;
mod reader;
mod trainer;

pub use ceiling::{Ceiling, DetectionCeiling, ceiling, detection_ceiling};
pub use efficiency::AgainstCeiling;
pub use gaussian::{Anatomy, Covariance, NoisePower, area_of_detectability};
pub use ideal::{Grid, IdealObserver, SearchingObserver, search_background};
pub use linear::{
    Channels, Detection, Eye, LinearKind, LinearLesson, LinearObserver, PatchSums, Patches,
};
pub use map::ScoreMap;
pub use network::NetworkTrainer;
pub use peaks::{MOST_MARKS, Mark, peaks};
pub use quantisation::detection_steps;
pub use reader::{Gradient, Input, ObserverError, Reader, TrainingSummary};
pub use trainer::{Keep, Lesson, Trainer};

/// The reader that wrote these bytes by [`Reader::to_bytes`], whatever kind it is; `None` where no
/// kind of this library did.
///
/// # Errors
/// If the bytes are damaged.
pub fn restore(bytes: &[u8]) -> Result<Option<Box<dyn Reader>>, ObserverError> {
    network::restore(bytes)
}
