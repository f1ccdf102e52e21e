//! Owns which cases exist and which split they belong to: index ↔ case, truth and regions;
//! never holds more than one image of its own.

use serde::{Deserialize, Serialize};

use crate::acquisition::Imager;
use crate::image::Image;
use crate::phantom::{Design, Phantom};
use crate::scene::{self, Scene, SceneError};

/// Cases of one split: their numbers fill a range of this length.
const CASES_PER_SPLIT: u64 = 1 << 40;

/// Disjoint ranges of cases. Growing one split never moves a case of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Networks are fitted to it.
    Train,
    /// Everything that is chosen is chosen on it.
    Tune,
    /// Touched once.
    Test,
}

impl Split {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Tune, Self::Test];

    /// The name used for directories and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Tune => "tune",
            Self::Test => "test",
        }
    }

    /// The number of a case in the whole dataset.
    ///
    /// ```
    /// use phantom_limit_engine::dataset::Split;
    /// assert_eq!(Split::Train.case(5), 5);
    /// assert_eq!(Split::Test.case(5), (2 << 40) + 5);
    /// ```
    ///
    /// # Panics
    /// If `index` is 2⁴⁰ or more: it would belong to another split.
    #[must_use]
    pub fn case(self, index: u64) -> u64 {
        assert!(index < CASES_PER_SPLIT, "a split has 2^40 cases");
        self as u64 * CASES_PER_SPLIT + index
    }
}

/// One image and its truth.
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
    imager: Imager,
    seed: u64,
}

impl Dataset {
    /// Prepares the cases of a phantom; draws nothing yet.
    #[must_use]
    pub fn new(phantom: Phantom, seed: u64) -> Self {
        let imager = Imager::new(&phantom);
        Self { phantom, imager, seed }
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

/// Square regions of stored values with their classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionSet {
    /// Pixels per side.
    pub side: usize,
    /// Stored values, `[region, side, side]`.
    pub values: Vec<u16>,
    /// Class of each region.
    pub labels: Vec<u8>,
}

impl RegionSet {
    /// An empty set of regions of `side` pixels.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, values: Vec::new(), labels: Vec::new() }
    }

    /// Number of regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True when there is no region.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Stored values of one region, `[side, side]`.
    ///
    /// # Panics
    /// If there is no such region.
    #[must_use]
    pub fn region(&self, index: usize) -> &[u16] {
        let size = self.side * self.side;
        &self.values[index * size..(index + 1) * size]
    }

    /// Cuts every region of `scene` out of `image`, which may be a decoded rendition.
    pub fn cut(&mut self, image: &Image, scene: &Scene) {
        for region in &scene.regions {
            image.copy_region(region.row, region.column, self.side, &mut self.values);
            self.labels.push(region.class);
        }
    }

    /// Appends the regions of another set.
    ///
    /// # Panics
    /// If the sides differ.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.side, other.side, "regions of one set have one size");
        self.values.extend_from_slice(&other.values);
        self.labels.extend_from_slice(&other.labels);
    }
}
