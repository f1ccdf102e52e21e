//! Why a plan is not possible: facts, and words for them that name options as the user wrote them.

use std::fmt;

use super::input::InputProblem;
use super::network::NetworkFault;
use super::option::{Facts, Naming, Range, facts, of_base};
use super::plan::CHUNK;
use crate::codec::CodecName;
use crate::record::{InputPath, LEAST_NETWORKS, LevelBase, Margin, Representation};
use crate::task::TaskName;

/// Why a plan is not possible.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// A value is outside its range.
    Range {
        /// The option.
        option: &'static Facts,
        /// What was asked for.
        value: f64,
        /// Bits stored of the phantom's samples, which are a bound of some options.
        bits_stored: u8,
    },
    /// No level, or far too many.
    Levels(usize),
    /// Levels of two bases.
    Bases(LevelBase, LevelBase),
    /// A codec that cannot be asked for a level.
    Target {
        /// The codec.
        codec: CodecName,
        /// What the level is.
        base: LevelBase,
        /// The level.
        value: f64,
    },
    /// A network is to be trained at a level that no test image has.
    MatchedLevel(LevelBase, f64),
    /// A share of the training images that is none of its own: of as many images as another share
    /// or as all.
    Share {
        /// The share.
        share: f64,
        /// Its images.
        images: u32,
        /// All images of a replicate.
        train_images: u32,
    },
    /// Networks of shares are trained on originals, which no regime asks for.
    SharesOfOriginals,
    /// Too few networks to begin with fewer.
    Growth(u32),
    /// No lossy codec is chosen.
    NoArm,
    /// No task is chosen.
    NoTask,
    /// Regime `transferred` without a network to start from.
    NoStart,
    /// A start that was not read, or has no network.
    Start(String),
    /// All layers, or more, are to keep their values.
    Freeze {
        /// Layers that were to keep them.
        freeze: u32,
        /// Layers with weights.
        weighted: u32,
    },
    /// No kind of network is chosen.
    NoNetwork,
    /// A kind of network that cannot be trained for the tasks.
    Network(NetworkFault),
    /// Networks are named or given for a task that has one of its own.
    OwnNetwork(TaskName),
    /// A phantom that gives nothing to detect.
    NoDetection(String),
    /// Labelled images of which no class is stated to be present.
    NoPresent(String),
    /// A task that asks for outlines of targets, which labelled images do not state.
    NoOutlines(String),
    /// A task that searches whole images, of a user's labelled ones.
    NoSearch,
    /// The path `windowed` of labelled images that share no window.
    NoWindow(String),
    /// Labelled images in a study that grows.
    GrowingCollection,
    /// A margin out of the range of its kind.
    Margin(Margin),
    /// A margin of d_a for a task whose score is no area under the ROC curve.
    NoArea(TaskName),
    /// A margin of dose for a phantom whose images have none.
    NoDose(String),
    /// A margin of dose in a study that grows.
    GrowingDose,
    /// A codec that was asked for takes the samples of none of the chosen paths.
    Codec(CodecName),
    /// What networks are to be given of a region does not go with the rest.
    Input(Representation, InputProblem),
    /// An option of JPEG in a study without it: its key, and the codecs that have it.
    NoJpeg(&'static str, &'static str),
}

/// Most levels of a study.
pub(super) const MOST_LEVELS: usize = 64;

