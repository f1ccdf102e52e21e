//! The types that options have: read from words and written as words; knows no option.

use super::facts::Kind;
use crate::codec::{CodecName, JpegEncoder, JpegTables, TablesError};
use crate::record::{InputPath, Margin, Regime, Representation};
use crate::resampling::{Resampling, ResamplingError};
use crate::study::network::NetworkChoice;
use crate::study::preset::Preset;
use crate::study::transfer::StartChoice;
use crate::task::TaskName;

/// The value of an option.
pub(super) trait Value: Sized {
    const KIND: Kind;
    const LIST: bool;
    const CHOICES: &'static [(&'static str, &'static str)];

    /// From the words of a command line: one, or several of a list.
    fn parse(words: &[&str]) -> Result<Self, String>;

    /// As one word of a command line.
    fn word(&self) -> String;

    /// Its numbers, for the check of their range.
    fn numbers(&self) -> Vec<f64>;
}

/// One value, or one of a list.
pub(super) trait Item: Sized {
    const KIND: Kind;
    const CHOICES: &'static [(&'static str, &'static str)] = &[];

    fn parse(word: &str) -> Result<Self, String>;
    fn word(&self) -> String;
    fn number(&self) -> Option<f64> {
        None
    }
}

impl<T: Item> Value for Vec<T> {
    const KIND: Kind = T::KIND;
    const LIST: bool = true;
    const CHOICES: &'static [(&'static str, &'static str)] = T::CHOICES;

    fn parse(words: &[&str]) -> Result<Self, String> {
        words.iter().map(|word| T::parse(word)).collect()
    }

    fn word(&self) -> String {
        self.iter().map(Item::word).collect::<Vec<_>>().join(",")
    }

    fn numbers(&self) -> Vec<f64> {
        self.iter().filter_map(Item::number).collect()
    }
}

/// A type that stands alone.
macro_rules! single {
    ($($type:ty),*) => {$(
        impl Value for $type {
            const KIND: Kind = <Self as Item>::KIND;
            const LIST: bool = false;
            const CHOICES: &'static [(&'static str, &'static str)] = <Self as Item>::CHOICES;

            fn parse(words: &[&str]) -> Result<Self, String> {
                <Self as Item>::parse(words.first().copied().unwrap_or_default())
            }

            fn word(&self) -> String {
                Item::word(self)
            }

            fn numbers(&self) -> Vec<f64> {
                self.number().into_iter().collect()
            }
        }
    )*};
}

single!(
    bool,
    u32,
    u64,
    f64,
    JpegEncoder,
    JpegTables,
    Preset,
    Margin,
    Representation,
    Resampling,
    StartChoice
);

/// A number that the standard library reads.
macro_rules! number {
    ($($type:ty: $kind:ident),*) => {$(
        impl Item for $type {
            const KIND: Kind = Kind::$kind;

            fn parse(word: &str) -> Result<Self, String> {
                word.parse().map_err(|error: <$type as std::str::FromStr>::Err| error.to_string())
            }

            fn word(&self) -> String {
                self.to_string()
            }

            fn number(&self) -> Option<f64> {
                Some(*self as f64)
            }
        }
    )*};
}

number!(u32: Whole, u64: Whole, f64: Number);

/// Its number counts as one of the option only where it is one of the score: others have ranges of
/// their own.
impl Item for Margin {
    const KIND: Kind = Kind::Margin;

    fn parse(word: &str) -> Result<Self, String> {
        word.parse()
    }

    fn word(&self) -> String {
        self.to_string()
    }

    fn number(&self) -> Option<f64> {
        self.points()
    }
}

impl Item for bool {
    const KIND: Kind = Kind::Truth;
    const CHOICES: &'static [(&'static str, &'static str)] = &[("true", ""), ("false", "")];

    fn parse(word: &str) -> Result<Self, String> {
        word.parse().map_err(|_| "expected true or false".to_owned())
    }

    fn word(&self) -> String {
        self.to_string()
    }
}

/// A type whose values have names that it lists itself.
macro_rules! listed {
    ($type:ty: $choices:expr) => {
        impl Item for $type {
            const KIND: Kind = Kind::Name;
            const CHOICES: &'static [(&'static str, &'static str)] = &$choices;

            fn parse(word: &str) -> Result<Self, String> {
                let known = Self::ALL.into_iter().find(|it| it.name() == word);
                known.ok_or_else(|| format!("`{word}` is none of its names"))
            }

            fn word(&self) -> String {
                self.name().to_owned()
            }
        }
    };
}

