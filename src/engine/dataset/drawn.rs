//! Cases that a phantom gives: each is drawn and acquired anew; never holds more than one image.

use super::form::Form;
use super::split::Split;
use crate::acquisition::Imager;
use crate::image::Image;
use crate::phantom::{Design, Phantom};
use crate::scene::{self, Scene, SceneError};

/// One drawn image and its truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Stored values.
    pub image: Image,
    /// What was drawn.
    pub scene: Scene,
}

/// All cases of one phantom and seed.
#[derive(Debug)]
pub struct Dataset {
    phantom: Phantom,
    pub(super) form: Form,
    imager: Imager,
    seed: u64,
}

impl Dataset {
    /// Prepares the cases of a phantom; draws nothing yet.
    #[must_use]
    pub fn new(phantom: Phantom, seed: u64) -> Self {
        let imager = Imager::new(&phantom);
        let (matrix, targets) = (&phantom.formation.matrix, &phantom.formation.targets);
        let form = Form {
            format: matrix.format,
            rescale: matrix.rescale,
            window: matrix.window,
            region_pixels: targets.region_pixels,
            classes: targets.classes().into_iter().map(str::to_owned).collect(),
            detects: phantom.formation.detection.is_some(),
        };
        Self { phantom, form, imager, seed }
    }

    /// The phantom.
    #[must_use]
    pub fn phantom(&self) -> &Phantom {
        &self.phantom
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Draws and acquires one case, the same on every machine.
    ///
    /// # Errors
    /// If the phantom has no room for a region.
    pub fn case(&self, split: Split, index: u64) -> Result<Case, SceneError> {
        let scene = self.scene(split, index)?;
        let image = self.imager.acquire(&scene, self.seed, self.drawn_as(split, index));
        Ok(Case { image, scene })
    }

    /// Draws the scene of a case without acquiring it.
    ///
    /// # Errors
    /// If the phantom has no room for a region.
    pub fn scene(&self, split: Split, index: u64) -> Result<Scene, SceneError> {
        scene::draw(&self.phantom, self.seed, self.drawn_as(split, index), index)
    }

    /// The case whose streams a case is drawn from: its own, or that of its pair.
    fn drawn_as(&self, split: Split, index: u64) -> u64 {
        match self.phantom.formation.targets.design {
            Design::Paired => split.case(index - index % 2),
            Design::Random | Design::Factorial(_) | Design::ContrastDetail => split.case(index),
        }
    }
}
