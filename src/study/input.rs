//! What networks of a study are to be given of a region: whether it is there to be given, and words
//! where it is not.

use super::option::{Changes, Naming, facts};
use super::subject::Subject;
use crate::codec::{CodecName, Depth};
use crate::image::BLOCK;
use crate::record::{InputPath, Representation};
use crate::task::TaskName;

/// Why a study cannot give its networks what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputProblem {
    /// Images are a user's.
    Collection,
    /// A task whose networks read whole images.
    Task(TaskName),
    /// A codec whose files are not decoded so far and no further.
    Codec(CodecName),
    /// Images of more bits than JPEG stores.
    Bits(u8),
    /// JPEG of 8 bits on native data of more, whose low bits it drops: its coefficients are others than
    /// those of the originals.
    DroppedBits,
    /// Windows of so many pixels along an edge are larger than images, whose shorter edge follows.
    Window(usize, usize),
    /// Pixels are rescaled after decoding.
    Rescale,
    /// The edge of regions in pixels is no multiple of 8.
    Side(usize),
    /// Linear observers are asked for.
    Linear,
}

/// What networks are to be given is there to be given.
pub(super) fn check_input(
    changes: &Changes,
    input: Representation,
    (tasks, codecs, paths): (&[TaskName], &[CodecName], &[InputPath]),
    subject: &Subject<'_>,
) -> Result<(), InputProblem> {
    if input.is_pixels() {
        return Ok(());
    }
    let of_whole_images = |task: &&TaskName| task.task(subject.classes).whole().is_some();
    let depth = input.depth();
    let is_partial = depth != Depth::Pixels;
    let reads_jpeg = is_partial && !matches!(depth, Depth::Reduced(_));
    let other = |&&name: &&CodecName| {
        name != CodecName::Lossless && !crate::codec::codec(name).decodes(depth)
    };
    let native = paths.contains(&InputPath::Native) && reads_jpeg;
    let bits = subject.format.bits_stored;
    let named = |codec| changes.codecs.as_ref().is_some_and(|it| it.contains(&codec));
    let problem = if subject.is_collection() {
        InputProblem::Collection
    } else if let Some(&task) = tasks.iter().find(of_whole_images) {
        InputProblem::Task(task)
    } else if let Some(&codec) = codecs.iter().find(other) {
        InputProblem::Codec(codec)
    } else if native && bits > 12 {
        InputProblem::Bits(bits)
    } else if native && bits > 8 && named(CodecName::Jpeg) {
        InputProblem::DroppedBits
    } else if is_partial && changes.rescale.is_some() {
        InputProblem::Rescale
    } else if !subject.region_pixels.is_multiple_of(BLOCK) {
        InputProblem::Side(subject.region_pixels)
    } else if subject.region_pixels + BLOCK > subject.least_edge {
        InputProblem::Window(subject.region_pixels + BLOCK, subject.least_edge)
    } else if changes.linear_observers == Some(true) {
        InputProblem::Linear
    } else {
        return Ok(());
    };
    Err(problem)
}

impl InputProblem {
    /// What does not go together and what to do, with the names of options as the user wrote them.
    pub(super) fn message(self, input: Representation, naming: Naming) -> String {
        let asked = facts("input").with(naming, input.name());
        let (stores, fitting) = match input.depth() {
            Depth::Reduced(_) => ("levels of JPEG 2000", "jpeg2000"),
            _ => ("what JPEG stores", "jpeg12"),
        };
        match self {
            Self::Collection => {
                format!("{asked} reads images of a phantom only: leave it out, or take a phantom")
            }
            Self::Task(task) => format!(
                "{asked} is of regions, and networks of task {} read whole images: ask {}",
                task.name(),
                facts("tasks").with(naming, "identify")
            ),
            Self::Codec(codec) => format!(
                "{asked} reads {stores}, and {codec} stores something else: choose {}",
                facts("codecs").with(naming, fitting)
            ),
            Self::Bits(bits) => format!(
                "{asked} reads what JPEG stores, which has no more than 12 bits, and native images \
                 have {bits}: choose {}",
                facts("paths").with(naming, "windowed")
            ),
            Self::DroppedBits => format!(
                "{asked} reads what JPEG stores, and jpeg drops the low bits of native images first: \
                 choose {}, or {}",
                facts("codecs").with(naming, "jpeg12"),
                facts("paths").with(naming, "windowed")
            ),
            Self::Window(window, edge) => format!(
                "{asked} reads windows of {window}×{window} pixels, and images have {edge} along an \
                 edge: take a larger matrix, or smaller region_pixels"
            ),
            Self::Rescale => format!(
                "{asked} reads {stores}, and {} changes decoded pixels: leave one out",
                facts("rescale").name(naming)
            ),
            Self::Side(side) => format!(
                "{asked} reads blocks of 8×8 pixels, and regions of the phantom have {side}×{side}: \
                 set region_pixels to a multiple of 8"
            ),
            Self::Linear => format!(
                "{asked} and {} do not go together, since these read pixels: leave one out",
                facts("linear_observers").switch_name(naming)
            ),
        }
    }
}
