//! The table: every option, once. A new one is an entry here and its use.

use serde::de::{Error, MapAccess};

use super::facts::{Facts, Range, Switch};
use super::value::Value;
use crate::codec::{CodecName, JpegEncoder, JpegTables};
use crate::record::{InputPath, LevelBase, Margin, Regime, Representation};
use crate::resampling::Resampling;
use crate::stats::MOST_LOOKS;
use crate::study::network::NetworkChoice;
use crate::study::plan::Plan;
use crate::study::preset::Preset;
use crate::study::transfer::StartChoice;
use crate::task::TaskName;

/// An option, with what it does to changes.
#[derive(Debug)]
pub struct Definition {
    /// What is known of it.
    pub facts: Facts,
    /// Whether one word of the command line can be its value, or one of its values.
    pub check: fn(&str) -> Result<(), String>,
    /// Sets it from the words of a command line.
    pub set: fn(&mut Changes, &[&str]) -> Result<(), String>,
    /// Takes it back.
    pub clear: fn(&mut Changes),
    /// As one word of a command line; `None` where it is not set.
    pub word: fn(&Changes) -> Option<String>,
    /// Its numbers, for the check of their range.
    pub(in crate::study) numbers: fn(&Changes) -> Vec<f64>,
    /// Sets it to what a plan has been asked.
    pub(super) take: fn(&Plan, &mut Changes),
}

impl Definition {
    /// As part of a command, such as `--ratio 5,10`; `None` where it is not set.
    #[must_use]
    pub fn words(&self, changes: &Changes) -> Option<String> {
        let (word, facts) = ((self.word)(changes)?, &self.facts);
        Some(match facts.switch {
            Some(switch) if switch.value == word => format!("--{}", switch.flag),
            Some(switch) => format!("--{} --{} {word}", switch.flag, facts.flag),
            None if !facts.value.is_empty() => format!("--{} {word}", facts.flag),
            None if word == "true" => format!("--{}", facts.flag),
            None => return None,
        })
    }

    /// Changes that say less of it: none of it, or its switch alone.
    pub(in crate::study) fn simpler(&self, changes: &Changes) -> Vec<Changes> {
        let mut without = changes.clone();
        (self.clear)(&mut without);
        let mut simpler = vec![without];
        if let Some(switch) = self.facts.switch {
            let mut usual = changes.clone();
            if (self.set)(&mut usual, &[switch.value]).is_ok() {
                simpler.push(usual);
            }
        }
        simpler.retain(|it| it != changes);
        simpler
    }
}

/// Makes the fields of [`Changes`] and the entries of [`OPTIONS`] from one definition each: key and
/// type, help, facts that are not as usual, and the value that a plan has been asked.
macro_rules! options {
    ($($key:ident: $type:ty {
        help: $help:literal,
        facts: { $($fact:ident: $value:expr),* $(,)? },
        asked: $asked:expr $(,)?
    })*) => {
        /// What the user asks for: what differs from a preset.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Changes {
            $(#[doc = $help] pub $key: Option<$type>,)*
        }

        /// Every option, in the order of the command line.
        pub static OPTIONS: &[Definition] = &[$(Definition {
            facts: Facts {
                key: stringify!($key),
                help: $help,
                kind: <$type as Value>::KIND,
                list: <$type as Value>::LIST,
                choices: <$type as Value>::CHOICES,
                $($fact: $value,)*
                ..Facts::USUAL
            },
            check: |word| <$type as Value>::parse(&[word]).map(|_| ()),
            set: |changes, words| {
                changes.$key = Some(<$type as Value>::parse(words)?);
                Ok(())
            },
            clear: |changes| changes.$key = None,
            word: |changes| changes.$key.as_ref().map(Value::word),
            numbers: |changes| changes.$key.as_ref().map(Value::numbers).unwrap_or_default(),
            take: |plan, changes| changes.$key = asked_of(plan, $asked),
        }),*];

        impl Changes {
            /// Reads the value of a key of the table.
            pub(in crate::study) fn read<'de, A: MapAccess<'de>>(
                &mut self,
                key: &'static str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match key {
                    $(stringify!($key) => {
                        if self.$key.replace(map.next_value()?).is_some() {
                            return Err(A::Error::duplicate_field(key));
                        }
                        Ok(())
                    })*
                    _ => Err(A::Error::custom(format!("`{key}` is no option"))),
                }
            }
        }
    };
}

