//! Cases that a phantom gives: each is drawn and acquired anew; never holds more than one image.

use std::sync::{Arc, OnceLock};

use super::form::Form;
use super::outlines::Outlines;
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
    /// What cases to learn from are drawn by, where it is another.
    lessons: Option<Phantom>,
    pub(super) form: Form,
    imager: Arc<Imager>,
    seed: u64,
    /// Number of its first case.
    first: u64,
    searched: OnceLock<Option<Box<Dataset>>>,
}

/// Cases to be searched are numbered from here on: they are other patients. Part of random streams,
/// it never changes.
pub const FIRST_SEARCHED: u64 = 1 << 60;

impl Dataset {
    /// Prepares the cases of a phantom; draws nothing yet.
    #[must_use]
    pub fn new(phantom: Phantom, seed: u64) -> Self {
        let imager = Arc::new(Imager::new(&phantom));
        Self::with(phantom, imager, seed)
    }

    fn with(phantom: Phantom, imager: Arc<Imager>, seed: u64) -> Self {
        let (matrix, targets) = (&phantom.formation.matrix, &phantom.formation.targets);
        let form = Form {
            format: matrix.format,
            rescale: matrix.rescale,
            window: matrix.window,
            region_pixels: targets.region_pixels,
            classes: targets.classes().into_iter().map(str::to_owned).collect(),
            detects: phantom.formation.detection.is_some(),
        };
        let (lessons, first, searched) = (None, 0, OnceLock::new());
        Self { phantom, lessons, form, imager, seed, first, searched }
    }

    /// The cases that are to be searched as a whole: of the test split, half hold no target and the
    /// others a few; of the others, every second region with room holds one, so that there is much
    /// to learn from. `None` where the phantom has no detection.
    #[must_use]
    pub fn searched(&self) -> Option<&Self> {
        let made = || {
            let of = |formation| Phantom { formation, ..self.phantom.clone() };
            let formation = self.phantom.formation.searched()?;
            let lessons = self.phantom.formation.search_lessons()?;
            let searched = Self {
                lessons: Some(of(lessons)),
                first: FIRST_SEARCHED,
                ..Self::with(of(formation), Arc::clone(&self.imager), self.seed)
            };
            Some(Box::new(searched))
        };
        self.searched.get_or_init(made).as_deref()
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
        let lessons = self.lessons.as_ref().filter(|_| split != Split::Test);
        let phantom = lessons.unwrap_or(&self.phantom);
        scene::draw(phantom, self.seed, self.drawn_as(split, index), index)
    }

    /// Where the targets of a case lie, and where targets may lie.
    ///
    /// # Errors
    /// If the phantom has no room for a region.
    pub fn outlines(&self, split: Split, index: u64) -> Result<Outlines, SceneError> {
        Ok(Outlines::of(&self.scene(split, index)?, &self.phantom.formation))
    }

    /// The case whose streams a case is drawn from: its own, or that of its pair.
    fn drawn_as(&self, split: Split, index: u64) -> u64 {
        let index = match self.phantom.formation.targets.design {
            Design::Paired => index - index % 2,
            Design::Random | Design::Factorial(_) | Design::ContrastDetail | Design::Sparse => {
                index
            }
        };
        self.first + split.case(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_random_streams_never_changes() {
        assert_eq!(FIRST_SEARCHED, 1 << 60);
    }
}
