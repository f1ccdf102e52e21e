//! The named amounts of work: what each preset can conclude, and its size.

use serde::{Deserialize, Serialize};

use crate::record::Regime;

/// Ratios on stored bits that a full ladder holds.
pub const LADDER: [f64; 15] =
    [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 80.0, 120.0, 200.0];

/// A named amount of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// One network, few levels: does everything run?
    Smoke,
    /// Five networks trained on originals, few images: a limit with a wide interval.
    Quick,
    /// Five networks: the limit.
    Standard,
    /// Ten networks and more phantoms: a narrower interval.
    Full,
}

impl Preset {
    /// All, from the smallest.
    pub const ALL: [Self; 4] = [Self::Smoke, Self::Quick, Self::Standard, Self::Full];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }

    /// What a run of this size can and cannot conclude.
    #[must_use]
    pub fn concludes(self) -> &'static str {
        match self {
            Self::Smoke => {
                "shows that everything runs; one network on few phantoms supports no conclusion"
            }
            Self::Quick => {
                "a limit with a wide interval for networks that were trained on originals: five \
                 replicates, few images"
            }
            Self::Standard => {
                "a limit for networks of this kind: five replicates, every level with an interval"
            }
            Self::Full => "a limit with a narrower interval: ten replicates, more phantoms",
        }
    }

    /// Whether linear observers rate the test images unless the user says otherwise.
    pub(super) fn has_linear_observers(self) -> bool {
        matches!(self, Self::Standard | Self::Full)
    }

    /// What networks are trained on unless the user says otherwise.
    pub(super) fn regimes(self) -> &'static [Regime] {
        match self {
            Self::Quick => &[Regime::Original],
            Self::Smoke | Self::Standard | Self::Full => &[Regime::Original, Regime::Mixed],
        }
    }

    /// Shares of the training images that further networks are trained on unless the user says
    /// otherwise: they take nearly as long as the networks of regime `original` together.
    pub(super) fn training_shares(self) -> &'static [f64] {
        match self {
            Self::Smoke | Self::Quick | Self::Standard => &[],
            Self::Full => &[0.125, 0.25, 0.5],
        }
    }

    /// Its numbers of images, networks and passes.
    pub(super) fn size(self) -> Size {
        match self {
            Self::Smoke => Size {
                ratios: &[5.0, 30.0, 120.0],
                replicates: 1,
                train_images: 20,
                tune_images: 2,
                test_images: 8,
                epochs: 8,
                mixed_epochs: 2,
            },
            Self::Quick => Size {
                ratios: &[4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 120.0],
                replicates: 5,
                train_images: 100,
                tune_images: 10,
                test_images: 50,
                epochs: 7,
                mixed_epochs: 1,
            },
            Self::Standard => Size {
                ratios: &LADDER,
                replicates: 5,
                train_images: 165,
                tune_images: 15,
                test_images: 130,
                epochs: 8,
                mixed_epochs: 2,
            },
            Self::Full => Size {
                ratios: &LADDER,
                replicates: 10,
                train_images: 400,
                tune_images: 30,
                test_images: 300,
                epochs: 16,
                mixed_epochs: 4,
            },
        }
    }
}

pub(super) struct Size {
    pub(super) ratios: &'static [f64],
    pub(super) replicates: u32,
    pub(super) train_images: u32,
    pub(super) tune_images: u32,
    pub(super) test_images: u32,
    pub(super) epochs: u32,
    pub(super) mixed_epochs: u32,
}
