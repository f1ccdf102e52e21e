//! Makes readers of trained networks; knows nothing of their layers.

use std::collections::BTreeMap;

use super::map::ScoreMap;
use super::reader::{Gradient, Input, ObserverError, Reader, TrainingSummary};
use super::trainer::{Lesson, Trainer};
use crate::dataset::{ImagePart, RegionSet};
use crate::network::{
    Execution, Kernel, Network, NetworkError, Watch, train, train_from, train_transferred,
};

impl From<NetworkError> for ObserverError {
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::Stopped => Self::Stopped,
            error => Self::Failed(error.to_string()),
        }
    }
}

/// A network from its file; `None` where the bytes are no safetensors file.
pub(super) fn restore(bytes: &[u8]) -> Result<Option<Box<dyn Reader>>, ObserverError> {
    // A length of eight bytes, then a JSON text.
    if bytes.get(8) != Some(&b'{') {
        return Ok(None);
    }
    let (network, _) = Network::from_bytes(bytes)?;
    Ok(Some(Box::new(network)))
}

impl Gradient for Network {
    fn slopes(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, ObserverError> {
        Ok(Self::slopes(self, regions, stopped)?)
    }
}

impl Reader for Network {
    fn takes(&self) -> Input {
        Input {
            domain: self.architecture().domain,
            side: self.architecture().input_side(),
            channels: 1,
            bits_stored: None,
        }
    }

    fn learns(&self) -> bool {
        true
    }

    fn gradient(&self) -> Option<&dyn Gradient> {
        // Over pixels.
        self.architecture().domain.is_pixels().then_some(self)
    }

    fn rate(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, ObserverError> {
        Ok(Self::rate(self, regions, stopped)?)
    }

    fn map(&self, part: &ImagePart, stopped: &dyn Fn() -> bool) -> Result<ScoreMap, ObserverError> {
        if stopped() {
            return Err(ObserverError::Stopped);
        }
        let rating = self.rate_image(&part.values, [part.rows, part.columns])?;
        Ok(ScoreMap {
            origin: [(rating.side as f64 - 1.0) / 2.0; 2],
            stride: rating.step,
            rows: rating.rows,
            columns: rating.columns,
            width: self.architecture().classes,
            values: rating.logits,
        })
    }

    fn to_bytes(&self, provenance: &BTreeMap<String, String>) -> Vec<u8> {
        Self::to_bytes(self, provenance)
    }

    fn summary(&self) -> TrainingSummary {
        let summary = Self::summary(self);
        TrainingSummary { epoch: summary.chosen_epoch as u32, tune_accuracy: summary.tune_accuracy }
    }
}

/// Trains networks by the recipe of the lesson.
#[derive(Debug, Clone, Copy)]
pub struct NetworkTrainer {
    /// Compute kernel.
    pub kernel: Kernel,
    /// Threads of one training.
    pub threads: usize,
}

/// Passes epochs and the wish to stop between a lesson and a training.
struct LessonWatch<'a>(&'a Lesson<'a>);

impl Watch for LessonWatch<'_> {
    fn stopped(&self) -> bool {
        (self.0.stopped)()
    }

    fn epoch(&mut self, _: usize, _: usize, _: f64, _: f64) {
        (self.0.epoch_done)();
    }

    fn kept(&mut self) -> Option<Vec<u8>> {
        self.0.kept.map(<[u8]>::to_vec)
    }

    fn keep(&mut self, snapshot: &dyn Fn() -> Vec<u8>) {
        (self.0.keep)(snapshot);
    }
}

impl Trainer for NetworkTrainer {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        let execution = Execution { kernel: self.kernel, threads: self.threads };
        let Lesson { seed, replicate, recipe, train: set, tune, .. } = *lesson;
        let mut watch = LessonWatch(lesson);
        let network = match lesson.start {
            None => train(recipe, execution, seed, replicate, set, tune, &mut watch)?,
            Some(bytes) => {
                let (start, _) = Network::from_bytes(bytes)?;
                let train = if lesson.transfer { train_transferred } else { train_from };
                train(&start, recipe, execution, seed, replicate, set, tune, &mut watch)?
            }
        };
        Ok(Box::new(network))
    }

    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        let (network, _) = Network::from_bytes(bytes)?;
        Ok(Box::new(network))
    }

    fn kernel(&self) -> String {
        self.kernel.name().to_owned()
    }
}
