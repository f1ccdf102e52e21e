//! Defines the findings of a leak audit: whether a cue other than the shape reveals the class;
//! audits nothing.

use serde::{Deserialize, Serialize};

use super::InputPath;
use crate::codec::CodecName;

/// A cue by which a network might classify a region instead of by the shape. Its number is part of
/// random streams and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// Area of the target.
    Area = 0,
    /// Mean stored value of the region on the path's uncompressed image.
    MeanValue = 1,
    /// Centre of the target against the 8 × 8 grid of the image's blocks.
    TargetOnGrid = 2,
    /// Corner of the region against the same grid.
    RegionOnGrid = 3,
    /// Bytes of the image's codestreams.
    FileSize = 4,
    /// Quality of the image's codestreams, which is all that quantisation tables hold.
    Tables = 5,
    /// Contrast of the region's middle, which holds any target, with its surround, over the
    /// standard deviation of the surround, on the path's uncompressed image.
    LocalContrast = 6,
    /// Manufacturer and model of the scanner, as a user's files state them.
    Scanner = 7,
    /// Pixels of the image, where a user's images differ.
    ImageSize = 8,
}

impl Cue {
    /// Whether it is made of the values of a region.
    #[must_use]
    pub fn is_of_values(self) -> bool {
        matches!(self, Self::MeanValue | Self::LocalContrast)
    }
}

/// What a cue must not reveal. Its number is part of random streams and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which shape a target has, among regions that hold one.
    Shape = 0,
    /// Whether there is a target in a region that is for identification.
    Presence = 1,
    /// Whether there is a target in a region that is for detection.
    Detection = 2,
    /// Which class a user's image has as a whole.
    Class = 3,
}

/// What the audit says of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It predicts the class no better than chance.
    Chance,
    /// It predicts the class, because a window clips targets of some shapes more than others: the
    /// values as acquired reveal nothing.
    Clipping,
    /// It predicts the class of patients' images, where it may be the disease or how the images were
    /// made.
    Predicts,
    /// It predicts the class.
    Leak,
}

/// What the display window clips of the targets that networks identify, in the images as acquired.
/// A pixel is a target's where it covers at least half of it, and clipped where its value lies
/// outside the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clipping {
    /// Targets.
    pub targets: u32,
    /// Share of all their pixels that is clipped.
    pub of_pixels: f64,
    /// Share of them of which at least half of the pixels are clipped.
    pub of_targets: f64,
    /// Share of pixels from which on clipping explains that windowed values predict the class.
    pub explains: f64,
}

/// One cue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueResult {
    /// The cue.
    pub cue: Cue,
    /// What was asked.
    pub question: Question,
    /// Codec of the codestreams, for cues of files.
    pub codec: Option<CodecName>,
    /// Path of the image, for cues that have one.
    pub path: Option<InputPath>,
    /// Regions asked about.
    pub regions: u32,
    /// One over the number of classes.
    pub chance: f64,
    /// Balanced accuracy by the cue alone, on images that had no part in learning it.
    pub accuracy: f64,
    /// Lower end of what permuted classes give in 95 % of cases.
    pub chance_lower: f64,
    /// Upper end.
    pub chance_upper: f64,
    /// Share of permutations that are at least as accurate.
    pub p_value: f64,
    /// What follows.
    pub finding: Finding,
}

/// How well files reveal their level; no network is shown files.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelCue {
    /// The cue.
    pub cue: Cue,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Levels.
    pub levels: u32,
    /// Share of images whose level is found correctly.
    pub accuracy: f64,
}

/// The audit of a study's test images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakAudit {
    /// [`super::FORMAT`].
    pub format: u32,
    /// Test images.
    pub images: u32,
    /// Largest p-value at which a cue is called a leak: the chance of a false alarm in the whole
    /// audit over its number of cues.
    pub threshold: f64,
    /// Cues that must not reveal the class.
    pub cues: Vec<CueResult>,
    /// What the window clips of the targets; `None` without a windowed path or without targets.
    pub clipping: Option<Clipping>,
    /// Cues that may reveal the level, since networks are shown decoded regions and no file.
    pub levels: Vec<LevelCue>,
}

impl LeakAudit {
    /// Cues that reveal the class.
    pub fn leaks(&self) -> impl Iterator<Item = &CueResult> {
        self.with(Finding::Leak)
    }

    /// Cues of which this was found.
    pub fn with(&self, finding: Finding) -> impl Iterator<Item = &CueResult> {
        self.cues.iter().filter(move |cue| cue.finding == finding)
    }
}