impl PlanError {
    /// What was wrong and what to do, with the names of options as the user wrote them.
    #[must_use]
    pub fn message(&self, naming: Naming) -> String {
        let name = |key| facts(key).name(naming);
        match *self {
            Self::Range { option, value, bits_stored } => {
                let bits = match option.range {
                    Range::BelowBitsStored => format!(", which are {bits_stored}"),
                    _ => String::new(),
                };
                format!(
                    "no study can have {}: {} must be {}{bits}, such as {}",
                    option.sentence.replace("{}", &value.to_string()),
                    option.name(naming),
                    option.range.words(),
                    option.usual(naming)
                )
            }
            Self::Levels(count) => {
                format!("the number of levels must be 1 to {MOST_LEVELS}, not {count}")
            }
            Self::Bases(one, other) => format!(
                "levels are stated by {} and by {}, which have no common order: a study has one of \
                 them",
                one.name(),
                other.name()
            ),
            Self::Target { codec, base, value } => format!(
                "{codec} cannot be asked for {}: choose codecs that can with {}, or state the \
                 levels by {}, {} or {}",
                base.label(value),
                name("codecs"),
                name("ratios"),
                name("psnr_db"),
                name("bpp")
            ),
            Self::MatchedLevel(base, value) => format!(
                "networks cannot be trained at {}, a level that is not tested: add it to {}, or \
                 choose {} among the levels there",
                base.label(value),
                of_base(base).name(naming),
                name("matched_levels")
            ),
            Self::Share { share, images, train_images } => format!(
                "a share of {share} of {train_images} training images is {images} of them in whole \
                 groups of {CHUNK}, and another share or the whole has as many: choose fewer \
                 shares, such as {}, or more images, such as {}",
                facts("training_shares").with(naming, "0.5"),
                facts("train_images").usual(naming)
            ),
            Self::SharesOfOriginals => format!(
                "networks of a share of the training images are trained on originals: add original \
                 to {}, or leave out {}",
                name("regimes"),
                name("training_shares")
            ),
            Self::Growth(networks) => format!(
                "a study of {networks} networks cannot grow: its first look has {LEAST_NETWORKS}, \
                 and fewer give no limit; state the most that it may take, such as {}, or leave \
                 out {}",
                facts("replicates").usual(naming),
                facts("looks").switch_name(naming)
            ),
            Self::NoArm => format!(
                "no lossy codec runs on the chosen paths: choose one, such as {}",
                facts("codecs").usual(naming)
            ),
            Self::NoTask => {
                format!("no task is chosen: choose one, such as {}", facts("tasks").usual(naming))
            }
            Self::NoStart => format!(
                "regime transferred needs networks to start from: name a run, such as {}",
                facts("start").usual(naming)
            ),
            Self::Start(ref start) => format!(
                "`{start}` holds no network to start from: name the directory of a finished run, or \
                 a network's .safetensors file, with {}",
                name("start")
            ),
            Self::Freeze { freeze, weighted } => format!(
                "{freeze} of {weighted} layers with weights are to keep their values, so that none \
                 learns: freeze fewer, such as {}",
                facts("freeze").usual(naming)
            ),
            Self::NoNetwork => format!(
                "no network is chosen: choose one, such as {}",
                facts("networks").usual(naming)
            ),
            Self::Network(ref fault) => format!(
                "network `{}` cannot be trained: {}; choose another for {}",
                fault.word,
                fault.problem,
                name("networks")
            ),
            Self::OwnNetwork(task) => format!(
                "a study with task {} has no networks but the reference, and one kind that classifies \
                 pixels, such as unet-16: leave others out of {}, leave out {}, or ask for the task in \
                 a study of its own",
                task.name(),
                name("networks"),
                name("start")
            ),
            Self::NoDetection(ref phantom) => format!(
                "phantom `{phantom}` gives nothing to detect, for it has no [detection] table: ask \
                 for {}, or add that table to the phantom",
                facts("tasks").with(naming, "identify")
            ),
            Self::NoPresent(ref name) => format!(
                "nothing is to be detected in `{name}`: name the class that is present in an image, or \
                 not, with --present, or ask for {}",
                facts("tasks").with(naming, TaskName::Identify.name())
            ),
            Self::NoOutlines(ref name) => format!(
                "task {} asks where targets lie pixel by pixel, which the labels of `{name}` do not \
                 say: give masks, DICOM Segmentation objects or COCO annotations that all have a sound \
                 `segmentation`, or ask for {}",
                TaskName::Outline.name(),
                facts("tasks").with(naming, TaskName::Identify.name())
            ),
            Self::NoSearch => format!(
                "task {} searches images of a phantom that hold few targets or none, which labelled \
                 images are not: ask for {}",
                TaskName::Locate.name(),
                facts("tasks").with(naming, TaskName::Identify.name())
            ),
            Self::NoWindow(ref name) => format!(
                "the images of `{name}` share no window: state one with --window, or ask for {}",
                facts("paths").with(naming, InputPath::Native.name())
            ),
            Self::GrowingCollection => format!(
                "all patients of a data set are there from the beginning, so that a study of it does \
                 not grow: leave out {}",
                facts("looks").switch_name(naming)
            ),
            Self::Margin(margin) => {
                format!("no study can have a margin of {margin}: {}", Margin::WORDS)
            }
            Self::NoArea(task) => format!(
                "a margin of d_a needs a score that is an area under the ROC curve, and that of task \
                 {} is none: ask for {} alone, or state another margin, such as {}",
                task.name(),
                facts("tasks").with(naming, TaskName::Detect.name()),
                facts("margin").usual(naming)
            ),
            Self::NoDose(ref phantom) => format!(
                "a margin of dose needs images whose noise depends on a dose, and those of phantom \
                 `{phantom}` have none: state another margin, such as {}",
                facts("margin").usual(naming)
            ),
            Self::GrowingDose => format!(
                "a margin of dose needs all test images at that dose, and a study that grows has \
                 them only at its end: leave out {}, or state another margin, such as {}",
                facts("looks").switch_name(naming),
                facts("margin").usual(naming)
            ),
            Self::Input(input, problem) => problem.message(input, naming),
            Self::NoJpeg(key, codecs) => format!(
                "{} belongs to {codecs}, and no such codec runs on the chosen paths: leave it out, \
                 or add {}",
                facts(key).name(naming),
                facts("codecs").with(naming, "jpeg")
            ),
            Self::Codec(codec) => format!(
                "{codec} cannot write the samples of any chosen path: choose another codec, such \
                 as jpeg2000"
            ),
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message(Naming::Key))
    }
}

impl std::error::Error for PlanError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_named_as_the_user_wrote_them() {
        let error = PlanError::Range { option: facts("margin"), value: 2.0, bits_stored: 12 };
        assert_eq!(
            error.message(Naming::CommandLine),
            "no study can have a margin of 2: --margin must be above 0 and below 1, such as \
             --margin 0.02"
        );
        assert_eq!(
            error.to_string(),
            "no study can have a margin of 2: `margin` must be above 0 and below 1, such as \
             `margin = 0.02`"
        );
        let growth = PlanError::Growth(5);
        assert!(growth.message(Naming::CommandLine).ends_with("leave out --until-decided"));
        assert!(growth.to_string().ends_with("leave out `looks`"));
        assert!(PlanError::NoArm.to_string().ends_with("`codecs = [\"jpeg2000\"]`"));
    }
}