/// A type whose values have names and meanings that stand here.
macro_rules! named {
    ($type:ty { $($name:literal: $meaning:literal),* $(,)? }) => {
        listed!($type: [$(($name, $meaning)),*]);
    };
}

named!(Preset {
    "smoke": "At most half a minute on two cores: one network, three levels. Shows that everything \
              runs; supports no conclusion",
    "quick": "Two minutes on two cores: five networks trained on originals, few images. The limit \
              with a wide interval",
    "standard": "5 to 30 minutes on two cores: five networks, every level. The limit with its \
                 interval",
    "full": "An hour and more on two cores: ten networks, more images. A narrower interval",
});

named!(Representation {
    "pixels": "Decoded pixels of the region",
    "window": "Decoded pixels of the smallest window of whole 8×8 blocks that holds it: the control \
               for the others",
    "dct": "Dequantised coefficients of that window, read block by block; networks of layers for \
            them, such as blocks",
    "dct-learned": "The same coefficients, made the region's pixels by a first layer that begins as the \
                    inverse transform and is learnt; then the layers of the network",
    "dct-partial:4": "Pixels of that window from the 4×4 lowest frequencies of each block, at half of the \
                      rows and columns",
    "dct-partial:2": "The same from 2×2, at a quarter",
    "dct-partial:1": "The same from the mean of each block, at an eighth; for networks without pools",
    "reduced:1": "Pixels of that window from JPEG 2000 without its finest wavelet level, at half of the \
                  rows and columns",
    "reduced:2": "The same without the two finest, at a quarter",
    "reduced:3": "The same without the three finest, at an eighth; for networks without pools",
});

impl Item for NetworkChoice {
    const KIND: Kind = Kind::Text;

    fn parse(word: &str) -> Result<Self, String> {
        Self::parse(word)
    }

    fn word(&self) -> String {
        self.word().to_owned()
    }
}

impl Item for Resampling {
    const KIND: Kind = Kind::Text;

    fn parse(word: &str) -> Result<Self, String> {
        word.parse().map_err(|error: ResamplingError| error.to_string())
    }

    fn word(&self) -> String {
        self.to_string()
    }
}

impl Item for StartChoice {
    const KIND: Kind = Kind::Text;

    fn parse(word: &str) -> Result<Self, String> {
        Self::parse(word)
    }

    fn word(&self) -> String {
        self.word().to_owned()
    }
}

/// Names, or steps of one's own.
impl Item for JpegTables {
    const KIND: Kind = Kind::Text;
    const CHOICES: &'static [(&'static str, &'static str)] = &[
        ("annex-k", "ITU-T T.81 table K.1, which libjpeg scales"),
        ("flat", "16 everywhere"),
        ("ms-ssim", "Tuned for MS-SSIM (mozjpeg)"),
        ("psnr-hvs", "Tuned for PSNR-HVS (mozjpeg)"),
        ("imagemagick", "N. Robidoux for ImageMagick"),
        ("klein", "Klein, Silverstein and Carney 1992"),
        ("dental-x-rays", "DCTune on dental X-rays, Watson, Taylor and Borthwick 1997"),
        ("visual-detection", "Ahumada, Watson and Peterson 1993"),
        ("improved-detection", "Peterson, Ahumada and Watson 1993"),
    ];

    fn parse(word: &str) -> Result<Self, String> {
        word.parse().map_err(|error: TablesError| error.to_string())
    }

    fn word(&self) -> String {
        self.to_string()
    }
}

named!(JpegEncoder {
    "own": "The program's own coder",
    "jpeg-encoder": "The crate jpeg-encoder, with another DCT",
});

listed!(CodecName: CodecName::STUDIED);
listed!(TaskName: TaskName::CHOICES);

named!(InputPath {
    "native": "Stored values as acquired",
    "windowed": "8 bits through the phantom's display window",
});

named!(Regime {
    "original": "Train on uncompressed images: how robust is an existing network?",
    "mixed": "Train on originals and all levels: what can a deployable network reach?",
    "matched": "Train one network for each codec and level and test it there: what is left in the \
                compressed image? Splits the loss into domain shift and lost information",
    "matrix": "Test those networks at every level that one was trained at: which network may read \
               which archive?",
    "transferred": "Train on originals from networks of another run or file (--start), a quarter as \
                    long",
});