options! {
    preset: Preset {
        help: "Amount of work, from which the other options differ",
        facts: { flag: "preset", value: "PRESET", default: "standard", example: "quick" },
        asked: |plan| Some(plan.preset),
    }
    tasks: Vec<TaskName> {
        help: "What networks are asked, each of them one question",
        facts: {
            flag: "task",
            value: "TASK",
            default: "identify, and detect where the phantom has a [detection] table",
            example: "identify",
        },
        asked: |plan| Some(plan.tasks.clone()),
    }
    codecs: Vec<CodecName> {
        help: "Lossy codecs, each on every path whose samples it takes",
        facts: {
            flag: "codec",
            value: "CODEC",
            default: "jpeg on windowed data, jpeg2000 on both; jpeg12 on native for coefficients",
            example: "jpeg2000",
        },
        // Naming 8-bit JPEG means it on native data too.
        asked: |plan| {
            let unnamed = plan.codecs.contains(&CodecName::Jpeg) && !plan.native_jpeg;
            let lossy = plan.codecs.iter().filter(|&&it| it != CodecName::Lossless);
            (!unnamed).then(|| lossy.copied().collect())
        },
    }
    jpeg_tables: JpegTables {
        help: "Quantisation tables of the JPEG family, which qualities scale: a name, 64 steps of one's \
               own, row by row, or on the command line a file of them or a greyscale JPEG file that \
               has them",
        facts: { flag: "jpeg-tables", value: "TABLES", default: "annex-k", example: "flat" },
        asked: |plan| Some(plan.jpeg_tables),
    }
    encoder: JpegEncoder {
        help: "Encoder of 8-bit JPEG, to see whether a limit depends on it",
        facts: { flag: "encoder", value: "ENCODER", default: "own", example: "jpeg-encoder" },
        asked: |plan| Some(plan.encoder),
    }
    rescale: Resampling {
        help: "Rescales what codecs restored, to another size and back: nearest, bilinear, bicubic or \
               lanczos, and the factor of the sides. A level's loss is then that of both; the \
               lossless null stays as it is",
        facts: {
            flag: "rescale",
            value: "FILTER@FACTOR",
            default: "none",
            example: "bilinear@0.5",
        },
        asked: |plan| plan.rescale,
    }
    input: Representation {
        help: "What networks that identify or detect are given of a region: its pixels, or of the 8×8 \
               blocks that it lies in the pixels or what is stored; dct, dct-learned and dct-partial \
               need codecs of JPEG, reduced needs jpeg2000",
        facts: { flag: "input", value: "INPUT", default: "pixels", example: "dct-learned" },
        asked: |plan| Some(plan.input),
    }
    networks: Vec<NetworkChoice> {
        help: "Kinds of networks, presets or .toml files of layers; limits are those of the first, \
               and a table says how they depend on the kind. Task outline has one of its own, unet \
               or unet-16",
        facts: {
            flag: "network",
            value: "NETWORK",
            default: "reference; blocks for input dct",
            example: "reference,resnet-8",
        },
        asked: |plan| plan.network_choices(),
    }
    paths: Vec<InputPath> {
        help: "What the codecs are given",
        facts: { flag: "path", value: "PATH", default: "both", example: "native" },
        asked: |plan| Some(plan.paths.clone()),
    }
    regimes: Vec<Regime> {
        help: "What networks are trained on",
        facts: {
            flag: "regime",
            value: "REGIME",
            default: "original and mixed, but original alone in preset quick",
            example: "original,matched",
        },
        asked: |plan| Some(plan.regimes.clone()),
    }
    ratios: Vec<f64> {
        help: "Levels as compression ratios N:1 on stored bits; levels are stated in one way only",
        facts: {
            flag: "ratio",
            value: "N:1",
            default: "the preset's ladder",
            range: Range::Above(1.0),
            sentence: "a ratio of {}",
            example: "5,10,20",
        },
        asked: |plan| levels(plan, LevelBase::Ratio),
    }
    qualities: Vec<f64> {
        help: "Levels as qualities of the JPEG family instead; jpeg takes whole numbers",
        facts: {
            flag: "quality",
            value: "QUALITY",
            range: Range::AboveUpTo(0.0, 100.0),
            sentence: "a quality of {}",
            example: "90,50,20",
        },
        asked: |plan| levels(plan, LevelBase::Quality),
    }
    psnr_db: Vec<f64> {
        help: "Levels as least PSNR in dB instead, against what the codec is given",
        facts: {
            flag: "psnr",
            value: "DB",
            range: Range::Above(0.0),
            sentence: "a PSNR of {} dB",
            example: "50,45,40",
        },
        asked: |plan| levels(plan, LevelBase::Psnr),
    }
    bpp: Vec<f64> {
        help: "Levels as compressed bits per pixel instead, headers counted",
        facts: {
            flag: "bpp",
            value: "BITS",
            range: Range::BelowBitsStored,
            sentence: "{} bits per pixel",
            example: "2,1,0.5",
        },
        asked: |plan| levels(plan, LevelBase::Bpp),
    }
    max_errors: Vec<f64> {
        help: "Levels as largest errors of a sample in stored values instead, against what the codec \
               is given; whole numbers, which jpegls guarantees and other codecs are searched for",
        facts: {
            flag: "max-error",
            value: "VALUES",
            range: Range::AboveUpTo(0.0, 65535.0),
            sentence: "a largest error of {}",
            example: "2,5,10",
        },
        asked: |plan| levels(plan, LevelBase::MaxError),
    }
    matched_levels: Vec<f64> {
        help: "Levels at which networks of regimes matched and matrix are trained, out of those \
               tested",
        facts: {
            flag: "matched-level",
            flag_alias: Some("matched-ratio"),
            key_alias: Some("matched_ratios"),
            value: "LEVEL",
            default: "the ones nearest to 5:1, 10:1, 20:1, 50:1 and 120:1, or to about as much",
            example: "5,20",
        },
        asked: |plan| {
            (!plan.ladder.trained.is_empty()).then(|| plan.ladder.trained.clone())
        },
    }
    warm_start: bool {
        help: "Start the networks of matched and matrix from the originals' network and train them \
               as short as those of mixed: a quarter of the time",
        facts: { flag: "warm-start", example: "true" },
        asked: |plan| plan.warm_start.then_some(true),
    }
    symmetric_prediction: bool {
        help: "Networks rate the mean over the eight flips and turns of a region: more accurate, \
               and eight times the time for rating",
        facts: { flag: "symmetric-prediction", example: "true" },
        asked: |plan| plan.symmetric_prediction.then_some(true),
    }
    replicates: u32 {
        help: "Networks per task, path and regime; a limit needs 5",
        facts: {
            flag: "replicates",
            value: "COUNT",
            default: "the preset's",
            range: Range::FromTo(1, 1000),
            sentence: "{} networks per task, path and regime",
            example: "15",
        },
        asked: |plan| Some(plan.replicates),
    }
    train_images: u32 {
        help: "Training images of each replicate",
        facts: {
            flag: "train-images",
            value: "COUNT",
            default: "the preset's",
            range: Range::FromTo(2, 1_000_000),
            sentence: "{} training images",
            example: "165",
        },
        asked: |plan| Some(plan.train_images),
    }
    training_shares: Vec<f64> {
        help: "Shares of the training images on which five further networks each of regime original \
               are trained, to say how a limit depends on how good networks are; 1 adds none",
        facts: {
            flag: "training-share",
            value: "SHARE",
            default: "none, but 0.125, 0.25 and 0.5 in preset full",
            range: Range::AboveUpTo(0.0, 1.0),
            sentence: "a share of {} of the training images",
            example: "0.125,0.25,0.5",
        },
        asked: |plan| Some(match &plan.training_shares[..] {
            [] => vec![1.0],
            shares => shares.to_vec(),
        }),
    }
    test_images: u32 {
        help: "Test images",
        facts: {
            flag: "test-images",
            value: "COUNT",
            default: "the preset's",
            range: Range::FromTo(2, 1_000_000),
            sentence: "{} test images",
            example: "130",
        },
        asked: |plan| Some(plan.test_images),
    }
    start: StartChoice {
        help: "Networks of regime transferred start from those of this run, or from this network: \
               what has another shape there, such as the last layer, starts from random values; \
               adds that regime, and shares of the training images as in preset full",
        facts: { flag: "start", value: "PATH", default: "", example: "runs/mr-brain" },
        asked: |plan| plan.transfer.as_ref().and_then(|it| StartChoice::parse(&it.start).ok()),
    }
    freeze: u32 {
        help: "Layers with weights, from the first on, that networks of regime transferred keep as \
               they start",
        facts: {
            flag: "freeze",
            value: "LAYERS",
            default: "0",
            range: Range::FromTo(0, 1000),
            sentence: "{} layers that keep their weights",
            example: "4",
        },
        asked: |plan| Some(plan.transfer.as_ref().map_or(0, |it| it.freeze)),
    }
    epochs: u32 {
        help: "Passes over the training images in regime original; networks that start from \
               another take a quarter of them",
        facts: {
            flag: "epochs",
            value: "COUNT",
            default: "the preset's",
            range: Range::FromTo(1, 1000),
            sentence: "{} passes",
            example: "8",
        },
        // The presets' own passes of regime mixed may be other shares.
        asked: |plan| (plan.mixed_epochs == plan.epochs.div_ceil(4)).then_some(plan.epochs),
    }
    margin: Margin {
        help: "Loss up to which a level is accepted: as a share of the score; as dose-share=0.9, what \
               originals lose at nine tenths of the dose; or as d_a=0.1, of areas under the ROC curve \
               (0.05 where task locate is asked alone; in a file { dose_share = 0.9 } and { d_a = 0.1 })",
        facts: {
            flag: "margin",
            value: "MARGIN",
            default: "0.02",
            range: Range::Between(0.0, 1.0),
            sentence: "a margin of {}",
            example: "0.02",
        },
        asked: |plan| Some(plan.margin),
    }
    alpha: f64 {
        help: "One-sided error of each verdict",
        facts: {
            flag: "alpha",
            value: "SHARE",
            default: "0.025",
            range: Range::Between(0.0, 0.5),
            sentence: "an alpha of {}",
            example: "0.025",
        },
        asked: |plan| Some(plan.alpha),
    }
    looks: u32 {
        help: "Most looks at a study that grows until every limit is decided, the last at the full \
               size",
        facts: {
            flag: "max-looks",
            value: "N",
            range: Range::FromTo(2, MOST_LOOKS as u32),
            sentence: "at most {} looks",
            example: "5",
            switch: Some(Switch {
                flag: "until-decided",
                help: "Begin with 5 networks and test images in proportion, and grow both only \
                       until every limit is decided: FAIL at the first level after the last that \
                       passes, or no level left. --replicates, more than 5, and --test-images are \
                       then the most that it may take. Looking several times costs no error: \
                       O'Brien-Fleming spending shares --alpha among the looks",
                value: "5",
            }),
        },
        asked: |plan| (!plan.looks.is_empty()).then_some(plan.looks.len() as u32),
    }
    linear_observers: bool {
        help: "Whether linear observers (NPW, NPWE, channelised Hotelling) rate the test images \
               too",
        facts: {
            flag: "linear-observers",
            value: "BOOL",
            default: "true in presets standard and full",
            example: "true",
        },
        asked: |plan| plan.linear_observers,
    }
    seed: u64 {
        help: "Seed of everything that is drawn",
        facts: { flag: "seed", value: "SEED", default: "1", example: "7" },
        asked: |plan| Some(plan.seed),
    }
}

/// What a plan has been asked of one option.
fn asked_of<T>(plan: &Plan, asked: fn(&Plan) -> Option<T>) -> Option<T> {
    asked(plan)
}

/// The levels of a plan if they are of a base.
fn levels(plan: &Plan, base: LevelBase) -> Option<Vec<f64>> {
    (plan.ladder.base == base).then(|| plan.ladder.targets.clone())
}
